"""Pain thresholds and sensitivity: who measured what, the estimates, and the directions of the rest.

Signs: ``yi`` is LDN minus placebo in the measure's own unit, as reported. Standardised values (``g``) are
turned so that above zero LDN is better, whether a higher or a lower value is: measures of different
direction then fit on one axis. Pooling is within one trial and one meaning only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student

from ldn_analysis import contrasts, models
from ldn_analysis.display.words import people, rows_of, unit
from ldn_analysis.errors import InputError, one_of
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.vocabulary import may_be_read
from ldn_analysis.questions import second_hand
from ldn_analysis.questions.grading import (
    UNGRADED,
    Certainty,
    Downgrade,
    bias_off,
    certainty,
    interval_off,
    judged_bias,
)

DOMAIN = "pain threshold"
TEST_COLUMNS = ["study_id", "label", "year", "trial_id", "instrument", "outcome", "unit", "better", "n_ldn"]
TEST_COLUMNS += ["n_control", "yi", "se", "df", "lower", "upper", "printed", "p_value", "g", "g_se"]
TEST_COLUMNS += ["g_lower", "g_upper", "holm", "fdr_bh", "tested", "how_read", "inputs"]
MODALITIES: dict[str, str] = {
    "pressure": "mechanical",
    "mechanical": "mechanical",
    "heat": "heat",
    "cold": "cold",
    "temporal summation": "temporal summation",
    "conditioned pain modulation": "conditioned pain modulation",
}
"""Words in a measure's name, and the modality that they tell."""
_REPORTED = {"direction": "words only", "ratio of means": "change over time only"}


def threshold_measures(ev: Evidence, reading: str = "all") -> pd.DataFrame:
    """Every measure of pain thresholds and sensitivity, one row a study, measure and modality.

    A measure whose name lists several modalities gives a row for each.

    Returns
    -------
    DataFrame
        ``study_id label year how_read outcome_id dose_mg n modality instrument unit better_is reported
        tier``. `tier`: 3 randomised and double-blind, 2 against placebo in another way, 1 uncontrolled, 0
        acute dose above 6 mg. `reported`: ``estimate``, ``words only``, ``change over time only`` or
        ``ratio of the groups``; words are left out where the same study gives an estimate. A ratio of means
        has no unit.
    """
    rows = ev.outcomes[ev.outcomes["domain"] == DOMAIN]
    alone = rows["statistic"].isin(["direction", "ratio of means"])
    rows = rows[alone | (rows["group"] == "ldn-placebo") | _by_arms(rows)]
    rows = rows.merge(ev.studies, on="study_id", suffixes=("", "_study"))
    measures = []
    for row in rows.to_dict("records"):
        if may_be_read(str(row["how_read"]), reading):
            found_in = (m for word, m in MODALITIES.items() if word in str(row["measure"]).lower())
            measures += [_measure(row, modality) for modality in dict.fromkeys(found_in) or ["other"]]
    names = ["study_id", "label", "year", "how_read", "outcome_id", "dose_mg", "n", "modality", "instrument"]
    names += ["unit", "better_is", "reported", "tier"]
    order = {m: i for i, m in enumerate(dict.fromkeys(MODALITIES.values()))}
    counted = {(m["study_id"], m["modality"]) for m in measures if m["reported"] == "estimate"}
    again = [m["reported"] == "words only" and (m["study_id"], m["modality"]) in counted for m in measures]
    table = pd.DataFrame(measures, columns=names)[~np.array(again, dtype=bool)]
    return table.sort_values(
        ["modality", "year"], key=lambda c: c.map(order) if c.name == "modality" else c, kind="stable"
    ).reset_index(drop=True)


def _by_arms(rows: pd.DataFrame) -> pd.Series:
    """A row for each study and measure that is reported by two arms and has no row of their difference."""
    pair = ["study_id", "measure"]
    compared = set(rows.loc[rows["group"] == "ldn-placebo", pair].itertuples(index=False, name=None))
    placebo = rows[(rows["group"] == "placebo") & rows["value"].notna()]
    facing = set(placebo[[*pair, "week", "statistic"]].itertuples(index=False, name=None))
    arms = rows[(rows["group"] == "ldn") & (rows["week"] != 0) & rows["value"].notna()]
    keys = list(arms[[*pair, "week", "statistic"]].itertuples(index=False, name=None))
    arms = arms[np.array([key in facing and key[:2] not in compared for key in keys], dtype=bool)]
    last = arms.sort_values("week", kind="stable").drop_duplicates(pair, keep="last")
    return pd.Series(rows.index.isin(last.index), index=rows.index)


