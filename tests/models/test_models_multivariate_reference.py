"""Correlated outcomes, multilevel models and robust variances against metafor and clubSandwich.

Each test walks the blocks of `expected` of a ``D_*.json``, compares what it finds and ticks it off. What is
neither compared nor listed in `NOT_COMPARED` fails. Run as a script, this file prints the table of agreement.
"""

import json
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ldn_analysis import models

FOLDER = Path(__file__).parents[1] / "reference"

NOT_COMPARED = {
    r".*/package_default.*": "the package's fit with loose convergence; its polished twin is compared",
    r".*/(saddlepoint|p_saddle)$": "the saddlepoint approximation is not offered",
    r".*/on_boundary$": "a remark: both fits lie inside, which is asserted",
    r"robumeta_.*": "moment estimators with approximate weights are not offered: REML and CR2 stand for them",
}

TOLERANCE = {
    "default": 1e-8,
    # confint() stops when the variance is within about 2e-5; ours are checked against the likelihood
    # itself in test_models_multivariate.py
    "profile interval": 5e-3,
}


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value in nested dicts with its path; lists are one leaf."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from leaves(value, f"{path}/{key}" if path else key)
    else:
        yield path, tree


class Comparison:
    """Ticks leaves off and keeps the largest relative error a quantity."""

    def __init__(self, stem: str) -> None:
        read = json.loads((FOLDER / f"{stem}.json").read_text(encoding="utf-8"))
        self.stem = stem
        self.inputs: dict[str, Any] = read["inputs"]
        self.expected: dict[str, Any] = read["expected"]
        self.left = dict(leaves(self.expected))
        self.worst: dict[str, float] = {}
        self.count = 0

    def same(self, path: str, ours: Any, quantity: str, unit: float = 0.0) -> None:
        """`ours` equals the leaf at `path`; errors are relative to it or to `unit` if that is larger."""
        if path not in self.left:
            return
        a, b = np.asarray(ours, dtype=float).ravel(), np.array(self.left.pop(path), dtype=float).ravel()
        self.count += b.size
        assert a.shape == b.shape, f"{self.stem} {path}: {a} against {b}"
        there = a != b
        assert np.isfinite(a[there]).all() and np.isfinite(b[there]).all(), f"{path}: {a} against {b}"
        scale = np.maximum(np.abs(b[there]), max(unit, 1e-300))
        error = float(np.max(np.abs(a[there] - b[there]) / scale, initial=0.0))
        self.worst[quantity] = max(self.worst.get(quantity, 0.0), error)
        limit = TOLERANCE.get(quantity, TOLERANCE["default"])
        assert error <= limit, f"{self.stem} {path}: off by {error:.1e}: {a} against {b}"


