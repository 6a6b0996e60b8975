"""The workbench's commands: ``new-study``, ``compare``, ``export``; each imports late."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ldn_analysis.files import writing
from ldn_analysis.workbench.new_study_options import ASKED, Answers, as_command, flag_of, takes

if TYPE_CHECKING:
    from ldn_analysis.evidence import EvidenceError


def _interactive() -> bool:
    return sys.stdin.isatty()


def _checked(answers: dict[str, Any], *, more: bool = False, again: bool = False) -> dict[str, Any]:
    """The answers with what the data say already; each wrong option is refused at once.

    Where nobody can answer, all that is missing is named too.
    """
    from ldn_analysis import evidence
    from ldn_analysis.errors import InputError
    from ldn_analysis.workbench.answers import of_study, of_trial, wrong_answers

    ev = evidence.load()
    answers = of_study(ev, answers) if more else of_trial(ev, answers)
    missing = _missing(answers)
    typed = {name: text for name, text in answers.items() if name not in missing}
    problems = wrong_answers(ev, typed, known=again or more)
    if missing and not _interactive():
        problems.insert(0, "missing: " + ", ".join(map(flag_of, missing)))
    if problems:
        raise InputError("\n".join(problems))
    return answers


def _missing(answers: dict[str, Any]) -> list[str]:
    return [name for name in ASKED if not answers[name]]


def _explained(error: EvidenceError) -> list[str]:
    """Why each value that is doubted stands, asked for where nothing else is wrong; else the error again."""
    from ldn_analysis.workbench.rows import doubt

    rules = list(dict.fromkeys(map(doubt, error.problems)))
    if not _interactive() or not all(rules):
        raise error
    typer.echo(error)
    reasons = []
    for rule in rules:
        why = typer.prompt(f"Why it stands, of {rule} (Enter if it does not)", default="", show_default=False)
        if not why.strip():
            raise error
        reasons.append(f"{rule}: {why.strip()}")
    return reasons


@takes(Answers)
def new_study(
    *,
    crossover_r: Annotated[
        float | None, typer.Option(help="Of a crossover's conditions: the analyst's, for the preview alone")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only look: write nothing into the data")
    ] = False,
    again: Annotated[
        bool,
        typer.Option("--again", help="A second person's entry: only say what differs from the trial's rows"),
    ] = False,
    more: Annotated[
        bool,
        typer.Option("--more", help="Rows of a study that is there: another outcome, week or count"),
    ] = False,
    **options: Any,
) -> None:
    """Add a trial of pain: rows in the data, checked first, and the forest plot with and without it.

    What is missing is asked for, and each answer is checked at once. Nothing is written unless the data are
    valid with the trial. Numbers are LDN minus placebo, as the source prints them.
    """
    from ldn_analysis import evidence
    from ldn_analysis.errors import InputError
    from ldn_analysis.evidence import EvidenceError
    from ldn_analysis.workbench.new_study import Trial
    from ldn_analysis.workbench.new_study_again import entered_again
    from ldn_analysis.workbench.new_study_questions import Questions

    answers = _checked(options, more=more, again=again)
    held = {name: options[name] for name, text in answers.items() if more and text != options[name]}
    try:
        if _interactive():
            later_report = options["report_of"] and not options["weeks"]
            missing = [*_missing(answers), *(["weeks"] if later_report else [])]
            Questions(evidence.load(), answers).ask(missing, more=more)
        if not again:
            _enter(answers, more=more, dry_run=dry_run, crossover_r=crossover_r)
            return
        entered = entered_again(Trial(**answers, more=more))
    except (InputError, EvidenceError, typer.Abort):
        if _interactive() and _missing(options):
            flags = "".join(f" {flag}" for flag, typed in (("--more", more), ("--again", again)) if typed)
            typer.echo(f"your answers, to be mended: {as_command(answers | held)}{flags}", err=True)
        raise
    typer.echo(entered.text())
    raise typer.Exit(1 if entered.differences else 0)


def _enter(answers: dict[str, Any], *, more: bool, dry_run: bool, crossover_r: float | None) -> None:
    """Show the rows and the forest plots, and write them: at once, or when somebody says so."""
    from ldn_analysis.evidence import EvidenceError, data_folder
    from ldn_analysis.render.project import locate
    from ldn_analysis.workbench.new_study import Trial, add_trial

    ask = _interactive() and not dry_run
    while True:
        trial = Trial(**answers, more=more)
        try:
            preview = add_trial(trial, dry_run=dry_run or ask, crossover_r=crossover_r)
            break
        except EvidenceError as error:
            answers["stands"] = [*(answers["stands"] or ()), *_explained(error)]
    for name, text in preview.rows.items():
        typer.echo(
            f"{'would go to' if dry_run or ask else 'added to'} {data_folder().name}/{name}:\n{text.rstrip()}"
        )
    typer.echo(preview.text())
    if ask:
        typer.confirm("Write these rows?", abort=True)
        add_trial(trial, crossover_r=crossover_r)
        typer.echo(f"added to {data_folder().name}: {', '.join(preview.rows)}")
    folder = locate().root / "build" / "new-study"
    with writing(folder):
        say_written(preview.write(folder))


def compare(
    first: Annotated[str, typer.Argument(help="A scenario of reports/scenarios.yml, such as primary.")],
    second: Annotated[str, typer.Argument(help="Another, such as all-designs.")],
    to: Annotated[Path | None, typer.Option(help="Folder; build/compare if left out.")] = None,
) -> None:
    """Compare pain under two scenarios: choices, studies in and out, estimates, certainty."""
    from ldn_analysis.render.project import locate
    from ldn_analysis.workbench.comparison import compare as compare_scenarios

    comparison = compare_scenarios(first, second)
    typer.echo(comparison.text())
    folder = to or locate().root / "build" / "compare"
    with writing(folder):
        say_written(comparison.write(folder))


def export(
    scenario: Annotated[str, typer.Argument(help="A scenario of reports/scenarios.yml.")] = "primary",
    to: Annotated[Path | None, typer.Option(help="Folder; build/export if left out.")] = None,
    multiverse: Annotated[bool, typer.Option(help="Also every specification, as Parquet.")] = True,
    figures: Annotated[bool, typer.Option(help="Also every figure of every report.")] = True,
    workers: Annotated[
        int | None, typer.Option(help="Reports at once; as many as cores if left out.", min=1)
    ] = None,
) -> None:
    """Write contrast tables (CSV, for metafor, for RevMan), results (JSON), the multiverse, all figures."""
    from ldn_analysis.workbench.exports import export as write

    say_written(write(scenario, to, multiverse=multiverse, figures=figures, workers=workers))


def say_written(paths: list[Path]) -> None:
    """Name each file, from here where it lies below."""
    for path in paths:
        below = path.resolve().is_relative_to(Path.cwd())
        typer.echo(f"wrote {path.resolve().relative_to(Path.cwd()) if below else path}")
