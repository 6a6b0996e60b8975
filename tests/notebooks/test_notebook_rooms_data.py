"""The reports on thresholds, responders and safety run and read rightly on other data and at every edge."""

import re
from pathlib import Path

import made_up
import nbformat
import pytest
from told_notebooks import tell

from ldn_analysis import evidence
from ldn_analysis.questions.parameters import parameters_class

pytestmark = pytest.mark.slow

NAMES = ("03_thresholds", "04_responders", "06_safety")
FOLDER = Path(__file__).parents[2] / "notebooks"
SMALL = {"04_responders": {"draws": 50, "r_draws": 1000}}
ODD = re.compile(r"\bnan\b|\bNone\b|\binf\b|\b1 (studies|trials|people)\b|\bone (trials|tests)\b|None at mg")


def spoken(name, ev=None, **choices):
    """Words and records of a notebook, checked for what no page may say."""
    told = tell(name, ev, **{**SMALL.get(name, {}), **choices})
    text, words, recorded = told.text, told.words, told.recorded
    assert not ODD.search(text), ODD.search(text)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*", key) for key in recorded), list(recorded)
    answer = next(word for word in words if word.strip().endswith(".") and len(word.split()) > 3)
    return text, recorded, answer


def edges(name):
    """All numbers at their lower end, all at their upper end, and each word of a choice in turn."""
    fields = {
        key: field
        for key, field in parameters_class(name).__dataclass_fields__.items()
        if key not in ("as_of", "r_draws", "draws", "seed")
    }
    for end in ("low", "high"):
        yield {k: f.metadata[end] for k, f in fields.items() if f.metadata.get(end) is not None}
    for key, field in fields.items():
        yield from ({key: word} for word in field.metadata.get("choices", ()) if word == "abstract")


@pytest.mark.parametrize("year", [1990, 2013])
@pytest.mark.parametrize("name", NAMES)
def test_as_of(name, year):
    text, recorded, _ = spoken(name, as_of=year)
    if name == "03_thresholds":
        assert ("thresholds.pressure" in recorded) == (year >= 2025)
        if year < 2009:
            assert "No randomised trial of a low dose gives an estimate." in text
    if name == "04_responders":
        assert recorded["responders.k"] == (0 if year < 2024 else 1)
        if year < 2013:
            assert "We cannot tell: no trial known here" in text
    if name == "06_safety" and year < 2013:
        assert "Serious events: no count is known to us." in text


@pytest.mark.parametrize("name", NAMES)
def test_edges_of_every_parameter(name):
    for choices in edges(name):
        spoken(name, **choices)


SHAPES = ("none, a case", "two, opposite", "fifteen, long labels")


def shapes():
    known = made_up.names()
    assert set(SHAPES) <= set(known)
    return SHAPES


@pytest.fixture
def data_of(tmp_path):
    """The evidence of a folder, in place of the project's own."""

    def load(name):
        return evidence.load(made_up.write(tmp_path / "data", name))

    return load


@pytest.mark.parametrize("shape", shapes())
def test_made_up_data(shape, data_of):
    seen = data_of(shape)
    for name in NAMES:
        spoken(name, seen)


def without(ev, **empty):
    """The evidence without some rows: a mask of those kept by table."""
    import dataclasses

    tables = {**ev.tables}
    for name, keep in empty.items():
        tables[name] = tables[name][keep(tables[name])]
    return dataclasses.replace(ev, tables=tables)


RESPONSES = "pain response"
CASES = {
    "no events at all": {"events": lambda t: t["event"] == ""},
    "one trial counts": {"events": lambda t: t["study_id"] == "final2024"},
    "no thresholds": {"outcomes": lambda t: t["domain"] != "pain threshold"},
    "no pain": {"outcomes": lambda t: t["domain"] != "pain", "events": lambda t: t["event"] == ""},
    "no syntheses, benchmarks or reports of stopping": {
        "published_syntheses": lambda t: t["outcome"] == "",
        "responder_benchmarks": lambda t: t["unit"] == "",
        "discontinuation": lambda t: t["label"] == "", "pilot_participants": lambda t: t["participant"] < 0,
    },
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_missing_is_said(case):
    seen = without(evidence.load(), **CASES[case])
    for name in NAMES:
        text, _, _ = spoken(name, seen)
        assert "no effect" not in text


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_nobody_or_everybody_responds(share):
    import dataclasses

    ev = evidence.load()
    events = ev.events
    counted = events["event"].str.startswith(RESPONSES) & events["n"].notna()
    events.loc[counted, "events"] = share * events.loc[counted, "n"]
    seen = dataclasses.replace(ev, tables={**ev.tables, "events": events})
    text, recorded, _ = spoken("04_responders", seen)
    assert recorded["responders.k"] == 2
    assert ("Nobody in two trials had relief" in text) == (share == 0)


SYLLABLE = re.compile(r"[aeiouy]+")


def grade(text):
    """Flesch and Kincaid's grade, with syllables as groups of vowels (a silent e at the end is none)."""
    sentences = max(1, len(re.findall(r"[.?!](?:\s|$)", text)))
    words = re.findall(r"[A-Za-z]+", text)
    beats = sum(max(1, len(SYLLABLE.findall(re.sub(r"e$", "", w.lower())))) for w in words)
    return 0.39 * len(words) / sentences + 11.8 * beats / len(words) - 15.59


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("choices", [{}, {"as_of": 2024}], ids=str)
def test_answers_are_short_and_plain(name, choices):
    told = tell(name, **{**SMALL.get(name, {}), **choices})
    answer = told.answer
    assert len(answer["sentence"].split()) <= 40
    assert len(answer["short"].split()) <= 20
    assert grade(answer["sentence"]) <= 12, answer["sentence"]
    for alt in told.alt.values():
        assert len(alt.split()) <= 45, alt


def test_the_prose_of_the_notebooks_names_no_trial_and_no_dose():
    for name in NAMES:
        cells = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4).cells
        prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        assert not re.search(r"FINAL|INNOVA|Younger|\d mg\b|\b(two|three|four) trials", prose), name
