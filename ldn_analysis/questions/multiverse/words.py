"""A multiverse in words, built from its table of shares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from ldn_analysis.display.words import capital, listed, number, out_of, percent

NOTHING = "No trial known here gives an estimate of pain: there is nothing to analyse in several ways."
"""The answer where there is none."""


def multiverse_made(mv: Any) -> str:
    """How the numbers of a multiverse were made, in words."""
    choices = listed([choice.title.replace(", ", " of ", 1) or choice.name for choice in mv.choices])
    every = "every usable combination" if len(mv) + sum(mv.excluded.values()) == mv.total else "combinations"
    return (
        f"Enumerated: {len(mv):,} analyses, {every} of the decisions ({choices}) and of the trials, on the "
        "numbers below."
    )


def share_words(share: float, n: int) -> str:
    """How many of `n`: ``none``, ``all``, or a percentage that neither rounds to 0 nor to 100."""
    count = round(share * n)
    if count == 0:
        return "none"
    if count == n:
        return "all" if n > 1 else "it"
    shown = 100 * share
    if shown < 0.1:
        return "under 0.1%"
    return "over 99.9%" if shown > 99.9 else f"{shown:.1f}%"


def scale_words(scale: str) -> str:
    """A scale in a sentence: what is measured, and at which time if not each trial's primary one."""
    measure, _, when = scale.partition(", up to ")
    units = {
        "MD": "in points of pain",
        "SMD": "standardised",
        "SMD, SD of values": "standardised by the SD of values",
    }
    unit = units.get(measure, measure)
    return f"{unit}, up to {when}" if when else unit


def multiverse_answer(shares: pd.DataFrame, scale: str) -> str:
    """Of so many defensible analyses on a scale, how many show clear relief; and of those with an error.

    `shares` is what `models.multiverse_shares` gives.
    """
    here: dict[str, dict[Any, Any]] = {
        str(row["kind"]): row for row in shares[shares["scale"] == scale].to_dict("records")
    }
    words = scale_words(scale)
    if "defensible" not in here:
        return f"No analysis {words} is labelled defensible."
    n = int(here["defensible"]["n"])
    clear = share_words(float(here["defensible"]["below_zero"]), n)
    worse = share_words(float(here["defensible"]["above_zero"]), n)
    effect = "clear relief"
    if clear == "none" != worse:
        clear, effect = worse, "clear worsening"
    noun = "analysis" if n == 1 else "analyses"
    verb = "shows" if clear in ("none", "it") else "show"
    first = f"Of {n:,} defensible {noun} {words}, {clear} {verb} {effect}"
    if n == 1:
        shows = "shows" if clear == "it" else "does not show"
        first = f"The only defensible analysis {words} {shows} {effect}"
    if "error" not in here:
        return f"{first}."
    m = int(here["error"]["n"])
    wrong = share_words(float(here["error"]["below_zero"]), m)
    verbs = ("does", "do") if effect == "clear relief" else ("shows clear relief", "show clear relief")
    shows = verbs[wrong not in ("none", "it")]
    return f"{first}; of {m:,} with an error, {wrong} {shows}."


def responders_title(shares: pd.DataFrame, scale: str) -> str:
    """How many defensible analyses of responders show a difference, as a title."""
    rows = shares[(shares["scale"] == scale) & (shares["kind"] == "defensible")].to_dict("records")
    if not rows:
        return "No analysis of responders is labelled defensible"
    n = int(rows[0]["n"])
    ldn, placebo = (share_words(float(rows[0][f"{way}_zero"]), n) for way in ("above", "below"))
    analyses = "defensible analysis" if n == 1 else "defensible analyses"
    if ldn == placebo == "none":
        if n == 1:
            return f"The only {analyses} of responders does not show a difference; it leaves it open"
        return f"None of {n:,} {analyses} of responders shows a difference; all leave it open"
    if n == 1:
        side = "placebo" if ldn == "none" else "LDN"
        return f"The only {analyses} of responders favours {side} with the whole interval"
    return f"Of {n:,} {analyses} of responders {ldn} favour LDN with the whole interval, {placebo} placebo"


def reviews_sentence(reviews: Sequence[Any], newest: str, year: int, most: str = "") -> str:
    """Why published results differ: `most` is what moves our analyses most (`matters_most`), and how many
    came before the newest trial is what alone is known of their own decisions."""
    searched = [r for r in reviews if r.path is not None]
    if not searched:
        return "No published review of pain against placebo is known here."
    early = sum(r.year < year for r in searched)
    if len(searched) == 1:
        first = f"the only published result came {'before' if early else 'after'} {newest}"
    else:
        first = f"of {len(searched)} published results, {early or 'none'} came before {newest}"
    if most and early:
        return f"{most}: {first}."
    return " ".join(f"{capital(text)}." for text in (most, first) if text)  # none before explains nothing


