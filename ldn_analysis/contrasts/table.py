"""The contrast table: one row a study (and instrument) with yi, vi and the derivation that made them."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

import pandas as pd

from ldn_analysis.contrasts.chain import Chain, Explanation, Step
from ldn_analysis.contrasts.choices import Choices, Material, Unusable, rows_of
from ldn_analysis.contrasts.reported import ARM
from ldn_analysis.contrasts.rules import difference
from ldn_analysis.contrasts.scale import in_points, standardised
from ldn_analysis.contrasts.study_sets import Member, membership
from ldn_analysis.errors import InputError
from ldn_analysis.evidence import require_published

__all__ = ["COLUMNS", "contrasts", "estimates", "explain"]

COLUMNS = (
    "study_id",
    "label",
    "year",
    "design",
    "dose_mg",
    "week",
    "n_ldn",
    "n_control",
    "yi",
    "vi",
    "se",
    "measure",
    "instrument",
    "unit",
    "better",
    "derivation",
    "source",
    "location",
    "how_read",
    "included",
    "exclusion_reason",
    "crossover_r",
    "outcome",
    "inputs",
)

_LAST_WEEK = {"6_months": 27.0, "12_months": 53.0}


class HasTables(Protocol):
    """What is needed of `evidence.Evidence`."""

    @property
    def studies(self) -> pd.DataFrame: ...
    @property
    def outcomes(self) -> pd.DataFrame: ...


@dataclass(frozen=True, slots=True)
class Contrast:
    """One row of the table with its chain; the table and the explanation are two views of it."""

    study: dict[str, Any]
    outcome: str
    reported_as: str
    instrument: str
    measure: str
    unit: str
    better: str
    week: float
    n_ldn: float
    n_control: float
    yi: float
    vi: float
    words: str
    reason: str
    crossover_r: float
    chain: Chain

    @property
    def row(self) -> dict[str, Any]:
        """The table's row, in the order of `COLUMNS`."""
        values = {
            "study_id": self.study["study_id"],
            "label": self.study["label"],
            "year": self.study["year"],
            "design": self.study["design"],
            "dose_mg": _dose(self.study),
            "week": self.week,
            "n_ldn": self.n_ldn,
            "n_control": self.n_control,
            "yi": self.yi,
            "vi": self.vi,
            "se": math.sqrt(self.vi) if self.vi >= 0 else math.nan,
            "measure": self.measure,
            "instrument": self.instrument,
            "unit": self.unit,
            "better": self.better,
            "derivation": ". ".join(part for part in (self.words, self.chain.words()) if part),
            "source": self.chain.sources("source") or str(self.study["doi"] or ""),
            "location": self.chain.sources("location"),
            "how_read": self.chain.sources("how_read"),
            "included": not self.reason,
            "exclusion_reason": self.reason,
            "crossover_r": self.crossover_r,
            "outcome": self.reported_as,
            "inputs": self.chain.outcome_ids(),
        }
        return {name: values[name] for name in COLUMNS}

    @property
    def explanation(self) -> Explanation:
        """The same derivation, step by step."""
        return Explanation(
            self.study["study_id"],
            self.study["label"],
            self.outcome,
            self.measure,
            self.instrument,
            self.unit,
            self.better,
            not self.reason,
            self.reason,
            self.words,
            tuple(self.chain.steps),
        )


def _dose(study: dict[str, Any]) -> float:
    """Dose in mg a day if it is one number; NaN for a range."""
    try:
        return float(study["dose_mg_per_day"])
    except (TypeError, ValueError):
        return math.nan


