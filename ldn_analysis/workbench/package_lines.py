"""Every pooled number of the reports as a line that others can check: inputs, method, expected values.

A line holds plain numbers alone. What makes R or Python of it is in `package_scripts`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ldn_analysis import contrasts, models
from ldn_analysis.evidence import Evidence
from ldn_analysis.questions.pain.analysis import (
    BAYES_RUNG,
    MEAN_PRIOR,
    PUBLISHED_RUNG,
    RUNGS,
    TAU_PRIOR,
    PainAnalysis,
    analyse,
)
from ldn_analysis.questions.parameters import Analysis, parameters_class
from ldn_analysis.questions.thresholds import pressure_average, threshold_tests
from ldn_analysis.render.planning import rendered

POOLED = re.compile(
    r"pain\.(estimate|estimate_\d+|prediction|tau2|p_value)|findings\..+"
    r"|responders\.r[rd]_\d+|harm\..+\.(rr|rd|peto)|thresholds\.pressure(_sd|_p)?"
)
"""Recorded results that are pooled over trials."""


@dataclass(frozen=True, slots=True)
class Line:
    """One computation, and what it must give.

    Attributes
    ----------
    name : what it is, for a reader.
    kind : {"rma", "own", "bayes", "mh", "peto", "newcombe", "sides"}; random or common effects; one trial's
        own interval; random effects with priors; counts; the average of measures of the same people.
    numbers : input vectors by name: ``yi vi`` (and ``df``), or ``ai n1i ci n2i``.
    options : method: ``method test level`` of ``rma``, ``measure``, ``tau_scale mean_sd`` (or ``published``:
        location, scale, degrees of freedom and SD of a log-Student prior), ``correlation``.
    expected : ``estimate lower upper tau2 p prediction_lower prediction_upper below_<x>``, ``abs_...`` (the
        same as a difference per 100); only what is finite.
    """

    name: str
    kind: str
    numbers: Mapping[str, tuple[float, ...]]
    options: Mapping[str, Any] = field(default_factory=dict)
    expected: Mapping[str, float] = field(default_factory=dict)


METHODS = {"CE": "FE"}
TESTS = {"z": "z", "hksj": "knha", "hksj_modified": "adhoc"}


def _finite(**values: float) -> dict[str, float]:
    return {name: float(value) for name, value in values.items() if math.isfinite(value)}


def _vector(values: Iterable[Any]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _counted(cells: Iterable[Iterable[Any]]) -> dict[str, tuple[float, ...]]:
    """The cells of two-by-two tables under the names that metafor gives them."""
    return dict(zip(("ai", "n1i", "ci", "n2i"), map(_vector, cells), strict=True))


def _rma(name: str, rows: pd.DataFrame, how: tuple[str, str, float], expected: dict[str, float]) -> Line:
    method, inference, level = how
    numbers = {"yi": _vector(rows["yi"]), "vi": _vector(rows["vi"])}
    if len(rows) == 1:
        df = float(rows["df"].iloc[0]) if "df" in rows else math.inf
        numbers["df"] = (df if math.isfinite(df) else math.inf,)
        kept = {key: value for key, value in expected.items() if key in ("estimate", "lower", "upper")}
        return Line(name, "own", numbers, {"level": level}, kept)
    options = {"method": METHODS.get(method, method), "test": TESTS[inference], "level": level}
    return Line(name, "rma", numbers, options, expected)


def _pain(name: str, pain: PainAnalysis) -> Iterator[Line]:
    """The pool of pain under one set of choices: headline, ladder, posterior, without each, as published."""
    fit, rows, choices = pain.fit, pain.used, pain.choices
    if fit is None:
        return
    how = (choices.tau2_method, fit.inference, choices.level)
    more = {}
    if fit.inference.startswith("hksj") and len(rows) > 2:
        more = _finite(prediction_lower=fit.prediction[0], prediction_upper=fit.prediction[1])
    expected = _finite(estimate=fit.estimate, lower=fit.ci[0], upper=fit.ci[1], tau2=fit.tau2, p=fit.p_value)
    yield _rma(f"{name}, pain", rows, how, expected | more)
    if len(rows) < 2:
        return
    rungs = {row["label"]: row for row in pain.ladder.to_dict("records")}
    for label, method, inference in RUNGS:
        wanted = _finite(**{name: rungs[label][name] for name in ("estimate", "lower", "upper")})
        yield _rma(f"{name}, pain, {label}", rows, (method, inference, choices.level), wanted)
    mean = pain.posterior.mu
    low, high = mean.interval(choices.level)
    wanted = _finite(mean=mean.mean, median=mean.median, lower=low, upper=high)
    if choices.measure == "MD":
        below = {0.0: mean.probability_below(0.0), -choices.mid: mean.probability_below(-choices.mid)}
        wanted |= {f"below_{value:g}": float(chance) for value, chance in below.items()}
    numbers = {"yi": _vector(rows["yi"]), "vi": _vector(rows["vi"])}
    options = {"tau_scale": TAU_PRIOR.sd, "mean_sd": MEAN_PRIOR.sd, "level": choices.level}
    yield Line(f"{name}, pain, {BAYES_RUNG}", "bayes", numbers, options, wanted)
    for prior in pain.published.values():
        rung = rungs[PUBLISHED_RUNG]
        wanted = _finite(median=rung["estimate"], lower=rung["lower"], upper=rung["upper"])
        published = (prior.location, prior.scale, prior.df, prior.sd)
        given: dict[str, Any] = {"published": published, "mean_sd": MEAN_PRIOR.sd, "level": choices.level}
        yield Line(f"{name}, pain, {PUBLISHED_RUNG}", "bayes", numbers, given, wanted)
    for what, refits in (("without", pain.without_each), ("up to", pain.cumulative)):
        if refits is None:
            continue
        for i, study in enumerate(refits.study):
            part = rows[np.asarray(refits.included[i])]
            wanted = _finite(estimate=refits.estimate[i], lower=refits.ci[i][0], upper=refits.ci[i][1])
            yield _rma(f"{name}, pain, {what} {rows['label'].iloc[int(study)]}", part, how, wanted)


def _counts(name: str, cells: Sequence[Any], measure: str, level: float, unit: float = 1.0) -> Iterator[Line]:
    """A Mantel-Haenszel or Peto pool, if the counts give one."""
    a, n1, c, n2 = cells
    fit = models.pool_counts(a, n1, c, n2, measure, level)
    expected = _finite(estimate=unit * fit.estimate, lower=unit * fit.ci[0], upper=unit * fit.ci[1])
    if "lower" in expected:
        kind = "peto" if measure == "PETO" else "mh"
        options = {"measure": measure, "level": level, "unit": unit}
        yield Line(name, kind, _counted(cells), options, expected)


def _compared(name: str, cells: Sequence[Any], level: float) -> Iterator[Line]:
    """All that is said of one comparison of counts: common and random effects, differences, Peto's odds."""
    a, n1, c, n2 = cells
    made = models.compare_counts(a, n1, c, n2, level)
    for line in _counts(f"{name}, risk ratio", cells, "RR", level):
        yield replace(line, expected={**line.expected, **_absolute(made.control, line.expected)},
                      options={**line.options, "control": made.control})  # fmt: skip
    yield from _counts(f"{name}, risk difference", cells, "RD", level, 100.0)
    yield from _counts(f"{name}, odds ratio", cells, "PETO", level)
    if math.isfinite(made.random):
        told = (cells[0] + cells[2]) > 0
        options = {
            "tau_scale": made.tau_scale, "mean_sd": math.inf, "level": level, "log": True,
            "control": made.control,
        }  # fmt: skip
        low, high = made.random_ci
        ratio = {"estimate": made.random, "lower": low, "upper": high}
        wanted = {"median": made.random, "lower": low, "upper": high, **_absolute(made.control, ratio)}
        numbers = _counted(one[told] for one in cells)
        yield Line(f"{name}, random effects", "bayes", numbers, options, wanted)
    if math.isfinite(made.counted.estimate):
        gap, low, high = made.counted
        wanted = _finite(estimate=100 * gap, lower=100 * low, upper=100 * high)
        yield Line(f"{name}, difference as counted", "newcombe", _counted(cells), {"level": level}, wanted)


