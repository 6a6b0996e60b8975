"""Rules on what a precision says of the people behind it."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy import special

from ldn_analysis.errors import FloatArray
from ldn_analysis.evidence.integrity import Z95, Printed, t_of_p
from ldn_analysis.evidence.rules.agreement import VERY_FEW, arms_of, contrast_rows
from ldn_analysis.evidence.rules.differences import UNADJUSTED
from ldn_analysis.evidence.rules.facts import Facts, Fault, Table
from ldn_analysis.evidence.rules.forms import QUARTILES, ROUGH_T
from ldn_analysis.evidence.rules.outcomes import plausible_levels, scale_width
from ldn_analysis.evidence.rules.registry import notice, suspicious
from ldn_analysis.evidence.vocabulary import is_percent_reduction, statistic_kind

ARMS = ("ldn", "placebo", "all")
LEAST = 0.1
"""Smallest plausible SD of people, as a share of the scale, by our judgement: those of pain are 0.13 to 0.28
of it in the trials held here."""
LEAST_CHOSEN = 0.07
"""The same at the start, where people were taken whose pain lies above a limit, and of a few people."""
LEAST_LEFT = 0.04
"""The same of what remains within people, when a model has taken the baseline out, or of very few people."""
MOST, MOST_MOVED = 0.35, 0.4
"""Largest plausible SD of people, and of their changes or of differences within them, as a share of the
scale: values spread evenly over the whole scale have an SD of 0.29 of it, and changes of people whose chronic
pain got better had 0.25 to 0.27 (PMC9299931)."""
MOST_PERCENT, OF_START = 150.0, 0.7
"""The same of reductions in percent; and the most pain at the start, as a share of the scale, of which the
least changes are a reduction in percent."""
LEAST_R, MOST_R = -0.3, 0.95
"""Smallest and largest plausible correlation of two conditions in the same people: who hurts more, hurts more
in both, and no pain is the same in weeks that lie apart."""
LEAST_OF_RANGE = 0.002
"""The same of a measure without a scale, as a share of the wide range of its plausible levels."""
MOST_QUOTED, P_SLACK = 3.0, 1.1
"""Two papers may differ so far in an SD of the same people; a p of another test may imply so much more."""
HALF_A_DIGIT = 0.05
"""Of a t that is too rough to tell an SE the least that one digit allows is taken."""


def _plausible_width(facts: Facts) -> FloatArray:
    """Width of the levels that are plausible of a row's measure, where that has no scale."""
    low, high = facts.once(plausible_levels)
    return np.where(np.isnan(scale_width(facts["outcomes"])), high - low, np.nan)


def errors_of(table: Table, row: int, df: float) -> dict[str, float]:
    """SE that each printed precision of a row gives, by column; df of a t."""
    printed = {
        name: float(table.number(name)[row])
        for name in ("value", "se", "lower95", "upper95", "t_value", "f_value", "p_value")
    }
    critical = t_of_p(0.05, df) if df > 0 else math.nan
    size, t = abs(printed["value"]), abs(printed["t_value"])
    p = printed["p_value"]
    f = math.sqrt(printed["f_value"]) if printed["f_value"] >= 0 else math.nan
    exact = 0 < p < 0.6 and df > 0 and not table.text("p_value_from")[row]
    exact &= table.text("p_bound")[row] != "above"  # of "p < 0.05" the SE is at most the one that 0.05 gives
    errors = {
        "se": printed["se"],
        "lower95": (printed["upper95"] - printed["lower95"]) / 2 / critical,
        "t_value": size / (t if t > ROUGH_T else t + HALF_A_DIGIT),
        "f_value": size / (f if f > ROUGH_T else f + HALF_A_DIGIT),
        "p_value": size / t_of_p(p, df) if exact else math.nan,
    }
    return {name: se for name, se in errors.items() if se > 0}


def _of_contrast(facts: Facts, row: int, paired: bool) -> dict[str, float]:
    """SD of people (paired: of their differences) that each printed precision of a difference implies."""
    table = facts["outcomes"]
    n, a, b = (float(table.number(name)[row]) for name in ("n", "n_ldn", "n_placebo"))
    if paired:
        root = math.sqrt(n) if n > 1 else math.nan
        errors = errors_of(table, row, n - 1) | {"sd": float(table.number("sd")[row]) / root}
    else:
        a, b = (n / 2, n / 2) if math.isnan(a + b) else (a, b)
        root = 1 / math.sqrt(1 / a + 1 / b) if a + b > 2 and min(a, b) > 0 else math.nan
        errors = errors_of(table, row, a + b - 2)
    return {name: se * root for name, se in errors.items() if se * root > 0}


