"""The next trial in words. Every sentence is built from results; a difference within its simulation error is
not stated as one."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ldn_analysis.display.words import capital, count, listed, number, numeral, percent, points, span
from ldn_analysis.questions.dosing.words import NO_RELIEF
from ldn_analysis.questions.next_trial.background import Background
from ldn_analysis.questions.next_trial.parameters import NextTrial
from ldn_analysis.questions.next_trial.pictures import OUTCOMES, about, vague
from ldn_analysis.questions.next_trial.settling import Settling
from ldn_analysis.questions.next_trial.size import DecisionMap

NO_TREATMENT = "no treatment"
"""What the dosing report calls the rule that treats nobody."""


def size(plan: Settling) -> str:
    """What the size of a trial between doses rests on."""
    return (
        f"Half the difference takes four times the people. SD of pain {number(plan.sd)} points; "
        f"drop-out {100 * plan.dropout:.0f}%."
    )


def _cell(table: pd.DataFrame, m: int, n: int) -> Mapping[str, float]:
    row = table[(table["trials"] == m) & (table["people"] == n)].iloc[0]
    return {str(name): float(number_) for name, number_ in row.items()}


def sizes(table: pd.DataFrame, known: Background) -> str:
    """Whether size or number helps more, from `size.sizes`."""
    fewest, cells = _compared(table)
    error = 2 * max(cell["width_error"] for cell in cells)
    usual, large, two = (number(cell["width"]) for cell in cells)
    wide = f"{number(known.width)} points wide today"
    today = {
        1: f"The interval of the one trial is {wide}, and two are not averaged",
        2: "The two trials of today are not averaged",
    }.get(len(known.used), f"The interval of the mean is {wide}")
    whose = "It" if len(known.used) > 2 else "The interval of the mean"
    sentence = (
        f"{today}. {whose} would be about {usual} after {count(fewest, 'more trial')} of 100 people an arm, "
        f"{large} after {numeral(fewest)} of 1,000 and {two} after {numeral(fewest + 1)} of 100 (each ± "
        f"{number(max(error, 0.01))} by simulation)"
    )
    helps, another = _helps(table), _another(fewest)
    if helps == 0:
        sizes = f"{numeral(fewest)} large and {numeral(fewest + 1)} usual trials"
        return f"{sentence}: {sizes} do not differ by more than the simulation error."
    if helps > 0:
        return f"{sentence}: {another} helps more than ten times the size."
    return f"{sentence}: ten times the size helps more than {another}."


def _another(fewest: int) -> str:
    """The trial that is one more than the fewest after which the mean is averaged."""
    return "a second trial" if fewest == 1 else "a third trial"


def _compared(table: pd.DataFrame) -> tuple[int, list[Mapping[str, float]]]:
    """The fewest further trials after which the mean is averaged, and the widths of so many of 100 people an
    arm, of so many of 1,000 and of one more of 100."""
    fewest = int(table.loc[table["width"].notna(), "trials"].min())
    return fewest, [_cell(table, m, n) for m, n in ((fewest, 100), (fewest, 1000), (fewest + 1, 100))]


def cell_error(table: pd.DataFrame) -> str:
    """The unit of the cells and their greatest simulation error, from `size.sizes`."""
    mean, new = (max(2 * float(table[name].max()), 0.01) for name in ("width_error", "prediction_error"))
    none = " Two trials are not averaged." if table["width"].isna().any() else ""
    errors = f"± {number(mean)} (mean) and ± {number(new)} (new trial) at most"
    return f"Points of pain, by simulation: {errors}.{none}"


def _helps(table: pd.DataFrame) -> int:
    """1 if one trial more narrows the interval more than ten times the size, -1 if less, 0 if open."""
    _, (_, large, two) = _compared(table)
    gap = large["width"] - two["width"]
    error = (large["width_error"] ** 2 + two["width_error"] ** 2) ** 0.5
    return 0 if abs(gap) <= 2 * error else 1 if gap > 0 else -1


def sizes_otherwise(sweep: pd.DataFrame, known: Background) -> str:
    """Whether the same helps more under other SDs between trials, from `size.tau_sweep`."""
    helps = {float(tau): _helps(sweep[sweep["tau"] == tau]) for tau in sweep["tau"].unique()}
    here = helps.get(known.tau)
    others = {tau: sign for tau, sign in helps.items() if tau != known.tau}
    if set(others.values()) == {here}:
        return "The same holds whether trials differ less or more."
    another = _another(_compared(sweep)[0])
    effect = {1: f"{another} helps more", -1: "ten times the size helps more", 0: "neither clearly does"}
    parts = [f"at {number(tau)} points {effect[sign]}" for tau, sign in others.items()]
    now = f"That rests on an SD of {number(known.tau)} points between trials: " if here is not None else ""
    sentence = now + listed(parts)
    return f"{capital(sentence)}."


def reach(decisions: DecisionMap, se: float, mid: float, people: int) -> str:
    """Where a trial with standard error `se` (of `people` an arm) must fall to change what is said."""
    table = decisions.reach(se)
    changed = table[table["situation"] != decisions.today]
    if changed.empty:
        return (
            f"No result of one trial with a standard error of {number(se)} points would change what is said "
            "today."
        )
    if set(table["situation"]) == {"two"}:
        return "With one further trial there would be two, which are too few to average, whatever it finds."
    parts = [
        f"“{OUTCOMES[row['situation']][0]}” if it finds {_stretch(row['min'], row['max'])}"
        for row in changed.to_dict("records")
    ]
    least, most = float(decisions.estimate.min()), float(decisions.estimate.max())
    return (
        f"Today the data are “{OUTCOMES[decisions.today][0]}” (what matters: {points(mid)}). After one trial "
        f"with a standard error of {number(se)} points (about {people:,} people an arm) the answer would be "
        f"{listed(parts, 'or')} points. Results from {span(least, most, 1)} points were tried, in steps of "
        f"{number(decisions.step)}."
    )


def _stretch(least: float, most: float) -> str:
    """Results next to each other: ``−0.50 to −0.45``; one alone is no range."""
    return number(least) if least == most else span(least, most)


def reach_title(decisions: DecisionMap, se: float) -> str:
    """Whether a trial with standard error `se` can change what is said today."""
    then = decisions.reach(se)["situation"]
    if set(then) == {"two"}:
        return "One further trial would make two, too few to average"
    can = (then != decisions.today).any()
    after = "one further trial could change that" if can else "one further trial would not change that"
    return f"Today the data are “{OUTCOMES[decisions.today][0]}”; {after}"


def doses(table: pd.DataFrame, guess: pd.DataFrame, greatest: float, people: int = 100) -> str:
    """Detecting against naming, from `dose.telling_doses`."""
    working = table[table["shape"] != "flat"]
    at = working[working["people"] == people]
    needed = working["smallest"].dropna()
    detected, right = at["detected"], at["by_shape"]
    most = "more than 5,000" if working["smallest"].isna().any() else f"{needed.max():,.0f}"
    size = f"{needed.min():,.0f} to {most}" if len(needed) else most
    error = max(round(200 * float(at["by_shape_error"].max())), 1)
    return (
        f"If the greatest relief is {points(greatest)}, finding that any dose works needs {size} people an "
        f"arm (percentages ± {error} by simulation). With {people} an "
        f"arm, {_range(detected)} of trials find an effect and {_range(right)} name the right dose (a guess: "
        f"{_range(guess['chance'])})."
    )


def doses_alt(table: pd.DataFrame, people: int = 100) -> str:
    """What the two maps of `pictures.doses_told` show, and their finding."""
    at = table[(table["shape"] != "flat") & (table["people"] == people)]
    return (
        "Chance of finding an effect and of naming the right dose, by true shape and people in each arm: "
        f"with {people}, found in {_range(at['detected'])}, named in {_range(at['by_shape'])}."
    )


def _range(chances: pd.Series) -> str:
    low, high = percent(chances.min()), percent(chances.max())
    return low if low == high else f"{low} to {high}"


def _most(rows: pd.DataFrame) -> str:
    """The design of most value for its participants, or those that the simulation error leaves open."""
    best = rows.iloc[int(rows["per_100"].argmax())]
    if 1000 * best["per_100"] < 0.05:
        return "no design, since each saves less than 0.05 points for 1,000 people"
    floor = best["per_100"] - 2 * best["per_100_error"]
    open_ = rows[rows["per_100"] + 2 * rows["per_100_error"] >= floor].sort_values("per_100", ascending=False)
    if len(open_) > 3:
        return "no design that stands out"
    return listed([f"“{title}”" for title in open_["title"]], "or")


def value(parts: pd.DataFrame, worth: pd.DataFrame, params: NextTrial) -> str:
    """What knowing is worth, and which designs are expected to tell most, without recommending any."""
    now = parts[(parts["state"] == "today") & (parts["prior"] == "today's")].iloc[0]
    today = worth[worth["state"] == "today"]
    firsts = {str(prior): _most(rows) for prior, rows in today.groupby("prior", sort=False)}
    most = "; ".join(f"{design} ({prior})" for prior, design in firsts.items())
    if len(set(firsts.values())) == 1:
        most = f"{next(iter(firsts.values()))} under all three priors"
    treat = "no treatment" if now["best_mg"] == 0 else f"{now['best_mg']:g} mg"
    return (
        f"Assumed burden of treatment: {params.burden:g} points and {params.burden_per_mg:g} a mg. With it, "
        f"{treat} loses least under today's beliefs, and knowing everything would save "
        f"{_saved(now)} of pain for 1,000 people. For every 100 participants, "
        f"most is expected from {most}. That count favours small trials, and short periods that a slow "
        "effect would spoil. Designs are compared under assumptions; that is no advice to run one."
    )


def _saved(now: pd.Series) -> str:
    """What knowing everything would save 1,000 people, in whole points."""
    return f"{(saved := number(1000 * now['everything'], 0))} point{'s' * (saved != '1')}"


def value_title(parts: pd.DataFrame) -> str:
    """What knowing everything would save today."""
    now = parts[(parts["state"] == "today") & (parts["prior"] == "today's")].iloc[0]
    return f"Today, knowing everything would save {_saved(now)} of pain for 1,000 people"


def history_title(table: pd.DataFrame) -> str:
    """How many later trials (of several doses: each dose) fell where they were expected."""
    inside = int(((table["yi"] >= table["lower"]) & (table["yi"] <= table["upper"])).sum())
    trials = "doses in trials" if table["study_id"].duplicated().any() else "trials"
    trials = "trial" if len(table) == 1 else trials
    return f"{inside} of {len(table)} later {trials} fell inside the range expected"


def history(table: pd.DataFrame, then: int) -> str:
    """What later trials were expected to say and what they said, each belief beside that before the trial."""
    if table.empty:
        return f"No trial of a fixed dose that can be pooled was published after {then}."
    parts = [
        f"{row['label']} was expected between {number(row['lower'])} and {number(row['upper'])} and "
        f"found {number(row['yi'])}; by it alone the chance of any relief goes from "
        f"{percent(row['any_before'])} to {percent(row['any_after'])}"
        for row in table.to_dict("records")
    ]
    return f"Seen from the end of {then}: " + ". ".join(parts) + "."


def knowing_then(parts: pd.DataFrame, states: Mapping[str, str]) -> str:
    """What knowing everything would have saved in each state of the evidence, under the first prior."""
    everything = parts[parts["prior"] == parts["prior"].iloc[0]].set_index("state")["everything"]
    savings = [f"{number(1000 * everything[state], 0)} ({words})" for state, words in states.items()]
    return f"Knowing everything would have saved, in points of pain for 1,000 people: {listed(savings)}."


def individual(table: pd.DataFrame) -> str:
    """How many people a trial of rules for finding one's dose takes."""
    needed = table.dropna(subset=["people"])
    alone = needed["first"].eq(NO_TREATMENT) | needed["second"].eq(NO_TREATMENT)
    rules = needed[~alone]
    assumed = "Other assumptions change the order."
    if rules.empty:
        return f"{assumed} The rules do not differ in mean relief by more than the simulation error."
    easiest = rules.iloc[int(rules["people"].argmin())]
    error = about(max(2 * easiest["people_error"], 1), 1)
    people = f"about {about(easiest['people'])} (± {error}) people an arm or more"
    if vague(easiest.to_dict()):
        people = f"more than {about(easiest['people_least'])} people an arm"
    treated = needed[alone]["people"]
    beside = f", a rule from no treatment {about(treated.min())} or more" if len(treated) else ""
    return (
        f"Two rules differ in mean relief by at most {number(abs(easiest['difference']), 3)} points of "
        f"10 (± {number(max(2 * easiest['error'], 0.001), 3)} by simulation). {assumed} Telling two rules "
        f"apart takes {people}{beside}."
    )


