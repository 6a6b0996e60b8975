"""Loading: the tables as they are, and each way in which a file can be spoilt, named with its place."""

import copy as copying
import json
import pickle
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mutations import spoil

from ldn_analysis import evidence
from ldn_analysis.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
CHECKED = {  # judgements whose basis the check of November 2026 gives, with the source that it quotes
    "pain-final2024-D1", "pain-final2024-D2", "pain-final2024-D4", "pain-final2024-D5",
    "pain-innova2026-D4", "pain-innova2026-D5", "pain-younger2013-D3", "pain-younger2013-D4",
    "pain-younger2013-D5", "pain-bested2023-D5", "pain-paula2023-D3", "pain-paula2023-D5",
}  # fmt: skip


def one(found):
    """The only problem."""
    assert len(found) == 1, found
    return found[0]


# What loads ------------------------------------------------------------------------------------------------


def test_tables_and_their_sizes(ev):
    sizes = {name: len(table) for name, table in ev.tables.items()}
    assert sizes["studies"] == 16
    assert sizes["outcomes"] == 61
    assert sizes["events"] == 37
    assert sizes["published_syntheses"] == 20
    assert sizes["pharmacology"] == 28
    assert sizes["clinical_thresholds"] == 9
    assert sizes["claims"] == 18
    assert sizes["registrations"] == 12
    assert sizes["pilot_participants"] == 10
    assert sizes["discontinuation"] == 3
    assert sizes["responder_benchmarks"] == 4


def test_each_table_has_its_key_first_and_its_line_last(ev):
    for name, table in ev.tables.items():
        assert table.columns[0] == ev.package.resources[name].primary_key
        assert table.columns[-1] == "line"
        assert table.iloc[:, 0].is_unique
        assert table["line"].tolist() == list(range(2, len(table) + 2))


def test_types(ev):
    assert ev.studies["year"].dtype == np.int64
    assert ev.events["n"].dtype == np.float64  # may be missing where a percentage is printed
    assert ev.events["events"].dtype == np.float64  # may be missing where a percentage is printed
    assert ev.outcomes["n"].dtype == np.float64  # may be missing
    assert ev.outcomes["value"].dtype == np.float64
    assert pd.isna(ev.studies.set_index("study_id").loc["ramanathan2012", "doi"])


def test_a_value_as_printed_keeps_its_digits(ev):
    printed = ev.printed["pharmacology"].set_index("pharmacology_id")
    assert printed.loc["ed95-symptom-response-naltrexone", "value"] == "5.40"


def test_what_is_done_to_a_table_does_not_reach_the_evidence(ev):
    table = ev.outcomes
    table.loc[0, "value"] = 99.0
    table["new"] = 1
    assert ev.outcomes.loc[0, "value"] == 50.8
    assert "new" not in ev.outcomes
    with pytest.raises(AttributeError):
        ev.folder = None
    with pytest.raises(AttributeError, match="outcomes"):
        _ = ev.outcome


def test_representations(ev):
    assert "16 studies" in repr(ev)
    html = ev._repr_html_()
    assert html.count("<caption") == 1
    assert "study_sets" in html
    assert "outcomes" in dir(ev)


def test_representation_escapes(copy):
    spoil(copy, "datapackage.json", "Low-dose naltrexone for fibromyalgia: reported statistics", "<b>x</b>")
    assert "&lt;b&gt;x&lt;/b&gt;" in evidence.load(copy)._repr_html_()


def test_the_folder_may_be_named_by_the_environment(copy, monkeypatch):
    monkeypatch.setenv("LDN_DATA", str(copy))
    assert evidence.load().folder == copy


def test_bom_and_windows_line_ends_change_nothing(copy, ev):
    for path in copy.glob("*.csv"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    again = evidence.load(copy)
    assert again.data_version == ev.data_version
    for name, table in ev.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], table)


def test_a_changed_value_changes_the_version(copy, ev):
    spoil(copy, "claims.csv", "A typical low dose", "A usual low dose")
    assert evidence.load(copy).data_version != ev.data_version


