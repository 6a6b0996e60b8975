"""Each claim on a card: what was claimed, what the data say then and now, how sure, where to read more."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ldn_analysis.display.output import Table
from ldn_analysis.display.words import number
from ldn_analysis.questions.claims.pictures import VERDICT_MARKS

if TYPE_CHECKING:
    import pandas as pd

    from ldn_analysis.display.trail import Trail

__all__ = ["claim_cards", "claims_sentence"]


def claims_sentence(counts: Mapping[str, int], then: str, now: str = "today") -> str:
    """How many claims have which verdict: from `claims.claim_changes`."""
    changed = counts["changed"]
    verdicts = {name: k for name, k in counts.items() if name != "changed"}
    parts = [f"{k} {name}" for name, k in verdicts.items() if k]
    if parts and " cannot" not in parts[0]:
        parts[0] = parts[0].replace(" ", " is " if parts[0].startswith("1 ") else " are ", 1)
    words = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)
    turned = f"{changed or 'no'} verdict{'s' if changed != 1 else ''} changed since {then}"
    return f"Of {sum(verdicts.values())} claims made in 2016, {words}, by what is known {now}; {turned}."


def _value(row: dict[Any, Any], when: str) -> str:
    value = row[f"number_{when}"]
    if not math.isfinite(value):
        return ""
    digits = 0 if (float(value).is_integer() and abs(value) >= 1) or value == 0 else 2
    low, high = row[f"lower_{when}"], row[f"upper_{when}"]
    digits = 2 if math.isfinite(low) else digits
    text = number(value, digits)
    if math.isfinite(low) and math.isfinite(high):
        text += f" ({number(low, digits)} to {number(high, digits)})"
    quantity = str(row[f"quantity_{when}"])
    return f"{quantity[:1].upper()}{quantity[1:]}: {text} {row[f'unit_{when}']}".strip()


def _side(row: dict[Any, Any], when: str, name: str) -> tuple[str, str]:
    """One moment of a claim, as HTML and as text."""
    verdict, grade = str(row[f"verdict_{when}"]), str(row[f"certainty_{when}"])
    symbol, colour, _ = VERDICT_MARKS[verdict]
    sure = "" if grade == "not graded" else f", certainty {grade}"
    mark = (
        f'<span aria-hidden="true" style="background:{colour};color:#000;border:1px solid #1f2933;'
        f'border-radius:50%;display:inline-block;width:1.4em;text-align:center">{symbol}</span>'
    )
    sentence, reasons = str(row[f"sentence_{when}"]), str(row[f"reasons_{when}"])
    value = _value(row, when)
    about = f"<p>{html.escape(value)}</p>" if value else ""
    page = (
        f"<p>{mark} <strong>{html.escape(name)}: {html.escape(verdict)}</strong>{html.escape(sure)}. "
        f"{html.escape(sentence)}</p>{about}<p><em>Why this certainty:</em> {html.escape(reasons)}.</p>"
    ).replace("..</p>", ".</p>")
    return page, f"  {name}: {verdict}{sure}"


def claim_cards(
    table: pd.DataFrame, *, then: str = "by 2016", now: str = "today", trail: Trail | None = None
) -> Table:
    """One card a claim of `claims.claims_table`, with a link to the report that has the details, and with a
    `trail` one to where its numbers come from.

    What was known before is folded away where the sentence is the same now.
    """
    cards, lines = [], []
    for row in table.to_dict("records"):
        today, text_now = _side(row, "now", now)
        before, text_then = _side(row, "then", then)
        name = str(row["notebook"])
        link = (
            f'<p>Details: <a href="{html.escape(name, quote=True)}.html">{html.escape(name)}</a></p>'
            if name
            else ""
        )
        if trail is not None:
            note = trail.note(row["inputs"], row["derivation"], "Claim", str(row["claim"]))
            link += f"<p>{note.link('Where this comes from')}</p>"
        same = row["sentence_then"] == row["sentence_now"] and not row["changed"]
        earlier = f"<p>{html.escape(then.capitalize())}: the same.</p>" if same else before
        cards.append(
            f'<section class="ldn-claim" id="claim-{html.escape(str(row["claim_id"]), quote=True)}">'
            f"<h3>{html.escape(str(row['claim']))}</h3>{today}{earlier}{link}</section>"
        )
        lines += [str(row["claim"]), text_then, text_now]
    return Table("".join(cards), "\n".join(lines))
