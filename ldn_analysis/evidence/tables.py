"""The evidence as one frozen object, and what of it was public by the end of a year."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from numbers import Integral
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pandas as pd

from ldn_analysis import html
from ldn_analysis.errors import InputError, NoEstimate
from ldn_analysis.evidence.schema import Package
from ldn_analysis.hashes import Unchanging


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


DATED = {
    "published_syntheses",
    "pharmacology",
    "clinical_thresholds",
    "discontinuation",
    "responder_benchmarks",
}
"""Tables whose rows count from their ``year``."""
AS_OF_THEN = {"studies": ("label", "year"), "registrations": ("study_id", "status_as_read", "n_reached")}
"""What a view as of a year may show otherwise than the file has it."""


def _as_printed(cells: pd.Series[str], values: pd.Series[Any]) -> pd.Series[str]:
    """Cells as text, where their values were emptied or replaced."""
    texts = [
        "" if pd.isna(value) else cell if isinstance(value, float) else str(value)
        for cell, value in zip(cells, values, strict=True)
    ]
    return pd.Series(texts, index=cells.index, dtype="str")


def _among(table: pd.DataFrame, column: str, cells: set[Any]) -> pd.DataFrame:
    """The rows whose cell of a column is one of `cells`."""
    return table[table[column].isin(cells)].reset_index(drop=True)


class Tables(Unchanging[pd.DataFrame]):
    """Tables by name: each access gives a fresh (copy-on-write) frame."""

    __slots__ = ()

    def __init__(self, frames: Mapping[str, pd.DataFrame]) -> None:
        super().__init__({name: frame.copy(deep=False) for name, frame in frames.items()})

    def __getitem__(self, name: str) -> pd.DataFrame:
        return super().__getitem__(name).copy(deep=False)


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Evidence:
    """The validated tables of the data package, and what the integrity checks found.

    Each table is an attribute (``ev.studies``, ``ev.outcomes``, ...): a DataFrame with its primary key first
    and ``line`` last, the row's place in the file as a text editor shows it. Each access gives a fresh
    (copy-on-write) frame, so that nothing done to it reaches the evidence. Missing values are NaN. Whole
    numbers that may be missing are floats.

    Attributes
    ----------
    tables : mapping of str to DataFrame
        All tables by name; kept as `Tables`.
    printed : mapping of str to DataFrame
        The same cells as text, as they stand in the files (trailing zeros included).
    findings : DataFrame
        Findings of the integrity checks: file, line, study_id, column, value, rule, severity, reason, check,
        row_id. On evidence that loads, each is a warning with the reason why it stands.
    folder : Path
        Where the files are.
    package : Package
        Title, version, date and schema.
    data_version : str
        Short SHA-256 of the data files (line ends and byte-order marks aside).
    data_date : str
        Date that the data package states (ISO 8601), empty if none.
    year : int or None
        With `as_of`: the year up to which evidence is included.
    whole : Evidence or None
        With `as_of`: the evidence of all years.
    """

    tables: Mapping[str, pd.DataFrame]
    printed: Mapping[str, pd.DataFrame]
    findings: pd.DataFrame
    folder: Path
    package: Package
    data_version: str
    data_date: str
    year: int | None = None
    whole: Evidence | None = None

    def __post_init__(self) -> None:
        for name in ("tables", "printed"):
            frames = getattr(self, name)
            if not isinstance(frames, Tables):
                object.__setattr__(self, name, Tables(frames))

    def __getattr__(self, name: str) -> pd.DataFrame:
        if not name.startswith("_") and name in self.tables:
            return self.tables[name]
        raise AttributeError(f"the evidence has no table {name!r}: it has {', '.join(self.tables)}")

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *self.tables})

    def as_of(self, year: int | None) -> Evidence:
        """What was published by the end of `year`.

        Studies count from ``first_public`` (a meeting abstract, whose label and year the view then shows),
        else from their year of publication, as do published syntheses, pharmacology, thresholds, benchmarks
        and reports of stopping; rows of a table that refers to studies follow their study. A pharmacology row
        without a year is left out, since it cannot be shown to have been published. Registrations: see
        `known_registrations`. Claims are questions, not evidence: all stay.

        Parameters
        ----------
        year : int or None
            Calendar year, for example 2016; None, or a later year than that of this view, is the view itself.

        Returns
        -------
        Evidence
            The same data version, with `year` set. It may hold no study at all.
        """
        if year is None:
            return self
        if isinstance(year, bool) or not isinstance(year, Integral):
            raise InputError(f"year is {year!r}: must be a whole calendar year")
        year = int(year)  # an integer of numpy too, as a column of years gives it
        if self.year is not None and year >= self.year:
            return self
        tables = self._tables_of(year)
        keys = {name: self.package.resources[name].primary_key for name in tables}
        ids = {key for name, table in tables.items() for key in table[keys[name]]}
        findings = _among(self.findings, "row_id", ids)
        if "integrity_reasons" in tables:
            tables["integrity_reasons"] = _among(tables["integrity_reasons"], "row_id", ids)
        printed = {
            name: _among(text, keys[name], set(tables[name][keys[name]]))
            for name, text in self.printed.items()
        }
        for name in AS_OF_THEN.keys() & tables.keys():
            text, table = printed[name], tables[name]
            then = {column: _as_printed(text[column], table[column]) for column in AS_OF_THEN[name]}
            printed[name] = text.assign(**then)
        whole = self.whole or self
        return replace(self, tables=tables, printed=printed, findings=findings, year=year, whole=whole)

    def _tables_of(self, year: int) -> dict[str, pd.DataFrame]:
        """What each table holds of what was public by the end of a year."""
        tables = dict(self.tables)
        for name in DATED & tables.keys():
            tables[name] = tables[name][tables[name]["year"] <= year]
        if "registrations" in tables:
            tables["registrations"] = known_registrations(tables["registrations"], tables["studies"], year)
        tables["studies"] = known_studies(tables["studies"], year)
        public = set(tables["studies"]["study_id"])
        for name, table in tables.items():
            for link in self.package.resources[name].foreign_keys:
                if link.table == "studies" and name != "studies":
                    table = table[table[link.column].isna() | table[link.column].isin(public)]
            tables[name] = table.reset_index(drop=True)
        return tables

    def __repr__(self) -> str:
        sizes = ", ".join(f"{len(table)} {name}" for name, table in self.tables.items())
        until = "" if self.year is None else f" as of {self.year}"
        return f"<Evidence{until}: {sizes}; {len(self.findings)} warnings; data version {self.data_version}>"

    def _repr_html_(self) -> str:
        until = "" if self.year is None else f", as published by {self.year}"
        caption = html.element(
            "span",
            f"{self.package.title}{until} (data version ",
            html.element("code", self.data_version),
            f", {self.data_date}; {len(self.findings)} findings of the integrity checks stand as warnings)",
        )
        heads = ("table", html.Column("rows", "right"), html.Column("a row is", "left"))
        rows = (
            (html.element("code", name), str(len(table)), self.package.resources[name].title)
            for name, table in self.tables.items()
        )
        return html.finished(html.table(caption, heads, rows))