def reviews_title(reviews: Sequence[Any]) -> str:
    """How many published results find a difference, as the summary says it."""
    searched = [r for r in reviews if r.path is not None]
    clear = sum(r.lower > 0 or r.upper < 0 for r in searched)
    nouns = "published result", "published results"
    return f"{out_of(clear, len(searched), *nouns, ('finds', 'find'))} a difference"


def chance_sentence(reviews: Sequence[Any]) -> str:
    """What the search of all analyses can tell of the reviews' decisions."""
    searched = [r for r in reviews if r.path is not None]
    if not searched:
        return "There is no published result to set beside these analyses."
    telling = [r.label for r in searched if r.verdict == "compatible"]
    low, high = (percent(f(r.chance for r in searched)) for f in (min, max))
    span = low if low == high else f"{low} to {high}"
    first = f"For random results of about this size the search finds an analysis as near in {span} of draws"
    if telling:
        return f"{first}. A near analysis says something for {listed(telling)} only."
    return f"{first}, so that it cannot tell which decisions a review made."


def corrections(reviews: Sequence[Any]) -> str:
    """Which published results were corrected afterwards; empty where none is known to be."""
    corrected = [r.label for r in reviews if r.corrected]
    if not corrected:
        return ""
    return f" Corrected since: {listed(corrected)}."


def joint_sentence(test: Any) -> str:
    """The joint test of a scale in words."""
    if test.specifications == 1:
        curve = "the analysis would have an estimate"
    else:
        curve = f"these {test.specifications} analyses would have a median"
    none = _simulated(test.p_no_difference, test.draws)
    start = capital(scale_words(test.scale))
    far = f"{curve} at least as far from zero as {number(test.median)}"
    if test.tau < 0.005:  # both shares are of trials that do not differ
        return f"{start}: with no effect in any trial, {far} in {none} of simulated sets."
    return (
        f"{start}: with no mean effect, and trials that differ by an SD of {test.tau:.2f}, {far} in "
        f"{_simulated(test.p_median, test.draws)} of simulated sets; with no effect in any trial in {none}."
    )


def _simulated(p: float, draws: int) -> str:
    """A share of simulated sets with twice its simulation error: ``38% (± 3)``."""
    return f"{percent(p)} (± {max(200 * math.sqrt(p * (1 - p) / draws), 1):.0f})"


def one_decision(single: pd.DataFrame, start: float, names: dict[str, str]) -> str:
    """Which decision alone moves the mean most, and to where (`models.one_at_a_time`), as a title."""
    first = max(single.to_dict("records"), key=lambda row: abs(row["difference"]))
    end = number(first["estimate"])
    if end == number(start):
        return f"No decision alone moves the mean of {number(start)}"
    decision = f"{names.get(first['title'], first['title'])}: {first['label']}"
    noun = "error" if first["kind"] == "error" else "decision"
    return f"One {noun} alone moves the mean from {number(start)} to {end} ({decision})"


def estimates_span(least: float, most: float) -> str:
    """From where to where estimates go; those that agree have no range."""
    if number(least) == number(most):
        return f"Estimates are {number(least)}, whatever the set of trials and the other choices"
    return f"Estimates go from {number(least)} to {number(most)}, by the set of trials and the other choices"


def matters_most(table: pd.DataFrame, names: dict[str, str], scale: str) -> str:
    """The choice that explains most of the spread on a scale, as the beginning of a sentence."""
    for row in table[table["scale"] == scale].head(1).to_dict("records"):
        subject = "Which studies are included" if row["choice"] in names else f"The {row['title']}"
        return f"{subject} matters most"
    return ""


def largest_choices(table: pd.DataFrame, names: dict[str, str], scale: str, most: int = 2) -> str:
    """Which choices explain most of the spread on a scale (`models.variance_decomposition`)."""
    rows = table[table["scale"] == scale].head(most)
    if not len(rows):
        return f"The analyses {scale_words(scale)} do not differ."
    words = []
    for row in rows.to_dict("records"):
        study = names.get(row["choice"])
        choice = f"whether {study} is included" if study else f"the {row['title']}"
        words.append(f"{choice} ({100 * row['share']:.0f}%)")
    return f"What moves the estimates most, {scale_words(scale)} (share of their variance): {listed(words)}."
