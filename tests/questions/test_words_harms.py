"""What reports 06 and 08 say of harms at several weeks, per 100 people and of two kinds of serious event,
against plain calculations on counts that were drawn for it."""

import math
import re

import made_up
import numpy as np
import pandas as pd
import pytest
from plain_sums import difference_of_risks
from scipy import stats
from spoken import plain, value
from test_questions_oracle import compared

from ldn_analysis import evidence
from ldn_analysis.questions import safety
from ldn_analysis.questions.claims import CLAIM_TESTS
from ldn_analysis.questions.claims.parameters import Claims
from ldn_analysis.questions.safety import tables, words

ANY, STOPPED = "any adverse event", "stopped for side effects"
SERIOUS, RELATED = "serious adverse event", "treatment-related serious adverse event"
NAMED = ("vivid dreams", "insomnia")
RATES = {ANY: 0.5, STOPPED: 0.1, SERIOUS: 0.06, RELATED: 0.02, "vivid dreams": 0.2, "insomnia": 0.15}


def drawn(seed):
    """Trials with counts by (event, week): events and people with LDN, then with placebo."""
    rng = np.random.default_rng(seed)
    trials = []
    for i in range(1 + seed % 3):
        n1, n2 = (int(n) for n in rng.integers(20, 90, 2))
        times, week = rng.choice([0.3, 1.0, 1.0, 2.0]), int(rng.choice([12, 52]))
        found = {}
        for event, rate in RATES.items():
            silent = event in (SERIOUS, RELATED) and (seed, i) in ((5, 0), (5, 1), (7, 1))
            if (rng.random() < 0.8 or event == ANY) and not silent:
                a, c = rng.binomial(n1, min(times * rate, 0.9)), rng.binomial(n2, rate)
                found[event, week] = (int(a), n1, int(c), n2)
        _part_of(found, RELATED, SERIOUS)
        for event in (SERIOUS, *NAMED):
            _part_of(found, event, ANY)
        trials.append((made_up._plans(3)[i], found))
    return trials


def _part_of(found, part, whole):
    """Nobody has the one without the other."""
    for (event, week), (a, n1, c, n2) in list(found.items()):
        if event == part and (whole, week) in found:
            most = found[whole, week]
            found[event, week] = (min(a, most[0]), n1, min(c, most[2]), n2)


def written(folder, trials):
    made = []
    for plan, found in trials:
        one = made_up.trial(plan, np.random.default_rng([1, *plan.study_id.encode()]))
        study, like = one.rows["studies"][0], one.rows["events"][0]
        n1, n2 = next(iter(found.values()))[1::2]
        weeks = str(max(week for _, week in found))
        study |= {"n_randomised": str(n1 + n2 + 40), "n_analysed": "", "treatment_weeks": weeks,
                  "control_weeks": weeks}  # fmt: skip
        rows = []
        for (event, week), (a, n1, c, n2) in found.items():
            for group, k, n in (("ldn", a, n1), ("placebo", c, n2)):
                name = f"{plan.study_id}-{event.replace(' ', '-')}-w{week}-{group}"
                rows.append(like | {"event_id": name, "event": event, "week": str(week), "group": group,
                                    "events": str(k), "n": str(n)})  # fmt: skip
        made.append(made_up.Made({"studies": [study], "outcomes": one.rows["outcomes"], "events": rows}))
    return evidence.load(made_up.written(folder / "data", made))


@pytest.fixture(scope="module", params=range(9))
def case(request, tmp_path_factory):
    """Drawn trials, the evidence of their rows, and a level."""
    trials = drawn(request.param)
    ev = written(tmp_path_factory.mktemp("harms"), trials)
    return trials, ev, (0.95, 0.8, 0.9)[request.param % 3]


def at(trials, event, week=None):
    """Counts of every trial of an event, at a week or (None) at its own."""
    return [n for _, found in trials for (e, w), n in found.items() if e == event and week in (w, None)]


def ratio(of, level):
    """Risk ratio and limits; not-a-number where the counts give none."""
    a, n1, c, n2 = (np.array(x, float) for x in zip(*of, strict=True))
    if not a.sum() or not c.sum() or ((a + n1 * 0 == n1).all() and (c == n2).all()):
        return (math.nan,) * 3
    return compared(a, n1, c, n2, level)


