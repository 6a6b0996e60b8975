"""What is reported and what is missing: studies by outcomes, published reviews by trials, what was judged.

Missing evidence biases a synthesis when results are left out because of what they show (ROB-ME, Page 2023,
10.1136/bmj-2023-076754): the matrices show where an outcome has numbers, is reported without one, was
planned by a registry and is not reported, or is not known to us.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import pandas as pd

from ldn_analysis.contrasts import Derived
from ldn_analysis.contrasts.study_sets import MEMBERS, NOT_AMONG
from ldn_analysis.display.words import capital
from ldn_analysis.evidence import Evidence, once, participants
from ldn_analysis.evidence.findings import NOTICE
from ldn_analysis.guidance import GUIDANCE
from ldn_analysis.questions.published import published_pain

OUTCOMES: dict[str, str] = {
    "pain": "pain",
    "response": "responders",
    "symptom severity": "symptom severity",
    "pain threshold": "pain thresholds",
    "function": "function",
    "memory": "memory",
    "adverse event": "adverse events",
    "serious adverse event": "serious events",
    "discontinuation": "stopping",
}
"""Domains of outcomes and kinds of events, and how they are called; others come after these by name."""

GROUPS = {"ldn": "LDN", "ldn-placebo": "LDN minus placebo"}
"""Groups of rows, and how they are called."""

STATES: dict[str, tuple[str, str]] = {
    "estimate": ("●", "with numbers against a control"),
    "without": ("◐", "reported without them"),
    "planned": ("○", "planned by a registry, not reported"),
    "unknown": ("·", "not known to us"),
}
"""Symbol and words of each state of an outcome in a study."""

IN_POOL = "in the pool of pain"
NOT_IN_SET = re.compile(rf"{NOT_AMONG}({'|'.join(map(re.escape, MEMBERS.values()))})\. ")
"""What an analyst needs and a reader does not: the name of a set."""
OPEN_TEXT = re.compile(r"\bPMC\d{5,}\b")


def pain_pool(ev: Evidence, reading: str = "all") -> Derived | None:
    """The contrasts of pain; None while no study of pain is known."""
    return published_pain(ev, {"reading": reading})


READ_IN_WORDS = {"seed reference only": "not read: cited in the report of 2016"}
"""How a report was read, where the data's word would not be understood."""


def study_table(ev: Evidence, pool: Derived | None) -> pd.DataFrame:
    """Every report once, by year: columns of ``studies.csv``, ``size weeks standing``.

    ``size`` is the number randomised, else analysed. ``standing`` says whether it is in the pool of pain, or
    why not.
    """
    studies = ev.studies.sort_values(["year", "label"]).replace({"how_read": READ_IN_WORDS})
    table = None if pool is None else pool.table.drop_duplicates("study_id").set_index("study_id")
    standing = {}
    for study in studies["study_id"]:
        if table is None or study not in table.index:
            standing[study] = "no estimate of pain is known"
        elif table.loc[study, "included"]:
            standing[study] = IN_POOL
        else:
            standing[study] = capital(NOT_IN_SET.sub("", str(table.loc[study, "exclusion_reason"])))
    pairs = zip(studies["treatment_weeks"], studies["control_weeks"], strict=True)
    return studies.assign(
        weeks=[" and ".join(f"{w:g}" for w in dict.fromkeys(pair) if w == w) for pair in pairs],
        size=studies["n_randomised"].fillna(studies["n_analysed"]),
        standing=studies["study_id"].map(standing),
    )


class Base(NamedTuple):
    """How much there is: trials, those that are randomised and double-blind, those in the pool of pain and
    their people; reports, those that we read in full, and the pool's among them."""

    trials: int
    blind: int
    pooled: int
    people: int
    reports: int
    in_full: int
    pooled_in_full: int


