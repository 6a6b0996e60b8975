"""Tables of the dosing report: doses compatible with the dose-finding study, placebo alone, occupancy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .dosing_pictures import ACCOUNTS
from .tables import Table, table

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "assumed_doses",
    "binding_conflict",
    "compatible_doses",
    "occupancy_decline",
    "occupancy_over_a_day",
    "placebo_alone",
]

_DOSES = {"ed50": "ED50, median", "ed50_lower": "from", "ed50_upper": "to"}
_ED95 = {"ed95_lower": "ED95 from", "ed95_upper": "ED95 to"}
_SHARES = {"beyond_percent": "ED95 above the doses tried or none, %", "no_ed95_percent": "No ED95, %"}
_BEFORE = {"prior_ed50_lower": "Before: ED50 from", "prior_ed50_upper": "to"}
_NONE_BEFORE = {"prior_no_ed95_percent": "Before: no ED95, %"}
_DIGITS = {**dict.fromkeys((*_DOSES, *_ED95, *_BEFORE), 1), **dict.fromkeys((*_SHARES, *_NONE_BEFORE), 0)}

_DAY = {
    "low": "lowest occupancy",
    "high": "highest occupancy",
    "hours_above_50": "time above 50%",
    "hours_above_80": "time above 80%",
    "p_transient": "probability of a transient blockade",
}


def compatible_doses(doses: pd.DataFrame) -> Table:
    """`analyses.DoseFinding.table` for a report."""
    return table(
        doses,
        caption="Doses compatible with the published report (95% intervals, mg)",
        columns={
            "account": "Largest response", **_DOSES, **_ED95, **_SHARES, **_BEFORE, **_NONE_BEFORE,
            "compatible": "Sequences kept", "listed": "of",
            "ed50_error": "Simulation error: ED50, mg, at most", "beyond_error": "of the share, %",
        },
        digits=_DIGITS | {"compatible": 0, "listed": 0, "ed50_error": 2, "beyond_error": 2},
        notes=[
            "ED95 is the dose at which 95% respond, placebo response included; a curve with a lower ceiling "
            "has none (∞). Before: what was assumed without the report.",
            "A sequence is kept within the tolerances (parameters) and counts by its nearness. The published "
            "ED50 is compatible with the mean of six pairs' middles on this grid, 3.875 mg.",
        ],
    )  # fmt: skip


def assumed_doses(doses: pd.DataFrame) -> Table:
    """`analyses.DoseFinding.assumptions` for a report."""
    return table(
        doses,
        caption="The same with one assumption changed at a time (95% intervals, mg)",
        columns={
            "account": "Assumption", "assumption": "About", **_DOSES, **_BEFORE, **_SHARES, **_NONE_BEFORE,
            "compatible": "Sequences kept",
        },
        digits=_DIGITS | {"compatible": 0},
        notes=[
            "Where a limit moves with 'before', it is the assumption that sets it and not the report.",
            "First doses that are not listed would hardly ever lead to such a report.",
        ],
    )  # fmt: skip


def placebo_alone(placebo: Any) -> Table:
    """A `models.PlaceboOnly` for a report."""
    import pandas as pd

    rows = pd.DataFrame(
        {
            "rate": 100 * placebo.rate, "often": 1e6 * placebo.probability,
            "bayes": placebo.bayes_factor, "error": placebo.bayes_factor_error,
        }
    )  # fmt: skip
    return table(
        rows,
        caption="Would placebo response alone give such a report?",
        columns={
            "rate": "Response at every dose, %", "often": "Such reports in a million (exact)",
            "bayes": "Bayes factor for a rising curve", "error": "± (simulation error)",
        },
        digits={"rate": 0, "often": 1, "bayes": 1, "error": 3},
        notes=[
            f"Curves that rise with dose give {1e6 * placebo.dose_dependent:.1f} ± "
            f"{1e6 * placebo.dose_dependent_error:.2f} in a million. A Bayes factor from a third to three "
            "says next to nothing."
        ],
    )  # fmt: skip


def occupancy_over_a_day(accounts: Mapping[str, Any], dose_mg: float) -> Table:
    """Each account's day (`models.Occupancy`) at one total dose, once daily and split in two."""
    import pandas as pd

    every = pd.concat([one.table().assign(account=ACCOUNTS[name]) for name, one in accounts.items()])
    shown = every[(every["dose_mg_per_day"] == dose_mg) & every["quantity"].isin(_DAY)]
    chance = shown["quantity"] == "p_transient"
    return table(
        shown.assign(
            quantity=shown["quantity"].map(_DAY),
            median=shown["median"].where(~chance, 100 * shown["median"]),
            unit=shown["unit"].where(~chance, "percent"),
        ),
        caption=f"Over a day at {dose_mg:g} mg in all (medians, 95% of draws)",
        columns={
            "account": "Account", "doses_per_day": "Doses a day", "quantity": "What", "median": "Median",
            "lower": "from", "upper": "to", "unit": "Unit",
        },
        digits={"median": 0, "lower": 0, "upper": 0},
    )  # fmt: skip


def occupancy_decline(accounts: Mapping[str, Any]) -> Table:
    """Each account beside the decline that PET measured."""
    import pandas as pd

    every = pd.concat([one.fit_to_decline().assign(account=ACCOUNTS[name]) for name, one in accounts.items()])
    return table(
        every,
        caption="Each account against the decline measured after 50 mg (percent of the scan at 1 h)",
        columns={
            "account": "Account", "time_h": "Hours", "measured": "Measured", "sem": "SEM",
            "predicted": "Predicted", "lower": "from", "upper": "to", "z": "Off by (SEM)",
        },
        digits={"predicted": 0, "lower": 0, "upper": 0, "z": 1},
    )  # fmt: skip


def binding_conflict(conflict: pd.DataFrame, margin: Any, dose_mg: float) -> Table:
    """Binding constants beside PET, and TLR4's concentration (`analyses.pharmacology_conflicts`)."""
    return table(
        conflict,
        caption="A conflict that stands: what binding constants predict, and what PET shows",
        columns={
            "basis": "Basis", "dose_mg": "Dose, mg", "occupancy_percent": "Occupancy, %",
            "ed50_mg": "Dose of half occupancy, mg", "potency_ratio": "PET's dose over it",
        },
        digits={"occupancy_percent": 0, "ed50_mg": 2, "potency_ratio": 1},
        notes=[
            f"Free plasma naltrexone at {dose_mg:g} mg peaks {margin.orders_of_magnitude[0]:.1f} powers of "
            "ten below the concentration that half blocks TLR4 (mouse microglia, the mirror-image molecule)."
        ],
    )  # fmt: skip
