"""The one analysis of pain: who is in the pool, the pooled difference, what it leaves open, how sure one is.

The summary, the report on pain, the claims, the Summary of Findings, the comparison of scenarios and the
README's picture all show this object, so that they cannot differ.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from ldn_analysis import html, models
from ldn_analysis.contrasts import COLUMNS, TIMES, Derived, Explanation, admitted
from ldn_analysis.display import Trail
from ldn_analysis.display.words import interval, rows_of
from ldn_analysis.errors import FloatArray
from ldn_analysis.evidence import Evidence, is_primary, participants
from ldn_analysis.evidence.findings import DOUBTS
from ldn_analysis.evidence.trials import doses_held
from ldn_analysis.measures.compared import COMPARED
from ldn_analysis.models import Pooled, Posterior, Refits
from ldn_analysis.questions.grading import LEVELS, UNGRADED, Certainty, judged_bias, pooled_certainty
from ldn_analysis.questions.pain import belief, words
from ldn_analysis.questions.pain.belief import MEAN_PRIOR, PUBLISHED, TAU_PRIOR
from ldn_analysis.questions.parameters import Analysis
from ldn_analysis.questions.published import published_pain

RUNGS = (
    ("Common effect", "CE", "z"),
    ("DerSimonian-Laird, Wald", "DL", "z"),
    ("REML, Wald", "REML", "z"),
    ("REML, Hartung-Knapp", "REML", "hksj"),
    ("REML, modified Hartung-Knapp", "REML", "hksj_modified"),
)
"""The inference ladder: name, estimator of tau2, interval."""
BAYES_RUNG = f"Bayes, half-normal τ (scale {TAU_PRIOR.sd:g})"
PUBLISHED_RUNG = f"Bayes, τ {PUBLISHED}"
CORRELATIONS = tuple(round(-0.5 + 0.05 * i, 2) for i in range(30))
"""Correlations of a crossover's two conditions over which the pool is swept."""


def rungs(
    y: FloatArray,
    v: FloatArray,
    chosen: tuple[str, str] | None,
    posteriors: Mapping[str, Posterior],
    level: float = 0.95,
) -> pd.DataFrame:
    """The same data by several methods: ``label estimate lower upper chosen``; of `posteriors` the medians.

    `chosen` are the estimator and the interval of the analysis.
    """
    rows: list[tuple[object, ...]] = []
    for name, method, inference in RUNGS:
        fit = models.pool(y, v, method, inference, level)
        rows.append((name, fit.estimate, *fit.ci, (method, inference) == chosen))
    rows += [(name, p.mu.median, *p.mu.interval(level), False) for name, p in posteriors.items()]
    return pd.DataFrame(rows, columns=["label", "estimate", "lower", "upper", "chosen"])


