"""The contrast table and its derivations, made together from what is reported: one estimate a trial."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from ldn_analysis.cache import cached
from ldn_analysis.contrasts.chain import Chain, Explanation, beside
from ldn_analysis.contrasts.choices import Choices
from ldn_analysis.contrasts.contrast import COLUMNS, Contrast, contrast_of, empty_contrast, explained
from ldn_analysis.contrasts.scale import COMMON
from ldn_analysis.contrasts.study_sets import HasTables, Member, main_reports, membership, trial_of
from ldn_analysis.contrasts.times import week_of_trial
from ldn_analysis.errors import FloatArray, InputError
from ldn_analysis.evidence import require_published
from ldn_analysis.evidence.made_once import once
from ldn_analysis.evidence.scales import Scale, scales
from ldn_analysis.evidence.vocabulary import hint

NUMERIC = (
    "dose_mg", "week", "n_ldn", "n_control", "people", "yi", "vi", "se", "df", "printed_lower",
    "printed_upper", "crossover_r",
)  # fmt: skip
DOMAINS = ("pain", "symptom severity", "pain threshold", "function", "memory", "predictor")
"""Outcomes that may be asked for though no row reports them: then the table is empty."""


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """Contrasts of an outcome and the derivation of each.

    Attributes
    ----------
    table : DataFrame
        One row a trial (and instrument, where the outcome has no common scale), columns `COLUMNS`.
    explanations : mapping of study id to Explanation
        The chain of each study of the table, in its order.
    by_dose : DataFrame
        The usable contrasts, one row a trial and dose: of a trial with several doses each against the control
        group that they share. Columns `COLUMNS`.
    covariance : ndarray, shape (m, m)
        Sampling covariance of the m rows of `by_dose`: their ``vi`` on the diagonal, beside it what doses of
        one trial share (NaN where the size of the control group is not reported).
    unused : DataFrame
        ``outcome_id study_id reason``: every reported row on the outcome that no estimate was made of.
    """

    outcome: str
    table: pd.DataFrame
    explanations: Mapping[str, Explanation]
    by_dose: pd.DataFrame = field(default_factory=lambda: _table(()))
    covariance: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    unused: pd.DataFrame = field(default_factory=lambda: _unused(()))

    def explanation(self, study_id: str) -> Explanation:
        """The chain from what the paper prints to yi and vi.

        Raises
        ------
        InputError
            No such study, or it reports nothing on the outcome; the message lists the studies that do.
        """
        if study_id not in self.explanations:
            raise InputError(
                f"nothing on {self.outcome!r} from {study_id!r}{hint(study_id, self.explanations)}; "
                f"studies with it: {', '.join(self.explanations)}"
            )
        return self.explanations[study_id]


@once
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
        "MD", or "SMD" (Hedges' g).
    **choices
        Any of `contrasts.Choices`: which rows are read, and how.

    Returns
    -------
    Derived
        `table`, `explanations`, and what else is kept. In the table yi is LDN minus control, on pain and
        symptom severity always so that negative favours LDN, elsewhere as `better` says; `measure` is MD or
        SMD, `df` the degrees of freedom of `vi` (NaN where it is taken as normal), `printed_lower` and
        `printed_upper` the paper's 95% limits for this very estimate (`trial_limits` chooses), `instrument`
        the scale or device, `outcome` the domain the numbers were reported under, `inputs` the outcome ids
        that were read. Excluded rows stay, yi NaN, with `exclusion_reason`. Included rows
        come first, both by year. A trial is one entry, whatever its doses, instruments, weeks and reports.

    Raises
    ------
    InputError
        An unknown outcome or choice, a correlation outside (-1, 1), or evidence as of a year by which no
        study of the outcome had been published.
    """
    derived = contrasts(ev, outcome, measure, **choices)
    by_study: dict[str, list[Contrast]] = {}
    for contrast in derived:
        by_study.setdefault(str(contrast.study["study_id"]), []).append(contrast)
    parts = [part for c in derived if not c.reason for part in (c.by_dose or (c,))]
    shared = _covariance(parts, choices_of(measure, **choices).dose_r)
    chains = MappingProxyType({study: explained(mine) for study, mine in by_study.items()})
    return Derived(outcome, _table(derived), chains, _table(parts), shared, _unused(derived))


