"""Many tests, few data: the chance of a "significant" result, and adjusted p values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from ldn_analysis.errors import FloatArray, InputError, finite, one_of

if TYPE_CHECKING:
    import pandas as pd

Method = Literal["bonferroni", "holm", "fdr_bh", "fdr_by"]
METHODS: tuple[Method, ...] = ("bonferroni", "holm", "fdr_bh", "fdr_by")


def any_significant(
    m: int, alpha: float = 0.05, *, correlation: float = 0.0, two_sided: bool = True
) -> float:
    """Chance of at least one p value below `alpha` among `m` tests when nothing is going on.

    Independent tests give ``1 - (1 - alpha)^m``. With a common correlation of the test statistics (normal),
    they share one standard normal part, over which the chance is averaged.

    Parameters
    ----------
    correlation : float
        Between any two test statistics, 0 to below 1.
    """
    if m < 1:
        raise InputError(f"m is {m}: must be at least 1")
    if not 0 < alpha < 1:
        raise InputError(f"alpha is {alpha:g}: must lie between 0 and 1")
    if not 0 <= correlation < 1:
        raise InputError(f"correlation is {correlation:g}: must be at least 0 and below 1")
    if correlation == 0:
        return float(-np.expm1(m * np.log1p(-alpha)))
    # A fine trapezoid rule: Gauss-Hermite would need hundreds of nodes when the correlation is near 1.
    shared = np.linspace(-9, 9, 4001)
    weight = np.exp(-(shared**2) / 2) / np.sqrt(2 * np.pi) * (shared[1] - shared[0])
    cut, own = -float(ndtri(alpha / 2 if two_sided else alpha)), np.sqrt(1 - correlation)
    quiet = ndtr((cut - np.sqrt(correlation) * shared) / own)
    if two_sided:
        quiet = quiet - ndtr((-cut - np.sqrt(correlation) * shared) / own)
    return float(1 - np.sum(weight * quiet**m))


def adjust_p(p: npt.ArrayLike, method: Method = "holm") -> FloatArray:
    """Adjusted p values, in the order given.

    ``bonferroni`` and ``holm`` (Holm 1979) control the chance of any false claim; ``fdr_bh`` (Benjamini &
    Hochberg 1995) the expected share of false claims for independent or positively dependent tests,
    ``fdr_by`` (Benjamini & Yekutieli 2001) under any dependence.
    """
    one_of("method", method, METHODS)
    values = finite("p", p)
    if values.ndim != 1 or len(values) == 0:
        raise InputError("p must hold at least one value in one dimension")
    if np.any((values < 0) | (values > 1)):
        raise InputError("p must lie between 0 and 1")
    m = len(values)
    if method == "bonferroni":
        return np.minimum(values * m, 1)
    if method == "holm":
        order = np.argsort(values, kind="stable")
        stepped = np.maximum.accumulate(values[order] * (m - np.arange(m)))
        adjusted = np.empty(m)
        adjusted[order] = np.minimum(stepped, 1)
        return adjusted
    from scipy.stats import false_discovery_control  # half a second to import

    kind: Literal["bh", "by"] = "bh" if method == "fdr_bh" else "by"
    return np.asarray(false_discovery_control(values, method=kind), dtype=np.float64)


def adjusted_table(names: list[str], p: npt.ArrayLike) -> pd.DataFrame:
    """One row a test: ``name p bonferroni holm fdr_bh fdr_by``."""
    import pandas as pd

    values = finite("p", p)
    if len(names) != len(values):
        raise InputError(f"names has {len(names)} entries and p {len(values)}: must be the same")
    table = pd.DataFrame({"name": names, "p": values})
    return table.assign(**{str(method): adjust_p(values, method) for method in METHODS})
