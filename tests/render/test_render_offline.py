"""A page asks for nothing: its elements and styles are looked at, never its words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldn_analysis.render.offline import fetched

QUIET = [
    "<p>a note that holds url(https://example.org/x) and @import 'x' and <b>src=a.png</b></p>",
    '<img alt="with src=a.png and url(//example.org/y)" src="data:image/png;base64,AA==">',
    '<a href="https://doi.org/10.1000/1">a link is followed, not fetched</a>',
    "<details><summary>Show code</summary><pre>&lt;img src=x.png&gt; @import url(z)</pre></details>",
    "<style>/* url(https://example.org/z) */ p { background: url(data:image/png;base64,AA==) }</style>",
    '<svg><use href="#here"/><path style="fill: url(#shade)"/></svg>',
    "<script>const words = 'src=\"https://example.org\"';</script>",
    '<picture><source srcset="data:image/svg+xml;base64,AA=="><img alt="" src="data:,"></picture>',
]
ASKING = [
    '<img src="https://example.org/a.png">',
    "<img src=a.png>",
    "<IMG SRC='//example.org/a.png'>",
    '<img srcset="a.png 2x">',
    '<script src="https://cdn.example.org/x.js"></script>',
    '<link rel="stylesheet" href="x.css">',
    '<base href="https://example.org/">',
    '<iframe src="x.html"></iframe>',
    '<object data="x.svg"></object>',
    '<video poster="x.png"></video>',
    '<body background="x.png">',
    '<svg><image xlink:href="x.png"/></svg>',
    '<svg><use href="x.svg#a"/></svg>',
    '<p style="background: url(x.png)">',
    "<p style='background: URL( \"https://example.org/x\" )'>",
    "<style>p { background: url('x.png') }</style>",
    "<style>@import 'x.css';</style>",
    "<style>@import url(x.css);</style>",
    '<meta http-equiv="refresh" content="0; url=https://example.org">',
]


@pytest.mark.parametrize("html", QUIET)
def test_words_ask_for_nothing(html):
    assert fetched(html) == []


@pytest.mark.parametrize("html", ASKING)
def test_an_element_or_style_that_asks_is_named(html):
    found = fetched(f"<!DOCTYPE html><title>t</title>{html}<p>more</p>")
    assert len(found) == 1 and "<" in found[0]


@given(st.text(max_size=300))
def test_any_text_that_is_escaped_asks_for_nothing(text):
    from markupsafe import escape

    assert fetched(f'<p>{escape(text)}</p><img alt="{escape(text)}" src="data:,">') == []
