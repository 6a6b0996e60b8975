"""Results on harms in words, each sentence built from the tables that `questions.safety` gives."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from ldn_analysis.display.words import capital, count, listed, number, numeral, rows_of, span, spoken
from ldn_analysis.questions.safety.analysis import counted_ratio, leading_time
from ldn_analysis.questions.safety.serious import over_a_year

ANY = "any adverse event"
SERIOUS = "serious adverse event"
REVIEW = "one review"

NAMED = 4
"""Trials that a caption or a cell names; of more it says the number."""
VERY_COMMON = 10.0
"""Percent from which on regulators call a side effect very common."""


def harm_sentences(
    compared: pd.DataFrame, excluded: pd.DataFrame, doses: pd.DataFrame, level: float = 0.95
) -> dict[str, str]:
    """The results of `compared_harms`, `frequency_excluded` and `exposure_by_dose` in words.

    Keys ``any``, ``stopping``, ``serious`` (and ``short``), ``exposure``; a sentence says so where there is
    nothing to say.
    """
    percent = f"{100 * level:g}%"
    sentences = {
        "any": _compared(compared, ANY, "had an adverse event of any kind", percent),
        "stopping": _compared(compared, "stopped for side effects", "stopped for side effects", percent),
        "serious": _serious(excluded, percent),
        "short": _serious_short(excluded) or "No count of serious events under LDN was available to us",
        "exposure": _exposure(doses),
    }
    return {key: f"{sentence}." for key, sentence in sentences.items()}


def _exposure(doses: pd.DataFrame) -> str:
    if not len(doses):
        return "No randomised, double-blind exposure is known here"
    per_dose = "; ".join(
        f"{r.person_weeks:,.0f}{'' if i else ' person-weeks'} at {r.dose_mg:g} mg"
        + (f" (and {r.titration_weeks:,.0f} on the way to it)" if r.titration_weeks > 0 else "")
        for i, r in enumerate(rows_of(doses[doses["unknown"] < doses["trials"]]))
    )
    lacking = "".join(
        f"; at {r.dose_mg:g} mg the people or the weeks of {count(r.unknown, 'trial')} are not known"
        for r in rows_of(doses)
        if r.unknown > 0
    )
    per_dose = per_dose or "the time at each dose is not known"
    sentence = f"Randomised, double-blind exposure as planned: {per_dose}{lacking}"
    lasted = doses.dropna(subset=["longest_weeks", "longest_n"])
    most = lasted[lasted["longest_weeks"] == lasted["longest_weeks"].max()]
    if not len(most):
        return sentence
    up_to = "up to " if (most["unknown"] == most["trials"]).all() else ""
    on = listed([f"{dose:g}" for dose in most["dose_mg"]])
    return (
        f"{sentence}; the longest lasted {most['longest_weeks'].iloc[0]:g} weeks, for "
        f"{most['longest_n'].sum():,.0f} people on {up_to}{on} mg"
    )


def _serious(excluded: pd.DataFrame, percent: str) -> str:
    """Each definition of a serious event in a sentence of its own."""
    if not len(excluded):
        return "No count of serious events under LDN was available to us"
    parts = []
    for event, part in excluded.groupby("event", sort=False):
        last = part.iloc[-1]
        saw = "none" if last["events"] == 0 else f"{last['events']:g}"
        who = ", ".join(label for label in part["label"] if label != "all reports")
        parts.append(
            f"{str(event).capitalize()} among {last['n']:,.0f} people on LDN ({who}): {saw}; up to "
            f"{last['upper_percent']:.1f} in 100 is not excluded ({percent} limit"
            f"{', one-sided' if last['events'] == 0 else ''})"
            + (f"; beside these people: {last['apart']}" if last["apart"] else "")
        )
    return ". ".join(parts)


def _serious_short(excluded: pd.DataFrame) -> str:
    """The serious events of the widest definition, in a clinician's words; empty without a count."""
    if not len(excluded):
        return ""
    rows = excluded[excluded["event"] == SERIOUS]
    kind = "serious event" if len(rows) else "serious event due to treatment"
    last = (rows if len(rows) else excluded).iloc[-1]
    upper = number(last["upper_percent"], 0 if last["upper_percent"] >= 1 else 1)
    if last["events"] == 0:
        beside = f" (beside them: {last['apart']})" if last["apart"] else ""
        return f"No {kind} in {last['n']:,.0f} people on LDN leaves open up to {upper} in 100{beside}"
    counted = f"{capital(kind)}: {last['events']:,.0f} of {last['n']:,.0f} on LDN{on_placebo(last)}"
    # Where the counts differ, that is the message: what they leave open stands below.
    return counted if last["more"] else f"{counted}; up to {upper} in 100 possible"


