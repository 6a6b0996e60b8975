"""Every figure of every report as files for print: the notebooks run in scratch, nothing is published."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ldn_analysis.display.publish import FIGURES
from ldn_analysis.errors import RenderError
from ldn_analysis.render.project import Project
from ldn_analysis.render.report import TIME_LIMIT, Planned
from ldn_analysis.render.scratch import jobs_of, sweep
from ldn_analysis.render.workers import run_all


def draw_figures(
    project: Project,
    planned: Sequence[Planned],
    folder: Path,
    *,
    workers: int | None = None,
) -> list[Path]:
    """Run what is planned and save each figure that it shows; ``reports/`` is only read.

    Parameters
    ----------
    project, planned : as for `build.render`.
    folder : gets ``<report>--<figure>.svg`` and ``.png``, under the names that `display.show` was given.
        Older files of these reports go, so that no figure stays that its report no longer shows.
    workers : notebooks at once; as many as cores if left out.

    Raises
    ------
    RenderError : the data are not valid, or a notebook failed: each is named. `folder` is as it was.
    """
    sweep()
    with jobs_of(project, planned, TIME_LIMIT) as jobs:
        for number, job in enumerate(jobs):
            into = job.scratch / "figures"
            into.mkdir()
            jobs[number] = replace(job, environment={**job.environment, FIGURES: str(into)})
        ran = run_all(jobs, workers or os.cpu_count() or 1)
        failures = sorted(outcome.error for _, outcome in ran if outcome.error)
        if failures:
            raise RenderError("\n".join(f"failed: {error}" for error in failures))
        folder.mkdir(parents=True, exist_ok=True)
        drawn = {job.planned.stem: job.scratch / "figures" for job in jobs}
        return [path for stem in sorted(drawn) for path in _collect(drawn[stem], folder, stem)]


def _collect(drawn: Path, folder: Path, stem: str) -> list[Path]:
    # The names of a scenario's files begin as those of the primary report do, but hold "--" once more.
    for old in folder.glob(f"{stem}--*.*"):
        if "--" not in old.stem.removeprefix(f"{stem}--"):
            old.unlink()
    return [
        Path(shutil.copyfile(path, folder / f"{stem}--{path.name}"))
        for path in sorted(drawn.iterdir(), key=lambda path: (path.stem, path.suffix != ".svg"))
    ]