@dataclass(frozen=True, eq=False)
class PainAnalysis:
    """Pain under given choices. LDN minus placebo: below zero favours LDN.

    `ev` is the evidence as of ``choices.as_of``, `derived` the contrast table with the chain behind each of
    its rows (`contrasts.derive`), `fit` the pooled result; None where no trial can be used.
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
    def doses(self) -> list[float]:
        """Doses that the trials in the pool compared with placebo."""
        studies = self.ev.studies[self.ev.studies["study_id"].isin(self.used["study_id"])]
        compared = {dose for trial in studies.to_dict("records") for dose in doses_held(trial)}
        return sorted(dose for dose in compared if dose == dose)

    @property
    def without_estimate(self) -> int:
        """Trials that meet the rule of the primary pool (`is_primary`) and give this one no estimate."""
        known = admitted(self.ev)
        return len({*known.loc[is_primary(known)["primary"], "trial_id"]} - {*self.used["trial_id"]})

    @property
    def labels(self) -> list[str]:
        """Names of the trials in the pool."""
        return list(self.used["label"])

    @property
    def unit(self) -> str:
        """Unit of the estimate, for a heading."""
        return COMPARED[self.choices.measure].heading

    @property
    def threshold(self) -> float | None:
        """The between-group difference that matters; None where the estimate is not in its unit."""
        return self.choices.mid if self.choices.measure == "MD" else None

    @cached_property
    def bias(self) -> dict[str, str]:
        """Overall risk of bias by study."""
        return judged_bias(self.ev)

    @property
    def widened(self) -> bool:
        """Whether the pool's interval is the wider companion of the one asked for (`wider_companion`)."""
        return self.fit is not None and self.fit.k > 1 and self.fit.inference != self.choices.inference

    @cached_property
    def sentence(self) -> str:
        """The answer in at most 40 words; two trials are shown and not averaged."""
        if self.fit is None:
            return words.nothing_pooled(self.choices.as_of)
        each = [words.single(row, self.choices.level) for _, row in self.used.iterrows()]
        return words.pooled(self.fit, self.choices.mid, self.n, self.choices.measure, each)

    @property
    def finding(self) -> str:
        """What the pool allows to be said, in one short sentence without its full stop: a figure's title."""
        fit = self.fit
        if fit is None:
            return "We do not know: no trial can be pooled"
        if fit.k == 2:
            return f"{words.NOT_SETTLED}two trials, too few to average"
        return words.verdict(*fit.ci, self.choices.mid, fit.k, self.choices.measure)

    @cached_property
    def remarks(self) -> dict[str, str]:
        """What a reader of a trial's row must know, by study: `words.remark`, and what is in doubt."""
        remarks = {str(row["study_id"]): words.remark(row) for _, row in self.ev.studies.iterrows()}
        weeks: dict[str, str] = {}
        if self.choices.time in TIMES[1:]:  # of a trial that reports nothing then, the last week before it
            weeks = {str(row.study_id): f"at {row.week:g} weeks" for row in rows_of(self.used)}
        parts = {key: (text, weeks.get(key), self.doubts.get(key)) for key, text in remarks.items()}
        return {key: "; ".join(filter(None, part)) for key, part in parts.items()}

    @cached_property
    def doubts(self) -> dict[str, str]:
        """What the checks of the data doubt of trials in the pool and cannot decide, by study."""
        findings = self.ev.findings
        doubted = findings[findings["check"].isin(DOUBTS) & findings["study_id"].isin(self.used["study_id"])]
        return dict(zip(doubted["study_id"].astype(str), doubted["check"].map(DOUBTS), strict=True))

    @cached_property
    def certainty(self) -> Certainty:
        """In GRADE's words, with its reasons; by the 95% interval whatever level is shown."""
        if self.fit is None:
            return Certainty(UNGRADED, "", note="no trial gives a usable estimate")
        fit = pool_table(self.table, replace(self.choices, level=0.95))
        return pooled_certainty(fit, self.threshold, self.bias, list(self.used["study_id"]), self.n)

    @property
    def in_words(self) -> str:
        """What may be said by size and certainty (GRADE guidelines 26)."""
        if self.fit is None:
            return "Nothing can be said on pain."
        if self.threshold is None:
            return "How sure one can be is not graded: the difference that matters is in points."
        if self.fit.k == 2:
            return "Two trials are not averaged: nothing is said on the size of an effect."
        return words.informative(self.certainty.level, self.fit.estimate, self.fit.ci, self.threshold)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What may be said: the answer, its size with its certainty, the interval beside the probability."""
        return tuple(filter(None, (self.sentence, self.in_words, self.reconciled)))

    @property
    def situation(self) -> str:
        """Where the interval of the mean lies (`words.situation`); empty without one, or without a difference
        that matters."""
        if self.fit is None or not self.threshold or not math.isfinite(sum(self.fit.ci)):
            return ""
        return words.situation(*self.fit.ci, self.threshold)

    @property
    def settled(self) -> str:
        """What three or more trials settle with high or moderate certainty: ``relief`` or ``no relief``
        (worsening, or no difference that matters); empty while relief is open. Where the whole interval is on
        the side of worsening no relief is known, however low the certainty, unless a trial shows some."""
        where = self.situation
        if self.fit is None or self.fit.k < 3:
            return ""
        if self.certainty.level not in LEVELS[:2]:
            relieving = any(
                models.trial_limits(row, self.fit.level)[1] < 0 for _, row in self.used.iterrows()
            )
            return "no relief" if self.fit.ci[0] > 0 and where and not relieving else ""
        if "harm" in where or where == "little_difference":
            return "no relief"
        return "" if not where or where.endswith("open") else "relief"

    @property
    def telling(self) -> tuple[str, belief.Chance]:
        """What the answer is most about, and its chance: worsening where the interval tells of it, else
        relief; beyond the difference that matters, where the measure has one."""
        if not self.threshold:
            return self.chances["relief"].event, self.chances["relief"]
        way, key = ("worsening", "worse") if "harm" in self.situation else ("relief", "beyond")
        return f"mean {way} beyond {words.points(self.threshold)}", self.chances[key]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the certainty is what it is, a line each."""
        return tuple(str(off) for off in self.certainty.downgrades) or (self.certainty.note,)

    @property
    def pooled(self) -> str:
        """The pooled line: mean, interval, number of trials and participants."""
        if self.fit is None:
            return "no trial can be pooled"
        trials = f"{self.fit.k} {'trial' if self.fit.k == 1 else 'trials'}"
        return f"{interval(self.fit.estimate, *self.fit.ci)} {self.unit}, {trials}, {self.n} participants"

    @cached_property
    def posterior(self) -> Posterior:
        """The Bayesian companion, under `TAU_PRIOR` and `MEAN_PRIOR` (both in the unit of the estimate)."""
        return models.posterior(*self._arrays, tau_prior=TAU_PRIOR, mu_prior=MEAN_PRIOR)

    @cached_property
    def ladder(self) -> pd.DataFrame:
        """The same data by several methods: ``label estimate lower upper chosen``.

        The Bayesian rows give the posterior median; that of the published prior is left out where its scale
        cannot be converted (`sd_of_units`).
        """
        posteriors = {BAYES_RUNG: self.posterior}
        for prior in self.published.values():
            posteriors[PUBLISHED_RUNG] = models.posterior(*self._arrays, prior, MEAN_PRIOR)
        chosen = (self.choices.tau2_method, self.fit.inference) if self.fit is not None else None
        return rungs(*self._arrays, chosen, posteriors, self.choices.level)

    @cached_property
    def published(self) -> dict[str, models.LogStudent]:
        """The published prior of tau in the unit of the estimate, by name; empty where that is unknown."""
        sd = 1.0
        if self.choices.measure == "MD":
            sd = belief.sd_of_units(self.table, _derived(self.ev, replace(self.choices, measure="SMD")).table)
        return {PUBLISHED: belief.published_prior(sd)} if sd > 0 else {}

    @cached_property
    def chances(self) -> dict[str, belief.Chance]:
        """Probabilities after the data with prior and range over priors: ``relief beyond worse new``."""
        mid = self.threshold
        return belief.chances(*self._arrays, mid, words.points(mid) if mid else "", self.published)

    @property
    def reconciled(self) -> str:
        """The interval and the probability beside each other, and why they differ."""
        if self.fit is None:
            return ""
        return words.reconciled(self.fit, self.chances, self.threshold)

    @cached_property
    def without_each(self) -> Refits | None:
        """The pool without each trial in turn; None with fewer than two."""
        if len(self.used) < 2:
            return None
        refits = models.leave_one_out(
            *self._arrays, **self.choices.pooling(len(self.used)), df=self.used["df"]
        )
        return self._wide_enough(refits)

    @cached_property
    def cumulative(self) -> Refits:
        """The pool as each trial was published."""
        refits = models.cumulative(*self._arrays, **self.choices.pooling(len(self.used)), df=self.used["df"])
        return self._wide_enough(refits)

    def _wide_enough(self, refits: Refits) -> Refits:
        """Each pool with the wider companion where it has one, as `pool_table` gives that of all trials."""
        fits = models.wider_companions(refits.fits, *self._arrays, refits.included)
        return replace(refits, fits=fits, full=self.fit or refits.full)

    @cached_property
    def by_correlation(self) -> tuple[Pooled, ...]:
        """The pool over `CORRELATIONS` of a crossover's conditions."""
        swept = (_derived(self.ev, replace(self.choices, crossover_r=r)) for r in CORRELATIONS)
        fits = (pool_table(derived.table, self.choices) for derived in swept)
        return tuple(fit for fit in fits if fit is not None)

    @property
    def swept(self) -> bool:
        """Whether the correlation of a crossover's conditions makes a difference to the pool; in standard
        deviations also where the error itself is printed."""
        return len({(fit.estimate, fit.se) for fit in self.by_correlation}) > 1

    @cached_property
    def crossovers(self) -> pd.DataFrame:
        """The crossover trials in the pool whose standard error rests on a correlation."""
        return self.used[self.used["crossover_r"].notna()]

    @cached_property
    def by_prior(self) -> pd.DataFrame:
        """The Bayesian result under every pair of priors (`belief.by_prior`)."""
        return belief.by_prior(*self._arrays, self.choices.level, self.published)

    def explanations(self) -> list[Explanation]:
        """The chain from paper to estimate of each trial in the pool."""
        return [self.derived.explanation(study) for study in self.used["study_id"]]

    def trail(self) -> Trail:
        """A new collection of sources that starts with the chains of the pool."""
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
        lines = (*self.sentences, f"Certainty: {self.certainty.level}.")
        fit = html.trusted(self.fit._repr_html_()) if self.fit else None
        return html.finished(*(html.element("p", line) for line in lines), fit)


