"""The Bayesian random-effects model by quadrature: no sampling, the same digits every time.

Model: y_i ~ N(theta_i, v_i), theta_i ~ N(mu, tau^2), with a normal or flat prior of mu and any prior of tau.
Given tau all else is normal and known in closed form (Röver 2020, J Stat Softw 93(6)); what remains is one
integral over tau. It is done by Gauss-Legendre panels in w, where tau = s sinh(w^2): near zero that undoes a
density like 1/sqrt(tau), far out it is logarithmic and so follows the heaviest tail, and in between the
integrand's singularities (at plus and minus i sigma) stay a fixed distance away whatever the scales. A prior
for which that does not do has a substitution of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ldn_analysis import html
from ldn_analysis.cache import cached
from ldn_analysis.errors import FloatArray, InputError, finite, positive, same_length
from ldn_analysis.models.bayes.marginals import (
    _NODES,
    _WEIGHTS,
    Marginal,
    Mixture,
    TauMarginal,
    mixture,
    moments,
)
from ldn_analysis.models.bayes.priors import HalfNormal, Normal, TauPrior
from ldn_analysis.models.results import Result

_PANELS = 48
_NEGLIGIBLE = 42.0  # exp(-42) is 6e-19: what falls this far below the peak is left out
_SEARCH = np.linspace(0.0, 10.5, 1051)[1:]  # w; tau up to s * 4e47


@dataclass(frozen=True, eq=False, repr=False)
class Posterior(Result):
    """Posterior of the random-effects model.

    Attributes
    ----------
    mu, tau, new_study
        Marginal distributions of the mean, of the SD between studies, and of the true effect in a new study.
    shrinkage
        One marginal a study: its own true effect, drawn towards the mean.
    weights : array, shape (k,)
        Percent of the posterior mean of mu that each study's estimate makes up, averaged over tau. With a
        normal prior of mu they add up to less than 100: the rest is the prior's.
    yi, vi, tau_prior, mu_prior, k
        What went in.
    notes
        What cannot be given, in sentences.
    """

    mu: Marginal
    tau: Marginal
    new_study: Marginal
    shrinkage: tuple[Marginal, ...]
    weights: FloatArray
    yi: FloatArray
    vi: FloatArray
    tau_prior: TauPrior
    mu_prior: Normal | None
    notes: tuple[str, ...] = ()

    @property
    def k(self) -> int:
        """Number of studies."""
        return len(self.yi)

    def _repr_html_(self) -> str:
        rows = (
            (part.name, *(f"{value:.3g}" for value in (part.mean, part.sd, part.median, *part.interval())))
            for part in (self.mu, self.tau, self.new_study, *self.shrinkage)
        )
        mu = "flat" if self.mu_prior is None else str(self.mu_prior)
        caption = (
            f"Posterior of {self.k} {'study' if self.k == 1 else 'studies'}; prior of tau: {self.tau_prior}; "
            f"prior of mu: {mu}; central 95% intervals"
        )
        return html.finished(
            html.table(caption, ("quantity", "mean", "sd", "median", "lower", "upper"), rows)
        )


@dataclass(frozen=True, eq=False)
class _Model:
    """Closed forms given tau; `spread` is the prior SD of mu: infinite if flat, 0 if fixed at `centre`."""

    yi: FloatArray
    vi: FloatArray
    prior: TauPrior
    centre: float
    spread: float

    def conditional(self, tau: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Log likelihood of tau (mu integrated out), and mean and variance of mu, each given tau."""
        total = tau[:, None] ** 2 + self.vi
        w = 1 / total
        sum_w = w.sum(1)
        away = self.yi - self.centre
        pull = w @ away
        if math.isinf(self.spread):
            mean, variance = pull / sum_w, 1 / sum_w
            # about the mean itself: no cancellation where the studies are far from `centre`
            loss = (w * (away - mean[:, None]) ** 2).sum(1) - np.log(2 * math.pi / sum_w)
        else:
            variance = self.spread**2 / (1 + self.spread**2 * sum_w)
            mean = variance * pull
            loss = (w * (away - mean[:, None]) ** 2).sum(1) + np.log1p(self.spread**2 * sum_w)
            loss += (mean / self.spread) ** 2 if self.spread > 0 else 0.0
        log_lik = -0.5 * (loss + np.log(2 * math.pi * total).sum(1))
        return log_lik, self.centre + mean, variance

    def log_posterior(self, tau: FloatArray) -> FloatArray:
        return self.conditional(tau)[0] + self.prior.log_density(tau)

    @property
    def tail(self) -> float:
        """The power of 1/tau with which the posterior falls."""
        return self.prior.tail + len(self.yi) - (1 if math.isinf(self.spread) else 0)


@dataclass(frozen=True, eq=False)
class _Rule:
    """Quadrature over tau: nodes, probabilities, log integral, the panels' edges, probability below each."""

    tau: FloatArray
    weights: FloatArray
    log_integral: float
    edges: FloatArray
    below: FloatArray


