"""Made-up data: valid folders of trials that nobody did, for the tests of what is said about any data.

`write(folder, "three, medians")` writes a data folder of one of `SHAPES`; `trial(...)` gives the rows of
one trial with the truth behind them. People are drawn one by one; the rows print what a paper would print of
them, rounded, so that a form of reporting must give back the estimate and the variance of the people.
"""

from __future__ import annotations

import csv
import json
import math
import shutil
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

DATA = Path(__file__).resolve().parents[1] / "data"
KEPT = ("measures", "event_types", "quantities", "pharmacology", "published_syntheses", "clinical_thresholds",
        "claims", "judgements", "multiverse_choices", "responder_benchmarks")  # fmt: skip
"""Tables that are no study of the drug in people with pain: they stay as they are."""

Row = dict[str, str]
DOMAINS = {"D1": "randomisation", "DS": "period and carryover",
           "D2": "deviations from the intended interventions", "D3": "missing outcome data",
           "D4": "measurement of the outcome", "D5": "selection of the reported result",
           "overall": "overall"}  # fmt: skip
NAMES = ("Adler", "Brandt", "Costa", "Dvorak", "Eriksen", "Fontaine", "Greco", "Horvat", "Ivanova", "Jansen",
         "Kowalski", "Lindqvist", "Moreau", "Novak", "Okafor")  # fmt: skip


@dataclass(frozen=True)
class Made:
    """Rows of one study by table, and what is true of the people behind them.

    `yi` and `vi` are the mean difference (points of 0 to 10, LDN minus placebo) and its variance as the form
    can give it back; not-a-number where the study is outside the primary pool, or reports no difference.
    """

    rows: Mapping[str, list[Row]]
    yi: float = math.nan
    vi: float = math.nan
    choices: Mapping[str, Any] = field(default_factory=dict)

    @property
    def study_id(self) -> str:
        return self.rows["studies"][0]["study_id"]


@dataclass(frozen=True)
class People:
    """Values of pain at the start and the end on 0 to 10, by arm; `end` has an entry a dose, control last."""

    start: list[np.ndarray]
    end: list[np.ndarray]


@dataclass(frozen=True)
class Paper:
    """What a paper is and how it prints: the place of a row, and the digits after the point."""

    study_id: str
    week: float
    source: str
    digits: int = 2
    measure: str = "pain NRS"
    unit: str = "points"
    low: float = 0.0
    high: float = 10.0
    better: str = "lower"

    def printed(self, value: float) -> str:
        return f"{value:.{self.digits}f}"

    def own(self, value: float, *, spread: bool = False, level: bool = False) -> float:
        """A value of 0 to 10 on the paper's own scale; a level is turned, a spread is not."""
        factor = (self.high - self.low) / 10
        if spread or self.better == "lower":
            return value * factor
        return (10 - value) * factor if level else -value * factor

    def row(self, group: str, statistic: str, week: float | None = None, **cells: object) -> Row:
        week = self.week if week is None else week
        tail = f"-d{cells['dose_mg_per_day']}" if "dose_mg_per_day" in cells else ""
        tail += f"-p{cells['period']}" if "period" in cells else ""
        value = float(str(cells.get("value") or 0))
        if group == "ldn-placebo" and value:
            cells |= {"favours": "ldn" if (value < 0) == (self.better == "lower") else "placebo"}
        name = statistic.replace(" (ANCOVA)", "").replace(" ", "-")
        measure = "" if self.measure == "pain NRS" else "-" + self.measure.replace(" ", "-").lower()
        return {
            "outcome_id": f"{self.study_id}-pain{measure}-w{week:g}-{group}-{name}{tail}",
            "study_id": self.study_id, "domain": "pain", "measure": self.measure,
            "scale_min": f"{self.low:g}", "scale_max": f"{self.high:g}", "unit": self.unit,
            "better": self.better, "week": f"{week:g}", "group": group, "statistic": statistic,
            "source": self.source, "location": "Results", "how_read": "full text",
        } | {name: str(value) for name, value in cells.items()}  # fmt: skip


