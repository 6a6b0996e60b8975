"""Rules on what was searched, what it brought, and who decided what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date

from ldn_analysis.evidence.records import plain_title
from ldn_analysis.evidence.rules.facts import Facts, Fault, Table
from ldn_analysis.evidence.rules.registry import impossible


def _no_days(table: Table, facts: Facts, *columns: str) -> Iterator[Fault]:
    """Dates to the day that no calendar has, or that lie years after the data's own."""
    last = f"{int(facts.date[:4]) + 1}-12-31" if facts.date[:4].isdigit() else ""
    for column in columns:
        for row, text in enumerate(table.text(column)):
            if last and text > last and column != "published":
                yield row, column, f"lies years after {facts.dated}"
                continue
            with suppress(ValueError):
                if len(text) < 10 or date.fromisoformat(text):
                    continue
            yield row, column, "no calendar has this day"


@impossible("searches", "records")
def search_counts(table: Table, facts: Facts) -> Iterator[Fault]:
    """A file that holds more records than its search found, or fewer than are listed of it, or a search made
    after its file was read, or on a day that is none or lies years ahead."""
    yield from _no_days(table, facts, "searched_on", "looked_on", "published")
    if table.name == "records":
        return
    n_found, n_records = table.number("n_found"), table.number("n_records")
    yield from table.hits(n_records > n_found, "n_records", "the search found {:g}", n_found)
    listed = facts["records"].groups("search_id")
    for row, key in enumerate(table.text("search_id")):
        if len(listed.get((key,), ())) > n_records[row]:
            yield row, "n_records", f"records.csv lists {len(listed[key,])} of it"
    for row, (searched, looked) in enumerate(table.keys("searched_on", "looked_on")):
        if searched and searched > looked:
            yield row, "searched_on", f"the file was read on {looked}"


@impossible("records")
def same_as_earlier(table: Table) -> Iterator[Fault]:
    """A record that repeats itself or a later one, or does not say which or by what; abstracts under other
    titles may share the DOI of their supplement."""
    at = {key: row for row, key in enumerate(table.text("record_id"))}
    for row, (first, by) in enumerate(table.keys("same_as", "same_by")):
        if bool(first) != bool(by):
            yield row, "same_by", "must be given with same_as, and only with it"
        elif first and at.get(first, -1) >= row:
            yield row, "same_as", "must be a record above it"
    keys, repeats = table.text("record_id"), table.filled("same_as")
    titles = [plain_title(title) for title in table.text("title")]
    for column, by in (("doi", "DOI"), ("pmid", "PubMed number")):
        numbers, so_marked = [text.casefold() for text in table.text(column)], table.mask("same_by", by)
        first_of: dict[tuple[str, ...], int] = {}
        for row, kind in enumerate(table.text("kind")):
            of = (kind, numbers[row], titles[row] if by == "DOI" else "")
            before = first_of.setdefault(of, row) if numbers[row] else row
            if before != row and not repeats[row]:
                yield row, column, f"is that of {keys[before]}: say so in same_as"
            other = at.get(table.text("same_as")[row], row)
            if so_marked[row] and numbers[row] and numbers[other] and numbers[row] != numbers[other]:
                yield row, "same_by", f"{keys[other]} has another {by}"


@impossible("decisions")
def decision_with_reason(table: Table) -> Iterator[Fault]:
    """A record that is out without a reason, or not out with one."""
    out, reasoned = table.mask("decision", "out"), table.filled("reason")
    yield from table.hits(out & ~reasoned, "reason", "is empty: a record that is out has its reason")
    yield from table.hits(~out & reasoned, "reason", "must be empty: only a record that is out has a reason")


@impossible("decisions")
def decision_after_search(table: Table, facts: Facts) -> Iterator[Fault]:
    """A decision that is dated before the search that found its record, or on a day that is none or lies
    years ahead."""
    yield from _no_days(table, facts, "decided_on")
    searches, records = facts["searches"], facts["records"]
    days = searches.keys("search_id", "searched_on", "looked_on")
    search_days = {key: searched or looked for key, searched, looked in days}
    record_days = {record: search_days.get(of, "") for record, of in records.keys("record_id", "search_id")}
    for row, (record, day) in enumerate(table.keys("record_id", "decided_on")):
        if day < record_days.get(record, ""):
            yield row, "decided_on", f"its record was found on {record_days[record]}"


@impossible("decisions")
def decisions_in_order(table: Table) -> Iterator[Fault]:
    """A decision below a later one of the same person, which it would replace, or a record in by its full
    text that everybody has out by title and abstract."""
    days: dict[tuple[str, ...], str] = {}
    first: dict[str, dict[str, str]] = {}
    rows = list(table.keys("record_id", "stage", "screener", "decided_on", "decision"))
    for row, (record, stage, screener, day, decision) in enumerate(rows):
        last = days.setdefault((record, stage, screener), day)
        if day < last:
            yield row, "decided_on", f"stands below this person's decision of {last}: the last line counts"
        days[record, stage, screener] = max(day, last)
        if stage == "title and abstract":
            first.setdefault(record, {})[screener] = decision
    for row, (record, stage, _, _, decision) in enumerate(rows):
        before = set(first.get(record, {}).values())
        if stage == "full text" and decision == "in" and before == {"out"}:
            yield row, "decision", "the record is out by title and abstract: decide on that again first"
