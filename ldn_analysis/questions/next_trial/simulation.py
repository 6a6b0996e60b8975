"""Adaptive designs by true shapes by blocks: each block is simulated from its own seed and kept as one file.

A block's seed depends on the root seed, the design, the truth and the block's number alone: who computes it,
when and where changes no bit. Its file bears a hash of the code, the design and the setting; it is written
whole or not at all, and what is there and whole is not computed again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ldn_analysis.errors import InputError
from ldn_analysis.models import trials
from ldn_analysis.questions.next_trial.designs import Design, working_copy
from ldn_analysis.questions.next_trial.parameters import NextTrial

if TYPE_CHECKING:
    from ldn_analysis.questions.next_trial.background import Background

BLOCK = 10_000
"""Trials in a block."""

STORED = 100_000
"""Trials of each design and truth that the command simulates unless told otherwise."""

PLACEBO_CHANGE, RESPONSE = -0.77, -2.0
"""Mean change on placebo and what counts as a response in an up-and-down trial, points (see `setting`)."""

_COUNTED = ("detected", "right", "near_share")

_ROOM = Path(__file__).resolve().parent
_CODE = (_ROOM / "simulation.py", *sorted((_ROOM.parents[1] / "models" / "trials").glob("*.py")))


@dataclass(frozen=True, slots=True)
class Setting:
    """What every simulated trial shares: spread, supposed relief, level, right dose, response, root seed."""

    sd: float
    greatest: float
    highest: float
    alpha: float
    share: float
    near_mg: float
    dropout: float
    placebo_change: float = PLACEBO_CHANGE
    response: float = RESPONSE
    seed: int = 1

    @property
    def shapes(self) -> tuple[trials.Shape, ...]:
        """The dose-responses among which the truth is, and by which a trial is analysed."""
        return trials.candidate_shapes(self.highest, -self.greatest)


def setting(known: Background, params: NextTrial) -> Setting:
    """The setting under the report's parameters.

    The mean change on placebo is that of a synthesis (Häuser 2011, 10.1016/j.pain.2011.01.050: 7.69 of 100);
    a response in the up-and-down trial is a fall by 2 points, which patients call much better (Salaffi 2004).
    """
    from ldn_analysis.questions.next_trial.background import DOSES  # not for workers, which need no data
    from ldn_analysis.questions.next_trial.dose import SHARE

    planned = params.pick("greatest", "alpha", "near_mg", "dropout", "seed")
    return Setting(sd=known.sd, highest=max(DOSES), share=SHARE, **planned)


@dataclass(frozen=True, slots=True)
class Job:
    """A block of simulated trials of one design under one true shape."""

    design: Design
    truth: str
    block: int
    size: int
    setting: Setting

    @property
    def key(self) -> str:
        """Name of the block's file: a hash of code, design, truth, setting, block and size."""
        parts = [code_hash(), asdict(self.design), self.truth, asdict(self.setting), self.block, self.size]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]

    @property
    def shape(self) -> trials.Shape:
        """The true dose-response."""
        return next(shape for shape in self.setting.shapes if shape.name == self.truth)

    @property
    def label(self) -> str:
        """For messages: ``drop-the-losers, linear, block 3``."""
        return f"{self.design.name}, {self.truth}, block {self.block}"


@lru_cache(maxsize=1)
def code_hash() -> str:
    """What the code is that a block's numbers come from."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in _CODE)).hexdigest()


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def simulated(design: Design) -> bool:
    """Whether a design can be simulated here: adaptive ones, and parallel ones against placebo as a check."""
    return design.adaptive or (design.kind == "parallel" and design.arms[0].dose == 0)


def jobs(designs: Iterable[Design], number: int, shared: Setting) -> list[Job]:
    """Every block of `number` trials for each design and true shape."""
    if number < 1:
        raise InputError(f"trials is {number}: must be at least 1")
    designs = list(designs)
    for design in designs:
        if not simulated(design):
            raise InputError(
                f"{design.name} is a {design.kind} trial: what it tells is integrated, not simulated"
            )
        if max(design.doses) > shared.highest:
            raise InputError(
                f"{design.name} has {max(design.doses):g} mg: shapes end at {shared.highest:g} mg"
            )
    return [
        Job(design, truth, block, min(BLOCK, number - start), shared)
        for design in designs
        for truth in [shape.name for shape in shared.shapes]
        for block, start in enumerate(range(0, number, BLOCK))
    ]


def part_of(blocks: list[Job], part: str) -> list[Job]:
    """Every m-th block from the i-th on, for `part` ``i/m``: for machines that do not know each other."""
    match = re.fullmatch(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,5})", part)
    if not match or int(match[1]) > int(match[2]):
        raise InputError(
            f"part is {part[:40]!r}: must be such as 3/10, the first number not above the second"
        )
    return blocks[int(match[1]) - 1 :: int(match[2])]


def compute(job: Job) -> dict[str, np.ndarray]:
    """The block's trials: ``statistic detected named right near_share``, shape (size,).

    `right`: the named dose is near the right one; `near_share`: share of the people on such doses.
    """
    shared, design = job.setting, job.design
    key = (_number(design.name), _number(job.truth), job.block)
    rng = np.random.default_rng(np.random.SeedSequence(shared.seed, spawn_key=key))
    doses = np.array(design.doses)
    effect = job.shape.response(doses)
    people = round(design.people * (1 - (shared.dropout if design.dropout is None else design.dropout)))
    sd = design.sd or shared.sd
    if design.kind == "drop-losers":
        course = trials.drop_losers(rng, effect, sd, people, design.looks, design.keep or 1, job.size)
    elif design.kind == "response-adaptive":
        course = trials.response_adaptive(rng, effect, sd, people, design.looks, job.size)
    elif design.kind == "up-and-down":
        alone = int(doses[0] > 0)  # without a placebo arm: one that nobody enters, and that is left out again
        outcome = shared.placebo_change + np.append(np.zeros(alone), effect)
        course = trials.up_and_down(
            rng, outcome, sd, people, design.placebo_share or 0.0, shared.response, job.size
        )
        course = trials.Course(course.n[:, alone:], course.mean[:, alone:])
    else:
        sizes = np.array([arm.people for arm in design.arms])
        course = trials.fixed_sizes(rng, effect, sd, sizes * people / sizes.sum(), job.size)
    analysis = trials.analyse_courses(
        course, doses, sd, shared.shapes, share=shared.share, alpha=shared.alpha
    )
    target = job.shape.share_dose(shared.share)
    near = np.abs(doses - target) <= shared.near_mg + 1e-9
    return {
        "statistic": analysis.statistic,
        "detected": analysis.detected,
        "named": analysis.named,
        "right": np.abs(analysis.named - target) <= shared.near_mg + 1e-9,
        "near_share": (course.n @ near.astype(float)) / course.n.sum(axis=1),
    }


def write_block(job: Job, folder: str) -> str:
    """Compute a block and write its file, whole or not at all; the job's key comes back."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    about = {"design": job.design.name, "truth": job.truth, "block": job.block, "key": job.key}
    table = pa.table(compute(job)).replace_schema_metadata({"ldn": json.dumps(about)})
    handle, temporary = tempfile.mkstemp(prefix=".part-", dir=folder)
    os.close(handle)
    try:
        pq.write_table(table, temporary, write_page_checksum=True)
        Path(temporary).replace(Path(folder) / f"{job.key}.parquet")
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return job.key


