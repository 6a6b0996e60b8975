"""Tables of the next trial. Each takes ``trail`` and ``inputs``, which say where its numbers come from."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ldn_analysis.display.output import Table
from ldn_analysis.display.tables import table
from ldn_analysis.display.words import interval, number, percent, rows_of
from ldn_analysis.questions.next_trial.pictures import about, vague
from ldn_analysis.questions.next_trial.simulation import PLACEBO_CHANGE, RESPONSE
from ldn_analysis.questions.next_trial.size import DecisionMap

_LATER = (
    "Value: points of pain for 1,000 people treated after the trial, with the burdens among the parameters."
)

_BITS = "Bits: how far the belief is expected to move; 1 would settle an even question."
_TEST = "The test is the trial's own; it does not allow for differences between trials."
_COST = f"{_LATER} Cost: in the reader's unit (by default one a participant)."
_EXPECTED = {
    "value": ("Value, ", 1, 1000.0, _LATER),
    "per_cost": ("For 100 units of cost: ", 1, 100_000.0, _COST),
    "bits_any": ("Bits, ", 2, 1.0, _BITS),
    "bits_ed50": ("Bits, ", 2, 1.0, _BITS),
    "assurance": ("%, ", 0, 100.0, _TEST),
}
"""Of each measure of `worth.worth` its heading, decimals, the factor that it is shown with, and its note."""
_KNOWING = {
    "everything": "Value of knowing all",
    "emax": "of the largest effect",
    "ed50": "of the dose of half effect",
}
"""Headings of what knowing is worth."""


def _with_error(table: pd.DataFrame, name: str, digits: int, times: float = 1.0) -> list[str]:
    """Each value of a column with twice its simulation error (``name_error``), which is left out where the
    value is integrated; an error is never printed as nought, and a value that the table says was simulated
    has one even where all draws agree. From ten on a value has a decimal less."""
    of = (table[name], table[f"{name}_error"], table.get("simulated", [False] * len(table)))

    def written(value: float, error: float, drawn: bool) -> str:
        places = max(digits - 1, 0) if abs(value) >= 10 else digits
        if value != value or not (error > 0 or drawn):
            return number(value, places)
        least = 10.0**-places
        spread = number(error, places) if error >= least / 2 else f"under {number(least, places)}"
        return f"{number(value, places)} ± {spread}"

    return [written(times * v, 2 * times * e, drawn) for v, e, drawn in zip(*of, strict=True)]


def _where_there_is_one(table: pd.DataFrame, *names: str) -> pd.DataFrame:
    """The table without the values of these columns where there is no right dose."""
    return table.assign(**{name: table[name].where(table["target"].notna()) for name in names})


def assumptions(spreads: pd.DataFrame, **sources: Any) -> Table:
    """The numbers that every design is planned with, and where they come from."""
    return table(
        spreads,
        caption="What every design is planned with",
        digits={"value": 2},
        columns={"quantity": "Quantity", "value": "Value", "basis": "From"},
        how="From the estimates of the trials and their standard errors, or set as a parameter.",
        **sources,
    )


def adaptive(results: pd.DataFrame, stored: bool, **sources: Any) -> Table:
    """Adaptive designs by true shape: an effect found, the dose named, people on doses near the right one.

    Where nothing works there is no right dose to name.
    """
    named = ("detected", "right", "near_share")
    known = _where_there_is_one(results, *named[1:])
    shown = known.assign(**{name: _with_error(known, name, 0, 100) for name in named})
    origin = "stored by the command that simulates" if stored else "simulated in this run"
    return table(
        shown,
        caption="Adaptive designs, and the same doses and people without adaptation",
        digits={"target": 1},
        columns={
            "title": "Design",
            "truth": "True shape",
            "target": "Right dose, mg",
            "detected": "An effect is found, %",
            "right": "The dose is named, %",
            "near_share": "People near the right dose, %",
        },
        notes=[
            f"{int(results['trials'].min()):,} trials a line or more, {origin}. "
            "±: twice the simulation error.",
            "Analysed as if nothing had been adapted; what that costs in false findings is seen where the "
            "truth is flat. Without placebo, an effect is a difference between doses.",
            f"Up-and-down: a response is a fall by {-RESPONSE:g} points (Salaffi 2004), and placebo brings "
            f"{-PLACEBO_CHANGE:g} (Häuser 2011, 10.1016/j.pain.2011.01.050).",
        ],
        how="From the spread of pain above and the supposed greatest relief.",
        **sources,
    )


def candidates(designs: pd.DataFrame, caption: str, **sources: Any) -> Table:
    """Candidate designs."""
    shown = designs.assign(kept=100 * designs["kept"], arms=designs["kind"] + ": " + designs["doses"])
    columns = {"title": "Design", "people": "People", "arms": "Kind and arms"}
    notes = [
        "SE: standard error of the first comparison. Shows: the share of the effect, below 100% where "
        "carry-over is assumed; where all have placebo first it cannot be told from what time does.",
        "N-of-1 trials: the last days of each period count, and the whole effect is taken to be there.",
        "Adaptive designs have no standard error before they have run. Without placebo, a trial can tell "
        "at which dose people get better, not whether that is due to the drug.",
    ]
    if designs["name"].astype(str).str.startswith("registered-").any():
        notes.append(
            "Planned: registered trials, as if in people with fibromyalgia, with the SD, correlation and "
            "drop-out of this report; groups are taken to be of one size."
        )
    return table(
        shown,
        caption=caption,
        digits={"se": 2, "kept": 0, "people": 0},
        columns=columns | {"se": "SE, points", "kept": "Shows, %", "source": "Source"},
        notes=notes,
        how="Sizes and doses: the list of candidate designs. Standard errors: from the spread of pain above.",
        **sources,
    )


def without_design(left: pd.DataFrame, **sources: Any) -> Table:
    """Trials of the data that are not among the candidates, and why."""
    return table(
        left,
        caption="Trials of the data that are not among the candidates",
        columns={"trial": "Trial", "why": "Why"},
        how="From the row of the trial or of its registration.",
        trail=sources.get("trail"),
    )


def review_widths(sizes: pd.DataFrame, **sources: Any) -> Table:
    """Widths of both intervals by further trials and people."""
    shown = sizes.assign(
        width=_with_error(sizes, "width", 2),
        prediction=_with_error(sizes, "prediction", 2),
        excludes=_with_error(sizes, "excludes", 0, 100),
    )
    columns = {"trials": "Further trials", "people": "People an arm", "cost": "Cost", "width": "Width, mean"}
    return table(
        shown,
        caption="The review after further trials",
        digits={"cost": 0},
        columns=columns | {"prediction": "Width, a new trial", "excludes": "Excludes no difference, %"},
        notes=["±: twice the simulation error. Cost: in the reader's unit (by default one a participant)."],
        how="Further trials drawn about today's mean, then pooled as the report on pain pools.",
        **sources,
    )


def under_other_tau(sweep: pd.DataFrame, **sources: Any) -> Table:
    """The same for other spreads between trials."""
    shown = sweep.assign(width=_with_error(sweep, "width", 2))
    columns = {"tau": "SD between trials, points", "trials": "Further trials", "people": "People an arm"}
    return table(
        shown,
        caption="The same if trials differ less, or more",
        digits={"tau": 2},
        columns=columns | {"width": "Width, mean"},
        how="As the table before, with another SD between trials.",
        **sources,
    )


def reached(
    decisions: DecisionMap, errors: dict[float, int], sentences: dict[str, str], **sources: Any
) -> Table:
    """What is said after one trial, by its standard error (with its people an arm) and estimate."""
    parts = [decisions.reach(se).assign(se=se, people=n) for se, n in errors.items()]
    shown = pd.concat(parts, ignore_index=True)
    shown["said"] = [sentences[key] for key in shown["situation"]]
    columns = {"se": "Its standard error, points", "people": "People an arm, about"}
    return table(
        shown,
        caption="What would be said after one further trial",
        digits={"se": 2, "min": 2, "max": 2, "people": 0},
        columns=columns | {"min": "Difference from, points", "max": "to", "said": "The interval would hold"},
        notes=[f"Differences were tried in steps of {number(decisions.step)} points."],
        how="The trial is added to the review, pooled and worded as in the report on pain.",
        **sources,
    )


def named_doses(results: pd.DataFrame, people: int, **sources: Any) -> Table:
    """Detecting an effect and naming the dose, by true shape."""
    ways = ("by_shape", "by_means")
    at = _where_there_is_one(results[results["people"] == people], *ways)
    shown = at.assign(
        detected=[percent(p) for p in at["detected"]],
        **{way: _with_error(at, way, 0, 100) for way in ways},
    )
    return table(
        shown,
        caption=f"Placebo and four doses, {people} people an arm",
        digits={"target": 1, "smallest": 0},
        columns={
            "shape": "True shape",
            "target": "Right dose, mg",
            "smallest": "People an arm for the wanted power",
            "detected": "An effect is found",
            "by_shape": "Dose named by the best-fitting shape, %",
            "by_means": "Dose named by the means, %",
        },
        notes=[
            "The right dose: the smallest with 90% of the greatest effect. The true shape is among the "
            "candidates, which is better than life. ±: twice the simulation error; the rest is integrated.",
        ],
        how="From the spread of pain above and the supposed greatest relief.",
        **sources,
    )


def knowing(parts: pd.DataFrame, states: dict[str, str], **sources: Any) -> Table:
    """What perfect knowledge is worth under three priors and three states of the evidence."""
    shown = parts.assign(
        words=[states[name] for name in parts["state"]],
        prior=[_prior(*pair) for pair in zip(parts["prior"], parts["state"], strict=True)],
        any_effect=[percent(p) for p in parts["any_effect"]],
        matters=[percent(p) for p in parts["matters"]],
        dose=_best_choice(parts),
        **{name: 1000 * parts[name] for name in (*_KNOWING, "tau")},
    )
    return table(
        shown,
        caption="What knowing is worth",
        digits=1,
        columns={
            "words": "Evidence",
            "prior": "Prior",
            "any_effect": "Chance of any relief",
            "matters": "of relief that matters at the highest dose",
            "dose": "Best choice",
            **_KNOWING,
            "tau": "of the differences between trials",
        },
        notes=[_LATER, "Integrated: no simulation error."],
        how="Emax model of the trials up to then; losses by the burdens among the parameters.",
        **sources,
    )


def burdens(sweep: pd.DataFrame, **sources: Any) -> Table:
    """The value of knowing all under other burdens."""
    columns = {"burden": "Burden of being treated, points", "burden_per_mg": "of each mg"}
    return table(
        sweep.assign(dose=_best_choice(sweep), **{name: 1000 * sweep[name] for name in _KNOWING}),
        caption="The same under other burdens, today",
        digits=dict.fromkeys(_KNOWING, 1),
        columns=columns | {"dose": "Best choice"} | _KNOWING,
        notes=[_LATER],
        how="As the table before, with other burdens.",
        **sources,
    )


def _best_choice(table: pd.DataFrame) -> list[str]:
    """The dose with the smallest expected loss, in words."""
    return ["none" if dose == 0 else f"{dose:g} mg" for dose in table["best_mg"]]


def _prior(prior: object, state: str) -> str:
    """What a prior is called in a state of the evidence: ``today's`` was then that of its time."""
    return str(prior) if state == "today" else str(prior).replace("today's", "of that time")


