"""The dosing question: trials by dose, receptor occupancy, and rules for finding one's dose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ldn_analysis import contrasts, models
from ldn_analysis.errors import InputError
from ldn_analysis.questions.dosing.pharmacology import ED50, MICROGLIA_ROWS, OCCUPANCY_ROWS, occupancy_inputs
from ldn_analysis.questions.responders.analysis import trial_arms

__all__ = [
    "DoseEffects",
    "daily_occupancy",
    "dose_effects",
    "known_occupancy",
    "occupancy_accounts",
    "patient_facts",
    "pharmacology_conflicts",
    "titration_rules",
    "titration_sweep",
    "typical_patients",
]

PLACEBO_RELIEF = "hauser2011_placebo"


@dataclass(frozen=True, slots=True, eq=False)
class DoseEffects:
    """The trials by dose, the Bayesian Emax model, and the slope of a meta-regression (None below k = 3)."""

    used: pd.DataFrame
    emax: models.BayesianEmax
    slope: models.MetaRegression | None

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """Effect at each dose before and after the data, the predictive interval, and the bits gained."""
        tails = [(1 - level) / 2, 0.5, (1 + level) / 2]
        rows = []
        for i, dose in enumerate(self.emax.at):
            before, after, new = (
                [float(one.quantile(p)) for p in tails]
                for one in (self.emax.prior_effect[i], self.emax.effect[i], self.emax.predictive[i])
            )
            rows.append(
                {
                    "dose_mg": float(dose), "prior_lower": before[0], "prior_upper": before[2],
                    "estimate": after[1], "lower": after[0], "upper": after[2],
                    "new_lower": new[0], "new_upper": new[2], "bits": float(self.emax.bits_effect[i]),
                }
            )  # fmt: skip
        return pd.DataFrame(rows)

    def ed50_density(self) -> pd.DataFrame:
        """Density of the dose of half effect per doubling, before and after: ``dose_mg prior posterior``."""
        grid, size = self.emax.ed50_grid, self.emax.ed50_grid.size
        prior = np.gradient((np.arange(size) + 0.5) / size, np.log2(grid))
        return pd.DataFrame(
            {"dose_mg": grid, "prior": prior, "posterior": prior * size * self.emax.ed50_posterior}
        )[1:-1]  # at the ends of the grid the slope is one-sided

    def confounders(self, ev: Any) -> pd.DataFrame:
        """What differs between the trials besides the dose."""
        columns = ["study_id", "design", "dose_schedule", "treatment_weeks", "year", "country", "n_analysed"]
        return self.used[["study_id", "label", "dose_mg", "yi"]].merge(
            ev.studies[columns], on="study_id", how="left"
        )


def _by_dose(derived: contrasts.Derived) -> tuple[pd.DataFrame, np.ndarray | None]:
    """The contrasts with a dose of their own, and their covariance where doses of one trial share a control
    group (None where none do).

    Raises
    ------
    InputError
        The size of a shared control group is not reported, so that its covariance is not known.
    """
    table = derived.table
    used = table[table["included"] & table["dose_mg"].notna()].reset_index(drop=True)
    mask = derived.by_dose["dose_mg"].notna() & derived.by_dose["included"].astype(bool)
    rows, at = derived.by_dose[mask].reset_index(drop=True), np.flatnonzero(mask)
    if not rows["study_id"].duplicated().any():
        return used, None
    covariance = derived.covariance[np.ix_(at, at)]
    known = np.isfinite(covariance).all(axis=1)
    if not known.all():
        unknown = rows["label"].to_numpy()[~known][0]
        raise InputError(f"{unknown}: its doses share a control group of unknown size")
    return rows, covariance


def dose_effects(
    ev: Any, contrast: Mapping[str, Any], *, emax_sd: float, ed50_median: float, ed50_log_sd: float,
    tau_scale: float, tau2_method: str = "REML", inference: str = "hksj", level: float = 0.95,
) -> DoseEffects:  # fmt: skip
    """Dose-response of the trials against placebo, by a Bayesian Emax model with stated priors.

    A trial of several doses has a row a dose; what these share through its control group enters the model.
    """
    used, covariance = _by_dose(contrasts.derive(ev, "pain", **contrast))
    if used.empty:
        raise InputError("no trial with a fixed dose gives a usable estimate under these choices")
    dose, yi, vi = (used[name].to_numpy() for name in ("dose_mg", "yi", "vi"))
    prior = models.EmaxPrior(
        emax_sd=emax_sd, ed50_median=ed50_median, ed50_log_sd=ed50_log_sd, tau_scale=tau_scale
    )
    slope = None
    if covariance is None and len(used) > 2 and len(set(dose)) > 1:  # the line takes trials as independent
        slope = models.meta_regression(
            yi, vi, dose, names=["dose, mg"], tau2_method=tau2_method, inference=inference, level=level
        )
    return DoseEffects(used, models.bayesian_emax(dose, yi, vi, prior, covariance=covariance), slope)


def occupancy_accounts(ev: Any, *, cv: float, n_draws: int, seed: int) -> dict[str, models.Occupancy] | None:
    """Occupancy over the day under each account of its slow decline, from the published pharmacology; None
    where its inputs were not yet published."""
    try:
        inputs = occupancy_inputs(ev, cv)
    except InputError:
        return None
    return {
        name: models.occupancy(inputs, kinetics=name, n_draws=n_draws, seed=seed)
        for name in models.OCCUPANCY_KINETICS
    }


def daily_occupancy(account: models.Occupancy) -> pd.DataFrame:
    """Median daily low and high of occupancy by dose, once daily: ``dose_mg low high`` (percent)."""
    table = account.table()
    once = table[(table["doses_per_day"] == 1) & table["quantity"].isin(["low", "high"])]
    wide = once.pivot_table(index="dose_mg_per_day", columns="quantity", values="median").reset_index()
    return wide.rename(columns={"dose_mg_per_day": "dose_mg"})[["dose_mg", "low", "high"]]


def known_occupancy(ev: Any, *, cv: float = 0.2, n_draws: int = 1000, seed: int = 1) -> pd.DataFrame | None:
    """`daily_occupancy` under the account nearest to PET; None where its inputs were not yet published."""
    try:
        inputs = occupancy_inputs(ev, cv)
    except InputError:
        return None
    return daily_occupancy(
        models.occupancy(inputs, kinetics="slow_dissociation", n_draws=n_draws, seed=seed, doses_per_day=(1,))
    )


def pharmacology_conflicts(
    ev: Any, *, dose_mg: float, cv: float, seed: int
) -> tuple[pd.DataFrame, models.ConcentrationMargin]:
    """What binding constants predict beside PET, and the free plasma peak beside TLR4's concentration."""
    table = ev.pharmacology
    drug = table[table["analyte"] == "naltrexone"]
    ki = drug.loc[drug["quantity"] == "Ki mu-opioid receptor", "value"].to_numpy(dtype=float)
    unbound = float(drug.loc[drug["quantity"] == "fraction unbound", "value"].iloc[0])
    tlr4 = table[table["quantity"].str.startswith("IC50 TLR4")].iloc[0]
    inputs = occupancy_inputs(ev, cv)
    margin = models.concentration_margin(
        dose_mg, peak_ng_ml=inputs.peak_ng_ml, peak_dose_mg=inputs.peak_dose_mg, fraction_unbound=unbound,
        target_um=models.Uncertain.from_interval(tlr4["value"], tlr4["lower95"], tlr4["upper95"]), seed=seed,
    )  # fmt: skip
    conflict = models.binding_conflict(inputs, ki, fraction_unbound=unbound, dose_mg=[dose_mg], seed=seed)
    constants = drug.loc[drug["quantity"] == "Ki mu-opioid receptor", "pharmacology_id"]
    plasma = (*OCCUPANCY_ROWS, *MICROGLIA_ROWS)
    rows = [(ED50,) if basis == "PET" else (*constants, *plasma) for basis in conflict["basis"]]
    return conflict.assign(inputs=pd.Series(rows, index=conflict.index)), margin


