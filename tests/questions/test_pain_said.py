"""Every sentence of the report on pain beside the number that it tells, on made-up data and other choices.

The trials' estimates are held to their rows elsewhere (`test_questions_oracle`); from them all that is said
is computed once more here, by plain sums. `LDN_TESTS=thorough` reads every set.
"""

import math
import re
from itertools import pairwise

import made_up
import matplotlib.pyplot as plt
import numpy as np
import plain_sums
import pytest
import spoken
from pain_cases import CASES, Case, holds, tau2_by
from scipy import stats
from spoken import MANY, NUMBER

from ldn_analysis import evidence
from ldn_analysis.questions import pain
from ldn_analysis.questions.pain import tables, words
from ldn_analysis.questions.pain.parameters import Pain

RUNGS = {
    "Common effect": ("CE", "z"),
    "DerSimonian-Laird, Wald": ("DL", "z"),
    "REML, Wald": ("REML", "z"),
    "REML, Hartung-Knapp": ("REML", "hksj plain"),
    "REML, modified Hartung-Knapp": ("REML", "hksj_modified"),
}
MARKED = {("CE", "z"), ("DL", "z"), ("REML", "z"), ("REML", "hksj"), ("REML", "hksj_modified")}
"""Choices that are a line of the ladder."""
PRIORS = {
    **{f"half-normal {scale:g}": (plain_sums.half_normal(scale), 12.0) for scale in (0.25, 0.5, 1.0, 2.0)},
    "half-Cauchy 0.5": (lambda tau: 1 / (1 + (tau / 0.5) ** 2), 2000.0),
    "uniform 0 to 4": (lambda tau: tau <= 4, 4.0),
}
MEANS = {"flat": None, "normal(0, 1)": 1.0, "normal(0, 4)": 4.0}


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]} {case[1] or ''}".strip())
def case(request, sets, tmp_path_factory):
    name, choices = request.param
    if name == "worse":  # on every trial people had more pain with LDN
        plans = made_up._plans(4, effect=1.4, n=70)
        made = [made_up.trial(plan, np.random.default_rng([7, i])) for i, plan in enumerate(plans)]
        return Case(evidence.load(made_up.written(tmp_path_factory.mktemp("worse") / "data", made)), choices)
    return Case(sets(name), choices)


def words_of(picture):
    plt.close(picture["figure"]) if "figure" in picture.keys() else None  # noqa: SIM118
    return picture["title"], picture["alt"], picture["caption"] or ""


def test_the_answer(case):
    said = case.result.sentence
    assert len(said.split()) <= 40 + case.k * (case.k == 2) * 8  # two trials are named
    if not case.k:
        assert said == "We do not know: no trial known here can be pooled."
        assert case.result.in_words == "Nothing can be said on pain."
        return
    if case.k == 2:
        each = re.findall(rf"([^;]+?) ({NUMBER}) \(({NUMBER}) to ({NUMBER})\)", said.partition("LDN: ")[2])
        scale = "(0–10)" if case.choices.measure == "MD" else "in standard deviations"
        assert said.startswith(
            f"Not settled: two trials are too few to average. Pain {scale}, {100 * case.level:g}% intervals, "
            "minus meaning less with LDN: "
        )
        assert len(each) == 2
        for (label, *shown), row, y, own in zip(
            each, case.used.to_dict("records"), case.y, case.own, strict=True
        ):
            assert label.strip() == row["label"]
            spoken.all_same(shown, (y, *own))
        assert said.endswith(f"({case.people:,} people).")
        return
    found = re.fullmatch(
        rf"(.+?)\. In ({MANY} trials?) \(([\d,]+) people\) pain( \(0–10\))? was ({NUMBER}) "
        rf"(points|standard deviations) (lower|higher) than on placebo "
        rf"\(([\d.]+)% interval: ({NUMBER} \w+) to ({NUMBER} \w+)\)\.",
        said,
    )
    assert found, said
    mean, low, high = case.pool()
    assert holds(found[1], low, high, case.mid, case.k), (said, low, high)
    assert case.result.finding == found[1]
    assert spoken.things(found[2], "trial") == case.k
    assert int(found[3].replace(",", "")) == case.people
    points = case.mid is not None
    assert (found[4] is not None, found[6]) == (points, "points" if points else "standard deviations")
    spoken.all_same([f"{found[5]} {found[7]}", found[9], found[10]], (mean, low, high))
    assert float(found[8]) == pytest.approx(100 * case.level)


