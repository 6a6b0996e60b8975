"""The line through the doses and the effect at each, as report 05 tells them, against plain calculations."""

import functools
import math

import made_up
import numpy as np
import pytest
from plain_sums import pooled
from scipy import optimize, stats
from spoken import numbers, plain

from ldn_analysis import evidence
from ldn_analysis.questions import dosing
from ldn_analysis.questions.dosing import words

PRIOR = {"emax_sd": 2.0, "ed50_median": 3.0, "ed50_log_sd": 1.0, "tau_scale": 0.5}
DOSES = [(x,) for x in (1.0, 1.5, 3.0, 4.5, 6.0)]
WORLDS = {
    "no trial": [],
    "one dose": made_up._plans(4),
    "two trials": made_up._plans(2, doses=[(1.5,), (4.5,)]),
    "every dose": made_up._plans(6, doses=DOSES),
    "more with the dose": made_up._plans(5, doses=DOSES, effect=[-0.2, -0.4, -0.9, -1.4, -1.9], n=70),
    "less with the dose": made_up._plans(5, doses=DOSES, effect=[-1.3, -1.0, -0.6, -0.2, 0.2], n=70),
    "of one trial": made_up._plans(1, form="doses, means", doses=(1.5, 3.0, 4.5), effect=-1.0),
    "of several": made_up._plans(3, form="doses, means", doses=[(1.5, 4.5), (3.0, 6.0), (4.5, 6.0)],
                                 effect=[-1.2, 0.4, -0.5], n=60),
    "both": [*made_up._plans(2, form="doses, differences", doses=(1.5, 4.5)), made_up._plans(3)[2]],
}  # fmt: skip
CASES = [
    *((name, {}) for name in WORLDS),
    ("more with the dose", {"tau2_method": "DL", "inference": "z", "level": 0.8}),
    ("less with the dose", {"tau2_method": "PM", "inference": "hksj_modified"}),
    ("every dose", {"tau2_method": "CE", "inference": "t", "level": 0.9}),
    ("of several", {"level": 0.8}),
    ("of several", {"tau2_method": "CE", "inference": "z"}),
    ("both", {"inference": "hksj_modified"}),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("doses")

    @functools.cache
    def make(name):
        plans = WORLDS[name] or made_up._plans(2, kind="open")
        trials = [made_up.trial(plan, np.random.default_rng([11, i])) for i, plan in enumerate(plans)]
        return evidence.load(made_up.written(root / name.replace(" ", "-"), trials))

    return make


def smallest(loss):
    """Where a loss over tau2 is least; nought where no other value is better."""
    found = optimize.minimize_scalar(loss, bounds=(0, 10), method="bounded", options={"xatol": 1e-9})
    return found.x if found.fun < loss(0.0) else 0.0


def line(dose, y, v, method, inference, level):
    """Slope and limits of a regression on the dose, with an intercept."""
    x = np.column_stack([np.ones_like(dose), dose])
    k = len(y)

    def fit(tau2):
        w = 1 / (v + tau2)
        inverse = np.linalg.inv(x.T @ (w[:, None] * x))
        b = inverse @ (x.T @ (w * y))
        return b, inverse, float(w @ (y - x @ b) ** 2), w

    def restricted(tau2):
        _, inverse, q, w = fit(tau2)
        return 0.5 * (q - np.log(w).sum() - np.linalg.slogdet(inverse)[1])

    if method == "CE":
        tau2 = 0.0
    elif method == "REML":
        found = optimize.minimize_scalar(
            restricted, bounds=(0, 20), method="bounded", options={"xatol": 1e-9}
        )
        tau2 = found.x if found.fun < restricted(0.0) else 0.0
    elif method == "PM":
        tau2 = 0.0 if fit(0)[2] <= k - 2 else optimize.brentq(lambda t: fit(t)[2] - (k - 2), 0, 100)
    else:  # DerSimonian and Laird's, with a covariate
        _, inverse, q, w = fit(0.0)
        trace = w.sum() - np.trace(inverse @ (x.T @ (w[:, None] ** 2 * x)))
        tau2 = max(0.0, (q - (k - 2)) / trace)
    b, inverse, q, _ = fit(tau2)
    least = 1.0 if tau2 == 0 or inference == "hksj_modified" else 0.0  # not narrower than the trials allow
    scale = max(least, q / (k - 2)) if inference.startswith("hksj") else 1.0
    p = 0.5 + level / 2
    at = stats.norm.ppf(p) if inference == "z" else stats.t.ppf(p, k - 2)
    half = at * math.sqrt(scale * inverse[1, 1])
    return b[1], b[1] - half, b[1] + half


def shared(trials, method, inference, level, df):
    """Slope through no effect without drug: each trial's least squares line, then the lines' mean."""
    v = np.array([1 / (dose @ np.linalg.inv(cov) @ dose) for dose, _, cov in trials])
    b = v * [dose @ np.linalg.inv(cov) @ y for dose, y, cov in trials]

    def restricted(tau2):
        w = 1 / (v + tau2)
        return 0.5 * (w @ (b - w @ b / w.sum()) ** 2 - np.log(w).sum() + np.log(w.sum()))

    tau2 = 0.0 if method == "CE" or len(b) == 1 else smallest(restricted)
    return pooled(b, v, tau2, inference, level, df)


@pytest.mark.parametrize(("name", "choices"), CASES, ids=lambda x: str(x))
def test_the_slope_is_that_of_a_plain_regression(made, name, choices):
    ev = made(name)
    if name == "no trial":
        assert words.slope(None) == "too few trials or doses for a slope"
        return
    derived = dosing.published_pain(ev, {"measure": "MD"})
    effects = dosing.dose_effects(ev, {"measure": "MD"}, **PRIOR, **choices)
    said, rows = plain(words.slope(effects.slope)), derived.by_dose.reset_index(drop=True)
    one = {**{"tau2_method": "REML", "inference": "hksj", "level": 0.95}, **choices}
    dose, y, v = (rows[x].to_numpy(float) for x in ("dose_mg", "yi", "vi"))
    assert sorted(set(dose)) == sorted({x for plan in WORLDS[name] for x in plan.doses})
    if len(dose) < 3 or len(set(dose)) < 2:
        assert said == "too few trials or doses for a slope"
        return
    several = rows["study_id"].duplicated().any()
    if several:
        blocks = [
            (dose[at], y[at], derived.covariance[np.ix_(at, at)])
            for at in (np.flatnonzero(rows["study_id"] == s) for s in dict.fromkeys(rows["study_id"]))
        ]
        wanted = shared(blocks, one["tau2_method"], one["inference"], one["level"], rows["df"].min())
    else:
        wanted = line(dose, y, v, one["tau2_method"], one["inference"], one["level"])
    assert numbers(said.replace("[", " ").replace("]", " ")) == pytest.approx(wanted, abs=6e-3)
    how = "from no effect without the drug; doses of one trial share its control group"
    assert said.endswith(f"points a mg ({how if several else 'meta-regression over the trials'})")
    if "with the dose" in name:  # less than nought is more relief with each mg
        assert (wanted[0] < 0) == name.startswith("more") == said.startswith("slope -")
    note = str(dosing.tables.differences(effects.confounders(ev), words.slope(effects.slope)).html)
    assert f"The dose itself: {words.slope(effects.slope)}." in note


@pytest.mark.parametrize(("name", "level"), [("one dose", 0.95), ("two trials", 0.8), ("every dose", 0.95),
                                             ("less with the dose", 0.8)])  # fmt: skip
def test_the_effect_at_each_dose_is_found_by_plain_sums(made, name, level):
    """Largest effect normal(0, 2), ED50 log-normal around 3 mg, tau half-normal(0.5): sums over a grid."""
    effects = dosing.dose_effects(made(name), {"measure": "MD"}, level=level, **PRIOR)
    y, v, dose = (effects.used[x].to_numpy(float) for x in ("yi", "vi", "dose_mg"))
    half = 3.0 * np.exp(stats.norm.ppf((np.arange(300) + 0.5) / 300))
    tau = (np.arange(150) + 0.5) / 150 * 2.5
    share = dose / (dose + half[:, None, None])
    w = 1 / (v + tau[:, None] ** 2)
    precision = 1 / 4 + (share**2 * w).sum(2)
    mean = (share * w * y).sum(2) / precision
    log = 0.5 * (np.log(w).sum(1) - np.log(4 * precision) + mean**2 * precision - (w * y**2).sum(1))
    mass = np.exp(log - log.max() - tau**2 / 0.5)
    mass /= mass.sum()
    table = effects.table(level).set_index("dose_mg")
    assert {1.5, 3.0, 4.5, *dose} <= set(table.index)
    for mg in sorted({float(dose[0]), float(dose[-1]), 3.0}):
        scale = (mg / (mg + half))[:, None] * np.ones_like(mass)
        ends = [
            optimize.brentq(
                lambda x, p=p, scale=scale: float(
                    (mass * stats.norm.cdf((x / scale - mean) * np.sqrt(precision))).sum()
                )
                - p, -20, 20,
            )
            for p in (0.5, (1 - level) / 2, (1 + level) / 2)
        ]  # fmt: skip
        shown = [table.loc[mg, x] for x in ("estimate", "lower", "upper")]
        assert shown == pytest.approx(ends, abs=0.025)
