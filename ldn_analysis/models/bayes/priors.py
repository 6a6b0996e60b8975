"""Prior distributions for the Bayesian random-effects model.

A prior of tau, the standard deviation between studies, is a small frozen object that integrates to one. What
the quadrature has to know of it is said by three attributes: how fast it falls (`tail`: the density falls as
tau to the power of minus this; infinite if faster than any power), the scale at which its density changes
(`resolution`), and where it ends (`end`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ldn_analysis.errors import FloatArray, InputError, finite, positive
from ldn_analysis.models.results import Result


def _scalar(name: str, value: Any, *, above_zero: bool = False) -> None:
    array = positive(name, value) if above_zero else finite(name, value)
    if array.ndim:
        raise InputError(f"{name} has shape {array.shape}: must be a single number")


@dataclass(frozen=True)
class Normal(Result):
    """Normal prior of the mean effect.

    Parameters
    ----------
    mean, sd
        Mean and standard deviation (not variance), in the unit of the effects.
    """

    mean: float = 0.0
    sd: float = 1.0

    def __post_init__(self) -> None:
        _scalar("mean", self.mean)
        _scalar("sd", self.sd, above_zero=True)

    def __str__(self) -> str:
        return f"normal (mean {self.mean:g}, SD {self.sd:g})"


@dataclass(frozen=True)
class TauPrior(Result):
    """What every prior of tau offers; not used by itself."""

    tail: ClassVar[float] = math.inf
    """The power of 1/tau with which the density falls."""

    @property
    def resolution(self) -> float:
        """Smallest tau at which the density changes appreciably; infinite if the data's scale says it all."""
        return math.inf

    @property
    def end(self) -> float:
        """Largest possible tau."""
        return math.inf

    def log_density(self, tau: FloatArray) -> FloatArray:
        """Logarithm of the density at `tau`."""
        raise NotImplementedError

    def substituted(self, w: FloatArray, unit: float) -> tuple[FloatArray, FloatArray]:
        """tau at the quadrature's variable `w` (0 or more), and the logarithm of d(tau) / d(w)."""
        with np.errstate(divide="ignore"):
            return unit * np.sinh(w * w), np.log(2 * w * unit * np.cosh(w * w))


@dataclass(frozen=True)
class HalfNormal(TauPrior):
    """Half-normal prior: the absolute value of a normal with mean 0 and SD `sd`; its median is 0.674 `sd`."""

    sd: float = 0.5

    def __post_init__(self) -> None:
        _scalar("sd", self.sd, above_zero=True)

    @property
    def resolution(self) -> float:
        return self.sd

    def log_density(self, tau: FloatArray) -> FloatArray:
        return 0.5 * math.log(2 / math.pi) - math.log(self.sd) - 0.5 * (tau / self.sd) ** 2

    def __str__(self) -> str:
        return f"half-normal (scale {self.sd:g})"


@dataclass(frozen=True)
class HalfCauchy(TauPrior):
    """Half-Cauchy prior, whose median is `scale`; its tail is so heavy that it has no mean."""

    scale: float = 0.5
    tail: ClassVar[float] = 2.0

    def __post_init__(self) -> None:
        _scalar("scale", self.scale, above_zero=True)

    @property
    def resolution(self) -> float:
        return self.scale

    def log_density(self, tau: FloatArray) -> FloatArray:
        return math.log(2 / (math.pi * self.scale)) - np.log1p((tau / self.scale) ** 2)

    def __str__(self) -> str:
        return f"half-Cauchy (scale {self.scale:g})"


@dataclass(frozen=True)
class LogStudent(TauPrior):
    """Log-Student prior of tau squared: its logarithm is `location` + `scale` times Student's t with `df`.

    The form of the predictive distributions of Rhodes, Turner and Higgins (2015, J Clin Epidemiol 68:52),
    which are of the variance on the scale of a standardised mean difference. `sd` carries such a prior over
    to differences in points: their tau is `sd` times as large.
    """

    location: float = -3.44
    scale: float = 2.59
    df: float = 5.0
    sd: float = 1.0
    tail: ClassVar[float] = 1.0
    """The density falls as 1/tau times a power of log tau: integrable, and without any moment."""

    def __post_init__(self) -> None:
        _scalar("location", self.location)
        for name in ("scale", "df", "sd"):
            _scalar(name, getattr(self, name), above_zero=True)

    def log_density(self, tau: FloatArray) -> FloatArray:
        constant = math.lgamma((self.df + 1) / 2) - math.lgamma(self.df / 2)
        constant -= 0.5 * math.log(self.df * math.pi) + math.log(self.scale)
        with np.errstate(divide="ignore", invalid="ignore"):
            log_tau = np.log(tau)
            t = (2 * (log_tau - math.log(self.sd)) - self.location) / self.scale
            # d(log tau^2) / d(tau) = 2 / tau
            value = constant - (self.df + 1) / 2 * np.log1p(t**2 / self.df) + math.log(2) - log_tau
        return np.where(np.asarray(tau) > 0, value, -np.inf)

    def substituted(self, w: FloatArray, unit: float) -> tuple[FloatArray, FloatArray]:  # noqa: ARG002
        """As of every prior; here Student's t is a hyperbolic sine of `w`: its tail towards tau = 0 is too
        heavy for a unit to end it."""
        x = 1.2 * w - 8.0  # t from -1490, below which lies no share of 1e-13, to where any data end it
        log_tau = math.log(self.sd) + (self.location + self.scale * np.sinh(x)) / 2
        return np.exp(log_tau), log_tau + np.log(0.6 * self.scale * np.cosh(x))

    def __str__(self) -> str:
        unit = "" if self.sd == 1 else f", for an SD of {self.sd:.2f}"
        return f"log-Student of tau² (location {self.location:g}, scale {self.scale:g}, {self.df:g} df{unit})"


@dataclass(frozen=True)
class Uniform(TauPrior):
    """Uniform prior from 0 to `upper`."""

    upper: float = 4.0

    def __post_init__(self) -> None:
        _scalar("upper", self.upper, above_zero=True)

    @property
    def resolution(self) -> float:
        return self.upper

    @property
    def end(self) -> float:
        return self.upper

    def log_density(self, tau: FloatArray) -> FloatArray:
        return np.where(np.asarray(tau) <= self.upper, -math.log(self.upper), -np.inf)

    def __str__(self) -> str:
        return f"uniform (0 to {self.upper:g})"
