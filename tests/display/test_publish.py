"""Figures come with words, with the same bytes each time, and leave nothing open."""

import hashlib
import re
import sys
from io import BytesIO

import pytest

from ldn_analysis import display
from ldn_analysis.display import show as show_name
from ldn_analysis.display.style import NARROW, WIDE, new_figure, responsive, theme
from ldn_analysis.errors import InputError

module = sys.modules["ldn_analysis.display.publish"]
ALT = "Three trials; the mean lies at −0.22 points."


@responsive
def line(width):
    figure, axes = new_figure(width, 2)
    axes.plot([0, 1], [1, 2])
    axes.set_title("<b>pain</b> & sleep")
    return figure


@pytest.fixture
def emitted(monkeypatch):
    bundles = []
    monkeypatch.setattr(
        "IPython.display.display", lambda data, metadata, **_: bundles.append((data, metadata))
    )
    return bundles


@pytest.mark.parametrize(
    "alt", ["", "   ", "forest plot", "Figure", "plot 1:", None, 3, "A graph of a plot."]
)
def test_alt_is_required_and_says_something(alt, emitted):
    with pytest.raises(InputError, match="alt is"):
        show_name(line(), alt=alt)
    assert not emitted


def test_alt_name_and_caption_are_in_the_output_and_escaped(emitted):
    show_name(line(), alt=ALT + ' "quoted" <i>', name="mean", caption="<script>alert(1)</script>")
    data, metadata = emitted[0]
    assert metadata["alt"] == ALT + ' "quoted" <i>'
    assert metadata["name"] == "mean"
    assert metadata["image/svg+xml"]["alt"] == metadata["alt"]
    assert data["text/plain"].startswith("Figure: Three trials")
    assert "<script" not in data["text/html"]
    assert "&quot;quoted&quot; &lt;i&gt;" in data["text/html"]
    assert data["text/html"].count('class="narrow"') == data["text/html"].count(" hidden") == 1
    assert 'id="figure-mean"' in data["text/html"]
    assert "http" not in data["text/html"]
    assert "&lt;b&gt;pain&lt;/b&gt; &amp; sleep" in data["image/svg+xml"]


def test_same_figure_same_bytes():
    first, second = (hashlib.sha256(display.to_svg(line(), "x").encode()).hexdigest() for _ in range(2))
    assert first == second
    assert display.to_png(line(), 50) == display.to_png(line(), 50)
    text = display.to_svg(line(), "x")
    assert "dc:date" not in text
    assert "Matplotlib" not in text


def test_an_svg_has_the_layout_that_savefig_gives_and_leaves_the_figure_as_it_was():
    figure = line()
    canvas, before = figure.canvas, display.to_png(line(), 50)
    text = display.to_svg(figure, "x")
    assert (figure.canvas, figure.dpi) == (canvas, 96)
    assert display.to_png(figure, 50) == before
    with theme():
        line().savefig(whole := BytesIO(), format="svg")
    numbers = [
        re.findall(r"-?\d+\.\d+", re.sub(r"(?s)<metadata>.*</metadata>", "", svg[svg.index("<svg") :]))
        for svg in (text, whole.getvalue().decode())
    ]
    assert numbers[0] == numbers[1]


def test_narrow_version_is_as_wide_as_a_phone():
    figure = line()
    assert figure.get_size_inches()[0] == WIDE
    assert figure.narrow().get_size_inches()[0] == NARROW
    assert not hasattr(figure.narrow(), "narrow")


def test_theme_leaves_the_readers_settings_alone():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    display.to_svg(line())
    assert dict(mpl.rcParams) == before


def test_a_pyplot_figure_is_closed(emitted):
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, _ = plt.subplots()
    show_name(figure, alt=ALT)
    assert not plt.get_fignums()
    assert len(emitted) == 1


def test_save_knows_two_kinds(tmp_path):
    assert display.save(line(), tmp_path / "a.svg").read_text().startswith("<svg")
    assert display.save(line(), tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(InputError, match="pdf"):
        display.save(line(), tmp_path / "a.pdf")
