"""The trials by dose: who was randomised between doses, effects at each dose by a Bayesian Emax model, how
little separates the doses."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from ldn_analysis import contrasts, models
from ldn_analysis.contrasts import admitted
from ldn_analysis.errors import InputError
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.records import NOT_GOING_ON, unreported
from ldn_analysis.evidence.trials import controlled, doses_held, low_dose
from ldn_analysis.questions.published import published_pain

USUAL_MG = (1.5, 3.0, 4.5, 6.0)
"""Doses that people ask about, mg a day: steps of the smallest capsule in the trials."""
_ONE_PERSON_MANY_DOSES = r"titrat|individual"
TABLES = ("studies", "outcomes", "study_sets")
OTHER_PRIORS = {
    "emax_sd": (0.5, 5.0),
    "ed50_log_sd": (0.5, 2.0),
    "ed50_median": (1.0, 10.0),
    "tau_scale": (0.1, 1.0),
}
"""Other values of the priors' parameters, tried one at a time."""


@dataclass(frozen=True, slots=True)
class Slope:
    """Change of the effect with each mg (points; below zero: more relief), with its interval.

    `shared`: doses of one trial share its control group, so that the line starts at no effect without drug;
    else it is a meta-regression over independent trials, with an intercept of its own.
    """

    per_mg: float
    lower: float
    upper: float
    shared: bool


@dataclass(frozen=True, slots=True, eq=False)
class DoseEffects:
    """The trials by dose, the Bayesian Emax model, and the slope over doses (None below k = 3)."""

    used: pd.DataFrame
    emax: models.BayesianEmax
    slope: Slope | None

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """Effect at each dose before and after the data, the predictive interval, and the bits gained."""
        tails = [(1 - level) / 2, 0.5, (1 + level) / 2]
        emax, rows = self.emax, []
        for i, dose in enumerate(emax.at):
            row = {"dose_mg": float(dose), "bits": float(emax.bits_effect[i])}
            for kind, effects in (
                ("prior_", emax.prior_effect),
                ("", emax.effect),
                ("new_", emax.predictive),
            ):
                low, middle, high = effects[i].quantile(tails).tolist()
                row |= {f"{kind}estimate": middle, f"{kind}lower": low, f"{kind}upper": high}
            rows.append(row)
        return pd.DataFrame(rows)

    def ed50_density(self) -> pd.DataFrame:
        """Density of the dose of half effect per doubling, before and after: ``dose_mg prior posterior``."""
        grid, size = self.emax.ed50_grid, self.emax.ed50_grid.size
        prior = np.gradient((np.arange(size) + 0.5) / size, np.log2(grid))
        return pd.DataFrame(
            {"dose_mg": grid, "prior": prior, "posterior": prior * size * self.emax.ed50_posterior}
        )[1:-1]  # at the ends of the grid the slope is one-sided

    def half_dose(self, level: float = 0.95) -> dict[str, float]:
        """Interval of the dose of half effect before and after the data, mg, and the bits between them:
        ``prior_lower prior_upper lower upper bits``."""
        tails = [(1 - level) / 2, (1 + level) / 2]
        before, after = self.emax.ed50_prior_quantile(tails), self.emax.ed50_quantile(tails)
        ends = ("prior_lower", "prior_upper", "lower", "upper")
        return dict(zip(ends, map(float, (*before, *after)), strict=True)) | {"bits": self.emax.bits_ed50}

    def confounders(self, ev: Evidence) -> pd.DataFrame:
        """What differs between the trials besides the dose."""
        columns = ["study_id", "design", "dose_schedule", "treatment_weeks", "year", "country", "n_analysed"]
        return self.used[["study_id", "label", "dose_mg", "yi", "week"]].merge(
            ev.studies[columns], on="study_id", how="left"
        )


