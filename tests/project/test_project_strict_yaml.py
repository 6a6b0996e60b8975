"""Settings in YAML: what people write is read; every trap of the format is one line with its place."""

import os
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldn_analysis import files, strict_yaml
from ldn_analysis.errors import InputError

ROOT = Path(__file__).resolve().parents[2]


def test_settings_are_read_as_they_are_written():
    text = """
    # a comment
    one: {title: 'A: title', year: 2016, small: -0.5, big: 1e3, "quoted": '2016', none: null, empty: }
    two:
      - yes
      - true
      - 2_016
      - 1:30
      - 010
      - 2016-01-01
      - "\\u00e9"
    """
    assert strict_yaml.parse(text, "a.yml") == {
        "one": {"title": "A: title", "year": 2016, "small": -0.5, "big": 1000.0, "quoted": "2016",
                "none": None, "empty": None},
        "two": ["yes", True, "2_016", "1:30", 10, "2016-01-01", "é"],
    }  # fmt: skip


BOMB = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefghi", "bcdefghij", strict=True)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3", "a.yml, line 3: 'a' is given twice"),
        ("a: {b: 1, 'b': 2}", "line 1: 'b' is given twice"),
        (BOMB, "line 1: anchors and aliases"),
        ("a: *b", "line 1: anchors and aliases"),
        ("<<: {a: 1}\na: &x 1", "anchors and aliases"),
        ("a: !!python/object/apply:os.system [ls]", "line 1: tags"),
        ("a: !!int 1", "line 1: tags"),
        ("[a, b]: 1", "a name must be a word"),
        ("? {a: 1}\n: 1", "a name must be a word"),
        ("a: " + "[" * 9 + "]" * 9, "nested deeper than 8 levels"),
        ("a: " + "{a: " * 5000, "nested deeper than 8 levels"),
        ("a: " + "[" * 50_000, "nested deeper than 8 levels"),
        ("a: " + "9" * 400, "a number of 400 characters"),
        ("a: 1e999", "1e999 is too large"),
        ('a: "\\ud800"', "line 1: a value holds a character that is none"),
        ('a: "\\0"', "line 1: a value holds a character that is none"),
        ("a: " + "x" * 3000, "a value of 3000 letters"),
        ("x" * 3000 + ": 1", "letters"),
        ("a: 1\n---\nb: 2", "a second document"),
        ("- a", "must be names and their values"),
        ("", "must be names and their values"),
        ("a: {", "a.yml, line"),
        ("a: b: c", "a.yml, line 1"),
        ("\ta: 1", "a.yml, line 1"),
        ("a: \x07", "a.yml"),
        ("%YAML 9.9\n---\na: 1", "a.yml, line 1"),
    ],
)
def test_what_is_no_setting_is_one_line(text, said):
    with pytest.raises(InputError) as caught:
        strict_yaml.parse(text, "a.yml")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    try:
        assert isinstance(strict_yaml.parse(text, "a.yml"), dict)
    except InputError as error:
        assert "\n" not in str(error)


def test_bytes_changed_at_random_are_read_or_refused(tmp_path):
    chance = random.Random(20)
    whole = (ROOT / "reports" / "scenarios.yml").read_bytes()
    path = tmp_path / "scenarios.yml"
    for _ in range(400):
        broken = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(broken))
            broken[place : place + chance.randint(0, 2)] = chance.choice(
                [b"\x00", b"\xff", b"&", b"*a", b"!", b": ", b"{", b"\n", b"\t", b"\xed\xa0\x80", b"9" * 400]
            )
        path.write_bytes(bytes(broken))
        try:
            strict_yaml.read(path)
        except InputError as error:
            assert str(error).startswith(("scenarios.yml", str(path))) and "\n" not in str(error)


def odd_places(folder: Path) -> dict[str, Path]:
    """Things that may stand in a file's place."""
    made = {name: folder / name for name in ("missing", "folder", "pipe", "utf16", "large", "loop")}
    made["folder"].mkdir()
    os.mkfifo(made["pipe"])
    made["utf16"].write_text("a: 1", encoding="utf-16")
    made["large"].write_bytes(b"a: 1\n" * 100_000)
    made["loop"].symlink_to(made["loop"])
    return made | {"device": Path("/dev/zero"), "nul": folder / "a\0b", "long": folder / ("n" * 5000),
                   "surrogate": folder / "\ud800"}  # fmt: skip


def test_what_stands_in_a_files_place_is_one_line_at_once(tmp_path):
    for path in odd_places(tmp_path).values():
        with pytest.raises(InputError) as caught:
            strict_yaml.read(path)
        said = str(caught.value)
        assert "\n" not in said and "\0" not in said and len(said) < 400
        said.encode("utf-8")
    link = tmp_path / "link"
    (tmp_path / "there").write_text("\ufeffa: 1")
    link.symlink_to(tmp_path / "there")
    assert strict_yaml.read(link) == {"a": 1}


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a.txt"
    files.write(path, "é\n")
    assert path.read_text(encoding="utf-8") == "é\n" and files.read_bytes(path, 3) == "é\n".encode()
    with pytest.raises(InputError, match="cannot write"):
        files.write(tmp_path / "no folder" / "a.txt", "x")
    with pytest.raises(InputError, match="larger than"):
        files.read_bytes(path, 2)
