"""Reports are made whole or not at all: what is written, what is skipped, and what happens on bad days."""

import errno
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from small_project import DEFAULTS, GOOD, Small, code, prose, strays

from ldn_analysis.errors import InputError, RenderError
from ldn_analysis.questions.parameters import notebooks
from ldn_analysis.render.build import render
from ldn_analysis.render.offline import fetched
from ldn_analysis.render.planning import plan

pytestmark = pytest.mark.slow


def go(small: Small, *names: str, **more) -> tuple[int, str]:
    """Render, and return the status with everything that was said."""
    said: list[str] = []
    planned = plan(small.project, None, *names)
    return render(small.project, planned, say=said.append, **more), "\n".join(said)


def command(small: Small, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "ldn_analysis", "render", "--root", str(small.project.root), *arguments]


def unstamped(text: str) -> str:
    return re.sub(r'<p class="stamp">.*?</p>', "", text)


def test_a_report_and_its_results(small):
    status, said = go(small)
    assert status == 0 and "1 rendered" in said
    made, html = small.json(), small.html()
    result = {
        "name": "pain.estimate",
        "value": 0.1 + 0.2,
        "unit": "points",
        "lower": -1.0,
        "upper": 1.5,
        "level": 0.95,
    }
    assert made["results"] == [result]
    assert made["answer"]["sentence"] == "Yes, at 1." and made["answer"]["certainty"] == "low"
    assert made["parameters"]["changed"] == [] and made["parameters"]["values"]["mid"] == 1.0
    assert made["title"] == "Is the answer known?"
    for needed in (
        '<html lang="en">',
        "<title>Is the answer known?</title>",
        "not medical advice",
        "Show code",
    ):
        assert needed in html
    assert 'href="#answer"' in html and 'id="answer"' in html
    index = (small.project.reports / "index.html").read_text(encoding="utf-8")
    for needed in (
        "Is the answer known?",
        "Yes, at 1.",
        "Unsure.",
        made["data"]["version"],
    ):
        assert needed in index
    assert fetched(html) == [] == fetched(index)
    assert not list(small.project.reports.glob(".*.tmp"))


