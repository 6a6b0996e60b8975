"""What explore.html knows: every trial under every choice, where analyses stand.

All of it is plain data for JSON; infinite and missing numbers are None.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ldn_analysis import contrasts, models
from ldn_analysis.contrasts.choices import Choices
from ldn_analysis.contrasts.study_sets import declared
from ldn_analysis.contrasts.variants import every_contrast, only_study
from ldn_analysis.display.words import minus_signs
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.vocabulary import READINGS
from ldn_analysis.questions import multiverse
from ldn_analysis.questions.multiverse import PainMultiverse
from ldn_analysis.questions.multiverse.parameters import Multiverse as Declared

OUTCOME = "pain"
PRE_POST_R = Choices().pre_post_r
AXES = ("measure", "time", "contrast", "crossover_r", "spread")
CORRELATIONS = tuple(f"{round(-0.95 + 0.05 * i, 2):g}" for i in range(39))
"""Steps of the slider: correlations of a crossover's two conditions."""
MARKS = {"defensible": "", "debatable": " (debatable)", "error": " (an error)"}
"""What stands behind an option's label, by what it is worth."""
OWN = "a value of your own"
"""The option of a correlation that is none of the listed ones."""
NOT_TO_BE_HAD = "this cannot be had from what the trial reports"
_POOLED = ("tau2_method", "inference", "prior")
_POINTS = 1000
"""Parts into which a curve of more analyses than that is cut, for its place to a tenth of a percent."""


def every_analysis(ev: Evidence) -> PainMultiverse | None:
    """The multiverse of pain; None where no trial gives an estimate under any choice."""
    return multiverse.pain_multiverse(ev, assumed_baseline=Declared().assumed_baseline)


def trials(
    ev: Evidence, pain: PainMultiverse | None, correlations: tuple[str, ...] = CORRELATIONS
) -> dict[str, Any]:
    """Every trial that gives an estimate under some choice, and what it gives under each.

    Parameters
    ----------
    ev, pain
        The evidence, and every analysis of it (`every_analysis`).
    correlations
        Those of a crossover that can be chosen besides the declared ones.

    Returns
    -------
    dict
        ``estimates``: each the numbers of `variants.NUMBERS`, LDN minus placebo; ``reasons`` why there is
        none; ``trials``: facts of each and ``under``, by reading and by the options of `AXES` joined by ";"
        (as `that_matter` leaves them), the place among the estimates, or minus one and a reason's place below
        zero (of a narrower reading: where it differs from all); ``unusable``: label and reason of the rest.
    """
    defaults = Declared()
    declared = {n: c.options for n, c in multiverse.declared_choices(ev).items()}
    studies = pain.variants.studies if pain else ()
    of_studies = {name for name, _ in pain.variants.axes if ":" in name} if pain else set()
    estimates: dict[tuple[float | None, ...], int] = {}
    reasons: dict[str, int] = {NOT_TO_BE_HAD: 0}

    def place(contrast: tuple[float, ...] | str) -> int:
        if isinstance(contrast, str):
            return -1 - reasons.setdefault(contrast or NOT_TO_BE_HAD, len(reasons))
        return estimates.setdefault(tuple(map(_plain, contrast)), len(estimates))

    entries = []
    for study in studies:
        trial = only_study(ev, study)
        axes = {name: declared[name] for name in AXES}
        if f"spread:{study}" not in of_studies:
            axes["spread"] = declared["spread"][:1]
        plain_axes = axes | {name: axes[name][:1] for name in ("spread", "crossover_r")}
        plain_axes["contrast"] = ("adjusted", "change")
        under = {}
        for reading in READINGS:
            baseline = defaults.assumed_baseline if reading == "all" else None  # the multiverse's
            how: dict[str, Any] = {"pre_post_r": PRE_POST_R, "reading": reading, "assumed_baseline": baseline}
            derived = every_contrast(trial, OUTCOME, axes, correlations, **how)
            under[reading] = {key: place(value) for key, value in derived.items()}
        for reading in set(READINGS) - {"all"}:
            under[reading] = {k: at for k, at in under[reading].items() if at != under["all"].get(k)}
        plain = every_contrast(trial, OUTCOME, plain_axes, (), pre_post_r=PRE_POST_R)
        entries.append(
            {
                "id": study,
                "assumed": _assumed(plain, under["all"]),
                "paired": str(trial.studies["design_type"].iloc[0]) == "crossover",
                "under": under,
            }
        )
    return {
        "estimates": [list(values) for values in estimates],
        "reasons": list(reasons),
        "trials": _facts(ev, entries),
        "unusable": _unusable(ev, set(studies)),
    }