def expected(
    worth: pd.DataFrame, caption: str, measure: str, states: dict[str, str], **sources: Any
) -> Table:
    """What each design is expected to tell, a row a design: one measure in each state of the evidence, by
    prior.

    `measure` is one of `_EXPECTED`, `states` maps a state to its words.
    """
    heading, digits, times, note = _EXPECTED[measure]
    shown = worth.drop_duplicates("design")[["design", "title", "people"]]
    columns = {"title": "Design"} | ({"people": "People"} if len(states) == 1 else {})
    for state, words in states.items():
        first = f"{heading}{words}: " if len(states) > 1 else heading
        priors = worth[worth["state"] == state].groupby("prior", sort=False)
        for i, (prior, rows) in enumerate(priors):
            column = f"{state}, {prior}"
            values = _with_error(rows, measure, digits, times)
            shown = shown.merge(rows[["design"]].assign(**{column: values}), on="design")
            columns[column] = ("" if i else first) + _prior(prior, state)
    return table(
        shown,
        caption=caption,
        digits={"people": 0},
        columns=columns,
        notes=[
            note,
            "±: twice the simulation error; without it: integrated. Not here: designs that adapt (simulated "
            "above), and those in a fixed order.",
        ],
        how="Expected over the results that the belief from these trials predicts.",
        **sources,
    )


