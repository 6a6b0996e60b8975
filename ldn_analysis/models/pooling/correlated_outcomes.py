"""Several outcomes of one study: their covariances under an assumed correlation, and one estimate a study."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ldn_analysis.errors import InputError, finite, positive, same_length
from ldn_analysis.models.covariances import check_covariance, singular
from ldn_analysis.models.results import Result

__all__ = ["Combined", "combine_outcomes", "covariance_of_outcomes"]

Array = npt.NDArray[np.float64]
Labels = Iterable[Any]
Correlation = float | Mapping[tuple[Any, Any], float]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Combined(Result):
    """One estimate a cluster, in the order in which the clusters appear; `vi` its sampling variance."""

    cluster: tuple[Hashable, ...]
    yi: Array
    vi: Array
    weighted: bool


def codes_of(name: str, labels: Labels, k: int) -> tuple[npt.NDArray[np.intp], list[Hashable]]:
    """A number for each label, in the order of first appearance, and the labels; `InputError` unless there
    are `k` of them and none is missing."""
    values = list(labels)
    if len(values) != k:
        raise InputError(f"{name} has {len(values)} labels: must have {k}, one an estimate")
    for i, value in enumerate(values):
        if value is None or value != value:
            raise InputError(f"{name}[{i}] is {value!r}: must not be missing")
    levels = list(dict.fromkeys(values))
    number = {level: i for i, level in enumerate(levels)}
    return np.array([number[value] for value in values], dtype=np.intp), levels


def covariance_of_outcomes(
    vi: npt.ArrayLike,
    cluster: Labels,
    rho: Correlation | tuple[Correlation, Correlation],
    *,
    type: Labels | None = None,
    obs: Labels | None = None,
) -> Array:
    """Sampling covariances of estimates of which some come from the same participants.

    Estimates of different clusters are independent. The correlations within one are assumptions: trials
    seldom report them.

    Parameters
    ----------
    vi
        Sampling variances, shape (k,).
    cluster
        Study of each estimate.
    rho
        Correlation of different outcomes: a number or a mapping ``{(a, b): r}`` of pairs of labels. With both
        `type` and `obs`, two of them: for different `obs` of one type, and for different types. Without
        either, each estimate of a cluster is an outcome of its own.
    type, obs
        Construct (pain, sleep), and the instrument that measures it.

    Returns
    -------
    (k, k) covariance matrix in the order of the estimates. It is singular where two estimates are said to be
    perfectly correlated.

    Raises
    ------
    InputError
        For arguments that do not fit together, and for correlations that no data can have.
    """
    v = positive("vi", vi)
    k = same_length(vi=v)
    together, _ = codes_of("cluster", cluster, k)
    if type is None and obs is None:
        obs = range(k)
    r = _of_outcomes(rho, type, obs, k)
    np.fill_diagonal(r, 1.0)
    root = np.sqrt(v)
    whole = np.where(together[:, None] == together, r * np.outer(root, root), 0.0)
    try:
        check_covariance("the correlations given", whole, k)
    except InputError as error:
        raise InputError(f"rho: {error}") from None
    return whole


def _of_outcomes(rho: Any, type: Labels | None, obs: Labels | None, k: int) -> Array:
    """Correlation of two outcomes measured on the same people."""
    if type is None or obs is None:
        return _pairs(rho, type, k, "type") if type is not None else _pairs(rho, obs, k, "obs")
    if not isinstance(rho, tuple) or len(rho) != 2:
        raise InputError("rho must be a pair with both type and obs: within a type, and between types")
    kind, _ = codes_of("type", type, k)
    within, between = _pairs(rho[0], obs, k, "obs"), _pairs(rho[1], type, k, "type")
    return np.where(kind[:, None] == kind, within, between)


def _pairs(rho: Any, labels: Labels | None, k: int, name: str) -> Array:
    codes, levels = codes_of(name, () if labels is None else labels, k)
    if isinstance(rho, Mapping):
        table = np.eye(len(levels))
        for i, a in enumerate(levels):
            for j, b in enumerate(levels[:i]):
                if (a, b) not in rho and (b, a) not in rho:
                    raise InputError(f"rho lacks the pair {b!r}, {a!r} of {name}")
                table[i, j] = table[j, i] = _correlation("rho", rho.get((a, b), rho.get((b, a))))
    else:
        table = np.full((len(levels), len(levels)), _correlation("rho", rho))
        np.fill_diagonal(table, 1.0)
    return np.asarray(table[np.ix_(codes, codes)])


def _correlation(name: str, value: Any) -> float:
    number = finite(name, value)
    if number.ndim or not -1 <= number <= 1:
        raise InputError(f"{name} is {value!r}: must be a correlation between -1 and 1")
    return float(number)


def combine_outcomes(
    yi: npt.ArrayLike, V: npt.ArrayLike, cluster: Labels, *, weighted: bool = True
) -> Combined:
    """One estimate a study from several that measure the same thing.

    With `weighted`, the generalised least-squares mean, ``1'V^-1 y / 1'V^-1 1``, which may lie outside the
    range of the estimates when they are highly correlated; otherwise the plain mean, each outcome counting
    alike, with variance ``1'V 1 / m^2`` (Borenstein 2009, Introduction to Meta-Analysis, chapter 24).

    Parameters
    ----------
    yi, V
        Estimates, shape (k,), and their covariances (k, k), or variances (k,) where independent.
    cluster
        Study of each estimate.
    """
    y = finite("yi", yi)
    v = check_covariance("V", V, same_length(yi=y))
    codes, levels = codes_of("cluster", cluster, len(y))
    means, variances = np.empty(len(levels)), np.empty(len(levels))
    for j in range(len(levels)):
        at = np.flatnonzero(codes == j)
        block = v[np.ix_(at, at)]
        if weighted:
            if singular(block):
                raise InputError(f"V of cluster {levels[j]!r} is singular: use weighted=False")
            weight = np.linalg.solve(block, np.ones(len(at)))
            weight /= weight.sum()
        else:
            weight = np.full(len(at), 1 / len(at))
        means[j], variances[j] = weight @ y[at], weight @ block @ weight
    return Combined(tuple(levels), means, variances, weighted)