def test_columns_may_come_in_another_order(copy, ev):
    table = pd.read_csv(copy / "claims.csv", dtype=str)
    table[table.columns[::-1]].to_csv(copy / "claims.csv", index=False)
    pd.testing.assert_frame_equal(evidence.load(copy).claims, ev.claims)


def test_further_tables_need_no_code(copy):
    package = json.loads((copy / "datapackage.json").read_text(encoding="utf-8"))
    fields = [{"name": "verdict_id", "type": "string"}, {"name": "weight", "type": "number"}]
    schema = {"fields": fields, "primaryKey": "verdict_id"}
    package["resources"].append({"name": "verdicts", "path": "verdicts.csv", "schema": schema})
    (copy / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    (copy / "verdicts.csv").write_text("verdict_id,weight\na,0.5\n", encoding="utf-8")
    assert evidence.load(copy).verdicts["weight"].tolist() == [0.5]


def test_a_package_written_before_an_optional_column_is_read_with_it_empty(copy, problems, ev):
    package = json.loads((copy / "datapackage.json").read_text(encoding="utf-8"))
    (schema,) = (r["schema"] for r in package["resources"] if r["name"] == "outcomes")
    optional = [field["name"] for field in schema["fields"] if field.get("mayBeAbsent")]
    schema["fields"] = [field for field in schema["fields"] if field["name"] != "limits_by"]
    (copy / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    older = evidence.load(copy).outcomes
    assert "limits_by" in optional and older["limits_by"].isna().all()
    pd.testing.assert_frame_equal(older[ev.outcomes.columns], ev.outcomes)
    schema["fields"] = [field for field in schema["fields"] if field["name"] != "statistic"]
    (copy / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    assert "column statistic is not described" in one(problems(copy)).rule


def test_a_study_is_added_by_its_rows_alone(copy):
    with (copy / "studies.csv").open("a", encoding="utf-8") as file:
        file.write(
            "new2027,new2027,New 2027,2027,,,,parallel,parallel,yes,double-blind,fibromyalgia,,60,60,"
            "4.5,4.5,4.5,4.5 mg once daily,placebo,12,12,,,abstract,,,\n"
        )
    with (copy / "study_sets.csv").open("a", encoding="utf-8") as file:
        file.write("pain-new2027,new2027,pain,pain,primary,12,Randomised and double-blind.,\n")
    assert "new2027" in set(evidence.load(copy).studies["study_id"])


# What does not load ----------------------------------------------------------------------------------------

BROKEN_ROWS = [
    # file, before, after, column, words of the rule, line
    ("studies.csv", "younger2009,younger2009,", "final2024,younger2009,", "study_id", "unique: line 2", 9),
    ("studies.csv", ",2009,10.1111", ",soon,10.1111", "year", "whole number", 2),
    ("studies.csv", ",2009,10.1111", ",1066,10.1111", "year", "at least 1900", 2),
    ("studies.csv", "crossover,no,single-blind (", "cross,no,single-blind (", "design_type", "one of", 2),
    ("outcomes.csv", "w0-all-mean,younger2013", "w0-all-mean,nobody1999", "study_id", "no study_id of", 2),
    ("outcomes.csv", ",12,ldn,49,", ",12,ldn,-49,", "n", "at least 1", 15),
    ("outcomes.csv", ",all,28,", ",all,2.5,", "n", "whole number", 2),
    ("outcomes.csv", ",mean,50.8,", ",mean,NaN,", "value", "must be a number", 2),
    ("outcomes.csv", ",mean,50.8,", ",mean,inf,", "value", "must be a number", 2),
    ("outcomes.csv", ",mean,50.8,", ",mean,50.,", "value", "must be a number", 2),
    ("outcomes.csv", ",mean,50.8,", ",mean,1e999,", "value", "finite", 2),
    ("outcomes.csv", ",mean,50.8,", ',mean,"50,8",', "value", "a point, not a comma", 2),
    ("outcomes.csv", ",mean,50.8,", ",mean,,", "value", "is empty", 2),
    ("outcomes.csv", ",28.8,19.5,38.1,", ",28.8,29.5,38.1,", "lower95", "must not be above value (28.8)", 3),
    ("outcomes.csv", ",28.8,19.5,38.1,", ",28.8,19.5,,", "upper95", "both limits", 3),
    ("outcomes.csv", ",0.016,", ",1.016,", "p_value", "at most 1", 5),
    ("outcomes.csv", ",10.1002/art.37734,Results,", ",,Results,", "source", "a value is required", 2),
    ("outcomes.csv", ",transcribed", ",guessed", "how_read", "must be one of", 2),
    ("outcomes.csv", ",10.1002/art.37734,Results,", ", 10.1002/art.37734,Results,", "source", "a space", 2),
    ("studies.csv", "Younger & Mackey", "\u202eYounger & Mackey", "label", "not seen, U+202E", 2),
    ("claims.csv", "A typical low dose", "A typical\x1b low dose", "claim", "not seen, U+001B", 2),
    ("claims.csv", "A typical low dose", "A typical\u200b low dose", "claim", "not seen, U+200B", 2),
    ("events.csv", "treat,26,49", "treat,56,49", "events", "must not be above n (49)", 2),
    ("events.csv", "intention to treat,26,49", "intention to treat,-1,49", "events", "at least 0", 2),
    ("published_syntheses.csv", ",-0.86,-1.20,-0.51,", ",-0.86,-0.20,-0.51,", "lower95", "above estimate", 2),
    ("pharmacology.csv", ",3.88,", ",,", "value", "required", 2),
    ("clinical_thresholds.csv", ",within-person,", ",within,", "kind", "must be one of", 2),
    ("claims.csv", ",dose,", ",,", "kind", "required", 2),
    ("study_sets.csv", ",primary,12,", ",primary,,", "primary_week", "is empty", 2),
    ("risk_of_bias.csv", ",no information,", ",lowish,", "judgement", "must be one of", 2),
]  # fmt: skip


@pytest.mark.parametrize(("file", "before", "after", "column", "rule", "line"), BROKEN_ROWS)
def test_a_broken_cell_is_named(copy, problems, file, before, after, column, rule, line):
    spoil(copy, file, before, after)
    found = [problem for problem in problems(copy) if rule in problem.rule]
    assert (found[0].file, found[0].line, found[0].column) == (file, line, column)


def test_joiners_that_a_script_needs_may_stand_in_a_text(copy):
    spoil(copy, "claims.csv", "A typical low dose", "می\u200cخواهم क्\u200dष A typical low dose")
    assert "\u200c" in evidence.load(copy).claims["claim"].iloc[0]


def test_all_problems_come_at_once(copy, problems):
    spoil(copy, "outcomes.csv", ",all,28,", ",all,many,")
    spoil(copy, "events.csv", ",26,49,", ",56,49,")
    spoil(copy, "claims.csv", ",dose,", ",dosis,")
    (copy / "pharmacology.csv").unlink()
    found = problems(copy)
    assert {problem.file for problem in found} == {
        "outcomes.csv",
        "events.csv",
        "claims.csv",
        "pharmacology.csv",
    }
    error = evidence.EvidenceError(found)
    assert all(str(problem) in str(error) for problem in found)
    assert "outcomes.csv, line 2, column n: 'many': must be a whole number" in str(error)
    assert pickle.loads(pickle.dumps(error)).problems == found


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (",yes,double-blind,", ",yes,Double-blind,"),
        (",parallel,parallel,", ",parallel,paralel,"),
        (",double-blind,fibromyalgia,", ",double-blind,fibromyalgya,"),
    ],
)
def test_a_misspelt_word_is_named_once_and_not_by_its_echoes(copy, problems, right, wrong):
    """FINAL has two further reports and three places in the sets, all of which are held against its words."""
    lines = (copy / "studies.csv").read_text("utf-8").splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if line.startswith("final2024,"))
    assert right in lines[at]
    lines[at] = lines[at].replace(right, wrong)
    (copy / "studies.csv").write_text("".join(lines), "utf-8")
    assert one(problems(copy)).value == wrong.strip(",").rpartition(",")[2]


