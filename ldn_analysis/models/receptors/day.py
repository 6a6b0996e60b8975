"""Receptor occupancy over the day at low doses, once or twice daily, with the uncertainty of every input.

Published half-lives and peaks give the concentration (`occupancy_kinetics`); PET gives the occupancy that a
concentration produces and how slowly it goes (`occupancy_receptor`). Each input is drawn from its stated
distribution, the model is calibrated anew for every draw, and the day at steady state is read off exactly.
How occupancy declines was measured after 50 mg only: at low dose it is an extrapolation, so the three
accounts of it are results to compare, not a setting to choose once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from ldn_analysis.cache import cached
from ldn_analysis.errors import FloatArray, InputError, finite, one_of, positive, same_length
from ldn_analysis.models.limits import critical
from ldn_analysis.models.receptors.kinetics import Exponentials, oral
from ldn_analysis.models.receptors.receptor import (
    OCCUPANCY_KINETICS,
    Decline,
    Kinetics,
    Receptor,
    calibrate,
    relative_decline,
)
from ldn_analysis.models.results import Result

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Occupancy", "OccupancyInputs", "Uncertain", "draw_inputs", "occupancy", "plasma_curves"]


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
        u = rng.random(n)
        if self.kind == "normal":
            below = ndtr(-self.first / self.second)
            return np.asarray(self.first + self.second * ndtri(below + u * (1 - below)), dtype=float)
        if self.kind == "lognormal":
            sigma = np.sqrt(np.log1p(self.second**2))
            return np.asarray(self.first * np.exp(sigma * ndtri(u)), dtype=float)
        if self.kind == "uniform":
            return self.first + (self.second - self.first) * u
        return np.full(n, self.first)

    @property
    def centre(self) -> float:
        """Median (of the distribution before it is cut off at zero)."""
        return (self.first + self.second) / 2 if self.kind == "uniform" else self.first

    def __str__(self) -> str:
        if self.kind == "fixed":
            return f"{self.first:g}"
        words = {
            "normal": "mean {:g}, SD {:g}",
            "lognormal": "median {:g}, CV {:g}",
            "uniform": "{:g} to {:g}",
        }
        return f"{self.kind}: " + words[self.kind].format(self.first, self.second)


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
        time, percent = (
            finite("decline_time_h", self.decline_time_h),
            positive("decline_percent", self.decline_percent),
        )
        sem = positive("decline_sem", self.decline_sem)
        same_length(decline_time_h=time, decline_percent=percent, decline_sem=sem)
        if np.any(np.diff(time) <= 0) or time[0] <= self.decline_reference_h:
            raise InputError("decline_time_h must increase and lie after decline_reference_h")
        return Decline(self.decline_dose_mg, self.decline_reference_h, time, percent, sem)


def draw_inputs(inputs: OccupancyInputs, n_draws: int, seed: int) -> dict[str, FloatArray]:
    """`n_draws` values of each uncertain input, by name, and of the decline (``decline_percent``, (N, M))."""
    rng = np.random.default_rng(seed)
    named = {name: getattr(inputs, name) for name in inputs.__dataclass_fields__}
    drawn = {k: v.draw(rng, n_draws) for k, v in named.items() if isinstance(v, Uncertain)}
    decline = inputs.decline()
    noise = rng.standard_normal((n_draws, len(decline.percent)))
    drawn["decline_percent"] = decline.percent + decline.sem * noise
    return drawn


def plasma_curves(inputs: OccupancyInputs, drawn: dict[str, FloatArray]) -> tuple[Exponentials, Exponentials]:
    """Plasma concentration (ng/mL) of naltrexone and of 6-beta-naltrexol after 1 mg, one curve a draw."""
    second: dict[str, Any] = {}
    if np.any(drawn["slow_share"] > 0):
        second = {"slow_share": drawn["slow_share"], "slow_half_life_h": drawn["slow_half_life_h"]}
    parent = oral(
        drawn["half_life_h"], drawn["time_of_peak_h"], drawn["peak_ng_ml"] / inputs.peak_dose_mg, **second
    )
    metabolite = oral(
        drawn["metabolite_half_life_h"],
        drawn["metabolite_time_of_peak_h"],
        drawn["metabolite_peak_ng_ml"] / inputs.peak_dose_mg,
    )
    return parent, metabolite


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
    levels : array, shape (Q,)
    bands : array, shape (R, Q, T)
        Pointwise quantiles of occupancy, percent.
    draws : dict of arrays, shape (R, N)
        ``low``, ``high``, ``mean`` of the day (percent) and ``hours_above_X`` for each threshold X.
    thresholds : tuple
        Percent.
    transient_high, transient_low : float
        A day counts as transient blockade if it rises to `transient_high` and falls to `transient_low`.
    receptor : Receptor
        The calibrated model, for predictions elsewhere (``receptor.single``, ``receptor.steady``).
    inputs, n_draws, seed
        What it was made from.
    """

    kinetics: Kinetics
    dose_mg_per_day: FloatArray
    doses_per_day: npt.NDArray[np.int64]
    time_h: FloatArray
    levels: FloatArray
    bands: FloatArray
    draws: dict[str, FloatArray]
    thresholds: tuple[float, ...]
    transient_high: float
    transient_low: float
    receptor: Receptor
    inputs: OccupancyInputs
    n_draws: int
    seed: int

    @property
    def p_transient(self) -> FloatArray:
        """Share of draws in which the day is a transient blockade, shape (R,)."""
        passed = (self.draws["high"] >= self.transient_high) & (self.draws["low"] <= self.transient_low)
        return passed.mean(axis=1)

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """One row a regimen and quantity: median (with Monte-Carlo SE), limits of the central `level`."""
        import pandas as pd

        rows = []
        for r, (dose, times) in enumerate(zip(self.dose_mg_per_day, self.doses_per_day, strict=True)):
            for name, values in self.draws.items():
                median, lower, upper, mc = _quantiles(values[r], level)
                rows.append(
                    (dose, times, name, median, lower, upper, mc, "h" if "hours" in name else "percent")
                )
            p = self.p_transient[r]
            se = np.sqrt(p * (1 - p) / self.n_draws)
            rows.append((dose, times, "p_transient", p, np.nan, np.nan, se, "probability"))
        names = ["dose_mg_per_day", "doses_per_day", "quantity", "median", "lower", "upper", "mc_se", "unit"]
        return pd.DataFrame(rows, columns=names).assign(kinetics=self.kinetics)

    def band_table(self) -> pd.DataFrame:
        """One row a regimen and time, one column a quantile (``q2.5``, ...): the figure's data."""
        import pandas as pd

        frames = []
        for r, (dose, times) in enumerate(zip(self.dose_mg_per_day, self.doses_per_day, strict=True)):
            columns = {f"q{100 * q:g}": self.bands[r, i] for i, q in enumerate(self.levels)}
            frames.append(
                pd.DataFrame(
                    {"dose_mg_per_day": dose, "doses_per_day": times, "time_h": self.time_h, **columns}
                )
            )
        return pd.concat(frames, ignore_index=True).assign(kinetics=self.kinetics)

    def fit_to_decline(self) -> pd.DataFrame:
        """Measured decline against the model: median and 95% limits over the draws, and the misfit.

        ``z`` is (predicted median - measured) / SEM; the sum of its squares tells the accounts apart.
        """
        import pandas as pd

        decline = self.inputs.decline()
        predicted = relative_decline(self.receptor, decline)
        lower, median, upper = np.quantile(predicted, [0.025, 0.5, 0.975], axis=0)
        return pd.DataFrame(
            {
                "kinetics": self.kinetics,
                "dose_mg": decline.dose_mg,
                "time_h": decline.time_h,
                "measured": decline.percent,
                "sem": decline.sem,
                "predicted": median,
                "lower": lower,
                "upper": upper,
                "z": (median - decline.percent) / decline.sem,
            }
        )

    def predict(
        self, dose_mg: Sequence[float], time_h: Sequence[float], *, every_h: float | None = None
    ) -> pd.DataFrame:
        """Predicted occupancy (percent) for each dose and time: single dose, or at steady state.

        Pairs are taken together, as scans are: ``predict([2, 5], [4, 4])`` gives two rows.
        """
        import pandas as pd

        rows = []
        for dose, time in zip(dose_mg, time_h, strict=True):
            if every_h is None:
                values = self.receptor.single(dose, np.array([float(time)]))[:, 0]
            else:
                grid = np.union1d(np.linspace(0, every_h, 241), [time])
                values = self.receptor.steady(dose, every_h, grid)[:, np.searchsorted(grid, time)]
            rows.append((dose, time, *_quantiles(100 * values, 0.95)))
        names = ["dose_mg", "time_h", "median", "lower", "upper", "mc_se"]
        return pd.DataFrame(rows, columns=names).assign(kinetics=self.kinetics)


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
    thresholds: Sequence[float] = (50.0, 80.0),
    levels: Sequence[float] = (0.025, 0.25, 0.5, 0.75, 0.975),
    transient_high: float = 50.0,
    transient_low: float = 20.0,
    n_draws: int = 1000,
    step_h: float = 0.1,
    seed: int = 20260101,
) -> Occupancy:
    """Mu-opioid receptor occupancy over 24 h at steady state, as bands over the draws of the inputs.

    Parameters
    ----------
    inputs : OccupancyInputs
    dose_mg_per_day, doses_per_day
        Every combination is a regimen: the same total in one dose, in two, ...
    kinetics : {"plasma", "effect_compartment", "slow_dissociation"}
        How occupancy follows the drug (see `occupancy_receptor`). The same seed gives the same draws of the
        inputs for each, so that the accounts differ by nothing else.
    thresholds : percent
        Occupancies for which the time spent above them is counted.
    levels
        Quantiles of the bands.
    transient_high, transient_low : percent
        Definition of a transient blockade (see `Occupancy`).
    n_draws, step_h, seed
        Size of the simulation, time step within the day, seed.

    Returns
    -------
    Occupancy

    Raises
    ------
    InputError
        Unknown kinetics; doses or counts not positive; too few draws; a peak too late for its half-life.
    """
    one_of("kinetics", kinetics, OCCUPANCY_KINETICS)
    doses, times = (
        positive("dose_mg_per_day", list(dose_mg_per_day)),
        np.asarray(doses_per_day, dtype=np.int64),
    )
    positive("doses_per_day", times)
    if n_draws < 20:
        raise InputError(f"n_draws is {n_draws}: at least 20 are needed for quantiles")
    drawn = draw_inputs(inputs, n_draws, seed)
    parent, metabolite = plasma_curves(inputs, drawn)
    plasma = parent.plus(metabolite, drawn["metabolite_weight"])
    receptor = calibrate(
        kinetics, plasma, drawn["ed50_mg"], drawn["scan_h"], inputs.decline(), drawn["decline_percent"]
    )
    regimens = [(dose, k) for dose in doses for k in times]
    per_day = round(24 / step_h)
    names = ["low", "high", "mean", *(f"hours_above_{x:g}" for x in thresholds)]
    draws: dict[str, list[FloatArray]] = {name: [] for name in names}
    bands = np.empty((len(regimens), len(levels), per_day + 1))
    for r, (dose, k) in enumerate(regimens):
        steps = max(1, round(per_day / int(k)))
        cycle = 100 * receptor.steady(dose / k, 24 / k, np.linspace(0, 24 / k, steps + 1))
        ends = (cycle[:, :-1] + cycle[:, 1:]) / 2
        draws["low"].append(cycle.min(axis=1))
        draws["high"].append(cycle.max(axis=1))
        draws["mean"].append(ends.mean(axis=1))
        for x in thresholds:
            draws[f"hours_above_{x:g}"].append(24 * _share_above(cycle, x))
        band = np.quantile(cycle, levels, axis=0)
        whole_day = np.concatenate([np.tile(band[:, :-1], int(k)), band[:, :1]], axis=1)
        clock = np.linspace(0, 24, whole_day.shape[1])
        for q, line in enumerate(whole_day):
            bands[r, q] = np.interp(np.linspace(0, 24, per_day + 1), clock, line)
    return Occupancy(
        kinetics=kinetics,
        dose_mg_per_day=np.array([dose for dose, _ in regimens]),
        doses_per_day=np.array([k for _, k in regimens]),
        time_h=np.linspace(0, 24, per_day + 1),
        levels=np.asarray(levels, dtype=float),
        bands=bands,
        draws={name: np.array(values) for name, values in draws.items()},
        thresholds=tuple(thresholds),
        transient_high=transient_high,
        transient_low=transient_low,
        receptor=receptor,
        inputs=inputs,
        n_draws=n_draws,
        seed=seed,
    )


def _share_above(curve: FloatArray, threshold: float) -> FloatArray:
    """Share of the time that a curve on an even grid spends above a threshold (linear between points)."""
    left, right = curve[:, :-1] - threshold, curve[:, 1:] - threshold
    span = np.abs(left) + np.abs(right)
    above = np.clip(left, 0, None) + np.clip(right, 0, None)
    # Both ends above: 1; both below: 0; crossing: the part of the step on the upper side.
    return np.where(span > 0, above / np.where(span > 0, span, 1.0), 0.0).mean(axis=1)