def sds_of_arm(table: Table, row: int) -> dict[str, float]:
    """SD of people that an arm's row prints or implies."""
    n, sd = float(table.number("n")[row]), float(table.number("sd")[row])
    if sd > 0:
        return {"sd": sd}
    if table.text("statistic")[row].startswith("median"):
        return _of_median(table, row)
    errors = errors_of(table, row, n - 1) if n > 1 else {}
    return {name: se * math.sqrt(n) for name, se in errors.items() if name in ("se", "lower95")}


def error_of_arm(table: Table, row: int) -> float:
    """The smallest SE that an arm's row prints or implies; NaN where it prints none."""
    n = float(table.number("n")[row])
    return min(sds_of_arm(table, row).values(), default=math.nan) / math.sqrt(n) if n > 0 else math.nan


def _of_median(table: Table, row: int) -> dict[str, float]:
    """SD of people that the quartiles, their width or the range beside a median imply, if roughly normal."""
    low, high, n = (float(table.number(name)[row]) for name in ("minimum", "maximum", "n"))
    width = float(table.number("q3")[row] - table.number("q1")[row])
    ends = 2 * float(special.ndtri((n - 0.375) / (n + 0.25))) if n > 1 else math.nan  # Blom 1958
    spreads = {"q1": width / QUARTILES, "iqr": float(table.number("iqr")[row]) / QUARTILES}
    spreads |= {"minimum": (high - low) / ends}
    return {name: spread for name, spread in spreads.items() if spread > 0}


def _most_of_level(facts: Facts, row: int) -> float:
    """Largest SD of people whose mean is the row's, on its scale: half at either end (with n - 1)."""
    table = facts["outcomes"]
    n, mean = float(table.number("n")[row]), float(table.number("value")[row])
    low, high = float(table.number("scale_min")[row]), float(table.number("scale_max")[row])
    inside = max(mean - low, 0.0) * max(high - mean, 0.0)
    return math.sqrt(inside * (n / (n - 1) if n > 1 else 1.0))


OF_QUARTILES = 1.65
"""Standard error of an SD from quartiles, as a part of that of an SD, among people who are roughly normal."""


def _chance(n: float, statistic: str = "") -> float:
    """How far the SD of a few people strays by chance: one of its own standard errors, as a factor; that of a
    width between quartiles is larger."""
    times = OF_QUARTILES if statistic.startswith("median") else 1.0
    return 1 + times / math.sqrt(2 * (n - 1)) if n > 1 else math.inf


def _together(facts: Facts) -> dict[int, list[int]]:
    """The arms that each row of outcomes stands beside: of its trial, measure, week, statistic and period."""
    groups = facts["outcomes"].groups("study_id", "measure", "unit", "week", "statistic", "period")
    return {row: rows for rows in groups.values() for row in rows}


def _least(facts: Facts, row: int, paired: bool, width: float) -> float:
    """Smallest plausible SD of the people behind a row."""
    table = facts["outcomes"]
    if paired or table.text("statistic")[row].startswith("adjusted"):
        return LEAST_LEFT * width

    def usual(arm: int) -> float:
        chance = _chance(float(table.number("n")[arm]), table.text("statistic")[arm])
        least = LEAST / OF_START if is_percent_reduction(table.text("unit")[arm]) else LEAST
        return (LEAST_CHOSEN if table.number("week")[arm] == 0 else max(least / chance, LEAST_CHOSEN)) * width

    if table.text("group")[row] not in ARMS or not table.number("n")[row] <= VERY_FEW:
        return usual(row)
    others = [arm for arm in facts.once(_together)[row] if arm != row]
    # Chance brings one group so close together; a slip in what the spread is brings both.
    slip = any(min(sds_of_arm(table, arm).values(), default=math.inf) < usual(arm) for arm in others)
    return usual(row) if slip else LEAST_LEFT * width


def _most(facts: Facts, row: int, width: float) -> float:
    """Largest plausible SD of the people behind a row."""
    table = facts["outcomes"]
    if is_percent_reduction(table.text("unit")[row]):
        return MOST_PERCENT  # who had little pain may get worse by several times it
    word = table.text("statistic")[row]
    chance = _chance(float(table.number("n")[row]), word)
    levels = word in ("mean", "median", "difference in means", "median difference")
    most = (MOST if levels else MOST_MOVED) * width * chance
    return min(most, 1.15 * _most_of_level(facts, row)) if word == "mean" else min(most, width)


