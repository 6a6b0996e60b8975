"""From the table of pharmacology to the inputs of the occupancy model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

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