KNOWN = {"no relief": NO_RELIEF, "relief": "Relief is shown, the best dose is not."}
"""What need not be settled any more stands before what the dose takes."""


def settling(plan: Settling, most: int = 50) -> str:
    """What would settle the dose (`settling.what_would_settle`), in at most 50 words; what has
    been compared or registered where that fits into `most`."""
    doses = listed(["placebo", *(f"{dose:g}" for dose in plan.doses)])
    so_far = len(plan.compared)
    trials, verb = count(so_far, "trial").capitalize(), "has" if so_far == 1 else "have"
    compared = f"{trials} known here {verb} compared doses" if so_far else "No trial known here has done so"
    planned = ""
    if len(plan.registered) == 1:
        trial = plan.registered.iloc[0]
        about = [str(trial["condition"])] if isinstance(trial["condition"], str) else []
        about += [f"{trial['n_planned']:.0f} people"] if trial["n_planned"] > 0 else []
        planned = f"; one is registered ({', '.join(about)})" if about else "; one is registered"
    elif len(plan.registered):
        planned = f"; {count(len(plan.registered), 'trial')} are registered"
    first = (
        f"{KNOWN.get(plan.settled, '')} A trial that randomises people between, say, {doses} mg. Finding "
        f"{points(plan.difference)} between two doses takes about {plan.per_group:,} people a group "
        f"({100 * plan.power:.0f}% power)."
    ).lstrip()
    texts = (f"{first} {compared}{planned}.", f"{first} {compared}.", first)
    return next((text for text in texts if len(text.split()) <= most), first)
