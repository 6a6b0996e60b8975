"""Statistical models: arrays in, frozen results out. Nothing here reads a file, draws or prints.

A folder is a shelf; its ``__init__.py`` lists what is public, and all of that can be had from here as well:
``from ldn_analysis import models`` and ``models.pool``, or ``from ldn_analysis.models.pooling import pool``.
"""

# ruff: noqa: F403 - each shelf says in its `__all__` what is public; no name is typed a third time here

from ldn_analysis.models import (
    bayes,
    counts,
    dose_curves,
    limits,
    pooling,
    receptors,
    responders,
    specifications,
    titration,
    updown,
)
from ldn_analysis.models.bayes import *
from ldn_analysis.models.counts import *
from ldn_analysis.models.dose_curves import *
from ldn_analysis.models.limits import *
from ldn_analysis.models.pooling import *
from ldn_analysis.models.receptors import *
from ldn_analysis.models.responders import *
from ldn_analysis.models.specifications import *
from ldn_analysis.models.titration import *
from ldn_analysis.models.updown import *

__all__ = [
    *bayes.__all__,
    *counts.__all__,
    *dose_curves.__all__,
    *limits.__all__,
    *pooling.__all__,
    *receptors.__all__,
    *responders.__all__,
    *specifications.__all__,
    *titration.__all__,
    *updown.__all__,
]