def test_what_has_not_changed_is_not_run_again_and_what_has_is(small):
    go(small)
    first = small.json()["stamp"]
    assert "0 rendered, 1 up to date" in go(small)[1] and small.json()["stamp"] == first
    page = small.project.reports / "02_pain.html"
    page.write_text("cut short")
    assert "1 rendered" in go(small)[1] and "cut short" not in small.html()
    data = small.project.data / "claims.csv"
    data.write_text(data.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    small.put([*GOOD[:-1], code('render.record("pain.estimate", 0.5, "points");')])
    assert "1 rendered" in go(small)[1]
    index = (small.project.reports / "index.html").read_text(encoding="utf-8")
    assert "0.3 (−1 to 1.5) points" in index and "0.5 points" in index and "data, code" in index


def test_two_renders_differ_in_their_stamp_alone(small):
    small.put([*GOOD, code("import warnings; warnings.warn('look', stacklevel=1); {1, 'a', 'b'}")])
    go(small)
    first, html = small.json(), small.html()
    go(small, force=True)
    second = small.json()
    assert first.pop("stamp") != second.pop("stamp")
    assert first == second and unstamped(html) == unstamped(small.html())


def test_parameters_reach_the_notebook_and_are_marked(small):
    go(small, "large")
    made, html = small.json("02_pain--large"), small.html("02_pain--large")
    assert made["answer"]["sentence"] == "Yes, at 2." and made["parameters"]["changed"] == ["mid"]
    assert "Scenario: A large one" in html and "changed (default 1.0)" in html


def test_text_is_shown_as_text_and_alt_is_kept(small):
    evil = "<script>alert(1)</script> & \\u202e \\U0001f600"
    png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
    cells = [
        *GOOD[:5],
        code(f'render.answer(question="{evil}", sentence="{evil}")'),
        code(f'render.record("a", "{evil}");\nprint("{evil}")'),
        code(
            "from IPython.display import display\n"
            f'display({{"image/png": "{png}"}}, raw=True, metadata={{"alt": "A dot, <b>small</b>"}})'
        ),
        code("from IPython.display import Markdown\nMarkdown('**Bold**')"),
        code("from IPython.display import Latex\nLatex(r'$\\tau^2 < 1$')"),
        code('display({"image/jpeg": "/9j/AA=="}, raw=True, metadata={"alt": "A grey dot"})'),
        code("print('\\x1b[31mRed\\x1b[0m')"),
    ]
    small.put(cells)
    assert go(small)[0] == 0
    html, index = small.html(), (small.project.reports / "index.html").read_text(encoding="utf-8")
    assert "<script>alert" not in html and "<script>alert" not in index
    assert 'alt="A dot, &lt;b&gt;small&lt;/b&gt;"' in html
    assert "\x1b" not in html and "<strong>Bold</strong>" in html and " object&gt;" not in html
    assert '<pre class="printed">$\\tau^2 &lt; 1$</pre>' in html
    assert 'src="data:image/jpeg;base64,/9j/' in html
    assert small.json()["results"][0]["value"] == "<script>alert(1)</script> & \u202e \U0001f600"


def test_a_failure_is_named_kept_and_stays_red_until_mended(small, capsys):
    go(small)
    good = small.html(), small.json()
    small.put([*GOOD, code("x = 1\n1 / 0")])
    for _ in range(2):
        assert go(small)[0] == 1
        line = capsys.readouterr().err.strip()
        assert "02_pain, cell 8 (line 2: 1 / 0): ZeroDivisionError: division by zero" in line
        assert "\n" not in line and "reports/failed/02_pain.ipynb" in line
        assert (small.html(), small.json()) == good
    assert "last attempt" in (small.project.reports / "index.html").read_text(encoding="utf-8")
    small.put(GOOD)
    assert go(small)[0] == 0
    assert not (small.project.reports / "failed").exists()


FAILURES = {
    "00_dosing_question": (GOOD[:-1], "00_dosing_question: no result was recorded"),
    "01_evidence": (
        [*GOOD, code("import os; os._exit(3)")],
        "01_evidence, cell 8 (import os; os._exit(3)): its kernel",
    ),
    "02_pain": (GOOD[:5] + GOOD[6:], "02_pain: 0 cells call render.answer"),
    "03_thresholds": ([*GOOD, GOOD[-1]], "03_thresholds: recorded more than once: pain.estimate"),
    "04_responders": (
        [*GOOD[:2], code("exit()"), *GOOD[2:]],
        "04_responders, cell 3 (exit()): ended its kernel",
    ),
    "05_dosing": ([*GOOD, code("x = 1\nquit()")], "05_dosing, cell 8 (x = 1): ended its kernel"),
    "06_safety": (
        [*GOOD, prose("![](https://example.org/a.png)")],
        "06_safety: RenderError: the page would ask",
    ),
    "07_multiverse": (
        [*GOOD, code("print('x' * 5_000_000)")],
        "07_multiverse: RenderError: the page has 5,0",
    ),
    "08_claims": (
        [*GOOD, code("import sys; sys.exit(0)"), code("x = 1")],
        "08_claims, cell 8 (import sys; sys.exit(0)): SystemExit: 0",
    ),
}


def test_every_failure_has_its_line_and_none_stops_the_others(small, capsys):
    for name, (cells, _) in FAILURES.items():
        lines = "\n".join(f"{key} = {value!r}" for key, value in notebooks()[name].defaults().items())
        own = {DEFAULTS: lines, GOOD[4]["source"]: f'params = render.parameters("{name}", globals())'}
        own[GOOD[5]["source"]] = GOOD[5]["source"].replace("{params.mid:g}", "1")
        small.put([{**cell, "source": own.get(cell["source"], cell["source"])} for cell in cells], name)
    small.scenarios("primary: {}\n")
    assert go(small)[0] == 1
    said = sorted(capsys.readouterr().err.strip().splitlines())
    for line, (_, expected) in zip(said, FAILURES.values(), strict=True):
        assert line.startswith(f"failed: {expected}")
    assert not list(small.project.reports.glob("0*.html"))


def test_a_notebook_that_hangs_is_ended_at_the_limit(small, capsys):
    small.put([*GOOD, code("import time\ntime.sleep(600)")])
    assert go(small, time_limit=8)[0] == 1
    assert "02_pain, cell 8 (import time): took more than 8 s" in capsys.readouterr().err
    assert strays(small) == []


def test_broken_data_stop_the_render_before_any_notebook(small):
    go(small)
    good = small.html(), small.json()
    path = small.project.data / "studies.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("2013", "soon", 1), encoding="utf-8")
    with pytest.raises(RenderError, match=r"studies\.csv, line"):
        go(small)
    assert (small.html(), small.json()) == good


def test_a_full_disk_leaves_the_old_report(small, monkeypatch):
    go(small)
    good = small.html(), small.json()

    def full(*_args, **_more):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(InputError, match="No space left"):
            go(small, force=True)
    assert (small.html(), small.json()) == good
    assert not list(small.project.reports.glob(".*.tmp"))
    assert go(small)[0] == 0


def test_a_folder_that_cannot_be_written_is_named(small):
    lock = small.project.reports / ".lock"
    lock.symlink_to(lock)
    with pytest.raises(RenderError, match="cannot write to"):
        go(small)


def test_two_renders_at_once_are_one_too_many(small):
    with (small.project.reports / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(RenderError, match="another render is running"):
            go(small)
    assert go(small)[0] == 0


def test_killed_in_the_middle_nothing_is_lost_and_nothing_is_left(small, tmp_path):
    go(small)
    good = small.html(), small.json()
    mark = tmp_path / "started"
    small.put(
        [*GOOD, code(f"from pathlib import Path\nPath({str(mark)!r}).touch()\nimport time; time.sleep(600)")]
    )
    running = subprocess.Popen(command(small), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not mark.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert mark.exists()
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    children = psutil.Process().children(recursive=True)
    while [one for one in strays(small) if one not in children] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [one for one in strays(small) if one not in children] == []
    assert (small.html(), small.json()) == good
    small.put(GOOD)
    assert go(small)[0] == 0


def test_the_command_says_one_line_and_needs_no_home(small, tmp_path):
    bare = {key: value for key, value in os.environ.items() if key not in ("HOME", "LDN_DATA")}
    calls = [
        (["--set", "mdi=1", "02_pain"], 2),
        ([], 0),
        ([], 0),
    ]
    for arguments, status in calls:
        done = subprocess.run(
            command(small, *arguments), env=bare, cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == status, done.stderr
        assert "Traceback" not in done.stderr
        assert len(done.stderr.strip().splitlines()) == (1 if status else 0)
    assert "up to date" in done.stdout
    assert json.loads((small.project.reports / "02_pain.json").read_text(encoding="utf-8"))["results"]
