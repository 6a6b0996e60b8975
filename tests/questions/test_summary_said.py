"""Every sentence of the summary beside the number that it tells, on made-up data and under other choices.

What the pool and the beliefs give is computed once more by plain sums, counts are counted in the rows.
`LDN_TESTS=thorough` reads every set.
"""

import os
import re
from types import SimpleNamespace

import made_up
import matplotlib.pyplot as plt
import numpy as np
import plain_sums
import pytest
import spoken
from scipy import stats
from spoken import MANY, NUMBER
from test_questions_oracle import compared, reml

from ldn_analysis import evidence
from ldn_analysis.display import Trail
from ldn_analysis.questions import summary
from ldn_analysis.questions.pain import words
from ldn_analysis.questions.pain.parameters import Summary

FEW = [
    ("none, open", {}),
    ("none, conditions", {}),
    ("one, small", {}),
    ("one, doses", {"level": 0.9}),
    ("two, opposite", {}),
    ("three, apart", {}),
    ("three, high risk", {}),
    ("three, high risk", {"mid": 0.3}),
    ("three, no events", {}),
    ("three, means", {"measure": "SMD", "level": 0.9}),
    ("three, doses", {"mid": 2.0}),
    ("eight, strong", {}),
    ("fifteen", {}),
]
CASES = FEW
if os.environ.get("LDN_TESTS") == "thorough":
    CASES = [*FEW, *((name, choices) for name in made_up.names() for choices in ({}, {"measure": "SMD"}))]


class Case:
    """The summary of some data under some choices, with its rows."""

    def __init__(self, ev, choices):
        self.ev, self.shown = ev, summary.gather(ev, Summary(**choices))
        self.choices, self.level = self.shown.choices, self.shown.choices.level
        self.used = self.shown.pain.used
        self.k, self.people = len(self.used), int(self.used["people"].sum())
        self.y, self.v = (self.used[c].to_numpy(dtype=float) for c in ("yi", "vi"))
        self.mid = self.choices.mid if self.choices.measure == "MD" else None
        self.controlled = ev.studies[
            (ev.studies["randomised"] == "yes") & (ev.studies["control"] == "placebo")
        ]

    def pool(self):
        tau2 = reml(self.y, self.v) if self.k > 1 else 0.0
        found = plain_sums.pooled(self.y, self.v, tau2, "hksj", self.level, float(self.used["df"].iloc[0]))
        if self.k == 1 and self.level == 0.95 and np.isfinite(self.used["printed_lower"].iloc[0]):
            printed = self.used[["printed_lower", "printed_upper"]].to_numpy(dtype=float)[0]
            return found[0], found[0] - np.ptp(printed) / 2, found[0] + np.ptp(printed) / 2
        return found

    def counts(self, event):
        """Events and people of both groups of parallel trials: arrays a, n1, c, n2."""
        design = self.ev.studies.set_index("study_id")["design_type"]
        rows = self.ev.events[self.ev.events["event"] == event]
        rows = rows[rows["study_id"].map(design) == "parallel"]
        by = rows.groupby(["study_id", "group"])[["events", "n"]].sum().unstack("group")
        if not len(by):
            return None
        return tuple(
            by[column, group].to_numpy(dtype=float)
            for column, group in (("events", "ldn"), ("n", "ldn"), ("events", "placebo"), ("n", "placebo"))
        )


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]} {case[1] or ''}".strip())
def case(request, sets):
    name, choices = request.param
    return Case(sets(name), choices)


def said_of(picture):
    plt.close(picture["figure"])
    return picture["title"], picture["alt"]


