"""The tables of the report on pain: frames for `display.table`, with what stands below each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ldn_analysis.display.words import MISSING, capital, minus_signs, number, numeral, percent, points
from ldn_analysis.evidence.vocabulary import OF_ARMS, Precision, readable
from ldn_analysis.questions.grading import UNGRADED
from ldn_analysis.questions.pain import belief, sensitivity, words
from ldn_analysis.questions.pain.analysis import PainAnalysis

LADDER_NOTES = (
    "Hartung-Knapp: the trials may differ; the fewer they are, the wider the interval.",
    "Common effect, Wald: what few trials cannot tell is taken as known; their intervals are too narrow.",
    "Modified Hartung-Knapp: never narrower than the normal interval.",
    f"Bayes: the median, with a prior. {belief.PRIORS}, in the unit of the estimate.",
    "Published prior: how much trials of drugs against placebo differ, predicted from 6,492 meta-analyses of "
    "all kinds in Cochrane reviews (Rhodes, Turner and Higgins 2015, 10.1016/j.jclinepi.2014.08.012), put "
    "into points by the trials' own SDs.",
)

GRADED_BY = (
    "The target follows from where the mean lies against what matters (Core GRADE 2, Guyatt 2025, "
    "10.1136/bmj-2024-081904); inconsistency from sides of the thresholds, overlap and differences beyond "
    "chance (p of Q below 0.1; Core GRADE 3); risk of bias from weight and agreement (Core GRADE 4); words "
    "by size and certainty (GRADE guidelines 26). Of Core GRADE we read the abstracts."
)
PRIOR_OF = (
    f"{belief.PRIORS}. Range beside each probability: every prior of that SD in the table of priors, with "
    "this prior of the mean."
)
_NOT_BY_GROUP = "not available to us by group"


@dataclass(frozen=True, slots=True)
class Reading:
    """A table of another reading: `inputs` are rows of the data; empty: the chains of the pool."""

    frame: pd.DataFrame
    caption: str
    columns: Mapping[str, str]
    how: str
    notes: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()


def certainty(pain: PainAnalysis) -> pd.DataFrame:
    """What may be said, of what the certainty is, why, and what no rule judges: ``what said``."""
    grade = pain.certainty
    rows = [("In words", f"{pain.in_words} {grade.dots if grade.target else ''}".rstrip())]
    if pain.threshold:
        rows.append(("What matters", _threshold(pain)))
    for off in grade.downgrades:
        domain = f"{capital(off.domain)}{', two levels' if off.levels == 2 else ''}"
        rows.append((domain, f"{off.plain}: {off.reason}."))
    if not grade.downgrades:
        head = "Not graded" if grade.level == UNGRADED else "No level taken off"
        rows.append((head, f"{capital(grade.note or 'nothing was rated down')}."))
    rows.append(("For people to judge", words.unruled(pain.without_estimate)))
    return pd.DataFrame(rows, columns=["what", "said"])


def _threshold(pain: PainAnalysis) -> str:
    """The difference that matters, with its source where it is the one of the data."""
    mid = pain.choices.mid
    threshold = f"A mean difference of {points(mid)} between groups"
    thresholds = pain.ev.clinical_thresholds
    in_points = (thresholds["kind"] == "between-group") & (thresholds["unit"] == "NRS points")
    same = thresholds[in_points & (thresholds["value"] == mid)]
    if same.empty:
        return f"{threshold}: an assumption."
    row = same.iloc[0]
    return f"{threshold}: {row['what']} ({row['year']}, {row['source']})."


VALUE = Precision(("value",), behind_value="{}")


def trials(pain: PainAnalysis) -> pd.DataFrame:
    """The trials in the pool with their dose as given, and the weeks of both conditions: ``given weeks``."""
    studies = pain.ev.studies.set_index("study_id")
    used = pain.used
    doses = [str(studies["dose_schedule"].get(s) or MISSING) for s in used["study_id"]]
    weeks = []
    for study, week in zip(used["study_id"], used["week"], strict=True):
        control: Any = studies["control_weeks"].get(study)
        crossover = studies["design_type"].get(study) == "crossover"
        text = f"{week:g}" if week == week else MISSING
        differ = crossover and pd.notna(control) and float(control) != float(week)
        weeks.append(f"{text} of LDN, {float(control):g} of placebo" if differ else text)
    return used.assign(given=doses, weeks=weeks)


def left_out(pain: PainAnalysis) -> pd.DataFrame:
    """Studies that are not in the pool, each with its reason; one without a row of pain is among them."""
    table, studies = pain.table, pain.ev.studies
    silent = studies[~studies["study_id"].isin(table["study_id"])]
    silent = silent[["study_id", "label", "design"]].assign(
        dose_mg=silent["dose_max_mg"].where(silent["dose_max_mg"] == silent["dose_min_mg"]),
        exclusion_reason="no result on pain is in the data",
    )
    out = table[~table["included"].astype(bool)]
    return pd.concat([out, silent], ignore_index=True) if len(silent) else out


def groups(pain: PainAnalysis) -> pd.DataFrame:
    """What each group of a trial in the pool showed, as its report gives it: ``label reported ldn n_ldn
    placebo n_placebo inputs``; a mean without a spread gives way to one with it, doses stand side by side.
    A trial whose estimate is the mean of several instruments has a row for each; several trials that give
    nothing by group share the last row."""
    rows = readable(pain.ev.outcomes, pain.choices.reading)
    rows = rows[(rows["domain"] == "pain") & (rows["week"] != 0) & rows["value"].notna()]
    rows = rows[rows["statistic"].isin(["mean", "mean change", "median", "median change"])]
    spread = rows.reindex(columns=[form.columns[0] for form in OF_ARMS.values()]).notna().any(axis=1)
    rows = rows.assign(spread=spread, dose=rows.get("dose_mg_per_day", math.nan))
    printed = pain.ev.printed["outcomes"].set_index("outcome_id")
    columns = ["label", "reported", "ldn", "n_ldn", "placebo", "n_placebo", "inputs"]
    silence: dict[str, Any] = dict.fromkeys(columns, "") | {"reported": _NOT_BY_GROUP}
    lines = []
    measures = set(pain.ev.outcomes["measure"])
    parts = pain.used["instrument"].map(lambda name: [name] if name in measures else name.split(" and "))
    for trial in pain.used.assign(part=parts).explode("part").to_dict("records"):
        line = silence | {"label": trial["label"], "inputs": trial["study_id"]}
        ldn, placebo = _sides(trial, rows[rows["study_id"] == trial["study_id"]])
        if len(ldn) and len(placebo):
            both = pd.concat([ldn, placebo])
            line |= {"reported": _reported(trial, both), "inputs": tuple(both["outcome_id"])}
            for name, side in (("ldn", ldn), ("placebo", placebo)):
                line |= {name: _means(side, printed), f"n_{name}": side["n"].sum(min_count=1)}
        lines.append(line)
    shown = {line["label"] for line in lines if line["ldn"]}
    silent = {line["label"]: line["inputs"] for line in lines if line["label"] not in shown}
    if len(silent) > 1:  # one row for all of them
        others = f"{capital(numeral(len(silent)))} {'other ' if shown else ''}trials"
        lines = [line for line in lines if line["label"] in shown]
        lines.append(silence | {"label": others, "inputs": tuple(silent.values())})
    return pd.DataFrame(lines, columns=columns)


def _sides(trial: Mapping[Any, Any], rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Of a trial's rows those of LDN and of placebo at the week that was pooled, a row a dose, in the same
    statistic and unit; the conditions of a crossover end at different weeks."""
    mine = rows[rows["measure"] == trial["part"]]
    week = -1 if pd.isna(trial["week"]) else trial["week"]
    ldn = mine[(mine["group"] == "ldn") & (mine["week"].fillna(-1) == week)]
    ldn = ldn.sort_values("spread", ascending=False, kind="stable")
    same = ["statistic", "unit"] + ["week"] * (trial["design_type"] != "crossover")
    first = ldn[same].head(1)
    of_placebo = mine[mine["group"] == "placebo"]
    return (
        ldn.merge(first, on=same).drop_duplicates("dose"),
        of_placebo.merge(first, on=same).drop_duplicates("dose"),
    )