def check_robust(c: Comparison, at: str, fit: models.Multivariate, cluster: Any) -> None:
    """Everything below ``robust`` of one fit; `order` puts our coefficients into the reference's order."""
    order = np.array([1, 0]) if c.stem.startswith("D_bivariate") else np.arange(len(fit.beta))
    for kind in ("CR0", "CR1", "CR1p", "CR1S", "CR2", "CR3"):
        here = f"{at}robust_{kind}" if c.stem.startswith("D_bivariate") else f"{at}robust/{kind}"
        by = {
            name: models.robust_variance(fit, cluster, kind=kind, inference=name)
            for name in ("satterthwaite", "t", "t_p", "z")
        }
        r = by["satterthwaite"]
        unit = float(r.se.max())
        c.same(f"{here}/vcov", r.vcov[np.ix_(order, order)], f"robust covariance {kind}")
        c.same(f"{here}/se", r.se[order], f"robust standard error {kind}")
        tests = f"{here}/coef_test_columns"
        c.same(f"{tests}/beta", r.beta[order], "coefficients")
        c.same(f"{tests}/SE", r.se[order], f"robust standard error {kind}")
        c.same(f"{tests}/tstat", r.statistic[order], "robust t")
        for name, column in {"satterthwaite": "Satt", "t": "t", "t_p": "tp", "z": "z"}.items():
            quantity = "Satterthwaite degrees of freedom" if column == "Satt" else "degrees of freedom"
            c.same(f"{tests}/df_{column}", by[name].df[order], quantity)
            c.same(f"{tests}/p_{column}", by[name].p_value[order], "robust p value")
        for name, block in {"satterthwaite": "conf_int_Satterthwaite", "z": "conf_int_z"}.items():
            c.same(f"{here}/{block}/df", by[name].df[order], "Satterthwaite degrees of freedom")
            c.same(f"{here}/{block}/lower", by[name].ci[order, 0], "robust limits", unit)
            c.same(f"{here}/{block}/upper", by[name].ci[order, 1], "robust limits", unit)
        # a test of one coefficient is the square of its t test
        for name, block in {"satterthwaite": "HTZ", "t": "Naive-F", "z": "chi-sq"}.items():
            c.same(f"{here}/Wald_{block}/Fstat", by[name].statistic[-1] ** 2, "Wald F")
            c.same(f"{here}/Wald_{block}/df_num", 1, "degrees of freedom")
            c.same(f"{here}/Wald_{block}/df_denom", by[name].df[-1], "Satterthwaite degrees of freedom")
            c.same(f"{here}/Wald_{block}/p_val", by[name].p_value[-1], "robust p value")
    for block, kind, inference in (
        ("adjust_TRUE", "CR1p", "t_p"),
        ("adjust_FALSE", "CR0", "t_p"),
        ("clubSandwich", "CR2", "satterthwaite"),
    ):
        r = models.robust_variance(fit, cluster, kind=kind, inference=inference)
        here, unit = f"{at}robust/metafor_robust_{block}", float(r.se.max())
        c.same(f"{here}/se", r.se, f"robust standard error {kind}")
        c.same(f"{here}/zval", r.statistic, "robust t")
        c.same(f"{here}/dfs", r.df[:1] if inference == "t_p" else r.df, "Satterthwaite degrees of freedom")
        c.same(f"{here}/pval", r.p_value, "robust p value")
        c.same(f"{here}/ci.lb", r.ci[:, 0], "robust limits", unit)
        c.same(f"{here}/ci.ub", r.ci[:, 1], "robust limits", unit)


def assumed(i: dict[str, Any], rho: str | None) -> Any:
    """Variances, or covariances where the name of a block holds a correlation."""
    return i["vi"] if rho is None else models.covariance_of_outcomes(i["vi"], i["outer"], float(rho))