@cached
def contrasts(ev: HasTables, outcome: str = "pain", measure: str = "MD", **choices: Any) -> list[Contrast]:
    """What `derive` tabulates and explains; same parameters."""
    chosen = choices_of(measure, **choices)
    return entries(ev, outcome, chosen.study_set).under(chosen)


def choices_of(measure: str, **choices: Any) -> Choices:
    """The choices by their names; an unknown name raises `InputError`."""
    names = [f.name for f in fields(Choices) if f.name != "measure"]
    unknown = [name for name in choices if name not in names]
    if unknown:
        raise InputError(f"unknown choice {', '.join(unknown)}: must be one of {', '.join(names)}")
    return Choices(measure=measure, **choices)


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """What the tables hold of one outcome, as plain values: read once for any combination of choices."""

    outcome: str
    studies: tuple[dict[str, Any], ...]
    members: dict[str, Member]
    rows: dict[tuple[str, str], dict[str, list[dict[str, Any]]]]
    scales: tuple[Scale, ...]

    def under(self, chosen: Choices) -> list[Contrast]:
        """The contrasts under some choices (of the study set that was read)."""
        estimates: list[Contrast] = []
        for study in self.studies:
            member = self.members[str(study["study_id"])]
            groups = self.rows.get((str(study["study_id"]), member.domain), {})
            if member.measure and member.domain != self.outcome:
                # its other measures are of that domain alone
                groups = {name: group for name, group in groups.items() if name == member.measure}
            if not groups:
                reason = member.outside or "no estimate of this outcome is available to us"
                estimates.append(empty_contrast(study, self.outcome, "", chosen, reason))
            of_study = [
                contrast_of(study, self.outcome, name, group, chosen, member.of(name), self.scales)
                for name, group in groups.items()
            ]
            estimates += one_estimate(of_study, chosen) if self.outcome in COMMON else of_study
        return sorted(
            _one_report(estimates, self.members if chosen.time == "primary" else {}),
            key=lambda c: (bool(c.reason), c.study["year"], c.study["study_id"]),
        )


@once
def entries(ev: HasTables, outcome: str, study_set: str = "primary") -> Entries:
    """What the tables of `ev` hold of an outcome. Raises `InputError` as `derive` does."""
    require_published(
        ev, f"study of {outcome}", lambda e: e.outcomes.loc[e.outcomes["domain"] == outcome, "study_id"]
    )
    domains = set(ev.outcomes["domain"])
    if outcome not in domains | set(DOMAINS):
        raise InputError(
            f"outcome is {outcome!r}: must be one of {', '.join(sorted(domains | set(DOMAINS)))}"
        )
    members = membership(ev, outcome, study_set)
    measures: pd.DataFrame | None = getattr(ev, "measures", None)
    studies = ev.studies[ev.studies["study_id"].isin(members)].to_dict("records")
    return Entries(
        outcome,
        tuple({str(k): v for k, v in record.items()} for record in studies),
        members,
        _rows_of_studies(ev.outcomes, {member.domain for member in members.values()}),
        () if measures is None else scales(measures),
    )


def _rows_of_studies(
    outcomes: pd.DataFrame, domains: set[str]
) -> dict[tuple[str, str], dict[str, list[dict[str, Any]]]]:
    """Rows of some domains by study and domain, then by measure, in the order of the table."""
    by_study: dict[tuple[str, str], dict[str, list[dict[str, Any]]]] = {}
    for record in outcomes[outcomes["domain"].isin(domains)].to_dict("records"):
        row = {str(k): v for k, v in record.items()}
        groups = by_study.setdefault((str(row["study_id"]), str(row["domain"])), {})
        groups.setdefault(str(row["measure"]), []).append(row)
    return by_study


