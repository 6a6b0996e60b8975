"""The primary analysis of pain under given choices, by the functions that the report on pain calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ldn_analysis import contrasts, models
from ldn_analysis.questions.parameters import ClaimChoices

if TYPE_CHECKING:
    import pandas as pd

    from ldn_analysis.evidence import Evidence
    from ldn_analysis.models import Pooled
    from ldn_analysis.questions.parameters import Analysis

__all__ = ["PainAnalysis", "analyse"]


@dataclass(frozen=True, slots=True, eq=False)
class PainAnalysis:
    """Contrasts, pooled fit and what is said of them. LDN minus placebo: below zero favours LDN.

    `fit` is None where no study can be used; `certainty` and `sentence` then say so.
    """

    params: Analysis
    table: pd.DataFrame
    fit: Pooled | None
    n: int
    certainty: str
    reasons: tuple[str, ...]
    sentence: str

    def __repr__(self) -> str:
        return f"PainAnalysis({self.pooled}; certainty {self.certainty})"

    def _repr_html_(self) -> str:
        from html import escape

        certainty = f"<p>{escape(self.sentence)} Certainty: {escape(self.certainty)}.</p>"
        return certainty + (self.fit._repr_html_() if self.fit else "")

    @property
    def used(self) -> pd.DataFrame:
        """The rows that are in the pool."""
        return self.table[self.table["included"].astype(bool)]

    @property
    def unit(self) -> str:
        """Unit of the estimate."""
        return "NRS points" if self.params.measure == "MD" else "SD"

    @property
    def pooled(self) -> str:
        """The pooled line: mean, interval, number of trials and participants."""
        from ldn_analysis import display

        if self.fit is None:
            return "no trial can be pooled"
        trials = "1 trial" if self.fit.k == 1 else f"{self.fit.k} trials"
        mean = display.interval(self.fit.estimate, *self.fit.ci)
        return f"{mean} {self.unit}, {trials}, {self.n} participants"


def analyse(ev: Evidence, params: Analysis) -> PainAnalysis:
    """Pool pain as `params` choose.

    Parameters
    ----------
    ev : the whole evidence; ``params.as_of`` is applied here.
    params : the choices (`render.parameters.Analysis`, checked when made).
    """
    from ldn_analysis import contrasts, models
    from ldn_analysis.evidence.doses import participants
    from ldn_analysis.questions.grading import pooled_certainty
    from ldn_analysis.questions.pain import words as sentences

    whole, ev = ev, ev.as_of(params.as_of) if params.as_of else ev
    if "pain" in set(ev.outcomes["domain"]):
        table = contrasts.estimates(ev, outcome="pain", **params.contrast())
    else:  # by then nothing on pain had been published
        table = contrasts.estimates(whole, outcome="pain", **params.contrast()).iloc[:0]
    used = table[table["included"].astype(bool)]
    n = participants(table)
    if used.empty:
        return PainAnalysis(params, table, None, n, "not graded", (), "No trial can be pooled.")
    # One trial has its own interval: Hartung-Knapp needs two.
    pooling = params.pooling() if len(used) > 1 else {**params.pooling(), "inference": "z"}
    fit = models.pool(used["yi"].to_numpy(), used["vi"].to_numpy(), **pooling)
    bias: dict[str, str] = {}
    if "risk_of_bias" in ev.tables:
        overall = ev.risk_of_bias.query("outcome == 'pain' and domain == 'overall'")
        bias = dict(zip(overall["study_id"], overall["judgement"], strict=True))
    mid = params.mid if params.measure == "MD" else None
    grade = pooled_certainty(fit, mid, bias, list(used["study_id"]), n)
    reasons = [str(one) for one in grade.downgrades] or [grade.note]
    said = sentences.pooled(fit, params.mid, n, params.measure)
    return PainAnalysis(params, table, fit, n, grade.level, tuple(reasons), said)


def pain_contrasts(ev: Any, choices: ClaimChoices) -> pd.DataFrame:
    """The usable rows of the contrast table of pain, in points; none where nobody had reported pain yet."""
    if "pain" not in set(ev.outcomes["domain"]):
        return pd.DataFrame(columns=list(contrasts.COLUMNS))
    table = contrasts.estimates(ev, outcome="pain", measure="MD", **choices.contrast())
    return table[table["included"]]


def judged_bias(ev: Any) -> dict[str, str]:
    """Overall risk of bias by study, as judged for pain."""
    rows = ev.risk_of_bias.query("outcome == 'pain' and domain == 'overall'")
    return dict(zip(rows["study_id"], rows["judgement"], strict=True))


def pooled_pain(ev: Any, choices: ClaimChoices) -> tuple[Any, pd.DataFrame] | None:
    """The pooled mean difference of pain and the studies in it; None without any."""
    used = pain_contrasts(ev, choices)
    if not len(used):
        return None
    fit = models.pool(used["yi"].to_numpy(), used["vi"].to_numpy(), **choices.pooling(len(used)))
    return fit, used
