"""What is said of forty data sets that nobody collected: sentences and numbers agree, nothing stops."""

import re
import warnings
from dataclasses import replace

import made_up
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from scipy import stats
from told_notebooks import tell

from ldn_analysis import contrasts, display, evidence
from ldn_analysis.questions import (
    crossovers,
    dosing,
    multiverse,
    next_trial,
    pain,
    responders,
    safety,
    studies,
    summary,
)
from ldn_analysis.questions.claims.parameters import Claims
from ldn_analysis.questions.claims.tests_doses import dose_typical, long_term_safety
from ldn_analysis.questions.claims.tests_effects import side_effects_rare, symptom_relief
from ldn_analysis.questions.next_trial.parameters import NextTrial
from ldn_analysis.questions.pain.parameters import Pain, Summary
from ldn_analysis.questions.parameters import parameters_class
from ldn_analysis.questions.published import published_pain

DRAWN = ("one", "two, opposite", "three, equal", "three, one very wide", "three, long labels",
         "three, scripts", "three, doses", "eight", "twelve, one dose", "fifteen", "none, open")  # fmt: skip
SPOKEN = re.compile(r"nan|inf\b|None|\d\.\d{5}|  |\bmg\b\.$|\b1 trials|\b1 participants")


def plain(text):
    return str(text).replace("−", "-")


@pytest.mark.parametrize("name", [n for n in made_up.names() if n.startswith(("one", "three", "none"))])
def test_the_sentences_of_pain_agree_with_its_numbers(sets, name):
    result = pain.analyse(sets(name), Pain())
    used = result.table[result.table["included"]]
    assert result.n >= 0 and len(result.labels) >= 0
    assert not SPOKEN.search(result.sentence), result.sentence
    if result.fit is None:
        assert used.empty
        return
    assert result.fit.k == len(used)
    said = plain(result.pooled)
    assert f"{len(used)} trial" in said and not SPOKEN.search(said)
    for number in (result.fit.estimate, *result.fit.ci):
        assert re.search(rf"(?<![\d.]){re.escape(f'{round(number, 2) + 0.0:.2f}')}", said), (number, said)


@pytest.mark.parametrize("name", DRAWN)
def test_the_forest_plot_is_drawn_without_a_warning(sets, name):
    result = pain.analyse(sets(name), Pain())
    if result.fit is None:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = display.forest(result.table, result.fit, mid=result.threshold)
        text = display.to_svg(figure, "made-up")
    assert "<svg" in text
    plt.close("all")


def test_doses_of_trials_with_very_long_names_are_drawn_beside_them(sets):
    ev = sets("three, means")
    studies = ev.studies.assign(label=ev.studies["label"] + " " + "Studiengruppe " * 5)
    long = replace(ev, tables={**ev.tables, "studies": studies})
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # an axis without room
        figure = summary.pictures.doses_and_weeks(summary.gather(long, Summary()))["figure"]
        given = dosing.pictures.given_doses(dosing.given_doses(long))
        for drawn in (figure, figure.narrow(), given.narrow()):
            assert "<svg" in display.to_svg(drawn, "doses")
            texts = [text for text in drawn.axes[0].texts if text.get_text()]
            assert len(texts) >= 3 and drawn.axes[0].get_window_extent().width > 100
            assert all(text.get_window_extent().x1 <= drawn.bbox.x1 + 1 for text in texts)
    plt.close("all")


def test_harms_of_crossovers_are_shown_with_the_reason_why_they_are_not_pooled(sets):
    ev = sets("two, crossovers")
    counts = safety.harm_counts(ev)
    assert len(counts) and counts["paired"].all() and counts["exclusion_reason"].str.len().gt(10).all()
    assert safety.compared_harms(ev).empty


