"""Speed of simulated trials, as ratios in one run: what arrays, processes and Dask gain or cost.

Run as part of ``make bench``. Prints a line for each ratio with its bound. Dask's line needs
``make env EXTRA=cluster``. With ``--brief`` it only shows that it runs: the ratios of so small sizes mean
nothing.
"""

from __future__ import annotations

import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Executor
from itertools import product
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from ldn_analysis import models  # noqa: E402
from ldn_analysis.models import trials  # noqa: E402
from ldn_analysis.models.trials.review import added_trials  # noqa: E402
from ldn_analysis.questions import next_trial  # noqa: E402
from ldn_analysis.questions.next_trial import engines, simulation  # noqa: E402

BRIEF = "--brief" in sys.argv[1:]
SETTING = simulation.Setting(
    sd=1.8, greatest=1.0, highest=6.0, alpha=0.025, share=0.9, near_mg=0.75, dropout=0.1, seed=4
)
TRUTH = np.array([0.0, -0.3, -0.6, -0.8, -1.0])


def seconds(function: Callable[[], object], rounds: int = 3) -> float:
    """Of the fastest round."""
    best = math.inf
    for _ in range(1 if BRIEF else rounds):
        start = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - start)
    return best


def plain_response_adaptive(people: int, looks: tuple[float, ...], number: int) -> list[list[float]]:
    """`trials.response_adaptive` as one would first write it: trial by trial, look by look, arm by arm."""
    rng, arms, sd = np.random.default_rng(1), TRUTH.size, 1.8
    ends = [round(people * look) for look in looks] + [people]
    sizes = [b - a for a, b in zip([0, *ends], ends, strict=False)]
    shares = [*looks, 1.0]
    done = []
    for _ in range(number):
        n, mean, weight = [0.0] * arms, [0.0] * arms, [1.0] * arms
        for stage, size in enumerate(sizes):
            given = [math.floor(size * w / sum(weight) + 1e-9) for w in weight]
            given[0] += size - sum(given)
            for arm in range(arms):
                if given[arm]:
                    total = TRUTH[arm] * given[arm] + sd * math.sqrt(given[arm]) * rng.standard_normal()
                    mean[arm] = (mean[arm] * n[arm] + total) / (n[arm] + given[arm])
                    n[arm] += given[arm]
            chances = []
            for arm in range(1, arms):
                z = (mean[0] - mean[arm]) / (sd * math.sqrt(1 / max(n[0], 1) + 1 / max(n[arm], 1)))
                chances.append(max((0.5 * math.erfc(-z / math.sqrt(2))) ** (shares[stage] / 2), 1e-12))
            weight = [1.0, *((arms - 1) * c / sum(chances) for c in chances)]
        done.append(mean)
    return done


def vectorised() -> tuple[float, str]:
    """Adaptive trials: plain loop over arrays."""
    looks, few, many = (0.2, 0.4, 0.6, 0.8), 50 if BRIEF else 2000, 2000 if BRIEF else 50_000
    loop = seconds(lambda: plain_response_adaptive(200, looks, few)) / few
    rng = np.random.default_rng(1)
    arrays = seconds(lambda: trials.response_adaptive(rng, TRUTH, 1.8, 200, looks, many)) / many
    return loop / arrays, "adaptive trials: plain loop over arrays, at least 10"


def updated_reviews() -> tuple[float, str]:
    """Updated reviews of k = 4 to 6: what drawing and summing add to `pool_many` alone."""
    rows = 2000 if BRIEF else 333_334
    y, v = np.array([-0.55, -0.34, 0.49]), np.array([0.046, 0.094, 0.168])
    whole = alone = 0.0
    for m in (1, 2, 3):
        new = np.full(m, 0.07)
        whole += seconds(lambda new=new: trials.updated_review(y, v, new, -0.2, 0.15, reviews=rows), 1)
        rng = np.random.default_rng(1)
        both = np.column_stack([np.broadcast_to(y, (rows, 3)), added_trials(rng, rows, new, -0.2, 0.15)])
        spread = np.concatenate([v, new])
        alone += seconds(
            lambda both=both, spread=spread: models.pool_many(
                both, spread, tau2_interval=False, weights=False
            ),
            1,
        )
    return whole / alone, f"{3 * rows:,} updated reviews over pool_many alone, at most 1.5"


def loaded() -> tuple[int, float]:
    """Which process a worker is and its CPU seconds, once it has loaded what a block needs; slow enough for
    others to start."""
    import pyarrow.parquet  # noqa: F401

    time.sleep(0.1)
    return os.getpid(), time.process_time()


