"""What is said of forty data sets that nobody collected: sentences and numbers agree, nothing stops."""

import re
import warnings

import made_up
import matplotlib.pyplot as plt
import pytest

from ldn_analysis import display, evidence
from ldn_analysis.questions import pain, safety
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
