"""GRADE's Summary of Findings: the outcomes that matter, each with its size, its base and its certainty."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from ldn_analysis import contrasts, models
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.trials import behind
from ldn_analysis.questions.grading import (
    RATIO_MID,
    UNGRADED,
    Certainty,
    bias_off,
    certainty,
    events_off,
    judged_bias,
    sides_off,
    statement,
)
from ldn_analysis.questions.pain.analysis import analyse
from ldn_analysis.questions.pain.words import situation
from ldn_analysis.questions.parameters import Analysis
from ldn_analysis.questions.safety.analysis import compared, compared_harms, leading_time, other_times

COUNTED: dict[str, tuple[str, str]] = {
    "pain response 30%": ("Pain reduced by at least 30%", "with 30% less pain"),
    "pain response 50%": ("Pain reduced by at least 50%", "with 50% less pain"),
    "any adverse event": ("Any adverse event", "with an adverse event"),
    "stopped for side effects": ("Stopped for side effects", "who stop for side effects"),
    "treatment-related serious adverse event": (
        "Serious adverse event related to treatment",
        "with a serious side effect",
    ),
}
"""Counted outcomes of the table: the name in the data, in the table, and of the people in a sentence."""
DEFAULTS = Analysis()


def summary_of_findings(ev: Evidence, choices: Analysis = DEFAULTS) -> pd.DataFrame:
    """The rows of a Summary of Findings table (Cochrane Handbook, chapter 14).

    Parameters
    ----------
    ev
        `evidence.Evidence` or its `as_of` view.
    choices
        Choices of the pooled mean difference, the level and the threshold that matters.

    Returns
    -------
    DataFrame
        One row an outcome. ``outcome measure`` (MD or RR) ``estimate lower upper unit``; for counts
        ``placebo`` (per 100 people, as counted), ``difference difference_lower difference_upper`` (per 100,
        LDN minus placebo, by the ratio; as counted where it gives none) and ``ldn`` (the two together);
        ``week`` (of a harm: its counts are of one time, others stand in the comment; else NaN); ``k n
        certainty reasons comment``; ``inputs derivation``, the rows of the data behind it and what was made
        of them; ``words`` (what may be said, by size and certainty), ``why`` (the reasons in one plain line),
        ``dots`` (GRADE's symbols). NaN where there is nothing to estimate; the reasons then say why.
    """
    rows = [_pain(ev, choices), *(_counted(ev, event, choices) for event in COUNTED)]
    columns = ["outcome", "measure", "estimate", "lower", "upper", "unit", "ldn", "placebo", "difference"]
    columns += ["difference_lower", "difference_upper", "week", "k", "n", "certainty", "reasons", "comment"]
    columns += ["inputs", "derivation", "words", "why", "dots"]
    return pd.DataFrame(rows, columns=columns)


def named(row: Mapping[Any, Any]) -> str:
    """The outcome of a row of the table, with the time of a harm: ``Any adverse event, 12 weeks``."""
    return f"{row['outcome']}, {row['week']:g} weeks" if math.isfinite(row["week"]) else str(row["outcome"])


def _row(outcome: str, graded: Certainty, comment: str, **values: Any) -> dict[str, Any]:
    numbers = "estimate lower upper ldn placebo difference difference_lower difference_upper week"
    empty = dict.fromkeys(numbers.split(), math.nan)
    about = {"outcome": outcome, "measure": "", "unit": "", "k": 0, "n": 0, "comment": comment}
    about |= {"inputs": (), "derivation": "Nothing was available to us."}
    graded_as = {"certainty": graded.level, "reasons": "; ".join(graded.reasons), "why": graded.why}
    about |= graded_as | {"dots": graded.dots, "words": statement(UNGRADED, "", "", outcome.lower())}
    return about | empty | values


def _pain(ev: Evidence, choices: Analysis) -> dict[str, Any]:
    name = "Pain at each trial's primary time (0 to 10, lower is better)"
    pain = analyse(ev, replace(choices, measure="MD"))  # this table is in points, whatever the report's scale
    fit = pain.fit
    if fit is None:
        return _row(name, pain.certainty, "Not estimable.")
    return _row(
        name,
        pain.certainty,
        f"A difference of {choices.mid:g} between groups is taken to matter.",
        measure="MD",
        estimate=fit.estimate,
        lower=fit.ci[0],
        upper=fit.ci[1],
        unit="points",
        k=fit.k,
        n=pain.n,
        inputs=behind(pain.used),
        words=pain.in_words,
        derivation=f"Random effects ({fit.tau2_method}, {fit.inference}) of the trials' estimates.",
    )


def _counted(ev: Evidence, event: str, choices: Analysis) -> dict[str, Any]:
    name = COUNTED[event][0]
    nothing = Certainty(UNGRADED, "", note="no trial's counts in both groups were available to us")
    if event not in set(ev.events["event"]):
        return _row(name, nothing, "Not available to us.")
    table = contrasts.event_table(ev, event, reading=choices.reading)
    used = table[table["included"] & ~table["paired"]]
    if not len(used):
        paired = "Counted in a crossover alone: the same people took both, which is not two groups."
        return _row(name, nothing, paired if table["included"].any() else "Not available to us.")
    harm = not event.startswith("pain")  # a harm has one time, as the report on harms compares it
    times = compared_harms(ev, choices.reading, choices.level) if harm else pd.DataFrame()
    row = leading_time(times, event) if harm else compared(used, choices.level) | {"week": math.nan}
    assert row is not None  # its counts are used
    rows = used[[set(keys) <= set(row["inputs"]) for keys in used["inputs"]]]
    a, n1, c, n2 = (rows[name].to_numpy(dtype=float) for name in ("a", "n1", "c", "n2"))
    at_95 = models.compare_counts(a, n1, c, n2, 0.95)  # GRADE's rules are about it, whatever is shown
    ci = (row["rr_lower"], row["rr_upper"])
    events = row["ldn_events"] + row["control_events"]
    control = 100 * (row["control_events"] / row["control_n"])
    cells = {name: row[name] for name in ("week", "k", "n", "inputs")}
    cells |= {"estimate": row["rr"], "lower": ci[0], "upper": ci[1]}
    cells |= {"placebo": control, "ldn": control + (row["rd"] if events else 0.0)}
    cells |= {f"difference{end}": row[f"rd{end}"] for end in ("", "_lower", "_upper")}
    derivation = f"Risk ratio: {row['model']}. Difference: {row['difference_from']}"
    if math.isfinite(row["rr"]) and row["control_events"] > 0:  # no multiple of no risk says how many
        derivation += ", with the risk under placebo that was counted in these trials"
        derivation += "; with LDN: risk under placebo × risk ratio"
    bias = bias_off(list(row["people"]), list(row["study_ids"]), judged_bias(ev), "pain" if harm else "")
    sides = sides_off(list(rows["yi"]), list(rows["vi"]), RATIO_MID, math.expm1)
    off = [bias, sides, events_off(events, *at_95.ci, at_95.apart)]
    graded = certainty("high", off, "that there is a difference")
    comment = _comment(times, event, row, choices.level) if harm else ""
    cells |= {"measure": "RR", "derivation": f"{derivation}."}
    comment = " ".join(filter(None, (row["alone"], comment)))
    return _row(name, graded, comment, words=_in_words(graded, ci, row["apart"], event), **cells)


def _comment(times: pd.DataFrame, event: str, row: Mapping[str, Any], level: float) -> str:
    """Counts of a harm at other times than that of its row, and what no event leaves open."""
    sentences = [
        f"{_at(other['week'])}: {other['ldn_events']:,} of {other['ldn_n']:,} people on LDN, "
        f"{other['control_events']:,} of {other['control_n']:,} on placebo."
        for other in other_times(times, event).to_dict("records")
    ]
    if row["ldn_events"] + row["control_events"] == 0:
        upper = 100 * models.zero_event_bound(float(row["ldn_n"]), level)
        sentences.append(
            f"No event in {row['ldn_n']:,} people on LDN leaves open up to {upper:.1f} in 100 "
            f"(one-sided {100 * level:g}% limit)."
        )
    return " ".join(sentences)


def _at(week: float) -> str:
    return f"At {week:g} weeks" if math.isfinite(week) else "Without a week"


def _in_words(graded: Certainty, ci: tuple[float, float], apart: int, event: str) -> str:
    """What may be said of a count by where the interval of its ratio lies (without one, that of its
    difference), and by certainty."""
    about = f"the number of people {COUNTED[event][1]}"
    known = math.isfinite(sum(ci))
    where = situation(ci[0] - 1, ci[1] - 1, RATIO_MID) if known else ("open", "harm", "benefit")[apart]
    if where.endswith("open") and graded.level != "very low":
        return f"Whether LDN changes {about} is open."
    verb = "reduce" if "benefit" in where else "increase"
    slightly = "slightly " if where.startswith("small") else ""
    does, do = f"{slightly}{verb}s", f"{slightly}{verb}"
    if where == "little_difference":
        does, do = "makes little or no difference to", "make little or no difference to"
    return statement(graded.level, f"{does} {about}", f"{do} {about}", about)