def clear_parts(folder: Path) -> None:
    """Remove parts of blocks that a killed worker left behind; those of the last hour may be in work."""
    for part in folder.glob(".part-*"):
        with suppress(FileNotFoundError):
            if time.time() - part.stat().st_mtime > 3600:
                part.unlink()


def whole(job: Job, folder: Path) -> bool | None:
    """True if the block's file is there and whole, False if it is damaged, None if it is not there."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / f"{job.key}.parquet"
    if not path.exists():
        return None
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            about = json.loads((file.schema_arrow.metadata or {}).get(b"ldn", b"{}"))
            return bool(file.read().num_rows == job.size and about.get("key") == job.key)
    except (OSError, ValueError, pa.ArrowException):
        return False


def merged(blocks: Iterable[Job], folder: Path) -> pd.DataFrame:
    """Chances by design and truth, read block by block: memory does not grow with their number.

    Columns: ``design title truth trials target detected right near_share`` and the standard errors
    ``detected_error right_error near_share_error``. Blocks that are not there are left out.
    """
    import pyarrow.parquet as pq

    def stored() -> Iterator[tuple[Job, Mapping[str, np.ndarray]]]:
        for job in blocks:
            path = folder / f"{job.key}.parquet"
            if path.exists():
                with pq.ParquetFile(path) as file:
                    for batch in file.iter_batches(columns=list(_COUNTED)):
                        yield job, {n: batch.column(n).to_numpy(zero_copy_only=False) for n in _COUNTED}

    return _tallied(stored())


def _tallied(batches: Iterable[tuple[Job, Mapping[str, np.ndarray]]]) -> pd.DataFrame:
    """Chances by design and truth (see `merged`), summed up from batches of a job's trials."""
    # a job of each, and the number, sum and sum of squares of every chance
    sums: dict[tuple[str, str], tuple[Job, np.ndarray]] = {}
    for job, batch in batches:
        _, total = sums.setdefault((job.design.name, job.truth), (job, np.zeros((3, len(_COUNTED)))))
        for i, name in enumerate(_COUNTED):
            values = np.asarray(batch[name], dtype=float)
            total[:, i] += values.size, values.sum(), values @ values
    rows = []
    for job, (sizes, total, squares) in sums.values():
        n = int(sizes[0])
        mean = total / n
        error = trials.share_error(np.sqrt(np.maximum(squares / n - mean**2, 0.0) / n), n)
        rows.append(
            {"design": job.design.name, "title": job.design.title, "truth": job.truth, "trials": n}
            | {"target": job.shape.share_dose(job.setting.share), **dict(zip(_COUNTED, mean, strict=True))}
            | {f"{name}_error": each for name, each in zip(_COUNTED, error, strict=True)}
        )
    return pd.DataFrame(rows)


def adaptive_results(designs: Iterable[Design], shared: Setting, number: int) -> tuple[pd.DataFrame, bool]:
    """The chances of adaptive designs and of fixed ones with their doses and people, and whether stored ones.

    Stored blocks of the command's default size are taken where all of the adaptive are there and whole; else,
    and for the fixed ones, `number` trials of each design and truth are simulated here.
    """
    every = list(designs)
    adaptive = [design for design in every if design.adaptive]
    alike = {(design.doses, design.people) for design in adaptive}
    fixed = [
        design
        for design in every
        if design.kind == "parallel" and simulated(design) and (design.doses, design.people) in alike
    ]
    stored, folder = jobs(adaptive, STORED, shared), working_copy() / "build" / "simulations"
    there = bool(stored) and all(whole(job, folder) for job in stored)
    here = _tallied(
        (job, compute(job)) for job in jobs(fixed if there else [*adaptive, *fixed], number, shared)
    )
    return (pd.concat([merged(stored, folder), here], ignore_index=True) if there else here), there