def evidence_base(ev: Evidence, pool: Derived | None) -> Base:
    """What there is, counted; `pool` is that of `pain_pool`."""
    reports = study_table(ev, pool)
    in_full, used = reports["how_read"].str.contains("full text"), reports["standing"] == IN_POOL
    people = participants(pool.table) if pool is not None else 0
    read = len(reports), int(in_full.sum()), int((in_full & used).sum())
    return Base(len(once(ev.studies)), len(_blind(ev)), int(used.sum()), people, *read)


def _blind(ev: Evidence) -> pd.DataFrame:
    """The randomised, double-blind trials, each once."""
    trials = once(ev.studies)
    return trials[(trials["randomised"] == "yes") & (trials["blinding"] == "double-blind")]


def outcome_matrix(ev: Evidence) -> pd.DataFrame:
    """Studies by outcomes: ``study_id label outcome state inputs``, one row a report and outcome.

    ``outcome`` is in the words of `OUTCOMES`, ``state`` one of `STATES`. An outcome has an estimate where a
    contrast with a value was reported, or both groups have a value (or a count).
    """
    kinds = ev.event_types.set_index("event")["kind"].to_dict()
    events = ev.events.assign(domain=ev.events["event"].map(lambda e: kinds.get(e, "adverse event")))
    outcomes = ev.outcomes[ev.outcomes["statistic"] != "r squared"]
    outcomes = outcomes[~((outcomes["week"] == 0) & (outcomes["statistic"] == "mean"))]
    domains = [*OUTCOMES, *sorted(set(outcomes["domain"]) | set(events["domain"]) - set(OUTCOMES))]
    domains = [d for d in dict.fromkeys(domains) if d in OUTCOMES or d not in ("predictor", "")]
    planned = _planned(ev)
    rows = []
    for study in ev.studies.sort_values(["year", "label"]).to_dict("records"):
        mine, counted = (t[t["study_id"] == study["study_id"]] for t in (outcomes, events))
        for domain in domains:
            o, e = mine[mine["domain"] == domain], counted[counted["domain"] == domain]
            keys = (*o["outcome_id"], *e["event_id"])
            state = "estimate" if _estimated(o, e) else "without" if keys else "unknown"
            if state == "unknown" and OUTCOMES.get(domain, domain) in planned.get(str(study["registry"]), ""):
                state = "planned"
            rows.append((study["study_id"], study["label"], OUTCOMES.get(domain, domain), state, keys))
    matrix = pd.DataFrame(rows, columns=["study_id", "label", "outcome", "state", "inputs"])
    mentioned = set(matrix.loc[matrix["state"] != "unknown", "outcome"])
    return matrix[matrix["outcome"].isin(mentioned)].reset_index(drop=True)


def _estimated(outcomes: pd.DataFrame, events: pd.DataFrame) -> bool:
    """Whether a contrast, or both groups, have a number."""
    valued = outcomes[outcomes["value"].notna()]
    arms = valued[valued["group"].isin(["ldn", "placebo"])]
    counted = events[events["events"].notna() | events["percent"].notna()]
    groups = (arms.groupby("measure")["group"].nunique(), counted.groupby("event")["group"].nunique())
    return bool((valued["group"] == "ldn-placebo").any() or any((n == 2).any() for n in groups))


def _planned(ev: Evidence) -> dict[str, str]:
    """The primary outcome that a registry record states, by registry number; empty without records."""
    outcomes: dict[str, str] = {}
    for record in ev.records.to_dict("records") if "records" in ev.tables else ():
        outcome = str(record.get("primary_outcome") or "").lower()
        for number in re.split(r"[;,]\s*", str(record.get("registry_ids") or "")):
            outcomes[number] = outcomes.get(number, "") + " " + outcome
    return outcomes


