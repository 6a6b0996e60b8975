"""What report 04 says, against plain calculations from the rows."""

import dataclasses
import math
import re

import numpy as np
import pytest
from plain_sums import difference_of_risks
from scipy import stats
from spoken import SETS, counts, numbers, numeral, plain, read, value
from test_questions_oracle import compared

from ldn_analysis import evidence, models
from ldn_analysis.questions import responders
from ldn_analysis.questions.responders import words

HUNDRED = re.compile(
    r"(as many|\d+ fewer|\d+ more) \((\d+)% interval (\d+ (?:fewer|more)) to (\d+ (?:fewer|more))\)"
)


def ratio(of, level):
    """Risk ratio and limits that stand for some trials; not-a-number where the counts give none."""
    a, n1, c, n2 = (np.array(x, float) for x in zip(*of, strict=True))
    told = a + c > 0
    alone = told.sum() == 1 and not (a[told] * c[told]).all()
    return (math.nan,) * 3 if alone or not told.any() else compared(a, n1, c, n2, level)


@pytest.mark.parametrize("level", [0.95, 0.8])
@pytest.mark.parametrize("at", [30, 50])
@pytest.mark.parametrize("name", SETS)
def test_people_who_respond_are_those_of_the_rows(made_data, name, at, level):
    folder, ev = made_data(name)
    of = counts(folder, f"pain response {at}%")
    table = responders.responder_contrasts(ev, level=level)
    said, told = words.counted(table, at), plain(words.in_hundred(table, at, level))
    elsewhere = plain(words.in_usual_hundred(table, at, level))
    if not of:
        assert said == "" and told.startswith("No trial counts")
        return
    a, n1, c, n2 = (np.array(x, float) for x in zip(*of, strict=True))
    more, fewer, k = int((a / n1 > c / n2).sum()), int((a / n1 < c / n2).sum()), len(of)
    trials = "trial" if k == 1 else "trials"
    rr, low, high = ratio(of, level)
    if a.sum() + c.sum() == 0:
        assert said == f"Nobody in {numeral(k)} {trials} had relief by {at}%."
    elif more and fewer:
        assert ("opposite directions" in said) == (k == 2)
        rest = "other" if more == k - 1 else "others"
        assert k == 2 or said.endswith(f" in {numeral(more)} of {numeral(k)} trials, not in the {rest}.")
    else:
        assert said.lower().startswith(f"{numeral(k)} {trials} ") and f"relief by {at}%" in said
        if k == 1 and not math.isfinite(rr):
            rr, low, high = (1 + gap for gap in difference_of_risks(*of[0], level))
        shows = "more people" if low > 1 else "fewer people" if high < 1 else "leave"
        assert (shows if math.isfinite(rr) else "too rarely or too often") in said
    alt = words.alt_of_counts(table, at)
    for x, m, y, n in of[:3]:
        assert f"{x} of {m} against {y} of {n}" in alt
    if not math.isfinite(ratio(of, level)[0]):
        assert numbers(told)[:4] == [a.sum(), n1.sum(), c.sum(), n2.sum()] and "relief by" in told
        if k == 1:
            ((mid, _, least, most),) = HUNDRED.findall(told)
            gap = difference_of_risks(*of[0], level)
            assert [value(x) for x in (mid, least, most)] == pytest.approx([100 * x for x in gap], abs=0.51)
        return
    usual = [
        float(row["value"])
        for row in read(folder, "responder_benchmarks")
        if row["unit"] == "percent" and row["what"].startswith("placebo respon") and str(at) in row["what"]
    ]
    bases = [100 * c.sum() / n2.sum(), *usual[:1]]
    found = HUNDRED.findall(told) + HUNDRED.findall(elsewhere)
    assert len(found) == len(bases)
    assert re.search(r": (\d+) of 100 on placebo; with LDN ", told)[1] == f"{bases[0]:.0f}"
    assert not usual or f" {usual[0]:.1f} of 100 have relief by {at}% on placebo" in elsewhere
    for base, (mid, percent, least, most) in zip(bases, found, strict=True):
        assert percent == f"{100 * level:g}"
        for shown, of_ratio in ((mid, rr), (least, low), (most, high)):
            assert value(shown) == pytest.approx(min(base * of_ratio, 100) - base, abs=0.62)