def test_the_answers(case):
    answer, short, helps = (
        f(case.shown) for f in (summary.words.answer, summary.words.short, summary.words.helps)
    )
    whole = case.shown.pain.sentence
    told = short if case.k in (0, 2) else whole
    if not case.k or not case.mid or case.k == 2:
        assert (answer, short, helps) == (whole, f"{case.shown.pain.finding}.", told)
        return
    mean, low, high = case.pool()
    open_ = low <= -case.mid and high >= case.mid and case.k > 2
    assert ("We do not know" in answer and "(chance " in answer) == open_
    if not open_:
        assert (answer, short, helps) == (whole, f"{case.shown.pain.finding}.", told)
        return
    ends = rf"({NUMBER} \w+) to ({NUMBER} \w+)"
    numbers = rf"({NUMBER}) points (lower|higher) than on placebo \(([\d.]+)% interval: {ends}\)"
    for text in (answer, helps):
        found = re.search(rf"In ({MANY} trials?) \((\d+) people\) pain \(0–10\) was {numbers}\.", text)
        assert found, text
        assert spoken.things(found[1], "trial") == case.k and int(found[2]) == case.people
        assert found[0] in whole
        spoken.all_same([f"{found[3]} {found[4]}", found[6], found[7]], (mean, low, high))
        assert float(found[5]) == pytest.approx(100 * case.level)
    known = plain_sums.Chances(case.y, case.v, case.shown.pain).of("beyond", case.mid)
    size = f"{case.mid:g} point{'' if case.mid == 1 else 's'}"
    for text in (answer, short):
        found = re.search(rf"Relief beyond {size} is (\w+) \(chance (.+?); (.+?) before data\)\.", text)
        assert found, text
        spoken.range_fits(found[2], *known[1:3])
        spoken.share_fits(found[3], known[3])
        likely = "unlikely" if known[2] < 0.1 else "likely" if known[1] > 0.9 else "possible"
        assert found[1] == likely
        believed = found[0].rstrip(".")
        assert believed in words.both_true(case.shown.pain.fit, case.shown.pain.chances, case.mid)
    assert len(answer.split()) <= 40 and len(short.split()) <= 20 and len(helps.split()) <= 25


def test_choices_that_leave_the_answer_say_so(ev):
    for choices in ({}, {"as_of": 2016}, {"reading": "abstract"}, {"study_set": "all_randomised"}):
        shown = summary.gather(ev, Summary(**choices))
        assert shown.same_answer == ("study_set" in choices)
        said = repr(summary.words.in_short(shown, shown.pain.trail()))
        assert ("does not change under these choices" in said) == shown.same_answer


def test_what_is_known_is_counted(case):
    said = summary.words.evidence_line(case.shown)
    assert spoken.things(said, "report") == len(case.ev.studies)
    assert spoken.things(said, "usable trial") == case.k
    ours, whole = set(case.used["study_id"]), case.ev.studies["how_read"].str.contains("full text")
    n, read = len(whole), int((whole & case.ev.studies["study_id"].isin(ours)).sum())
    if n > 1:
        word = re.search(r"We read (\w+) of the reports in full", said)[1]
        assert (n if word == "all" else spoken.count(word)) == whole.sum()
    tail = re.search(rf", ({MANY}|all) of these ({MANY})\.$", said)
    assert bool(tail) == (case.k > 1 and 0 < whole.sum() < n)
    if tail:
        assert spoken.count(tail[2]) == case.k
        assert (case.k if tail[1] == "all" else spoken.count(tail[1])) == read
    day = case.ev.data_date
    assert str(int(str(day)[-2:])) in said and str(day)[:4] in said


def test_doses_and_weeks(case):
    trials = case.controlled
    doses = set()
    for study in trials.to_dict("records"):
        rows = case.ev.outcomes[case.ev.outcomes["study_id"] == study["study_id"]]
        arms = set(rows["dose_mg_per_day"].dropna()) if "dose_mg_per_day" in rows else set()
        doses |= arms or {study["dose_max_mg"]}
    picture, said = summary.pictures.doses_and_weeks(case.shown), summary.words.dose(case.shown)
    if not len(trials):
        assert picture is None and said == "No low dose was compared with placebo."
        return
    weeks = sorted(set(trials["treatment_weeks"]))
    found = re.fullmatch(
        r"(?:Only )?(.+) mg (was|were) tested against placebo \(([\d.]+)(?: to ([\d.]+))? weeks\)(.*)\.", said
    )
    assert found, said
    assert spoken.numbers(found[1]) == sorted(doses) and (found[2] == "was") == (len(doses) == 1)
    assert [float(found[3]), float(found[4] or found[3])] == [weeks[0], weeks[-1]]
    missing = [dose for dose in (1.5, 3.0, 4.5, 6.0) if dose not in doses]
    assert spoken.numbers(found[5].partition("never dose")[0]) == missing
    assert said.startswith("Only") == (": only " in said_of(picture)[0]) == bool(missing)
    between = sum(
        len(set(rows["dose_mg_per_day"].dropna())) > 1 for _, rows in case.ev.outcomes.groupby("study_id")
    )
    assert ("never dose against dose" in found[5]) == (len(doses) > 1 and not between)
    title, alt = said_of(picture)
    assert spoken.numbers(title) == sorted(doses) and title.startswith("Against placebo: ")
    found = re.fullmatch(
        r"Doses tried against placebo: (.+) mg, in (.+ trials?) of (?:up to )?([\d.]+) weeks\.(.*)", alt
    )
    assert spoken.numbers(found[1]) == sorted(doses)
    assert spoken.things(found[2], "trial") == len(trials) and float(found[3]) == weeks[-1]
    assert ("up to" in alt) == (len(weeks) > 1)
    assert spoken.numbers(found[4].removesuffix(".")) == missing and ("Nobody" in alt) == bool(missing)
    settling = summary.words.settling(case.shown)
    if case.k:
        done = re.search(rf"({MANY}) trials? known here (has|have) (done so|compared doses)", settling, re.I)
        assert spoken.count(done[1]) == between and (done[2] == "has") == (between < 2)
    else:
        assert settling.startswith("First a randomised trial")


