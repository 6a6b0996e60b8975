"""Shapes that a dose-response may have, scaled to a greatest effect.

The parameters are those of Bornkamp, Pinheiro & Bretz 2009 (Journal of Statistical Software 29(7)), whose
package computes the reference numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from ldn_analysis.errors import FloatArray, InputError, finite, one_of, positive, within

_GRID = 2001


def _beta(d: FloatArray, delta1: float, delta2: float, scale: float) -> FloatArray:
    top = (delta1 + delta2) ** (delta1 + delta2) / (delta1**delta1 * delta2**delta2)
    share = d / scale
    return top * share**delta1 * (1 - share) ** delta2


_FORMS: dict[str, tuple[tuple[str, ...], Callable[..., FloatArray]]] = {
    "flat": ((), lambda d: np.zeros_like(d)),
    "linear": ((), lambda d: d),
    "linlog": (("offset",), lambda d, offset: np.log(d + offset)),
    "emax": (("ed50",), lambda d, ed50: d / (ed50 + d)),
    "sigmoid": (("ed50", "hill"), lambda d, ed50, hill: d**hill / (ed50**hill + d**hill)),
    "logistic": (("ed50", "delta"), lambda d, ed50, delta: 1 / (1 + np.exp((ed50 - d) / delta))),
    "exponential": (("delta",), lambda d, delta: np.expm1(d / delta)),
    "quadratic": (("curvature",), lambda d, curvature: d + curvature * d**2),
    "beta": (("delta1", "delta2", "scale"), _beta),
}
KINDS: dict[str, tuple[str, ...]] = {kind: names for kind, (names, _) in _FORMS.items()}
"""Each kind of shape with the names of its parameters (doses and scales in mg)."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A dose-response over 0 to `highest` mg.

    Parameters
    ----------
    name : str
        What it is called in a report.
    kind : str
        One of `KINDS`.
    parameters : tuple of float
        In the order of ``KINDS[kind]``; `curvature` is that of ``d + curvature d**2``, so that a value below
        zero bends the curve down.
    highest : float
        Highest dose (mg); within 0 to this dose the greatest effect is reached.
    greatest : float
        The greatest difference from placebo, in the outcome's unit and with its sign (for pain, below zero
        favours the drug).

    Raises
    ------
    InputError
        Unknown kind, wrong number of parameters, or one that its shape does not allow.
    """

    name: str
    kind: str
    parameters: tuple[float, ...] = ()
    highest: float = 6.0
    greatest: float = 1.0

    def __post_init__(self) -> None:
        names = KINDS[one_of("kind", self.kind, KINDS)]
        positive("highest", self.highest)
        finite("greatest", self.greatest)
        if len(self.parameters) != len(names):
            listed = ", ".join(names) or "none"
            raise InputError(f"parameters is {self.parameters}: the {self.kind} shape takes {listed}")
        for name, value in zip(names, self.parameters, strict=True):
            (finite if name == "curvature" else positive)(name, value)
        if self.kind == "beta" and self.parameters[2] <= self.highest:
            raise InputError(f"scale is {self.parameters[2]:g}: must be above the highest dose")

    def _rise(self, dose: FloatArray) -> FloatArray:
        """Difference from placebo at each `dose`, before it is scaled to `greatest`."""
        form = _FORMS[self.kind][1]
        return form(dose, *self.parameters) - form(np.zeros(1), *self.parameters)

    def response(self, dose: ArrayLike) -> FloatArray:
        """Mean difference from placebo at each `dose` (mg, 0 to `highest`), in the unit of `greatest`."""
        d = finite("dose", dose)
        if np.any(d < 0) or np.any(d > self.highest * (1 + 1e-12)):
            raise InputError(f"dose runs from {d.min():g} to {d.max():g}: must be in 0 to {self.highest:g}")
        if self.kind == "flat":
            return np.zeros(d.shape)
        return self.greatest * self._rise(d) / self._top()[1]

    def _top(self) -> tuple[float, float]:
        """The dose of the greatest effect in range, and the unscaled effect there."""
        dose = self.highest
        if self.kind == "quadratic" and self.parameters[0] < 0:
            dose = min(dose, -0.5 / self.parameters[0])
        elif self.kind == "beta":
            delta1, delta2, scale = self.parameters
            dose = min(dose, scale * delta1 / (delta1 + delta2))
        return dose, float(self._rise(np.array([dose]))[0])

    def share_dose(self, share: float) -> float:
        """Smallest dose with at least `share` (above 0, at most 1) of the greatest effect in range."""
        within("share", share, 0, 1, "(]")
        if self.kind == "flat":
            return float("nan")
        dose, top = self._top()
        if share == 1:
            return dose

        def lacking(d: float) -> float:
            return float(self._rise(np.array([d]))[0]) / top - share

        return float(optimize.brentq(lacking, 0.0, dose, xtol=1e-12, rtol=1e-14))


def candidate_shapes(highest: float = 6.0, greatest: float = -1.0) -> tuple[Shape, ...]:
    """The candidate set of the report: every kind, a peak inside the range among them, and flat last.

    The parameters are placed relative to `highest` (mg), so that half of the effect is reached early, midway
    and late. They are guesses, as MCP-Mod asks for before a trial (Bretz, Pinheiro & Branson 2005,
    10.1111/j.1541-0420.2005.00344.x); `greatest` has the outcome's sign (below zero favours the drug).
    """
    parameters = (
        ("linear", "linear", ()),
        ("levels off early", "emax", (highest / 6,)),
        ("levels off late", "emax", (highest / 2,)),
        ("sigmoid", "sigmoid", (highest / 2, 3.0)),
        ("logistic", "logistic", (highest / 2, highest / 10)),
        ("exponential", "exponential", (highest / 3,)),
        ("quadratic peak", "quadratic", (-0.72 / highest,)),
        ("beta peak", "beta", (1.2, 1.2, 1.2 * highest)),
    )
    shapes = tuple(Shape(name, kind, values, highest, greatest) for name, kind, values in parameters)
    return (*shapes, Shape("flat", "flat", (), highest, greatest))