def randomised_comparisons(ev: Evidence) -> pd.DataFrame:
    """Studies that randomised people between low doses: rows of ``studies.csv``, each trial once.

    A trial counts if its control is another dose, or if it gave more than one dose without titrating: a dose
    that every participant passes through compares nothing.
    """
    studies = low_dose(ev)
    several = studies["dose_min_mg"] < studies["dose_max_mg"]
    moved = studies["dose_schedule"].fillna("").str.lower().str.contains(_ONE_PERSON_MANY_DOSES)
    between = (several & ~moved & (studies["design_type"] != "dose-finding")) | (
        studies["control"] == "another dose"
    )
    return studies[between & (studies["randomised"] == "yes")].reset_index(drop=True)


def given_doses(ev: Evidence) -> pd.DataFrame:
    """How each trial against placebo gave the drug: ``study_id label year n_randomised doses dose_mg start_mg
    weeks schedule stepwise``, longest last. ``doses``: those compared with placebo, the largest of which is
    ``dose_mg``. ``stepwise``: it rose to its dose by steps."""
    trials = controlled(admitted(ev))
    schedule = trials["dose_schedule"].fillna("")
    stepwise = (trials["dose_min_mg"] < trials["dose_max_mg"]) & schedule.str.lower().str.contains("titrat")
    doses: Any = [tuple(doses_held(trial)) for trial in trials.to_dict("records")]
    table = trials[["study_id", "label", "year", "n_randomised"]].assign(
        doses=doses,
        dose_mg=trials["dose_max_mg"],
        start_mg=trials["dose_min_mg"],
        weeks=trials["treatment_weeks"],
        schedule=schedule,
        stepwise=stepwise,
    )
    return table.sort_values(["weeks", "year"], kind="stable", ignore_index=True)


def untested(trials: pd.DataFrame) -> list[float]:
    """The usual doses (`USUAL_MG`) that no trial of `given_doses` compared with placebo."""
    return [dose for dose in USUAL_MG if dose not in set(trials["doses"].explode())]


def usual_dose(trials: pd.DataFrame, among: Sequence[float]) -> float:
    """The dose, of those `among`, that most trials of `given_doses` gave; that of the claims if none."""
    tested = trials["doses"].explode()
    tested = tested[tested.isin(list(among))]
    return float(tested.mode().iloc[-1]) if len(tested) else 4.5


def registered_comparisons(ev: Evidence) -> pd.DataFrame:
    """Registered, unreported trials that compare doses with each other: rows of ``registrations.csv``.

    One that was withdrawn or stopped, or plans nobody, is not among them.
    """
    table = unreported(ev)
    between = table["comparator"].fillna("") == "between doses"
    ended = table["status_as_read"].fillna("").str.contains(NOT_GOING_ON)
    return table[between & ~table["never_run"] & ~ended].reset_index(drop=True)


def dosed(derived: contrasts.Derived) -> tuple[pd.DataFrame, np.ndarray | None]:
    """The contrasts with a dose of their own, and their covariance where doses of one trial share a control
    group (None where none do).

    Raises
    ------
    InputError
        The size of a shared control group is not reported, so that its covariance is not known.
    """
    mask = derived.by_dose["dose_mg"].notna() & derived.by_dose["included"].astype(bool)
    rows, at = derived.by_dose[mask].reset_index(drop=True), np.flatnonzero(mask)
    if not rows["study_id"].duplicated().any():
        return rows, None
    covariance = derived.covariance[np.ix_(at, at)]
    sized = np.isfinite(covariance).all(axis=1)
    if not sized.all():
        unknown = rows["label"].to_numpy()[~sized][0]
        raise InputError(f"{unknown}: its doses share a control group of unknown size")
    return rows, covariance


@dataclass(frozen=True, slots=True, eq=False)
class HeadToHead:
    """Two low doses that a trial without placebo compared, and the contrast of the lower minus the higher."""

    study_id: str
    label: str
    low_mg: float
    high_mg: float
    contrast: Mapping[Any, Any]


