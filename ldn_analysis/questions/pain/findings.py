"""GRADE's Summary of Findings: the outcomes that matter, each with its size, its base and its certainty."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pandas as pd

from ldn_analysis import contrasts, models
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.doses import behind
from ldn_analysis.questions.grading import (
    RATIO_THAT_MATTERS,
    UNGRADED,
    Certainty,
    bias_off,
    certainty,
    events_off,
    inconsistency_off,
    statement,
)
from ldn_analysis.questions.pain.analysis import analyse, judged_bias
from ldn_analysis.questions.parameters import Analysis

__all__ = ["COUNTED", "summary_of_findings"]

COUNTED: dict[str, str] = {
    "pain response 30%": "Pain reduced by at least 30%",
    "pain response 50%": "Pain reduced by at least 50%",
    "any adverse event": "Any adverse event",
    "stopped for side effects": "Stopped for side effects",
    "treatment-related serious adverse event": "Serious adverse event related to treatment",
}
"""Counted outcomes of the table: the name in the data and in the table."""
NUMBER_OF: dict[str, str] = {
    "pain response 30%": "the number of people with 30% less pain",
    "pain response 50%": "the number of people with 50% less pain",
    "any adverse event": "the number of people with an adverse event",
    "stopped for side effects": "the number of people who stop for side effects",
    "treatment-related serious adverse event": "the number of people with a serious side effect",
}
"""The same in a sentence."""


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
        ``placebo`` (per 100 people, as counted), ``ldn`` (per 100, by the ratio; as counted where there is
        none) and ``difference difference_lower difference_upper`` (per 100, LDN minus placebo, by the ratio);
        ``k n certainty reasons comment``; ``inputs derivation``, the rows of the data
        behind it and what was made of them; ``words`` (what may be said, by size and certainty), ``why`` (the
        reasons in one plain line), ``dots`` (GRADE's symbols). NaN where there is nothing to estimate; the
        reasons then say why.
    """
    rows = [_pain(ev, choices), *(_counted(ev, event, name, choices) for event, name in COUNTED.items())]
    columns = ["outcome", "measure", "estimate", "lower", "upper", "unit", "ldn", "placebo", "difference"]
    columns += ["difference_lower", "difference_upper", "k", "n", "certainty", "reasons", "comment"]
    columns += ["inputs", "derivation", "words", "why", "dots"]
    return pd.DataFrame(rows, columns=columns)


def _row(outcome: str, graded: Certainty, comment: str, **values: Any) -> dict[str, Any]:
    numbers = "estimate lower upper ldn placebo difference difference_lower difference_upper"
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
    low, high = fit.ci
    comment = f"A difference of {choices.mid:g} between groups is taken to matter."
    return _row(
        name, pain.certainty, comment, measure="MD", estimate=fit.estimate, lower=low, upper=high,
        unit="points", k=fit.k, n=pain.n, inputs=behind(pain.used), words=pain.in_words,
        derivation=f"Random effects ({fit.tau2_method}, {fit.inference}) of the trials' estimates.",
    )  # fmt: skip


def _counted(ev: Evidence, event: str, name: str, choices: Analysis) -> dict[str, Any]:
    nothing = Certainty(UNGRADED, "", note="no trial's counts in both groups were available to us")
    if event not in set(ev.events["event"]):
        return _row(name, nothing, "Not available to us.")
    table = contrasts.event_table(ev, event, reading=choices.reading)
    used = table[table["included"] & ~table["paired"]]
    if not len(used):
        paired = "Counted in a crossover alone: the same people took both, which is not two groups."
        return _row(name, nothing, paired if table["included"].any() else "Not available to us.")
    a, n1, c, n2 = (used[x].to_numpy(dtype=float) for x in ("a", "n1", "c", "n2"))
    compared = models.compare_counts(a, n1, c, n2, choices.level)
    absolute = compared.at()
    treated = absolute.treated if math.isfinite(compared.ratio) else float(a.sum() / n1.sum())
    events = compared.events
    graded = certainty(
        "high",
        [
            bias_off(list(n1 + n2), list(used["study_id"]), judged_bias(ev), _stands_for(event)),
            inconsistency_off(compared.i2),
            events_off(events, *compared.ci),
        ],
        "that there is a difference",
    )
    comment = ""
    if events == 0:
        upper = 100 * models.zero_event_bound(float(n1.sum()), choices.level)
        comment = (
            f"No event in {n1.sum():g} people on LDN leaves open up to {upper:.1f} in 100 "
            f"(one-sided {100 * choices.level:g}% limit)."
        )
    return _row(
        name, graded, comment, measure="RR", estimate=compared.ratio, lower=compared.ci[0],
        upper=compared.ci[1], ldn=100 * treated, placebo=100 * absolute.control,
        difference=100 * absolute.difference, difference_lower=100 * absolute.lower,
        difference_upper=100 * absolute.upper, k=len(used), n=compared.n, inputs=behind(used),
        words=_in_words(graded, compared.ratio, compared.ci, event),
        derivation=f"Risk ratio: {compared.model}. Difference: {models.ABSOLUTE}, with the risk under "
        "placebo that was counted in these trials; with LDN: risk under placebo × risk ratio.",
    )  # fmt: skip


def _in_words(graded: Certainty, ratio: float, ci: tuple[float, float], event: str) -> str:
    """What may be said of a count by size and certainty; the target is any effect (the ratio 1)."""
    about = NUMBER_OF[event]
    if not math.isfinite(ratio):
        return statement(graded.level, f"changes {about}", f"change {about}", about)
    clear = ci[0] > 1 or ci[1] < 1
    if not clear and abs(math.log(ratio)) < math.log(RATIO_THAT_MATTERS):
        return statement(
            graded.level, f"makes little or no difference to {about}",
            f"make little or no difference to {about}", about,
        )  # fmt: skip
    verb = "increase" if ratio > 1 else "reduce"
    return statement(graded.level, f"{verb}s {about}", f"{verb} {about}", about)


def _stands_for(event: str) -> str:
    """Risk of bias was judged for pain: it stands in for harms, and is said to."""
    return "" if event.startswith("pain") else "pain"
