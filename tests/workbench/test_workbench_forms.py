"""Each form of reporting in the data's README: its options make valid rows, and they give what it says."""

import re
import shlex
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from ldn_analysis import contrasts
from ldn_analysis.errors import InputError
from ldn_analysis.evidence.loading import validate
from ldn_analysis.evidence.reading import TextTable
from ldn_analysis.evidence.schema import broken_rules, typed
from ldn_analysis.workbench.answers import wrong_answers
from ldn_analysis.workbench.new_study import as_listed, in_words
from ldn_analysis.workbench.reported import arm, bound, counted, difference, judged, numbers, understood
from ldn_analysis.workbench.rows import append
from ldn_analysis.workbench.trial import Trial

DATA = Path(__file__).parents[2] / "data"
PLAIN = {
    "study_id": "smith2027", "label": "Smith 2027", "year": 2027, "design": "parallel", "dose": "3",
    "weeks": "12", "randomised": "yes", "blinding": "double-blind", "source": "10.0000/example",
    "location": "Results", "how_read": "full text",
}  # fmt: skip
LINE = re.compile(
    r"^\| (?P<form>[^|]+) \| (?P<rows>[^|]+) \| `(?P<options>--[^`|]+)` \| (?P<gives>[^|]+) \|$"
)
TABLE = [
    found for line in (DATA / "README.md").read_text("utf-8").splitlines() if (found := LINE.match(line))
]
MANY = ("ldn", "placebo", "difference", "events")


def options(text):
    """Fields of a trial from options as they are typed."""
    given, words = {}, shlex.split(text)
    flags = {field.name for field in fields(Trial) if field.default is False}
    while words:
        name = words.pop(0).removeprefix("--").replace("-", "_")
        name = "study_set" if name == "set" else name
        if name in flags:
            given[name] = True
        elif name in MANY:
            given[name] = (*given.get(name, ()), words.pop(0))
        else:
            given[name] = words.pop(0)
    return given


def joined(ev, trial):
    """The data with the rows of a trial, as tables, and all that is wrong with them."""
    rows, problems = trial.rows(), []
    tables, printed = dict(ev.tables), dict(ev.printed)
    for name, resource in ev.package.resources.items():
        new = rows.get(resource.path)
        if new is None:
            continue
        assert {key for row in new for key in row} <= set(resource.columns)
        old = ev.printed[name].drop(columns="line").to_dict("records")
        cells = tuple(dict.fromkeys(resource.columns, "") | row for row in (*old, *new))
        text = TextTable(resource.path, cells, tuple(range(2, len(cells) + 2)))
        tables[name], wrong = typed(resource, text)
        problems += [*wrong, *broken_rules(resource, text, tables[name])]
        printed[name] = pd.DataFrame(list(cells), dtype="str").assign(line=list(text.lines))
    problems += validate(ev.package, tables, printed, problems)[1]
    return SimpleNamespace(**tables), problems


def made(ev, text):
    given = PLAIN | {"scale": "", "better": ""} | options(text)
    choices = {"crossover_r": float(given.pop("crossover_r"))} if "crossover_r" in given else {}
    trial = as_listed(ev, Trial(**given))
    assert wrong_answers(ev, {f.name: getattr(trial, f.name) for f in fields(trial)}) == []
    tables, problems = joined(ev, trial)
    assert problems == []
    return trial, tables, choices


def test_the_table_has_every_form():
    assert len(TABLE) >= 24


@pytest.mark.parametrize("line", TABLE, ids=lambda found: found["form"])
def test_a_form_of_the_readme_gives_what_it_says(ev, line):
    trial, tables, choices = made(ev, line["options"])
    if trial.events:
        table = contrasts.event_table(tables)
        (row,) = table[table["study_id"] == "smith2027"].to_dict("records")
        said = f"{row['measure']} {pd.Series([row['yi']]).map(lambda x: f'{2.718281828459045**x:.2f}')[0]}"
        assert line["gives"].startswith(said) or line["gives"].startswith(row["exclusion_reason"][:20])
        return
    table = contrasts.derive(tables, "pain", **choices).table
    mine = table[table["study_id"] == "smith2027"]
    said = in_words(trial.rows()["outcomes.csv"], mine)
    assert line["gives"].strip() in said or line["gives"].strip() in "; ".join(mine["exclusion_reason"]), said