def between_doses(
    derived: contrasts.Derived | None, level: float = 0.95, without_placebo: Sequence[HeadToHead] = ()
) -> pd.DataFrame:
    """Each pair of doses that a trial randomised people between, beside the control group they share, and
    those of trials `without_placebo` (`head_to_head`): ``study_id label low_mg high_mg yi lower upper``
    (`yi`: the lower dose minus the higher; limits as a trial's own have them, with the fewer degrees of
    freedom of the two), and ``assumed_r lower_at_0 upper_at_0`` where what the two share is assumed
    (`dose_r`), else NaN.
    """
    rows = list(_beside_placebo(derived, level)) if derived else []
    for pair in without_placebo:
        about = pair.study_id, pair.label, pair.low_mg, pair.high_mg, pair.contrast["yi"]
        rows.append((*about, *models.trial_limits(pair.contrast, level), *[math.nan] * 3))
    columns = ["study_id", "label", "low_mg", "high_mg", "yi", "lower", "upper"]
    return pd.DataFrame(rows, columns=[*columns, "assumed_r", "lower_at_0", "upper_at_0"])


def _beside_placebo(derived: contrasts.Derived, level: float) -> Iterator[tuple[Any, ...]]:
    """Each pair of doses of one trial that share its control group, as a row of `between_doses`."""
    used, shared = dosed(derived)
    for i, j in combinations(used.index, 2) if shared is not None else ():
        low, high = sorted((used.loc[i], used.loc[j]), key=lambda row: float(row["dose_mg"]))
        if shared is None or low["study_id"] != high["study_id"]:
            continue
        pair = {
            "yi": low["yi"] - high["yi"],
            "vi": shared[i, i] + shared[j, j],
            "df": min(low["df"], high["df"]),
        }
        limits = models.trial_limits(pair | {"vi": pair["vi"] - 2 * shared[i, j]}, level)
        r = derived.explanation(low["study_id"]).assumed("dose_r")
        at_0 = (math.nan, math.nan) if math.isnan(r) else models.trial_limits(pair, level)
        doses = low["dose_mg"], high["dose_mg"]
        yield (low["study_id"], low["label"], *doses, pair["yi"], *limits, r, *at_0)


def head_to_head(ev: Evidence, contrast: Mapping[str, Any]) -> list[HeadToHead]:
    """Each pair of low doses that a trial without placebo compared."""
    trials = randomised_comparisons(ev)
    sets = ev.study_sets
    excluded = sets.loc[(sets["outcome"] == "pain") & (sets["set"] == "excluded"), "study_id"]
    fits = trials["study_id"].isin(set(admitted(ev)["study_id"]) - set(excluded))
    pairs: list[HeadToHead] = []
    for study in trials[(trials["control"] == "another dose") & fits].to_dict("records"):
        key = study["study_id"]
        doses = ev.outcomes.loc[
            (ev.outcomes["study_id"] == key) & (ev.outcomes["domain"] == "pain"), "dose_mg_per_day"
        ]
        for low, high in combinations(sorted(set(doses.dropna())), 2):
            table = contrasts.derive(_as_two_groups(ev, key, low, high), "pain", **contrast).table
            included = table[table["included"]].to_dict("records")
            pairs += [HeadToHead(key, study["label"], low, high, row) for row in included]
    return pairs


def _as_two_groups(ev: Evidence, study_id: str, low: float, high: float) -> Evidence:
    """One study's pain under two of its doses, as if the higher were the control group."""
    mine = {name: ev.tables[name][ev.tables[name]["study_id"] == study_id] for name in TABLES}
    pain = mine["outcomes"][mine["outcomes"]["domain"] == "pain"]
    rows = pain[pain["dose_mg_per_day"].isna() | pain["dose_mg_per_day"].isin([low, high])]
    group = rows["group"].mask(rows["dose_mg_per_day"] == high, "placebo")
    tables = {
        "studies": mine["studies"].assign(control="placebo"),
        "outcomes": rows.assign(group=group, dose_mg_per_day=math.nan),
        "study_sets": mine["study_sets"].assign(set="primary"),
    }
    return replace(ev, tables={**ev.tables, **tables})