DIGIT = 0.005
"""Half of the last digit that a mean is printed with, at most, as a share of the scale."""

WIDTHS = {"lower95": "upper95", "q1": "q3", "minimum": "maximum"}
"""Two ends whose distance tells a spread."""


def _rounding(table: Table, row: int, column: str, scale: float) -> float:
    """By which part the SD behind a precision may be larger than it seems, for the digits printed."""
    if column in ("t_value", "f_value", "p_value"):
        of = table.printed("value", row)
    elif column in WIDTHS:
        width = float(table.number(WIDTHS[column])[row] - table.number(column)[row])
        of = Printed(width, 2 * table.printed(column, row).half)
        if column != "lower95":  # people who answer in whole points move a quartile by as much
            return of.half / width
    else:
        of = table.printed(column, row)
    return min(of.half, DIGIT * scale) / abs(of.value) if of.value else 0.0


def _standardised(table: Table, row: int, column: str, sd: float) -> bool:
    """Whether the precision of a difference of two groups is that of one in standard deviations: people would
    have an SD of 1 (a little more for a large difference), with limits by t or as normal."""
    a, b, d = (float(table.number(name)[row]) for name in ("n_ldn", "n_placebo", "value"))
    if column not in ("se", "lower95") or not a + b >= ENOUGH:
        return False
    limits = (column, WIDTHS[column]) if column in WIDTHS else (column,)
    digit = min(table.printed(limit, row).half for limit in limits)  # a sheet drops a last 0
    error = sd * math.sqrt(1 / a + 1 / b)
    rounding = digit / error / (Z95 if column in WIDTHS else 1.0)
    own = math.sqrt(1 + d * d / (2 * (a + b) * (1 / a + 1 / b)))
    least = own * (Z95 / t_of_p(0.05, a + b - 2) if column in WIDTHS else 1.0)
    return rounding < ROUGH and least * (1 - rounding) < sd < own * (1 + rounding)


ROUGH, ENOUGH = 0.04, 30
"""Digits too coarse to tell one SD from another, as a share of it; people from whom on limits by t are nearly
the normal ones."""


@suspicious("outcomes")
def spread_plausible(table: Table, facts: Facts) -> Iterator[Fault]:
    """A precision that implies a spread of people that the scale, or the mean on it, does not allow, or
    none, or that of a standardised difference."""
    width, wide, groups = scale_width(table), facts.once(_plausible_width), table.text("group")
    crossover = facts.study_mask(table, "design_type", "crossover") & ~table.filled("period")
    for row, word in enumerate(table.text("statistic")):
        kind = statistic_kind(word)
        contrast = groups[row] == "ldn-placebo" and kind == "difference"
        arm = groups[row] in ARMS and kind in ("level", "change")
        if not (contrast or arm) or not (width[row] > 0 or wide[row] > 0):
            continue
        paired = contrast and bool(crossover[row])
        sds = sds_of_arm(table, row)
        if contrast:
            sds = _of_median(table, row) if word.startswith("median") else _of_contrast(facts, row, paired)
        implied, quoted = min(sds.values(), default=math.nan), table.number("sd_elsewhere")[row]
        if quoted < implied / MOST_QUOTED or quoted > implied * MOST_QUOTED:
            yield row, "sd_elsewhere", f"the row's own precision implies an SD of {implied:.3g}"
        w, least, most = wide[row], LEAST_OF_RANGE * wide[row], wide[row] / 2
        if width[row] > 0:
            w, least, most = width[row], _least(facts, row, paired, width[row]), _most(facts, row, width[row])
        two_groups = contrast and not paired and width[row] > 0
        for column, sd in sds.items():
            bound = column == "p_value" and table.text("p_bound")[row] == "below"  # its SE is the largest
            if two_groups and _standardised(table, row, column, sd):
                yield row, column, "implies an SD of 1 among people: is it a standardised difference?"
            elif sd * (1 + _rounding(table, row, column, w)) < least:
                why = f"implies an SD of {sd:.2g} among people on a scale of {w:g}"
                yield row, column, f"{why}: another unit, an SE, or half of an interval?"
            elif not bound and sd > most * (P_SLACK if column == "p_value" else 1):
                mean = f" with a mean of {table.number('value')[row]:g}" if word == "mean" else ""
                yield row, column, f"implies an SD of {sd:.3g} among people{mean}, on a scale of {w:g}"


