"""The pooled numbers of made-up data sets, computed once more from their CSV files, with numpy alone.

`LDN_TESTS=thorough` compares every set; without it a few that between them have every kind of form.
"""

import math
import os

import made_up
import numpy as np
import pytest
from scipy import optimize, stats
from spoken import read

from ldn_analysis import models
from ldn_analysis.questions import pain, responders, safety
from ldn_analysis.questions.pain.parameters import Pain

FEW = (
    "two, mixed",
    "two, conditions",
    "three, scales",
    "three, doses",
    "three, first period",
    "eight, crossovers",
    "three, medians",
)
NAMES = made_up.names() if os.environ.get("LDN_TESTS") == "thorough" else FEW


def number(row, name):
    return float(row.get(name) or "nan")


def critical(df):
    return float(stats.t.ppf(0.975, df))


def spread(row):
    """SD of an arm."""
    n = number(row, "n")
    half = (number(row, "upper95") - number(row, "lower95")) / 2
    ways = (number(row, "sd"), number(row, "se") * math.sqrt(n), half / critical(n - 1) * math.sqrt(n))
    return next(sd for sd in ways if sd > 0)


def of_median(row):
    """Mean (Luo 2018) and SD (Wan 2014; of both Shi 2020) of a median; None where skewed (Shi 2023)."""
    n, m = number(row, "n"), number(row, "value")
    low, q1, q3, high = (number(row, name) for name in ("minimum", "q1", "q3", "maximum"))
    z = stats.norm.ppf
    whole, middle = (
        (high - low) / (2 * z((n - 0.375) / (n + 0.25))),
        (q3 - q1) / (2 * z((0.75 * n - 0.125) / (n + 0.25))),
    )
    skew = {"s1": abs(low + high - 2 * m) / (high - low), "s2": abs(q1 + q3 - 2 * m) / (q3 - q1)}
    if math.isnan(low):
        share = 0.7 + 0.39 / n
        mean, sd, t, most = (
            share * (q1 + q3) / 2 + (1 - share) * m,
            middle,
            skew["s2"],
            2.65 / n**0.5 - 6 / n**2,
        )
    elif math.isnan(q1):
        share = 4 / (4 + n**0.75)
        mean, sd, t = share * (low + high) / 2 + (1 - share) * m, whole, skew["s1"]
        most = 1 / math.log(n + 9) + 2.5 / (n + 1)
    else:
        a, b, c = 2.2 / (2.2 + n**0.75), 0.7 - 0.72 / n**0.55, 1 / (1 + 0.07 * n**0.6)
        mean = a * (low + high) / 2 + b * (q1 + q3) / 2 + (1 - a - b) * m
        sd, t = c * whole + (1 - c) * middle, max(2.65 * math.log(0.6 * n) / n**0.5 * skew["s1"], skew["s2"])
        most = 3 / n**0.5 - 40 / n**3
    return None if t >= most else (mean, sd)


def of_medians(ldn, control):
    """Difference of two arms' estimated means; None where either is of skewed values."""
    found = [of_median(row) for row in (ldn, control)]
    if None in found:
        return None
    (m1, s1), (m2, s2) = found
    n1, n2 = number(ldn, "n"), number(control, "n")
    return m1 - m2, s1**2 / n1 + s2**2 / n2, n1 + n2


def error(row, df):
    """SE of a difference, in the order in which a paper's precisions are taken."""
    value, p, t = abs(number(row, "value")), number(row, "p_value"), abs(number(row, "t_value"))
    half = (number(row, "upper95") - number(row, "lower95")) / 2
    ways = (number(row, "se"), half / critical(df), value / t, value / math.sqrt(number(row, "f_value")))
    by_p = value / float(stats.t.isf(p / 2, df)) if p > 0 else math.nan
    return next(se for se in (*ways, by_p) if se > 0)


def in_points(row, value):
    """On 0 to 10, less being better."""
    scaled = value * 10 / (number(row, "scale_max") - number(row, "scale_min"))
    return -scaled if row["better"] == "higher" else scaled


def of_arms(ldn, control, square=lambda row: spread(row) ** 2):
    """Difference of the arms' means; several doses are one arm (Handbook 6.5.2.10)."""
    n = np.array([number(row, "n") for row in ldn])
    means = np.array([number(row, "value") for row in ldn])
    within = sum((k - 1) * square(row) for k, row in zip(n, ldn, strict=True))
    mean = float((n * means).sum() / n.sum())
    variance = (within + (n * (means - mean) ** 2).sum()) / (n.sum() - 1)
    m = number(control, "n")
    return mean - number(control, "value"), variance / n.sum() + square(control) / m, n.sum() + m


def of_doses(rows):
    n, m = np.array([number(r, "n_ldn") for r in rows]), number(rows[0], "n_placebo")
    se = np.array([error(r, k + m - 2) for r, k in zip(rows, n, strict=True)])
    own = se / np.sqrt(1 / n + 1 / m) / math.sqrt(m)  # of the control's mean, as each dose has it
    shared = np.outer(own, own)
    np.fill_diagonal(shared, se**2)
    w = n / n.sum()
    return float(w @ [number(r, "value") for r in rows]), float(w @ shared @ w), n.sum() + m


