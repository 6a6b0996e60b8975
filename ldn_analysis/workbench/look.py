"""Look at what a person has downloaded: remember what is new, find repeats, compare registrations.

Nothing is judged here and nothing is deleted: unseen records are appended, and what seems to be a record once
more says so.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ldn_analysis import html
from ldn_analysis.errors import InputError
from ldn_analysis.evidence import (
    Evidence,
    data_folder,
    plain_doi,
    plain_title,
    read_review,
    registry_numbers,
    studies_of,
)
from ldn_analysis.evidence import load as load_evidence
from ldn_analysis.workbench.look_formats import RIS, read_download
from ldn_analysis.workbench.look_records import Download, Record
from ldn_analysis.workbench.rows import Row, added, alone, printed


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look brought.

    Attributes
    ----------
    rows : rows that were (or would be) appended, by file.
    lines : for people: each file, repeats, notices, registrations compared.
    """

    rows: Mapping[str, list[Row]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)


def look(
    files: Sequence[Path],
    *,
    query: str = "",
    date: str = "",
    source: str = "",
    today: dt.date | None = None,
    folder: Path | None = None,
    dry_run: bool = False,
) -> Looked:
    """Read downloads, append what is unseen to ``records.csv`` and ``searches.csv``, and say what is notable.

    Parameters
    ----------
    files : downloads (`look_formats.read_download`).
    query, date, source : what the person says of the search; empty stays empty. `source` names the database
        of a RIS file.
    today : day of the look; the machine's by default.
    folder : the data, as in `evidence.load`.
    dry_run : only look, write nothing.

    Raises
    ------
    InputError : a file cannot be read, each with its line, or the date is none. Nothing is written then.
    EvidenceError : the data are not valid, with the rows or without them.
    """
    day = (today or dt.date.today()).isoformat()
    if date:
        _checked(date, day)
    downloads = _downloads(files)
    where = data_folder(folder)
    with alone(where):
        ev = load_evidence(where)
        if not {"searches", "records"} <= set(ev.tables):
            raise InputError("the data have no tables of searches and records (searches.csv, records.csv)")
        review = read_review(ev.folder, ev.package.version)
        version = review.version if review else ev.package.version
        searches: list[Row] = []
        memory = _Memory(ev)
        lines: list[str] = []
        looked_at = set(ev.printed["searches"]["sha256"])
        for download in downloads:
            if download.sha256 in looked_at:
                lines.append(f"{download.name}: looked at before, nothing to add")
                lines += memory.compared(download)
                continue
            looked_at.add(download.sha256)
            row = _search(download, source if download.source == RIS and source else download.source)
            about = {"query": " ".join(query.split()), "searched_on": date, "looked_on": day}
            searches.append(row | about | {"review_version": version})
            new, sentences = memory.take(download, row["search_id"])
            n = len(download.records)
            lines.append(f"{download.name}: {row['source']}, {n} record{'' if n == 1 else 's'}, {new} unseen")
            lines += [*sentences, *memory.compared(download)]
        rows = {"searches.csv": searches, "records.csv": memory.added}
        rows = {name: new_rows for name, new_rows in rows.items() if new_rows}
        if rows:
            with added(ev, rows, dry_run=dry_run):
                pass
    return Looked(rows, lines)


def _downloads(files: Sequence[Path]) -> list[Download]:
    """All files; `InputError` has a line for each that cannot be read."""
    downloads, problems = [], []
    for path in files:
        try:
            downloads.append(read_download(path))
        except InputError as error:
            problems.append(str(error))
    if problems:
        raise InputError("\n".join(problems))
    return downloads


def _checked(date: str, day: str) -> None:
    try:
        searched = dt.date.fromisoformat(date)
    except ValueError:
        raise InputError(f"--date is {date!r}: must be a day such as 2026-11-20") from None
    if searched.isoformat() > day:
        raise InputError(f"--date is {date!r}: lies after today ({day})")


def _search(download: Download, source: str) -> Row:
    """What the file itself says of the search."""
    return {
        "search_id": f"{html.slug(source) or 'file'}-{download.sha256[:8]}",
        "source": source,
        "kind": download.kind,
        "n_found": "" if download.n_found is None else str(download.n_found),
        "n_records": str(len(download.records)),
        "sha256": download.sha256,
    }


