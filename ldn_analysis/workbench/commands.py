"""The workbench's commands, such as ``new-study``; each imports what it needs when it runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ldn_analysis.errors import InputError, one_of
from ldn_analysis.files import destination, write_all
from ldn_analysis.workbench.new_study_options import ASKED, Answers, as_command, flag_of, takes

if TYPE_CHECKING:
    from ldn_analysis.evidence import EvidenceError

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only look: write nothing into the data")]


def _interactive() -> bool:
    return sys.stdin.isatty()


def _folder(to: Path | None, usual: str) -> Path:
    """Where a command writes, looked at before it computes: a folder of ``build/`` if none is said."""
    from ldn_analysis.render.project import locate

    return destination(to or locate().root / "build" / usual)


def _checked(answers: dict[str, Any], *, more: bool = False, again: bool = False) -> dict[str, Any]:
    """The answers with what the data say already; each wrong option is refused at once, and where nobody can
    answer what is missing."""
    from ldn_analysis import evidence
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
    dry_run: DryRun = False,
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
    except (InputError, typer.Abort):
        if _interactive() and _missing(options):
            flags = "".join(f" {flag}" for flag, typed in (("--more", more), ("--again", again)) if typed)
            typer.echo(f"your answers, to be mended: {as_command(answers | held)}{flags}", err=True)
        raise
    typer.echo(entered.text())
    raise typer.Exit(1 if entered.differences else 0)


def _enter(answers: dict[str, Any], *, more: bool, dry_run: bool, crossover_r: float | None) -> None:
    """Show the rows and the forest plots, and write them: at once, or when somebody says so."""
    from ldn_analysis.evidence import EvidenceError, data_folder
    from ldn_analysis.workbench.new_study import Trial, add_trial

    folder, ask = _folder(None, "new-study"), _interactive() and not dry_run
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
    say_written(preview.write(folder))


def compare(
    first: Annotated[str, typer.Argument(help="A scenario of reports/scenarios.yml, such as primary.")],
    second: Annotated[str, typer.Argument(help="Another, such as all-designs.")],
    to: Annotated[Path | None, typer.Option(help="Folder; build/compare if left out.")] = None,
) -> None:
    """Compare pain under two scenarios: choices, studies in and out, estimates, certainty."""
    from ldn_analysis.workbench.comparison import compare as compare_scenarios

    folder = _folder(to, "compare")
    comparison = compare_scenarios(first, second)
    typer.echo(comparison.text())
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

    folder = _folder(to, "export")
    say_written(write(scenario, folder, multiverse=multiverse, figures=figures, workers=workers))


def look(
    files: Annotated[list[Path], typer.Argument(help="Downloads: JSON, XML, RIS or CSV.")],
    query: Annotated[str, typer.Option(help="The query as it was typed; empty if it is not known.")] = "",
    date: Annotated[str, typer.Option(help="Day of the search, such as 2026-11-20.")] = "",
    source: Annotated[str, typer.Option(help="Database that a RIS file comes from.")] = "",
    dry_run: DryRun = False,
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
    """One of the allowed words; what can be told apart by its beginning will do."""
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
    from ldn_analysis.html import slug
    from ldn_analysis.render.project import locate
    from ldn_analysis.workbench.changes_report import changes as between
    from ldn_analysis.workbench.conclusions import PARTS

    root = locate().root
    for name in part or ():
        one_of("--part", name, PARTS)
    folder = _folder(to, "changes")
    report = between(old, new, root, part or None)
    for line in report.lines():
        typer.echo(line)
    name = f"{slug(old) or 'old'}--{slug(new) or 'new'}.html"
    say_written(write_all(folder, {name: report.html().encode()}))
    if not report.compared:
        raise typer.Exit(1)


def package(
    to: Annotated[Path | None, typer.Option(help="Folder; build/package if left out.")] = None,
    multiverse: Annotated[bool, typer.Option(help="Also every specification, as Parquet.")] = True,
) -> None:
    """Write the package that others can check and cite, from the rendered reports and the data."""
    from ldn_analysis.workbench.package import build

    written = build(_folder(to, "package"), multiverse=multiverse)
    typer.echo(f"{len(written) - 1} files, packed once more as one:")
    say_written(written[-1:])


def simulate(
    more: Annotated[
        list[str] | None, typer.Argument(metavar="[DESIGN]...", help="More designs, after one --designs.")
    ] = None,
    designs: Annotated[
        list[str] | None, typer.Option(help="A design of reports/designs.yml; repeatable; else the adaptive.")
    ] = None,
    trials: Annotated[
        int | None, typer.Option(help="Trials of each design and true shape; else 100,000.")
    ] = None,
    engine: Annotated[str, typer.Option(help="serial, processes or dask.")] = "processes",
    workers: Annotated[int | None, typer.Option(help="Workers; as many as cores if left out.")] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler that runs already.")
    ] = None,
    scheduler_file: Annotated[Path | None, typer.Option(help="The file that such a scheduler wrote.")] = None,
    part: Annotated[str, typer.Option(help="Only this part of the blocks, such as 3/10.")] = "1/1",
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A parameter of 09_next_trial, as name=value.")
    ] = None,
    to: Annotated[Path, typer.Option(help="Folder of the blocks.")] = Path("build/simulations"),
) -> None:
    """Simulate trials in blocks that are kept: what is there is not computed again."""
    from ldn_analysis import evidence
    from ldn_analysis.questions import next_trial
    from ldn_analysis.questions.next_trial import engines, simulation
    from ldn_analysis.questions.next_trial.parameters import NextTrial
    from ldn_analysis.render.preflight import from_assignments

    destination(to)
    chosen = engines.Engine(engine, workers, scheduler, scheduler_file)
    params = NextTrial(**from_assignments(NextTrial, set_ or []))
    ev = evidence.load()
    background = next_trial.background(ev.as_of(params.as_of) if params.as_of else ev, params)
    candidates = next_trial.chosen_designs([*(designs or []), *(more or [])])
    number = simulation.STORED if trials is None else trials
    jobs = simulation.jobs(candidates, number, simulation.setting(background, params))
    run = engines.run(simulation.part_of(jobs, part), to, chosen)
    for label in run.damaged:
        typer.echo(f"damaged, computed again: {label}", err=True)
    typer.echo(f"{run.computed} blocks computed, {run.there} were there: {to}")
    table = simulation.merged(jobs, to)
    for row in table.to_dict("records"):
        line = f"{row['design']}, {row['truth']}: an effect found in {_share(row, 'detected')}"
        if row["target"] == row["target"]:  # where nothing works there is none to name
            line += f", the dose named in {_share(row, 'right')}"
        typer.echo(line)


def _share(row: dict[Any, Any], name: str) -> str:
    """A share of simulated trials with its error."""
    percent, error = 100 * row[name], 100 * row[f"{name}_error"]
    return f"{percent:.2f}% (error {f'{error:.2f}' if error >= 0.005 else 'under 0.01'})"


def say_written(paths: list[Path]) -> None:
    """Name each file, from here where it lies below."""
    for path in paths:
        below = path.resolve().is_relative_to(Path.cwd())
        typer.echo(f"wrote {path.resolve().relative_to(Path.cwd()) if below else path}")
