"""The command line: ``python -m ldn_analysis`` and a command; ``--help`` lists them.

Every failure is one clear line (for the data, one line a problem) and a non-zero exit status.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ldn_analysis.errors import ParameterError, RenderError
from ldn_analysis.workbench import commands

__all__ = ["app", "main"]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Reports on low-dose naltrexone.",
)


@app.command()
def check() -> None:
    """Validate the data: every problem at once, and the findings that stand with a reason."""
    from ldn_analysis import evidence

    loaded = evidence.load()
    for row in loaded.findings.itertuples():
        place = f"{row.file}, line {row.line}, {row.study_id}, {row.column}"
        typer.echo(f"{row.severity}: {place}: {row.rule} ({row.reason})")
    stand = len(loaded.findings)
    typer.echo(f"data version {loaded.data_version}, of {loaded.data_date}: valid, {stand} findings stand")


@app.command("render")
def render_command(
    notebook: Annotated[
        str | None, typer.Argument(help="One notebook, such as 02_pain; all if left out.")
    ] = None,
    scenario: Annotated[str | None, typer.Option(help="A set of reports/scenarios.yml.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A parameter, as name=value; repeatable.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Run again what has not changed.")] = False,
    time_limit: Annotated[float, typer.Option(help="Seconds that a notebook may take.", min=1)] = 900.0,
    workers: Annotated[
        int | None, typer.Option(help="Notebooks at once; as many as cores if left out.", min=1)
    ] = None,
    root: Annotated[Path | None, typer.Option(help="Folder that holds notebooks/ and reports/.")] = None,
) -> None:
    """Render reports: all that changed, or one."""
    from ldn_analysis.render.build import render
    from ldn_analysis.render.planning import plan
    from ldn_analysis.render.project import locate

    project = locate(root)
    planned = plan(project, notebook, scenario, set_ or [])
    raise typer.Exit(
        render(project, planned, force=force, time_limit=time_limit, workers=workers, say=typer.echo)
    )


@app.command("list")
def list_command(
    root: Annotated[Path | None, typer.Option(help="Folder that holds notebooks/ and reports/.")] = None,
) -> None:
    """Notebooks, their parameters, and the scenarios."""
    from ldn_analysis.questions.parameters import parameters_class
    from ldn_analysis.questions.typed import describe
    from ldn_analysis.render.project import locate, read_scenarios

    project = locate(root)
    for name in project.names():
        typer.echo(name)
        cls = parameters_class(name)
        for key, default in cls.defaults().items():
            typer.echo(f"  {key} = {default}    {describe(cls, key)}")
    for one in read_scenarios(project).values():
        changed = ", ".join(f"{key}={value}" for key, value in one.values.items()) or "the defaults"
        typer.echo(f"scenario {one.name}: {one.title} ({changed})")


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


commands.register(app)


def main() -> None:
    """Run the command line; an expected failure is its message and status 1, a wrong parameter status 2."""
    from ldn_analysis.errors import InputError

    try:
        app(prog_name="python -m ldn_analysis")
    except ParameterError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    except (RenderError, InputError) as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        print("stopped: the last good reports are still there", file=sys.stderr)
        raise SystemExit(130) from None
    except Exception as error:
        if type(error).__name__ != "EvidenceError":
            raise
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
