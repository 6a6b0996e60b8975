"""Append rows to the data: in the files' own form, checked on a copy first, one addition at a time."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from ldn_analysis import evidence
from ldn_analysis.errors import InputError
from ldn_analysis.evidence import Evidence, EvidenceError
from ldn_analysis.evidence.problems import Problem
from ldn_analysis.evidence.reading import read_text_table
from ldn_analysis.files import locked, writing
from ldn_analysis.workbench.new_study_options import option_of

Row = dict[str, str]
REASONS = "integrity_reasons"
DOUBT = re.compile(r"\[(\w+): (correct it, or) .*\]$", re.DOTALL)
"""How the check ends what it says of a suspicious value."""

OFF_SCALE = re.compile(r"\[(?:value|limits)_on_scale\b")
OTHER_SCALE = (
    "(if it was measured on another scale: --instrument and --unit, such as 'pain VAS' and mm for 0 to 100; "
    "one that measures.csv does not have: --new-instrument and --scale)"
)


def printed(ev: Evidence, table: str) -> list[Row]:
    """The rows of a table as they are printed, by column; none where there is no such table."""
    if table not in ev.tables:
        return []
    rows = ev.printed[table].to_dict("records")
    return [{str(name): str(cell) for name, cell in row.items()} for row in rows]


@contextmanager
def added(
    ev: Evidence,
    rows: Mapping[str, list[Row]],
    stands: Mapping[str, str] | None = None,
    *,
    dry_run: bool = False,
) -> Iterator[tuple[dict[str, str], Evidence]]:
    """What appending rows, by file name, adds to each file, and the data with them, if they stay valid.

    The caller holds the folder of `ev`. The rows are on a copy, and in the data when the block has ended.
    `stands` says, by the name of a rule, why each row that it doubts stands: that is a row too.

    Raises
    ------
    EvidenceError : with the rows the data would not be valid, or are not without them. Nothing is written.
    InputError : a file cannot be written, or was changed meanwhile, or a rule of `stands` finds nothing.
    """
    stands = stands or {}
    with tempfile.TemporaryDirectory(prefix="ldn-rows-") as scratch:
        copy = Path(scratch) / "data"
        shutil.copytree(ev.folder, copy)
        reasons_file = ev.package.resources[REASONS].path
        old = {name: (copy / name).read_bytes() for name in (*rows, *([reasons_file] if stands else []))}
        optional = {table.path: table.optional_columns for table in ev.package.resources.values()}
        texts = {name: append(copy / name, new, optional[name]) for name, new in rows.items()}
        try:
            reasons = _reasons(ev, copy, stands)
            if reasons:
                texts[reasons_file] = append(copy / reasons_file, reasons)
            joined = evidence.load(copy)
        except EvidenceError as error:
            typed = dict.fromkeys(_as_typed(problem, rows, old) for problem in error.problems)  # each once
            off = next((p for p in typed if p.file.startswith("--") and OFF_SCALE.search(p.rule)), None)
            other = [replace(off, rule=f"{off.rule} {OTHER_SCALE}")] if off else []
            raise EvidenceError([*other, *(p for p in typed if p is not off)]) from None
        for rule in stands.keys() - {row["check"] for row in reasons}:
            raise InputError(f"--stands: {rule} finds nothing here that has to be explained: leave it out")
        yield texts, joined
        if not dry_run:
            replace_files(ev.folder, {name: (old[name], (copy / name).read_bytes()) for name in texts})


def _reasons(ev: Evidence, copy: Path, stands: Mapping[str, str]) -> list[Row]:
    """A row of reasons for each row of the copy that a rule of `stands` doubts."""
    try:
        if stands:
            evidence.load(copy)
    except EvidenceError as error:
        problems = error.problems
    else:
        return []
    tables = {resource.path: resource for resource in ev.package.resources.values()}
    reasons = {}
    for problem in problems:
        rule = doubt(problem)
        if rule not in stands:
            continue
        table = tables[problem.file]
        content = (copy / table.path).read_bytes()
        text, _ = read_text_table(table.path, content, table.columns, table.optional_columns)
        row_id = text.rows[text.lines.index(problem.line or 0)][table.primary_key]
        key = f"{row_id}--{rule.replace('_', '-')}"
        reasons[key] = {
            "integrity_reason_id": key,
            "table": table.name,
            "row_id": row_id,
            "check": rule,
            "reason": stands[rule],
        }
    return list(reasons.values())


def doubt(problem: Problem) -> str:
    """The rule that doubts a suspicious value, of which a reason can say why it stands; else empty."""
    match = DOUBT.search(problem.rule)
    return match[1] if match else ""


def _as_typed(problem: Problem, rows: Mapping[str, list[Row]], old: Mapping[str, bytes]) -> Problem:
    """A problem by the options: the one that explains it, and for a new row, which is in no file yet, the one
    that its cell was typed in."""
    if problem.rule.startswith("is no event of"):
        problem = replace(problem, rule=f"{problem.rule} (one that is not listed: --new-event)")
    problem = replace(problem, rule=DOUBT.sub(r'[\1: \2 say --stands "\1: why"]', problem.rule))
    before = old.get(problem.file, b"").removesuffix(b"\n").count(b"\n") + 1
    at, mine = (problem.line or 0) - before - 1, rows.get(problem.file, [])
    option = option_of(problem.file, problem.column, mine[at]) if 0 <= at < len(mine) else ""
    return replace(problem, file=f"{option} ({problem.file})", line=None) if option else problem


def append(path: Path, rows: list[Row], optional: Sequence[str] = ()) -> str:
    """Append `rows` in the file's own form: column order, line ends, quotes only where needed.

    A column of `optional` that the rows fill and the file lacks is added at its end, empty in the rows that
    are there; what they hold stays as it was, to the byte.
    """
    content = path.read_bytes()
    end = "\r\n" if b"\r\n" in content else "\n"
    header = next(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    filled = {name for row in rows for name, cell in row.items() if cell}
    new = [name for name in optional if name in filled and name not in header]
    unknown = sorted(filled - set(header) - set(new))
    if unknown:
        raise InputError(f"{path.name} has no column {', '.join(unknown)}")
    if new:
        content = _widened(content, new)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [*header, *new], restval="", extrasaction="ignore", lineterminator=end)
    writer.writerows(rows)
    gap = b"" if content.endswith(b"\n") else end.encode()
    path.write_bytes(content + gap + text.getvalue().encode("utf-8"))
    return text.getvalue()


def _widened(content: bytes, names: Sequence[str]) -> bytes:
    """The file with further columns: their names in the first row, nothing in the others."""
    lines = content.decode("utf-8").splitlines(keepends=True)
    reader = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
    for number, cells in enumerate(reader):
        at = reader.line_num - 1
        bare = lines[at].rstrip("\r\n")
        if any(cells):
            more = [""] * len(names) if number else names
            lines[at] = ",".join((bare, *more)) + lines[at][len(bare) :]
    return "".join(lines).encode("utf-8")


def alone(folder: Path) -> AbstractContextManager[None]:
    """One addition at a time: the next waits until what this one checked is written.

    The folder itself is locked, so that no file is added to the data. What is wrong with one that is none is
    said by whoever reads it.
    """
    return locked(folder) if folder.is_dir() else nullcontext()


def replace_files(folder: Path, contents: Mapping[str, tuple[bytes, bytes]]) -> None:
    """Put new contents in the place of old ones, each file whole or not at all; a link stays a link.

    Studies come first, so that no row lacks its study. Where a file is no longer what was checked, nothing is
    written.
    """
    new: list[tuple[Path, Path]] = []
    try:
        with writing(folder):
            for name, (old, content) in contents.items():
                target = (folder / name).resolve()
                if target.read_bytes() != old:
                    raise InputError(f"{name} was changed meanwhile: nothing was written, try again")
                half = target.with_name(f".{target.name}.{os.getpid()}.new")
                new.append((half, target))
                half.write_bytes(content)
                shutil.copymode(target, half)
            for half, target in new:
                half.replace(target)
    finally:
        for half, _ in new:
            half.unlink(missing_ok=True)
