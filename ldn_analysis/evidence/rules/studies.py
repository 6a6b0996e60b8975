"""Rules on studies: years, designs, blinding and controls."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from ldn_analysis.evidence.rules.clauses import IN_WORDS, LOW, NOTES, OTHER_DRUG, SENTENCES, affirmed, without
from ldn_analysis.evidence.rules.facts import Facts, Fault, Table
from ldn_analysis.evidence.rules.registry import impossible, notice, suspicious
from ldn_analysis.evidence.rules.study_sets import LEAVE_OUT, pool_members

FIRST_YEAR = {"studies": 1984, "published_syntheses": 2007, "registrations": 2000}
"""Naltrexone was approved in the United States in 1984; the pilot of fibromyalgia began in 2007."""
CONTROLLED, ONE_GROUP = ("parallel", "crossover"), ("single-arm", "observational", "case report")
NO_CONTROL, UNTREATED = ("none", "baseline", "baseline period"), ("usual care", "waiting list")
YEAR = re.compile(r"(?<!\d)(19\d\d|20\d\d)(?!\d)")


@impossible()
def year_known(table: Table, facts: Facts) -> Iterator[Fault]:
    """A year before naltrexone, or after the data's own date."""
    # A paper may carry the next year's date, ahead of its issue, and a register be read before the data are
    # dated anew.
    last = int(facts.date[:4]) if re.match(r"\d{4}", facts.date) else 9999
    column = "registered" if table.name == "registrations" else "year"
    years, first = table.number(column), FIRST_YEAR.get(table.name, 1963)
    late = years > last + (table.name in ("studies", "registrations", "discontinuation"))
    yield from table.hits(late, column, f"lies after {facts.dated}")
    yield from table.hits(years < first, column, f"lies before {first}, when there was nothing to report")


@impossible("studies")
def first_public_before(table: Table) -> Iterator[Fault]:
    """A first report that is later than the publication, or without its year or its name."""
    first, years = table.number("first_public"), table.number("year")
    labelled = table.filled("first_public_label")
    reason = "must not be after the year of the publication ({:g})"
    yield from table.hits(first > years, "first_public", reason, years)
    reason = "needs the name of the first report in first_public_label"
    yield from table.hits((first > 0) & ~labelled, "first_public", reason)
    yield from table.hits(~(first > 0) & labelled, "first_public_label", "needs its year in first_public")


LABELS = {
    "studies": ("label", "first_public_label"),
    "published_syntheses": ("label",),
    "discontinuation": ("discontinuation_id",),
    "clinical_thresholds": ("threshold_id",),
    "responder_benchmarks": ("benchmark_id",),
}
"""Columns that name a year in words."""


@suspicious(*LABELS)
def label_year(table: Table) -> Iterator[Fault]:
    """A label or key that names another year."""
    for column in LABELS[table.name]:
        of = "first_public" if column == "first_public_label" else "year"
        years = table.number(of)
        for row, text in enumerate(table.text(column)):
            label_years = YEAR.findall(text)
            if label_years and not np.isnan(years[row]) and str(int(years[row])) not in label_years:
                yield row, of, f"{text!r} names the year {label_years[-1]}"


@suspicious("studies", "published_syntheses", "pharmacology", "clinical_thresholds")
def year_against_source(table: Table) -> Iterator[Fault]:
    """A year more than one off from the year in the DOI or citation, or not that of another row of
    the source."""
    column = "source" if table.has("source") else "doi"
    years = table.number("year")
    for row, other in table.differing("year", column, where=table.filled(column) & table.filled("year")):
        yield row, "year", f"another row of this source has {float(other):g}"
    for row, text in enumerate(table.text(column)):
        cited = [int(year) for year in YEAR.findall(text)]
        if table.name == "published_syntheses":
            cited += map(int, re.findall(r"\b(\d{4});\d+[:(]", table.text("notes")[row]))
        if cited and not np.isnan(years[row]) and min(abs(years[row] - year) for year in cited) > 1:
            yield row, "year", f"the source is of {cited[-1]}"


