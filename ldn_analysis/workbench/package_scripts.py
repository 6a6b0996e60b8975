"""The lines of a package as scripts: R with metafor for all of them, Python without this package for pain."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

from ldn_analysis.workbench.package_lines import Line

R_HEAD = """\
# Every pooled number of the reports, computed again with metafor from the numbers below.
# Rscript reproduce.R ends without an error only if each of them is what the reports print.
suppressPackageStartupMessages(library(metafor))
tight <- list(threshold = 1e-12, maxiter = 10000)

near <- function(found, printed, tolerance = 1e-6) {
  found <- as.numeric(found)
  stopifnot(length(found) == 1, is.finite(found), abs(found - printed) <= tolerance * max(1, abs(printed)))
}

# Newcombe's interval of a difference of two risks, from Wilson's intervals of each (method 10, 1998).
newcombe <- function(a, n1, c, n2, level) {
  one <- prop.test(a, n1, conf.level = level, correct = FALSE)$conf.int
  two <- prop.test(c, n2, conf.level = level, correct = FALSE)$conf.int
  p <- a / n1
  q <- c / n2
  c(p - q, p - q - sqrt((p - one[1])^2 + (two[2] - q)^2), p - q + sqrt((one[2] - p)^2 + (q - two[1])^2))
}

# The mean of random effects with a prior of tau, by the logarithm of its density (and a normal prior of the
# mean, or a flat one): tau on a fine grid of its logarithm, the mean given tau in closed form.
half_normal <- function(scale) function(tau) -0.5 * (tau / scale)^2
log_student <- function(location, scale, df, sd) {
  function(tau) dt((2 * log(tau / sd) - location) / scale, df, log = TRUE) - log(tau)
}
posterior_mean <- function(yi, vi, log_prior, mean_sd) {
  tau <- exp(seq(log(1e-12), log(1e4), length.out = 20000))
  w <- 1 / outer(tau^2, vi, "+")
  p <- rowSums(w) + 1 / mean_sd^2
  m <- drop(w %*% yi) / p
  sd <- sqrt(1 / p)
  height <- 0.5 * (rowSums(log(w)) - log(p) - drop(w %*% yi^2) + m^2 * p) + log_prior(tau) + log(tau)
  weight <- exp(height - max(height))
  weight <- weight / sum(weight)
  below <- function(x) sum(weight * pnorm(x, m, sd))
  far <- max(abs(yi)) + 20 * max(sqrt(vi), 1)
  list(mean = sum(weight * m), below = below,
       quantile = function(p) uniroot(function(x) below(x) - p, c(-far, far), tol = 1e-12)$root)
}

"""


def _number(value: float) -> str:
    return "Inf" if value == math.inf else repr(float(value))


def _vector(values: Sequence[float]) -> str:
    return f"c({', '.join(map(_number, values))})"


def _near(found: str, printed: float, tolerance: str = "") -> str:
    return f"near({found}, {printed!r}{f', {tolerance}' if tolerance else ''})"


def _checks(line: Line, found: Mapping[str, str]) -> list[str]:
    """What holds each number that was expected to where R finds it."""
    return [_near(found[name], value) for name, value in line.expected.items()]


def _cells(line: Line) -> str:
    """The line's vectors as arguments of a call."""
    return ", ".join(f"{name} = {_vector(values)}" for name, values in line.numbers.items())


def _rma(line: Line) -> list[str]:
    yi, vi, how = _vector(line.numbers["yi"]), _vector(line.numbers["vi"]), line.options
    call = (f"fit <- rma(yi = {yi}, vi = {vi}, method = \"{how['method']}\", test = \"{how['test']}\", "
            f"level = {100 * how['level']:g}, control = tight)")  # fmt: skip
    found = {
        "estimate": "coef(fit)", "lower": "fit$ci.lb", "upper": "fit$ci.ub", "tau2": "fit$tau2",
        "p": "fit$pval", "prediction_lower": "predict(fit)$pi.lb",
        "prediction_upper": "predict(fit)$pi.ub",
    }  # fmt: skip
    return [call, *_checks(line, found)]