def test_lines_are_those_of_a_text_editor(copy, problems):
    """A quoted cell may span lines: the row after it is where an editor shows it."""
    spoil(
        copy, "claims.csv", "A typical low dose is 4.5 mg a day.", '"A typical\nlow dose\nis 4.5 mg a day."'
    )
    assert evidence.load(copy).claims["line"].tolist()[:3] == [2, 5, 6]
    spoil(copy, "claims.csv", ",efficacy,", ",effect,")
    assert one(problems(copy)).line == 5


def test_blank_lines_are_passed_over(copy):
    spoil(copy, "claims.csv", "\nsymptom_relief", "\n\nsymptom_relief")
    assert evidence.load(copy).claims["line"].tolist()[:3] == [2, 4, 5]


@pytest.mark.parametrize("file", ["studies.csv", "outcomes.csv", "claims.csv", "datapackage.json"])
def test_a_missing_file(copy, problems, file):
    (copy / file).unlink()
    assert (one(problems(copy)).file, one(problems(copy)).rule) == (file, "the file is missing")


def test_a_missing_folder(tmp_path, problems):
    assert "folder is missing" in one(problems(tmp_path / "nowhere")).rule


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file(copy, problems, content):
    (copy / "outcomes.csv").write_bytes(content)
    assert "empty" in one(problems(copy)).rule