def test_counts_of_crossovers_are_listed_with_people_once_and_their_reason(sets):
    ev = sets("two, crossovers")
    assert responders.responder_contrasts(ev).empty
    listed, harms = responders.counts_not_compared(ev), safety.harm_counts(ev)
    assert len(listed) == 4 and (listed["exclusion_reason"] == contrasts.PAIRED).all()
    people = sum(int(n) for n in ev.studies["n_analysed"])
    for counts in (listed, harms):
        said = crossovers.not_pooled(ev, counts)
        assert said.startswith(f"The counts of {people} people in two crossover trials (Adler 2012 and B")
        assert "not pooled: the same people took LDN and placebo" in said
    shown = responders.tables.not_compared(listed)
    assert shown["ldn"].str.fullmatch(r"\d+/\d+").all() and shown["reason"].str.contains("same people").all()
    uses = contrasts.uses(ev)
    assert (uses.loc[uses["table"] == "events", "reason"] == contrasts.PAIRED).all()
    # what a crossover counted is neither missing nor a count under LDN alone
    asked = safety.harms_asked_first(ev)
    nausea = asked[asked["harm"] == "nausea"]
    assert list(nausea["kind"][:2]) == ["paired", "paired"] and nausea["control"][:2].notna().all()
    assert "same people" in safety.tables.asked(nausea)["kind"].iloc[0]


@pytest.mark.parametrize("name", ["two, crossovers", "two, mixed", "three, doses", "none, open", "one"])
def test_no_count_of_response_vanishes(sets, name):
    """Each row of the data is compared, or listed with its reason; no row is both."""
    _counts_are_whole(sets(name))


def test_no_count_of_response_of_the_data_vanishes():
    ev = evidence.load()
    _counts_are_whole(ev)
    _counts_are_whole(ev, analysis="complete cases")
    _counts_are_whole(ev.as_of(2016), reading="abstract")
    said = crossovers.not_pooled(ev, responders.counts_not_compared(ev))
    assert said.startswith("The counts of 28 people in one crossover trial (Younger et al. 2013)")
    assert crossovers.not_pooled(ev, safety.harm_counts(ev)) == ""  # it printed no counts of harms in both


def _counts_are_whole(ev, **choices):
    types = ev.event_types
    responses = set(types.loc[types["kind"] == "response", "event"])
    compared = {i for row in responders.responder_contrasts(ev, **choices)["inputs"] for i in row}
    table = responders.counts_not_compared(ev, **choices)
    listed = {i for row in table["inputs"] for i in row}
    assert (table["exclusion_reason"].str.len() > 10).all()
    assert not compared & listed
    assert compared | listed == set(ev.events.loc[ev.events["event"].isin(responses), "event_id"])


ALL = made_up.names()


def doses_of(ev):
    """Doses compared with placebo, from the rows: those that arms name, else the study's own."""
    found = set()
    for study in ev.studies.to_dict("records"):
        if study["randomised"] == "yes" and study["control"] == "placebo":
            rows = ev.outcomes[ev.outcomes["study_id"] == study["study_id"]]
            arms = set(rows["dose_mg_per_day"].dropna()) if "dose_mg_per_day" in rows else set()
            found |= arms or {study["dose_max_mg"]}
    return sorted(found)


@pytest.mark.parametrize(
    "name", ["one, doses", "three, doses", "three, means", "eight, every dose", "none, open"]
)
def test_every_dose_of_an_arm_counts_as_tested(sets, name):
    ev = sets(name)
    given, tested = dosing.given_doses(ev), doses_of(ev)
    said = dosing.words.tested(given, 1)
    if not tested:
        assert said == "No low dose was compared with placebo."
        return
    yes, _, never = said.partition(" tested against placebo")
    assert [float(text) for text in re.findall(r"\d+(?:\.\d+)?", yes)] == tested
    wanted = [dose for dose in (1.5, 3.0, 4.5, 6.0) if dose not in tested]
    assert [float(text) for text in re.findall(r"[\d.]+", never.partition("never")[2].rstrip("."))] == wanted
    assert dosing.untested(given) == wanted
    title = dosing.words.given_title(given).partition(";")[0]
    assert [float(text) for text in re.findall(r"\d+(?:\.\d+)?", title)] == tested
    picture = summary.pictures.doses_and_weeks(summary.gather(ev, parameters_class("00_dosing_question")()))
    for text in (picture["title"], picture["alt"].partition(" mg, in")[0]):
        assert [float(text) for text in re.findall(r"\d+(?:\.\d+)?", text)] == tested
    plt.close("all")
    if name == "one, doses":
        exposed = safety.words.harm_sentences(
            safety.compared_harms(ev), safety.frequency_excluded(ev), safety.exposure_by_dose(ev)
        )["exposure"]
        assert " 0 person-weeks" not in exposed and "people on 1.5, 3 and 4.5 mg" in exposed