def check_multilevel(c: Comparison) -> None:
    i, inner = c.inputs, np.array(c.inputs["inner"])
    year = np.array(i["mods"]["X_without_intercept"], dtype=float)
    for at, block in c.expected.items():
        found = re.match(r"(three_level|che_rho([\d.]+))_(moderators_)?(REML|ML)$", at)
        if not found:
            continue
        v = assumed(i, found[2])
        given: dict[str, Any] = {"outer": i["outer"], "inner": inner, "method": found[4]}
        x = year if found[3] else None
        fit = models.multivariate(i["yi"], v, x, **given)
        assert fit.converged
        unit = float(fit.se.max())
        c.same(f"{at}/sigma2_between_k1", fit.sigma2[0], "variance between clusters")
        c.same(f"{at}/sigma2_within_k1", fit.sigma2[1], "variance within clusters")
        c.same(f"{at}/logLik", fit.loglik, "log-likelihood")
        c.same(f"{at}/score", fit.score, "score at the maximum (absolute)", unit=1.0)
        c.same(f"{at}/beta", fit.beta, "coefficients")
        c.same(f"{at}/se", fit.se, "standard error")
        c.same(f"{at}/vcov", fit.vcov, "covariance of coefficients")
        c.same(f"{at}/stat", fit.statistic, "test statistic")
        c.same(f"{at}/pval", fit.p_value, "p value")
        c.same(f"{at}/ci.lb", fit.ci[:, 0], "confidence limits", unit)
        c.same(f"{at}/ci.ub", fit.ci[:, 1], "confidence limits", unit)
        t = models.multivariate(i["yi"], v, x, **given, sigma2=fit.sigma2, inference="t")
        c.same(f"{at}/t_dfs_contain/ddf", t.df, "degrees of freedom")
        c.same(f"{at}/t_dfs_contain/pval", t.p_value, "p value")
        c.same(f"{at}/t_dfs_contain/ci.lb", t.ci[:, 0], "confidence limits", unit)
        c.same(f"{at}/t_dfs_contain/ci.ub", t.ci[:, 1], "confidence limits", unit)
        c.same(f"{at}/QE", fit.qe, "Q of what is left")
        c.same(f"{at}/QEp", fit.qe_p, "p value of Q")
        c.same(f"{at}/QE_df", fit.qe_df, "degrees of freedom")
        c.same(f"{at}/QM", fit.qm, "Q of the coefficients")
        c.same(f"{at}/QMp", fit.qm_p, "p value of Q")
        c.same(f"{at}/I2_total_pct", sum(fit.i2), "I2 (percent)")
        c.same(f"{at}/I2_between_pct", fit.i2[0], "I2 (percent)")
        c.same(f"{at}/I2_within_pct", fit.i2[1], "I2 (percent)")
        c.same(f"{at}/icc", fit.icc, "intraclass correlation")
        if "predict" in block:
            c.same(f"{at}/predict/pred", fit.beta, "coefficients")
            c.same(f"{at}/predict/pi.lb", fit.prediction()[0], "prediction limits")
            c.same(f"{at}/predict/pi.ub", fit.prediction()[1], "prediction limits")
        for n, interval in enumerate(block.get("profile_CI_default_precision", [])):
            where = f"{at}/profile_CI_default_precision"
            c.left |= {f"{where}/{n}/{key}": value for key, value in interval.items()}
            low, high = models.profile_interval(fit, n)
            c.same(f"{where}/{n}/estimate", fit.sigma2[n], "profile interval")
            c.same(f"{where}/{n}/ci.lb", low, "profile interval")
            c.same(f"{where}/{n}/ci.ub", high, "profile interval")
            c.left.pop(where, None)
        check_robust(c, f"{at}/", fit, None)


def check_naive(c: Comparison) -> None:
    """Models that ignore the clusters, with variances that do not."""
    i, k = c.inputs, len(c.inputs["yi"])
    year = np.array(i["mods"]["X_without_intercept"], dtype=float)
    for name, x in {"naive_intercept": None, "naive_moderators": year}.items():
        for method in c.expected.get(name, {}):
            at = f"{name}/{method}"
            ours = {"FE": "CE"}.get(method, method)
            if x is None:
                tau2 = models.pool(i["yi"], i["vi"], ours, "z").tau2
            else:
                tau2 = models.meta_regression(i["yi"], i["vi"], x, tau2_method=ours, inference="z").tau2
            fit = models.multivariate(i["yi"], i["vi"], x, outer=range(k), sigma2=(tau2,))
            if method == "REML":
                free = models.multivariate(i["yi"], i["vi"], x, outer=range(k))
                assert free.sigma2[0] == pytest.approx(tau2, rel=1e-9)
            c.same(f"{at}/tau2", tau2, "variance of the naive model")
            c.same(f"{at}/beta", fit.beta, "coefficients")
            c.same(f"{at}/se_model", fit.se, "standard error")
            check_robust(c, f"{at}/", fit, i["outer"])


