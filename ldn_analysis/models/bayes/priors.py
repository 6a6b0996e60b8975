"""Prior distributions for the Bayesian random-effects model.

A prior of tau, the standard deviation between studies, is a small frozen object. Those that depend on the
data (Jeffreys and the like) do so through the sampling variances alone. What the quadrature and the test of
propriety have to know of a prior is said by four attributes: whether it integrates to one (`proper`), how
fast it falls (`tail`: the density falls as tau to the power of minus this; infinite if faster than any
power), the scale at which its density changes (`resolution`), and where it ends (`end`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import gammaln

from ldn_analysis.errors import FloatArray, InputError, finite, positive

__all__ = [
    "BergerDeely",
    "Conventional",
    "DuMouchel",
    "Exponential",
    "HalfCauchy",
    "HalfNormal",
    "HalfT",
    "I2Prior",
    "Jeffreys",
    "LogNormal",
    "Normal",
    "OverallJeffreys",
    "Shrinkage",
    "SqrtUniform",
    "TauPrior",
    "Uniform",
]


def _scalar(name: str, value: Any, *, above_zero: bool = False) -> None:
    array = positive(name, value) if above_zero else finite(name, value)
    if array.ndim:
        raise InputError(f"{name} has shape {array.shape}: must be a single number")


@dataclass(frozen=True)
class Normal:
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
class TauPrior:
    """What every prior of tau offers; not used by itself."""

    @property
    def proper(self) -> bool:
        """Whether the prior integrates to one; only then is there a Bayes factor for tau = 0."""
        return True

    @property
    def tail(self) -> float:
        """The power of 1/tau with which the density falls."""
        return math.inf

    @property
    def resolution(self) -> float:
        """Smallest tau at which the density changes appreciably; infinite if the data's scale says it all."""
        return math.inf

    @property
    def end(self) -> float:
        """Largest possible tau."""
        return math.inf

    def log_density(self, tau: FloatArray, vi: FloatArray) -> FloatArray:
        """Logarithm of the density at `tau` (any constant if improper), given the variances `vi` (k,)."""
        raise NotImplementedError


@dataclass(frozen=True)
class HalfNormal(TauPrior):
    """Half-normal prior: the absolute value of a normal with mean 0 and SD `sd`; its median is 0.674 `sd`."""

    sd: float = 0.5

    def __post_init__(self) -> None:
        _scalar("sd", self.sd, above_zero=True)

    @property
    def resolution(self) -> float:
        return self.sd

    def log_density(self, tau: FloatArray, vi: FloatArray) -> FloatArray:  # noqa: ARG002
        return 0.5 * math.log(2 / math.pi) - math.log(self.sd) - 0.5 * (tau / self.sd) ** 2

    def __str__(self) -> str:
        return f"half-normal (scale {self.sd:g})"


@dataclass(frozen=True)
class HalfT(TauPrior):
    """Half-t prior with `scale` and `df` degrees of freedom (Gelman 2006, Bayesian Analysis 1:515)."""

    scale: float = 0.5
    df: float = 4.0

    def __post_init__(self) -> None:
        _scalar("scale", self.scale, above_zero=True)
        _scalar("df", self.df, above_zero=True)

    @property
    def tail(self) -> float:
        return self.df + 1

    @property
    def resolution(self) -> float:
        return self.scale

    def log_density(self, tau: FloatArray, vi: FloatArray) -> FloatArray:  # noqa: ARG002
        half = (self.df + 1) / 2
        constant = math.log(2) + float(gammaln(half) - gammaln(self.df / 2))
        constant -= 0.5 * math.log(self.df * math.pi) + math.log(self.scale)
        return constant - half * np.log1p((tau / self.scale) ** 2 / self.df)

    def __str__(self) -> str:
        return f"half-t (scale {self.scale:g}, {self.df:g} df)"


@dataclass(frozen=True)
class HalfCauchy(TauPrior):
    """Half-Cauchy prior, whose median is `scale`; its tail is so heavy that it has no mean."""

    scale: float = 0.5

    def __post_init__(self) -> None:
        _scalar("scale", self.scale, above_zero=True)

    @property
    def tail(self) -> float:
        return 2.0

    @property
    def resolution(self) -> float:
        return self.scale

    def log_density(self, tau: FloatArray, vi: FloatArray) -> FloatArray:  # noqa: ARG002
        return math.log(2 / (math.pi * self.scale)) - np.log1p((tau / self.scale) ** 2)

    def __str__(self) -> str:
        return f"half-Cauchy (scale {self.scale:g})"