@pytest.mark.parametrize("name", SETS)
def test_the_number_needed_is_the_reciprocal_of_the_difference(made_data, name):
    table = responders.responder_contrasts(made_data(name)[1])
    for row in table[~table["pooled"]].to_dict("records"):
        p1, p0 = row["a"] / row["n1"], row["c"] / row["n2"]
        if not 0 < p1 < 1 or not 0 < p0 < 1:
            continue
        half = 1.959963984540054 * math.sqrt((1 - p1) / row["a"] + (1 - p0) / row["c"])
        ends = [max(-1, min(1 - p0, p1 * math.exp(x) - p0)) for x in (-half, half)]
        first, best, *rest = re.findall(r"NNT([BH]) (\d+)|(infinity)", row["nnt"])
        gap = p1 - p0
        own, far = ("B", ends[1]) if gap >= 0 else ("H", ends[0])
        if abs(gap) > 0.0011:
            assert first[0] == own and abs(float(first[1]) - 1 / abs(gap)) < 0.51
        assert best[0] == own and abs(float(best[1]) - 1 / abs(far)) < 0.51
        across = ends[0] if gap >= 0 else ends[1]
        crosses = ends[0] < 0 < ends[1]
        assert ("infinity" in "".join(r[2] for r in rest)) == crosses
        if abs(across) < 0.0011:  # beyond a thousand people an end is said to be infinity
            continue
        assert rest[-1][0] == ({"B": "H", "H": "B"}[own] if crosses else own)
        assert abs(float(rest[-1][1]) - 1 / abs(across)) < 0.51


def test_the_spread_of_changes_that_are_printed_as_sd_se_or_interval(made_data):
    folder, ev = made_data("three, changes")
    logs, variances = [], []
    for study in read(folder, "studies"):
        sds = {}
        for row in read(folder, "outcomes"):
            if row["study_id"] != study["study_id"] or row["domain"] != "pain":
                continue
            n = int(row["n"])
            half = (float(row["upper95"] or "nan") - float(row["lower95"] or "nan")) / 2
            by = float(row["sd"] or 0) or float(row["se"] or 0) * n**0.5
            sds[row["group"]] = by or half / stats.t.ppf(0.975, n - 1) * n**0.5, n
        (s1, n1), (s0, n0) = sds["ldn"], sds["placebo"]
        logs.append(math.log(s1 / s0) + 1 / (2 * (n1 - 1)) - 1 / (2 * (n0 - 1)))
        variances.append(sum(1 / (2 * (n - 1)) + 1 / (2 * (n - 1) ** 2) for n in (n1, n0)))
    found = responders.spread_ratio(ev)
    fit = models.pool(logs, variances)
    fit = models.wider_companion(fit) or fit
    said, title = words.spread(found), words.spread_title(found)
    shown = [math.exp(x) for x in (fit.estimate, *fit.ci)]
    people = sum(int(row["n"]) for row in read(folder, "outcomes"))
    assert said.startswith(f"In three trials ({people} people, each counted once)")
    assert f"was {shown[0]:.2f} times that with placebo" in said
    assert f"{shown[0]:.2f} times as much as with placebo ({shown[1]:.2f} to {shown[2]:.2f})" in title


def test_one_trials_spread_is_told_with_its_own_interval(made_data):
    _, ev = made_data("three, changes")
    ids = list(ev.studies["study_id"])
    alone = ev.as_of(int(ev.studies.loc[ev.studies["study_id"] == ids[0], "year"].iloc[0]))
    found = responders.spread_ratio(alone, level=0.9)
    row = found.table.iloc[0]
    z = stats.norm.ppf(0.95)
    low, high = (math.exp(row["ln_vr"] + x * row["se"]) for x in (-z, z))
    said = words.spread(found)
    assert f"(90% interval {low:.2f} to {high:.2f}): " in said and "In one trial" in said
    assert found.table["basis"].iloc[0] == "reported SDs of the mean changes"
    excluded = f"a spread {found.at:g} times as large is excluded"
    assert (excluded in said) == (high < found.at) and ("differ more" in said) == (low > 1)
    none = dataclasses.replace(found, intervals=found.intervals[:0])
    assert words.spread(none) == words.spread_verdict(none)
    assert words.spread(none).startswith("No trial gives")