def estimate(rows, crossover):
    """Difference (points, LDN minus placebo), its variance and people; None where nothing gives them."""
    contrasts = [row for row in rows if row["group"] == "ldn-placebo"]
    start = {row["group"]: row for row in rows if row["week"] == "0"}
    ldn, control = ([r for r in rows if r["group"] == g and r["week"] != "0"] for g in ("ldn", "placebo"))
    if len(contrasts) > 1:
        found = of_doses(contrasts)
    elif contrasts:
        n = number(contrasts[0], "n")
        found = number(contrasts[0], "value"), error(contrasts[0], n - (1 if crossover else 2)) ** 2, n
    elif not ldn or not control or (crossover and not ldn[0].get("period")):
        return None
    elif {"ldn", "placebo"} <= set(start):
        means, variances = [], []
        for end in (ldn[0], control[0]):
            first, s0, s1 = start[end["group"]], spread(start[end["group"]]), spread(end)
            means.append(number(end, "value") - number(first, "value"))
            variances.append((s0**2 + s1**2 - s0 * s1) / number(end, "n"))  # the assumed correlation is 0.5
        found = means[0] - means[1], sum(variances), number(ldn[0], "n") + number(control[0], "n")
    elif ldn[0]["statistic"] == "median":
        found = of_medians(ldn[0], control[0])
        if found is None:
            return None
    else:
        found = of_arms(ldn, control[0])
    row, (value, variance, people) = (contrasts or ldn)[0], found
    if row["unit"].startswith("percent"):
        base = number(start["all"], "value") / 100 * 10 / number(row, "scale_max")
        return -value * base, variance * base**2, people
    return in_points(row, value), in_points(row, math.sqrt(variance)) ** 2, people


