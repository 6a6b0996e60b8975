"""Marginal posterior distributions by quadrature over tau: the common questions asked of each.

Given tau, the mean, the effect in a new study and each study's own effect are normal; over tau they are
mixtures of normals whose weights are those of a Gauss-Legendre rule. tau itself has a density known up to the
constant that the same rule gives. Everything asked of a marginal (quantiles, intervals) needs its
density and its distribution function only, and is therefore written once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from ldn_analysis import html
from ldn_analysis.errors import FloatArray, check_level, finite, within
from ldn_analysis.models.results import Result

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


@dataclass(frozen=True, eq=False, repr=False)
class Marginal(Result):
    """A one-dimensional posterior distribution.

    Attributes
    ----------
    name
        What is distributed: ``"mu"``, ``"tau"``, ``"new study"`` or ``"study 1"``.
    mean, sd
        Infinite or NaN where the posterior's tail is too heavy for them to exist.
    median
        Value with half of the posterior probability on either side.
    """

    name: str
    mean: float
    sd: float

    def _repr_html_(self) -> str:
        low, high = self.interval()
        rows = (
            ("Mean", f"{self.mean:.3g}"),
            ("Standard deviation", f"{self.sd:.3g}"),
            ("Median", f"{self.median:.3g}"),
            ("95% interval (central)", f"{low:.3g} to {high:.3g}"),
            ("Probability below 0", f"{self.probability_below(0.0):.3g}"),
        )
        return html.finished(html.table(f"Posterior of {self.name}", ("", ""), rows))

    def _pdf(self, x: FloatArray) -> FloatArray:
        raise NotImplementedError

    def _cdf(self, x: FloatArray) -> FloatArray:
        raise NotImplementedError

    @cached_property
    def _grid(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Points that cover the distribution, the distribution function and the density there."""
        x = self._points()
        return x, np.maximum.accumulate(self._cdf(x)), self._pdf(x)

    def _points(self) -> FloatArray:
        raise NotImplementedError

    def density(self, x: npt.ArrayLike) -> Any:
        """Posterior density at `x`; a float for a scalar, otherwise an array of the same shape."""
        x = finite("x", x)
        value = self._pdf(x.ravel()).reshape(x.shape)
        return float(value) if x.ndim == 0 else value

    def probability_below(self, x: npt.ArrayLike) -> Any:
        """Posterior probability of a value below `x`."""
        x = finite("x", x)
        value = np.clip(self._cdf(x.ravel()), 0, 1).reshape(x.shape)
        return float(value) if x.ndim == 0 else value

    def probability_above(self, x: npt.ArrayLike) -> Any:
        """Posterior probability of a value above `x`."""
        return 1 - self.probability_below(x)

    def quantile(self, p: npt.ArrayLike) -> Any:
        """Value below which the posterior probability is `p` (above 0 and below 1)."""
        p = within("p", p, 0, 1, "()")
        value = self._quantile(p.ravel()).reshape(p.shape)
        return float(value) if p.ndim == 0 else value

    def _quantile(self, p: FloatArray) -> FloatArray:
        """Newton's method kept inside a bracket that shrinks at every step."""
        x, below, _ = self._grid
        i = np.clip(np.searchsorted(below, p), 1, len(x) - 1)
        low, high = x[i - 1].copy(), x[i].copy()
        share = (p - below[i - 1]) / np.maximum(below[i] - below[i - 1], 1e-300)
        at = low + np.clip(share, 0, 1) * (high - low)
        for _ in range(80):
            error = self._cdf(at) - p
            low, high = np.where(error <= 0, at, low), np.where(error >= 0, at, high)
            with np.errstate(divide="ignore", invalid="ignore"):
                step = at - error / self._pdf(at)
            step = np.where((step >= low) & (step <= high), step, (low + high) / 2)
            done = np.abs(step - at) <= 1e-14 * np.abs(at) + 1e-300
            at = step
            if done.all() or ((high - low) <= 4e-16 * np.abs(at)).all():
                break
        return at

    @cached_property
    def median(self) -> float:
        """Value with half of the posterior probability on either side."""
        return float(self.quantile(0.5))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Central interval that holds the posterior probability `level`, with equal tails."""
        level = check_level(level)
        low, high = self._quantile(np.array([(1 - level) / 2, (1 + level) / 2]))
        return float(low), float(high)


@dataclass(frozen=True, eq=False, repr=False)
class Mixture(Marginal):
    """Mixture of normals: components' means, standard deviations and weights (which sum to one)."""

    means: FloatArray
    sds: FloatArray
    weights: FloatArray

    def _pdf(self, x: FloatArray) -> FloatArray:
        z = (x[:, None] - self.means) / self.sds
        return np.exp(-0.5 * z * z) @ (self.weights / (self.sds * math.sqrt(2 * math.pi)))

    def _cdf(self, x: FloatArray) -> FloatArray:
        return ndtr((x[:, None] - self.means) / self.sds) @ self.weights

    def _points(self) -> FloatArray:
        order = np.argsort(self.sds)
        s = float(self.sds[order][np.searchsorted(np.cumsum(self.weights[order]), 0.3)])
        c = float(self.weights @ self.means)
        reach = float((np.abs(self.means - c) + 9 * self.sds)[self.weights > 1e-18].max())
        return c + s * np.sinh(np.linspace(-1, 1, 321) * math.asinh(reach / s))


def mixture(name: str, means: FloatArray, variances: FloatArray, weights: FloatArray) -> Mixture:
    """The mixture of these normals, with its own mean and SD."""
    return Mixture(name, *moments(means, variances, weights), means, np.sqrt(variances), weights)


def moments(x: FloatArray, spread: FloatArray, weights: FloatArray) -> tuple[float, float]:
    """Mean and SD of a mixture: components' means `x` and variances `spread`."""
    mean = float(weights @ x)
    return mean, math.sqrt(float(weights @ (spread + (x - mean) ** 2)))


@dataclass(frozen=True, eq=False, repr=False)
class TauMarginal(Marginal):
    """The posterior of tau: its density, and the panels of the quadrature with the probability up to each."""

    pdf: Callable[[FloatArray], FloatArray]
    edges: FloatArray
    below: FloatArray

    def _pdf(self, x: FloatArray) -> FloatArray:
        value = self.pdf(np.maximum(x, 0))
        return np.where(x >= 0, value, 0.0)

    def _cdf(self, x: FloatArray) -> FloatArray:
        """Probability up to the panel's lower edge plus a rule of its own from there to `x`.

        In the square root of tau, in which even a density like 1/sqrt(tau) is smooth at 0.
        """
        at = np.clip(x, 0, self.edges[-1])
        i = np.clip(np.searchsorted(self.edges, at, side="right") - 1, 0, len(self.edges) - 2)
        start, stop = np.sqrt(self.edges[i]), np.sqrt(at)
        half = (stop - start) / 2
        # a density like 1/sqrt(tau) is infinite at 0, where the root takes it back
        root = np.maximum((start + half)[:, None] + half[:, None] * _NODES, 1e-100)
        part = (self.pdf((root**2).ravel()).reshape(root.shape) * 2 * root) @ _WEIGHTS * half
        return np.where(x >= self.edges[-1], 1.0, self.below[i] + part)

    def _points(self) -> FloatArray:
        inner = np.linspace(0, 1, 5)[:-1]
        steps = (np.diff(self.edges)[:, None] * inner + self.edges[:-1, None]).ravel()
        return np.append(steps, self.edges[-1])