def _reported(trial: Mapping[Any, Any], rows: pd.DataFrame) -> str:
    """What the rows of both groups hold: ``Mean change, points (higher is better), week 12``."""
    first = rows.iloc[0]
    better = " (higher is better)" if first["better"] == "higher" else ""
    unit = first["unit"] if "reduction" in first["unit"] else first["unit"] + better
    weeks = [f"{week:g}" for week in rows["week"].dropna().unique()]
    at = f"week{'s' if len(weeks) > 1 else ''} {' and '.join(weeks)}" if weeks else ""
    instrument = "" if trial["part"] == trial["instrument"] else f" ({trial['part']})"
    return ", ".join(filter(None, (first["statistic"].capitalize(), unit, at))) + instrument


def _means(rows: pd.DataFrame, printed: pd.DataFrame) -> str:
    """Means or medians of a group as printed, each with its spread, and its dose where there are several."""
    texts = []
    for row in rows.to_dict("records"):
        filled = {name for name, value in row.items() if value == value}
        text = "".join(
            words.format(*(printed[name].get(row["outcome_id"]) or f"{row[name]:g}" for name in columns))
            for columns, _, words, _ in (VALUE, *OF_ARMS.values())
            if filled.issuperset(columns)
        )
        texts.append(f"{text} at {row['dose']:g} mg" if pd.notna(row["dose"]) and len(rows) > 1 else text)
    return minus_signs("; ".join(texts))


def priors(pain: PainAnalysis) -> pd.DataFrame:
    """The mean under each pair of priors, probabilities as text."""
    table = pain.by_prior
    return table.assign(less_pain=[percent(p) for p in table["probability_below"]])


