"""Two bad days that only the real thing shows: a folder that cannot be written, a kill between two files."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from small_project import GOOD, Small, code

from ldn_analysis.render.build import render
from ldn_analysis.render.index import CHANGES, remembered
from ldn_analysis.render.planning import plan, up_to_date

pytestmark = pytest.mark.slow

READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'


def go(small: Small) -> str:
    said: list[str] = []
    assert render(small.project, plan(small.project), say=said.append) == 0
    return "\n".join(said)


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def read_only(small):
    """What a command begins with so that it cannot write into ``reports/``; for root, modes are no bar."""
    if os.geteuid() != 0:
        small.project.reports.chmod(0o555)
        yield []
        small.project.reports.chmod(0o755)
        return
    before = ["unshare", "--mount", "sh", "-c", READ_ONLY, str(small.project.reports)]
    probe = [*before, "touch", str(small.project.reports / "probe")]
    try:
        tried = subprocess.run(probe, capture_output=True, text=True)
    except FileNotFoundError as error:
        pytest.skip(f"root cannot be kept from writing here: {error}")
    if "Read-only file system" not in tried.stderr:
        pytest.skip(f"root cannot be kept from writing here: {tried.stderr.strip()}")
    yield before


def test_a_read_only_folder_is_one_line_and_stays(small, read_only):
    if os.geteuid() == 0:  # a first report can only be made where the folder is open to us
        go(small)
    before = content(small.project.reports)
    render_it = [sys.executable, "-m", "ldn_analysis", "render", "--force", "--root", str(small.project.root)]
    done = subprocess.run([*read_only, *render_it], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("cannot write to ") and str(small.project.reports) in done.stderr
    assert done.stderr.count("\n") == 1
    assert content(small.project.reports) == before


KILL = """
import os, signal, sys
from ldn_analysis.render import build
from ldn_analysis.render.planning import plan
from ldn_analysis.render.project import locate

put = build.write
def write(path, text):
    if path.name == "02_pain.json":
        os.kill(os.getpid(), signal.SIGKILL)
    put(path, text)
build.write = write
project = locate(sys.argv[1])
build.render(project, plan(project))
"""


def test_killed_between_page_and_results_the_next_run_repairs(small):
    go(small)
    html, made = small.html(), small.json()
    small.put([*GOOD[:-1], code('render.record("pain.estimate", 0.5, "points");')])
    environment = {**os.environ, "LDN_DATA": str(small.project.data)}
    command = [sys.executable, "-c", KILL, str(small.project.root)]
    killed = subprocess.run(command, env=environment, capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    assert small.html() != html and small.json() == made  # the new page beside the old results
    assert not up_to_date(small.project, plan(small.project)[0])
    small.put(GOOD)  # even for the old notebook, whose results are there, the pair does not count as whole
    assert not up_to_date(small.project, plan(small.project)[0])
    small.put([*GOOD[:-1], code('render.record("pain.estimate", 0.5, "points");')])
    assert "1 rendered" in go(small)
    assert small.json()["results"][0]["value"] == 0.5
    index = (small.project.reports / "index.html").read_text(encoding="utf-8")
    assert "0.3 (−1 to 1.5) points" in index and "0.5 points" in index  # what changed is still told


def test_changes_stand_in_one_order_whichever_report_is_done_first(tmp_path):
    names = [("02_pain", "b"), ("00_summary", "z"), ("02_pain", "a")]
    said = {"before": {"value": 1}, "now": None, "why": ["data"]}
    done = [{"report": report, "name": name} | said for report, name in names]
    here = SimpleNamespace(reports=tmp_path)
    shown = remembered(here, done)
    assert [(one["report"], one["name"]) for one in shown] == [
        ("00_summary", "z"), ("02_pain", "b"), ("02_pain", "a"),
    ]  # fmt: skip
    assert remembered(here, [done[1], done[0], done[2]]) == shown == remembered(here, [])
    broken = [{**done[0], "why": 3}, {**done[0], "now": 2}, 3]
    (tmp_path / CHANGES).write_text(json.dumps([*broken, done[1]]), encoding="utf-8")
    assert remembered(here, []) == [done[1]]
