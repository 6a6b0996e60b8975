"""Pooling, meta-regression and sensitivity analyses against metafor: every number in ``A_*.json``.

Each test walks one block of `expected`, compares what it finds and ticks it off. What is neither compared nor
listed in `NOT_COMPARED` fails. Run as a script, this file prints the table of agreement.
"""

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ldn_analysis import models
from ldn_analysis.models.pooling.linear import Linear

FOLDER = Path(__file__).parents[1] / "reference"
FILES = sorted(path.stem for path in FOLDER.glob("A_*.json"))
INFERENCE = {"z": "z", "t": "t", "knha": "hksj", "adhoc": "hksj_modified"}
PREDICTION = {"simple": "simple", "t_k_minus_2_riley": "k-2", "t_k_minus_p": "k-1"}

NOT_COMPARED = {
    r".*/fit/(deviance|AIC|BIC|AICc)$": "functions of the log-likelihood, which is compared; not offered",
    r".*/QP/tau\^2/estimate$|.*/QP/tau/.*|.*/QP/(I\^2\(%\)|H\^2)/estimate$": (
        "the estimate is compared where it is estimated; tau is the root of tau2"
    ),
    r".*/(lb\.sign|ub\.sign|ci\.null)$": "printing details",
    r"metareg/[^/]*/confint/[^/]*/QP/(I\^2\(%\)|H\^2)/.*": "follow from that of tau2, which is compared",
    r"uni/[^/]*/[^/]*/predict/[^/]*/(pi\.dist|pi\.ddf)$": "names of the distribution",
    r"k2/uni/[^/]*/[^/]*/predict/t_k_minus_2_riley/pi\.(lb|ub)$": (
        "two studies leave no degree of freedom: metafor takes one, we give no interval"
    ),
    r"k2/leave1out_FE/(Qp|tau2|I2|H2)$": "one study left: metafor writes tau2 = 0, we give nothing",
    r"cumul/[^/]*/(tau2|I2)/first$": "the first step holds one study: metafor writes 0, we give nothing",
}

# relative, of the larger of the reference and the unit given with the comparison
TOLERANCE = {
    "default": 1e-8,
    # estimate -+ z tau: where tau2 is 0, the reference takes the root of a rounding error of 1e-17
    "simple at the boundary": 1e-6,
}


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value in nested dicts with its path; lists of numbers are one leaf."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from leaves(value, f"{path}/{key}" if path else key)
    else:
        yield path, tree


def numbers(value: Any) -> np.ndarray:
    """As a flat array: null is not-a-number."""
    flat = np.array([value], dtype=object).ravel() if not isinstance(value, list) else _flat(value)
    return np.array([math.nan if v is None else float(v) for v in flat])


def _flat(value: list[Any]) -> list[Any]:
    return [v for item in value for v in (_flat(item) if isinstance(item, list) else [item])]


class Comparison:
    """Ticks leaves off and keeps the largest relative error a quantity."""

    def __init__(self, stem: str) -> None:
        read = json.loads((FOLDER / f"{stem}.json").read_text(encoding="utf-8"))
        self.stem = stem
        self.inputs: dict[str, Any] = read["inputs"]
        self.expected: dict[str, Any] = read["expected"]
        self.y, self.v = np.array(self.inputs["yi"]), np.array(self.inputs["vi"])
        self.left = dict(leaves(self.expected))
        self.worst: dict[str, float] = {}
        self.count = 0

    def same(
        self, path: str, ours: Any, quantity: str, unit: float = 0.0, limit: float | None = None
    ) -> None:
        """`ours` equals the leaf at `path`; errors are relative to it or to `unit` if that is larger."""
        if path not in self.left:
            return
        a, b = np.asarray(ours, dtype=float).ravel(), numbers(self.left.pop(path))
        self.count += b.size
        assert a.shape == b.shape, f"{self.stem} {path}: {a} against {b}"
        assert (np.isnan(a) == np.isnan(b)).all(), f"{self.stem} {path}: {a} against {b}"
        there = np.isfinite(b) & (a != b)
        if not there.any():
            assert ((a == b) | np.isnan(b)).all()
            self.worst.setdefault(quantity, 0.0)
            return
        error = float(np.max(np.abs(a - b)[there] / np.maximum(np.abs(b[there]), max(unit, 1e-300))))
        self.worst[quantity] = max(self.worst.get(quantity, 0.0), error)
        limit = TOLERANCE["default"] if limit is None else limit
        assert error <= limit, f"{self.stem} {path}: off by {error:.1e}: {a} against {b}"

    def drop(self, *paths: str) -> None:
        """Facts about the call, checked elsewhere."""
        for path in paths:
            self.left.pop(path, None)


def ours(method: str) -> str:
    """metafor's FE is the common-effect model."""
    return "CE" if method == "FE" else method


