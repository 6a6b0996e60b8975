"""Rules on what was searched, what it brought, and who decided what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date

from ldn_analysis.evidence.rules.facts import Facts, Hit
from ldn_analysis.evidence.rules.registry import impossible


def _no_days(facts: Facts, name: str, *columns: str) -> Iterator[Hit]:
    """Dates to the day that no calendar has, or that lie years after the data's own."""
    last = f"{int(facts.date[:4]) + 1}-12-31" if facts.date[:4].isdigit() else ""
    for column in columns:
        for row, text in enumerate(facts[name].text(column)):
            if last and text > last and column != "published":
                yield Hit(name, row, column, f"lies years after the date of the data ({facts.date[:10]})")
                continue
            with suppress(ValueError):
                if len(text) < 10 or date.fromisoformat(text):
                    continue
            yield Hit(name, row, column, "no calendar has this day")


@impossible
def search_counts(facts: Facts) -> Iterator[Hit]:
    """A file that holds more records than its search found, or fewer than are listed of it, or a search made
    after its file was read, or on a day that is none or lies years ahead."""
    yield from _no_days(facts, "searches", "searched_on", "looked_on")
    yield from _no_days(facts, "records", "published")
    table = facts["searches"]
    found, held = table.number("n_found"), table.number("n_records")
    yield from table.hits(held > found, "n_records", "the search found {:g}", found)
    listed = facts["records"].groups("search_id")
    for row, key in enumerate(table.text("search_id")):
        if len(listed.get((key,), ())) > held[row]:
            yield Hit(table.name, row, "n_records", f"records.csv lists {len(listed[key,])} of it")
    days = zip(table.text("searched_on"), table.text("looked_on"), strict=True)
    for row, (searched, looked) in enumerate(days):
        if searched and searched > looked:
            yield Hit(table.name, row, "searched_on", f"the file was read on {looked}")


@impossible
def same_as_earlier(facts: Facts) -> Iterator[Hit]:
    """A record that repeats itself or a later one, or does not say which or by what."""
    table = facts["records"]
    at = {key: row for row, key in enumerate(table.text("record_id"))}
    for row, (first, by) in enumerate(zip(table.text("same_as"), table.text("same_by"), strict=True)):
        if bool(first) != bool(by):
            yield Hit(table.name, row, "same_by", "must be given with same_as, and only with it")
        elif first and at.get(first, -1) >= row:
            yield Hit(table.name, row, "same_as", "must be a record above it")
    keys, named = table.text("record_id"), table.given("same_as")
    for column, by in (("doi", "DOI"), ("pmid", "PubMed number")):
        numbers, said = [text.casefold() for text in table.text(column)], table.mask("same_by", by)
        first_of: dict[tuple[str, str], int] = {}
        for row, kind in enumerate(table.text("kind")):
            before = first_of.setdefault((kind, numbers[row]), row) if numbers[row] else row
            if before != row and not named[row]:
                yield Hit(table.name, row, column, f"is that of {keys[before]}: say so in same_as")
            other = at.get(table.text("same_as")[row], row)
            if said[row] and numbers[row] and numbers[other] and numbers[row] != numbers[other]:
                yield Hit(table.name, row, "same_by", f"{keys[other]} has another {by}")


@impossible
def decision_with_reason(facts: Facts) -> Iterator[Hit]:
    """A record that is out without a reason, or not out with one."""
    table = facts["decisions"]
    out = table.mask("decision", "out")
    given = table.given("reason")
    yield from table.hits(out & ~given, "reason", "is empty: a record that is out has its reason")
    yield from table.hits(~out & given, "reason", "must be empty: only a record that is out has a reason")


@impossible
def decision_after_search(facts: Facts) -> Iterator[Hit]:
    """A decision that is dated before the search that found its record, or on a day that is none or lies
    years ahead."""
    yield from _no_days(facts, "decisions", "decided_on")
    table, searches, records = facts["decisions"], facts["searches"], facts["records"]
    days = searches.keys("search_id", "searched_on", "looked_on")
    made = {key: searched or looked for key, searched, looked in days}
    found = {record: made.get(of, "") for record, of in records.keys("record_id", "search_id")}
    for row, (record, day) in enumerate(table.keys("record_id", "decided_on")):
        if day < found.get(record, ""):
            yield Hit(table.name, row, "decided_on", f"its record was found on {found[record]}")


@impossible
def decisions_in_order(facts: Facts) -> Iterator[Hit]:
    """A decision below a later one of the same person, which it would replace, or a record in by its full
    text that everybody has out by title and abstract."""
    table = facts["decisions"]
    days: dict[tuple[str, ...], str] = {}
    first: dict[str, dict[str, str]] = {}
    rows = list(table.keys("record_id", "stage", "screener", "decided_on", "decision"))
    for row, (record, stage, screener, day, decision) in enumerate(rows):
        last = days.setdefault((record, stage, screener), day)
        if day < last:
            said = f"stands below this person's decision of {last}: the last line counts"
            yield Hit(table.name, row, "decided_on", said)
        days[record, stage, screener] = max(day, last)
        if stage == "title and abstract":
            first.setdefault(record, {})[screener] = decision
    for row, (record, stage, _, _, decision) in enumerate(rows):
        before = set(first.get(record, {}).values())
        if stage == "full text" and decision == "in" and before == {"out"}:
            yield Hit(table.name, row, "decision", "the record is out by title and abstract")