# Designs ---------------------------------------------------------------------------------------------------

DESIGN_WORDS = (
    (re.compile(r"\bcross-?\s?over\b(?! to open)", re.I), ("crossover",)),
    (re.compile(r"\bparallel\b", re.I), ("parallel",)),
    (re.compile(r"\b(single|one)[- ]arm\b", re.I), ("single-arm",)),
    (re.compile(r"\b(dose[- ]finding|up-and-down)\b", re.I), ("dose-finding", "parallel", "crossover")),
    (re.compile(r"\b(retrospective|chart review|cohort)\b", re.I), ("observational",)),
    (re.compile(r"\bcase (report|series)\b", re.I), ("case report", "observational")),
    (
        re.compile(
            r"\b(two|three|four|[2-4])[- ]period|latin square|within[- ](subject|person|patient)"
            r"|\bn[- ]of[- ](1|one)\b|\bAB[/-]BA\b|\bboth (conditions|treatments|drugs|capsules)\b(?! [a-z])"
            r"|\btook both\b|\bown controls?\b(?! group)|\b(random|either|counterbalanced) order\b"
            r"|\bcounterbalanced\b|\bwash-?out between\b",
            re.I,
        ),
        ("crossover", "case report", "observational"),
    ),
    # of these no analysis here is made: people depend on each other, or only those who responded take part
    (
        re.compile(
            r"\bcluster(?! of\b|s? anal)|\bwithdrawal\b|\bstepped[- ]wedge\b|\benrich(?:ed|ment)\b"
            r"|\bresponders (?:were |are )?randomi[sz]ed\b",
            re.I,
        ),
        (),
    ),
)
CROSSED = re.compile(
    r"\bcross(?:ed)?-?\s?over\b(?! to open)|\bor vice versa\b|\bthen placebo\b(?! or\b)"
    r"|\b(?:took|received|had|got|tried|given|completed)\b[^.;]{0,20}\bboth (?:conditions|treatments)\b"
    r"|\b(?:placebo )?washout between\b(?! screening)|\bn-of-(?:1|one)\b",
    re.I,
)
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
NOT_OWN = re.compile(
    r"\b(?:but|instead|rather|chose|chosen)\b.*\bparallel\b"
    rf"|\b(?!(?:In|From|By|Since|Until|After|During|{MONTHS})\b)[A-Z]\w+ "
    r"(?:et al |& \w+ |and \w+ )?\(?(?:19|20)\d\d\b"
)
"""A sentence that has the design's own word against another one, or the name of another trial."""
TREATED = r"(?:LDN|naltrexone|it\b|open|treatment|the (?:drug|open))"
CLUSTERS = r"clusters?|clinics?|practices?|hospitals?|wards?|centres?|centers?"
SELECTED = re.compile(
    r"\brandomi[sz]ed (?:discontinuation|withdrawal)\b|\benriched\b(?! for\b)"
    r"|\b(?:who|that|which) (?:had |were )?(?:tolerated|responded|responders|improved|benefit+ed)\b"
    rf"(?! to (?!{TREATED}))(?:(?! not\b|placebo)(?:[^.;]|\.\d)){{0,40}}\brandomi[sz]ed\b"
    r"|\bonly (?:the )?responders\b[^.;]{0,30}\brandomi[sz]ed\b"
    r"|\bcluster[- ](?:randomi[sz]\w+|RCT\b|trial)|\bstepped[- ]wedge\b|\bunit of randomi[sz]ation was the"
    rf" (?:{CLUSTERS})\b"
    rf"|\brandomi[sz](?:ed|ation) (?:was )?by (?:{CLUSTERS})(?= *(?:$|[.;:,)]))"
    rf"|(?:^|[.;:,(] ?|\band )(?:(?!(?:of|at|from|in)\b)[\w-]+ ){{0,3}}(?:{CLUSTERS})"
    r"(?: \([^()]*\))? were (?:randomly )?(?:allocat|assign|randomi[sz])ed\b"
    r"(?! to (?:start|begin) (?:enrol|recruit))",
    re.I,
)
"""The drug first, and by chance only those whom it suited: another question than what the drug does. Or whole
clinics by chance, whose people are alike: their SEs are too small."""
NOT_RANDOM = re.compile(
    r"fixed order|retrospective|chart review|non-?randomi[sz]ed|not randomi[sz]ed|pre-?post|single-arm"
    r"|case report|open extension|\bcohort\b|quasi-?\s?(?:random|experiment)|pseudo-?\s?random"
    r"|\balternat(?:ion|e|ing)\b|\bup-and-down\b"
    r"|\bhistorical(?:ly)? controls?\b|\bmatched controls?\b|\bby (?:date of birth|day of)\b",
    re.I,
)
ALLOCATED = re.compile(
    r"\b(?:quasi|pseudo)-?\s?random\w*|\bnon-?randomi[sz]ed\b(?! (?:arm|group|pilot|part|phase|patients))"
    r"|\b(?:allocat|assign)\w+[^.;]{0,30}\b(?:alternat\w+|date of birth|day of|order of arrival)",
    re.I,
)
RANDOM = re.compile(r"(?<!non-)(?<!non)(?<!not )\brandomi[sz]ed\b|counterbalanced", re.I)
BETWEEN = re.compile(
    r"^\W*[\w.-]+[ -](?:day|week|month)s?\W*$|\bbetween\b(?! screening)|\b(?:cross\w*|periods?|conditions)\b"
    r"|\bafter (?:the )?(?:drug|LDN|naltrexone|placebo)\b",
    re.I,
)
"""A washout between conditions, or one of which nothing more is said; one before the trial any design may
have."""
LATER = re.compile(r"(?<=parallel)\b([^;]*?)\b(?:then|followed by)\b.*", re.I)
"""What comes after the parallel part, which is what is analysed."""
OPEN = re.compile(rf"open[- ]label(?! (?:extension|follow|phase|LDN|{OTHER_DRUG}))|\bunblinded\b", re.I)
SEEN_BY_ONE = re.compile(
    rf"{OPEN.pattern}|\bsingle[- ]blind|\bonly (?:the )?(?:participants|patients|assessors?|investigators?)"
    r" (?:was|were) (?:blind|mask)|\b(?:was|were) not (?:blinded|masked)\b",
    re.I,
)
ANOTHER_TIME = re.compile(
    r"extension|run-?in|\bphase\b|\bperiod\b|follow-?up|\bthen\b|after|later|until|before|earlier|unlike"
    r"|pilot|previous|rescue",
    re.I,
)
"""Words of a clause that is of another part of a trial, or of another study."""
DOUBLE = re.compile(r"double[- ]blind", re.I)


