"""One study's estimate under every combination of the choices that make it, misreadings included.

A misreading is an edit of the reported rows, after which the ordinary derivation runs: what a reader gets who
takes the half-width of an interval for an SD, or one group's change for the effect of treatment.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ldn_analysis.cache import cached
from ldn_analysis.contrasts.arms import change_of
from ldn_analysis.contrasts.chain import Chain
from ldn_analysis.contrasts.choices import Choices, Material, Unusable, rows_of
from ldn_analysis.contrasts.study_sets import HasTables
from ldn_analysis.contrasts.table import contrasts
from ldn_analysis.errors import InputError, one_of
from ldn_analysis.measures.conversions import se_from_ci

__all__ = ["VARIANT_OPTIONS", "Variants", "variants"]

VARIANT_OPTIONS: dict[str, tuple[str, ...]] = {
    "measure": ("MD", "SMD", "SMD, SD of values"),
    "time": ("primary", "6_months", "12_months"),
    "contrast": ("adjusted", "change", "final", "within_group"),
    "spread": ("as_printed", "half_width_as_sd", "se_as_sd"),
    "sign": ("as_printed", "slip"),
}
"""What each choice may be; "crossover_r" takes "implied", "parallel" or a number."""

SHARED = ("measure", "time", "contrast", "crossover_r", "spread")
"""Choices that one study's estimate turns on; its spread gets an axis of its own."""

MISREAD = 2
"""Most studies, by publication, whose misread spread (or sign) is an axis: each axis multiplies the rest."""

_MEASURE: dict[str, dict[str, Any]] = {
    "MD": {"measure": "MD"},
    "SMD": {"measure": "SMD", "smd_sd": "change"},
    "SMD, SD of values": {"measure": "SMD", "smd_sd": "final"},
}
_CONTRAST: dict[str, dict[str, Any]] = {
    "adjusted": {"adjusted": True},
    "change": {"adjusted": False, "raw": "change"},
    "final": {"adjusted": False, "raw": "final"},
    "within_group": {"adjusted": True},
}


@dataclass(frozen=True, slots=True, eq=False)
class Variants:
    """Estimates of every study under every combination of options.

    `axes` gives name and options of each axis after the first; "spread" and "sign" have one axis for each
    study that they concern, named such as ``"spread:younger2013"``; for more than `MISREAD` studies of a kind
    only the first have one, and `full` says how many times as many combinations there would be with all.
    `yi` and `vi` have shape (S, n1, ..., nD), and are not-a-number where a study cannot give the
    combination. LDN minus placebo: negative favours LDN.
    """

    studies: tuple[str, ...]
    labels: tuple[str, ...]
    years: tuple[int, ...]
    axes: tuple[tuple[str, tuple[str, ...]], ...]
    yi: npt.NDArray[np.float64]
    vi: npt.NDArray[np.float64]
    full: int = 1


@cached
def variants(
    ev: HasTables,
    outcome: str = "pain",
    options: Mapping[str, Sequence[str]] | None = None,
    *,
    assumed_baseline: float | None = None,
    pre_post_r: float = 0.5,
    reading: str = "all",
) -> Variants:
    """Every usable study's estimate under every combination of options.

    Parameters
    ----------
    ev
        `evidence.Evidence`, or its `as_of` view.
    outcome
    options : mapping of choice to options
        Choices as in `VARIANT_OPTIONS` and "crossover_r"; the first option of each is the starting point. A
        choice that is not named has its first option only.
    assumed_baseline, pre_post_r, reading
        As in `derive`.

    Returns
    -------
    Variants
        Studies that give an estimate under some combination, in the order of `derive`. "spread" gets an
        axis for a study with intervals of its arms, "sign" for one whose first variant favours the
        control (of each kind for `MISREAD` studies).

    Raises
    ------
    InputError
        An unknown choice or option.
    """
    wanted: dict[str, tuple[str, ...]] = {"crossover_r": ("implied",)}
    wanted |= {name: values[:1] for name, values in VARIANT_OPTIONS.items()}
    for name, values in (options or {}).items():
        one_of("choice", name, wanted)
        for value in values:
            if name != "crossover_r":
                one_of(name, value, VARIANT_OPTIONS[name])
        wanted[name] = tuple(values)
    fixed = {"assumed_baseline": assumed_baseline, "pre_post_r": pre_post_r, "reading": reading}
    tables: dict[str, npt.NDArray[np.float64]] = {}
    usable = {str(c.study["study_id"]): c.study for c in _usable(ev, outcome, fixed)}
    for paired in (False, True):
        group = [s for s, study in usable.items() if (str(study["design_type"]) == "crossover") == paired]
        if group:
            tables |= _tables(_only(ev, group, outcome), outcome, paired, wanted, fixed)
    kept = [s for s in usable if np.isfinite(tables[s]).any()]
    if not kept:
        raise InputError(f"no study gives an estimate of {outcome!r}")
    labels = {s: (str(usable[s]["label"]), int(usable[s]["year"])) for s in kept}
    return _on_common_axes({s: tables[s] for s in kept}, labels, wanted)


