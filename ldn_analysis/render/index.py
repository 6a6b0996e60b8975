"""``reports/index.html``: a card for each report that is there, read from the JSON beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from ldn_analysis.render.page import POLICY, style
from ldn_analysis.render.project import Project
from ldn_analysis.render.record import NOT_ADVICE

__all__ = ["write_index"]

_FIGURE = re.compile(r'<img[^>]*?\balt="([^"]*)"[^>]*?\bsrc="(data:image/[^"]+)"')
_SHARED = ("package", "data", "lock", "python")


def _reports(project: Project) -> list[dict[str, Any]]:
    """The stored results of every report whose notebook and page still exist, in order."""
    found = []
    for path in sorted(project.reports.glob("*.json")):
        page = path.with_suffix(".html")
        try:
            made = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            continue
        if not isinstance(made, dict) or "answer" not in made or not page.is_file():
            continue
        if (project.notebooks / f"{made['notebook']}.ipynb").is_file():
            found.append({**made, "stem": path.stem})
    return sorted(found, key=lambda made: (made["scenario"] != "primary", made["stem"]))


def _shown(value: Any, digits: int = 3) -> str:
    if isinstance(value, float):
        return f"{value:.{digits}g}"
    return "none" if value is None else str(value)


def _figure(page: Path) -> str:
    """The report's first figure, small; it is described where it stands in full."""
    found = _FIGURE.search(page.read_text(encoding="utf-8"))
    if not found or len(found.group(2)) > 400_000:
        return ""
    return f'<img alt="{found.group(1)}" src="{found.group(2)}">'


def _parameters(made: Mapping[str, Any]) -> str:
    changed = {key: made["parameters"]["values"][key] for key in made["parameters"]["changed"]}
    return ", ".join(f"{key} = {_shown(value)}" for key, value in changed.items()) or "all at their defaults"


def _card(project: Project, made: Mapping[str, Any], shared: Mapping[str, str], failed: bool) -> str:
    answer = made["answer"]
    facts = [f"Certainty: {answer['certainty']}"]
    words = (("k", "study" if answer.get("k") == 1 else "studies"), ("n", "participants"))
    facts += [f"{answer[key]} {word}" for key, word in words if answer.get(key)]
    title = made["title"] if made["scenario"] == "primary" else f"{made['title']} ({made['scenario_title']})"
    figure = _figure(project.reports / f"{made['stem']}.html") if made["scenario"] == "primary" else ""
    notes = []
    if failed:
        notes.append("The last attempt to render this report failed: this is the one before.")
    elif any(made["fingerprint"].get(key) != shared.get(key) for key in _SHARED):
        notes.append("Made from other data or code than the newest report.")
    warned = "".join(f'<p class="scenario">{escape(note)}</p>' for note in notes)
    return (
        f'<li><h3><a href="{escape(made["stem"])}.html">{escape(title)}</a></h3>{warned}{figure}'
        f'<p>{escape(answer["question"])}</p><p class="sentence">{escape(answer["sentence"])}</p>'
        f'<p class="facts">{escape("; ".join(facts))}. Parameters: {escape(_parameters(made))}. '
        f"Data version {escape(made['data']['version'])}. "
        f'<a href="{escape(made["stem"])}.json" aria-label="Data of {escape(title)}">Results as data</a>.'
        "</p></li>"
    )


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


def _changed(changes: Sequence[Mapping[str, Any]]) -> str:
    if not changes:
        return "<p>No recorded result has changed since the reports were first made.</p>"
    rows = "".join(
        f'<tr><th scope="row"><a href="{escape(one["report"])}.html">{escape(one["report"])}</a></th>'
        f"<td>{escape(one['name'])}</td><td>{escape(before)}</td><td>{escape(now)}</td>"
        f"<td>{escape(', '.join(one['why']) or 'unknown')}</td></tr>"
        for one in changes
        for before, now in (_before_and_now(one),)
    )
    heads = "".join(
        f'<th scope="col">{head}</th>' for head in ("Report", "Result", "Before", "Now", "What changed")
    )
    return (
        '<div class="ldn-table" role="region" tabindex="0" aria-label="Changed results"><table><thead><tr>'
        f"{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _remember(project: Project, changes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The changes of the last render that changed anything; kept beside the reports."""
    from ldn_analysis.render.build import write

    path = project.reports / ".changes.json"
    if changes:
        write(path, json.dumps(list(changes), indent=1, ensure_ascii=False))
        return [dict(one) for one in changes]
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return kept if isinstance(kept, list) else []


def write_index(project: Project, shared: Mapping[str, str], changes: Sequence[Mapping[str, Any]]) -> None:
    """Write the index anew, if it differs from the one that is there."""
    from ldn_analysis.render.build import write

    made = _reports(project)
    failed = {path.stem for path in (project.reports / "failed").glob("*.ipynb")}
    groups = [
        ("Reports", [one for one in made if one["scenario"] == "primary"]),
        ("The same questions under other choices", [one for one in made if one["scenario"] != "primary"]),
    ]
    cards = "".join(
        f'<h2>{title}</h2><ul class="cards">'
        + "".join(_card(project, one, shared, one["stem"] in failed) for one in group)
        + "</ul>"
        for title, group in groups
        if group
    )
    missing = sorted(failed - {one["stem"] for one in made})
    gone = f'<p class="scenario">Could not be rendered: {escape(", ".join(missing))}.</p>' if missing else ""
    html = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="color-scheme" content="light dark">
<title>Low-dose naltrexone for fibromyalgia: the reports</title>
<style>
{style()}
</style>
</head>
<body class="index">
<a class="skip" href="#report">Skip to the reports</a>
<div class="layout"><main id="report">
<h1>Low-dose naltrexone for fibromyalgia</h1>
<p>Does it help, and at which dose? Each card is a report: a question, its answer in a sentence, and how
certain that answer is. {escape(NOT_ADVICE)}</p>
{gone}{cards}
<h2>What changed</h2>
{_changed(_remember(project, changes))}
</main></div>
<footer class="foot"><p>{escape(NOT_ADVICE)}</p><p>Code: GPL-3.0-or-later; data: CC BY 4.0.</p></footer>
</body>
</html>
"""
    path = project.reports / "index.html"
    if not path.is_file() or path.read_text(encoding="utf-8") != html:
        write(path, html)