def test_what_is_understood_is_said_in_words():
    trial = Trial(**PLAIN, ldn="29 4.8 2.1", placebo="29 5.6 2.1")
    assert understood(trial.rows()["outcomes.csv"]) == "means 4.8 and 5.6, SDs 2.1, n 29"
    doses = ("3 mg: 29 4.8 2.1", "4.5 mg: 30 4.9 2.1")
    trial = Trial(**PLAIN | {"dose": "3 4.5"}, ldn=doses, placebo="29 5.6 2.1", baseline="6.1 1.5")
    words = (
        "at the start 6.1 points, SD 1.5; means 4.8 (3 mg), 4.9 (4.5 mg) and 5.6, SDs 2.1, n 29, 30 and 29"
    )
    assert understood(trial.rows()["outcomes.csv"]) == words
    trial = Trial(**PLAIN, difference="-0.8 p<0.05", n="29 30")
    words = "difference in mean change −0.8, p < 0.05, n 29 and 30"
    assert understood(trial.rows()["outcomes.csv"]) == words


@pytest.mark.parametrize(
    ("read", "text", "words"),
    [
        (arm, "29 5,1 2", "a point, not a comma"),
        (arm, "29 5.1", "must be"),
        (arm, "29 5.1 2 3", "must be"),
        (arm, "29 5.1 sd 2 sd 3", "must be"),
        (arm, "29 median 5.1 2", "a median comes with"),
        (arm, "29 5.1 quartiles 3 6", "a median comes with"),
        (arm, "3 mg 29 5.1 2", "must be a number"),
        (arm, "29 5.1 2_0", "must be a number"),
        (arm, "women: 20 4.8 2.1", "are combined first"),
        (arm, "-1.9 se 0.3", "n mean se 0.4"),
        (arm, "29 median 4.5 ci 4 5.5", "gives no spread"),
        (difference, "-0.8 p NS", "say the limit"),
        (counted, "pain response 30%: OR 2.1 1.1 4.0", "alone gives no counts"),
        (counted, "pain response 30%: NNT 5", "alone gives no counts"),
        (difference, "", "must be"),
        (difference, "-0.8 1", "must be"),
        (difference, "-0.8 q 1", "must be"),
        (difference, "-0.8 t", "must be"),
        (difference, "-0.8 p 0_5", "must be a number"),
        (counted, "nausea 1 2 3 4", "must be"),
        (counted, "nausea: 1 2 3", "must be"),
        (counted, "nausea: 1 2 3 4 both", "must be"),
        (counted, "nausea: 3 mg 1 2; 4 5", "must be"),
        (counted, "nausea: 1,5 2 3 4", "a point, not a comma"),
    ],
)
def test_another_form_is_refused_with_the_forms_there_are(read, text, words):
    with pytest.raises(InputError, match=words):
        read("--x", text)


def test_a_minus_sign_as_papers_print_it_is_one():
    typed, printed = (difference("--x", text) for text in ("-0.8 -1.9 0.3", "−0.8 −1.9 0.3"))
    assert typed == printed
    assert arm("--x", "29 −1.8 2.1") == arm("--x", "29 -1.8 2.1")


@pytest.mark.parametrize(
    ("text", "sign"),
    [("0.03", ""), ("=0.03", ""), ("< 0.03", "below"), ("≤0.03", "below"), (">=0.03", "above")],
)
def test_a_p_value_is_typed_as_papers_print_it(text, sign):
    cells = {"p_value": "0.03"} | ({"p_bound": sign} if sign else {})
    assert bound("--p", text) == cells
    assert difference("--x", f"-0.8 p{text}").cells == {"value": "-0.8"} | cells
    with pytest.raises(InputError, match="--p is"):
        bound("--p", f"{text} 0.5")


@pytest.mark.parametrize(
    "text",
    ["-0.8 (-1.9 to 0.3)", "−0.8 [−1.9, 0.3]", "-0.8 (95% CI: -1.9 to 0.3)", "-0.8; 95%CI -1.9 0.3"],
)
def test_a_difference_is_typed_with_its_brackets(text):
    assert difference("--x", text.replace("−", "-")) == difference("--x", "-0.8 -1.9 0.3")
    both = difference("--x", f"{text}; p = 0.15")
    assert both.row == difference("--x", "-0.8 -1.9 0.3 p 0.15").row
    with pytest.raises(InputError, match="90%"):
        difference("--x", "-0.8 (90% CI -1.9 to 0.3)")


