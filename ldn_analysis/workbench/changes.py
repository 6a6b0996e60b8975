"""Two states of the review side by side: rows of the data, recorded results, and what moved a conclusion.

A state is a revision of git, a working copy, a folder of data, or a folder of rendered results.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ldn_analysis.errors import InputError
from ldn_analysis.evidence import EvidenceError
from ldn_analysis.files import read_bytes
from ldn_analysis.render.changes import differences
from ldn_analysis.render.recorded import ANSWER, RESULT
from ldn_analysis.workbench.conclusions import SLOW, Conclusion, conclusions

LARGEST = 64 * 1024**2
ALONE = 40
"""Up to so many changed rows are undone one at a time; beyond, all rows of a study together."""
FEW = 12
"""Beyond so many changes to undo, the parts that take many seconds for each are not attributed."""
Parts = Mapping[str, Mapping[str, Conclusion]]


@dataclass(frozen=True, slots=True)
class State:
    """What is known of one state.

    Attributes
    ----------
    name : str
        As the person gave it.
    data : Path or None
        Folder of its data.
    reports : dict of str to dict
        What each report recorded: ``results`` (a list) and ``answer``.
    code : dict of str to bytes
        Files of the package, where the state has them.
    """

    name: str
    data: Path | None = None
    reports: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    code: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the data that was added, removed or changed.

    Attributes
    ----------
    kind : {"added", "removed", "changed"}
    table, key : str
        The file and the row's key.
    study : str
        Of the row, where it has one.
    cells : tuple of (str, str, str)
        Column, before and now; for rows that were added or removed empty.
    before, now : dict
        The whole rows; empty where there is none.
    """

    kind: str
    table: str
    key: str
    study: str
    cells: tuple[tuple[str, str, str], ...] = ()
    before: Mapping[str, str] = field(default_factory=dict)
    now: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> list[str]:
        """Each cell that changed, with what it was."""
        return [f"{name}: {old or 'empty'} → {new or 'empty'}" for name, old, new in self.cells]

    def __str__(self) -> str:
        return f"{self.table}, {self.key}: {'; '.join(self.words) or self.kind}"


# States ----------------------------------------------------------------------------------------------------


def state(name: str, root: Path, scratch: Path) -> State:
    """The state that a person names: a folder, or else a revision of the repository at `root`.

    Raises
    ------
    InputError : it is neither, or a folder that holds neither data nor results.
    """
    folder = Path(name)
    if folder.is_dir():
        found = _of_folder(name, folder)
    else:
        place = scratch / f"revision-{len(list(scratch.iterdir()))}"
        _unpack(name, root, place)
        found = _of_folder(name, place)
    if found.data is None and not found.reports:
        raise InputError(f"{name}: holds neither data (datapackage.json) nor results (JSON of reports)")
    return found


def _of_folder(name: str, folder: Path) -> State:
    data = next((one for one in (folder, folder / "data") if (one / "datapackage.json").is_file()), None)
    reports = (
        dict(_recorded(folder)) or dict(_recorded(folder / "reports")) or dict(_stored(folder / "notebooks"))
    )
    package = folder / "ldn_analysis"
    code = {str(path.relative_to(package)): path.read_bytes() for path in sorted(package.rglob("*.py"))}
    return State(name, data, reports, code)


