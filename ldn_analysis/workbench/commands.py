"""The workbench's commands: ``new-study``, ``compare``, ``export``; each imports late."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ldn_analysis.files import writing
from ldn_analysis.workbench.new_study_options import ASKED, ASKED_TOO, Answers, as_command, flag_of, takes

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


def _ask(answers: dict[str, Any], *, more: bool, later_report: bool) -> None:
    """Ask for what is missing until each answer will do; `answers` holds what was answered so far."""
    from ldn_analysis import evidence
    from ldn_analysis.workbench.answers import wrong_answer
    from ldn_analysis.workbench.reported import daily_doses, placed

    ev = evidence.load()

    def ask(name: str, question: str, *, empty: bool = False, default: str = "") -> Any:
        may_be_empty = empty or name in (*ASKED_TOO, "favours", "difference", "ldn")

        def will_do(text: str) -> Any:
            if may_be_empty and not text.strip():
                return ""
            wrong = wrong_answer(ev, name, text.strip(), str(answers["design"] or ""))
            if wrong:
                raise typer.BadParameter(wrong)
            return text.strip()

        usual = default or ("" if may_be_empty else None)
        return typer.prompt(question, default=usual, show_default=bool(default), value_proc=will_do)

    missing = _missing(answers)
    for name in ASKED:
        if name in missing or (name == "weeks" and later_report):
            answers[name] = ask(name, ASKED[name], default=answers[name])
    doses, one_group = daily_doses("--dose", answers["dose"])
    several = len(doses) > 1 and not one_group and not more

    def ask_each(name: str, question: str) -> list[str]:
        """The answer, or one for each dose of a trial that gave several side by side."""
        if not several:
            return [text] if (text := ask(name, f"{question}; Enter if not reported")) else []
        each = ((dose, ask(name, f"{question}, on {dose} mg; Enter if not reported")) for dose in doses)
        return [text if placed(text) else f"{dose} mg: {text}" for dose, text in each if text]

    if not (answers["difference"] or answers["ldn"] or answers["placebo"]):
        question = "Difference, LDN minus placebo: value lower upper (or value se 0.5, t -1.5, p 0.03)"
        answers["difference"] = [] if answers["control"] != "placebo" else ask_each("difference", question)
        if not answers["difference"]:
            form = "n mean sd (or n mean se 0.4, n median 4.5 quartiles 3 6)"
            answers["ldn"] = ask_each("ldn", f"LDN arm: {form}")
        if answers["ldn"]:
            if answers["control"] == "placebo":
                answers["placebo"] = [ask("placebo", "Placebo arm, in the same form")]
            answers["change"] |= typer.confirm("Are these means changes from baseline?")
    if answers["difference"]:
        if all(len(text.partition(":")[2].split() or text.split()) == 1 for text in answers["difference"]):
            answers["p"] = answers["p"] or ask("p", "p value of the difference, two-sided")
        people = "LDN, each dose, then placebo" if several else "LDN placebo (of a crossover: one number)"
        answers["n"] = answers["n"] or ask("n", f"Participants: {people}")
        question = "Which group did better, as the source says: ldn or placebo"
        answers["favours"] = answers["favours"] or ask("favours", question)
    if not answers["events"]:
        counts = "Counts, such as 'pain response 30%: 12 29 6 29'"
        alone = not (answers["difference"] or answers["ldn"] or answers["study_set"])
        text = ask("events", counts if alone else f"{counts} (Enter if none)", empty=not alone)
        answers["events"] = [text] if text else []
        while text and (text := ask("events", "Further counts (Enter if none)", empty=True)):
            answers["events"].append(text)
    if more:
        return
    eligible = answers["randomised"] == "yes" and answers["blinding"].startswith("double-blind")
    if not (eligible and answers["control"] == "placebo") and not answers["study_set"]:
        answers["study_set"] = ask("study_set", "Set: primary, with_pilot, all_randomised or excluded")
        answers["reason"] = ask("reason", "Why it belongs to that set")
    for name, question in ASKED_TOO.items():
        answers[name] = answers[name] or ask(name, question)


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
    from ldn_analysis.errors import InputError
    from ldn_analysis.evidence import EvidenceError
    from ldn_analysis.workbench.new_study import Trial
    from ldn_analysis.workbench.new_study_again import entered_again

    answers = _checked(options, more=more, again=again)
    held = {name: options[name] for name, text in answers.items() if more and text != options[name]}
    try:
        if _interactive():
            _ask(answers, more=more, later_report=bool(options["report_of"] and not options["weeks"]))
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