@suspicious("studies")
def design_words(table: Table, facts: Facts) -> Iterator[Fault]:
    """A design in words that is of another type, or in a pool though it answers another question."""
    members = facts.once(pool_members)
    kinds, studies = table.text("design_type"), table.text("study_id")
    for row, text in enumerate(table.text("design")):
        for words, allowed in DESIGN_WORDS:
            if affirmed(words, LATER.sub(r"\1", text)) and kinds[row] and kinds[row] not in allowed:
                if allowed or studies[row] in members:
                    reason = f"the design in words is {text!r}" + ("" if allowed else f": {LEAVE_OUT}")
                    yield row, "design_type", reason
                break
    for column in ("notes", "dose_schedule"):
        for row, text in enumerate(table.text(column)):
            if kinds[row] == "parallel" and (match := affirmed(CROSSED, without(NOT_OWN, text))):
                yield row, "design_type", f"{column} says {match[0]!r}"
            elif studies[row] in members and (match := affirmed(SELECTED, text)):
                yield row, "design_type", f"{column} says {match[0]!r}: {LEAVE_OUT}"
    between = table.mask("design_type", "parallel") & table.filled("washout")
    between &= table.where("washout", BETWEEN.search)
    yield from table.hits(between, "washout", "a washout between conditions belongs to a crossover")


