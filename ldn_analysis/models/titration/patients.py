"""Virtual patients: each has a true dose-response, a placebo response, a baseline and days that vary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from ldn_analysis.errors import FloatArray, InputError, finite, positive, same_length, within
from ldn_analysis.models.results import Result


@dataclass(frozen=True, slots=True)
class DailyPain(Result):
    """How one patient's pain varies around its mean, and how it is measured.

    Parameters
    ----------
    day_sd : float
        SD of daily pain about the patient's own mean, points.
    autocorrelation : float
        Correlation of one day's pain with the next day's (first-order autoregression; for n-of-1 trials in
        fibromyalgia see Tang & Landes 2020, 10.1371/journal.pone.0228077). Means of different periods are
        taken as independent.
    baseline_days, measured_days : int
        Days averaged before treatment, and at the end of each dosing period.
    """

    day_sd: float = 15.0
    autocorrelation: float = 0.3
    baseline_days: int = 14
    measured_days: int = 3

    def __post_init__(self) -> None:
        within("day_sd", self.day_sd, 0)
        within("autocorrelation", self.autocorrelation, -1, 1, "()")
        within("baseline_days", self.baseline_days, 1)
        within("measured_days", self.measured_days, 1)

    def mean_sd(self, days: int) -> float:
        """SD of the mean of `days` consecutive days: exact for a first-order autoregression."""
        lag = np.arange(1, days)
        both = days + 2 * np.sum((days - lag) * self.autocorrelation**lag)
        return float(self.day_sd * np.sqrt(both) / days)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Patients(Result):
    """Virtual patients; arrays of shape (N,), pain in points (0 to 100 unless the caller's unit differs).

    Attributes
    ----------
    emax, ed50 : array
        Each patient's own effect at a very high dose (negative: less pain) and dose of half that effect, mg.
    baseline : array
        True mean pain before treatment.
    placebo_change : array
        Change that comes with any capsule and with time (negative: less pain).
    burden_per_mg : float
        Points of pain that one more milligram a day must relieve to be worth taking.
    max_dose, enough : float
        The best dose is the lowest, up to `max_dose`, with at least `enough` of the greatest net relief.
    """

    emax: FloatArray
    ed50: FloatArray
    baseline: FloatArray
    placebo_change: FloatArray
    burden_per_mg: float
    max_dose: float
    enough: float

    def effect(self, dose: npt.ArrayLike) -> FloatArray:
        """Drug effect (points, negative relieves) at `dose`: a scalar or one dose a patient."""
        dose = np.asarray(dose, dtype=float)
        return self.emax * dose / (self.ed50 + dose)

    def net_relief(self, dose: npt.ArrayLike) -> FloatArray:
        """Relief by the drug at `dose` less its burden (points, positive is better)."""
        return -self.effect(dose) - self.burden_per_mg * np.asarray(dose, dtype=float)

    def _peak(self) -> FloatArray:
        """Dose of the greatest net relief, mg: ``sqrt(m E / b) - E``, or `max_dose`."""
        peak = np.full(self.emax.shape, self.max_dose)
        if self.burden_per_mg > 0:
            relief = np.clip(-self.emax, 0, None)
            peak = np.clip(np.sqrt(relief * self.ed50 / self.burden_per_mg) - self.ed50, 0, self.max_dose)
        return peak

    def best_dose(self) -> FloatArray:
        """The best dose of each patient, mg; 0 where no dose gives a net relief.

        Net relief ``m d / (E + d) - b d`` rises to its one maximum; the lowest dose that reaches a given
        share of it is the smaller root of a quadratic.
        """
        relief, half, cost = np.clip(-self.emax, 0, None), self.ed50, self.burden_per_mg
        peak = self._peak()
        goal = self.enough * (relief * peak / (half + peak) - cost * peak)
        b = relief - cost * half - goal
        root = np.sqrt(np.clip(b**2 - 4 * cost * goal * half, 0, None))
        return np.where(goal > 0, 2 * goal * half / np.where(goal > 0, b + root, 1.0), 0.0)

    def best_relief(self) -> FloatArray:
        """Greatest net relief (points, positive) at any dose up to `max_dose`, never below 0."""
        return np.clip(self.net_relief(self._peak()), 0, None)


@dataclass(frozen=True, slots=True)
class Population(Result):
    """How patients differ from each other, and what counts as a best dose; points of 0 to 100.

    Parameters
    ----------
    ed50_log_sd : float
        SD between persons of the log of ED50. No trial informs it.
    baseline_mean, baseline_sd, baseline_range
        Pain before treatment: normal, cut off at the limits.
    placebo_relief, placebo_relief_sd : points
        Mean fall of pain on placebo (Häuser 2011, 10.1016/j.pain.2011.01.050: 7.69 points of 100), and its
        SD between persons. Holds regression to the mean and natural course as well.
    burden_per_mg, max_dose, enough
        See `Patients`.
    """

    ed50_log_sd: float = 0.5
    baseline_mean: float = 65.0
    baseline_sd: float = 15.0
    baseline_range: tuple[float, float] = (40.0, 100.0)
    placebo_relief: float = 7.69
    placebo_relief_sd: float = 15.0
    burden_per_mg: float = 0.0
    max_dose: float = 6.0
    enough: float = 0.9

    def __post_init__(self) -> None:
        within("enough", self.enough, 0, 1, "(]")
        positive("max_dose", self.max_dose)


def virtual_patients(
    emax: npt.ArrayLike,
    ed50: npt.ArrayLike,
    person_sd: npt.ArrayLike,
    population: Population | None = None,
    *,
    n: int = 20_000,
    seed: int = 20260102,
) -> Patients:
    """Draw patients: for each a posterior draw of the dose-response, and the patient's departure from it.

    Parameters
    ----------
    emax, ed50, person_sd : array, shape (B,)
        Posterior draws of the mean maximal effect (points, negative relieves), of the dose of half that
        effect (mg), and of the SD between persons of the maximal effect (points, at least 0). Pain on a
        0-10 scale is to be multiplied by 10 first, or every other parameter divided.
    population : Population, optional
        How persons differ besides; its defaults if not given.
    n : int
        Number of patients.

    Returns
    -------
    Patients
    """
    top, half = np.atleast_1d(finite("emax", emax)), np.atleast_1d(positive("ed50", ed50))
    spread = np.atleast_1d(within("person_sd", person_sd, 0))
    same_length(emax=top, ed50=half, person_sd=spread)
    within("n", n, 1)
    people = Population() if population is None else population
    rng = np.random.default_rng(seed)
    pick = rng.integers(len(top), size=n)
    return Patients(
        emax=top[pick] + spread[pick] * rng.standard_normal(n),
        ed50=half[pick] * np.exp(people.ed50_log_sd * rng.standard_normal(n)),
        baseline=_truncated(rng, n, people),
        placebo_change=-(people.placebo_relief + people.placebo_relief_sd * rng.standard_normal(n)),
        burden_per_mg=float(people.burden_per_mg),
        max_dose=float(people.max_dose),
        enough=float(people.enough),
    )


def _truncated(rng: np.random.Generator, n: int, people: Population) -> FloatArray:
    """Pain before treatment: normal, cut off at the limits."""
    mean, sd = people.baseline_mean, people.baseline_sd
    low, high = people.baseline_range
    if not low <= mean <= high:
        raise InputError(f"baseline_mean is {mean:g}: must lie in baseline_range ({low:g} to {high:g})")
    if sd == 0:
        return np.full(n, float(mean))
    a, b = ndtr((low - mean) / sd), ndtr((high - mean) / sd)
    return np.asarray(mean + sd * ndtri(a + (b - a) * rng.random(n)), dtype=float)
