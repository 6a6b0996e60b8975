"""What report 04 says of a plain shift and of what goes with the sedimentation rate, against plain sums."""

import dataclasses
import math
import re

import made_up
import numpy as np
import pytest
from plain_sums import difference_of_risks
from scipy import integrate, stats
from spoken import numbers, plain, read, value

from ldn_analysis import evidence
from ldn_analysis.questions import responders
from ldn_analysis.questions.responders import words

PERCENTS = (15, 30, 50)
R = -0.4
"""Assumed correlation of baseline with change, where an arm is told by its mean change."""


def arm(rng, fall):
    """Size, baseline and change of an arm (means and SDs), and how many more respond than normals give."""
    n = int(rng.integers(18, 90))
    return {"n": n, "base": (round(rng.uniform(5, 7), 2), round(rng.uniform(0.9, 1.6), 2)),
            "change": (round(rng.normal(-fall, 0.4), 2), round(rng.uniform(1.2, 2.4), 2))}  # fmt: skip


def rate(one, percent, mean=None, sd=None):
    """Chance that pain falls by so much of its start: over all starts, the chance given the start."""
    (m0, s0), (own, spread) = one["base"], one["change"]
    mean, sd = own if mean is None else mean, spread if sd is None else sd

    def given(start):
        expected = mean + R * sd / s0 * (start - m0)
        falls = stats.norm.cdf((-percent / 100 * start - expected) / (sd * math.sqrt(1 - R * R)))
        return stats.norm.pdf(start, m0, s0) * falls

    return integrate.quad(given, m0 - 9 * s0, m0 + 9 * s0, epsabs=1e-10)[0]


def world(seed):
    """Trials with both arms by their changes; `pull` moves the counts off what normal changes give."""
    rng = np.random.default_rng(seed)
    trials = []
    for i in range(1 + seed % 3):
        arms = {"ldn": arm(rng, rng.choice([0.4, 1.2, 2.4])), "placebo": arm(rng, 0.8)}
        pull, more = rng.choice([-0.15, 0.0, 0.15]), rng.choice([0.0, 0.1])
        better = min(arms, key=lambda group: arms[group]["change"][0])
        for group, one in arms.items():
            off = pull + more * (group == better)
            shares = [min(max(rate(one, p) + off, 0.0), 1.0) for p in PERCENTS]
            one["counts"] = dict(zip(PERCENTS, (round(one["n"] * x) for x in shares), strict=True))
        trials.append((made_up._plans(3)[i], arms, ("sd", "se", "interval")[(seed + i) % 3]))
    return trials


def spread(how, n, mean, sd):
    half = stats.t.ppf(0.975, n - 1) * sd / math.sqrt(n)
    return {"sd": {"sd": f"{sd:.6f}"}, "se": {"se": f"{sd / math.sqrt(n):.6f}"},
            "interval": {"lower95": f"{mean - half:.6f}", "upper95": f"{mean + half:.6f}"}}[how]  # fmt: skip


def written(folder, trials):
    made = []
    for plan, arms, how in trials:
        one = made_up.trial(plan, np.random.default_rng(1))
        study = one.rows["studies"][0]
        people = sum(x["n"] for x in arms.values())
        study |= {"n_randomised": str(people), "n_analysed": str(people)}
        paper = made_up.Paper(plan.study_id, 12.0, study["doi"])
        rows, events = [], []
        for group, x in arms.items():
            (m0, s0), (mean, sd), n = x["base"], x["change"], x["n"]
            rows.append(paper.row(group, "mean", 0, value=m0, sd=s0, n=n))
            rows.append(paper.row(group, "mean change", value=mean, n=n, **spread(how, n, mean, sd)))
            for percent, count in x["counts"].items():
                like = next(
                    r for r in one.rows["events"]
                    if (r["event"], r["group"]) == ("pain response 30%", group)
                )  # fmt: skip
                cells = {"event": f"pain response {percent}%", "events": str(count), "n": str(n)}
                cells["event_id"] = like["event_id"].replace("30", str(percent))
                events.append(like | cells)
        made.append(made_up.Made({"studies": [study], "outcomes": rows, "events": events}))
    return evidence.load(made_up.written(folder / "data", made))


