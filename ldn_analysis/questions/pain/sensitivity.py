"""What the pool of pain would be under other readings of the same reports: one assumption at a time.

Nothing here changes the analysis. Each table has the result as it is and beside it what another choice gives.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from ldn_analysis import contrasts, models
from ldn_analysis.contrasts.variants import quoted_sds
from ldn_analysis.evidence import Evidence
from ldn_analysis.models.limits import trial_limits
from ldn_analysis.questions import second_hand
from ldn_analysis.questions.pain.analysis import PainAnalysis, pool_table

PERCENT_CORRELATIONS = (-0.6, -0.3, 0.0, 0.3, 0.6)
"""Correlations of percent reduction and baseline over people: none is reported, so that all are tried."""
SHARED = {"instrument_r": "Several scales of pain as one", "dose_r": "Doses in the same people as one"}
"""What an assumed correlation makes one, by the parameter that says it."""
_IN_POINTS = "−(percent / 100)"


@dataclass(frozen=True, slots=True)
class DrugGain:
    """What tested drugs gain over placebo on average, in points (below zero is less pain), how that follows
    from its rows, and these."""

    points: float
    derivation: str
    inputs: tuple[str, str]


def drug_gain(ev: Evidence) -> DrugGain | None:
    """Mean response to active drugs less that to placebo, on 0 to 10; None where no review, or more than one,
    gives both.

    Both are pooled changes within groups of the same review (``clinical_thresholds``), not a pooled
    difference: the gain has no interval here.
    """
    table = ev.clinical_thresholds
    rows = table[table["kind"] == "pooled mean change"]
    rows = rows[rows["unit"].astype(str).str.contains("0-100")]
    ids = set(rows["threshold_id"].astype(str))
    reviews = [i.removesuffix("_active") for i in sorted(ids) if i.endswith("_active")]
    pairs = [(f"{review}_active", f"{review}_placebo") for review in reviews if f"{review}_placebo" in ids]
    if len(pairs) != 1:
        return None
    value = rows.set_index("threshold_id")["value"].astype(float)
    active, placebo = pairs[0]
    drugs, none = value[active], value[placebo]
    how = f"gain of tested drugs, mean changes within groups of one review: −({drugs:g} − {none:g}) / 10"
    return DrugGain(-(drugs - none) / 10, how, (active, placebo))


def _pooled(
    pain: PainAnalysis, ev: Evidence | None = None, **more: Any
) -> tuple[pd.DataFrame, models.Pooled | None]:
    """The contrast table under another choice, or of other rows (`ev`), and its pool by the same method."""
    table = contrasts.derive(ev or pain.ev, outcome="pain", **{**pain.choices.contrast(), **more}).table
    return table[table["included"].astype(bool)], pool_table(table, pain.choices)


def _row(label: str, row: Any, fit: models.Pooled | None, level: float) -> dict[str, Any]:
    low, high = trial_limits(row, level)
    pool = (fit.estimate, *fit.ci) if fit is not None else (math.nan,) * 3
    names = ("estimate", "lower", "upper", "pooled", "pooled_lower", "pooled_upper")
    return {"label": label} | dict(zip(names, (row["yi"], low, high, *pool), strict=True))


def percent_sweep(pain: PainAnalysis) -> pd.DataFrame:
    """The pool over what a percent reduction in points leaves out: ``label estimate lower upper pooled ...``.

    For each paired trial that reports percent reductions: as used (first order), then as the mean of products
    at each of `PERCENT_CORRELATIONS`, with the SD at baseline that the other trials report. Columns ``trial
    baseline_sd inputs`` say of which trial, with which SD (in points of its scale), from which rows. Empty
    where no trial is such, or none gives an SD at baseline.
    """
    rows: list[dict[str, Any]] = []
    sd, inputs = _baseline_sd(pain)
    for chain in pain.explanations() if math.isfinite(sd) and pain.choices.measure == "MD" else ():
        # the width of the scale of a trial whose percent reductions became points
        became = (s.formula for s in chain.steps if s.kind == "derived" and s.formula.startswith(_IN_POINTS))
        if not (formula := next(became, "")):
            continue
        width = float(formula.rsplit("/", 1)[1])
        row, level = pain.used.set_index("study_id").loc[chain.study_id], pain.choices.level
        about = {"trial": chain.label, "baseline_sd": sd * width, "inputs": inputs}
        rows.append(_row("as used: percent times mean baseline", row, pain.fit, level) | about)
        for r in PERCENT_CORRELATIONS:
            used, fit = _pooled(pain, percent_baseline_r=r, assumed_baseline_sd=100 * sd)
            row = used.set_index("study_id").loc[chain.study_id]
            label = f"correlation {r:g} of percent and baseline".replace("-", "−")
            rows.append(_row(label, row, fit, level) | about)
    return pd.DataFrame(rows)


def shared_sweep(pain: PainAnalysis) -> pd.DataFrame:
    """The pool over what no report gives: how much several instruments, or several doses in the same people,
    say the same. ``label estimate lower upper pooled ...``, and ``trial of`` for each trial that needs it;
    empty where none does."""
    rows: list[dict[str, Any]] = []
    for chain in pain.explanations():
        for name, of in SHARED.items():
            used_here = chain.assumed(name)
            for r in () if math.isnan(used_here) else sorted({0.0, 0.5, 1.0, used_here}):
                other: dict[str, Any] = {name: r}
                used, fit = _pooled(pain, **other)
                label = f"correlation {r:g}{', as used' if r == used_here else ''}"
                row = used.set_index("study_id").loc[chain.study_id]
                rows.append(_row(label, row, fit, pain.choices.level) | {"trial": chain.label, "of": of})
    return pd.DataFrame(rows)


def _baseline_sd(pain: PainAnalysis) -> tuple[float, tuple[str, ...]]:
    """Mean SD of pain at baseline over arms of the pool, as a share of the scale, and its rows."""
    rows = pain.ev.outcomes
    mine = rows[
        (rows["domain"] == "pain")
        & (rows["week"] == 0)
        & rows["sd"].notna()
        & rows["study_id"].isin(pain.used["study_id"])
    ]
    width = mine["scale_max"] - mine["scale_min"]
    mine = mine[width > 0]
    return float((mine["sd"] / width[width > 0]).mean()), tuple(mine["outcome_id"])


def other_reading(pain: PainAnalysis) -> pd.DataFrame:
    """What SDs that another paper quotes would change: ``trial label correlation estimate ...``, in SDs.

    The rest as in `percent_sweep`, and ``inputs``, the rows that they are quoted for. A paired p value fixes
    the error of a difference in points whatever the SDs; the SDs decide what it is in SDs, and which
    correlation of the two conditions the p value implies. Empty where no SD is quoted for a crossover of the
    pool, and where second-hand numbers are not read.
    """
    quoted = quoted_sds(pain.ev.outcomes) if pain.choices.reading == "all" else None
    if quoted is None:
        return pd.DataFrame()
    other = replace(pain.ev, tables={**pain.ev.tables, "outcomes": quoted})
    rows: list[dict[str, Any]] = []
    for study in pain.crossovers["study_id"]:
        quotations = quoted[(quoted["study_id"] == study) & quoted["sd_elsewhere"].notna()]
        sds = " and ".join(f"{sd:g}" for sd in quotations["sd_elsewhere"])
        readings = ("as read here: half-widths of 95% intervals", pain.ev), (f"SDs of {sds}", other)
        for label, ev in readings if len(quotations) else ():
            used, fit = _pooled(pain, ev, measure="SMD")
            row = used.set_index("study_id").loc[study]
            about = {"trial": row["label"], "correlation": row["crossover_r"]}
            about["inputs"] = tuple(quotations["outcome_id"])
            rows.append(about | _row(label, row, fit, pain.choices.level))
    return pd.DataFrame(rows)


def adjusted_and_raw(pain: PainAnalysis) -> pd.DataFrame:
    """Each trial, and the pool, by the adjusted contrast where one is reported and by the raw one.

    Columns ``label adjusted adjusted_lower adjusted_upper raw raw_lower raw_upper``; the pool of three or
    more trials is the last row.
    """
    if pain.fit is None:
        return pd.DataFrame()
    sides = []
    for name in ("adjusted", "raw"):
        used, fit = _pooled(pain, adjusted=name == "adjusted")
        rows = {r["label"]: (r["yi"], *trial_limits(r, pain.choices.level)) for r in used.to_dict("records")}
        if fit is not None and len(pain.used) > 2:
            rows["Mean"] = (fit.estimate, *fit.ci)
        columns = [name, f"{name}_lower", f"{name}_upper"]
        sides.append(pd.DataFrame.from_dict(rows, orient="index", columns=columns))
    table = pd.concat(sides, axis=1)
    mean = table.index == "Mean"
    return pd.concat([table[~mean], table[mean]]).rename_axis("label").reset_index()


def adjusted_alone(pain: PainAnalysis) -> list[str]:
    """Labels of the trials that report an adjusted difference and no raw one: it stands for both."""
    used, _ = _pooled(pain, adjusted=False)
    rows = pain.ev.outcomes
    adjusted = set(rows.loc[rows["statistic"].str.startswith("adjusted"), "outcome_id"])
    return [row["label"] for row in used.to_dict("records") if adjusted.intersection(row["inputs"])]


def reading_shares(pain: PainAnalysis) -> pd.DataFrame:
    """Share of the pool's weight by how the inputs were read (`second_hand.reading_shares`)."""
    if pain.fit is None:
        return second_hand.reading_shares((), (), ())
    return second_hand.reading_shares(pain.used["how_read"], pain.fit.weights, pain.used["label"])