def check_uni(c: Comparison) -> None:
    unit = 1e-6 * float(np.median(c.v))  # tau2 on the boundary is a rounding error in the reference
    for method, block in c.expected["uni"].items():
        for test, inference in INFERENCE.items():
            if test not in block:
                continue
            at = f"uni/{method}/{test}"
            fit = models.pool(c.y, c.v, ours(method), inference)
            c.same(f"{at}/beta", fit.estimate, "estimate")
            c.same(f"{at}/se", fit.se, "standard error")
            c.same(f"{at}/stat", fit.statistic, "test statistic")
            c.same(f"{at}/pval", fit.p_value, "p value")
            c.same(f"{at}/ci.lb", fit.ci[0], "confidence limits", unit=fit.se)
            c.same(f"{at}/ci.ub", fit.ci[1], "confidence limits", unit=fit.se)
            c.same(f"{at}/ddf", math.nan if math.isinf(fit.df) else fit.df, "degrees of freedom")
            for kind, name in {**PREDICTION, "default": "z" if test == "z" else "k-1"}.items():
                p = models.pool(c.y, c.v, ours(method), inference, prediction=name)
                where = f"{at}/predict/{kind}"
                c.same(f"{where}/pred", p.estimate, "estimate")
                c.same(f"{where}/se", p.se, "standard error")
                c.same(f"{where}/ci.lb", p.ci[0], "confidence limits", unit=p.se)
                c.same(f"{where}/ci.ub", p.ci[1], "confidence limits", unit=p.se)
                if c.stem.endswith("k2") and name == "k-2":
                    assert np.isnan(p.prediction).all()
                    continue
                limit = TOLERANCE["simple at the boundary"] if kind == "simple" and p.tau2 <= unit else None
                c.same(f"{where}/pi.lb", p.prediction[0], "prediction limits", unit=p.se, limit=limit)
                c.same(f"{where}/pi.ub", p.prediction[1], "prediction limits", unit=p.se, limit=limit)
        fit = models.pool(c.y, c.v, ours(method), "z")
        c.same(f"uni/{method}/tau2", fit.tau2, "tau2", unit=unit)
        c.same(f"uni/{method}/se.tau2", fit.tau2_se, "standard error of tau2")
        c.same(f"uni/{method}/QE", fit.q, "Q")
        c.same(f"uni/{method}/QEp", fit.q_p, "p value of Q")
        c.same(f"uni/{method}/I2", fit.i2, "I2 (percent)", unit=1e-3)
        c.same(f"uni/{method}/H2", fit.h2, "H2")
        c.same(f"uni/{method}/weights_pct", fit.weights, "weights")
        c.same(f"uni/{method}/k", fit.k, "degrees of freedom")
        c.same(f"uni/{method}/p", 1, "degrees of freedom")
        if f"uni/{method}/fit/logLik" in c.left:
            x = np.ones((fit.k, 1))
            restricted = method == "REML"
            value = 0.5 * float(Linear(c.y, c.v, x, restricted).height(np.array(fit.tau2)))
            df = fit.k - restricted
            value += -0.5 * df * math.log(2 * math.pi) + (0.5 * math.log(fit.k) if restricted else 0.0)
            c.same(f"uni/{method}/fit/logLik", value, "log-likelihood")


def check_confint(c: Comparison) -> None:
    for method in c.expected.get("confint", {}):
        fit = models.pool(c.y, c.v, method, "z")
        for name, interval in {"tau^2": fit.tau2_ci, "I^2(%)": fit.i2_ci, "H^2": fit.h2_ci}.items():
            at = f"confint/{method}/QP/{name}"
            c.same(f"{at}/ci.lb", interval[0], f"Q-profile interval ({name})")
            c.same(f"{at}/ci.ub", interval[1], f"Q-profile interval ({name})")


def check_refits(c: Comparison) -> None:
    blocks = {f"leave1out/{name}": name for name in c.expected.get("leave1out", {})}
    blocks |= {name: f"{name.split('_')[1]}_z" for name in c.expected if name.startswith("leave1out_")}
    for at, name in blocks.items():
        method, test = name.split("_")
        fits = models.leave_one_out(c.y, c.v, ours(method), INFERENCE[test]).fits
        for key, values, unit in (
            ("estimate", fits.estimate, 0.0),
            ("se", fits.se, 0.0),
            ("ci.lb", fits.ci[:, 0], float(fits.se.min())),
            ("ci.ub", fits.ci[:, 1], float(fits.se.min())),
            ("pval", fits.p_value, 0.0),
            ("Q", fits.q, 1e-3),
            ("Qp", fits.q_p, 0.0),
            ("tau2", fits.tau2, 1e-3 * float(np.median(c.v))),
            ("I2", fits.i2, 1e-2),
            ("H2", fits.h2, 0.0),
        ):
            if len(c.y) > 2 or key not in ("Qp", "tau2", "I2", "H2"):
                c.same(f"{at}/{key}", values, "leave-one-out", unit=unit)
    for method, block in c.expected.get("cumul", {}).items():
        order = np.empty(len(c.y))
        order[np.array(block["order_1based"]) - 1] = np.arange(len(c.y))
        refits = models.cumulative(c.y, c.v, order, ours(method), "z")
        at = f"cumul/{method}"
        c.same(f"{at}/order_1based", refits.study + 1, "cumulative")
        c.same(f"{at}/estimate", refits.estimate, "cumulative")
        c.same(f"{at}/se", refits.se, "cumulative")
        c.same(f"{at}/ci.lb", refits.ci[:, 0], "cumulative", unit=float(refits.se.min()))
        c.same(f"{at}/ci.ub", refits.ci[:, 1], "cumulative", unit=float(refits.se.min()))
        for key, values, unit in (
            ("tau2", refits.tau2, 1e-3 * float(np.median(c.v))),
            ("I2", refits.fits.i2, 1e-2),
        ):
            c.left[f"{at}/{key}/first"] = c.left[f"{at}/{key}"][0]
            c.left[f"{at}/{key}"] = c.left[f"{at}/{key}"][1:]
            c.same(f"{at}/{key}", values[1:], "cumulative", unit=unit)