def patient_facts(ev: Any) -> pd.DataFrame:
    """What the data say of patients before treatment and on placebo, in points of 0 to 100 (relief positive).

    One row a source: ``quantity label n mean sd basis inputs``. The SD of an observed change holds the
    variation from day to day as well: it is more than the spread of relief between persons.
    """
    rows: list[dict[str, Any]] = []
    outcomes = ev.outcomes.set_index("outcome_id")
    for arms in trial_arms(ev):
        first = outcomes.loc[arms.inputs[0]]
        points = 100 / (first["scale_max"] - first["scale_min"])
        both, ends = (arms.treated, arms.control), {"label": arms.label, "inputs": arms.inputs}
        n = sum(one.n for one in both)
        rows += [
            {
                "quantity": "pain before treatment", "n": n, "basis": "means and SDs of both arms", **ends,
                "mean": points * sum(one.n * one.baseline_mean for one in both) / n,
                "sd": points * (sum(one.n * one.baseline_sd**2 for one in both) / n) ** 0.5,
            },
            {
                "quantity": "relief on placebo", "n": arms.control.n, "basis": arms.basis, **ends,
                "mean": -points * arms.control.change_mean, "sd": points * arms.control.change_sd,
            },
        ]  # fmt: skip
    table = ev.clinical_thresholds
    for row in table[table["threshold_id"] == PLACEBO_RELIEF].to_dict("records"):
        rows.append(
            {
                "quantity": "relief on placebo", "label": row["what"], "n": np.nan, "mean": row["value"],
                "sd": np.nan, "basis": "as reported", "inputs": (row["threshold_id"],),
            }
        )  # fmt: skip
    columns = ["quantity", "label", "n", "mean", "sd", "basis", "inputs"]
    return pd.DataFrame(rows, columns=columns).sort_values("quantity", kind="stable", ignore_index=True)