class _Memory:
    """What the tables hold of records, registrations and studies, and what this look adds."""

    def __init__(self, ev: Evidence) -> None:
        self.records: list[Row] = printed(ev, "records")
        self.added: list[Row] = []
        self.studies = studies_of(ev)
        self.labels = dict(zip(ev.studies["study_id"], ev.studies["label"], strict=True))
        self.registered: dict[str, Row] = {}
        for row in printed(ev, "registrations"):
            for number in registry_numbers(f"{row['registry_id']}; {row['other_ids']}"):
                self.registered.setdefault(number, row)
        self._before = list(self.records)
        self._titles = {row["record_id"]: plain_title(row["title"]) for row in self.records}

    def take(self, download: Download, search_id: str) -> tuple[int, list[str]]:
        """Remember the unseen records of a download: their number, and what to say of them."""
        before, sentences = len(self.added), []
        for record in download.records:
            key, title = record.key, plain_title(record.title)
            if key.startswith("doi-") and self._titles.get(key, title) != title:
                key += f".{hashlib.sha256(title.encode()).hexdigest()[:8]}"  # of one supplement: a title each
            if key in self._titles:
                continue
            same, by = self._same(record, search_id)
            row = _record(record) | {"record_id": key, "search_id": search_id, "same_as": same, "same_by": by}
            self.records.append(row)
            self.added.append(row)
            self._titles[key] = title
            sentences += self._notable(record, key, same, by)
        return len(self.added) - before, sentences

    def _same(self, record: Record, search_id: str) -> tuple[str, str]:
        """The earlier record that this one repeats, and by what."""
        year = record.published[:4]
        alike = [row for row in self.records if row["kind"] == record.kind]
        registered = alike if record.kind == "registration" else []
        titled = self._titled(record, alike)
        of_doi = [row for row in self.records if record.doi and row["doi"] == record.doi]
        of_title = self._titled(record, of_doi)
        # two of one search with one DOI and two titles are abstracts with the DOI of their supplement
        of_supplement = any(row["search_id"] == search_id for row in of_doi)
        repeated = {
            "registry number": [row for row in registered if _shares(record, row)],
            "DOI": of_title or ([] if of_supplement else of_doi),
            "PubMed number": [row for row in self.records if record.pmid and row["pmid"] == record.pmid],
            "title and year": [row for row in titled if year and row["published"][:4] == year],
        }
        return next(((rows[0]["record_id"], by) for by, rows in repeated.items() if rows), ("", ""))

    def _titled(self, record: Record, rows: list[Row]) -> list[Row]:
        """Those of `rows` that bear the title of a record."""
        title = plain_title(record.title)
        return [row for row in rows if self._titles[row["record_id"]] == title]

    def _notable(self, record: Record, key: str, same: str, by: str) -> list[str]:
        if by == "title and year":
            return [f"  {key}: same title and year as {same}: confirm it in screening"]
        if same:
            return [f"  {key}: {same} once more, by {by}"]
        if record.kind == "notice":
            study = self.studies.get(f"pmid:{record.about}") or self.studies.get(plain_doi(record.about), "")
            whose = self.labels.get(study, record.about or "an article that it does not name")
            return [f"  {key}: {record.status} of {whose}: {record.title}"]
        keys = (record.doi, f"pmid:{record.pmid}", *record.registry_ids)
        study = next((self.studies[key] for key in keys if key in self.studies), "")
        if record.status == "retracted":
            return [f"  {key}: RETRACTED: {self.labels.get(study, record.title)}"]
        if record.kind == "registration" and any(number in self.registered for number in record.registry_ids):
            return []  # it is compared with what is stored
        if study:
            return [f"  {key}: {self.labels.get(study, study)}, which is in the data"]
        return [f"  {key}: new: {record.title}"]

    def compared(self, download: Download) -> list[str]:
        """Each registration beside what is stored of it."""
        return [self._compared(record) for record in download.records if record.kind == "registration"]

    def _compared(self, record: Record) -> str:
        stored = next((self.registered[n] for n in record.registry_ids if n in self.registered), {})
        registered = [row for row in self._before if row["kind"] == "registration" and _shares(record, row)]
        before = registered[-1] if registered else {}
        label = self.labels.get(stored.get("study_id", ""), "")
        short = re.search(r"\(([A-Z][A-Z0-9-]{2,})\b", label)
        names = (record.acronym, label, stored.get("title", ""), record.registry_ids[0])
        name = short[1] if short else next(filter(None, names))
        if not stored:
            number = record.n_reached or record.n_planned or "not stated"
            status = record.status or "status not stated"
            return f"  {name} ({record.registry_ids[0]}): not known here; {status}; participants {number}"
        parts = [_sizes(record, stored)]
        parts += _moved("status", record.status, stored["status_as_read"])
        for heading, column in (("primary outcome", "primary_outcome"), ("its time", "primary_time")):
            now, then = getattr(record, column), before.get(column, "")
            if now and then and plain_title(now) != plain_title(then):
                parts.append(f"{heading} was {then!r}, is {now!r}")
            elif now and not then:
                parts.append(f"{heading}: {now}")
        if record.results_posted:
            parts.append("results posted" if record.results_posted == "yes" else "no results posted")
        return f"  {name}: " + "; ".join(part for part in parts if part)


def _shares(record: Record, row: Mapping[str, str]) -> bool:
    """Whether a record of the tables has a registry number of this one."""
    return bool(set(record.registry_ids) & set(registry_numbers(row["registry_ids"])))


def _sizes(record: Record, stored: Mapping[str, str]) -> str:
    """Planned and reached, and whether the register now says otherwise than what is stored."""
    words = []
    for size, column in (("planned", "n_planned"), ("reached", "n_reached")):
        now, then = getattr(record, column), stored[column]
        if now and then and now != then:
            words.append(f"{size} {now} (stored: {then})")
        elif now or then:
            words.append(f"{size} {now or then}")
    return ", ".join(words) or "number not stated"


def _moved(heading: str, now: str, then: str) -> list[str]:
    if not now or (then and plain_title(then).startswith(plain_title(now))):
        return []
    return [f"{heading} {now} ({f'was {then}' if then else 'not stored'})"]


def _record(record: Record) -> Row:
    cells = {name: getattr(record, name) for name in record.__slots__ if name not in ("acronym", "version")}
    return cells | {"registry_ids": "; ".join(record.registry_ids)}
