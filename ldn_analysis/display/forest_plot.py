"""The forest plot and its relatives: what each study found, what they say together, and how that holds up.

Conventions are metafor's (Viechtbauer 2010; ``forest.rma``): a square's area follows the study's weight, a
diamond spans the interval of the mean, a bar spans the prediction interval, columns are aligned, the axis
says whom each side favours. Values below zero favour LDN.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from ldn_analysis.display import rows as _rows
from ldn_analysis.display.rows import Look, Row
from ldn_analysis.display.style import BIAS, MEANING, responsive
from ldn_analysis.display.words import MISSING, interval, number
from ldn_analysis.measures.compared import COMPARED
from ldn_analysis.models.limits import trial_limits
from ldn_analysis.models.pooling.tau2 import ESTIMATOR_NAMES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MEASURES = {name: measure.axis for name, measure in COMPARED.items()}
"""How a measure of pain is written on an axis."""

INTERVALS: dict[str, str] = {
    "z": "normal (Wald) interval",
    "t": "t interval",
    "hksj": "Hartung-Knapp interval",
    "hksj_modified": "modified Hartung-Knapp interval",
}


def method_name(tau2_method: str, inference: str) -> str:
    """The model in words: ``REML, Hartung-Knapp interval``."""
    return f"{ESTIMATOR_NAMES[tau2_method]}, {INTERVALS[inference]}"


def _text(value: Any) -> str:
    """A cell's text; nothing for a missing value."""
    return "" if value is None or str(value) in {"<NA>", "nan", "NaT"} else str(value)


def _whole(value: Any) -> str:
    text = _text(value)
    return f"{float(text):g}" if text else MISSING


def _bias(judgement: str) -> str:
    """A risk-of-bias judgement as its symbol and name, ``+ low``; any other word is no judgement."""
    symbol, _, words = BIAS.get(judgement, BIAS["no information"])
    return f"{symbol} {words.removesuffix(' risk')}"


def _design(value: Any) -> str:
    """The design's first words: what stands in brackets goes to the table."""
    return _text(value).split("(")[0].strip()


def _size(row: pd.Series) -> str:
    """Numbers in the two arms; a crossover's participants are in both and are counted once."""
    ldn, control = _whole(row.get("n_ldn")), _whole(row.get("n_control"))
    return ldn if _design(row.get("design")).startswith("crossover") else f"{ldn} + {control}"


def shares_of_100(weights: Sequence[float]) -> list[str]:
    """Percentages as text that add up to 100 as printed (largest remainders get the last tenth); empty
    where there is no weight."""
    if not weights or not all(map(math.isfinite, weights)):
        return [""] * len(weights)
    tenths = [1000 * w / sum(weights) for w in weights]
    floors = [math.floor(t) for t in tenths]
    by_remainder = sorted(range(len(tenths)), key=lambda i: floors[i] - tenths[i])
    for i in by_remainder[: 1000 - sum(floors)]:
        floors[i] += 1
    return [number(w / 10, 1) for w in floors]


def interval_notes(used: pd.DataFrame, level: float) -> list[str]:
    """Whose intervals the trials' rows show."""
    if not len(used):
        return []
    printed = used.get("printed_lower", pd.Series(math.nan, used.index)).notna() & (level == 0.95)
    if printed.all():
        return ["Each trial's interval is the one that its paper prints."]
    if printed.any():
        ours = "; ".join(map(_text, used.loc[~printed, "label"]))
        return [f"Intervals are as the papers print them; derived from what the paper reports: {ours}."]
    return ["The trials' intervals are derived from what their papers report."]


def heterogeneity(fit: Any) -> str:
    """Heterogeneity and method in a line, for the notes of a plot."""
    if fit.k == 1:
        distribution = "normal" if math.isinf(fit.df) else f"t with {fit.df:g} degrees of freedom"
        return f"One trial: its own interval ({distribution})."
    parts = [f"k = {fit.k}", method_name(fit.tau2_method, fit.inference)]
    for value, name, digits in ((fit.tau2, "τ²", 3), (fit.i2, "I²", 0)):
        if value is not None and math.isfinite(value):
            parts.append(f"{name} = {number(value, digits)}{'%' if name == 'I²' else ''}")
    return ", ".join(parts) + "."


FEWEST_TO_AVERAGE = 3
"""Trials below which a plot shows the trials alone: the interval of the mean of two says next to nothing."""
FEWEST_TO_PREDICT = 5
"""Trials below which no prediction interval is drawn: it covers less than it says (tests/README.md)."""


