"""Refuse a year by which nothing had been published, and say from which year on there is something."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ldn_analysis.errors import InputError

__all__ = ["require_published"]


def require_published(ev: Any, what: str, studies: Callable[[Any], Iterable[str]]) -> None:
    """Raise if evidence "as of" a year holds no study of a kind that the whole evidence holds.

    Parameters
    ----------
    ev : `Evidence`, or its `Evidence.as_of` view.
    what : the kind in words, for example "study of pain".
    studies : the ids of the studies of that kind in the evidence that it is given.

    Raises
    ------
    InputError : it names the year, and the first study of that kind with its own.
    """
    whole = getattr(ev, "whole", None)
    if whole is None or len(list(studies(ev))):
        return
    later = whole.studies[whole.studies["study_id"].isin(list(studies(whole)))]
    if len(later):
        first = later.sort_values(["year", "study_id"]).iloc[0]
        raise InputError(
            f"as_of is {ev.year}: no {what} had been published by then; "
            f"the first is of {first['year']} ({first['label']})"
        )
