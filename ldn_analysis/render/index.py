"""``reports/index.html``: what the reports say, then a list of them, read from the JSON beside each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ldn_analysis.files import read_json, write
from ldn_analysis.html import finished
from ldn_analysis.render.changes import differences
from ldn_analysis.render.explore import PAGE
from ldn_analysis.render.numerals import numbers_in, result_in_short, result_in_words
from ldn_analysis.render.planning import rendered
from ldn_analysis.render.project import PRIMARY, SUMMARY, Project
from ldn_analysis.render.recorded import NOT_ADVICE, SURE
from ldn_analysis.render.templates import POLICY, fill, style

CHANGES = ".changes.json"
READERS = (
    ("For patients and clinicians", (SUMMARY, "06_safety", "05_dosing")),
    ("For those who weigh evidence", ("01_evidence", "02_pain", "04_responders", "07_multiverse")),
    ("The claims of 2016", ("08_claims", "03_thresholds")),
    ("For those who plan a trial", ("09_next_trial",)),
)
"""Whom a report is for, in the order of the list; others follow at its end."""
MESSAGES = (
    ("Does it help?", "key.helps", "answer"),
    ("Which dose, how long?", "key.dose", "which-doses-for-how-long"),
    ("Harms?", "key.harms", "summary-of-findings"),
)
"""What the summary records for the index, and the part of it that says more."""
MORE = (
    ("Has the estimate changed?", "has-the-estimate-changed"),
    ("Why do other reviews differ?", "why-do-other-reviews-differ"),
    ("What would settle it?", "what-would-settle-it"),
    ("What is under way?", "what-is-under-way"),
)
"""Parts of the summary that readers ask for and would have to scroll to."""
_SHARED = ("package", "data", "lock", "python")
_NEEDED = {"answer", "scenario", "scenario_title", "title", "parameters", "fingerprint", "data"}


def reports_of(project: Project) -> list[dict[str, Any]]:
    """The stored results of every report whose notebook and page still exist, in order."""
    found = [
        {**made, "stem": stem}
        for stem, made in rendered(project.reports).items()
        if made.keys() >= _NEEDED
        and (project.reports / f"{stem}.html").is_file()
        and (project.notebooks / f"{made['notebook']}.ipynb").is_file()
    ]
    return sorted(found, key=lambda made: (made["scenario"] != PRIMARY, made["stem"]))


def _line(made: Mapping[str, Any], shared: Mapping[str, str], failed: bool) -> dict[str, Any]:
    """What the list says of one report."""
    answer, primary = made["answer"], made["scenario"] == PRIMARY
    notes = []
    if failed:
        notes.append("The last attempt to render this report failed: this is the one before.")
    elif any(made["fingerprint"].get(key) != shared.get(key) for key in _SHARED):
        notes.append("Made from other data or code than the newest report.")
    return {
        "stem": made["stem"],
        "title": made["title"] if primary else made["scenario_title"],
        "notes": notes,
        "short": (short := answer.get("short") or answer["sentence"]),
        "counts": any(True for _ in numbers_in(short)),
        "certainty": _certainty(answer["certainty"], answer.get("about", "")),
        "parameters": made["parameters"].get("said", []) if "=" in made["scenario"] else [],
    }


def _certainty(level: str, about: str) -> dict[str, str]:
    """Dots and plain words of a certainty; neither where it is not graded."""
    if level not in SURE:
        return {"dots": "", "words": ""}
    filled = len(SURE) - list(SURE).index(level)
    words = f"{SURE[level]} about {about}" if about else SURE[level]
    return {"dots": "⊕" * filled + "○" * (len(SURE) - filled), "words": words}


def _grouped(primary: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """The primary reports by who reads them."""
    named = {name for _, names in READERS for name in names}
    groups = [
        (title, [one for name in names for one in primary if one["notebook"] == name])
        for title, names in READERS
    ]
    return [*groups, ("More reports", [one for one in primary if one["notebook"] not in named])]


def _status(made: Sequence[Mapping[str, Any]]) -> str:
    """The box of version and status of the review, where a report recorded what it holds."""
    recorded = {
        str(r["name"]): str(r["value"]) for one in made for r in one["results"] if one["scenario"] == PRIMARY
    }
    if not any(name.startswith("review.") for name in recorded):
        return ""
    from ldn_analysis.questions.studies.status import box

    return finished(box(recorded))


def _messages(made: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the index says before its list: recorded by the summary under its primary choices."""
    summary = next((one for one in made if one["notebook"] == SUMMARY and one["scenario"] == PRIMARY), None)
    results = summary["results"] if summary else []
    said = {result["name"]: str(result.get("text") or result["value"]) for result in results}
    sources = {result["name"]: result.get("source") for result in results}
    return {
        "known": said.get("key.evidence", ""),
        "messages": [
            (title, said[name], place, sources.get(name)) for title, name, place in MESSAGES if name in said
        ],
        "more": MORE if summary else (),
        "known_source": sources.get("key.evidence"),
        "figure": summary and summary.get("figure"),
        "summary": summary["stem"] if summary else "",
    }


