"""Every figure draws at both widths with nothing beyond its edge, whatever the labels."""

import math
import re
import shutil
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from ldn_analysis import contrasts, display, evidence, models
from ldn_analysis.display import rows, style
from ldn_analysis.questions import studies

HOSTILE = '<script>alert("x")</script> & $x^2$ _ ^ \\frac 😀 Rodríguez-Freire'


@pytest.fixture(scope="module")
def table(ev):
    return contrasts.derive(ev, outcome="pain").table


@pytest.fixture(scope="module")
def fit(table):
    used = table[table["included"]]
    return models.pool(used["yi"].to_numpy(), used["vi"].to_numpy())


def words(figure):
    """All texts of a figure as one string (tags of the SVG taken out)."""
    return re.sub(r"<[^>]+>", " ", display.to_svg(figure))


def assert_inside(figure):
    """No text leaves the figure."""
    display.to_png(figure, 60)
    width, height = figure.get_size_inches() * figure.dpi
    texts = [t for t in [*figure.texts, *(t for a in figure.axes for t in a.texts)] if t.get_text()]
    for text in texts:
        box = text.get_window_extent()
        assert box.x0 >= -2, text.get_text()
        assert box.y0 >= -2, text.get_text()
        assert box.x1 <= width + 2, text.get_text()
        assert box.y1 <= height + 2, text.get_text()


def assert_apart(figure):
    """No two texts of a plot of rows run into each other."""
    display.to_png(figure, 60)
    boxes = [(t.get_text(), t.get_window_extent().padded(-1)) for t in figure.texts if t.get_text()]
    for i, (first, a) in enumerate(boxes):
        for second, b in boxes[i + 1 :]:
            assert not a.overlaps(b), f"{first!r} runs into {second!r}"


def both(figure):
    return [figure, figure.narrow()]


@pytest.mark.parametrize("excluded", ["names", ""])
@pytest.mark.parametrize("bias", [None, {"final2024": "low", "younger2013": "high"}])
def test_forest(table, fit, excluded, bias):
    for figure in both(display.forest(table, fit, mid=1.0, risk_of_bias=bias, excluded=excluded)):
        assert_inside(figure)
        assert_apart(figure)
        shown = words(figure)
        for _, row in table[table["included"]].iterrows():
            assert row["label"].split()[0] in shown
            assert display.number(row["yi"]) in shown
        assert display.interval(fit.estimate, *fit.ci) in shown
        assert "favours LDN" in shown
        assert ("Bested" in shown) == (excluded != "")


def test_forest_squares_follow_the_weights(table, fit):
    figure = display.forest(table, fit)
    squares = [line.get_markersize() for line in figure.axes[0].lines if line.get_marker() == "s"]
    assert len(squares) == fit.k
    assert sorted(range(3), key=lambda i: squares[i]) == sorted(range(3), key=lambda i: fit.weights[i])


def test_forest_draws_what_the_fit_says(table, fit):
    figure = display.forest(table, fit)
    diamond = figure.axes[0].patches[0].get_xy()
    assert diamond[:, 0].min() == fit.ci[0]
    assert diamond[:, 0].max() == fit.ci[1]
    assert fit.estimate in diamond[:, 0]


def test_forest_of_one_study_has_no_diamond(table):
    one = table[table["study_id"] == "younger2013"]
    fit = models.pool(one["yi"].to_numpy(), one["vi"].to_numpy())
    for figure in both(display.forest(one, fit, mid=1.0)):
        assert not figure.axes[0].patches
        assert_inside(figure)
    assert display.forest(one, None).axes


def test_text_from_data_stays_text(table, fit):
    hostile = table.assign(label=HOSTILE, how_read=HOSTILE)
    svg = display.to_svg(display.forest(hostile, fit))
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg


def test_words_beside_a_plot_have_what_it_can_spare_where_that_makes_it_lower():
    """Labels or cells, whichever wrap: the plot gives no room that saves no line, and none that it needs."""
    look = rows.Look("Harm", ("Basis",), ("ratio",))
    label, cell = "Stopped for side effects, 12 weeks", "319/539 v 347/619"
    none, labels, cells = (
        rows.draw([rows.Row(name, 0.0, -1, 1, left=(of,), right=("1.05",))] * 3, look, 8.8)
        for name, of in (("Nausea", "4/49 v 3/50"), (label, "4/49 v 3/50"), ("Nausea", cell))
    )
    assert {len(figure.texts) for figure in (none, labels, cells)} == {len(none.texts)}
    assert none.get_figheight() == labels.get_figheight() == cells.get_figheight()
    crowded = rows.draw(
        [rows.Row(label, 0.0, -1, 1, left=("crossover", cell), right=("−0.55 [−0.99, −0.11]", "41.4%"))],
        rows.Look("Harm", ("Design", "Basis"), ("MD [95% CI]", "Weight")),
        6.5,
    )
    assert label not in {text.get_text() for text in crowded.texts}


