"""The report on pain thresholds beside plain arithmetic: trials with both legs, with one measure, with heat,
clear on either side or open, and the project's own data."""

import math
import re
from types import SimpleNamespace

import made_up
import numpy as np
import pytest
import spoken
from scipy import stats
from spoken import MANY, NUMBER
from told_notebooks import tell

from ldn_analysis import evidence

LEFT, RIGHT = "pressure pain tolerance left leg", "pressure pain tolerance right leg"
HEAT, COLD, MODULATION = "heat pain threshold", "cold pain threshold", "conditioned pain modulation"
# trials: people in each arm, then each measure with its difference and the half-width of its 95% interval
WORLDS = {
    "none": [],
    "open": [((45, 47), {LEFT: (-2.1, 3.1), RIGHT: (-0.5, 2.8), MODULATION: (2.0, 1.6)})],
    "improved": [((30, 31), {LEFT: (6.1, 3.0), RIGHT: (7.2, 3.4)})],
    "worse": [((30, 31), {LEFT: (-6.1, 3.0), RIGHT: (-7.2, 3.4), HEAT: (0.4, 0.9)})],
    "two trials": [((20, 21), {LEFT: (6.1, 3.8), RIGHT: (7.2, 4.1)}),
                   ((50, 52), {LEFT: (1.1, 3.0), RIGHT: (-2.2, 3.0)})],
    "heat alone": [((33, 30), {HEAT: (-1.4, 0.9)})],
    "three trials": [((25, 25), {MODULATION: (4.0, 2.0)}), ((25, 24), {COLD: (0.3, 1.1)}),
                     ((40, 38), {HEAT: (0.2, 1.0), MODULATION: (-0.5, 2.0)})],
}  # fmt: skip
CASES = [
    *((name, {}) for name in WORLDS),
    ("open", {"level": 0.9, "legs_correlation": 0.0}),
    ("three trials", {"alpha": 0.1}),
    ("worse", {"level": 0.99, "alpha": 0.01, "legs_correlation": 0.9}),
    ("the project's", {}),
]
BETTER_LOWER = (COLD,)


def made(name):
    """The rows of a world: each trial reports pain too, so that it is a trial like the others."""
    found = []
    for i, (sizes, measures) in enumerate(WORLDS[name] or [((20, 20), {})]):
        plan = made_up._plans(3)[i]
        one = made_up.trial(plan, np.random.default_rng([3, i]))
        study = one.rows["studies"][0]
        study |= {"n_randomised": str(sum(sizes) + 40), "n_analysed": ""}
        paper = made_up.Paper(plan.study_id, 12.0, study["doi"], 1)
        rows = []
        for measure, (value, half) in measures.items():
            unit = "kPa" if "leg" in measure or measure == MODULATION else "degC"
            row = paper.row(
                "ldn-placebo", "difference in mean change", value=value, lower95=round(value - half, 1),
                upper95=round(value + half, 1), n=sum(sizes), n_ldn=sizes[0], n_placebo=sizes[1],
                domain="pain threshold", measure=measure, unit=unit, scale_min="", scale_max="",
                better="lower" if measure in BETTER_LOWER else "higher",
            )  # fmt: skip
            row |= {"favours": "", "outcome_id": f"{plan.study_id}-{measure.replace(' ', '-')}"}
            rows.append(row)
        found.append(made_up.Made({"studies": [study], "outcomes": rows}))
    return found


def holm(p):
    """Step down: the smallest times their number, never below the one before."""
    order, out, last = np.argsort(p), np.empty(len(p)), 0.0
    for rank, i in enumerate(order):
        last = out[i] = max(last, min(1.0, (len(p) - rank) * p[i]))
    return out


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]} {case[1] or ''}".strip())
def told(request, tmp_path_factory):
    """What the report says of a world, and what plain arithmetic makes of its rows."""
    name, choices = request.param
    ev = evidence.load()
    if name in WORLDS:
        ev = evidence.load(made_up.written(tmp_path_factory.mktemp("world") / "data", made(name)))
    said = SimpleNamespace(**vars(tell("03_thresholds", ev, **choices)), tests=[], choices=choices)
    level = choices.get("level", 0.95)
    rows = ev.outcomes[(ev.outcomes["domain"] == "pain threshold") & (ev.outcomes["group"] == "ldn-placebo")]
    rows = rows[(rows["statistic"] == "difference in mean change") & rows["value"].notna()]
    for row in rows.to_dict("records"):
        n = row["n_ldn"] + row["n_placebo"]
        se = (row["upper95"] - row["lower95"]) / 2 / stats.t.ppf(0.975, n - 2)
        half = stats.t.ppf(0.5 + level / 2, n - 2) * se
        limits = (row["value"] - half, row["value"] + half)
        if level == 0.95:
            limits = (row["lower95"], row["upper95"])
        said.tests.append(row | {"people": int(n), "se": se, "limits": limits,
                                 "p": 2 * stats.t.sf(abs(row["value"]) / se, n - 2)})  # fmt: skip
    said.tests.sort(key=lambda row: row["study_id"])
    for study in {row["study_id"] for row in said.tests}:
        mine = [row for row in said.tests if row["study_id"] == study]
        for row, adjusted in zip(mine, holm(np.array([row["p"] for row in mine])), strict=True):
            row["holm"] = adjusted
    said.average = _average(said.tests, choices.get("legs_correlation", 0.5), level)
    said.pilot = "younger2009" in set(ev.studies["study_id"])
    return said


