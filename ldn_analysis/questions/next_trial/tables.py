"""Tables of the next trial. Each takes ``trail`` and ``inputs``, which say where its numbers come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ldn_analysis.display.output import Table
from ldn_analysis.display.tables import table
from ldn_analysis.display.words import number, percent

if TYPE_CHECKING:
    import pandas as pd

    from .size import DecisionMap

__all__ = [
    "adaptive",
    "assumptions",
    "burdens",
    "candidates",
    "expected",
    "knowing",
    "later_trials",
    "named_doses",
    "reached",
    "review_widths",
    "rules",
    "under_other_tau",
]

_LATER = (
    "Value: points of pain for 1,000 people treated after the trial, with the burdens among the parameters."
)


def _with_error(values: pd.Series, errors: pd.Series, digits: int, times: float = 1.0) -> list[str]:
    """Each value with twice its simulation error, which is left out where the value is integrated; an error
    is never printed as nought."""
    least = 10.0**-digits

    def error(e: float) -> str:
        return number(e, digits) if e >= least / 2 else f"under {number(least, digits)}"

    return [
        number(times * v, digits) + (f" ± {error(2 * times * e)}" if e > 0 else "")
        for v, e in zip(values, errors, strict=True)
    ]


def assumptions(spreads: pd.DataFrame, **sources: Any) -> Table:
    """The numbers that every design is planned with, and where they come from."""
    return table(
        spreads, caption="What every design is planned with", digits={"value": 2},
        columns={"quantity": "Quantity", "value": "Value", "basis": "From"},
        how="From the estimates of the trials and their standard errors, or set as a parameter.", **sources,
    )  # fmt: skip


def adaptive(results: pd.DataFrame, stored: bool, **sources: Any) -> Table:
    """Adaptive designs by true shape: an effect found, the dose named, people on doses near the right one."""
    shown = results.assign(
        d=_with_error(results["detected"], results["detected_error"], 0, 100),
        r=_with_error(results["right"], results["right_error"], 0, 100), near=100 * results["near_share"],
    )  # fmt: skip
    made = "stored by the command that simulates" if stored else "simulated in this run"
    return table(
        shown, caption="Adaptive designs", digits={"target": 1, "near": 0},
        columns={
            "title": "Design", "truth": "True shape", "target": "Right dose, mg",
            "d": "An effect is found, %", "r": "The dose is named, %",
            "near": "People near the right dose, %",
        },
        notes=[
            f"{int(results['trials'].min()):,} trials a line, {made}. ±: twice the simulation error.",
            "Analysed as if nothing had been adapted; what that costs in false findings is seen where the "
            "truth is flat.",
        ],
        how="From the spread of pain above and the supposed greatest relief.", **sources,
    )  # fmt: skip


def candidates(designs: pd.DataFrame, **sources: Any) -> Table:
    """The candidate designs."""
    shown = designs.assign(kept=100 * designs["kept"])
    return table(
        shown, caption="Candidate designs", digits={"se": 2, "kept": 0, "people": 0},
        columns={
            "title": "Design", "kind": "Kind", "people": "People", "doses": "Arms",
            "se": "Standard error of the first comparison, points", "kept": "Effect that it shows, %",
            "source": "Source",
        },
        notes=[
            "The effect that a comparison shows is below 100% where carry-over is assumed.",
            "Adaptive designs have no standard error before they have run.",
        ],
        how="Sizes and doses: the list of candidate designs. Standard errors: from the spread of pain above.",
        **sources,
    )  # fmt: skip


def review_widths(sizes: pd.DataFrame, **sources: Any) -> Table:
    """Widths of both intervals by further trials and people."""
    shown = sizes.assign(
        w=_with_error(sizes["width"], sizes["width_error"], 2),
        p=_with_error(sizes["prediction"], sizes["prediction_error"], 2),
        e=_with_error(sizes["excludes"], sizes["excludes_error"], 0, 100),
    )
    return table(
        shown, caption="The review after further trials", digits={"cost": 0},
        columns={
            "trials": "Further trials", "people": "People an arm", "cost": "Cost",
            "w": "Width, mean", "p": "Width, a new trial", "e": "Excludes no difference, %",
        },
        notes=["±: twice the simulation error. Cost: in the reader's unit (by default one a participant)."],
        how="Further trials drawn about today's mean, then pooled as the report on pain pools.", **sources,
    )  # fmt: skip


def under_other_tau(sweep: pd.DataFrame, **sources: Any) -> Table:
    """The same for other spreads between trials."""
    shown = sweep.assign(w=_with_error(sweep["width"], sweep["width_error"], 2))
    return table(
        shown, caption="The same if trials differ less, or more", digits={"tau": 2},
        columns={
            "tau": "SD between trials, points", "trials": "Further trials", "people": "People an arm",
            "w": "Width, mean",
        },
        how="As the table before, with another SD between trials.", **sources,
    )  # fmt: skip


def reached(found: DecisionMap, errors: tuple[float, ...], said: dict[str, str], **sources: Any) -> Table:
    """What is said after one trial, by its standard error and estimate."""
    import pandas as pd

    parts = [found.reach(se).assign(se=se) for se in errors]
    shown = pd.concat(parts, ignore_index=True)
    shown["said"] = [said[key] for key in shown["situation"]]
    return table(
        shown, caption="What would be said after one further trial", digits=2,
        columns={
            "se": "Its standard error", "min": "Difference from", "max": "to", "said": "The interval "
            "would hold",
        },
        how="The trial is added to the review, pooled and worded as in the report on pain.", **sources,
    )  # fmt: skip


def named_doses(told: pd.DataFrame, people: int, **sources: Any) -> Table:
    """Detecting an effect and naming the dose, by true shape."""
    at = told[told["people"] == people]
    shown = at.assign(
        d=[percent(p) for p in at["detected"]],
        s=_with_error(at["by_shape"], at["by_shape_error"], 0, 100),
        m=_with_error(at["by_means"], at["by_means_error"], 0, 100),
    )
    return table(
        shown, caption=f"Placebo and four doses, {people} people an arm",
        digits={"target": 1, "smallest": 0},
        columns={
            "shape": "True shape", "target": "Right dose, mg",
            "smallest": "People an arm for the wanted power",
            "d": "An effect is found", "s": "Dose "
            "named by the best-fitting shape, %",
            "m": "Dose named by the means, %",
        },
        notes=[
            "The right dose: the smallest with 90% of the greatest effect. The true shape is among the "
            "candidates, which is better than life. ±: twice the simulation error; the rest is integrated.",
        ],
        how="From the spread of pain above and the supposed greatest relief.", **sources,
    )  # fmt: skip


def knowing(parts: pd.DataFrame, states: dict[str, str], **sources: Any) -> Table:
    """What perfect knowledge is worth under three priors and three states of the evidence."""
    shown = parts.assign(
        words=[states[name] for name in parts["state"]],
        any=[percent(p) for p in parts["any_effect"]], big=[percent(p) for p in parts["matters"]],
        dose=["none" if d == 0 else f"{d:g} mg" for d in parts["best_mg"]],
        **{name: 1000 * parts[name] for name in ("everything", "emax", "ed50", "tau")},
    )  # fmt: skip
    return table(
        shown, caption="What knowing is worth", digits=1,
        columns={
            "words": "Evidence", "prior": "Prior", "any": "Chance of any relief",
            "big": "of relief that matters at the highest dose", "dose": "Best choice",
            "everything": "Value of knowing all", "emax": "of the largest effect",
            "ed50": "of the dose of half effect", "tau": "of the differences between trials",
        },
        notes=[_LATER, "Integrated: no simulation error."],
        how="Emax model of the trials up to then; losses by the burdens among the parameters.", **sources,
    )  # fmt: skip


def burdens(sweep: pd.DataFrame, **sources: Any) -> Table:
    """The value of knowing all under other burdens."""
    shown = sweep.assign(
        dose=["none" if d == 0 else f"{d:g} mg" for d in sweep["best_mg"]],
        everything=1000 * sweep["everything"], emax=1000 * sweep["emax"], ed50=1000 * sweep["ed50"],
    )  # fmt: skip
    return table(
        shown, caption="The same under other burdens, today", digits={"everything": 1, "emax": 1, "ed50": 1},
        columns={
            "burden": "Burden of being treated, points", "burden_per_mg": "of each mg",
            "dose": "Best choice", "everything": "Value of knowing all", "emax": "of the largest effect",
            "ed50": "of the dose of half effect",
        },
        notes=[_LATER], how="As the table before, with other burdens.", **sources,
    )  # fmt: skip


def expected(worth: pd.DataFrame, *, earlier: bool = False, **sources: Any) -> Table:
    """What each design is expected to tell today, or was in earlier states of the evidence."""
    shown = worth.assign(
        v=_with_error(worth["value"], worth["value_error"], 1, 1000),
        h=_with_error(worth["per_100"], worth["per_100_error"], 1, 1000),
        c=1000 * worth["per_cost"],
        s=_with_error(worth["assurance"], worth["assurance_error"], 0, 100),
    )
    return table(
        shown, caption=f"What each design {'would have been' if earlier else 'is'} expected to tell",
        digits={"people": 0, "c": 3},
        columns={
            "title": "Design", "people": "People", "v": "Value", "h": "Value for 100 participants",
            "c": "Value for a unit of cost", "s": "Chance of a significant test, %",
        },
        notes=[
            _LATER,
            "±: twice the simulation error; without it: integrated.",
            "The test is the trial's own; it does not allow for differences between trials.",
        ],
        how="Expected over the results that the belief from these trials predicts.", **sources,
    )  # fmt: skip


def later_trials(checked: pd.DataFrame, then: int, **sources: Any) -> Table:
    """What each later trial was expected to tell and what it told."""
    shown = checked.assign(
        predicted=[
            f"{number(r['expected'])} [{number(r['lower'])}, {number(r['upper'])}]"
            for r in checked.to_dict("records")
        ],
        **{name: [percent(p) for p in checked[name]] for name in ("below", "any_before", "any_after")},
    )  # fmt: skip
    return table(
        shown, caption=f"Later trials, seen from the end of {then}",
        digits={"yi": 2},
        columns={
            "label": "Trial", "dose_mg": "Dose, mg", "predicted": "Predicted difference", "yi": "Found",
            "below": "Chance of at most this", "any_before": "Chance of any relief before",
            "any_after": "after",
        },
        notes=["Each trial is looked at alone, as the next one after that year. Integrated, not simulated."],
        how="The belief of that year, updated with the trial.", **sources,
    )  # fmt: skip


def rules(compared: pd.DataFrame, **sources: Any) -> Table:
    """People an arm to tell two rules for finding a dose apart."""
    shown = compared.assign(
        pair=[f"{a} or {b}" for a, b in zip(compared["first"], compared["second"], strict=True)]
    )
    return table(
        shown, caption="Two ways of finding a dose, compared in a trial",
        digits={"shown": 3, "error": 3, "people": 0},
        columns={
            "pair": "Rules", "shown": "Difference in mean relief, points", "error": "Its simulation error",
            "people": "People an arm",
        },
        notes=["Above zero: less relief under the first. A difference within twice its error is not shown."],
        how="Virtual patients of the dosing report; the outcome's spread: see the assumptions.", **sources,
    )  # fmt: skip
