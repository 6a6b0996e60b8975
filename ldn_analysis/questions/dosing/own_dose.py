"""Finding one's own dose: rules tried on simulated patients, beside doing nothing.

What the rules achieve hangs on assumptions that no trial informs, so that each number comes with its range
over them, and no rule is called better than another unless it is under all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ldn_analysis import models
from ldn_analysis.evidence import Evidence
from ldn_analysis.questions.responders.arms import trial_arms

PLACEBO_RELIEF = "hauser2011_placebo"

STEPS: dict[str, tuple[float, ...]] = {
    "person_sd": (0.0, 20.0),
    "day_sd": (8.0, 25.0),
    "placebo_relief_sd": (8.0, 25.0),
    "ed50_log_sd": (0.0, 1.0),
    "burden_per_mg": (0.5, 1.0),
    "effect_share": (0.0, 0.5),
}
"""Other values of each assumption, tried one at a time."""

AS_ASSUMED = "as assumed"


@dataclass(frozen=True, slots=True, eq=False)
class OwnDose:
    """What each rule achieves on simulated patients, as assumed and under other assumptions.

    Attributes
    ----------
    facts, known
        What the data say of patients (`patient_facts`), and what is taken from it (`typical_patients`).
    rules : DataFrame
        `models.titration_table` as assumed: ``rule quantity estimate mc_se n unit``.
    swept : DataFrame
        The same with ``assumption value``, one changed at a time; the rows as assumed come first.
    differences : DataFrame
        `models.relief_differences` with ``assumption value``, the same.
    """

    facts: pd.DataFrame
    known: dict[str, float]
    rules: pd.DataFrame
    swept: pd.DataFrame
    differences: pd.DataFrame

    def share(self, quantity: str, rule: str | None = None) -> float:
        """A quantity of one rule, or of the first (one that is the same for all)."""
        rows = self.rules[self.rules["quantity"] == quantity]
        chosen = rows if rule is None else rows[rows["rule"] == rule]
        return float(chosen["estimate"].iloc[0])

    def ranges(self) -> pd.DataFrame:
        """Each rule's quantities with their lowest and highest value over all assumptions tried.

        Columns ``rule quantity estimate mc_se unit lowest highest``.
        """
        over = self.swept.groupby(["rule", "quantity"])["estimate"].agg(lowest="min", highest="max")
        return self.rules.drop(columns="n").merge(over.reset_index(), on=["rule", "quantity"])

    def ordered(self) -> pd.DataFrame:
        """Pairs of which one rule relieves more under every assumption tried: ``better worse least most``.

        A difference counts if it is above twice its simulation error; the rest are not ordered.
        """
        rows = []
        for (first, second), each in self.differences.groupby(["first", "second"], sort=False):
            sign = np.sign(each["difference"]) * (each["difference"].abs() > 2 * each["error"])
            if abs(sign.sum()) == len(sign):
                size = each["difference"].abs()
                pair = (first, second) if sign.iloc[0] > 0 else (second, first)
                rows.append((*pair, float(size.min()), float(size.max())))
        return pd.DataFrame(rows, columns=["better", "worse", "least", "most"])


def patient_facts(ev: Evidence, reading: str = "all") -> pd.DataFrame:
    """What the data say of patients before treatment and on placebo, in points of 0 to 100 (relief positive).

    One row a source: ``quantity label n mean sd basis inputs``. The SD of an observed change holds the
    variation from day to day as well: it is more than the spread of relief between persons.
    """
    rows: list[dict[str, Any]] = []
    outcomes = ev.outcomes.set_index("outcome_id")
    for arms in trial_arms(ev, reading=reading):
        first = outcomes.loc[arms.inputs[0]]
        points = 100 / (first["scale_max"] - first["scale_min"])
        both, placebo = (arms.treated, arms.control), arms.control
        n = sum(arm.n for arm in both)
        mean = points * sum(arm.n * arm.baseline_mean for arm in both) / n
        sd = points * (sum(arm.n * arm.baseline_sd**2 for arm in both) / n) ** 0.5
        relief, relief_sd = -points * placebo.change_mean, points * placebo.change_sd
        before = ("pain before treatment", n, mean, sd, "means and SDs of both arms")
        on_placebo = ("relief on placebo", placebo.n, relief, relief_sd, arms.basis)
        for numbers in (before, on_placebo):
            about = {"label": arms.label, "inputs": arms.inputs}
            rows.append(about | dict(zip(("quantity", "n", "mean", "sd", "basis"), numbers, strict=True)))
    table = ev.clinical_thresholds
    for row in table[table["threshold_id"] == PLACEBO_RELIEF].to_dict("records"):
        about = {"label": row["what"], "inputs": (row["threshold_id"],)}
        quoted = {"n": np.nan, "mean": row["value"], "sd": np.nan, "basis": "as reported"}
        rows.append({"quantity": "relief on placebo", **about, **quoted})
    columns = ["quantity", "label", "n", "mean", "sd", "basis", "inputs"]
    return pd.DataFrame(rows, columns=columns).sort_values("quantity", kind="stable", ignore_index=True)


def typical_patients(facts: pd.DataFrame) -> dict[str, float]:
    """What `patient_facts` settle of a `models.Population`; what they do not is left to its defaults.

    Pain before treatment is averaged over the trials by their participants; relief on placebo is that of the
    published synthesis, or the trials' average where it was not yet published.
    """
    typical: dict[str, float] = {}
    before = facts[facts["quantity"] == "pain before treatment"]
    if len(before):
        typical["baseline_mean"] = float(np.average(before["mean"], weights=before["n"]))
        typical["baseline_sd"] = float(np.sqrt(np.average(before["sd"] ** 2, weights=before["n"])))
    relief = facts[facts["quantity"] == "relief on placebo"]
    published = relief[relief["n"].isna()]
    if len(published):
        typical["placebo_relief"] = float(published["mean"].iloc[0])
    elif len(relief):
        typical["placebo_relief"] = float(np.average(relief["mean"], weights=relief["n"]))
    return typical


def titration_rules(
    fit: models.BayesianEmax,
    *,
    patients: int,
    person_sd: float,
    day_sd: float,
    seed: int,
    effect_share: float = 1.0,
    **population: Any,
) -> tuple[models.Titration, ...]:
    """Common rules, and no treatment, tried on patients drawn from the posterior of the Emax model.

    `person_sd` is the SD between persons of the drug's maximal effect and `day_sd` that of daily pain, in
    points of 0 to 100: assumptions. `effect_share` is the share of the drug's effect that is real: the trials
    exclude neither all of it nor none. `population` are fields of `models.Population`.
    """
    rng = np.random.default_rng(seed)
    cells = fit.emax.weights.size // fit.ed50_grid.size  # the mixture runs over ED50 first, then the rest
    # ten a patient: two who share a draw would make the simulation's errors larger than stated
    cell = rng.choice(fit.emax.weights.size, size=10 * patients, p=fit.emax.weights)
    emax = rng.normal(fit.emax.means[cell], fit.emax.sds[cell]) * 10  # 0-10 points to 0-100
    people = models.virtual_patients(
        effect_share * emax,
        fit.ed50_grid[cell // cells],
        np.full(emax.size, effect_share * person_sd),
        models.Population(**population),
        n=patients,
        seed=seed,
    )
    rules: dict[str, Any] = {
        "no treatment": models.NoTreatment(),
        "to 4.5 mg": models.FixedTarget(4.5),
        "to 6 mg": models.FixedTarget(6.0),
        "up until response": models.UntilResponse(),
        "n-of-1 trial": models.NOf1(),
    }
    return models.simulate_titration(rules, people, models.DailyPain(day_sd=day_sd), seed=seed)


def own_dose(
    ev: Evidence,
    fit: models.BayesianEmax,
    assumed: Mapping[str, Any],
    *,
    reading: str = "all",
    steps: Mapping[str, tuple[float, ...]] = STEPS,
) -> OwnDose:
    """The rules as `assumed` (arguments of `titration_rules`) and with one assumption changed at a time."""
    facts = patient_facts(ev, reading)
    known = typical_patients(facts)
    base = dict(assumed) | known
    tries = [(AS_ASSUMED, np.nan, base)]
    tries += [(name, v, base | {name: v}) for name, values in steps.items() for v in values]
    tables, differences = [], []
    for name, value, settings in tries:
        results = titration_rules(fit, **settings)
        tables.append(models.titration_table(results).assign(assumption=name, value=value))
        differences.append(models.relief_differences(results).assign(assumption=name, value=value))
    swept = pd.concat(tables, ignore_index=True)
    rules = tables[0].drop(columns=["assumption", "value"])
    return OwnDose(facts, known, rules, swept, pd.concat(differences, ignore_index=True))