def _measure(row: dict[Any, Any], modality: str) -> dict[str, Any]:
    arm = row["group"] == "ldn" and str(row["statistic"]) not in _REPORTED  # its n is that of one arm
    of_groups = row["group"] == "ldn-placebo" and row["statistic"] == "ratio of means"
    n = row["n_analysed"] if arm or pd.isna(row["n"]) else row["n"]
    of_arm = row.get("dose_mg_per_day")  # where the trial has several; beside the study's column of that name
    dose = of_arm if pd.notna(of_arm) else row["dose_mg_per_day_study"]  # a range is no number
    return {
        **{k: row[k] for k in ("study_id", "label", "year", "how_read", "outcome_id")},
        "dose_mg": float(pd.to_numeric(dose, errors="coerce")),
        "n": float(n) if pd.notna(n) else math.nan,
        "modality": modality,
        "instrument": str(row["measure"]),
        "unit": "" if pd.isna(row["unit"]) or row["statistic"] == "ratio of means" else unit(row["unit"]),
        "better_is": row["better"],
        "reported": "ratio of the groups" if of_groups else _REPORTED.get(str(row["statistic"]), "estimate"),
        "tier": _tier(row),
    }


def _tier(row: dict[Any, Any]) -> int:
    if pd.notna(row["dose_max_mg"]) and row["dose_max_mg"] > 6:
        return 0
    if row["control"] != "placebo":
        return 1
    return 3 if row["randomised"] == "yes" and row["blinding"] == "double-blind" else 2


def threshold_tests(
    ev: Evidence, *, family: str = "thresholds", reading: str = "all", level: float = 0.95
) -> pd.DataFrame:
    """The estimates against placebo, each with its test, and p values adjusted for their number.

    Parameters
    ----------
    ev
        `evidence.Evidence` or its `as_of` view.
    family : {"thresholds", "all_exploratory"}
        What is counted as tested together: pain thresholds and sensitivity; also the measures of function
        that the same publication reports.
    reading, level

    Returns
    -------
    DataFrame
        Columns of `contrasts.derive`, and ``df lower upper p_value`` (t, df of the estimate; the paper's own
        limits where it prints some and `level` is 0.95, which `printed` says), ``g g_se g_lower g_upper``
        (above zero favours LDN, limits normal; NaN where the numbers of people are not known, all limits
        then normal, and ``people`` 0 if the study says none),
        ``holm fdr_bh``, and ``tested``: how many tests of the same trial they are adjusted for, which
        includes those that `reading` sets aside. No row where nothing can be estimated.
    """
    one_of("family", family, ("thresholds", "all_exploratory"))
    parts = []
    for outcome in (DOMAIN, "function") if family == "all_exploratory" else (DOMAIN,):
        if outcome in set(ev.outcomes["domain"]):
            in_units = contrasts.derive(ev, outcome, "MD", reading=reading).table
            alike = contrasts.derive(ev, outcome, "SMD", reading=reading).table
            keys = ["study_id", "instrument"]
            in_units = in_units[in_units["included"]]
            parts.append(in_units.merge(alike[[*keys, "yi", "se"]], "left", keys, suffixes=("", "_smd")))
    if not parts:
        return pd.DataFrame(columns=TEST_COLUMNS)
    table = pd.concat(parts, ignore_index=True)
    studies = ev.studies.set_index("study_id")
    of_study = table["study_id"].map(studies["n_analysed"].fillna(studies["n_randomised"]))
    table["people"] = table["people"].fillna(of_study).fillna(0)  # where the row of the difference has none
    df = table["df"].fillna(math.inf)
    cut = df.map(lambda n: models.critical(level, n))
    sign = np.where(table["better"] == "higher", 1.0, -1.0)
    g = sign * table["yi_smd"]
    printed = table["printed_lower"].notna() & table["printed_upper"].notna() & (level == 0.95)
    half, half_smd = cut * table["se"], models.critical(level) * table["se_smd"]
    table = table.assign(
        unit=table["unit"].map(unit),
        df=df,
        lower=table["printed_lower"].where(printed, table["yi"] - half),
        upper=table["printed_upper"].where(printed, table["yi"] + half),
        printed=printed,
        p_value=2 * student.sf(np.abs(table["yi"] / table["se"]), df),
        g=g,
        g_se=table["se_smd"],
        g_lower=g - half_smd,
        g_upper=g + half_smd,
    )
    if reading != "all":  # what is set aside was tested all the same
        every = threshold_tests(ev, family=family, level=level)
        keys = ["study_id", "instrument", "week"]
        return table.merge(every[[*keys, "holm", "fdr_bh", "tested"]], on=keys)
    if table.empty:
        return table.assign(holm=[], fdr_bh=[], tested=[])
    adjusted = [_adjusted(part) for _, part in table.groupby("trial_id", sort=False)]
    return pd.concat(adjusted).sort_index()