def _moments(x: np.ndarray) -> tuple[float, float, int]:
    return float(x.mean()), float(x.std(ddof=1)), len(x)


def _welch(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    return float(x.mean() - y.mean()), float(x.var(ddof=1) / len(x) + y.var(ddof=1) / len(y))


def _student(x: np.ndarray, y: np.ndarray) -> tuple[float, float, int]:
    df = len(x) + len(y) - 2
    s2 = ((len(x) - 1) * x.var(ddof=1) + (len(y) - 1) * y.var(ddof=1)) / df
    return float(x.mean() - y.mean()), float(s2 * (1 / len(x) + 1 / len(y))), df


def _precision(paper: Paper, how: str, yi: float, vi: float, df: float) -> dict[str, str]:
    """Cells that give the precision of a difference (of 0 to 10) in one form."""
    se, value = math.sqrt(vi), paper.own(yi)
    t = yi / se * math.copysign(1, paper.own(1.0))
    p = 2 * float(stats.t.sf(abs(t), df))
    half = float(stats.t.ppf(0.975, df)) * paper.own(se, spread=True)
    cells = {
        "interval": {"lower95": paper.printed(value - half), "upper95": paper.printed(value + half)},
        "se": {"se": paper.printed(paper.own(se, spread=True))},
        "t": {"t_value": f"{t:.{paper.digits + 1}g}"},
        "f": {"f_value": f"{t * t:.{paper.digits + 1}g}"},
        "p": {"p_value": f"{p:.{paper.digits + 1}g}"},
        "p below": {"p_value": _bound(p), "p_bound": "below"},
    }[how]
    return {"value": paper.printed(value)} | cells


def _bound(p: float) -> str:
    return next((text for text in ("0.001", "0.01", "0.05", "0.1", "0.5") if p < float(text)), "0.9999")


def _spread(paper: Paper, how: str, x: np.ndarray, *, level: bool) -> dict[str, str]:
    """Cells of an arm's mean and its spread in one form."""
    mean, sd, n = _moments(x)
    mean_own = paper.own(mean, level=level)
    own = paper.own(sd, spread=True)
    half = float(stats.t.ppf(0.975, n - 1)) * own / math.sqrt(n)
    cells = {
        "sd": {"sd": paper.printed(own)},
        "se": {"se": paper.printed(own / math.sqrt(n))},
        "interval": {"lower95": paper.printed(mean_own - half), "upper95": paper.printed(mean_own + half)},
    }[how]
    return {"value": paper.printed(mean_own), "n": str(n)} | cells


def _quartiles(paper: Paper, how: str, x: np.ndarray) -> dict[str, str]:
    cut = np.quantile(x, [0, 0.25, 0.5, 0.75, 1])
    low, q1, median, q3, high = sorted(paper.own(float(v), level=True) for v in cut)
    cells = {"value": paper.printed(median), "n": str(len(x))}
    if how in ("quartiles", "both"):
        cells |= {"q1": paper.printed(q1), "q3": paper.printed(q3)}
    if how in ("range", "both"):
        cells |= {"minimum": paper.printed(low), "maximum": paper.printed(high)}
    return cells


# Forms of a trial of two groups ----------------------------------------------------------------------------


def _reported(statistic: str, how: str) -> Callable[[Paper, People], tuple[list[Row], float, float]]:
    def form(paper: Paper, people: People) -> tuple[list[Row], float, float]:
        x, y = people.end if "change" not in statistic else _changes(people)
        yi, vi, df = _student(x, y)
        sizes = {"n": len(x) + len(y), "n_ldn": len(x), "n_placebo": len(y)}
        cells = sizes | _precision(paper, how, yi, vi, df)
        if how == "p below":
            t = float(stats.t.isf(float(cells["p_value"]) / 2, df))
            vi = (yi / t) ** 2
        return [paper.row("ldn-placebo", statistic, **cells)], yi, vi

    return form


def _changes(people: People) -> tuple[np.ndarray, ...]:
    return tuple(e - s for e, s in zip(people.end, people.start, strict=True))


def _arms(statistic: str, how: str) -> Callable[[Paper, People], tuple[list[Row], float, float]]:
    def form(paper: Paper, people: People) -> tuple[list[Row], float, float]:
        x, y = people.end if statistic == "mean" else _changes(people)
        level = statistic == "mean"
        rows = [
            paper.row(group, statistic, **_spread(paper, how, v, level=level))
            for group, v in (("ldn", x), ("placebo", y))
        ]
        return rows, *_welch(x, y)

    return form


def _medians(how: str) -> Callable[[Paper, People], tuple[list[Row], float, float]]:
    def form(paper: Paper, people: People) -> tuple[list[Row], float, float]:
        pairs = zip(("ldn", "placebo"), people.end, strict=True)
        rows = [paper.row(group, "median", **_quartiles(paper, how, v)) for group, v in pairs]
        return rows, *_welch(*people.end)

    return form


def _start_and_end(paper: Paper, people: People) -> tuple[list[Row], float, float]:
    rows, parts = [], []
    for group, start, end in zip(("ldn", "placebo"), people.start, people.end, strict=True):
        rows.append(paper.row(group, "mean", 0, **_spread(paper, "sd", start, level=True)))
        rows.append(paper.row(group, "mean", **_spread(paper, "sd", end, level=True)))
        s0, s1 = start.std(ddof=1), end.std(ddof=1)
        parts.append((end.mean() - start.mean(), (s0**2 + s1**2 - s0 * s1) / len(end)))  # r = 0.5, assumed
    (m1, v1), (m2, v2) = parts
    return rows, float(m1 - m2), float(v1 + v2)


def _percent(paper: Paper, people: People) -> tuple[list[Row], float, float]:
    start = np.concatenate(people.start)
    base = float(start.mean())
    rows = [paper.row("all", "mean", 0, **_spread(paper, "sd", start, level=True))]
    falls = [100 * (s - e) / base for s, e in zip(people.start, people.end, strict=True)]
    for group, x in zip(("ldn", "placebo"), falls, strict=True):
        mean, sd, n = _moments(x)
        cells = {"unit": "percent reduction from baseline", "better": "higher", "n": n}
        cells |= {"value": paper.printed(mean), "sd": paper.printed(sd)}
        rows.append(paper.row(group, "mean change", **cells))
    gap, variance = _welch(*falls)
    return rows, -gap * base / 100, variance * (base / 100) ** 2


PARALLEL: dict[str, Callable[[Paper, People], tuple[list[Row], float, float]]] = {
    **{f"difference, {how}": _reported("difference in means", how)
       for how in ("interval", "se", "t", "f", "p", "p below")},
    **{f"difference of changes, {how}": _reported("difference in mean change", how)
       for how in ("interval", "se", "p")},
    "adjusted, interval": _reported("adjusted difference (ANCOVA)", "interval"),
    "adjusted, se": _reported("adjusted difference (ANCOVA)", "se"),
    **{f"means, {how}": _arms("mean", how) for how in ("sd", "se", "interval")},
    **{f"changes, {how}": _arms("mean change", how) for how in ("sd", "se", "interval")},
    **{f"medians, {how}": _medians(how) for how in ("quartiles", "range", "both")},
    "start and end": _start_and_end,
    "percent": _percent,
}  # fmt: skip
APPROXIMATE = ("medians, quartiles", "medians, range", "medians, both")


# Forms of several doses and of crossovers ------------------------------------------------------------------


def _doses_means(paper: Paper, people: People, doses: tuple[float, ...]) -> tuple[list[Row], float, float]:
    rows = [
        paper.row("ldn", "mean", dose_mg_per_day=f"{dose:g}", **_spread(paper, "sd", x, level=True))
        for dose, x in zip(doses, people.end, strict=False)
    ]
    rows.append(paper.row("placebo", "mean", **_spread(paper, "sd", people.end[-1], level=True)))
    return rows, *_welch(np.concatenate(people.end[:-1]), people.end[-1])


def _doses_differences(
    paper: Paper, people: People, doses: tuple[float, ...]
) -> tuple[list[Row], float, float]:
    *arms, control = people.end
    rows, own = [], []
    for dose, x in zip(doses, arms, strict=True):
        yi, vi, df = _student(x, control)
        sizes = {"n": len(x) + len(control), "n_ldn": len(x), "n_placebo": len(control)}
        cells = sizes | _precision(paper, "interval", yi, vi, df)
        rows.append(paper.row("ldn-placebo", "difference in means", dose_mg_per_day=f"{dose:g}", **cells))
        own.append((len(x), yi, vi, vi / (1 / len(x) + 1 / len(control)) / len(control)))
    n = sum(size for size, *_ in own)
    yi = sum(size * y for size, y, *_ in own) / n
    vi = sum(a[0] * b[0] / n**2 * (a[2] if a is b else math.sqrt(a[3] * b[3])) for a in own for b in own)
    return rows, yi, vi


DOSES = {"doses, means": _doses_means, "doses, differences": _doses_differences}


def _paired(how: str) -> Callable[[Paper, People], tuple[list[Row], float, float]]:
    def form(paper: Paper, people: People) -> tuple[list[Row], float, float]:
        d = people.end[0] - people.end[1]
        yi, vi, df = float(d.mean()), float(d.var(ddof=1) / len(d)), len(d) - 1
        cells = {"n": str(len(d))} | _precision(paper, how, yi, vi, df)
        return [paper.row("ldn-placebo", "paired difference", **cells)], yi, vi

    return form


def _conditions(paper: Paper, people: People) -> tuple[list[Row], float, float]:
    rows = [
        paper.row(group, "mean", **_spread(paper, "sd", x, level=True))
        for group, x in zip(("ldn", "placebo"), people.end, strict=True)
    ]
    return rows, math.nan, math.nan  # without a correlation they are not pooled


def _first_period(paper: Paper, people: People) -> tuple[list[Row], float, float]:
    half = len(people.end[0]) // 2
    x, y = people.end[0][:half], people.end[1][half:]
    rows = [
        paper.row(group, "mean", period=1, **_spread(paper, "sd", v, level=True))
        for group, v in (("ldn", x), ("placebo", y))
    ]
    return rows, *_welch(x, y)


CROSSOVER: dict[str, Callable[[Paper, People], tuple[list[Row], float, float]]] = {
    **{f"paired, {how}": _paired(how) for how in ("interval", "se", "t", "f", "p")},
    "conditions": _conditions,
    "first period": _first_period,
}
FORMS = (*PARALLEL, *DOSES, *CROSSOVER)

SCALES: dict[str, dict[str, Any]] = {
    "nrs": {},
    "mm": {"measure": "pain VAS", "unit": "mm", "high": 100.0},
    "cm": {"measure": "pain VAS", "unit": "cm"},
    "relief": {"measure": "pain relief NRS", "better": "higher"},
    "relief mm": {"measure": "pain relief VAS", "unit": "mm", "high": 100.0, "better": "higher"},
}


def _people(rng: np.random.Generator, n: list[int], effects: list[float], paired: bool) -> People:
    """Values well within 0 to 10, so that no cut at the ends moves a mean."""
    if paired:
        start = np.clip(rng.normal(6, 1, n[0]), 3, 9)
        own = 0.7 * start + rng.normal(0, 0.8, n[0])
        end = [np.clip(own + e + rng.normal(0.9, 0.7, n[0]), 0.3, 9.7) for e in effects]
        return People([start, start], end)
    starts = [np.clip(rng.normal(6, 1.2, k), 2.5, 9.5) for k in n]
    ends = [
        np.clip(0.6 * s + 1.3 + e + rng.normal(0, 1.2, len(s)), 0.2, 9.8)
        for s, e in zip(starts, effects, strict=True)
    ]
    return People(starts, ends)


@dataclass(frozen=True)
class Plan:
    """What a made-up study is."""

    study_id: str
    label: str
    year: int
    form: str = "difference, interval"
    scale: str = "nrs"
    doses: tuple[float, ...] = (4.5,)
    week: float = 12.0
    n: int = 40
    effect: float = -0.5
    digits: int = 2
    events: str = "some"  # "none": counted, nobody had any; "": not reported
    thresholds: bool = False
    judged: str = "some concerns"
    trial_id: str = ""
    kind: str = "trial"  # or "open", "case": outside the pool

    @property
    def crossover(self) -> bool:
        return self.form in CROSSOVER


def trial(plan: Plan, rng: np.random.Generator) -> Made:
    """The rows of a study, and what is true of the people in it."""
    paper = Paper(
        plan.study_id, plan.week, f"10.{5000 + rng.integers(4000)}/{plan.study_id}", plan.digits,
        **SCALES[plan.scale],
    )  # fmt: skip
    arms = 2 if plan.form not in DOSES else len(plan.doses) + 1
    sizes = [int(k) for k in rng.integers(max(8, plan.n - 10), plan.n + 10, arms)]
    effects = [plan.effect] * (arms - 1) + [0.0]
    if plan.crossover:
        sizes = [2 * (sizes[0] // 2)] * 2
    people = _people(rng, sizes, effects, plan.crossover)
    if plan.kind != "trial":
        return _uncontrolled(plan, paper, people)
    if plan.form in DOSES:
        rows, yi, vi = DOSES[plan.form](paper, people, plan.doses)
    else:
        rows, yi, vi = (CROSSOVER if plan.crossover else PARALLEL)[plan.form](paper, people)
    total = sizes[0] if plan.crossover else sum(sizes)
    tables = {
        "studies": [_study(plan, paper, total)], "outcomes": rows, "events": _events(plan, paper, sizes, rng),
        "risk_of_bias": _risk_of_bias(plan),
    }  # fmt: skip
    if plan.thresholds:
        tables["outcomes"] = [*rows, *_threshold_rows(plan, paper, sizes, rng)]
    return Made(tables, yi, vi)


def _study(plan: Plan, paper: Paper, total: int, **cells: str) -> Row:
    low, high = f"{min(plan.doses):g}", f"{max(plan.doses):g}"
    several = len(plan.doses) > 1
    schedule = " or ".join(f"{dose:g} mg" for dose in plan.doses) + " once daily"
    registry = f"NCT9{zlib.crc32((plan.trial_id or plan.study_id).encode()) % 10**7:07d}"
    return {
        "study_id": plan.study_id, "trial_id": plan.trial_id or plan.study_id, "label": plan.label,
        "year": str(plan.year), "doi": paper.source, "registry": registry,
        "design": "crossover" if plan.crossover else "parallel",
        "design_type": "crossover" if plan.crossover else "parallel", "randomised": "yes",
        "blinding": "double-blind", "condition": "fibromyalgia", "sex": "both",
        "n_randomised": str(total + 3), "n_analysed": str(total),
        "dose_mg_per_day": f"{low} to {high}" if several else high, "dose_min_mg": low, "dose_max_mg": high,
        "dose_schedule": schedule, "control": "placebo", "treatment_weeks": f"{plan.week:g}",
        "control_weeks": f"{plan.week:g}", "how_read": "full text",
    } | cells  # fmt: skip


def _uncontrolled(plan: Plan, paper: Paper, people: People) -> Made:
    x = people.start[0] - people.end[0]
    mean, sd, n = _moments(-x)
    row = paper.row("ldn", "mean change", n=n, value=paper.printed(mean), sd=paper.printed(sd))
    cells = {
        "design": "open, one arm", "design_type": "single-arm", "randomised": "no", "blinding": "open",
        "control": "none", "control_weeks": "", "n_randomised": "", "n_analysed": str(n),
    }  # fmt: skip
    if plan.kind == "case":
        cells |= {"design": "case report", "design_type": "case report", "n_analysed": "1"}
        return Made({"studies": [_study(plan, paper, n, **cells)], "outcomes": []})
    return Made({"studies": [_study(plan, paper, n, **cells)], "outcomes": [row]})


def _events(plan: Plan, paper: Paper, sizes: list[int], rng: np.random.Generator) -> list[Row]:
    if not plan.events:
        return []
    rates = {"pain response 30%": 0.4, "pain response 50%": 0.2, "any adverse event": 0.6, "nausea": 0.2,
             "vivid dreams": 0.15, "serious adverse event": 0.02, "stopped for any reason": 0.12}  # fmt: skip
    rows: list[Row] = []
    groups = [("ldn", f"{dose:g}") for dose in plan.doses] if plan.form in DOSES else [("ldn", "")]
    before: dict[tuple[str, str], int] = {}
    for event, rate in rates.items():
        for (group, dose), size in zip([*groups, ("placebo", "")], sizes, strict=True):
            size = sizes[0] if plan.crossover else size
            count = 0 if plan.events == "none" else int(rng.binomial(size, rate))
            if event.startswith("pain response"):
                lower = before.get((group, dose), size)
                count = before[group, dose] = min(count, lower - (lower > 7))  # of many not all go so far
            name = event.replace("%", "").replace(" ", "-")
            row = {
                "event_id": f"{plan.study_id}-{name}-w{plan.week:g}-{group}" + (f"-d{dose}" if dose else ""),
                "study_id": plan.study_id, "event": event, "week": f"{plan.week:g}", "group": group,
                "analysis": "intention to treat", "events": str(count), "n": str(size),
                "paired": "yes" if plan.crossover else "no", "source": paper.source, "location": "Results",
                "how_read": "full text", "dose_mg_per_day": dose,
            }  # fmt: skip
            rows.append(row)
    return rows


def _risk_of_bias(plan: Plan) -> list[Row]:
    if not plan.judged:
        return []
    domains = [d for d in DOMAINS if plan.crossover or d != "DS"]
    return [
        {
            "risk_of_bias_id": f"pain-{plan.study_id}-{domain}", "study_id": plan.study_id, "outcome": "pain",
            "variant": "RoB 2 crossover" if plan.crossover else "RoB 2 parallel", "domain": domain,
            "domain_name": DOMAINS[domain], "judgement": plan.judged, "basis": "Made up.",
            "judged_by": "nobody", "how_read": "full text",
        }
        for domain in domains
    ]  # fmt: skip


def _threshold_rows(plan: Plan, paper: Paper, sizes: list[int], rng: np.random.Generator) -> list[Row]:
    if plan.crossover or plan.form in DOSES:
        return []
    rows = []
    for group, size in zip(("ldn", "placebo"), sizes, strict=True):
        x = rng.normal(180, 50, size)
        cells = {"domain": "pain threshold", "measure": "mechanical pain threshold", "unit": "kPa",
                 "better": "higher", "scale_min": "", "scale_max": ""}  # fmt: skip
        row = paper.row(group, "mean", value=f"{x.mean():.1f}", sd=f"{x.std(ddof=1):.1f}", n=size, **cells)
        row["outcome_id"] = f"{plan.study_id}-mechanical-w{plan.week:g}-{group}-mean"
        rows.append(row)
    return rows


# Shapes ----------------------------------------------------------------------------------------------------


def _plans(k: int, **cells: Any) -> list[Plan]:
    """`k` plain trials of different names and years; a value that is a list is dealt out in turn."""
    return [
        Plan(
            f"{NAMES[i].lower()}{2012 + i}", f"{NAMES[i]} {2012 + i}", 2012 + i,
            **{name: v[i % len(v)] if isinstance(v, list) else v for name, v in cells.items()},
        )
        for i in range(k)
    ]  # fmt: skip


LONG = "Wissenschaftlichemultizentrischestudiengruppe"
SCRIPTS = (
    "محمد وآخرون",
    "山田太郎ほか",
    "Ωμέγα κ.ά.",
    "Иванова и др.",
    "ศรีสุข",
    "כהן ואח׳",
    "김철수",
    "श्रीवास्तव",
)


def _named(plans: list[Plan], labels: tuple[str, ...]) -> list[Plan]:
    return [replace(plan, label=f"{labels[i % len(labels)]} {plan.year}") for i, plan in enumerate(plans)]


def _shapes() -> dict[str, list[Plan]]:
    parallel, crossover = list(PARALLEL), [form for form in CROSSOVER if form != "conditions"]
    mixed = [*parallel, *crossover]
    shapes = {
        "one": _plans(1), "one, means": _plans(1, form="means, sd"),
        "one, percent": _plans(1, form="percent"),
        "one, crossover": _plans(1, form="paired, interval"),
        "one, doses": _plans(1, form="doses, means", doses=(1.5, 3.0, 4.5)),
        "one, medians": _plans(1, form="medians, quartiles", thresholds=True),
        "one, small": _plans(1, n=10, form="means, sd"),
        "two": _plans(2, thresholds=True), "two, crossovers": _plans(2, form="paired, p"),
        "two, mixed": _plans(2, form=["changes, se", "paired, t"]),
        "two, opposite": _plans(2, effect=[-1.5, 1.2]),
        "two, conditions": _plans(2, form=["conditions", "difference, interval"]),
        "three, changes": _plans(3, form=["changes, sd", "changes, se", "changes, interval"]),
        "three, means": _plans(3, form=["means, sd", "means, se", "means, interval"], thresholds=True),
        "three, medians": _plans(3, form=[f"medians, {how}" for how in ("quartiles", "range", "both")]),
        "three, tests": _plans(3, form=["difference, t", "difference, f", "difference, p"], effect=-1.0),
        "three, bounded p": _plans(3, form="difference, p below", effect=-1.0),
        "three, adjusted": _plans(3, form="adjusted, interval"),
        "three, first period": _plans(3, form=["first period", "paired, se", "difference, interval"]),
        "three, no events": _plans(3, events="none"), "three, not counted": _plans(3, events=""),
        "three, not judged": _plans(3, judged=""),
        "three, high risk": _plans(3, judged="high"), "three, low risk": _plans(3, judged="low"),
        "three, alike": _plans(3, n=60, effect=0.0), "three, apart": _plans(3, effect=[-1.0, 0.0, 0.9]),
        "three, scales": _plans(
            3, scale=["mm", "relief", "cm"], form=["means, sd", "changes, sd", "means, se"]
        ),
        "three, doses": _plans(3, form="doses, differences", doses=[(3.0, 4.5), (1.5, 4.5), (4.5, 6.0)]),
        "three, long labels": _named(_plans(3), (LONG,)), "three, scripts": _named(_plans(3), SCRIPTS[:3]),
        "eight": _plans(8, form=mixed[::3], thresholds=True), "eight, scripts": _named(_plans(8), SCRIPTS),
        "eight, every dose": _plans(8, doses=[(x,) for x in (1.0, 1.5, 2.0, 3.0, 4.5, 5.0, 6.0, 4.0)]),
        "eight, crossovers": _plans(8, form=crossover), "eight, strong": _plans(8, effect=-1.2, n=80),
        "twelve, one dose": _plans(12, n=60), "fifteen": _plans(15, form=mixed),
        "fifteen, long labels": _named(_plans(15, effect=[-0.6, 0.4]), (LONG, "Kim")),
        "none, open": _plans(2, kind="open"), "none, a case": _plans(1, kind="case"),
        "none, conditions": _plans(1, form="conditions"), "a trial and an open study": [],
    }  # fmt: skip
    shapes["a trial and an open study"] = [*_plans(1), replace(_plans(2)[1], kind="open")]
    return shapes


SHAPES: dict[str, list[Plan]] = _shapes()
"""Studies of each made-up data set, by name; two more are given by their rows (`GIVEN`)."""

EQUAL = {"value": "-0.5", "lower95": "-1.1", "upper95": "0.1"}
GIVEN: dict[str, list[dict[str, str]]] = {
    "three, equal": [EQUAL] * 3,
    "three, one very wide": [EQUAL, EQUAL | {"value": "-0.2", "lower95": "-0.9", "upper95": "0.5"},
                             {"value": "-0.5", "lower95": "-9.4", "upper95": "8.4", "n": "6", "n_ldn": "3",
                              "n_placebo": "3"}],  # so wide on a scale of 10 only with few people
    "twelve, equal": [EQUAL] * 12,
}  # fmt: skip
"""Data sets whose differences are as these cells say, LDN minus placebo."""


def names() -> list[str]:
    """Names of all data sets."""
    return [*SHAPES, *GIVEN]


def made(name: str, seed: int = 0) -> list[Made]:
    """The studies of a data set."""
    rng = np.random.default_rng([seed, *name.encode()])
    if name in SHAPES:
        return [trial(plan, rng) for plan in SHAPES[name]]
    out = []
    for plan, cells in zip(_plans(len(GIVEN[name])), GIVEN[name], strict=True):
        one = trial(plan, rng)
        row = one.rows["outcomes"][0] | cells
        df = int(row["n"]) - 2
        half = (float(cells["upper95"]) - float(cells["lower95"])) / 2
        vi = (half / float(stats.t.ppf(0.975, df))) ** 2
        out.append(Made({**one.rows, "outcomes": [row]}, float(cells["value"]), vi))
    return out


def _columns() -> dict[str, tuple[str, list[str], str]]:
    package = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
    return {
        r["name"]: (r["path"], [f["name"] for f in r["schema"]["fields"]], r["schema"]["primaryKey"][0])
        for r in package["resources"]
    }


def written(folder: Path, studies: list[Made]) -> Path:
    """Write studies as a whole data folder, beside the tables that are no studies."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(DATA / "datapackage.json", folder / "datapackage.json")
    for name, (path, columns, _) in _columns().items():
        if name in KEPT:
            shutil.copyfile(DATA / path, folder / path)
            continue
        rows: list[Row] = [row for one in studies for row in one.rows.get(name, [])]
        if name == "integrity_reasons":
            with (DATA / path).open(encoding="utf-8", newline="") as handle:
                rows = [row for row in csv.DictReader(handle) if row["table"] in KEPT]
        with (folder / path).open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def write(folder: Path, name: str, seed: int = 0) -> Path:
    """Write a valid data folder of a shape (see `names`); the folder comes back.

    The claims, syntheses, pharmacology and thresholds are those of the project; every study is made up.
    """
    return written(folder, made(name, seed))


def all_forms(rng: np.random.Generator, digits: int = 6) -> Iterator[tuple[str, str, Made]]:
    """A random trial in every form and on every scale that the form can have, with its truth."""
    for i, form in enumerate(FORMS):
        for scale in SCALES:
            if form == "percent" and scale not in ("nrs", "mm"):
                continue
            doses = (1.5, 3.0, 4.5) if form in DOSES else (4.5,)
            year = 2012 + i % 10
            name = f"adler{i}{scale.replace(' ', '')}"
            plan = Plan(
                name, f"Adler {year}", year, form, scale, doses, n=int(rng.integers(20, 60)),
                effect=float(rng.normal(-0.4, 0.6)), digits=digits,
            )  # fmt: skip
            yield form, scale, trial(plan, rng)
