"""What reports 06 and 08 say of harms, against plain calculations from the rows."""

import math
import re

import numpy as np
import pytest
from scipy import stats
from spoken import SETS, counts, numbers, plain, read, value
from test_questions_oracle import compared

from ldn_analysis.display.words import count
from ldn_analysis.questions import safety
from ldn_analysis.questions.claims import run_claims
from ldn_analysis.questions.claims.parameters import Claims
from ldn_analysis.questions.safety import words

ANY = "any adverse event"


def spoken(ev, level=0.95):
    compared_, excluded = safety.compared_harms(ev, level=level), safety.frequency_excluded(ev, level=level)
    return words.harm_sentences(compared_, excluded, safety.exposure_by_dose(ev), level)


@pytest.mark.parametrize("level", [0.95, 0.8])
@pytest.mark.parametrize("name", SETS)
def test_any_adverse_event_is_that_of_the_rows(made_data, name, level):
    folder, ev = made_data(name)
    of, said = counts(folder, ANY), plain(spoken(ev, level)["any"])
    if not of:
        assert said.startswith("How many had an adverse event of any kind in two groups of a trial")
        return
    a, n1, c, n2 = (np.array(x, float) for x in zip(*of, strict=True))
    week = f"{float(read(folder, 'studies')[0]['treatment_weeks']):g}"
    ldn, placebo = f"{a.sum():g} of {n1.sum():g}", f"{c.sum():g} of {n2.sum():g}"
    assert said.startswith(f"By week {week}, {ldn} people on LDN and {placebo} on placebo")
    if not a.sum() or not c.sum():
        assert "ratio" not in said and said.endswith("had an adverse event of any kind.")
        return
    rr = compared(a, n1, c, n2, level)
    shown = re.search(
        r"risk ratio ([\d.]+), (\d+)% interval ([\d.]+) to ([\d.]+); "
        r"of 100 people (\d+ \w+), (\d+ \w+) to (\d+ \w+)",
        said,
    ).groups()
    assert shown[1] == f"{100 * level:g}"
    for text, number in zip((shown[0], shown[2], shown[3]), rr, strict=True):
        assert float(text) == pytest.approx(number, abs=0.0055 + 2e-3 * number)
    base = 100 * c.sum() / n2.sum()
    for text, number in zip(shown[4:], rr, strict=True):
        assert value(text) == pytest.approx(min(base * number, 100) - base, abs=0.62)
    both = rr[1] <= 1 <= rr[2]
    assert ("more and fewer with LDN are both possible" in said) == both
    assert both or said.endswith(f"equal risks: {'more' if rr[1] > 1 else 'fewer'} with LDN.")


@pytest.mark.parametrize("level", [0.95, 0.8])
@pytest.mark.parametrize("name", SETS)
def test_serious_events_leave_open_what_exact_limits_say(made_data, name, level):
    folder, ev = made_data(name)
    said, short = (spoken(ev, level)[key] for key in ("serious", "short"))
    of = [r for r in read(folder, "events") if r["event"] == "serious adverse event" and r["group"] == "ldn"]
    if not of:
        assert said.startswith("No count of serious events") and short.startswith(
            "No count of serious events"
        )
        return
    k, n = (sum(int(r[name_]) for r in of) for name_ in ("events", "n"))
    upper = 100 * (stats.beta.ppf((1 + level) / 2, k + 1, n - k) if k else 1 - (1 - level) ** (1 / n))
    labels = {r["study_id"]: r["label"] for r in read(folder, "studies")}
    who = ", ".join(dict.fromkeys(labels[r["study_id"]] for r in of))
    tail = "" if k else ", one-sided"
    assert said == (
        f"Serious adverse event among {n} people on LDN ({who}): {k or 'none'}; "
        f"up to {upper:.1f} in 100 is not excluded ({100 * level:g}% limit{tail})."
    )
    had = f"Serious event: {k} of {n} on LDN" if k else f"No serious event in {n} people on LDN"
    assert short.startswith(had)
    if "with LDN" not in short:  # a difference that the counts show stands in place of the limit
        assert numbers(short)[-2] == float(f"{upper:.{0 if upper >= 1 else 1}f}")


