"""The multiverses: of pain, with the choices that the data declare and every study under each of them; of the
responders: who counts, by which threshold, on which scale, pooled how."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from ldn_analysis import contrasts, html, measures, models
from ldn_analysis.contrasts.variants import Variants, variants
from ldn_analysis.display.words import interval
from ldn_analysis.errors import NoEstimate, one_of
from ldn_analysis.evidence import Evidence

INFERENCE = "inference"
POOLING = ("tau2_method", INFERENCE)
SCALES = ("measure", "time")
"""Choices whose options are not equivalent: each combination is a multiverse of its own."""
MISREADINGS = "a misread spread or sign of further trials"


@dataclass(frozen=True, slots=True, eq=False)
class PainMultiverse:
    """The multiverse, the studies behind it, and the row of the default analysis: that of the report on pain.

    `unlike` says how that row's interval differs from the report's; empty where both are the same.
    """

    mv: models.Multiverse
    variants: Variants
    reference: int
    unlike: str
    reference_sets: Mapping[str, tuple[str, ...]]

    def default_row(self, measure: str) -> int:
        """Row of the default analysis in a measure of `reference_sets`."""
        return _default_row(self.mv, self.reference_sets[measure], {"measure": measure})[0]

    def __repr__(self) -> str:
        return f"PainMultiverse({self.mv!r}, default: row {self.reference})"

    def _repr_html_(self) -> str:
        row = html.element("p", f"The default analysis is row {self.reference}.")
        return html.finished(html.trusted(self.mv._repr_html_()), row)


def declared_choices(ev: Evidence, kinds: Collection[str] = models.KINDS) -> dict[str, models.Choice]:
    """The choices of ``data/multiverse_choices.csv``, by name; only options of `kinds`.

    The first row of a choice is its starting point and always stays.
    """
    for kind in kinds:
        one_of("kind", kind, models.KINDS)
    choices = {}
    for name, rows in ev.multiverse_choices.groupby("choice", sort=False):
        rows = rows[rows["kind"].isin(list(kinds)) | (np.arange(len(rows)) == 0)]
        title = str(rows["title"].iloc[0]).replace("tau2", "τ²")
        choices[str(name)] = models.Choice(
            str(name), tuple(rows["option"]), tuple(rows["kind"]), tuple(rows["label"]), title
        )
    return choices


def pain_multiverse(
    ev: Evidence,
    *,
    kinds: Collection[str] = models.KINDS,
    leave_out: Collection[str] = (),
    assumed_baseline: float | None = None,
    pre_post_r: float = 0.5,
    reading: str = "all",
    level: float = 0.95,
) -> PainMultiverse | None:
    """Every analysis of pain that the declared choices allow.

    Parameters
    ----------
    ev
        `evidence.Evidence` or its `as_of` view.
    kinds
        Kinds of options that take part.
    leave_out
        Choices that stay at their first option.
    assumed_baseline, pre_post_r, reading
        As in `contrasts.derive`.
    level

    Returns
    -------
    PainMultiverse
        `reference` is the row with each choice's first option and the primary set of studies; with the
        interval of `models.wider_companion` where that has one. None where no trial gives an estimate under
        any choice, or in the first measure.
    """
    declared = declared_choices(ev, kinds)
    for name in leave_out:
        declared[name] = declared[one_of("leave_out", name, declared)].only([0])
    options = {n: c.options for n, c in declared.items() if n not in (*POOLING, "studies")}
    try:
        grid = variants(
            ev, "pain", options, assumed_baseline=assumed_baseline, pre_post_r=pre_post_r, reading=reading
        )
    except NoEstimate:
        return None
    labels = dict(zip(grid.studies, grid.labels, strict=True))
    axes = [_axis(declared, name, options, labels) for name, options in grid.axes]
    sets, worth = _sets(ev, grid, declared["studies"])
    if declared["measure"].options[0] not in sets:
        return None  # a scale that does not convert: nothing in the default measure to start from
    mv = models.multiverse(
        grid.yi,
        grid.vi,
        grid.studies,
        axes,
        methods=(declared["tau2_method"], declared["inference"]),
        sets=worth,
        scale_choice=SCALES,
        level=level,
        df=grid.df,
    )
    if grid.full > 1:
        beyond = (grid.full - 1) * mv.total
        mv = replace(mv, total=mv.total + beyond, excluded=mv.excluded | {MISREADINGS: beyond})
    return PainMultiverse(mv, grid, *_default_row(mv, sets[declared["measure"].options[0]], {}), sets)


def _default_row(mv: models.Multiverse, studies: tuple[str, ...], options: dict[str, str]) -> tuple[int, str]:
    """Row of the default analysis with `options`; what its interval lacks of that in the report on pain."""
    row = mv.row(options, studies)
    at, (estimator, inference) = mv.data[row], (mv.specification(row).options[name] for name in POOLING)
    y, v = (of[at][mv.mask[at]] for of in (mv.yi, mv.vi))
    wider = models.wider_companion(models.pool(y, v, estimator, inference, mv.level))
    if wider is None:
        return row, ""
    if wider.inference in mv.choices[mv.column(INFERENCE)].options:
        return mv.row(options | {INFERENCE: wider.inference}, studies), ""
    there = interval(wider.estimate, *wider.ci)
    return row, f"The report on pain gives a wider interval, {there}, which is not among the options here."


def _axis(
    declared: Mapping[str, models.Choice], name: str, options: tuple[str, ...], labels: Mapping[str, str]
) -> models.Choice:
    """The choice of an axis with the options that are had there; one of a single study bears its name."""
    base, _, study = name.partition(":")
    choice = declared[base]
    title = f"{choice.title}, {labels[study]}" if study else choice.title
    return replace(choice.only([choice.index(option) for option in options]), name=name, title=title)


def _sets(
    ev: Evidence, grid: Variants, choice: models.Choice
) -> tuple[dict[str, tuple[str, ...]], dict[tuple[str, ...], str]]:
    """The primary set under each measure, and what each named set of studies is worth."""
    kinds = dict(zip(choice.options, choice.kinds, strict=True))
    primary: dict[str, tuple[str, ...]] = {}
    worth: dict[tuple[str, ...], str] = {}
    measures = dict(grid.axes)["measure"]
    for name in reversed(choice.options):  # a set that bears two names is worth the first
        tables = [contrasts.derive(ev, "pain", way, study_set=name).table for way in contrasts.MEASURES]
        members = {study for table in tables for study in table.loc[table["included"], "study_id"]}
        for i, measure in enumerate(measures):
            studies = tuple(
                s
                for s, y in zip(grid.studies, grid.yi[:, i], strict=True)
                if s in members and np.isfinite(y).any()
            )
            if studies:
                worth[studies] = kinds[name]
                if name == choice.options[0]:
                    primary[measure] = studies
    return primary, worth


RESPONDER_CHOICES: tuple[models.Choice, ...] = (
    models.Choice(
        "measure",
        ("RR", "OR", "RD"),
        ("defensible",) * 3,
        ("risk ratio", "odds ratio", "risk difference"),
        "effect measure",
    ),
    models.Choice(
        "threshold",
        ("30%", "15%", "50%"),
        ("defensible",) * 3,
        ("pain lower by 30% or more", "by 15% or more", "by 50% or more"),
        "responder",
    ),
    models.Choice(
        "analysis",
        ("intention to treat", "complete cases"),
        ("defensible", "debatable"),
        ("intention to treat, else as reported", "complete cases, else as reported"),
        "who counts",
    ),
)
"""The choices that make the data. Thirty percent is what IMMPACT calls a moderate, fifty a substantial
improvement (Dworkin 2008); complete cases are debatable, since those who drop out are not like those who
stay (Cochrane Handbook 10.12)."""


def responder_multiverse(
    ev: Evidence, *, kinds: Collection[str] = models.KINDS, reading: str = "all", level: float = 0.95
) -> models.Multiverse | None:
    """Every analysis of the pain responders that the choices allow.

    Parameters
    ----------
    ev
        `evidence.Evidence` or its `as_of` view.
    kinds
        Kinds of options that take part, of `RESPONDER_CHOICES` and of the declared estimators and intervals.
    reading, level
        As in `contrasts.event_table` and `models.multiverse`.

    Returns
    -------
    models.Multiverse or None
        Estimates are log risk ratios, log odds ratios and risk differences, LDN against placebo: *above* zero
        favours LDN, for a response is what one wants. Each measure and each threshold is a scale of its own.
        Only randomised trials with counts of pain responders in both groups take part; None if there is none.
    """
    for kind in kinds:
        one_of("kind", kind, models.KINDS)
    choices = [  # the first option always stays
        choice.only([i for i, kind in enumerate(choice.kinds) if i == 0 or kind in kinds])
        for choice in RESPONDER_CHOICES
    ]
    measure, threshold, analysis = choices
    cells = _responders(ev, threshold, analysis, reading)
    by_year = ev.studies.sort_values(["year", "study_id"])["study_id"]
    studies = tuple(by_year[by_year.isin({study for study, *_ in cells})])
    if not studies:
        return None
    yi = np.full((len(studies), *(len(c.options) for c in choices)), np.nan)
    vi = yi.copy()
    for (study, limit, way), counts in cells.items():
        for i, name in enumerate(measure.options):
            at = (studies.index(study), i, threshold.index(limit), analysis.index(way))
            effect = measures.two_by_two(name, *counts)
            yi[at], vi[at] = float(effect.yi), float(effect.vi)
    declared = declared_choices(ev, kinds)
    return models.multiverse(
        yi,
        vi,
        studies,
        choices,
        methods=(declared["tau2_method"], declared["inference"]),
        sets={studies: "defensible"},
        scale_choice=("measure", "threshold"),
        level=level,
    )


def _responders(
    ev: Evidence, threshold: models.Choice, analysis: models.Choice, reading: str
) -> dict[tuple[str, str, str], tuple[float, float, float, float]]:
    """Events and people of both groups by study, threshold of response and who counts."""
    cells = {}
    for limit, way in product(threshold.options, analysis.options):
        event = f"pain response {limit}"
        if event in set(ev.events["event"]):
            table = contrasts.event_table(ev, event, reading=reading, analysis=way)
            for row in table[table["included"] & ~table["paired"]].to_dict("records"):
                cells[row["study_id"], limit, way] = (row["a"], row["n1"], row["c"], row["n2"])
    return cells


def save_multiverse(mv: models.Multiverse, path: str | Path) -> Path:
    """Write `mv.frame()` to `path` as Parquet, its folder made if need be; the path comes back."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    mv.frame().to_parquet(path, index=False)
    return path