@pytest.mark.parametrize(
    ("name", "said"),
    [("studies", "holds no study")]
    + [(name, f"holds no row, and rows of {other}.csv need it") for name, other in (
        ("outcomes", "integrity_reasons"), ("events", "integrity_reasons"), ("event_types", "events"),
        ("measures", "outcomes"), ("quantities", "pharmacology"), ("claims", "judgements"),
        ("judgements", "claims"), ("multiverse_choices", "outcomes"),
    )],
)  # fmt: skip
def test_an_emptied_table_is_one_problem_and_not_one_for_each_row_that_needs_it(copy, problems, name, said):
    path = copy / f"{name}.csv"
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    found = one(problems(copy))
    assert (found.file, found.line) == (path.name, None) and found.rule.startswith(said)


def test_a_folder_in_place_of_a_file(copy, problems):
    (copy / "claims.csv").unlink()
    (copy / "claims.csv").mkdir()
    assert "cannot be read" in one(problems(copy)).rule


@pytest.mark.parametrize(("sign", "name"), [(";", "semicolon"), ("\t", "tab")])
def test_another_separator(copy, problems, sign, name):
    text = (copy / "claims.csv").read_text(encoding="utf-8").replace(",", sign)
    (copy / "claims.csv").write_text(text, encoding="utf-8")
    assert f"looks {name}-separated" in one(problems(copy)).rule


def test_latin_1(copy, problems):
    spoil(copy, "claims.csv", "A typical low dose", "Un dosage habituel, d'après")
    path = copy / "claims.csv"
    path.write_bytes(path.read_bytes().decode().encode("latin-1"))
    assert (one(problems(copy)).line, "not UTF-8" in one(problems(copy)).rule) == (2, True)


def test_utf_16(copy, problems):
    path = copy / "claims.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
    assert "UTF-16" in one(problems(copy)).rule


def test_a_workbook_renamed(copy, problems):
    with zipfile.ZipFile(copy / "claims.csv", "w") as workbook:
        workbook.writestr("xl/workbook.xml", "<workbook/>")
    found = one(problems(copy))
    assert found.file == "claims.csv" and "workbook" in found.rule and "save it as 'CSV UTF-8'" in found.rule


def test_a_binary_file(copy, problems):
    (copy / "claims.csv").write_bytes(b"claim_id\x00\x00\x01")
    assert "NUL" in one(problems(copy)).rule


def test_columns_missing_extra_and_twice(copy, problems):
    spoil(copy, "claims.csv", "claim_id,claim,kind,tested_by", "claim_id,clam,kind,kind")
    assert {(problem.column, problem.rule) for problem in problems(copy)} == {
        ("clam", "is not a column of this table: expected claim"),
        ("kind", "the column appears 2 times"),
        ("tested_by", "the column is missing"),
    }


