"""What an analyst does beyond reading: add a trial, compare two scenarios, take results elsewhere.

A name is loaded when it is first asked for: the command line lists its commands without the analysis.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "questions.pain.analysis": ("PainAnalysis", "analyse"),
    "render.project": ("scenario_choices",),
    "workbench.comparison": ("Comparison", "compare"),
    "workbench.exports": ("csv_text", "export", "metafor_table", "revman_table"),
    "workbench.new_study": ("Preview", "Trial", "add_trial"),
    "workbench.start_page": ("contents",),
}
__all__ = sorted(name for names in _HOMES.values() for name in names)


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"ldn_analysis.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