def typical_patients(facts: pd.DataFrame) -> dict[str, float]:
    """What `patient_facts` settle of `models.virtual_patients`; what they do not is left to its defaults.

    Pain before treatment is averaged over the trials by their participants; relief on placebo is that of the
    published synthesis, or the trials' average where it was not yet published.
    """
    known: dict[str, float] = {}
    before = facts[facts["quantity"] == "pain before treatment"]
    if len(before):
        known["baseline_mean"] = float(np.average(before["mean"], weights=before["n"]))
        known["baseline_sd"] = float(np.sqrt(np.average(before["sd"] ** 2, weights=before["n"])))
    relief = facts[facts["quantity"] == "relief on placebo"]
    published = relief[relief["n"].isna()]
    if len(published):
        known["placebo_relief"] = float(published["mean"].iloc[0])
    elif len(relief):
        known["placebo_relief"] = float(np.average(relief["mean"], weights=relief["n"]))
    return known


def titration_rules(
    fit: models.BayesianEmax, *, patients: int, person_sd: float, day_sd: float, placebo_relief_sd: float,
    enough: float, seed: int, **known: Any,
) -> tuple[models.Titration, ...]:  # fmt: skip
    """Common rules tried on virtual patients, who are drawn from the posterior of the Emax model.

    `person_sd` is the SD between persons of the drug's maximal effect, `day_sd` that of daily pain and
    `placebo_relief_sd` that of relief by placebo, all in points of 0 to 100: assumptions, all three.
    `known` is what `typical_patients` take from the data.
    """
    rng = np.random.default_rng(seed)
    cells = fit.emax.weights.size // fit.ed50_grid.size  # the mixture runs over ED50 first, then the rest
    cell = rng.choice(fit.emax.weights.size, size=2000, p=fit.emax.weights)
    emax = rng.normal(fit.emax.means[cell], fit.emax.sds[cell]) * 10  # 0-10 points to 0-100
    ed50 = fit.ed50_grid[cell // cells]
    people = models.virtual_patients(
        emax, ed50, np.full(emax.size, person_sd), n=patients, placebo_relief_sd=placebo_relief_sd,
        enough=enough, seed=seed, **known,
    )  # fmt: skip
    rules: dict[str, Any] = {
        "to 4.5 mg": models.FixedTarget(4.5),
        "to 6 mg": models.FixedTarget(6.0),
        "up until response": models.UntilResponse(),
        "n-of-1 trial": models.NOf1(),
    }
    return models.simulate_titration(rules, people, models.DailyPain(day_sd=day_sd), seed=seed)


def titration_sweep(
    fit: models.BayesianEmax, base: Mapping[str, float], steps: Mapping[str, tuple[float, ...]], seed: int
) -> pd.DataFrame:
    """The chances under other values of one assumption at a time, the rest as in `base`."""
    rows = []
    for name, values in steps.items():
        for value in values:
            settings: dict[str, Any] = {**base, name: value}
            table = models.titration_table(titration_rules(fit, seed=seed, **settings))
            kept = table[table["quantity"].isin(["near_best", "false_responder", "missed_responder"])]
            rows.append(kept.assign(assumption=name, value=value))
    return pd.concat(rows, ignore_index=True)
