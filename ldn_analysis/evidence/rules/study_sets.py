"""Rules on study sets: who is pooled, from which rows, at which week, each trial once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from ldn_analysis.errors import BoolArray
from ldn_analysis.evidence.rules.clauses import OTHER_DRUG
from ldn_analysis.evidence.rules.facts import Facts, Fault, Hit, Key, Table
from ldn_analysis.evidence.rules.outcomes import kinds
from ldn_analysis.evidence.rules.registry import impossible, notice, suspicious
from ldn_analysis.evidence.rules.structure import same_time, times_named
from ldn_analysis.evidence.trials import ELIGIBLE, LOW_DOSE_MG, Standing, standings

LEAVE_OUT = "exclude it in study_sets.csv (--set excluded), or say why not"


def _pooled(facts: Facts) -> BoolArray:
    return ~facts["study_sets"].mask("set", "excluded", "")


def _trials(facts: Facts) -> dict[str, str]:
    """The trial of each study."""
    return dict(zip(*map(facts["studies"].text, ("study_id", "trial_id")), strict=True))


def _responses(events: Table) -> Iterator[tuple[str, str, float]]:
    """Study, event and week of each row that counts responses of pain under LDN."""
    weeks = events.number("week").tolist()
    rows = zip(events.keys("study_id", "event", "group"), weeks, strict=True)
    return (
        (study, event, week)
        for (study, event, group), week in rows
        if event.startswith("pain response") and group != "placebo"
    )


@impossible("study_sets")
def pooled_week_given(table: Table, facts: Facts) -> Iterator[Fault]:
    """A study that is pooled without its primary time point; one without numbers has none."""
    outcomes = facts["outcomes"]
    valued = np.flatnonzero(~np.isnan(outcomes.number("value")))
    reporting = {*np.array(facts.study_text(outcomes, "trial_id"))[valued]}
    reporting.update(facts.study_text(facts["events"], "trial_id"))
    listed = table.mask("set", "all_randomised")
    listed &= ~np.isin(facts.study_text(table, "trial_id"), [*reporting])
    none = _pooled(facts) & ~listed & np.isnan(table.number("primary_week"))
    reason = "is empty: a study that is pooled needs its primary time point"
    yield from table.hits(none, "primary_week", reason)


def _standings(facts: Facts) -> list[Standing]:
    """What the rule for the primary pool says of each study; its reason is empty where it is in."""
    studies = facts["studies"]
    words = {column: studies.text(column) for column in ELIGIBLE}
    return standings(words, studies.number("dose_max_mg").tolist())


def _low_arms(facts: Facts) -> frozenset[str]:
    """Studies of which rows name the dose of an arm, and a low one: only that one is pooled."""
    arms = {key for name in ("outcomes", "events") for key in facts[name].keys("study_id", "dose_mg_per_day")}
    return frozenset(study for study, dose in arms if dose and float(dose) <= LOW_DOSE_MG)


def pool_members(facts: Facts) -> frozenset[str]:
    """Studies in a pool of any outcome: by ``study_sets.csv``, or by the rule where it has no row of them."""
    table, stands = facts["study_sets"], facts.once(_standings)
    listed = set(table.text("study_id"))
    chosen = {study for study, set_ in table.keys("study_id", "set") if set_ not in ("excluded", "")}
    fits = {study for study, row in facts.row_of_study.items() if not stands[row].reason}
    return frozenset(chosen | (fits - listed))


UNCONTROLLED = ("single-arm", "dose-finding", "observational", "case report")
NO = r"(?<!not )(?<!no )(?<!non-)(?<!not a )"
SAYS = (
    ("blinding", "double-blind", re.compile(rf"{NO}\bdouble[- ]blind", re.I)),
    ("blinding", "single-blind", re.compile(rf"{NO}\bsingle[- ]blind", re.I)),
    ("blinding", "open", re.compile(rf"^open\b|{NO}\bopen[- ]label\b", re.I)),
    ("randomised", "yes", re.compile(r"^randomi[sz]ed\b", re.I)),
    ("randomised", "no", re.compile(r"\b(?:not |non-?)randomi[sz]ed\b", re.I)),
    ("design_type", "crossover", re.compile(rf"{NO}\bcross-?over\b", re.I)),
    ("design_type", "parallel", re.compile(rf"{NO}\bparallel\b", re.I)),
    ("design_type", UNCONTROLLED, re.compile(r"^(?:\w+ ){0,3}?(?:one|single)[- ]arm\b(?! of )", re.I)),
    ("design_type", UNCONTROLLED, re.compile(r"^(?:case report|chart review)\b", re.I)),
    ("design_type", UNCONTROLLED, re.compile(r"^dose-finding\b(?!.*\b(?:placebo|parallel|random))", re.I)),
    ("condition", "chronic", re.compile(r"\bof chronic [a-z ]*pain\b", re.I)),
)
"""What the first sentence of a reason, or a short one, says of the study: a column, and how its word begins.
One that has the study's own word as well tells of something beside: an open extension, another trial."""
LATER = re.compile(
    r"(?:(?:the|this) (?:trial|study) (?:is|was) )?(?!.*\b(?:not|extension|pilot|phase|run-in|follow\w*"
    r"|periods?|excluded|used)\b)(?:[\w-]+(?:, | and | or | |\W*$)){1,4}",
    re.I,
)
"""A further sentence that tells of the study as the first one does: a few words, such as 'Single-blind.'"""
MG = re.compile(r"(?:(\w+) )?(\d+(?:\.\d+)?) ?mg\b")
SAME_TRIAL = re.compile(r"\bsame trial as ([A-Za-z0-9][\w.+-]*\w)")


