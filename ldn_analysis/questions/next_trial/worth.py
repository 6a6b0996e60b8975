"""What knowing is worth, what each candidate trial would tell, and what later trials told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from ldn_analysis.errors import FloatArray
from ldn_analysis.evidence import Evidence
from ldn_analysis.models import trials
from ldn_analysis.models.bayes.marginals import Mixture, mixture
from ldn_analysis.questions.dosing import published_pain
from ldn_analysis.questions.next_trial.background import DOSES, Background, by_dose, comparisons
from ldn_analysis.questions.next_trial.designs import Design
from ldn_analysis.questions.next_trial.dose import shapes_of
from ldn_analysis.questions.next_trial.parameters import NextTrial

_GRID = (20, 16)
"""Points of the dose of half effect and of the SD between trials: four times as many change the value of
knowing everything by less than 0.1% (tested)."""


def burdens(params: NextTrial) -> FloatArray:
    """Relief that each dose must outweigh, points; none without treatment."""
    doses = np.array(DOSES)
    return np.where(doses > 0, params.burden + params.burden_per_mg * doses, 0.0)


def _updated(state: State, params: NextTrial, emax_sd: float) -> trials.Belief:
    belief = trials.prior_belief(
        emax_sd, params.ed50_median, params.ed50_log_sd, params.tau_scale, grid=_GRID, even=False
    )
    for _, rows in state.used.groupby("study_id", sort=False):  # doses of one trial share its placebo group
        at = rows.index.to_numpy(int)
        shared = state.covariance[np.ix_(at, at)]
        trial = trials.Comparisons(rows["dose_mg"].to_numpy(float), 0.0, shared)
        belief = belief.after(trial, rows["yi"].to_numpy(float))
    return belief


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """A state of the evidence: its name, what it is in words, the estimates that it holds, a row a dose of a
    trial, and their `covariance` (index of `used`: its rows)."""

    name: str
    words: str
    used: pd.DataFrame
    covariance: FloatArray


def states(ev: Evidence, known: Background, params: NextTrial) -> tuple[State, ...]:
    """The evidence at the end of the earlier year, without the newest trial, and today."""
    used, shared = by_dose(known.derived)
    then = published_pain(ev.as_of(params.then), params.contrast())
    earlier = used[used["year"] < used["year"].max()]
    return (
        State("then", f"end of {params.then}", *by_dose(then)),
        State("without the newest", "without the newest trial", earlier, shared),
        State("today", "today", used, shared),
    )


def beliefs(ev: Evidence, known: Background, params: NextTrial) -> dict[tuple[str, str], trials.Belief]:
    """Belief by state of the evidence and prior.

    ``today's`` is the posterior under the prior of the parameters; ``twice as wide`` has twice its spread of
    the largest effect; ``sceptical`` starts from a normal prior about zero that gives a relief that matters a
    chance of 2.5% (Spiegelhalter, Freedman & Parmar 1994, 10.2307/2983527) and learns from the same trials.
    """
    sceptical = max(params.mid, 0.1) / float(special.ndtri(0.975))
    held = {}
    for state in states(ev, known, params):
        posterior = _updated(state, params, params.emax_sd)
        held[state.name, "today's"] = posterior
        held[state.name, "twice as wide"] = posterior.wider(2)
        held[state.name, "sceptical"] = _updated(state, params, sceptical)
    return held


def parts(held: Mapping[tuple[str, str], trials.Belief], params: NextTrial) -> pd.DataFrame:
    """What perfect knowledge is worth by state and prior; integrated, not simulated.

    Columns: ``state prior any_effect matters best_mg now everything emax ed50 tau`` (chances of any relief
    and of one that matters at the highest dose; the rest in points a person).
    """
    rows = []
    for (state, prior), belief in held.items():
        perfect = trials.perfect_information(belief, DOSES, burdens(params))
        chances = {
            "any_effect": belief.probability_below(0.0),
            "matters": belief.probability_below(-params.mid, max(DOSES)),
        }
        rows.append({"state": state, "prior": prior, **chances, **_worth_of(perfect)})
    return pd.DataFrame(rows)


def burden_sweep(belief: trials.Belief) -> pd.DataFrame:
    """The same for other burdens: ``burden burden_per_mg best_mg now everything emax ed50 tau``."""
    rows = []
    for burden in (0.0, 0.2, 0.5):
        for per_mg in (0.0, 0.05, 0.1):
            params = NextTrial(burden=burden, burden_per_mg=per_mg)
            perfect = trials.perfect_information(belief, DOSES, burdens(params))
            rows.append({"burden": burden, "burden_per_mg": per_mg, **_worth_of(perfect)})
    return pd.DataFrame(rows)


def _worth_of(perfect: trials.Perfect) -> dict[str, float]:
    """The best choice before anything more is known, its worth, and that of knowing all and each part."""
    best = DOSES[perfect.best]
    return {"best_mg": best, "now": perfect.now, "everything": perfect.everything, **perfect.parts}


def worth(
    designs: Mapping[str, Design],
    held: Mapping[tuple[str, str], trials.Belief],
    known: Background,
    params: NextTrial,
) -> pd.DataFrame:
    """What each design is expected to tell, by state of the evidence and prior.

    Not of adaptive designs, which have to be simulated, nor of those in a fixed order: how much of their
    difference time makes is not known.

    Columns: ``design title people cost state prior simulated`` and, each with its ``_error``, ``value``
    (points for a person treated after the trial), ``bits_any bits_ed50 bits_all assurance``, ``per_100``
    (value for 100 participants) and ``per_cost``. What is not `simulated` is integrated: its errors are 0.
    """
    rows = []
    shapes = [shape for shape in shapes_of(params) if shape.kind != "flat"]
    for design in designs.values():
        if design.adaptive or design.fixed:
            continue
        trial = comparisons(design, known, params)
        rise = np.array([s.response(trial.dose) - s.response([trial.against]) for s in shapes])
        rising = rise[np.ptp(rise, axis=1) + np.abs(rise).max(axis=1) > 1e-9]
        cost = params.cost_trial + design.people * params.cost_person
        for (state, prior), belief in held.items():
            how = params.pick("alpha", "draws", "seed")
            sample = trials.sample_information(belief, trial, DOSES, burdens(params), shapes=rising, **how)
            row = {"design": design.name, "title": design.title, "people": design.people, "cost": cost}
            row |= {"state": state, "prior": prior, "simulated": trial.dose.size > 1}
            for name, error in sample.errors.items():
                row |= {name: getattr(sample, name), f"{name}_error": error}
            for name, unit in (("per_100", design.people / 100), ("per_cost", cost)):
                row |= {name: sample.value / unit, f"{name}_error": sample.errors["value"] / unit}
            rows.append(row)
    return pd.DataFrame(rows)


def check_by_history(
    known: Background, held: Mapping[tuple[str, str], trials.Belief], params: NextTrial
) -> pd.DataFrame:
    """What each trial since the earlier year was expected to tell, standing there, and what it told.

    One row a trial, or a dose of a trial of several, each by itself (`label` then names the dose too):
    ``study_id trial label year dose_mg expected lower upper yi below`` (`below`: the predicted chance of a
    result at or below the one seen), ``any_before any_after bits_any told_any bits_ed50 told_ed50 assurance
    significant``. Everything is integrated. Bits told are Kullback-Leibler divergences of
    the belief after the trial from that before.
    """
    before = held["then", "today's"]
    used, _ = by_dose(known.derived)
    later = used[used["year"] > params.then]
    rows = []
    for row, several in zip(later.to_dict("records"), later["study_id"].duplicated(keep=False), strict=True):
        dose, yi, vi = (float(row[name]) for name in ("dose_mg", "yi", "vi"))
        trial = trials.Comparisons(np.array([dose]), 0.0, np.array([[vi]]))
        expected = trials.sample_information(before, trial, DOSES, burdens(params), alpha=params.alpha)
        after = before.after(trial, [yi])
        p, q = before.probability_below(0.0), after.probability_below(0.0)
        bits = special.rel_entr([q, 1 - q], [p, 1 - p]).sum() / np.log(2)
        prediction = _predicted(before, trial)
        lower, upper = prediction.interval(params.level)
        name = f"{row['label']}, {dose:g} mg"
        rows.append(
            {
                "study_id": row["study_id"],
                "trial": name,
                "label": name if several else row["label"],
                "year": row["year"],
                "dose_mg": dose,
                "expected": prediction.mean,
                "yi": yi,
                "lower": lower,
                "upper": upper,
                "below": prediction.probability_below(yi),
                "any_before": p,
                "any_after": q,
                "bits_any": expected.bits_any,
                "told_any": float(bits),
                "bits_ed50": expected.bits_ed50,
                "told_ed50": _moved_ed50(before, after),
                "assurance": expected.assurance,
                "significant": yi < float(special.ndtri(params.alpha)) * vi**0.5,
                "vi": vi,
            }
        )
    return pd.DataFrame(rows)


def _predicted(belief: trials.Belief, trial: trials.Comparisons) -> Mixture:
    """The result of a trial of two arms that the belief expects."""
    share, between = trial.share(belief.ed50)[:, 0], trial.between(belief.tau)[:, 0, 0]
    return mixture("result", belief.mean * share, between + (belief.sd * share) ** 2, belief.weights)


def _moved_ed50(before: trials.Belief, after: trials.Belief) -> float:
    _, group = np.unique(before.ed50, return_inverse=True)
    p, q = (np.bincount(group, weights=belief.weights) for belief in (before, after))
    return float(special.rel_entr(q, p).sum() / np.log(2))
