"""The workbench's commands: ``new-study``, ``compare``, ``export``, ``simulate``; each imports late."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ldn_analysis.workbench import commands_living
from ldn_analysis.workbench.answers import ASKED
from ldn_analysis.workbench.simulate import simulate

__all__ = ["register"]


def _interactive() -> bool:
    return sys.stdin.isatty()


def _complete(given: dict[str, Any]) -> dict[str, Any]:
    """Refuse each wrong option at once, then ask for what is missing until each answer will do.

    Where nobody can answer, all that is missing is named too.
    """
    from ldn_analysis import evidence
    from ldn_analysis.errors import InputError
    from ldn_analysis.workbench.answers import wrong_answer, wrong_answers

    ev = evidence.load()
    missing = [name for name in ASKED if given[name] is None]
    problems = wrong_answers(ev, given)
    if missing and not _interactive():
        problems.insert(0, "missing: " + ", ".join(f"--{name.replace('_', '-')}" for name in missing))
    if problems:
        raise InputError("\n".join(problems))

    def ask(name: str, question: str) -> Any:
        def will_do(text: str) -> Any:
            wrong = wrong_answer(ev, name, text.strip(), str(given["design"] or ""))
            if wrong:
                raise typer.BadParameter(wrong)
            return int(text) if name == "year" else text.strip()

        return typer.prompt(question, value_proc=will_do)

    for name in missing:
        given[name] = ask(name, ASKED[name])
    if not _interactive():
        return given
    if not (given["difference"] or given["ldn"] or given["placebo"]):
        given["difference"] = ask("difference", "Difference, LDN minus placebo: value lower upper")
        if len(given["difference"].replace(",", " ").split()) == 1 and not given["p"]:
            given["p"] = ask("p", "p value of the difference, two-sided")
        given["n"] = given["n"] or ask("n", "Participants: LDN placebo (of a crossover: one number)")
    blind = given["randomised"] == "yes" and given["blinding"].startswith("double-blind")
    if not blind and not given["study_set"]:
        given["study_set"] = ask("study_set", "Set: primary, with_pilot, all_randomised or excluded")
        given["reason"] = ask("reason", "Why it belongs to that set")
    return given


def new_study(
    study_id: Annotated[str, typer.Argument(metavar="ID", help="Short name, such as smith2027.")],
    label: Annotated[str | None, typer.Option(help=ASKED["label"])] = None,
    year: Annotated[int | None, typer.Option(help=ASKED["year"])] = None,
    design: Annotated[str | None, typer.Option(help=ASKED["design"])] = None,
    dose: Annotated[str | None, typer.Option(help=ASKED["dose"])] = None,
    weeks: Annotated[str | None, typer.Option(help=ASKED["weeks"])] = None,
    randomised: Annotated[str | None, typer.Option(help=ASKED["randomised"])] = None,
    blinding: Annotated[str | None, typer.Option(help=ASKED["blinding"])] = None,
    source: Annotated[str | None, typer.Option(help=ASKED["source"])] = None,
    location: Annotated[str | None, typer.Option(help=ASKED["location"])] = None,
    how_read: Annotated[str | None, typer.Option(help=ASKED["how_read"])] = None,
    difference: Annotated[str, typer.Option(help='"value lower upper" (or "value" with --p)')] = "",
    n: Annotated[str, typer.Option("--n", help='Of the difference: "LDN placebo"; of a crossover "n"')] = "",
    p: Annotated[str, typer.Option("--p", help="p value of the difference, two-sided")] = "",
    ldn: Annotated[str, typer.Option(help='LDN arm: "n mean sd"')] = "",
    placebo: Annotated[str, typer.Option(help='Placebo arm: "n mean sd"')] = "",
    change: Annotated[
        bool, typer.Option("--change", help="The arms' means are changes from baseline")
    ] = False,
    adjusted: Annotated[bool, typer.Option("--adjusted", help="The difference comes from a model")] = False,
    instrument: Annotated[str, typer.Option(help="Instrument, as reported")] = "pain NRS",
    scale: Annotated[str, typer.Option(help='Range of the instrument: "lowest highest"')] = "0 10",
    control_weeks: Annotated[str, typer.Option(help="Weeks of the placebo condition")] = "",
    sex: Annotated[str, typer.Option(help="female, male or both")] = "",
    country: Annotated[str, typer.Option(help="Country")] = "",
    notes: Annotated[str, typer.Option(help="What else is known, and what is not")] = "",
    study_set: Annotated[
        str, typer.Option("--set", help="primary, with_pilot, all_randomised or excluded; needs --reason")
    ] = "",
    reason: Annotated[str, typer.Option(help="Why it belongs to that set")] = "",
    baseline: Annotated[str, typer.Option(help='Everybody at the start: "mean sd" (or "mean")')] = "",
    events: Annotated[
        list[str] | None,
        typer.Option(help='Counts: "name: ldn_events ldn_n placebo_events placebo_n"; repeatable'),
    ] = None,
    analysis: Annotated[str, typer.Option(help="Of the counts: intention to treat or complete cases")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only look: write nothing into the data")
    ] = False,
) -> None:
    """Add a trial of pain: rows in the data, checked first, and the forest plot with and without it.

    What is missing is asked for, and each answer is checked at once. Nothing is written unless the data are
    valid with the trial. Numbers are LDN minus placebo, as the source prints them.
    """
    given = _complete(dict(locals()))
    given["events"] = tuple(given["events"] or ())
    from ldn_analysis.evidence.loading import data_folder
    from ldn_analysis.render.project import locate
    from ldn_analysis.workbench.new_study import Trial, add_trial

    dry_run = given.pop("dry_run")
    preview = add_trial(Trial(**given), dry_run=dry_run)
    for name, text in preview.rows.items():
        typer.echo(
            f"{'would go to' if dry_run else 'added to'} {data_folder().name}/{name}:\n{text.rstrip()}"
        )
    typer.echo(preview.text())
    _say(_writing(preview.write, locate().root / "build" / "new-study"))


def compare(
    first: Annotated[str, typer.Argument(help="A scenario of reports/scenarios.yml, such as primary.")],
    second: Annotated[str, typer.Argument(help="Another, such as all-designs.")],
    to: Annotated[Path | None, typer.Option(help="Folder; build/compare if left out.")] = None,
) -> None:
    """Compare pain under two scenarios: choices, studies in and out, estimates, certainty."""
    from ldn_analysis.render.project import locate
    from ldn_analysis.workbench.comparison import compare as made_of

    made = made_of(first, second)
    typer.echo(made.text())
    _say(_writing(made.write, to or locate().root / "build" / "compare"))


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

    _say(write(scenario, to, multiverse=multiverse, figures=figures, workers=workers))


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("new-study")(new_study)
    app.command("compare")(compare)
    app.command("export")(export)
    app.command("simulate")(simulate)
    commands_living.register(app)


def _writing(write: Any, folder: Path) -> list[Path]:
    from ldn_analysis.errors import InputError

    try:
        return list(write(folder))
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror or error}") from None


def _say(paths: list[Path]) -> None:
    for path in paths:
        typer.echo(f"wrote {_short(path)}")


def _short(path: Path) -> str:
    """The path from here, where it lies below."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