@pytest.mark.parametrize(("key", "event", "did"), [
    ("any", ANY, "had an adverse event of any kind"), ("stopping", STOPPED, "stopped for side effects"),
])  # fmt: skip
def test_each_week_has_its_own_counts_and_its_own_hundred(case, key, event, did):
    trials, ev, level = case
    table, excluded = safety.compared_harms(ev, level=level), safety.frequency_excluded(ev, level=level)
    said = plain(words.harm_sentences(table, excluded, safety.exposure_by_dose(ev), level)[key])
    weeks = [week for week in (12, 52) if at(trials, event, week)]
    if not weeks:
        assert said.startswith(f"How many {did} in two groups of a trial, LDN and placebo, was not available")
        return
    parts = re.split(r"(?<=\D)\. (?=By week)", said)
    assert len(parts) == len(weeks)
    for part in parts:
        found = re.match(r"By week (\d+), (\d+) of (\d+) people on LDN and (\d+) of (\d+) on placebo", part)
        week, *shown = map(int, found.groups())
        of = at(trials, event, week)
        weeks.remove(week)
        assert shown == [sum(x[i] for x in of) for i in range(4)] and did in part
        rr = ratio(of, level)
        if not math.isfinite(rr[0]):
            assert "risk ratio" not in part
            if len(of) == 1:
                found = re.search(r"no ratio; of 100 people (.+), (\d+)% interval (.+) to (.+)\): ", part)
                gap = [value(found[i]) for i in (1, 3, 4)]
                wanted = [100 * x for x in difference_of_risks(*of[0], level)]
                assert gap == pytest.approx(wanted, abs=0.51)
            continue
        text = re.search(
            r"\(risk ratio ([\d.]+), (\d+)% interval ([\d.]+) to ([\d.]+); "
            r"of 100 people (\d+ \w+), (\d+ \w+) to (\d+ \w+)\)", part
        ).groups()  # fmt: skip
        assert float(text[1]) == pytest.approx(100 * level)
        ratios = [float(text[i]) for i in (0, 2, 3)]
        assert ratios == pytest.approx(rr, abs=0.0055, rel=3e-3)
        base = 100 * shown[2] / shown[3]
        for words_, number in zip(text[4:], rr, strict=True):
            assert value(words_) == pytest.approx(min(base * number, 100) - base, abs=0.65)
        leaves = part.partition("): ")[2].rstrip(".")
        side = "more" if rr[1] > 1 else "fewer" if rr[2] < 1 else ""
        assert leaves == (f"the interval excludes equal risks: {side} with LDN" if side
                          else "more and fewer with LDN are both possible")  # fmt: skip


def test_the_answer_tells_people_of_a_hundred(case):
    trials, ev, level = case
    table, quoted = safety.compared_harms(ev, level=level), safety.quoted_harms(ev)
    sizes = {week: sum(x[1] + x[3] for x in at(trials, ANY, week)) for week in (12, 52)}
    week = max(sizes, key=lambda w: (sizes[w], -w))
    of = np.array(at(trials, ANY, week)).sum(axis=0)
    ldn, placebo = f"{100 * of[0] / of[1]:.0f}", f"{100 * of[2] / of[3]:.0f}"
    answer = words.answer(table, quoted, safety.frequency_excluded(ev, level=level))
    assert answer.startswith(f"Any adverse event: {ldn} of 100 on LDN, {placebo} on placebo ({week} weeks).")
    assert words.short(table, quoted).startswith(f"{ldn} of 100 had an adverse event on LDN, {placebo} on")
    asked = tables.asked(safety.harms_asked_first(ev, level=level))
    for (harm, event), week in (((h, e), w) for h, e in (("Any adverse event", ANY), ("Insomnia", NAMED[1]),
                                ("Stopping for side effects", STOPPED)) for w in (12, 52)):  # fmt: skip
        mine = asked[(asked["harm"] == harm) & asked["label"].str.endswith(f", {week} weeks")]
        of = at(trials, event, week)
        assert len(mine) == bool(of)
        if of:
            sums = np.array(of).sum(axis=0)
            shown = [float(mine[x].iloc[0]) for x in ("ldn", "control")]
            assert shown == pytest.approx([100 * sums[0] / sums[1], 100 * sums[2] / sums[3]], abs=0.51)