def _absolute(control: float, ratio: Mapping[str, float]) -> dict[str, float]:
    """Differences per 100 that a ratio and its limits give at the risk under placebo that was counted."""
    return {f"abs_{key}": 100 * (min(control * r, 1.0) - control) for key, r in ratio.items()}


def _events(name: str, ev: Evidence, choices: Analysis) -> Iterator[Line]:
    """Every event that was counted in both groups, over all weeks and by week."""
    table = contrasts.event_table(ev, reading=choices.reading)
    table = table[table["included"] & ~table["paired"]]
    for by in (["event"], ["event", "week"]):
        for _, part in table.groupby(by, sort=False, dropna=False):
            week = f", week {part['week'].iloc[0]:g}" if len(by) > 1 else ""
            cells = [part[column].to_numpy(dtype=float) for column in ("a", "n1", "c", "n2")]
            yield from _compared(f"{name}, {part['event'].iloc[0]}{week}", cells, choices.level)


def _sides(name: str, ev: Evidence, reading: str) -> Iterator[Line]:
    """The average of both legs' pressure tolerance, in its unit and in SDs."""
    chosen: Any = parameters_class("03_thresholds")()
    tests = threshold_tests(ev, family=chosen.family, reading=reading, level=chosen.level)
    for standardised in (False, True):
        r = chosen.legs_correlation
        made = pressure_average(tests, r, standardised=standardised, level=chosen.level)
        if made is None:
            continue
        legs = tests[tests["instrument"].isin(made.parts) & tests["study_id"].isin(made.study_ids)]
        value, error = ("g", "g_se") if standardised else ("yi", "se")
        numbers = {"yi": _vector(legs[value]), "sei": _vector(legs[error]), "df": (made.df,)}
        expected = _finite(estimate=made.estimate, lower=made.ci[0], upper=made.ci[1], p=made.p_value)
        options = {"correlation": r, "level": chosen.level}
        yield Line(
            f"{name}, pressure tolerance of both legs, {made.unit}", "sides", numbers, options, expected
        )


