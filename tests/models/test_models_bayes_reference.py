"""Posteriors against bayesmeta and a 6000-node quadrature: each value of ``G_*.json`` compared or listed.

Run as a script, this file prints the largest difference of each quantity.
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
STEMS = ("G_bayes_crins2014", "G_bayes_tiny_k2")

NOT_COMPARED = {
    r"halfcauchy_0\.5__uniform/bayesmeta/.*/(mu|theta)/sd": "does not exist: a truncated grid's value",
    r".*/shrinkage/\d+/(y|sigma)": "inputs",
}
TAU = {
    "halfnormal_0.5": models.HalfNormal(0.5),
    "halfnormal_1": models.HalfNormal(1),
    "halfcauchy_0.5": models.HalfCauchy(0.5),
}
# in posterior SDs (the sharp reference), and of the package's own grid: "accurate to about 3 digits"
# (its truncated grid takes up to 0.04 off the SD under heavy tails)
SHARP, PACKAGE = 1e-10, 0.05


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from leaves(value, f"{path}/{key}" if path else key)
    elif isinstance(tree, list) and tree and isinstance(tree[0], dict):
        for i, value in enumerate(tree):
            yield from leaves(value, f"{path}/{i}")
    else:
        yield path, tree


def compare(stem: str) -> dict[str, float]:
    read = json.loads((FOLDER / f"{stem}.json").read_text(encoding="utf-8"))
    y, v = read["inputs"]["y"], np.square(read["inputs"]["sigma"])
    left, worst = dict(leaves(read["expected"])), {}

    def same(path: str, ours: Any, quantity: str, tolerance: float, unit: float = 1.0) -> None:
        if path not in left:
            return
        theirs = left.pop(path)
        if theirs is None:  # does not exist
            assert not np.isfinite(ours), f"{path}: {ours} where there is none"
            return
        error = float(np.max(np.abs(np.asarray(ours) - np.asarray(theirs, dtype=float)))) / unit
        assert error <= tolerance, f"{path}: {ours} instead of {theirs}"
        worst[quantity] = max(worst.get(quantity, 0.0), error)

    for name in read["expected"]:
        tau_name, mu_name = name.split("__")
        fit = models.posterior(y, v, TAU[tau_name], None if mu_name == "uniform" else models.Normal(0, 4))
        parts = [("tau", "tau", fit.tau), ("mu", "mu", fit.mu), ("theta_new", "theta", fit.new_study)]
        parts += [(f"shrinkage/{i}", f"shrinkage/{i}", part) for i, part in enumerate(fit.shrinkage)]
        for sharp, rough, part in parts:
            unit = part.sd if np.isfinite(part.sd) else part.quantile(0.84) - part.quantile(0.16)
            at, kind = f"{name}/quadrature/{sharp}", sharp.split("/")[0]
            same(f"{at}/mean", part.mean, f"{kind} mean", SHARP, unit)
            same(f"{at}/sd", part.sd, f"{kind} sd", SHARP, unit)
            same(f"{at}/median", part.median, f"{kind} quantiles", SHARP, unit)
            same(f"{at}/ci_central", part.interval(), f"{kind} central interval", SHARP, unit)
            same(f"{at}/P_gt_0", part.probability_above(0), f"{kind} probability", SHARP)
            where = rough if rough.startswith("shrinkage") else f"summary/{rough}"
            at = f"{name}/bayesmeta/default_central/{where}"
            low, high = part.interval()
            for key, ours in (
                ("mean", part.mean),
                ("sd", part.sd),
                ("median", part.median),
                ("95% lower", low),
                ("95% upper", high),
            ):
                if not any(re.fullmatch(rule, f"{at}/{key}") for rule in NOT_COMPARED):
                    same(f"{at}/{key}", ours, "bayesmeta's own summaries", PACKAGE, unit)
    forgotten = [p for p in left if not any(re.fullmatch(rule, p) for rule in NOT_COMPARED)]
    assert not forgotten, f"{len(forgotten)} values neither compared nor listed: {forgotten[:8]}"
    return worst


@pytest.mark.parametrize("stem", STEMS)
def test_posteriors_are_the_reference(stem):
    compare(stem)


if __name__ == "__main__":
    for one in STEMS:
        print(one, {name: f"{error:.0e}" for name, error in compare(one).items()})
