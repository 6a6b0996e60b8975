"""Detecting a dose effect against naming the dose."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ldn_analysis.models import trials
from ldn_analysis.questions.next_trial.background import DOSES, Background
from ldn_analysis.questions.next_trial.parameters import NextTrial

ARM_SIZES = (25, 50, 100, 200, 400)
SHARE = 0.9
"""The right dose is the smallest with this share of the greatest effect."""


def shapes_of(params: NextTrial) -> tuple[trials.Shape, ...]:
    """The candidate shapes, with the supposed greatest relief."""
    return trials.candidate_shapes(max(DOSES), -params.greatest)


def telling_doses(known: Background, params: NextTrial) -> pd.DataFrame:
    """Placebo and four doses, n an arm, by true shape and n.

    Columns: ``shape people target detected by_shape by_shape_error by_means by_means_error``, and
    ``smallest``, the smallest arm that reaches the wanted power (missing above 5,000 or where nothing works).
    ``detected`` is integrated with the SD unknown; naming is simulated with it known.
    """
    candidates, sd = shapes_of(params), known.sd
    rows = np.array([shape.response(DOSES) for shape in candidates if shape.kind != "flat"])
    contrasts = trials.optimal_contrasts(rows, np.ones(len(DOSES)))
    how = params.pick("near_mg", "alpha", "seed")
    ways = [f"{way}{error}" for way in ("by_shape", "by_means") for error in ("", "_error")]
    out = []
    for truth in candidates:
        response = truth.response(DOSES)
        flat = truth.kind == "flat"
        smallest = None if flat else trials.smallest_n(rows, response, sd, params.power, params.alpha)
        for n in ARM_SIZES:
            people = n * (1 - params.dropout)
            covariance = sd**2 / people * (np.eye(len(DOSES) - 1) + 1)
            trial = trials.Comparisons(np.array(DOSES[1:]), 0.0, covariance)
            naming = trials.naming(trial, truth, candidates, share=SHARE, draws=2048, **how)
            power = trials.mcp_power(contrasts, response, np.full(len(DOSES), people), sd, params.alpha)
            out.append(
                {"shape": truth.name, "people": n, "target": naming.target, "detected": power}
                | {name: getattr(naming, name) for name in ways}
                | {"smallest": np.nan if smallest is None else np.ceil(smallest / (1 - params.dropout))}
            )
    return pd.DataFrame(out)


def guessing(params: NextTrial) -> pd.DataFrame:
    """Chance that a guess among the four doses is right, by shape: ``shape chance``."""
    doses = np.array(DOSES[1:])
    rows = [
        (shape.name, float(np.mean(np.abs(doses - shape.share_dose(SHARE)) <= params.near_mg + 1e-9)))
        for shape in shapes_of(params)
        if shape.kind != "flat"
    ]
    return pd.DataFrame(rows, columns=["shape", "chance"])
