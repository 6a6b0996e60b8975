"""Pooled counts against metafor: every value of the ``C_*.json`` is compared.

Run as a script, this file prints the largest relative difference of each quantity.
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ldn_analysis import models

FOLDER = Path(__file__).parents[1] / "reference"
STEMS = ("C_rare_bcg", "C_rare_edge", "C_rare_hahn2001")

POOLED = {"FE": "CE", "DL": "DL", "PM": "PM", "REML": "REML"}


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from leaves(value, f"{path}/{key}" if path else key)
    else:
        yield path, tree


class Comparison:
    """Ticks values off; keeps the largest relative error of each quantity."""

    def __init__(self, stem: str) -> None:
        read = json.loads((FOLDER / f"{stem}.json").read_text(encoding="utf-8"))
        self.inputs, self.expected = read["inputs"], read["expected"]
        self.left = dict(leaves(self.expected))
        self.worst: dict[str, float] = {}

    def same(self, path: str, ours: Any, quantity: str, tolerance: float = 1e-9, unit: float = 0.0) -> None:
        if path not in self.left:
            return
        theirs = self.left.pop(path)
        a = np.asarray(ours, dtype=float).ravel()
        b = np.array([theirs] if not isinstance(theirs, list) else theirs, dtype=float)
        both = np.isnan(a) & np.isnan(b)
        assert a.shape == b.shape, path
        with np.errstate(invalid="ignore"):
            scale = np.maximum(np.maximum(np.abs(b), unit), 1e-300)
            error = float(np.where(both | (a == b), 0.0, np.abs(a - b) / scale).max())
        assert error <= tolerance, f"{path}: {a} instead of {b}"
        self.worst[quantity] = max(self.worst.get(quantity, 0.0), error)

    def pool(self, path: str, table: list[np.ndarray], measure: str) -> None:
        """A pool with all trials, with each left out, and trial by trial."""
        a, b, c, d = table

        def pooled(keep: Any) -> models.CountPool:
            return models.pool_counts(a[keep], (a + b)[keep], c[keep], (c + d)[keep], measure)

        def log(x: float) -> float:
            return x if measure == "RD" else math.log(x)

        fit = pooled(slice(None))
        for name, value in (("beta", fit.estimate), ("ci.lb", fit.ci[0]), ("ci.ub", fit.ci[1])):
            self.same(f"{path}/default/{name}", log(value), "estimate, interval")
        for name, value in (("exp_est", fit.estimate), ("exp_ci.lb", fit.ci[0]), ("exp_ci.ub", fit.ci[1])):
            self.same(f"{path}/default/{name}", value if measure != "RD" else np.nan, "ratio")
        self.same(f"{path}/default/QEp", fit.q_p, "p of Q")
        self.same(f"{path}/default/I2", fit.i2, "I2", unit=1.0)
        k = range(len(a))
        without = [log(pooled(np.arange(len(a)) != i).estimate) for i in k]
        self.same(f"{path}/leave1out/estimate", without, "leave one out")
        upto = [log(pooled(slice(i + 1)).estimate) for i in k]
        self.same(f"{path}/cumul/estimate", upto, "cumulative")

    def finish(self) -> None:
        assert not self.left, f"{len(self.left)} values are not compared: {list(self.left)[:8]}"


def _own(table: list[np.ndarray], measure: str) -> tuple[np.ndarray, np.ndarray]:
    """Single estimates with 1/2 added where a cell is empty, double-zero studies left out."""
    says = (table[0] + table[2] > 0) & (table[1] + table[3] > 0)
    empty = np.any([cell == 0 for cell in table], axis=0)
    a, b, c, d = ((cell + 0.5 * empty)[says] for cell in table)
    n1, n2 = a + b, c + d
    if measure == "OR":
        return np.log(a * d / b / c), 1 / a + 1 / b + 1 / c + 1 / d
    if measure == "RR":
        return np.log(a * n2 / c / n1), 1 / a - 1 / n1 + 1 / c - 1 / n2
    return a / n1 - c / n2, a * b / n1**3 + c * d / n2**3


def compare(stem: str) -> Comparison:
    c = Comparison(stem)
    table = [np.array(c.inputs[x], dtype=float) for x in ("ai", "bi", "ci", "di")]
    for measure in ("OR", "RR", "RD"):
        if measure != "OR":
            c.pool(f"rma.mh/{measure}", table, measure)
        yi, vi = _own(table, measure)
        for theirs, ours in POOLED.items():
            path = f"inverse_variance/{measure}/{theirs}"
            fit = models.pool(yi, vi, ours, "z")
            c.same(f"{path}/beta", fit.estimate, "inverse variance", 1e-8)
            c.same(f"{path}/se", fit.se, "inverse variance", 1e-8)
            c.same(f"{path}/ci.lb", fit.ci[0], "inverse variance", 1e-8)
            c.same(f"{path}/ci.ub", fit.ci[1], "inverse variance", 1e-8)
            c.same(f"{path}/tau2", fit.tau2, "inverse variance", 1e-8, unit=float(vi.min()))
            c.same(f"{path}/QE", fit.q, "inverse variance", 1e-8)
            i2 = max(0.0, 100 * (fit.q - fit.q_df) / fit.q) if theirs == "FE" else fit.i2
            c.same(f"{path}/I2", i2, "inverse variance", 1e-8, unit=1.0)
        c.same(f"inverse_variance/{measure}/k", len(yi), "counts")
    c.pool("rma.peto", table, "PETO")
    return c


@pytest.mark.parametrize("stem", STEMS)
def test_counts_are_metafors(stem):
    compare(stem).finish()


if __name__ == "__main__":
    for one in map(compare, STEMS):
        print({name: f"{error:.0e}" for name, error in one.worst.items()}, "left:", len(one.left))
        one.finish()
