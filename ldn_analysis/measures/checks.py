"""What the measures and conversions accept: numbers, NaN where a value is missing, nothing impossible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ldn_analysis.errors import FloatArray, within


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """An effect and its sampling variance.

    Attributes
    ----------
    yi, vi : float or ndarray
        The estimate and its variance, in the shape that the arguments broadcast to. Where either cannot be
        computed both the reason and the rule are in the measure's docstring, and the value is NaN.
    measure : str
        Short name of the measure, as metafor's ``escalc`` has it ("MD", "SMD", "RR", ...).
    """

    yi: Any
    vi: Any
    measure: str = ""

    @property
    def se(self) -> Any:
        """Standard error, the square root of `vi`."""
        return np.sqrt(self.vi)


def numbers(
    name: str, value: ArrayLike, low: float | None = None, high: float | None = None, strict: bool = False
) -> FloatArray:
    """`value` as a float array within ``[low, high]`` (open if `strict`); NaN means missing and passes.

    Raises
    ------
    InputError
        Names the argument, the first offending index, the value and the rule.
    """
    ends = "()" if strict else "[]"
    least, most = -np.inf if low is None else low, np.inf if high is None else high
    return within(name, value, least, most, ends, nan=True)


def of_one_shape(**arguments: tuple[Any, ...]) -> tuple[FloatArray, ...]:
    """Arguments as float arrays of one shape, each given as `numbers` takes it: value, limits, strict."""
    return np.broadcast_arrays(*(numbers(name, *limited) for name, limited in arguments.items()))


def scalar(value: Any) -> Any:
    """A zero-dimensional array as a Python float; other arrays as they are."""
    array = np.asarray(value, dtype=float)
    return float(array) if array.ndim == 0 else array
