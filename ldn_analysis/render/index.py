"""``reports/index.html``: a card for each report that is there, read from the JSON beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ldn_analysis.errors import InputError
from ldn_analysis.files import read_text, write
from ldn_analysis.render.project import Project
from ldn_analysis.render.recorded import NOT_ADVICE
from ldn_analysis.render.report import PRIMARY
from ldn_analysis.render.templates import POLICY, fill, style

__all__ = ["remembered", "write_index"]

CHANGES = ".changes.json"
LARGEST = 32 * 1024**2
_SHARED = ("package", "data", "lock", "python")
_NEEDED = ("answer", "notebook", "scenario", "scenario_title", "title", "parameters", "fingerprint", "data")


def _reports(project: Project) -> list[dict[str, Any]]:
    """The stored results of every report whose notebook and page still exist, in order."""
    found = []
    for path in sorted(project.reports.glob("*.json")):
        if path.name.startswith(".") or not path.with_suffix(".html").is_file():
            continue
        try:
            made = json.loads(read_text(path, LARGEST))
        except (InputError, ValueError, RecursionError):
            continue
        if not isinstance(made, dict) or any(key not in made for key in _NEEDED):
            continue
        if (project.notebooks / f"{made['notebook']}.ipynb").is_file():
            found.append({**made, "stem": path.stem})
    return sorted(found, key=lambda made: (made["scenario"] != PRIMARY, made["stem"]))


def _shown(value: Any, digits: int = 3) -> str:
    if isinstance(value, float):
        return f"{value:.{digits}g}"
    return "none" if value is None else str(value)


def _parameters(made: Mapping[str, Any]) -> str:
    changed = {key: made["parameters"]["values"][key] for key in made["parameters"]["changed"]}
    return ", ".join(f"{key} = {_shown(value)}" for key, value in changed.items()) or "all at their defaults"


def _card(made: Mapping[str, Any], shared: Mapping[str, str], failed: bool) -> dict[str, Any]:
    """What the template says of one report."""
    answer, primary = made["answer"], made["scenario"] == PRIMARY
    words = (("k", "study" if answer.get("k") == 1 else "studies"), ("n", "participants"))
    notes = []
    if failed:
        notes.append("The last attempt to render this report failed: this is the one before.")
    elif any(made["fingerprint"].get(key) != shared.get(key) for key in _SHARED):
        notes.append("Made from other data or code than the newest report.")
    return {
        "stem": made["stem"],
        "title": made["title"] if primary else f"{made['title']} ({made['scenario_title']})",
        "notes": notes,
        "figure": made.get("figure") if primary else None,
        "question": answer["question"],
        "sentence": answer["sentence"],
        "facts": [
            f"Certainty: {answer['certainty']}",
            *(f"{answer[key]} {word}" for key, word in words if answer.get(key)),
        ],
        "parameters": _parameters(made),
        "version": made["data"]["version"],
    }


def _before_and_now(one: Mapping[str, Any]) -> tuple[str, str]:
    """Both results, with as many digits as it takes to tell them apart."""
    for digits in (3, 5, 8, 12):
        before, now = _limits(one["before"], digits), _limits(one["now"], digits)
        if before != now:
            break
    return before, now


def _limits(result: Mapping[str, Any] | None, digits: int) -> str:
    if result is None:
        return "not there"
    interval = (
        f" ({_shown(result['lower'], digits)} to {_shown(result.get('upper'), digits)})"
        if result.get("lower") is not None
        else ""
    )
    return f"{_shown(result['value'], digits)}{interval} {result.get('unit', '')}".strip()


def _change(one: Mapping[str, Any]) -> dict[str, str]:
    before, now = _before_and_now(one)
    why = ", ".join(one["why"]) or "unknown"
    return {"report": one["report"], "name": one["name"], "before": before, "now": now, "why": why}


def remembered(project: Project, changes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The changes of the last render that changed anything; kept beside the reports."""
    path = project.reports / CHANGES
    if changes:
        write(path, json.dumps(list(changes), indent=1, ensure_ascii=False))
        return [dict(one) for one in changes]
    try:
        kept = json.loads(read_text(path, LARGEST))
    except (InputError, ValueError, RecursionError):
        return []
    return kept if isinstance(kept, list) else []


def write_index(project: Project, shared: Mapping[str, str], changes: Sequence[Mapping[str, Any]]) -> None:
    """Write the index anew, if it differs from the one that is there.

    Parameters
    ----------
    project
        Whose reports.
    shared
        Today's hashes of package, data, lock and Python (`fingerprint.parts`).
    changes
        What this render changed (`changes.differences`); without any, those of the last that did are shown.
    """
    made = _reports(project)
    failed = {path.stem for path in (project.reports / "failed").glob("*.ipynb")}
    own = [one for one in made if "=" in one["scenario"]]
    named = [one for one in made if one["scenario"] != PRIMARY and one not in own]
    groups = [
        ("Reports", [one for one in made if one["scenario"] == PRIMARY]),
        ("The same questions under other choices", named),
        ("With parameters of one's own", own),
    ]
    html = fill(
        "index",
        style=style(),
        policy=POLICY,
        not_advice=NOT_ADVICE,
        other_data="" if project.own_data else project.data.name,
        missing=sorted(failed - {one["stem"] for one in made}),
        groups=[
            (title, [_card(one, shared, one["stem"] in failed) for one in group]) for title, group in groups
        ],
        changes=[_change(one) for one in remembered(project, changes)],
    )
    path = project.reports / "index.html"
    if not path.is_file() or path.read_text(encoding="utf-8") != html:
        write(path, html)
