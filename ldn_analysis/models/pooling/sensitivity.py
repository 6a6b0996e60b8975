"""How far the pooled estimate rests on single studies: leave one out, and one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter

import numpy as np
import numpy.typing as npt

from ldn_analysis.errors import BoolArray, FloatArray, IndexArray, InputError, finite, positive, same_length
from ldn_analysis.models.pooling.many import PooledMany, pool_many, with_own_intervals
from ldn_analysis.models.pooling.pooled import Pooled, freedom, pool
from ldn_analysis.models.results import Result


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Refits(Result):
    """The same analysis on several selections of the studies.

    `included` (rows, k) says which studies each row of `fits` holds; `study` (rows,) is the study that the
    row leaves out or that it adds; `full` is the fit to all.
    """

    study: IndexArray
    included: BoolArray
    fits: PooledMany
    full: Pooled

    estimate = property(attrgetter("fits.estimate"), doc="Pooled estimate of each row.")
    se = property(attrgetter("fits.se"), doc="Standard error of each row.")
    ci = property(attrgetter("fits.ci"), doc="Confidence interval of each row, shape (rows, 2).")
    p_value = property(attrgetter("fits.p_value"), doc="p value of each row.")
    tau2 = property(attrgetter("fits.tau2"), doc="tau2 of each row; NaN where it rests on one study.")
    k = property(attrgetter("fits.k"), doc="Number of studies in each row.")
    has_companion = property(attrgetter("fits.has_companion"), doc="Rows that have a wider companion.")

    def __len__(self) -> int:
        return len(self.study)


def _checked(
    yi: npt.ArrayLike, vi: npt.ArrayLike, needed: int, analysis: str
) -> tuple[FloatArray, FloatArray, int]:
    """Estimates, variances and their number, which the analysis needs to be `needed` at least."""
    y, v = finite("yi", yi), positive("vi", vi)
    k = same_length(yi=y, vi=v)
    if k < needed:
        raise InputError(f"yi has {k} {'study' if k == 1 else 'studies'}: {analysis} needs at least {needed}")
    return y, v, k


def _refits(
    y: FloatArray,
    v: FloatArray,
    study: IndexArray,
    included: BoolArray,
    df: npt.ArrayLike | None,
    methods: tuple[str, str, float, str],
) -> Refits:
    """The fits; a row of one study has that study's own interval, where its degrees of freedom are known."""
    fits, full = pool_many(y, v, included, *methods), pool(y, v, *methods, df)
    if df is not None:
        own_df = freedom(df, len(y))[included.argmax(axis=1)]
        fits = with_own_intervals(fits, np.broadcast_to(v, included.shape), included, own_df)
    return Refits(study, included, fits, full)


def leave_one_out(
    yi: npt.ArrayLike,
    vi: npt.ArrayLike,
    tau2_method: str = "REML",
    inference: str = "hksj",
    level: float = 0.95,
    prediction: str = "k-1",
    df: npt.ArrayLike | None = None,
) -> Refits:
    """Pool again without each study in turn (arguments as in `pool`); declines below two studies."""
    y, v, k = _checked(yi, vi, 2, "leaving one out")
    included = ~np.eye(k, dtype=bool)
    return _refits(y, v, np.arange(k), included, df, (tau2_method, inference, level, prediction))


def cumulative(
    yi: npt.ArrayLike,
    vi: npt.ArrayLike,
    order: npt.ArrayLike | None = None,
    tau2_method: str = "REML",
    inference: str = "hksj",
    level: float = 0.95,
    prediction: str = "k-1",
    df: npt.ArrayLike | None = None,
) -> Refits:
    """Pool the first study, the first two, and so on.

    Parameters
    ----------
    yi, vi, tau2_method, inference, level, prediction, df
        As in `pool`; with `df` a row of one study has that study's own interval.
    order : array_like, shape (k,), optional
        Anything to sort by, for example years; ties keep the given order, which is also the default.
    """
    y, v, k = _checked(yi, vi, 1, "a cumulative analysis")
    by = np.arange(k) if order is None else finite("order", order)
    if by.shape != (k,):
        raise InputError(f"order has shape {by.shape}: must have one value for each of the {k} studies")
    sequence = np.argsort(by, kind="stable")
    rank = np.empty(k, dtype=np.intp)
    rank[sequence] = np.arange(k)
    included = rank[None, :] <= np.arange(k)[:, None]
    return _refits(y, v, sequence, included, df, (tau2_method, inference, level, prediction))