@pytest.mark.parametrize("name", SETS)
def test_exposure_is_people_by_weeks_as_planned(made_data, name):
    folder, ev = made_data(name)
    said = spoken(ev)["exposure"]
    per_dose = said.replace(" person-weeks at", " at")  # the unit is said once
    trials = [r for r in read(folder, "studies") if r["randomised"] == "yes" and r["control"] == "placebo"]
    if not trials:
        assert said == "No randomised, double-blind exposure is known here."
        return
    one = all(r["dose_min_mg"] == r["dose_max_mg"] for r in trials)
    if not one:
        for r in trials:
            rows = [
                x for t in ("events", "outcomes") for x in read(folder, t) if x["study_id"] == r["study_id"]
            ]
            arms = [x for x in rows if x["group"] == "ldn" and x["n"] and x.get("dose_mg_per_day")]
            for dose in {x["dose_mg_per_day"] for x in arms} if len(trials) == 1 else ():
                n = max(float(x["n"]) for x in arms if x["dose_mg_per_day"] == dose)
                assert f"{n * float(r['treatment_weeks']):,.0f} at {dose} mg" in per_dose
        return
    people = {}
    for r in trials:
        rows = [x for t in ("events", "outcomes") for x in read(folder, t) if x["study_id"] == r["study_id"]]
        sizes = [float(x["n"]) for x in rows if x["group"] == "ldn" and x["n"]]
        sizes += [float(x["n_ldn"]) for x in rows if x.get("n_ldn")]
        people[r["study_id"]] = float(r["n_randomised"]) if r["design_type"] == "crossover" else max(sizes)
    doses = sorted({float(r["dose_max_mg"]) for r in trials})
    for dose in doses:
        mine = [r for r in trials if float(r["dose_max_mg"]) == dose]
        weeks = sum(people[r["study_id"]] * float(r["treatment_weeks"]) for r in mine)
        assert f"{weeks:,.0f} at {dose:g} mg" in per_dose
    longest = max(float(r["treatment_weeks"]) for r in trials)
    last = [r for r in trials if float(r["treatment_weeks"]) == longest]
    on = sorted({float(r["dose_max_mg"]) for r in last})
    n, mg = sum(people[r["study_id"]] for r in last), re.split(r", | and ", said.rpartition(" on ")[2][:-4])
    assert f"the longest lasted {longest:g} weeks, for {n:g} people on " in said
    assert [float(dose) for dose in mg] == on


