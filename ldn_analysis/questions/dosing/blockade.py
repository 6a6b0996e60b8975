"""Receptors: the occupancy model's inputs from the table of pharmacology, what PET says of a single dose, the
modelled day on repeated doses, where constants disagree."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ldn_analysis import models
from ldn_analysis.errors import InputError
from ldn_analysis.evidence import Evidence

PLASMA = ("half-life-naltrexone", "tmax-naltrexone", "half-life-6-beta-naltrexol")
PEAKS = ("cmax-naltrexone-100mg", "cmax-6-beta-naltrexol-100mg")
DECLINE = tuple(f"blockade-relative-to-1-h-scan-naltrexone-50mg-{h}h" for h in (48, 72, 120, 168))
ED50 = "ed50-mu-occupancy-naltrexone"
OCCUPANCY_ROWS = (*PLASMA, *PEAKS, *DECLINE, ED50)
"""Rows of ``pharmacology.csv`` that the occupancy model takes."""

MICROGLIA_ROWS = (PEAKS[0], "fraction-unbound-naltrexone", "ic50-tlr4-mouse-microglia-plus-naltrexone")


def quantity(ev: Evidence, key: str) -> dict[Any, Any]:
    """The row of ``pharmacology.csv`` with that key.

    Raises
    ------
    InputError
        There is none, for example in an earlier year.
    """
    rows = ev.pharmacology[ev.pharmacology["pharmacology_id"] == key]
    if not len(rows):
        raise InputError(f"{key} is not in pharmacology.csv (or has no year)")
    return rows.to_dict("records")[0]


def peak(row: Mapping[Any, Any]) -> models.Uncertain:
    """A mean peak with its standard error, as a row of `quantity` reports it."""
    return models.Uncertain.lognormal(row["value"], row["sd"] / math.sqrt(row["n"]) / row["value"])


def occupancy_inputs(ev: Evidence, cv: float = 0.2) -> models.OccupancyInputs:
    """The occupancy model's inputs from ``pharmacology.csv``; `cv` is assumed where no spread is published.

    Raises
    ------
    InputError
        A quantity is missing, for example in an earlier year.
    """
    decline = [quantity(ev, key) for key in DECLINE]
    parent, metabolite = (quantity(ev, key) for key in PEAKS)
    ed50 = quantity(ev, ED50)
    half_life, peak_time, second = (quantity(ev, key)["value"] for key in PLASMA)
    u = models.Uncertain

    def assumed(median: float) -> models.Uncertain:
        return u.lognormal(median, cv) if cv else u.fixed(median)

    return models.OccupancyInputs(
        half_life_h=assumed(half_life),
        time_of_peak_h=assumed(peak_time),
        peak_ng_ml=peak(parent),
        metabolite_half_life_h=assumed(second),
        metabolite_time_of_peak_h=assumed(metabolite["time_h"]),
        metabolite_peak_ng_ml=peak(metabolite),
        peak_dose_mg=parent["dose_mg"],
        ed50_mg=u.from_interval(ed50["value"], ed50["lower95"], ed50["upper95"]),
        decline_dose_mg=decline[0]["dose_mg"],
        decline_time_h=[d["time_h"] for d in decline],
        decline_percent=[d["value"] for d in decline],
        decline_sem=[d["se"] for d in decline],
    )


@dataclass(frozen=True, slots=True)
class SingleDose:
    """Mu receptors occupied hours after one dose, by PET: percent, with the limits of its 95% interval."""

    dose_mg: float
    percent: float
    lower: float
    upper: float
    inputs: tuple[str, ...]


def single_dose_occupancy(ev: Evidence, dose_mg: float) -> SingleDose | None:
    """``100 d / (d + ED50)`` from the published ED50 and its limits: a closed form, nothing is simulated.

    None where the ED50 was not yet published.
    """
    try:
        row = quantity(ev, ED50)
    except InputError:
        return None
    middle, low, high = (100 * dose_mg / (dose_mg + row[name]) for name in ("value", "upper95", "lower95"))
    return SingleDose(dose_mg, middle, low, high, (ED50,))


def single_dose_curve(ev: Evidence, most_mg: float) -> pd.DataFrame:
    """`single_dose_occupancy` from 0 to `most_mg`: ``dose_mg percent lower upper``; empty if unknown."""
    doses = [single_dose_occupancy(ev, float(mg)) for mg in np.linspace(0, most_mg, 61)]
    rows = [(dose.dose_mg, dose.percent, dose.lower, dose.upper) for dose in doses if dose is not None]
    return pd.DataFrame(rows, columns=["dose_mg", "percent", "lower", "upper"])


def occupancy_accounts(
    ev: Evidence, *, cv: float = 0.2, n_draws: int = 2048, seed: int = 1
) -> dict[str, models.Occupancy] | None:
    """Occupancy over the day at steady state under each account of its slow decline, from the published
    pharmacology; None where its inputs were not yet published.

    Every report that states a number of it calls this with the same size and seed.
    """
    try:
        inputs = occupancy_inputs(ev, cv)
    except InputError:
        return None
    return {
        name: models.occupancy(inputs, kinetics=name, n_draws=n_draws, seed=seed)
        for name in models.OCCUPANCY_KINETICS
    }


def daily_occupancy(account: models.Occupancy) -> pd.DataFrame:
    """Daily low and high of occupancy by dose, once daily, percent, each a median with its 95% limits.

    Columns ``dose_mg low low_lower low_upper high high_lower high_upper``.
    """
    table = account.table()
    once = table[table["doses_per_day"] == 1].set_index("dose_mg_per_day")
    ends = []
    for name in ("low", "high"):
        part = once[once["quantity"] == name][["median", "lower", "upper"]]
        ends.append(part.set_axis([name, f"{name}_lower", f"{name}_upper"], axis=1))
    return pd.concat(ends, axis=1).rename_axis("dose_mg").reset_index()


def blockade_chances(accounts: dict[str, models.Occupancy], dose_mg: float) -> pd.DataFrame:
    """Chance that a day on `dose_mg`, once, is a transient blockade: ``account chance error``."""
    rows = []
    for name, account in accounts.items():
        table = account.table()
        chosen = (table["dose_mg_per_day"] == dose_mg) & (table["doses_per_day"] == 1)
        row = table[chosen & (table["quantity"] == "p_transient")].iloc[0]
        rows.append((name, float(row["median"]), float(row["mc_se"])))
    return pd.DataFrame(rows, columns=["account", "chance", "error"])


def microglia_margin(ev: Evidence, dose_mg: float, seed: int = 1) -> tuple[float, float, float]:
    """Powers of ten by which the free plasma peak of naltrexone after `dose_mg` lies below the concentration
    that half blocks TLR4, with 95% limits. That was measured with (+)-naltrexone in mouse cells; the medicine
    is (-)-naltrexone, and human cells may differ.

    Raises
    ------
    InputError
        A quantity is missing, for example in an earlier year.
    """
    highest, unbound, tlr4 = (quantity(ev, key) for key in MICROGLIA_ROWS)
    return models.concentration_margin(
        dose_mg,
        peak_ng_ml=peak(highest),
        peak_dose_mg=highest["dose_mg"],
        fraction_unbound=unbound["value"],
        target_um=models.Uncertain.from_interval(tlr4["value"], tlr4["lower95"], tlr4["upper95"]),
        seed=seed,
    )


def pharmacology_conflicts(
    ev: Evidence, *, dose_mg: float, cv: float, seed: int
) -> tuple[pd.DataFrame, tuple[float, float, float]]:
    """What binding constants predict beside PET, and the free plasma peak beside TLR4's concentration."""
    table = ev.pharmacology
    drug = table[table["analyte"] == "naltrexone"]
    ki = drug[drug["quantity"] == "Ki mu-opioid receptor"]
    unbound = float(drug.loc[drug["quantity"] == "fraction unbound", "value"].iloc[0])
    inputs = occupancy_inputs(ev, cv)
    margin = microglia_margin(ev, dose_mg, seed)
    conflict = models.binding_conflict(
        inputs, ki["value"].to_numpy(dtype=float), fraction_unbound=unbound, dose_mg=[dose_mg], seed=seed
    )
    binding = (*ki["pharmacology_id"], *OCCUPANCY_ROWS, *MICROGLIA_ROWS)
    rows = [(ED50,) if basis == "PET" else binding for basis in conflict["basis"]]
    return conflict.assign(inputs=pd.Series(rows, index=conflict.index)), margin