def _unpack(revision: str, root: Path, place: Path) -> None:
    """The data, notebooks and package of a revision, unpacked into a scratch folder."""
    run = ["git", "-C", str(root)]
    try:
        known = subprocess.run(
            [*run, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        if known.returncode:
            raise InputError(f"{revision}: neither a folder nor a revision of this repository")
        commit = known.stdout.strip()
        there = subprocess.run([*run, "ls-tree", "--name-only", commit], capture_output=True, text=True,
                               timeout=60, check=True).stdout.split("\n")  # fmt: skip
        parts = [part for part in ("data", "notebooks", "ldn_analysis") if part in there]
        packed = subprocess.run([*run, "archive", "--format=tar", commit, *parts], capture_output=True,
                                timeout=120, check=True).stdout  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise InputError(f"{revision}: git cannot be asked: {error}") from None
    place.mkdir()
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(place, filter="data")


def _recorded(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """What rendered reports recorded, from the JSON beside them."""
    for path in sorted(folder.glob("*.json")):
        try:
            made = json.loads(read_bytes(path, LARGEST))
        except (InputError, ValueError, RecursionError):
            continue
        if isinstance(made, dict) and "notebook" in made and isinstance(made.get("results"), list):
            yield path.stem, made


def _stored(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """What committed notebooks recorded, from their stored outputs."""
    for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")):
        try:
            cells = json.loads(read_bytes(path, LARGEST))["cells"]
            outputs = [out.get("data", {}) for cell in cells for out in cell.get("outputs", [])]
        except (InputError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
            continue
        results = [data[RESULT] for data in outputs if RESULT in data]
        if results:
            yield (
                path.stem,
                {"results": results, "answer": next((d[ANSWER] for d in outputs if ANSWER in d), {})},
            )


# Differences -----------------------------------------------------------------------------------------------


def _rows(path: Path) -> dict[str, dict[str, str]]:
    """The rows of a table by their key, the first column."""
    if not path.is_file():
        return {}
    text = read_bytes(path, LARGEST).decode("utf-8-sig", "replace")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    return {next(iter(row.values()), "") or "": {k: v or "" for k, v in row.items() if k} for row in rows}


def data_changes(old: Path, new: Path) -> list[Change]:
    """Every row that was added, removed or changed, table by table; an absent column counts as empty."""
    found = []
    for name in sorted({path.name for folder in (old, new) for path in folder.glob("*.csv")}):
        before, now = _rows(old / name), _rows(new / name)
        for key in [*before, *(key for key in now if key not in before)]:
            one, two = before.get(key, {}), now.get(key, {})
            study = two.get("study_id") or one.get("study_id") or ""
            if not one or not two:
                kind = "added" if two else "removed"
                found.append(Change(kind, name, key, study, (), one, two))
                continue
            columns = [*one, *(column for column in two if column not in one)]
            cells = tuple(
                (c, one.get(c, ""), two.get(c, "")) for c in columns if one.get(c, "") != two.get(c, "")
            )
            if cells:
                found.append(Change("changed", name, key, study, cells, one, two))
    return found


def result_changes(old: State, new: State) -> list[dict[str, Any]]:
    """Each recorded result that differs: ``report name before now`` (`render.changes.differences`)."""
    found: list[dict[str, Any]] = []
    for stem, made in new.reports.items():
        before = old.reports.get(stem)
        plain = {"fingerprint": {}, "results": made["results"]}
        if before is not None:
            found += differences(stem, {"fingerprint": {}, "results": before["results"]}, plain)
    return found


# What moved it ---------------------------------------------------------------------------------------------


def moved_by(changes: list[Change], before: Parts, new: Path, scratch: Path) -> list[tuple[str, Parts | str]]:
    """Each change undone in turn on the new data: what the conclusions would be without it, of the parts that
    `before` holds (the old data's).

    A row that cannot be undone alone (others refer to it) is undone with all changed rows of its study; the
    entry names them. A problem that stays is the entry's text. Of more than `FEW` changes the parts in `SLOW`
    are left out.
    """
    groups: dict[str, list[Change]] = {}
    for one in changes:
        together = len(changes) > ALONE and one.study
        groups.setdefault(f"all rows of {one.study}" if together else str(one), []).append(one)
    if len(groups) == 1:  # without the only change there is what there was
        return [(name, before) for name in groups]
    asked = set(before) - (SLOW if len(groups) > FEW else set())
    made: list[tuple[str, Parts | str]] = []
    for name, group in groups.items():
        try:
            made.append((name, _without(group, new, scratch, asked)))
            continue
        except EvidenceError as error:
            problem = str(error.problems[0])
        whole = [one for one in changes if one.study and one.study == group[0].study]
        try:
            label = f"{name} (undone with all changed rows of {group[0].study})"
            made.append((label, _without(whole, new, scratch, asked) if len(whole) > 1 else problem))
        except EvidenceError:
            made.append((name, problem))
    return made


def _without(undone: list[Change], new: Path, scratch: Path, parts: Collection[str]) -> Parts:
    """The conclusions of the new data with these changes undone."""
    copy = scratch / "undone"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(new, copy)
    for name in {one.table for one in undone}:
        rows = _rows(new / name)
        for one in undone:
            if one.table != name:
                continue
            if one.kind == "added":
                rows.pop(one.key, None)
            else:
                rows[one.key] = dict(one.before)
        with (new / name).open(encoding="utf-8-sig", newline="") as file:
            heads = next(csv.reader(file))
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, heads, restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows.values())
        (copy / name).write_text(text.getvalue(), encoding="utf-8")
    return conclusions(copy, parts)