def review_matrix(ev: Evidence) -> pd.DataFrame:
    """Published reviews by the trials that they could have pooled: ``synthesis_id review year k study_id
    label state inputs``.

    One row a review and randomised, double-blind trial. ``state``: "later" (published after the review, so
    not in it) or "unknown" (public by then; whether it was taken in is not in what we read). ``k`` is the
    largest number of trials that the review states (NaN where none).
    """
    reviews = ev.published_syntheses.groupby("synthesis_id", sort=False, as_index=False).agg(
        review=("label", "first"), year=("year", "max"), k=("k", "max"), inputs=("synthesis_row_id", tuple)
    )
    trials = _blind(ev).sort_values(["year", "label"])[["study_id", "label", "year"]]
    table = reviews.merge(trials, how="cross", suffixes=("", "_of_trial"))
    state = (table["year_of_trial"] > table["year"]).map({True: "later", False: "unknown"})
    table = table.assign(review=table["review"].str.split(" (", regex=False).str[0], state=state)
    names = ["synthesis_id", "review", "year", "k", "study_id", "label", "state", "inputs"]
    return table[names].sort_values("year", kind="stable", ignore_index=True)


_JUDGEMENTS = {"no information": "unjudged", "low": "low", "some concerns": "some", "high": "high"}
"""What a domain may be judged, and the column of its count."""


def bias_judged(ev: Evidence, outcome: str = "pain") -> pd.DataFrame:
    """How many domains of risk of bias of an outcome were judged, by study.

    Columns ``study_id label year judged unjudged low some high overall``. A domain without information is not
    judged: it counts neither for a study nor against it.
    """
    table = ev.risk_of_bias
    table = table[(table["outcome"] == outcome) & (table["judgement"] != "not applicable")]
    table = table.merge(ev.studies[["study_id", "label", "year"]], on="study_id")
    rows = []
    for study, part in table.groupby("study_id", sort=False):
        times = part.loc[part["domain"] != "overall", "judgement"].value_counts()
        counts = {column: int(times.get(word, 0)) for word, column in _JUDGEMENTS.items()}
        overall = part.loc[part["domain"] == "overall", "judgement"]
        about = {"study_id": study, "label": part["label"].iloc[0], "year": part["year"].iloc[0]}
        about |= {"judged": sum(counts.values()) - counts["unjudged"]}
        rows.append(about | counts | {"overall": overall.iloc[0] if len(overall) else ""})
    names = ["study_id", "label", "year", "judged", "unjudged", "low", "some", "high", "overall"]
    judged = pd.DataFrame(rows, columns=names)
    return judged.sort_values(["year", "label"], ignore_index=True)


def reading_list(ev: Evidence) -> pd.DataFrame:
    """What nobody of us has read in full, and where it can be read: ``study_id label how_read doi open_text
    registry``.

    ``open_text`` is the identifier of an open copy that the data name; empty where they name none.
    """
    studies = ev.studies[~ev.studies["how_read"].str.contains("full text")].replace(
        {"how_read": READ_IN_WORDS}
    )
    studies = studies.sort_values(["year", "label"])
    opened = ["; ".join(OPEN_TEXT.findall(str(notes))) for notes in studies["notes"].fillna("")]
    columns = ["study_id", "label", "how_read", "doi", "open_text", "registry"]
    return studies.assign(open_text=opened)[columns].reset_index(drop=True)


def guidance_followed() -> pd.DataFrame:
    """Guidance that the methods follow: ``name title dated where read``, in the order of `GUIDANCE`."""
    followed = pd.DataFrame(GUIDANCE)
    version = ("(" + followed["version"] + ")").where(followed["version"] != "", "")
    return followed.assign(dated=(followed["year"] + " " + version).str.rstrip())


def findings_as_read(ev: Evidence) -> pd.DataFrame:
    """The findings that stand, for readers: studies by their labels, groups by their names, and of a
    remark what was seen without what an analyst may do about it."""
    labels = dict(zip(ev.studies["study_id"], ev.studies["label"], strict=True))
    rule = ev.findings["rule"].str.replace("has no partner: no placebo row", "no number on placebo")
    remarks = ev.findings["reason"] == NOTICE
    return ev.findings.assign(
        label=ev.findings["study_id"].map(labels),
        value=ev.findings["value"].replace(GROUPS),
        rule=rule.mask(remarks, rule.str.replace(": .*", "", regex=True)),
        reason=ev.findings["reason"].mask(remarks, "A remark: the numbers may stand."),
    )
