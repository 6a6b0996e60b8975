"""Figures and words of a multiverse: nothing off the page, nothing on top of another, small at any size."""

import re
from itertools import pairwise

import numpy as np
import pytest

from ldn_analysis import display, models
from ldn_analysis.display.rows import text_width
from ldn_analysis.questions import multiverse
from ldn_analysis.questions.multiverse import responder_multiverse
from ldn_analysis.questions.multiverse.pictures import KIND_LOOK, _covered, _cut

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def names(pain):
    return dict(zip(pain.variants.studies, pain.variants.labels, strict=True))


def checked(figure):
    """The words of the page and of the phone version; both are laid out without fault."""
    texts = []
    for drawn in (figure, figure.narrow()):
        texts.append(re.sub(r"<[^>]+>", " ", display.to_svg(drawn)))  # which lays it out
        width, height = drawn.get_size_inches() * drawn.dpi
        boxes = [(t.get_text(), t.get_window_extent()) for t in drawn.texts if t.get_text()]
        for text, box in boxes:
            assert box.x0 >= -2, text
            assert box.y0 >= -2, text
            assert box.x1 <= width + 2, text
            assert box.y1 <= height + 2, text
        for i, (first, a) in enumerate(boxes):
            for second, b in boxes[i + 1 :]:
                assert not a.padded(-1.2).overlaps(b.padded(-1.2)), f"{first!r} runs into {second!r}"
    return texts


@pytest.mark.parametrize("scale", ["MD", "SMD", "SMD, SD of values"])
def test_specification_curve(pain, names, found, scale):
    published = [(r.label, r.estimate, r.lower, r.upper) for r in found if r.path is not None]
    published = published if scale != "MD" else published[:1]
    figure = multiverse.pictures.specification_curve(
        pain.mv, scale, row=pain.reference, published=published, threshold=1.0, names=names
    )
    for text in checked(figure):
        for kind in ("debatable", "error"):
            assert kind in text
            assert f"{int(pain.mv.where(kind=kind, scale=scale).sum()):,}" in text
        for label, *_ in published:
            assert f"◆ {label.replace(' et al.', '')}" in re.sub(r"\s+", " ", text)
        assert ("default" in text) == (scale == "MD")  # beside its star
    assert len(display.to_svg(figure)) < 250_000


def test_estimates_by_kind_say_how_many_clearly_favour(pain, ev):
    replies, scale = responder_multiverse(ev), "RR"
    look = multiverse.pictures.of_responders(replies, scale)
    figures = [multiverse.strips.estimates_by_kind(pain.mv, "MD", row=pain.reference, threshold=1.0),
               multiverse.strips.estimates_by_kind(replies, scale, **look)]  # fmt: skip
    for text in checked(figures[0]):
        for kind, words in (("defensible", "Defensible"), ("error", "With an error")):
            rows = pain.mv.where(kind=kind, scale="MD")
            share = multiverse.words.share_words(float((pain.mv.upper[rows] < 0).mean()), int(rows.sum()))
            assert f"{words} ({int(rows.sum()):,}): {share} clearly favour" in text
        assert text.count("our default") == 1
    assert all("above 1 favours LDN" in text for text in checked(figures[1]))


def test_a_label_without_room_keeps_its_end():
    assert _cut("Kim 2013", 1.0, 9, False) == "Kim 2013"
    cut = _cut("Wissenschaftlichemultizentrischestudiengruppe 2012", 2.0, 9, False)
    assert cut.startswith("Wissenschaft") and cut.endswith("… 2012")
    assert text_width(cut, 9) <= 2.0 < text_width(cut, 9) + 0.15


def test_shading_is_the_share_of_intervals_that_hold_a_value():
    lower, upper = np.array([-1.0, 0.0, -2.0]), np.array([1.0, 2.0, -1.5])
    shares = _covered([np.array([0]), np.array([1]), np.array([2])], lower, upper, np.array([-1.7, 0.5, 3.0]))
    np.testing.assert_array_equal(shares, [[0, 0, 1], [1, 1, 0], [0, 0, 0]])
    alike = _covered([np.array([0, 1])] * 9, lower, upper, np.array([-0.5, 0.5]))
    np.testing.assert_allclose(alike, [[0.5] * 9, [1.0] * 9])


def test_kinds_differ_in_colour_hatch_line_and_name():
    for look in zip(*KIND_LOOK.values(), strict=True):
        assert len({str(part) for part in look}) == len(models.KINDS)


def test_kinds_differ_in_grey_and_stand_out_from_white():
    """WCAG 2: relative luminance; marks need 3 to 1 on white."""
    lights = []
    for colour, _, _ in KIND_LOOK.values():
        parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        lights.append(float(linear @ [0.2126, 0.7152, 0.0722]))
    assert all(1.05 / (light + 0.05) >= 3 for light in lights)
    lights = sorted(lights)
    assert all((b + 0.05) / (a + 0.05) > 1.4 for a, b in pairwise(lights))