def _average(tests, r, level):
    """Both legs of the largest trial that has them, and how many trials do."""
    pairs = {}
    for row in tests:
        if "leg" in row["measure"]:
            pairs.setdefault(row["study_id"], []).append(row)
    pairs = [pair for pair in pairs.values() if len(pair) == 2]
    if not pairs:
        return None
    one, other = max(pairs, key=lambda pair: pair[0]["people"])
    mean = (one["value"] + other["value"]) / 2
    se = math.sqrt(one["se"] ** 2 + other["se"] ** 2 + 2 * r * one["se"] * other["se"]) / 2
    half = stats.t.ppf(0.5 + level / 2, one["people"] - 2) * se
    return SimpleNamespace(mean=mean, low=mean - half, high=mean + half, people=one["people"], of=len(pairs))


def test_the_answer(told):
    sentence, short, average = told.answer["sentence"], told.answer["short"], told.average
    heat = any("heat" in row["measure"] for row in told.tests)
    assert ("Heat: no randomised low-dose trial." in sentence) == (bool(told.tests) and not heat)
    assert ("pilot" in sentence) == told.pilot and len(sentence.split()) <= 40
    if average is None:
        start = (
            "No randomised trial gives both legs" if told.tests else "No randomised trial of a low dose gives"
        )
        assert sentence.startswith(start) and short.startswith("Not known")
        assert (told.answer["k"], told.answer["n"]) == (0, 0)
        return
    found = re.match(
        rf"In (one randomised trial|the largest of ({MANY} trials)) \((\d+) people\) pressure tolerance "
        rf"(improved|got worse|was not shown to improve): ({NUMBER}) kPa (lower|higher) than on placebo "
        rf"\([\d.]+% interval: ({NUMBER} \w+) to ({NUMBER} \w+)\)\.",
        sentence,
    )
    assert found, sentence
    assert (spoken.things(found[2], "trial") if found[2] else 1) == average.of
    assert int(found[3]) == average.people == told.answer["n"] and told.answer["k"] == 1
    ended = "improved" if average.low > 0 else "got worse" if average.high < 0 else "was not shown to improve"
    assert found[4] == ended
    spoken.all_same([f"{found[5]} {found[6]}", found[7], found[8]], (average.mean, average.low, average.high))
    brief = {"improved": " improved ", "got worse": " got worse "}.get(ended, "better and worse")
    assert brief in short
    title = told.title["thresholds"]
    shown = {"improved": "better", "got worse": "worse"}.get(ended, "not shown to be better")
    assert f"pressure tolerance {shown} in" in title.lower() and ("in the pilot" in title) == told.pilot


def test_the_figures(told):
    if not told.tests:
        assert "standardised" not in told.title
        return
    alt = told.alt["thresholds"].partition("LDN minus placebo")[2]
    several = len({row["study_id"] for row in told.tests}) > 1
    parts = re.findall(
        rf"(?:[:;] )([^;:]+?),? ({NUMBER}) \(({NUMBER}) to ({NUMBER})\) (\S+?)[;.]",
        alt.replace(";", ";;") + ".",
    )
    assert len(parts) == 1, alt
    if len(told.tests) > 1:
        assert spoken.things(alt.partition(":")[0].removeprefix(", one of "), "estimate") == len(told.tests)
    known = {
        row["measure"]
        + (f", {row['study_id'].capitalize()[:-4]} {row['study_id'][-4:]}" if several else ""): row
        for row in told.tests
    }
    for name, *numbers, unit in parts:
        row = known[name]
        spoken.all_same(numbers, (row["value"], *row["limits"]))
        assert unit.rstrip(".;") == {"degC": "°C"}.get(row["unit"], row["unit"])
    level = 1 - told.choices.get("level", 0.95)
    clear = {True: 0, False: 0}
    for row in told.tests:
        if row["p"] < level:
            clear[(row["value"] > 0) == (row["better"] == "higher")] += 1
    title, n = told.title["standardised"], len(told.tests)
    if not sum(clear.values()):
        assert title == "Every interval includes no difference"
    for side, word in ((True, "better"), (False, "worse")):
        found = re.search(rf"({MANY}) of ({MANY} measures?) (?:is|are) {word} with LDN", title, re.I)
        assert bool(found) == bool(clear[side]), title
        if found:
            assert spoken.count(found[1]) == clear[side] and spoken.things(found[2], "measure") == n