@pytest.mark.parametrize("above", ["\n", "Table of claims\n", "<html>not found</html>\n", "a,b,c,d\n"])
def test_a_first_line_that_is_no_header_is_one_problem(copy, problems, above):
    spoil(copy, "claims.csv", "claim_id,", above + "claim_id,")
    assert "is no header line" in one(problems(copy)).rule


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("\u221228.8", "-28.8"),
        ("\uff12\uff18.\uff18", "28.8"),
        ("28.8\u200b", "28.8"),
        ("\u201328.8", "-28.8"),
    ],
)
def test_a_number_in_signs_of_print_is_refused_with_its_plain_form(copy, problems, typed, plain):
    spoil(copy, "outcomes.csv", ",mean,28.8,", f",mean,{typed},")
    assert one(problems(copy)).rule.endswith(f"plain keyboard: {plain}")


def test_a_key_is_another_rows_key_in_capitals_too(copy, problems):
    studies = (copy / "studies.csv").read_text(encoding="utf-8")
    again = studies.splitlines()[-1].replace("nielsen2026,", "Nielsen2026,", 1)
    (copy / "studies.csv").write_text(f"{studies}{again}\n", encoding="utf-8")
    assert "line 17 has 'nielsen2026'" in "".join(problem.rule for problem in problems(copy))


def test_ragged_rows(copy, problems):
    path = copy / "claims.csv"
    path.write_text(path.read_text(encoding="utf-8") + "one,two\na,b,dose,d,e\n", encoding="utf-8")
    short, long = problems(copy)
    assert (short.line, long.line) == (20, 21)
    assert "2 cells" in short.rule
    assert '"quotes"' in long.rule


def test_an_open_quotation_mark(copy, problems):
    spoil(copy, "claims.csv", "dose_typical,A typical", 'dose_typical,"A typical')
    assert "quotation mark" in one(problems(copy)).rule


def test_ten_thousand_rows(copy, problems):
    path = copy / "claims.csv"
    path.write_text(path.read_text(encoding="utf-8") + "x,y,z,w\n" * 10_000, encoding="utf-8")
    found = problems(copy)
    assert len(found) == 19_999  # the kind of each row, and each key but the first
    assert str(evidence.EvidenceError(found)).count("\n") < 300


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ("[]", "does not describe"),
        ("{}", "lacks 'resources'"),
        ('{"resources": [{"name": "x"}]}', "lacks 'path'"),
        ('{"resources": [{"name": "../x", "path": "x", "schema": {}}]}', "letters, digits"),
        ('{"resources": [{"name": "x", "path": "../x", "schema": {}}]}', "beside datapackage.json"),
        ('{"resources": []}', "the table is missing"),
        ('{"resources": 3}', "does not describe"),
    ],
)
def test_a_broken_package(copy, problems, content, words):
    (copy / "datapackage.json").write_text(content, encoding="utf-8")
    assert words in problems(copy)[0].rule


