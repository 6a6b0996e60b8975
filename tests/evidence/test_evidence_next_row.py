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

import csv
import json

import pytest

from ldn_analysis import contrasts, evidence
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


# The steps of data/README.md, "Adding a trial", for a trial of three arms and for a crossover
SAME = {"study_id": "smith2027", "source": "10.1234/x", "location": "Table 2", "how_read": "full text"}
PAIN = SAME | {"domain": "pain", "measure": "pain NRS", "scale_min": "0", "scale_max": "10",
               "unit": "points", "better": "lower", "week": "12"}  # fmt: skip
STUDY = {
    "study_id": "smith2027", "trial_id": "smith2027", "label": "Smith et al. 2027", "year": "2027",
    "doi": "10.1234/x", "design": "parallel", "design_type": "parallel", "randomised": "yes",
    "blinding": "double-blind", "condition": "fibromyalgia", "sex": "both", "n_randomised": "90",
    "n_analysed": "87", "dose_mg_per_day": "3 to 4.5", "dose_min_mg": "3", "dose_max_mg": "4.5",
    "dose_schedule": "3 mg or 4.5 mg once daily", "control": "placebo", "treatment_weeks": "12",
    "control_weeks": "12", "how_read": "full text",
}  # fmt: skip
SET = {"study_set_id": "pain-smith2027", "study_id": "smith2027", "outcome": "pain", "from_domain": "pain",
       "set": "primary", "primary_week": "12", "reason": "Randomised and double-blind."}  # fmt: skip
DOMAINS = {"D1": "randomisation", "D2": "deviations from the intended interventions",
           "D3": "missing outcome data", "D4": "measurement of the outcome",
           "D5": "selection of the reported result", "overall": "overall"}  # fmt: skip


def put(folder, table, *new):
    """Rows at the end of a table; columns that it lacks are added."""
    path = folder / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        old = list(csv.DictReader(handle))
    columns = list(dict.fromkeys([*old[0], *(name for row in new for name in row)]))
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows([*old, *new])


def judged(variant, domains):
    return [
        {"risk_of_bias_id": f"pain-smith2027-{key}", "study_id": "smith2027", "outcome": "pain",
         "variant": variant, "domain": key, "domain_name": name, "judgement": "no information",
         "basis": "not read", "judged_by": "us", "how_read": "full text"}
        for key, name in domains.items()
    ]  # fmt: skip


def counts(group, tail="", **cells):
    return SAME | {"event_id": f"smith2027-pain-response-30-w12-{group}{tail}", "week": "12", "group": group,
                   "event": "pain response 30%", "paired": "no"} | cells  # fmt: skip


def added(folder):
    loaded = evidence.load(folder)
    pain = contrasts.derive(loaded, "pain").table.set_index("study_id").loc["smith2027"]
    events = contrasts.event_table(loaded, "pain response 30%").set_index("study_id").loc["smith2027"]
    return pain, events


def test_three_arms_take_the_steps_of_the_readme(copy):
    arms = [("ldn", "-d3", "4.8", {"dose_mg_per_day": "3"}), ("placebo", "", "5.6", {}),
            ("ldn", "-d4.5", "4.9", {"dose_mg_per_day": "4.5"})]  # fmt: skip
    put(copy, "studies", STUDY)
    put(copy, "outcomes", *(
        PAIN | {"outcome_id": f"smith2027-pain-w12-{group}-mean{tail}", "group": group, "statistic": "mean",
                "value": value, "sd": "2.1", "n": "29"} | dose
        for group, tail, value, dose in arms
    ))  # fmt: skip
    put(copy, "events", *(counts(group, tail, events="9", n="29", **dose) for group, tail, _, dose in arms))
    put(copy, "study_sets", SET)
    put(copy, "risk_of_bias", *judged("RoB 2 parallel", DOMAINS))
    pain, events = added(copy)
    assert pain["included"] and (pain["n_ldn"], pain["n_control"]) == (58, 29)
    sd2 = (28 * 2.1**2 + 28 * 2.1**2 + 29 * 29 / 58 * 0.1**2) / 57  # Handbook 6.5.2.10
    assert (pain["yi"], pain["vi"]) == pytest.approx((4.85 - 5.6, sd2 / 58 + 2.1**2 / 29))
    assert tuple(events[["a", "n1", "c", "n2", "included"]]) == (18, 58, 9, 29, True)


def test_a_crossover_takes_the_steps_of_the_readme(copy):
    words = {"design": "crossover", "design_type": "crossover", "n_randomised": "30", "n_analysed": "28"}
    one = {"dose_mg_per_day": "4.5", "dose_min_mg": "4.5", "dose_schedule": "4.5 mg once daily"}
    put(copy, "studies", STUDY | words | one)
    difference = {"group": "ldn-placebo", "statistic": "paired difference", "value": "-0.8", "n": "28",
                  "favours": "ldn"}  # fmt: skip
    key = "smith2027-pain-w12-ldn-placebo-paired-difference"
    put(copy, "outcomes", PAIN | difference | {"outcome_id": key, "lower95": "-1.5", "upper95": "-0.1"})
    both = {"n": "28", "paired": "yes"}
    put(copy, "events", counts("ldn", events="12", **both), counts("placebo", events="6", **both))
    put(copy, "study_sets", SET)
    put(copy, "risk_of_bias", *judged("RoB 2 crossover", DOMAINS | {"DS": "period and carryover"}))
    pain, events = added(copy)
    assert pain["included"] and pain["se"] == pytest.approx(0.7 / 2.0518305)  # t(0.975; 27)
    assert events["paired"] and tuple(events[["a", "c", "n1"]]) == (12, 6, 28)


def test_the_readme_says_of_a_column_what_the_schema_does(copy):
    """But for the rules that may be overruled and the ways of reading, which have tables of their own."""
    package = json.loads((copy / "datapackage.json").read_text(encoding="utf-8"))
    readme = (copy / "README.md").read_text(encoding="utf-8")
    for table in package["resources"]:
        part = readme.partition(f"### `{table['path']}`")[2].partition("\n### ")[0]
        lines = {line.split("`")[1]: line for line in part.splitlines() if line.startswith("| `")}
        for field in table["schema"]["fields"]:
            words = field.get("constraints", {}).get("enum", ())
            lacking = [word for word in words if word not in lines[field["name"]]]
            assert not lacking or field["name"] == "check", (table["name"], field["name"], lacking)
            same = field["description"] in lines[field["name"]] or field["name"] == "how_read"
            assert same, f"data/README.md, {table['path']}: {field['name']} | {field['description']}"
            assert ("optional" in lines[field["name"]].split("|")[2]) == field.get("mayBeAbsent", False)