def _own(line: Line) -> list[str]:
    yi, vi, df = (line.numbers[name][0] for name in ("yi", "vi", "df"))
    tail = repr(1 - (1 - line.options["level"]) / 2)
    limit = f"qt({tail}, df = {_number(df)}) * sqrt({vi!r})"
    found = {"estimate": repr(yi), "lower": f"{yi!r} - {limit}", "upper": f"{yi!r} + {limit}"}
    return _checks(line, found)


def _bayes(line: Line) -> list[str]:
    how = line.options
    made = []
    if "ai" in line.numbers:
        made.append(f'es <- escalc(measure = "RR", {_cells(line)}, add = 1/2, to = "only0")')
        inputs = "es$yi, es$vi"
    else:
        inputs = f"{_vector(line.numbers['yi'])}, {_vector(line.numbers['vi'])}"
    prior = (
        f"log_student({', '.join(map(repr, how['published']))})" if "published" in how
        else f"half_normal({how['tau_scale']!r})"
    )  # fmt: skip
    made.append(f"mu <- posterior_mean({inputs}, {prior}, {_number(how['mean_sd'])})")
    tail = (1 - how["level"]) / 2
    around = {"lower": tail, "upper": 1 - tail, "median": 0.5}
    risk = repr(how.get("control", 0.0))
    for name, value in line.expected.items():
        plain = name.removeprefix("abs_")
        plain = "median" if plain == "estimate" else plain
        found = (
            "mu$mean" if name == "mean"
            else f"mu$quantile({around[plain]!r})" if plain in around
            else f"mu$below({name.removeprefix('below_')})"
        )  # fmt: skip
        found = f"exp({found})" if how.get("log") else found
        made.append(_near(_absolute(found, risk) if name.startswith("abs_") else found, value, "1e-4"))
    return made


def _absolute(ratio: str, risk: str) -> str:
    """A ratio as a difference per 100 at a stated risk; a risk above 1 is cut at 1."""
    return f"100 * (min({risk} * {ratio}, 1) - {risk})"


def _newcombe(line: Line) -> list[str]:
    ai, n1i, ci, n2i = (line.numbers[name][0] for name in ("ai", "n1i", "ci", "n2i"))
    call = f"gap <- newcombe({ai!r}, {n1i!r}, {ci!r}, {n2i!r}, {line.options['level']!r})"
    found = {name: f"100 * gap[{at}]" for at, name in enumerate(("estimate", "lower", "upper"), 1)}
    return [call, *_checks(line, found)]


def _tables(line: Line) -> list[str]:
    cells, how, unit = _cells(line), line.options, line.options["unit"]
    level = f"level = {100 * how['level']:g}"
    if line.kind == "peto":
        call = f'fit <- rma.peto({cells}, {level}, add = 0, to = "none", drop00 = TRUE)'
    else:
        call = f'fit <- rma.mh({cells}, measure = "{how["measure"]}", {level}, add = 0, to = "none")'
    names = {"estimate": "coef(fit)", "lower": "fit$ci.lb", "upper": "fit$ci.ub"}
    ratio = how["measure"] != "RD"
    found = {name: f"exp({word})" if ratio else f"{unit:g} * {word}" for name, word in names.items()}
    risk = repr(how.get("control", 0.0))
    found |= {f"abs_{name}": _absolute(word, risk) for name, word in found.items()}
    return [call, *_checks(line, found)]


def _sides(line: Line) -> list[str]:
    yi, sei = (_vector(line.numbers[name]) for name in ("yi", "sei"))
    how, df = line.options, _number(line.numbers["df"][0])
    both = "c(" + ", ".join(["1"] * len(line.numbers["yi"])) + ")"
    call = (f'both <- aggregate(escalc(measure = "GEN", yi = {yi}, sei = {sei}), cluster = {both}, '
            f"rho = {how['correlation']!r}, weighted = FALSE)")  # fmt: skip
    half = f"qt({1 - (1 - how['level']) / 2!r}, df = {df}) * sqrt(both$vi)"
    found = {
        "estimate": "both$yi", "lower": f"both$yi - {half}", "upper": f"both$yi + {half}",
        "p": f"2 * pt(-abs(both$yi) / sqrt(both$vi), df = {df})",
    }  # fmt: skip
    return [call, *_checks(line, found)]


KINDS = {
    "newcombe": _newcombe, "rma": _rma, "own": _own, "bayes": _bayes, "mh": _tables, "peto": _tables,
    "sides": _sides,
}  # fmt: skip


