"""Fits per second and accuracy of the pooling engine beside its peers: same simulated data, one core.

Run as ``make bench`` (or with any Python that has ``requirements/bench.lock``). Each peer fits REML with the
Knapp-Hartung interval if it offers that, else the nearest thing, which its name says. The fastest of several
rounds counts. Accuracy is the largest distance of tau2 from the highest point of a brute-force profile of the
restricted likelihood.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from ldn_analysis import models  # noqa: E402

BRIEF = "--brief" in sys.argv[1:]
"""Only the smallest data sets: does it run? Its times mean nothing."""
SIZES = (3,) if BRIEF else (3, 5, 13, 50)
SEED = 20130213
ACCURACY_ROWS = 50 if BRIEF else 1000
OURS, OURS_MANY, DL_MANY = "ours, pool", "ours, pool_many", "ours, pool_many with DL"
PYMARE, PYMARE_MANY = "PyMARE", "PyMARE, parallel columns"
METAFOR = "metafor rma (R)"

Array = np.ndarray


def simulate(k: int, rows: int) -> tuple[Array, Array]:
    """Effects with tau2 = 0.1 and sampling variances between about 0.02 and 0.8, anew in every row."""
    rng = np.random.default_rng([SEED, k])
    v = rng.gamma(2.0, 0.1, (rows, k)) + 0.01
    return rng.normal(size=(rows, k)) * np.sqrt(v + 0.1), v


def seconds(function: Callable[[], object], rounds: int = 5) -> float:
    """Of the fastest round."""
    best = np.inf
    for _ in range(rounds):
        start = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - start)
    return best


def single(
    fit: Callable[[Array, Array], float], y: Array, v: Array, budget: float = 1.0
) -> tuple[float, Array]:
    """Fits per second, one data set a call, and tau2 of the accuracy rows (not-a-number where it failed)."""
    count = 0
    start = time.perf_counter()
    while time.perf_counter() - start < budget:
        _attempt(fit, y[count % len(y)], v[count % len(y)])
        count += 1
    rate = count / (time.perf_counter() - start)
    rows = min(ACCURACY_ROWS, len(y), max(100, int(rate * 5)))
    return rate, np.array([_attempt(fit, y[i], v[i]) for i in range(rows)])


def _attempt(fit: Callable[[Array, Array], float], y: Array, v: Array) -> float:
    try:
        return fit(y, v)
    except Exception:
        return np.nan


def peers() -> dict[str, Callable[[Array, Array], float]]:
    """One call, one data set: tau2."""
    found: dict[str, Callable[[Array, Array], float]] = {OURS: lambda y, v: models.pool(y, v).tau2}
    try:
        from statsmodels.stats.meta_analysis import combine_effects

        found["statsmodels combine_effects (Paule-Mandel)"] = lambda y, v: float(
            combine_effects(y, v, method_re="iterated", use_t=True).tau2
        )
    except ImportError as error:
        print(f"statsmodels left out: {error}")
    try:
        import pymare.estimators as estimators

        def pymare(y: Array, v: Array) -> float:
            x = np.ones((len(y), 1))
            fitted = estimators.VarianceBasedLikelihoodEstimator(method="REML").fit(y[:, None], v[:, None], x)
            return float(np.ravel(fitted.params_["tau2"])[0])

        found[PYMARE] = pymare
    except ImportError as error:
        print(f"PyMARE left out: {error}")
    try:
        import pimeta

        found["pimeta rma"] = lambda y, v: float(pimeta.rma(y, v, method="REML", test="knha").tau2)
    except ImportError as error:
        print(f"pimeta left out: {error}")
    return found


def parallel_columns(y: Array, v: Array) -> Array:
    """tau2 of all rows by PyMARE's parallel columns."""
    import pymare.estimators as estimators

    x = np.ones((y.shape[1], 1))
    fitted = estimators.VarianceBasedLikelihoodEstimator(method="REML").fit(y.T.copy(), v.T.copy(), x)
    return np.ravel(fitted.params_["tau2"])


