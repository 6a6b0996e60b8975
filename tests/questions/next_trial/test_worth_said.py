"""What report 09 says of the worth of knowing, of later trials and of naming a dose, beside plain draws and
sums: the belief is made once more from the trials' estimates, on made-up data and other parameters."""

import math
import os
import re

import made_up
import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats
from spoken import NUMBER, SETS, all_same, numbers, plain, read, share_fits, value

from ldn_analysis import evidence
from ldn_analysis.questions import next_trial
from ldn_analysis.questions.next_trial import words
from ldn_analysis.questions.next_trial.background import by_dose
from ldn_analysis.questions.next_trial.dose import shapes_of
from ldn_analysis.questions.next_trial.parameters import NextTrial

FEW = {"reviews": 100, "draws": 128, "trials": 100, "tau2_method": "DL"}
PERCENT = r"(?:under |over )?\d+%"
TRIED = np.array([0.0, 1.5, 3.0, 4.5, 6.0])
DOSES = [(x,) for x in (1.5, 4.5, 3.0, 6.0)]
WORLDS = {
    "relief": made_up._plans(4, doses=DOSES, effect=[-1.1, -0.9, -1.4, -1.2], n=60),
    "harm": made_up._plans(3, doses=DOSES, effect=0.7, n=60),
    "a surprise": made_up._plans(3, doses=DOSES, effect=[-1.4, -1.2, 1.3], n=80),
    "one": made_up._plans(1),
    "several doses": made_up._plans(2, form="doses, means", doses=(1.5, 4.5)),
    "none": made_up._plans(2, kind="open"),
}
CASES = [
    *((name, {"then": 2012}) for name in WORLDS),
    ("relief", {"then": 2013, "burden": 0.6, "burden_per_mg": 0.1, "level": 0.8}),
    ("a surprise", {"then": 2011, "burden": 0.0, "burden_per_mg": 0.0, "emax_sd": 1.0, "level": 0.9}),
    ("harm", {"then": 2020}),
    *((name, {"then": 2012}) for name in ("one, doses", "three, equal", "fifteen")),
]
if os.environ.get("LDN_TESTS") == "thorough":
    CASES += [(name, {"then": 2012}) for name in SETS if name not in WORLDS]


class Plain:
    """Greatest effect given a dose of half effect and an SD between trials, over a grid of both."""

    def __init__(self, rows, emax_sd):
        half = 3.0 * np.exp(stats.norm.ppf((np.arange(240) + 0.5) / 240))
        tau = (np.arange(150) + 0.5) / 60  # even steps, weighed by the half-normal density of scale 0.5
        self.half, self.tau = (x.ravel() for x in np.meshgrid(half, tau, indexing="ij"))
        precision, pull, log = np.full(self.half.size, emax_sd**-2.0), 0.0, -2 * self.tau**2
        for dose, y, v in rows:  # of a trial: doses, differences, their covariance
            if np.ndim(dose):
                share = np.array(dose) / (np.array(dose) + self.half[:, None])
                spread = v + self.tau[:, None, None] ** 2 * (0.5 + 0.5 * np.eye(len(dose)))
                inverse = np.linalg.inv(spread)
                precision = precision + np.einsum("ki,kij,kj->k", share, inverse, share)
                pull = pull + np.einsum("ki,kij,j->k", share, inverse, y)
                log = log - 0.5 * (np.linalg.slogdet(spread)[1] + np.einsum("i,kij,j->k", y, inverse, y))
                continue
            share, w = dose / (dose + self.half), 1 / (v + self.tau**2)
            precision, pull = precision + share**2 * w, pull + share * w * y
            log = log + 0.5 * (np.log(w) - w * y * y)
        log = log + 0.5 * (pull**2 / precision - np.log(precision))
        self.weight = np.exp(log - log.max())
        self.weight /= self.weight.sum()
        self.mean, self.sd = pull / precision + 0 * self.half, precision**-0.5

    def any(self):
        return float(self.weight @ stats.norm.cdf(-self.mean / self.sd))

    def result(self, dose, v, level):
        """Interval of a trial's result."""
        share = dose / (dose + self.half)
        sd = np.sqrt(v + self.tau**2 + (self.sd * share) ** 2)

        def at(p):
            below = lambda x: float(self.weight @ stats.norm.cdf((x - self.mean * share) / sd)) - p  # noqa: E731
            return optimize.brentq(below, -30, 30)

        return at(0.5 - level / 2), at(0.5 + level / 2)

    def loss(self, cost):
        """Expected loss of each dose, and that of whoever knows which is best, with its error, by draws."""
        rng = np.random.default_rng(3)
        at = rng.choice(self.half.size, 200_000, p=self.weight)
        emax = rng.normal(self.mean[at], self.sd[at])
        losses = emax[:, None] * TRIED / (TRIED + self.half[at, None]) + cost
        known = losses.min(axis=1)
        saved = losses.mean(axis=0).min() - known
        return losses.mean(axis=0), float(saved.mean()), float(saved.std() / math.sqrt(len(saved)))


