"""Render reports: run what changed in parallel, and move good reports into place.

A report is replaced only by a better one: pages are written beside their place and renamed. Whatever stops a
render, at whatever moment, the last good reports stay, and nothing counts as up to date that did not succeed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from ldn_analysis import cache
from ldn_analysis.errors import RenderError
from ldn_analysis.files import locked, write
from ldn_analysis.render.changes import differences, disagreements
from ldn_analysis.render.checklist import write_checklist
from ldn_analysis.render.index import reports_of, write_index
from ldn_analysis.render.planning import parts, stored, up_to_date
from ldn_analysis.render.project import Project
from ldn_analysis.render.report import TIME_LIMIT, Job, Outcome, Planned
from ldn_analysis.render.scratch import jobs_of, surroundings, sweep, versions
from ldn_analysis.render.workers import Beside, quiet, run_all


@contextmanager
def _alone(project: Project) -> Iterator[None]:
    """Only one render at a time writes to ``reports/``."""
    with ExitStack() as held:
        try:
            project.reports.mkdir(parents=True, exist_ok=True)
            held.enter_context(locked(project.reports / ".lock", wait=False))
        except BlockingIOError:
            raise RenderError("another render is running: wait for it to end, then try again") from None
        except OSError as error:
            reason = "it is not a folder" if isinstance(error, FileExistsError) else error.strerror
            raise RenderError(f"cannot write to {project.reports}: {reason}") from None
        for unfinished in project.reports.glob(".*.tmp"):
            unfinished.unlink(missing_ok=True)
        yield


def _publish(project: Project, job: Job, outcome: Outcome) -> list[dict[str, Any]]:
    """Move a good report into place, page first; what differs from the one before comes back."""
    planned = job.planned
    html = (job.scratch / "page.html").read_text(encoding="utf-8")
    digest = sha256(html.encode("utf-8")).hexdigest()
    before = stored(project, planned.stem)
    report = {
        "notebook": planned.notebook,
        "scenario": planned.scenario.name,
        "scenario_title": planned.scenario.title,
        "title": job.page["heading"],
        **outcome.recorded,
        "data": job.page["data"],
        "fingerprint": planned.fingerprint,
        "versions": versions(),
        "stamp": {"at": job.page["at"], "seconds": round(outcome.seconds, 2), "html_sha256": digest},
    }
    write(project.reports / f"{planned.stem}.html", html)
    write(project.reports / f"{planned.stem}.json", json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    (project.reports / "failed" / f"{planned.stem}.ipynb").unlink(missing_ok=True)
    return differences(planned.stem, before, report)


def _keep_failed(project: Project, planned: Planned, outcome: Outcome) -> Path:
    """Keep the notebook as far as it got, for whoever mends it."""
    path = project.reports / "failed" / f"{planned.stem}.ipynb"
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise RenderError(f"cannot write to {path.parent}: {error.strerror}") from None
    write(path, json.dumps(outcome.executed or planned.content, indent=1, ensure_ascii=False) + "\n")
    return path


@dataclass(slots=True)
class _Run:
    """What a render has done so far; the index is brought up to date with it, whatever ends the render."""

    project: Project
    shared: Mapping[str, str]
    say: Callable[[str], object]
    rendered: int = 0
    failures: list[str] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)

    def take(self, job: Job, outcome: Outcome, place: str) -> None:
        """Publish or keep what a job gave, and say so at once."""
        if outcome.error is None:
            self.changes += _publish(self.project, job, outcome)
            self.rendered += 1
            line = f"  {place} {job.planned.stem:<44} {outcome.seconds:6.1f} s"
        else:
            path = _keep_failed(self.project, job.planned, outcome)
            self.failures.append(f"failed: {outcome.error} (kept in {path.relative_to(self.project.root)})")
            line = f"  {place} {job.planned.stem:<44} failed"
        self.index()
        with quiet():
            self.say(line)

    def take_beside(self, name: str, page: Beside, limit: float) -> None:
        """What came of the page that is made beside the reports."""
        try:
            page.wait(limit)
            self.say(f"  {name} made anew")
        except RenderError as error:
            self.failures.append(f"failed: {name}: {str(error).splitlines()[0]}")

    def index(self) -> None:
        """The index is never older than the pages that it lists."""
        failed = self.project.reports / "failed"
        if failed.is_dir() and not any(failed.iterdir()):
            failed.rmdir()
        write_index(self.project, self.shared, self.changes)
        write_checklist(self.project)

    def summed_up(self, same: int, seconds: float) -> int:
        """Say what failed, and how much was done; the exit status comes back."""
        for line in self.failures:
            print(line, file=sys.stderr)
        failed = f", {len(self.failures)} failed" if self.failures else ""
        index = self.project.reports / "index.html"
        self.say(f"{self.rendered} rendered, {same} up to date{failed}: {index} ({seconds:.1f} s)")
        return 1 if self.failures else 0


def render(
    project: Project,
    planned: Sequence[Planned],
    *,
    force: bool = False,
    time_limit: float = TIME_LIMIT,
    workers: int | None = None,
    say: Callable[[str], object] = print,
    refused: Sequence[str] = (),
    beside: tuple[str, Callable[..., bool], Callable[..., object]] | None = None,
) -> int:
    """Bring the planned reports and the index up to date; the exit status comes back, 0 if all is well.

    Parameters
    ----------
    project, planned : where, and what (`planning.plan`).
    force : run what has not changed, too.
    time_limit : seconds that a notebook may take.
    workers : notebooks at once; as many as cores if left out.
    say : gets a line as each report is done, and one at the end.
    refused : a line for each notebook that could not be planned: a failure of this render.
    beside : name of a page of its own; whether it is up to date, and what else makes it in a worker meanwhile
        (`Beside`): both called with the project and the hashes of `planning.parts`.

    Raises
    ------
    RenderError : the data are not valid, or nothing can be written: nothing is rendered.
    """
    start = time.perf_counter()
    with _alone(project):
        sweep()
        todo = [report for report in planned if force or not up_to_date(project, report)]
        run = _Run(project, parts(project) if todo else planned[0].fingerprint, say)
        shared = {name: run.shared[name] for name in ("package", "data", "lock", "python")}
        other = None
        if beside and not beside[1](project, shared):
            other = Beside(beside[2], surroundings(project), project, shared)
        try:
            if todo:
                with jobs_of(project, todo, time_limit) as jobs:
                    ended = run_all(jobs, workers or os.cpu_count() or 1)
                    for done, (job, outcome) in enumerate(ended, start=1):
                        run.take(job, outcome, f"[{done:>2} of {len(todo)}]")
            if beside and other:
                run.take_beside(beside[0], other, time_limit)
        except KeyboardInterrupt:
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one would stop what is tidied up
            raise
        finally:
            if other:
                other.end()
            run.index()
    run.failures += disagreements(reports_of(project)) if todo else []
    cache.trim(project.root / "build" / "cache")
    run.failures += [f"failed: {line}" for line in refused]
    return run.summed_up(len(planned) - len(todo), time.perf_counter() - start)


def forget(project: Project, notebook: str | None = None) -> list[str]:
    """Remove the reports that were made with parameters of one's own, of one notebook or of all; their names.

    Those of the scenarios stay.
    """
    if notebook is not None:
        project.notebook(notebook)
    with _alone(project):
        form = f"{notebook or '*'}--*=*"
        patterns = (f"{form}.json", f"{form}.html", f"failed/{form}.ipynb")
        stems = sorted({path.stem for pattern in patterns for path in project.reports.glob(pattern)})
        for stem in stems:
            for name in (f"{stem}.html", f"{stem}.json", f"failed/{stem}.ipynb"):
                (project.reports / name).unlink(missing_ok=True)
        _Run(project, parts(project), print).index()
    return stems