def test_the_line_of_the_pool_and_the_notes(case):
    result = case.result
    if not case.k:
        assert result.pooled == "no trial can be pooled"
        return
    found = re.fullmatch(
        rf"({NUMBER}) \[({NUMBER}), ({NUMBER})\] (NRS points|SD), (\d+) (trials?), (\d+) participants",
        result.pooled,
    )
    assert found, result.pooled
    assert (int(found[5]), found[6], int(found[7])) == (
        case.k, "trial" if case.k == 1 else "trials", case.people,
    )  # fmt: skip
    spoken.all_same(found.groups()[:3], case.pool())
    said = words.inconsistency(result.fit)
    if case.k == 1:
        assert said == "With one trial nothing can be said on how trials differ."
        return
    w = 1 / case.v
    q = float(w @ (case.y - w @ case.y / w.sum()) ** 2)
    tau2 = tau2_by(case.choices.tau2_method, case.y, case.v)
    typical = (case.k - 1) * w.sum() / (w.sum() ** 2 - (w**2).sum())
    found = re.search(
        rf"τ² ({NUMBER}).*I² ({NUMBER})%.*Q ({NUMBER}) on (\d+) df, p (under )?({NUMBER})\.", said
    )
    assert found, said
    spoken.all_same([found[1], found[3]], (tau2, q))
    assert abs(int(found[2]) - 100 * tau2 / (tau2 + typical)) <= 0.6
    assert int(found[4]) == case.k - 1
    p = float(stats.chi2.sf(q, case.k - 1))
    assert p < 0.0052 if found[5] else spoken.same(found[6], p)
    assert f"Intervals: {100 * case.level:g}%" in said
    notes = dict(zip(*tables.method(result).to_numpy().T, strict=True))
    low, high = re.search(rf"effect: ({NUMBER}) to ({NUMBER})\.", notes["A new trial"]).groups()
    mean, lower, upper = case.pool()
    critical = float(stats.t.ppf(0.5 + case.level / 2, case.k - 1))
    used = critical if case.choices.inference != "z" else float(stats.norm.ppf(0.5 + case.level / 2))
    half = critical * math.sqrt(tau2 + ((upper - lower) / 2 / used) ** 2)
    spoken.all_same([low, high], (mean - half, mean + half))
    assert ("fewer than five" in notes["A new trial"]) == (case.k < 5)


def test_the_trials_that_had_less_pain_are_counted(case):
    if not case.k:
        return
    title, alt, caption = words_of(pain.pictures.forest(case.result))
    below = [own for own, y in zip(case.own, case.y, strict=True) if y < 0]
    clear, against = sum(high < 0 for _, high in below), sum(low > 0 for low, _ in case.own)
    found = re.fullmatch(
        r"Pain was lower with LDN in (?:(the one|no) trial|(both) trials|all (\w+) trials|(\w+) of (\w+) "
        r"trials)"
        r"(?:, (by|not by) its whole interval|, in (\w+) by (its|their) whole interval)?"
        r"(?:; higher in (\w+) by (its|their) whole interval)?",
        title,
    )
    assert found, title
    one, both, every, some, of_all, only, among, whose, higher, theirs = found.groups()
    if one:
        assert case.k == 1 and (one == "the one") == bool(below)
    elif both or every:
        assert len(below) == case.k and (case.k == 2 if both else spoken.count(every) == case.k)
    else:
        assert (spoken.count(some), spoken.count(of_all)) == (len(below), case.k)
    if only:
        assert len(below) == 1 and (only == "by") == (clear == 1)
    elif among:
        assert clear == {"none": 0, "each": len(below)}.get(
            among, spoken.COUNTS.index(among) if among in spoken.COUNTS else -1
        )
        assert (whose == "their") == (among not in ("none", "each", "one"))
    else:
        assert not below
    count = case.k if higher == "all" else spoken.count(higher) if higher else 0
    assert count == (against if case.k > 1 else 0)
    assert not higher or (theirs == "its") == (against == 1)
    assert spoken.things(alt, "trial") == case.k
    ends = re.search(rf"from ({NUMBER}) to ({NUMBER})\." if case.k > 1 else rf"at ({NUMBER})\.", alt).groups()
    spoken.all_same(
        ends, sorted({case.y.min(), case.y.max()}) if case.k == 1 else (case.y.min(), case.y.max())
    )
    assert ("Mean" in alt) == (case.k > 2) and not caption.startswith(" ")
    assert f"{case.result.finding}." in alt


