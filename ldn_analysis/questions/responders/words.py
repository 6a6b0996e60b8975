"""What may be said of responders and of individual response: sentences built from results."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from ldn_analysis.display.words import capital, count, listed, number, numeral, percent, rows_of, span, spoken
from ldn_analysis.questions import crossovers

SHIFT = (
    "Predicted: chance that change is at most −percent/100 × baseline, both normal with the reported means "
    "and SDs and the assumed correlation; expected: predicted × n; observed: counts as reported; p: exact "
    "binomial."
)
SPREAD = (
    "SD of change: √n (upper − lower) / (2 t) from the interval of the mean change, or √(s0² + s1² − 2 r s0 "
    "s1) from the SDs at baseline and at the end; SD of individual response: √(SD² LDN − SD² placebo), with "
    "its sign."
)
MIXTURE = (
    "Responders: mean of the others + (mean with LDN − mean of the others) / share; the others as on "
    "placebo; SD: √(SD² + share (1 − share) distance²); chance and people: simulated."
)
RATIO = (
    "SD of change with LDN / SD with placebo; log ratio with its variance to the second order, in a "
    "crossover that of correlated SDs; several trials: random effects (REML)."
)
ESR_UNKNOWN = "The sedimentation rate's own share cannot be computed: no person's response is printed."

ARMS = {"treated": "LDN", "control": "placebo"}


def _lead(contrasts: pd.DataFrame, at: float) -> Any:
    """The row that stands for a threshold, or None."""
    rows = contrasts[(contrasts["percent"] == at) & contrasts["leads"]]
    return rows.iloc[0] if len(rows) else None


def counted(contrasts: pd.DataFrame, at: float) -> str:
    """What the counts of responders at a threshold say, as a sentence; empty where none were counted."""
    lead = _lead(contrasts, at)
    if lead is None:
        return ""
    trials = contrasts[(contrasts["percent"] == at) & ~contrasts["pooled"]]
    relief = f"relief by {at:g}%"
    if lead["a"] + lead["c"] == 0:
        return f"Nobody in {count(len(trials), 'trial')} had {relief}."
    gaps = trials["a"] / trials["n1"] - trials["c"] / trials["n2"]  # a trial without a ratio has a side too
    if (gaps > 0).any() and (gaps < 0).any():
        if len(trials) == 2:
            return f"The two trials point in opposite directions on {relief}."
        more = int((gaps > 0).sum())
        others = "other" if len(trials) - more == 1 else "others"
        share = f"{numeral(more)} of {count(len(trials), 'trial')}"
        return f"More people had {relief} on LDN in {share}, not in the {others}."
    base = count(len(trials), "trial").capitalize()
    if math.isnan(lead["rd"]) and math.isnan(lead["rr"]):
        return f"{base} counted {relief}, too rarely or too often to compare."
    s = "" if len(trials) > 1 else "s"
    if lead["apart"]:
        return f"{base} show{s} {'more' if lead['apart'] > 0 else 'fewer'} people with {relief} on LDN."
    return f"{base} leave{s} open whether more people have {relief} on LDN."


def all_or_nothing(contrasts: pd.DataFrame, spread: Any, at: float) -> str:
    """The answer: whether patients get dramatic results or nothing (`spread` from `spread_ratio`)."""
    counts = counted(contrasts, at)
    if spread.k == 0 and not counts:
        nothing = "no trial known here reports who responded, or how changes spread, so that LDN and placebo"
        return f"We cannot tell: {nothing} compare."
    unknown = "We cannot tell whether some people respond strongly and others not at all"
    alone = f"{unknown}. In one trial ({spread.n:,} people) changes"
    first = {
        "no estimate": f"{unknown}: how changes spread was not reported",
        "excluded in one trial": f"{alone} did not spread much more with LDN",
        "wider in one trial": f"{alone} spread more with LDN, which may have other causes",
        "wider": "Changes differ more from person to person with LDN than with placebo, which may have other "
        "causes",
        "excluded": "Large differences between people are unlikely here: changes did not spread that much "
        "more with LDN. A few strong responders could hide in that",
    }.get(spread.verdict, unknown)
    return f"{first}. {counts}".rstrip()


def answer(contrasts: pd.DataFrame, spread: Any, at: float, esr: Any) -> str:
    """`all_or_nothing`, and how many people the claim on the sedimentation rate rests on, in 40 words."""
    first = all_or_nothing(contrasts, spread, at)
    people = count(esr.evidence.n, "person", "people") if esr else ""
    rests = f"That a high sedimentation rate tells who responds rests on {people}."
    if esr and esr.repeats:
        share = f"{100 * esr.evidence.r_squared:.0f}% of the response in {people}"
        others = [f"{100 * e.r_squared:.0f}% in {e.n:,} others" for e in esr.repeats.values()]
        rests = f"The sedimentation rate explained {listed([share, *others])}."
    with_esr = f"{first} {rests}"
    return with_esr if esr and len(with_esr.split()) <= 40 else first


def short(spread: Any) -> str:
    """The answer in at most 20 words."""
    return {
        "wider": "Changes differ more between people with LDN than with placebo; why is not known.",
        "excluded": "Large differences between people are unlikely here; a few strong responders could hide.",
    }.get(spread.verdict, "We cannot tell whether some people respond strongly and others not at all.")


def responders_title(contrasts: pd.DataFrame, at: float, level: float = 0.95) -> str:
    """The finding of the first figure, in numbers: what it means stands in the answer."""
    return in_hundred(contrasts, at, level).rstrip(".")


def alt_of_counts(contrasts: pd.DataFrame, at: float) -> str:
    """The first figure in words, for those who cannot see it."""
    trials = contrasts[(contrasts["percent"] == at) & ~contrasts["pooled"]]
    counts = [
        f"{r['label']} {r['a']:g} of {r['n1']:g} against {r['c']:g} of {r['n2']:g}"
        for r in trials.head(3).to_dict("records")
    ]
    more = f"; and {count(len(trials) - 3, 'other')}" if len(trials) > 3 else ""
    return f"{counted(contrasts, at)} LDN against placebo: {'; '.join(counts)}{more}."


def in_hundred(contrasts: pd.DataFrame, at: float, level: float = 0.95) -> str:
    """What the ratio at a threshold means in a hundred people."""
    lead = _lead(contrasts, at)
    if lead is None:
        return "No trial counts responders in both groups under these choices."
    if math.isfinite(lead["rr"]) and lead["c"]:
        placebo = f"{number(100 * lead['control'], 0)} of 100 on placebo"
        return f"Relief by {at:g}%: {placebo}; with LDN {_others(lead, 'rd', level)}."
    gap = f": of 100 people {_others(lead, 'rd', level)}" if math.isfinite(lead["rd"]) else ""
    return (
        f"{lead['a']:,.0f} of {lead['n1']:,.0f} people on LDN and {lead['c']:,.0f} of "
        f"{lead['n2']:,.0f} on placebo had relief by {at:g}%{gap}."
    )


def in_usual_hundred(contrasts: pd.DataFrame, at: float, level: float = 0.95) -> str:
    """The same ratio where as many respond to placebo as in trials of other drugs; empty where not known."""
    lead = _lead(contrasts, at)
    if lead is None or not math.isfinite(lead["usual_rd"]):
        return ""
    return (
        f"In trials of fibromyalgia drugs {number(100 * lead['usual'], 1)} of 100 have relief by {at:g}% on "
        f"placebo; there it would be {_others(lead, 'usual_rd', level)}."
    )


def _others(lead: Any, name: str, level: float) -> str:
    mid, low, high = (
        f"{number(abs(100 * lead[x]), 0)} {'fewer' if lead[x] < 0 else 'more'}"
        for x in (name, f"{name}_lower", f"{name}_upper")
    )
    mid = "as many" if mid.startswith("0 ") else mid
    return f"{mid} ({100 * level:g}% interval {low} to {high})"


def models_named(contrasts: pd.DataFrame, at: float) -> str:
    """Which model leads at a threshold, what the other gives, and how far the trials differ."""
    rows = contrasts[(contrasts["percent"] == at) & contrasts["pooled"]]
    if not len(rows):
        alone = _lead(contrasts, at)
        return "" if alone is None else f"{alone['read']} It is not pooled."
    lead = rows[rows["leads"]].iloc[0]
    if not math.isfinite(lead["rr"]):
        why = "nobody in the trials responded" if lead["a"] + lead["c"] == 0 else lead["note"]
        return f"No ratio: {why.removesuffix(': no ratio')}."
    parts = [f"Together by {lead['model']}"]
    if lead["opposite"]:
        parts[0] += ", since the trials point in opposite directions"
        parts[0] += " and no common effect describes them" if lead["i2"] > 0 else ""
    parts += [
        f"{other.model} would give a risk ratio of {spoken(other.rr, other.rr_lower, other.rr_upper)}"
        for other in rows_of(rows[~rows["leads"]])
    ]
    if math.isfinite(lead["i2"]):
        parts.append(f"I² {lead['i2']:.0f}%")
    return f"{'; '.join(parts)}. {lead['read']}"


def read_from(contrasts: pd.DataFrame) -> list[str]:
    """How the counts behind each pool of several trials reached us, a line a threshold; then which trials
    counted some of their doses alone."""
    rows = contrasts[contrasts["pooled"] & contrasts["leads"]]
    alone = crossovers.doses_alone(contrasts)
    return [
        f"{listed([f'{percent:g}%' for percent in part['percent']])}: {read}"
        for read, part in rows.groupby("read", sort=False)
    ] + ([alone] if alone else [])


def spread_title(spread: Any) -> str:
    """The finding of the figure of spreads."""
    if not len(spread.intervals):
        return "The spread of change was not reported in both groups"
    lead = spread.lead
    limits = span(lead["lower"], lead["upper"])
    return f"Changes with LDN spread {lead['ratio']:.2f} times as much as with placebo ({limits})"


def _says(at: float) -> dict[str, str]:
    """What one interval of the ratio of SDs says, by its verdict."""
    return {
        "wider": "people differ more with LDN",
        "excluded": f"a spread {at:g} times as large is excluded",
        "open": f"equal spread and one {at:g} times as large are both possible",
        "no estimate": "no trial gives the spread of change in both groups under these choices",
    }


def spread_verdict(ratio: Any) -> str:
    """What all kinds of interval say together, as a sentence."""
    finding = (
        "people differ more with LDN"
        if ratio.some_wider
        else f"a spread {ratio.at:g} times as large is excluded"
    )
    depends = f"whether {finding} depends on the kind of interval"
    says = _says(ratio.at).get(ratio.shared, depends)
    return f"In one trial, {says}." if ratio.alone else f"{capital(says)}."


def spread(ratio: Any) -> str:
    """What the ratio of the SDs says, and how the verdict depends on the kind of interval."""
    if not len(ratio.intervals):
        return spread_verdict(ratio)
    first = ratio.lead
    base = (
        f"In {count(ratio.k, 'trial')} ({ratio.n:,} people, each counted once) the SD of change with LDN was "
        f"{first['ratio']:.2f} times that with placebo"
    )
    of_level = f"{100 * ratio.level:g}% interval"
    if ratio.k == 1:
        ends = span(first["lower"], first["upper"])
        return f"{base} ({of_level} {ends}): {_says(ratio.at)[first['verdict']]}. {ratio.read}"
    parts = [
        f"{listed(list(rows['method']))}: {_says(ratio.at)[str(verdict)]}."
        for verdict, rows in ratio.intervals.groupby("verdict", sort=False)
    ]
    depends = ratio.shared == "depends on the interval"
    kind = f"The verdict depends on the kind of interval ({of_level}s)" if depends else f"{of_level}s"
    return f"{base}. {kind}. {' '.join(parts)} {ratio.read}"


def shape(table: pd.DataFrame, differences: pd.DataFrame, alpha: float = 0.05) -> list[str]:
    """Where the counts depart from what normal changes give; where both arms do, the drug is no cause."""
    own = table[table["account"] == "own mean and SD"] if len(table) else table
    departures = (
        _departure(f"{label}, {p:g}%", rows.set_index("arm"), alpha)
        for label, trial in (own.groupby("label", sort=False) if len(own) else ())
        for p, rows in trial.groupby("percent")
    )
    lines = list(filter(None, departures))
    if not len(differences):
        return lines
    inside = f"{int(differences['inside'].sum())} of {len(differences)}"
    first = "The difference in responders that a plain shift predicts, everybody responding alike, lies"
    return [f"{first} inside the interval of the one observed in {inside} comparisons.", *lines]


def _departure(where: str, arms: pd.DataFrame, alpha: float) -> str:
    """Which arms' counts of responders depart from what normal changes give; empty where none does."""
    off = arms[arms["p_value"] < alpha]
    if not len(off):
        return ""
    if (off["observed"] > off["expected"]).sum() == 2:
        return (
            f"{where}: more responders than normal changes give in both arms, so by itself no sign of a drug "
            "that works in some."
        )
    counts = ", ".join(
        f"{ARMS[str(arm)]} {r['observed']:g} seen, {r['expected']:.0f} expected" for arm, r in arms.iterrows()
    )
    return f"{where}: {listed([ARMS[str(arm)] for arm in off.index])} apart from normal changes ({counts})."