def test_the_mixture_follows_from_the_means_and_sds():
    """The others change as on placebo: mean and SD of the arm by hand from the printed limits."""
    trials = responders.trial_arms(evidence.load())
    trial = responders.mixture_trial(trials)
    plans = responders.mixture_plans(trial, [0.15, 0.2, 0.3], n=(25, 100), draws=60, level=0.9)
    said = responders.tables.mixtures(plans, trial).to_dict("records")
    rows = {
        r["group"]: r
        for r in read(evidence.load().folder, "outcomes")
        if r["study_id"] == trial.study_id and r["statistic"] == "mean change" and r["domain"] == "pain"
    }
    sd = {}
    for group, row in rows.items():
        n = int(row["n"])
        sd[group] = (float(row["upper95"]) - float(row["lower95"])) / 2 * n**0.5 / stats.t.ppf(0.975, n - 1)
    ldn, other = (float(rows[g]["value"]) for g in ("ldn", "placebo"))
    n = int(rows["ldn"]["n"])
    ends = [sd["ldn"] * math.sqrt((n - 1) / stats.chi2.ppf(p, n - 1)) for p in (0.95, 0.05)]
    note = plain(words.mixture_note(plans, 60))
    assert f"SD {sd['ldn']:.2f} ({ends[0]:.2f} to {ends[1]:.2f})" in note
    assert "noticed in 5% by chance" in note
    allowed = [row["share"].split()[0] for row in said if row["fits"] == "allows it"]
    line = words.mixture_finding(plans, trial)
    first, people = line.split(" strong responders. ")
    assert all(share in first for share in allowed)
    needed = min(100, *(plan.power.needed for plan in plans if plan.fits))
    assert (
        people
        == f"To notice them in 80% of trials takes about {float(f'{needed:.2g}'):g} people on LDN, or more."
    )
    assert words.mixture_finding([], trial).startswith("No share of strong responders that was tried fits")
    for row, share in zip(said, (0.15, 0.2, 0.3), strict=True):
        apart = (ldn - other) / share
        whole = math.sqrt(sd["placebo"] ** 2 + share * (1 - share) * apart**2)
        assert row["share"] == f"{100 * share:g}% respond"
        assert (row["responders"], row["others"], row["sd"]) == pytest.approx((other + apart, other, whole))
        assert (row["fits"] == "speaks against it") == (not ends[0] <= whole <= ends[1])


@pytest.mark.parametrize("level", [0.95, 0.9])
def test_what_a_large_r_squared_of_few_people_is_worth(level):
    ev = evidence.load()
    found = responders.predictor(ev, level=level)
    row = next(r for r in read(ev.folder, "outcomes") if r["statistic"] == "r squared")
    r2, n = float(row["value"]), int(row["n"])
    said = words.predictor(found, models.best_of_predictors(n, 3, r2, draws=2000))
    rng = np.random.default_rng(5)
    x, e = rng.standard_normal((2, 200_000, n))
    y = found.supposed_r * x + math.sqrt(1 - found.supposed_r**2) * e
    x, y = (v - v.mean(axis=1, keepdims=True) for v in (x, y))
    seen = (x * y).sum(1) ** 2 / ((x**2).sum(1) * (y**2).sum(1))
    per_thousand = 1000 * (seen >= r2).mean()
    assert f"({n} people) it explained {100 * r2:.0f}% of the variance" in said[0]
    assert f"({100 * level:g}% interval" in said[0]
    assert f"size of the sample {100 * (1 - (1 - r2) * (n - 1) / (n - 2)):.0f}%" in said[0]
    assert abs(float(re.search(r"about (\d+) in 1000", said[1]).group(1)) - per_thousand) < 0.9
    # of three unrelated measures: one minus none of them, each with the null distribution of r squared
    null = stats.beta.sf(r2, 0.5, (n - 2) / 2)
    best = 1 - (1 - null) ** 3
    assert "under 1% of samples" in said[2] if best < 0.01 else f"{100 * best:.0f}% of samples" in said[2]