def test_doses_and_crossovers_of_the_pool(case):
    studies = case.result.ev.studies.set_index("study_id")
    outcomes = case.result.ev.outcomes
    doses, crossed = set(), 0
    for study in case.used["study_id"]:
        rows = outcomes[(outcomes["study_id"] == study) & (outcomes["domain"] == "pain")]
        arms = set(rows["dose_mg_per_day"].dropna()) if "dose_mg_per_day" in rows else set()
        doses |= arms or {studies.loc[study, "dose_max_mg"]}
        crossed += studies.loc[study, "design_type"] == "crossover"
    said = words.doses(case.result.doses)
    assert spoken.numbers(said) == sorted(doses) and (said == "none") == (not case.k)
    said = words.unswept(int(crossed))
    assert ("No correlation" in said) == (crossed > 0)
    assert ("No crossover trial" in said) == (crossed == 0)
    if crossed:
        told = re.search(
            rf"for the (?:({MANY}) )?(trials?) in the pool that (is a crossover|are crossovers)", said
        )
        assert (spoken.count(told[1]) if told[1] else 1) == crossed
        assert (told[2], told[3]) == (
            ("trial", "is a crossover") if crossed == 1 else ("trials", "are crossovers")
        )


@pytest.fixture(scope="module")
def known(case):
    """Probabilities of the case, by plain sums."""
    return plain_sums.Chances(case.y, case.v, case.result) if case.k else None


def test_probabilities(case, known):
    if not case.k:
        return
    result, mid = case.result, case.mid
    size = f"{mid:g} point{'' if mid == 1 else 's'}" if mid else ""
    assert set(result.chances) == ({"relief", "beyond", "worse", "new"} if mid else {"relief", "new"})
    for event, held in result.chances.items():
        spoken.chance_fits(words.chance(held), known.of(event, mid))
        sense = {"relief": "less pain with LDN on average", "beyond": f"a mean relief of more than {size}",
                 "worse": f"a mean worsening of more than {size}",
                 "new": "less pain with LDN in a new trial"}  # fmt: skip
        assert held.event == sense[event]
    leading = "beyond" if mid else "relief"
    title, alt, _ = words_of(pain.pictures.posterior(result, np.linspace(-2.5, 2.5, 51)))
    assert (f"beyond {size}" in title) if mid else ("less pain" in title)
    _, low, high = case.pool()
    first = "worse" if mid and (low > 0 or -mid < low <= mid <= high) else leading
    assert ("worsening" in title) == (first == "worse")
    spoken.chance_fits(title, known.of(first, mid))
    spoken.chance_fits(alt, known.of(first, mid))
    spoken.all_same(re.findall(rf"median ({NUMBER})", alt), [known.main.at(0.5)])
    title, alt, _ = words_of(pain.pictures.by_threshold(result))
    shares = re.findall(
        r"(any mean relief|more than [\d.]+ points?): ((?:under |over )?\d+%) \(((?:under |over )?\d+%)",
        title,
        re.I,
    )
    assert len(shares) == (2 if mid else 1), title
    for (event, after, before), name in zip(shares, ("relief", "beyond"), strict=False):
        assert event.lower() == ("any mean relief" if name == "relief" else f"more than {size}")
        spoken.share_fits(after, known.of(name, mid)[0])
        spoken.share_fits(before, known.of(name, mid)[3])
    spoken.chance_fits(alt, known.of("relief", mid))
    said = result.reconciled
    low, high = re.match(
        rf"The interval(?: of their mean)? reaches from ({NUMBER}) to ({NUMBER})\.", said
    ).groups()
    spoken.all_same([low, high], case.pool()[1:])
    spoken.chance_fits(said, known.of(leading, mid))
    assert ("of their mean" in said) == (case.k == 2) and ("one trial's own" in said) == (case.k == 1)
    assert case.k != 1 or "from the trials alone" not in said
    low, high = case.pool()[1:]
    both = words.both_true(result.fit, result.chances, mid)
    assert bool(both) == bool(case.k > 2 and mid and low <= -mid and high >= mid)
    if both:
        least, most = known.of("beyond", mid)[1:3]
        told = re.search(r"is (\w+) \(chance (.*?); (.*?) before data\) if trials differ moderately\.$", both)
        word, shown, before = told.groups()
        spoken.share_fits(before, known.of("beyond", mid)[3])
        spoken.range_fits(shown, least, most)
        assert word == ("unlikely" if most < 0.1 else "likely" if least > 0.9 else "possible")


