"""The Summary of Findings: certainty second, with what may be said; on a phone a card a row."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from ldn_analysis import display, html
from ldn_analysis.display import Table
from ldn_analysis.display.words import (
    MISSING,
    capital,
    count,
    listed,
    milligrams,
    number,
    numeral,
    side,
    span,
)
from ldn_analysis.questions.grading import LEVELS
from ldn_analysis.questions.pain.findings import COUNTED, named
from ldn_analysis.questions.summary import words

if TYPE_CHECKING:
    from ldn_analysis.display import Trail
    from ldn_analysis.questions.summary.gathered import Gathered


def _per(value: float) -> str:
    return f"{value:.0f}\u00a0in\u00a0100" if math.isfinite(value) else MISSING


def _with_ldn(row: dict[Any, Any]) -> str:
    """What is expected with LDN, with its interval: points for pain, people in 100 for counts."""
    if row["measure"] == "MD" and row["k"] == 2:
        return "two trials, not averaged"
    if row["measure"] == "MD":
        way = "lower" if row["estimate"] < 0 else "higher"
        return f"{abs(row['estimate']):.2f} points {way} ({side(row['lower'])} to {side(row['upper'])})"
    if not math.isfinite(row["difference_lower"]):
        return _per(row["ldn"])
    low, high = (
        min(100.0, max(0.0, row["placebo"] + row[f"difference_{end}"])) for end in ("lower", "upper")
    )
    return f"{_per(row['ldn'])} ({low:.0f}\u00a0to\u00a0{high:.0f})"


def _often(low: float, high: float) -> str:
    """What the limits of a ratio show."""
    return "more often" if low > 1 else "less often" if high < 1 else "more and less are both possible"


def findings(gathered: Gathered, trail: Trail) -> Table:
    """The outcomes that matter to patients; a quoted one is marked as such."""
    rows = [
        {
            "outcome": named(row).split(" at each")[0].replace("reduced by at least", "down by"),
            "certainty": f"{row['dots']} {row['certainty']}" + _briefly(row),
            "placebo": MISSING if row["measure"] == "MD" else _per(row["placebo"]),
            "ldn": _with_ldn(row),
            "base": f"{row['n']:,} ({row['k']})",
            "inputs": row["inputs"],
            "how": row["derivation"],
        }
        for row in gathered.findings.to_dict("records")
        if row["k"] and row["outcome"] in ROWS
    ]
    dreams = [
        {
            "outcome": "Vivid dreams",
            "certainty": f"not graded ({ratio['label']}): {_often(ratio['lower'], ratio['upper'])}",
            "placebo": MISSING,
            "ldn": f"{number(ratio['ratio'], 1)} times as often ({span(ratio['lower'], ratio['upper'], 1)})",
            **{name: ratio[name] for name in ("base", "inputs", "how")},
        }
        for ratio in gathered.dreams
    ]
    at = max(0, len(rows) - 1)
    rows[at:at] = dreams
    if not rows:
        return display.sentence("No outcome of a trial against placebo can be shown.")
    columns = {"outcome": "Outcome", "certainty": "How sure (GRADE)"}
    columns |= {"placebo": "Placebo", "ldn": "LDN", "base": "People (trials)"}
    frame = pd.DataFrame(rows, columns=[*columns, "inputs", "how"])
    table = display.table(frame, caption=compared(gathered), columns=columns, trail=trail, how="how")
    notes = _notes(gathered, trail)
    below = html.finished(*(html.note(note) for _, note in notes))
    return Table(table.html + below, "\n".join([table.text, *(text for text, _ in notes)]))


def compared(gathered: Gathered) -> str:
    """Whom the table is about, where they were studied, and what was compared."""
    used = gathered.pain.used["study_id"]
    of = gathered.ev.studies[gathered.ev.studies["study_id"].isin(list(used))]
    places = sorted(set(of["country"].dropna().astype(str)))
    unsaid = "; not all are said" if of["country"].isna().any() else ""
    where = f" ({', '.join(places)}{unsaid})" if places else ""
    doses = gathered.pain.doses
    dose = f" {milligrams(doses, 'or')}" if doses else ""
    who = {("female",): "Women", ("male",): "Men"}.get(tuple(of["sex"].unique()), "Adults")
    return f"{who} with fibromyalgia{where}: LDN{dose} against placebo"


NAMED = 3
"""Trials that a note names; of more it says the number, and its source lists them."""


def _notes(gathered: Gathered, trail: Trail) -> list[tuple[str, html.Part]]:
    """What is in doubt of a trial, and what was counted of a harm at other times than its line's: as text,
    and as a link to its source."""
    events = {name: event for event, (name, _) in COUNTED.items()}
    notes: list[tuple[str, html.Part]] = []
    labels = dict(zip(gathered.pain.used["study_id"], gathered.pain.used["label"], strict=True))
    for doubt in dict.fromkeys(gathered.pain.doubts.values()):
        keys = tuple(study for study, other in gathered.pain.doubts.items() if other == doubt)
        names = listed([labels[key] for key in keys]) if len(keys) <= NAMED else f"{len(keys)} trials"
        text = f"To be checked. {names}: {doubt}."
        notes.append((text, trail.note(keys, "A check of the data.", "Doubts", doubt).link(text)))
    for row in gathered.findings.to_dict("records"):
        if row["outcome"] not in ROWS or row["measure"] != "RR" or not row["comment"]:
            continue
        comment = re.sub(r"(\d) (?:people )?on (LDN|placebo)", r"\1 (\2)", row["comment"])
        text = f"{row['outcome']}. {comment}"
        elsewhere = gathered.at_other_times(events[row["outcome"]])["inputs"]
        keys = tuple(dict.fromkeys(str(key) for inputs in elsewhere for key in inputs))
        note = trail.note(keys, "Counts as reported.", "Other times", row["outcome"]) if keys else None
        notes.append((text, note.link(text) if note else text))
    return notes


def _briefly(row: dict[Any, Any]) -> str:
    """What may be said of an outcome, without the outcome, which its line names; of one of the lowest
    certainty that level alone says it."""
    if row["certainty"] == LEVELS[-1]:
        return ""
    statement = re.sub(r" to the number of [^.]*", "", row["words"]).removeprefix("LDN ")
    return f": {statement[0].lower()}{statement[1:].rstrip('.')}"


ROWS = (
    "Pain at each trial's primary time (0 to 10, lower is better)",
    "Pain reduced by at least 30%",
    "Pain reduced by at least 50%",
    "Any adverse event",
    "Stopped for side effects",
)
"""Outcomes of the table, by their names in the Summary of Findings."""


def paragraph(text: str, trail: Trail, inputs: Iterable[str], more: str) -> Table:
    """A paragraph with its sources and the report that says more."""
    keys = tuple(dict.fromkeys(map(str, inputs)))
    source = (
        [trail.note(keys, "Counted or computed from these rows.", "Text", text[:60]).link("Sources"), "; "]
        if keys
        else []
    )
    way = html.link(f"{more}.html", "more" if keys else "More")
    return Table(html.finished(html.element("p", text, " ", _ways(*source, way))), text)


def _ways(*links: html.Part) -> html.Part:
    """Links that paper leaves out: there they lead nowhere."""
    return html.element("span", *links, class_="ways")


def limits(gathered: Gathered) -> Table:
    """How the studies were found, and the reports that say more."""
    more = {"pain": "02_pain", "harms": "06_safety", "dose": "05_dosing"}
    sentence = words.limits(gathered)
    links = [part for name, to in more.items() for part in (", ", html.link(f"{to}.html", name))][1:]
    page = html.element("p", sentence, " ", _ways("More: ", *links, "."))
    return Table(html.finished(page), f"{sentence} More: {', '.join(more)}.")


def under_way(gathered: Gathered, trail: Trail) -> Table:
    """Registered trials without a report, a line each with its source."""
    rows = gathered.registered.to_dict("records")
    if not rows:
        return display.sentence("No registration is known here.")
    lines = [words.registered(row) for row in rows]
    links = [trail.note(str(row["registry_id"])).link("Source") for row in rows]
    parts = [html.element("span", line, " ", _ways(link)) for line, link in zip(lines, links, strict=True)]
    gone = sum(row["never_run"] for row in rows)
    counted = count(len(rows) - gone, "trial")
    counted = capital(counted) + (f"; {numeral(gone)} never run" if gone else "")
    return Table(html.finished(html.details(counted, html.items(parts), class_="ldn-more")), "\n".join(lines))
