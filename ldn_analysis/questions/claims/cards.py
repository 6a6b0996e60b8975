"""Each claim on a card: what was claimed, what the data say now, what they said then, where to read more."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from ldn_analysis import html
from ldn_analysis.display.output import Table
from ldn_analysis.display.trail import Trail
from ldn_analysis.display.words import capital, count, number, spoken
from ldn_analysis.questions.claims.pictures import VERDICT_MARKS
from ldn_analysis.questions.parameters import about

FIRST = {"symptom_relief": "That LDN helps", "dose_unknown": "That the right dose is unknown"}
"""The claims that the answer names, where they are there, in fewer words: does it work, at which dose."""

NAMED_BEFORE = ("ratio", "r squared")
"""Units that the quantity's name says already."""

ONE_OF = {"studies": "study", "trials": "trial", "weeks": "week"}
"""Units that are counted, for one of them."""


def claims_answer(table: pd.DataFrame, then: str, now: str = "today") -> str:
    """What became of the claims that matter most, in two short sentences (`claims.claims_table`)."""
    if not len(table):
        return "No claim is listed in the data."
    chosen = table[table["claim_id"].isin(FIRST)]
    chosen = chosen if len(chosen) else table.sort_values("changed", ascending=False).head(2)
    return " ".join(_fate(row, then, now) for row in chosen.to_dict("records"))


def _fate(row: dict[Any, Any], then: str, now: str) -> str:
    """A claim with its verdict then and now."""
    claim = FIRST.get(row["claim_id"]) or f"“{str(row['claim']).split(':')[0].rstrip('.')}”"
    before, after = row["verdict_then"], row["verdict_now"]
    beside = f": {row['beside_now']}" if row["beside_now"] else ""
    if before == after:
        return f"{claim} was and is {after}{beside}."
    return f"{claim} was {before} {then} and is {after} {now}{beside}."


def _value(row: dict[Any, Any], when: str) -> str:
    value = row[f"number_{when}"]
    if not math.isfinite(value):
        return ""
    digits = 0 if (float(value).is_integer() and abs(value) >= 1) or value == 0 else 2
    low, high = row[f"lower_{when}"], row[f"upper_{when}"]
    digits = 2 if math.isfinite(low) else digits
    known = math.isfinite(low) and math.isfinite(high)
    text = spoken(value, low, high, digits) if known else number(value, digits)
    quantity, unit = str(row[f"quantity_{when}"]), str(row[f"unit_{when}"])
    unit = "" if unit in NAMED_BEFORE else ONE_OF.get(unit, unit) if value == 1 else unit
    return f"{capital(quantity)}: {text} {unit}".strip()


def _mark(verdict: str) -> html.Part:
    symbol, colour = VERDICT_MARKS[verdict]
    return html.element(
        "span",
        symbol,
        aria_hidden="true",
        style=f"background:{colour};color:#000;border:1px solid #1f2933;border-radius:50%;"
        "display:inline-block;width:1.6em;line-height:1.6;text-align:center",
    )


def _verdict(row: dict[Any, Any], when: str) -> str:
    """A verdict with its certainty, if it has one."""
    grade = str(row[f"certainty_{when}"])
    sure = "" if grade == "not graded" else f" (certainty {grade})"
    return f"{row[f'verdict_{when}']}{sure}"


def _evidence(row: dict[Any, Any], before: str, trail: Trail | None) -> html.Part:
    """What stands behind the fold of a card; `before`: the verdict of then."""
    value = _value(row, "now")
    inside: list[html.Part] = [html.element("p", value) if value else None]
    if row["more_now"]:
        inside.append(html.element("p", str(row["more_now"])))
    if row["changed"] or row["sentence_then"] != row["sentence_now"]:
        inside.append(html.element("p", f"{before}. {row['sentence_then']}"))
    if row["certainty_now"] != "not graded":
        reasons = str(row["reasons_now"]).removesuffix(".")
        inside.append(html.element("p", html.element("em", "Why this certainty:"), f" {reasons}."))
    report = str(row["notebook"])
    if report:
        inside.append(html.element("p", "Details: ", html.link(f"{report}.html", about(report).subject)))
    if trail is not None:
        note = trail.note(row["inputs"], row["derivation"], "Claim", str(row["claim"]))
        inside.append(html.element("p", note.link("Where this comes from")))
    # whoever hears the page tells one fold from the next by its claim
    heard = html.element("span", f": {row['claim']}", class_="unseen")
    return html.details(html.element("span", "Evidence", heard), *inside, class_="ldn-fold")


def claim_cards(
    table: pd.DataFrame, *, then: str = "by 2016", now: str = "today", trail: Trail | None = None
) -> Table:
    """One card a claim of `claims.claims_table`: the claim, today's verdict and its sentence; the rest, and
    what was said then, is folded. The cards of verdicts that stayed are folded too: the picture has them.

    With a `trail` the fold links to where the numbers come from.
    """
    changed: list[html.Part] = []
    stayed: list[html.Part] = []
    lines = []
    for row in table.to_dict("records"):
        before, after = _verdict(row, "then"), _verdict(row, "now")
        earlier = f"{capital(then)}: {before}"
        head, verdict = html.element("h3", str(row["claim"])), html.element("strong", f"{capital(after)}. ")
        body = html.element("p", _mark(str(row["verdict_now"])), " ", verdict, str(row["sentence_now"]))
        inside, name = (head, body, _evidence(row, earlier, trail)), html.slug(str(row["claim_id"]))
        card = html.element("section", *inside, class_="ldn-claim", id=f"claim-{name}")
        (changed if row["changed"] else stayed).append(card)
        lines += [str(row["claim"]), f"  {earlier}", f"  {capital(now)}: {after}"]
    same = f"{capital(count(len(stayed), 'claim'))} whose verdict stayed the same"
    rest = [html.details(same, *stayed, class_="ldn-fold")] if stayed else []
    return Table(html.finished(*changed, *rest), "\n".join(lines))
