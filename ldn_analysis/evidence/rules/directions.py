"""Rules on the sign of a difference: what the row says of it in words, and what the responders say."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np
from scipy import special

from ldn_analysis.evidence.integrity import Z95, t_of_p
from ldn_analysis.evidence.rules.agreement import arms_of
from ldn_analysis.evidence.rules.events import people_counted
from ldn_analysis.evidence.rules.facts import Facts, Found, Hit, Table
from ldn_analysis.evidence.rules.outcomes import kinds, row_scales
from ldn_analysis.evidence.rules.registry import impossible, notice, suspicious

Z99 = float(special.ndtri(0.995))
"""Responders are few: only a difference of theirs that is clear at 99% contradicts one of pain."""
FAR_APART = 4.5
"""Pain and its responders are counted in the same people: so many standard errors do not lie between them."""
WHO = r"(?P<who>placebo|control|LDN|naltrexone|the drug)"
FAVOURS = re.compile(rf"(?P<sign>positive|negative)?[\w ]{{0,12}}\b(?:favou?rs?|in favou?r of)\s+{WHO}", re.I)
BETTER = re.compile(
    rf"{WHO}\s+(?:was |is |were |did |group |arm )*(?:superior|better)\b"
    rf"|\b(?:superiority of|better (?:with|under|on|in)(?: the)?)\s+{WHO.replace('who', 'other')}",
    re.I,
)
AMOUNT = re.compile(
    rf"\b(?P<how>lower|less|fewer|smaller|higher|more|greater|larger)\s+(?P<what>[\w ]{{0,24}}?)\s*"
    rf"\b(?:with|under|on|in)(?: the)?\s+{WHO}",
    re.I,
)
"""'Lower pain with LDN', 'greater reduction under placebo': how much of what, and in which group."""
FALL = re.compile(r"reduc|relief|improve|decrease|fall\b|drop\b|declin", re.I)
REVERSED = re.compile(
    r"(?:placebo|control|comparator)\s*(?:minus|−|–|-)\s*"
    r"(?:LDN|naltrexone|active|verum|treatment|the drug)\b",
    re.I,
)
NULLS = {"difference": 0.0, "ratio": 1.0}
"""Where neither group is better, by kind of statistic."""
TURNED = re.compile(r"\b(?:turned|reversed|sign changed|inverted)\b", re.I)


def _sides(table: Table, row: int, less_is_better: bool) -> set[str]:
    """Groups that a row's words say did better: its `favours`, or its location."""
    said = {table.text("favours")[row]} - {""}
    for found in FAVOURS.finditer(table.text("location")[row]):
        who = _group(found["who"])
        if found["sign"]:  # the words say what a sign means, not what was found
            drug = (found["sign"].lower() == "negative") == less_is_better
            who = who if ("ldn" if drug else "placebo") == who else ""
            said |= {"the other way"} if not who else set()
        else:
            said.add(who)
    return said | _better_in_words(table.text("location")[row], less_is_better)


def _group(word: str) -> str:
    return "placebo" if word.lower() in ("placebo", "control") else "ldn"


def _better_in_words(where: str, less_is_better: bool) -> set[str]:
    """Groups of which a location says that they did better."""
    said = {_group(found["who"] or found["other"]) for found in BETTER.finditer(where)}
    for found in AMOUNT.finditer(where):
        little = found["how"].lower() in ("lower", "less", "fewer", "smaller")
        # "The reduction was greater with LDN", "improved more": what it is of stands before.
        if FALL.search(found["what"] or re.split(r"[.;:,(]", where[: found.start()])[-1]):
            good = not little
        else:
            good = little == (less_is_better or "pain" in found["what"].lower())
        who = _group(found["who"])
        said.add(who if good else {"ldn": "placebo", "placebo": "ldn"}[who])
    return said


@impossible("outcomes")
def sign_as_said(table: Table, facts: Facts) -> Iterator[Found]:
    """A difference, or a ratio of the groups, on another side than that of the group which the row says did
    better, or a difference in pain that stands alone and says of no group that it did."""
    value, better = table.number("value"), table.text("better")
    contrast = table.mask("group", "ldn-placebo")
    said = "belongs to the row of a difference (group ldn-placebo)"
    yield from table.hits(table.given("favours") & ~contrast, "favours", said)
    signed = contrast & table.mask("better", "lower", "higher")
    for row, kind in enumerate(kinds(table)):
        if not signed[row] or kind not in NULLS:
            continue
        where = table.text("location")[row]
        if REVERSED.search(where) and not TURNED.search(where):
            said = f"the location says {where!r}: rows hold LDN minus placebo (say 'turned' where it was)"
            yield row, "value", said
        less = better[row] == "lower"
        side = "ldn" if (value[row] < NULLS[kind]) == less else "placebo"
        against = _sides(table, row, less) - {side}
        if against and value[row] != NULLS[kind] and not np.isnan(value[row]):
            how = "minus" if kind == "difference" else "over"
            said = f"LDN {how} placebo of {value[row]:g} favours {side} ({better[row]} is better)"
            yield row, "value", said + ": the row says otherwise"
    yield from table.hits([row for row in facts.once(_unsaid) if _in_points(facts, row)], "value", SAY_IT)


