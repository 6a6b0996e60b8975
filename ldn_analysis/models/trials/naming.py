"""The chance that a trial names the right dose, which is another question than whether it finds an effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from ldn_analysis.errors import InputError
from ldn_analysis.models.dose_curves.belief import Comparisons
from ldn_analysis.models.trials.mcpmod import known_sd_test
from ldn_analysis.models.trials.points import SCRAMBLES, scrambled_error, sobol
from ldn_analysis.models.trials.shapes import Shape


@dataclass(frozen=True, slots=True)
class Naming:
    """Chances under one true shape, with simulation errors.

    `detected`: a test of some shape is significant. `by_shape`: the best-fitting candidate names the right
    dose; `by_means`: the smallest dose with the wanted share of the greatest observed effect is right.
    `target` is the right dose in mg (not-a-number where nothing works).
    """

    target: float
    detected: float
    detected_error: float
    by_shape: float
    by_shape_error: float
    by_means: float
    by_means_error: float


def naming(
    trial: Comparisons, truth: Shape, candidates: Sequence[Shape], *, share: float = 0.9,
    near_mg: float = 0.75, alpha: float = 0.025, draws: int = 4096, seed: int = 1,
) -> Naming:  # fmt: skip
    """Detecting a dose effect, and naming the smallest dose with `share` of the greatest effect.

    Parameters
    ----------
    trial : Comparisons
        Doses against placebo, with their sampling covariance.
    candidates : sequence of Shape
        Shapes that are tested and may be chosen; flat ones are left out. If the truth is among them, the
        chances are the best that can be had.
    share, near_mg : float
        A named dose is right within `near_mg` of the truth's.
    alpha : float
        One-sided level of the family of tests; the SD is taken as known.
    """
    if trial.against != 0:
        raise InputError(f"against is {trial.against:g}: the first arm must be placebo")
    tested = [shape for shape in candidates if shape.kind != "flat"]
    if not tested:
        raise InputError("candidates holds no shape that is not flat")
    rows = np.array([shape.response(trial.dose) - shape.response([0.0]) for shape in tested])
    weights, bound = known_sd_test(rows, trial.covariance, alpha)
    targets = np.array([shape.share_dose(share) for shape in tested])
    mean = trial.kept * (truth.response(trial.dose) - truth.response([0.0]))
    root = np.linalg.cholesky(trial.covariance)
    y = mean + special.ndtri(sobol(trial.dose.size, draws // SCRAMBLES, seed)) @ root.T
    statistic = y @ weights.T
    target = truth.share_dose(share)
    sign = np.sign(tested[0].greatest) or 1.0
    effect = sign * y
    top = effect.max(axis=1, keepdims=True)
    by_means = trial.dose[np.argmax(effect >= np.where(top > 0, share, 1.0) * top, axis=1)]
    chances = (
        (statistic > bound).any(axis=1),
        np.abs(targets[np.argmax(statistic, axis=1)] - target) <= near_mg + 1e-9,
        np.abs(by_means - target) <= near_mg + 1e-9,
    )
    pairs = [(float(right.mean()), scrambled_error(right.astype(float))) for right in chances]
    return Naming(target, *pairs[0], *pairs[1], *pairs[2])
