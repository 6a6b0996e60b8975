"""Rules on the sign of a difference: what the row says of it in words, and what the responders say."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from itertools import combinations

import numpy as np
from scipy import special

from ldn_analysis.evidence.integrity import Z95
from ldn_analysis.evidence.rules.agreement import OF_DIFFERENCE, arms_of
from ldn_analysis.evidence.rules.clauses import CLAUSES, DENIED, NOTES
from ldn_analysis.evidence.rules.definitions import RESPONSE
from ldn_analysis.evidence.rules.events import ARM, count_column, people_counted
from ldn_analysis.evidence.rules.facts import Facts, Fault, Hit, Key, Table
from ldn_analysis.evidence.rules.outcomes import kinds, row_scales
from ldn_analysis.evidence.rules.registry import impossible, notice, suspicious
from ldn_analysis.evidence.rules.spreads import error_of_arm, errors_of
from ldn_analysis.evidence.rules.structure import PLACE
from ldn_analysis.evidence.vocabulary import statistic_kind

Z99 = float(special.ndtri(0.995))
"""Responders are few: only a difference of theirs that is clear at 99% contradicts one of pain."""
FAR_APART = 4.5
"""Pain and its responders are counted in the same people: so many standard errors do not lie between them (in
12,000 simulated trials of 15 to 300 people a group never)."""
WHO = r"(?P<who>placebo|control|LDN|naltrexone|the drug)"
FAVOURS = re.compile(rf"\b(?:favou?rs?|in favou?r of|benefits? (?:of|from|with|under))\s+{WHO}", re.I)
BETTER = re.compile(
    rf"{WHO}\s+(?:was |is |were |did |group |arm )*(?:superior|better)\b(?! toler)"
    rf"|\b(?:superiority of|better (?:with|under|on|in)(?: the)?)\s+{WHO.replace('who', 'other')}",
    re.I,
)
AMOUNT = re.compile(
    rf"\b(?P<how>lower|less|fewer|smaller|higher|more|greater|larger)\s+(?P<subject>[\w ]{{0,24}}?)\s*"
    rf"\b(?:with|under|on|in)(?: the)?\s+{WHO}",
    re.I,
)
"""'Lower pain with LDN', 'greater reduction under placebo': how much of what, and in which group."""
FALL = re.compile(r"reduc|relief|improve|decrease|\bf[ae]ll\b|drop\b|declin", re.I)
PAIN = re.compile(r"\bpain\b(?! (?:thresh|toler))", re.I)
OUTCOME = re.compile(
    rf"{FALL.pattern}|pain|symptom|score|rating|value|level|intensity|severity|threshold|difference|effect",
    re.I,
)
ANOTHER = re.compile(r"\b(?:wo)?men\b|[a-z]{5,}", re.I)
"""A subject; one that names no outcome is of something else: 'more women in the LDN group'."""
SIGN = re.compile(r"\b(?:(?P<up>positive|above)|(?P<down>negative|below)|left|right|axis)\b", re.I)
"""Words of a clause that says what a side means, not what was found."""
START = re.compile(r"\b(?:baseline|start)\b", re.I)
ELSE = re.compile(
    r"sleep|fatigue|FIQ|quality|function|memory|depress|anxi|advers|harm|thresh|toler|respon|second|sub-?group"
    r"|baseline|symptom|stiff|mood|previous|pilot|earlier|other (?:trial|stud)|hypothes|expect|guess|believ",
    re.I,
)
"""Words of a sentence on something else than pain at the end."""
REVERSED = re.compile(
    r"(?:placebo|control|comparator)\s*(?:minus|−|–|-)\s*"
    r"(?:LDN|naltrexone|active|verum|treatment|the drug)\b",
    re.I,
)
NULLS = {"difference": 0.0, "ratio": 1.0}
"""Where neither group is better, by kind of statistic."""
TURNED = re.compile(r"\b(?:turned|reversed|sign changed|inverted)\b", re.I)


def _group(who: str) -> str:
    return "placebo" if who.lower() in ("placebo", "control") else "ldn"


def sides_in_words(where: str, less_is_better: bool) -> set[str]:
    """Groups of which a location says that they did better, or that their side is the other one."""
    favoured, better = set[str](), set[str]()
    for clause in CLAUSES.split(where):
        if DENIED.search(clause) or START.search(clause):
            continue
        sign = SIGN.search(clause)
        for match in FAVOURS.finditer(clause):
            group = _group(match["who"])
            if not sign:
                favoured.add(group)
            elif (sign["up"] or sign["down"]) and (group == "ldn") != (bool(sign["down"]) == less_is_better):
                better.add("the other way")
        better.update(_better_in_words(clause, less_is_better))
    return better | (favoured if len(favoured) == 1 else set())  # both are the ends of an axis


def _better_in_words(clause: str, less_is_better: bool) -> Iterator[str]:
    """Groups of which a clause says that they did better."""
    for match in BETTER.finditer(clause):
        if _of_outcome(clause[: match.start()]):
            yield _group(match["who"] or match["other"])
    for match in AMOUNT.finditer(clause):
        # "The reduction was greater with LDN", "improved more": the subject stands before.
        subject = match["subject"] or clause[: match.start()]
        little = match["how"].lower() in ("lower", "less", "fewer", "smaller")
        lower_is_good = not FALL.search(subject) and (less_is_better or bool(PAIN.search(subject)))
        if _of_outcome(subject):
            yield "ldn" if (_group(match["who"]) == "ldn") == (little == lower_is_good) else "placebo"


def _of_outcome(subject: str) -> bool:
    """Whether a subject is the outcome, or nothing but a place in a paper."""
    return bool(OUTCOME.search(subject)) or not ANOTHER.search(PLACE.sub("", subject))


def _signed(table: Table) -> Iterator[tuple[int, str, str]]:
    """Differences and ratios of the groups on one side: row, the group that it favours, and how to say so."""
    value, better = table.number("value"), table.text("better")
    sided = table.mask("group", "ldn-placebo") & table.mask("better", "lower", "higher") & ~np.isnan(value)
    for row, kind in enumerate(kinds(table)):
        if sided[row] and kind in NULLS and value[row] != NULLS[kind]:
            side = "ldn" if (value[row] < NULLS[kind]) == (better[row] == "lower") else "placebo"
            how = "minus" if kind == "difference" else "over"
            yield row, side, f"LDN {how} placebo of {value[row]:g} favours {side} ({better[row]} is better)"


@impossible("outcomes")
def sign_as_said(table: Table, facts: Facts) -> Iterator[Fault]:
    """A difference, or a ratio of the groups, on another side than that of the group in favours, or a
    difference in pain that stands alone and says of no group that it did better."""
    contrast = table.mask("group", "ldn-placebo")
    yield from table.hits(table.filled("favours") & ~contrast, "favours", OF_DIFFERENCE)
    favours = table.text("favours")
    for row, side, sentence in _signed(table):
        if favours[row] not in ("", side):
            yield row, "value", f"{sentence}, and favours says {favours[row]}"
    yield from table.hits([row for row in facts.once(_unsaid) if _in_points(facts, row)], "value", SAY_IT)


def sides_of_arms(table: Table, facts: Facts) -> Iterator[tuple[int, int, str]]:
    """Both arms of comparisons whose values differ, and the group that they favour."""
    value, weeks, better = table.number("value"), table.number("week"), table.text("better")
    sided = table.mask("group", "ldn") & table.mask("better", "lower", "higher") & (weeks != 0)
    sided &= ~table.filled("period")
    for row in np.flatnonzero(sided).tolist():
        statistic = table.text("statistic")[row]
        pair = arms_of(facts, row, statistic) if statistic_kind(statistic) in ("level", "change") else None
        if pair and abs(value[pair[0]] - value[pair[1]]) > 0:
            ldn_is_lower = bool(value[pair[0]] < value[pair[1]])
            yield *pair, "ldn" if ldn_is_lower == (better[row] == "lower") else "placebo"


def side_in_notes(notes: str, less_is_better: bool) -> set[str]:
    """Groups of which the notes of a study say that they did better in the outcome that they do not name."""
    sentences = (sentence for sentence in NOTES.split(notes) if not ELSE.search(sentence))
    return set[str]().union(*(sides_in_words(sentence, less_is_better) for sentence in sentences))


def _sides_of_notes(table: Table, facts: Facts, sides: Iterable[tuple[int, str]]) -> Iterator[Fault]:
    """Pain on another side than the notes of its study say."""
    notes, better, pain = facts.study_text(table, "notes"), table.text("better"), table.mask("domain", "pain")
    for row, side in sides:
        favoured = side_in_notes(notes[row], better[row] == "lower") if pain[row] else set()
        if favoured and side not in favoured:
            yield row, "value", f"favours {side}; the notes of the study say otherwise"


def sides_of_locations(table: Table, facts: Facts) -> Iterator[Fault]:
    """Differences, ratios and arms on another side than their location, or the notes of their study, say."""
    where, better = table.text("location"), table.text("better")
    signed, arms = list(_signed(table)), list(sides_of_arms(table, facts))
    sides = [(row, side) for row, side, _ in signed] + [(row, side) for row, _, side in arms]
    yield from _sides_of_notes(table, facts, sides)
    for ldn, placebo, side in arms:
        for row in (ldn, placebo):
            if sides_in_words(where[row], better[row] == "lower") - {side}:
                yield row, "value", f"the arms favour {side}, and the location says {where[row]!r}"
    for row, side, sentence in signed:
        if REVERSED.search(where[row]) and not TURNED.search(where[row]):
            turned = "rows hold LDN minus placebo (say 'turned' where it was)"
            yield row, "value", f"the location says {where[row]!r}: {turned}"
        if sides_in_words(where[row], better[row] == "lower") - {side}:
            yield row, "value", f"{sentence}, and the location says {where[row]!r}"


@notice("outcomes")
def direction_unsaid(_: Table, facts: Facts) -> Iterator[Fault]:
    """A difference in pain of a standardised comparison that stands alone, of which nothing says which group
    did better."""
    for row in facts.once(_unsaid):
        if not _in_points(facts, row):
            yield row, "value", SAY_IT


SAY_IT = "nothing says which group did better: state it in favours"


def _in_points(facts: Facts, row: int) -> bool:
    scale = facts.once(row_scales)[row]
    return scale is None or bool(scale.conversion)


def _unsaid(facts: Facts) -> list[int]:
    """Differences in pain of trials that stand alone, and of which no word says which group did better."""
    table = facts["outcomes"]
    groups, better = table.text("group"), table.text("better")
    keys = table.keys("study_id", "measure", "unit", "week")
    arms = {keys[row] for row, group in enumerate(groups) if group in ("ldn", "placebo")}
    arms |= {(*of, "") for *of, week in arms if week not in ("0", "0.0")}
    alone = facts.study_mask(table, "randomised", "yes") & facts.study_mask(table, "control", "placebo")
    alone &= table.mask("group", "ldn-placebo") & table.mask("domain", "pain") & (table.number("value") != 0)
    rows = np.flatnonzero(alone & ~np.isnan(table.number("value"))).tolist()
    favours, where = table.text("favours"), table.text("location")
    return [
        row
        for row in rows
        if keys[row] not in arms
        and not favours[row]
        and not sides_in_words(where[row], better[row] == "lower")
    ]


def _z_of_contrast(table: Table, row: int) -> float:
    """Difference over its standard error, above zero where LDN did better; NaN where that is not printed."""
    error = next(iter(errors_of(table, row, float(table.number("n")[row]) - 2).values()), math.nan)
    better = 1 if table.text("better")[row] == "higher" else -1
    return better * float(table.number("value")[row]) / error


def _z_of_arms(table: Table, pair: tuple[int, int]) -> float:
    ldn, placebo = (float(table.number("value")[row]) for row in pair)
    better = 1 if table.text("better")[pair[0]] == "higher" else -1
    return better * (ldn - placebo) / math.hypot(*(error_of_arm(table, row) for row in pair))


def _clear_sides(facts: Facts) -> dict[Key, tuple[int, float]]:
    """Of parallel trials the clearest difference in pain, by study, dose and week, and by study and dose: its
    row, and z."""
    table = facts["outcomes"]
    groups, kind_of = table.text("group"), kinds(table)
    fits = facts.study_mask(table, "design_type", "parallel") & table.mask("domain", "pain")
    fits &= table.mask("better", "lower", "higher") & (table.number("week") != 0)
    clearest: dict[Key, tuple[int, float]] = {}
    of = table.keys("study_id", "dose_mg_per_day", "week")
    with np.errstate(all="ignore"):
        for row in np.flatnonzero(fits & ~np.isnan(table.number("value"))).tolist():
            z = math.nan
            if groups[row] == "ldn-placebo" and kind_of[row] == "difference":
                z = _z_of_contrast(table, row)
            elif groups[row] == "ldn" and kind_of[row] in ("level", "change"):
                pair = arms_of(facts, row, table.text("statistic")[row])
                z = _z_of_arms(table, pair) if pair else math.nan
            for key in (of[row], of[row][:2]):
                if abs(z) > abs(clearest.get(key, (0, 0.0))[1]):
                    clearest[key] = row, z
    return clearest


SPREADS = (0.1, 0.3)
"""SDs of changes in pain, as shares of the scale, from the least that is plausible to the most: 0.16 in the
trial held here that prints its changes, 0.25 to 0.27 in people whose chronic pain got better (PMC9299931)."""
LOOSE, NOT_SEEN = 0.1, 0.3
"""How far a share of responders may lie from that of a normal distribution of changes, and what part of them
may have left before the end: those are counted as if they had not responded."""


def _mean_changes(facts: Facts) -> dict[Key, tuple[float, float]]:
    """Baseline mean and mean change of pain, as shares of the scale, by study, group, dose and week."""
    table, changes = facts["outcomes"], dict[Key, tuple[float, float]]()
    width = table.number("scale_max") - table.number("scale_min")
    width = np.where(width > 0, width, np.nan)
    fits = table.mask("domain", "pain") & table.mask("better", "lower")
    fits &= table.mask("unit", "points", "mm", "cm") & facts.study_mask(table, "design_type", "parallel")
    rows = table.groups("study_id", "measure", "unit", "group", "dose_mg_per_day", where=fits)
    share = (table.number("value") - np.nan_to_num(table.number("scale_min"))) / width
    moved, weeks, statistics = table.number("value") / width, table.number("week"), table.text("statistic")
    starts = {
        arm: [float(share[row]) for row in of if weeks[row] == 0 and statistics[row] == "mean"]
        for arm, of in rows.items()
    }
    for (*of, group, dose), arm in rows.items():
        start = next(filter(None, (starts.get((*of, *at)) for at in ((group, dose), ("all", "")))), [])
        for row in arm if len(start) == 1 and start[0] > 0 else ():
            key = of[0], group, dose, table.text("week")[row]
            if weeks[row] > 0 and statistics[row] == "mean change":
                changes[key] = start[0], float(moved[row])
            elif weeks[row] > 0 and statistics[row] == "mean":
                changes.setdefault(key, (start[0], float(share[row]) - start[0]))
    return changes


def _beyond_means(table: Table, facts: Facts) -> Iterator[Hit]:
    """Responders of an arm that its mean at the start and its mean change do not allow."""
    counts, n, changes = facts.once(people_counted), table.number("n"), _mean_changes(facts)
    for row, key in enumerate(table.keys("study_id", "group", "dose_mg_per_day", "week")):
        threshold = RESPONSE.fullmatch(table.text("event")[row])
        if not threshold or key not in changes or not n[row] > 0:
            continue
        start, change = changes[key]
        if np.isnan(counts[row] + change):
            continue
        needed = -float(threshold[1]) / 100 * start
        ends = sorted(float(special.ndtr((needed - change) / sd)) for sd in SPREADS)
        share, slack = float(counts[row] / n[row]), LOOSE + Z95 * math.sqrt(0.25 / float(n[row]))
        if not (1 - NOT_SEEN) * ends[0] - slack <= share <= ends[1] + slack:
            points = f"{10 * change:.2g} points of 10, from {10 * start:.2g}"
            sentence = f"the mean pain of this arm changes by {points}: hardly {share:.0%} respond so"
            yield Hit("events", row, count_column(table, row), sentence)


ENOUGH, ENOUGH_ALONE, APART = 5, 8, 20
"""So many responders of each group, or of one group at thresholds so far apart, are not by chance those of
another threshold too."""


def _same_responders(table: Table, facts: Facts) -> Iterator[Hit]:
    """The responders at one threshold again at another: was a row copied?"""
    counts, groups, events = facts.once(people_counted), table.text("group"), table.text("event")
    matches = map(RESPONSE.fullmatch, events)
    thresholds = np.array([int(match[1]) if match else 0 for match in matches])
    again: dict[Key, list[int]] = {}
    where = (thresholds > 0) & (counts >= ENOUGH)
    for key, rows in table.groups(*ARM, where=where).items():
        for lower, higher in combinations(sorted(rows, key=thresholds.__getitem__), 2):
            if counts[lower] == counts[higher]:
                same = again.setdefault((*key[:2], *key[3:4], events[lower], events[higher]), [])
                same.append(higher)
                apart = thresholds[higher] - thresholds[lower] >= APART
                if (counts[lower] >= ENOUGH_ALONE and apart) or len({groups[row] for row in same}) > 1:
                    sentence = f"the same number of this group at {events[lower]!r}"
                    yield Hit("events", higher, count_column(table, higher), sentence)


def sides_of_responders(facts: Facts) -> Iterator[tuple[Key, float, str, int]]:
    """Counts of responders in both groups: study, dose and week, z of their shares (above zero where more
    respond on LDN), the counts in words, and the row of LDN."""
    table, counts = facts["events"], facts.once(people_counted)
    n, groups, of = table.number("n"), table.text("group"), table.keys("study_id", "dose_mg_per_day", "week")
    response = table.where("event", lambda event: event.startswith("pain response"))
    for rows in table.groups("study_id", "event", "week", "analysis", where=response).values():
        placebo = [row for row in rows if groups[row] == "placebo"]
        drug = {of[row]: row for row in rows if groups[row] == "ldn"}
        for arm, ldn in drug.items() if (len(placebo), len(drug)) == (1, len(rows) - 1) else ():
            (a, n1), (c, n2) = ((float(counts[row]), float(n[row])) for row in (ldn, *placebo))
            share = (a + c) / (n1 + n2) if n1 > 0 and n2 > 0 else math.nan
            if 0 < share < 1:
                z = (a / n1 - c / n2) / math.sqrt(share * (1 - share) * (1 / n1 + 1 / n2))
                yield arm, z, f"{a:g} of {n1:g} and {c:g} of {n2:g}", ldn


def _responders_and_pain(facts: Facts) -> Iterator[tuple[Key, int, float, float, str]]:
    """Responders beside the difference in pain at their week, or else the clearest: study, dose and week, its
    row, its z and theirs, and the counts in words."""
    clear = facts.once(_clear_sides)
    for arm, z, counted, _ in sides_of_responders(facts):
        row, other = clear.get(arm) or clear.get(arm[:2], (0, math.nan))
        yield arm, row, other, z, counted


PERHAPS = 2.75
"""Standard errors between pain and its responders on opposite sides: in 40,000 simulated trials of 12 to 300
people a group, of whom up to 30% left, 50 in 10,000 lay so far apart."""


def _beyond(z: float, other: float) -> bool:
    """Whether responders, by their z, are further from the difference in pain than the same people bring."""
    return abs(z - other) > FAR_APART and abs(z) > Z99 if z * other < 0 else abs(z) - abs(other) > FAR_APART


@suspicious("events")
def responders_say_the_same(table: Table, facts: Facts) -> Iterator[Hit]:
    """A difference in pain on one side, clearly in responders on the other, or in them alone: are arms
    swapped, or the sign? Or responders of an arm, whose mean change does not allow so many or so few; or the
    same of two thresholds."""
    yield from _beyond_means(table, facts)
    yield from _same_responders(table, facts)
    reported: set[str] = set()
    for (study, *_), row, other, z, counted in _responders_and_pain(facts):
        if _beyond(z, other) and study not in reported:
            reported.add(study)
            side = f"favours {'LDN' if other > 0 else 'placebo'}"
            sentence = f"{side}; the responders do not:" if z * other < 0 else f"{side} far less than"
            yield Hit("outcomes", row, "value", f"{sentence} {counted}")


@notice("events")
def responders_say_otherwise(table: Table, facts: Facts) -> Iterator[Hit]:
    """Responders on another side than the difference in pain, or than those at another threshold, further
    than chance mostly brings them: are the groups exchanged in one of the two?"""
    for _, row, other, z, counted in _responders_and_pain(facts):
        if z * other < 0 and abs(z - other) > PERHAPS and not _beyond(z, other):
            side = "LDN" if other > 0 else "placebo"
            yield Hit("outcomes", row, "value", f"favours {side}; more respond in the other group: {counted}")
    first: dict[Key, tuple[float, str]] = {}
    for arm, z, counted, row in sides_of_responders(facts):
        other, before = first.setdefault(arm, (z, counted))
        if z * other < 0 and abs(z - other) > PERHAPS:
            yield Hit("events", row, count_column(table, row), f"{counted}; at another threshold {before}")
