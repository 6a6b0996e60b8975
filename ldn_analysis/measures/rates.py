"""Two incidence rates."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ldn_analysis.errors import one_of
from ldn_analysis.measures.checks import Effect, of_one_shape
from ldn_analysis.measures.groups import finish


def two_rates(
    measure: str, events1: ArrayLike, time1: ArrayLike, events2: ArrayLike, time2: ArrayLike, add: float = 0.5
) -> Effect:
    """Two incidence rates: IRR (log ratio), IRD (difference) or IRSD (difference of square roots).

    `add` goes to both counts where either is zero (not for IRSD).
    """
    one_of("measure", measure, ("IRR", "IRD", "IRSD"))
    x1, t1, x2, t2 = of_one_shape(
        events1=(events1, 0), time1=(time1, 0, None, True), events2=(events2, 0), time2=(time2, 0, None, True)
    )
    extra = np.where((x1 == 0) | (x2 == 0), 0.0 if measure == "IRSD" else add, 0.0)
    x1, x2 = x1 + extra, x2 + extra
    with np.errstate(all="ignore"):
        a, b = x1 / t1, x2 / t2
        yi, vi = {
            "IRR": lambda: (np.log(a) - np.log(b), 1 / x1 + 1 / x2),
            "IRD": lambda: (a - b, x1 / t1**2 + x2 / t2**2),
            "IRSD": lambda: (np.sqrt(a) - np.sqrt(b), 1 / (4 * t1) + 1 / (4 * t2)),
        }[measure]()
        return finish(measure, (yi, {"LS": lambda: vi}), "LS")
