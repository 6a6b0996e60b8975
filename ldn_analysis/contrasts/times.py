"""The week at which a study is compared, and why there may be none."""

from __future__ import annotations

import math

from ldn_analysis.contrasts.choices import Material, Unusable
from ldn_analysis.contrasts.reported import ARM, known

_LAST_WEEK = {"6_months": 27.0, "12_months": 53.0}


def chosen_week(material: Material, primary: float) -> tuple[float, str]:
    """The week that the choice of time picks for this study, and a remark for the derivation."""
    weeks, time = material.weeks(), material.choices.time
    if not weeks:
        raise Unusable(_nothing(material))
    lasted = float(material.study.get("treatment_weeks") or math.nan)
    if isinstance(time, (int, float)):
        if float(time) in weeks:
            return float(time), ""
        raise Unusable(f"no estimate at week {time:g} (there is one at {listed(weeks)})")
    if time == "primary":
        return _primary_week(weeks, primary, lasted, paired=material.paired)
    # a week after the end of the treatment is a follow-up: not taken unless it is named
    within = [w for w in weeks if w <= _LAST_WEEK[time] and (not w > lasted + 0.5 or w == primary)]
    if not within:
        raise Unusable(f"no estimate up to {time.replace('_', ' ')}")
    late = within[-1] >= _LAST_WEEK[time] - 2
    note = "" if late else f"; no estimate at {time.replace('_', ' ')}, the last before it is used"
    return within[-1], note


def _primary_week(weeks: list[float], primary: float, lasted: float, *, paired: bool) -> tuple[float, str]:
    """The primary week where there is an estimate at it, the only one, or the best of those undeclared."""
    if primary in weeks:
        return primary, ""
    if len(weeks) == 1 and (math.isnan(primary) or paired):
        return weeks[0], ""
    if not math.isnan(primary):
        raise Unusable(f"no estimate at the primary time point, week {primary:g}")
    week, taken = undeclared_week(weeks, lasted)
    return week, f"; of weeks {listed(weeks)} none is declared primary: {taken}"


def undeclared_week(weeks: list[float], treatment_weeks: float) -> tuple[float, str]:
    """Of several weeks the end of treatment, else the last before it; and that in words."""
    during = [w for w in weeks if w <= treatment_weeks]
    week = max(during or weeks)
    end = (
        "the end of treatment"
        if week == treatment_weeks
        else "the last reported" + (" during treatment" if during else "")
    )
    return week, f"{end}, week {week:g}, is taken"


def listed(weeks: list[float]) -> str:
    """Weeks in a row, for a sentence."""
    return ", ".join(f"{week:g}" for week in sorted(weeks))


def week_of_trial(weeks: list[float], primary: float, treatment_weeks: float) -> float:
    """Of the weeks of a trial's reports its primary one, else the end of treatment or the last before it."""
    return primary if primary in weeks else undeclared_week(weeks, treatment_weeks)[0]


def _nothing(material: Material) -> str:
    """Why a study's rows hold no comparison with a control."""
    if material.masked:
        return "what is left gives no estimate"
    if not material.rows:
        return "nothing is reported of the whole trial, or of its first period"
    if all(row.statistic == "direction" for row in material.rows):
        return "only the direction of the effect is reported to us, no estimate"
    if not any(row.group in {"placebo", "ldn-placebo"} for row in material.rows):
        groups = sorted({ARM.get(row.group, row.group) for row in material.rows})
        return f"no control group: only {' and '.join(groups)}"
    if any(row.group == "ldn-placebo" and row.statistic.startswith("ratio") for row in material.rows):
        return "only a ratio of the groups' means is reported: a difference cannot be taken from it"
    undated = any(row.group != "placebo" and math.isnan(row.week) for row in material.rows)
    if undated and not known(float(material.study.get("treatment_weeks") or math.nan)):
        return "neither its estimate nor the length of its treatment says at which week it was measured"
    return "no between-group estimate is reported"
