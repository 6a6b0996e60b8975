"""The command line: ``python -m ldn_analysis`` and a command; ``--help`` lists them.

Every failure is one clear line (for the data, one line a problem) and a non-zero exit status.
"""

from __future__ import annotations

import errno
import os
import re
import sys
import textwrap
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from ldn_analysis.errors import InputError, ParameterError, RenderError
from ldn_analysis.workbench.commands import (
    changes,
    compare,
    export,
    look,
    new_study,
    package,
    screen,
    simulate,
)

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Reports on low-dose naltrexone.",
)


USUAL = ("pooled_is_judged", "value_unconfirmed")
"""Notices that most new trials have: `check` says each once, with its trials, after all others."""


@app.command()
def check(
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Each finding in full, with the reason why it stands.")
    ] = False,
) -> None:
    """Validate the data: every problem at once, the findings that stand with a reason, and who is pooled."""
    from ldn_analysis import contrasts, evidence
    from ldn_analysis.evidence.findings import NOTICE

    loaded = evidence.load()
    evidence.read_review(loaded.folder, loaded.package.version)
    stand = len(loaded.findings)
    _say(f"data version {loaded.data_version}, of {loaded.data_date}: valid, {stand} findings stand")
    findings, to_do = loaded.findings, loaded.findings["reason"] == NOTICE
    usual = to_do & findings["check"].isin(USUAL) & (not verbose)
    for row in (*findings[to_do & ~usual].itertuples(), *findings[~to_do].itertuples()):
        line = f"{row.severity}: {row.file}, line {row.line}, {row.study_id}, {row.column}: {row.rule}"
        whole = f"{line} ({row.reason})" if verbose else line
        remedy = row.reason == NOTICE  # it stands at the end
        _say(whole if verbose or len(line) <= 110 else _wrapped(line) if remedy else line[:107] + "...")
    for rule, rows in findings[usual].groupby("rule", sort=False):
        _say(_wrapped(f"warning: {', '.join(dict.fromkeys(rows['study_id']))}: {rule}"))
    inside, without = contrasts.pooled(loaded)
    for study_id, why in without.items():
        line = f"warning: {study_id} gives the primary pool of pain no estimate: {why}"
        _say(_wrapped(line))
    _say(f"pain is pooled from: {', '.join(inside) or 'no trial'}")


def _wrapped(line: str) -> str:
    return textwrap.fill(line, 110, subsequent_indent="    ", break_on_hyphens=False)


def _say(line: str) -> None:
    """Print a line at once, so that a log shows it when it is true."""
    try:
        print(line, flush=True)
    except OSError as error:
        raise RenderError(
            f"the output cannot be written: {error.strerror}: what is done stays done"
        ) from None


def split_assignments(text: str) -> list[str]:
    """``name=value name=value`` in parts; a value may hold spaces ("analysis=complete cases mid=1")."""
    return [part for part in re.split(r"\s+(?=[A-Za-z_]\w*=)", text.strip()) if part]


@app.command("render")
def render_command(
    notebook: Annotated[
        str | None, typer.Argument(help="One notebook, such as 02_pain; all if left out.")
    ] = None,
    scenario: Annotated[str | None, typer.Option(help="A set of reports/scenarios.yml.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A parameter, as name=value; repeatable.")
    ] = None,
    params: Annotated[str, typer.Option(help="Parameters, as 'name=value name=value'.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Run again what has not changed.")] = False,
    forget: Annotated[
        bool,
        typer.Option("--forget", help="Remove the reports that were made with --set, and render nothing."),
    ] = False,
    time_limit: Annotated[float, typer.Option(help="Seconds that a notebook may take.", min=1)] = 900.0,
    workers: Annotated[
        int | None, typer.Option(help="Notebooks at once; as many as cores if left out.", min=1)
    ] = None,
    root: Annotated[Path | None, typer.Option(help="Folder that holds notebooks/ and reports/.")] = None,
) -> None:
    """Render reports: all that changed, or one."""
    from ldn_analysis.render import build
    from ldn_analysis.render.planning import plan
    from ldn_analysis.render.project import SUMMARY, locate
    from ldn_analysis.workbench import explore_page as page

    project = locate(root)
    if forget:
        gone = build.forget(project, notebook)
        _say(f"removed: {', '.join(gone)}" if gone else "no report was made with parameters of one's own")
        return
    refused: list[str] = []
    planned = plan(project, notebook, scenario, [*(set_ or []), *split_assignments(params)], refused=refused)
    all_of_them = not notebook and SUMMARY in project.names()
    beside = (page.PAGE, page.is_current, page.write_page) if all_of_them else None
    status = build.render(
        project,
        planned,
        force=force,
        time_limit=time_limit,
        workers=workers,
        say=_say,
        refused=refused,
        beside=beside,
    )
    raise typer.Exit(status)


@app.command("list")
def list_command(
    root: Annotated[Path | None, typer.Option(help="Folder that holds notebooks/ and reports/.")] = None,
) -> None:
    """Notebooks, their parameters, and the scenarios."""
    from ldn_analysis.questions.parameters import parameters_class
    from ldn_analysis.questions.typed import as_typed, describe
    from ldn_analysis.render.project import locate, read_scenarios

    project = locate(root)
    for name in project.names():
        typer.echo(name)
        cls = parameters_class(name)
        for key, default in cls.defaults().items():
            typer.echo(f"  {key} = {as_typed(default)}    {describe(cls, key)}")
    for scenario in read_scenarios(project).values():
        changed = ", ".join(f"{key}={as_typed(value)}" for key, value in scenario.values.items())
        typer.echo(f"scenario {scenario.name}: {scenario.title} ({changed or 'the defaults'})")


@app.command()
def explain(
    study: Annotated[str, typer.Argument(help="Study, such as younger2013.")],
    outcome: Annotated[str, typer.Argument(help="Outcome, such as pain.")] = "pain",
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A choice of the analysis, as name=value.")
    ] = None,
) -> None:
    """Print the chain from a paper's numbers to the estimate and its variance."""
    from ldn_analysis import contrasts, evidence
    from ldn_analysis.questions.parameters import Analysis
    from ldn_analysis.render.preflight import from_assignments

    choices = Analysis(**from_assignments(Analysis, set_ or []))
    loaded = evidence.load()
    loaded = loaded.as_of(choices.as_of) if choices.as_of else loaded
    typer.echo(contrasts.derive(loaded, outcome, **choices.contrast()).explanation(study).text())


for _command in (new_study, compare, export, simulate, look, screen, changes, package):
    app.command()(_command)


def main() -> None:
    """Run the command line; an expected failure is its message and status 1, a wrong parameter status 2."""
    try:
        app(prog_name="python -m ldn_analysis")
        sys.stdout.flush()
    except SystemExit as stop:
        if stop.code == 130:  # Ctrl-C, as typer reports it
            _complain("stopped: what was finished stays, and the last good reports are still there", 130)
        raise
    except ParameterError as error:
        _complain(str(error), 2)
    except InputError as error:
        _complain(str(error), 1)
    except OSError as error:
        if error.filename is not None or error.errno not in (errno.ENOSPC, errno.EPIPE, errno.EIO):
            raise  # not of the output
        _complain(f"the output cannot be written: {error.strerror}: what is done stays done", 1)


def _complain(message: str, status: int) -> NoReturn:
    """One message on the error output, and the end. Nothing is printed after it, whatever was not written."""
    with suppress(OSError):
        print(message.encode("utf-8", "backslashreplace").decode("utf-8"), file=sys.stderr, flush=True)
    with suppress(OSError, ValueError):
        # What could not be written would be tried again, and complained of, when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(status) from None
