"""What several rooms make of the same evidence, made once while that evidence is there."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from ldn_analysis.evidence.tables import Evidence

F = TypeVar("F", bound=Callable[..., Any])
_RESULTS: WeakKeyDictionary[Evidence, dict[Any, Any]] = WeakKeyDictionary()


def once(function: F) -> F:
    """Compute a pure function of the evidence once for its other arguments; tables that are no `Evidence`
    may change, and are read anew. Each call gets frames and arrays of its own."""

    @wraps(function)
    def remembered(ev: Any, *args: Any, **choices: Any) -> Any:
        arguments = (*args, *(item for pair in sorted(choices.items()) for item in pair))
        key = (function, arguments, tuple(map(type, arguments)))
        try:
            results = _RESULTS.setdefault(ev, {}) if isinstance(ev, Evidence) else {}
            known = key in results
        except TypeError:  # a list among the choices
            return function(ev, *args, **choices)
        if not known:
            results[key] = function(ev, *args, **choices)
        return _copy(results[key])

    return cast(F, remembered)


def _copy(result: Any) -> Any:
    """The result, with frames that are copied on write."""
    if isinstance(result, pd.DataFrame):
        return result.copy(deep=False)
    if isinstance(result, np.ndarray):
        return result.copy()
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        names = [field.name for field in dataclasses.fields(result)]
        return dataclasses.replace(result, **{name: _copy(getattr(result, name)) for name in names})
    return result