def test_differences_of_several_doses_may_favour_different_groups():
    doses = ("3 mg: -0.8 se 0.55", "4.5 mg: 0.2 se 0.55")
    trial = Trial(**PLAIN | {"dose": "3 4.5"}, difference=doses, n="29 29 29", favours="ldn placebo")
    assert [row["favours"] for row in trial.rows()["outcomes.csv"]] == ["ldn", "placebo"]
    with pytest.raises(InputError, match="one group for all differences, or one for each"):
        Trial(**PLAIN, difference="-0.8 se 0.55", n="29 29", favours="ldn placebo").rows()
    one = Trial(**PLAIN | {"design": "crossover"}, difference="-0.8 se 0.55")
    for left_out, such in (
        (one, '"n", such as --n "29"'),
        (Trial(**PLAIN, difference="-0.8 se 0.55"), '"n_ldn n_placebo", such as --n "29 29"'),
        (Trial(**PLAIN | {"dose": "3 4.5"}, difference=doses), 'n_placebo", such as --n "29 29 29"'),
    ):
        with pytest.raises(InputError, match="^--n is missing, the people behind the difference: .*" + such):
            left_out.rows()
    with pytest.raises(InputError, match="a point, not a comma"):
        numbers("--baseline", "6,1", ("mean", "sd"), 1)


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"difference": "50 -300 400"}, "value_on_scale"),
        ({"scale": "5 5"}, "range_order"),
        ({"n": "1 1"}, "spread_needs_two"),
        ({"n": "100000000000000000000 29"}, "must lie within"),
        ({"year": 2099, "label": "Smith 2099"}, "year_known"),
        ({"weeks": "0e400"}, "its exponent have two digits at most"),
        ({"dose": "50"}, "dose_in_range"),
        ({"difference": ("9 mg: -0.8 -1.9 0.3",)}, "dose_of_arm"),
        ({"difference": "-0.8 t 1.4"}, "test_fits_row"),
        ({"difference": "-0.8 ci -1.9 0.3 t -4"}, "precisions_agree"),
        ({"unit": "mm"}, "measure_listed"),
        ({"better": "higher"}, "measure_agrees"),
        ({"primary_week": "40"}, "primary_week_reported"),
        ({"n_randomised": "20"}, "counts_order"),
        ({"events": ("nausea: 31 29 4 29",)}, "more events than people"),
        ({"events": ("nausea: 3 29 4 29 both 2",)}, "both_fits_counts"),
        ({"events": ("feeling odd: 3 29 4 29",)}, "event_types.csv"),
        ({"risk_of_bias": "D1 low"}, "needs a judgement for each of"),
        ({"risk_of_bias": "D1 good, D2 low, D3 low, D4 low, D5 low"}, "must be one of low"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_by_its_rule(ev, given, rule):
    trial = Trial(**PLAIN | {"difference": "-0.8 -1.9 0.3", "n": "29 29"} | given)
    wrong = wrong_answers(ev, {f.name: getattr(trial, f.name) for f in fields(trial)})
    said = "\n".join(wrong) if wrong else "\n".join(map(str, joined_with_keys(ev, trial)))
    assert rule in said


def joined_with_keys(ev, trial):
    from ldn_analysis.evidence.schema import broken_keys

    tables, problems = joined(ev, trial)
    events = trial.rows().get("events.csv", [])
    texts = {
        name: TextTable(one.path, tuple(ev.printed[name].to_dict("records")), tuple(ev.printed[name]["line"]))
        for name, one in ev.package.resources.items()
    }
    texts["events"] = TextTable("events.csv", (*texts["events"].rows, *events), tuple(range(2, 9999)))
    all_tables = dict(ev.tables) | vars(tables)
    return [*problems, *broken_keys(ev.package, all_tables, texts)] if events else problems


def test_overall_is_the_worst_of_the_domains():
    text = "D1 low, D2 some concerns, D3 high, D4 low, D5 no information"
    assert judged("--risk-of-bias", text, "parallel")["overall"] == "high"
    assert judged("--risk-of-bias", "not judged", "parallel") == {}
    with pytest.raises(InputError, match="DS"):
        judged("--risk-of-bias", text, "crossover")


def test_columns_that_a_file_lacks_are_added_and_its_bytes_stay(tmp_path):
    path = tmp_path / "outcomes.csv"
    old = '\ufeffa,b\r\n1,"two\r\nlines"\r\n\r\n3,"x, ""y"""'
    path.write_bytes(old.encode())
    append(path, [{"a": "5", "q1": "2"}], ("q1", "q3"))
    assert path.read_bytes().decode("utf-8-sig") == (
        'a,b,q1\r\n1,"two\r\nlines",\r\n\r\n3,"x, ""y""",\r\n5,,2\r\n'
    )
    with pytest.raises(InputError, match="no column c"):
        append(path, [{"a": "5", "c": "2"}], ("q1",))