def on_placebo(last: Any) -> str:
    """The count of the other group of the same trials, beside one under LDN; empty where it is not known."""
    if not math.isfinite(last["control_n"]):
        return ""
    where = "" if last["whole"] else " where counted"
    side = {1: ": more with LDN", -1: ": fewer with LDN"}.get(last["more"], "")
    return f", {last['control_events']:,.0f} of {last['control_n']:,.0f} on placebo{where}{side}"


def needed(asked: float, people: int, excluded: pd.DataFrame | None = None) -> str:
    """How many people without a serious event exclude `asked` in 100; empty where some had one."""
    if excluded is not None and excluded["events"].any():
        return ""
    return f"To exclude {asked:g} in 100, {people:,} people would have to stay without a serious event."


def longest(excluded: pd.DataFrame) -> str:
    """What the trial of a year or more that leaves open least says of serious events (`safety.over_a_year`);
    empty without one."""
    for row in over_a_year(excluded).head(1).to_dict("records"):
        saw = f"{row['events']:g}" if row["events"] else "none"
        return (
            f"Over {row['weeks']:g} weeks {saw} of {row['n']:,.0f} people on LDN had a {row['event']}: that "
            f"alone leaves open up to {row['upper_percent']:.1f} in 100"
        )
    return ""


def _per_hundred(row: Any) -> tuple[str, str]:
    ldn, control = 100 * row["ldn_events"] / row["ldn_n"], 100 * row["control_events"] / row["control_n"]
    return number(ldn, 0), number(control, 0)


def _more_often(quoted: pd.DataFrame) -> pd.DataFrame:
    """Quoted ratios whose interval lies above 1, largest first; any harm at all after those with a name."""
    above = quoted[quoted["lower95"] > 1].sort_values("estimate", ascending=False, kind="stable")
    return above.sort_values("harm", key=lambda harm: harm == ANY, kind="stable")


def _leading_harm(compared: pd.DataFrame, quoted: pd.DataFrame) -> tuple[str, str, str] | None:
    """The harm with a name that reviews find most clearly more often, how often, and within which limits and
    from where: the trials' counts before a review; their ratio is told where its interval leaves out 1."""
    more = _more_often(quoted[quoted["harm"] != ANY])
    if not len(more):
        return None
    first = more.iloc[0]
    harm, ratio, where = str(first["harm"]), first[["estimate", "lower95", "upper95"]], REVIEW
    if own := counted_ratio(compared, harm):
        where = count(own["k"], "trial")
        if not own["apart"]:
            return harm, "no difference shown", where
        ratio = pd.Series([own["rr"], own["rr_lower"], own["rr_upper"]])
    estimate, low, high = (float(x) for x in ratio)
    return harm, f"{number(estimate, 1)} times as often", f"{span(low, high, 1)}; {where}"


