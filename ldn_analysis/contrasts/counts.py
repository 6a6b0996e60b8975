"""What a row of the events table counts: people, events of a time at risk, or a percentage of people."""

from __future__ import annotations

import math
from typing import Any

from ldn_analysis import measures
from ldn_analysis.contrasts.choices import Unusable
from ldn_analysis.evidence.integrity import Printed, counts_of


def missing(value: Any) -> bool:
    """Whether a cell is empty."""
    return value is None or value != value or value == ""


def count_of(row: dict[Any, Any]) -> tuple[float, str]:
    """Events of a row, and how they were had where no count is printed; NaN where there is none.

    A percentage of people gives the one whole number that rounds to it; as text it has the digits that the
    source prints (40.0 is not 40).

    Raises
    ------
    Unusable
        More than one whole number rounds to the percentage, or none does.
    """
    if not missing(row["events"]):
        return float(row["events"]), ""
    if missing(row.get("percent")) or missing(row["n"]):
        return math.nan, ""
    percent, n = float(row["percent"]), float(row["n"])
    text = row["percent"] if isinstance(row["percent"], str) else f"{percent:.10g}"
    first, last = counts_of(Printed.parse(text), n)
    first, last = max(0, first), min(int(n), last)
    if first > last:
        raise Unusable(f"no whole number of {n:g} people is {percent:g} percent")
    if first < last:
        raise Unusable(
            f"only {percent:g} percent of {n:g} people is printed: that is any number from {first} to {last}"
        )
    return float(first), f"{first} of {n:g}: the one whole number that is {percent:g} percent"


def effect_of(
    a: float, n1: float, c: float, n2: float, *, both: float, weeks: tuple[float, float], paired: bool
) -> tuple[str, float, float]:
    """Ratio of LDN to control that counts give, as (measure, yi, vi) on the log scale.

    Parameters
    ----------
    a, n1, c, n2 : events and people under LDN and under control.
    both : of paired counts, people with the event under both conditions; NaN where not reported.
    weeks : person-weeks of the two groups where events, not people, were counted; NaN otherwise.
    paired : whether the same people were under both.

    Returns
    -------
    str, float, float
        "IRR" (rates), "MPRR" (paired counts) or "RR"; an empty word and NaN where no ratio can be had: paired
        counts without `both`, rates of the same people (how they correlate is not known), no event in either
        group.
    """
    nothing = "", math.nan, math.nan
    if any(math.isnan(x) for x in (a, c)) or a + c == 0:
        return nothing
    if not any(math.isnan(t) for t in weeks):
        if paired:
            return nothing
        effect = measures.two_rates("IRR", a, weeks[0], c, weeks[1])
    elif any(math.isnan(x) for x in (n1, n2)) or (paired and math.isnan(both)):
        return nothing
    elif paired:
        effect = measures.matched_pairs("MPRR", both, a, c, n1)
    else:
        effect = measures.risk_ratio(a, n1, c, n2)
    return effect.measure, float(effect.yi), float(effect.vi)
