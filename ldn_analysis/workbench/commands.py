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
    from ldn_analysis.workbench.answers import ASKED_TOO, wrong_answer, wrong_answers

    ev = evidence.load()
    missing = [name for name in ASKED if given[name] is None]
    problems = wrong_answers(ev, given)
    if missing and not _interactive():
        problems.insert(0, "missing: " + ", ".join(f"--{name.replace('_', '-')}" for name in missing))
    if problems:
        raise InputError("\n".join(problems))

    def ask(name: str, question: str) -> Any:
        def will_do(text: str) -> Any:
            if name in ASKED_TOO and not text.strip():
                return ""
            wrong = wrong_answer(ev, name, text.strip(), str(given["design"] or ""))
            if wrong:
                raise typer.BadParameter(wrong)
            return int(text) if name == "year" else text.strip()

        if name in ASKED_TOO:
            return typer.prompt(question, default="", show_default=False, value_proc=will_do)
        return typer.prompt(question, value_proc=will_do)

    for name in missing:
        given[name] = ask(name, ASKED[name])
    if not _interactive():
        return given
    if not (given["difference"] or given["ldn"] or given["placebo"]):
        asked = "Difference, LDN minus placebo: value lower upper (or value se 0.5, t -1.5, p 0.03)"
        given["difference"] = [ask("difference", asked)]
        if len(given["difference"][0].split()) == 1 and not given["p"]:
            given["p"] = ask("p", "p value of the difference, two-sided")
        given["n"] = given["n"] or ask("n", "Participants: LDN placebo (of a crossover: one number)")
        said = "Which group did better, as the source says: ldn or placebo (empty: it does not say)"
        given["favours"] = given["favours"] or typer.prompt(said, default="", show_default=False).strip()
    blind = given["randomised"] == "yes" and given["blinding"].startswith("double-blind")
    if not blind and not given["study_set"]:
        given["study_set"] = ask("study_set", "Set: primary, with_pilot, all_randomised or excluded")
        given["reason"] = ask("reason", "Why it belongs to that set")
    for name, question in ASKED_TOO.items():
        given[name] = given[name] or ask(name, question)
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
    difference: Annotated[
        list[str] | None,
        typer.Option(
            help='"value lower upper", or "value" with --p, "se 0.5", "t -1.5", "f 2.1"; of several '
            'doses each: "3 mg: -0.8 -1.9 0.3"'
        ),
    ] = None,
    n: Annotated[
        str,
        typer.Option("--n", help='Of the difference: "LDN placebo" (each dose first); of a crossover "n"'),
    ] = "",
    p: Annotated[str, typer.Option("--p", help="p of the difference, two-sided: 0.03, <0.05")] = "",
    favours: Annotated[
        str, typer.Option(help="ldn or placebo: which did better, as the source says; held against the sign")
    ] = "",
    ldn: Annotated[
        list[str] | None,
        typer.Option(
            help='LDN arm: "n mean sd", "n mean se 0.4", "n mean ci 4 5.6", "n median 4.5 quartiles 3 6" or '
            '"... range 1 9"; several: "3 mg: 29 4.8 2.1", "period 1: ..."'
        ),
    ] = None,
    placebo: Annotated[list[str] | None, typer.Option(help="Placebo arm, in the same forms")] = None,
    change: Annotated[
        bool, typer.Option("--change", help="The arms' means are changes from baseline")
    ] = False,
    adjusted: Annotated[
        bool, typer.Option("--adjusted", help="The difference comes from a mixed model")
    ] = False,
    ancova: Annotated[bool, typer.Option("--ancova", help="The difference comes from an ANCOVA")] = False,
    final: Annotated[bool, typer.Option("--final", help="The difference is one of final values")] = False,
    instrument: Annotated[str, typer.Option(help="Instrument, as in measures.csv")] = "pain NRS",
    unit: Annotated[str, typer.Option(help="points, mm, cm or percent (reduction from baseline)")] = "points",
    scale: Annotated[str, typer.Option(help='"lowest highest"; that of measures.csv if left out')] = "",
    better: Annotated[str, typer.Option(help="lower or higher; as in measures.csv if left out")] = "",
    crossover_r: Annotated[
        float | None, typer.Option(help="Of a crossover's conditions: the analyst's, for the preview alone")
    ] = None,
    n_randomised: Annotated[str, typer.Option(help="People randomised")] = "",
    primary_week: Annotated[str, typer.Option(help="Week of the primary time point")] = "",
    risk_of_bias: Annotated[
        str, typer.Option(help='"D1 low, D2 some concerns, ..." (overall: the worst), or "not judged"')
    ] = "",
    basis: Annotated[str, typer.Option(help="What the judgements rest on")] = "",
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
        typer.Option(
            help='Counts: "name: 12 29 6 29" (LDN, then placebo: events, people), "41% 29 21% 29", '
            '"60/480 29 30/480 29" (events/person-weeks), "12 28 6 28 both 4" (the same people); repeatable'
        ),
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
    for name in ("events", "difference", "ldn", "placebo"):
        given[name] = tuple(given[name] or ())
    from ldn_analysis.evidence.loading import data_folder
    from ldn_analysis.render.project import locate
    from ldn_analysis.workbench.new_study import Trial, add_trial

    dry_run, r = given.pop("dry_run"), given.pop("crossover_r")
    trial = Trial(**given)
    ask = _interactive() and not dry_run
    preview = add_trial(trial, dry_run=dry_run or ask, crossover_r=r)
    for name, text in preview.rows.items():
        typer.echo(
            f"{'would go to' if dry_run or ask else 'added to'} {data_folder().name}/{name}:\n{text.rstrip()}"
        )
    typer.echo(preview.text())
    if ask:
        typer.confirm("Write these rows?", abort=True)
        add_trial(trial, crossover_r=r)
        typer.echo(f"added to {data_folder().name}: {', '.join(preview.rows)}")
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
