"""Two states of the review side by side: rows of the data, recorded results, and what moved a conclusion.

A state is a revision of git, a working copy, a folder of data, or a folder of rendered results.
"""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import tarfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ldn_analysis.errors import InputError
from ldn_analysis.evidence import EvidenceError
from ldn_analysis.files import LARGEST, read_bytes, read_json
from ldn_analysis.render.changes import differences
from ldn_analysis.render.planning import rendered
from ldn_analysis.render.recorded import RESULT, outputs_of
from ldn_analysis.workbench.conclusions import SLOW, Conclusion, conclusions
from ldn_analysis.workbench.rows import Row

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
    name : as the person gave it.
    data : folder of its data.
    results : what each report recorded.
    code : files of the package, where the state has them.
    """

    name: str
    data: Path | None = None
    results: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    code: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the data that was added, removed or changed.

    Attributes
    ----------
    table, key : the file and the row's key.
    before, now : the whole rows; empty where there is none.
    """

    table: str
    key: str
    before: Row
    now: Row

    @property
    def kind(self) -> str:
        return "changed" if self.before and self.now else "added" if self.now else "removed"

    @property
    def study(self) -> str:
        """The study of the row, where it has one."""
        return self.now.get("study_id") or self.before.get("study_id") or ""

    @property
    def words(self) -> list[str]:
        """Each cell that changed, with what it was; an absent column counts as empty."""
        columns = dict.fromkeys([*self.before, *self.now]) if self.kind == "changed" else ()
        cells = ((name, self.before.get(name, ""), self.now.get(name, "")) for name in columns)
        return [f"{name}: {old or 'empty'} → {new or 'empty'}" for name, old, new in cells if old != new]

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
    if not folder.is_dir():
        folder = scratch / f"revision-{len(list(scratch.iterdir()))}"
        _unpack(name, root, folder)
    places = (folder, folder / "data")
    data = next((place for place in places if (place / "datapackage.json").is_file()), None)
    reports = rendered(folder, whole=True) or rendered(folder / "reports", whole=True)
    results = {stem: report["results"] for stem, report in reports.items()}
    results = results or dict(_stored(folder / "notebooks"))
    if data is None and not results:
        raise InputError(f"{name}: holds neither data (datapackage.json) nor results (JSON of reports)")
    package = folder / "ldn_analysis"
    files = [path for path in sorted(package.rglob("*")) if path.suffix in (".py", ".csv")]
    code = {str(path.relative_to(package)): path.read_bytes() for path in files}
    return State(name, data, results, code)


def git(root: Path, *words: str) -> bytes | None:
    """What git says of the repository at `root`; None where it says nothing, or there is none."""
    with suppress(OSError, subprocess.SubprocessError):
        run = ["git", "-C", str(root), *words]
        return subprocess.run(run, capture_output=True, timeout=120, check=True).stdout
    return None


def _unpack(revision: str, root: Path, place: Path) -> None:
    """The data, notebooks and package of a revision, unpacked into a scratch folder."""
    parsed = git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if parsed is None:
        raise InputError(f"{revision}: neither a folder nor a revision of this repository")
    commit = parsed.decode().strip()
    there = (git(root, "ls-tree", "--name-only", commit) or b"").decode().split("\n")
    parts = [part for part in ("data", "notebooks", "ldn_analysis") if part in there]
    packed = git(root, "archive", "--format=tar", commit, *parts)
    if packed is None:
        raise InputError(f"{revision}: git does not give its files")
    place.mkdir()
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(place, filter="data")


def _stored(folder: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """What committed notebooks recorded, from their stored outputs."""
    for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")):
        with suppress(KeyError, TypeError, AttributeError):  # no notebook
            results = [result for _, result in outputs_of(read_json(path)["cells"], RESULT)]
            if results:
                yield path.stem, results


# Differences -----------------------------------------------------------------------------------------------


def _table(path: Path) -> tuple[list[str], dict[str, Row]]:
    """The columns of a table, and its rows by their key, the first column; nothing where there is none."""
    if not path.is_file():
        return [], {}
    text = read_bytes(path, LARGEST).decode("utf-8-sig", "replace")
    reader = csv.DictReader(io.StringIO(text, newline=""))
    rows = [{name: cell or "" for name, cell in row.items() if name} for row in reader]
    return list(reader.fieldnames or ()), {next(iter(row.values()), ""): row for row in rows}


def data_changes(old: Path, new: Path) -> list[Change]:
    """Every row that was added, removed or changed, table by table."""
    changes = []
    for name in sorted({path.name for folder in (old, new) for path in folder.glob("*.csv")}):
        before, now = _table(old / name)[1], _table(new / name)[1]
        keys = dict.fromkeys([*before, *now])
        changes += [Change(name, key, before.get(key, {}), now.get(key, {})) for key in keys]
    return [change for change in changes if change.kind != "changed" or change.words]


def result_changes(old: State, new: State) -> list[dict[str, Any]]:
    """Each recorded result that differs: ``report name before now`` (`render.changes.differences`)."""
    return [
        difference
        for stem, results in new.results.items()
        if stem in old.results
        for difference in differences(stem, {"results": old.results[stem]}, {"results": results})
    ]


# What moved it ---------------------------------------------------------------------------------------------


def moved_by(changes: list[Change], before: Parts, new: Path, scratch: Path) -> list[tuple[str, Parts | str]]:
    """Each change undone in turn on the new data: what the conclusions would be without it, of the parts that
    `before` holds (the old data's).

    A row that cannot be undone alone (others refer to it) is undone with all changed rows of its study; the
    entry names them. A problem that stays is the entry's text. Of more than `FEW` changes the parts in `SLOW`
    are left out.
    """
    groups: dict[str, list[Change]] = {}
    for change in changes:
        together = len(changes) > ALONE and change.study
        groups.setdefault(f"all rows of {change.study}" if together else str(change), []).append(change)
    if len(groups) == 1:  # without the only change there is what there was
        return [(name, before) for name in groups]
    parts = set(before) - (SLOW if len(groups) > FEW else set())
    undone: list[tuple[str, Parts | str]] = []
    for name, group in groups.items():
        without, study = _without(group, new, scratch, parts), group[0].study
        same_study = [change for change in changes if study and change.study == study]
        if isinstance(without, str) and len(same_study) > 1:
            of_study = _without(same_study, new, scratch, parts)
            if not isinstance(of_study, str):
                name, without = f"{name} (undone with all changed rows of {study})", of_study
        undone.append((name, without))
    return undone


def _without(undone: list[Change], new: Path, scratch: Path, parts: Collection[str]) -> Parts | str:
    """The conclusions of the new data with these changes undone, or why such data are not valid."""
    copy = scratch / "undone"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(new, copy)
    for change in undone:
        columns, rows = _table(copy / change.table)
        if change.before:
            rows[change.key] = change.before
        else:
            rows.pop(change.key, None)
        with (copy / change.table).open("w", encoding="utf-8", newline="") as file:
            heads = columns or list(change.before)
            writer = csv.DictWriter(file, heads, restval="", extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows.values())
    try:
        return conclusions(copy, parts)
    except EvidenceError as error:
        return str(error.problems[0])
