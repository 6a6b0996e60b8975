"""What separates a published synthesis from the default analysis: a search of the multiverse.

A specification whose estimate and interval come near to a published one shows what that synthesis is
*compatible with*. It does not show what its authors did: other choices may give the same numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ldn_analysis import models
from ldn_analysis.display.words import count, interval, spoken
from ldn_analysis.errors import BoolArray, positive
from ldn_analysis.evidence import Evidence
from ldn_analysis.questions.multiverse.analysis import PainMultiverse

TOLERANCE = 0.02
"""Largest difference, in the synthesis' own unit, of estimate and limits that still counts as the same: twice
the rounding of two printed decimals. With 0.05 most random results have a specification as near."""
TELLING = 0.2
"""Largest chance of a random result to come as near at which a near specification is called compatible."""


@dataclass(frozen=True, slots=True, eq=False)
class Reconciliation:
    """One published synthesis and the specification that comes nearest to it.

    `path` leads from our default analysis on that scale to the nearest specification; it is None where
    nothing could be searched, and then `why_not` says why. `distance` is the largest difference of estimate
    and limits; `within` says whether it is within `tolerance`; `matches` counts the specifications that are,
    `matches_without_error` those among them without a choice labelled an error. `gaps` says what of their
    inputs is not available to us. `steps` are the decisions in words; `steps_without_error` those to the
    first specification within `tolerance` that holds no error, if the nearest one holds one. `chance` is how
    often a random result of about its size comes as near (`models.chance_of_a_match`). `note` is what else
    the data say of it: a correction, what challenges it.
    """

    synthesis: str
    label: str
    year: int
    measure: str
    estimate: float
    lower: float
    upper: float
    tolerance: float
    path: models.Path | None = None
    distance: float = float("nan")
    matches: int = 0
    matches_without_error: int = 0
    gaps: tuple[str, ...] = ()
    why_not: str = ""
    steps: tuple[str, ...] = ()
    steps_without_error: tuple[str, ...] = ()
    chance: float = float("nan")
    note: str = ""

    @property
    def corrected(self) -> bool:
        """Whether the data know of a published correction."""
        return "corrigendum" in self.note.lower()

    @property
    def within(self) -> bool:
        """Whether the nearest specification counts as the same."""
        return self.path is not None and self.distance <= self.tolerance

    @property
    def verdict(self) -> str:
        """What the search says, in words."""
        if self.path is None:
            return "not searched"
        if not self.within:
            return "nothing near"
        return "compatible" if self.chance <= TELLING else "near, as random results often are"

    @property
    def sentence(self) -> str:
        """The finding in words; what the decisions are is in `reconciliation_table`."""
        if self.path is None:
            return f"{self.label}: not searched. {self.why_not}"
        goal, decisions = self.path.steps[-1], len(self.path)
        theirs = f"{self.measure} {spoken(self.estimate, self.lower, self.upper)}"
        verdict = self.verdict if self.within else f"no analysis comes within {self.tolerance:g}"
        how = "the default analysis itself"
        if decisions:
            how = f"{count(decisions, 'single decision')} from the default analysis"
        return (
            f"{self.label}, {theirs}: {verdict}. The nearest, "
            f"{spoken(goal.estimate, goal.lower, goal.upper)}, is {self.distance:.3f} away and {how}."
        )


def published_pain(ev: Evidence) -> Any:
    """The published syntheses of pain as a DataFrame, those without numbers included."""
    rows = ev.published_syntheses
    return rows[(rows["outcome"] == "pain") & rows["measure"].isin(["MD", "SMD"])].reset_index(drop=True)


def published_against_placebo(ev: Evidence) -> Any:
    """Those of `published_pain` that can stand beside a pool of trials: LDN against placebo in people like
    these, with an interval. Changes within the LDN groups and pools of something else are left out."""
    rows = published_pain(ev)
    complete = rows[["estimate", "lower95", "upper95"]].notna().all(axis=1)
    fitting = (rows["comparison"] == "ldn vs placebo") & rows["not_comparable"].isna() & complete
    return rows[fitting].reset_index(drop=True)


def reconcile(
    ev: Evidence, pain: PainMultiverse, *, tolerance: float = TOLERANCE
) -> tuple[Reconciliation, ...]:
    """For each published synthesis of pain, the nearest specification and the decisions that lead there.

    Only specifications with studies published by the synthesis' year are searched, on its own scale (a
    standardised difference may use SDs of change or of values), and with as many studies as it states where
    we have them. Among those within `tolerance`, the one with the fewest decisions from ours is taken.

    Parameters
    ----------
    ev
        `evidence.Evidence`, or its `as_of` view.
    pain
        What `pain_multiverse` gives, with intervals at 95 %, as the published ones are.
    tolerance

    Returns
    -------
    tuple of Reconciliation
        In the order of the table of syntheses.
    """
    positive("tolerance", tolerance)
    table = ev.published_syntheses
    labels: dict[str, str] = {}
    for synthesis, label in zip(table.get("synthesis_id", ()), table["label"], strict=False):
        labels.setdefault(str(synthesis), str(label))
    rows = published_pain(ev).to_dict("records")
    return tuple(replace(_reconciliation(row, pain, tolerance), note=_note(row, labels)) for row in rows)


def _note(row: Mapping[Any, Any], labels: Mapping[str, str]) -> str:
    """The note of a synthesis, with others by their labels."""
    text = row.get("notes")
    words = re.split(r"\b", text) if isinstance(text, str) else []
    return "".join(labels.get(word, word) for word in words)


def _reconciliation(row: dict[Any, Any], pain: PainMultiverse, tolerance: float) -> Reconciliation:
    mv, grid = pain.mv, pain.variants
    about: dict[str, Any] = {name: str(row[name]) for name in ("label", "measure")}
    about |= {"synthesis": str(row["synthesis_row_id"]), "year": int(row["year"]), "tolerance": tolerance}
    numbers = [float(row[name]) for name in ("estimate", "lower95", "upper95")]
    about |= dict(zip(("estimate", "lower", "upper"), numbers, strict=True))
    if row["comparison"] != "ldn vs placebo":
        about["label"] += " (before-after)"
        why = "It pools changes within the LDN groups (before against after), not effects of treatment."
        return Reconciliation(**about, why_not=why)
    if isinstance(other := row.get("not_comparable"), str):
        return Reconciliation(**about, why_not=other)
    if not np.isfinite(numbers).all():
        return Reconciliation(**about, why_not="Its numbers were not available to us.")
    scales = [s for s in mv.scales if s == about["measure"] or s.startswith(about["measure"] + ",")]
    if not scales or scales[0] not in pain.reference_sets:
        return Reconciliation(**about, why_not="No analysis here is on its scale.")
    start = pain.default_row(scales[0])
    late = [i for i, year in enumerate(grid.years) if year > about["year"]]
    unpublished = np.asarray(mv.mask[:, late].any(axis=1), dtype=bool)
    among = np.any([mv.where(scale=s) for s in scales], axis=0) & ~unpublished[mv.data]
    if not among.any():
        return Reconciliation(**about, why_not="No trial that we can use was published by then on its scale.")
    among, gaps = _as_many(row, mv, among)
    rows, distance = models.nearest_specifications(mv, start, *numbers, among=among, tolerance=tolerance)
    path = models.path_between(mv, start, int(rows[0]))
    near = rows[distance <= tolerance]
    sound = near[mv.kind[near] < models.KINDS.index("error")]
    clean: tuple[str, ...] = ()
    if len(sound) and sound[0] != rows[0]:
        clean = _words(models.path_between(mv, start, int(sound[0])), pain, about["year"])
    return Reconciliation(
        **about,
        path=path,
        distance=float(distance[0]),
        matches=len(near),
        matches_without_error=len(sound),
        chance=models.chance_of_a_match(mv, rows, *numbers, tolerance=tolerance),
        gaps=gaps,
        steps=_words(path, pain, about["year"]),
        steps_without_error=clean,
    )


def _as_many(
    row: dict[Any, Any], mv: models.Multiverse, among: BoolArray
) -> tuple[BoolArray, tuple[str, ...]]:
    """Specifications with as many studies as stated, if there are any; what is not available, in words."""
    gaps = []
    k = row["k"]
    if not np.isfinite(k):
        gaps.append("How many trials it pooled was not available to us.")
    elif (same := among & (mv.k == int(k))).any():
        among = same
    else:
        most = int(mv.k[among].max())
        gaps.append(
            f"It pooled {int(k)} trials; at most {most} of those published by then give a usable "
            "estimate here."
        )
    gaps.append("Which numbers it entered for each trial was not available to us.")
    return among, tuple(gaps)


def _words(path: models.Path, pain: PainMultiverse, year: int) -> tuple[str, ...]:
    """The decisions of a path in words; a trial that was not there yet is said to be so."""
    years = dict(zip(pain.variants.studies, pain.variants.years, strict=True))
    labels = dict(zip(pain.variants.studies, pain.variants.labels, strict=True))

    def decided(name: str, old: str, new: str) -> str:
        if name not in years:
            return f"{name}: {new} instead of {old}"
        unpublished = " (not yet published)" if years[name] > year else ""
        return f"{labels[name]} {'left out' if new == 'out' else 'taken in'}{unpublished}"

    return tuple(" and ".join(decided(*change) for change in taken) for taken in path.decisions)


DECISIONS = {
    "newest": "came before the newest trial",
    "added": "takes in a study that we leave out",
    "dropped": "leaves out a trial it could have used",
    "numbers": "other numbers from a trial",
    "method": "other estimator or interval",
    "error": "holds an error",
}
"""What separates the nearest analysis of a review from ours; the first is a fact of the review itself."""


def decisions_of(r: Reconciliation, pain: PainMultiverse) -> frozenset[str]:
    """Which of `DECISIONS` the nearest analysis of a synthesis makes, or (the first) the synthesis itself."""
    if r.path is None:
        return frozenset()
    grid = pain.variants
    years = dict(zip(grid.studies, grid.years, strict=True))
    default = pain.mv.members(int(pain.mv.codes[r.path.steps[0].row, pain.mv.column("studies")]))
    goal = r.path.steps[-1]
    decisions = set()
    if default and max(years[s] for s in default) > r.year:
        decisions.add("newest")
    if set(goal.studies) - set(default):
        decisions.add("added")
    if any(years[s] <= r.year for s in set(default) - set(goal.studies)):
        decisions.add("dropped")
    first = r.path.steps[0].options
    changed = {name for name, option in goal.options.items() if option != first[name] and name != "studies"}
    decisions |= {"method"} if changed & {"tau2_method", "inference"} else set()
    decisions |= {"numbers"} if changed - {"tau2_method", "inference", "measure"} else set()
    decisions |= {"error"} if goal.kind == "error" else set()
    return frozenset(decisions)


def reconciliation_table(reconciliations: Sequence[Reconciliation]) -> Any:
    """One row a synthesis, for tables: what was published, the nearest analysis, and what separates it from
    the default one."""
    rows = []
    for r in reconciliations:
        path, nearest = "; ".join(r.steps), ""
        if r.path is not None:
            goal = r.path.steps[-1]
            nearest = interval(goal.estimate, goal.lower, goal.upper)
        if r.steps_without_error:
            path += f". Without an error: {'; '.join(r.steps_without_error)}"
        texts = {"nearest": nearest, "path": path, "gaps": r.why_not or " ".join(r.gaps)}
        rows.append({name: getattr(r, name) for name in _AS_IT_IS} | texts | {"chance": 100 * r.chance})
    return pd.DataFrame(rows)


_AS_IT_IS = ["label", "synthesis", "measure", "estimate", "lower", "upper", "verdict", "distance", "matches"]
_AS_IT_IS += ["matches_without_error", "note"]
"""What `reconciliation_table` has of each as it is."""
