"""``reports/index.html``: what the reports say, then a list of them, read from the JSON beside each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from types import NoneType
from typing import Any

from ldn_analysis.files import read_json, write
from ldn_analysis.html import finished
from ldn_analysis.questions.grading import SURE, Certainty
from ldn_analysis.questions.parameters import READERS, about
from ldn_analysis.render.changes import differences
from ldn_analysis.render.explore import PAGE
from ldn_analysis.render.numerals import numbers_in, result_in_short, result_in_words
from ldn_analysis.render.planning import has_shape, rendered
from ldn_analysis.render.project import PRIMARY, SUMMARY, Project
from ldn_analysis.render.recorded import NOT_ADVICE
from ldn_analysis.render.templates import fill

CHANGES = ".changes.json"
_RESULT = (NoneType, {"value": object})
_CHANGED = {"report": str, "name": str, "before": _RESULT, "now": _RESULT, "why": [str]}
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
    reports = [
        {**report, "stem": stem}
        for stem, report in rendered(project.reports).items()
        if report.keys() >= _NEEDED
        and (project.reports / f"{stem}.html").is_file()
        and (project.notebooks / f"{report['notebook']}.ipynb").is_file()
    ]
    return sorted(reports, key=lambda report: (report["scenario"] != PRIMARY, report["stem"]))


def _line(report: Mapping[str, Any], shared: Mapping[str, str], failed: bool) -> dict[str, Any]:
    """What the list says of one report."""
    answer, notes = report["answer"], []
    if failed:
        notes.append("The last attempt to render this report failed: this is the one before.")
    elif any(report["fingerprint"].get(key) != shared.get(key) for key in _SHARED):
        notes.append("Made from other data or code than the newest report.")
    return {
        "stem": report["stem"],
        "title": _title(report),
        "notes": notes,
        "short": (short := answer.get("short") or answer["sentence"]),
        "counts": any(True for _ in numbers_in(short)),
        "certainty": _certainty(answer["certainty"], answer.get("about", "")),
        "parameters": report["parameters"].get("said", []) if "=" in report["scenario"] else [],
    }


def _title(report: Mapping[str, Any]) -> str:
    """A report's question, and under other choices their name: alone for the summary, which has them all."""
    if report["scenario"] == PRIMARY:
        return str(report["title"])
    return ": ".join([report["scenario_title"], report["title"]][: 1 if report["notebook"] == SUMMARY else 2])


def _certainty(level: str, about: str) -> dict[str, str]:
    """Dots and plain words of a certainty; neither where it is not graded."""
    sure = SURE.get(level, "")
    words = f"{sure} about {about}" if sure and about else sure
    return {"dots": Certainty(level, "").dots, "words": words}


def _grouped(primary: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """The primary reports, given by notebook, by who reads them."""
    readers = {name: about(name).readers for name in primary}
    return [
        (title or "More reports", [report for name, report in primary.items() if readers[name] == title])
        for title in (*READERS, "")
    ]


def _status(primary: Iterable[Mapping[str, Any]]) -> str:
    """The box of version and status of the review, where a report recorded what it holds."""
    results = [result for report in primary for result in report["results"]]
    recorded = {str(result["name"]): str(result["value"]) for result in results}
    if not any(name.startswith("review.") for name in recorded):
        return ""
    from ldn_analysis.questions.studies.status import box

    return finished(box(recorded))


def _messages(summary: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the index says before its list: recorded by the summary under its primary choices."""
    results = summary["results"] if summary else []
    texts = {result["name"]: str(result.get("text") or result["value"]) for result in results}
    sources = {result["name"]: result.get("source") for result in results}
    return {
        "known": texts.get("key.evidence", ""),
        "messages": [
            (title, texts[name], place, sources.get(name)) for title, name, place in MESSAGES if name in texts
        ],
        "more": MORE if summary else (),
        "known_source": sources.get("key.evidence"),
        "figure": summary and summary.get("figure"),
        "summary": summary["stem"] if summary else "",
        "certainty": _certainty(summary["answer"]["certainty"], "") if summary else {},
    }


def _change(change: Mapping[str, Any], titles: Mapping[str, str]) -> dict[str, str]:
    """A changed result, before and now with as many digits as it takes to tell them apart."""
    for digits in (3, 5, 8, 12):
        before, now = (result_in_short(change[when], digits) for when in ("before", "now"))
        if before != now:
            break
    return {
        "report": change["report"],
        "title": titles.get(change["report"], change["report"]),
        "name": result_in_words(change["name"]),
        "before": before,
        "now": now,
        "why": ", ".join(change["why"]) or "unknown",
    }


def remembered(project: Project, changes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The changes of the last render that changed anything, by report; kept beside the reports."""
    path = project.reports / CHANGES
    if changes:  # they come as the processes end
        in_order = [dict(change) for change in sorted(changes, key=lambda change: str(change["report"]))]
        write(path, json.dumps(in_order, indent=1, ensure_ascii=False))
        return in_order
    last = read_json(path)
    return [change for change in last if has_shape(change, _CHANGED)] if isinstance(last, list) else []


def write_index(project: Project, shared: Mapping[str, str], changes: Sequence[Mapping[str, Any]]) -> None:
    """Write the index anew, if it differs from the one that is there.

    Parameters
    ----------
    project : whose reports.
    shared : today's hashes of package, data, lock and Python (`planning.parts`).
    changes : what this render changed (`changes.differences`); without any, those of the last that did are
        shown.
    """
    reports = reports_of(project)
    failed = {path.stem for path in (project.reports / "failed").glob("*.ipynb")}
    own = [report for report in reports if "=" in report["scenario"]]
    named = [report for report in reports if report["scenario"] != PRIMARY and report not in own]
    primary = {report["notebook"]: report for report in reports if report["scenario"] == PRIMARY}
    same = [
        report
        for report in named
        if report["notebook"] in primary and not differences("", primary[report["notebook"]], report)
    ]
    top = _messages(primary.get(SUMMARY))
    lines = {report["stem"]: _line(report, shared, report["stem"] in failed) for report in reports}
    above = {SUMMARY} if top["messages"] and not lines[top["summary"]]["notes"] else set[str]()
    groups: list[tuple[str, list[Mapping[str, Any]]]] = [
        *_grouped({name: report for name, report in primary.items() if name not in above}),
        ("Under other choices", [report for report in named if report not in same]),
        ("With parameters of one's own", [*own]),
    ]
    titles = {report["stem"]: str(report["title"]) for report in reports}
    html = fill(
        "index",
        status=_status(primary.values()),
        not_advice=NOT_ADVICE,
        other_data="" if project.own_data else project.data.name,
        missing=sorted(failed - {report["stem"] for report in reports}),
        groups=[(title, [lines[report["stem"]] for report in group]) for title, group in groups],
        same=[(report["stem"], _title(report)) for report in same],
        explore=(project.reports / PAGE).is_file(),
        version=reports[0]["data"] if reports else None,
        changes=[_change(change, titles) for change in remembered(project, changes)],
        **top,
    )
    write(project.reports / "index.html", html)
