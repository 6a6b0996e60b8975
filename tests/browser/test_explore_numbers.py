"""explore.html computes what the package computes: pooling, intervals and posterior, digit for digit."""

import json

import numpy as np
import pytest

from ldn_analysis import models
from ldn_analysis.models.limits import critical
from ldn_analysis.models.pooling.columns import INFERENCES
from ldn_analysis.models.pooling.tau2 import TAU2_METHODS
from ldn_analysis.render.templates import TEMPLATES

pytestmark = pytest.mark.browser

SETS = 3600
LEVELS = (0.5, 0.9, 0.95, 0.999)


@pytest.fixture(scope="module")
def core(browser):
    """Evaluate an expression of the page's numbers with some data."""
    page = browser.new_page()
    page.add_script_tag(content=(TEMPLATES / "explore.numbers.js").read_text(encoding="utf-8"))
    yield lambda expression, data: json.loads(
        page.evaluate(f"data => JSON.stringify({expression}, (_, x) => x === Infinity ? 'inf' : x)", data)
    )
    page.close()


def sets_of_trials(seed=7):
    """Estimates and variances of 1 to 12 trials: agreeing, disagreeing, of unequal size, with two optima."""
    rng = np.random.default_rng(seed)
    found = []
    for i in range(SETS):
        k = 1 + i % 12
        kind = i // 12 % 4
        v = np.exp(rng.normal(-2, 0.7, k))
        if kind == 1:  # one on the boundary: estimates nearer to each other than chance makes them
            y = 0.3 + 0.2 * np.sqrt(v) * rng.normal(size=k)
        elif kind == 2:  # a million between the largest and the smallest variance
            v = 10.0 ** rng.uniform(-4, 2, k)
            y = rng.normal(0, 0.5, k) + np.sqrt(v) * rng.normal(size=k)
        elif kind == 3:  # precise trials that nearly agree beside coarse ones far away: several optima
            v = np.where(rng.random(k) < 0.5, 10.0 ** rng.uniform(-4, -3, k), 10.0 ** rng.uniform(0, 1, k))
            y = rng.normal(0, np.where(v < 0.1, 0.02, 6.0))
        else:
            y = rng.normal(-0.2, 0.5, k) + np.sqrt(v) * rng.normal(size=k)
        found.append((y, v))
    return found


def settings(seed=3):
    """An estimator, an interval and a level for each set of trials."""
    rng = np.random.default_rng(seed)
    return [
        (TAU2_METHODS[a], INFERENCES[b], LEVELS[c])
        for a, b, c in zip(
            *(rng.integers(0, len(of), SETS) for of in (TAU2_METHODS, INFERENCES, LEVELS)), strict=True
        )
    ]


def close(theirs, ours, scale, tolerance=1e-9):
    """Equal within a billionth of `scale`; not-a-number and infinite where the other is."""
    theirs = np.array(
        [np.nan if x is None else np.inf if x == "inf" else x for x in np.ravel(theirs).tolist()], dtype=float
    )
    ours, scale = np.ravel(np.asarray(ours, dtype=float)), np.broadcast_to(scale, np.ravel(ours).shape)
    same = np.isnan(ours) & np.isnan(theirs)
    with np.errstate(invalid="ignore"):
        same |= (ours == theirs) | (np.abs(theirs - ours) <= tolerance * np.maximum(np.abs(ours), scale))
    return same