def shift_title(differences: pd.DataFrame) -> str:
    """The finding of the figure of predicted and counted responders."""
    inside, every = int(differences["inside"].sum()), len(differences)
    if not every:
        return "No counts to compare with what an equal response predicts"
    return f"An equal response of everybody fits {inside} of {every} differences in responders"


def alt_of_shift(differences: pd.DataFrame) -> str:
    """The figure of predicted and counted responders in words."""
    parts = [
        f"{row['label'].replace(' et al.', '')} at {row['percent']:g}% "
        f"{number(100 * row['predicted'], 0)} and {number(100 * row['rd'], 0)}"
        for row in differences.head(2).to_dict("records")
    ]
    both = f" LDN minus placebo in 100, predicted and seen: {'; '.join(parts)}." if parts else ""
    return f"{shift_title(differences)}.{both}"


def rounding(ranges: Sequence[tuple[str, tuple[float, float] | None]]) -> list[str]:
    """What rounding of printed limits alone does to the SD of individual response (`rounding_range`)."""
    return [
        f"{label}: rounding of its printed limits alone allows {span(*ends, 1)}."
        for label, ends in ranges
        if ends
    ]


def mixture_finding(plans: Sequence[Any], trial: Any) -> str:
    """Which of the shares of responders that were tried the reported spread allows, and how many people it
    takes to notice the easiest of them."""
    fitting = [plan for plan in plans if plan.power is not None and plan.fits]
    if not fitting:
        return f"No share of strong responders that was tried fits what {trial.label} reports."
    shares = listed([f"{100 * plan.mixture.share:g}%" for plan in fitting], "or")
    power = min((plan.power for plan in fitting), key=lambda power: power.needed)
    least = float(f"{min(power.needed, power.n[-1]):.2g}")
    return (
        f"The spread that {trial.label} reports allows {shares} strong responders. To notice them in "
        f"{100 * power.target:g}% of trials takes about {least:,.0f} people on LDN, or more."
    )


