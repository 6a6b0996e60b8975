"""Registered, unreported trials as candidate designs, read from ``registrations.csv``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .designs import HIGHEST_MG, Arm, Design

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ldn_analysis.evidence import Evidence

CARRYOVER = 0.2
"""Assumed share of the effect that is left in the next period of a registered crossover, as in the other
candidates without a washout."""

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def registered_designs(ev: Evidence) -> dict[str, Design]:
    """Every registered trial without a report whose row says enough: people, doses, comparator.

    Doses between which people are randomised are arms; of a dose that is reached by steps the last counts.
    Half of the people of a factorial trial are on the drug. What the row does not say (lengths, washout) is
    left to the parameters. Withdrawn trials, and those without people, are left out.
    """
    table = ev.registrations
    found = {}
    for row in table[table["study_id"].isna()].to_dict("records"):
        design = _design(row)
        if design is not None:
            found[design.name] = design
    return found


def _design(row: Mapping[Any, Any]) -> Design | None:
    people, comparator = row["n_planned"], row["comparator"]
    if not people > 1 or "withdrawn" in str(row["status_as_read"]) or not isinstance(comparator, str):
        return None
    doses = [float(text) for text in _NUMBER.findall(str(row["doses_mg_per_day"]))]
    if not doses or max(doses) > HIGHEST_MG:
        return None
    arms = tuple(Arm(dose) for dose in sorted(set(doses)))
    if comparator == "placebo":
        arms = (Arm(0.0), Arm(doses[-1]))
    if len(arms) < 2 or comparator not in ("placebo", "between doses"):
        return None
    titled = row["title"] if isinstance(row["title"], str) else row["registry_id"]
    shared: dict[str, Any] = {
        "name": f"registered-{re.sub('[^a-z0-9]+', '-', str(row['registry_id']).lower())}",
        "title": f"registered: {titled}, {row['condition']}",
        "source": f"{row['registry_id']} ({row['status_as_read']})",
    }
    if "crossover" in str(row["design"]):
        shared["source"] += f"; assumed: balanced order, {100 * CARRYOVER:.0f}% carried over"
        weeks = row["treatment_weeks"]
        periods = (float(weeks),) * len(arms) if weeks > 0 else ()
        return Design(
            kind="crossover", arms=arms, people=float(people), weeks=periods, carryover=CARRYOVER, **shared
        )
    shared["source"] += "; assumed: groups of one size"
    each = float(people) / len(arms)
    return Design(
        kind="parallel", arms=tuple(Arm(arm.dose, arm.schedule, each) for arm in arms), people=float(people),
        **shared,
    )  # fmt: skip
