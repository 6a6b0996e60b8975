"""The one analysis of pain: who is in the pool, the pooled difference, what it leaves open, how sure one is.

The summary, the report on pain, the claims, the Summary of Findings, the comparison of scenarios and the
README's picture all show this object, so that they cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ldn_analysis import contrasts, html, models
from ldn_analysis.contrasts import Derived
from ldn_analysis.evidence import participants
from ldn_analysis.models import HalfCauchy, HalfNormal, Normal, Uniform
from ldn_analysis.questions.grading import UNGRADED, Certainty, pooled_certainty
from ldn_analysis.questions.pain import words

if TYPE_CHECKING:
    from ldn_analysis.contrasts import Explanation
    from ldn_analysis.display import Trail
    from ldn_analysis.evidence import Evidence
    from ldn_analysis.models import Pooled, Posterior, Refits
    from ldn_analysis.questions.parameters import Analysis

__all__ = [
    "CORRELATIONS",
    "TAU_PRIORS",
    "PainAnalysis",
    "analyse",
    "judged_bias",
    "then_and_now",
    "turning_correlations",
]

RUNGS = (
    ("Common effect", "CE", "z"),
    ("DerSimonian-Laird, Wald", "DL", "z"),
    ("REML, Wald", "REML", "z"),
    ("REML, Hartung-Knapp", "REML", "hksj"),
    ("REML, modified Hartung-Knapp", "REML", "hksj_modified"),
)
"""The inference ladder: name, estimator of tau2, interval."""
BAYES_RUNG = "Bayes, half-normal τ (scale 0.5)"
TAU_PRIOR = HalfNormal(0.5)
MEAN_PRIOR = Normal(0, 4)
TAU_PRIORS = {
    "half-normal 0.25": HalfNormal(0.25),
    "half-normal 0.5": TAU_PRIOR,
    "half-normal 1": HalfNormal(1.0),
    "half-Cauchy 0.5": HalfCauchy(0.5),
    "uniform 0 to 4": Uniform(4.0),
}
MEAN_PRIORS = {"flat": None, "normal(0, 1)": Normal(0, 1), "normal(0, 4)": MEAN_PRIOR}
CORRELATIONS = tuple(round(-0.5 + 0.05 * i, 2) for i in range(30))
"""Correlations of a crossover's two conditions over which the pool is swept."""


def judged_bias(ev: Evidence) -> dict[str, str]:
    """Overall risk of bias by study, as judged for pain."""
    if "risk_of_bias" not in ev.tables:
        return {}
    rows = ev.risk_of_bias.query("outcome == 'pain' and domain == 'overall'")
    return dict(zip(rows["study_id"], rows["judgement"], strict=True))


