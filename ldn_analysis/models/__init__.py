"""Statistical models: arrays in, frozen results out. Nothing here reads a file, draws or prints.

A public name is looked up in `_HOME` when it is first used, so that ``import ldn_analysis.models`` costs
nothing. To add one: append it to `_HOME` and, in the same alphabetical place of its file, to the imports under
``TYPE_CHECKING``, which is where type checkers and editors see it (a test compares the two). A file must not
bear the name of a public function: importing the file would put the module in the function's place.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .occupancy_constants import ConcentrationMargin as ConcentrationMargin
    from .occupancy_constants import binding_conflict as binding_conflict
    from .occupancy_constants import concentration_margin as concentration_margin
    from .occupancy_day import Occupancy as Occupancy
    from .occupancy_day import OccupancyInputs as OccupancyInputs
    from .occupancy_day import Uncertain as Uncertain
    from .occupancy_day import occupancy as occupancy
    from .occupancy_receptor import OCCUPANCY_KINETICS as OCCUPANCY_KINETICS
    from .pooling import Pooled as Pooled
    from .pooling import pool as pool

_HOME = {
    "ConcentrationMargin": "occupancy_constants",
    "OCCUPANCY_KINETICS": "occupancy_receptor",
    "Occupancy": "occupancy_day",
    "OccupancyInputs": "occupancy_day",
    "Pooled": "pooling",
    "Uncertain": "occupancy_day",
    "binding_conflict": "occupancy_constants",
    "concentration_margin": "occupancy_constants",
    "occupancy": "occupancy_day",
    "pool": "pooling",
}

__all__ = sorted(_HOME)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    """Import the file that holds `name` and remember what it gave."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
