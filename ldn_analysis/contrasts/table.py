"""The contrast table and its derivations, made together from the reported statistics."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any, Protocol

import pandas as pd

from ldn_analysis.cache import cached
from ldn_analysis.contrasts.chain import Chain, Explanation
from ldn_analysis.contrasts.choices import Choices, Material, Unusable, rows_of
from ldn_analysis.contrasts.contrast import COLUMNS, Contrast, explained
from ldn_analysis.contrasts.rules import difference
from ldn_analysis.contrasts.scale import in_points, standardised
from ldn_analysis.contrasts.study_sets import Member, membership
from ldn_analysis.contrasts.times import chosen_week
from ldn_analysis.errors import InputError
from ldn_analysis.evidence import require_published

__all__ = ["Derived", "HasTables", "contrasts", "derive", "estimates", "explain"]


class HasTables(Protocol):
    """What is needed of `evidence.Evidence`."""

    @property
    def studies(self) -> pd.DataFrame: ...
    @property
    def outcomes(self) -> pd.DataFrame: ...


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """Contrasts of an outcome and the derivation of each.

    Attributes
    ----------
    table : DataFrame
        One row a study (and instrument), columns `COLUMNS`.
    explanations : mapping of study id to Explanation
        The chain of each study of the table, in its order.
    """

    outcome: str
    table: pd.DataFrame
    explanations: Mapping[str, Explanation]

    def explanation(self, study_id: str) -> Explanation:
        """The chain from what the paper prints to yi and vi.

        Raises
        ------
        InputError
            No such study, or it reports nothing on the outcome; the message lists the studies that do.
        """
        if study_id not in self.explanations:
            raise InputError(
                f"nothing on {self.outcome!r} from {study_id!r}; studies with it: "
                + ", ".join(self.explanations)
            )
        return self.explanations[study_id]


def derive(ev: HasTables, outcome: str = "pain", measure: str = "MD", **choices: Any) -> Derived:
    """Every study that bears on an outcome: the effect of LDN against control, and how it was derived.

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
    reading : {"all", "transcribed", "read by us", "abstract"}
        Use only numbers read in abstracts (and registries); or all that we read ourselves, full texts among
        them; or also those transcribed from full texts by others; or all. In a row read as
        "abstract+transcribed" estimate, n and p count as abstract, interval and SD as transcribed.
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
    Derived
        `table`, one row a study (and instrument), and `explanations` by study. In the table yi is LDN minus
        control (negative favours LDN where lower is better); `measure` is MD or SMD, `instrument` the scale
        or device, `outcome` the domain the numbers were reported under, `inputs` the outcome ids read.
        Excluded rows stay, yi NaN, with `exclusion_reason`. Included rows come first, both by year.

    Raises
    ------
    InputError
        An unknown outcome or choice, a correlation outside (-1, 1), or evidence as of a year by which no
        study of the outcome had been published.
    """
    found = contrasts(ev, outcome, measure, **choices)
    table = pd.DataFrame([c.row for c in found], columns=list(COLUMNS))
    numeric = ["dose_mg", "week", "n_ldn", "n_control", "yi", "vi", "se", "crossover_r"]
    by_study: dict[str, list[Contrast]] = {}
    for contrast in found:
        by_study.setdefault(str(contrast.study["study_id"]), []).append(contrast)
    return Derived(
        outcome,
        table.astype(dict.fromkeys(numeric, float) | {"included": bool, "year": int}),
        MappingProxyType({study: explained(mine) for study, mine in by_study.items()}),
    )


def estimates(ev: HasTables, outcome: str = "pain", measure: str = "MD", **choices: Any) -> pd.DataFrame:
    """The table of `derive`."""
    return derive(ev, outcome, measure, **choices).table


def explain(
    ev: HasTables, study_id: str, outcome: str = "pain", measure: str = "MD", **choices: Any
) -> Explanation:
    """The chain of one study, as `derive` gives it."""
    return derive(ev, outcome, measure, **choices).explanation(study_id)


@cached
def contrasts(ev: HasTables, outcome: str = "pain", measure: str = "MD", **choices: Any) -> list[Contrast]:
    """What `derive` tabulates and explains; same parameters."""
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
        if member.measure and member.domain != outcome:  # its other measures are of that domain alone
            mine = mine[mine["measure"] == member.measure]
        if mine.empty:
            reason = member.outside or "no estimate of this outcome is available to us"
            found.append(
                _excluded({str(k): v for k, v in study.items()}, outcome, "", chosen, reason, Chain())
            )
        for instrument, group in mine.groupby("measure", sort=False):
            found.append(
                _contrast(
                    {str(k): v for k, v in study.items()},
                    outcome,
                    str(instrument),
                    group,
                    chosen,
                    member.of(str(instrument)),
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
        week, note = chosen_week(material, member.week)
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