def _plain(x: float) -> float | None:
    return x if math.isfinite(x) else None


def _facts(ev: Evidence, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each trial with its label, year and standing in the study sets."""
    if not entries:
        return []
    sets = {
        name: _standing(contrasts.derive(ev, OUTCOME, "SMD", study_set=name).table)
        for name in contrasts.STUDY_SETS
    }
    pooled = contrasts.derive(ev, OUTCOME, "MD")
    primary = _standing(pooled.table)
    chains = {s: chain for s, chain in pooled.explanations.items() if primary.loc[s, "included"]}
    reasons = _declared(ev)
    for entry in entries:
        study = entry["id"]
        row = sets["primary"].loc[study]
        holds = {name: bool(table.loc[study, "included"]) for name, table in sets.items()}
        holds["primary"] |= bool(primary.loc[study, "included"])
        entry |= {
            "label": str(row["label"]),
            "year": _public(ev, study, int(row["year"])),
            "sets": holds,
            "reason": "" if holds["primary"] else reasons.get(study, str(row["exclusion_reason"])),
            "source": _source(study, chains),
        }
    return entries


def _standing(table: pd.DataFrame) -> pd.DataFrame:
    """A row a study: the one that is in the pool, where a trial has one for each instrument."""
    first = table.sort_values("included", ascending=False, kind="stable")
    return first.drop_duplicates("study_id").set_index("study_id")


def _declared(ev: Evidence) -> dict[str, str]:
    """Why each study of the data's sets is in the one that it is in."""
    return {str(row["study_id"]): str(row["reason"]) for row in declared(ev, OUTCOME)}


def _assumed(plain: Mapping[str, tuple[float, ...] | str], here: Mapping[str, int]) -> str:
    """What a difference in points rests on that only the multiverse has: the reports assume no start."""
    if not any(isinstance(contrast, str) and here.get(key, -1) >= 0 for key, contrast in plain.items()):
        return ""
    return f"Its start is assumed: a mean of {Declared().assumed_baseline:g} of 100, as in the multiverse."


def _source(study: str, chains: Mapping[str, Any]) -> str:
    """Where the reports say what a trial's numbers come from: its chain in the report on pain, if it is
    there, else the trial's row in the report on the evidence."""
    if study in chains:
        return f"02_pain.html#{chains[study].anchor}"
    return f"01_evidence.html#prov-row-{study}"


def _public(ev: Evidence, study: str, year: int) -> int:
    """The first year by which the study is part of the evidence."""
    for earlier in range(year - 3, year):
        if study in set(ev.as_of(earlier).studies["study_id"]):
            return earlier
    return year


def _unusable(ev: Evidence, usable: set[str]) -> list[dict[str, str]]:
    if OUTCOME not in set(ev.outcomes["domain"]):
        return []
    table = contrasts.derive(ev, OUTCOME, "SMD", study_set="all_randomised").table
    reasons = _declared(ev)
    outside = table[~table["study_id"].isin(usable)]
    return [
        {
            "label": str(row["label"]),
            "source": _source(str(row["study_id"]), {}),
            "reason": reasons.get(str(row["study_id"]), str(row["exclusion_reason"])),
        }
        for _, row in outside.drop_duplicates("study_id").iterrows()
    ]


def curves(ev: Evidence, pain: PainMultiverse | None) -> dict[str, Any]:
    """Where the analyses of the multiverse stand, small enough for a page.

    Returns
    -------
    dict
        ``total`` analyses; ``curves``: for each scale and kind the number of analyses, the share whose whole
        interval is below zero, and the sorted estimates (all of them, or `_POINTS` + 1 in even steps of
        rank); ``worth``: the kind of each set of trials (study ids joined by "+"); ``choices``: every
        declared choice with options, kinds, labels and reasons, in the order of the data.
    """
    if pain is None:
        declared = multiverse.declared_choices(ev).values()
        return {"total": 0, "curves": [], "worth": {}, "choices": choices(ev, tuple(declared))}
    mv = pain.mv
    drawn = []
    for scale in mv.scales:
        for kind in models.KINDS:
            rows = mv.where(scale=scale, kind=kind)
            if rows.any():
                drawn.append({"scale": scale, "kind": kind, **_curve(mv.estimate[rows], mv.upper[rows])})
    return {"total": len(mv), "curves": drawn, "worth": _worth(pain), "choices": choices(ev, mv.choices)}


def _curve(estimates: np.ndarray, upper: np.ndarray) -> dict[str, Any]:
    ordered = np.sort(estimates)
    n = len(ordered)
    if n > _POINTS:
        at = np.round(np.linspace(0, n - 1, _POINTS + 1)).astype(int)
        values = [float(f"{x:.6g}") for x in ordered[at]]
    else:
        values = ordered.tolist()
    return {"n": n, "shown": f"{n:,}", "below": float((upper < 0).mean()), "estimates": values}


def _worth(pain: PainMultiverse) -> dict[str, str]:
    """The kind of a set of trials: that of the best analysis of it."""
    mv = pain.mv
    places = mv.codes[:, mv.column("studies")]
    return {
        "+".join(mv.members(int(place))): models.KINDS[int(mv.kind[places == place].min())]
        for place in np.unique(places)
    }


def choices(ev: Evidence, declared: tuple[models.Choice, ...]) -> list[dict[str, Any]]:
    """Every choice but that of the trials, for a page or a form: what stands in a list, and beside it.

    Returns
    -------
    list of dict
        ``name``, ``study`` (of a choice that concerns one), ``title`` and ``options``: of each ``value``,
        ``kind``, ``label``, ``shown`` (the label with what it is worth) and ``reason``, in the words of the
        data.
    """
    reasons = {
        (row["choice"], row["option"]): str(row["reason"]) for row in ev.multiverse_choices.to_dict("records")
    }
    listed = []
    for choice in declared:
        name, _, study = choice.name.partition(":")
        if name == "studies" or (name in ("spread", "sign") and not study):
            continue
        options = [
            {
                **{"value": option, "kind": kind, "label": label, "shown": label + MARKS[kind]},
                "reason": reasons.get((name, option), ""),
            }
            for option, kind, label in zip(choice.options, choice.kinds, choice.labels, strict=True)
        ]
        listed.append({"name": name, "study": study, "title": choice.title, "options": options})
    return listed


def placed(choice: dict[str, Any], correlations: Sequence[str]) -> dict[str, Any]:
    """A choice with its name in the page's state and address, its place on the page, and what it may be.

    Parameters
    ----------
    choice
        One of `choices`.
    correlations
        What a crossover's correlation may be besides the options.

    Returns
    -------
    dict
        Besides what `choice` holds: ``key``; ``place`` ("compared", "pooled" or "misread"); and ``here``,
        what an address may name. A correlation has one option more, `OWN`.
    """
    name, study, options = choice["name"], choice["study"], choice["options"]
    here = "; ".join(option["value"] for option in options)
    if name == "crossover_r":
        reason = "An assumption in place of what the paper implies; it stands below."
        own_value = {"value": OWN, "kind": "debatable", "label": OWN, "shown": OWN, "reason": reason}
        options = [*options, own_value]
        here = minus_signs(f"{correlations[0]} to {correlations[-1]} in steps of 0.05")
    place = "misread" if study else "pooled" if name in _POOLED else "compared"
    key = f"{name}.{study}" if study else name
    return {**choice, "options": options, "key": key, "place": place, "here": here}


def reviews(ev: Evidence) -> list[dict[str, Any]]:
    """The published syntheses of pain that can stand beside an analysis of the page."""
    published = []
    for row in multiverse.published_pain(ev).to_dict("records"):
        numbers = {name: _plain(float(row[name])) for name in ("estimate", "lower95", "upper95", "k")}
        about = {name: str(row[name]) for name in ("label", "measure")}
        note = row.get("not_comparable")
        if row["comparison"] != "ldn vs placebo":
            note = "Pools changes within the LDN groups, not effects of treatment."
        elif not isinstance(note, str):
            note = ""
        published.append(
            {
                **about,
                **numbers,
                "doi": row["doi"] if isinstance(row["doi"], str) else "",
                "note": note,
                "source": f"07_multiverse.html#prov-row-{row['synthesis_row_id']}",
                "drawn": not note and None not in (numbers["estimate"], numbers["lower95"]),
            }
        )
    return published