@suspicious("studies")
def randomised_words(table: Table) -> Iterator[Fault]:
    """Randomised where the design in words is not, and the reverse."""
    randomised = table.text("randomised")
    for row, text in enumerate(table.text("design")):
        if randomised[row] == "yes" and NOT_RANDOM.search(text):
            yield row, "randomised", f"the design in words is {text!r}"
        if randomised[row] == "yes" and (match := affirmed(ALLOCATED, table.text("notes")[row])):
            yield row, "randomised", f"the notes say {match[0]!r}"
        if randomised[row] == "no" and RANDOM.search(text):
            yield row, "randomised", f"the design in words is {text!r}"


@impossible("studies")
def randomised_fits_design(table: Table) -> Iterator[Fault]:
    """Random allocation where there is one group."""
    alone = table.mask("design_type", *ONE_GROUP) & table.mask("randomised", "yes")
    yield from table.hits(alone, "randomised", "is yes in a study that is {}", table.text("design_type"))


@suspicious("studies")
def blinding_fits_design(table: Table) -> Iterator[Fault]:
    """Blinding that the design or the control cannot have."""
    designs, double = table.text("design"), table.mask("blinding", "double-blind")
    notes = table.text("notes")
    alone = table.mask("control", *NO_CONTROL, *UNTREATED) | table.mask("design_type", *ONE_GROUP)
    yield from table.hits(double & alone, "blinding", "double-blind, and nothing to be blind to")
    blind = table.mask("design_type", "observational", "case report") & table.filled("blinding")
    blind &= ~table.mask("blinding", "open", "double-blind")
    yield from table.hits(blind, "blinding", "nobody is blinded in a study that looks back")
    for row, text in enumerate(designs):
        if double[row] and OPEN.search(text):
            yield row, "blinding", f"the design in words is {text!r}"
        for clause in SENTENCES.split(notes[row]) if double[row] else ():
            match = affirmed(SEEN_BY_ONE, clause)
            some = match and (ANOTHER_TIME.search(clause) or SOME_WERE.search(clause[: match.start()]))
            if match and not some:
                yield row, "blinding", f"the notes say {clause.strip()!r}"
        if table.text("blinding")[row] not in ("", "double-blind") and DOUBLE.search(text):
            yield row, "blinding", f"the design in words is {text!r}"


@impossible("studies")
def control_fits_design(table: Table) -> Iterator[Fault]:
    """A control that the design cannot have."""
    kinds = table.text("design_type")
    bare = table.mask("design_type", *CONTROLLED) & table.mask("control", *NO_CONTROL)
    yield from table.hits(
        bare, "control", "a {} trial compares the drug with placebo, or with another dose or drug", kinds
    )
    alone = table.mask("design_type", *ONE_GROUP) & table.mask("control", "placebo")
    yield from table.hits(alone, "control", "is placebo in a study that is {}", kinds)


@suspicious("studies")
def control_fits_rows(table: Table, facts: Facts) -> Iterator[Fault]:
    """A control that the reported rows contradict."""
    placebo: set[str] = set()
    rows: set[str] = set()
    for name in ("outcomes", "events"):
        owners = facts[name].text("study_id")
        rows |= set(owners)
        with_control = facts[name].mask("group", "placebo", "ldn-placebo")
        placebo |= {owners[row] for row in np.flatnonzero(with_control).tolist()}
    for row, (study, control) in enumerate(table.keys("study_id", "control")):
        if study in placebo and control in NO_CONTROL:
            yield row, "control", "rows of this study report a placebo group"
        if study in rows - placebo and control == "placebo":
            yield row, "control", "no row of this study reports a placebo group"


@suspicious("studies")
def sex_fits(table: Table) -> Iterator[Fault]:
    """Men alone in fibromyalgia, of whom the notes say nothing."""
    alone = table.mask("sex", "male") & table.where("condition", lambda text: "fibromyalgia" in text)
    alone &= ~table.where("notes", re.compile(r"\bm[ae]n\b|\bmales?\b", re.I).search)
    yield from table.hits(alone, "sex", "men alone, in fibromyalgia? If so, say 'men only' in the notes")