def test_people_with_two_named_side_effects_are_not_counted_twice(case):
    """Each named side effect has its own people; the criterion is met only where it is for each."""
    trials, ev, level = case
    test = CLAIM_TESTS["side_effects_rare"].test(ev, Claims(level=level))
    found = {}
    for event in NAMED:
        of = at(trials, event)
        if not of:
            assert f"{event} came to" not in test.sentence.lower()
            continue
        x, n = sum(k[0] for k in of), sum(k[1] for k in of)
        low = 100 * stats.beta.ppf((1 - level) / 2, x, n - x + 1) if x else 0.0
        high = 100 * stats.beta.ppf((1 + level) / 2, x + 1, n - x) if x < n else 100.0
        told = re.search(
            rf"{event} came to (\d+) of (\d+) people on LDN \((\d+) per 100, (\d+)% interval (\d+) to "
            r"(\d+)\)",
            test.sentence, re.I,
        )  # fmt: skip
        assert told, test.sentence
        shown = list(map(int, told.groups()))
        assert shown[:2] == [x, n] and shown[3] == round(100 * level)
        assert [shown[2], *shown[4:]] == pytest.approx([100 * x / n, low, high], abs=0.51)
        found[event] = (100 * x / n, low, high, n)
    if not found:
        return
    event, (share, low, high, n) = max(found.items(), key=lambda pair: pair[1][0])
    assert (test.number, test.lower, test.upper) == pytest.approx((share, low, high), abs=1e-6)
    assert test.n == n and test.quantity == f"people on LDN with {event}"
    rare, common = (all(x[2] < 10 for x in found.values()), any(x[1] > 10 for x in found.values()))
    assert test.finding == ("for" if rare else "against" if common else "open")


def test_both_kinds_of_serious_event_are_told_apart(case):
    trials, ev, level = case
    excluded = safety.frequency_excluded(ev, level=level)
    said = words.harm_sentences(safety.compared_harms(ev), excluded, safety.exposure_by_dose(ev), level)
    parts = [] if "was available to us" in said["serious"] else re.split(r"(?<=\))\. ", said["serious"])
    told = {}
    for part in parts:
        found = re.match(
            r"(.+?) among (\d+) people on LDN \((.+?)\): (none|\d+); up to ([\d.]+) in 100 is not excluded "
            r"\((\d+)% limit(, one-sided)?\)", part
        )  # fmt: skip
        assert found, said
        told[found[1].lower()] = found
    for event in (SERIOUS, RELATED):
        of = at(trials, event)
        assert (event in told) == bool(of)
        if not of:
            continue
        k, n = sum(x[0] for x in of), sum(x[1] for x in of)
        found = told[event]
        assert (found[4], int(found[2]), int(found[6])) == (str(k) if k else "none", n, round(100 * level))
        upper = stats.beta.ppf((1 + level) / 2, k + 1, n - k) if k else 1 - (1 - level) ** (1 / n)
        assert float(found[5]) == pytest.approx(100 * upper, abs=0.051) and (found[7] is None) == bool(k)
        assert len(found[3].split(", ")) == len(of)
    counted = sum(any(event in (SERIOUS, RELATED) for event, _ in found) for _, found in trials)
    silent = len(trials) - counted
    reasons = " ".join(safety.serious_certainty(ev, excluded).reasons)
    if counted:
        assert ("available to us" in reasons) == bool(silent)
        were = "was" if silent == 1 else "were"
        assert not silent or f"{silent} of the trials' counts {were} not available" in reasons
        widest = [of for one in trials if (of := at([one], SERIOUS)[:1] or at([one], RELATED)[:1])]
        both = [x for of in widest for x in of]
        total, (_, low, high) = sum(x[0] + x[2] for x in both), ratio(both, 0.95)
        assert ("too few events for a ratio" in reasons) == (total == 0)
        unsure = f"{total} events; the interval includes appreciably fewer and more"
        assert (unsure in reasons) == (low <= 0.75 and high >= 1.25)
        alone = " ".join(safety.serious_certainty(ev, excluded.assign(control_n=math.nan)).reasons)
        seen = sum(x[0] for x in at(trials, SERIOUS) + at(trials, RELATED))
        assert ("under LDN alone gives no ratio" in alone) == (seen > 0)


@pytest.mark.parametrize(("shares", "many"), [((87.0, 36.0), "many"), ((3.0, 9.0), "some"), ((0.0,), "none")])
def test_how_many_stop_in_practice_is_that_of_the_reports(shares, many):
    rows = pd.DataFrame({"percent": shares, "n": range(40, 40 + len(shares)), "condition": "chronic pain",
                         "label": [f"Report {i}" for i in range(len(shares))]})  # fmt: skip
    said = words.practice(rows)
    assert said.startswith(f"In practice {many} stop: ")
    told = re.findall(r"(\d+)% of (\d+) people with chronic pain in (Report \d)", said)
    wanted = sorted(zip(shares, rows["n"], rows["label"], strict=True))
    assert [(float(p), int(n), label) for p, n, label in told] == wanted
    these = "This report has" if len(shares) == 1 else "These two reports have"
    assert said.endswith(f". {these} no control group.")