@pytest.mark.parametrize("name", ["one", "one, crossover", "three, no events", "eight, every dose"])
def test_ratios_of_reviews_are_quoted_as_printed_and_as_such(made_data, name):
    folder, ev = made_data(name)
    quoted = safety.quoted_harms(ev)
    printed = {
        (r["outcome"], r["label"]): [float(r[x]) for x in ("estimate", "lower95", "upper95")]
        for r in read(folder, "published_syntheses") if r["lower95"]
    }  # fmt: skip
    above = [(v[0], *k) for k, v in printed.items() if v[1] > 1 and k[0] in set(quoted["outcome"])]
    named = max(one for one in above if one[1] != "adverse events")
    table = safety.compared_harms(ev)
    answer, short = words.answer(table, quoted, safety.frequency_excluded(ev)), words.short(table, quoted)
    own = table[(table["event"] == named[1]) & table["rr"].notna()].sort_values("n")
    if len(own):  # what the trials count goes before what a review says
        row = own.iloc[-1]
        often = (
            "no difference shown"
            if row["rr_lower"] <= 1 <= row["rr_upper"]
            else f"{row['rr']:.1f} times as often"
        )
        who = count(len(row["labels"]), "trial")
        assert f"{named[1]}: {often} in {who}." in short.lower()
        limits = "" if often.startswith("no") else f"{row['rr_lower']:.1f} to {row['rr_upper']:.1f}; "
        said = f"{named[1].capitalize()}: {often} ({limits}{who})."
    else:
        low, high = printed[named[1], named[2]][1:]
        said = (
            f"{named[1].capitalize()}: {named[0]:.1f} times as often ({low:.1f} to {high:.1f}; one review)."
        )
        assert f"{named[1]} more often in one review" in short.replace(short[:1], short[:1].lower(), 1)
    brief = re.sub(r"\([\d.]+ to [\d.]+; ", "(", said)  # without its limits where 40 words do not hold them
    assert said in answer or (brief in answer and len(answer.split()) > 37)
    title = words.first_title(table, quoted)
    for _, harm, _ in above:
        assert {"adverse events": ANY}.get(harm, harm) in title.lower()
    below = [k[0] for k, v in printed.items() if not v[1] > 1 and k[0] in set(quoted["harm"])]
    assert not any(harm in title.partition(" more often")[0].lower() for harm in below)
    caption = words.ratios_caption(table, quoted)
    assert caption.startswith("Counts: LDN v placebo.") == bool(len(table)) and "  " not in caption
    assert len(caption.split()) <= 25
    wider = [r["outcome"] for r in read(folder, "published_syntheses") if r["population"] == "chronic pain"]
    wider = [outcome for outcome in wider if outcome in set(quoted["outcome"])]
    assert f"hat on {wider[0]} is of chronic pain at large." in caption and len(wider) == 1
    both = quoted.assign(population=["chronic pain", "chronic pain", *[None] * (len(quoted) - 2)])
    assert "wo of them are of chronic pain at large." in words.ratios_caption(table, both)
    alone = words.ratios_caption(table, quoted.assign(population=None))
    assert "at large" not in alone
    nothing = words.ratios_caption(table.iloc[:0], quoted.iloc[:0])
    assert nothing == ""


def test_two_trials_that_agree_decide_nothing(made_data):
    """Their average is not told, so that it is no verdict either."""
    found = {r.claim_id: r for r in run_claims(made_data("two, crossovers")[1], Claims(level=0.8))}
    relief = found["symptom_relief"]
    assert relief.test.sentence.startswith("Two trials are too few to average. ")  # undecided says the rest
    assert relief.verdict == "undecided"
    assert relief.test.upper < 0


@pytest.mark.parametrize("name", SETS)
def test_no_claim_contradicts_its_rows(made_data, name):
    folder, ev = made_data(name)
    level = (0.95, 0.8)[SETS.index(name) % 2]
    found = {r.claim_id: r for r in run_claims(ev, Claims(level=level))}
    trials = [r for r in read(folder, "studies") if r["randomised"] == "yes" and r["control"] == "placebo"]
    measured = {r["study_id"] for r in read(folder, "outcomes") if "mechanical" in r["measure"]}
    said = found["mechanical_threshold"].test.sentence
    assert ("No study of a low dose measured it." in said) == (not measured)
    assert "without random allocation" not in said or not measured & {r["study_id"] for r in trials}
    if measured & {r["study_id"] for r in trials}:
        rows = [r for r in read(folder, "outcomes") if "mechanical" in r["measure"]]
        size = {s: sum(int(r["n"]) for r in rows if r["study_id"] == s) for s in measured}
        largest = max(size, key=size.get)
        arms = {r["group"]: r for r in rows if r["study_id"] == largest}
        gap = float(arms["ldn"]["value"]) - float(arms["placebo"]["value"])
        assert f"({size[largest]} people)" in said and f"({100 * level:g}% interval" in said
        assert f"was {abs(gap):.2f} {'lower' if gap < 0 else 'higher'} with LDN" in said
    relief = found["symptom_relief"]
    if "too few to average" in relief.test.sentence:
        assert relief.verdict == "undecided"
    elif math.isfinite(relief.test.number):
        below, above = relief.test.upper < 0, relief.test.lower > 0
        verdict = "supported" if below else "contradicted" if above else "undecided"
        assert relief.verdict == verdict
        assert ("side of relief" in relief.test.sentence, "side of worsening" in relief.test.sentence) == (
            below, above)  # fmt: skip
    for one in found.values():
        assert not re.search(
            r"\bnan\b|\bNone\b(?! of)|of the one trial|  ", f"{one.test.sentence} {one.test.more}"
        )
