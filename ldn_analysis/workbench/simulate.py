"""The command ``simulate``: adaptive designs by true shapes by repetitions, by one process or many."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


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
        named = (
            f", the dose named in {100 * row['right']:.2f}% (error {100 * row['right_error']:.2f})"
            if row["target"] == row["target"]  # where nothing works there is none to name
            else ""
        )
        typer.echo(
            f"{row['design']}, {row['truth']}: an effect found in {100 * row['detected']:.2f}% "
            f"(error {100 * row['detected_error']:.2f}){named}"
        )
