"""Receptor occupancy driven by a concentration, and its calibration to what PET measured.

Three accounts of how occupancy follows the drug, all scaled so that a single dose of the PET study's ED50
occupies half of the receptors when scanned:

``plasma``
    Occupancy is in equilibrium with plasma at every moment.
``effect_compartment``
    In equilibrium with an effect compartment that fills from plasma and empties at the rate ke0.
``slow_dissociation``
    Drug binds from plasma and leaves the receptor slowly: ``dO/dt = kon C (1 - O) - koff O``. The apparent
    off rate stands for whatever keeps drug at the receptor (rebinding, retention in tissue, a slow terminal
    phase in plasma); the data cannot tell these apart.

The slow rate (ke0 or koff) is fitted to the decline of blockade measured after one dose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ldn_analysis.errors import FloatArray, one_of
from ldn_analysis.models.receptors.kinetics import Exponentials
from ldn_analysis.models.results import Result

Kinetics = Literal["plasma", "effect_compartment", "slow_dissociation"]
OCCUPANCY_KINETICS: tuple[Kinetics, ...] = ("plasma", "effect_compartment", "slow_dissociation")

_NEWTON = 60  # steps at most; a handful is enough
_AT_ONCE = 128  # draws that are fitted together: what they need stays in the processor's cache
_SLOW_HALF_LIVES = np.geomspace(2.0, 400.0, 28)  # hours: the range that is searched


def _steps(
    area: npt.ArrayLike, time_h: npt.ArrayLike, on: npt.ArrayLike, off: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Per time step: what share of the occupancy stays, and what is added (time on the first axis)."""
    area, time_h, on, off = (np.asarray(values, float) for values in (area, time_h, on, off))
    gain = np.moveaxis(np.diff(area, axis=-1), -1, 0) * on
    loss = np.moveaxis(np.diff(time_h, axis=-1), -1, 0)
    loss = loss.reshape(loss.shape + (1,) * (gain.ndim - loss.ndim)) * off
    both = gain + loss
    # Exact for a concentration that is constant within the step; the area makes its mean exact. Always
    # stable, and never leaves 0 to 1, however large the rates.
    left = np.exp(-both)
    return left, gain / np.where(both > 0, both, 1.0) * -np.expm1(-both)


def bound(
    area: npt.ArrayLike,
    time_h: npt.ArrayLike,
    on: npt.ArrayLike,
    off: npt.ArrayLike,
    start: npt.ArrayLike = 0.0,
) -> FloatArray:
    """Occupancy over time under ``dO/dt = on C (1 - O) - off O``.

    Parameters
    ----------
    area : array, shape (..., T)
        Area under the concentration from 0 to each time.
    time_h : array, shape (T,) or (..., T)
    on : array, shape (...)
        Per concentration and hour.
    off : array, shape (...)
        Per hour.
    start : array, shape (...)
        Occupancy at the first time.

    Returns
    -------
    array, shape (..., T)
        Occupancy as a fraction, 0 to 1.
    """
    left, added = _steps(area, time_h, on, off)
    out = np.empty((len(left) + 1, *left.shape[1:]))
    out[0] = start
    for i in range(len(left)):
        out[i + 1] = left[i] * out[i] + added[i]
    return np.moveaxis(out, 0, -1)


def cycle_start(
    area: npt.ArrayLike, time_h: npt.ArrayLike, on: npt.ArrayLike, off: npt.ArrayLike
) -> FloatArray:
    """Occupancy at the start of a dosing interval at steady state, shape (...).

    Over one interval the equation maps the occupancy o to ``A o + B``; steady state is the o that is mapped
    to itself, ``B / (1 - A)``: no run-in of doses is simulated. Arguments as in `bound`, with `area` and
    `time_h` spanning exactly one interval.
    """
    left, added = _steps(area, time_h, on, off)
    after = np.cumprod(left[::-1], axis=0)[::-1]
    final = np.sum(added[:-1] * after[1:], axis=0) + added[-1]
    return final / (1 - after[0])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Decline(Result):
    """Blockade measured at several times after one dose, relative to an early scan.

    Parameters
    ----------
    dose_mg, reference_h : float
        The dose, and the time of the early scan (hours).
    time_h, percent, sem : array, shape (M,)
        Time of the later scans, blockade in percent of the early scan's, and its standard error.
    """

    dose_mg: float
    reference_h: float
    time_h: FloatArray
    percent: FloatArray
    sem: FloatArray


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Receptor(Result):
    """A calibrated model of occupancy, one column of parameters a draw.

    Attributes
    ----------
    kinetics : str
        One of `OCCUPANCY_KINETICS`.
    site : Exponentials
        Concentration that the receptor sees after 1 mg.
    half_concentration : array, shape (N,)
        Site concentration at half occupancy (equilibrium accounts); NaN otherwise.
    on, off : array, shape (N,)
        Rates of the slow-dissociation account; NaN otherwise.
    slow_half_life_h : array, shape (N,)
        ln 2 over ke0 or koff; 0 for ``plasma``.
    """

    kinetics: Kinetics
    site: Exponentials
    half_concentration: FloatArray
    on: FloatArray
    off: FloatArray
    slow_half_life_h: FloatArray

    def single(self, dose_mg: npt.ArrayLike, time_h: npt.ArrayLike) -> FloatArray:
        """Occupancy (fraction) at increasing `time_h`, shape (T,), after one dose; returns (..., T).

        `dose_mg` is a scalar or has one value a draw.
        """
        time = np.asarray(time_h, dtype=float)
        dose = np.asarray(dose_mg, dtype=float)
        if self.kinetics != "slow_dissociation":
            reached = self.site.at(time) * dose[..., None]
            return reached / (reached + self.half_concentration[..., None])
        # close together while the drug is being absorbed
        grid = np.union1d(float(time.max()) * np.linspace(0, 1, 160) ** 2.5, time)
        occupancy = bound(self.site.area(grid) * dose[..., None], grid, self.on, self.off)
        return occupancy[..., np.searchsorted(grid, time)]

    def steady(self, dose_mg: float, interval_h: float, time_h: FloatArray) -> FloatArray:
        """Occupancy (fraction) through an interval at steady state; `time_h` runs 0 to `interval_h`."""
        repeated = self.site.every(interval_h)
        if self.kinetics != "slow_dissociation":
            reached = repeated.at(time_h) * dose_mg
            return reached / (reached + self.half_concentration[..., None])
        area = repeated.area(time_h) * dose_mg
        return bound(area, time_h, self.on, self.off, cycle_start(area, time_h, self.on, self.off))


