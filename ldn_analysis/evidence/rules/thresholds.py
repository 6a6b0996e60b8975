"""Rules on thresholds and benchmarks: in the range of their unit."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import numpy as np

from ldn_analysis.evidence.integrity import Printed, estimate_mid_interval
from ldn_analysis.evidence.rules.clauses import SENTENCES
from ldn_analysis.evidence.rules.facts import Fault, Table
from ldn_analysis.evidence.rules.registry import impossible, suspicious

UNITS = {"NRS points": 10.0, "percent": 100.0, "points on 0-100": 100.0}
LEAST = 0.05
"""Smallest plausible threshold, as a share of its scale."""
INTERVAL = re.compile(r"(.+?)(?: \(95% CI (-?\d+(?:\.\d+)?) to (-?\d+(?:\.\d+)?)\))?")


@impossible("clinical_thresholds")
def threshold_in_unit(table: Table) -> Iterator[Fault]:
    """A threshold at or below 0, beyond its unit, outside its interval, or in a unit that is not known."""
    values = table.number("value")
    for row, text in enumerate(table.text("unit")):
        match = INTERVAL.fullmatch(text)
        unit, low, high = match.groups() if match else (text, None, None)
        if unit not in UNITS:
            yield row, "unit", f"must be one of {', '.join(UNITS)}, with or without (95% CI a to b)"
            continue
        if not np.isnan(values[row]) and not 0 < values[row] <= UNITS[unit]:
            yield row, "value", f"must lie above 0 and at most at {UNITS[unit]:g} {unit}"
        if low and high and not float(low) < values[row] < float(high):
            yield row, "value", f"lies outside its interval from {low} to {high}"


OF_GROUPS = re.compile(r"\bbetween[-_ ](?:groups?|arms|treatments)\b", re.I)
OF_A_PERSON = re.compile(
    r"\bwithin[-_ ](?:a |one )?(?:person|patient|group)|\b(?:patients?|people) (?:call|report|feel|rate)"
    r"|\bchange|\bimprovement|\bMCID\b",
    re.I,
)
COMPARED = re.compile(r"\bbetween|\bdifference|\bgroups?\b|\bplacebo\b|\bpooled\b|\bversus\b|\bvs\b", re.I)
"""Words of a threshold of a difference between groups, of a change within a person, of any comparison."""


IN_MM = re.compile(r"\b(\d+(?:\.\d+)?) mm on a 100[- ]mm\b", re.I)
MM = {"NRS points": 10.0, "points on 0-100": 1.0}
"""Millimetres of a scale of 100 mm to one of the unit."""
NOT_ITS_OWN = re.compile(r"\b(?:(?:an)?other|not)\b", re.I)


def _other_kind(kind: str, words: str) -> str:
    """What the words of a threshold say against its kind; empty if nothing."""
    compared, alone = OF_GROUPS.search(words), OF_A_PERSON.search(words)
    if kind == "within-person" and compared and not alone:
        return compared[0]
    return alone[0] if kind == "between-group" and alone and not COMPARED.search(words) else ""


@suspicious("clinical_thresholds")
def threshold_plausible(table: Table) -> Iterator[Fault]:
    """A threshold of a large or a tiny part of its scale, off the middle of its interval, or of another kind
    or size than its words."""
    values, where = table.number("value"), table.text("location")
    for row, text in enumerate(table.text("unit")):
        unit, printed = text.split(" (")[0], table.printed("value", row)
        match = INTERVAL.fullmatch(text)
        limits = [Printed.parse(end) for end in match.groups()[1:] if end] if match else []
        fault = estimate_mid_interval(printed, *limits) if len(limits) == 2 else ""
        own = (part for part in SENTENCES.split(where[row]) if not NOT_ITS_OWN.search(part))
        in_mm = next(filter(None, map(IN_MM.search, own)), None)
        if in_mm and unit in MM and abs(float(in_mm[1]) / MM[unit] - values[row]) > printed.half:
            fault = f"the location says {in_mm[0]!r}"
        if fault:
            yield row, "value", fault
        most = {"NRS points": 4.0, "percent": 75.0, "points on 0-100": 40.0}.get(unit, np.inf)
        if most < values[row] <= UNITS.get(unit, np.inf):
            yield row, "value", f"is large: a change that matters is below {most:g} {unit}"
        least = LEAST * UNITS.get(unit, np.nan)
        if 0 < values[row] < least:
            yield row, "value", f"is small: nobody would notice less than {least:g} {unit}"
    for row, (kind, key, meaning) in enumerate(table.keys("kind", "threshold_id", "what")):
        if words := _other_kind(kind, f"{key.replace('_', ' ')} {meaning}"):
            yield row, "kind", f"its key or 'what' says {words!r}"


@impossible("clinical_thresholds")
def threshold_of_its_kind(table: Table) -> Iterator[Fault]:
    """A threshold in a unit that its kind does not have, drugs that gain less than placebo, or a
    larger change for a smaller benefit."""
    values, keys = table.number("value"), table.text("threshold_id")
    pooled, between = table.mask("kind", "pooled mean change"), table.mask("kind", "between-group")
    of_100, percent = (
        table.where("unit", re.compile(rf"{unit}(?: \(.*)?").fullmatch)
        for unit in ("points on 0-100", "percent")
    )
    yield from table.hits(pooled & ~of_100, "unit", "a pooled mean change is in points on 0-100")
    yield from table.hits(between & percent, "unit", "a difference between groups is in points")
    of_arm = table.where("threshold_id", lambda key: key.endswith(("_active", "_placebo")))
    yield from table.hits(of_arm & ~pooled, "kind", "its key {!r} says a pooled mean change", keys)
    at = {key: row for row, key in enumerate(keys)}
    for active, row in at.items():
        other = at.get(re.sub("_active$", "_placebo", active), row)
        if other != row and not values[row] > values[other]:
            reason = f"must be above the response to placebo of the same review ({values[other]:g})"
            yield row, "value", reason
    yield from _ranked_by_benefit(table)


def _ranked_by_benefit(table: Table) -> Iterator[Fault]:
    """Thresholds that are not above that of a smaller benefit in the same source."""
    values, keys = table.number("value"), table.text("threshold_id")
    for rows in table.groups("source", "unit", "kind").values():
        # By the rest of the key: other people of the same source may need a larger change for less.
        ranked = sorted(
            (BENEFIT.sub("", keys[row]), match.lastindex or 0, values[row], row)
            for row in rows
            if (match := BENEFIT.search(keys[row]))
        )
        for (of, rank, value, _), (same, higher, _, row) in itertools.pairwise(ranked):
            if same == of and higher > rank and not values[row] > value:
                yield row, "value", f"must be above that of the smaller benefit in its source ({value:g})"


BENEFIT = re.compile(r"_(?:(minimal)|(moderate)|(much|substantial))(?:_better)?(?=_|$)")
"""How large a benefit the key of a threshold names, from the smallest."""


MOST_ON_PLACEBO = 50.0
"""Percent with less pain by 30% or more: no review of trials of the drugs comes near it."""
BENCHMARK = re.compile(r"_(placebo|rr)_(\d+)$")
LEVEL = re.compile(r"(\d+) ?(?:%|percent|per cent)")


@impossible("responder_benchmarks")
def benchmark_of_its_kind(table: Table) -> Iterator[Fault]:
    """A benchmark whose key says another kind or threshold, with more people at a higher threshold, most
    people on placebo, or a ratio of tested drugs below 1 with its interval."""
    values, units, sources = table.number("value"), table.text("unit"), table.text("source")
    lower, upper, ranks = table.number("lower95"), table.number("upper95"), []
    for row, (key, meaning) in enumerate(table.keys("benchmark_id", "what")):
        match, levels = BENCHMARK.search(key), LEVEL.findall(meaning)
        if not match:
            continue
        placebo, level = match[1] == "placebo", int(match[2])
        unit = "percent" if placebo else "ratio"
        unsaid = placebo and not meaning.startswith("placebo respon")
        turned = "fewer respond to the drugs than to placebo: was the ratio turned?"
        most = placebo and level >= 30 and values[row] > MOST_ON_PLACEBO
        for broken, column, reason in (
            (units[row] != unit, "unit", f"its key {key!r} says a {unit}"),
            (levels and match[2] not in levels, "what", f"its key {key!r} says {level}%"),
            (unsaid, "what", "must begin with 'placebo responders': its key says so"),
            (not placebo and upper[row] < 1, "value", turned),
            (np.isnan(lower[row]), "lower95", "a benchmark that tests read comes with its interval"),
            (most, "value", "more than half respond to placebo: were those counted who did not?"),
        ):
            if broken:
                yield row, column, reason
        ranks += [(sources[row], level, row)] if placebo else []
    for (source, level, row), (same, higher, other) in itertools.pairwise(sorted(ranks)):
        if source == same and higher > level and values[other] > values[row]:
            yield other, "value", f"must not be above that at {level}% ({values[row]:g})"
