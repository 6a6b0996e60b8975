"""A record of a download in one form, and the cells that it is made of."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

LONGEST = 4000
"""Letters that a cell of the records keeps."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record of a download; names as in ``records.csv``, all text, what is not known empty."""

    kind: str
    title: str
    registry_ids: tuple[str, ...] = ()
    doi: str = ""
    pmid: str = ""
    authors: str = ""
    published: str = ""
    journal: str = ""
    status: str = ""
    n_planned: str = ""
    n_reached: str = ""
    primary_outcome: str = ""
    primary_time: str = ""
    results_posted: str = ""
    about: str = ""
    acronym: str = ""
    version: str = ""

    @property
    def key(self) -> str:
        """The record's key: its own number, a registration's with the day of its version."""
        if self.kind == "registration" and self.registry_ids:
            key = f"{self.registry_ids[0]}{'.' + self.version if self.version else ''}"
        elif self.pmid:
            key = f"pmid-{self.pmid}"
        elif self.doi:
            key = f"doi-{self.doi}"
        else:
            parts = (self.title, self.authors, self.journal, self.published)
            digest = hashlib.sha256("\0".join(parts).encode())
            key = f"title-{digest.hexdigest()[:12]}"
        return re.sub(r"[^A-Za-z0-9_.+-]", "-", key)


@dataclass(frozen=True, slots=True)
class Download:
    """What one file holds.

    Attributes
    ----------
    name, sha256 : the file's name and hash.
    source, kind : as in ``searches.csv``; the source of a RIS file is not known from it.
    records : in the file's order.
    n_found : what the source says it found in all; None where the file does not tell.
    """

    name: str
    sha256: str
    source: str
    kind: str
    records: tuple[Record, ...] = ()
    n_found: int | None = None


def cell_text(value: Any) -> str:
    """Text of a value on one line, without control characters, at most `LONGEST` letters."""
    if value is None or isinstance(value, dict | list):
        return ""
    line = " ".join(str(value).split())
    line = "".join(letter for letter in line if letter.isprintable())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def joined(values: Iterable[Any]) -> str:
    return cell_text("; ".join(dict.fromkeys(cell for cell in map(cell_text, values) if cell)))


def participants(value: Any) -> str:
    """A number of participants as text, empty where the cell holds none."""
    cell = cell_text(value).replace(",", "")
    return str(int(cell)) if re.fullmatch(r"\d{1,7}", cell) else ""


_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTHS = {name: f"{number:02d}" for number, name in enumerate(_NAMES, 1)}


def date_text(value: Any) -> str:
    """A date in ISO 8601, as far as it can be read; the day stands before the month, as registers write."""
    cell = cell_text(value)
    iso = re.match(r"((?:19|20)\d\d)(?:[-/](0[1-9]|1[0-2])(?:[-/](0[1-9]|[12]\d|3[01]))?)?", cell)
    if iso:
        return "-".join(part for part in iso.groups() if part)
    if turned := re.match(r"(\d{1,2})[-/ ](\d{1,2}|[A-Za-z]{3})[A-Za-z]*[-/ ]((?:19|20)\d\d)", cell):
        day, month, year = turned.groups()
        month = MONTHS.get(month.lower(), month.zfill(2))
        return f"{year}-{month}-{day.zfill(2)}" if 1 <= int(month) <= 12 and 1 <= int(day) <= 31 else year
    year_alone = re.search(r"(?:19|20)\d\d", cell)
    return year_alone[0] if year_alone else ""