def _on_rate(site: Exponentials, ed50_mg: FloatArray, scan_h: FloatArray, off: FloatArray) -> FloatArray:
    """On rate at which one dose of the ED50 occupies half of the receptors at the scan (Newton's method)."""
    times = scan_h[..., None] * np.linspace(0, 1, 48) ** 1.5
    area = site.area(times) * ed50_mg[..., None]
    gain = np.moveaxis(np.diff(area, axis=-1), -1, 0)
    loss = np.diff(np.moveaxis(times, -1, 0), axis=0) * off
    # Without dissociation the answer is ln 2 / area; dissociation can only raise it.
    log_on = np.broadcast_to(np.log(np.log(2) / area[..., -1]), off.shape).copy()
    for _ in range(_NEWTON):
        on, occupancy, slope = np.exp(log_on), np.zeros(off.shape), np.zeros(off.shape)
        for g, lo in zip(gain, loss, strict=True):
            up = g * on  # by log on it changes by itself
            both = up + lo
            left = np.exp(-both)
            reached = up / both
            slope = slope * left + up * (left * (reached - occupancy) + (1 - left) * lo / both**2)
            occupancy = occupancy * left + reached * (1 - left)
        move = (0.5 - occupancy) / slope
        log_on += np.clip(move, -2, 2)
        if np.abs(move).max() < 1e-12:
            break
    return np.exp(log_on)


def _with_slow(
    kinetics: Kinetics, plasma: Exponentials, ed50_mg: FloatArray, scan_h: FloatArray, slow_h: FloatArray
) -> Receptor:
    """The model at a given slow half-life, scaled to the ED50 at the time of the scan."""
    rate, nothing = np.log(2) / slow_h, np.full(slow_h.shape, np.nan)
    if kinetics == "slow_dissociation":
        on = _on_rate(plasma, ed50_mg, scan_h, rate)
        return Receptor(kinetics, plasma, nothing, on, rate, slow_h)
    site = plasma.through_effect_site(rate)
    half = site.at(scan_h[..., None])[..., 0] * ed50_mg
    return Receptor(kinetics, site, half, nothing, nothing, slow_h)


def relative_decline(model: Receptor, decline: Decline) -> FloatArray:
    """Predicted blockade in percent of the reference scan's, shape (..., M)."""
    times = np.concatenate([[decline.reference_h], decline.time_h])
    predicted = model.single(decline.dose_mg, times)
    return 100 * predicted[..., 1:] / predicted[..., :1]


def calibrate(
    kinetics: Kinetics,
    plasma: Exponentials,
    ed50_mg: FloatArray,
    scan_h: FloatArray,
    decline: Decline,
    decline_percent: FloatArray,
) -> Receptor:
    """Fit one of the accounts to PET, draw by draw.

    The slow half-life is found by weighted least squares on a grid, refined by a parabola.

    Parameters
    ----------
    kinetics : str
        One of `OCCUPANCY_KINETICS`.
    plasma : Exponentials, N draws
        Active concentration in plasma after 1 mg.
    ed50_mg, scan_h : array, shape (N,)
        Dose that occupied half of the receptors, and when that was scanned (hours after the dose).
    decline : Decline
        Its times, dose, reference scan and standard errors; the values fitted are
        `decline_percent`, shape (N, M), so that measurement error is carried along.
    """
    one_of("kinetics", kinetics, OCCUPANCY_KINETICS)
    if kinetics == "plasma":
        half = plasma.at(scan_h[..., None])[..., 0] * ed50_mg
        nothing = np.full(half.shape, np.nan)
        return Receptor(kinetics, plasma, half, nothing, nothing, np.zeros(half.shape))
    logs = np.log(_SLOW_HALF_LIVES)
    parts = []
    for first in range(0, len(ed50_mg), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        wide = Exponentials(plasma.amount[part, None, :], plasma.rate[part, None, :])
        slow = np.broadcast_to(np.exp(logs), (len(ed50_mg[part]), len(logs)))
        model = _with_slow(kinetics, wide, ed50_mg[part, None], scan_h[part, None], slow)
        off_by = (relative_decline(model, decline) - decline_percent[part, None, :]) / decline.sem
        parts.append(np.sum(off_by**2, axis=-1))
    misfit = np.concatenate(parts)
    best = np.clip(np.argmin(misfit, axis=1), 1, len(logs) - 2)
    rows = np.arange(len(best))
    left, middle, right = (misfit[rows, best + k] for k in (-1, 0, 1))
    bend = left - 2 * middle + right
    shift = np.where(bend > 0, 0.5 * (left - right) / np.where(bend > 0, bend, 1.0), np.sign(left - right))
    fitted = np.exp(logs[best] + np.clip(shift, -1, 1) * (logs[1] - logs[0]))
    return _with_slow(kinetics, plasma, ed50_mg, scan_h, fitted)
