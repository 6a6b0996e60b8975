"""Oral kinetics as sums of exponentials: absorption, one or two compartments, effect site, repeated doses.

Every curve that linear kinetics can give is a sum of exponentials, so concentrations, areas under the curve
and steady states are closed forms and nothing has to be integrated numerically (Gibaldi & Perrier 1982,
*Pharmacokinetics*, chapters 1 to 3; effect compartment: Sheiner et al. 1979, Clin Pharmacol Ther 25:358).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import lambertw

from ldn_analysis.errors import FloatArray, InputError, positive, within


@dataclass(frozen=True, slots=True, eq=False)
class Exponentials:
    """``sum_j amount[..., j] * exp(-rate[..., j] * t)`` for t >= 0, for many parameter draws at once.

    Parameters
    ----------
    amount : array, shape (..., J)
        Coefficients, in the unit of the concentration per mg of dose.
    rate : array, shape (..., J)
        Rates, per hour.
    """

    amount: FloatArray
    rate: FloatArray

    def at(self, time_h: npt.ArrayLike) -> FloatArray:
        """Value at `time_h` of shape (T,) or (..., T); returns shape (..., T)."""
        time = np.asarray(time_h, dtype=float)[..., None]
        return np.sum(self.amount[..., None, :] * np.exp(-self.rate[..., None, :] * time), axis=-1)

    def area(self, time_h: npt.ArrayLike) -> FloatArray:
        """Area under the curve from 0 to `time_h`, concentration times hours; shape (..., T)."""
        time = np.asarray(time_h, dtype=float)[..., None]
        rate = self.rate[..., None, :]
        return np.sum(self.amount[..., None, :] / rate * -np.expm1(-rate * time), axis=-1)

    def every(self, interval_h: float) -> Exponentials:
        """The same dose every `interval_h` hours at steady state, t counted from the last dose.

        Superposition of all earlier doses: a geometric series for each exponential.
        """
        return Exponentials(self.amount / -np.expm1(-self.rate * interval_h), self.rate)

    def plus(self, other: Exponentials, weight: npt.ArrayLike = 1.0) -> Exponentials:
        """This curve plus `weight` (scalar or one a draw) times another."""
        scaled = other.amount * np.asarray(weight, dtype=float)[..., None]
        return Exponentials(
            np.concatenate([self.amount, scaled], axis=-1), np.concatenate([self.rate, other.rate], axis=-1)
        )

    def through_effect_site(self, ke0_per_h: npt.ArrayLike) -> Exponentials:
        """Concentration in an effect compartment: ``dCe/dt = ke0 * (C - Ce)``, ``Ce(0) = 0``.

        ``ke0 = inf`` gives the curve itself: the site follows plasma at once.
        """
        ke0 = np.asarray(ke0_per_h, dtype=float)
        if np.all(np.isinf(ke0)):
            return self
        positive("ke0_per_h", ke0)
        ke0 = np.broadcast_to(ke0[..., None], np.broadcast_shapes(ke0[..., None].shape, self.rate.shape))
        ke0 = ke0[..., :1]
        # Equal rates have a limit (t * exp(-rate * t)) that this form cannot write: a shift of one part in
        # ten million stands in for it, and changes the curve by about as little.
        gap = ke0 - self.rate
        gap = np.where(np.abs(gap) < 1e-7 * ke0, 1e-7 * ke0, gap)
        rate = np.concatenate([np.broadcast_to(ke0 - gap, gap.shape), ke0], axis=-1)
        amount = self.amount * ke0 / gap
        return Exponentials(np.concatenate([amount, -np.sum(amount, axis=-1, keepdims=True)], axis=-1), rate)


def absorption_rate(
    elimination_per_h: npt.ArrayLike, share: npt.ArrayLike, time_of_peak_h: npt.ArrayLike
) -> FloatArray:
    """First-order absorption rate (per hour) that puts the peak at `time_of_peak_h`.

    Parameters
    ----------
    elimination_per_h, share : array, shape (..., P)
        Rates of the disposition phases and their shares (adding to 1) of the concentration.
    time_of_peak_h : array, shape (...)

    Notes
    -----
    At the peak, ``ka exp(-ka t) = sum_p share_p rate_p exp(-rate_p t)``: the larger root is a Lambert W
    (branch -1). The smaller root would be absorption slower than elimination ("flip-flop").

    Raises
    ------
    InputError
        When the peak is too late for absorption to be faster than elimination.
    """
    rate = positive("elimination_per_h", elimination_per_h)
    peak = positive("time_of_peak_h", time_of_peak_h)
    target = peak * np.sum(np.asarray(share) * rate * np.exp(-rate * peak[..., None]), axis=-1)
    slowest = 1.0 / rate.max(axis=-1)
    if np.any((target >= np.exp(-1)) | (peak >= slowest)):
        raise InputError(
            "time_of_peak_h is too late for these half-lives: absorption would be slower than elimination "
            f"(latest peak {float(slowest.min()):g} h)"
        )
    return np.asarray(-np.real(lambertw(-target, -1)) / peak, dtype=float)


def oral(
    half_life_h: npt.ArrayLike,
    time_of_peak_h: npt.ArrayLike,
    peak_per_mg: npt.ArrayLike,
    *,
    slow_half_life_h: npt.ArrayLike | None = None,
    slow_share: npt.ArrayLike = 0.0,
) -> Exponentials:
    """Concentration after 1 mg by mouth, from the published half-life, time and height of the peak.

    One compartment (the Bateman curve) by default; two when `slow_half_life_h` is given. Kinetics are linear
    in dose. All arguments are scalars or arrays of one shape (one value a draw).

    Parameters
    ----------
    half_life_h : h
        Half-life of elimination (of the fast phase with two compartments).
    time_of_peak_h : h
    peak_per_mg
        Peak concentration after 1 mg, for example ng/mL.
    slow_half_life_h : h, optional
        Half-life of a second, slower phase.
    slow_share : 0 to 1
        Share of the concentration (extrapolated to time zero) that declines with the slow half-life.

    Returns
    -------
    Exponentials
        In the unit of `peak_per_mg`.
    """
    fast, peak_time = positive("half_life_h", half_life_h), positive("time_of_peak_h", time_of_peak_h)
    peak, share = positive("peak_per_mg", peak_per_mg), within("slow_share", slow_share, 0, 1)
    slow = fast if slow_half_life_h is None else positive("slow_half_life_h", slow_half_life_h)
    fast, slow, peak_time, peak, share = np.broadcast_arrays(fast, slow, peak_time, peak, share)
    rates = np.log(2) / np.stack([fast, slow], axis=-1)
    shares = np.stack([1 - share, share], axis=-1)
    if slow_half_life_h is None:
        rates, shares = rates[..., :1], np.ones_like(rates[..., :1])
    uptake = absorption_rate(rates, shares, peak_time)[..., None]
    amount = np.concatenate([shares, -np.ones_like(uptake)], axis=-1)
    curve = Exponentials(amount, np.concatenate([rates, uptake], axis=-1))
    height = curve.at(peak_time[..., None])[..., 0]
    return Exponentials(amount * (peak / height)[..., None], curve.rate)
