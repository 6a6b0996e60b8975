"""Processes on bad days: whatever is killed, closed or in the way, there is one line and nothing is left."""

import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import psutil
import pytest
from small_project import DEFAULTS, GOOD, ROOT, Small, code, strays
from typer.testing import CliRunner

from ldn_analysis import cli
from ldn_analysis.questions.parameters import parameters_class
from ldn_analysis.questions.typed import check, from_text
from ldn_analysis.render.job import call, data_version, tidy
from ldn_analysis.render.kernel import Spare

pytestmark = pytest.mark.slow


def command(small: Small, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "ldn_analysis", "render", "--root", str(small.project.root), *arguments]


def run(small: Small, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    return subprocess.run(
        command(small, *arguments), env=environment, capture_output=True, text=True, timeout=300
    )


@pytest.fixture
def here(small, monkeypatch, capsys):
    """Run the command in this process, which has imported what a process of its own imports first."""

    def run_here(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        capsys.readouterr()
        with monkeypatch.context() as patch, pytest.raises(SystemExit) as ended:
            patch.setattr(sys, "argv", command(small, *arguments)[2:])
            for name, value in variables.items():
                patch.setenv(name, value)
            cli.main()
        said = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, int(ended.value.code or 0), said.out, said.err)

    return run_here


def another(small: Small, name: str, *more: dict) -> None:
    """A second notebook, with the parameters of the summary."""
    own = {GOOD[4]["source"]: f'params = render.parameters("{name}", globals())'}
    small.put([*({**cell, "source": own.get(cell["source"], cell["source"])} for cell in GOOD), *more], name)


def gone(check, seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while check() and time.monotonic() < end:
        time.sleep(0.05)
    return not check()


def worker(pipe) -> None:
    """What a worker does first: it forks the kernel that waits."""
    pipe.send(Spare().pid)
    time.sleep(600)


def test_a_waiting_kernel_ends_with_its_worker_however_that_is_killed():
    """Fifty kills, at once or a little later; the same context as the fork server's workers."""
    context, chance = multiprocessing.get_context("fork"), random.Random(20)
    waiting = []
    for _ in range(50):
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=worker, args=(theirs,))
        process.start()
        theirs.close()
        waiting.append(psutil.Process(ours.recv()))
        time.sleep(chance.choice([0, 0, 0.001, 0.01, 0.05]))
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        ours.close()

    def alive():
        return [one for one in waiting if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]

    assert gone(alive, 10)


def test_a_worker_whose_parent_was_killed_says_nothing(capfd):
    """It has nobody to tell; a line of Python after a kill would look like an error of its own."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    ours.close()
    process = context.Process(target=call, args=(theirs, {"LDN_DATA": "not there"}, data_version))
    process.start()
    process.join(60)
    assert process.exitcode == 0
    assert capfd.readouterr().err == ""


def test_ctrl_c_is_one_line_and_what_was_finished_stays(small, tmp_path):
    mark = tmp_path / "started"
    small.scenarios("primary: {}\n")
    another(small, "00_dosing_question", code("# what is longest is run first\n" * 50))
    wait = code(f"from pathlib import Path\nPath({str(mark)!r}).touch()\nimport time; time.sleep(600)")
    small.put([*GOOD, wait])
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    running = subprocess.Popen(
        command(small, "--workers", "1"), **pipes, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background ignores it
    )  # fmt: skip
    line = running.stdout.readline()  # in a log, a line as each report is done
    assert line.startswith("  [ 1 of 2] 00_dosing_question") and line.rstrip().endswith(" s")
    assert gone(lambda: not mark.exists(), 120)
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130 and out == ""
    assert err == "stopped: what was finished stays, and the last good reports are still there\n"
    children = psutil.Process().children(recursive=True)
    assert gone(lambda: [one for one in strays(small) if one not in children])
    index = (small.project.reports / "index.html").read_text(encoding="utf-8")
    assert "00_dosing_question.html" in index and small.json("00_dosing_question")["results"]
    assert not (small.project.reports / "02_pain.html").exists()


def test_an_output_that_is_closed_or_full_is_one_line(small):
    for shell in ('"$@" | head -n 0', '"$@" > /dev/full'):
        small.put([*GOOD, code(f"{shell!r}")])
        done = subprocess.run(["bash", "-o", "pipefail", "-c", shell, "bash", *command(small)],
                              capture_output=True, text=True)  # fmt: skip
        assert done.returncode != 0
        assert done.stderr.startswith("the output cannot be written: ") and done.stderr.count("\n") == 1
        index = (small.project.reports / "index.html").read_text(encoding="utf-8")
        assert "02_pain.html" in index  # never older than the pages


def test_places_that_will_not_do_are_one_line(small, here, tmp_path):
    long = tmp_path / ("t" * 90)
    long.mkdir()
    done = run(small, TMPDIR=str(long))
    assert (
        done.returncode == 1 and done.stderr.startswith("TMPDIR is too long") and done.stderr.count("\n") == 1
    )
    scenarios = small.project.reports / "scenarios.yml"
    for path in (scenarios, small.project.reports):
        for content in ("file", "pipe") if path == scenarios else ("file",):
            path.unlink() if path == scenarios else shutil.rmtree(path)
            os.mkfifo(path) if content == "pipe" else path.write_bytes(b"\xff")
            done = here()
            assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr
            assert "scenarios.yml" in done.stderr and "Traceback" not in done.stderr


def test_a_killed_fork_server_is_more_than_aborted(small):
    small.scenarios("primary: {}\n")
    kill = "import psutil; psutil.Process().parent().parent().kill()"
    another(small, "00_dosing_question", code(kill))
    small.put([*GOOD, code(kill)])
    done = run(small, "--workers", "1")
    assert "Abort" not in done.stderr + done.stdout and "Traceback" not in done.stderr
    assert done.returncode in (0, 1)
    children = psutil.Process().children(recursive=True)
    assert gone(lambda: [one for one in strays(small) if one not in children])


def test_reports_of_other_data_and_of_ones_own_have_places_of_their_own(small, here, tmp_path):
    """One run each: other data replace nothing, a second set replaces no first, and both can be forgotten."""
    import shutil

    shutil.copytree(small.project.data, tmp_path / "theirs")
    small.put(GOOD, "09_undeclared")
    first = run(small)
    assert first.returncode == 1 and "failed: 09_undeclared: its parameters are not declared" in first.stderr
    assert "KeyboardInterrupt" not in first.stderr and first.stderr.count("\n") == 1
    good = small.html()
    other = here("02_pain", "--params", "mid=0.5 tau2_method=PM", LDN_DATA=str(tmp_path / "theirs"))
    assert other.returncode == 0, other.stderr
    place = next((small.project.reports / "other-data").iterdir())
    page = (place / "02_pain--tau2_method=PM,mid=0.5.html").read_text(encoding="utf-8")
    assert "Made from other data" in page and "theirs" in page and str(tmp_path) not in page
    assert "Made from other data" in (place / "index.html").read_text(encoding="utf-8")
    for value in ("0.5", "0.25"):
        assert here("02_pain", "--set", f"mid={value}").returncode == 0
    index = (small.project.reports / "index.html").read_text(encoding="utf-8")
    for value in ("0.5", "0.25"):
        assert small.json(f"02_pain--mid={value}")["parameters"]["values"]["mid"] == float(value)
        assert f'href="02_pain--mid%3D{value}.html"' in index and f"matters: {value} NRS points" in index
        assert f">mid = {value}: {small.json()['title']}</a>" in index  # links of two reports have two names
    assert small.html() == good
    forgot = here("--forget")
    assert forgot.stdout == "removed: 02_pain--mid=0.25, 02_pain--mid=0.5\n"
    assert not list(small.project.reports.glob("*mid*")) and small.html() == good
    assert "mid%3D" not in (small.project.reports / "index.html").read_text(encoding="utf-8")


def test_several_words_reach_the_notebook(small, here):
    from ldn_analysis.questions.multiverse.parameters import Multiverse

    lines = "\n".join(f"{name} = {value!r}" for name, value in Multiverse.defaults().items())
    own = {DEFAULTS: lines, GOOD[4]["source"]: 'params = render.parameters("07_multiverse", globals())'}
    small.put([{**cell, "source": own.get(cell["source"], cell["source"])} for cell in GOOD], "07_multiverse")
    done = here("07_multiverse", "--set", "kinds=defensible", "--set", "leave_out=time,spread")
    assert done.returncode == 0, done.stderr
    stem = "07_multiverse--kinds=defensible,leave_out=time+spread"
    assert json.loads((small.project.reports / f"{stem}.json").read_text(encoding="utf-8"))["parameters"][
        "changed"
    ]
    assert small.json(stem)["parameters"]["values"]["leave_out"] == ["time", "spread"]


@pytest.mark.parametrize("held", [True, False])
def test_clean_stops_while_a_render_runs(small, held):
    import fcntl

    with (small.project.reports / ".lock").open("w") as handle:
        if held:
            fcntl.flock(handle, fcntl.LOCK_EX)
        idle = [sys.executable, str(ROOT / "requirements" / "idle.py")]
        done = subprocess.run(idle, cwd=small.project.root, capture_output=True, text=True)
    assert done.returncode == int(held)
    assert done.stderr == ("a render is running: wait for it to end, then try again\n" if held else "")
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "requirements/idle.py" in make[make.index("\nclean:") :]


def test_what_is_printed_for_check_begins_with_the_verdict():
    run_here = CliRunner().invoke
    done, full = run_here(cli.app, ["check"]), run_here(cli.app, ["check", "--verbose"])
    first, *rest = done.stdout.splitlines()
    assert ": valid, " in first and rest and all(len(line) <= 110 for line in rest)
    assert full.stdout.splitlines()[0] == first and len(full.stdout) > len(done.stdout)
    unwrapped = done.stdout.replace("\n    ", " ")
    for notice in ("state it in favours", "type the interval too, if the report gives it"):
        assert f"{notice}\n" in unwrapped  # a remedy is never cut off


def test_the_check_says_what_is_particular_first_and_what_most_trials_have_once(monkeypatch, tmp_path):
    shutil.copytree(ROOT / "data", tmp_path / "data")
    monkeypatch.setenv("LDN_DATA", str(tmp_path / "data"))
    bias = tmp_path / "data" / "risk_of_bias.csv"
    lines = bias.read_text(encoding="utf-8").splitlines(keepends=True)
    lines = [line for line in lines if "final2024" not in line and "innova2026" not in line]
    bias.write_text("".join(lines), encoding="utf-8")
    done = CliRunner().invoke(cli.app, ["check"]).stdout.replace("\n    ", " ")
    assert done.splitlines()[1].endswith("state it in favours")  # before what has a reason
    assert "\nwarning: final2024, innova2026: is pooled, and its risk of bias is not judged yet\n" in done


def test_the_check_says_who_is_pooled_and_who_of_the_pool_gives_no_estimate():
    *_, lost, last = CliRunner().invoke(cli.app, ["check"]).stdout.replace("\n    ", " ").splitlines()
    declared = pd.read_csv(ROOT / "data" / "study_sets.csv").query("outcome == 'pain' and set == 'primary'")
    assert lost.startswith("warning: bested2023 gives the primary pool of pain no estimate: the range of")
    assert {*last.removeprefix("pain is pooled from: ").split(", "), "bested2023"} == {*declared["study_id"]}


def test_what_is_listed_can_be_typed_as_it_stands():
    cls = None
    for line in CliRunner().invoke(cli.app, ["list"]).stdout.splitlines():
        if not line.startswith("  "):
            cls = parameters_class(line) if not line.startswith("scenario ") else None
            continue
        name, shown = re.match(r"  (\w+) = (.*?) {4}", line).groups()
        assert shown not in ("None", "True", "False")
        assert "e+" not in line  # a limit of a million is written out
        assert check(cls, name, from_text(cls, name, shown)) == cls.defaults()[name]


def test_values_with_spaces_come_through_make():
    from ldn_analysis.cli import split_assignments

    assert split_assignments("analysis=complete cases mid=0.5") == ["analysis=complete cases", "mid=0.5"]
    assert split_assignments("  ") == [] and split_assignments(" a=1\tb=2 ") == ["a=1", "b=2"]
    make = Path(ROOT / "Makefile").read_text(encoding="utf-8")
    assert "export PARAMS" in make and '--params "$$PARAMS"' in make


@pytest.mark.parametrize("given", ["C", "POSIX", "xx_XX.UTF-8"])
def test_make_keeps_from_python_a_locale_in_which_no_umlaut_of_a_path_is_read(given):
    command = ["make", "-sC", str(ROOT), "--eval", "shown: ; @echo [$$LC_ALL]", "shown"]
    done = subprocess.run(command, env=os.environ | {"LC_ALL": given}, capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


def test_lines_that_a_busy_machine_sends_in_pieces_are_shown_as_one():
    first, second, last = ({"output_type": "stream", "name": "stdout", "text": f"{text}\n"} for text in "abc")
    picture = {"output_type": "display_data", "data": {"text/plain": "picture"}, "metadata": {}}
    cell = {"cell_type": "code", "metadata": {}, "outputs": [first, second, picture, last]}
    (tidied,) = tidy({"cells": [cell], "metadata": {}})["cells"]
    assert [output.get("text") for output in tidied["outputs"]] == ["a\nb\n", None, "c\n"]
    assert first["text"] == "a\n"
