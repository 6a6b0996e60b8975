"""Pictures of the next trial: nothing is without a name, at any number of trials."""

import warnings
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from ldn_analysis import display
from ldn_analysis.questions.next_trial import pictures
from ldn_analysis.questions.next_trial.background import _sd
from ldn_analysis.questions.next_trial.parameters import NextTrial
from ldn_analysis.questions.next_trial.size import DecisionMap


def drawn(figure):
    """Words of the page and of the phone version, which are laid out without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for one in (figure, figure.narrow()):
            display.to_svg(one)
            axes = one.axes[0]
            yield [t.get_text().replace("\n", " ") for t in (*axes.texts, *axes.get_yticklabels())], one


@pytest.mark.parametrize("n", [1, 2, 15])
def test_every_later_trial_is_named_beside_its_range(n):
    labels = [f"Wissenschaftlichemultizentrischestudiengruppe {2012 + i}" for i in range(n)]
    table = pd.DataFrame({"label": labels, "yi": -0.3, "lower": -1.9, "upper": 1.2})
    for words, figure in drawn(pictures.history(table)):
        assert [text.replace(" ", "") for text in words] == [label.replace(" ", "") for label in labels]
        assert not figure.legends


def test_each_part_of_the_funnel_says_what_it_stands_for():
    """The wide parts in words, both of them, on a phone upwards; a line leads to the narrow one."""
    keys = np.full((16, 101), "open", dtype="<U20")
    keys[:, 48:50], keys[:, 30:48] = "harm_open", "benefit_open"
    regions = DecisionMap(np.linspace(-2.5, 2.5, 101), np.linspace(0.05, 0.8, 16), keys, "open")
    figure = pictures.decisions(regions, pd.DataFrame({"yi": [0.4], "vi": [0.09]}))
    (page, wide), (phone, narrow) = drawn(figure)
    assert page.count("open in both directions") == 2 and "relief that matters, or none" in page
    assert [words.count("worsening that matters, or none") for words in (page, phone)] == [1, 1]
    assert not wide.legends and not narrow.legends
    turned = {t.get_text().replace("\n", " "): t.get_rotation() for t in narrow.axes[0].texts}
    assert turned["relief that matters, or none"] == 90 and turned["open in both directions"] == 0
    keys[:4, 60:62] = "harm_open"  # a second narrow part of what is named above needs no second line
    twice = drawn(pictures.decisions(regions, pd.DataFrame({"yi": [0.4], "vi": [0.09]})))
    assert [words.count("worsening that matters, or none") for words, _ in twice] == [1, 1]
    keys[:2, :2] = "benefit_open"  # a sliver of what is named elsewhere needs no name
    again, _ = drawn(pictures.decisions(regions, pd.DataFrame({"yi": [0.4], "vi": [0.09]})))
    assert again[0].count("relief that matters, or none") == 1


def test_a_line_from_above_meets_the_fewest_borders():
    keys = np.full((16, 101), "open", dtype="<U20")
    keys[:6, 60:70], keys[10:, 55:80] = "harm_open", "benefit_open"
    regions = DecisionMap(np.linspace(-2.5, 2.5, 101), np.linspace(0.05, 0.8, 16), keys, "open")
    assert regions.below(2, 65) == 65 and regions.below(13, 66) == 70


def test_a_small_part_below_is_named_beside_it_on_a_phone_too():
    """No line crosses the map; words of two such parts at one height do not meet, nor leave the map."""
    keys = np.full((16, 101), "open", dtype="<U20")
    keys[10:, 62:72] = "benefit_open"
    used = pd.DataFrame({"yi": [0.4], "vi": [0.09]})
    for second in (False, True):
        if second:
            keys[12:, 54:58] = "harm_open"
        regions = DecisionMap(np.linspace(-2.5, 2.5, 101), np.linspace(0.05, 0.8, 16), keys, "open")
        for _, one in drawn(pictures.decisions(regions, used)):
            axes = one.axes[0]
            texts = {t.get_text().replace("\n", " "): t for t in axes.texts if t.get_text()}
            boxes = {words: text.get_window_extent() for words, text in texts.items()}
            box = boxes["relief that matters, or none"]
            assert axes.bbox.y0 <= box.y0 and box.y1 < axes.bbox.y0 + axes.bbox.height / 2
            assert box.x1 <= axes.bbox.x1 + 1
            assert not any(box.overlaps(other) for words, other in boxes.items() if other is not box)
            assert len(texts) == 2 + second


@pytest.mark.parametrize("people", [(1_700, 20_000, 120_000), (260, 8_100, 420_000)])
def test_the_scale_of_people_has_two_numbers_or_more_that_do_not_meet(people):
    table = pd.DataFrame({"first": "no treatment", "second": ["a", "b", "c"], "people": people})
    figure = pictures.people_needed(table)
    for one in (figure, figure.narrow()):
        display.to_svg(one)
        axes = one.axes[0]
        low, high = axes.get_xlim()
        ticks = [tick.label1 for tick in axes.xaxis.get_major_ticks() if low <= tick.get_loc() <= high]
        boxes = [text.get_window_extent() for text in ticks]
        assert len(boxes) >= 2 and all(a.x1 + 3 < b.x0 for a, b in pairwise(boxes))


def test_no_chance_in_a_cell_is_certain():
    rows = [("linear", 100, 0.9996, 0.995, 3.0), ("flat", 100, 0.004, 0.0, np.nan)]
    table = pd.DataFrame(rows, columns=["shape", "people", "detected", "by_shape", "target"])
    figure = pictures.doses_told(table)
    cells = [[t.get_text() for t in axes.texts] for axes in figure.axes]
    assert cells == [[">99", "<1"], [">99", "there is none"]]


@pytest.mark.parametrize("n", [3, 4])
def test_many_trials_are_not_listed_as_the_source_of_a_spread(n):
    labels, vi = [f"Adler {i}" for i in range(n)], [0.1 + 0.01 * i for i in range(n)]
    used = pd.DataFrame({"study_id": "a", "label": labels, "design_type": "parallel", "vi": vi})
    used = used.assign(n_ldn=30, n_control=30)
    basis = _sd(used, NextTrial())[2]
    assert ("Adler 2" in basis) == (n == 3)
    assert n == 3 or basis == "implied by the standard errors of 4 trials (1.22 to 1.40)"


@pytest.mark.parametrize("way", [1, -1])
def test_the_name_of_a_region_at_the_edge_of_the_map_is_inside_it(way):
    estimate, se = np.linspace(-2.5, 2.5, 101), np.linspace(0.05, 0.8, 31)
    x, s = np.meshgrid(estimate, se)
    corner = np.where(way * x + 1.2 + s * 2 < 0, "benefit", "small_benefit")
    regions = DecisionMap(estimate, se, corner, "small_benefit")
    used = pd.DataFrame({"yi": [-0.6], "vi": [0.09]})
    (_, wide), _ = drawn(pictures.decisions(regions, used))
    axes = wide.axes[0]
    boxes = [text.get_window_extent() for text in axes.texts]
    assert len(boxes) == 2
    assert all(axes.bbox.x0 <= box.x0 and box.x1 <= axes.bbox.x1 for box in boxes)


@pytest.mark.parametrize(("largest", "side"), [(300, "right"), (20, "left")])
def test_the_curve_does_not_cross_the_words_on_the_largest_trial(largest, side):
    differences = np.linspace(0.25, 2.0, 60)
    table = pd.DataFrame({"difference": differences, "people": 64 / differences**2})
    figure = pictures.size_by_difference(table, wanted=0.5, largest=largest)
    for _, one in drawn(figure):
        words = next(text for text in one.axes[0].texts if text.get_text().startswith("largest"))
        assert words.get_ha() == side
        box = words.get_window_extent(one.canvas.get_renderer())
        curve = one.axes[0].transData.transform(table[["difference", "people"]])
        assert not any(box.contains(*place) for place in curve)