def _tables(
    group: SimpleNamespace,
    outcome: str,
    paired: bool,
    wanted: Mapping[str, tuple[str, ...]],
    fixed: Mapping[str, Any],
) -> dict[str, npt.NDArray[np.float64]]:
    """yi and vi (last axis) of studies of one kind of design, over the options of `SHARED`."""
    tables = {s: np.full([*(len(wanted[n]) for n in SHARED), 2], np.nan) for s in group.studies["study_id"]}
    made: dict[tuple[str, ...], dict[str, tuple[float, float]]] = {}
    for at in np.ndindex(*(len(wanted[n]) for n in SHARED)):
        picked = _that_matter({n: wanted[n][i] for n, i in zip(SHARED, at, strict=True)}, paired, wanted)
        key = tuple(picked.values())
        if key not in made:
            made[key] = _estimates(group, outcome, picked, fixed)
        for study_id, numbers in made[key].items():
            tables[study_id][at] = numbers
    return tables


def _that_matter(
    picked: dict[str, str], paired: bool, wanted: Mapping[str, tuple[str, ...]]
) -> dict[str, str]:
    """`picked`, with what the derivation of such a design does not look at set to its first option."""
    if not paired:
        return picked | {"crossover_r": wanted["crossover_r"][0]}
    own = picked["contrast"] == "within_group"
    return picked | {"time": wanted["time"][0]} | ({} if own else {"contrast": wanted["contrast"][0]})


def _usable(ev: HasTables, outcome: str, fixed: Mapping[str, Any]) -> list[Any]:
    """Contrasts of studies that some study set takes in."""
    found = []
    for name in ("primary", "with_pilot", "all_randomised"):
        found += [c for c in contrasts(ev, outcome, "SMD", study_set=name, **fixed) if not c.reason]
        found += [c for c in contrasts(ev, outcome, "MD", study_set=name, **fixed) if not c.reason]
    return sorted(found, key=lambda c: (c.study["year"], c.study["study_id"]))


def _only(ev: HasTables, study_ids: Sequence[str], outcome: str) -> SimpleNamespace:
    """What the tables say of an outcome in some studies; their study sets are taken as primary, since the
    subsets are chosen elsewhere."""
    tables = {name: getattr(ev, name) for name in ("studies", "outcomes", "study_sets")}
    found = {name: table[table["study_id"].isin(study_ids)] for name, table in tables.items()}
    sets = found["study_sets"]
    found["study_sets"] = sets.assign(
        set=sets["set"].replace({"with_pilot": "primary", "all_randomised": "primary"})
    )
    domains = {outcome, *sets.loc[sets["outcome"] == outcome, "from_domain"]}
    found["outcomes"] = found["outcomes"][found["outcomes"]["domain"].isin(domains)]
    known = getattr(ev, "measures", None)
    if known is not None:
        known = known[known["measure"].isin(found["outcomes"]["measure"])]
    return SimpleNamespace(**found, measures=known)


def _estimates(
    group: SimpleNamespace, outcome: str, picked: Mapping[str, str], fixed: Mapping[str, Any]
) -> dict[str, tuple[float, float]]:
    """yi and vi of each study that gives them under one combination."""
    r: float | str | None = picked["crossover_r"]
    if r == "implied":
        r = None
    elif r != "parallel":
        r = float(str(r))
    if picked["contrast"] == "within_group" and (r is not None or picked["spread"] != "as_printed"):
        return {}  # one group's change has neither a second condition nor a second spread
    rows = group.outcomes
    if picked["spread"] != "as_printed":
        rows = _misread_spread(rows, picked["spread"])
    elif picked["contrast"] == "within_group":
        rows = _own_changes(group, outcome, fixed)
    if rows.empty:
        return {}
    tables = SimpleNamespace(
        studies=group.studies[group.studies["study_id"].isin(rows["study_id"])],
        outcomes=rows, study_sets=group.study_sets, measures=group.measures,
    )  # fmt: skip
    settings = {**_MEASURE[picked["measure"]], **_CONTRAST[picked["contrast"]], **fixed}
    # The domain asked for may be named in the study sets alone (a study whose rows are of another domain).
    if outcome not in set(rows["domain"]):
        marker = rows.iloc[[0]].assign(domain=outcome, study_id="")
        tables.outcomes = pd.concat([rows, marker])
    usable = [
        c for c in contrasts(tables, outcome, time=picked["time"], crossover_r=r, **settings) if not c.reason
    ]
    times = Counter(str(c.study["study_id"]) for c in usable)
    return {s: (c.yi, c.vi) for c in usable if times[s := str(c.study["study_id"])] == 1}


def _misread_spread(rows: pd.DataFrame, how: str) -> pd.DataFrame:
    """Rows in which the arms' intervals were taken for SDs, with nothing else at hand; only of studies that
    have such intervals."""
    from scipy import special

    arm = rows["group"].isin(["ldn", "placebo"]) & rows["lower95"].notna() & rows["upper95"].notna()
    half = (rows["upper95"] - rows["lower95"]) / 2
    sd = half if how == "half_width_as_sd" else half / special.stdtrit(rows["n"].fillna(2) - 1, 0.975)
    edited = rows.copy()
    edited.loc[arm, "sd"] = sd[arm]
    edited.loc[arm, ["lower95", "upper95"]] = np.nan
    return edited[(edited["group"] != "ldn-placebo") & edited["study_id"].isin(rows.loc[arm, "study_id"])]


