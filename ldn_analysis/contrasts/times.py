"""The week at which a study is compared, and why there may be none."""

from __future__ import annotations

import math

from ldn_analysis.contrasts.choices import Material, Unusable
from ldn_analysis.contrasts.reported import ARM

__all__ = ["chosen_week"]

_LAST_WEEK = {"6_months": 27.0, "12_months": 53.0}


def chosen_week(material: Material, primary: float) -> tuple[float, str]:
    """The week that the choice of time picks for this study, and a remark for the derivation."""
    weeks, time = material.weeks(), material.choices.time
    if not weeks:
        raise Unusable(_nothing(material))
    if isinstance(time, (int, float)):
        if float(time) in weeks:
            return float(time), ""
        raise Unusable(f"no estimate at week {time:g} (there is one at {', '.join(f'{w:g}' for w in weeks)})")
    if time == "primary":
        if not math.isnan(primary) and primary not in weeks and not material.paired:
            raise Unusable(f"no estimate at the primary time point, week {primary:g}")
        return (weeks[0] if math.isnan(primary) or material.paired else primary), ""
    within = [w for w in weeks if w <= _LAST_WEEK[time]]
    if not within:
        raise Unusable(f"no estimate up to {time.replace('_', ' ')}")
    late = within[-1] >= _LAST_WEEK[time] - 2
    return within[
        -1
    ], "" if late else f"; no estimate at {time.replace('_', ' ')}, the last before it is used"


def _nothing(material: Material) -> str:
    """Why a study's rows hold no comparison with a control."""
    if material.masked:
        return f"what was read within reading={material.choices.reading!r} gives no estimate"
    if all(row.statistic == "direction" for row in material.rows):
        return "only the direction of the effect is reported to us, no estimate"
    if not any(row.group in {"placebo", "ldn-placebo"} for row in material.rows):
        groups = sorted({ARM.get(row.group, row.group) for row in material.rows})
        return f"no control group: only {' and '.join(groups)}"
    return "no between-group estimate is reported"
