"""What may be said of the dosing question, built from results: short sentences, the technical term after."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from ldn_analysis.display.words import count, interval, listed, milligrams, number, numeral, percent, rows_of
from ldn_analysis.questions.dosing.analysis import untested

if TYPE_CHECKING:
    from ldn_analysis.questions.dosing.analysis import DoseEffects, Slope
    from ldn_analysis.questions.dosing.blockade import SingleDose
    from ldn_analysis.questions.dosing.own_dose import OwnDose


def _mg(value: float, most: float = 50.0) -> str:
    """A dose for a sentence; far beyond what anybody takes it is only said that it is."""
    if value > most:
        return f"beyond {most:.0f} mg"
    return f"{value:.1f} mg" if value >= 0.1 else "under 0.1 mg"


def ed50_range(low: float, high: float) -> str:
    """An interval of ED50; it may begin near no drug at all and end beyond any dose."""
    end = f"{high:.1f} mg" if math.isfinite(high) else "beyond any dose"
    return f"{f'{low:.1f}' if low >= 0.05 else 'under 0.1'} to {end}"


def _doses(table: pd.DataFrame) -> list[float]:
    """The doses of the trials in `dosing.given_doses`, each once."""
    return sorted({float(dose) for dose in table["doses"].explode().dropna()})


NO_RELIEF = "No tested dose is known to relieve pain."
"""What is said of the dose where the trials settle that none is known to help."""


def better_dose(between: pd.DataFrame) -> str:
    """On which of two doses a trial shows less pain (`dosing.between_doses`), the clearest pair; empty where
    none does, or two trials contradict each other. What an assumed correlation alone shows is not shown."""
    names = ["lower", "lower_at_0", "upper", "upper_at_0"]
    limits = between.reindex(columns=names).astype(float)
    clear = between[(limits[names[:2]].min(axis=1) > 0) | (limits[names[2:]].max(axis=1) < 0)]
    if not len(clear):
        return ""
    sure = (clear["yi"] / (clear["upper"] - clear["lower"])).abs()
    first = clear.iloc[int(sure.to_numpy().argmax())]
    same = clear[(clear["low_mg"] == first["low_mg"]) & (clear["high_mg"] == first["high_mg"])]
    if same["yi"].min() < 0 < same["yi"].max():
        return ""
    best, other = (first["low_mg"], first["high_mg"])[:: 1 if first["yi"] < 0 else -1]
    who = "One trial shows" if len(same) == 1 else f"{count(len(same), 'trial').capitalize()} show"
    return f"{who} less pain on {best:g} than on {other:g} mg."


def answer(table: pd.DataFrame, compared: int, settled: str = "", better: str = "") -> str:
    """Which doses were tried, for how long, and how they were reached.

    `table` is `dosing.given_doses`, `compared` how many trials randomised people between doses, `settled`
    what the trials settle of pain (`pain.PainAnalysis.settled`), `better` what they show between doses
    (`better_dose`).
    """
    if not len(table):
        return (
            "We do not know. No randomised, double-blind trial known here compared a low dose with placebo."
        )
    start = "The best dose is unknown." if not compared else "The best dose is not settled."
    start = NO_RELIEF if settled == "no relief" else better or start
    sentence = f"{start} {tested(table, compared)}"
    longer = f"{sentence} {_begun(table)}"
    return longer if len(longer.split()) <= 40 else sentence


def tested(table: pd.DataFrame, compared: int) -> str:
    """Which doses were tested against placebo, for how long, and which usual ones were not, in 25 words.

    `table` is `dosing.given_doses`, `compared` how many trials randomised people between doses.
    """
    doses = _doses(table)
    if not doses:
        return "No low dose was compared with placebo."
    least, most = table["weeks"].min(), table["weeks"].max()  # NaN where no trial's are known
    weeks = f"{least:g}" if least == most else f"{least:g} to {most:g}"
    length = f" ({weeks} weeks)" if most > 0 else ""
    missing = untested(table)
    gaps = [f"never {milligrams(missing, 'or')}"] if missing else []
    gaps += ["never dose against dose"] if len(doses) > 1 and not compared else []
    never = f"; {', '.join(gaps)}" if gaps else ""
    were = "were" if len(doses) > 1 else "was"
    only = "Only " if missing else ""
    return f"{only}{milligrams(doses)} {were} tested against placebo{length}{never}."


def _begun(table: pd.DataFrame) -> str:
    steps = table[table["stepwise"]]
    at_full_dose = len(table) - len(steps)
    if not len(steps):
        return f"{count(at_full_dose, 'trial').capitalize()} began at the full dose."
    first, last = (listed([f"{mg:g}" for mg in sorted(set(steps[c]))], "or") for c in ("start_mg", "dose_mg"))
    rose = f"rose from {first} to {last} mg"
    if not at_full_dose:
        return f"{count(len(steps), 'trial').capitalize()} {rose}."
    return f"{count(at_full_dose, 'trial').capitalize()} began at full dose; {numeral(len(steps))} {rose}."


def schedules(table: pd.DataFrame) -> str:
    """How trials that rose to their dose did so; the others' doses stand in the figure and its table."""
    if not table["schedule"].any():
        return "How the trials gave the drug is not known to us."
    more = table[(table["schedule"] != "") & table["stepwise"]]
    return " ".join(f"{row['label']}: {row['schedule']}." for row in more.to_dict("records"))


