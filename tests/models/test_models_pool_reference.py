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
PREDICTOR = {
    "sei": "se",
    "vi": "variance",
    "ni": "n",
    "ninv": "inverse_n",
    "sqrtni": "root_n",
    "sqrtninv": "inverse_root_n",
}

NOT_COMPARED = {
    r".*/fit/(deviance|AIC|BIC|AICc)$": "functions of the log-likelihood, which is compared; not offered",
    r".*/(QP|PL)/tau\^2/estimate$|.*/(QP|PL)/tau/.*|.*/(QP|PL)/(I\^2\(%\)|H\^2)/estimate$": (
        "the estimate is compared where it is estimated; tau is the root of tau2"
    ),
    r".*/PL/(I\^2\(%\)|H\^2)/.*": "follow from the interval of tau2, which is compared",
    r".*/(lb\.sign|ub\.sign|ci\.null)$": "printing details",
    r"metareg/[^/]*/confint/[^/]*/QP/(I\^2\(%\)|H\^2)/.*": "follow from that of tau2, which is compared",
    r"uni/[^/]*/[^/]*/predict/[^/]*/(pi\.dist|pi\.ddf)$": "names of the distribution",
    r"k2/uni/[^/]*/[^/]*/predict/t_k_minus_2_riley/pi\.(lb|ub)$": (
        "two studies leave no degree of freedom: metafor takes one, we give no interval"
    ),
    r"k2/leave1out_FE/(Qp|tau2|I2|H2)$": "one study left: metafor writes tau2 = 0, we give nothing",
    r"cumul/[^/]*/(tau2|I2)/first$": "the first step holds one study: metafor writes 0, we give nothing",
    r"fsn/General_.*": "the general fail-safe N is not offered (metafor's own is good to 5 digits)",
    r"fsn/[^/]*/(type|meanes|tau2|est\.fsn|tau2\.fsn|pval\.fsn|method)$": "labels, copies and empty",
    r"fsn/Rosenthal_fisher_pool/fsnum$": (
        "metafor counts the null studies' p values in whole studies and their degrees of freedom in parts of "
        "one, and is up to two too low; ours is the smallest whole number that reaches alpha (tested below)"
    ),
}

