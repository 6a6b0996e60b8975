"""A page that is made beside the reports: waited for, ended when it takes too long, counted when it fails."""

import os

import pytest

from ldn_analysis.errors import RenderError
from ldn_analysis.questions.pain.parameters import Pain
from ldn_analysis.questions.responders.parameters import Responders
from ldn_analysis.render.build import _Run
from ldn_analysis.render.explore import address
from ldn_analysis.render.job import data_version
from ldn_analysis.render.workers import Beside
from ldn_analysis.workbench import explore_page


def test_what_a_worker_sends_is_taken():
    assert len(Beside(data_version, dict(os.environ)).wait(120)["version"]) == 12


def test_one_that_takes_too_long_is_ended():
    slow = Beside(data_version, dict(os.environ))
    with pytest.raises(RenderError, match="took more than 0 s, the time limit"):
        slow.wait(0.0)
    assert not slow._process.is_alive()


def test_a_failure_is_a_failure_of_the_render(small):
    said = []
    run = _Run(small.project, {}, said.append)
    for task, *arguments in ((open, "/no/such/file"), (bool,), (os._exit, 1)):
        run.take_beside("explore.html", Beside(task, dict(os.environ), *arguments), 120)
    assert [line.rpartition(": ")[::2] for line in run.failures] == [
        ("failed: explore.html: [Errno 2] No such file or directory", "'/no/such/file'"),
        ("failed: explore.html: a process died (killed, or out of memory)", "try again"),
    ]
    assert len(said) == 1


def test_the_address_has_a_reports_parameters():
    usual = Pain.defaults()
    assert address(usual) == "explore.html"
    assert address(usual | {"mid": 0.5, "adjusted": False, "as_of": 2016}) == (
        "explore.html#as_of=2016&mid=0.5&contrast=change"
    )
    assert address(usual | {"crossover_r": 0.5, "adjusted": True}) == "explore.html#crossover_r=0.5"
    assert address(Responders.defaults()) == ""


def test_a_page_of_the_same_data_and_code_starts_no_worker(small):
    shared = {"package": "p", "data": "d", "lock": "l", "python": "3"}
    assert not explore_page.is_current(small.project, shared)
    small.project.reports.mkdir(exist_ok=True)
    (small.project.reports / explore_page.PAGE).write_text('<meta name="made-from" content="d l p 3">')
    assert explore_page.is_current(small.project, shared)
    assert not explore_page.is_current(small.project, shared | {"data": "other"})