def other_readings(pain: PainAnalysis) -> list[Reading]:
    """Every other reading that the pool allows, a table each."""
    trial = {"estimate": "Trial", "lower": "from", "upper": "to"}
    pool = {"pooled": "Mean of the pool", "pooled_lower": "mean, from", "pooled_upper": "mean, to"}
    cells = trial | pool if len(pain.used) > 2 else trial  # two are not averaged, one is the mean
    return [
        *_by_way_of_reading(pain),
        *_adjusted_and_raw(pain),
        *_percent_as_points(pain, cells),
        *_plus_minus(pain, cells),
        *_made_one(pain, cells),
    ]


def _by_way_of_reading(pain: PainAnalysis) -> Iterator[Reading]:
    shares = sensitivity.reading_shares(pain)
    if len(shares):
        yield Reading(
            shares.assign(
                weight=[f"{w:.0f}%" for w in shares["weight"]], trials=[str(k) for k in shares["trials"]]
            ),
            "How the numbers behind the mean reached us",
            {"label": "Read from", "trials": "Trials", "weight": "Share of the weight"},
            "Weights of the pool by the most second-hand of each trial's inputs.",
        )


def _adjusted_and_raw(pain: PainAnalysis) -> Iterator[Reading]:
    both = sensitivity.adjusted_and_raw(pain)
    if not len(both):
        return
    unit = pain.unit.removeprefix("NRS ")
    alone = "; ".join(sensitivity.adjusted_alone(pain))
    notes = f"Only an adjusted difference is reported, and stands in both columns: {alone}."
    yield Reading(
        both,
        "Adjusted and unadjusted differences side by side",
        {
            "label": "Trial",
            "adjusted": f"Adjusted where reported, {unit}",
            "adjusted_lower": "from",
            "adjusted_upper": "to",
            "raw": f"Unadjusted, {unit}",
            "raw_lower": "unadjusted, from",
            "raw_upper": "unadjusted, to",
        },
        "The same method, with the contrasts that the heading names.",
        (notes,) if alone else (),
    )


def _percent_as_points(pain: PainAnalysis, cells: Mapping[str, str]) -> Iterator[Reading]:
    for name, swept in _by_trial(sensitivity.percent_sweep(pain)):
        first = swept.iloc[0]
        yield Reading(
            swept,
            f"Percent reductions as points: {name}",
            {"label": "Assumption", **cells},
            "Mean over people of percent times baseline, at the correlation that the line names.",
            (
                f"SD at baseline {number(first['baseline_sd'], 1)} points of the trial's scale: the mean "
                "over the groups of the pool that report one.",
            ),
            tuple(first["inputs"]),
        )


def _plus_minus(pain: PainAnalysis, cells: Mapping[str, str]) -> Iterator[Reading]:
    for name, sds in _by_trial(sensitivity.other_reading(pain)):
        yield Reading(
            sds,
            f"Plus-minus values read in two ways, in SDs: {name}",
            {"label": "Plus-minus values", "correlation": "Correlation implied", **cells},
            "Standardised differences with the SDs of the conditions that the line names.",
            (
                "The second line has the SDs of percent reductions that another paper quotes; with the "
                "printed p value they imply the correlation in that line. In points the p value fixes the "
                "error in any case.",
            ),
            tuple(sds["inputs"].iloc[0]),
        )


def _made_one(pain: PainAnalysis, cells: Mapping[str, str]) -> Iterator[Reading]:
    for name, trial in _by_trial(sensitivity.shared_sweep(pain)):
        for of, swept in trial.groupby("of", sort=False):
            yield Reading(
                swept,
                f"{of}: {name}",
                {"label": "Assumption", **cells},
                "The same method, with the correlation that the line names: no report gives it.",
            )


def _by_trial(table: pd.DataFrame) -> list[tuple[Any, pd.DataFrame]]:
    """The rows of each trial apart; nothing of an empty table."""
    return list(table.groupby("trial", sort=False)) if len(table) else []


def method(pain: PainAnalysis) -> pd.DataFrame:
    """Notes of the analysis and its rules of certainty: ``about said``."""
    fit = pain.fit
    rows: list[tuple[str, str]] = []
    if fit is not None:
        rows.append(("How trials differ", words.inconsistency(fit)))
        low, high = fit.prediction
        if low == low:
            rows.append(
                (
                    "A new trial",
                    f"Nominal {100 * fit.level:g}% prediction interval of its true effect: {number(low)} to "
                    f"{number(high)}."
                    + (
                        " With fewer than five trials it covers less often than it says." if fit.k < 5 else ""
                    ),
                )
            )
        rows += [("Note", note) for note in fit.notes]
    if pain.widened:
        rows.append(
            (
                "Interval",
                "The trials agree better than their own errors would make them; the modified Hartung-Knapp "
                "interval is given, which is not narrower than those errors allow.",
            )
        )
    target = pain.certainty.target
    judged = f"The rules judge how sure one can be {target}. " if target else ""
    rows += [("Certainty", judged + GRADED_BY), ("Prior", PRIOR_OF)]
    return pd.DataFrame(rows, columns=["about", "said"])