PEOPLE = r"\b(?:participants|patients|people|women|men|adults|veterans|volunteers) (?:who had|with|had)"
OTHER_CONDITION = re.compile(
    rf"{PEOPLE} (?:(?:chronic|painful|severe|active|non-?specific) )*(?:(?:low )?back pain|neck pain"
    r"|migraines?|(?:osteo|rheumatoid |psoriatic )arthritis|(?:\w+ )?neuropath\w+|Crohn\S*|multiple sclerosis"
    r"|ME/CFS|fatigue syndrome|complex regional|irritable bowel|Gulf War|long COVID)",
    re.I,
)
OF_FIBROMYALGIA = re.compile(rf"{PEOPLE} fibromyalgia\b", re.I)
BESIDE = re.compile(
    r"fibromyalgia|exclu|\balso\b|beside|comorbid|in addition|unlike|left out|\bcontrols\b|\bas well\b"
    r"|elsewhere|compared (?:with|to) (?:participants|patients|people)"
    rf"|\b(?:half|some|many|most|several|few|\d+%?|{'|'.join(IN_WORDS)}) (?:of (?:the|these) )?\w+ had\b",
    re.I,
)


@notice("studies")
def condition_as_said(table: Table) -> Iterator[Fault]:
    """People with another condition in the design or the notes than the one that the row has."""
    for row, condition in enumerate(table.text("condition")):
        of_it = "fibromyalgia" in condition
        for text in (table.text(column)[row] for column in ("design", "notes")):
            for sentence in SENTENCES.split(text):
                match = affirmed(OTHER_CONDITION if of_it else OF_FIBROMYALGIA, sentence)
                if condition and match and not (of_it and BESIDE.search(sentence)):
                    yield row, "condition", f"the design or the notes speak of {match[0]!r}"


STOPPED_EARLY = re.compile(
    r"\b(?:stopped|terminated|halted|ended|closed) (?:early|prematurely)\b"
    r"|(?<!for )\b(?:early|premature) (?:stopping|termination)\b"
    r"|\bprematurely (?:stopped|terminated|ended)\b",
    re.I,
)
A_PERSON = re.compile(
    r"\b(?:participants?|patients?|people|persons?|women|men|who|drop-?outs?|(?:on|of) (?:LDN|placebo)|nausea"
    r"|infusions?)\b",
    re.I,
)
SOME_WERE = re.compile(
    rf"(?:^|[,:(]|\b(?:and|but|further)\b)\W*(?:{'|'.join(LOW)}|several|some|others|\d)"
    r"(?: (?!weeks?|months?|arms?|groups?)\w+)?(?: (?:were|was|had been|had))? $",
    re.I,
)
"""Some of many, as a sentence begins, before the words that they were stopped: people, or sites."""


@notice("studies")
def stopped_early(table: Table, facts: Facts) -> Iterator[Fault]:
    """A trial of a pool that was stopped early: one stopped for its benefit shows too much of it."""
    members = facts.once(pool_members)
    for row, (study, notes) in enumerate(table.keys("study_id", "notes")):
        for sentence in NOTES.split(notes) if study in members else ():
            match = affirmed(STOPPED_EARLY, sentence)
            aside = match and (A_PERSON.search(sentence) or SOME_WERE.search(sentence[: match.start()]))
            if match and not aside:
                reason = "stopped for benefit, a trial shows too much of it: is its risk of bias judged so?"
                yield row, "notes", f"{match[0]!r}: {reason}"


@notice("studies")
def study_in_use(table: Table, facts: Facts) -> Iterator[Fault]:
    """A study that no other table refers to."""
    used = {study for name in facts.names if name != table.name for study in facts[name].text("study_id")}
    unused = ~table.where("study_id", used.__contains__)
    yield from table.hits(unused, "study_id", "no other table refers to this study: nothing uses it")
