"""What a reader meets on the rendered site: words, answers, alt texts, titles, numbers and their sources."""

import json
import re
from collections import Counter

import pytest
from pages import Page, grade

pytestmark = pytest.mark.browser

MOST_WORDS, SUMMARY_WORDS, INDEX_WORDS = 14_000, 450, 250
ANSWER_WORDS, ANSWER_GRADE, ALT_WORDS = 40, 12.0, 40
LED = 0.95
HYPHEN = re.compile(r"(?<![\w.,/:=#&\-–−])-(?=\.?\d)")
MACHINE = re.compile(
    r"\b[a-z]+\d*(?:_[a-z0-9]+)+\b|\b\w+\.(?:csv|py|ipynb|ya?ml|json)\b|\bnan\b|\bNaN\b|\binf\b|^(?:None|True|False)$"
    r"|(?<!-of-)(?<!\S)1 (?:studies|trials|participants|reports|people|patients|designs|points|weeks)\b"
    r"|\b\d+\.0 (?:weeks?|days?|years?|people|of)\b"
)
"""Column and file names, Python's words for nothing, "1 studies", "12.0 weeks"."""

SAID_AGAIN = {
    "02_pain": (r"In \w+ trials \(\d+ people\) pain .*?\(.*?\)\.", r"Relief beyond .*? before data\)"),
    "05_dosing": (r"Only .*? dose against dose",),
    "06_safety": (r"[\d.]+ times as often", r"\w+ serious event in \d+ people", r"up to [\d.]+ in 100"),
    "09_next_trial": (r"A trial that randomises .*?power\)",),
}  # fmt: skip
"""What the summary states, by the report that states it in the same words and digits."""


@pytest.fixture(scope="session")
def site(reports):
    """Every rendered page by name, the checklist and the page for one's own analysis left out."""
    paths = [path for path in sorted(reports.glob("*.html")) if "=" not in path.stem]
    return {path.stem: Page(path) for path in paths if path.stem not in ("checklist", "explore")}


def of_primary(site):
    """The index and the reports under the primary choices."""
    return {stem: page for stem, page in site.items() if "--" not in stem}


def test_words(site):
    """Prints the words of each page that are seen with its folds closed."""
    words = {stem: page.words for stem, page in of_primary(site).items()}
    print(
        *(f"{stem:<24}{count:>6} words" for stem, count in words.items()), f"{sum(words.values())}", sep="\n"
    )
    assert sum(words.values()) <= MOST_WORDS
    assert words["00_dosing_question"] <= SUMMARY_WORDS
    assert site["index"].words_before("ul") <= INDEX_WORDS


def test_answers_are_short_and_plain(site, reports):
    answers = {
        stem: json.loads((reports / f"{stem}.json").read_text(encoding="utf-8"))["answer"]["sentence"]
        for stem in site if stem != "index"
    }  # fmt: skip
    assert {stem: text for stem, text in answers.items() if len(text.split()) > ANSWER_WORDS} == {}
    assert {stem: grade(text) for stem, text in answers.items() if grade(text) > ANSWER_GRADE} == {}


def test_the_summary_says_what_the_reports_say(site):
    summary = " ".join(site["00_dosing_question"].texts())
    for stem, patterns in SAID_AGAIN.items():
        there = " ".join(site[stem].texts())
        for pattern in patterns:
            said = re.search(pattern, summary)
            assert said and said.group(0) in there, (stem, pattern)


def test_alt_texts_are_short(site):
    long = [alt for page in site.values() for image in page.images
            if len((alt := image.attrs.get("alt", "")).split()) > ALT_WORDS]  # fmt: skip
    assert long == []


def test_one_minus_sign_and_no_machine_words(site):
    """In visible and folded text, alt texts, and what is drawn."""
    found = [
        f"{stem}: {hit.group(0)!r} in {text[max(0, hit.start() - 30) : hit.end() + 30]!r}"
        for stem, page in site.items()
        for text in page.texts()
        for pattern in (HYPHEN, MACHINE)
        for hit in pattern.finditer(text)
    ]
    assert found == []


def test_every_figure_has_a_title_and_a_way_to_its_sources(site):
    figures = [(stem, figure) for stem, page in site.items() for figure in page.root.find("figure")]
    assert len(figures) > 30
    assert [f"{stem} {figure.attrs.get('id')}" for stem, figure in figures if not figure.titled] == []
    without = [f"{stem} {figure.attrs.get('id')}" for stem, figure in figures if not figure.sources]
    assert without == []


def test_a_figure_leads_to_sources_of_its_own(site):
    """Not to all those of its page, where no table or result of its part has any."""
    lost = [
        f"{stem} {figure.attrs.get('id')}"
        for stem, page in site.items()
        for figure in page.root.find("figure")
        for to in figure.sources
        for there in page.root.walk()
        if there.attrs.get("id") == to[1:] and there.text.startswith("From among these sources")
    ]
    assert lost == []


def test_links_have_ends(site):
    for stem, page in site.items():
        for to in page.links:
            there, _, place = to.partition("#")
            if there in ("", *(f"{other}.html" for other in site)) and place:
                assert place in site[there.removesuffix(".html") or stem].ids, f"{stem}: {to}"


def test_numbers_lead_to_their_sources(site):
    """At least 95% of those in sentences, in tables and in figures (`Page.numbers` has the rule)."""
    all_of, led = Counter(), Counter()
    for stem, page in site.items():
        here = list(page.numbers())
        counts = {kind: [n.led for n in here if n.kind == kind] for kind in ("sentence", "table", "figure")}
        print(f"{stem:<44}" + "".join(f"{kind} {sum(of)}/{len(of)}  " for kind, of in counts.items()))
        print(*(f"    not led: {n.kind} {n.text}: {n.around}" for n in here if not n.led), sep="\n")
        for kind, of in counts.items():
            all_of[kind] += len(of)
            led[kind] += sum(of)
    assert sum(led.values()) / sum(all_of.values()) >= LED
    assert {kind: led[kind] / all_of[kind] for kind in all_of if led[kind] < LED * all_of[kind]} == {}
