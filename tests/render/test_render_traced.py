"""Numbers lead to the result or the line of a table that they are, and to nothing else."""

import re

import pytest

from ldn_analysis import html
from ldn_analysis.render.numerals import numbers_in
from ldn_analysis.render.recorded import facts_of
from ldn_analysis.render.traced import Part, Sources, read_part

TABLE = (
    '<table><tr><th><a href="#prov-note-1">Trial</a></th><td>12.3</td><td>47</td></tr></table>'
    '<details class="ldn-source"><summary>1. Table: Trial</summary><ul id="prov-note-1"><li>row</li></ul>'
    "</details>"
)


@pytest.fixture
def sources():
    titles = {}
    first = Part("answer", "Answer", results=[
        {"name": "pain.estimate", "value": -0.2153, "lower": -1.4979, "upper": 1.0672, "unit": "NRS points"},
        {"name": "pain.n", "value": 223, "unit": ""},
        {"name": "pain.p_beyond", "value": 0.0107, "unit": "", "text": "probability of relief"},
    ])  # fmt: skip
    second = Part("trials", "Trials", results=[{"name": "pain.k", "value": 3, "unit": ""}])
    read_part(second, [TABLE], titles)
    return Sources([first, second], titles)


def links(part):
    return re.findall(r'href="#([^"]+)"[^>]*>([^<]+)<', html.finished(part))


def test_years_levels_scales_and_identifiers_are_no_results():
    text = "By 2016, 95% of 10 on a 0 to 10 scale (10.1002/art.37734, COVID-19, 9 in 100): −0.22, 1,200"
    assert [found.group(0) for found in numbers_in(text)] == ["10", "9", "−0.22", "1,200"]


def test_a_sentence_leads_to_its_results_whatever_the_sign_and_rounding(sources):
    said = sources.linked("0.22 lower (1.50 lower to 1.07 higher) in 223 people; −0.215; 1%", 0, whole=True)
    found = [(text, name) for name, text in links(said)]
    assert found == [
        ("0.22", "result-pain-estimate"), ("1.50", "result-pain-estimate"), ("1.07", "result-pain-estimate"),
        ("223", "result-pain-n"), ("−0.215", "result-pain-estimate"), ("1%", "result-pain-p-beyond"),
    ]  # fmt: skip


def test_what_is_counted_in_something_else_is_no_result(sources):
    assert links(sources.linked("1.5 mg for 1.07 weeks in 3 people beyond 1 point", 1, whole=True)) == []
    assert links(sources.linked("3 trials", 1)) == [("result-pain-k", "3")]
    assert links(sources.linked("3 trials", 0)) == []  # whole numbers only in their own part


def test_a_number_of_a_table_leads_to_its_line(sources):
    assert links(sources.linked("it was 12.3 there", 1)) == [("prov-note-1", "12.3")]
    assert links(sources.linked("it was 12.3 there", 0)) == []  # elsewhere it is another 12.3


def test_the_same_digits_elsewhere_are_no_source():
    """Found on the pages: a spread of 0.71 led to a risk ratio, 0.5 points to a share of 0.463."""
    first = Part("a", "A", results=[{"name": "share", "value": 0.463}, {"name": "ratio", "value": 0.706}])
    third = Part("c", "C", results=[{"name": "one", "value": 4.321}, {"name": "other", "value": 4.321}])
    found = Sources([first, Part("b", "B"), third], {})
    assert links(found.linked("0.5 and 0.71 and 0.4631", 1)) == []
    assert links(found.linked("0.706 and 46%", 1)) == [("result-ratio", "0.706")]
    assert links(found.linked("0.5, 0.46 and 46%", 0)) == [("result-share", "0.46"), ("result-share", "46%")]
    assert links(found.linked("4.321", 1)) == []  # two results print so


def test_only_sentences_are_rewritten_and_captions_lead_to_their_part(sources):
    page = (
        '<h3>0.215</h3><p>0.215 &amp; <a href="#x">0.215</a> <code>0.215</code></p>'
        '<table><tr><td>0.215</td></tr></table><figure><img src="data:,x" alt="0.215">'
        "<figcaption>Mean 0.215.</figcaption></figure><figure><img></figure>"
    )
    made = sources.rewrite(page, 1)
    assert made.count('class="n"') == 2
    assert "<h3>0.215</h3>" in made and "<td>0.215</td>" in made and 'alt="0.215"' in made and "&amp;" in made
    assert made.count('<a href="#sources-trials">Sources</a>') == 2
    assert sources.rewrite('<figcaption><a href="#y">Sources</a></figcaption>', 1).count("Sources") == 1