def turning_correlations(pain: PainAnalysis) -> list[float]:
    """Correlations between which the pool's interval starts or stops to include no difference."""
    limits = [fit.ci for fit in pain.by_correlation]
    return models.flips(CORRELATIONS, [low for low, _ in limits], [high for _, high in limits])


def _derived(ev: Evidence, choices: Analysis) -> Derived:
    """The contrasts of pain; none where nobody had reported pain yet."""
    return published_pain(ev, choices.contrast()) or Derived("pain", pd.DataFrame(columns=list(COLUMNS)), {})


def pool_table(table: pd.DataFrame, choices: Analysis) -> Pooled | None:
    """The included rows, pooled as chosen; the wider companion where the plain interval is too narrow."""
    used = table[table["included"].astype(bool)]
    if used.empty:
        return None
    fit = models.pool(
        used["yi"].to_numpy(), used["vi"].to_numpy(), **choices.pooling(len(used)), df=used["df"]
    )
    return models.wider_companion(fit) or fit


def analyse(ev: Evidence, choices: Analysis) -> PainAnalysis:
    """Pool pain as `choices` say; ``choices.as_of`` is applied here."""
    view = ev.as_of(choices.as_of)
    derived = _derived(view, choices)
    return PainAnalysis(view, choices, derived, pool_table(derived.table, choices))