def r_script(lines: Sequence[Line]) -> str:
    """An R script that computes each line with metafor and stops where a number differs."""
    parts = [R_HEAD]
    for line in lines:
        parts.append("\n".join([f"# {line.name}", *KINDS[line.kind](line)]) + "\n\n")
    parts.append(f'cat("{len(lines)} results reproduced\\n")\n')
    return "".join(parts)


PYTHON = '''\
"""The pooled mean of pain and its steps, computed again with numpy and scipy alone: python reproduce.py."""

import math

import numpy as np
from scipy import optimize, stats

LINES = @LINES@


def tau2_reml(y, v):
    def loss(t):
        w = 1 / (v + t)
        m = np.sum(w * y) / np.sum(w)
        return 0.5 * (np.sum(np.log(v + t)) + np.log(np.sum(w)) + np.sum(w * (y - m) ** 2))

    grid = np.concatenate([[0.0], np.geomspace(1e-8, 100 * max(np.var(y), 1e-6), 400)])
    best = int(np.argmin([loss(t) for t in grid]))
    lo, hi = grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)]

    def slope(t):
        w = 1 / (v + t)
        m = np.sum(w * y) / np.sum(w)
        return np.sum(w) - np.sum(w**2) / np.sum(w) - np.sum(w**2 * (y - m) ** 2)

    if slope(lo) >= 0 and lo == 0:
        return 0.0
    return optimize.brentq(slope, lo, hi, xtol=1e-15)


def tau2_dl(y, v):
    w = 1 / v
    q = np.sum(w * (y - np.sum(w * y) / np.sum(w)) ** 2)
    return max(0.0, (q - y.size + 1) / (np.sum(w) - np.sum(w**2) / np.sum(w)))


def pooled(y, v, method, test, level):
    t = {"FE": lambda *_: 0.0, "DL": tau2_dl, "REML": tau2_reml}[method](y, v)
    w = 1 / (v + t)
    m = np.sum(w * y) / np.sum(w)
    se, df = math.sqrt(1 / np.sum(w)), y.size - 1
    if test != "z":
        scale = np.sum(w * (y - m) ** 2) / df
        se *= math.sqrt(max(scale, 1.0) if test == "adhoc" else scale)
    far = stats.norm.isf((1 - level) / 2) if test == "z" else stats.t.isf((1 - level) / 2, df)
    p = 2 * (stats.norm.sf(abs(m) / se) if test == "z" else stats.t.sf(abs(m) / se, df))
    spread = far * math.sqrt(t + se**2)
    return {"estimate": m, "lower": m - far * se, "upper": m + far * se, "tau2": t, "p": p,
            "prediction_lower": m - spread, "prediction_upper": m + spread}


def own(y, v, df, level):
    far = stats.t.isf((1 - level) / 2, df) if math.isfinite(df) else stats.norm.isf((1 - level) / 2)
    return {"estimate": y, "lower": y - far * math.sqrt(v), "upper": y + far * math.sqrt(v)}


for name, given, how, printed in LINES:
    y, v = np.array(given["yi"]), np.array(given["vi"])
    if "df" in given:
        found = own(y[0], v[0], given["df"][0] or math.inf, how["level"])
    else:
        found = pooled(y, v, how["method"], how["test"], how["level"])
    for what, value in printed.items():
        assert abs(found[what] - value) <= 1e-6 * max(1, abs(value)), (name, what, found[what], value)
print(f"{len(LINES)} results reproduced")
'''


def python_script(lines: Sequence[Line]) -> str:
    """A script in numpy and scipy that computes the pools of pain, and stops where a number differs."""
    given = []
    for line in lines:
        if line.kind not in ("rma", "own") or line.options.get("method", "REML") not in ("FE", "DL", "REML"):
            continue
        numbers = {name: [None if value == math.inf else value for value in values]
                   for name, values in line.numbers.items()}  # fmt: skip
        given.append([line.name, numbers, dict(line.options), dict(line.expected)])
    text = ",\n    ".join(json.dumps(one, ensure_ascii=False).replace("null", "None") for one in given)
    return PYTHON.replace("@LINES@", f"[\n    {text},\n]" if given else "[]")