def check_aggregate(c: Comparison) -> None:
    i = c.inputs
    for name in c.expected.get("aggregate", {}):
        found = re.match(r"(?:CS_rho([\d.]+)|ID)(_unweighted)?$", name)
        assert found
        v = assumed(i, found[1])
        one = models.combine_outcomes(i["yi"], v, i["outer"], weighted=not found[2])
        c.same(f"aggregate/{name}/cluster", [float(str(label)) for label in one.cluster], "clusters")
        c.same(f"aggregate/{name}/yi", one.yi, "one estimate a cluster")
        c.same(f"aggregate/{name}/vi", one.vi, "variance of one estimate a cluster")
        if name == "CS_rho0.5":
            fit = models.pool(one.yi, one.vi, "REML", "z")
            for key, value in {"beta": fit.estimate, "se": fit.se, "tau2": fit.tau2, "QE": fit.q}.items():
                c.same(f"aggregate_then_REML/{key}", value, "pooled, one estimate a cluster")


def check_bivariate(c: Comparison) -> None:
    i = c.inputs
    for at in c.expected:
        method = at.removeprefix("UN_")
        fit = models.multivariate(
            i["yi"], i["V"], outer=i["study"], inner=i["outcome"], structure="unstructured", method=method
        )
        assert fit.converged and fit.between is not None
        levels = c.left.pop(f"{at}/outcome_levels")
        order = np.array([fit.outcomes.index(level) for level in levels])
        rho = fit.between[0, 1] / math.sqrt(math.prod(fit.sigma2))
        assert abs(rho) < 1
        c.same(f"{at}/tau2", np.array(fit.sigma2)[order], "variances of two outcomes")
        c.same(f"{at}/rho", rho, "correlation of two outcomes")
        c.same(f"{at}/beta", fit.beta[order], "coefficients")
        c.same(f"{at}/se", fit.se[order], "standard error")
        c.same(f"{at}/vcov", fit.vcov[np.ix_(order, order)], "covariance of coefficients")
        c.same(f"{at}/logLik", fit.loglik, "log-likelihood")
        c.same(f"{at}/QE", fit.qe, "Q of what is left")
        c.same(f"{at}/QM", fit.qm, "Q of the coefficients")
        check_robust(c, f"{at}/", fit, None)


def check_covariances(c: Comparison) -> None:
    i = c.inputs
    kind, obs = {"type": i["type"]}, {"obs": i["obs"]}
    time = {"time": i["time"]}
    groups = {"group1": i["g1"], "group2": i["g2"], "w1": i["w1"], "w2": i["w2"]}
    calls: dict[str, tuple[Any, dict[str, Any]]] = {
        "obs_rho0.5": (0.5, obs),
        "type_rho0.5": (0.5, kind),
        "type_rho0.5_matrix_for_two_types": ({("pain", "sleep"): 0.3}, kind),
        "type_and_obs": ((0.6, 0.4), kind | obs),
        "time_phi0.8": (None, time | {"phi": 0.8}),
        "time_and_obs": (0.5, obs | time | {"phi": 0.9}),
        "grp_shared_control": (None, groups),
        "type_grp": (0.5, kind | groups),
    }
    for name, (rho, given) in calls.items():
        ours = models.covariance_of_outcomes(i["vi"], i["study"], rho, **given)
        c.same(f"{name}/V", ours, "covariances of outcomes")


CHECKS: dict[str, tuple[Callable[[Comparison], None], ...]] = {
    "D_vcalc": (check_covariances,),
    "D_mv_konstantopoulos2011": (check_multilevel, check_naive, check_aggregate),
    "D_bivariate_berkey1998": (check_bivariate,),
}


def compare(stem: str) -> Comparison:
    c = Comparison(stem)
    for check in CHECKS[stem]:
        check(c)
    return c


@pytest.mark.parametrize("stem", CHECKS)
def test_every_number_of_the_reference(stem: str) -> None:
    c = compare(stem)
    unlisted = [path for path in c.left if not any(re.fullmatch(p, path) for p in NOT_COMPARED)]
    assert not unlisted, f"{stem}: {len(unlisted)} values neither compared nor listed: {unlisted[:12]}"
    assert c.count > 30


def test_there_is_something_to_compare() -> None:
    assert {path.stem for path in FOLDER.glob("D_*.json")} == set(CHECKS)


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
