"""The commands that keep the review alive and take it away: ``look screen changes package``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ldn_analysis.workbench.commands import say_written


def look(
    files: Annotated[list[Path], typer.Argument(help="Downloads: JSON, XML, RIS or CSV.")],
    query: Annotated[str, typer.Option(help="The query as it was typed; empty if it is not known.")] = "",
    date: Annotated[str, typer.Option(help="Day of the search, such as 2026-11-20.")] = "",
    source: Annotated[str, typer.Option(help="Database that a RIS file comes from.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only look: write nothing into the data")
    ] = False,
) -> None:
    """Read downloaded searches: remember unseen records, find repeats, compare registrations."""
    from ldn_analysis.workbench.look import look as look_at

    looked = look_at(files, query=query, date=date, source=source, dry_run=dry_run)
    for line in looked.lines:
        typer.echo(line)
    for name, rows in looked.rows.items():
        typer.echo(f"{'would go' if dry_run else 'added'} to {name}: {len(rows)}")
    if not looked.rows:
        typer.echo("nothing is new: the data stay as they are")


def screen(
    initials: Annotated[str, typer.Option(help="Who screens, such as AB.", prompt=True)],
    stage: Annotated[str, typer.Option(help="title and abstract, or full text")] = "title and abstract",
    report: Annotated[bool, typer.Option("--report", help="Ask nothing, show agreement.")] = False,
) -> None:
    """Decide record by record: in, out with a reason, or later; agreement of two people at the end."""
    from ldn_analysis.workbench.screen import DECISIONS, Screening, reasons, shown

    work = Screening(initials, stage)
    ev = work.evidence()
    left = work.waiting(ev)
    if not report:
        listed = reasons(ev)
        for place, record in enumerate(left, 1):
            typer.echo(f"\n[{place} of {len(left)}] {record['record_id']}\n{shown(record)}")
            decision = _asked("in, out, later or quit", (*DECISIONS, "quit"))
            if decision == "quit":
                break
            reason = ""
            if decision == "out":
                numbered = {str(i): text for i, text in enumerate(listed, 1)}
                for number, text in numbered.items():
                    typer.echo(f"  {number} {text}")
                reason = numbered[_asked("reason", tuple(numbered))]
            work.decide(record["record_id"], decision, reason)
    left_now = len(work.waiting())
    typer.echo(f"\n{initials}, {stage}: {left_now} left to decide")
    for line in work.report():
        typer.echo(line)


def _asked(words: str, allowed: tuple[str, ...]) -> str:
    """One of the allowed words; what can be told apart by its beginning will do.

    Raises
    ------
    InputError : the input ends. Ctrl-C goes through, as it does everywhere.
    """
    from ldn_analysis.errors import InputError

    while True:
        try:
            answer = input(f"{words}: ").strip().lower()
        except EOFError:
            raise InputError("the input ended: what was decided is written") from None
        matches = [answer] if answer in allowed else [word for word in allowed if word.startswith(answer)]
        if answer and len(matches) == 1:
            return matches[0]
        typer.echo(f"{answer!r}: must be one of {', '.join(allowed)}")


def changes(
    old: Annotated[str, typer.Argument(help="A revision of git, or a folder of data or of results.")],
    new: Annotated[str, typer.Argument(help="Another; '.' is the working copy.")] = ".",
    to: Annotated[Path | None, typer.Option(help="Folder; build/changes if left out.")] = None,
    part: Annotated[
        list[str] | None, typer.Option(help="Only conclusions of this part, such as findings; repeatable.")
    ] = None,
) -> None:
    """Say what changed between two states: rows, results, conclusions, and which row or rule moved them."""
    from ldn_analysis.errors import one_of
    from ldn_analysis.files import write_all
    from ldn_analysis.html import slug
    from ldn_analysis.render.project import locate
    from ldn_analysis.workbench.changes_report import changes as between
    from ldn_analysis.workbench.conclusions import PARTS

    root = locate().root
    for name in part or ():
        one_of("--part", name, PARTS)
    report = between(old, new, root, part or None)
    for line in report.lines():
        typer.echo(line)
    name = f"{slug(old) or 'old'}--{slug(new) or 'new'}.html"
    say_written(write_all(to or root / "build" / "changes", {name: report.html().encode()}))
    if not report.compared:
        raise typer.Exit(1)


def package(
    to: Annotated[Path | None, typer.Option(help="Folder; build/package if left out.")] = None,
    multiverse: Annotated[bool, typer.Option(help="Also every specification, as Parquet.")] = True,
) -> None:
    """Write the package that others can check and cite, from the rendered reports and the data."""
    from ldn_analysis.workbench.package import build

    written = build(to, multiverse=multiverse)
    typer.echo(f"{len(written) - 1} files, packed once more as one:")
    say_written(written[-1:])
