"""The multiverse of the responders: who counts, by which threshold, on which scale, pooled how."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from ldn_analysis import contrasts, measures, models
from ldn_analysis.errors import one_of
from ldn_analysis.evidence import Evidence
from ldn_analysis.questions.multiverse.pain import declared_choices

RESPONDER_CHOICES: tuple[models.Choice, ...] = (
    models.Choice(
        "measure", ("RR", "OR", "RD"), ("defensible",) * 3,
        ("risk ratio", "odds ratio", "risk difference"), "effect measure",
    ),
    models.Choice(
        "threshold", ("30%", "15%", "50%"), ("defensible",) * 3,
        ("pain lower by 30% or more", "by 15% or more", "by 50% or more"), "responder",
    ),
    models.Choice(
        "analysis", ("intention to treat", "complete cases"), ("defensible", "debatable"),
        ("intention to treat, else as reported", "complete cases, else as reported"), "who counts",
    ),
)  # fmt: skip
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
    choices = [_of_kinds(choice, kinds) for choice in RESPONDER_CHOICES]
    measure, threshold, analysis = choices
    cells = {}
    for limit in threshold.options:
        for way in analysis.options:
            event = f"pain response {limit}"
            if event not in set(ev.events["event"]):
                continue
            table = contrasts.event_table(ev, event, reading=reading, analysis=way)
            for row in table[table["included"] & ~table["paired"]].to_dict("records"):
                cells[row["study_id"], limit, way] = (row["a"], row["n1"], row["c"], row["n2"])
    studies = tuple(
        s
        for s in ev.studies.sort_values(["year", "study_id"])["study_id"]
        if any(key[0] == s for key in cells)
    )
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
        yi, vi, studies, choices, methods=(declared["tau2_method"], declared["inference"]),
        sets={studies: "defensible"}, scale_choice=("measure", "threshold"), level=level,
    )  # fmt: skip


def _of_kinds(choice: models.Choice, kinds: Collection[str]) -> models.Choice:
    """The choice with its options of `kinds`; its first option always stays."""
    return choice.only([i for i, kind in enumerate(choice.kinds) if i == 0 or kind in kinds])
