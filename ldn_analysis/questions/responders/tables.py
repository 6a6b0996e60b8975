"""Tables of responders, from results."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from ldn_analysis.display.words import interval, number, percent

__all__ = ["companions", "mixtures"]


def mixtures(plans: Sequence[Any], trial: Any) -> pd.DataFrame:
    """One row a mixture (`responders.mixture_plans`): ``share responders others sd fits here needed``, and
    ``inputs``."""
    rows = []
    for plan in plans:
        m, power = plan.power.mixture, plan.power
        here = float(power.power[list(power.n).index(max(trial.treated.n, 5))])
        needed = (
            f"{float(f'{power.needed:.2g}'):.0f}" if math.isfinite(power.needed) else f"over {power.n[-1]}"
        )
        fits = "allows it" if plan.fits else "speaks against it"
        rows.append((
            f"{100 * m.share:g}", m.responder_mean, m.other_mean, plan.implied_sd, fits, percent(here),
            needed, trial.inputs,
        ))  # fmt: skip
    names = ["share", "responders", "others", "sd", "fits", "here", "needed", "inputs"]
    return pd.DataFrame(rows, columns=names)


def companions(table: pd.DataFrame) -> pd.DataFrame:
    """What goes with the sedimentation rate (`responders.companions`) with intervals as text."""
    rows = [
        (row["name"], interval(row["r"], row["r_lower"], row["r_upper"]),
         interval(row["partial"], row["partial_lower"], row["partial_upper"]),
         f"{number(row['response_lower'])} to {number(row['response_upper'])}", row["inputs"])
        for row in table.to_dict("records")
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["name", "r", "partial", "response", "inputs"])