def test_an_interval_beyond_the_axis_gets_an_arrow():
    row = rows.Row("wide", 0.0, -9, 9, mark="bar")
    look = rows.Look(limits=(-1, 1), favours=("", ""))
    figure = rows.draw([row], look, 8)
    assert {line.get_marker() for line in figure.axes[0].lines} >= {"<", ">"}


def test_a_long_name_of_the_axis_stays_on_a_phone():
    look = rows.Look(xlabel="difference, standard deviations of change " * 2, guide=3, guide_name="a name")
    for width in (8.8, 3.9):
        figure = rows.draw([rows.Row("one", 0.0, -1, 1, expected=2)], look, width)
        assert_inside(figure)
        low, high = figure.axes[0].get_xlim()
        assert low < -1 and high > 3


def test_refits(table, fit):
    used = table[table["included"]]
    yi, vi, labels = used["yi"].to_numpy(), used["vi"].to_numpy(), list(used["label"])
    without, growing = models.leave_one_out(yi, vi), models.cumulative(yi, vi)
    for figure in both(display.refitted(labels, without, head="Pool", whole=True, mid=1.0)):
        assert_inside(figure)
        assert "all studies" in words(figure)
        assert display.number(float(without.estimate[0])) in words(figure)
    for figure in both(display.refitted(labels, growing, head="So far")):
        assert_inside(figure)
        assert "no interval of this kind" in " ".join(words(figure).split())
        assert display.interval(fit.estimate, *fit.ci) in words(figure)


def test_intervals_mark_the_chosen_one():
    frame = pd.DataFrame(
        {"label": ["a", "b"], "estimate": [0, 1.0], "lower": [-1, 0.5], "upper": [1, math.nan]}
    )
    for figure in both(display.intervals(frame, marked=[False, True], mid=0.5)):
        assert_inside(figure)
        assert "b\xa0◂" in words(figure)


def test_sweep_and_flips():
    x = [0.0, 0.25, 0.5, 0.75, 1.0]
    low, high = [-1, -1, -1, 0.2, 0.2], [1, 1, 1, 1, 1]
    assert models.flips(x, low, high) == [0.625]
    assert models.flips(x, low, high, reference=-0.5) == [0.625]
    assert models.flips(x, [-1] * 5, [1] * 5) == models.flips(x, low, high, reference=0.5) == []
    drawn = display.sweep(
        x,
        [0.5] * 5,
        list(zip(low, high, strict=True)),
        xlabel="r",
        marks=[(0.9, "used")],
        turns=[0.625],
        mid=0.5,
    )
    for figure in both(drawn):
        assert_inside(figure)
        assert "flips at 0.62" in words(figure) or "flips at 0.63" in words(figure)


def test_curves():
    x = [i / 10 - 2 for i in range(41)]
    bell = [math.exp(-(v**2)) for v in x]
    shaded = display.density(
        x, [("mean", bell), ("new", bell)], mid=1, xlabel="x", shade=[(-2, 0, "relief 80%")]
    )
    for figure in [
        *both(shaded),
        *both(display.probabilities(x, [("p", bell)], xlabel="mid", marks=[(1, "1 point")])),
    ]:
        assert_inside(figure)
    assert "relief 80%" in words(shaded)


def test_pictures_of_the_evidence(ev):
    rob = ev.risk_of_bias.query("outcome == 'pain'").merge(ev.studies[["study_id", "label"]], on="study_id")
    lights = rob.query("judgement != 'not applicable'").assign(code=rob["domain"], domain=rob["domain_name"])
    figures = [
        studies.pictures.timeline(ev.studies),
        studies.pictures.timeline(ev.as_of(2009).studies),
        studies.pictures.traffic_light(lights),
        studies.pictures.traffic_light(lights.assign(label=HOSTILE + lights["label"])),
        studies.pictures.matrix(studies.outcome_matrix(ev), "study_id", "outcome", studies.STATES),
        studies.pictures.matrix(
            studies.review_matrix(ev).assign(label=lambda t: HOSTILE + t["label"]),
            "review",
            "label",
            {"later": ("×", "published later"), "unknown": ("?", "not known")},
        ),
    ]
    for figure in figures:
        for drawn in both(figure):
            assert_inside(drawn)
    assert "4.5 mg, n = 31" in words(figures[0])
    assert "high risk" in words(figures[2])