def mixture_note(plans: Sequence[Any], draws: int) -> str:
    """What the reported SD allows, and how exact the simulation is."""
    if not plans:
        return ""
    sentences = [f"Reported: SD {spoken(plans[0].observed_sd, *plans[0].observed_ci)}."]
    powers = [plan.power for plan in plans if plan.power is not None]
    if powers:
        sentences.append(
            f"With one kind of patient, two would be noticed in {100 * powers[0].alpha:g}% by chance. "
            f"{draws} simulated trials a point. ±, and in brackets: twice the simulation error."
        )
    if len(powers) < len(plans):
        sentences.append(
            f"Impossible: pain at the start was {number(-plans[0].largest_fall, 1)} points above none on "
            "average, and cannot fall by more."
        )
    return " ".join(sentences)


def chance_in(chance: float) -> str:
    """A small chance as so many in a thousand: the same words in every report."""
    return "fewer than 1 in 1000" if chance < 0.0005 else f"about {1000 * chance:.0f} in 1000"


def predictor(esr: Any, best: Any) -> list[str]:
    """What a large r squared from few people is worth (`responders.predictor`, `best_of_predictors`)."""
    e = esr.evidence
    low, high = e.r_squared_ci
    sizes = [f"{math.ceil(n)} if the true correlation is {r:.2f}" for r, n in e.replication_n.items()]
    return [
        f"In {esr.row['label']} ({e.n} people) it explained {100 * e.r_squared:.0f}% of the variance of "
        f"the response ({100 * e.level:g}% interval {100 * low:.0f}% to {100 * high:.0f}%; allowing for the "
        f"size of the sample {100 * e.adjusted_r_squared:.0f}%).",
        f"If the true correlation is {esr.supposed_r:g}, {chance_in(esr.chance)} samples of that size "
        "give as much.",
        *(
            f"In {label} ({again.n:,} people) it explained {100 * again.r_squared:.0f}% ({_ends(again)})."
            for label, again in esr.repeats.items()
        ),
        f"If it is the best of {count(best.m, 'unrelated measure')}, {percent(best.exceed)} of samples give "
        f"as much; half of them give {best.median:.2f} or more.",
        f"People for a replication (chance {100 * e.power:g}%): {listed(sizes)}.",
    ]