def _pooled_rows(fit: Any, blanks: int, has_bias: bool) -> list[Row]:
    level = f"{100 * fit.level:g}%"
    pad, unjudged = ("",) * blanks, ("",) * has_bias
    blue, orange = MEANING["summary"], MEANING["prediction"]
    low, high = fit.ci
    rows = []
    if fit.k >= FEWEST_TO_AVERAGE:
        name = f"Mean ({level} interval)" if math.isfinite(low) else "Mean"
        right = (interval(fit.estimate, low, high), "100.0%", *unjudged)
        rows.append(Row(name, fit.estimate, low, high, pad, right, "diamond", colour=blue, bold=True))
    drawn = fit.k >= FEWEST_TO_PREDICT and fit.prediction is not None
    if drawn and all(math.isfinite(v) for v in fit.prediction):
        low, high = fit.prediction
        name = f"A new trial's true effect (nominal {level})"
        right = (f"[{number(low)}, {number(high)}]", "", *unjudged)
        rows.append(Row(name, math.nan, low, high, pad, right, "bar", colour=orange))
    return rows


def _notes(fit: Any, used: pd.DataFrame, marked: tuple[float, str] | None) -> list[str]:
    """What stands below a forest plot in small letters."""
    notes = [heterogeneity(fit)] if fit is not None else []
    if fit is not None and fit.k == FEWEST_TO_AVERAGE - 1:
        notes.append("Two trials are shown and not averaged: an interval from two says next to nothing.")
    if marked is not None:
        notes.append(f"Dotted: {marked[1]} ({number(marked[0], 1)}).")
    return notes + interval_notes(used, fit.level if fit is not None else 0.95)


def _trial_row(row: pd.Series, weight: float, share: str, level: float) -> Row:
    """A trial of the pool with its interval, its share of the weight, and how its numbers were read."""
    low, high = trial_limits(row, level)
    read = f"read: {_text(row['how_read']).replace(';', ',')}"
    return Row(
        _text(row["label"]),
        row["yi"],
        low,
        high,
        (_design(row["design"]), _whole(row["dose_mg"]), _size(row)),
        (interval(row["yi"], low, high), f"{share}%" if share else ""),
        weight=weight,
        sub="; ".join(filter(None, (_text(row.get("remark")), read))),
    )


@responsive
def forest(
    table: pd.DataFrame,
    fit: Any,
    *,
    mid: float | None = None,
    risk_of_bias: Mapping[str, str] | None = None,
    excluded: Literal["names", ""] = "names",
    marked: tuple[float, str] | None = None,
    xlabel: str = "",
    width: float,
) -> Figure:
    """Forest plot of a contrast table and its pooled fit.

    Parameters
    ----------
    table : rows of `contrasts.derive`: ``label year design dose_mg n_ldn n_control yi vi included how_read
        exclusion_reason``. Rows with ``included`` go into the plot in the order given.
    fit : `models.pool` of the included rows, in the same order; None draws the studies alone.
    mid : between-group threshold in the measure's unit: a band from -mid to +mid, where a difference is
        smaller.
    marked : a value and what it is, as a dotted line: what other treatments gain, for example.
    xlabel : what the axis measures; by default the measure, of pain.
    risk_of_bias : overall judgement (see `style.BIAS`) by study_id, as a column of symbols and words.
    excluded : what to say of the studies that are not in the pool: their names, or nothing.

    Below `FEWEST_TO_AVERAGE` trials no mean is drawn, below `FEWEST_TO_PREDICT` no prediction interval. A
    column ``remark`` of `table` stands under a trial's name, with how its numbers were read.
    """
    used = table[table["included"].astype(bool)]
    level = fit.level if fit is not None else 0.95
    weights = list(fit.weights) if fit is not None else [math.nan] * len(used)
    averaged = fit is not None and fit.k >= FEWEST_TO_AVERAGE
    shares = shares_of_100(weights) if averaged else [""] * len(used)
    heads = ("Design", "mg/day", "n")
    drawn = [
        _trial_row(row, weight, share, level)
        for (_, row), weight, share in zip(used.iterrows(), weights, shares, strict=True)
    ]
    if risk_of_bias is not None:
        judged = [_bias(_text(risk_of_bias.get(study))) for study in used["study_id"]]
        marks = judged if width < 5 else [mark[0] for mark in judged]
        drawn = [replace(row, right=(*row.right, mark)) for row, mark in zip(drawn, marks, strict=True)]
    if fit is not None:
        drawn += _pooled_rows(fit, len(heads), risk_of_bias is not None)
    measure = _text(used["measure"].iloc[0]) if len(used) and "measure" in used else "MD"
    notes = _notes(fit, used, marked)
    if risk_of_bias is not None and width > 5:
        notes.append("Bias, risk of: " + ", ".join(_bias(j) for j in BIAS if BIAS[j][0] in marks) + ".")
    out = table[~table["included"].astype(bool)]
    if excluded == "names" and len(out):
        notes.append("Not in the pool (reasons in the table): " + "; ".join(map(_text, out["label"])) + ".")
    look = Look(
        label_head="Study",
        left_heads=heads,
        right_heads=(f"{measure} [{100 * level:g}% CI]", "Weight" if averaged else "")
        + (("Risk of bias" if width < 5 else "Bias",) if risk_of_bias is not None else ()),
        xlabel=xlabel or MEASURES.get(measure, measure),
        band=(-mid, mid) if mid else None,
        notes=tuple(notes),
        guide=marked[0] if marked else None,
    )
    return _rows.draw(drawn, look, width)