def test_one_scale_has_every_measure_on_the_side_of_its_benefit(told):
    """Differences in SDs of change (Hedges' g), turned so that above zero is better with LDN."""
    if not told.tests:
        return
    wanted = {}
    for row in told.tests:
        sd = row["se"] / math.sqrt(1 / row["n_ldn"] + 1 / row["n_placebo"])
        turned = 1 if row["better"] == "higher" else -1
        g = turned * row["value"] / sd * (1 - 3 / (4 * (row["people"] - 2) - 1))
        wanted.setdefault(row["measure"], []).append(g)
    told_by = re.findall(
        rf"(?:: |; )([^;]+?) ({NUMBER}) \[({NUMBER}), ({NUMBER})\]", told.alt["standardised"]
    )
    assert len(told_by) == min(2, len(told.tests) + bool(told.average))
    for name, estimate, low, high in told_by:
        if name.startswith("both legs"):
            assert spoken.value(estimate) * told.average.mean > 0
        else:
            near = [abs(spoken.value(estimate) - g) for g in wanted[name.split(", ")[0]]]
            assert min(near) <= 0.012, (name, estimate)
        assert spoken.value(low) <= spoken.value(estimate) <= spoken.value(high)


def test_what_several_tests_are_worth(told):
    line, alpha = told.lines[bool(told.tests)], told.choices.get("alpha", 0.05)
    assert told.recorded["thresholds.tests"] == len(told.tests)
    if not told.tests:
        assert line == "No estimate can be tested under these choices."
        return
    trials = len({row["study_id"] for row in told.tests})
    found = re.match(
        rf"With ({MANY} tests?)(?: in ({MANY} trials))? and nothing going on, the chance of at least one p "
        rf"value below ([\d.]+) is (.+?)(?:; h|\. H)ere (none is\.|below it: )",
        line,
    )
    assert found, line
    assert spoken.things(found[1], "test") == len(told.tests)
    assert (spoken.things(found[2], "trial") if found[2] else 1) == trials and float(found[3]) == alpha
    spoken.share_fits(found[4], 1 - (1 - alpha) ** len(told.tests))
    below = [row for row in told.tests if row["p"] < alpha]
    assert (found[5] == "none is.") == (not below)
    if below:
        parts = line.partition("below it: ")[2].partition(" Adjusted")[0].split("; ")
        shown = sorted(
            re.match(r"([^,(]+?)(?:, .+)? \(p (?:=|under) ([\d.]+), Holm (?:under )?([\d.]+)\)", x).groups()
            for x in parts
        )
        assert len(shown) == len(below)
        for (name, p, adjusted), row in zip(
            sorted(shown), sorted(below, key=lambda row: row["measure"]), strict=True
        ):
            assert name == row["measure"]
            assert float(p) == pytest.approx(row["p"], abs=1e-3) and float(adjusted) == pytest.approx(
                row["holm"], abs=1e-3
            )
        kept = sum(row["holm"] < alpha for row in below)
        found = re.search(
            rf"Adjusted for the number of tests( of each trial)?, ({MANY}|none) (stays?) below it\.", line
        )
        assert (found[1] is not None) == (trials > 1)
        assert spoken.count(found[2]) == kept and (found[3] == "stays") == (kept < 2)


def test_what_is_recorded(told):
    shown = [value for key, value in told.recorded.items() if re.fullmatch(r"thresholds\.test_\d+", key)]
    assert sorted(shown) == pytest.approx(sorted(row["value"] for row in told.tests))
    adjusted = [value for key, value in told.recorded.items() if key.endswith("_holm")]
    assert sorted(adjusted) == pytest.approx(sorted(row["holm"] for row in told.tests), rel=1e-6)
    if told.average:
        assert told.recorded["thresholds.pressure"] == pytest.approx(told.average.mean)
        assert told.recorded["thresholds.n"] == told.average.people
    assert (told.recorded["thresholds.mechanical_certainty"] == "not graded") == (told.average is None)
