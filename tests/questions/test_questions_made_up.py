"""What is said of forty data sets that nobody collected: sentences and numbers agree, nothing stops."""

import re
import warnings

import made_up
import matplotlib.pyplot as plt
import pytest

from ldn_analysis import contrasts, display, evidence
from ldn_analysis.questions import crossovers, pain, responders, safety
from ldn_analysis.questions.pain.parameters import Pain

DRAWN = ("one", "two, opposite", "three, equal", "three, one very wide", "three, long labels",
         "three, scripts", "three, doses", "eight", "twelve, one dose", "fifteen", "none, open")  # fmt: skip
SPOKEN = re.compile(r"nan|inf\b|None|\d\.\d{5}|  |\bmg\b\.$|\b1 trials|\b1 participants")


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    root = tmp_path_factory.mktemp("made-up")

    def load(name):
        folder = root / re.sub(r"\W+", "-", name)
        return evidence.load(folder if folder.exists() else made_up.write(folder, name))

    return load


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