@dataclass(frozen=True)
class Exponential(TauPrior):
    """Exponential prior with mean `mean`."""

    mean: float = 0.5

    def __post_init__(self) -> None:
        _scalar("mean", self.mean, above_zero=True)

    @property
    def resolution(self) -> float:
        return self.mean

    def log_density(self, tau: FloatArray, vi: FloatArray) -> FloatArray:  # noqa: ARG002
        return -math.log(self.mean) - tau / self.mean

    def __str__(self) -> str:
        return f"exponential (mean {self.mean:g})"


@dataclass(frozen=True)
class LogNormal(TauPrior):
    """Log-normal prior of tau: log tau has mean `meanlog` and SD `sdlog`.

    The predictive distributions of Turner et al. (2012, Int J Epidemiol 41:818) are those of tau squared:
    halve their mean and SD for use here.
    """

    meanlog: float = -1.0
    sdlog: float = 0.75

    def __post_init__(self) -> None:
        _scalar("meanlog", self.meanlog)
        _scalar("sdlog", self.sdlog, above_zero=True)

    @property
    def resolution(self) -> float:
        return math.exp(self.meanlog - 4 * self.sdlog)

    def log_density(self, tau: FloatArray, vi: FloatArray) -> FloatArray:  # noqa: ARG002
        with np.errstate(divide="ignore", invalid="ignore"):
            log_tau = np.log(tau)
            z = (log_tau - self.meanlog) / self.sdlog
            value = -log_tau - math.log(self.sdlog * math.sqrt(2 * math.pi)) - 0.5 * z**2
        return np.where(np.asarray(tau) > 0, value, -np.inf)

    def __str__(self) -> str:
        return f"log-normal (log tau: mean {self.meanlog:g}, SD {self.sdlog:g})"


@dataclass(frozen=True)
class Uniform(TauPrior):
    """Uniform prior from 0 to `upper`; without an upper limit (None) it is improper."""

    upper: float | None = None

    def __post_init__(self) -> None:
        if self.upper is not None:
            _scalar("upper", self.upper, above_zero=True)

    @property
    def proper(self) -> bool:
        return self.upper is not None

    @property
    def tail(self) -> float:
        return math.inf if self.proper else 0.0

    @property
    def resolution(self) -> float:
        return self.end

    @property
    def end(self) -> float:
        return math.inf if self.upper is None else self.upper

    def log_density(self, tau: FloatArray, vi: FloatArray) -> FloatArray:  # noqa: ARG002
        height = 0.0 if self.upper is None else -math.log(self.upper)
        return np.where(np.asarray(tau) <= self.end, height, -np.inf)

    def __str__(self) -> str:
        return "uniform (improper)" if self.upper is None else f"uniform (0 to {self.upper:g})"


@dataclass(frozen=True)
class SqrtUniform(TauPrior):
    """Improper prior that is uniform in the square root of tau: density 1/sqrt(tau)."""

    @property
    def proper(self) -> bool:
        return False

    @property
    def tail(self) -> float:
        return 0.5

    def log_density(self, tau: FloatArray, vi: FloatArray) -> FloatArray:  # noqa: ARG002
        with np.errstate(divide="ignore"):
            return -0.5 * np.log(tau)

    def __str__(self) -> str:
        return "uniform in the square root of tau (improper)"


def _total(tau: FloatArray, vi: FloatArray) -> FloatArray:
    """tau squared plus the sampling variances, (..., k)."""
    return np.asarray(tau)[..., None] ** 2 + vi