def test_what_is_settled_is_said_before_what_is_not(case):
    lead = summary.words.settling(case.shown).partition("A trial that")[0]
    _, low, high = case.pool() if case.k > 2 and case.mid else (0.0, -9.0, 9.0)
    if case.shown.pain.certainty.level not in ("high", "moderate"):
        low, high = (low, high) if low > 0 else (-9.0, 9.0)  # worsening is no relief, however sure
    settled = {True: "Relief is shown, the best dose is not. "}.get(high < 0, "")
    settled = "No tested dose is known to relieve pain. " if low > -(case.mid or 0) and high >= 0 else settled
    assert lead == settled or not case.k


def test_harms(case):
    said = summary.words.harms(case.shown)
    dreams = case.ev.published_syntheses.set_index("outcome").loc["vivid dreams"]
    *numbers, who = re.search(
        rf"Vivid dreams ({NUMBER}) times as often \(({NUMBER}) to ({NUMBER}); (\w+ \w+)\)", said
    ).groups()
    a, n1, c, n2 = case.counts("vivid dreams") or np.zeros((4, 1))
    if not (a.sum() or c.sum()):
        assert who == "one review"
        spoken.all_same(numbers, [dreams[name] for name in ("estimate", "lower95", "upper95")])
    elif (a * c > 0).all():  # what the trials counted goes before what a review pooled
        assert spoken.things(who, "trial") == len(a)
        if case.level == 0.95:
            spoken.all_same(numbers, compared(a, n1, c, n2))
    rows = case.ev.events[case.ev.events["event"] == "serious adverse event"]
    (k, n), (other, others) = (
        rows.loc[rows["group"] == group, ["events", "n"]].sum() for group in ("ldn", "placebo")
    )
    if not n:
        assert "serious" not in said
        return
    found = re.search(
        rf"({MANY}) serious events? in (\d+) people on LDN(?:, (\d+) of (\d+) on placebo)?; "
        rf"up to ({NUMBER}) in 100 possible",
        said,
        re.I,
    )
    assert found and found.groups()[2:4] == ((f"{other:g}", f"{others:g}") if k else (None, None))
    assert found and (spoken.count(found[1]), int(found[2])) == (k, n)
    assert ("serious event " in said) == (k < 2)
    p = case.level if not k else 0.5 + case.level / 2
    assert spoken.same(found[5], 100 * stats.beta.ppf(p, k + 1, n - k))


def test_people_and_the_table(case):
    """Counts of responders and harms: people, the share under placebo, and what the ratio makes of it."""
    findings = case.shown.findings.set_index("outcome")
    for name, event in (
        ("Pain reduced by at least 30%", "pain response 30%"),
        ("Pain reduced by at least 50%", "pain response 50%"),
        ("Any adverse event", "any adverse event"),
    ):
        counted, row = case.counts(event), findings.loc[name]
        if counted is None:
            assert row["k"] == 0 and row["words"].startswith("Nothing can be said")
            continue
        a, n1, c, n2 = counted
        assert (row["k"], row["n"]) == (len(a), n1.sum() + n2.sum())
        assert row["placebo"] == pytest.approx(100 * c.sum() / n2.sum())
        if not (a.sum() and c.sum()):
            assert "increase" not in row["words"] and "reduce" not in row["words"]
            continue
        if case.level == 0.95 and not ((a * c == 0) & (a + c > 0)).any():
            ratio = compared(a, n1, c, n2)
            got = [row[key] for key in ("estimate", "lower", "upper")]
            assert got == pytest.approx(ratio, rel=2e-3)
        said = row["words"]
        assert ("increase" in said) <= (row["estimate"] > 1) and ("reduce" in said) <= (row["estimate"] < 1)
        if row["lower"] > 1 or row["upper"] < 1:
            assert "little or no" not in said
    row = findings.loc["Pain reduced by at least 30%"]
    picture = summary.pictures.people(case.shown)
    if picture is None:
        assert "cannot be compared" in summary.words.no_people(case.shown)
        return
    title, alt = said_of(picture)
    a, n1, c, n2 = case.counts("pain response 30%")
    risk = c.sum() / n2.sum()
    ldn = [100 * min(1.0, risk * row[key]) for key in ("estimate", "lower", "upper")]
    found = re.fullmatch(r"Pain down by 30%: (\d+) of 100 on placebo, (\d+) to (\d+) on LDN", title)
    spoken.all_same(found.groups(), [100 * risk, *ldn[1:]])
    found = re.search(r"(\d+) on placebo and about (\d+) on LDN .* could be (\d+) to (\d+)\.", alt)
    spoken.all_same(found.groups(), [100 * risk, *ldn])


