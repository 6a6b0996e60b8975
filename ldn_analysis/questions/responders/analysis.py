"""Responders: who was counted, and how the counts compare with placebo.

Signs: a risk ratio above one, or a difference above zero, is more responders with LDN. A row of a table is
one computation: the difference in a hundred follows from the ratio and a risk under placebo that is stated.
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from ldn_analysis import contrasts, models
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.vocabulary import readable
from ldn_analysis.questions import second_hand
from ldn_analysis.questions.columns import with_limits
from ldn_analysis.questions.grading import UNGRADED
from ldn_analysis.questions.responders.arms import response_thresholds

PER = 100
USUAL = 30.0
"""Fall in pain, in percent, that the answer and the first figure are about, where it was counted."""


def usual_response(ev: Evidence, reading: str = "all") -> pd.DataFrame:
    """What placebo gives in trials of fibromyalgia drugs: ``percent risk lower upper label inputs``.

    Rows of the benchmarks that are percentages of people on placebo; `percent` is the fall in pain that
    their name gives, `risk` and its limits are proportions.
    """
    table = readable(ev.responder_benchmarks, reading)
    table = table[(table["unit"] == "percent") & table["what"].str.match(r"placebo respon")]
    at = table["what"].str.extract(r"(\d+) ?(?:%|percent|per cent)", expand=False).astype(float)
    rates = table.assign(percent=at)[at.notna()]
    shares = {
        name: rates[of] / PER for name, of in (("risk", "value"), ("lower", "lower95"), ("upper", "upper95"))
    }
    about = {"label": rates["what"], "inputs": rates["benchmark_id"]}
    return pd.DataFrame({"percent": rates["percent"], **shares, **about}).reset_index(drop=True)


def number_needed(difference: float, lower: float, upper: float) -> str:
    """Number needed to treat with its interval, which passes through infinity where the difference may be
    zero: ``NNTB 7 (NNTB 3 to infinity to NNTH 19)`` (Altman 1998, BMJ 317:1309).

    NNTB: one more responder; NNTH: one fewer. Empty without a difference.
    """
    if not math.isfinite(difference):
        return ""
    known = math.isfinite(lower) and math.isfinite(upper)
    # A pooled interval may end beyond 1; Newcombe's may miss a difference of exactly 1 by rounding.
    low, high = (
        (max(min(lower, difference), -1.0), min(max(upper, difference), 1.0))
        if known
        else (difference, difference)
    )
    nnt = models.number_needed_to_treat(difference, low, high)

    def words(side: str, needed: float) -> str:
        return f"NNT{side} {needed:.0f}" if needed < 1000 else "infinity"

    helps = difference >= 0
    centre = words("B" if helps else "H", nnt.estimate)
    if not known:
        return centre
    sides = [("B", nnt.benefit), ("H", nnt.harm)]
    (side, own), (across, other) = sides if helps else sides[::-1]
    best = words(side, own[0]) if own else "infinity"
    if other:
        return f"{centre} ({best}{' to infinity' if own else ''} to {words(across, other[0])})"
    return f"{centre} ({best} to {words(side, own[1]) if own else 'infinity'})"


def responder_contrasts(
    ev: Evidence,
    *,
    analysis: str = "intention to treat",
    reading: str = "all",
    level: float = 0.95,
    tau_scale: float = 0.5,
) -> pd.DataFrame:
    """Responders of each trial at each threshold, and all trials together where there are several.

    Returns
    -------
    DataFrame
        One row a threshold and trial, then two rows for several trials together: the model that leads, and
        its companion. Columns ``percent study_id label a n1 c n2 rr rr_lower rr_upper control rd rd_lower
        rd_upper usual usual_rd usual_rd_lower usual_rd_upper nnt apart pooled leads model note i2 opposite
        weeks analysis inputs read alone derivation``. `rr` is the risk ratio; `rd` the difference that it
        gives at the risk under placebo counted there (`control`), as counted where there is none;
        `usual_rd` that at the usual risk (`usual`), as proportions; `apart` is 1 or -1 where the interval
        shows more or fewer responders with LDN, else 0.
        `read` says how the numbers reached us, by weight (`second_hand.basis`).
        `leads` marks the one row of each threshold that stands for it. Paired counts and other
        definitions of response do not enter (`counts_not_compared`).
    """
    benchmarks = usual_response(ev, reading).drop_duplicates("percent").to_dict("records")
    usual = {row["percent"]: (float(row["risk"]), str(row["inputs"])) for row in benchmarks}
    rows: list[dict[str, Any]] = []
    for percent, event in response_thresholds(ev):
        table = contrasts.event_table(ev, event, reading, analysis)
        table = table[table["included"] & ~table["paired"]]
        at, *bench = usual.get(percent, (math.nan,))
        single = len(table) == 1
        for row in table.to_dict("records"):
            comparison = models.compare_counts(row["a"], row["n1"], row["c"], row["n2"], level)
            line = _line(percent, comparison, at)
            fields = {str(key): value for key, value in row.items()}
            mine = table[table["study_id"] == row["study_id"]]
            read = second_hand.read_as(mine["how_read"], (100.0,), mine["label"])
            rows.append(
                {**fields, **line, "pooled": False, "leads": single, "bench": tuple(bench), "read": read}
            )
        if len(table) > 1:
            rows += _together(table, percent, at, tuple(bench), level=level, tau_scale=tau_scale)
    names = ["percent", "study_id", "label", "a", "n1", "c", "n2", "rr", "rr_lower", "rr_upper", "control"]
    names += ["rd", "rd_lower", "rd_upper", "usual", "usual_rd", "usual_rd_lower", "usual_rd_upper", "nnt"]
    names += ["apart", "pooled", "leads", "model", "note", "i2", "opposite", "week", "analysis", "inputs"]
    names += ["bench", "read", "alone"]
    responses = pd.DataFrame(rows, columns=[*names, "derivation"])
    return responses.astype({"pooled": bool, "leads": bool, "opposite": bool})


def counts_not_compared(
    ev: Evidence, *, analysis: str = "intention to treat", reading: str = "all"
) -> pd.DataFrame:
    """Counts of response that `responder_contrasts` leaves out under these choices, each with its reason.

    Rows and columns of `contrasts.event_table`: paired counts, other definitions of response, one group
    alone, other weeks, analyses, readings and reports. `exclusion_reason` is never empty.
    """
    types = ev.event_types
    table = contrasts.event_table(ev, reading=reading, analysis=analysis)
    table = table[table["event"].isin(types.loc[types["kind"] == "response", "event"])]
    events = {event for _, event in response_thresholds(ev)}
    table = table[~table["included"] | table["paired"] | ~table["event"].isin(events)].reset_index(drop=True)
    reasons = [
        [
            "another definition of response" if row["included"] and row["event"] not in events else "",
            contrasts.PAIRED if row["included"] and row["paired"] else "",
            row["exclusion_reason"],
        ]
        for row in table.to_dict("records")
    ]
    joined = ["; ".join(filter(None, parts)) for parts in reasons]
    return table.assign(exclusion_reason=pd.Series(joined, dtype="str"))


def _together(
    table: pd.DataFrame,
    percent: float,
    usual: float,
    bench: tuple[str, ...],
    *,
    level: float,
    tau_scale: float,
) -> list[dict[str, Any]]:
    """Several trials together: the model that leads, and the other one beside it."""
    a, n1, c, n2 = (table[name].to_numpy(dtype=float) for name in ("a", "n1", "c", "n2"))
    both = models.compare_counts(a, n1, c, n2, level, tau_scale)
    shared: dict[str, Any] = {name: float(table[name].sum()) for name in ("a", "n1", "c", "n2")}
    shared |= {"study_id": "", "pooled": True, "alone": "", "bench": bench}
    shared |= {"inputs": tuple(i for row in table["inputs"] for i in row)}
    rows = []
    for label, model in (("trials together", both), ("trials, the other model", both.companion)):
        if model is not None:
            read = second_hand.read_as(table["how_read"], model.weights, table["label"])
            about = {"leads": model is both, "label": f"{len(table)} {label}", "read": read}
            rows.append(shared | _line(percent, model, usual) | about)
    return rows


def _line(percent: float, compared: models.CountComparison, usual: float) -> dict[str, Any]:
    here = compared.at()
    there = compared.at(usual) if math.isfinite(usual) else None
    gap = (there.difference, there.lower, there.upper) if there else (math.nan,) * 3
    as_counted = ", risk as counted" if compared.by_ratio else ""
    return {
        "percent": percent,
        **with_limits("rr", compared.ratio, compared.ci),
        "control": here.control,
        **with_limits("rd", here.difference, (here.lower, here.upper)),
        "usual": usual,
        **with_limits("usual_rd", gap[0], gap[1:]),
        "nnt": number_needed(here.difference, here.lower, here.upper),
        **{name: getattr(compared, name) for name in ("model", "note", "apart", "i2", "opposite")},
        "derivation": f"Risk ratio: {compared.model}; difference: {compared.difference_from}{as_counted}.",
    }


def certainty_of_response(findings: pd.DataFrame, at: float) -> str:
    """The certainty of the difference in responders, as the Summary of Findings gives it
    (`pain.summary_of_findings`); "not graded" for a threshold that it does not have."""
    rows = findings[findings["outcome"].str.contains(f"{at:g}%", regex=False)]
    return str(rows["certainty"].iloc[0]) if len(rows) else UNGRADED


def closest_threshold(table: pd.DataFrame, wanted: float = USUAL) -> float:
    """The threshold of response that is told first: `wanted` where it was counted, else the nearest; NaN
    where none was."""
    counted = sorted(set(table["percent"]), key=lambda p: (abs(p - wanted), p))
    return float(counted[0]) if counted else math.nan