# relative, of the larger of the reference and the unit given with the comparison
TOLERANCE = {
    "default": 1e-8,
    # trimfill() refits with metafor's default tolerance: four digits of tau2
    "trimfill REML": 1e-3,
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
    for method, kinds in c.expected.get("confint", {}).items():
        fit = models.pool(c.y, c.v, method, "z")
        for name, interval in {"tau^2": fit.tau2_ci, "I^2(%)": fit.i2_ci, "H^2": fit.h2_ci}.items():
            at = f"confint/{method}/QP/{name}"
            c.same(f"{at}/ci.lb", interval[0], f"Q-profile interval ({name})")
            c.same(f"{at}/ci.ub", interval[1], f"Q-profile interval ({name})")
        if "PL" in kinds:
            low, high = models.likelihood_interval(c.y, c.v, tau2_method=method)
            c.same(f"confint/{method}/PL/tau^2/ci.lb", low, "likelihood interval", unit=1e-6 * high)
            c.same(f"confint/{method}/PL/tau^2/ci.ub", high, "likelihood interval")


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


def check_diagnostics(c: Comparison, at: str, result: Any, design_columns: list[str]) -> None:
    unit = 1e-3 * float(np.median(c.v))
    for key, values, scale in (
        ("rstudent", result.rstudent, 1e-3),
        ("dffits", result.dffits, 1e-2),
        ("cook.d", result.cook_distance, 1e-2),
        ("cov.r", result.covariance_ratio, 0.0),
        ("tau2.del", result.tau2_deleted, unit),
        ("QE.del", result.q_deleted, 1e-3),
        ("hat", result.hat, 0.0),
        ("weight", result.weight, 0.0),
        ("is.infl", result.influential, 0.0),
    ):
        c.same(f"{at}/{key}", values, f"influence: {key}", unit=scale)
    for i, column in enumerate(design_columns):
        c.same(f"{at}/dfbs/{column}", result.dfbetas[:, i], "influence: dfbs", unit=1e-2)


def check_influence(c: Comparison) -> None:
    blocks = {f"influence/{name}": name for name in c.expected.get("influence", {})}
    blocks |= {name: name.split("_")[1] for name in c.expected if name.startswith("influence_")}
    for at, method in blocks.items():
        check_diagnostics(c, at, models.influence(c.y, c.v, None, ours(method), "z"), ["intrcpt"])


def check_small_study(c: Comparison) -> None:
    ni = c.inputs.get("ni")
    for name in c.expected.get("regtest", {}):
        part = name.split("_")
        if part[0] == "lm":
            r = models.egger_test(c.y, c.v, ni, PREDICTOR[part[1]], allow_small=True)
        else:
            r = models.egger_test(
                c.y, c.v, ni, PREDICTOR[part[3]], part[1], INFERENCE[part[2]], allow_small=True
            )
        for key, value in {
            "stat": r.statistic,
            "dfs": math.nan if math.isinf(r.df) else r.df,
            "pval": r.p_value,
            "limit_est": r.limit,
            "limit_ci.lb": r.limit_ci[0],
            "limit_ci.ub": r.limit_ci[1],
            "intercept": r.intercept,
            "intercept_se": r.intercept_se,
            "slope": r.slope,
            "slope_se": r.slope_se,
            "tau2": r.tau2,
        }.items():
            c.same(f"regtest/{name}/{key}", value, "regression test", unit=1e-6 if key == "tau2" else 0.0)
    if "ranktest" in c.expected:
        rank = models.rank_test(c.y, c.v, allow_small=True)
        c.same("ranktest/tau", rank.tau, "rank test")
        c.same("ranktest/pval", rank.p_value, "rank test")
    for name, block in c.expected.get("trimfill", {}).items():
        method, estimator, side = name.split("_")
        result = models.trim_and_fill(c.y, c.v, estimator, side, ours(method), "z", allow_small=True)
        at = f"trimfill/{name}"
        assert result.side == block["side"]
        c.drop(f"{at}/side")
        kind = f"trim-and-fill ({'REML' if method == 'REML' else 'FE, DL'})"
        limit = TOLERANCE["trimfill REML"] if method == "REML" else None
        c.same(f"{at}/k0", result.missing, kind)
        c.same(f"{at}/se.k0", result.missing_se, kind)
        c.same(f"{at}/p.k0", result.p_value, kind)
        c.same(f"{at}/k_total", result.fit.k, kind)
        c.same(f"{at}/beta", result.fit.estimate, kind, limit=limit)
        c.same(f"{at}/se", result.fit.se, kind, limit=limit)
        c.same(f"{at}/ci.lb", result.fit.ci[0], kind, unit=result.fit.se, limit=limit)
        c.same(f"{at}/ci.ub", result.fit.ci[1], kind, unit=result.fit.se, limit=limit)
        c.same(f"{at}/tau2", result.fit.tau2, kind, unit=1e-6 * float(np.median(c.v)), limit=limit)
        c.same(f"{at}/I2", result.fit.i2, kind, unit=1e-3, limit=limit)
        c.same(f"{at}/QE", result.fit.q, kind)
        # metafor centres REML's filled studies on its own rounded estimate
        c.same(f"{at}/filled_yi", result.filled_yi, kind, limit=limit)
        c.same(f"{at}/filled_vi", result.filled_vi, kind)
    for name, block in c.expected.get("fsn", {}).items():
        if name.startswith("General"):
            continue
        method = "fisher" if "fisher" in name else name.split("_")[0].lower()
        r = models.fail_safe_n(
            c.y,
            None if "no_vi" in name else c.v,
            method,
            block["alpha"],
            0.1 if "target_0.1" in name else None,
        )
        if method != "fisher":
            c.same(f"fsn/{name}/fsnum", r.n, "fail-safe N")
        c.same(f"fsn/{name}/est", r.estimate, "fail-safe N")
        c.same(f"fsn/{name}/pval", r.p_value, "fail-safe N")
        c.same(f"fsn/{name}/alpha", r.alpha, "fail-safe N")
        c.same(f"fsn/{name}/target", r.target, "fail-safe N")


def check_shrunken(c: Comparison) -> None:
    if "blup_REML" not in c.expected:
        return
    r = models.shrunken(models.pool(c.y, c.v, "REML", "z"))
    spread = float(r.se.min())
    for key, values in {
        "pred": r.estimate,
        "se": r.se,
        "pi.lb": r.prediction[:, 0],
        "pi.ub": r.prediction[:, 1],
        "rstandard_resid": r.residual,
        "rstandard_se": r.residual_se,
        "rstandard_z": r.residual_z,
    }.items():
        c.same(f"blup_REML/{key}", values, "shrunken estimates, residuals", unit=0.1 * spread)


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
                    ("QM", r.omnibus, 0.0),
                    ("QMp", r.omnibus_p, 0.0),
                ):
                    c.same(f"{at}/{test}/{key}", value, f"meta-regression: {key}", unit=unit)
                t_df = math.nan if math.isinf(r.df) else r.df
                c.same(f"{at}/{test}/ddf", t_df, "degrees of freedom")
                c.same(f"{at}/{test}/QMdf", [r.omnibus_df[0], t_df], "degrees of freedom")
                if "predict_newmods" in fits[test]:
                    p = r.predict(mods["newmods"])
                    low = float(p.se.min())
                    where = f"{at}/{test}/predict_newmods"
                    c.same(f"{where}/pred", p.estimate, "meta-regression: predicted", unit=low)
                    c.same(f"{where}/se", p.se, "meta-regression: predicted")
                    for side in (0, 1):
                        end = ("lb", "ub")[side]
                        c.same(f"{where}/ci.{end}", p.ci[:, side], "meta-regression: predicted", unit=low)
                        if method == "FE":
                            assert np.isnan(p.prediction).all()
                            c.drop(f"{where}/pi.{end}")
                        c.same(
                            f"{where}/pi.{end}", p.prediction[:, side], "meta-regression: predicted", unit=low
                        )
            r = models.meta_regression(c.y, c.v, x, columns, ours(method), "z")
            unit = 1e-6 * float(np.median(c.v))
            c.same(f"{at}/tau2", r.tau2, "meta-regression: tau2", unit=unit)
            c.same(f"{at}/se.tau2", r.tau2_se, "meta-regression: standard error of tau2")
            c.same(f"{at}/QE", r.q, "meta-regression: Q")
            c.same(f"{at}/QEp", r.q_p, "meta-regression: Q")
            c.same(f"{at}/I2", r.i2, "meta-regression: I2, H2, R2", unit=1e-3)
            c.same(f"{at}/H2", r.h2, "meta-regression: I2, H2, R2")
            c.same(f"{at}/R2", r.r2, "meta-regression: I2, H2, R2", unit=1e-3)
            c.same(f"{at}/k", r.k, "degrees of freedom")
            c.same(f"{at}/p", len(r.names), "degrees of freedom")
            if f"{at}/fit/logLik" in c.left:
                restricted = method == "REML"
                df = r.k - (len(r.names) if restricted else 0)
                value = 0.5 * float(Linear(c.y, c.v, r.x, restricted).height(np.array(r.tau2)))
                value -= 0.5 * df * math.log(2 * math.pi)
                value += 0.5 * np.linalg.slogdet(r.x.T @ r.x)[1] if restricted else 0.0
                c.same(f"{at}/fit/logLik", value, "log-likelihood")
        for method, kinds in block.get("confint", {}).items():
            r = models.meta_regression(c.y, c.v, x, columns, method, "z")
            at = f"metareg/{name}/confint/{method}"
            c.same(f"{at}/QP/tau^2/ci.lb", r.tau2_ci[0], "meta-regression: Q-profile interval")
            c.same(f"{at}/QP/tau^2/ci.ub", r.tau2_ci[1], "meta-regression: Q-profile interval")
            if "PL" in kinds:
                low, high = models.likelihood_interval(c.y, c.v, r.x, method)
                c.same(f"{at}/PL/tau^2/ci.lb", low, "likelihood interval", unit=1e-6 * high)
                c.same(f"{at}/PL/tau^2/ci.ub", high, "likelihood interval")
        if "influence_REML" in block:
            result = models.influence(c.y, c.v, x, "REML", "z")
            check_diagnostics(c, f"metareg/{name}/influence_REML", result, ["intrcpt", *columns])


CHECKS = (
    check_uni,
    check_confint,
    check_refits,
    check_influence,
    check_small_study,
    check_shrunken,
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


@pytest.mark.parametrize("stem", [name for name in FILES if name.startswith("A_rma")])
def test_fisher_fail_safe_n_is_the_smallest_that_reaches_alpha(stem: str) -> None:
    from scipy.stats import chi2, norm

    c = Comparison(stem)
    n = models.fail_safe_n(c.y, c.v, "fisher").n
    p = norm.sf(np.abs(c.y / np.sqrt(c.v)))

    def combined(extra: float) -> float:
        return float(chi2.sf(-2 * np.log(np.append(p, np.full(int(extra), 0.5))).sum(), 2 * (len(p) + extra)))

    assert combined(n) >= 0.05
    assert n == 0 or combined(n - 1) < 0.05


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
