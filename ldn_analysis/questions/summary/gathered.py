"""What the summary shows, gathered from the rooms that own it: each number is theirs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from ldn_analysis.contrasts import admitted
from ldn_analysis.display.words import MISSING, count
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.records import unreported
from ldn_analysis.evidence.trials import controlled, doses_held
from ldn_analysis.questions import dosing, multiverse, next_trial, pain, safety
from ldn_analysis.questions.next_trial import Settling
from ldn_analysis.questions.pain import PainAnalysis
from ldn_analysis.questions.parameters import Analysis


@dataclass(frozen=True, eq=False)
class Gathered:
    """The evidence (as of ``choices.as_of``) under given choices, as the summary shows it."""

    ev: Evidence
    choices: Analysis
    pain: PainAnalysis

    @cached_property
    def trials(self) -> pd.DataFrame:
        """Randomised, double-blind trials of low doses against placebo, with their estimate of pain where it
        is in the pool, and its week: ``label year n doses dose low weeks schedule estimate week
        study_id``."""
        studies = controlled(admitted(self.ev)).sort_values(["dose_max_mg", "year"], kind="stable")
        used = self.pain.used.set_index("study_id")
        numbers = {"dose_max_mg": "dose", "dose_min_mg": "low", "treatment_weeks": "weeks"}
        table = studies[["study_id", "label", "year"]].assign(
            n=studies["n_randomised"],
            doses=pd.Series([tuple(doses_held(s)) for s in studies.to_dict("records")], studies.index),
            schedule=studies["dose_schedule"],
            estimate=studies["study_id"].map(used["yi"]),
            week=studies["study_id"].map(used["week"]),
            **{name: studies[column].astype(float) for column, name in numbers.items()},
        )
        return table.reset_index(drop=True)

    @cached_property
    def same_answer(self) -> bool:
        """Whether choices other than the defaults leave the pool of pain and its certainty as they were."""
        if self.pain.fit is None or not self.choices.changed():
            return False
        primary = pain.analyse(self.ev.whole or self.ev, type(self.choices)())
        here, there = (
            (pool.sentence, pool.labels, pool.certainty.level, pool.fit and (pool.fit.estimate, pool.fit.ci))
            for pool in (self.pain, primary)
        )
        return here == there

    @property
    def untested(self) -> list[float]:
        """Usual doses that no trial compared with placebo."""
        return dosing.untested(dosing.given_doses(self.ev))

    @cached_property
    def findings(self) -> pd.DataFrame:
        """The Summary of Findings (`pain.summary_of_findings`)."""
        return pain.summary_of_findings(self.ev, self.choices)

    @cached_property
    def harms(self) -> pd.DataFrame:
        """Harms counted in both groups of trials (`safety.compared_harms`)."""
        return safety.compared_harms(self.ev, self.choices.reading, self.choices.level)

    @cached_property
    def dreams(self) -> list[dict[str, Any]]:
        """Ratios of vivid dreams, the best evidence first: of the trials' own counts, then as a review prints
        it; each with ``ratio lower upper who base label how inputs``."""
        ratios = []
        if own := safety.counted_ratio(self.harms, "vivid dreams"):
            ratio = {
                "ratio": own["rr"],
                "lower": own["rr_lower"],
                "upper": own["rr_upper"],
                "label": "counted",
            }
            people = {"who": count(own["k"], "trial"), "base": f"{own['n']:,} ({own['k']})"}
            source = {"how": f"Risk ratio: {own['model']}.", "inputs": own["inputs"]}
            ratios.append(ratio | people | source)
        quoted = safety.quoted_harms(self.ev, self.choices.reading)
        for row in quoted[quoted["harm"] == "vivid dreams"].head(1).to_dict("records"):
            ratio = {"ratio": row["estimate"], "lower": row["lower95"], "upper": row["upper95"]}
            about = {"who": "one review", "base": MISSING, "label": row["label"], "how": ""}
            ratios.append(ratio | about | {"inputs": (row["synthesis_row_id"],)})
        return ratios

    def at_other_times(self, event: str) -> pd.DataFrame:
        """Counts of a harm at other times than that of its row of the findings (`safety.other_times`)."""
        return safety.other_times(self.harms, event)

    @cached_property
    def excluded(self) -> pd.DataFrame:
        """Counts of serious events and the frequency that they leave open (`safety.frequency_excluded`)."""
        return safety.frequency_excluded(self.ev, self.choices.reading, self.choices.level, 0.01)

    @cached_property
    def moments(self) -> pd.DataFrame:
        """What was believed after each year that brought a trial, by the same Bayesian analysis: ``label
        trials estimate lower upper`` (median and interval)."""
        years = sorted({int(year) for year in self.pain.used["year"]})
        rows = []
        for year in years:
            then = self.pain.by(year)
            if then.fit is not None:
                mean = then.posterior.mu
                rows.append((str(year), then.fit.k, mean.median, *mean.interval(self.choices.level)))
        return pd.DataFrame(rows, columns=["label", "trials", "estimate", "lower", "upper"])

    @cached_property
    def settling(self) -> Settling | None:
        """The trial that would tell doses apart; None before anything could be pooled."""
        return next_trial.what_would_settle(self.ev, self.choices) if self.pain.fit is not None else None

    @cached_property
    def reviews(self) -> pd.DataFrame:
        """Published pools of pain against placebo, those that the report on reviews compares."""
        return pd.DataFrame(multiverse.published_against_placebo(self.ev))

    @cached_property
    def registered(self) -> pd.DataFrame:
        """Registered trials of fibromyalgia, or of doses against each other, that have reported nothing
        (`evidence.unreported`)."""
        table = unreported(self.ev)
        about = table["condition"].fillna("").str.contains("fibromyalgia", case=False)
        doses = table["comparator"].fillna("") == "between doses"
        return table[about | doses].reset_index(drop=True)


def gather(ev: Evidence, choices: Analysis) -> Gathered:
    """What the summary shows under `choices`; ``choices.as_of`` is applied here."""
    analysed = pain.analyse(ev, choices)
    return Gathered(analysed.ev, choices, analysed)
