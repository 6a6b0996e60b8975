"""Correlated outcomes of one study: against metafor, by hand, and what no data can have.

Every number of ``D_*.json`` is compared. Run as a script, this file prints the table of agreement.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ldn_analysis import models
from ldn_analysis.errors import InputError

FOLDER = Path(__file__).parents[1] / "reference"


class Comparison:
    """Ticks leaves off and keeps the largest relative error a quantity."""

    def __init__(self, stem: str) -> None:
        read = json.loads((FOLDER / f"{stem}.json").read_text(encoding="utf-8"))
        self.stem = stem
        self.inputs: dict[str, Any] = read["inputs"]
        self.left = {f"{at}/{key}": v for at, block in read["expected"].items() for key, v in _leaves(block)}
        self.blocks = list(read["expected"].get("aggregate", {}))
        self.worst: dict[str, float] = {}
        self.count = 0

    def same(self, path: str, ours: Any, quantity: str) -> None:
        if path not in self.left:
            return
        a, b = np.asarray(ours, dtype=float).ravel(), np.array(self.left.pop(path), dtype=float).ravel()
        self.count += b.size
        assert a.shape == b.shape, f"{self.stem} {path}: {a} against {b}"
        there = a != b
        error = float(np.max(np.abs(a - b)[there] / np.abs(b[there]), initial=0.0))
        self.worst[quantity] = max(self.worst.get(quantity, 0.0), error)
        assert error <= 1e-8, f"{self.stem} {path}: off by {error:.1e}: {a} against {b}"


def _leaves(tree: Any, path: str = "") -> list[tuple[str, Any]]:
    if not isinstance(tree, dict):
        return [(path, tree)]
    return [leaf for key, value in tree.items() for leaf in _leaves(value, f"{path}/{key}" if path else key)]


def check_aggregate(c: Comparison) -> None:
    i = c.inputs
    for name in c.blocks:
        found = re.match(r"(?:CS_rho([\d.]+)|ID)(_unweighted)?$", name)
        assert found
        v = i["vi"]
        if found[1]:
            v = models.covariance_of_outcomes(v, i["outer"], float(found[1]))
        one = models.combine_outcomes(i["yi"], v, i["outer"], weighted=not found[2])
        c.same(f"aggregate/{name}/cluster", [float(str(label)) for label in one.cluster], "clusters")
        c.same(f"aggregate/{name}/yi", one.yi, "one estimate a cluster")
        c.same(f"aggregate/{name}/vi", one.vi, "variance of one estimate a cluster")
        if name == "CS_rho0.5":
            fit = models.pool(one.yi, one.vi, "REML", "z")
            for key, value in {"beta": fit.estimate, "se": fit.se, "tau2": fit.tau2, "QE": fit.q}.items():
                c.same(f"aggregate_then_REML/{key}", value, "pooled, one estimate a cluster")


def check_covariances(c: Comparison) -> None:
    i = c.inputs
    kind, obs = {"type": i["type"]}, {"obs": i["obs"]}
    calls: dict[str, tuple[Any, dict[str, Any]]] = {
        "obs_rho0.5": (0.5, obs),
        "type_rho0.5": (0.5, kind),
        "type_rho0.5_matrix_for_two_types": ({("pain", "sleep"): 0.3}, kind),
        "type_and_obs": ((0.6, 0.4), kind | obs),
    }
    for name, (rho, given) in calls.items():
        ours = models.covariance_of_outcomes(i["vi"], i["study"], rho, **given)
        c.same(f"{name}/V", ours, "covariances of outcomes")


CHECKS: dict[str, Callable[[Comparison], None]] = {
    "D_vcalc": check_covariances,
    "D_mv_konstantopoulos2011": check_aggregate,
}


def compare(stem: str) -> Comparison:
    c = Comparison(stem)
    CHECKS[stem](c)
    return c


@pytest.mark.parametrize("stem", CHECKS)
def test_every_number_of_the_reference(stem: str) -> None:
    c = compare(stem)
    assert not c.left, f"{stem}: {len(c.left)} values are not compared: {list(c.left)[:12]}"
    assert c.count > 30


def test_there_is_something_to_compare() -> None:
    assert {path.stem for path in FOLDER.glob("D_*.json")} == set(CHECKS)


def test_plain_mean_of_two_outcomes_is_the_textbook_formula() -> None:
    v = models.covariance_of_outcomes([0.04, 0.09], ["a", "a"], 0.5)
    one = models.combine_outcomes([0.1, 0.3], v, ["a", "a"], weighted=False)
    assert one.yi[0] == pytest.approx(0.2)
    assert one.vi[0] == pytest.approx((0.04 + 0.09 + 2 * 0.5 * 0.2 * 0.3) / 4)


Y, V, G = [0.1, 0.2, 0.4, 0.1], [0.1, 0.1, 0.2, 0.1], ["a", "a", "b", "b"]
# three outcomes that are all correlated -0.9 with each other: their mean would have a negative variance
APART = 0.1 * (1.9 * np.eye(3) - 0.9)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: models.covariance_of_outcomes([0.1, -1], ["a", "a"], 0.5), r"vi\[1\] is -1"),
        (lambda: models.covariance_of_outcomes(V, G, 1.5), "rho is 1.5"),
        (lambda: models.covariance_of_outcomes(V, G[:3], 0.5), "cluster has 3 labels"),
        (lambda: models.covariance_of_outcomes(V, [*G[:3], None], 0.5), r"cluster\[3\] is None"),
        (lambda: models.covariance_of_outcomes(V, G, 0.5, type=G, obs=[1, 2, 1, 2]), "rho must be a pair"),
        (lambda: models.covariance_of_outcomes(V, G, {}, obs=[1, 2, 1, 2]), "rho lacks the pair 1, 2"),
        (lambda: models.covariance_of_outcomes([0.1] * 3, "aaa", -0.9), "rho: .* no data can have"),
        (lambda: models.combine_outcomes(Y[:2], np.ones((2, 2)), G[:2]), "singular"),
        (lambda: models.combine_outcomes(Y[:2], [[0.1, 0.3], [0.3, 0.1]], G[:2]), "no data can have"),
        (lambda: models.combine_outcomes(Y[:3], APART, "aaa", weighted=False), "no data can have"),
    ],
)
def test_bad_arguments_are_named(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()


if __name__ == "__main__":
    table: dict[str, tuple[float, str]] = {}
    total = 0
    for file in CHECKS:
        done = compare(file)
        total += done.count
        for quantity, error in done.worst.items():
            if error >= table.get(quantity, (-1.0, ""))[0]:
                table[quantity] = (error, file)
    print(f"{total} numbers\n")
    for quantity, (error, file) in sorted(table.items()):
        print(f"| {quantity} | {error:.0e} | {file} |")