def _own_changes(group: SimpleNamespace, outcome: str, fixed: Mapping[str, Any]) -> pd.DataFrame:
    """Rows in which each contrast holds the LDN group's own change instead, where it is reported."""
    found = []
    for study in group.studies.to_dict("records"):
        here, sets = ((t[t["study_id"] == study["study_id"]]) for t in (group.outcomes, group.study_sets))
        rows = _own_change({str(k): v for k, v in study.items()}, here, sets, outcome, fixed)
        if rows is not None:
            found.append(rows)
    return pd.concat(found) if found else group.outcomes.iloc[:0]


def _own_change(
    study: dict[str, Any], rows: pd.DataFrame, sets: pd.DataFrame, outcome: str, fixed: Mapping[str, Any]
) -> pd.DataFrame | None:
    """A study's rows with its contrast replaced by its LDN group's own change; None if it is not reported."""
    domains = {outcome, *sets.loc[sets["outcome"] == outcome, "from_domain"]}
    contrast = (rows["group"] == "ldn-placebo") & rows["domain"].isin(domains)
    edited = rows.copy()
    choices = Choices(pre_post_r=fixed["pre_post_r"], reading=fixed["reading"])
    for index, record in rows.loc[contrast].iterrows():
        own = rows[(rows["domain"] == record["domain"]) & (rows["measure"] == record["measure"])]
        read, masked = rows_of([{str(k): v for k, v in r.items()} for r in own.to_dict("records")], choices)
        week = float(record["week"])
        change = _change_of_ldn(Material(study, read, choices, masked), None if math.isnan(week) else week)
        if change is None:
            return None
        edited.loc[index, ["value", "se"]] = change
        edited.loc[index, ["lower95", "upper95", "p_value", "iqr"]] = np.nan
    return edited if contrast.any() else None


def _change_of_ldn(material: Material, week: float | None) -> tuple[float, float] | None:
    try:
        row = material.find("change", "ldn", week)
    except Unusable:
        return None
    if row is not None and not math.isnan(row.lower95):
        return row.value, se_from_ci(row.lower95, row.upper95, df=row.n - 1)
    if row is not None and not math.isnan(row.sd):
        return row.value, row.sd / math.sqrt(row.n)
    try:
        made = change_of(material, "ldn", math.nan if week is None else week)
    except Unusable:
        return None
    if made is None or math.isnan(made.n):
        return None
    chain = Chain()
    sd = made.sd(chain)
    return None if sd is None else (made.mean(chain).value, sd.value / math.sqrt(made.n))


def _on_common_axes(
    tables: Mapping[str, npt.NDArray[np.float64]],
    labels: Mapping[str, tuple[str, int]],
    wanted: Mapping[str, tuple[str, ...]],
) -> Variants:
    """All studies on the same axes; a study's own spread and sign have an axis each, where others stay."""
    concerned = [
        s for s, t in tables.items() if len(wanted["spread"]) > 1 and np.isfinite(t[..., 1:, 0]).any()
    ]
    first = {s: next((y for y in t[..., 0].ravel() if math.isfinite(y)), 0.0) for s, t in tables.items()}
    turned = [s for s in tables if len(wanted["sign"]) > 1 and first[s] > 0]
    spread_of, sign_of = concerned[:MISREAD], turned[:MISREAD]
    axes = [(name, wanted[name]) for name in SHARED[:-1]]
    axes += [(f"spread:{s}", wanted["spread"]) for s in spread_of]
    axes += [(f"sign:{s}", wanted["sign"]) for s in sign_of]
    shape = [len(options) for _, options in axes]
    yi, vi = (np.empty((len(tables), *shape)) for _ in range(2))
    n_shared = len(SHARED) - 1
    for i, (study, table) in enumerate(tables.items()):
        # own spread axis at its place, length 1 on those of others
        at = n_shared + spread_of.index(study) if study in spread_of else None
        own = table if at is not None else table[..., :1, :]
        tail = [own.shape[n_shared] if n_shared + j == at else 1 for j in range(len(spread_of))]
        placed = own.reshape(*own.shape[:n_shared], *(tail or []), *([1] * len(sign_of)), 2)
        y, v = placed[..., 0], placed[..., 1]
        if study in sign_of:
            axis = n_shared + len(spread_of) + sign_of.index(study)
            y = np.concatenate([y, -y], axis=axis)
        yi[i], vi[i] = np.broadcast_to(y, shape), np.broadcast_to(v, shape)
    more = len(wanted["spread"]) ** (len(concerned) - len(spread_of))
    more *= len(wanted["sign"]) ** (len(turned) - len(sign_of))
    return Variants(tuple(tables), tuple(labels[s][0] for s in tables), tuple(labels[s][1] for s in tables),
                    tuple(axes), yi, vi, more)  # fmt: skip