def all_workers(pool: Executor, workers: int) -> dict[int, float]:
    """CPU seconds of each worker so far, when each has loaded what a block needs, of processes as of Dask."""
    seen: dict[int, float] = {}
    while len(seen) < workers:
        seen |= dict(future.result() for future in [pool.submit(loaded) for _ in range(2 * workers)])
    return seen


def timed(engine: engines.Engine, wanted: list[simulation.Job], into: Path) -> tuple[float, float]:
    """Seconds of these blocks on the clock, and as few as their CPU seconds allow on a core for each worker:
    those of the busiest worker, or all and this process's, shared out. Starting is left out, to the last
    worker's imports."""
    into.mkdir()
    with engines.executor(engine) as (pool, workers):
        before, own, start = all_workers(pool, workers), time.process_time(), time.perf_counter()
        assert sum(1 for _ in engines.finished(pool, workers, wanted, into)) == len(wanted)
        clock, own = time.perf_counter() - start, time.process_time() - own
        each = [seconds - before[worker] for worker, seconds in all_workers(pool, workers).items()]
    return clock, max(max(each), (sum(each) + own) / workers)


def engine_times(folder: Path) -> dict[str, tuple[float, float]]:
    """`timed` of the same blocks by one process, two, and two of Dask's workers, each the least of three
    turns."""
    number, block = 1000 if BRIEF else 200_000, simulation.BLOCK
    if BRIEF:
        simulation.BLOCK = 250
    wanted = simulation.jobs(next_trial.chosen_designs(["up-and-down"]), number, SETTING)
    simulation.BLOCK = block  # what is measured next, in another process, has whole blocks
    kinds = {"one": engines.Engine("processes", 1), "two": engines.Engine("processes", 2)}
    try:
        import distributed  # noqa: F401

        kinds["dask"] = engines.Engine("dask", 2)
    except ImportError:
        print("Dask left out: make env EXTRA=cluster")
    found = dict.fromkeys(kinds, (math.inf, math.inf))
    for turn, (name, engine) in product(range(1 if BRIEF else 3), kinds.items()):
        clock, cpu = timed(engine, wanted, folder / f"{name} {turn}")
        found[name] = min(found[name][0], clock), min(found[name][1], cpu)
    return found


def merge_memory(folder: Path) -> float:
    """Peak MiB of a process that merges 10^7 simulated trials (links to one block, read a thousand times)."""
    number = 100_000 if BRIEF else 10_000_000
    shapes = len(trials.candidate_shapes(6.0, -1.0))
    wanted = simulation.jobs(next_trial.chosen_designs(["drop-the-losers"]), number // shapes, SETTING)
    made: dict[int, Path] = {}
    for job in wanted:
        path = folder / f"{job.key}.parquet"
        if job.size not in made:
            simulation.write_block(job, str(folder))
            made[job.size] = path
        else:
            os.link(made[job.size], path)
    script = (
        "import resource, sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]);"
        "from benchmarks import simulation as s;"
        "table = s.merged_again(Path(sys.argv[2]), int(sys.argv[3]));"
        "print(int(table['trials'].sum()), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    call = [sys.executable, "-c", script, str(ROOT), str(folder), str(number // shapes)]
    ran = subprocess.run(call, capture_output=True, text=True, check=True)
    total, peak = ran.stdout.split()
    assert int(total) == number // shapes * shapes
    return float(peak)


def merged_again(folder: Path, number: int) -> object:
    """For `merge_memory`, in a process of its own."""
    return simulation.merged(
        simulation.jobs(next_trial.chosen_designs(["drop-the-losers"]), number, SETTING), folder
    )


def main() -> None:
    """Measure and print."""
    lines: dict[str, float] = {}
    for measure in (vectorised, updated_reviews):
        ratio, words = measure()
        lines[words] = ratio
    with tempfile.TemporaryDirectory() as folder:
        times = engine_times(Path(folder))
        for i, what in enumerate(("", " (CPU seconds: other programs left out)")):
            lines[f"two processes over one, at least 1.7{what}"] = times["one"][i] / times["two"][i]
            if "dask" in times:
                dask = times["dask"][i] / times["two"][i]
                lines[f"Dask over processes on two workers, at most 1.15{what}"] = dask
    with tempfile.TemporaryDirectory() as folder:
        lines["MiB to merge 10^7 trials, at most 1024"] = merge_memory(Path(folder))
    for words, value in lines.items():
        print(f"{value:8.2f}  {words}")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak of this process: {own:.0f} MiB")


if __name__ == "__main__":
    main()
