"""Rules for finding a person's dose, tried on virtual patients whose best dose is known.

Three families besides doing nothing: go up to a fixed dose and judge there; go up until there is a response;
an n-of-1 trial with randomised blocks. Each sees pain as a clinician does, a noisy mean that also holds the
placebo response, and ends with a dose and a verdict. Arrays run over patients; loops are over dosing periods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from ldn_analysis.cache import cached
from ldn_analysis.errors import BoolArray, FloatArray, InputError, positive, within
from ldn_analysis.models.results import Result
from ldn_analysis.models.titration.patients import DailyPain, Patients

Verdict = tuple[FloatArray, BoolArray, FloatArray]


class TitrationRule(Protocol):
    """A rule gives for every patient the final dose, whether it calls a response, and the weeks taken."""

    def run(self, patients: Patients, pain: DailyPain, rng: np.random.Generator) -> Verdict: ...


def _baseline(patients: Patients, pain: DailyPain, rng: np.random.Generator) -> FloatArray:
    noise = pain.mean_sd(pain.baseline_days) * rng.standard_normal(len(patients.baseline))
    return patients.baseline + noise


def _period(
    patients: Patients, pain: DailyPain, rng: np.random.Generator, dose: npt.ArrayLike, days: int
) -> FloatArray:
    """Observed mean pain of one dosing period; the dose acts at once."""
    mean = patients.baseline + patients.placebo_change + patients.effect(dose)
    return mean + pain.mean_sd(min(pain.measured_days, days)) * rng.standard_normal(len(mean))


@dataclass(frozen=True, slots=True)
class NoTreatment(Result):
    """Nobody takes the drug, nobody is called a responder: what every other rule must beat."""

    def run(self, patients: Patients, pain: DailyPain, rng: np.random.Generator) -> Verdict:  # noqa: ARG002
        nothing = np.zeros(len(patients.baseline))
        return nothing, np.zeros(nothing.size, dtype=bool), nothing


@dataclass(frozen=True, slots=True)
class FixedTarget(Result):
    """Up by `step` every `step_days` from `start` to `target`, hold, then judge against baseline.

    A response is a fall of at least `response_percent` of the observed baseline. Without one the drug is
    stopped (dose 0).
    """

    target: float = 4.5
    start: float = 1.5
    step: float = 1.5
    step_days: int = 7
    hold_days: int = 56
    response_percent: float = 30.0

    def run(self, patients: Patients, pain: DailyPain, rng: np.random.Generator) -> Verdict:
        first = _baseline(patients, pain, rng)
        ladder = _ladder(self.start, self.step, self.target)
        days = [self.step_days] * (len(ladder) - 1) + [self.hold_days]
        for dose, length in zip(ladder, days, strict=True):
            last = _period(patients, pain, rng, dose, length)
        called = first - last >= self.response_percent / 100 * first
        return np.where(called, self.target, 0.0), called, np.full(len(first), sum(days) / 7)


@dataclass(frozen=True, slots=True)
class UntilResponse(Result):
    """Up by `step` every `step_days`, at most to `top`, until pain has fallen by `response_percent`.

    The fall is of the observed baseline. The first dose with a response is kept. Without any the drug is
    stopped (dose 0).
    """

    top: float = 6.0
    start: float = 1.5
    step: float = 1.5
    step_days: int = 7
    response_percent: float = 30.0

    def run(self, patients: Patients, pain: DailyPain, rng: np.random.Generator) -> Verdict:
        first = _baseline(patients, pain, rng)
        n = len(first)
        dose_now, weeks = np.zeros(n), np.zeros(n)
        called = np.zeros(n, dtype=bool)
        for dose in _ladder(self.start, self.step, self.top):
            now = _period(patients, pain, rng, dose, self.step_days)
            going = ~called
            weeks += going * self.step_days / 7
            met = going & (first - now >= self.response_percent / 100 * first)
            dose_now = np.where(met, dose, dose_now)
            called |= met
        return dose_now, called, weeks


@dataclass(frozen=True, slots=True)
class NOf1(Result):
    """Blinded n-of-1 trial: in each block every dose once, in random order, 0 mg among them.

    Kept is the lowest dose with at least `enough` of the greatest observed net relief against 0 mg (net of
    the patients' burden per mg). It is called a response if the relief is at least `response_points` and its
    one-sided test against 0 mg reaches `confidence` (the day-to-day SD is taken as known; no allowance is
    made for having chosen the best of several doses). Otherwise the drug is stopped.
    """

    doses: tuple[float, ...] = (0.0, 1.5, 3.0, 4.5, 6.0)
    blocks: int = 3
    period_days: int = 7
    response_points: float = 10.0
    confidence: float = 0.95
    enough: float = 0.9

    def run(self, patients: Patients, pain: DailyPain, rng: np.random.Generator) -> Verdict:
        doses = np.asarray(self.doses, dtype=float)
        if doses[0] != 0 or np.any(np.diff(doses) <= 0) or len(doses) < 2:
            raise InputError(f"doses is {self.doses}: must start with 0 and increase")
        within("blocks", self.blocks, 1)
        n, k = len(patients.baseline), len(doses)
        people = np.arange(n)
        total = np.zeros((n, k))
        for _ in range(self.blocks):
            order = np.argsort(rng.random((n, k)), axis=1)
            for column in order.T:
                total[people, column] += _period(patients, pain, rng, doses[column], self.period_days)
        relief = (total[:, :1] - total[:, 1:]) / self.blocks
        net = relief - patients.burden_per_mg * doses[1:]
        top = net.max(axis=1, keepdims=True)
        chosen = np.argmax(net >= np.where(top > 0, self.enough, 1.0) * top - 1e-9, axis=1)
        se = pain.mean_sd(min(pain.measured_days, self.period_days)) * np.sqrt(2 / self.blocks)
        needed = max(self.response_points, float(ndtri(self.confidence)) * se)
        called = (relief[people, chosen] >= needed) & (top[:, 0] > 0)
        weeks = np.full(n, k * self.blocks * self.period_days / 7)
        return np.where(called, doses[1:][chosen], 0.0), called, weeks


def _ladder(start: float, step: float, top: float) -> FloatArray:
    positive("start", start)
    positive("step", step)
    if top < start:
        raise InputError(f"the highest dose is {top:g}: must not be below the start ({start:g})")
    rungs = np.arange(start, top - 1e-9, step)
    return np.append(rungs, top)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Titration(Result):
    """What a rule did to N virtual patients, and how often it was right.

    Attributes
    ----------
    final_dose, best_dose, weeks : array, shape (N,)
        mg, mg, weeks.
    called : bool array, shape (N,)
        The rule called the patient a responder.
    responder : bool array, shape (N,)
        The truth: some dose up to the maximum relieves by at least `worthwhile_points`.
    relief, best_relief : array, shape (N,)
        True net relief by the drug at the final dose, and at the dose that relieves most (points, positive).
    worthwhile_points, near_mg : float
        Definitions of a true responder and of being near the best dose.
    seed : int
    """

    label: str
    rule: TitrationRule
    final_dose: FloatArray
    best_dose: FloatArray
    weeks: FloatArray
    called: BoolArray
    responder: BoolArray
    relief: FloatArray
    best_relief: FloatArray
    worthwhile_points: float
    near_mg: float
    pain: DailyPain
    seed: int

    @property
    def near(self) -> BoolArray:
        """Ended within `near_mg` of the best dose (tolerance for rounding included)."""
        return np.abs(self.final_dose - self.best_dose) <= self.near_mg + 1e-9

    def quantities(self) -> dict[str, tuple[float, float, int, str]]:
        """For each quantity: estimate, Monte-Carlo standard error, number of patients behind it, unit.

        ``near_best`` (all patients), ``near_best_responders`` (true responders only), ``false_responder``
        (called, among those who are not), ``missed_responder`` (not called, among those who are),
        ``predictive_value`` (responders, among those called), ``true_responders`` and ``best_none`` (for whom
        no dose relieves) among all, whatever the rule; ``weeks``; ``relief`` and ``regret``, the relief that
        falls short of that at the dose which relieves most.
        A quantity over nobody is NaN.
        """
        true, called = self.responder, self.called
        shares = {
            "near_best": self.near,
            "near_best_responders": self.near[true],
            "false_responder": called[~true],
            "missed_responder": ~called[true],
            "predictive_value": true[called],
            "called": called,
            "true_responders": true,
            "best_none": self.best_dose == 0,
        }
        means = {
            "weeks": (self.weeks, "weeks"),
            "relief": (self.relief, "points"),
            "regret": (self.best_relief - self.relief, "points"),
        }
        out = {name: (*_mean(v.astype(float)), len(v), "probability") for name, v in shares.items()}
        return out | {name: (*_mean(v), len(v), unit) for name, (v, unit) in means.items()}


def _mean(values: FloatArray) -> tuple[float, float]:
    if len(values) == 0:
        return float("nan"), float("nan")
    return float(values.mean()), float(values.std() / np.sqrt(len(values)))


@cached
def simulate_titration(
    rules: Mapping[str, TitrationRule],
    patients: Patients,
    pain: DailyPain | None = None,
    *,
    worthwhile_points: float = 10.0,
    near_mg: float = 0.75,
    seed: int = 20260103,
) -> tuple[Titration, ...]:
    """Try each rule on the same virtual patients.

    Parameters
    ----------
    rules : mapping of label to rule
        `FixedTarget`, `UntilResponse`, `NOf1`, or anything with their ``run``.
    patients : Patients
        From `virtual_patients`.
    pain : DailyPain, optional
        Day-to-day variation and measurement; its defaults if not given.
    worthwhile_points : float
        Relief by the drug from which a patient is a true responder. 10 of 100 is the smallest change that
        patients call slightly better (Salaffi 2004, 10.1016/j.ejpain.2003.09.004).
    near_mg : float
        Distance from the best dose that counts as having found it.

    Returns
    -------
    tuple of Titration
        In the order of `rules`.
    """
    positive("worthwhile_points", worthwhile_points)
    pain = DailyPain() if pain is None else pain
    relief = patients.best_relief()
    shared: dict[str, Any] = {"pain": pain, "near_mg": near_mg, "worthwhile_points": worthwhile_points}
    shared |= {"best_dose": patients.best_dose(), "best_relief": relief, "seed": seed}
    shared["responder"] = relief >= worthwhile_points
    results = []
    for label, rule in rules.items():
        dose, called, weeks = rule.run(patients, pain, np.random.default_rng(seed))
        own: dict[str, Any] = {"label": label, "rule": rule, "called": called, "weeks": weeks}
        results.append(Titration(**own, final_dose=dose, relief=patients.net_relief(dose), **shared))
    return tuple(results)


def titration_table(results: Sequence[Titration]) -> pd.DataFrame:
    """One row a rule and quantity: ``rule quantity estimate mc_se n unit``."""
    rows = [(r.label, name, *values) for r in results for name, values in r.quantities().items()]
    return pd.DataFrame(rows, columns=["rule", "quantity", "estimate", "mc_se", "n", "unit"])


def relief_differences(results: Sequence[Titration]) -> pd.DataFrame:
    """Mean relief under one rule less that under another, on the same patients, for each pair.

    One row a pair: ``first second difference error`` (points, positive: the first relieves more; `error` is
    the simulation's).
    """
    rows = []
    for first, second in combinations(results, 2):
        each = first.relief - second.relief
        rows.append((first.label, second.label, *_mean(each)))
    return pd.DataFrame(rows, columns=["first", "second", "difference", "error"])