def test_subsets(pain, names, monkeypatch):
    page, phone = checked(multiverse.subsets.subset_density(pain.mv, "MD", names=names))
    held = pain.mv.where(scale="MD") & (pain.mv.kind < models.KINDS.index("error"))
    assert f"{int(held.sum()):,} analyses" in page
    assert "without it" in phone and "studies" not in phone
    monkeypatch.setattr(multiverse.subsets, "MOST_TRIALS", 1)
    for texts in checked(multiverse.subsets.subset_density(pain.mv, "MD", names=names)):
        assert re.search(r"analyses.*; 1 of \d studies drawn", texts)


def test_one_at_a_time(pain, names):
    table = models.one_at_a_time(pain.mv, pain.reference)
    start = pain.mv.specification(pain.reference)
    page, phone = checked(multiverse.bars.tornado(table, start, names=names))
    assert all(kind in phone for kind in ("Defensible", "Debatable", "With an error"))  # however small
    assert "within_group" not in page and "defensible" not in page  # a head for each kind, no key below
    assert page.index("Defensible") < page.index("Debatable") < page.index("With an error")
    assert "own change" in page


def test_reviews_and_decisions(found, pain):
    made = [multiverse.decisions_of(r, pain) for r in found]
    figure = multiverse.reviews.reviews_and_decisions(found, made, multiverse.DECISIONS)
    for text in checked(figure):
        for one in found:
            assert (one.label in re.sub(r"\s+", " ", text)) == (one.path is not None)
        assert all(
            words in re.sub(r"\s+", " ", text) for words in multiverse.DECISIONS.values()
        )  # no letters
    for one, kinds in zip(found, made, strict=True):
        if one.path is not None:
            assert ("error" in kinds) == (one.path.steps[-1].kind == "error")
            assert ("newest" in kinds) == (one.year < 2026)


def test_responders(ev):
    mv = responder_multiverse(ev)
    for scale in mv.scales:
        for text in checked(multiverse.pictures.responder_curve(mv, scale)):
            assert f"above {0 if scale.startswith('RD') else 1} favours LDN" in text


def test_same_multiverse_same_bytes(pain, names):
    first, second = (
        display.to_svg(multiverse.pictures.specification_curve(pain.mv, "MD", names=names)) for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize(
    ("share", "n", "words"),
    [(0, 16, "none"), (1, 16, "all"), (0.0001, 9000, "under 0.1%"), (0.5, 2, "50.0%"),
     (0.9999, 99999, "over 99.9%")],
)  # fmt: skip
def test_shares_in_words(share, n, words):
    assert multiverse.words.share_words(share, n) == words


def test_the_answer_counts_what_the_table_holds(pain):
    shares = models.multiverse_shares(pain.mv, {"MD": 1.0, "SMD": 0.5, "SMD, SD of values": 0.5})
    text = multiverse.words.multiverse_answer(shares, "MD")
    here = shares[shares["scale"] == "MD"].set_index("kind")
    assert text.startswith(f"Of {here.loc['defensible', 'n']:,} defensible analyses in points of pain, none ")
    wrong = here.loc["error"]
    assert f"of {wrong['n']:,} with an error, {100 * wrong['below_zero']:.1f}% do" in text
    none = multiverse.words.multiverse_answer(shares[shares["kind"] != "defensible"], "MD")
    assert none.startswith("No analysis in points of pain")


def test_how_it_was_made_writes_each_trial_as_it_is_written(pain):
    text = multiverse.words.multiverse_made(pain.mv)
    assert "plus-minus value of Younger et al. 2013, " in text and "(INNOVA)" in text


def test_what_reviews_are_told_by(found):
    text = multiverse.words.reviews_sentence(found, "INNOVA", 2026)
    searched = [r for r in found if r.path is not None]
    early = sum(r.year < 2026 for r in searched)
    assert f"Of {len(searched)} published results, {early} came before INNOVA" in text
    assert "No published review" in multiverse.words.reviews_sentence((), "INNOVA", 2026)
    clear = sum(r.lower > 0 or r.upper < 0 for r in searched)
    title = multiverse.words.reviews_title(found)
    assert title == f"{clear} of {len(searched)} published results find a difference"
    assert "cannot tell which decisions" in multiverse.words.chance_sentence(found)


def test_what_moves_most(pain, names):
    parts = models.variance_decomposition(pain.mv)
    assert multiverse.words.matters_most(parts, names, "MD") == "Which studies are included matters most"
    assert multiverse.words.matters_most(parts, {}, "MD").startswith("The ")
    assert multiverse.words.matters_most(parts[:0], names, "MD") == ""
    text = multiverse.words.largest_choices(parts, names, "MD")
    assert "Younger & Mackey 2009" in text
    assert "do not differ" in multiverse.words.largest_choices(
        models.variance_decomposition(pain.mv, ()), names, "MD"
    )