def _reasons(table: Table, facts: Facts) -> Iterator[Fault]:
    """Reasons that are of another study than their row."""
    trials, at = facts["studies"].text("trial_id"), facts.row_of_study
    for row, (study, reason) in enumerate(table.keys("study_id", "reason")):
        first, *more = re.split(r"[.;:] ", reason)
        about = [first, *(sentence for sentence in more if LATER.fullmatch(sentence))]
        for column, word, words in SAYS if study in at else ():
            has = facts["studies"].text(column)[at[study]]
            own = has.partition(" (")[0].casefold()
            telling = [text for text in about if own not in text.casefold().replace("e blind", "e-blind")]
            if has and not has.startswith(word) and any(map(words.search, telling)):
                yield row, "reason", f"the study's {column} is {has!r}"
                break
        most = facts["studies"].number("dose_max_mg")[at[study]] if study in at else np.nan
        doses = [float(dose) for drug, dose in MG.findall(first) if not re.fullmatch(OTHER_DRUG, drug, re.I)]
        high = [dose for dose in doses if dose > max(most, LOW_DOSE_MG)]
        if high:
            yield row, "reason", f"the study's largest dose is {most:g} mg"
        same = SAME_TRIAL.search(reason)
        if same and study in at and (same[1] not in at or trials[at[same[1]]] != trials[at[study]]):
            yield row, "reason", f"the study is a report of {trials[at[study]]}"


@suspicious("study_sets")
def set_fits_study(table: Table, facts: Facts) -> Iterator[Fault]:
    """A study in a pool whose rule it does not meet, or with the reason of another study."""
    yield from _reasons(table, facts)
    studies = facts["studies"]
    randomised, control = studies.text("randomised"), studies.text("control")
    conditions = studies.text("condition")
    low, stands = facts.once(_low_arms), facts.once(_standings)
    at = facts.row_of_study
    for row, (study, chosen) in enumerate(table.keys("study_id", "set")):
        if study not in at:
            continue
        place = at[study]
        low_arm = stands[place].dose_alone and study in low
        if chosen == "primary" and stands[place].reason and not low_arm:
            yield row, "set", f"is primary, but {stands[place].reason}"
        elif chosen == "all_randomised" and randomised[place] != "yes":
            yield row, "set", "is all_randomised, but not randomised"
        elif chosen in ("with_pilot", "all_randomised") and "fibromyalgia" not in conditions[place]:
            yield row, "set", f"is pooled, but its condition is {conditions[place]}"
        elif chosen == "with_pilot" and control[place] != "placebo":
            yield row, "set", f"is pooled, but its control is {control[place]}, not placebo"


