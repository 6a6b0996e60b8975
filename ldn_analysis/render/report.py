"""What a report is before it is there: planned, handed to a worker, and what came of that."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ldn_analysis.errors import RenderError
from ldn_analysis.questions.typed import as_typed
from ldn_analysis.render.project import PRIMARY, Scenario

TIME_LIMIT = 900.0
"""Seconds that a notebook may take, if nothing else is said."""
_LONGEST = 120
"""Letters of a report's file name that its parameters may take."""


def own_set(changed: Mapping[str, Any]) -> Scenario:
    """The set of parameters that somebody gave for one report, named by what differs from the defaults.

    Without a difference it is the primary set. The equals sign keeps its name apart from every scenario's.
    """
    if not changed:
        return Scenario(PRIMARY, "", {})
    parts = [f"{name}={_word(value)}" for name, value in changed.items()]
    name = ",".join(part.replace(" ", "-") for part in parts)
    if len(name) > _LONGEST:
        name = f"{name[:_LONGEST]}..{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return Scenario(name, ", ".join(part.replace("=", " = ", 1) for part in parts), dict(changed))


def _word(value: Any) -> str:
    return "+".join(value) or "nothing" if isinstance(value, tuple) else as_typed(value)


@dataclass(frozen=True, slots=True)
class Planned:
    """One report to be made, checked so far that it can run."""

    notebook: str
    scenario: Scenario
    content: dict[str, Any] = field(repr=False)
    changed: dict[str, Any]
    fingerprint: dict[str, str]

    @property
    def stem(self) -> str:
        """File name without ending: sets other than the primary are named in it."""
        return f"{self.notebook}--{self.scenario.name}" if self.scenario.special else self.notebook


@dataclass(frozen=True, slots=True)
class Job:
    """What one worker is asked to do; everything in it can be pickled."""

    planned: Planned
    scratch: Path
    environment: dict[str, str]
    page: dict[str, Any]
    timeout: float


@dataclass(slots=True)
class Outcome:
    """What came of a job: what it recorded, or in one line why there is nothing."""

    recorded: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    executed: dict[str, Any] | None = None
    seconds: float = 0.0


class NotebookError(RenderError):
    """A notebook failed; the message names it, the cell and the error."""
