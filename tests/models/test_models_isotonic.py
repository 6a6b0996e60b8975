"""Isotonic and centred isotonic regression against the R package cir (reference files ``F_*``)."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ldn_analysis.errors import InputError
from ldn_analysis.models.updown.isotonic import (
    binomial_interval,
    isotonic_interval,
    isotonic_regression,
    morris_interval,
    shrink_rates,
)
from ldn_analysis.models.updown.isotonic_inverse import inverse_dose

HERE = Path(__file__).resolve().parents[1] / "reference"
FILES = sorted(p.stem for p in HERE.glob("F_*.json"))
TABLES = [f for f in FILES if f.startswith(("F_cir", "F_ud")) and f != "F_ud_markov"]

NOT_COMPARED = {
    "package_default_tolerance/": "the package's own loose root; the tight recomputation is compared",
}
INTERVAL = {
    "morris_wilson_default": "morris_wilson",
    "morris_only": "morris",
    "morris_agcou": "morris_agresti_coull",
    "wilson": "wilson",
    "agresti_coull": "agresti_coull",
    "jeffreys": "jeffreys",
}
# Two limits of the package carry fewer digits: its weights of a slope depend on whether two grid points that
# differ in the last bit count as one
TIGHT = 1e-9


def numbers(values):
    swap = {None: np.nan, "Inf": np.inf, "-Inf": -np.inf}
    values = values if isinstance(values, list) else [values]
    return np.array([swap[v] if v is None or isinstance(v, str) else v for v in values], dtype=float)


def close(got, want, what, rtol=TIGHT, atol=1e-11):
    np.testing.assert_allclose(np.atleast_1d(got), numbers(want), rtol=rtol, atol=atol, err_msg=what)


def shrunk(table, target):
    return {**table, "y": list(shrink_rates(table["y"], table["weight"], target))}


def fit_of(table, **kwargs):
    return isotonic_regression(table["x"], table["y"], table["weight"], **kwargs)


def check_fit(fit, want, what):
    close(fit.fitted, want["output_y"], what)
    knots = want["shrinkage"]
    for name, got in (("x", fit.knots_x), ("y", fit.knots_y), ("weight", fit.knots_n)):
        if name in knots:
            close(got, knots[name], f"{what} knots {name}", rtol=1e-8)
    if "input" in want:
        close(fit.rates, want["input"]["y"], f"{what} input", rtol=1e-8)


POINTS = {
    "oldPAVA": {"centred": False},
    "cirPAVA_default": {},
    "cirPAVA_interiorStrict_FALSE": {"interior_strict": False},
    "cirPAVA_strict": {"strict": True},
    "cirPAVA_adaptiveShrink": {"shrink": True},
    "oldPAVA_adaptiveShrink": {"shrink": True, "centred": False},
    "cirPAVA_decreasing_of_1_minus_y": {"decreasing": True},
}


def check_point(name, want, table, target):
    options = dict(POINTS[name])
    if options.pop("shrink", False):
        table = shrunk(table, target)
    if options.pop("decreasing", False):
        table = {**table, "y": [1 - v for v in table["y"]]}
        options["increasing"] = False
        options["strict"] = True  # the package's edge rule looks at -y, which is never exactly 1
    check_fit(fit_of(table, **options), want, name)


def check_forward(name, want, table, target):
    kind, interval, level, shrink = name.split("__")
    table = shrunk(table, target) if shrink == "adaptiveShrink" else table
    fit = fit_of(table, centred=kind == "cirPAVA")
    low, high = isotonic_interval(fit, level=float(level.removeprefix("conf")), method=INTERVAL[interval])
    close(fit.fitted, want["y"], name)
    close(low, want["lower"], name)
    close(high, want["upper"], name)


def inverse_arguments(name):
    """What a key of ``quickInverse`` stands for."""
    parts = name.split("__")
    options = {"level": 0.9}
    for part in parts:
        if part in INTERVAL:
            options["interval"] = INTERVAL[part]
        elif part.startswith("conf"):
            options["level"] = float(part.removeprefix("conf"))
    options["curved"] = "adaptiveCurve" in parts
    options["refine"] = "no_slopeRefinement" not in parts
    options["check"] = "no_globalCheck" not in parts
    options["extrapolate"] = "extrapolate" in parts
    options["method"] = "global" if "global_delta_FALSE" in parts else "delta"
    return options, "adaptiveShrink" in parts, parts[0] != "oldPAVA"


def check_inverse(name, want, table, target):
    options, shrink, centred = inverse_arguments(name)
    fit = fit_of(shrunk(table, target) if shrink else table, centred=centred)
    got = inverse_dose(fit, numbers(want["target"]), **options)
    close(got.point, want["point"], name)
    close(got.lower, want["lower"], name)
    close(got.upper, want["upper"], name)


def check_table(key, want, table, target):
    if key in POINTS:
        check_point(key, want, table, target)
    elif key == "DRshrink":
        close(shrunk(table, target)["y"], want["y"], key)
        close(table["weight"], want["weight"], key)
    elif key == "midpoints_cirPAVA":
        close(fit_of(table).predict(want["outx"]), want["y"], key)
    elif key.startswith("quickIsotone/"):
        check_forward(key.split("/")[1], want, table, target)
    elif key.startswith("quickInverse/"):
        check_inverse(key.split("/")[1], want, table, target)
    else:
        raise AssertionError(f"{key} is in the reference and not compared")


def combinations():
    for stem in TABLES:
        expected = json.loads((HERE / f"{stem}.json").read_text())["expected"]["table"]
        for key, value in expected.items():
            if key in ("quickIsotone", "quickInverse", "package_default_tolerance"):
                for sub in value:
                    yield pytest.param(stem, f"{key}/{sub}", value[sub], id=f"{stem}-{key}-{sub}")
            else:
                yield pytest.param(stem, key, value, id=f"{stem}-{key}")


@pytest.mark.parametrize(("stem", "key", "want"), list(combinations()))
def test_the_table_agrees(reference, stem, key, want):
    for prefix, reason in NOT_COMPARED.items():
        if key.startswith(prefix):
            pytest.skip(reason)
    inputs = reference(stem)["inputs"]
    check_table(key, want, inputs["table"], inputs["targets"][0])


POINTWISE = {"wilson": "wilson", "agresti_coull": "agresti_coull", "jeffreys": "jeffreys"}


def test_pointwise_intervals_agree(reference):
    data = reference("F_pointwise_intervals")
    left_out = set()
    for name, levels in data["expected"].items():
        y, n = (np.array(data["inputs"][name][k], dtype=float) for k in ("y", "n"))
        for conf, methods in levels.items():
            level = float(conf.removeprefix("conf"))
            for method, want in methods.items():
                if method in POINTWISE:
                    got = binomial_interval(y / n, n, level, POINTWISE[method])
                elif method == "morris_only":
                    got = morris_interval(y, n, level, narrower=None)
                elif method == "morris_wilson":
                    got = morris_interval(y, n, level)
                else:
                    left_out.add(method)
                    continue
                close(got[0], want["lower"], f"{name} {conf} {method}")
                close(got[1], want["upper"], f"{name} {conf} {method}")
    assert left_out <= {"morris_only_package_tolerance", "morris_wilson_package_tolerance"}


def test_morris_limits_keep_the_order_of_the_doses():
    low, high = morris_interval([0, 1, 3, 5, 8], [5, 6, 7, 8, 9], narrower=None)
    assert (np.diff(low) >= 0).all()
    assert (np.diff(high) >= 0).all()


tables = st.lists(st.tuples(st.integers(1, 12), st.floats(0, 1)), min_size=2, max_size=8)


@given(tables)
@settings(max_examples=60, deadline=None)
def test_curves_are_monotone_keep_the_mean_and_mirror(rows):
    n = np.array([r[0] for r in rows], dtype=float)
    y = np.round(n * np.array([r[1] for r in rows])) / n
    x = np.arange(1.0, n.size + 1)
    flat = isotonic_regression(x, y, n, centred=False)
    centred = isotonic_regression(x, y, n)
    for fit in (flat, centred):
        assert (np.diff(fit.fitted) >= -1e-12).all()
        assert np.average(fit.knots_y, weights=fit.knots_n) == pytest.approx(np.average(y, weights=n))
    mirrored = isotonic_regression(x, (1 - y)[::-1], n[::-1], centred=False)
    np.testing.assert_allclose(mirrored.fitted, 1 - flat.fitted[::-1], atol=1e-12)


def test_pava_is_the_least_squares_monotone_fit():
    """Against scipy's solution of the same problem."""
    from scipy.optimize import isotonic_regression as scipy_isotonic

    rng = np.random.default_rng(1)
    for _ in range(50):
        n = rng.integers(1, 9, 7).astype(float)
        y = rng.binomial(n.astype(int), 0.4) / n
        ours = isotonic_regression(np.arange(7.0), y, n, centred=False).fitted
        np.testing.assert_allclose(ours, scipy_isotonic(y, weights=n).x, atol=1e-12)


def test_bad_arguments_are_named():
    with pytest.raises(InputError, match="doses must be distinct"):
        isotonic_regression([1, 1], [0, 1], [2, 2])
    with pytest.raises(InputError, match="rates must lie"):
        isotonic_regression([1, 2], [0, 1.5], [2, 2])
    with pytest.raises(InputError, match=r"n\[1\] is 0"):
        isotonic_regression([1, 2], [0, 1], [2, 0])
    fit = isotonic_regression([1, 2, 3], [0, 0.5, 1], [2, 2, 2])
    with pytest.raises(InputError, match="no extrapolation"):
        fit.predict(4)
    with pytest.raises(InputError, match="target"):
        inverse_dose(fit, 1.5)
    with pytest.raises(InputError, match="'delta', 'global'"):
        inverse_dose(fit, 0.5, method="nearest")


def test_a_curve_that_never_reaches_the_target_says_so():
    fit = isotonic_regression([1, 2, 3], [0.1, 0.2, 0.4], [10, 10, 10])
    found = inverse_dose(fit, 0.95)
    assert np.isnan(found.point).all()
    assert found.upper[0] == np.inf