def _adjusted(part: pd.DataFrame) -> pd.DataFrame:
    """The tests of one trial with p values adjusted for their number."""
    holm, fdr_bh = models.adjusted_p(part["p_value"].to_numpy())
    return part.assign(holm=holm, fdr_bh=fdr_bh, tested=len(part))


def chance_of_any(table: pd.DataFrame, alpha: float, correlation: float) -> float:
    """The chance of at least one p value below `alpha` among the tests of `threshold_tests` if nothing is
    going on: those of one trial have this `correlation`, those of another are independent of them."""
    chance = 0.0
    for n in table.groupby("trial_id")["tested"].first():
        of_trial = models.any_significant(int(n), alpha, correlation=correlation)
        chance += of_trial - chance * of_trial
    return chance


@dataclass(frozen=True, slots=True)
class SidesAverage:
    """The average of measures that mean the same within one trial, with the correlation assumed for them.

    `estimate`, `se`, `ci`, `p_value` (t, `df`: infinite in SDs) in `unit`; `parts` the measures, one alone
    where nothing was averaged (`mechanical_estimate`); `k` trials (1), `n` participants; `label` the trial,
    `trials` how many give such an average, `inputs` the rows behind it, `read` how they reached us
    (`second_hand.basis`).
    """

    estimate: float
    se: float
    ci: tuple[float, float]
    p_value: float
    df: float
    correlation: float
    unit: str
    level: float
    n: int
    parts: tuple[str, ...]
    study_ids: tuple[str, ...]
    label: str = ""
    trials: int = 1
    inputs: tuple[str, ...] = ()
    read: str = ""
    k: int = 1


def pressure_average(
    table: pd.DataFrame, correlation: float = 0.5, *, standardised: bool = False, level: float = 0.95
) -> SidesAverage | None:
    """Pressure pain tolerance of both legs as one outcome, of the trial with most participants that gives
    both; None where none does, or not in SDs. Trials are not pooled here: `trials` says how many give both.

    The plain average, each leg counting alike, with variance ``(v1 + v2 + 2 r s1 s2) / 4`` (Borenstein 2009,
    Introduction to Meta-Analysis, chapter 24).

    Parameters
    ----------
    table
        From `threshold_tests`.
    correlation
        Between the two estimates, that is between the two legs' changes; not reported, an assumption.
    standardised
        In standard deviations, above zero favours LDN; otherwise in kPa, LDN minus placebo.
    """
    if not -1 < correlation < 1:
        raise InputError(f"correlation is {correlation:g}: must lie strictly between -1 and 1")
    names = table["instrument"].astype(str).str.lower()
    legs = table[names.str.contains("pressure") & names.str.contains("leg")]
    pairs = [
        part
        for _, part in legs.groupby("trial_id", sort=False)
        if len(part) == 2 and len(set(part["unit"])) == 1 and len(set(part["instrument"])) == 2
    ]
    if not pairs:
        return None
    legs = max(pairs, key=lambda part: float(part["people"].iloc[0]))
    if standardised and legs["g"].isna().any():
        return None
    y, s = (legs[c].to_numpy(dtype=float) for c in (("g", "g_se") if standardised else ("yi", "se")))
    estimate, variance = models.mean_of_outcomes(y, s**2, correlation)
    se, df = float(np.sqrt(variance)), math.inf if standardised else float(legs["df"].iloc[0])
    half = models.critical(level, df) * se
    return _average(
        legs,
        len(pairs),
        estimate=estimate,
        se=se,
        ci=(estimate - half, estimate + half),
        p_value=float(2 * student.sf(abs(estimate) / se, df)),
        df=df,
        correlation=correlation,
        unit="SD" if standardised else str(legs["unit"].iloc[0]),
        level=level,
    )


def _average(rows: pd.DataFrame, trials: int, **numbers: Any) -> SidesAverage:
    """The numbers of a `SidesAverage` with what is said of them: the rows of one trial, of so many."""
    first = rows.iloc[0]
    return SidesAverage(
        n=int(first["people"]),
        parts=tuple(rows["instrument"]),
        study_ids=tuple(dict.fromkeys(rows["study_id"])),
        label=str(first["label"]),
        trials=trials,
        inputs=tuple(key for keys in rows["inputs"] for key in keys),
        read=second_hand.read_as(["; ".join(rows["how_read"])], [100.0], [first["label"]]),
        **numbers,
    )


