"""Trials of several doses, simulated once more by other code: what they find, and which dose they name."""

import numpy as np
import pytest

from ldn_analysis.models import trials

DOSES = np.array([0, 1.5, 3, 4.5, 6.0])
FORMS = {
    "linear": lambda x: x,
    "levels off early": lambda x: x / (1 + x),
    "levels off late": lambda x: x / (3 + x),
    "sigmoid": lambda x: x**3 / (27 + x**3),
    "logistic": lambda x: 1 / (1 + np.exp((3 - x) / 0.6)),
    "exponential": lambda x: np.expm1(x / 2),
    "quadratic peak": lambda x: x - 0.12 * x * x,
    "beta peak": lambda x: (x / 7.2) ** 1.2 * (1 - x / 7.2) ** 1.2,
}
SD, N = 1.8, 4000


def shapes():
    """Relief of up to one point by dose under each form, and the smallest dose with 90% of the greatest."""
    fine = np.linspace(0, 6, 60_001)
    for form in FORMS.values():
        rise = form(fine) - form(np.zeros(1))
        yield -(form(DOSES) - form(np.zeros(1))) / rise.max(), fine[np.argmax(rise >= 0.9 * rise.max())]


def concluded(rng, n, mean):
    """Whether the largest of the shapes' statistics is significant, and the dose of its shape, by weighted
    least squares with the SD known; the critical value is simulated for each pattern of sizes."""
    rise, dose = (np.array(part) for part in zip(*shapes(), strict=True))
    found, named = np.zeros(len(mean), bool), np.zeros(len(mean))
    for sizes in np.unique(n, axis=0):
        rows, w = (n == sizes).all(axis=1), sizes / SD**2
        centred = (rise - (rise @ w / w.sum())[:, None]) * np.sqrt(w)
        centred /= np.linalg.norm(centred, axis=1)[:, None]
        null = (rng.standard_normal((100_000, 5)) @ centred.T).max(axis=1)
        statistic = (mean[rows] * np.sqrt(w)) @ centred.T
        found[rows] = statistic.max(axis=1) > np.quantile(null, 0.975)
        named[rows] = dose[statistic.argmax(axis=1)]
    return found, named


@pytest.mark.parametrize("name", ["linear", "beta peak", "flat"])
@pytest.mark.parametrize("adaptive", [False, True])
def test_what_trials_of_several_doses_conclude(name, adaptive):
    rng = np.random.default_rng([11, adaptive])
    truth, target = dict(zip(FORMS, shapes(), strict=True)).get(name, (np.zeros(5), np.nan))
    n = np.full((N, 5), 18.0 if adaptive else 90.0)
    mean = truth + SD / np.sqrt(n) * rng.standard_normal((N, 5))
    if adaptive:  # the two doses with the least pain at half of 180 people go on with placebo, 30 each
        kept = np.argsort(np.argsort(mean[:, 1:], axis=1), axis=1) < 2
        more = np.column_stack([np.full(N, 30.0), np.where(kept, 30.0, 0.0)])
        later = truth + SD / np.sqrt(30) * rng.standard_normal((N, 5))
        mean, n = (mean * n + later * more) / (n + more), n + more
    found, named = concluded(rng, n, mean)
    ours = np.random.default_rng(5)
    course = (
        trials.drop_losers(ours, truth, SD, 180, [0.5], 2, N)
        if adaptive
        else trials.fixed_sizes(ours, truth, SD, np.full(5, 90.0), N)
    )
    got = trials.analyse_courses(
        course, DOSES, SD, trials.candidate_shapes(6.0, -1.0), share=0.9, alpha=0.025
    )
    for mine, theirs in (
        (found, got.detected),
        (np.abs(named - target) <= 0.75, np.abs(got.named - target) <= 0.75),
    ):
        p = (mine.mean() + theirs.mean()) / 2
        assert abs(mine.mean() - theirs.mean()) <= 4.5 * np.sqrt(2 * p * (1 - p) / N) + 0.003