def estimates(ev: HasTables, outcome: str = "pain", measure: str = "MD", **choices: Any) -> pd.DataFrame:
    """Every study that bears on an outcome, with the effect of LDN against control where it can be derived.

    Parameters
    ----------
    ev
        `evidence.Evidence` (or its `as_of` view).
    outcome
        A domain of the outcomes table: "pain" (in NRS points 0-10 under MD), "symptom severity" (points
        0-100), "pain threshold", "function" (each instrument in its own unit).
    measure
        "MD", or "SMD" (Hedges' g with the exact correction).
    study_set : {"primary", "with_pilot", "all_randomised"}
        Which studies are included; membership and reasons come from the data (``data/study_sets.csv``).
    time : {"primary", "6_months", "12_months"} or a number of weeks
        "primary": each study's primary time point. "6_months", "12_months": each study's last one up to then
        (so a trial of 12 weeks stays in, and its `week` says so). A number: estimates at exactly that week.
    adjusted : bool
        True (default): a reported adjusted difference is preferred. False: an unadjusted one, or one from the
        arms.
    crossover_r : None, a number in (-1, 1), or "parallel"
        None: the correlation that the paper's own result implies (its standard error is used as it is). A
        number replaces it where the SDs of the conditions are known. "parallel" ignores the pairing: an
        error, offered to reproduce published analyses, and labelled so.
    reading : {"all", "transcribed", "abstract"}
        Use only numbers read in abstracts (and registries); or also those transcribed from full texts by
        others; or all. In a row read as "abstract+transcribed" estimate, n and p count as abstract, interval
        and SD as transcribed.
    ci_distribution : {"t", "z"}
        How intervals of differences are turned into standard errors; t with n1 + n2 - 2 df (paired: n - 1) by
        default (Handbook 6.5.2.3: arms below 60).
    raw : {"change", "final"}
        What ``adjusted=False`` takes from arms that report baseline and final values.
    pre_post_r : float
        Assumed correlation of baseline and final values where the SD of the change (or of values) is not
        reported; default 0.5. Sweep it.
    assumed_crossover_r : float
        Only under SMD, only where a crossover reports no SDs of its conditions and `crossover_r` is None;
        default 0.5.
    smd_sd : {"change", "final"}
        The SD that standardises: of change scores (default: the only one that every trial reports or nearly
        so), or of values. Differences standardised by different SDs should not be mixed (Handbook 23.2.7.2,
        10.5.2).
    correction : {"exact", "approximate", "none"}
        Small-sample correction of the SMD.
    assumed_baseline : float, optional
        Baseline mean, in points of the paper's scale, for studies with percent reductions and no baseline
        mean. Default None: such studies are excluded under MD.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`. yi is LDN minus control (negative favours LDN where lower is better); `measure` is
        MD or SMD, `instrument` the scale or device, `outcome` the domain the numbers were reported under,
        `inputs` the outcome ids that were read. Excluded rows stay, yi NaN, with `exclusion_reason`. Included
        rows come first, both by year.

    Raises
    ------
    InputError
        An unknown outcome or choice, a correlation outside (-1, 1), or evidence as of a year by which no
        study of the outcome had been published.
    """
    table = pd.DataFrame([c.row for c in contrasts(ev, outcome, measure, **choices)], columns=list(COLUMNS))
    numeric = ["dose_mg", "week", "n_ldn", "n_control", "yi", "vi", "se", "crossover_r"]
    return table.astype(dict.fromkeys(numeric, float) | {"included": bool, "year": int})


def explain(
    ev: HasTables,
    study_id: str,
    outcome: str = "pain",
    measure: str = "MD",
    instrument: str | None = None,
    **choices: Any,
) -> Explanation:
    """The chain from what the paper prints to yi and vi, under the same choices as `estimates`.

    Where a study measured the outcome with several instruments and none is named, their chains follow one
    another.

    Raises
    ------
    InputError
        No such study, or it reports nothing on the outcome; the message lists the studies that do.
    """
    found = contrasts(ev, outcome, measure, **choices)
    mine = [c for c in found if c.study["study_id"] == study_id and instrument in (None, c.instrument)]
    if not mine:
        listed = ", ".join(dict.fromkeys(str(c.study["study_id"]) for c in found))
        raise InputError(
            f"nothing on {outcome!r} from {study_id!r}"
            + (f" with instrument {instrument!r}" if instrument else "")
            + f"; studies with it: {listed}"
        )
    if len(mine) == 1:
        return mine[0].explanation
    steps: list[Step] = []
    for i, contrast in enumerate(mine, 1):
        steps += [
            replace(
                s,
                key=f"c{i}{s.key}",
                quantity=f"{contrast.instrument}: {s.quantity}",
                inputs=tuple(f"c{i}{k}" if s.kind != "reported" else k for k in s.inputs),
            )
            for s in contrast.chain.steps
        ]
    first = mine[0].explanation
    reasons = "; ".join(f"{c.instrument}: {c.reason}" for c in mine if c.reason)
    return replace(
        first,
        instrument="; ".join(c.instrument for c in mine),
        steps=tuple(steps),
        unit="; ".join(dict.fromkeys(c.unit for c in mine)),
        reason=reasons,
        included=any(not c.reason for c in mine),
        better="; ".join(dict.fromkeys(c.better for c in mine)),
    )