@pytest.mark.parametrize("seed", range(6))
def test_a_plain_shift_beside_the_counts(tmp_path, seed):
    level, alpha = ((0.95, 0.05), (0.8, 0.2))[seed % 2]
    trials = world(seed)
    ev = written(tmp_path, trials)
    table = responders.shift_table(responders.trial_arms(ev, baseline_change_r=R))
    found = responders.shift_differences(table, responders.responder_contrasts(ev, level=level), level)
    first, *lines = words.shape(table, found, alpha)
    inside, gaps, off = 0, [], {}
    for plan, arms, _ in trials:
        ldn, placebo = arms["ldn"], arms["placebo"]
        for percent in PERCENTS:
            shifted = rate(ldn, percent, sd=placebo["change"][1]) - rate(placebo, percent)
            a, c, n1, n2 = ldn["counts"][percent], placebo["counts"][percent], ldn["n"], placebo["n"]
            _, low, high = difference_of_risks(a, n1, c, n2, level)
            assert min(abs(shifted - low), abs(shifted - high)) > 1e-6
            inside += low <= shifted <= high
            gaps.append((plan.label, percent, 100 * shifted, 100 * (a / n1 - c / n2)))
            for group, one in (("placebo", placebo), ("LDN", ldn)):
                seen, expected = one["counts"][percent], rate(one, percent)
                if stats.binomtest(seen, one["n"], expected).pvalue < alpha:
                    off.setdefault((plan.label, percent), []).append((group, seen - expected * one["n"]))
    n = len(gaps)
    assert f"in {inside} of {n} comparisons" in first
    title, alt = words.shift_title(found), plain(words.alt_of_shift(found))
    assert title == f"An equal response of everybody fits {inside} of {n} differences in responders"
    told = re.findall(r"([A-Z]\w+ \d{4}) at (\d+)% (-?\d+) and (-?\d+)", alt)
    assert len(told) == min(2, n) and "LDN minus placebo in 100, predicted and seen" in alt
    known = {(label, percent): rest for label, percent, *rest in gaps}
    for label, percent, predicted, seen in told:
        assert [value(predicted), value(seen)] == pytest.approx(known[label, int(percent)], abs=0.51)
    assert len(lines) == len(off)
    for line in lines:
        label, percent = re.match(r"(.+?), (\d+)%:", line).groups()
        apart = off.pop((label, int(percent)))
        arms = next(arms for plan, arms, _ in trials if plan.label == label)
        both = len(apart) == 2 and all(gap > 0 for _, gap in apart)
        assert ("more responders than normal changes give in both arms" in line) == both
        assert ("no sign of a drug that works in some" in line) == both
        if not both:
            for group, one in (("LDN", arms["ldn"]), ("placebo", arms["placebo"])):
                seen, expected = re.search(rf"{group} (\d+) seen, (\d+) expected", line).groups()
                assert int(seen) == one["counts"][int(percent)]
                assert abs(int(expected) - one["n"] * rate(one, int(percent))) < 0.51
            named = re.search(r": (.+?) apart from normal changes", line)[1].split(" and ")
            assert sorted(named) == sorted(group for group, _ in apart)


@pytest.mark.parametrize(("turned", "level"), [((), 0.95), (("age_years",), 0.8), (("bmi",), 0.95),
                                               (("age_years", "bmi"), 0.8), ("mixed", 0.95)])  # fmt: skip
def test_what_goes_with_the_sedimentation_rate(turned, level):
    """In the people as printed, with a column turned over, and with the people's columns mixed up."""
    ev = evidence.load()
    people = ev.pilot_participants.copy()
    for column in () if turned == "mixed" else turned:
        people[column] = people[column].max() + people[column].min() - people[column]
    if turned == "mixed":
        people["age_years"] = np.random.default_rng(4).permutation(people["age_years"].to_numpy())
    ev = dataclasses.replace(ev, tables={**ev.tables, "pilot_participants": people})
    found = responders.predictor(ev, level=level)
    table = responders.companions(ev, found, level)
    said, cells = plain(words.companion(table)), responders.tables.companions(table).set_index("name")
    known = people.dropna(subset=["esr_mm_h", "bmi", "age_years"])
    esr, n = known["esr_mm_h"].to_numpy(float), len(known)
    assert f"In the same {n} people" in said
    r2 = next(float(r["value"]) for r in read(ev.folder, "outcomes") if r["statistic"] == "r squared")
    goes, _, open_ = said.partition(": which")[0].partition("may go with")
    for name, column, other in (("body mass index", "bmi", "age_years"), ("age", "age_years", "bmi")):
        x, z = known[column].to_numpy(float), known[other].to_numpy(float)
        r = stats.pearsonr(esr, x)
        ends = r.confidence_interval(level)
        clear = ends.low > 0 or ends.high < 0
        part = re.search(rf"(a low )?{name} \(r = (-?[\d.]+)\)", goes if clear else open_)
        assert part, (said, name)
        assert (part[1] is not None) == (r.statistic < 0) and float(part[2]) == pytest.approx(
            r.statistic, abs=6e-3
        )
        shown = numbers(cells.loc[name, "r"])
        assert shown == pytest.approx([r.statistic, ends.low, ends.high], abs=6e-3)
        left = [y - np.polyval(np.polyfit(z, y, 1), z) for y in (esr, x)]  # what the other leaves of each
        partial = stats.pearsonr(*left).statistic
        half = stats.norm.ppf(0.5 + level / 2) / math.sqrt(n - 4)
        limits = [math.tanh(math.atanh(partial) + s * half) for s in (0, -1, 1)]
        assert numbers(cells.loc[name, "partial"]) == pytest.approx(limits, abs=6e-3)
        # the two correlations leave this much of the third: their matrix must not be negative
        allowed = []
        for sign in (-1, 1):
            gap = math.sqrt((1 - r.statistic**2) * (1 - r2))
            third = r.statistic * math.sqrt(r2) + sign * gap
            matrix = [[1, r.statistic, third], [r.statistic, 1, math.sqrt(r2)], [third, math.sqrt(r2), 1]]
            assert np.linalg.det(matrix) == pytest.approx(0, abs=1e-9)
            allowed.append(third)
        assert numbers(cells.loc[name, "response"].replace(" to ", " ")) == pytest.approx(allowed, abs=6e-3)