def _rule(model: _Model) -> _Rule:
    """Find where the posterior of tau has its mass, then lay Gauss-Legendre panels over that range."""
    s = min(1 / math.sqrt(float((1 / model.vi).sum())), model.prior.resolution)
    wide = max(float(np.sqrt(model.vi.max())), float(np.ptp(model.yi)), s)

    def integrand(w: FloatArray) -> tuple[FloatArray, FloatArray]:
        tau, log_slope = model.prior.substituted(w, s)
        return tau, model.log_posterior(tau) + log_slope

    last = math.sqrt(math.asinh(model.prior.end / s)) if math.isfinite(model.prior.end) else math.inf
    search = _SEARCH[last > _SEARCH]
    tau, log_f = integrand(search)
    # the highest moment that exists must be right, too
    moment = 2 if model.tail > 3 else 1 if model.tail > 2 else 0
    reach = log_f + moment * np.log1p(tau / wide)
    keep = np.flatnonzero(reach > reach.max() - _NEGLIGIBLE)
    first = float(search[keep[0] - 1]) if keep[0] > 0 else 0.0
    final = float(search[keep[-1] + 1]) if keep[-1] + 1 < len(search) else min(last, float(_SEARCH[-1]))

    edges = np.linspace(first, final, _PANELS + 1)
    half = np.diff(edges) / 2
    w = (edges[:-1] + half)[:, None] + half[:, None] * _NODES
    tau, log_f = integrand(w.ravel())
    top = float(log_f.max())
    mass = np.exp(log_f - top) * (half[:, None] * _WEIGHTS).ravel()
    total = float(mass.sum())
    below = np.concatenate([[0.0], np.cumsum(mass.reshape(w.shape).sum(1))]) / total
    return _Rule(tau, mass / total, top + math.log(total), model.prior.substituted(edges, s)[0], below)


def _mixture(name: str, means: FloatArray, variances: FloatArray, rule: _Rule, tail: float) -> Mixture:
    marginal = mixture(name, means, variances, rule.weights)
    if tail > 3:
        return marginal
    mean, sd = (marginal.mean, math.inf) if tail > 2 else (math.nan, math.nan)
    return replace(marginal, mean=mean, sd=sd)


@cached
def posterior(
    yi: npt.ArrayLike, vi: npt.ArrayLike, tau_prior: TauPrior | None = None, mu_prior: Normal | None = None
) -> Posterior:
    """Posterior of the normal-normal random-effects model, by deterministic quadrature.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Estimates and their sampling variances (the square of the unit of `yi`).
    tau_prior
        Prior of tau, in the unit of `yi`; `HalfNormal(0.5)` if None.
    mu_prior
        `Normal` prior of the mean, or None for a flat one.

    Returns
    -------
    Posterior

    Raises
    ------
    InputError
        For arguments that cannot be used.

    References
    ----------
    Röver C (2020). Bayesian random-effects meta-analysis using the bayesmeta R package. J Stat Softw 93(6).
    """
    prior = HalfNormal(0.5) if tau_prior is None else tau_prior
    model = _model(yi, vi, prior, mu_prior)
    rule, tail = _rule(model), model.tail
    _, mean, variance = model.conditional(rule.tau)
    t2 = rule.tau**2
    shrinkage = []
    for i, (y, v) in enumerate(zip(model.yi, model.vi, strict=True), start=1):
        own, spread = (y * t2 + mean * v) / (t2 + v), v * t2 / (t2 + v) + (v / (t2 + v)) ** 2 * variance
        shrinkage.append(mixture(f"study {i}", own, spread, rule.weights))
    flat = mu_prior is None
    return Posterior(
        mu=_mixture("mu", mean, variance, rule, tail if flat else math.inf),
        tau=_tau(model, rule),
        new_study=_mixture("new study", mean, variance + t2, rule, tail),
        shrinkage=tuple(shrinkage),
        weights=100 * rule.weights @ (variance[:, None] / (t2[:, None] + model.vi)),
        yi=model.yi,
        vi=model.vi,
        tau_prior=prior,
        mu_prior=mu_prior,
        notes=_notes(tail),
    )


def _model(yi: npt.ArrayLike, vi: npt.ArrayLike, prior: TauPrior, mu_prior: Normal | None) -> _Model:
    """The model, of what can be used."""
    yi, vi = finite("yi", yi), positive("vi", vi)
    k = same_length(yi=yi, vi=vi)
    if k == 0:
        raise InputError("yi is empty: at least 1 study is needed")
    if not isinstance(prior, TauPrior):
        raise InputError(f"tau_prior is {prior!r}: must be a prior of tau such as HalfNormal(0.5)")
    if not (mu_prior is None or isinstance(mu_prior, Normal)):
        raise InputError(f"mu_prior is {mu_prior!r}: must be Normal(mean, sd), or None for a flat prior")
    centre, spread = (float(yi.mean()), math.inf) if mu_prior is None else (mu_prior.mean, mu_prior.sd)
    return _Model(yi, vi, prior, centre, spread)


def _tau(model: _Model, rule: _Rule) -> TauMarginal:
    """The marginal of tau; mean and SD only where its tail lets them exist."""

    def density(tau: FloatArray) -> FloatArray:
        return np.exp(model.log_posterior(tau) - rule.log_integral)

    mean, sd = moments(rule.tau, np.zeros_like(rule.tau), rule.weights)
    tail = model.tail
    mean, sd = (mean if tail > 2 else math.inf), (sd if tail > 3 else math.inf if tail > 2 else math.nan)
    return TauMarginal("tau", mean, sd, density, rule.edges, rule.below)


def _notes(tail: float) -> tuple[str, ...]:
    """Which moments of tau do not exist."""
    if tail > 3:
        return ()
    lacking = "mean" if tail <= 2 else "SD"
    return (f"The posterior's tail is so heavy that tau has no {lacking}; quantiles and intervals stand.",)