def answer(compared: pd.DataFrame, quoted: pd.DataFrame, excluded: pd.DataFrame) -> str:
    """How safe the drug is, as far as the counts tell: any adverse event, the best-shown, serious ones; the
    limits of the best-shown where 40 words hold them."""
    row = leading_time(compared, ANY)
    if row is not None:
        ldn, control = _per_hundred(row)
        week = f" ({row['week']:g} weeks)" if math.isfinite(row["week"]) else ""
        first = f"Any adverse event: {ldn} of 100 on LDN, {control} on placebo{week}."
    else:
        first = "No count of any adverse event in two groups of a trial is known to us."
    last = f"{_serious_short(excluded) or 'Serious events: no count is known to us'}."
    leading = _leading_harm(compared, quoted)
    if not leading:
        return f"{first} {last}"
    harm, often, where = leading
    texts = [f"{first} {capital(harm)}: {often} ({of}). {last}" for of in (where, where.rpartition("; ")[2])]
    return next((text for text in texts if len(text.split()) <= 40), texts[1])


def short(compared: pd.DataFrame, quoted: pd.DataFrame) -> str:
    """The answer in at most 20 words."""
    leading = _leading_harm(compared, quoted)
    row = leading_time(compared, ANY)
    if row is None and not leading:
        return "Too little was counted to say how safe it is."
    first = ""
    if row is not None:
        ldn, control = _per_hundred(row)
        first = f"{ldn} of 100 had an adverse event on LDN, {control} on placebo"
    if leading:
        harm, often, where = leading
        where = where.rpartition("; ")[2]
        clause = f"{harm} more often in {where}" if where == REVIEW else f"{harm}: {often} in {where}"
        first = f"{first}; {clause}" if first else capital(clause)
    return f"{first}."


def first_title(compared: pd.DataFrame, quoted: pd.DataFrame) -> str:
    """The finding of the first figure."""
    often = [str(harm) for harm in _more_often(quoted)["harm"]]
    apart = compared[compared["apart"] != 0]
    parts = []
    if often:
        parts.append(f"{capital(listed(often))} more often with LDN in published reviews")
    if len(compared):
        names = [
            f"{listed(list(dict.fromkeys(apart.loc[side, 'event'])))} {often} often"
            for often, side in (("more", apart["apart"] > 0), ("less", apart["apart"] < 0))
            if side.any()
        ]
        none = (
            "no difference shown" if compared[["rr", "rd"]].notna().any(axis=None) else "nothing to compare"
        )
        parts.append(f"in the trials' counts {listed(names)}" if names else f"{none} in the trials' counts")
    return "; ".join(parts) or "No count in two groups and no published ratio of a harm is known to us"


def alt(evidence: pd.DataFrame, title: str) -> str:
    """The first figure in words."""
    known = evidence[evidence["ratio"].notna()].drop_duplicates("harm").head(2)
    parts = [f"{r.harm} {spoken(r.ratio, r.lower, r.upper)}" for r in rows_of(known)]
    return f"{title}. Ratios, LDN over placebo: {'; '.join(parts) or 'none'}."


def read_from(compared: pd.DataFrame) -> list[str]:
    """How the counts behind each comparison of several trials reached us; none without such a pool."""
    rows = compared[compared["k"] > 1].to_dict("records")
    return [f"{capital(row['event'])}{_at(row['week'])}: {row['read']}" for row in rows]


def which_trials(compared: pd.DataFrame) -> str:
    """Which trials counted something, each once with its weeks, as a sentence; empty where none did."""
    weeks: dict[str, list[str]] = {}
    for row in compared.sort_values("week").to_dict("records"):
        for trial in row["labels"]:
            weeks.setdefault(trial, []).extend([row["weeks"]] if row["weeks"] else [])
    at = [f", {listed(list(dict.fromkeys(of)))} weeks" if of else "" for of in weeks.values()]
    if len(weeks) > NAMED:
        return f"Counted in {count(len(weeks), 'trial')}{at[0] if len(set(at)) == 1 else ''}."
    return f"Counted in: {'; '.join(map(''.join, zip(weeks, at, strict=True)))}." if weeks else ""


