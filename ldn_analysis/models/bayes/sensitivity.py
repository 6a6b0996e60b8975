"""The posterior under other priors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy.typing as npt
import pandas as pd

from ldn_analysis.errors import InputError
from ldn_analysis.models.bayes.priors import Normal, TauPrior
from ldn_analysis.models.bayes.quadrature import posterior


def prior_sensitivity(
    yi: npt.ArrayLike,
    vi: npt.ArrayLike,
    tau_priors: Mapping[str, TauPrior] | Sequence[TauPrior],
    mu_priors: Mapping[str, Normal | None] | Sequence[Normal | None] = (None,),
    *,
    level: float = 0.95,
    kind: str = "central",
    below: float = 0.0,
) -> pd.DataFrame:
    """The posterior under every pair of priors, as a tidy table.

    Parameters
    ----------
    yi, vi
        As in `posterior`.
    tau_priors, mu_priors
        Priors to try; a mapping names them, a sequence lets them name themselves.
    level, kind
        Of the intervals.
    below
        The table gives the probability of a mean effect, and of a new study's effect, below this.

    Returns
    -------
    DataFrame
        One row a pair: tau_prior mu_prior; mean sd median lower upper of mu; probability_below; tau_median
        tau_lower tau_upper; new_median new_lower new_upper new_probability_below; bf_tau_zero bf_mu_zero;
        reason (why a pair has no posterior, else empty).
    """

    def named(priors: Mapping[str, object] | Sequence[object]) -> list[tuple[str, object]]:
        if isinstance(priors, Mapping):
            return list(priors.items())
        return [("flat" if p is None else str(p), p) for p in priors]

    rows = []
    for tau_name, tau_prior in named(tau_priors):
        for mu_name, mu_prior in named(mu_priors):
            row: dict[str, object] = {"tau_prior": tau_name, "mu_prior": mu_name}
            try:
                fit = posterior(yi, vi, tau_prior, mu_prior)  # type: ignore[arg-type]
            except InputError as error:
                if "does not integrate" not in str(error):
                    raise
                rows.append(row | {"reason": str(error)})
                continue
            for prefix, part in (("", fit.mu), ("tau_", fit.tau), ("new_", fit.new_study)):
                lower, upper = part.interval(level, kind)
                row |= {f"{prefix}median": part.median, f"{prefix}lower": lower, f"{prefix}upper": upper}
            row |= {
                "mean": fit.mu.mean,
                "sd": fit.mu.sd,
                "probability_below": fit.mu.probability_below(below),
                "new_probability_below": fit.new_study.probability_below(below),
                "bf_tau_zero": fit.bayes_factor.tau_zero,
                "bf_mu_zero": fit.bayes_factor.mu_zero,
                "reason": "",
            }
            rows.append(row)
    first = ["tau_prior", "mu_prior", "mean", "sd", "median", "lower", "upper", "probability_below"]
    then = ["tau_median", "tau_lower", "tau_upper", "new_median", "new_lower", "new_upper"]
    last = ["new_probability_below", "bf_tau_zero", "bf_mu_zero", "reason"]
    return pd.DataFrame(rows).reindex(columns=[*first, *then, *last])