def check_regression(c: Comparison) -> None:
    for name, block in c.expected.get("metareg", {}).items():
        mods = c.inputs["mods"][name]
        x, columns = mods["X_without_intercept"], mods["columns"]
        for method, fits in block["fits"].items():
            at = f"metareg/{name}/fits/{method}"
            for test, inference in INFERENCE.items():
                if test not in fits:
                    continue
                r = models.meta_regression(c.y, c.v, x, columns, ours(method), inference)
                assert r.names == ("intercept", *columns)
                spread = float(r.se.min())
                for key, value, unit in (
                    ("beta", r.coefficients, 0.0),
                    ("se", r.se, 0.0),
                    ("stat", r.statistic, 0.0),
                    ("pval", r.p_value, 0.0),
                    ("ci.lb", r.ci[:, 0], spread),
                    ("ci.ub", r.ci[:, 1], spread),
                    ("vb", r.covariance, 0.0),
                ):
                    c.same(f"{at}/{test}/{key}", value, f"meta-regression: {key}", unit=unit)
                t_df = math.nan if math.isinf(r.df) else r.df
                c.same(f"{at}/{test}/ddf", t_df, "degrees of freedom")
            r = models.meta_regression(c.y, c.v, x, columns, ours(method), "z")
            unit = 1e-6 * float(np.median(c.v))
            c.same(f"{at}/tau2", r.tau2, "meta-regression: tau2", unit=unit)
            c.same(f"{at}/se.tau2", r.tau2_se, "meta-regression: standard error of tau2")
            c.same(f"{at}/QE", r.q, "meta-regression: Q")
            c.same(f"{at}/QEp", r.q_p, "meta-regression: Q")
            c.same(f"{at}/I2", r.i2, "meta-regression: I2, H2", unit=1e-3)
            c.same(f"{at}/H2", r.h2, "meta-regression: I2, H2")
            c.same(f"{at}/k", r.k, "degrees of freedom")
            c.same(f"{at}/p", len(r.names), "degrees of freedom")
            if f"{at}/fit/logLik" in c.left:
                restricted = method == "REML"
                df = r.k - (len(r.names) if restricted else 0)
                value = 0.5 * float(Linear(c.y, c.v, r.x, restricted).height(np.array(r.tau2)))
                value -= 0.5 * df * math.log(2 * math.pi)
                value += 0.5 * np.linalg.slogdet(r.x.T @ r.x)[1] if restricted else 0.0
                c.same(f"{at}/fit/logLik", value, "log-likelihood")
        for method in block.get("confint", {}):
            r = models.meta_regression(c.y, c.v, x, columns, method, "z")
            at = f"metareg/{name}/confint/{method}"
            c.same(f"{at}/QP/tau^2/ci.lb", r.tau2_ci[0], "meta-regression: Q-profile interval")
            c.same(f"{at}/QP/tau^2/ci.ub", r.tau2_ci[1], "meta-regression: Q-profile interval")


CHECKS = (
    check_uni,
    check_confint,
    check_refits,
    check_regression,
)


def compare(stem: str) -> Comparison:
    """Run every check on one file."""
    c = Comparison(stem)
    for check in CHECKS:
        check(c)
    return c


@pytest.mark.parametrize("stem", FILES)
def test_every_number_of_the_reference(stem: str) -> None:
    c = compare(stem)
    prefix = "k2/" if stem.endswith("k2") else ""
    unlisted = [
        path
        for path in c.left
        if not any(
            re.fullmatch(pattern, prefix + path) or re.fullmatch(pattern, path) for pattern in NOT_COMPARED
        )
    ]
    assert not unlisted, f"{stem}: {len(unlisted)} values neither compared nor listed: {unlisted[:12]}"
    assert c.count > 100


def test_there_is_something_to_compare() -> None:
    assert len(FILES) == 18


if __name__ == "__main__":
    table: dict[str, tuple[float, str]] = {}
    total = 0
    for file in FILES:
        done = compare(file)
        total += done.count
        for quantity, error in done.worst.items():
            if error >= table.get(quantity, (-1.0, ""))[0]:
                table[quantity] = (error, file)
    print(f"{total} numbers\n")
    for quantity, (error, file) in sorted(table.items()):
        print(f"| {quantity} | {error:.0e} | {file} |")
