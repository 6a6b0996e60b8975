"""What is said of a trial that a reader types into explore.html, in the words of the data's rules, of the
derivation and of ``new-study``: made by them from wrong cells and from marks, with slots for the page."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.findings import PLAIN_SD, TRUE
from ldn_analysis.evidence.integrity import (
    LARGE,
    Printed,
    dose_in_range,
    estimate_mid_interval,
    large_standardised_difference,
    spread_coherence,
)
from ldn_analysis.evidence.rules.spreads import (
    LEAST,
    LEAST_CHOSEN,
    LEAST_LEFT,
    MOST,
    MOST_MOVED,
    QUARTILES,
)
from ldn_analysis.workbench.answers import wrong_answer
from ldn_analysis.workbench.explore_rows import EVENT, contrast_of_rows, filled, slot, slotted
from ldn_analysis.workbench.new_study import in_words
from ldn_analysis.workbench.reported import understood

ONLY_STANDARDISED = "counts give no difference in points: usable as a standardised difference (SMD) only"
WORDS = {
    "on scale": "must lie between {low} and {high}",
    "outside": "lies outside {low} to {high}",
    "over half": "a difference between groups over half of the scale",
    "alone": "one participant in an arm: nothing can be said of its spread",
    "gives no": "one participant gives no {spread}",
    "zero": "a spread of 0: leave the cell empty where it is not known",
    "narrow": "implies an SD of {sd} among people on a scale of {width}: another unit, or an SE?",
    "wide": "implies an SD of {sd} among people, on a scale of {width}",
    "wide level": "implies an SD of {sd} among people with a mean of {mean}, on a scale of {width}",
    "worse": "worse in both arms, on a scale on which lower is better",
    "above": "must not be above {name} ({value})",
    "flat": "the same as its partner: no spread",
    "label year": "'{label}' names the year {year}",
}
"""What the data's rules say of whole tables (a test holds them to it)."""
PLAIN = {"value": "the median", "q3": "the upper quartile"}
"""What the page calls a column that a rule names."""
MOST_OF_LEVEL = 1.15
"""An SD of people may pass the widest that their mean allows by this (as in the rule `spread_plausible`)."""
SPREADS = {
    **{"least": LEAST, "chosen": LEAST_CHOSEN, "paired": LEAST_LEFT, "most": MOST, "moved": MOST_MOVED},
    **{"level": MOST_OF_LEVEL, "quartiles": QUARTILES},
    **{"large": LARGE, "plain": PLAIN_SD, "true": TRUE},
}
"""What an SD may be as a part of the scale, and a standardised difference."""


def together(ev: Evidence) -> dict[str, str]:
    """The words of the rules that concern several fields, and of what the derivation refuses."""

    def said(option: str, text: str, design: str = "parallel") -> str:
        return wrong_answer(ev, option, text, design).partition(f"is {text!r}: ")[2]

    taken = next(iter(ev.studies["study_id"]))
    refused = {
        "perfect": ("interval", {"value": "-1", "lower": "-1", "upper": "-1"}),
        "skewed1": ("quartiles", {"m1": "3", "q11": "2.9", "q31": "8", "m2": "3", "q12": "2", "q32": "4"}),
        "skewed2": ("quartiles", {"m1": "3", "q11": "2", "q31": "4", "m2": "3", "q12": "2.9", "q32": "8"}),
        "few": (
            "quartiles",
            {"m1": "3", "q11": "2", "q31": "4", "n1": "4", "m2": "3", "q12": "2", "q32": "4"},
        ),
    }
    common = {"n1": "30", "n2": "30"}
    both = {"m1": "4", "sd1": "2", "m2": "5", "sd2": "2", "n1": "30"}
    none, one, two, three = map(Printed.parse, ("", "1", "2", "3"))
    return {
        "middle": estimate_mid_interval(three, one, two).replace("1.5", "{middle}"),
        "large": large_standardised_difference(77.77).replace("77.77", "{d}"),
        "dose": dose_in_range(77, 77).replace("77", "{dose}"),
        "other arm": spread_coherence(one, none, none, none, 9, other_sd=77).replace("77", "{sd}"),
        "limits": said("difference", "3 1 2"),
        "events": said("events", f"{EVENT}: 5 4 1 4").partition(" (")[0],
        "id": said("study_id", "A b", ""),
        "taken": said("study_id", taken, ""),
        **{
            name: contrast_of_rows(ev, filled(how, common | values), "MD").reason
            for name, (how, values) in refused.items()
        },
        "counts": ONLY_STANDARDISED,
        "no correlation": contrast_of_rows(ev, filled("means", both, "crossover"), "MD").reason,
        "not parallel": contrast_of_rows(
            ev, filled("se", {"value": "-1", "se": "1", "n1": "30"}, "crossover"), "MD", "parallel"
        ).reason,
    }


def said_of(ev: Evidence, name: str, design: str) -> dict[str, Any]:
    """What ``new-study`` says that it understood of such a trial, with slots.

    Returns
    -------
    dict
        ``text`` of its rows; ``once``: parts of it that are said once where both halves are alike;
        ``gives``: the difference that they give, by the group that did better (none where a correlation has
        to be chosen first).
    """
    rows = slotted(name, design).get("outcomes.csv", [])
    known = {"value": "-1", "lower": "-2", "upper": "0", "se": "0.5", "n1": "30", "n2": "30"}
    known |= {
        f"{part}{arm}": x for arm in "12" for part, x in (("m", "4"), ("sd", "2"), ("q1", "3"), ("q3", "5"))
    }
    gives = {}
    if rows:
        made = contrast_of_rows(ev, filled(name, known, design), "MD")
        sides = () if made.reason else (("-", -1.0), ("+", 1.0), ("0", 0.0))
        for side, sign in sides:
            row = made.row | {"yi": sign * 4.31, "printed_lower": -6.17, "printed_upper": 7.23}
            said = in_words([], pd.DataFrame([row | {"included": True}]))
            for place, text in (("yi", f"{sign * 4.31:.2f}"), ("lower", "-6.17"), ("upper", "7.23")):
                said = said.replace(text.replace("-", "−"), "{" + place + "}", 1)
            gives[side] = said
    text = slot(understood(rows))
    once = ("{sd1} and {sd2}", "{q11} to {q31} and {q12} to {q32}", "{n1} and {n2}")
    return {"text": text, "once": [part for part in once if part in text], "gives": gives}