@dataclass(frozen=True, eq=False)
class PainAnalysis:
    """Pain under given choices. LDN minus placebo: below zero favours LDN.

    Attributes
    ----------
    ev : Evidence
        What was looked at: the evidence as of ``choices.as_of``.
    choices : Analysis
        The analyst's choices.
    derived : Derived
        The contrast table and the chain behind each of its rows (`contrasts.derive`).
    fit : Pooled or None
        The pooled result; None where no trial can be used.
    """

    ev: Evidence
    choices: Analysis
    derived: Derived
    fit: Pooled | None

    @property
    def table(self) -> pd.DataFrame:
        """The contrast table, also of the studies that are not in the pool."""
        return self.derived.table

    @cached_property
    def used(self) -> pd.DataFrame:
        """The rows that are in the pool."""
        return self.table[self.table["included"].astype(bool)]

    @property
    def n(self) -> int:
        """Participants in the pool, those of a crossover once."""
        return participants(self.table)

    @property
    def labels(self) -> list[str]:
        """Names of the trials in the pool."""
        return list(self.used["label"])

    @property
    def unit(self) -> str:
        """Unit of the estimate, for a heading."""
        return "NRS points" if self.choices.measure == "MD" else "SD"

    @property
    def threshold(self) -> float | None:
        """The between-group difference that matters; None where the estimate is not in its unit."""
        return self.choices.mid if self.choices.measure == "MD" else None

    @cached_property
    def bias(self) -> dict[str, str]:
        """Overall risk of bias by study."""
        return judged_bias(self.ev)

    @cached_property
    def sentence(self) -> str:
        """The pooled result in one sentence."""
        if self.fit is None:
            return words.nothing_pooled(self.choices.as_of)
        return words.pooled(self.fit, self.choices.mid, self.n, self.choices.measure)

    @cached_property
    def certainty(self) -> Certainty:
        """In GRADE's words, with its reasons."""
        if self.fit is None:
            return Certainty(UNGRADED, "", note="no trial gives a usable estimate")
        return pooled_certainty(self.fit, self.threshold, self.bias, list(self.used["study_id"]), self.n)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the certainty is what it is, a line each."""
        return tuple(str(off) for off in self.certainty.downgrades) or (self.certainty.note,)

    @property
    def pooled(self) -> str:
        """The pooled line: mean, interval, number of trials and participants."""
        if self.fit is None:
            return "no trial can be pooled"
        return words.pooled_line(self.fit, self.unit, self.n)

    @cached_property
    def posterior(self) -> Posterior:
        """The Bayesian companion, under `TAU_PRIOR` and `MEAN_PRIOR` (both in the unit of the estimate)."""
        return models.posterior(*self._arrays, tau_prior=TAU_PRIOR, mu_prior=MEAN_PRIOR)

    @cached_property
    def ladder(self) -> pd.DataFrame:
        """The same data by six methods: ``label estimate lower upper``."""
        level = self.choices.level
        fits = [
            (name, models.pool(*self._arrays, tau2_method=tau2_method, inference=inference, level=level))
            for name, tau2_method, inference in RUNGS
        ]
        rows = [(name, fit.estimate, *fit.ci) for name, fit in fits]
        mean = self.posterior.mu
        rows.append((BAYES_RUNG, mean.mean, *mean.interval(level)))
        return pd.DataFrame(rows, columns=["label", "estimate", "lower", "upper"])

    @cached_property
    def without_each(self) -> Refits | None:
        """The pool without each trial in turn; None with fewer than two."""
        if len(self.used) < 2:
            return None
        return models.leave_one_out(*self._arrays, **self.choices.pooling(len(self.used)), df=self.used["df"])

    @cached_property
    def cumulative(self) -> Refits:
        """The pool as each trial was published."""
        return models.cumulative(*self._arrays, **self.choices.pooling(len(self.used)), df=self.used["df"])

    @cached_property
    def by_correlation(self) -> tuple[Pooled, ...]:
        """The pool over `CORRELATIONS` of a crossover's conditions."""
        swept = (_derived(self.ev, replace(self.choices, crossover_r=r)) for r in CORRELATIONS)
        fits = (_fit(derived.table, self.choices) for derived in swept)
        return tuple(fit for fit in fits if fit is not None)

    @cached_property
    def crossovers(self) -> pd.DataFrame:
        """The crossover trials in the pool whose standard error rests on a correlation."""
        return self.used[self.used["crossover_r"].notna()]

    @cached_property
    def by_prior(self) -> pd.DataFrame:
        """The Bayesian result under every pair of priors (`models.prior_sensitivity`)."""
        return models.prior_sensitivity(
            *self._arrays, TAU_PRIORS, MEAN_PRIORS, level=self.choices.level, below=0.0
        ).rename(columns={"mu_prior": "prior of the mean", "mean": "estimate"})

    def explanations(self) -> list[Explanation]:
        """The chain from paper to estimate of each trial in the pool."""
        return [self.derived.explanation(study) for study in self.used["study_id"]]

    def trail(self) -> Trail:
        """A new collection of sources that starts with the chains of the pool."""
        from ldn_analysis.display import Trail

        return Trail(self.ev, self.explanations())

    def by(self, year: int) -> PainAnalysis:
        """The same analysis of what was public by the end of `year`."""
        return analyse(self.ev, replace(self.choices, as_of=year))

    @property
    def _arrays(self) -> tuple[np.ndarray, np.ndarray]:
        return self.used["yi"].to_numpy(), self.used["vi"].to_numpy()

    def __repr__(self) -> str:
        return f"PainAnalysis({self.pooled}; certainty {self.certainty.level})"

    def _repr_html_(self) -> str:
        said = html.element("p", f"{self.sentence} Certainty: {self.certainty.level}.")
        return html.finished(said, html.trusted(self.fit._repr_html_()) if self.fit else None)


def then_and_now(before: PainAnalysis, now: PainAnalysis) -> pd.DataFrame:
    """The pooled mean at two moments, a row each where something could be pooled: ``label trials estimate
    lower upper``."""
    until = now.choices.as_of
    moments = [(f"by {before.choices.as_of}", before.fit), (f"by {until}" if until else "today", now.fit)]
    rows = [(label, fit.k, fit.estimate, *fit.ci) for label, fit in moments if fit is not None]
    return pd.DataFrame(rows, columns=["label", "trials", "estimate", "lower", "upper"])


def turning_correlations(pain: PainAnalysis) -> list[float]:
    """Correlations between which the pool's interval starts or stops to include no difference."""
    limits = [fit.ci for fit in pain.by_correlation]
    return models.flips(CORRELATIONS, [low for low, _ in limits], [high for _, high in limits])


def _derived(ev: Evidence, choices: Analysis) -> Derived:
    """The contrasts of pain; none where nobody had reported pain yet."""
    if "pain" in set(ev.outcomes["domain"]):
        return contrasts.derive(ev, outcome="pain", **choices.contrast())
    return Derived("pain", pd.DataFrame(columns=list(contrasts.COLUMNS)), {})


def _fit(table: pd.DataFrame, choices: Analysis) -> Pooled | None:
    """The included rows, pooled as chosen."""
    used = table[table["included"].astype(bool)]
    if used.empty:
        return None
    return models.pool(
        used["yi"].to_numpy(), used["vi"].to_numpy(), **choices.pooling(len(used)), df=used["df"]
    )


def analyse(ev: Evidence, choices: Analysis) -> PainAnalysis:
    """Pool pain as `choices` say.

    Parameters
    ----------
    ev
        The evidence; ``choices.as_of`` is applied here.
    choices
        The choices (`questions.parameters.Analysis`, checked when made).
    """
    seen = ev.as_of(choices.as_of)
    derived = _derived(seen, choices)
    return PainAnalysis(seen, choices, derived, _fit(derived.table, choices))
