"""A page that is made beside the reports: waited for, ended when it takes too long, counted when it fails."""

import os

from ldn_analysis.questions.pain.parameters import Pain
from ldn_analysis.questions.responders.parameters import Responders
from ldn_analysis.render.build import _Run
from ldn_analysis.render.explore import address
from ldn_analysis.render.job import check_data
from ldn_analysis.render.workers import Beside
from ldn_analysis.workbench import explore_page


def test_what_a_worker_sends_is_taken():
    assert Beside(check_data, dict(os.environ)).wait(120)[0] == "done"


def test_one_that_takes_too_long_is_ended():
    slow = Beside(check_data, dict(os.environ))
    assert slow.wait(0.0) == "took more than 0 s, the time limit"
    assert not slow._process.is_alive()


def test_a_failure_is_a_failure_of_the_render(small):
    said = []
    run = _Run(small.project, {}, said.append)
    run.take_beside("explore.html", "no such column")
    run.take_beside("explore.html", False)
    run.take_beside("explore.html", True)
    assert run.failures == ["failed: explore.html: no such column"]
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