def contrasts(ev: HasTables, outcome: str = "pain", measure: str = "MD", **choices: Any) -> list[Contrast]:
    """What `estimates` tabulates and `explain` explains; same parameters."""
    try:
        chosen = Choices(measure=measure, **choices)
    except TypeError:
        known = [f for f in asdict(Choices()) if f != "measure"]
        unknown = [name for name in choices if name not in known]
        raise InputError(f"unknown choice {', '.join(unknown)}: must be one of {', '.join(known)}") from None
    require_published(
        ev, f"study of {outcome}", lambda e: e.outcomes.loc[e.outcomes["domain"] == outcome, "study_id"]
    )
    domains = set(ev.outcomes["domain"])
    if outcome not in domains:
        raise InputError(f"outcome is {outcome!r}: must be one of {', '.join(sorted(domains))}")
    members = membership(ev, outcome, chosen.study_set)
    found = []
    for study in ev.studies.to_dict("records"):
        member = members.get(str(study["study_id"]))
        if member is None:
            continue
        rows = ev.outcomes
        mine = rows[(rows["study_id"] == study["study_id"]) & (rows["domain"] == member.domain)]
        if mine.empty:
            reason = member.outside or "no estimate of this outcome is available to us"
            found.append(
                _excluded({str(k): v for k, v in study.items()}, outcome, "", chosen, reason, Chain())
            )
        for instrument, group in mine.groupby("measure", sort=False):
            found.append(
                _contrast(
                    {str(k): v for k, v in study.items()}, outcome, str(instrument), group, chosen, member
                )
            )
    return sorted(found, key=lambda c: (bool(c.reason), c.study["year"], c.study["study_id"]))


def _contrast(
    study: dict[str, Any],
    outcome: str,
    instrument: str,
    group: pd.DataFrame,
    choices: Choices,
    member: Member,
) -> Contrast:
    domain, outside = member.domain, member.outside
    rows, masked = rows_of(
        [{str(k): v for k, v in record.items()} for record in group.to_dict("records")], choices
    )
    material = Material(study, rows, choices, masked)
    better = next((r.better for r in rows if r.better), "")
    try:
        week, note = _week(material, member.week)
        chain, diff = difference(material, week)
        if choices.measure == "MD":
            yi, vi, unit, better = in_points(material, chain, diff, outcome)
        else:
            yi, vi, unit, better = standardised(material, chain, diff)
    except Unusable as problem:
        reason = outside or str(problem)
        if masked and not outside and "reading" not in reason:
            reason += f" (numbers beyond reading={choices.reading!r} are set aside)"
        return replace(
            _excluded(study, outcome, instrument, choices, reason, Chain()), reported_as=domain, better=better
        )
    words = diff.words + note
    if domain != outcome:
        words += f"; the outcome is {domain}, not {outcome}"
    r = diff.r.value if diff.r is not None else math.nan
    if outside:
        return replace(
            _excluded(study, outcome, instrument, choices, outside, chain),
            reported_as=domain,
            unit=unit,
            better=better,
            week=diff.week,
            n_ldn=diff.n_ldn,
            n_control=diff.n_control,
            words=words,
            crossover_r=r,
        )
    return Contrast(
        study,
        outcome,
        domain,
        instrument,
        choices.measure,
        unit,
        better,
        diff.week,
        diff.n_ldn,
        diff.n_control,
        yi.value,
        vi.value,
        words,
        "",
        r,
        chain,
    )


def _excluded(
    study: dict[str, Any], outcome: str, instrument: str, choices: Choices, reason: str, chain: Chain
) -> Contrast:
    return Contrast(
        study,
        outcome,
        outcome,
        instrument,
        choices.measure,
        "",
        "",
        math.nan,
        math.nan,
        math.nan,
        math.nan,
        math.nan,
        "",
        reason,
        math.nan,
        chain,
    )


def _week(material: Material, primary: float) -> tuple[float, str]:
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
