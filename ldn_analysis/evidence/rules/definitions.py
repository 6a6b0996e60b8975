"""Rules on what a count says in words, and on the list of events: whom it counts, of which event."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from ldn_analysis.evidence.rules.clauses import CLAUSES, affirmed
from ldn_analysis.evidence.rules.facts import Facts, Fault, Table
from ldn_analysis.evidence.rules.registry import impossible, notice, suspicious

RESPONSE = re.compile(r"pain response (\d+)%")
OTHER_WAY = re.compile(
    r"increas|\bworse|\bhigher\b|non-?respon|\bnot\b|\bno (?:respon|change|improve)|\bfail|\bless than\b"
    r"|\bbelow\b|\bwithout\b|\bunimproved\b|\bunchanged\b",
    re.I,
)
AT_MOST = r"(?:\bat most|\bno more than|\bup to|\bunder|<)"
OTHER_SCALE = re.compile(
    r"\bPGI\b|\bPGIC\b|\bglobal(?:ly)?\b|\bFIQR?\b|\bimpact questionnaire\b|\bsymptoms?\b|\bfatigue\b"
    r"|\bsleep\b|\bSF-?(?:12|36)\b|\bdepression\b|\bquality of life\b|\btender points?\b|\bfunction\b",
    re.I,
)
ASIDES = re.compile(
    r"\b(?:missing|drop-?outs?|withdrawals?|lost|discontinu\w+|stopped)\b[^;.]*?"
    r"\b(?:non-?respon\w*|not respon\w*|failures?)"
    r"|\bor higher\b|\bbelow (?:the |their )?baseline\b|\bless than (?:at )?(?:the |their )?baseline\b"
    r"|\b(?:without|no|not)\b[^;,.]*?\b(?:rescue|medic\w*|drugs?|analgesics?|opioids?|therap\w*)\b",
    re.I,
)
"""What stands beside whom a definition counts: people with no data, the start, other treatment."""
SHARE = re.compile(r"(\d+) ?(?:%|per ?cent\b)", re.I)
IN_POINTS = re.compile(
    r"(?:\b(?:by|of|least|than|over)|[≥>]=?)\s*\d+(?:\.\d+)?[ -]?(?:points?|mm|cm)\b"
    r"(?! (?:VAS|NRS|visual|numeric\w*|scale))",
    re.I,
)
"""A fall in points; the length of a scale is none."""


@suspicious("events")
def definition_says_threshold(table: Table) -> Iterator[Fault]:
    """A definition with another threshold than the event, of another scale than pain, or of those who did not
    respond."""
    definitions = table.text("definition")
    for row, event in enumerate(table.text("event")):
        threshold, definition = RESPONSE.fullmatch(event), definitions[row]
        if not threshold or not definition:
            continue
        shares = SHARE.findall(definition)
        pain = re.search(r"\bpain\b", definition, re.I)
        counted = ASIDES.sub("", definition)
        clause = next(filter(SHARE.search, CLAUSES.split(counted)), counted)  # that of the threshold
        if (shares and threshold[1] not in shares) or (not shares and IN_POINTS.search(definition)):
            yield row, "definition", f"the event says {threshold[1]}%"
        elif OTHER_WAY.search(clause) or re.search(rf"{AT_MOST} {threshold[1]} ?(?:%|per)", clause, re.I):
            yield row, "definition", "the event counts people whose pain fell"
        elif not pain and (other := OTHER_SCALE.search(definition)):
            yield row, "definition", f"the event counts a fall in pain, not {other[0]!r}"


EPISODES = re.compile(
    r"\bepisodes?\b|\bnumber of (?:adverse |side )?(?:events|effects|reports)\b|\boccurrences?\b"
    r"|\bevents, not (?:people|patients|persons|participants)\b|\bseveral (?:per|a) (?:person|patient)\b",
    re.I,
)
RATE = re.compile(
    r"(?:\bper|/) ?(?:10{2,4}|1[, ]000)? ?(?:patient|person|participant|subject)[- ]?(?:year|month|week)s?\b"
    r"|\bincidence (?:rate|density)",
    re.I,
)
"""Words of a rate; beside a count of people they stand where the text speaks of those too."""
OF_PEOPLE = re.compile(
    r"\b(?:patients|people|persons|participants|subjects|individuals|adults|(?:wo)?men|number with)\b"
    r"(?![- ](?:year|month|week))|(?<!95)(?<!95 )%"
    r"|\b\d+ ?(?:/|of) ?\d+\b(?! ?(?:patient|person|participant|subject)[- ]?\w)",
    re.I,
)
IN_PEOPLE = re.compile(r"\b(?:at least|with) (?:one|1|an)\b|\bone or more\b|\bany episode\b", re.I)
"""Words that make a count of episodes one of people."""
_HARM = r"(?:any |an |the |such )?(?:adverse|side|serious|events?\b|harms?\b|problems?\b|{event})"
NOBODY = rf"\b(?:without|with no|free of|did not (?:have|report|experience|develop)) {_HARM}|^no {_HARM}"
STAYED = re.compile(
    r"(?<!not )(?<!never )(?<!before )(?<!before they )(?<!the rest )\bcompleted\b|\bcompleters\b"
    r"|(?<!but )\bremained (?:in|on)\b"
    r"|\b(?:did not|didn't|without) (?:stop|discontinu|withdr|drop)",
    re.I,
)
"""People of whom a row of those who stopped cannot be."""
NARROWER = re.compile(
    r"\b(?:drug|treatment)[- ]?related\b|\brelated to\b|\bmoderate\b|\bsevere\b|\bserious\b"
    r"|\bleading to\b|\bgrades? [2-5]",
    re.I,
)
WHOLE = re.compile(
    r"\bmild\b|\binclud(?:ing|ed)\b|\bor not\b|\bnon-?serious\b|\bunrelated\b|\bregardless\b|\bwhether\b"
    r"|\b(?:any|all|every) (?:severity|grades?|causes?)\b|\bgrades? 1\b|\b(?:severe|serious) in none\b"
    r"|\bnone (?:was |were )?(?:severe|serious)\b",
    re.I,
)
"""Words that name a part of any event beside the rest of it."""


def listed_kinds(facts: Facts) -> dict[str, str]:
    """The kind of each event on the list."""
    listed = facts["event_types"]
    return dict(zip(listed.text("event"), listed.text("kind"), strict=True))


@suspicious("events")
def definition_of_harm(table: Table, facts: Facts) -> Iterator[Fault]:
    """A harm whose row says that it counts events, people without it, or some of 'any'; 'any' with a
    twentieth of the odds of the other group, or everybody beside few."""
    kinds = facts.once(listed_kinds)
    yield from _one_sided(table, kinds)
    rate, events = table.filled("person_weeks"), table.text("event")
    words, where = table.text("definition"), table.text("location")
    for row, event in enumerate(events):
        kind = kinds.get(event, "response")
        if kind == "response":
            continue
        text = f"{words[row]} {where[row]}"
        nobody = re.compile(NOBODY.replace("{event}", re.escape(event)), re.I)
        nobody = STAYED if kind == "discontinuation" else nobody
        narrower = event == "any adverse event" and not WHOLE.search(words[row])
        if not rate[row] and (match := _not_people(text)):
            counted_people = "it counts people, or events in a time (person_weeks)"
            yield row, "events", f"the row says {match[0]!r}: {counted_people}"
        elif match := nobody.search(words[row]):
            yield row, "definition", f"the event counts people with it, not {match[0]!r}"
        elif narrower and (match := NARROWER.search(words[row])):
            yield row, "definition", f"'any' is not {match[0]!r}: that is an event of its own"


ONE_SIDED, ENOUGH, MANY = 20.0, 20, 0.5
"""Odds of any adverse event in one group over those in the other that no low dose brings about, the people in
each that make it more than chance, and the share that have one in many a trial: then all may have."""


def _one_sided(table: Table, kinds: dict[str, str]) -> Iterator[Fault]:
    """Counts of any adverse event of which one has lost or won a digit, and harms of everybody beside few."""
    count, n, groups = table.number("events"), table.number("n"), table.text("group")
    odds = (count + 0.5) / (n - count + 0.5)
    harm = table.where("event", lambda event: kinds.get(event, "response") != "response")
    for rows in table.comparisons(harm & (n >= ENOUGH)).values():
        fewer, more = min(rows, key=odds.item), max(rows, key=odds.item)
        if groups[fewer] == groups[more] or not odds[more] > ONE_SIDED * odds[fewer] > 0:
            continue
        usual = table.text("event")[more] == "any adverse event" and count[fewer] >= MANY * n[fewer]
        if count[more] == n[more] and not usual:
            yield more, "events", f"everybody, and {count[fewer]:g} in the other group: is it their number?"
        elif table.text("event")[more] == "any adverse event" and not usual:
            yield fewer, "events", f"{count[more]:g} of {n[more]:g} in the other group: is a digit missing?"


def _not_people(text: str) -> re.Match[str] | None:
    """Words for episodes or a rate, in a text that does not speak of people beside."""
    episodes, rate = affirmed(EPISODES, text), RATE.search(text)
    return (episodes if not IN_PEOPLE.search(text) else None) or (None if OF_PEOPLE.search(text) else rate)


def _plain(event: str) -> str:
    """An event without what spelling changes: case, hyphens, British vowels, the plural."""
    text = re.sub(r"[^a-z0-9%]+", " ", event.casefold().replace("oe", "e").replace("ae", "e")).strip()
    return re.sub(r"s\b", "", text).replace(" ", "")


@suspicious("event_types")
def event_listed_once(table: Table) -> Iterator[Fault]:
    """An event on the list under two spellings: its people would be counted apart."""
    first: dict[str, str] = {}
    for row, event in enumerate(table.text("event")):
        before = first.setdefault(_plain(event), event)
        if before != event:
            yield row, "event", f"is listed as {before!r}"


NAMED_KINDS = (
    (re.compile(r"(?<!non-)(?<!non )(?<!not )\bserious\b|^death$"), "serious adverse event"),
    (re.compile(r"^stopped (?:for|the drug|treatment)\b"), "discontinuation"),
    (re.compile(r"^pain (?:response|lower)\b"), "response"),
)


def kind_named(event: str) -> str:
    """The kind that an event has by its name; empty where the name does not say."""
    return next((kind for form, kind in NAMED_KINDS if form.search(event)), "")


@impossible("event_types")
def event_kind_fits(table: Table) -> Iterator[Fault]:
    """An event whose kind, direction or meaning is not that of its name."""
    kinds, better = table.text("kind"), table.text("better")
    for row, event in enumerate(table.text("event")):
        response = kinds[row] == "response"
        threshold, side = RESPONSE.fullmatch(event), "higher" if response else "lower"
        named = kind_named(event)
        if named not in ("", kinds[row]):
            yield row, "kind", f"an event of this name is a {named}"
        elif better[row] and (better[row] == "higher") != response:
            yield row, "better", f"{side} is better where the kind is {kinds[row]!r}"
        elif event.startswith("pain response") and not (threshold and 0 < int(threshold[1]) <= 100):
            yield row, "event", "a response of pain is named 'pain response N%', N up to 100"
        shares = re.findall(r"(\d+) ?%", table.text("meaning")[row])
        if threshold and shares and threshold[1] not in shares:
            yield row, "meaning", f"says {shares[0]}%, its name {threshold[1]}%"


KIND_WORDS = {
    "response": r"respon|improv|relie[fv]|reduc|remission|better|lower|less|fewer|free|recover|benefit",
    "serious adverse event": r"serious|severe|death|died|fatal|hospital|life|suicid|overdos|cancer|stroke",
    "discontinuation": r"stop|discontinu|withdr|drop|left|lost|complet",
}


@notice("event_types")
def event_kind_unusual(table: Table) -> Iterator[Fault]:
    """An event of whose kind neither its name nor its meaning has a word: is a harm listed as a response?"""
    for row, (event, kind, meaning) in enumerate(table.keys("event", "kind", "meaning")):
        if kind in KIND_WORDS and not re.search(KIND_WORDS[kind], f"{event} {meaning}", re.I):
            yield row, "kind", f"neither name nor meaning says a {kind}: is it a harm like others?"


LEAST_OF_TIME = 0.1
"""Smallest plausible share of the time that people were in a trial."""


@suspicious("events")
def time_at_risk_plausible(table: Table, facts: Facts) -> Iterator[Fault]:
    """A time at risk that is a small part of that of its people."""
    time, n, weeks = table.number("person_weeks"), table.number("n"), table.number("week")
    lasted = facts.study_number(table, "treatment_weeks")
    most = n * np.where(np.isnan(weeks), lasted, weeks)
    sentence = "{:g} people have about {:g} weeks: are these months, or years?"
    yield from table.hits((time > 0) & (time < LEAST_OF_TIME * most), "person_weeks", sentence, n, most)