def test_the_table_of_findings_as_the_page_prints_it(case):
    text = summary.tables.findings(case.shown, Trail(case.ev)).text
    if not case.k:
        return
    line = next(line for line in text.splitlines() if re.match(r"Pain  +", line))
    assert re.search(rf"\b{case.people:,} \({case.k}\)", line), line
    if case.k == 2:
        assert "two trials, not averaged" in line and "little or no" not in line
    elif case.choices.measure == "MD":
        way = "(?:lower|higher)"
        found = re.search(rf"({NUMBER}) points ({way}) \(({NUMBER} {way}) to ({NUMBER} {way})\)", line)
        spoken.all_same((f"{found[1]} {found[2]}", *found.groups()[2:]), case.pool())
    table = text.lower()
    for row in case.shown.findings.to_dict("records"):
        if row["k"] and row["outcome"] in summary.tables.ROWS and row["certainty"] == "low":
            assert re.search(r"⊕⊕○○ low: \S", table)
    assert "very unsure" not in table and "very low: " not in table  # the lowest certainty is said once
    caption = summary.tables.compared(case.shown)
    assert spoken.numbers(caption.partition(": LDN")[2]) == sorted(case.shown.pain.doses)


def test_belief_now_and_over_the_years(case):
    picture = summary.pictures.belief(case.shown)
    if case.k in (0, 2):
        assert picture is None
        said = summary.words.no_curve(case.shown)
        assert ("Two trials" in said) == (case.k == 2)
    else:
        low, high = case.pool()[1:]
        worse = case.mid and (low > 0 or -case.mid < low <= case.mid <= high)
        which = "worse" if worse else "beyond" if case.mid else "relief"
        known = plain_sums.Chances(case.y, case.v, case.shown.pain).of(which, case.mid)
        title, alt = said_of(picture)
        assert ("worsening" in title) == bool(worse)
        found = re.search(r": ((?:under |over )?\d+%) \(((?:under |over )?\d+%) before data\)", title)
        spoken.share_fits(found[1], known[0])
        spoken.share_fits(found[2], known[3])
        spoken.chance_fits(alt, known)
        spoken.all_same(re.search(rf"interval ({NUMBER}) to ({NUMBER})", alt).groups(), case.pool()[1:])
    years = sorted(set(case.used["year"]))
    picture = summary.pictures.over_time(case.shown)
    if case.k == 2:
        assert picture is None and "not averaged" in summary.words.no_change(case.shown)
        return
    if len(years) < 2:
        said = summary.words.no_change(case.shown)
        assert picture is None
        assert said == (
            f"Only {years[0]} brought a usable trial." if years else "No year brought a usable trial."
        )
        return
    title, alt = said_of(picture)
    assert "normal (mean 0, SD 4); SD between trials: half-normal (scale 0.5) (before" in picture["how"]
    by = {
        int(year): plain_sums.Belief(case.y[at], case.v[at]).interval(case.level)
        for year in years
        for at in [(case.used["year"] <= year).to_numpy()]
    }
    told = re.findall(rf"(\d{{4}}) ({NUMBER}) \[({NUMBER}), ({NUMBER})\]", alt)
    assert [int(year) for year, *_ in told] == list(by)
    for year, *numbers in told:
        spoken.all_same(numbers, by[int(year)])
    unit = "points" if case.mid else "SD"
    found = re.fullmatch(
        rf"Bayesian: pain ({NUMBER}(?: lower| higher)?) \((\d+)\), "
        rf"({NUMBER}(?: lower| higher)?) \((\d+)\), in {unit}",
        title,
    )
    assert found and (int(found[2]), int(found[4])) == (years[0], years[-1])
    spoken.all_same([found[1], found[3]], [by[years[0]][0], by[years[-1]][0]])