def _shares(facts: Facts) -> dict[str, dict[int, float]]:
    """SD of people in pain, as a share of the scale, by trial of two groups and row; of arms, pooled."""
    table, width = facts["outcomes"], scale_width(facts["outcomes"])
    fits = facts.study_mask(table, "design_type", "parallel") & table.mask("domain", "pain") & (width > 0)
    fits &= (table.number("week") != 0) & ~table.filled("p_bound") & table.mask("unit", "points", "mm", "cm")
    shares: dict[str, dict[int, float]] = {}
    for rows in table.groups("study_id", "measure", "week", "statistic", where=fits).values():
        word = table.text("statistic")[rows[0]]
        if word.startswith("adjusted") or statistic_kind(word) == "ratio":  # what a model leaves is less
            continue
        contrast = table.text("group")[rows[0]] == "ldn-placebo"
        spreads = [_of_contrast(facts, row, False) if contrast else sds_of_arm(table, row) for row in rows]
        sds = [min(spread.values()) for spread in spreads if spread]
        if sds:
            share = math.sqrt(float(np.mean(np.square(sds)))) / width[rows[0]]
            shares.setdefault(table.text("study_id")[rows[0]], {})[rows[0]] = share
    return shares


@notice("outcomes")
def spread_beside_others(_: Table, facts: Facts) -> Iterator[Fault]:
    """A spread of pain that is less than half of that in the other trials, or more than twice it: is an SE
    read as an SD, or an SD or the half of an interval as an SE?"""
    by_study = facts.once(_shares)
    typical = {study: float(np.median(list(shares.values()))) for study, shares in by_study.items()}
    for study, shares in by_study.items():
        others = [share for other, share in typical.items() if other != study]
        middle = float(np.median(others)) if len(others) > 1 else math.nan
        for row in {min(shares, key=shares.__getitem__), max(shares, key=shares.__getitem__)}:
            if shares[row] < middle / 2 or shares[row] > 2 * middle:
                why = f"implies an SD of {shares[row]:.0%} of the scale; in other trials it is {middle:.0%}"
                yield row, "value", why


def _sd(facts: Facts, row: int) -> tuple[float, float]:
    """Smallest and largest SD that an arm's row allows: as printed, or from its SE or interval."""
    implied = sds_of_arm(facts["outcomes"], row)
    sd, slack = min(implied.values(), default=math.nan), 0.05 if "sd" in implied else 0.15
    return sd * (1 - slack), sd * (1 + slack)


def _printed_sd(table: Table, row: int) -> tuple[float, float] | None:
    """Smallest and largest SD of people that rounds to the SD, SE or interval of an arm; None without one."""
    sd, se, lower = (table.printed(name, row) for name in ("sd", "se", "lower95"))
    n, half = float(table.number("n")[row]), (float(table.number("upper95")[row]) - lower.value) / 2
    if sd.value > 0:
        return max(sd.value - sd.half, 0.0), sd.value + sd.half
    if not (n > 2 and (se.value > 0 or half > 0)):
        return None
    of_limits = (half - lower.half) / t_of_p(0.05, n - 1), (half + lower.half) / Z95
    ends = (se.value - se.half, se.value + se.half) if se.value > 0 else of_limits
    return max(ends[0], 0.0) * math.sqrt(n), ends[1] * math.sqrt(n)


def _half_of_printed(table: Table, row: int, pair: tuple[int, int]) -> tuple[float, float] | None:
    """Smallest and largest half-width at 95% that the printed spreads of two arms give; None unless both are.

    With a common SD or with two, by t or as normal, and a digit of rounding at each place.
    """
    n1, n2 = (float(table.number("n")[arm]) for arm in pair)
    ldn, placebo = (_printed_sd(table, arm) for arm in pair)
    if ldn is None or placebo is None:
        return None
    errors = []
    for s1, s2 in zip(ldn, placebo, strict=True):
        pooled = math.sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / (n1 + n2 - 2) * (1 / n1 + 1 / n2))
        errors += [pooled, math.sqrt(s1**2 / n1 + s2**2 / n2)]
    slack = 2 * max(table.printed(limit, row).half for limit in ("lower95", "upper95"))
    by = OF_SDS if all(table.filled("sd")[arm] for arm in pair) else OF_ERRORS
    return Z95 * min(errors) / by - slack, by * t_of_p(0.05, min(n1, n2) - 1) * max(errors) + slack


