"""Rules on printed numbers: those of one row, or of two arms, fit together beyond what rounding explains.

Each holds the rows to a check of `ldn_analysis.evidence.integrity`. They wait until every cell is valid.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np

from ldn_analysis.evidence import integrity
from ldn_analysis.evidence.integrity import Printed
from ldn_analysis.evidence.rules.agreement import VERY_FEW
from ldn_analysis.evidence.rules.facts import COMPARISON, Facts, Fault, Table
from ldn_analysis.evidence.rules.outcomes import scale_width
from ldn_analysis.evidence.rules.people import took_part
from ldn_analysis.evidence.rules.registry import notice, suspicious

RATIOS = ("RR", "OR", "IRR", "ratio of means")
ARM = ("study_id", "measure", "unit", "week", "statistic")
"""What two arms of one comparison share."""
CREDIBLE = re.compile(r"\bbayes|\bcredible\b", re.I)
"""A model whose interval need not have the estimate in its middle, as that of a median need not."""
ESTIMATES = {
    "outcomes": ("value", "statistic"),
    "published_syntheses": ("estimate", "measure"),
    "pharmacology": ("value", "quantity"),
}
"""The column of an estimate that comes with an interval, and the one that says of what kind it is."""


def _cells(table: Table, row: int, *columns: str) -> list[Printed]:
    return [table.printed(column, row) for column in columns]


@suspicious("studies")
def dose_in_range(table: Table, facts: Facts) -> Iterator[Fault]:
    """A dose outside 0.75 to 6 mg a day (a dose that rises may begin at 0.25), unless rows name arms of both
    ends and one of them is within."""
    outcomes, of_arms = facts["outcomes"], dict[str, set[float]]()
    for study, dose in zip(outcomes.text("study_id"), outcomes.number("dose_mg_per_day"), strict=True):
        if dose > 0:
            of_arms.setdefault(study, set()).add(float(dose))
    low, high = table.number("dose_min_mg"), table.number("dose_max_mg")
    for row, study in enumerate(table.text("study_id")):
        arms = of_arms.get(study, set())
        within = [dose for dose in arms if not integrity.dose_in_range(dose, dose)]
        fault = integrity.dose_in_range(float(low[row]), float(high[row]))
        if fault and not (within and {low[row], high[row]} <= arms):
            yield row, "dose_mg_per_day", fault


@suspicious(*ESTIMATES)
def estimate_mid_interval(table: Table) -> Iterator[Fault]:
    """An estimate that is not in the middle of its interval (log scale for ratios), beyond rounding; no
    median, nor what a Bayesian model gives."""
    value, kind = ESTIMATES[table.name]
    for row, (word, model) in enumerate(zip(table.text(kind), table.text("model"), strict=True)):
        if word.startswith("median") or CREDIBLE.search(model):
            continue
        cells = _cells(table, row, value, "lower95", "upper95")
        fault = integrity.estimate_mid_interval(*cells, ratio=word in RATIOS)
        if fault and table.name == "pharmacology":  # a constant above zero is often analysed on the log scale
            fault = integrity.estimate_mid_interval(*cells, ratio=True) and fault
        if fault:
            yield row, value, fault


@suspicious("outcomes", "events")
def group_sizes(table: Table, facts: Facts) -> Iterator[Fault]:
    """Arms that do not add up, or exceed the participants of the study."""
    n, nobody = table.number("n"), np.full(len(table), np.nan)
    same_people = facts.study_mask(table, "design_type", "crossover")
    sizes = table.number("n_ldn"), table.number("n_placebo"), n
    if table.name == "events":
        same_people = (same_people & ~(table.number("period") > 0)) | table.mask("paired", "yes")
        keys = table.keys(*COMPARISON["events"], "group")
        of_group = dict(zip(keys, n.tolist(), strict=True))
        other = [of_group.get((*of, "placebo" if group == "ldn" else "ldn"), np.nan) for *of, group in keys]
        sizes = n, np.array(other, dtype=float), nobody
    began = facts.study_number(table, "n_randomised")
    for row, (*of, most) in enumerate(zip(*sizes, took_part(facts, table), strict=True)):
        fault = integrity.group_sizes(of[0], of[1], of[2], most, crossover=bool(same_people[row]))
        if fault:
            empty = " (n_randomised is empty: did more begin?)" if np.isnan(began[row]) else ""
            yield row, "n", fault + empty


@suspicious("events")
def count_against_percent(table: Table) -> Iterator[Fault]:
    """A printed percentage that is not the count over the number."""
    for row, (events, n) in enumerate(zip(table.number("events"), table.number("n"), strict=True)):
        if fault := integrity.count_against_percent(events, n, table.printed("percent", row)):
            yield row, "percent", fault


def _contrasts(table: Table) -> list[int]:
    """Rows of differences between the groups, and of what else compares them but a ratio."""
    where = table.mask("group", "ldn-placebo") & ~table.mask("statistic", *RATIOS)
    return np.flatnonzero(where).tolist()


@suspicious("outcomes")
def interval_against_p(table: Table) -> Iterator[Fault]:
    """An interval and a p value that contradict each other, beyond rounding (normal or t)."""
    paired, bounds = table.mask("statistic", "paired difference"), table.text("p_bound")
    both = table.number("n_ldn") + table.number("n_placebo")
    dfs = np.where(paired, table.number("n") - 1, both - 2)
    for row in _contrasts(table):
        cells = _cells(table, row, "value", "lower95", "upper95", "p_value")
        if fault := integrity.interval_against_p(*cells, df=float(dfs[row]), bound=bounds[row]):
            yield row, "p_value", fault


@suspicious("outcomes")
def effect_size_against_difference(table: Table) -> Iterator[Fault]:
    """A printed standardised effect that difference and interval do not imply, in any SD of the trial."""
    n_ldn, n_placebo, iqr = (table.number(name) for name in ("n_ldn", "n_placebo", "iqr"))
    for row in _contrasts(table):
        effect, value, low, high = _cells(table, row, "effect_size", "value", "lower95", "upper95")
        sizes = n_ldn[row], n_placebo[row]
        fault = integrity.effect_size_against_difference(effect, value, low, high, *sizes)
        if iqr[row] > 0 and not effect.missing:
            # A normal distribution's quartiles lie 1.349 SDs apart (Cochrane Handbook 6.5.2.5).
            implied = abs(value.value) / (iqr[row] / 1.349)
            if abs(implied - effect.value) > effect.half + 0.01:
                fault = f"the median difference over the SD that its IQR implies is {implied:.2f}"
        if fault:
            yield row, "effect_size", fault


def _partners(facts: Facts) -> dict[int, int]:
    """Of each arm of outcomes the other one of its comparison; of everybody those on LDN."""
    keys = facts["outcomes"].keys(*ARM, "group")
    last = {key: row for row, key in enumerate(keys)}
    others = [last.get((*of, "placebo" if group == "ldn" else "ldn")) for *of, group in keys]
    return {row: other for row, other in enumerate(others) if other is not None}


PLAIN_SD, OF_FEW, TRUE, APART = 0.12, 0.06, 1.0, 0.25
"""Shares of the scale that no SE is, of people and of very few; a standardised difference that may well be
true, and a share of the scale that may."""


def _large(facts: Facts) -> list[tuple[Fault, bool]]:
    """Standardised differences that are large, and whether so few people may well make an ordinary one so.

    An SD of people that is a good part of the scale is no standard error; it is shown only where the groups
    of more than very few people lie no further apart than trials may (`APART`), or are so small that the
    difference may well be an ordinary one (its 95% interval reaches it).
    """
    table, width = facts["outcomes"], scale_width(facts["outcomes"])
    value, sds, n, p = (table.number(name) for name in ("value", "sd", "n", "p_value"))
    half_width = (table.number("upper95") - table.number("lower95")) / 2
    sizes = list(zip(table.number("n_ldn"), table.number("n_placebo"), strict=True))
    large: list[tuple[Fault, bool]] = []

    def look(row: int, column: str, d: float, sd: float, of: tuple[float, float]) -> None:
        if fault := integrity.large_standardised_difference(d):
            variance = sum(1 / size for size in of) + d**2 / (2 * sum(of)) if min(of) > 0 else math.nan
            plain = OF_FEW if max(of) <= VERY_FEW else PLAIN_SD
            small = abs(d) - integrity.Z95 * math.sqrt(variance) <= TRUE
            true = small or (plain == PLAIN_SD and abs(d) * sd <= APART * width[row])
            few = bool(sd >= plain * width[row] and true)
            large.append(((row, column, fault), few))

    for row in _contrasts(table):
        paired = table.text("statistic")[row] == "paired difference"
        if paired and p[row] > 0 and n[row] > 1:
            d = integrity.t_of_p(p[row], n[row] - 1) / math.sqrt(n[row])
        else:
            d = integrity.standardised(value[row], half_width[row], *sizes[row])
        look(row, "value", d, abs(value[row] / d) if d and not paired else math.nan, sizes[row])
    apart = table.mask("group", "ldn") & ~facts.study_mask(table, "design_type", "crossover")
    for row, other in facts.once(_partners).items():
        if apart[row]:
            of = n[row], n[other]
            squares = (of[0] - 1) * sds[row] ** 2 + (of[1] - 1) * sds[other] ** 2
            pooled = math.sqrt(squares / max(sum(of) - 2, 1))
            d = (value[row] - value[other]) / pooled if pooled > 0 else math.nan
            look(row, "sd", d, pooled, of)
    return large


@suspicious("outcomes", "published_syntheses")
def large_standardised_difference(table: Table, facts: Facts) -> Iterator[Fault]:
    """A standardised difference over 1.5 that few people do not explain, of SDs that are small or means over
    a quarter of the scale apart: an SE may be read as an SD."""
    if table.name == "outcomes":
        yield from (fault for fault, few in facts.once(_large) if not few)
        return
    for row in np.flatnonzero(table.mask("measure", "SMD")).tolist():
        if fault := integrity.large_standardised_difference(float(table.number("estimate")[row])):
            yield row, "estimate", fault


FURTHEST = 0.2
"""Share of the scale by which two groups differ at most, by our judgement: drugs for fibromyalgia move pain
by about a twentieth to a tenth of it."""


@notice("outcomes")
def large_difference(table: Table, facts: Facts) -> Iterator[Fault]:
    """A standardised difference over 1.5 in a trial so small that chance may have made it, or one of means of
    pain over a fifth of the scale: no drug for fibromyalgia moved it so far."""
    yield from (fault for fault, few in facts.once(_large) if few)
    value, width = table.number("value"), scale_width(table)
    pain = table.mask("domain", "pain") & (width > 0) & table.mask("better", "lower")
    pain &= facts.study_mask(table, "control", "placebo") & (table.number("week") != 0)
    apart = {row: float(value[row]) for row in _contrasts(table) if pain[row]}
    keys = table.keys("study_id", "measure", "unit", "week", "statistic", "dose_mg_per_day")
    of_contrasts = {keys[row][:4] for row in apart}
    for row, other in facts.once(_partners).items():
        if table.text("group")[row] == "ldn" and pain[row] and keys[row][:4] not in of_contrasts:
            apart[row] = float(value[row] - value[other])
    for row, difference in apart.items():
        if abs(difference) > FURTHEST * width[row]:
            reason = f"the groups differ by {difference:.3g} on a scale of {width[row]:g}: is a digit off?"
            yield row, "value", reason


@suspicious("outcomes")
def spread_coherence(table: Table, facts: Facts) -> Iterator[Fault]:
    """An SD, SE and interval that contradict each other, or an SD that is impossible on its scale."""
    sd, n, partners = table.number("sd"), table.number("n"), facts.once(_partners)
    on_scale = table.mask("unit", "points") & table.mask("statistic", "mean")
    low, high = (np.where(on_scale, table.number(f"scale_{end}"), np.nan) for end in ("min", "max"))
    for row in sorted(set(range(len(table))) - set(_contrasts(table))):
        spread, se, lower, upper = _cells(table, row, "sd", "se", "lower95", "upper95")
        other = partners.get(row)
        of_other = (math.nan, math.nan) if other is None else (float(sd[other]), float(n[other]))
        scale = float(low[row]), float(high[row])
        fault = integrity.spread_coherence(
            spread, se, lower, upper, float(n[row]), scale=scale, other=of_other
        )
        if fault:
            yield row, "sd", fault
