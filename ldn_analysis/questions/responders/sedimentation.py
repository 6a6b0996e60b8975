"""The sedimentation rate as a predictor: what a large r squared of few people is worth, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ldn_analysis import models
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.vocabulary import readable
from ldn_analysis.questions.columns import with_limits

COMPANIONS: dict[str, str] = {"bmi": "body mass index", "age_years": "age"}
"""What goes with the sedimentation rate in other people too: columns of the participants, and their names."""


@dataclass(frozen=True, slots=True, eq=False)
class Predictor:
    """A reported r squared with its interval, and how often chance gives as much.

    Attributes
    ----------
    row : Series
        The row of outcomes, with the study's ``label year design``.
    evidence : models.CorrelationEvidence
        Exact interval of the correlation and of r squared.
    supposed_r, chance
        A true correlation that is supposed, and the chance of as large an r squared under it.
    repeats
        What independent studies found of the same, by their labels.
    """

    row: pd.Series
    evidence: models.CorrelationEvidence
    supposed_r: float
    chance: float
    repeats: dict[str, models.CorrelationEvidence] = field(default_factory=dict)


def predictor_rows(ev: Evidence, reading: str = "all") -> pd.DataFrame:
    """Reported r squared of predictors of response: rows of the outcomes table with the study's label."""
    rows = ev.outcomes[ev.outcomes["statistic"] == "r squared"]
    return (
        readable(rows, reading)
        .merge(ev.studies[["study_id", "trial_id", "label", "year", "design"]], on="study_id")
        .reset_index(drop=True)
    )


def predictor(
    ev: Evidence,
    reading: str = "all",
    *,
    supposed_r: float = 0.3,
    level: float = 0.95,
    power: float = 0.8,
    alpha: float = 0.05,
) -> Predictor | None:
    """The first report of the sedimentation rate as a predictor, with what it is worth; None where there is
    none, or where its r squared or number of people allow no interval."""
    rows = predictor_rows(ev, reading)
    rows = rows[rows["measure"].str.contains("ESR|sedimentation", case=False)]
    rows = rows[(rows["value"] > 0) & (rows["value"] < 1) & (rows["n"] >= 4)]
    if rows.empty:
        return None
    row = rows.iloc[0]
    evidence = models.correlation_evidence(
        float(row["value"]), int(row["n"]), replicate_at=(0.3, 0.5), level=level, power=power, alpha=alpha
    )
    chance = models.chance_of_r_squared(evidence.r_squared, evidence.n, supposed_r)
    others = rows[(rows["trial_id"] != row["trial_id"]) & (rows["measure"] == row["measure"])]
    repeats = {
        str(label): models.correlation_evidence(float(r2), int(n), level=level)
        for label, r2, n in others.drop_duplicates("trial_id")[["label", "value", "n"]].to_numpy()
    }
    return Predictor(row, evidence, supposed_r, chance, repeats)


def companions(ev: Evidence, esr: Predictor, level: float = 0.95) -> pd.DataFrame:
    """What else goes with the sedimentation rate in the same people, from the printed participants.

    Returns
    -------
    DataFrame
        One row a companion: ``name n r r_lower r_upper partial partial_lower partial_upper given
        response_lower response_upper inputs``. `r` is its correlation with the sedimentation rate, `partial`
        that with the other companions held fixed (`given`). `response_lower` to `response_upper` are the
        correlations of the companion with the response that these two and the reported one allow: no response
        is printed person by person, so it cannot be computed. Empty with fewer than five people.
    """
    people = ev.pilot_participants
    people = people[people["study_id"] == esr.row["study_id"]]
    people = people.dropna(subset=["esr_mm_h", *COMPANIONS])
    names = ["name", "n", "r", "r_lower", "r_upper", "partial", "partial_lower", "partial_upper", "given"]
    names += ["response_lower", "response_upper", "inputs"]
    keys, rows = tuple(people["pilot_participant_id"]), []
    for column, name in COMPANIONS.items() if len(people) > 4 else ():
        others = [other for other in COMPANIONS if other != column]
        plain = models.partial_correlation(people["esr_mm_h"], people[column], level=level)
        fixed = np.column_stack([people[other] for other in others])
        partial = models.partial_correlation(people["esr_mm_h"], people[column], fixed, level=level)
        with_response, root = plain.r * esr.evidence.r, (1 - plain.r**2) * (1 - esr.evidence.r**2)
        names_of_others = ", ".join(COMPANIONS[other] for other in others)
        rows.append(
            {"name": name, "n": len(people), "inputs": keys, "given": names_of_others}
            | with_limits("r", plain.r, plain.ci)
            | with_limits("partial", partial.r, partial.ci)
            | {"response_lower": with_response - root**0.5, "response_upper": with_response + root**0.5}
        )
    return pd.DataFrame(rows, columns=names)