@pytest.mark.parametrize("name", [name for name in ALL if name.startswith("two")])
def test_two_trials_are_averaged_in_no_report(sets, name):
    ev = sets(name)
    fit, text = pain.analyse(ev, Pain()).fit, symptom_relief(ev, Claims()).sentence
    assert ("too few to average" in text) == (fit.k == 2) and ("on average" in text) == (fit.k != 2)


@pytest.mark.parametrize("name", ALL)
def test_the_next_trial_starts_from_the_interval_of_the_report_on_pain(sets, name):
    ev, params = sets(name), NextTrial()
    known, result = next_trial.background(ev, params), pain.analyse(ev, Pain())
    assert (known.fit is None) == (result.fit is None)
    if known.fit is not None:
        assert known.fit.ci == pytest.approx(result.fit.ci, rel=1e-12) and known.n == result.n


def sides(ev):
    """Trials wholly below zero, wholly above, and the others, from the rows' own intervals."""
    rows = ev.outcomes[ev.outcomes["group"] == "ldn-placebo"]
    return int((rows["upper95"] < 0).sum()), int((rows["lower95"] > 0).sum())


@pytest.mark.parametrize("name", ["two, opposite", "three, apart", "three, equal", "eight, strong"])
def test_trials_on_either_side_are_told(sets, name):
    ev = sets(name)
    said = pain.words.trials_finding(pain.analyse(ev, Pain()).used)
    below, above = sides(ev)
    assert ("; higher in" in said) == (above > 0)
    assert below > 0 or "in none by" in said or "not by" in said


def test_a_method_without_an_interval_neither_shows_nor_leaves_open(sets):
    result = pain.analyse(sets("one, crossover"), Pain())
    known = result.ladder["lower"].notna()
    assert known.sum() == 5 and f"of {known.sum()} methods" in pain.words.ladder_finding(result.ladder)
    figure = pain.pictures.forest(pain.analyse(sets("two, crossovers"), Pain()))
    assert "wider of two" not in figure["caption"] and "Diamond" not in figure["caption"]
    plt.close("all")


def test_heterogeneity_has_no_p_value_of_nought(sets):
    for name in ("two, opposite", "three, alike", "eight"):
        fit = pain.analyse(sets(name), Pain()).fit
        assert not re.search(r"p 0\.00", pain.words.inconsistency(fit))


def test_one_trial_is_one_and_no_more_is_as_many(sets):
    ev = sets("one")
    words = studies.words
    assert words.evidence_base(studies.Base(1, 1, 1, 64, 1, 1, 1)).startswith(
        "The one study known here is randomised"
    )
    assert "is not randomised" in words.evidence_base(studies.Base(1, 0, 0, 0, 1, 1, 0))
    assert "is not" in words.designs(1, 0)
    assert words.missing(studies.outcome_matrix(ev)).endswith(
        "have numbers against a control in the one report."
    )
    said = dosing.words.given_alt(dosing.given_doses(ev))
    assert said.startswith("A bar for the one trial against placebo") and "It gave 4.5 mg" in said
    counts = responders.responder_contrasts(sets("two, opposite"))
    lead = counts[(counts["percent"] == 30) & counts["leads"]].iloc[0]
    assert round(100 * lead["rd"]) == 0
    assert "with LDN as many (95% interval" in responders.words.in_hundred(counts, 30)