def test_every_prior(case):
    if not case.k or case.k > 8:
        return
    table = tables.priors(case.result)
    seen = 0
    for row in table.to_dict("records"):
        if row["tau_prior"] not in PRIORS:
            continue
        density, upto = PRIORS[row["tau_prior"]]
        if row["prior of the mean"] == "flat" and upto > 100 and case.k == 1:
            continue  # its tails never end
        found = plain_sums.Belief(case.y, case.v, density, MEANS[row["prior of the mean"]], upto)
        spoken.share_fits(row["less_pain"], found.below(0.0))
        assert row["estimate"] == pytest.approx(found.at(0.5), abs=0.01)
        seen += 1
    assert seen >= 17


def test_the_ladder(case, known):
    if case.k < 2:
        return
    title, alt, caption = words_of(pain.pictures.ladder(case.result))
    limits = {}
    for name, (method, inference) in RUNGS.items():
        tau2 = tau2_by(method, case.y, case.v)
        limits[name] = plain_sums.pooled(case.y, case.v, tau2, inference, case.level)
    limits["Bayes, half-normal τ (scale 0.5)"] = known.main.interval(case.level)
    shown = {row["label"]: row for row in case.result.ladder.to_dict("records")}
    for name, numbers in limits.items():
        got = [shown[name][key] for key in ("estimate", "lower", "upper")]
        assert got == pytest.approx(numbers, abs=5e-3), name
    last = shown["Bayes, τ from published meta-analyses"]
    limits[last["label"]] = tuple(last[key] for key in ("estimate", "lower", "upper"))
    clear = [name for name, (_, low, high) in limits.items() if low > 0 or high < 0]
    n = len(limits)
    wanted = {
        0: f"No method of {n} shows a difference; all leave it open",
        n: f"Each of {n} methods shows a difference",
    }.get(
        len(clear),
        f"{len(clear)} of {n} methods show{'s' * (len(clear) == 1)} a difference; the others leave it open",
    )
    if case.mid and not clear and max(max(-low, high) for _, low, high in limits.values()) < case.mid:
        size = f"{case.mid:g} point{'' if case.mid == 1 else 's'}"
        wanted = f"No method of {n} shows a difference; each excludes one that matters ({size})"
    assert title == wanted and wanted in alt
    key, _, named = caption.removesuffix(".").partition(
        "A difference is shown where the interval excludes zero: "
    )
    assert named == {0: "by none of them", n: "by each of them"}.get(len(clear), "; ".join(clear))
    marked = case.result.ladder[case.result.ladder["chosen"]]
    assert len(marked) == ((case.choices.tau2_method, case.choices.inference) in MARKED)
    assert key == "◂: our method. " * len(marked)
    shown = re.findall(rf" Marked: ({NUMBER}) \[({NUMBER}), ({NUMBER})\]\.$", alt)
    assert len(shown) == len(marked)
    for numbers in shown:
        spoken.all_same(numbers, case.pool())
    for row in marked.itertuples():
        assert (row.estimate, row.lower, row.upper) == pytest.approx(case.pool(), abs=5e-3)


def test_without_each_and_one_after_the_other(case):
    if case.k < 2:
        return
    title, alt, caption = words_of(pain.pictures.leave_one_out(case.result))
    pools = [case.pool([j for j in range(case.k) if j != i]) for i in range(case.k)]
    means = [pool[0] for pool in pools]
    ends = [min(means), max(means)]
    excluded, of_zero = int(sum(low > 0 or high < 0 for _, low, high in pools)), title.partition("; ")[2]
    some = f"{spoken.numeral(excluded)} of {spoken.numeral(case.k)} intervals"
    some += " excludes zero" if excluded == 1 else " exclude zero"
    whole = {0: "no interval excludes zero", case.k: "every interval excludes zero"}
    assert of_zero == whole.get(excluded, some)
    if "stays at" in title:
        spoken.all_same(re.findall(NUMBER, title) * 2, ends)
    else:
        spoken.all_same(re.search(rf"from ({NUMBER}) to ({NUMBER})", title).groups(), ends)
    spoken.all_same(
        re.search(rf"from ({NUMBER}) to ({NUMBER}); with all of them ({NUMBER})", alt).groups(),
        [*ends, case.pool()[0]],
    )
    left = "With one trial left" if case.k == 2 else None
    assert caption.startswith(left) if left else spoken.things(caption, "trial") == case.k - 1
    title, alt, _ = words_of(pain.pictures.cumulative(case.result))
    years = case.result.ev.studies.set_index("study_id")["year"][list(case.used["study_id"])]
    assert list(years) == sorted(years)
    spoken.all_same(
        re.search(rf"was ({NUMBER}) after the first trial and is ({NUMBER}) with all", title).groups(),
        [case.y[0], case.pool()[0]],
    )
    assert f"with all {case.k}." in alt