def metafor(y: Array, v: Array) -> tuple[float, Array] | None:
    """Rate and tau2 by R, default settings; None where R or metafor is missing."""
    if shutil.which("Rscript") is None:
        return None
    script = """
    args <- commandArgs(TRUE); suppressMessages(library(metafor))
    y <- as.matrix(read.csv(args[1], header=FALSE)); v <- as.matrix(read.csv(args[2], header=FALSE))
    tau2 <- rep(NA_real_, nrow(y)); start <- proc.time()[["elapsed"]]
    for (i in seq_len(nrow(y))) tau2[i] <- tryCatch(suppressWarnings(
      rma(y[i,], v[i,], method="REML", test="knha")$tau2), error=function(e) NA_real_)
    cat(proc.time()[["elapsed"]] - start, "\n"); cat(format(tau2, digits=15), sep="\n")
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, table in (("y", y), ("v", v)):
            np.savetxt(Path(folder) / f"{name}.csv", table, delimiter=",", fmt="%.17g")
        call = ["Rscript", "-e", script, f"{folder}/y.csv", f"{folder}/v.csv"]
        ran = subprocess.run(call, capture_output=True, text=True, check=False)
    if ran.returncode:
        print(f"metafor left out: {ran.stderr.strip().splitlines()[-1:]}")
        return None
    elapsed, *values = ran.stdout.split()
    return len(y) / float(elapsed), np.array([np.nan if x == "NA" else float(x) for x in values])


def brute_force(y: Array, v: Array) -> Array:
    """tau2 at the highest point of the profile: a fine grid, then ever finer ones around its best point."""

    def height(t: Array) -> Array:
        w = 1.0 / (v[:, :, None] + t[:, None, :])
        total = w.sum(axis=1)
        mean = (w * y[:, :, None]).sum(axis=1) / total
        residual = (w * (y[:, :, None] - mean[:, None]) ** 2).sum(axis=1)
        return np.log(w).sum(axis=1) - np.log(total) - residual

    upper = ((y - y.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) + v.max(axis=1)
    low, high = np.zeros(len(y)), upper
    share = np.linspace(0.0, 1.0, 2001) ** 2
    best = low
    for _ in range(4):
        grid = low[:, None] + (high - low)[:, None] * share
        at = height(grid).argmax(axis=1)
        rows = np.arange(len(y))
        best = grid[rows, at]
        low, high = grid[rows, np.maximum(at - 2, 0)], grid[rows, np.minimum(at + 2, len(share) - 1)]
        share = np.linspace(0.0, 1.0, 201)
    return best


def measure(k: int) -> list[dict[str, float | int | str]]:
    """One row a program."""
    rows = 400_000 // k
    y, v = simulate(k, rows)
    truth = np.concatenate(
        [brute_force(y[i : i + 50], v[i : i + 50]) for i in range(0, min(ACCURACY_ROWS, rows), 50)]
    )
    table: list[dict[str, float | int | str]] = []

    def add(name: str, rate: float, tau2: Array, restricted: bool = True) -> None:
        compared = tau2[: len(truth)]
        # a negative estimate is a convention (tau2 is then not truncated), not an error
        error = (
            np.abs(np.maximum(compared, 0.0) - truth[: len(compared)]) if restricted else np.array([np.nan])
        )
        table.append(
            {
                "k": k,
                "program": name,
                "fits_per_second": rate,
                "failed": int(np.isnan(compared).sum()),
                "of": len(compared),
                "largest_error": float(np.nanmax(error)) if np.isfinite(error).any() else float("nan"),
            }
        )
        print(f"  {name}: {rate:,.0f}/s", flush=True)

    core = {"tau2_interval": False, "weights": False}
    add(OURS_MANY, rows / seconds(lambda: models.pool_many(y, v, **core)), models.pool_many(y, v).tau2)
    everything = rows / seconds(lambda: models.pool_many(y, v))
    add("ours, pool_many with intervals of tau2 and weights", everything, models.pool_many(y, v).tau2)
    dl = rows / seconds(lambda: models.pool_many(y, v, tau2_method="DL", **core))
    add(DL_MANY, dl, models.pool_many(y, v, tau2_method="DL").tau2, restricted=False)
    try:
        part = min(rows, 20_000)
        rate = part / seconds(lambda: parallel_columns(y[:part], v[:part]), rounds=3)
        add(PYMARE_MANY, rate, parallel_columns(y[:ACCURACY_ROWS], v[:ACCURACY_ROWS]))
    except ImportError:
        pass
    for name, fit in peers().items():
        add(name, *single(fit, y, v), restricted="Paule" not in name)
    r = metafor(y[:ACCURACY_ROWS], v[:ACCURACY_ROWS])
    if r is not None:
        add(METAFOR, *r)
    return table


def peak_memory(rows: int = 1_000_000, k: int = 5) -> float:
    """MiB that a process needs for a million data sets, everything included (Linux, macOS)."""
    code = (
        "import resource, sys, numpy as np\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from ldn_analysis import models\n"
        f"rng = np.random.default_rng(1); v = rng.gamma(2, .1, ({rows}, {k})) + .01\n"
        "y = rng.normal(size=v.shape)\n"
        "fit = models.pool_many(y, v)\n"
        "assert fit.converged.all()\n"
        "unit = 2**20 if sys.platform == 'darwin' else 2**10\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(ran.stdout)


def markdown(table: list[dict[str, float | int | str]], memory: float) -> str:
    """The table, and the ratios that matter, at each k."""
    lines = [
        "# Pooling engine: fits per second, one core",
        "",
        "REML with the Knapp-Hartung interval unless the name says otherwise; the same data for all.",
        "The largest error is that of tau2 against a brute-force profile (known to about 1e-7).",
        "",
        "| k | program | fits/s | failed | largest error of tau2 |",
        "|---|---|---|---|---|",
    ]
    for row in table:
        error = float(row["largest_error"])
        lines.append(
            f"| {row['k']} | {row['program']} | {row['fits_per_second']:,.0f} "
            f"| {row['failed']} of {row['of']} | {'not comparable' if np.isnan(error) else f'{error:.0e}'} |"
        )
    lines += ["", "| k | ratio | measured |", "|---|---|---|"]
    for k in SIZES:
        rate = {str(r["program"]): float(r["fits_per_second"]) for r in table if r["k"] == k}
        singles = {
            n: x for n, x in rate.items() if n not in (OURS, METAFOR) and "many" not in n and "col" not in n
        }
        lines.append(
            f"| {k} | time of pool_many REML over pool_many DL | {rate[DL_MANY] / rate[OURS_MANY]:.1f} |"
        )
        if PYMARE_MANY in rate:
            ratio = rate[OURS_MANY] / rate[PYMARE_MANY]
            lines.append(f"| {k} | pool_many over PyMARE's parallel columns | {ratio:.1f} |")
        if singles:
            fastest = max(singles, key=lambda n: singles[n])
            lines.append(
                f"| {k} | pool over {fastest}, the fastest peer | {rate[OURS] / singles[fastest]:.1f} |"
            )
        restricted = {n: x for n, x in singles.items() if "Paule" not in n}
        if restricted:
            fastest = max(restricted, key=lambda n: restricted[n])
            lines.append(
                f"| {k} | pool over {fastest}, the fastest REML | {rate[OURS] / restricted[fastest]:.1f} |"
            )
        if METAFOR in rate:
            lines.append(f"| {k} | pool_many over metafor | {rate[OURS_MANY] / rate[METAFOR]:,.0f} |")
    lines += [
        "",
        f"Peak memory of a process that pools a million data sets with k = 5: {memory:.0f} MiB.",
        "",
    ]
    if shutil.which("Rscript") is None:
        lines += ["metafor was not measured: R is not installed here.", ""]
    return "\n".join(lines)


def main() -> None:
    """Measure, and print the table."""
    table = []
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for k in SIZES:
            print(f"k = {k}", flush=True)
            table += measure(k)
    print(markdown(table, peak_memory()))


if __name__ == "__main__":
    main()
