"""Every pooled number of the reports as a line that others can check, and the lines as scripts: in R with
metafor, those of pain also in Python without this package.

A line holds plain numbers alone. What the scripts say stands in the folder ``scripts``, in their languages.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from jinja2 import Environment

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
        of_trial = {key: value for key, value in expected.items() if key in ("estimate", "lower", "upper")}
        return Line(name, "own", numbers, {"level": level}, of_trial)
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
    yield from _beliefs(name, pain, rungs[PUBLISHED_RUNG] if pain.published else {})
    for relation, refits in (("without", pain.without_each), ("up to", pain.cumulative)):
        if refits is None:
            continue
        for i, study in enumerate(refits.study):
            part = rows[np.asarray(refits.included[i])]
            wanted = _finite(estimate=refits.estimate[i], lower=refits.ci[i][0], upper=refits.ci[i][1])
            # where trials do not differ, the wider of both kinds is the modified one, or equal to it
            inference = "hksj_modified" if refits.has_companion[i] else choices.inference
            of_part = (choices.tau2_method, inference, choices.level)
            yield _rma(f"{name}, pain, {relation} {rows['label'].iloc[int(study)]}", part, of_part, wanted)


def _beliefs(name: str, pain: PainAnalysis, rung: Mapping[Any, Any]) -> Iterator[Line]:
    """What is believed of the mean of pain under this package's prior and under a published one (`rung`)."""
    mean, level = pain.posterior.mu, pain.choices.level
    low, high = mean.interval(level)
    wanted = _finite(mean=mean.mean, median=mean.median, lower=low, upper=high)
    if pain.choices.measure == "MD":
        wanted |= {f"below_{at:g}": float(mean.probability_below(at)) for at in (0.0, -pain.choices.mid)}
    numbers = {"yi": _vector(pain.used["yi"]), "vi": _vector(pain.used["vi"])}
    options: dict[str, Any] = {"tau_scale": TAU_PRIOR.sd, "mean_sd": MEAN_PRIOR.sd, "level": level}
    yield Line(f"{name}, pain, {BAYES_RUNG}", "bayes", numbers, options, wanted)
    for prior in pain.published.values():
        wanted = _finite(median=rung["estimate"], lower=rung["lower"], upper=rung["upper"])
        published = (prior.location, prior.scale, prior.df, prior.sd)
        options = {"published": published, "mean_sd": MEAN_PRIOR.sd, "level": level}
        yield Line(f"{name}, pain, {PUBLISHED_RUNG}", "bayes", numbers, options, wanted)


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
    compared = models.compare_counts(a, n1, c, n2, level)
    for line in _counts(f"{name}, risk ratio", cells, "RR", level):
        yield replace(
            line,
            expected={**line.expected, **_absolute(compared.control, line.expected)},
            options={**line.options, "control": compared.control},
        )
    yield from _counts(f"{name}, risk difference", cells, "RD", level, 100.0)
    yield from _counts(f"{name}, odds ratio", cells, "PETO", level)
    if math.isfinite(compared.random):
        informative = (cells[0] + cells[2]) > 0
        options = {
            "tau_scale": compared.tau_scale,
            "mean_sd": math.inf,
            "level": level,
            "log": True,
            "control": compared.control,
        }
        low, high = compared.random_ci
        ratio = {"estimate": compared.random, "lower": low, "upper": high}
        wanted = {
            "median": compared.random,
            "lower": low,
            "upper": high,
            **_absolute(compared.control, ratio),
        }
        numbers = _counted(column[informative] for column in cells)
        yield Line(f"{name}, random effects", "bayes", numbers, options, wanted)
    if math.isfinite(compared.counted.estimate):
        gap, low, high = compared.counted
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
        average = pressure_average(tests, r, standardised=standardised, level=chosen.level)
        if average is None:
            continue
        legs = tests[tests["instrument"].isin(average.parts) & tests["study_id"].isin(average.study_ids)]
        value, error = ("g", "g_se") if standardised else ("yi", "se")
        numbers = {"yi": _vector(legs[value]), "sei": _vector(legs[error]), "df": (average.df,)}
        low, high = average.ci
        expected = _finite(estimate=average.estimate, lower=low, upper=high, p=average.p_value)
        options = {"correlation": r, "level": chosen.level}
        yield Line(
            f"{name}, pressure tolerance of both legs, {average.unit}", "sides", numbers, options, expected
        )


