"""Refuse a year by which nothing had been published, and say from which year on there is something."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

import pandas as pd

from ldn_analysis.errors import NoEstimate


class HasStudies(Protocol):
    """What is needed of `evidence.Evidence`; its view as of a year holds the ``whole``."""

    @property
    def studies(self) -> pd.DataFrame: ...


E = TypeVar("E", bound=HasStudies)

# What a registration says today of a trial that was under way then.
SEEN_LATER = ("status_as_read", "n_reached")


def first_years(studies: pd.DataFrame) -> pd.Series[float]:
    """Year from which each study counts: ``first_public``, else ``year`` (of publication)."""
    years = studies["year"].astype(float)
    return studies["first_public"].fillna(years) if "first_public" in studies else years


def known_studies(studies: pd.DataFrame, year: int) -> pd.DataFrame:
    """Studies that were public by the end of `year`, under the label and year of their report of then."""
    known = studies[first_years(studies) <= year]
    early = known["year"] > year
    if not early.any():
        return known
    labels = known["first_public_label"].where(known["first_public_label"].notna(), known["label"])
    return known.assign(
        label=known["label"].where(~early, labels),
        year=known["year"].where(~early, known["first_public"]).astype("int64"),
    )


def known_registrations(table: pd.DataFrame, studies: pd.DataFrame, year: int) -> pd.DataFrame:
    """Registry entries that were public by the end of `year`.

    An entry counts from ``registered``, else from the year of its study, else from the year in which it was
    seen. What was seen later than `year`, and a study that reports it later, are emptied.

    Parameters
    ----------
    table : registrations, of all years.
    studies : studies, of all years.
    """
    of_study = pd.Series(first_years(studies).to_numpy(), index=studies["study_id"])
    reported = table["study_id"].map(of_study)
    last_seen = table["last_seen"].str[:4].astype(float)
    public = table["registered"].fillna(reported).fillna(last_seen) <= year
    entries = table[public]
    later = last_seen[public] > year
    emptied = {name: entries[name].mask(later) for name in SEEN_LATER}
    return entries.assign(study_id=entries["study_id"].mask(reported[public] > year), **emptied)


def require_published(ev: E, kind: str, studies: Callable[[E], Iterable[str]]) -> None:
    """Raise if evidence "as of" a year holds no study of a kind that the whole evidence holds.

    Parameters
    ----------
    ev : `Evidence`, or its `Evidence.as_of` view.
    kind : the kind in words, for example "study of pain".
    studies : the ids of the studies of that kind in the evidence that it is given.

    Raises
    ------
    NoEstimate : it names the year, and the first study of that kind with its own.
    """
    whole: E | None = getattr(ev, "whole", None)
    if whole is None or len(list(studies(ev))):
        return
    later = whole.studies[whole.studies["study_id"].isin(list(studies(whole)))]
    if len(later):
        first = later.assign(year=first_years(later).astype(int)).sort_values(["year", "study_id"]).iloc[0]
        raise NoEstimate(
            f"as_of is {getattr(ev, 'year', '')}: no {kind} had been published by then; "
            f"the first is of {first['year']} ({first['label']})"
        )