def predictor_title(esr: Any) -> str:
    """The finding of the figure of r squared."""
    people = count(esr.evidence.n, "person", "people")
    others = "".join(f"; in {e.n:,} others {_ends(e)}" for e in esr.repeats.values())
    return f"In {people} the sedimentation rate may explain {_ends(esr.evidence)} of the response{others}"


def _ends(evidence: Any) -> str:
    """The interval of a share of variance, in percent."""
    low, high = evidence.r_squared_ci
    return f"{100 * low:.0f}% to {100 * high:.0f}%"


def companion(table: pd.DataFrame) -> str:
    """What else goes with the sedimentation rate in the same people (`responders.companions`)."""
    if not len(table):
        return ""
    companions: dict[bool, list[str]] = {True: [], False: []}
    for row in table.to_dict("records"):
        clear = row["r_lower"] > 0 or row["r_upper"] < 0
        companions[clear].append(f"{'a low ' if row['r'] < 0 else ''}{row['name']} (r = {number(row['r'])})")
    goes = f"goes with {listed(companions[True])}" if companions[True] else ""
    if companions[False]:
        goes += f"{', and ' if goes else ''}may go with {listed(companions[False])}"
    return (
        f"In the same {table['n'].iloc[0]} people a high sedimentation rate {goes}: which of them goes with "
        "the response cannot be told apart."
    )
