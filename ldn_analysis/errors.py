"""How we refuse: in one way everywhere, with a message that a person can act on.

Every room raises `InputError` for what it cannot use, of parameters and notebooks `ParameterError` and
`RenderError`, of the data files `evidence.EvidenceError`, which lists all problems. The kinds of array of the
whole package stand here, beside the checks that hand them back.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from math import inf
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IndexArray = npt.NDArray[np.intp]


class InputError(ValueError):
    """An argument or a file that cannot be used; the message names it, the place, the value and the rule."""


class NoEstimate(InputError):
    """The evidence, though valid, holds nothing to compute from: a page says so in a sentence."""


class RenderError(InputError):
    """A report could not be made; the message is one line, meant for the terminal."""


class ParameterError(RenderError):
    """A parameter's name, type or value is not one that is declared."""


def refuse(name: str, array: FloatArray, bad: BoolArray, rule: str) -> None:
    """`InputError` with the index (none of a scalar) and the value of the first element that is `bad`."""
    if bad.any():
        first = tuple(map(int, np.unravel_index(int(np.argmax(bad)), bad.shape)))
        index = f"[{', '.join(map(str, first))}]" if first else ""
        raise InputError(f"{name}{index} is {array[first]:g}: {rule}")


def unmasked(**arrays: Any) -> None:
    """`InputError` where an array has masked elements: numpy drops the mask and takes what is below it."""
    for name, array in arrays.items():
        mask = getattr(array, "mask", None)  # without importing numpy.ma; a Series has a method of that name
        if isinstance(mask, np.ndarray | np.bool_) and mask.any():
            raise InputError(f"{name} has masked elements: leave them out, or fill them")


def floats(name: str, value: npt.ArrayLike) -> FloatArray:
    """`value` as a float array; `InputError` where it is masked or holds what is no number."""
    unmasked(**{name: value})
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} must be numeric: {error}") from None


def finite(name: str, value: npt.ArrayLike) -> FloatArray:
    """`value` as a float array, all finite; `InputError` names the first element that is not."""
    array = floats(name, value)
    refuse(name, array, ~np.isfinite(array), "must be finite")
    return array


def positive(name: str, value: npt.ArrayLike) -> FloatArray:
    """`value` as a float array, all finite and above zero."""
    array = finite(name, value)
    refuse(name, array, array <= 0, "must be above zero")
    return array


def within(
    name: str, value: npt.ArrayLike, low: float = -inf, high: float = inf, ends: str = "[]", nan: bool = False
) -> FloatArray:
    """`value` as a float array, all finite (or `nan`, where missing) and from `low` to `high`.

    A round bracket in `ends` leaves that end out. `InputError` names the first element that is not so.
    """
    array, rules = floats(name, value), []
    bad = np.isinf(array) if nan else ~np.isfinite(array)
    refuse(name, array, bad, "must be finite" + " (NaN where missing)" * nan)
    if low > -inf:
        rules.append(f"{'at least' if ends[0] == '[' else 'above'} {low:g}")
    if high < inf:
        rules.append(f"{'at most' if ends[1] == ']' else 'below'} {high:g}")
    below = array < low if ends[0] == "[" else array <= low
    above = array > high if ends[1] == "]" else array >= high
    refuse(name, array, below | above, f"must be {' and '.join(rules)}")
    return array


def same_length(**arrays: FloatArray) -> int:
    """The shared length of one-dimensional arrays; `InputError` names those that differ."""
    for name, array in arrays.items():
        if array.ndim != 1:
            raise InputError(f"{name} has shape {array.shape}: must be one-dimensional")
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} has {n}" for name, n in lengths.items())
        raise InputError(f"arrays must have the same length: {listed}")
    return next(iter(lengths.values()))


def check_level(level: float, name: str = "level") -> float:
    """A confidence level, or another probability under its own `name`, strictly between 0 and 1."""
    if not (isinstance(level, Real) and 0 < level < 1):
        example = ", for example 0.95" if name == "level" else ""
        raise InputError(f"{name} is {level!r}: must be between 0 and 1{example}")
    return float(level)


def shortened(value: Any) -> str:
    """A value as it can stand in a message: on one line, and not thousands of letters long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a whole number of thousands of digits, a list within itself
        return f"a {type(value).__name__} that cannot be shown"
    return text if len(text) <= 60 else text[:57] + "..."


def meant(word: str, allowed: Iterable[str], before: str = "", after: str = "", cutoff: float = 0.6) -> str:
    """``did you mean 'primary'?`` with what stands before and after it; empty where none is near."""
    near = get_close_matches(word[:60], list(allowed), n=1, cutoff=cutoff)
    return f"{before}did you mean {near[0]!r}?{after}" if near else ""


def one_of(name: str, value: Any, allowed: Iterable[Any]) -> Any:
    """`value` if it is among `allowed`; otherwise an `InputError` that lists them."""
    allowed = list(allowed)
    if value not in allowed:
        raise InputError(f"{name} is {value!r}: must be one of {', '.join(map(repr, allowed))}")
    return value