def _one_report(reports: Sequence[Contrast], members: Mapping[str, Member]) -> list[Contrast]:
    """One report a trial (and instrument): of those at the trial's week its main one, else the first.

    Without `members`, which say its primary week, that is the end of treatment or the last before it.
    """
    of_trial: dict[tuple[str, str], list[Contrast]] = {}
    for c in reports:
        if not c.reason:
            instrument = "" if c.outcome in COMMON else c.instrument
            of_trial.setdefault((trial_of(c.study), instrument), []).append(c)
    instead: dict[int, str] = {}
    for mine in of_trial.values():
        lasted = float(mine[0].study.get("treatment_weeks") or math.nan)
        weeks = [lasted if math.isnan(c.week) else c.week for c in mine]
        members_of = (members.get(str(c.study["study_id"])) for c in mine)
        primary = next((m.week for m in members_of if m and not math.isnan(m.week)), math.nan)
        chosen = week_of_trial(weeks, primary, lasted)
        there = [c for c, week in zip(mine, weeks, strict=True) if week == chosen] or mine
        best = main_reports(("", c.study) for c in there)[""]
        for c, week in zip(mine, weeks, strict=True):
            if c.study["study_id"] != best["study_id"]:
                at = f" at week {chosen:g}" if week != chosen else ""
                instead[id(c)] = f"The same trial as {best['label']}, which gives this outcome{at}."
    return [c.left_out(instead[id(c)]) if id(c) in instead else c for c in reports]


def _table(rows: Sequence[Contrast]) -> pd.DataFrame:
    table = pd.DataFrame([c.row for c in rows], columns=list(COLUMNS))
    return table.astype(dict.fromkeys(NUMERIC, float) | {"included": bool, "year": int})


def _covariance(parts: Sequence[Contrast], dose_r: float) -> FloatArray:
    """Variances, and between the doses of a trial the variance of the control group that they share."""
    out = np.diag([c.vi for c in parts]) if parts else np.zeros((0, 0))
    for i, a in enumerate(parts):
        for j, b in enumerate(parts):
            if i != j and a.study["study_id"] == b.study["study_id"] and a.instrument == b.instrument:
                shared = math.sqrt(a.control_variance * b.control_variance)
                if a.measure == "SMD":
                    shared += a.yi * b.yi * _of_spreads(a, b, dose_r)
                out[i, j] = shared
    return out


def _of_spreads(a: Contrast, b: Contrast, dose_r: float) -> float:
    """Covariance of the logarithms of the SDs that standardise two doses of a trial, of normal values.

    Of groups that share a control by Gleser & Olkin 2009, eq. 19.19, which takes one SD for all of them; of a
    crossover's conditions all three SDs are of the same people, and correlate by the square of the
    conditions' correlation. Where these have none, each dose's is that behind its differences, which
    correlate by `dose_r`.
    """
    n = a.n_control
    if a.study["design_type"] == "crossover" and not a.two_groups:
        r2 = a.crossover_r * b.crossover_r
        return dose_r**2 / (2 * n) if math.isnan(r2) else (1 + 3 * r2) / (8 * n)
    return 1 / (2 * (a.n_ldn + b.n_ldn + n))


def _unused(derived: Sequence[Contrast]) -> pd.DataFrame:
    """Reported rows of which no estimate was made, each with the reason."""
    used = {i for c in derived if not c.reason for part in (c, *c.by_dose) for i in part.chain.outcome_ids()}
    rows: dict[str, tuple[str, str, str]] = {}
    for c in derived:
        for row in c.rows:
            if row.outcome_id not in used:
                reason = c.reason or _beside(c, row.week)
                rows.setdefault(row.outcome_id, (row.outcome_id, str(c.study["study_id"]), reason))
    return pd.DataFrame(list(rows.values()), columns=["outcome_id", "study_id", "reason"])


def _beside(c: Contrast, week: float) -> str:
    """Why a row was not needed for an estimate that was made."""
    if week > 0 and week != c.week:
        return f"week {week:g}: the estimate is that at week {c.week:g}"
    return f"not needed: the estimate is the {c.words.split(';')[0]}"