def test_other_reviews_are_counted(case):
    table = case.ev.published_syntheses
    table = table[(table["outcome"] == "pain") & (table["comparison"] == "ldn vs placebo")]
    table = table[
        table["not_comparable"].isna() & table[["estimate", "lower95", "upper95"]].notna().all(axis=1)
    ]
    clear = int(((table["lower95"] > 0) | (table["upper95"] < 0)).sum())
    said = summary.words.reviews(case.shown)
    found = re.match(r"(\d+) of (\d+) published results (finds?) a difference", said)
    assert (int(found[1]), int(found[2])) == (clear, len(table)) and (found[3] == "finds") == (clear == 1)
    earlier = int((table["year"] < case.used["year"].max()).sum()) if case.k else 0
    found = re.search(r"; (\d+) (predates?) the newest trial \((\d+)\)", said)
    assert bool(found) == bool(earlier)
    if found:
        assert (int(found[1]), int(found[3])) == (earlier, case.used["year"].max())
        assert (found[2] == "predates") == (earlier == 1)


REGISTERED = [
    ("NCT90000001", "fibromyalgia", "placebo", 60, "Recruiting"),
    ("NCT90000002", "low back pain", "between doses", 40, "Recruiting"),
    ("NCT90000003", "Fibromyalgia", "placebo", "", "Cancelled before recruitment"),
    ("NCT90000004", "fibromyalgia", "placebo", 30, "Withdrawn"),
    ("NCT90000005", "depression", "placebo", 30, "Recruiting"),
]


@pytest.mark.parametrize("kept", [(), (0,), (1, 2), (2, 3), (0, 1, 2, 3, 4), (4,)])
def test_trials_under_way_are_counted(kept, tmp_path):
    names = ("registry_id", "condition", "comparator", "n_planned", "status_as_read")
    rows = [dict(zip(names, map(str, REGISTERED[i]), strict=True)) for i in kept]
    rows = [row | {"last_seen": "2026-11", "how_read": "registry"} for row in rows]
    plans = made_up.made("one")
    plans[0].rows["registrations"] = rows
    ev = evidence.load(made_up.written(tmp_path / "data", plans))
    shown = summary.gather(ev, Summary())
    made = summary.tables.under_way(shown, Trail(ev))
    about = [i for i in kept if i != 4]
    if not about:
        assert made.text == "No registration is known here."
        return
    gone = [i for i in about if i in (2, 3)]
    page = re.sub(r"<[^>]+>", " ", made.html)
    assert spoken.things(page, "trial") == len(about) - len(gone)
    never = re.search(rf"; ({MANY}) never run", page)
    assert (spoken.count(never[1]) if never else 0) == len(gone)
    lines = made.text.splitlines()
    assert [line.partition(":")[0] for line in lines] == [REGISTERED[i][0] for i in about]
    for i, line in zip(about, lines, strict=True):
        _, condition, _, people, status = REGISTERED[i]
        assert condition in line and (f"{people} people planned" in line) == bool(people)
        assert ("registered and never run" in line) == (i in gone) and (status in line) == (i not in gone)


@pytest.mark.parametrize(("sex", "who"), [
    (["female"] * 9, "Women"), (["male"] * 9, "Men"), (["female"] * 8 + ["both"], "Adults"),
    (["female"] * 8 + [None], "Adults"), ([None] * 9, "Adults"),
])  # fmt: skip
def test_the_table_is_about_those_who_were_studied(sex, who):
    shown = summary.gather(evidence.load(), Summary())
    used = list(shown.pain.used["study_id"])
    told = shown.ev.studies.set_index("study_id")["sex"].astype(object)
    told[:] = None
    told[used] = sex[-len(used) :]
    studies = shown.ev.studies.assign(sex=told.to_numpy())
    of_them = SimpleNamespace(pain=shown.pain, ev=SimpleNamespace(studies=studies))
    assert summary.tables.compared(of_them).startswith(f"{who} with fibromyalgia")


def test_doses_that_one_trial_compared_stay_compared_where_no_pain_is_pooled(sets):
    """At a week without a measurement; the trial randomised people between three doses all the same."""
    shown = Case(sets("one, doses"), {"time": 24}).shown
    assert shown.pain.fit is None
    said = summary.words.dose(shown)
    assert said == "Only 1.5, 3 and 4.5 mg were tested against placebo (12 weeks); never 6 mg."