def reml(y, v):
    """Restricted maximum likelihood of tau2, by a grid and a search around its best."""

    def loss(tau2):
        w = 1 / (v + tau2)
        mu = (w @ y) / w.sum()
        return np.log(v + tau2).sum() + np.log(w.sum()) + w @ (y - mu) ** 2

    top = 10 * (np.var(y) + v.max()) + 1e-9
    grid = np.concatenate([[0], np.geomspace(1e-9, top, 400)])
    best = int(np.argmin([loss(x) for x in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    found = optimize.minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-13})
    return 0.0 if loss(0) <= found.fun else float(found.x)


def der_simonian_laird(y, v):
    """By the method of moments (DerSimonian and Laird 1986)."""
    w = 1 / v
    q = w @ (y - w @ y / w.sum()) ** 2
    return max(0.0, float((q - (len(y) - 1)) / (w.sum() - w @ w / w.sum())))


def mantel_haenszel(a, n1, c, n2, level=0.95):
    """Risk ratio and 95% limits: Mantel and Haenszel 1959, with the variance of Greenland and Robins 1985."""
    n = n1 + n2
    above, below = (a * n2 / n).sum(), (c * n1 / n).sum()
    se = math.sqrt(((n1 * n2 * (a + c) - a * c * n) / n**2).sum() / (above * below))
    z = float(stats.norm.ppf((1 + level) / 2))
    return tuple(above / below * math.exp(x * se) for x in (0, -z, z))


def random_ratio(a, n1, c, n2, level=0.95, scale=0.5):
    """Median and central interval of the mean ratio: flat prior of its log, half-normal of tau; by sums
    over a grid of tau."""
    add = ((a * c == 0) | (a == n1) | (c == n2)) * 0.5
    y = np.log((a + add) / (n1 + 2 * add) / ((c + add) / (n2 + 2 * add)))
    v = 1 / (a + add) - 1 / (n1 + 2 * add) + 1 / (c + add) - 1 / (n2 + 2 * add)
    tau = np.linspace(0, 6 * scale, 3001)
    w = 1 / (v + tau[:, None] ** 2)
    mean = (w * y).sum(1) / w.sum(1)
    log = 0.5 * (np.log(w).sum(1) - np.log(w.sum(1)) - (w * (y - mean[:, None]) ** 2).sum(1))
    share = np.exp(log - log.max() - tau**2 / (2 * scale**2))
    share[0] /= 2
    share /= share.sum()

    def at(p):
        return optimize.brentq(lambda x: share @ stats.norm.cdf((x - mean) * np.sqrt(w.sum(1))) - p, -20, 20)

    return tuple(math.exp(at(p)) for p in (0.5, (1 - level) / 2, (1 + level) / 2)), y


def compared(a, n1, c, n2, level=0.95):
    """The ratio that stands for some trials and its limits: of one its own, of several as their sides say."""
    told = a + c > 0
    a, n1, c, n2 = (x[told] for x in (a, n1, c, n2))
    if len(a) == 1:
        se = math.sqrt(1 / a[0] - 1 / n1[0] + 1 / c[0] - 1 / n2[0])
        ratio = a[0] / n1[0] / (c[0] / n2[0])
        wide = math.exp(float(stats.norm.ppf((1 + level) / 2)) * se)
        return ratio, ratio / wide, ratio * wide
    found, y = random_ratio(a, n1, c, n2, level)
    both = (y > 0).any() and (y < 0).any()
    return found if both or not a.sum() or not c.sum() else mantel_haenszel(a, n1, c, n2, level)


def pooled(y, v, tau2):
    """Mean and Hartung-Knapp 95% limits; where tau2 is 0 not narrower than the trials' own errors allow."""
    w = 1 / (v + tau2)
    mu = float(w @ y / w.sum())
    ratio = w @ (y - mu) ** 2 / (len(y) - 1)
    se = math.sqrt((ratio if tau2 > 0 else max(ratio, 1.0)) / w.sum())
    half = critical(len(y) - 1) * se
    return mu, mu - half, mu + half


@pytest.mark.parametrize("name", NAMES)
def test_pain_is_pooled_as_a_plain_calculation_does(made_data, name):
    folder, ev = made_data(name)
    studies = {row["study_id"]: row for row in read(folder, "studies") if row["randomised"] == "yes"}
    outcomes = read(folder, "outcomes")
    expected = {}
    for study, row in studies.items():
        own = [r for r in outcomes if r["study_id"] == study and r["domain"] == "pain"]
        found = estimate(own, row["design_type"] == "crossover") if own else None
        if found:
            expected[study] = found
    result = pain.analyse(ev, Pain())
    used = result.table[result.table["included"].astype(bool)].set_index("study_id")
    assert set(used.index) == set(expected)
    for study, (yi, vi, people) in expected.items():
        assert tuple(used.loc[study, ["yi", "vi", "people"]]) == pytest.approx((yi, vi, people), rel=1e-9)
    assert result.n == sum(people for *_, people in expected.values())
    if not expected:
        assert result.fit is None
        return
    y, v = (np.array([found[i] for found in expected.values()]) for i in (0, 1))
    if len(y) > 1:
        numbers = pooled(y, v, reml(y, v))
        assert (result.fit.estimate, *result.fit.ci) == pytest.approx(numbers, rel=1e-4, abs=1e-4)
        moments = models.pool(y, v, tau2_method="DL")
        assert moments.tau2 == pytest.approx(der_simonian_laird(y, v), rel=1e-9, abs=1e-12)
        assert moments.estimate == pytest.approx(pooled(y, v, moments.tau2)[0], rel=1e-9)
        said = str(result.pooled).replace("−", "-")
        for one in numbers:
            assert f"{round(one, 2) + 0.0:.2f}" in said, (one, said)


@pytest.mark.parametrize("name", NAMES)
def test_counts_are_those_of_the_files(made_data, name):
    folder, ev = made_data(name)
    parallel = {r["study_id"] for r in read(folder, "studies") if r["design_type"] == "parallel"}
    counts = {}
    for row in read(folder, "events"):
        if row["study_id"] not in parallel:
            continue
        a = counts.setdefault((row["event"], row["study_id"]), {"ldn": [0, 0], "placebo": [0, 0]})
        a[row["group"]][0] += int(row["events"])
        a[row["group"]][1] += int(row["n"])
    found = responders.responder_contrasts(ev)
    trials = found[~found["pooled"]] if len(found) else found
    seen = {f"pain response {row.percent:g}%": 0 for row in trials.itertuples()}
    for row in trials.itertuples():
        event = f"pain response {row.percent:g}%"
        (ones, n1), (others, n2) = (counts[event, row.inputs[0].split("-")[0]][g] for g in ("ldn", "placebo"))
        assert (row.a, row.n1, row.c, row.n2) == (ones, n1, others, n2)
        if ones and others:
            assert row.rr == pytest.approx(ones / n1 / (others / n2))
        seen[event] += 1
    for event, k in seen.items():
        assert k == len([key for key in counts if key[0] == event])
    ratios = 0
    for row in safety.compared_harms(ev).itertuples():
        of = [arms for (event, _), arms in counts.items() if event == row.event]
        sums = [sum(arms[group][i] for arms in of) for group in ("ldn", "placebo") for i in (0, 1)]
        if len({r["week"] for r in read(folder, "events") if r["event"] == row.event}) == 1:
            assert [row.ldn_events, row.ldn_n, row.control_events, row.control_n] == sums
            a, n1, c, n2 = (
                np.array([g[arm][i] for g in of], float) for arm in ("ldn", "placebo") for i in (0, 1)
            )
            whole = (a.sum() > 0) & (c.sum() > 0)
            if whole and not (sum(a + c > 0) == 1 and ((a * c == 0) & (a + c > 0)).any()):
                ratio = compared(a, n1, c, n2)
                assert (row.rr, row.rr_lower, row.rr_upper) == pytest.approx(ratio, rel=2e-3), row.event
                gap = [100 * (min(1, r * c.sum() / n2.sum()) - c.sum() / n2.sum()) for r in ratio]
                assert (row.rd, row.rd_lower, row.rd_upper) == pytest.approx(tuple(gap), rel=3e-3, abs=0.02)
                ratios += 1
    if name in ("three, scales", "three, doses", "three, medians"):
        assert ratios > 2