def test_lights_differ_in_symbol_and_in_colour():
    assert len({symbol for symbol, _, _ in style.BIAS.values()}) == len(style.BIAS)
    assert len({colour for _, colour, _ in style.BIAS.values()}) == len(style.BIAS)


def test_numbers_are_written_with_a_true_minus():
    assert display.number(-0.005, 2) in {"−0.01", "0.00"}
    assert display.number(-0.001, 2) == "0.00"
    assert display.number(-1.5, 1) == "−1.5"
    assert display.number(math.nan) == "–"
    assert display.interval(-0.34, -0.95, 0.27) == "−0.34 [−0.95, 0.27]"
    assert display.interval(-0.34, math.nan, math.nan) == "−0.34"


def test_wrap_keeps_every_word():
    text = "a very long label indeed that needs lines"
    lines = rows.wrap(text, 1.0)
    assert " ".join(lines) == text
    assert all(rows.text_width(line) <= 1.0 for line in lines)
    assert rows.wrap("", 1.0) == [""]


def test_method_names():
    assert display.method_name("REML", "hksj") == "REML, Hartung-Knapp interval"
    assert SimpleNamespace(**display.MEASURES).MD.endswith("0 to 10 scale")


STUDY = (
    "smith2027,smith2027,Smith et al. 2027,2027,10.0000/example,,,parallel,parallel,yes,double-blind,"
    "fibromyalgia,both,60,58,3,3,3,3 mg once daily,placebo,12,12,,,full text,,,\n"
)
OUTCOME = (
    "smith2027-pain-w12-ldn-placebo-difference-in-mean-change,smith2027,pain,pain NRS,0,10,points,lower,12,"
    "ldn-placebo,58,29,29,difference in mean change,-0.8,-1.9,0.3,,,,,,10.0000/example,"
    "Table 2 (favours LDN),full text,,\n"
)


def test_the_readmes_new_trial_is_in_the_forest_plot(tmp_path):
    root = Path(__file__).parents[2]
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert STUDY in readme.replace("   ", "")
    assert OUTCOME in readme.replace("   ", "")
    copy = shutil.copytree(root / "data", tmp_path / "data")
    for name, row in (("studies.csv", STUDY), ("outcomes.csv", OUTCOME)):
        with (copy / name).open("a", encoding="utf-8") as file:
            file.write(row)
    ev = evidence.load(copy)
    named = ev.findings[ev.findings["study_id"] == "smith2027"]
    # whoever follows the page is told of nothing but what its short example leaves out
    assert set(named["check"]) == {"pooled_is_judged", "value_unconfirmed"}
    table = contrasts.derive(ev, outcome="pain").table
    used = table[table["included"]]
    fit = models.pool(used["yi"].to_numpy(), used["vi"].to_numpy())
    shown = words(display.forest(table, fit))
    assert "Smith et al. 2027" in shown
    assert "−0.80 [" in shown
    assert 3.0 in set(evidence.doses_tested(ev.studies)["dose_mg"])


def test_the_readmes_picture_is_the_one_the_data_give(tmp_path):
    from ldn_analysis import refresh

    made = refresh.picture(tmp_path / "forest.svg").read_text(encoding="utf-8")
    assert made == refresh.PICTURE.read_text(encoding="utf-8"), "run: python -m ldn_analysis.refresh picture"


TURNED = ((-0.574, 1.430, 0.144), (0.426, 0.430, 0.144), (0.426, 1.430, -0.856))
"""CSS's hue-rotate(180deg) (W3C, Filter Effects Module Level 1, with cosine -1 and sine 0)."""


