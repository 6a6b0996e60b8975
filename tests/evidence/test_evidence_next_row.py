"""What goes wrong when the next row is typed: the inputs of the review that no other test holds.

Held elsewhere, by number: 1 to 6 tests/contrasts/test_contrasts_next_row.py; 7 the same
(`test_a_trial_without_error_is_not_pooled`) and `spread_positive`, `interval_width`, `p_possible` in
test_evidence_rules.py; 8 (answers of ``new-study``) test_workbench_forms.py,
`test_another_form_is_refused_with_the_forms_there_are`; 11 and 12 test_models_dose.py,
`test_rates_that_cannot_be_are_refused_by_name` and `test_covariances_that_no_data_can_have_are_refused`; 13
test_render_run.py, `test_every_failure_has_its_line_and_none_stops_the_others`; 14 test_models_dose.py,
`test_trials_of_one_dose_that_do_not_differ_give_the_common_curve`; 15 test_workbench_forms.py,
`test_what_cannot_be_is_refused_by_its_rule`.
"""

import pytest

from ldn_analysis import evidence
from ldn_analysis.display import rows
from ldn_analysis.errors import ParameterError
from ldn_analysis.questions.parameters import notebooks
from ldn_analysis.questions.typed import from_text


def change(copy, before, after, file="outcomes.csv"):
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, after), encoding="utf-8")


# 8: a decimal comma, and rows of nothing but commas
@pytest.mark.parametrize("cell", ['"-0,34"', "-0,34"], ids=["quoted", "plain"])
def test_a_decimal_comma_is_named_once_and_as_what_it_is(copy, problems, cell):
    change(copy, ",-0.34,-0.95,0.27,", f",{cell},-0.95,0.27,")
    found = problems(copy)
    assert len(found) == 1, found
    assert found[0].file == "outcomes.csv" and found[0].line and "comma" in found[0].rule


def test_rows_of_commas_at_the_end_are_no_rows(copy, ev):
    for path in sorted(copy.glob("*.csv")):
        commas = "," * (len(path.read_text(encoding="utf-8").splitlines()[0].split(",")) - 1)
        path.write_text(path.read_text(encoding="utf-8").rstrip("\n") + f"\n{commas}\n{commas}\n", "utf-8")
    again = evidence.load(copy)
    for name, table in ev.tables.items():
        assert len(again.tables[name]) == len(table), name


# 9: underscores that Python allows in numbers
@pytest.mark.parametrize(
    ("notebook", "name", "text"),
    [("02_pain", "mid", "0_5"), ("04_responders", "draws", "2_00"), ("02_pain", "as_of", "20_16"),
     ("04_responders", "share", "0.2_0"), ("02_pain", "mid", "1e0_0"), ("04_responders", "draws", "0x10")],
)  # fmt: skip
def test_a_number_is_typed_in_digits(notebook, name, text):
    declared = notebooks()[notebook]
    with pytest.raises(ParameterError, match=name):
        declared(**{name: from_text(declared, name, text)})


# 10: a label without a space
@pytest.mark.parametrize("label", ["W" * 40, "Wissenschaftlichemultizentrischestudiengruppe 2027", "i" * 400])
@pytest.mark.parametrize("width", [0.9, 1.6, 3.0])
def test_a_label_without_a_space_is_wrapped(label, width):
    lines = rows.wrap(label, width)
    assert all(rows.text_width(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == label.replace(" ", "")


def test_a_short_word_and_a_number_are_never_cut():
    assert rows.wrap("placebo −1234567.89", 0.3) == ["placebo", "−1234567.89"]