def given_alt(table: pd.DataFrame) -> str:
    """The first figure for those who do not see it: its finding, in at most 40 words."""
    bars, who = f"A bar for each of {count(len(table), 'trial')}", "Both" if len(table) == 2 else "All"
    if len(table) == 1:
        bars, who = "A bar for the one trial", "It"
    return f"{bars} against placebo: weeks on the drug, and the dose. {who} {_gave(table)}."


def given_title(table: pd.DataFrame) -> str:
    """The first figure's finding."""
    return f"{'The one trial' if len(table) == 1 else 'Trials'} {_gave(table)}"


def _gave(table: pd.DataFrame) -> str:
    """What the trials gave, and how long the longest lasted, where that is known."""
    longest = "it" if len(table) == 1 else "the longest"
    lasted = f"; {longest} lasted {table['weeks'].max():g} weeks" if table["weeks"].notna().any() else ""
    return f"gave {milligrams(_doses(table), 'or')} a day{lasted}"


def slope(line: Slope | None) -> str:
    """The line through the doses, or why there is none."""
    if line is None:
        return "too few trials or doses for a slope"
    how = "meta-regression over the trials"
    if line.shared:
        how = "from no effect without the drug; doses of one trial share its control group"
    return f"slope {interval(line.per_mg, line.lower, line.upper)} points a mg ({how})"


def stopping(studies: pd.DataFrame) -> str:
    """What is noted of symptoms after the drug was stopped; empty where nothing is."""
    for row in studies.to_dict("records"):
        if not isinstance(row["notes"], str) or not isinstance(row["washout"], str):
            continue
        for sentence in re.findall(r"[^.]*washout do not differ \(P = [0-9.]+[0-9]\)", row["notes"]):
            return (
                f"After stopping: in {row['label']} (washout: {row['washout']}) symptoms did not return "
                f"(“{sentence.strip()}”). That is what a lasting effect would give, and "
                "also what no effect would give."
            )
    return ""


def hormesis(studies: pd.DataFrame, compared: int = 0) -> str:
    """The curve that none of these models has, where the report of it is known by then; `compared` trials
    randomised people between doses."""
    row = studies[studies["doi"] == HORMESIS_DOI]
    if not len(row):
        return "All curves here rise and level off. One that falls again at higher doses is not tested."
    study = row.iloc[0]
    untried = "" if compared else " No trial has tested that."
    return (
        f"All curves here rise and level off. {study['label']}, without a control group, report that relief "
        f"fell again above a personal best dose (“hormesis”, {HORMESIS_DOI}).{untried}"
    )


HORMESIS_DOI = "10.2147/JPR.S451183"
"""Its abstract: "Hormesis was demonstrated during the determination of the maximally effective dosing"."""


