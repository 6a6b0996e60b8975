"""Tables of responders, from results."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from ldn_analysis.display.words import MISSING, interval, percent, rows_of, span


def mixtures(plans: Sequence[Any], trial: Any) -> pd.DataFrame:
    """One row a mixture (`responders.mixture_plans`): ``share responders others sd fits here needed``, and
    ``inputs``; `fits` says where responders would have to change by more than the scale allows."""
    rows = []
    for plan in plans:
        m, power = plan.mixture, plan.power
        fits, here, needed = "impossible", MISSING, MISSING
        if power is not None:
            fits = "allows it" if plan.fits else "speaks against it"
            at = list(power.n).index(max(trial.treated.n, 5))
            here = f"{percent(float(power.power[at]))} ± {max(200 * power.mc_se[at], 1):.0f}"
            most = f"over {power.n[-1]:,}"
            needed, *ends = (
                f"{float(f'{n:.2g}'):,.0f}" if math.isfinite(n) else most
                for n in (power.needed, *power.needed_range)
            )
            needed = needed if ends == [most, most] else f"{needed} ({ends[0]} to {ends[1]})"
        share = f"{100 * m.share:g}% respond"
        means = (m.responder_mean, m.other_mean)
        rows.append((share, *means, plan.implied_sd, fits, here, needed, trial.inputs))
    names = ["share", "responders", "others", "sd", "fits", "here", "needed", "inputs"]
    return pd.DataFrame(rows, columns=names)


def companions(table: pd.DataFrame) -> pd.DataFrame:
    """What goes with the sedimentation rate (`responders.companions`) with intervals as text."""
    rows = rows_of(table)
    return table.assign(
        r=[interval(row.r, row.r_lower, row.r_upper) for row in rows],
        partial=[interval(row.partial, row.partial_lower, row.partial_upper) for row in rows],
        response=[span(row.response_lower, row.response_upper) for row in rows],
    )


def not_compared(table: pd.DataFrame) -> pd.DataFrame:
    """Counts that are not compared (`responders.counts_not_compared`) in cells: ``label event week ldn
    placebo reason inputs``."""
    return table.assign(
        event=table["event"].str.capitalize(),
        ldn=[_of(row.a, row.n1) for row in rows_of(table)],
        placebo=[_of(row.c, row.n2) for row in rows_of(table)],
        reason=table["exclusion_reason"],
    )


def _of(events: float, people: float) -> str:
    """People with an event, of how many; a dash where either is not known."""
    return f"{events:g}/{people:g}" if math.isfinite(events + people) else MISSING
