"""How often the intervals that reports print for pools hold the truth: simulated and seeded."""

import numpy as np
import pytest

from ldn_analysis import models

SETS = 4000
SES = {
    3: (0.21, 0.31, 0.41),
    5: (0.21, 0.31, 0.41, 0.3, 0.25),
}  # those of the trials of pain, and two like them


def covered(k, tau, inference, tau2_method="REML", new=False):
    """Share of simulated sets whose interval holds the mean (or a new trial's true effect), in percent."""
    rng = np.random.default_rng([k, round(100 * tau)])
    v = np.array(SES[k]) ** 2
    y = rng.normal(-0.2, np.sqrt(tau**2 + v), (SETS, k))
    fits = models.pool_many(y, v, None, tau2_method, inference, weights=False, tau2_interval=False)
    truth = rng.normal(-0.2, tau, SETS) if new else -0.2
    low, high = (fits.prediction if new else fits.ci).T
    return 100 * np.mean((low <= truth) & (truth <= high))


# k, tau, then coverage of: z, t, Hartung-Knapp, modified, prediction (tests/README.md has the same table)
TABLE = [
    (3, 0.0, 95.9, 100.0, 94.6, 100.0, 94.6),
    (3, 0.39, 86.2, 99.3, 93.7, 99.3, 87.1),
    (5, 0.0, 96.3, 99.6, 95.4, 99.6, 95.5),
    (5, 0.39, 88.8, 96.4, 94.5, 96.5, 86.5),
]
NAMES = ("z", "t", "hksj", "hksj_modified")


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"k={row[0]} tau={row[1]}")
def test_coverage(row):
    k, tau, *expected = row
    found = [covered(k, tau, name) for name in NAMES] + [covered(k, tau, "hksj", new=True)]
    assert found == pytest.approx(expected, abs=0.3)