@dataclass(frozen=True)
class Jeffreys(TauPrior):
    """Jeffreys' prior of tau, the mean given: the root of the sum of (tau/(tau^2 + v_i))^2. Improper."""

    @property
    def proper(self) -> bool:
        return False

    @property
    def tail(self) -> float:
        return 1.0

    def log_density(self, tau: FloatArray, vi: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            return np.log(tau) + 0.5 * np.log((_total(tau, vi) ** -2.0).sum(-1))

    def __str__(self) -> str:
        return "Jeffreys (improper)"


@dataclass(frozen=True)
class OverallJeffreys(TauPrior):
    """Jeffreys' prior of mean and tau together (Bodnar et al. 2017, Stat Med 36:378). Improper."""

    @property
    def proper(self) -> bool:
        return False

    @property
    def tail(self) -> float:
        return 2.0

    def log_density(self, tau: FloatArray, vi: FloatArray) -> FloatArray:
        total = _total(tau, vi)
        with np.errstate(divide="ignore"):
            return np.log(tau) + 0.5 * np.log((total**-2.0).sum(-1)) + 0.5 * np.log((1 / total).sum(-1))

    def __str__(self) -> str:
        return "Jeffreys of mean and tau together (improper)"


@dataclass(frozen=True)
class BergerDeely(TauPrior):
    """Berger and Deely's prior (1988, JASA 83:364): the geometric mean of tau/(tau^2 + v_i). Improper."""

    @property
    def proper(self) -> bool:
        return False

    @property
    def tail(self) -> float:
        return 1.0

    def log_density(self, tau: FloatArray, vi: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            return np.log(tau) - np.log(_total(tau, vi)).mean(-1)

    def __str__(self) -> str:
        return "Berger-Deely (improper)"


@dataclass(frozen=True)
class Conventional(TauPrior):
    """Conventional prior (Berger and Deely 1988): geometric mean of tau/(tau^2 + v_i)^(3/2), normalised.

    The constant is known only when all variances are equal; otherwise it is found by quadrature.
    """

    @property
    def tail(self) -> float:
        return 2.0

    def log_density(self, tau: FloatArray, vi: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            return np.log(tau) - 1.5 * np.log(_total(tau, vi)).mean(-1) - self._log_constant(vi)

    @staticmethod
    def _log_constant(vi: FloatArray) -> float:
        # over log tau the integrand falls exponentially on both sides, so the trapezoidal rule converges fast
        step = 1 / 16
        spread = math.log(float(vi.max() / vi.min()))
        log_tau = 0.5 * math.log(float(vi.min())) + np.arange(-24, 45 + spread, step)
        tau = np.exp(log_tau)
        log_f = 2 * log_tau - 1.5 * np.log(_total(tau, vi)).mean(-1)
        top = float(log_f.max())
        return top + math.log(step * float(np.exp(log_f - top).sum()))

    def __str__(self) -> str:
        return "conventional"


@dataclass(frozen=True)
class DuMouchel(TauPrior):
    """DuMouchel's prior s0/(s0 + tau)^2, with s0^2 the harmonic mean of the variances; its median is s0."""

    @property
    def tail(self) -> float:
        return 2.0

    def log_density(self, tau: FloatArray, vi: FloatArray) -> FloatArray:
        s0 = math.sqrt(len(vi) / float((1 / vi).sum()))
        return math.log(s0) - 2 * np.log(s0 + tau)

    def __str__(self) -> str:
        return "DuMouchel"


@dataclass(frozen=True)
class Shrinkage(TauPrior):
    """Uniform shrinkage prior 2 s0^2 tau/(s0^2 + tau^2)^2, s0^2 the harmonic mean of the variances."""

    @property
    def tail(self) -> float:
        return 3.0

    def log_density(self, tau: FloatArray, vi: FloatArray) -> FloatArray:
        s02 = len(vi) / float((1 / vi).sum())
        with np.errstate(divide="ignore"):
            return math.log(2 * s02) + np.log(tau) - 2 * np.log(s02 + np.asarray(tau) ** 2)

    def __str__(self) -> str:
        return "uniform shrinkage"


@dataclass(frozen=True)
class I2Prior(TauPrior):
    """Prior that is uniform in I2, with the typical variance of Higgins and Thompson (2002). Needs k >= 2."""

    @property
    def tail(self) -> float:
        return 3.0

    def log_density(self, tau: FloatArray, vi: FloatArray) -> FloatArray:
        if len(vi) < 2:
            raise InputError(f"tau_prior uniform in I2 needs at least 2 studies: vi has {len(vi)}")
        w = 1 / vi
        typical = (len(vi) - 1) * float(w.sum()) / float(w.sum() ** 2 - (w**2).sum())
        with np.errstate(divide="ignore"):
            return math.log(2 * typical) + np.log(tau) - 2 * np.log(typical + np.asarray(tau) ** 2)

    def __str__(self) -> str:
        return "uniform in I2"