def _compared(facts: Facts) -> set[tuple[str, str]]:
    """Studies and outcomes of which a comparison with placebo is reported: a difference, or both groups."""
    outcomes, events = facts["outcomes"], facts["events"]
    valued = ~np.isnan(outcomes.number("value"))
    groups: dict[tuple[str, str], set[str]] = {}
    for row, (study, domain, group) in enumerate(outcomes.keys("study_id", "domain", "group")):
        if valued[row]:
            groups.setdefault((study, domain), set()).add(group)
    for study, event, group in events.keys("study_id", "event", "group"):
        if event.startswith("pain response"):
            groups.setdefault((study, "pain response"), set()).add(group)
    return {key for key, arms in groups.items() if "ldn-placebo" in arms or {"ldn", "placebo"} <= arms}


@suspicious("study_sets")
def member_left_out(table: Table, facts: Facts) -> Iterator[Fault]:
    """A trial that meets the rule for the pool and reports a comparison, outside the primary pool as if it
    did not; one that is excluded and has a primary week."""
    at, stands = facts.row_of_study, facts.once(_standings)
    compared, trials = facts.once(_compared), facts.study_text(table, "trial_id")
    keys = table.keys("study_id", "outcome", "from_domain", "set")
    pooled = {(trials[row], keys[row][1]) for row in np.flatnonzero(table.mask("set", "primary")).tolist()}
    for row, (study, outcome, domain, chosen) in enumerate(keys):
        eligible = study in at and not stands[at[study]].reason and (study, domain) in compared
        if eligible and chosen in ("with_pilot", "all_randomised") and (trials[row], outcome) not in pooled:
            fits = "though the study meets the rule for the primary pool and compares with placebo"
            remedy = "one that is to stay outside is 'excluded', with its reason and no primary week"
            yield row, "set", f"is {chosen}, {fits}: {remedy}"
    dated = table.mask("set", "excluded") & ~np.isnan(table.number("primary_week"))
    yield from table.hits(dated, "set", "is excluded, and has a primary week: leave that empty, or pool it")


@notice("study_sets")
def member_excluded(table: Table, facts: Facts) -> Iterator[Fault]:
    """A trial that meets the rule for the pool, compares pain or its responders, and is excluded from it:
    does its reason say why?"""
    at, stands, compared = facts.row_of_study, facts.once(_standings), facts.once(_compared)
    excluded = table.mask("set", "excluded") & table.mask("outcome", "pain", "pain response")
    for row, (study, *_, domain) in enumerate(table.keys("study_id", "outcome", "from_domain")):
        if excluded[row] and study in at and not stands[at[study]].reason and (study, domain) in compared:
            reason = table.text("reason")[row]
            yield row, "set", f"it meets the rule for the pool; its reason is {reason!r}"


@notice("studies")
def outside_unsaid(table: Table, facts: Facts) -> Iterator[Fault]:
    """A study that compares pain or its responders with placebo, does not meet the rule for the pool, and of
    which no row of the study sets says so: does a word of its row keep it out by a slip?"""
    listed, compared = set(facts["study_sets"].text("study_id")), facts.once(_compared)
    stands, main = facts.once(_standings), table.text("trial_id")
    for row, study in enumerate(table.text("study_id")):
        pain = {(study, "pain"), (study, "pain response")} & compared
        if pain and stands[row].reason and study not in listed and main[row] == study:
            yield row, "study_id", f"outside the pool of pain by the rule: {stands[row].reason}"


@notice("study_sets")
def outcome_in_no_set(table: Table, facts: Facts) -> Iterator[Hit]:
    """An outcome that a study reports and of which no row says whether it is pooled, though one says so of
    another outcome of the study."""
    listed = set(table.keys("study_id", "outcome")) | set(table.keys("study_id", "from_domain"))
    studies = set(table.text("study_id"))
    reported = [
        ("outcomes", row, study, outcome)
        for row, (study, outcome) in enumerate(facts["outcomes"].keys("study_id", "domain"))
    ] + [
        ("events", row, study, "pain response")
        for row, (study, event) in enumerate(facts["events"].keys("study_id", "event"))
        if event.startswith("pain response")
    ]
    for name, row, study, outcome in reported:
        if study in studies and outcome != "predictor" and (study, outcome) not in listed:
            listed.add((study, outcome))
            yield Hit(name, row, "study_id", f"study_sets.csv does not say what becomes of its {outcome}")


