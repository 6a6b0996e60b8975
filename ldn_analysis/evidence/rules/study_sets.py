"""Rules on study sets: who is pooled, from which rows, at which week, each trial once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ldn_analysis.evidence.rules.facts import BoolArray, Facts, Hit
from ldn_analysis.evidence.rules.registry import rule

__all__: list[str] = []

ELIGIBLE = ("randomised", "blinding", "control", "condition", "design_type")


def _pooled(facts: Facts) -> BoolArray:
    return ~facts["study_sets"].mask("set", "excluded", "")


@rule(
    "pooled_week_given",
    "impossible",
    "a study that is pooled without its primary time point",
    "set primary with an empty primary_week",
)
def pooled_week_given(facts: Facts) -> Iterator[Hit]:
    table = facts["study_sets"]
    none = _pooled(facts) & np.isnan(table.number("primary_week"))
    said = "is empty: a study that is pooled needs its primary time point"
    yield from table.hits(none, "primary_week", said)


@rule(
    "set_fits_study",
    "suspicious",
    "a study in a pool whose rule it does not meet",
    "primary, but open, uncontrolled, of another condition or above 6 mg a day",
)
def set_fits_study(facts: Facts) -> Iterator[Hit]:
    from ldn_analysis.evidence.trials import is_primary

    table, studies = facts["study_sets"], facts["studies"]
    words = pd.DataFrame({column: studies.text(column) for column in ELIGIBLE})
    why = is_primary(words.assign(dose_max_mg=studies.number("dose_max_mg")))["reason"].tolist()
    randomised, control = studies.text("randomised"), studies.text("control")
    conditions = studies.text("condition")
    at = facts.row_of_study
    for row, (study, chosen) in enumerate(zip(table.text("study_id"), table.text("set"), strict=True)):
        if study not in at:
            continue
        place = at[study]
        if chosen == "primary" and why[place]:
            yield Hit(table.name, row, "set", f"is primary, but {why[place]}")
        elif chosen == "all_randomised" and randomised[place] != "yes":
            yield Hit(table.name, row, "set", "is all_randomised, but not randomised")
        elif chosen in ("with_pilot", "all_randomised") and "fibromyalgia" not in conditions[place]:
            yield Hit(table.name, row, "set", f"is pooled, but its condition is {conditions[place]}")
        elif chosen == "with_pilot" and control[place] != "placebo":
            yield Hit(table.name, row, "set", f"is pooled, but its control is {control[place]}, not placebo")


@rule(
    "one_report_a_trial",
    "impossible",
    "two reports of one trial in the pool of one outcome",
    "final2024 and finalqst2025 both primary for pain",
)
def one_report_a_trial(facts: Facts) -> Iterator[Hit]:
    table = facts["study_sets"]
    trials, studies = facts.study_text(table, "trial_id"), table.text("study_id")
    outcomes = table.text("outcome")
    first: dict[tuple[str, str], int] = {}
    for row in np.flatnonzero(_pooled(facts)).tolist():
        before = first.setdefault((trials[row] or studies[row], outcomes[row]), row)
        if studies[before] != studies[row]:
            said = f"{studies[before]} reports the same trial and is pooled too: it would count twice"
            yield Hit(table.name, row, "set", said)


@rule(
    "set_domain_has_rows",
    "suspicious",
    "a pooled study whose rows are of another domain than the one to be read",
    "pain from 'memory'; pain from 'pain threshold', of which the study reports nothing",
)
def set_domain_has_rows(facts: Facts) -> Iterator[Hit]:
    table, outcomes, events = facts["study_sets"], facts["outcomes"], facts["events"]
    domains: dict[str, set[str]] = {}
    for study, domain in zip(outcomes.text("study_id"), outcomes.text("domain"), strict=True):
        domains.setdefault(study, set()).add(domain)
    for study, event in zip(events.text("study_id"), events.text("event"), strict=True):
        if event.startswith("pain response"):
            domains.setdefault(study, set()).add("pain response")
        else:
            domains.setdefault(study, set())
    pooled = _pooled(facts)
    for row, (study, outcome, domain, chosen) in enumerate(
        zip(*(table.text(name) for name in ("study_id", "outcome", "from_domain", "set")), strict=True)
    ):
        has = domains.get(study, set())
        if domain != outcome and chosen != "with_pilot":
            yield Hit(table.name, row, "from_domain", f"is not the outcome that it stands for ({outcome})")
        elif domain != outcome and outcome in has:
            yield Hit(table.name, row, "from_domain", f"the study has rows of {outcome} itself")
        elif pooled[row] and chosen != "all_randomised" and has and domain not in has:
            said = f"the study reports nothing of it: it reports {', '.join(sorted(has))}"
            yield Hit(table.name, row, "from_domain", said)


@rule(
    "primary_week_reported",
    "suspicious",
    "a primary week at which nothing was reported, or after the treatment",
    "week 12 for a trial with rows at 13, 26 and 52",
)
def primary_week_reported(facts: Facts) -> Iterator[Hit]:
    table, outcomes, events = facts["study_sets"], facts["outcomes"], facts["events"]
    weeks: dict[tuple[str, str], set[float]] = {}
    for study, domain, week in zip(
        outcomes.text("study_id"), outcomes.text("domain"), outcomes.number("week").tolist(), strict=True
    ):
        if week > 0:
            weeks.setdefault((study, domain), set()).add(week)
    for study, event, week in zip(
        events.text("study_id"), events.text("event"), events.number("week").tolist(), strict=True
    ):
        if week > 0 and event.startswith("pain response"):
            weeks.setdefault((study, "pain response"), set()).add(week)
    lasted = facts.study_number(table, "treatment_weeks")
    chosen = table.number("primary_week")
    keys = table.keys("study_id", "from_domain")
    for row in np.flatnonzero(~np.isnan(chosen)).tolist():
        known = weeks.get((str(keys[row][0]), str(keys[row][1])), set())
        if known and chosen[row] not in known:
            listed = ", ".join(f"{week:g}" for week in sorted(known))
            yield Hit(table.name, row, "primary_week", f"nothing is reported at this week, but at {listed}")
        elif chosen[row] > lasted[row] + 0.5:
            yield Hit(table.name, row, "primary_week", f"the treatment lasts {lasted[row]:g} weeks")


@rule(
    "pooled_is_judged",
    "notice",
    "a randomised trial in the pool of pain without a risk of bias",
    "a new trial whose domains nobody has judged yet",
)
def pooled_is_judged(facts: Facts) -> Iterator[Hit]:
    table = facts["study_sets"]
    judged = set(
        zip(facts["risk_of_bias"].text("study_id"), facts["risk_of_bias"].text("outcome"), strict=True)
    )
    pooled = _pooled(facts) & table.mask("outcome", "pain") & facts.study_mask(table, "randomised", "yes")
    keys = table.keys("study_id", "outcome")
    for row in np.flatnonzero(pooled).tolist():
        if keys[row] not in judged:
            yield Hit(table.name, row, "study_id", "is pooled, and its risk of bias is not judged yet")
