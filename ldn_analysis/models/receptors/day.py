"""Receptor occupancy over the day at low doses, once or twice daily, with the uncertainty of every input.

Published half-lives and peaks give the concentration (`kinetics`); PET gives the occupancy that a
concentration produces and how slowly it goes (`receptor`). Each input is drawn from its stated
distribution, the model is calibrated anew for every draw, and the day at steady state is read off exactly.
How occupancy declines was measured after 50 mg only: at low dose it is an extrapolation, so the three
accounts of it are results to compare, not a setting to choose once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from ldn_analysis.cache import cached
from ldn_analysis.errors import FloatArray, one_of, positive, within
from ldn_analysis.models.receptors.inputs import OccupancyInputs, draw_inputs, plasma_curves
from ldn_analysis.models.receptors.receptor import (
    OCCUPANCY_KINETICS,
    Kinetics,
    Receptor,
    calibrate,
    relative_decline,
)
from ldn_analysis.models.results import Result

THRESHOLDS = (50.0, 80.0)
"""Occupancies (percent) for which the time spent above them is counted."""
LEVELS = np.array([0.025, 0.25, 0.5, 0.75, 0.975])
"""Quantiles of the bands."""
_STEP_H = 0.1  # time step within the day


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Occupancy(Result):
    """Occupancy over 24 h at steady state; regimens R, draws N, times T, quantile levels Q.

    Attributes
    ----------
    kinetics : str
        How occupancy follows the drug: one of `OCCUPANCY_KINETICS`.
    dose_mg_per_day, doses_per_day : array, shape (R,)
    time_h : array, shape (T,)
        Hours since the first dose of the day.
    bands : array, shape (R, Q, T)
        Pointwise quantiles of occupancy, percent: those of `levels`.
    draws : dict of arrays, shape (R, N)
        ``low``, ``high``, ``mean`` of the day (percent) and ``hours_above_X`` for each X of `THRESHOLDS`.
    transient_high, transient_low : float
        A day counts as transient blockade if it rises to the first (percent) and falls to the second.
    receptor : Receptor
        The calibrated model, for predictions elsewhere (``receptor.single``, ``receptor.steady``).
    inputs, n_draws, seed
        What it was made from.
    """

    kinetics: Kinetics
    dose_mg_per_day: FloatArray
    doses_per_day: npt.NDArray[np.int64]
    time_h: FloatArray
    bands: FloatArray
    draws: dict[str, FloatArray]
    receptor: Receptor
    inputs: OccupancyInputs
    n_draws: int
    seed: int
    levels: ClassVar[FloatArray] = LEVELS
    transient_high: ClassVar[float] = 50.0
    transient_low: ClassVar[float] = 20.0

    @property
    def p_transient(self) -> FloatArray:
        """Share of draws in which the day is a transient blockade, shape (R,)."""
        passed = (self.draws["high"] >= self.transient_high) & (self.draws["low"] <= self.transient_low)
        return passed.mean(axis=1)

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """One row a regimen and quantity: median, limits of the central `level`, and Monte-Carlo SE.

        The error is that of as many independent draws: an upper bound. Over 20 scrambles of 2,048 points the
        medians' own was 0.3 to 0.5 of it. A chance of which no draw (or each) is has that of one draw, not 0.
        """
        rows = []
        for r, (dose, times) in enumerate(zip(self.dose_mg_per_day, self.doses_per_day, strict=True)):
            for name, values in self.draws.items():
                unit = "h" if "hours" in name else "percent"
                rows.append((dose, times, name, *_quantiles(values[r], level), unit))
            p = self.p_transient[r]
            se = np.sqrt(max(p * (1 - p), 1 / self.n_draws) / self.n_draws)
            rows.append((dose, times, "p_transient", p, np.nan, np.nan, se, "probability"))
        names = ["dose_mg_per_day", "doses_per_day", "quantity", "median", "lower", "upper", "mc_se", "unit"]
        return pd.DataFrame(rows, columns=names).assign(kinetics=self.kinetics)

    def fit_to_decline(self) -> pd.DataFrame:
        """Measured decline against the model: median and 95% limits over the draws, and the misfit.

        ``z`` is (predicted median - measured) / SEM; the sum of its squares tells the accounts apart.
        """
        decline = self.inputs.decline()
        predicted = relative_decline(self.receptor, decline)
        lower, median, upper = np.quantile(predicted, [0.025, 0.5, 0.975], axis=0)
        z = (median - decline.percent) / decline.sem
        columns = {"kinetics": self.kinetics, "dose_mg": decline.dose_mg, "time_h": decline.time_h}
        columns |= {"measured": decline.percent, "sem": decline.sem}
        return pd.DataFrame(columns | {"predicted": median, "lower": lower, "upper": upper, "z": z})


def _quantiles(values: FloatArray, level: float) -> tuple[float, float, float, float]:
    """Median, central limits, and the Monte-Carlo SE of the median (from the order statistics about it)."""
    half = 0.5 / np.sqrt(len(values))
    points = [0.5, (1 - level) / 2, (1 + level) / 2, max(0.5 - half, 0), min(0.5 + half, 1)]
    median, lower, upper, below, above = np.quantile(values, points)
    return float(median), float(lower), float(upper), float(above - below) / 2


@cached
def occupancy(
    inputs: OccupancyInputs,
    *,
    dose_mg_per_day: Sequence[float] = (1.5, 3.0, 4.5, 6.0),
    doses_per_day: Sequence[int] = (1, 2),
    kinetics: Kinetics = "slow_dissociation",
    n_draws: int = 1000,
    seed: int = 20260101,
) -> Occupancy:
    """Mu-opioid receptor occupancy over 24 h at steady state, as bands over the draws of the inputs.

    Parameters
    ----------
    inputs : OccupancyInputs
    dose_mg_per_day, doses_per_day
        Every combination is a regimen: the same total in one dose, in two, ...
    kinetics : {"plasma", "effect_compartment", "slow_dissociation"}
        How occupancy follows the drug (see `receptor`). The same seed gives the same draws of the
        inputs for each, so that the accounts differ by nothing else.
    n_draws, seed
        Size of the simulation, and its seed.

    Returns
    -------
    Occupancy

    Raises
    ------
    InputError
        Unknown kinetics; doses or counts not positive; too few draws; a peak too late for its half-life.
    """
    one_of("kinetics", kinetics, OCCUPANCY_KINETICS)
    doses = positive("dose_mg_per_day", list(dose_mg_per_day))
    times = np.asarray(doses_per_day, dtype=np.int64)
    positive("doses_per_day", times)
    within("n_draws", n_draws, 20)  # for quantiles
    drawn = draw_inputs(inputs, n_draws, seed)
    parent, metabolite = plasma_curves(inputs, drawn)
    plasma = parent.plus(metabolite, drawn["metabolite_weight"])
    receptor = calibrate(
        kinetics, plasma, drawn["ed50_mg"], drawn["scan_h"], inputs.decline(), drawn["decline_percent"]
    )
    regimens = [(float(dose), int(k)) for dose in doses for k in times]
    days = [_day(receptor, dose, k) for dose, k in regimens]
    return Occupancy(
        kinetics=kinetics,
        dose_mg_per_day=np.array([dose for dose, _ in regimens]),
        doses_per_day=np.array([k for _, k in regimens]),
        time_h=np.linspace(0, 24, round(24 / _STEP_H) + 1),
        bands=np.array([bands for bands, _ in days]),
        draws={name: np.array([draws[name] for _, draws in days]) for name in days[0][1]},
        receptor=receptor,
        inputs=inputs,
        n_draws=n_draws,
        seed=seed,
    )


def _day(receptor: Receptor, dose: float, times: int) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Bands (Q, T) of a day of `dose` mg in `times` parts at steady state, and what each draw's day shows."""
    per_day = round(24 / _STEP_H)
    steps = max(1, round(per_day / times))
    cycle = 100 * receptor.steady(dose / times, 24 / times, np.linspace(0, 24 / times, steps + 1))
    mean = ((cycle[:, :-1] + cycle[:, 1:]) / 2).mean(axis=1)
    draws = {"low": cycle.min(axis=1), "high": cycle.max(axis=1), "mean": mean}
    draws |= {f"hours_above_{x:g}": 24 * _share_above(cycle, x) for x in THRESHOLDS}
    band = np.quantile(cycle, LEVELS, axis=0)
    whole_day = np.concatenate([np.tile(band[:, :-1], times), band[:, :1]], axis=1)
    clock, time_h = np.linspace(0, 24, whole_day.shape[1]), np.linspace(0, 24, per_day + 1)
    return np.array([np.interp(time_h, clock, line) for line in whole_day]), draws


def _share_above(curve: FloatArray, threshold: float) -> FloatArray:
    """Share of the time that a curve on an even grid spends above a threshold (linear between points)."""
    left, right = curve[:, :-1] - threshold, curve[:, 1:] - threshold
    span = np.abs(left) + np.abs(right)
    above = np.clip(left, 0, None) + np.clip(right, 0, None)
    # Both ends above: 1; both below: 0; crossing: the part of the step on the upper side.
    return np.where(span > 0, above / np.where(span > 0, span, 1.0), 0.0).mean(axis=1)