@impossible("study_sets")
def one_report_a_trial(table: Table, facts: Facts) -> Iterator[Fault]:
    """Two reports of one trial in the pool of one outcome."""
    trials, studies = facts.study_text(table, "trial_id"), table.text("study_id")
    outcomes = table.text("outcome")
    first: dict[tuple[str, str], int] = {}
    for row in np.flatnonzero(_pooled(facts)).tolist():
        before = first.setdefault((trials[row] or studies[row], outcomes[row]), row)
        if studies[before] != studies[row]:
            reason = f"{studies[before]} reports the same trial and is pooled too: it would count twice"
            yield row, "set", reason


@suspicious("study_sets")
def set_domain_has_rows(table: Table, facts: Facts) -> Iterator[Fault]:
    """A pooled study whose rows are of another domain than the one to be read."""
    outcomes, events = facts["outcomes"], facts["events"]
    domains: dict[str, set[str]] = {}
    for study, domain in outcomes.keys("study_id", "domain"):
        domains.setdefault(study, set()).add(domain)
    for study, *_ in _responses(events):
        domains.setdefault(study, set()).add("pain response")
    pooled = _pooled(facts)
    keys = table.keys("study_id", "outcome", "from_domain", "set")
    for row, (study, outcome, domain, chosen) in enumerate(keys):
        has = domains.get(study, set())
        if domain != outcome and chosen != "with_pilot":
            yield row, "from_domain", f"is not the outcome that it stands for ({outcome})"
        elif domain != outcome and outcome in has:
            yield row, "from_domain", f"the study has rows of {outcome} itself"
        elif pooled[row] and chosen != "all_randomised" and has and domain not in has:
            yield row, "from_domain", f"the study reports nothing of it: it reports {', '.join(sorted(has))}"


@suspicious("study_sets")
def from_measure_reported(table: Table, facts: Facts) -> Iterator[Fault]:
    """A measure that stands for an outcome and of which the study reports nothing."""
    reported = set(facts["outcomes"].keys("study_id", "domain", "measure"))
    keys = table.keys("study_id", "from_domain", "from_measure") if table.has("from_measure") else []
    for row, key in enumerate(keys):
        if key[2] and key not in reported:
            has = sorted({measure for study, domain, measure in reported if (study, domain) == key[:2]})
            reason = f"the study reports nothing of it in {key[1]}, but of {', '.join(has) or 'nothing'}"
            yield row, "from_measure", reason


PRIMARY = re.compile(r"\b([\w.-]+ (?:weeks?|months?|days?)) (?:is|are) (?:its|the) primary\b", re.I)


@suspicious("study_sets")
def primary_week_reported(table: Table, facts: Facts) -> Iterator[Fault]:
    """A primary week at which nothing was reported under LDN, after the treatment, or another than its reason
    names."""
    weeks, chosen = _weeks_under_ldn(facts), table.number("primary_week")
    lasted = facts.study_number(table, "treatment_weeks")
    keys = table.keys("study_id", "from_domain")
    for row in np.flatnonzero(~np.isnan(chosen)).tolist():
        reported = weeks.get(keys[row], set())
        if reported and chosen[row] not in reported:
            listed = ", ".join(f"{week:g}" for week in sorted(reported))
            reason = f"nothing is reported at this week, but at {listed}: enter the rows of this week first"
            yield row, "primary_week", reason
        elif chosen[row] > lasted[row] + 0.5:
            yield row, "primary_week", f"the treatment lasts {lasted[row]:g} weeks"
        elif (match := PRIMARY.search(table.text("reason")[row])) and not same_time(
            float(chosen[row]), times_named(f"({match[1]}")
        ):
            yield row, "primary_week", f"the reason says {match[0]!r}"


def _weeks_under_ldn(facts: Facts) -> dict[Key, set[float]]:
    """Weeks at which something was reported under LDN, by study and domain."""
    outcomes, weeks = facts["outcomes"], dict[Key, set[float]]()
    printed = outcomes.number("week")  # a row without one is of the end of treatment
    at = np.where(np.isnan(printed), facts.study_number(outcomes, "treatment_weeks"), printed)
    places = outcomes.keys("study_id", "domain")
    for row in np.flatnonzero((at > 0) & ~outcomes.mask("group", "placebo")).tolist():
        weeks.setdefault(places[row], set()).add(float(at[row]))
    for study, _, week in _responses(facts["events"]):
        if week > 0:
            weeks.setdefault((study, "pain response"), set()).add(week)
    return weeks