def dose_effects(
    ev: Evidence,
    contrast: Mapping[str, Any],
    *,
    emax_sd: float,
    ed50_median: float,
    ed50_log_sd: float,
    tau_scale: float,
    tau2_method: str = "REML",
    inference: str = "hksj",
    level: float = 0.95,
) -> DoseEffects:
    """Dose-response of the trials against placebo, by a Bayesian Emax model with stated priors.

    A trial of several doses has a row a dose; what these share through its control group enters the model.
    """
    derived = published_pain(ev, contrast)
    used, covariance = dosed(derived) if derived else (pd.DataFrame(), None)
    if used.empty:
        raise InputError("no trial with a fixed dose gives a usable estimate under these choices")
    dose, yi, vi = (used[name].to_numpy() for name in ("dose_mg", "yi", "vi"))
    prior = models.EmaxPrior(
        emax_sd=emax_sd, ed50_median=ed50_median, ed50_log_sd=ed50_log_sd, tau_scale=tau_scale
    )
    at = sorted({*USUAL_MG, *map(float, dose)})
    emax = models.bayesian_emax(dose, yi, vi, prior, covariance=covariance, at=at)
    slope = _slope(used, covariance, level, tau2_method=tau2_method, inference=inference)
    return DoseEffects(used, emax, slope)


def _slope(
    used: pd.DataFrame, covariance: np.ndarray | None, level: float, *, tau2_method: str, inference: str
) -> Slope | None:
    """The line through the doses; None with fewer than three contrasts, or a single dose. Limits that are
    narrower than the trials allow give way to the wider ones, as those of the mean do."""
    study, dose, yi, vi = (used[name].to_numpy() for name in ("study_id", "dose_mg", "yi", "vi"))
    if len(used) < 3 or len(set(dose)) < 2:
        return None
    if covariance is not None:
        slopes, variances = trial_slopes(study, dose, yi, covariance)
        if len(slopes) == 1:  # limits as a trial's own have them
            own = {"yi": slopes[0], "vi": variances[0], "df": used["df"].min()}
            return Slope(slopes[0], *models.trial_limits(own, level), shared=True)
        fit = models.pool(slopes, variances, tau2_method, inference, level)
        fit = models.wider_companion(fit) or fit
        return Slope(fit.estimate, *fit.ci, shared=True)
    line = models.meta_regression(yi, vi, dose, ["dose, mg"], tau2_method, inference, level)
    if inference == "hksj" and line.tau2 == 0:
        line = models.meta_regression(yi, vi, dose, ["dose, mg"], tau2_method, "hksj_modified", level)
    low, high = (float(end) for end in line.ci[1])
    return Slope(float(line.coefficients[1]), low, high, shared=False)


def trial_slopes(
    study: np.ndarray, dose: np.ndarray, yi: np.ndarray, covariance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Each trial's own line through no effect at 0 mg: the slopes and their variances, one a trial.

    Generalised least squares over the differences that share a control group. Their pool is a dose-response
    meta-analysis in two stages; by likelihood it is that in one stage (Crippa et al. 2019, Stat Methods Med
    Res 28:1579-1596): a line has one coefficient, and what is left of a trial about its own line says nothing
    of the others.
    """
    lines = []
    for trial in dict.fromkeys(study):
        rows = np.flatnonzero(study == trial)
        weighed = np.linalg.solve(covariance[np.ix_(rows, rows)], dose[rows])
        variance = 1 / (weighed @ dose[rows])
        lines.append((variance * (weighed @ yi[rows]), variance))
    slopes, variances = np.array(lines).T
    return slopes, variances


def under_other_priors(fit: models.BayesianEmax, level: float = 0.95) -> pd.DataFrame:
    """The dose of half effect and the effect at the highest dose tested under other priors, one at a time.

    Columns ``parameter value``, those of `DoseEffects.half_dose`, and ``effect_lower effect_upper``.
    """
    top = float(fit.dose.max())
    tried = [(name, value) for name, values in OTHER_PRIORS.items() for value in values]
    rows = []
    for name, value in (("as assumed", np.nan), *tried):
        changed: dict[str, Any] = {} if name == "as assumed" else {name: value}
        prior = replace(fit.prior, **changed)
        again = models.bayesian_emax(fit.dose, fit.yi, fit.vi, prior, covariance=fit.covariance, at=[top])
        half = DoseEffects(pd.DataFrame(), again, None).half_dose(level)
        low, high = again.effect[0].interval(level)
        rows.append({"parameter": name, "value": value, **half, "effect_lower": low, "effect_upper": high})
    return pd.DataFrame(rows)