def _halves(table: Table, row: int, df: float) -> dict[str, tuple[float, float]]:
    """Half-widths at 95% that the precisions of a difference give, each from its smallest to its largest."""
    value, se, p = (float(table.number(name)[row]) for name in ("value", "se", "p_value"))
    low, high = (float(table.number(name)[row]) for name in ("lower95", "upper95"))
    critical = t_of_p(0.05, df)
    halves = {"lower95": ((high - low) / 2,) * 2, "se": (critical * se,) * 2}
    other = table.text("p_bound")[row] or table.text("p_value_from")[row]
    if 0 < p < 1 and value != 0 and not other:
        rounding = table.printed("p_value", row).half
        digit = min(table.printed("value", row).half, abs(value))
        least = (abs(value) - digit) / t_of_p(max(p - rounding, 1e-6), df)
        most = (abs(value) + digit) / t_of_p(min(p + rounding, 1 - 1e-6), df)
        halves["p_value"] = (0.95 * critical * least, 1.05 * critical * most)
    return {name: ends for name, ends in halves.items() if ends[1] > 0}


OF_SDS, OF_ERRORS = 1.05, 1.1
"""Factor by which a half-width may lie beyond those of two SDs, or of two SEs (some are of a model)."""


@suspicious("outcomes")
def contrast_against_spreads(table: Table, facts: Facts) -> Iterator[Fault]:
    """A precision of a difference that the arms' spreads cannot give."""
    n = table.number("n")
    for row in contrast_rows(table):
        statistic = table.text("statistic")[row]
        pair = arms_of(facts, row, "mean change", "mean")
        if pair is None or statistic == "median difference":
            continue
        sds = [_sd(facts, arm) for arm in pair]
        if any(math.isnan(low) for low, _ in sds) or min(n[arm] for arm in pair) < 2:
            continue
        if statistic == "paired difference":
            yield from _pairs_against_spreads(facts, row, *sds)
            continue
        of_arms = table.text("statistic")[pair[0]]
        printed = of_arms in UNADJUSTED.get(statistic, ()) and _half_of_printed(table, row, pair)
        least, most = printed or _half_of_arms(table, row, pair, sds)
        for column, (narrow, wide) in _halves(table, row, n[pair[0]] + n[pair[1]] - 2).items():
            if wide < least or narrow > most:
                expected = f"the arms' spreads give {least:.3g} to {most:.3g} at 95%"
                model = "; one of a model is an adjusted one" if printed and wide < least else ""
                yield row, column, f"a half-width of {narrow:.3g}; {expected}{model}"


def _half_of_arms(
    table: Table, row: int, pair: tuple[int, int], sds: list[tuple[float, float]]
) -> tuple[float, float]:
    """Smallest and largest half-width at 95% of a difference of two arms that have these SDs."""
    statistic, of_arms = (table.text("statistic")[at] for at in (row, pair[0]))
    # A model may narrow an interval a good deal (it takes the baseline out), and hardly widen it.
    slack = (0.4, 1.6) if statistic.startswith("adjusted") else (0.85, 1.15)
    if (statistic, of_arms) == ("difference in mean change", "mean"):
        slack = 0.6, 1.5  # of changes beside levels that correlate by 0 to 0.8
    n = [table.number("n")[arm] for arm in pair]
    critical = Z95, t_of_p(0.05, min(n) - 1)
    least, most = (
        by * t * math.sqrt(sum(sd**2 / size for sd, size in zip(ends, n, strict=True)))
        for by, t, ends in zip(slack, critical, zip(*sds, strict=True), strict=True)
    )
    return least, most


def _pairs_against_spreads(
    facts: Facts, row: int, ldn: tuple[float, float], placebo: tuple[float, float]
) -> Iterator[Fault]:
    """Precisions of a paired difference that the conditions' SDs, each from its smallest to its largest,
    cannot give."""
    table, n = facts["outcomes"], float(facts["outcomes"].number("n")[row])
    (low, high), (other_low, other_high) = ldn, placebo
    most = math.sqrt(high**2 + other_high**2 - 2 * LEAST_R * high * other_high) * _chance(n)
    alike = math.sqrt(low**2 + other_low**2 - 2 * MOST_R * low * other_low)
    least = max(alike / _chance(n), low - other_high, other_low - high)
    implied = _of_contrast(facts, row, paired=True)
    for name, (half, _) in _halves(table, row, n - 1).items():  # of a large p: as rounded
        implied.setdefault(name, half / t_of_p(0.05, n - 1) * math.sqrt(n))
    for column, sd in implied.items():
        bound = column == "p_value" and table.text("p_bound")[row]  # its SE is the largest that fits
        if (sd > most and not bound) or sd < least:
            yield row, column, f"implies an SD of {sd:.3g} of the differences; the arms do not allow that"