def test_groups_on_several_doses_are_no_steps_to_one(sets):
    ev = sets("one, doses")
    assert pain.words.remark(ev.studies.iloc[0]) == "groups on 1.5, 3 and 4.5 mg"
    assert next_trial.what_would_settle(ev, NextTrial()).doses == (1.5, 3.0, 4.5)
    priors = {"emax_sd": 2.0, "ed50_median": 3.0, "ed50_log_sd": 1.0, "tau_scale": 0.5}
    used = dosing.dose_effects(ev, {"measure": "MD"}, **priors).used
    between = dosing.between_doses(published_pain(ev, {"measure": "MD"}))
    said = plain(dosing.words.directly(used, between=between))
    told = re.findall(r"Adler 2012, ([\d.]+) minus ([\d.]+) mg: (-?[\d.]+) \[(-?[\d.]+), (-?[\d.]+)\]", said)
    by_dose = used.set_index("dose_mg")["yi"]
    assert said.startswith("Between doses of one trial (95%): ") and len(told) == len(used) == 3
    for low, high, *numbers in told:
        assert float(numbers[0]) == pytest.approx(by_dose[float(low)] - by_dose[float(high)], abs=5e-3)
        assert float(numbers[1]) < float(numbers[0]) < float(numbers[2])
    assert "tables" in dosing.words.directly(used, between=pd.concat([between] * 2))
    (table,) = dosing.tables.pairs_of_doses(between)
    assert table.html.count("<tr") == 4 and not dosing.tables.pairs_of_doses(between.iloc[:0])
    assert dosing.words.directly(used.iloc[:1]) == ""
    rose = ev.studies.iloc[0].copy()
    rose["dose_schedule"] = "titrated from 1.5 mg to 4.5 mg"
    assert pain.words.remark(rose) == "stepped up from 1.5 mg"


def test_many_trials_are_counted_and_few_are_named(sets):
    for name, said in (("eight", "8 trials"), ("three, means", "Adler 2012; Brandt 2013; Costa 2014")):
        ev = sets(name)
        first = safety.tables.asked(safety.harms_asked_first(ev)).iloc[0]
        assert first["basis"] == f"{said}, 12 weeks; randomised"
        assert said.replace("8", "eight") in safety.words.which_trials(safety.compared_harms(ev)).replace(
            ", 12 weeks", ""
        )


def test_pain_on_a_scale_that_does_not_convert_is_in_no_multiverse_of_points(tmp_path):
    cells = {"measure": "summed pain intensity ratings (SPIR)", "scale_min": "", "scale_max": ""}
    plans = made_up.made("three, means")
    for one in plans:
        one.rows["outcomes"][:] = [
            row | cells if row["domain"] == "pain" else row for row in one.rows["outcomes"]
        ]
    ev = evidence.load(made_up.written(tmp_path / "data", plans))
    assert pain.analyse(ev, Pain()).fit is None and pain.analyse(ev, Pain(measure="SMD")).fit.k == 3
    assert multiverse.pain_multiverse(ev) is None


def test_nobody_who_responds_gives_no_ratio(sets):
    ev = sets("three, no events")
    said = responders.words.models_named(responders.responder_contrasts(ev), 30)
    assert said == "No ratio: nobody in the trials responded."
    title = safety.words.first_title(safety.compared_harms(ev), safety.quoted_harms(ev).iloc[:0])
    assert title == "nothing to compare in the trials' counts"


