"""The loader of candidate designs: what is written is what is read, and what is wrong is refused by name."""

from pathlib import Path

import pytest

from ldn_analysis.errors import InputError
from ldn_analysis.questions.next_trial.designs import MOST_BYTES, read_designs

FILE = Path(__file__).parents[3] / "reports" / "designs.yml"
GOOD = """
plain:
  title: 4.5 mg against placebo
  kind: parallel
  arms: [{dose: 0, people: 50}, {dose: 4.5, people: 60}]
cross:
  title: crossover
  kind: crossover
  arms: [{dose: 0}, {dose: 4.5, schedule: twice}]
  people: 30
  weeks: [4, 8]
  washout_weeks: 2
  carryover: 0.1
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "designs.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_projects_file_holds_the_designs_that_were_asked_for() -> None:
    designs = read_designs(FILE)
    assert len(designs) >= 14
    assert {d.kind for d in designs.values()} == {
        "parallel", "crossover", "n-of-1", "up-and-down", "drop-losers", "response-adaptive",
    }  # fmt: skip
    twice = designs["twice-daily"]
    assert [(a.dose, a.schedule) for a in twice.arms] == [(0, "once"), (4.5, "once"), (4.5, "twice")]
    washouts = [designs[f"crossover-{name}"].washout_weeks for name in ("no-washout", "washout")]
    assert washouts == [0, 4]
    assert all(d.source for name, d in designs.items() if name.startswith(("repeat", "registered")))


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    designs = read_designs(write(tmp_path, GOOD))
    plain, cross = designs["plain"], designs["cross"]
    assert plain.people == 110
    assert plain.doses == (0, 4.5)
    assert plain.sd is None
    assert (cross.weeks, cross.washout_weeks, cross.carryover, cross.people) == ((4, 8), 2, 0.1, 30)
    assert cross.arms[1].label == "4.5 mg, in two parts"


def test_the_square_root_rule_gives_placebo_the_root_of_the_number_of_doses() -> None:
    arms = read_designs(FILE)["five-arms-square-root"].arms
    assert arms[0].people == pytest.approx(2 * arms[1].people, abs=1)
    assert sum(a.people for a in arms) == pytest.approx(200, abs=2)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("title: 4.5 mg", "title: 3 and 4.5 mg", "no arm has 3 mg"),
        ("dose: 4.5, people", "dose: 45, people", "no arm has 4.5 mg"),
        ("title: crossover", "title: 4.5 mg against Placebo", "has the title of 'plain'"),
        (
            "cross:",
            "other: {title: two, kind: parallel, arms: [{dose: 0, people: 50}, {dose: 4.5, people: "
            "60}]}\ncross:",
            "has the content of 'plain'",
        ),
        ("people: 60", "pepole: 60", "'pepole' is not known here: did you mean 'people'"),
        ("people: 60", "people: -60", "arm 2: people is -60: must be a whole number from 1"),
        ("people: 60", "people: 6.5", "people is 6.5: must be a whole number"),
        ("people: 60", "people: true", "people is True"),
        ("dose: 4.5, people", "dose: 50.1, people", "dose is 50.1: must be a number from 0 to 50"),
        ("people: 60", "people: yes", "people is 'yes'"),
        ("people: 60", "people: 1:30", "people is '1:30'"),
        ("people: 60", "people: 6_0", "people is '6_0'"),
        ("dose: 4.5, people", "dose: .nan, people", "dose is '.nan': must be a number"),
        ("dose: 4.5, people", "dose: 1e400, people", "1e400 is too large"),
        ("dose: 4.5, people", "dose: 0, schedule: twice, people", "same dose and schedule"),
        (
            "{dose: 0, people: 50}, {dose: 4.5, people: 60}]",
            "{dose: 0}, {dose: 3}]\n  people: 1\n  allocation: equal",
            "people is 1: must be at least 2, one in each arm",
        ),
        ("dose: 4.5, people", "dose: -1, people", "dose is -1"),
        ("dose: 4.5, people", "dose: 0, people", "same dose and schedule"),
        ("[{dose: 0, people: 50}, {dose: 4.5, people: 60}]", "[{dose: 0, people: 50}]", "2 to 10 arms"),
        ("kind: parallel", "kind: paralel", "kind is 'paralel': must be one of parallel"),
        ("kind: parallel", "kind: [parallel]", "must be one of parallel"),
        ("schedule: twice", "schedule: thrice", "must be one of once, twice"),
        ("weeks: [4, 8]", "weeks: [4]", "weeks has 1 lengths: must have 2"),
        ("weeks: [4, 8]", "weeks: 4", "weeks is 4: must be a list"),
        ("  people: 30\n", "", "people is missing"),
        ("carryover: 0.1", "carryover: 0.1\n  carryover: 0.2", "line 14: 'carryover' is given twice"),
        ("cross:", "plain:", "'plain' is given twice"),
        ("cross:", "Cross over:", "a name is lower-case"),
        ("arms: [{dose: 0}", "arms: &a [{dose: 0}", "anchors and aliases (& and *) are not allowed"),
        ("title: crossover", "title: ''", "must be text on one line"),
        ("carryover: 0.1", "carryover: 0.1\n  dropout: 1", "dropout is 1"),
        ("{dose: 0, people: 50}", "{dose: 0}", "give people in every arm"),
        ("{dose: 0, people: 50}", "[0, 50]", "arm 1: must have a dose"),
        ("{dose: 0, people: 50}", "{dose: 9, people: 50}", "the lowest dose must come first"),
        ("title: crossover", "title: [crossover", "line"),
        (
            "  people: 30",
            "  order: fixed\n  people: 30",
            "order is fixed: it takes placebo (dose 0), then one dose",
        ),
        (
            "  people: 30",
            "  order: random\n  people: 30",
            "order is 'random': must be one of balanced, fixed",
        ),
        ("title: crossover", "title: !!python/object:os.system x", "line 7: tags (!) are not allowed"),
    ],
)
def test_what_is_wrong_is_refused_by_name(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert GOOD.count(old) >= 1
    with pytest.raises(InputError) as refused:
        read_designs(write(tmp_path, GOOD.replace(old, new, 1)))
    assert words in str(refused.value)
    assert str(refused.value).startswith("designs.yml")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "must be names and their values"),
        ("- a\n", "must be names and their values"),
        ("{}\n", "must map 1 to"),
        ("a: 1\n", "keys and values"),
        ("#" * (MOST_BYTES + 1), "larger than 64 kB"),
    ],
)
def test_files_that_hold_no_designs_are_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_designs(write(tmp_path, text))
    with pytest.raises(InputError, match="is missing"):
        read_designs(tmp_path / "other.yml")
    (tmp_path / "designs.yml").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="UTF-8"):
        read_designs(tmp_path / "designs.yml")
    with pytest.raises(InputError):
        read_designs(write(tmp_path, "[" * 20_000))


@pytest.mark.parametrize("title", ["up to 6 mg", "in steps of 1.5 mg to 4.5 mg", "4.5 mg, below 6 mg"])
def test_a_title_may_name_what_no_arm_is_given(tmp_path: Path, title: str) -> None:
    assert read_designs(write(tmp_path, GOOD.replace("title: 4.5 mg", f"title: {title}")))["plain"]