def finding(first: Any, placebo: Any, *, published: bool = False) -> str:
    """What the dose-finding study's report can mean beside `finding_title`: each share with that before it.

    `first` is the first row of `dosing.DoseFinding.table`, `placebo` a `models.PlaceboOnly`; both None where
    there is no such study, or (`published`) where nothing fits it.
    """
    if first is None and published:
        return "A dose-finding study is known, but no order of responses fits its report: it stays unread."
    if first is None:
        return "No dose-finding study is in the evidence."
    factors = [float(value) for value in placebo.bayes_factor]
    return (
        f"Diamonds: as printed, of {first.people} people without a placebo group. Lines: 95% ranges. The "
        "order of their doses is not known: blue weighs every one that comes near the printed numbers. "
        f"That 95% respond only above {first.highest:g} mg or never: chance "
        f"{percent(first.beyond_percent / 100)}; it was {percent(first.prior_beyond_percent / 100)} before. "
        "Placebo alone might explain the report too: "
        f"a rising curve fits {number(min(factors), 1)} to {number(max(factors), 1)} times as well (Bayes "
        "factors), depending on how many respond to placebo."
    )


def trials(effects: DoseEffects, level: float = 0.95, better: str = "") -> str:
    """How little the trials tell about the dose of half effect, its range before and after; `better`: what
    they show between doses (`better_dose`)."""
    half = effects.half_dose(level)
    before = math.log(half["prior_upper"] / half["prior_lower"])
    left = math.log(half["upper"] / half["lower"]) / before
    much = "almost nothing" if left > 0.8 else "little" if left > 0.5 else "something"
    who = "The trials say" if len(set(effects.used["study_id"])) > 1 else "The one trial says"
    first = better or f"{who} {much} about which dose is better."
    return (
        f"{first} The dose with half of the greatest effect lies "
        f"from {_mg(half['lower'])} to {_mg(half['upper'])}; the starting assumptions alone said "
        f"{_mg(half['prior_lower'])} to {_mg(half['prior_upper'])} ({100 * level:g}%)."
    )


def directly(used: pd.DataFrame, level: float = 0.95, between: pd.DataFrame | None = None) -> str:
    """What trials found between the doses that they randomised people to (`dosing.between_doses`), where
    those are few; empty without one.

    The model's curves rise with the dose by assumption, these differences need not.
    """
    if between is None or not len(between):
        return ""
    if len(between) > 3:
        return "What trials found between their own doses is in the tables."
    pairs = [
        f"{row.label}{'' if row.study_id in set(used['study_id']) else ', without placebo'}, "
        f"{row.low_mg:g} minus {row.high_mg:g} mg: {interval(row.yi, row.lower, row.upper)}{_assumed(row)}"
        for row in rows_of(between)
    ]
    return f"Between doses of one trial ({100 * level:g}%): {'; '.join(pairs)} points."


def _assumed(row: Any) -> str:
    """That what the two differences share is assumed, and the limits if they shared nothing."""
    if math.isnan(getattr(row, "assumed_r", math.nan)):
        return ""
    at_0 = f"{number(row.lower_at_0, 2)} to {number(row.upper_at_0, 2)}"
    return f", if the two differences correlate by {row.assumed_r:g} (assumed, at 0: {at_0})"


def looked_for(table: pd.DataFrame) -> str:
    """Whether a trial (`dosing.given_doses`) let each person's own dose be found: what that compares."""
    trials = table[table["schedule"].str.contains("individual", case=False)]
    if not len(trials):
        return "No trial has tested how to find one's own dose."
    return f"In {listed(list(trials['label']))} each person's dose was found; no way to find it was compared."


def occupancy(single: SingleDose | None, day: Any) -> str:
    """Receptors occupied after one dose and on daily use.

    `day` is a row of `dosing.daily_occupancy` at the same dose.
    """
    if single is None:
        return "What is needed to compute receptor occupancy is not dated to that year."
    scanned = (
        f"One dose of {single.dose_mg:g} mg (PET): {single.percent:.0f}% ({single.lower:.0f} to "
        f"{single.upper:.0f})."
    )
    if day is None:
        return f"{scanned} What is needed to model daily use is not dated to that year."
    return (
        f"{scanned} Daily use (model): lowest {day.low:.0f}% ({day.low_lower:.0f} to {day.low_upper:.0f}), "
        f"highest {day.high:.0f}% ({day.high_lower:.0f} to {day.high_upper:.0f})."
    )