def test_every_result_and_part_is_listed_once_with_what_it_was_made_from(sources):
    listed = sources.listed()
    for name in (
        "result-pain-estimate",
        "result-pain-n",
        "result-pain-k",
        "sources-answer",
        "sources-trials",
    ):
        assert listed.count(f'id="{name}"') == 1
    assert "−0.215 (−1.498 to 1.067) NRS points" in listed
    assert listed.count('href="#prov-note-1"') == 3  # each part's list, and the result of its part
    assert Sources([Part("answer", "Answer")], {}).listed() == ""


def test_a_result_leads_to_its_own_note_else_to_those_of_its_part():
    """Two activations from a number to the note that names the rows."""
    titles = {}
    part = Part("trials", "Trials", results=[
        {"name": "one", "value": 1.25, "source": "prov-note-1"}, {"name": "other", "value": 2.25},
        {"name": "lost", "value": 3.25, "source": "prov-note-9"},
    ])  # fmt: skip
    read_part(part, [TABLE, TABLE.replace("note-1", "note-2")], titles)
    listed = Sources([part], titles).listed()

    def behind(name):
        said = listed.partition(f'id="result-{name}"')[2].partition("</li>")[0]
        return re.findall(r'href="#([^"]+)"', said)

    assert behind("one") == ["prov-note-1"]
    assert behind("other") == behind("lost") == ["prov-note-1", "prov-note-2"]


def test_text_stays_text(sources):
    made = sources.rewrite("<p>&lt;script&gt; 0.22</p>", 0)
    assert "<script" not in made and "&lt;script&gt;" in made
    code = "<li><script>if (a < 0.22 && b) c()</script><style>p > a {top: 0.22px}</style>0.22</li>"
    made = sources.rewrite(code, 0, result=True)
    assert code[: code.rindex("0.22<")] in made.replace("<span>", "")
    assert 'class="n">0.22</a></span></li>' in made


def test_what_a_result_says_leads_on_even_where_nothing_was_recorded(sources):
    said = "<p>7.7 points</p><figure><figcaption>8.8</figcaption></figure>"
    assert '<a href="#sources-trials" class="n">7.7</a>' in sources.rewrite(said, 1, result=True)
    assert 'class="n">8.8' not in sources.rewrite(said, 1, result=True)  # its caption leads on for all of it
    assert 'class="n"' not in sources.rewrite(said, 1)  # prose may define
    mark = '<p><span aria-hidden="true">7.7</span> 9.9</p>'  # a mark that nobody hears is no link
    assert re.findall(r'class="n">([^<]+)', sources.rewrite(mark, 1, result=True)) == ["9.9"]
    assert 'class="n"' not in sources.rewrite("<p>7.7</p>", 0, result=True)  # a part without sources


def test_a_card_leads_to_its_own_note():
    titles, part = {}, Part("claims", "Claims")
    card = '<section id="card-{0}"><p>{0}.5 of them</p><a href="#prov-note-{0}">Where from</a></section>'
    notes = '<details><summary>{0}. Claim</summary><ul id="prov-note-{0}"><li>row</li></ul></details>'
    read_part(part, ["".join(shape.format(number) for shape in (card, notes)) for number in (1, 2)], titles)
    made = Sources([part], titles).rewrite("".join(card.format(number) for number in (1, 2)), 0, result=True)
    assert '<a href="#prov-note-1" class="n">1.5</a>' in made
    assert '<a href="#prov-note-2" class="n">2.5</a>' in made


def test_a_number_within_a_source_leads_nowhere_else():
    """Found on the pages: each number of a chain led to its last row, each of a row back to the list."""
    chain = (
        '<details class="ldn-provenance"><summary>Trial: pain</summary><section id="prov-trial-pain"><ol>'
        '<li>10.8 <a href="#prov-note-1">row</a></li><li>0.016 <a href="#prov-note-2">row</a></li>'
        "</ol></section></details>"
    )
    trail = chain + TABLE + TABLE.replace("note-1", "note-2").replace("row", "7.5 points")
    titles, part = {}, Part("sources", "Where from", results=[{"name": "one", "value": 10.8}])
    read_part(part, [trail], titles)
    sources = Sources([part], titles)
    assert 'class="n"' not in sources.rewrite(trail, 0, result=True)
    assert '<a href="#result-one" class="n">10.8</a>' in sources.rewrite("<p>10.8</p>", 0, result=True)


def test_people_that_an_answer_counts_are_not_counted_again_under_it():
    given = {"sentence": "In three trials (223 people) pain was lower.", "certainty": "low", "k": 3, "n": 223}
    assert facts_of(given) == "How sure? Unsure (GRADE: low)."
    assert facts_of({**given, "n": 1022}).endswith("3 studies, 1,022 people.")