@pytest.fixture(scope="module", params=CASES, ids=lambda x: f"{x[0]} {x[1]}")
def case(request, tmp_path_factory, sets):
    name, choices = request.param
    if name in WORLDS:
        made = [made_up.trial(plan, np.random.default_rng([21, i])) for i, plan in enumerate(WORLDS[name])]
        ev = evidence.load(made_up.written(tmp_path_factory.mktemp("worth") / "data", made))
    else:
        ev = sets(name)
    params = NextTrial(**FEW, **choices)
    known = next_trial.background(ev, params)
    return ev, params, known, next_trial.beliefs(ev, known, params)


def told_by(ev, known, upto):
    """What each trial of fixed doses told; of one of several doses the rows of its groups as written."""
    trials = []
    for r in known.used.to_dict("records"):
        if r["year"] > upto:
            continue
        if r["dose_mg"] == r["dose_mg"]:
            trials.append((r["dose_mg"], r["yi"], r["vi"]))
            continue
        arms = [a for a in read(ev.folder, "outcomes") if a["study_id"] == r["study_id"] and a["sd"]]
        mean, vi = (
            {a["dose_mg_per_day"] or a["group"]: x(a) for a in arms}
            for x in (lambda a: float(a["value"]), lambda a: float(a["sd"]) ** 2 / float(a["n"]))
        )
        placebo = "placebo" if "placebo" in mean else "0"
        doses = [d for d in mean if d != placebo]
        y = np.array([mean[d] - mean[placebo] for d in doses])
        trials.append(([float(d) for d in doses], y, np.diag([vi[d] for d in doses]) + vi[placebo]))
    return trials


def test_what_knowing_is_worth(case):
    ev, params, known, held = case
    parts = next_trial.parts(held, params)
    cost = np.where(TRIED > 0, params.burden + params.burden_per_mg * TRIED, 0.0)
    states = {s.name: s.words for s in next_trial.states(ev, known, params)}
    years = list(known.used["year"])
    upto = {"then": params.then, "without the newest": max(years, default=0) - 1, "today": 9999}
    shown, error = {}, {}
    for state, year in upto.items():
        losses, saved, slip = Plain(told_by(ev, known, year), params.emax_sd).loss(cost)
        shown[state], error[state] = 1000 * saved, 1000 * (4 * slip + 0.003 * saved) + 0.6
        best = parts[(parts["state"] == state) & (parts["prior"] == "today's")]["best_mg"].iloc[0]
        assert losses[list(TRIED).index(best)] <= losses.min() + 0.01
    title = words.value_title(parts)
    assert title.startswith("Today, knowing everything would save ")
    assert numbers(title)[0] == pytest.approx(shown["today"], abs=error["today"])
    said = words.knowing_then(parts, states)
    found = re.findall(r"(\d+) \((end of \d+|without the newest trial|today)\)", said)
    assert [name for _, name in found] == [f"end of {params.then}", "without the newest trial", "today"]
    for (text, _), state in zip(found, upto, strict=True):
        assert float(text) == pytest.approx(shown[state], abs=error[state])
    best = parts[(parts["state"] == "today") & (parts["prior"] == "today's")]["best_mg"].iloc[0]
    designs = pd.DataFrame({"state": ["today"] * 2, "prior": "today's", "title": list("ab"),
                            "per_100": [0.01, 0.002], "per_100_error": [1e-4, 1e-4]})  # fmt: skip
    text = words.value(parts, designs, params)
    treat = "no treatment" if best == 0 else f"{best:g} mg"
    assert f"With it, {treat} loses least under today's beliefs" in text
    assert f"burden of treatment: {params.burden:g} points and {params.burden_per_mg:g} a mg" in text