def contrast(one, other):
    """WCAG 2's contrast of two colours, channels from 0 to 1."""

    def luminance(colour):
        linear = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in colour)
        return sum(w * x for w, x in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def dark_paper():
    """The page in the dark, as the style sheet has it."""
    sheet = (Path(style.__file__).parents[1] / "render/templates/style.css").read_text(encoding="utf-8")
    assert "filter: invert(1) hue-rotate(180deg); mix-blend-mode: screen" in sheet
    return channels(re.search(r"prefers-color-scheme: dark\).*?--paper: (#\w{6})", sheet, re.DOTALL)[1])


def channels(colour):
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def in_the_dark(colour, paper):
    """What the style sheet makes of a figure's colour: turned in lightness, white becomes the page."""
    inverted = [1 - x for x in colour]
    turned = [min(1, max(0, sum(w * x for w, x in zip(row, inverted, strict=True)))) for row in TURNED]
    return [1 - (1 - x) * (1 - p) for x, p in zip(turned, paper, strict=True)]


@pytest.mark.parametrize("colour", [*style.COLOURS.values(), style.INK, style.MUTED, *style.MEANING.values()])
def test_a_colour_stands_out_in_the_dark_as_it_does_on_white(colour):
    paper, light = dark_paper(), channels(colour)
    dark = in_the_dark(light, paper)
    assert contrast(dark, paper) >= min(4.5, contrast(light, (1, 1, 1)))
    if colour != style.COLOURS["yellow"]:  # always outlined
        assert min(contrast(light, (1, 1, 1)), contrast(dark, paper)) >= 3, "a mark is hard to see"


@pytest.mark.parametrize("judgement", style.BIAS)
def test_the_symbol_of_a_light_is_read_in_the_dark_too(judgement):
    strong = studies.pictures.PALE
    light = [strong * x + 1 - strong for x in channels(style.BIAS[judgement][1])]
    paper, ink = dark_paper(), channels(style.INK)
    assert contrast(ink, light) >= 4.5
    assert contrast(in_the_dark(ink, paper), in_the_dark(light, paper)) >= 4.5


def test_a_band_says_what_it_means(table, fit):
    frame = pd.DataFrame({"label": ["one"], "estimate": [-0.2], "lower": [-1.5], "upper": [1.1]})
    for figure in (display.forest(table, fit, mid=1.0), display.intervals(frame, mid=1.0)):
        for drawn in both(figure):
            assert words(drawn).count(rows.SMALLER) == 1
    assert rows.SMALLER not in words(display.forest(table, fit))


def test_the_columns_of_a_board_bear_their_names():
    """Across or upright where they fit, on a phone too; else by number, with a key."""
    for k, keyed in ((4, False), (30, True)):
        names = [f"an outcome {'x' * (i % 3)}{i}" for i in range(k)]
        table = pd.DataFrame({"label": "Kim", "outcome": names, "state": "estimate"})
        drawn = studies.pictures.matrix(table, "label", "outcome", studies.STATES).narrow()
        assert ("1 an outcome 0" in words(drawn)) == keyed


def test_the_questions_on_bias_are_named_on_a_phone_and_the_key_stands_above_the_lights(ev):
    rob = ev.risk_of_bias.query("outcome == 'pain' and judgement != 'not applicable'")
    rob = rob.assign(code=rob["domain"], domain=rob["domain_name"]).merge(ev.studies[["study_id", "label"]])
    for drawn in both(studies.pictures.traffic_light(rob)):
        display.to_png(drawn, 60)
        texts = {t.get_text(): t.get_window_extent() for axes in drawn.axes for t in axes.texts}
        named = {" ".join(text.split()): box for text, box in texts.items()}
        heads = {"all together" if name == "overall" else name for name in rob["domain"]}
        assert heads <= set(named), set(named)
        boxes = [named[head] for head in heads]
        assert not any(a.overlaps(b) for a, b in combinations([box.padded(-1) for box in boxes], 2))
        assert min(box.y1 for text, box in texts.items() if "low risk" in text) > max(b.y1 for b in boxes)


def test_what_is_alone_has_no_key(ev, table):
    blind = ev.studies[(ev.studies["randomised"] == "yes") & (ev.studies["blinding"] == "double-blind")]
    assert "other design" in words(studies.pictures.timeline(ev.studies))
    assert "other design" not in words(studies.pictures.timeline(blind))
    one = table[table["study_id"] == "younger2013"]
    fit = models.pool(one["yi"].to_numpy(), one["vi"].to_numpy())
    for figure in both(display.forest(one, fit)):
        assert "eight" not in words(figure), "a trial alone has no weight"
