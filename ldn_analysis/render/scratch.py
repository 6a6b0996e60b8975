"""The folder in which a render works, and the jobs that it holds; it goes when the render ends."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ldn_analysis import cache
from ldn_analysis.errors import InputError, RenderError
from ldn_analysis.files import writing
from ldn_analysis.render.job import data_version
from ldn_analysis.render.page import title_of
from ldn_analysis.render.planning import expected
from ldn_analysis.render.project import Project
from ldn_analysis.render.report import Job, Planned
from ldn_analysis.render.workers import Beside

_LONGEST = 70
"""Of the 108 (macOS: 104) bytes that a socket's path may have, those that its folder may take."""


def sweep() -> None:
    """Remove the scratch folders of renders that were killed: those whose process is gone."""
    for folder in Path(tempfile.gettempdir()).glob("ldn-render-*-*"):
        number = folder.name.split("-")[2]
        try:
            if not number.isdigit() or folder.stat().st_uid != os.getuid():
                continue
            os.kill(int(number), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue


@contextmanager
def jobs_of(project: Project, todo: Sequence[Planned], limit: float) -> Iterator[list[Job]]:
    """The jobs of what is planned, on data that are valid, each with a scratch folder that goes at the end;
    what took longest the last time is first."""
    scratch = _folder()
    try:
        environment = _environment(project, scratch)
        data = Beside(data_version, environment).wait()
        at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        jobs = []
        longest_first = sorted(todo, key=lambda planned: -expected(project, planned))
        for number, planned in enumerate(longest_first):
            folder = scratch / str(number)
            with writing(folder):
                folder.mkdir()
            jobs.append(Job(planned, folder, environment, {**_page(project, planned, data), "at": at}, limit))
        yield jobs
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _folder() -> Path:
    place = tempfile.gettempdir()
    if len(os.fsencode(place)) > _LONGEST:
        raise RenderError(
            f"TMPDIR is too long for the sockets in it: at most {_LONGEST} letters ({place[:60]}...)"
        )
    with writing(Path(place)):
        return Path(tempfile.mkdtemp(prefix=f"ldn-render-{os.getpid()}-"))


def surroundings(project: Project) -> dict[str, str]:
    """What every worker sees: the data, and where results are kept."""
    results = os.environ.get(cache.FOLDER, str(project.root / "build" / "cache"))
    return {**os.environ, "LDN_DATA": str(project.data), "LDN_FIGURES": "", cache.FOLDER: results}


def _environment(project: Project, scratch: Path) -> dict[str, str]:
    """What workers and kernels see: the same on every machine, and nothing of the user's own settings."""
    drawing = project.root / "build" / "matplotlib"
    with suppress(OSError):
        drawing.mkdir(parents=True, exist_ok=True)
    if not os.access(drawing, os.W_OK):
        drawing = scratch / "matplotlib"
        drawing.mkdir()
    return {
        **surroundings(project),
        "HOME": os.environ.get("HOME") or str(scratch),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": str(drawing),
        "IPYTHONDIR": str(scratch / "ipython"),
        "JUPYTER_CONFIG_DIR": str(scratch / "jupyter"),
        "JUPYTER_DATA_DIR": str(scratch / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(scratch / "run"),
        "JUPYTER_PLATFORM_DIRS": "1",
    }


def _link(project: Project, names: list[str], position: int) -> dict[str, str] | None:
    """Address and title of a neighbour; none where there is no notebook, or none that has a title."""
    if not 0 <= position < len(names):
        return None
    name = names[position]
    try:
        return {"href": f"{name}.html", "title": title_of(project.notebook(name), name)}
    except InputError:
        return None


def _page(project: Project, planned: Planned, data: Mapping[str, str]) -> dict[str, Any]:
    """What the page says besides the notebook's own cells."""
    names = project.names()
    place = names.index(planned.notebook)
    title = title_of(planned.content, planned.notebook)
    special = planned.scenario.special
    return {
        "title": f"{title} ({planned.scenario.title})" if special else title,
        "heading": title,
        "scenario_title": planned.scenario.title if special and "=" not in planned.scenario.name else "",
        "previous": _link(project, names, place - 1),
        "next": _link(project, names, place + 1),
        "data": dict(data),
        "other_data": "" if project.own_data else project.data.name,
        "version": versions()["ldn_analysis"],
        "python": platform.python_version(),
    }


def versions() -> dict[str, str]:
    """Python's, this package's and the main libraries' versions."""
    installed = {"python": platform.python_version(), "ldn_analysis": "unknown"}
    for name in ("ldn_analysis", "numpy", "pandas", "scipy", "matplotlib", "papermill", "nbconvert"):
        with suppress(PackageNotFoundError):
            installed[name] = version(name)
    return installed
