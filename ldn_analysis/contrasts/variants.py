"""One study's estimate under every combination of the choices that make it, misreadings included.

A misreading is an edit of the reported rows, after which the ordinary derivation runs: what a reader gets who
takes the half-width of an interval for an SD, or one group's change for the effect of treatment.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from ldn_analysis.cache import cached
from ldn_analysis.contrasts.arms import change_of
from ldn_analysis.contrasts.chain import Chain
from ldn_analysis.contrasts.choices import STUDY_SETS, Choices, Material, Unusable, rows_of
from ldn_analysis.contrasts.contrast import Contrast
from ldn_analysis.contrasts.study_sets import HasTables
from ldn_analysis.contrasts.table import Entries, choices_of, contrasts, entries
from ldn_analysis.errors import FloatArray, NoEstimate, one_of
from ldn_analysis.evidence.rules.multiverse import OPTIONS
from ldn_analysis.measures.conversions import se_from_ci

_OF_POOLING = ("studies", "tau2_method", "inference")
"""Choices of the multiverse that concern no single study."""
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


MISREAD = 2
"""Most studies, by publication, whose misread spread (or sign) is an axis: each axis multiplies the rest."""

Read = dict[tuple[str, bool], Entries | None]
"""What a study reports by how it is understood (`_read`)."""

NUMBERS = ("yi", "vi", "df", "printed_lower", "printed_upper", "week", "people")
"""What `every_contrast` keeps of a contrast's row."""


@dataclass(frozen=True, slots=True, eq=False)
class Variants:
    """Estimates of every study under every combination of options.

    `axes` gives name and options of each axis after the first; "spread" and "sign" have one axis for each
    study that they concern, named such as ``"spread:younger2013"``, with the options that the study can give;
    for more than `MISREAD` studies of a kind only the first have one, and `full` says how many times as many
    combinations there would be with all. `yi`, `vi` and `df` (degrees of freedom of `vi`) have shape
    (S, n1, ..., nD); the first two are not-a-number where a study cannot give the combination, `df` also
    where `vi` is taken as normal. LDN minus placebo: negative favours LDN.
    """

    studies: tuple[str, ...]
    labels: tuple[str, ...]
    years: tuple[int, ...]
    axes: tuple[tuple[str, tuple[str, ...]], ...]
    yi: FloatArray
    vi: FloatArray
    df: FloatArray
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
        Choices of `OPTIONS` of the evidence's rules on the multiverse, of which "crossover_r" may be any
        number; the first option of each is the starting point. A choice that is not named has its first
        option only.
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
    NoEstimate
        No study gives an estimate.
    """
    wanted = _wanted(options or {})
    fixed = {"assumed_baseline": assumed_baseline, "pre_post_r": pre_post_r, "reading": reading}
    shared = ("measure", "time", "contrast", "crossover_r", "spread")
    estimates: dict[str, FloatArray] = {}
    labels: dict[str, tuple[str, int]] = {}
    for study_id in dict.fromkeys(c.study["study_id"] for c in _usable(ev, outcome, fixed)):
        trial = only_study(ev, study_id)
        paired = str(trial.studies["design_type"].iloc[0]) == "crossover"
        table = np.full([*(len(wanted[n]) for n in shared), 3], np.nan)
        by_options = every_contrast(trial, outcome, {name: wanted[name] for name in shared}, (), **fixed)
        for at in np.ndindex(table.shape[:-1]):
            picked = that_matter({n: wanted[n][i] for n, i in zip(shared, at, strict=True)}, paired, wanted)
            numbers = by_options[";".join(picked.values())]
            if not isinstance(numbers, str):
                table[at] = numbers[:3]  # yi, vi and df
        if np.isfinite(table[..., 0]).any():
            estimates[study_id] = table
            study = trial.studies.iloc[0]
            labels[study_id] = (str(study["label"]), int(study["year"]))
    if not estimates:
        raise NoEstimate(f"no study gives an estimate of {outcome!r}")
    return _on_common_axes(estimates, labels, wanted, shared)


def _wanted(options: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The options of every choice of a single study: those given, else the first."""
    wanted = {name: values[:1] for name, values in OPTIONS.items() if name not in _OF_POOLING}
    for name, values in options.items():
        one_of("choice", name, wanted)
        for value in values if name != "crossover_r" else ():
            one_of(name, value, OPTIONS[name])
        wanted[name] = tuple(values)
    return wanted


