"""The measure of what a reader meets, on a page whose numbers are known."""

import pytest
from pages import Page, grade

PAGE = """<body><nav>Contents 9</nav><main><p>Seen <a class="n" href="#result-x">1.5</a> and 2.5.</p>
<details><summary>More</summary><p>Folded words 3.5 <a href="#sources-x">Sources</a></p></details>
<ul><li>One, 4.5</li></ul>
<table><tr><th><a href="#prov-note-1">Line</a></th><td>5.5</td></tr><tr><th>Line</th><td>6.5</td></tr></table>
<figure><p class="ldn-figure-title">At 7.5</p>
<figcaption>8.5 <a href="#sources-x">Sources</a></figcaption></figure>
<details class="ldn-results"><summary>Results</summary>10.5</details>
<p>By 2016, 95% of 10 on a 0 to 10 scale since 3 May 2020</p></main></body>"""


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(PAGE, encoding="utf-8")
    return Page(path)


def test_words_are_those_that_are_seen(page):
    assert page.words == 4 + 1 + 2 + 4 + 4 + 15
    assert page.words_before("ul") == 5


def test_a_number_leads_on_by_itself_its_line_or_its_caption(page):
    led = {number.text: number.led for number in page.numbers()}
    assert led == {
        "1.5": True, "2.5": False, "3.5": True, "4.5": False, "5.5": True, "6.5": False, "7.5": True,
        "8.5": True, "10": False,
    }  # fmt: skip


def test_reading_grades_are_those_of_the_formula():
    assert grade("The cat sat on the mat.") == pytest.approx(
        -1.45
    )  # by hand: 6 words, 6 syllables, 1 sentence
    assert grade("We do not know.") < grade("Heterogeneity precludes interpretation of the estimates.")