def one_estimate(contrasts: Sequence[Contrast], choices: Choices) -> list[Contrast]:
    """One estimate a study: where several instruments are usable and none is declared, by `choices`.

    Those count that report the trial's week: the end of treatment, else the last before it. "combined" gives
    their mean, each counting alike (Borenstein et al. 2009,
    Introduction to Meta-Analysis, chapter 24), with the correlation ``instrument_r``. Its default of 1 takes
    it that a second instrument adds no precision: the variance is the largest that any correlation gives.
    "one" takes the one whose points are those of the comparison, then the one with most participants, then
    the first by name. The others stay, each with the reason.
    """
    usable = [c for c in contrasts if not c.reason]
    if len(usable) < 2:
        return list(contrasts)

    def rank(c: Contrast) -> tuple[bool, float, bool, float, str]:
        follow_up = c.week > float(c.study.get("treatment_weeks") or math.nan) + 0.5
        width = c.rows[0].scale_max - c.rows[0].scale_min
        week, people = (-x if math.isfinite(x) else 0.0 for x in (c.week, c.people))
        return follow_up, week, width != COMMON[c.outcome][0], people, c.instrument

    ranked = sorted(usable, key=rank)
    best = ranked[0]
    together = [best, *(c for c in ranked[1:] if c.week == best.week)]
    if choices.instruments == "combined" and len(together) > 1:
        mean = _combined(together, choices.instrument_r)
        reason = f"one estimate a trial: it enters the mean of {mean.instrument}"
        late = f"one estimate a trial: {mean.instrument} stand for {best.outcome} at week {best.week:g}"
        names = {c.instrument for c in together}
        parts = (c if c.reason else c.left_out(reason if c.instrument in names else late) for c in contrasts)
        return [mean, *parts]
    reason = (
        f"one estimate a trial: {best.instrument} stands for {best.outcome} (none is declared primary: the "
        "end of treatment first, then the scale of the comparison, then most participants, then the name)"
    )
    return [c if c is best or c.reason else c.left_out(reason) for c in contrasts]


def _combined(parts: list[Contrast], r: float) -> Contrast:
    """The mean of contrasts of the same people on the same scale."""
    first = parts[0]
    chain, yis, ses = Chain(), [], []
    for i, part in enumerate(parts, 1):
        renamed = beside(part.chain.steps, f"i{i}", part.instrument)
        chain.steps += renamed
        yis.append(renamed[-2])
        ses.append(renamed[-1])
    lowest, highest = (math.sqrt(_variance([s.value for s in ses], at)) for at in (0.0, 1.0))
    note = f"The paper does not give it. From 0 to 1 the SE of the mean is {lowest:.3g} to {highest:.3g}."
    assumed = chain.assume("instrument_r", r, note)
    mean = sum(s.value for s in yis) / len(yis)
    yi = chain.derive("yi", mean, first.unit, "mean of the instruments", *yis)
    vi = chain.derive(
        "vi", _variance([s.value for s in ses], r), ses[0].unit, "(Σ v + 2 r Σ √(v v′)) / m²", *ses, assumed
    )
    by_dose = [{c.dose: c for c in part.by_dose} for part in parts]
    shared = [d for d in by_dose[0] if all(d in other for other in by_dose)]
    doses = tuple(_combined([of[d] for of in by_dose], r) for d in shared)  # that every instrument reports
    dose = first.dose if all(p.dose == first.dose for p in parts) else math.nan
    return replace(
        first, chain=chain, dose=dose, yi=yi.value, vi=vi.value,
        instrument=" and ".join(p.instrument for p in parts),
        rows=tuple(row for p in parts for row in p.rows), by_dose=doses,
        df=np.fmin.reduce([p.df for p in parts]), printed=(math.nan, math.nan),
        n_ldn=np.fmax.reduce([p.n_ldn for p in parts]),
        n_control=np.fmax.reduce([p.n_control for p in parts]),
        control_variance=_variance([p.control_variance for p in parts], r),
        words=f"mean of {len(parts)} instruments, none declared primary; "
        + "; ".join(f"{p.instrument}: {p.words}" for p in parts),
    )  # fmt: skip


def _variance(variances: list[float], r: float) -> float:
    """Variance of the mean of estimates with one correlation."""
    m = len(variances)
    spread = [math.sqrt(v) for v in variances]
    shared = sum(a * b for i, a in enumerate(spread) for j, b in enumerate(spread) if i != j)
    return (sum(variances) + r * shared) / m**2