def that_matter(picked: dict[str, str], paired: bool, options: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """`picked`, with what the derivation of such a design does not look at set to its first option."""
    if not paired:
        return picked | {"crossover_r": options["crossover_r"][0]}
    ignored = ("time",) if picked["contrast"] == "within_group" else ("time", "contrast")
    return picked | {name: options[name][0] for name in ignored}


def _usable(ev: HasTables, outcome: str, fixed: Mapping[str, Any]) -> list[Any]:
    """Contrasts of studies that some study set takes in."""
    tried = (
        contrast
        for study_set, measure in product(STUDY_SETS, ("SMD", "MD"))
        for contrast in contrasts(ev, outcome, measure, study_set=study_set, **fixed)
    )
    usable = [c for c in tried if not c.reason]
    return sorted(usable, key=lambda c: (c.study["year"], c.study["study_id"]))


def only_study(ev: HasTables, study_id: str) -> SimpleNamespace:
    """The tables of one study; its study set is taken as primary, since the subsets are chosen elsewhere."""
    tables = {name: getattr(ev, name) for name in ("studies", "outcomes", "study_sets")}
    of_study = {name: table[table["study_id"] == study_id] for name, table in tables.items()}
    sets = of_study["study_sets"]
    of_study["study_sets"] = sets.assign(
        set=sets["set"].replace({"with_pilot": "primary", "all_randomised": "primary"})
    )
    measures = getattr(ev, "measures", None)
    if measures is not None:
        measures = measures[measures["measure"].isin(of_study["outcomes"]["measure"])]
    return SimpleNamespace(**of_study, measures=measures)


def contrast_under(
    trial: SimpleNamespace,
    outcome: str,
    picked: Mapping[str, str],
    fixed: Mapping[str, Any],
    read: Read | None = None,
) -> Contrast | None:
    """The contrast of a study (`only_study`) under one combination, or None where it has no meaning.

    A contrast that cannot be had says why in its `reason`. `picked` has an option of every choice but "sign";
    `fixed` are the other choices of `derive`. `read` keeps the rows of one study, outcome and `fixed` from
    one combination to the next.
    """
    r: float | str | None = picked["crossover_r"]
    if r == "implied":
        r = None
    elif r != "parallel":
        r = float(str(r))
    within_group = picked["contrast"] == "within_group"
    if within_group and (r is not None or picked["spread"] != "as_printed"):
        return None  # one group's change has neither a second condition nor a second spread
    read, key = {} if read is None else read, (picked["spread"], within_group)
    reported = read[key] if key in read else read.setdefault(key, _read(trial, outcome, *key, fixed))
    if reported is None:
        return None
    settings = {**_MEASURE[picked["measure"]], **_CONTRAST[picked["contrast"]], **fixed}
    derived = reported.under(choices_of(time=picked["time"], crossover_r=r, **settings))
    usable = [c for c in derived if not c.reason]
    return usable[0] if len(usable) == 1 else derived[0] if derived and not usable else None


def _read(
    trial: SimpleNamespace, outcome: str, spread: str, within_group: bool, fixed: Mapping[str, Any]
) -> Entries | None:
    """What a study reports, as it is understood under a choice of spread and (`within_group`) of contrast."""
    rows = trial.outcomes
    if spread == "quoted_as_sd":
        rows = quoted_sds(rows) if fixed["reading"] == "all" else None  # what others quote is second-hand
    elif spread != "as_printed":
        rows = _misread_spread(rows, spread)
    elif within_group:
        rows = _own_change(trial, rows, outcome, fixed)
    if rows is None or rows.empty:
        return None
    # The domain asked for may be named in the study sets alone (a study whose rows are of another domain).
    if outcome not in set(rows["domain"]):
        rows = pd.concat([rows, rows.iloc[[0]].assign(domain=outcome, study_id="")])
    return entries(SimpleNamespace(**vars(trial) | {"outcomes": rows}), outcome)


@cached
def every_contrast(
    trial: SimpleNamespace,
    outcome: str,
    options: Mapping[str, Sequence[str]],
    correlations: Sequence[str] = (),
    **fixed: Any,
) -> dict[str, tuple[float, ...] | str]:
    """What one study (`only_study`) gives under every combination of options, whatever they are.

    Parameters
    ----------
    trial, outcome
    options
        Of every choice but "sign", in the order of the keys of the result.
    correlations
        Further ones, of a crossover whose other choices are at their first options.
    fixed
        The other choices of `derive`.

    Returns
    -------
    dict
        By the options that matter (`that_matter`), joined by ";": the numbers of `NUMBERS` (LDN minus
        control), or why there are none (empty where the combination has no meaning).
    """
    paired = str(trial.studies["design_type"].iloc[0]) == "crossover"
    estimates: dict[str, tuple[float, ...] | str] = {}
    read: Read = {}

    def look(picked: Mapping[str, str]) -> tuple[float, ...] | str:
        key = ";".join(picked.values())
        if key not in estimates:
            contrast = contrast_under(trial, outcome, picked, fixed, read)
            row = None if contrast is None or contrast.reason else contrast.row
            why = "" if contrast is None else contrast.reason
            estimates[key] = why if row is None else tuple(float(row[name]) for name in NUMBERS)
        return estimates[key]

    for values in product(*options.values()):
        look(that_matter(dict(zip(options, values, strict=True)), paired, options))
    for measure in options["measure"] if paired else ():
        first = {name: values[0] for name, values in options.items()} | {"measure": measure}
        tried = [str(look({**first, "crossover_r": r})) for r in correlations[:2]]
        for r in correlations:
            if len(set(tried)) == 1:  # the correlation does not enter
                estimates[";".join({**first, "crossover_r": r}.values())] = look(
                    {**first, "crossover_r": correlations[0]}
                )
            else:
                look({**first, "crossover_r": r})
    return estimates


def quoted_sds(rows: pd.DataFrame) -> pd.DataFrame | None:
    """Rows of outcomes in which arms have the SD that another paper quotes; None where none is quoted.

    The interval of the arm goes, since it gives another SD; the contrast and its p value stay.
    """
    quoted = rows["sd_elsewhere"].notna() if "sd_elsewhere" in rows else pd.Series(False, index=rows.index)
    if not quoted.any():
        return None
    edited = rows.copy()
    edited.loc[quoted, "sd"] = rows.loc[quoted, "sd_elsewhere"]
    edited.loc[quoted, ["lower95", "upper95"]] = np.nan
    return edited


def _misread_spread(rows: pd.DataFrame, how: str) -> pd.DataFrame | None:
    """Rows in which the arms' intervals were taken for SDs, with nothing else at hand; None without any."""
    from scipy import special

    arm = rows["group"].isin(["ldn", "placebo"]) & rows["lower95"].notna() & rows["upper95"].notna()
    if not arm.any():
        return None
    half = (rows["upper95"] - rows["lower95"]) / 2
    sd = half if how == "half_width_as_sd" else half / special.stdtrit(rows["n"].fillna(2) - 1, 0.975)
    edited = rows[rows["group"] != "ldn-placebo"].copy()
    edited.loc[arm, "sd"] = sd[arm]
    edited.loc[arm, ["lower95", "upper95"]] = np.nan
    return edited


def _own_change(
    trial: SimpleNamespace, rows: pd.DataFrame, outcome: str, fixed: Mapping[str, Any]
) -> pd.DataFrame | None:
    """Rows in which each contrast holds the LDN group's own change instead; None if that is not reported."""
    sets = trial.study_sets
    domains = {outcome, *sets.loc[sets["outcome"] == outcome, "from_domain"]}
    contrast = (rows["group"] == "ldn-placebo") & rows["domain"].isin(domains)
    edited = rows.copy()
    study = {str(k): v for k, v in trial.studies.iloc[0].to_dict().items()}
    choices = Choices(pre_post_r=fixed["pre_post_r"], reading=fixed["reading"])
    for index, record in rows.loc[contrast].iterrows():
        alike = rows[(rows["domain"] == record["domain"]) & (rows["measure"] == record["measure"])]
        read, masked = rows_of([{str(k): v for k, v in r.items()} for r in alike.to_dict("records")], choices)
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
        if row is not None and not math.isnan(row.lower95):
            return row.value, se_from_ci(row.lower95, row.upper95, df=row.n - 1)
        if row is not None and not math.isnan(row.sd):
            return row.value, row.sd / math.sqrt(row.n)
        arm = change_of(material, "ldn", math.nan if week is None else week)
    except Unusable:
        return None
    if arm is None or math.isnan(arm.n):
        return None
    chain = Chain()
    sd = arm.sd(chain)
    return None if sd is None else (arm.mean(chain).value, sd.value / math.sqrt(arm.n))


def _on_common_axes(
    estimates: Mapping[str, FloatArray],
    labels: Mapping[str, tuple[str, int]],
    wanted: Mapping[str, tuple[str, ...]],
    shared: tuple[str, ...],
) -> Variants:
    """All studies on the same axes; a study's own spread and sign have an axis each, where others stay."""
    finite = {study: np.isfinite(table[..., 0]) for study, table in estimates.items()}
    usable: dict[str, Any] = {
        study: there.reshape(-1, there.shape[-1]).any(axis=0) for study, there in finite.items()
    }
    concerned = [study for study, options in usable.items() if options[1:].any()]
    for options in usable.values():
        options[0] = True  # as printed
    first = {study: table[finite[study]][0, 0] for study, table in estimates.items()}
    turned = [study for study in estimates if len(wanted["sign"]) > 1 and first[study] > 0]
    more = math.prod(int(usable[study].sum()) for study in concerned[MISREAD:])
    more *= len(wanted["sign"]) ** len(turned[MISREAD:])
    axes = {name: wanted[name] for name in shared[:-1]}
    axes |= {f"spread:{s}": tuple(compress(wanted["spread"], usable[s])) for s in concerned[:MISREAD]}
    axes |= {f"sign:{s}": wanted["sign"] for s in turned[:MISREAD]}
    yi, vi, df = np.empty((3, len(estimates), *map(len, axes.values())))
    for i, (study, table) in enumerate(estimates.items()):
        spread, sign = f"spread:{study}", f"sign:{study}"
        numbers = table[..., usable[study], :] if spread in axes else table[..., 0, :]
        others = [at for at, name in enumerate(axes) if name not in (*shared, spread)]
        y, v, nu = np.moveaxis(np.expand_dims(numbers, others), -1, 0)  # length 1 on the axes of others
        if sign in axes:
            y = np.concatenate([y, -y], axis=list(axes).index(sign))
        yi[i], vi[i], df[i] = y, v, nu
    names, years = zip(*(labels[study] for study in estimates), strict=True)
    return Variants(tuple(estimates), names, years, tuple(axes.items()), yi, vi, df, more)
