"""What `ldn_analysis.render` says when it refuses or fails: always one line a person can act on."""

from __future__ import annotations

__all__ = ["ParameterError", "RenderError"]


class RenderError(Exception):
    """A report could not be made; the message is one line, meant for the terminal."""


class ParameterError(RenderError, ValueError):
    """A parameter's name, type or value is not one that the notebook declares."""