@pytest.mark.parametrize(
    "name", ["two, opposite", "three, high risk", "eight, every dose", "three, no events"]
)
def test_responders_are_counted_on_either_side(sets, name):
    ev = sets(name)
    counts = ev.events[ev.events["event"] == "pain response 30%"].pivot_table(
        index="study_id", columns="group", values=["events", "n"], aggfunc="sum"
    )
    shares = counts["events"] / counts["n"]
    more, fewer = (shares["ldn"] > shares["placebo"]).sum(), (shares["ldn"] < shares["placebo"]).sum()
    said = responders.words.counted(responders.responder_contrasts(ev), 30)
    assert ("opposite directions" in said) == (more == fewer == 1)
    if len(shares) > 2 and more and fewer:
        assert f"in {display.words.numeral(int(more))} of {display.words.numeral(len(shares))} trials" in said


@pytest.mark.parametrize("name", ALL)
def test_the_answer_on_harms_is_that_of_the_rows(sets, name):
    """Shares of the two groups, and the exact limit of what the counts of serious events leave open."""
    ev = sets(name)
    said = safety.words.answer(
        safety.compared_harms(ev), safety.quoted_harms(ev), safety.frequency_excluded(ev)
    )
    design = ev.events["study_id"].map(ev.studies.set_index("study_id")["design_type"])
    event = ev.events["event"]
    both = ev.events[(event == "any adverse event") & (design == "parallel")].groupby("group")
    shares = 100 * both["events"].sum() / both["n"].sum()
    if len(shares):
        assert (
            f"Any adverse event: {shares['ldn']:.0f} of 100 on LDN, {shares['placebo']:.0f} on placebo"
            in said
        )
    else:
        assert "No count of any adverse event in two groups" in said
    serious = ev.events[(event == "serious adverse event") & (ev.events["group"] == "ldn")]
    k, n = serious["events"].sum(), serious["n"].sum()
    if not n:
        assert "Serious events: no count is known to us." in said
        return
    upper = f"up to {100 * stats.beta.ppf(0.975 if k else 0.95, k + 1, n - k):.0f} in 100"
    had = (
        f"Serious event: {k:,.0f} of {n:,.0f} on LDN" if k else f"No serious event in {n:,.0f} people on LDN"
    )
    assert had in said and (upper in said or "with LDN" in said), (had, upper, said)
    assert len(said.split()) <= 44, said


@pytest.mark.parametrize("name", ALL)
def test_the_claims_count_what_the_rows_count(sets, name):
    ev = sets(name)
    dreams = ev.events[(ev.events["event"] == "vivid dreams") & (ev.events["group"] == "ldn")]
    said = side_effects_rare(ev, Claims()).sentence
    k, n = dreams["events"].sum(), dreams["n"].sum()
    if n:
        low, high = (stats.beta.ppf(p, *ab) for p, ab in ((0.025, (k, n - k + 1)), (0.975, (k + 1, n - k))))
        ends = f"{100 * (low if k else 0):.0f} to {100 * high:.0f}"
        assert f"vivid dreams came to {k:,.0f} of {n:,.0f} people on LDN ({100 * k / n:.0f} per 100" in said
        assert f"95% interval {ends})" in said, (ends, said)
    trials = ev.studies[(ev.studies["randomised"] == "yes") & (ev.studies["control"] == "placebo")]
    longest = long_term_safety(ev, Claims()).number
    assert longest == (trials["treatment_weeks"].max() if len(trials) else 0)
    share = dose_typical(ev, Claims()).number
    fixed = (ev.studies["dose_min_mg"] == 4.5) & (ev.studies["dose_max_mg"] == 4.5)
    assert share == pytest.approx(100 * fixed.mean())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "notebook"),
    [
        ("one", "07_multiverse"),
        ("two, conditions", "07_multiverse"),
        ("three, not counted", "08_claims"),
        ("one, doses", "05_dosing"),
        ("one, doses", "09_next_trial"),
    ],
)
def test_reports_run_where_there_is_little(sets, name, notebook):
    text = tell(notebook, sets(name)).text
    assert "\n" in text and not re.search(r"\bnan\b|\bNone\b|No trial can be pooled under", text)