def mechanical_estimate(
    table: pd.DataFrame, correlation: float = 0.5, *, standardised: bool = False, level: float = 0.95
) -> SidesAverage | None:
    """The mechanical threshold itself, of the trial with most participants that gives it; else
    `pressure_average`: a tolerance stands in only where no trial measured the threshold."""
    names = table["instrument"].astype(str).str.lower()
    own = table[names.str.contains("mechanical|pressure") & names.str.contains("threshold")]
    if own.empty:
        return pressure_average(table, correlation, standardised=standardised, level=level)
    largest = own.sort_values("people", ascending=False, kind="stable")[:1]
    row = largest.iloc[0]
    columns = ["g", "g_se", "g_lower", "g_upper"] if standardised else ["yi", "se", "lower", "upper"]
    value, se, low, high = row[columns].astype(float).tolist()
    df = math.inf if standardised else float(row["df"])
    return _average(
        largest,
        own["trial_id"].nunique(),
        estimate=value,
        se=se,
        ci=(low, high),
        p_value=float(2 * student.sf(abs(value / se), df)),
        df=df,
        correlation=math.nan,
        unit="SD" if standardised else str(row["unit"]),
        level=level,
    )


def standardised_rows(table: pd.DataFrame, average: SidesAverage | None) -> pd.DataFrame:
    """Standardised differences and the average of both legs as rows of a plot: ``label estimate lower upper
    pooled``; above zero favours LDN, in whichever direction a measure is better."""
    several = len(set(table["label"])) > 1
    rows = []
    for r in rows_of(table.dropna(subset=["g"])):
        label = f"{r.instrument}, {r.label}" if several else r.instrument
        rows.append((label, r.g, r.g_lower, r.g_upper, False))
    if average is not None:
        label = f"both legs (r = {average.correlation:g})"
        rows.append((label, average.estimate, *average.ci, True))
    return pd.DataFrame(rows, columns=["label", "estimate", "lower", "upper", "pooled"])


def pressure_sweep(table: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """`pressure_average` in kPa over correlations from 0 to 0.95: ``correlation estimate lower upper p_value
    inputs``."""
    rows = []
    for r in np.linspace(0, 0.95, 5):
        average = pressure_average(table, float(r), level=level)
        if average is not None:
            rows.append((float(r), average.estimate, *average.ci, average.p_value, average.inputs))
    return pd.DataFrame(rows, columns=["correlation", "estimate", "lower", "upper", "p_value", "inputs"])


def published_thresholds(ev: Evidence, tests: pd.DataFrame) -> pd.DataFrame:
    """Published pooled thresholds, and what may explain that they differ from ours.

    Columns ``label year measure estimate lower upper reason inputs``. A synthesis published before the year
    of every estimate that we have probably does not hold them.
    """
    first = int(tests["year"].min()) if len(tests) else None

    def reason(year: int, measure: str) -> str:
        base = "Which trials it pooled is not in what we read."
        if first is None:
            base = "We have no estimate against placebo to set beside it."
        elif year < first:
            base = f"Published before the estimates that we have ({first}), so probably from other numbers."
        unknown = " Its unit is not in what we read; ours is kPa." if measure == "MD" else ""
        ends = "No estimate behind it was available to us: it can be neither repeated nor refuted."
        return f"{base}{unknown} {ends}"

    rows = ev.published_syntheses
    rows = rows[rows["outcome"].astype(str).str.contains("threshold")].reset_index(drop=True)
    rows = rows.rename(columns={"lower95": "lower", "upper95": "upper", "synthesis_row_id": "inputs"})
    reasons = [reason(*of) for of in zip(rows["year"], rows["measure"], strict=True)]
    names = ["label", "year", "measure", "estimate", "lower", "upper", "reason", "inputs"]
    return rows.assign(reason=reasons)[names]


def threshold_certainty(ev: Evidence, average: SidesAverage | None, mid: float) -> Certainty:
    """GRADE's certainty of the mechanical estimate, by the rules of `grading`.

    `average` and `mid` are in standard deviations. Off comes what `bias_off` takes, a level for indirectness
    where no part measures a threshold itself, and imprecision (two if both sides matter), by the 95% interval
    whatever level is shown.
    """
    if average is None:
        note = "no mechanical estimate in standard deviations under these choices"
        return Certainty(UNGRADED, "", note=note)
    direct = any("threshold" in part for part in average.parts)
    ends = models.limits_of(average.estimate, average.se**2, 0.95, average.df)
    imprecise = interval_off(*ends, mid, average.n, average.estimate)
    off = [bias_off([100.0], average.study_ids[:1], judged_bias(ev, DOMAIN))]
    if not direct:
        off.append(Downgrade("indirectness", 1, "pressure tolerance was measured, not the threshold"))
    if imprecise:
        unknown = "Its size in standard deviations is not known"
        short = imprecise.short if math.isfinite(average.se) else unknown
        reason = f"one trial of {people(average.n, 'participants')}; {imprecise.reason}"
        off.append(replace(imprecise, reason=reason, short=short))
    return certainty("high", off)
