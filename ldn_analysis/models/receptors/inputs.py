"""What the occupancy model rests on, each quantity with the distribution of what is not known of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from ldn_analysis.errors import FloatArray, InputError, finite, positive, same_length
from ldn_analysis.models.limits import critical
from ldn_analysis.models.receptors.kinetics import Exponentials, oral
from ldn_analysis.models.receptors.receptor import Decline
from ldn_analysis.models.results import Result


@dataclass(frozen=True, slots=True)
class Uncertain(Result):
    """A quantity with the distribution that stands for what is not known of it.

    Make one with `fixed`, `normal` (cut off at zero), `lognormal` (by median and coefficient of variation) or
    `uniform`.
    """

    kind: str
    first: float
    second: float = 0.0

    @classmethod
    def fixed(cls, value: float) -> Uncertain:
        """Known exactly."""
        return cls("fixed", float(finite("value", value)))

    @classmethod
    def normal(cls, mean: float, sd: float) -> Uncertain:
        """Normal, restricted to values above zero."""
        return cls("normal", float(positive("mean", mean)), float(positive("sd", sd)))

    @classmethod
    def from_interval(cls, estimate: float, lower95: float, upper95: float) -> Uncertain:
        """Normal about `estimate` (above zero) with the SD that a 95% interval implies."""
        if not lower95 < estimate < upper95:
            raise InputError(
                f"lower95 < estimate < upper95 must hold: {lower95:g}, {estimate:g}, {upper95:g}"
            )
        return cls.normal(estimate, (upper95 - lower95) / (2 * critical(0.95)))

    @classmethod
    def lognormal(cls, median: float, cv: float) -> Uncertain:
        """Log-normal with that median and coefficient of variation."""
        return cls("lognormal", float(positive("median", median)), float(positive("cv", cv)))

    @classmethod
    def uniform(cls, low: float, high: float) -> Uncertain:
        """Any value from `low` to `high` alike."""
        if not high > low:
            raise InputError(f"high is {high:g}: must be above low ({low:g})")
        return cls("uniform", float(finite("low", low)), float(high))

    def draw(self, rng: np.random.Generator, n: int) -> FloatArray:
        """`n` independent values."""
        return self.quantile(rng.random(n))

    def quantile(self, p: npt.ArrayLike) -> FloatArray:
        """The value below which a share `p` of the distribution lies."""
        u = np.asarray(p, dtype=float)
        if self.kind == "normal":
            below = ndtr(-self.first / self.second)
            return np.asarray(self.first + self.second * ndtri(below + u * (1 - below)), dtype=float)
        if self.kind == "lognormal":
            sigma = np.sqrt(np.log1p(self.second**2))
            return np.asarray(self.first * np.exp(sigma * ndtri(u)), dtype=float)
        if self.kind == "uniform":
            return self.first + (self.second - self.first) * u
        return np.full(u.shape, self.first)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class OccupancyInputs(Result):
    """What the occupancy model rests on. Hours, milligrams, ng/mL, percent.

    Those without a default come from publications; those with one are assumptions, to be varied.

    Parameters
    ----------
    half_life_h, time_of_peak_h, peak_ng_ml
        Naltrexone: half-life, time and height of the peak after `peak_dose_mg`.
    metabolite_half_life_h, metabolite_time_of_peak_h, metabolite_peak_ng_ml
        The same for 6-beta-naltrexol.
    peak_dose_mg : float
        Dose at which the peaks were measured; kinetics are taken as linear in dose.
    ed50_mg
        Single dose that occupied half of the receptors.
    decline_time_h, decline_percent, decline_sem : array, shape (M,)
        Blockade after `decline_dose_mg` in percent of that at the scan `decline_reference_h` hours after it.
    scan_h
        When the ED50 was scanned, hours after the dose. The publication says within 8 h.
    metabolite_weight
        Potency of 6-beta-naltrexol at brain receptors relative to naltrexone, per ng/mL. Nothing to half of
        it by default: its affinity is 2 to 20 times lower, and how much enters the brain is uncertain.
    slow_share, slow_half_life_h
        A second compartment of naltrexone: the share of plasma concentration that declines with the slow
        half-life. None by default.
    """

    half_life_h: Uncertain
    time_of_peak_h: Uncertain
    peak_ng_ml: Uncertain
    metabolite_half_life_h: Uncertain
    metabolite_time_of_peak_h: Uncertain
    metabolite_peak_ng_ml: Uncertain
    peak_dose_mg: float
    ed50_mg: Uncertain
    decline_dose_mg: float
    decline_time_h: npt.ArrayLike
    decline_percent: npt.ArrayLike
    decline_sem: npt.ArrayLike
    decline_reference_h: float = 1.0
    scan_h: Uncertain = field(default_factory=lambda: Uncertain.uniform(1.0, 8.0))
    metabolite_weight: Uncertain = field(default_factory=lambda: Uncertain.uniform(0.0, 0.5))
    slow_share: Uncertain = field(default_factory=lambda: Uncertain.fixed(0.0))
    slow_half_life_h: Uncertain = field(default_factory=lambda: Uncertain.fixed(96.0))

    def decline(self) -> Decline:
        """The measured decline, checked."""
        time = finite("decline_time_h", self.decline_time_h)
        percent = positive("decline_percent", self.decline_percent)
        sem = positive("decline_sem", self.decline_sem)
        same_length(decline_time_h=time, decline_percent=percent, decline_sem=sem)
        if np.any(np.diff(time) <= 0) or time[0] <= self.decline_reference_h:
            raise InputError("decline_time_h must increase and lie after decline_reference_h")
        return Decline(self.decline_dose_mg, self.decline_reference_h, time, percent, sem)


MOST_REDRAWS = 100
"""Then the peak is too late for most half-lives, which is refused where the curve is made."""


def draw_inputs(inputs: OccupancyInputs, n_draws: int, seed: int) -> dict[str, FloatArray]:
    """`n_draws` values of each uncertain input, by name, and of the decline (``decline_percent``, (N, M)).

    Scrambled Sobol points fill the inputs' space more evenly than independent draws do: the same number gives
    quantiles with about half of the simulation error (Owen 1998, Journal of Complexity 14:466).

    A half-life with a peak that comes too late for it (absorption slower than elimination, which `oral`
    refuses) is drawn again with its peak: wide spreads are cut to what the model allows.
    """
    from scipy.stats import qmc  # half a second to import

    rng, decline = np.random.default_rng(seed), inputs.decline()
    values = {n: v for n in inputs.__dataclass_fields__ if isinstance(v := getattr(inputs, n), Uncertain)}
    points = qmc.Sobol(len(values) + len(decline.percent), seed=rng).random_base2(
        math.ceil(math.log2(n_draws))
    )
    shares = np.clip(points[:n_draws].T, 1e-12, 1 - 1e-12)
    drawn = {
        name: value.quantile(share) for (name, value), share in zip(values.items(), shares, strict=False)
    }
    drawn["decline_percent"] = decline.percent + decline.sem * ndtri(shares[len(values) :].T)
    for drug in ("", "metabolite_"):
        half_life, peak = f"{drug}half_life_h", f"{drug}time_of_peak_h"
        for _ in range(MOST_REDRAWS):
            late = drawn[peak] >= drawn[half_life] / np.log(2)
            if not late.any():
                break
            for name in (half_life, peak):
                drawn[name][late] = values[name].draw(rng, int(late.sum()))
    return drawn


def plasma_curves(inputs: OccupancyInputs, drawn: dict[str, FloatArray]) -> tuple[Exponentials, Exponentials]:
    """Plasma concentration (ng/mL) of naltrexone and of 6-beta-naltrexol after 1 mg, one curve a draw."""
    slow_phase: dict[str, Any] = {}
    if np.any(drawn["slow_share"] > 0):
        slow_phase = {"slow_share": drawn["slow_share"], "slow_half_life_h": drawn["slow_half_life_h"]}
    peak_per_mg = drawn["peak_ng_ml"] / inputs.peak_dose_mg
    parent = oral(drawn["half_life_h"], drawn["time_of_peak_h"], peak_per_mg, **slow_phase)
    peak_per_mg = drawn["metabolite_peak_ng_ml"] / inputs.peak_dose_mg
    return parent, oral(drawn["metabolite_half_life_h"], drawn["metabolite_time_of_peak_h"], peak_per_mg)
