"""Coverage of the intervals of an up-and-down study of 25, for known response curves.

Run as ``python benchmarks/up_and_down_coverage.py`` (about 5 minutes on one core; ``--studies 100`` for a
quick look). Writes ``benchmarks/up_and_down_coverage.md``. Beside the intervals that the package gives, it
measures Fieller's, from the curvature of the penalised likelihood at its highest point, which it does not.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from scipy import special

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from ldn_analysis.models.updown.coverage import (  # noqa: E402
    IntervalCoverage,
    interval_coverage,
    simulate_sequences,
    summarise_intervals,
)
from ldn_analysis.models.updown.profile import penalised_curve  # noqa: E402

LEVELS = np.arange(0.75, 6.01, 0.75)
SLOPE = float(special.logit(0.95)) / (5.40 - 3.88)  # the published ED50 and ED95
CURVES = {  # midpoint (mg), slope (logits per mg), response rate without drug
    "steep (ED50 3.88, ED95 5.40 as published)": (3.88, SLOPE, 0.0),
    "shallow (slope 0.6 per mg)": (3.88, 0.6, 0.0),
    "30% respond to placebo": (3.88, SLOPE, 0.3),
    "ED50 near the lowest dose (1.0)": (1.0, 1.5, 0.0),
    "ED50 near the highest dose (5.8)": (5.8, 1.5, 0.0),
}
Array = np.ndarray


def rate(dose: Array, midpoint: float, slope: float, floor: float) -> Array:
    """Response rate at a dose."""
    return floor + (1 - floor) * special.expit(slope * (dose - midpoint))


def dose_at(target: float, midpoint: float, slope: float, floor: float) -> float:
    """Dose with a response rate."""
    return midpoint + float(special.logit((target - floor) / (1 - floor))) / slope


def fieller(target: float, truth: float, r: Array, n: Array, level: float = 0.95) -> IntervalCoverage:
    """Fieller's sets, unbounded on both sides where the slope could be zero."""
    a, b = penalised_curve(LEVELS, r, n)
    total = n.sum(1, keepdims=True)
    centre = (n * LEVELS).sum(1, keepdims=True) / total
    spread = 2 * np.sqrt((n * (LEVELS - centre) ** 2).sum(1, keepdims=True) / total)
    u = (LEVELS - centre) / spread
    bu, au = b * spread[:, 0], a + b * centre[:, 0]
    p = special.expit(au[:, None] + bu[:, None] * u)
    w = n * p * (1 - p)
    h00, h01, h11 = w.sum(1) + 5.0**-2, (w * u).sum(1), (w * u * u).sum(1) + 2.5**-2
    det = h00 * h11 - h01**2
    z2 = float(special.ndtri((1 + level) / 2)) ** 2
    # (goal - a - b t)^2 <= z^2 (v_aa + 2 t v_ab + t^2 v_bb), a quadratic in t
    v00, v01, v11 = h11 / det, -h01 / det, h00 / det
    gap = special.logit(target) - au
    square, half, rest = bu**2 - z2 * v11, -(bu * gap + z2 * v01), gap**2 - z2 * v00
    with np.errstate(invalid="ignore", divide="ignore"):
        root = np.sqrt(half**2 - square * rest)
        ends = [centre[:, 0] + spread[:, 0] * (-half + sign * root) / square for sign in (-1, 1)]
    inside = (square > 0) & (bu > 0)
    low, high = np.where(inside, ends[0], -np.inf), np.where(inside, ends[1], np.inf)
    return summarise_intervals("logistic, Fieller (not offered)", target, truth, level, low, high)


def rows(studies: int, report: Callable[[str], None]) -> Iterator[tuple[str, IntervalCoverage]]:
    """All methods, all curves, the median and the 95th percentile."""
    for name, curve in CURVES.items():
        for target in (0.5, 0.95):
            truth = dose_at(target, *curve)
            report(f"{name}, {target:g}: {truth:.2f} mg")
            for row in interval_coverage(LEVELS, rate(LEVELS, *curve), truth, target=target,
                                         studies=studies, bootstraps=studies):  # fmt: skip
                yield name, row
            at, y = simulate_sequences(rate(LEVELS, *curve), studies=studies)
            seen = at[..., None] == np.arange(LEVELS.size)
            n, r = seen.sum(1), (seen & y[..., None]).sum(1)
            yield name, fieller(target, truth, r, n)


def line(cells: list[str]) -> str:
    """A row of a markdown table."""
    return "| " + " | ".join(cells) + " |"


def percent(share: float, error: float, level: float) -> str:
    """A share with its error, bold where it is below the level by more than two errors."""
    if np.isnan(share):
        return "none"
    text = f"{100 * share:.1f} ± {100 * error:.1f}"
    return f"**{text}**" if share + 2 * error < level else text


def table(found: list[tuple[str, IntervalCoverage]], target: float) -> list[str]:
    """Markdown, one row a curve and method."""
    head = ["method", "coverage", "coverage given an interval", "no interval", "one side open", "mean width",
            "median width"]  # fmt: skip
    out: list[str] = []
    title = ""
    for name, r in found:
        if r.target != target:
            continue
        if name != title:
            title = name
            out += ["", f"### {name}: truth {r.truth:.2f} mg", "", line(head), line(["---"] * len(head))]
        cells = [
            r.method.replace("_", " "),
            percent(r.coverage, r.standard_error, r.level),
            percent(r.coverage_given, r.standard_error_given, r.level),
            *(f"{100 * v:.1f}" for v in (r.without, r.open_sided)),
            *("" if np.isnan(v) else f"{v:.3g}" for v in (r.mean_width, r.median_width)),
        ]
        out.append(line(cells))
    return out


def main() -> None:
    """Simulate and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=2000)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    options = parser.parse_args()
    found = list(rows(options.studies, lambda text: print(text, flush=True)))
    text = [
        "# Do the intervals of an up-and-down study of 25 hold the truth?",
        "",
        f"Made by `python benchmarks/up_and_down_coverage.py --studies {options.studies}`.",
        "Design: 0.75 to 6 mg in steps of 0.75, 25 participants, first dose 3 mg, one step down after a",
        "response, one up after none. All intervals claim 95%.",
        "",
        "Percent, ± one Monte-Carlo standard error. *Coverage* counts all studies: a side without a limit",
        "(none can be given, or the data set none) refuses nothing there, and no interval at all holds",
        "everything. *Given an interval* counts the studies with at least one limit. **Bold**: below 95% by",
        "more than two standard errors. Widths in mg, of the intervals with two limits.",
        "",
        "## Dose with 50% response",
        *table(found, 0.5),
        "",
        "## Dose with 95% response: extrapolation",
        *table(found, 0.95),
        "",
    ]
    options.out.write_text("\n".join(text), encoding="utf-8")


if __name__ == "__main__":
    main()
