"""Results on harms in words, each sentence built from the tables that `questions.safety` gives."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["harm_sentences"]


def harm_sentences(
    pooled: pd.DataFrame, excluded: pd.DataFrame, doses: pd.DataFrame, level: float = 0.95
) -> dict[str, str]:
    """The results of `pooled_harms`, `frequency_excluded` and `exposure_by_dose` in words.

    Keys ``any``, ``stopping``, ``serious`` (and
    ``short``), ``exposure``; a sentence says so where there is nothing to say.
    """
    percent = f"{100 * level:g}%"
    found = {"any": _compared(pooled, "any adverse event", "had an adverse event of any kind", percent)}
    found["stopping"] = _compared(pooled, "stopped for side effects", "stopped for side effects", percent)
    if len(excluded):
        last = excluded.iloc[-1]
        saw = "none is reported" if last["events"] == 0 else f"{last['events']:g} are reported"
        each = "; ".join(f"{r.label}: {r.event}" for r in _rows_of(excluded) if r.label != "all reports")
        found["serious"] = (
            f"Among the {last['n']:g} people on LDN in trials whose count of serious events was available to "
            f"us {saw} ({each}): a frequency of up to {last['upper_percent']:.1f} in 100 is not excluded "
            f"(one-sided {percent} limit); {last['needed']:g} people without an event would exclude the one "
            "asked about"
        )
        found["short"] = (
            f"Among the {last['n']:g} people on LDN whose serious events were counted (in some trials only "
            f"those related to treatment) {saw}: up to {last['upper_percent']:.1f} in 100 is not excluded"
        )
    else:
        found["serious"] = found["short"] = "No count of serious events under LDN was available to us"
    if len(doses):
        per = "; ".join(f"{r.person_weeks:.0f} person-weeks at {r.dose_mg:g} mg" for r in _rows_of(doses))
        longest = doses.sort_values("longest_weeks", kind="stable").iloc[-1]
        found["exposure"] = (
            f"Randomised, double-blind exposure as planned: {per}; the longest lasted "
            f"{longest['longest_weeks']:g} weeks, for {longest['longest_n']:g} people on "
            f"{longest['dose_mg']:g} mg"
        )
    else:
        found["exposure"] = "No randomised, double-blind exposure is known here"
    return {key: f"{sentence}." for key, sentence in found.items()}


def _compared(pooled: pd.DataFrame, event: str, did: str, percent: str) -> str:
    rows = pooled[pooled["event"] == event]
    if not len(rows):
        return f"How many {did}, on LDN and on placebo, was not available to us"
    r = rows.iloc[0]
    first = f"{r['ldn_events']} of {r['ldn_n']} people on LDN and "
    first += f"{r['control_events']} of {r['control_n']} on placebo"
    if not math.isfinite(r["rr"]):
        return f"{first} {did}"
    leaves = "more and fewer with LDN are both possible"
    if r["rd_lower"] > 0 or r["rd_upper"] < 0:
        leaves = f"the interval excludes equal risks: {'more' if r['rd_lower'] > 0 else 'fewer'} with LDN"
    sizes = (
        f"risk ratio {r['rr']:.2f}, {percent} interval {r['rr_lower']:.2f} to {r['rr_upper']:.2f}; per 100 "
    )
    sizes += f"people {_signed(r['rd'])}, interval {_signed(r['rd_lower'])} to {_signed(r['rd_upper'])}"
    return f"{first} {did} ({sizes}): {leaves}"


def _signed(x: float) -> str:
    return f"{abs(x):.0f} {'fewer' if x < 0 else 'more'}"


def _rows_of(table: pd.DataFrame) -> list[Any]:
    """The rows, with their cells as attributes."""
    return list(table.itertuples())
