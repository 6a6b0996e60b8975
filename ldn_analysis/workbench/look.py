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
from ldn_analysis.workbench.look_found import Download, Found
from ldn_analysis.workbench.rows import Row, add_rows, alone, printed


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
    downloads, problems = [], []
    for path in files:
        try:
            downloads.append(read_download(path))
        except InputError as error:
            problems.append(str(error))
    if problems:
        raise InputError("\n".join(problems))
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
        known = set(ev.printed["searches"]["sha256"])
        for one in downloads:
            if one.sha256 in known:
                lines.append(f"{one.name}: looked at before, nothing to add")
                lines += memory.compared(one)
                continue
            known.add(one.sha256)
            row = _search(one, source if one.source == RIS and source else one.source)
            said_of_it = {"query": " ".join(query.split()), "searched_on": date, "looked_on": day}
            searches.append(row | said_of_it | {"review_version": version})
            new, said = memory.take(one, row["search_id"])
            n = len(one.found)
            lines.append(f"{one.name}: {row['source']}, {n} record{'' if n == 1 else 's'}, {new} unseen")
            lines += [*said, *memory.compared(one)]
        rows = {"searches.csv": searches, "records.csv": memory.added}
        rows = {name: new_rows for name, new_rows in rows.items() if new_rows}
        if rows and not dry_run:
            add_rows(where, rows)
    return Looked(rows, lines)


def _checked(date: str, day: str) -> None:
    try:
        made = dt.date.fromisoformat(date)
    except ValueError:
        raise InputError(f"--date is {date!r}: must be a day such as 2026-11-20") from None
    if made.isoformat() > day:
        raise InputError(f"--date is {date!r}: lies after today ({day})")


def _search(one: Download, source: str) -> Row:
    """What the file itself says of the search."""
    return {
        "search_id": f"{html.slug(source) or 'file'}-{one.sha256[:8]}",
        "source": source,
        "kind": one.kind,
        "n_found": "" if one.n_found is None else str(one.n_found),
        "n_records": str(len(one.found)),
        "sha256": one.sha256,
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

    def take(self, one: Download, search_id: str) -> tuple[int, list[str]]:
        """Remember the unseen records of a download: their number, and what to say of them."""
        count, said = 0, []
        for found in one.found:
            key, title = found.key, plain_title(found.title)
            if key.startswith("doi-") and self._titles.get(key, title) != title:
                key += f".{hashlib.sha256(title.encode()).hexdigest()[:8]}"  # of one supplement: a title each
            if key in self._titles:
                continue
            same, by = self._same(found, search_id)
            row = _record(found) | {"record_id": key, "search_id": search_id, "same_as": same, "same_by": by}
            self.records.append(row)
            self.added.append(row)
            self._titles[key] = title
            count += 1
            said += self._notable(found, key, same, by)
        return count, said

    def _same(self, found: Found, search_id: str) -> tuple[str, str]:
        """The earlier record that this one repeats, and by what.

        Two records of one search with one DOI and two titles are abstracts with the DOI of their supplement.
        """
        for row in self.records:
            if found.kind == row["kind"] == "registration" and _shares(found, row):
                return row["record_id"], "registry number"
        title, year = plain_title(found.title), found.published[:4]
        of_doi = [row for row in self.records if found.doi and row["doi"] == found.doi]
        of_title = [row for row in of_doi if self._titles[row["record_id"]] == title]
        if of_title or not any(row["search_id"] == search_id for row in of_doi):
            for row in of_title or of_doi:
                return row["record_id"], "DOI"
        for row in self.records:
            if found.pmid and row["pmid"] == found.pmid:
                return row["record_id"], "PubMed number"
        for row in self.records:
            alike = row["kind"] == found.kind and year and row["published"][:4] == year
            if alike and self._titles[row["record_id"]] == title:
                return row["record_id"], "title and year"
        return "", ""

    def _notable(self, found: Found, key: str, same: str, by: str) -> list[str]:
        if by == "title and year":
            return [f"  {key}: same title and year as {same}: confirm it in screening"]
        if same:
            return [f"  {key}: {same} once more, by {by}"]
        if found.kind == "notice":
            study = self.studies.get(f"pmid:{found.about}") or self.studies.get(plain_doi(found.about), "")
            whose = self.labels.get(study, found.about or "an article that it does not name")
            return [f"  {key}: {found.status} of {whose}: {found.title}"]
        study = self._study(found)
        if found.status == "retracted":
            return [f"  {key}: RETRACTED: {self.labels.get(study, found.title)}"]
        if found.kind == "registration" and any(number in self.registered for number in found.registry_ids):
            return []  # it is compared with what is stored
        if study:
            return [f"  {key}: {self.labels.get(study, study)}, which is in the data"]
        return [f"  {key}: new: {found.title}"]

    def _study(self, found: Found) -> str:
        keys = (found.doi, f"pmid:{found.pmid}", *found.registry_ids)
        return next((self.studies[key] for key in keys if key in self.studies), "")

    def compared(self, one: Download) -> list[str]:
        """Each registration beside what is stored of it."""
        return [self._compared(found) for found in one.found if found.kind == "registration"]

    def _compared(self, found: Found) -> str:
        stored = next((self.registered[n] for n in found.registry_ids if n in self.registered), {})
        before: Mapping[str, str] = {}
        for row in self._before:
            if row["kind"] == "registration" and _shares(found, row):
                before = row
        label = self.labels.get(stored.get("study_id", ""), "")
        short = re.search(r"\(([A-Z][A-Z0-9-]{2,})\b", label)
        named = (found.acronym, label, stored.get("title", ""), found.registry_ids[0])
        name = short[1] if short else next(filter(None, named))
        if not stored:
            number = found.n_reached or found.n_planned or "not stated"
            status = found.status or "status not stated"
            return f"  {name} ({found.registry_ids[0]}): not known here; {status}; participants {number}"
        parts = [_sizes(found, stored)]
        parts += _moved("status", found.status, stored["status_as_read"])
        for what, column in (("primary outcome", "primary_outcome"), ("its time", "primary_time")):
            now, then = getattr(found, column), before.get(column, "")
            if now and then and plain_title(now) != plain_title(then):
                parts.append(f"{what} was {then!r}, is {now!r}")
            elif now and not then:
                parts.append(f"{what}: {now}")
        if found.results_posted:
            parts.append("results posted" if found.results_posted == "yes" else "no results posted")
        return f"  {name}: " + "; ".join(part for part in parts if part)


def _shares(found: Found, row: Mapping[str, str]) -> bool:
    """Whether a record of the tables has a registry number of this one."""
    return bool(set(found.registry_ids) & set(registry_numbers(row["registry_ids"])))


def _sizes(found: Found, stored: Mapping[str, str]) -> str:
    """Planned and reached, and whether the register now says otherwise than what is stored."""
    words = []
    for word, column in (("planned", "n_planned"), ("reached", "n_reached")):
        now, then = getattr(found, column), stored[column]
        if now and then and now != then:
            words.append(f"{word} {now} (stored: {then})")
        elif now or then:
            words.append(f"{word} {now or then}")
    return ", ".join(words) or "number not stated"


def _moved(what: str, now: str, then: str) -> list[str]:
    if not now or (then and plain_title(then).startswith(plain_title(now))):
        return []
    return [f"{what} {now} ({f'was {then}' if then else 'not stored'})"]


def _record(found: Found) -> Row:
    own = {name: getattr(found, name) for name in found.__slots__ if name not in ("acronym", "version")}
    return own | {"registry_ids": "; ".join(found.registry_ids)}
