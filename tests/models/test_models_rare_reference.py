"""Pooled counts against metafor: every value of the ``C_*.json`` is compared or listed with a reason.

Run as a script, this file prints the largest relative difference of each quantity.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ldn_analysis import models

FOLDER = Path(__file__).parents[1] / "reference"
STEMS = ("C_rare_bcg", "C_rare_edge", "C_rare_hahn2001")

NOT_COMPARED = {
    r"rma\.mh/OR/.*": "the odds ratio is Peto's here, the tests of association are not offered",
    r"rma\.mh/[^/]*/(correct|add_half|drop00|keep00)[^/]*/.*": "rules for empty cells that are not offered",
    r"rma\.(mh/[^/]*|peto)/[^/]*/(zval|pval|QE|QE_df|H2|k|k\.yi|k\.pos|MHp?|COp?|BDp?|TAp?)$": "not kept",
    r"rma\.peto/leave1out/Q$": "not kept; its p value and I2 are",
    r"rma\.(mh/[^/]*|peto)/[^/]*/tau2$": "a common-effect method: metafor writes 0",
    r".*/k\.eff$": "a copy of k",
    r".*/warnings$": "words",
}
Z = 1.959963984540054
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

    def fit(self, path: str, fit: models.CountPool) -> None:
        centre = (fit.estimate, *fit.ci)
        ratio = centre if fit.measure != "RD" else np.full(3, np.nan)
        scale = np.log(centre) if fit.measure != "RD" else np.array(centre)
        self.same(f"{path}/beta", scale[0], "estimate")
        self.same(f"{path}/se", _se(fit), "standard error")
        for end, log_limit, limit in zip(("lb", "ub"), scale[1:], ratio[1:], strict=True):
            self.same(f"{path}/ci.{end}", log_limit, "interval")
            self.same(f"{path}/exp_ci.{end}", limit, "ratio")
        self.same(f"{path}/exp_est", ratio[0], "ratio")
        self.same(f"{path}/QEp", fit.q_p, "p of Q")
        self.same(f"{path}/I2", fit.i2, "I2", unit=1.0)

    def finish(self) -> None:
        forgotten = [p for p in self.left if not any(re.fullmatch(rule, p) for rule in NOT_COMPARED)]
        assert not forgotten, f"{len(forgotten)} values neither compared nor listed: {forgotten[:8]}"


def _se(fit: models.CountPool) -> float:
    low, high = fit.ci if fit.measure == "RD" else np.log(fit.ci)
    return float(high - low) / 2 / Z


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
    k = len(table[0])
    treated, control = table[0] + table[1], table[2] + table[3]
    groups = (table[0], treated, table[2], control)
    for measure in ("OR", "RR", "RD"):
        if measure != "OR":
            c.fit(f"rma.mh/{measure}/default", models.pool_counts(*groups, measure))
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
    for option in ("default", "drop00_both"):  # a trial without events has no say in either
        c.fit(f"rma.peto/{option}", models.pool_counts(*groups, "PETO"))
    if "leave1out" in c.expected["rma.peto"]:
        without = [models.pool_counts(*(np.delete(of, i) for of in groups), "PETO") for i in range(k)]
        c.same("rma.peto/leave1out/estimate", [np.log(f.estimate) for f in without], "leave one out")
        c.same("rma.peto/leave1out/se", [_se(f) for f in without], "leave one out")
    return c


@pytest.mark.parametrize("stem", STEMS)
def test_counts_are_metafors(stem):
    compare(stem).finish()


if __name__ == "__main__":
    for one in map(compare, STEMS):
        print({name: f"{error:.0e}" for name, error in one.worst.items()}, "left:", len(one.left))
        one.finish()