@pytest.mark.parametrize("key", ["type", "pattern", "minimum", "foreignKeys"])
def test_a_broken_schema(copy, problems, key):
    package = json.loads((copy / "datapackage.json").read_text(encoding="utf-8"))
    schema = package["resources"][1]["schema"]
    if key == "type":
        schema["fields"][2]["type"] = "colour"
    elif key == "foreignKeys":
        schema["foreignKeys"][0]["reference"]["resource"] = "nowhere"
    else:
        schema["fields"][2]["constraints"] = {key: "(" if key == "pattern" else "low"}
    (copy / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    assert "does not describe" in one(problems(copy)).rule


def test_a_missing_table_does_not_echo_in_every_key(copy, problems):
    (copy / "studies.csv").unlink()
    assert [problem.file for problem in problems(copy)] == ["studies.csv"]


# As of a year, and where a value comes from ----------------------------------------------------------------


def test_as_of_2016(ev):
    then = ev.as_of(2016)
    assert then.year == 2016
    assert set(then.studies["study_id"]) == {
        "younger2009",
        "younger2013",
        "youngerplos2009",
        "ramanathan2012",
        "metyas2018",
    }
    assert then.published_syntheses.empty
    assert set(then.outcomes["study_id"]) <= set(then.studies["study_id"])
    assert set(then.events["study_id"]) == {"younger2009", "younger2013", "metyas2018"}
    assert "final2024" not in set(then.study_sets["study_id"])
    assert then.pharmacology["year"].max() <= 2016
    assert then.pharmacology["year"].notna().all()
    alone = {  # counts and changes of the drug condition whose partner was not reported
        "younger2009-heat-pain-threshold-w8-ldn-mean-change",
        "younger2009-symptom-response-w8-ldn",
        "younger2009-vivid-dreams-w8-ldn",
        "younger2009-transient-nausea-and-insomnia-w8-ldn",
        "younger2013-serious-adverse-event-ldn",
        "younger2013-pain-response-30-ldn",
    }
    paired = "younger2013-pain-ldn-placebo-paired-difference"  # its p value alone gives the precision
    assert set(then.findings["row_id"]) == {"youngerplos2009", paired} | alone
    assert set(then.integrity_reasons["row_id"]) == {"youngerplos2009"} | alone
    assert len(then.claims) == len(ev.claims)
    assert {name: len(table) for name, table in then.printed.items()} == {
        name: len(table) for name, table in then.tables.items()
    }
    assert then.data_version == ev.data_version
    assert "as of 2016" in repr(then)


def test_as_of_the_far_ends(ev):
    assert ev.as_of(1900).studies.empty
    late = ev.as_of(2100)
    for name in set(ev.tables) - {"pharmacology"}:
        pd.testing.assert_frame_equal(late.tables[name], ev.tables[name])
    undated = ev.pharmacology["year"].isna()
    assert len(late.pharmacology) == (~undated).sum()


@pytest.mark.parametrize("year", ["2016", 2016.5, True])
def test_as_of_wants_a_year(ev, year):
    with pytest.raises(InputError, match="calendar year"):
        ev.as_of(year)


def test_as_of_no_year_or_a_later_one_is_the_view_itself(ev):
    assert ev.as_of(None) is ev
    then = ev.as_of(2016)
    assert then.as_of(None) is then
    assert then.as_of(2024) is then
    assert then.as_of(2013).year == 2013


def test_source_of(ev):
    found = evidence.source_of(ev, "final2024-pain-w12-ldn-mean-change")
    assert found.value == "-1.3 (-1.7 to -0.8)"
    assert found.unit == "points"
    assert found.url == "https://doi.org/10.1016/S2665-9913(23)00278-3"
    assert (found.how_read, found.location) == ("abstract", "Abstract and Table 2")
    row = (ev.folder / found.file).read_text(encoding="utf-8").splitlines()[found.line - 1]
    assert row.startswith(found.row_id + ",")
    assert "Due Bruun" in found.label


def test_source_of_every_row(ev):
    for name, table in ev.tables.items():
        for key in table.iloc[:, 0]:
            found = evidence.source_of(ev, key)
            assert found.row_id == key
            if name in ("outcomes", "events", "pharmacology", "clinical_thresholds"):
                assert found.source
                assert found.location


def test_source_of_a_misspelt_key_names_the_nearest(ev):
    with pytest.raises(InputError, match="final2024-pain-w12-ldn-mean-change"):
        evidence.source_of(ev, "final2024-pain-w12-ldn-mean-chance")


@pytest.mark.parametrize(
    ("source", "url"),
    [
        ("10.1002/art.37734", "https://doi.org/10.1002/art.37734"),
        ("PMID 954353", "https://pubmed.ncbi.nlm.nih.gov/954353/"),
        ("ReVia label 2013 (NDA 018932)", ""),
        ('10.1/"><script>', "https://doi.org/10.1/%22%3E%3Cscript%3E"),
    ],
)
def test_source_url(source, url):
    assert evidence.source_url(source) == url


# The package itself ----------------------------------------------------------------------------------------


def test_the_data_package_is_valid_by_the_frictionless_library(ev):
    from frictionless import Package

    report = Package(str(ev.folder / "datapackage.json")).validate()
    assert report.valid, report.flatten(["rowNumber", "fieldName", "message"])


def test_every_column_is_described(ev):
    for resource in ev.package.resources.values():
        assert [field.name for field in resource.fields if not field.description] == [], resource.name


def test_primary_time_points_are_weeks_that_were_reported(ev):
    """A study that is pooled has a row at its primary week, if its outcome has rows with a week at all."""
    outcomes = ev.outcomes
    for row in ev.study_sets.query("set != 'excluded'").itertuples():
        rows = outcomes[(outcomes["study_id"] == row.study_id) & (outcomes["domain"] == row.from_domain)]
        weeks = set(rows["week"].dropna())
        assert not weeks or row.primary_week in weeks, row.study_set_id


def test_every_study_has_a_place_for_pain(ev):
    listed = ev.study_sets.query("outcome == 'pain'")
    assert set(listed["study_id"]) == set(ev.studies["study_id"])
    for row in listed.itertuples():
        study = ev.studies.set_index("study_id").loc[row.study_id]
        if row.set in ("primary", "all_randomised"):
            assert study["randomised"] == "yes"
            assert study["blinding"] == "double-blind"


def test_risk_of_bias_has_every_domain_of_its_tool(ev):
    domains = {
        "RoB 2 parallel": {"D1", "D2", "D3", "D4", "D5", "overall"},
        "RoB 2 crossover": {"D1", "DS", "D2", "D3", "D4", "D5", "overall"},
        "does not apply": {"overall"},
    }
    table = ev.risk_of_bias
    for (study, variant), rows in table.groupby(["study_id", "variant"]):
        assert set(rows["domain"]) == domains[variant], study
    studies = ev.studies.set_index("study_id")
    for study, variant in table[["study_id", "variant"]].drop_duplicates().itertuples(index=False):
        assert (variant == "does not apply") == (studies.loc[study, "randomised"] == "no")
    worst = {"low": 0, "no information": 1, "some concerns": 2, "high": 3}
    for study, rows in table[table["variant"] != "does not apply"].groupby("study_id"):
        judged = rows.set_index("domain")["judgement"]
        assert worst[judged["overall"]] == max(worst[value] for value in judged.drop("overall")), study


def test_risk_of_bias_quotes_what_the_studies_table_says(ev):
    """Or what the check of November 2026 quotes from the source that the basis names."""
    import re

    update = ROOT.parent / "shared" / "evidence" / "update" / "risk_of_bias.changed.csv"
    checked = set(pd.read_csv(update)["risk_of_bias_id"]) if update.is_file() else CHECKED
    assert checked == CHECKED
    studies = ev.studies.set_index("study_id").astype(object)
    for row in ev.risk_of_bias[~ev.risk_of_bias["risk_of_bias_id"].isin(checked)].itertuples():
        said = " | ".join(str(value) for value in studies.loc[row.study_id])
        for quoted in re.findall(r'"([^"]+)"', row.basis):
            assert quoted.rstrip(".").lower() in said.lower(), (row.risk_of_bias_id, quoted)


def test_a_copy_is_independent_of_the_machine(tmp_path, ev):
    shutil.copytree(ev.folder, tmp_path / "Daten Ähre")
    assert evidence.load(tmp_path / "Daten Ähre").data_version == ev.data_version
    assert copying.copy(ev).data_version == ev.data_version


def test_one_slip_that_breaks_many_rows_is_said_once(copy):
    studies = copy / "studies.csv"
    kept = [line for line in studies.read_text(encoding="utf-8").splitlines() if line[:10] != "innova2026"]
    studies.write_text("\n".join(kept) + "\n", encoding="utf-8")
    with pytest.raises(evidence.EvidenceError) as caught:
        evidence.load(copy)
    said = [line for line in str(caught.value).splitlines() if "outcomes.csv" in line]
    lines = [problem.line for problem in caught.value.problems if problem.file == "outcomes.csv"]
    assert len(said) == 1 and len(lines) > 10
    assert f"lines {', '.join(map(str, lines))}, column study_id: 'innova2026'" in said[0]