def test_pooling_of_thousands_of_random_settings(core):
    data, chosen = sets_of_trials(), settings()
    asked = [[y.tolist(), v.tolist(), *how] for (y, v), how in zip(data, chosen, strict=True)]
    answers = core("data.map(([y, v, m, i, l]) => Numbers.pool(y, v, m, i, l, [Infinity]))", asked)
    wrong = []
    for how in sorted(set(chosen)):
        rows = [i for i in range(SETS) if chosen[i] == how and len(data[i][0]) > 1]
        y, v, mask = (
            np.zeros((len(rows), 12)),
            np.ones((len(rows), 12)),
            np.zeros((len(rows), 12), dtype=bool),
        )
        for j, i in enumerate(rows):
            k = len(data[i][0])
            y[j, :k], v[j, :k], mask[j, :k] = *data[i], True
        fits = models.pool_many(y, v, mask, *how)
        for j, i in enumerate(rows):
            got, k = answers[i], len(data[i][0])
            scale = fits.se[j]
            checks = {
                "estimate": (got["estimate"], fits.estimate[j], scale),
                "ci": (got["ci"], fits.ci[j], scale),
                "prediction": (got["prediction"], fits.prediction[j], scale),
                "tau2": (got["tau2"], fits.tau2[j], v[j, :k].min()),
                "tau2_ci": (got["tau2Ci"], fits.tau2_ci[j], v[j, :k].min()),
                "i2": (got["i2"], fits.i2[j], 1e-3),
                "i2_ci": (got["i2Ci"], fits.i2_ci[j], 1e-3),
                "q": (got["q"], fits.q[j], 1e-6),
                "q_p": (got["qP"], fits.q_p[j], 1e-6),
                "p": (got["pValue"], fits.p_value[j], 1e-6),
                "weights": (got["weights"], fits.weights[j, :k], 1e-3),
            }
            wrong += [
                (i, how, name, theirs, ours)
                for name, (theirs, ours, scale) in checks.items()
                if not close(theirs, ours, scale).all()
            ]
    assert not wrong, (len(wrong), wrong[:5])


def test_one_trial_keeps_its_own_interval(core):
    rng = np.random.default_rng(5)
    asked = [
        [y, v, df] for y, v, df in zip(rng.normal(size=60), rng.random(60), [27, 97, 5.5] * 20, strict=True)
    ]
    got = core("data.map(([y, v, df]) => Numbers.pool([y], [v], 'REML', 'hksj', 0.9, [df]).ci)", asked)
    ours = [[y - critical(0.9, df) * v**0.5, y + critical(0.9, df) * v**0.5] for y, v, df in asked]
    assert close(got, ours, 0.1).all()


def test_quantiles_of_any_degrees_of_freedom(core):
    df = [*range(1, 40), 50.5, 97, 199, 201, 1e3, 1e5, 1e6]
    levels = [0.5, 0.8, 0.9, 0.95, 0.99, 0.999]
    got = core("data[0].map(d => data[1].map(l => Numbers.critical(l, d)))", [df, levels])
    assert close(got, [[critical(level, d) for level in levels] for d in df], 1e-12).all()
    assert np.isnan(np.array(core("[Numbers.critical(0.95, 0)]", []), dtype=float)).all()


PRIORS = {
    "HalfNormal": models.HalfNormal,
    "HalfCauchy": models.HalfCauchy,
    "Uniform": models.Uniform,
    "LogStudent": lambda sd: models.LogStudent(-3.16, 2.5, 5.0, sd),
}


@pytest.mark.parametrize("kind", PRIORS)
def test_posterior_by_the_same_quadrature(core, kind):
    prior = PRIORS[kind]
    field = {"HalfNormal": "sd", "HalfCauchy": "scale", "Uniform": "upper", "LogStudent": "sd"}[kind]
    given = {"location": -3.16, "df": 5, "scale": 2.5} if kind == "LogStudent" else {}
    rng = np.random.default_rng(11)
    data = sets_of_trials(13)[: 72 * 4 : 3]
    asked = [[y.tolist(), v.tolist(), {"kind": kind, **given, field: s}, float(x)]
             for (y, v), s, x in zip(data, rng.choice([0.1, 0.25, 0.5, 1.0, 4.0], len(data)),
                                     rng.uniform(-2, 2, len(data)), strict=True)]  # fmt: skip
    got = core(
        "data.map(([y, v, prior, x]) => {"
        " const p = Numbers.posterior(Numbers.likelihoods(y, v, {mean: 0, sd: 4}, prior.upper), prior);"
        " return [...[0.025, 0.5, 0.975].map((share) => Numbers.quantile(p, share)),"
        " Numbers.below(p, 0), Numbers.below(p, x)]; })",
        asked,
    )
    wrong = []
    for (y, v, one, x), theirs in zip(asked, got, strict=True):
        mean = models.posterior(y, v, tau_prior=prior(one[field]), mu_prior=models.Normal(0, 4)).mu
        low, middle, high = mean.quantile([0.025, 0.5, 0.975])
        ours = [low, middle, high, mean.probability_below(0.0), mean.probability_below(x)]
        if not close(theirs, ours, [mean.sd] * 3 + [1e-6] * 2).all():
            wrong.append((len(y), one, theirs, ours))
    assert not wrong, (len(wrong), wrong[:3])