def test_no_pool_of_some_of_the_trials_is_narrower_than_they_allow(case):
    """Where they agree too well the wider of both Hartung-Knapp intervals stands, as in the answer."""
    if case.k < 2:
        return
    without, growing = case.result.without_each, case.result.cumulative
    for refits in (without, growing):
        assert refits.full is case.result.fit
        for row, kept in enumerate(refits.included):
            shown = (refits.estimate[row], *refits.ci[row])
            assert shown == pytest.approx(case.pool([*np.flatnonzero(kept)]), abs=1e-3, rel=1e-3)


def test_words_by_size_never_turn_its_side(case):
    if not case.k:
        return
    said = case.result.in_words
    assert "no effect" not in said and "no difference" not in said.replace("little or no difference", "")
    if case.mid is None:
        assert said == "How sure one can be is not graded: the difference that matters is in points."
        table = tables.certainty(case.result).set_index("what")["said"]
        assert "Not graded" in table and "No level taken off" not in table  # no rule was asked
    elif case.k == 2:
        assert "not averaged" in said
    elif "unsure" not in said:
        mean, low, high = case.pool()
        near, far = sorted((abs(low), abs(high)))
        clear, far_side = not low <= 0 <= high, max(-low, high) >= case.mid
        assert ("lower" in said) <= (clear and mean < 0) and ("LDN worsens" in said) <= (clear and mean > 0)
        assert (" pain by an amount that matters" in said) == (clear and near >= case.mid)
        assert ("probably by less than matters" in said) == (clear and far < case.mid)
        assert ("whether by an amount that matters is open" in said) == (clear and near < case.mid <= far)
        assert ("little or no difference" in said) == (not clear and not far_side)
        assert ("possible" in said) == (not clear and far_side)


def test_where_a_correlation_of_the_conditions_decides(sets):
    """The pool over assumed correlations, from the means and SDs of both conditions."""
    ev = sets("two, conditions")
    rows = ev.outcomes[ev.outcomes["domain"] == "pain"]
    crossed = rows["study_id"].map(ev.studies.set_index("study_id")["design_type"]) == "crossover"
    ldn, placebo = (rows[crossed & (rows["group"] == group)].iloc[0] for group in ("ldn", "placebo"))
    result = pain.analyse(ev, Pain(crossover_r=0.5, inference="z", tau2_method="CE"))
    other = result.used[result.used["study_id"] != ldn["study_id"]].iloc[0]
    limits, means = [], []
    for r in np.arange(-0.5, 0.951, 0.05):
        variance = (ldn["sd"] ** 2 + placebo["sd"] ** 2 - 2 * r * ldn["sd"] * placebo["sd"]) / ldn["n"]
        y = np.array([ldn["value"] - placebo["value"], other["yi"]])
        mean, low, high = plain_sums.pooled(y, np.array([variance, other["vi"]]), 0.0, "z", 0.95)
        limits.append(low <= 0 <= high)
        means.append(mean)
    turns = pain.turning_correlations(result)
    assert len(turns) == sum(a != b for a, b in pairwise(limits))
    said = words.flip(turns, "correlation", -0.5, 0.95)
    assert ("does not change" in said) == (not turns)
    title, alt, caption = words_of(pain.pictures.by_correlation(result, said))
    spoken.all_same(re.search(rf"from ({NUMBER}) to ({NUMBER})", title).groups(), [means[0], means[-1]])
    assert caption == said and alt.endswith(said)


def test_both_kinds_of_contrast_stand_beside_each_other(case):
    frame = tables.other_readings(case.result)
    if not case.k:
        assert frame == []
        return
    shares = next(f.frame for f in frame if "reached us" in f.caption)
    assert sum(int(text) for text in shares["trials"]) == case.k
    both = next(f.frame for f in frame if "side by side" in f.caption)
    assert len(both) == case.k + (case.k > 2)
    if case.k > 2:
        last = both.iloc[-1]
        assert last["label"] == "Mean"
        numbers = [last[f"adjusted{end}"] for end in ("", "_lower", "_upper")]
        assert numbers == pytest.approx(case.pool(), abs=5e-3)