def test_later_trials_beside_what_was_expected(case):
    ev, params, known, held = case
    later = next_trial.check_by_history(known, held, params)
    rows = by_dose(known.derived)[0].to_dict("records")  # of a trial of several doses a row each
    rows = [r for r in rows if r["year"] > params.then]
    several = {r["study_id"] for r in rows if sum(r["study_id"] == one["study_id"] for one in rows) > 1}
    said = plain(words.history(later, params.then))
    if not rows:
        assert said == f"No trial of a fixed dose that can be pooled was published after {params.then}."
        return
    found = re.findall(
        rf"(\S+ \d{{4}}(?:, [\d.]+ mg)?) was expected between ({NUMBER}) and ({NUMBER}) and found "
        rf"({NUMBER}); by it alone the chance of any relief goes from ({PERCENT}) to ({PERCENT})", said,
    )  # fmt: skip
    assert len(found) == len(rows) and said.startswith(f"Seen from the end of {params.then}: ")
    before, inside = told_by(ev, known, params.then), 0
    for (label, low, high, seen, p, q), row in zip(found, rows, strict=True):
        dose, y, v = (row[x] for x in ("dose_mg", "yi", "vi"))
        belief = Plain(before, params.emax_sd)
        ends = belief.result(dose, v, params.level)
        assert label == row["label"] + (f", {dose:g} mg" if row["study_id"] in several else "")
        assert [value(low), value(high)] == pytest.approx(ends, abs=0.0075)
        all_same([seen], [y])
        inside += ends[0] <= y <= ends[1]
        after = Plain([*before, (dose, y, v)], params.emax_sd)
        for text, wanted in ((p, belief.any()), (q, after.any())):
            shown = min(max(wanted, 0.0), 1.0)
            near = [shown, min(shown + 1e-3, 1), max(shown - 1e-3, 0)]  # another grid may round apart
            assert any(_fits(text, x) for x in near), (text, wanted)
    trials = "doses in trials" if several else "trial" if len(rows) == 1 else "trials"
    assert (
        words.history_title(later) == f"{inside} of {len(rows)} later {trials} fell inside the range expected"
    )


def _fits(text, p):
    try:
        share_fits(text, p)
    except AssertionError:
        return False
    return True


def test_the_designs_that_tell_most_are_named_within_their_errors():
    rng = np.random.default_rng(8)
    for _ in range(200):
        n = int(rng.integers(1, 7))
        rows = pd.DataFrame({"title": [f"design {i}" for i in range(n)],
                             "per_100": rng.choice([1e-5, 3e-3, 1e-2, 1.02e-2, 5e-2], n),
                             "per_100_error": rng.choice([0.0, 1e-4, 2e-3], n)})  # fmt: skip
        said = words._most(rows)
        best = max(rows.to_dict("records"), key=lambda r: r["per_100"])
        near = [
            r["title"] for r in rows.to_dict("records")
            if r["per_100"] + 2 * r["per_100_error"] >= best["per_100"] - 2 * best["per_100_error"]
        ]  # fmt: skip
        named = re.findall(r"“(.+?)”", said)
        if 1000 * best["per_100"] < 0.05:
            assert said.startswith("no design, since each saves less") and not named
        elif len(near) > 3:
            assert said == "no design that stands out"
        else:
            assert sorted(named) == sorted(near) and named[0] == best["title"]


@pytest.mark.parametrize(("name", "greatest", "near_mg"), [("one", 1.0, 0.75), ("three, equal", 0.6, 1.6)])
def test_naming_the_dose_is_simulated_once_more(made_data, name, greatest, near_mg):
    """Five arms drawn around each true shape; the shape that fits them best names its dose."""
    params = NextTrial(**FEW, greatest=greatest, near_mg=near_mg, dropout=0.2)
    known = next_trial.background(made_data(name)[1], params)
    table, guess = next_trial.telling_doses(known, params), next_trial.guessing(params)
    said = words.doses(table, guess, greatest)
    shapes = [s for s in shapes_of(params) if s.kind != "flat"]
    mean = np.array([s.response(TRIED) for s in shapes])
    fine = np.linspace(0, 6, 60_001)
    right = [fine[np.argmax(s.response(fine) <= -0.9 * greatest + 1e-9)] for s in shapes]
    se = known.sd / math.sqrt(100 * 0.8)
    rng, named = np.random.default_rng(2), []
    for truth, target in zip(mean, right, strict=True):
        arms = truth + se * rng.standard_normal((20_000, 5))
        fit = np.empty((len(shapes), len(arms)))
        for i, shape in enumerate(mean):  # intercept and size of a shape, by least squares
            rise = shape - shape.mean()
            fit[i] = (arms @ rise) / math.sqrt(rise @ rise)  # by its direction: what is left is least there
        chosen = np.array(right)[fit.argmax(axis=0)]
        named.append(np.mean(np.abs(chosen - target) <= near_mg + 1e-6))
    text = re.search(
        r"\(percentages ± (\d+) by simulation\).+ and (.+?) name the right dose \(a guess: (.+?)\)", said
    )
    slack = float(text[1]) + 1.5
    assert numbers(text[2].replace("%", "")) == pytest.approx([100 * min(named), 100 * max(named)], abs=slack)
    chances = [np.mean(np.abs(TRIED[1:] - target) <= near_mg + 1e-6) for target in right]
    ends = dict.fromkeys([min(chances), max(chances)])
    assert numbers(text[3].replace("%", "")) == pytest.approx([100 * x for x in ends], abs=0.51)
    assert f"If the greatest relief is {greatest:g} point{'' if greatest == 1 else 's'}" in said
