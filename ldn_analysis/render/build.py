"""Render reports: check everything first, run what changed in parallel, and move good reports into place.

A report is replaced only by a better one: pages are written beside their place and renamed. Whatever stops a
render, at whatever moment, the last good reports stay, and nothing counts as up to date that did not succeed.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ldn_analysis.errors import ParameterError, RenderError
from ldn_analysis.render.changes import differences
from ldn_analysis.render.fingerprint import fingerprint, parts
from ldn_analysis.render.index import write_index
from ldn_analysis.render.job import Job
from ldn_analysis.render.page import stamp_page, title_of
from ldn_analysis.render.preflight import check_notebook, from_assignments, source_of, values_for
from ldn_analysis.render.project import SUMMARY, Project, Scenario, read_scenarios
from ldn_analysis.render.workers import Outcome, run_all, run_check

__all__ = ["Outcome", "Planned", "plan", "render"]

CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Planned:
    """One report to be made, checked so far that it can run."""

    notebook: str
    scenario: Scenario
    content: dict[str, Any] = field(repr=False)
    values: dict[str, Any]
    changed: dict[str, Any]
    fingerprint: dict[str, str]

    @property
    def stem(self) -> str:
        """File name without ending; see `Job.stem`."""
        return self.notebook if self.scenario.name == "primary" else f"{self.notebook}--{self.scenario.name}"


def plan(
    project: Project,
    notebook: str | None = None,
    scenario: str | None = None,
    assignments: Sequence[str] = (),
) -> list[Planned]:
    """What is to be rendered, with every name, type and value checked before anything runs.

    Without arguments: every notebook with the primary set, and the summary with every other. With a scenario,
    every notebook with that one; with a notebook, that one; with assignments, one notebook with its own set.
    """
    scenarios = read_scenarios(project)
    if scenario is not None and scenario not in scenarios:
        raise ParameterError(f"there is no scenario {scenario!r}: {', '.join(scenarios)}")
    names = project.names()
    if notebook is not None:
        notebook = notebook.removesuffix(".ipynb").removeprefix("notebooks/")
        project.notebook(notebook)
    if assignments and notebook is None:
        raise ParameterError("parameters are for one notebook: say which")
    base = scenarios[scenario or "primary"]
    if assignments:
        cls = check_notebook(str(notebook), project.notebook(str(notebook)))
        given = {**base.of(str(notebook)), **from_assignments(cls, assignments, str(notebook))}
        wanted = [(str(notebook), Scenario(CUSTOM, "a set of one's own", given))]
    elif notebook or scenario:
        wanted = [(name, base) for name in ([notebook] if notebook else names)]
    else:
        wanted = [(name, base) for name in names]
        wanted += [(SUMMARY, other) for other in scenarios.values() if other is not base and SUMMARY in names]
    shared = parts(project)
    return [_planned(project, name, chosen, shared) for name, chosen in wanted]


def _planned(project: Project, name: str, scenario: Scenario, shared: Mapping[str, str]) -> Planned:
    content = project.notebook(name)
    cls = check_notebook(name, content)
    given = scenario.values if scenario.name == CUSTOM else scenario.of(name)
    values = values_for(name, content, given)
    changed = {key: value for key, value in values.items() if value != cls.defaults()[key]}
    return Planned(name, scenario, content, values, changed, fingerprint(shared, content, values))


def _stored(project: Project, stem: str) -> dict[str, Any] | None:
    """The JSON of the report that is there, if it can be read."""
    try:
        made = json.loads((project.reports / f"{stem}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return made if isinstance(made, dict) else None


def up_to_date(project: Project, planned: Planned) -> bool:
    """Whether the report was made from exactly these inputs, is whole, and has not failed since."""
    import hashlib

    stored = _stored(project, planned.stem)
    page = project.reports / f"{planned.stem}.html"
    if stored is None or stored.get("fingerprint") != planned.fingerprint or not page.is_file():
        return False
    if (project.reports / "failed" / f"{planned.stem}.ipynb").exists():
        return False
    return hashlib.sha256(page.read_bytes()).hexdigest() == stored.get("stamp", {}).get("html_sha256")


@contextmanager
def _alone(project: Project) -> Iterator[None]:
    """Only one render at a time writes to ``reports/``; the lock goes with its process, however that ends."""
    import fcntl

    try:
        project.reports.mkdir(parents=True, exist_ok=True)
        handle = (project.reports / ".lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise RenderError(f"cannot write to {project.reports}: {error.strerror}") from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise RenderError("another render is running: wait for it to end, then try again") from None
        for left in project.reports.glob(".*.tmp"):
            left.unlink(missing_ok=True)
        yield


def sweep() -> None:
    """Remove the scratch folders of renders that were killed: those whose process is gone."""
    for folder in Path(tempfile.gettempdir()).glob("ldn-render-*-*"):
        number = folder.name.split("-")[2]
        if not number.isdigit() or folder.stat().st_uid != os.getuid():
            continue
        try:
            os.kill(int(number), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise RenderError(f"cannot write {path}: {error.strerror}") from None


def _environment(project: Project, scratch: Path) -> dict[str, str]:
    """What workers and kernels see: the same on every machine, and nothing of the user's own settings."""
    cache = project.root / "build" / "matplotlib"
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:
        cache = scratch / "matplotlib"
        cache.mkdir()
    return {
        **os.environ,
        "HOME": os.environ.get("HOME") or str(scratch),
        "LDN_DATA": str(project.data),
        "LDN_FIGURES": "",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": str(cache),
        "IPYTHONDIR": str(scratch / "ipython"),
        "JUPYTER_CONFIG_DIR": str(scratch / "jupyter"),
        "JUPYTER_DATA_DIR": str(scratch / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(scratch / "run"),
        "JUPYTER_PLATFORM_DIRS": "1",
    }


def _link(project: Project, names: list[str], position: int) -> dict[str, str] | None:
    if not 0 <= position < len(names):
        return None
    return {
        "href": f"{names[position]}.html",
        "title": title_of(project.notebook(names[position]), names[position]),
    }


def _page(project: Project, planned: Planned, data: Mapping[str, str]) -> dict[str, Any]:
    """What the page says besides the notebook's own cells."""
    names = project.names()
    place = names.index(planned.notebook)
    title = title_of(planned.content, planned.notebook)
    special = planned.scenario.name != "primary"
    return {
        "title": f"{title} ({planned.scenario.title})" if special else title,
        "heading": title,
        "scenario_title": planned.scenario.title if special else "",
        "previous": _link(project, names, place - 1),
        "next": _link(project, names, place + 1),
        "data": dict(data),
        "version": _versions()["ldn_analysis"],
        "python": platform.python_version(),
    }


def _versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version(), "ldn_analysis": "unknown"}
    for name in ("ldn_analysis", "numpy", "pandas", "scipy", "matplotlib", "papermill", "nbconvert"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _publish(
    project: Project, planned: Planned, job: Job, outcome: Outcome, data: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Move a good report into place, page first; what differs from the one before comes back."""
    at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    html, digest = stamp_page((Path(job.scratch) / "page.html").read_text(encoding="utf-8"), at)
    before = _stored(project, planned.stem)
    made = {
        "notebook": planned.notebook,
        "scenario": planned.scenario.name,
        "scenario_title": planned.scenario.title,
        "title": job.page["heading"],
        "answer": outcome.recorded["answer"],
        "parameters": outcome.recorded["parameters"],
        "results": outcome.recorded["results"],
        "data": dict(data),
        "fingerprint": planned.fingerprint,
        "versions": _versions(),
        "stamp": {"at": at, "seconds": round(outcome.seconds, 2), "html_sha256": digest},
    }
    write(project.reports / f"{planned.stem}.html", html)
    write(project.reports / f"{planned.stem}.json", json.dumps(made, indent=1, ensure_ascii=False) + "\n")
    (project.reports / "failed" / f"{planned.stem}.ipynb").unlink(missing_ok=True)
    return differences(planned.stem, before, made)


def _keep_failed(project: Project, planned: Planned, outcome: Outcome) -> Path:
    """Keep the notebook as far as it got, for whoever mends it."""
    kept = project.reports / "failed" / f"{planned.stem}.ipynb"
    try:
        kept.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise RenderError(f"cannot write to {kept.parent}: {error.strerror}") from None
    write(kept, json.dumps(outcome.executed or planned.content, indent=1, ensure_ascii=False) + "\n")
    return kept


def render(
    project: Project,
    planned: Sequence[Planned],
    *,
    force: bool = False,
    time_limit: float = 900.0,
    workers: int | None = None,
    say: Any = print,
) -> int:
    """Bring the planned reports and the index up to date; the exit status comes back, 0 if all is well."""
    start = time.perf_counter()
    with _alone(project):
        sweep()
        todo = [one for one in planned if force or not up_to_date(project, one)]
        failures: list[str] = []
        changes: list[dict[str, Any]] = []
        if todo:
            failures, changes = _run(project, todo, time_limit, workers or os.cpu_count() or 1, say)
        if (project.reports / "failed").is_dir() and not any((project.reports / "failed").iterdir()):
            (project.reports / "failed").rmdir()
        write_index(project, parts(project) if todo else planned[0].fingerprint, changes)
    same = len(planned) - len(todo)
    seconds = time.perf_counter() - start
    for line in failures:
        print(line, file=sys.stderr)
    made = len(todo) - len(failures)
    failed = f", {len(failures)} failed" if failures else ""
    say(f"{made} rendered, {same} up to date{failed}: {project.reports / 'index.html'} ({seconds:.1f} s)")
    return 1 if failures else 0


def expected(project: Project, planned: Planned) -> float:
    """A number that orders the work: the seconds that it took the last time, else how much code there is."""
    seconds = (_stored(project, planned.stem) or {}).get("stamp", {}).get("seconds")
    return float(seconds) if seconds else 1e6 + sum(len(source_of(cell)) for cell in planned.content["cells"])


def _run(
    project: Project, todo: Sequence[Planned], limit: float, workers: int, say: Any
) -> tuple[list[str], list[dict[str, Any]]]:
    with jobs_of(project, todo, limit) as (jobs, environment, data):
        failures: list[str] = []
        changes: list[dict[str, Any]] = []
        took = []
        before = [expected(project, one) for one in todo]
        for number, outcome in run_all(jobs, before, environment, workers, limit):
            one = todo[number]
            if outcome.error is None:
                changes += _publish(project, one, jobs[number], outcome, data)
                took.append((one.stem, outcome.seconds))
            else:
                kept = _keep_failed(project, one, outcome)
                failures.append(f"failed: {outcome.error} (kept in {kept.relative_to(project.root)})")
        for stem, seconds in sorted(took):
            say(f"  {stem:<44} {seconds:6.1f} s")
        return failures, changes


@contextmanager
def jobs_of(
    project: Project, todo: Sequence[Planned], limit: float
) -> Iterator[tuple[list[Job], dict[str, str], dict[str, str]]]:
    """The jobs of what is planned, each with a scratch folder that goes at the end; the variables that their
    processes see; version and date of the data, which are valid."""
    scratch = Path(tempfile.mkdtemp(prefix=f"ldn-render-{os.getpid()}-"))
    try:
        environment = _environment(project, scratch)
        data = run_check(environment)
        jobs = []
        for one in todo:
            folder = scratch / one.stem
            folder.mkdir()
            page = _page(project, one, data)
            job = Job(one.notebook, one.scenario.name, one.content, one.values, one.changed, str(folder),
                      environment, page, limit)  # fmt: skip
            jobs.append(job)
        yield jobs, environment, data
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