@responsive
def intervals(
    table: pd.DataFrame,
    *,
    columns: Sequence[str] = (),
    marked: Sequence[bool] | None = None,
    mid: float | None = None,
    head: str = "",
    xlabel: str = MEASURES["MD"],
    favours: tuple[str, str] = ("favours LDN", "favours placebo"),
    notes: Sequence[str] = (),
    width: float,
) -> Figure:
    """Estimates with intervals, one row each: ladders, then-and-now, anything with ``estimate lower upper``.

    Parameters
    ----------
    table : one row an interval, with ``label``, ``estimate``, ``lower``, ``upper`` and other text `columns`.
    marked : rows that are drawn in colour and bold (for example the default).
    """
    chosen = marked if marked is not None else [False] * len(table)
    drawn, blue = [], MEANING["summary"]
    for (_, row), on in zip(table.iterrows(), chosen, strict=True):
        limits = (row["estimate"], row["lower"], row["upper"])
        texts = tuple(_text(row[c]) for c in columns), (interval(*limits),)
        line = Row(_text(row["label"]), *limits, *texts, "dot")
        if on:
            line = replace(line, label=f"{line.label}\xa0◂", mark="diamond", colour=blue, bold=True)
        drawn.append(line)
    look = Look(
        label_head=head,
        left_heads=tuple(c.replace("_", " ") for c in columns),
        right_heads=("estimate [interval]",),
        xlabel=xlabel,
        favours=favours,
        band=(-mid, mid) if mid else None,
        notes=tuple(notes),
    )
    return _rows.draw(drawn, look, width)


@responsive
def refitted(
    names: Sequence[str],
    refits: Any,
    *,
    head: str,
    whole: bool = False,
    mid: float | None = None,
    xlabel: str = MEASURES["MD"],
    width: float,
) -> Figure:
    """The pool of changing trials: rows of `models.Refits`, named by `names`, the last one of all studies.

    `whole` adds that last row, where no refit is of all of them.
    """
    full = refits.full
    values = [
        (name, *cells)
        for name, *cells in zip(names, refits.estimate, refits.ci, refits.k, refits.tau2, strict=True)
    ]
    if whole:
        values.append(("all studies", full.estimate, full.ci, full.k, full.tau2))
    drawn = []
    for name, mean, ci, k, tau2 in values:
        limits = (float(mean), float(ci[0]), float(ci[1]))
        texts = (str(int(k)), number(float(tau2), 2)), (interval(*limits),)
        drawn.append(Row(name, *limits, *texts, "dot"))
    drawn[-1] = replace(drawn[-1], colour=MEANING["summary"], bold=True)
    notes = [f"{method_name(full.tau2_method, full.inference)}. Dotted: all studies together."]
    if any(not math.isfinite(row.lower) for row in drawn):
        notes.append("A dot without a line: no interval of this kind can be given for so few studies.")
    look = Look(
        label_head=head,
        left_heads=("k", "τ²"),
        right_heads=(f"mean [{100 * full.level:g}% CI]",),
        xlabel=xlabel,
        band=(-mid, mid) if mid else None,
        guide=full.estimate,
        notes=tuple(notes),
    )
    return _rows.draw(drawn, look, width)