@notice("outcomes")
def direction_unsaid(_: Table, facts: Facts) -> Iterator[Found]:
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
    return [row for row in rows if keys[row] not in arms and not _sides(table, row, better[row] == "lower")]


def _z_of_contrast(table: Table, row: int) -> float:
    """Difference over its standard error, above zero where LDN did better; NaN where that is not printed."""
    value, se, p, n = (float(table.number(name)[row]) for name in ("value", "se", "p_value", "n"))
    half = float(table.number("upper95")[row] - table.number("lower95")[row]) / 2
    t = abs(float(table.number("t_value")[row]))
    sizes = [abs(value) / error for error in (se, half / Z95) if error > 0] + [t]
    if 0 < p < 1 and n > 2:
        sizes.append(t_of_p(p, n - 2))
    size = next((size for size in sizes if size > 0), math.nan)
    return math.copysign(size, value if table.text("better")[row] == "higher" else -value)


def _z_of_arms(table: Table, pair: tuple[int, int]) -> float:
    ends = []
    for row in pair:
        sd, se, n = (float(table.number(name)[row]) for name in ("sd", "se", "n"))
        half = float(table.number("upper95")[row] - table.number("lower95")[row]) / 2
        se = se if se > 0 else sd / math.sqrt(n) if sd > 0 and n > 0 else half / Z95
        ends.append((float(table.number("value")[row]), se))
    (ldn, error), (placebo, other) = ends
    better = 1 if table.text("better")[pair[0]] == "higher" else -1
    both = math.hypot(error, other)
    return better * (ldn - placebo) / both if both > 0 else math.nan


def _clear_sides(facts: Facts) -> dict[str, tuple[int, float]]:
    """Of parallel trials the clearest difference in pain: its row, and z."""
    table = facts["outcomes"]
    groups, kind_of = table.text("group"), kinds(table)
    fits = facts.study_mask(table, "design_type", "parallel") & table.mask("domain", "pain")
    fits &= table.mask("better", "lower", "higher") & (table.number("week") != 0)
    found: dict[str, tuple[int, float]] = {}
    with np.errstate(all="ignore"):
        for row in np.flatnonzero(fits & ~np.isnan(table.number("value"))).tolist():
            z = math.nan
            if groups[row] == "ldn-placebo" and kind_of[row] == "difference":
                z = _z_of_contrast(table, row)
            elif groups[row] == "ldn" and kind_of[row] in ("level", "change"):
                pair = arms_of(facts, row, table.text("statistic")[row])
                z = _z_of_arms(table, pair) if pair else math.nan
            if abs(z) > abs(found.get(table.text("study_id")[row], (0, 0.0))[1]):
                found[table.text("study_id")[row]] = row, z
    return found


@suspicious("events")
def responders_say_the_same(table: Table, facts: Facts) -> Iterator[Hit]:
    """A difference in pain on one side, clearly in responders on the other: are arms swapped, or the
    sign?"""
    counts, n, groups = people_counted(facts), table.number("n"), table.text("group")
    response = table.where("event", lambda event: event.startswith("pain response"))
    clear = _clear_sides(facts)
    said: set[str] = set()
    for rows in table.groups("study_id", "event", "week", "analysis", where=response).values():
        arms = {groups[row]: row for row in rows}
        study = table.text("study_id")[rows[0]]
        if set(arms) != {"ldn", "placebo"} or len(rows) != 2 or study not in clear or study in said:
            continue
        (a, n1), (c, n2) = ((float(counts[arms[g]]), float(n[arms[g]])) for g in ("ldn", "placebo"))
        share = (a + c) / (n1 + n2) if n1 > 0 and n2 > 0 else math.nan
        if not 0 < share < 1:
            continue
        z = (a / n1 - c / n2) / math.sqrt(share * (1 - share) * (1 / n1 + 1 / n2))
        row, other = clear[study]
        if z * other < 0 and abs(z) > Z99 and (abs(other) > Z95 or abs(z) + abs(other) > FAR_APART):
            said.add(study)
            sentence = f"favours {'LDN' if other > 0 else 'placebo'}; the responders do not:"
            yield Hit("outcomes", row, "value", f"{sentence} {a:g} of {n1:g} and {c:g} of {n2:g}")