def ratios_caption(compared: pd.DataFrame, quoted: pd.DataFrame) -> str:
    """What is to be known of the ratios in the first figure: whose they are, and what their names mean."""
    kinds = {"RR": "RR: risk ratio", "IRR": "IRR: ratio of rates", "OR": "OR: odds ratio"}
    measures = [*(["RR"] if len(compared) else []), *quoted["measure"]]
    meanings = "; ".join(words for kind, words in kinds.items() if kind in measures)
    notes = ["quoted values share trials"] if len(quoted) > 1 else []
    for population, rows in quoted.groupby("population"):  # none where it is fibromyalgia alone
        of = (
            f"that on {rows['outcome'].iloc[0]} is" if len(rows) == 1 else f"{numeral(len(rows))} of them are"
        )
        notes.append(f"{of} of {population} at large")
    parts = (
        "Counts: LDN v placebo" if len(compared) else "",
        meanings,
        capital("; ".join(notes)),
    )
    return " ".join(f"{part}." for part in parts if part)


def remarks(quoted: pd.DataFrame) -> list[str]:
    """What a synthesis says beside its own ratio, a line each."""
    return [f"{r.label}, {r.harm}: {r.notes}." for r in rows_of(quoted.dropna(subset=["notes"]))]


def _at(week: float) -> str:
    return f", {week:g} weeks" if math.isfinite(week) else ""


def practice(stopped: pd.DataFrame) -> str:
    """Stopping outside of trials, as a sentence."""
    known = stopped[stopped["percent"].notna()]
    if not len(known):
        return "How many stop in practice is not known to us."
    parts = [
        f"{number(row['percent'], 0)}% of {row['n']:g} people with {row['condition']} in {row['label']}"
        for row in known.sort_values("percent").to_dict("records")
    ]
    these = f"These {count(len(known), 'report')} have" if len(known) > 1 else "This report has"
    most = known["percent"].max()
    many = "many" if most >= VERY_COMMON else "some" if most > 0 else "none"
    return f"In practice {many} stop: {listed(parts)}. {these} no control group."


def opioids(pharmacology: pd.DataFrame) -> str:
    """What is known here of taking it with an opioid: the receptor, and that no trial counts it."""
    rows = pharmacology[
        pharmacology["quantity"].str.contains("ED50") & pharmacology["quantity"].str.contains("occupancy")
    ]
    rows = rows[rows["value"].notna()]
    fact = "Naltrexone blocks opioid receptors"
    if len(rows):
        row = rows.iloc[0]
        fact += (
            f": a single dose of {row['value']:g} {row['unit']} occupies half of the mu receptors (imaging)"
        )
    return f"{fact}. What happens when it is taken with an opioid is not in our data."


def _compared(compared: pd.DataFrame, event: str, did: str, percent: str) -> str:
    rows = compared[compared["event"] == event]
    if not len(rows):
        return f"How many {did} in two groups of a trial, LDN and placebo, was not available to us"
    return ". ".join(_comparison(row, did, percent) for row in rows.to_dict("records"))


def _comparison(r: Any, did: str, percent: str) -> str:
    week = f"By week {r['week']:g}, " if math.isfinite(r["week"]) else ""
    first = f"{week}{r['ldn_events']:,} of {r['ldn_n']:,} people on LDN and "
    first += f"{r['control_events']:,} of {r['control_n']:,} on placebo"
    if math.isnan(r["rr"]) and math.isnan(r["rd"]):
        return f"{first} {did}"
    leaves = "more and fewer with LDN are both possible"
    if r["apart"]:
        leaves = f"the interval excludes equal risks: {'more' if r['apart'] > 0 else 'fewer'} with LDN"
    ratio, of_difference = "no ratio", f"{percent} interval "
    if math.isfinite(r["rr"]):
        ratio = f"risk ratio {r['rr']:.2f}, {percent} interval {span(r['rr_lower'], r['rr_upper'])}"
        of_difference = ""  # the level is said once
    difference = ""
    if math.isfinite(r["rd"]):
        ends = f"{_signed(r['rd_lower'])} to {_signed(r['rd_upper'])}"
        difference = f"; of 100 people {_signed(r['rd'])}, {of_difference}{ends}"
    return f"{first} {did} ({ratio}{difference}): {leaves}"


def _signed(x: float) -> str:
    return f"{abs(x):.0f} {'fewer' if x < 0 else 'more'}"