def occupancy_title(single: SingleDose, day: Any) -> str:
    """The finding of PET and of the model nearest to it."""
    return (
        f"One dose of {single.dose_mg:g} mg occupies {single.percent:.0f}% of the mu receptors (PET); daily "
        f"use {day.low:.0f} to {day.high:.0f}% (model)"
    )


def blockade_title(chances: pd.DataFrame) -> str:
    """How far the models agree on a blockade that comes and goes within the day (`blockade_chances`)."""
    ordered = chances.sort_values("chance")
    shares = [
        percent(min(max(row.chance, 0.0), 1.0))
        + (f" (± {200 * row.error:.0f})" if row.error >= 0.0025 else "")
        for row in rows_of(ordered.iloc[[0, -1]])
    ]
    chance = shares[0] if len(set(shares)) == 1 else f"{' to '.join(shares)}, by the model"
    return f"Chance of a blockade that comes and goes within the day: {chance}"


def blockade_caption(account: Any, dose_mg: float) -> str:
    """What is drawn of a day, and what a blockade that comes and goes is."""
    return (
        f"Daily use of {dose_mg:g} mg. Band, thin lines: 95% of simulated days. Comes and goes: "
        f"{account.transient_high:g}% or more at one time, {account.transient_low:g}% or less at "
        "another (dotted)."
    )


def finding_title(first: Any) -> str:
    """The dose at which half respond, with what was assumed beside it (a row of `DoseFinding.table`)."""
    return (
        f"Half of patients may respond at {ed50_range(first['ed50_lower'], first['ed50_upper'])}; before the "
        f"study the assumptions said {ed50_range(first['prior_ed50_lower'], first['prior_ed50_upper'])}"
    )


def own_dose(tried: OwnDose, rule: str = "to 4.5 mg") -> str:
    """What the rules for finding one's own dose achieve, and what of it survives other assumptions."""
    table = {(row["rule"], row["quantity"]): row for row in tried.ranges().to_dict("records")}

    def share(quantity: str) -> str:
        row = table[rule, quantity]
        if math.isnan(row["estimate"]):
            return "none"
        return f"{percent(row['estimate'])} ({percent(row['lowest'])} to {percent(row['highest'])})"

    relief = tried.rules[tried.rules["quantity"] == "relief"].set_index("rule")["estimate"]
    gap = float(relief.drop("no treatment").max() - relief.drop("no treatment").min())
    return (
        f"Of these simulated patients {share('true_responders')} would truly get a relief of 1 point of "
        f"10 or more from the drug; for {share('best_none')} no dose relieves. Of those called "
        f"responders on the rule “{rule}”, {share('predictive_value')} are. In mean relief the rules "
        f"differ by at most {number(gap / 10)} points (0–10). {_order(tried.ordered())}"
    )


def own_dose_alt(ranges: pd.DataFrame) -> str:
    """The figure of the rules (`OwnDose.ranges`) in words, and whether their reliefs can be told apart."""
    relief = ranges[ranges["quantity"] == "relief"]
    apart = relief["lowest"].max() > relief["highest"].min()
    overlap = "do not overlap for all rules" if apart else "overlap for all rules"
    return (
        "Mean change in pain under each rule, and the share of those called responders who truly are. The "
        f"ranges of the change over assumptions {overlap}."
    )


def _order(pairs: pd.DataFrame) -> str:
    """Which pairs keep their order under every assumption that was tried."""
    if not len(pairs):
        return (
            "Which rule relieves most depends on what is assumed; none beats no treatment under every "
            "assumption tried."
        )
    orders = [f"“{row['better']}” more than “{row['worse']}”" for row in pairs.to_dict("records")]
    return f"Under every assumption tried only these keep their order: {listed(orders)} in mean relief."