@suspicious("studies")
def primary_week_declared(_: Table, facts: Facts) -> Iterator[Fault]:
    """A trial of the pool with rows at several weeks, of which no study set says which is primary."""
    outcomes, events = facts["outcomes"], facts["events"]
    trials, stands = facts.once(_trials), facts.once(_standings)
    listed = facts["study_sets"].keys("study_id", "outcome", "primary_week")
    own = {(study, outcome) for study, outcome, _ in listed}
    own |= {(study, "pain response") for study, outcome in own if outcome == "pain"}
    dated = {(trials.get(study), outcome) for study, outcome, week in listed if week}
    dated |= {(trial, "pain response") for trial, outcome in dated if outcome == "pain"}
    fits = {study for study, place in facts.row_of_study.items() if not stands[place].reason}
    weeks: dict[Key, set[float]] = {}
    compared = outcomes.mask("group", "ldn", "ldn-placebo") & ~np.isnan(outcomes.number("value"))
    kind_of = kinds(outcomes)
    at = outcomes.number("week").tolist()
    lasted = facts.study_number(outcomes, "treatment_weeks")
    compared &= ~(outcomes.number("week") > lasted + 0.5)  # after the end it is a follow-up
    for row, (study, domain) in enumerate(outcomes.keys("study_id", "domain")):
        sought = compared[row] and at[row] > 0 and study in fits and (study, domain) not in own
        if sought and kind_of[row] in ("level", "change", "difference"):
            weeks.setdefault((trials[study], domain), set()).add(at[row])
    for study, _event, week in _responses(events):
        if week > 0 and study in fits and (study, "pain response") not in own:
            weeks.setdefault((trials[study], "pain response"), set()).add(week)
    for (trial, outcome), reported in weeks.items():
        place = facts.row_of_study.get(trial, -1)
        if len(reported) > 1 and place >= 0 and (trial, outcome) not in dated:
            each = ", ".join(f"{week:g}" for week in sorted(reported))
            reason = f"{outcome} is reported at weeks {each}: study_sets.csv must say which is primary"
            yield place, "study_id", f"{reason} (--primary-week)"


@notice("study_sets")
def responders_at_primary_week(table: Table, facts: Facts) -> Iterator[Fault]:
    """A primary week of pain at which a response was not counted: that of another week is compared."""
    trials, weeks = facts.once(_trials), dict[Key, set[float]]()
    for study, event, week in _responses(facts["events"]):
        if week > 0:
            weeks.setdefault((trials.get(study, study), event), set()).add(week)
    keys, chosen = table.keys("study_id", "outcome"), table.number("primary_week").tolist()
    own = {trials.get(study) for study, outcome in keys if outcome == "pain response"}
    for row, (study, outcome) in enumerate(keys):
        if outcome == "pain" and chosen[row] > 0 and trials.get(study) not in own:
            elsewhere = [
                f"{event} is counted at week {', '.join(f'{week:g}' for week in sorted(counted))}"
                for (trial, event), counted in sorted(weeks.items())
                if trial == trials.get(study) and chosen[row] not in counted
            ]
            if elsewhere:
                yield row, "primary_week", f"{'; '.join(elsewhere)}, not at this one"


@notice("study_sets")
def pooled_is_judged(table: Table, facts: Facts) -> Iterator[Fault | Hit]:
    """A randomised trial in the pool of pain without a risk of bias."""
    studies, compared = facts["studies"], facts.once(_compared)
    trials, judged = facts.once(_trials), set(facts["risk_of_bias"].keys("study_id", "outcome"))
    judged |= {(study, "pain") for study, trial in trials.items() if (trial, "pain") in judged}
    reason = "is pooled, and its risk of bias is not judged yet"
    pooled = _pooled(facts) & table.mask("outcome", "pain") & facts.study_mask(table, "randomised", "yes")
    keys = table.keys("study_id", "outcome")
    for row in np.flatnonzero(pooled).tolist():
        if keys[row] in compared and keys[row] not in judged:
            yield row, "study_id", reason
    stands = facts.once(_standings)
    for study, row in facts.row_of_study.items():
        key, main = (study, "pain"), (trials[study], "pain")
        if study != main[0] and main in compared:
            continue  # of a trial its main report is pooled, and that is asked for
        if not stands[row].reason and key in compared and key not in keys and key not in judged:
            yield Hit(studies.name, row, "study_id", reason)