_LATER_TRIALS = {
    "trial": "Trial",
    "predicted": "Predicted difference, points",
    "yi": "Found, points",
    "below": "Chance of at most this",
    "any_before": "Chance of any relief before",
    "any_after": "after",
    "bits_any": "Bits on any relief: expected",
    "told_any": "told",
    "bits_ed50": "Bits on the dose of half effect: expected",
    "told_ed50": "told",
    "tested": "Test shows an effect: chance; did it?",
}


def later_trials(checked: pd.DataFrame, then: int, **sources: Any) -> Table:
    """What each later trial was expected to tell and what it told."""
    shown = checked.assign(
        predicted=[interval(r.expected, r.lower, r.upper) for r in rows_of(checked)],
        tested=[f"{percent(r.assurance)}; {'yes' if r.significant else 'no'}" for r in rows_of(checked)],
        **{name: [percent(p) for p in checked[name]] for name in ("below", "any_before", "any_after")},
    )
    alone = "Each trial is looked at alone, as the next one after that year. Integrated, not simulated."
    return table(
        shown,
        caption=f"Later trials, seen from the end of {then}",
        digits=dict.fromkeys(("yi", "bits_any", "told_any", "bits_ed50", "told_ed50"), 2),
        columns=_LATER_TRIALS,
        notes=[alone, _BITS, _TEST],
        how="The belief of that year, updated with the trial.",
        **sources,
    )


def _people_apart(row: dict[Any, Any]) -> str:
    if row["people"] != row["people"]:
        return ""
    if vague(row):
        return f"more than {about(row['people_least'])}"
    return f"{about(row['people'])} ± {about(2 * row['people_error'], 1)}"


def rules(compared: pd.DataFrame, **sources: Any) -> Table:
    """People an arm to tell two rules for finding a dose apart."""
    shown = compared.assign(
        pair=[f"“{a}” against “{b}”" for a, b in zip(compared["first"], compared["second"], strict=True)],
        difference=_with_error(compared.assign(shown_error=compared["error"]), "shown", 3),
        people=[_people_apart(row) for row in compared.to_dict("records")],
    )
    columns = {"pair": "Rules", "difference": "Difference in mean relief, points", "people": "People an arm"}
    return table(
        shown,
        caption="Two ways of finding a dose, compared in a trial",
        columns=columns,
        notes=[
            "Above zero: more relief under the first. A difference within twice its error is not shown.",
            "±: twice the simulation error. More than: where that would be half of the number.",
        ],
        how="Virtual patients of the dosing report; the outcome's spread: see the assumptions.",
        **sources,
    )