def lines(ev: Evidence, scenarios: Mapping[str, Analysis]) -> list[Line]:
    """Every pooled number of the reports, under each scenario.

    Parameters
    ----------
    ev : the evidence, of all years.
    scenarios : the choices of each scenario, by name.
    """
    computed: list[Line] = []
    for name, choices in scenarios.items():
        of_year = ev.as_of(choices.as_of)
        computed += _pain(name, analyse(ev, choices))
        if choices.measure == "MD":
            computed += _pain(f"{name}, standardised", analyse(ev, replace(choices, measure="SMD")))
        if not of_year.events.empty:
            computed += _events(name, of_year, choices)
        computed += _sides(name, of_year, choices.reading)
    first: dict[tuple[Any, ...], Line] = {}
    for line in computed:
        scenario = line.name.partition(",")[0]
        first.setdefault((scenario, line.kind, *line.options.items(), *line.expected.items()), line)
    return list(first.values())


def pooled_results(reports: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each pooled result that a rendered report recorded, with the report's name."""
    for stem, report in rendered(reports).items():
        if "=" not in str(report.get("scenario", "")):
            for result in report["results"]:
                if POOLED.fullmatch(result["name"]) and isinstance(result.get("value"), float):
                    yield stem, result


def uncovered(
    results: Iterable[tuple[str, Mapping[str, Any]]], computed: Sequence[Line], quoted: Iterable[float] = ()
) -> list[str]:
    """Pooled results of which a number (value or limit) is expected by no line and quoted from no review."""
    expected = np.array([*(value for line in computed for value in line.expected.values()), *quoted])
    missing = []
    for stem, result in results:
        for key in ("value", "lower", "upper"):
            value = result.get(key)
            if isinstance(value, float) and not _among(value, expected):
                missing.append(f"{stem}, {result['name']}, {key}: {value:.6g}")
    return missing


def covering(result: Mapping[str, Any], computed: Sequence[Line]) -> Line | None:
    """The line that expects a result's value, with its limits where it has some; the first of several."""
    numbers = [number for key in ("value", "lower", "upper") if isinstance(number := result.get(key), float)]
    for line in computed if numbers else ():
        expected = np.array(list(line.expected.values()))
        if all(_among(value, expected) for value in numbers):
            return line
    return None


def _among(value: float, expected: np.ndarray) -> bool:
    return bool(expected.size) and bool(np.isclose(expected, value, rtol=1e-7, atol=1e-10).any())


@functools.cache
def _scripts() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(  # no autoescape: nothing of it is HTML
        loader=FileSystemLoader(Path(__file__).parent / "scripts"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )

    def number(value: float) -> str:
        return "Inf" if value == math.inf else repr(float(value))  # in R, in full

    environment.filters |= {
        "r": number,
        "vector": lambda values: f"c({', '.join(map(number, values))})",
        "percent": lambda share: f"{100 * share:g}",
    }
    return environment


def r_script(lines: Sequence[Line]) -> str:
    """An R script that computes each line with metafor and stops where a number differs."""
    return _scripts().get_template("reproduce.R.j2").render(lines=lines)


def python_script(lines: Sequence[Line]) -> str:
    """A script in numpy and scipy that computes the pools of pain, and stops where a number differs."""
    computations = []
    for line in lines:
        if line.kind not in ("rma", "own") or line.options.get("method", "REML") not in ("FE", "DL", "REML"):
            continue
        numbers = {
            name: [None if value == math.inf else value for value in values]
            for name, values in line.numbers.items()
        }
        computation = [line.name, numbers, dict(line.options), dict(line.expected)]
        computations.append(json.dumps(computation, ensure_ascii=False).replace("null", "None"))
    return _scripts().get_template("reproduce.py.j2").render(lines=computations)
