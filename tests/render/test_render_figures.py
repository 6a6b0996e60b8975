"""Figures for print: those that a notebook shows now, or none when it fails."""

import pytest
from small_project import GOOD, code

from ldn_analysis.errors import RenderError
from ldn_analysis.render.figures import draw_figures
from ldn_analysis.render.planning import plan

pytestmark = pytest.mark.slow


def show(name: str) -> dict:
    return code(
        "from matplotlib.figure import Figure\nfrom ldn_analysis import display\n"
        f'display.show(Figure(), name="{name}", alt="An empty figure, with nothing in it at all")'
    )


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_figures_are_those_of_now_and_stay_when_a_notebook_fails(small, tmp_path):
    into = tmp_path / "new" / "figures"
    small.put([*GOOD, show("one"), show("two")])
    for scenario in ("primary", "large"):
        draw_figures(small.project, plan(small.project, scenario=scenario), into)
    own = [f"02_pain--{scenario}{name}{end}" for scenario in ("large--", "") for name in ("one", "two")
           for end in (".png", ".svg")]  # fmt: skip
    assert names(into) == own
    assert names(small.project.reports) == ["scenarios.yml"]
    small.put([*GOOD, show("three")])
    draw_figures(small.project, plan(small.project, scenario="primary"), into)
    now = [*own[:4], "02_pain--three.png", "02_pain--three.svg"]
    assert names(into) == now
    small.put([*GOOD, show("one"), show("one")])
    with pytest.raises(RenderError, match=r"02_pain, cell 9 .*name is 'one': another figure has that name"):
        draw_figures(small.project, plan(small.project, scenario="primary"), into)
    assert names(into) == now