def lines(ev: Evidence, scenarios: Mapping[str, Analysis]) -> list[Line]:
    """Every pooled number of the reports, under each scenario.

    Parameters
    ----------
    ev : the evidence, of all years.
    scenarios : the choices of each scenario, by name.
    """
    made: list[Line] = []
    for name, choices in scenarios.items():
        seen = ev.as_of(choices.as_of)
        made += _pain(name, analyse(ev, choices))
        if choices.measure == "MD":
            made += _pain(f"{name}, standardised", analyse(ev, replace(choices, measure="SMD")))
        if not seen.events.empty:
            made += _events(name, seen, choices)
        made += _sides(name, seen, choices.reading)
    first: dict[tuple[Any, ...], Line] = {}
    for one in made:
        scenario = one.name.partition(",")[0]
        first.setdefault((scenario, one.kind, *one.options.items(), *one.expected.items()), one)
    return list(first.values())


def pooled_results(reports: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each pooled result that a rendered report recorded, with the report's name."""
    for stem, made in rendered(reports).items():
        if "=" not in str(made.get("scenario", "")):
            for one in made["results"]:
                if POOLED.fullmatch(one["name"]) and isinstance(one.get("value"), float):
                    yield stem, one


def uncovered(
    results: Iterable[tuple[str, Mapping[str, Any]]], made: Sequence[Line], quoted: Iterable[float] = ()
) -> list[str]:
    """Pooled results of which a number (value or limit) is expected by no line and quoted from no review."""
    known = np.array([*(value for line in made for value in line.expected.values()), *quoted])
    missing = []
    for stem, one in results:
        for key in ("value", "lower", "upper"):
            value = one.get(key)
            if isinstance(value, float) and not _among(value, known):
                missing.append(f"{stem}, {one['name']}, {key}: {value:.6g}")
    return missing


def covering(result: Mapping[str, Any], made: Sequence[Line]) -> Line | None:
    """The line that expects a result's value, with its limits where it has some; the first of several."""
    numbers = [one for key in ("value", "lower", "upper") if isinstance(one := result.get(key), float)]
    for line in made if numbers else ():
        known = np.array(list(line.expected.values()))
        if all(_among(value, known) for value in numbers):
            return line
    return None


def _among(value: float, known: np.ndarray) -> bool:
    return bool(known.size) and bool(np.isclose(known, value, rtol=1e-7, atol=1e-10).any())