def _change(one: Mapping[str, Any], titles: Mapping[str, str]) -> dict[str, str]:
    """A changed result, before and now with as many digits as it takes to tell them apart."""
    for digits in (3, 5, 8, 12):
        before, now = (result_in_short(one[when], digits) for when in ("before", "now"))
        if before != now:
            break
    return {
        "report": one["report"],
        "title": titles.get(one["report"], one["report"]),
        "name": result_in_words(one["name"]),
        "before": before,
        "now": now,
        "why": ", ".join(one["why"]) or "unknown",
    }


def remembered(project: Project, changes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The changes of the last render that changed anything, by report; kept beside the reports."""
    path = project.reports / CHANGES
    if changes:  # they come as the processes end
        in_order = [dict(one) for one in sorted(changes, key=lambda change: str(change["report"]))]
        write(path, json.dumps(in_order, indent=1, ensure_ascii=False))
        return in_order
    kept = read_json(path)
    return kept if isinstance(kept, list) else []


def write_index(project: Project, shared: Mapping[str, str], changes: Sequence[Mapping[str, Any]]) -> None:
    """Write the index anew, if it differs from the one that is there.

    Parameters
    ----------
    project : whose reports.
    shared : today's hashes of package, data, lock and Python (`fingerprint.parts`).
    changes : what this render changed (`changes.differences`); without any, those of the last that did are
        shown.
    """
    made = reports_of(project)
    failed = {path.stem for path in (project.reports / "failed").glob("*.ipynb")}
    own = [one for one in made if "=" in one["scenario"]]
    named = [one for one in made if one["scenario"] != PRIMARY and one not in own]
    primary = [one for one in made if one["scenario"] == PRIMARY]
    base = {one["notebook"]: one for one in primary}
    same = [
        one for one in named if one["notebook"] in base and not differences("", base[one["notebook"]], one)
    ]
    groups: list[tuple[str, list[Mapping[str, Any]]]] = [
        *_grouped(primary),
        ("The summary under other choices", [one for one in named if one not in same]),
        ("With parameters of one's own", [*own]),
    ]
    titles = {one["stem"]: str(one["title"]) for one in made}
    html = fill(
        "index",
        status=_status(made),
        style=style(),
        policy=POLICY,
        not_advice=NOT_ADVICE,
        other_data="" if project.own_data else project.data.name,
        missing=sorted(failed - {one["stem"] for one in made}),
        groups=[
            (title, [_line(one, shared, one["stem"] in failed) for one in group]) for title, group in groups
        ],
        same=[(one["stem"], one["scenario_title"]) for one in same],
        explore=(project.reports / PAGE).is_file(),
        version=made[0]["data"] if made else None,
        changes=[_change(one, titles) for one in remembered(project, changes)],
        **_messages(made),
    )
    write(project.reports / "index.html", html)
