"""The choices of a named scenario."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from ldn_analysis.errors import InputError

if TYPE_CHECKING:
    from ldn_analysis.render.project import Project

REPORT = "02_pain"


def scenario_choices(name: str, project: Project | None = None) -> Any:
    """The choices of a scenario of ``reports/scenarios.yml``.

    An unknown name is an `InputError` that lists what there is.
    """
    from ldn_analysis.questions.parameters import parameters_class
    from ldn_analysis.render.project import locate, read_scenarios

    known = read_scenarios(project or locate())
    if name not in known:
        near = get_close_matches(name, known, n=1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(f"there is no scenario {name!r}: {', '.join(known)}{meant}")
    return parameters_class(REPORT)(**known[name].of(REPORT))
