"""Adding a trial: the rows of the README, checked before anything is written, in the files' own form."""

import csv
import dataclasses
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ldn_analysis import contrasts, evidence, workbench
from ldn_analysis.cli import app
from ldn_analysis.errors import InputError
from ldn_analysis.questions.dosing import randomised_comparisons
from ldn_analysis.questions.safety.exposure import exposure_arms
from ldn_analysis.workbench import Trial, add_trial, commands
from ldn_analysis.workbench.answers import of_trial, wrong_answer
from ldn_analysis.workbench.new_study_options import ASKED

ROOT = Path(__file__).parents[2]
SMITH = Trial(
    study_id="smith2027",
    label="Smith et al. 2027",
    year=2027,
    design="parallel",
    dose="3",
    weeks="12",
    randomised="yes",
    blinding="double-blind",
    source="10.0000/example",
    location="Table 2 (favours LDN)",
    how_read="abstract",
    difference="-0.8 -1.9 0.3",
    n="29 29",
)


def but(**changed):
    return dataclasses.replace(SMITH, **changed)


@pytest.fixture
def data(tmp_path):
    return Path(shutil.copytree(ROOT / "data", tmp_path / "data"))


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def run(*words, **extra):
    return subprocess.run(
        [sys.executable, "-m", "ldn_analysis", *words],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **extra},
        timeout=120,
    )


def test_writes_the_outcome_row_that_the_readme_writes_by_hand(data):
    add_trial(but(how_read="full text"), data)
    by_hand = re.search(r"^ *(smith2027-pain-w12.*)$", (ROOT / "README.md").read_text("utf-8"), re.M)
    assert (data / "outcomes.csv").read_text("utf-8").splitlines()[-1] == by_hand[1].strip()


def test_appends_and_the_data_load_with_it(data):
    before = contents(data)
    preview = add_trial(SMITH, data)
    after = contents(data)
    assert {name for name in after if after[name] != before[name]} == {"studies.csv", "outcomes.csv"}
    assert all(after[name].startswith(before[name]) for name in before)
    assert (preview.before.fit.k, preview.after.fit.k) == (3, 4)
    ev = evidence.load(data)
    again = workbench.analyse(ev, preview.after.choices)
    assert again.fit.estimate == preview.after.fit.estimate
    study = ev.studies.set_index("study_id").loc["smith2027"]
    assert study["doi"] == "10.0000/example"
    assert study[["pmid", "sex", "n_randomised", "control_weeks", "country"]].isna().all()
    with pytest.raises(InputError, match="already"):
        add_trial(SMITH, data)


def test_keeps_line_ends_byte_order_mark_quoting_and_trailing_zeros(data):
    for name in ("studies.csv", "outcomes.csv"):
        text = (data / name).read_bytes().replace(b"\n", b"\r\n").removesuffix(b"\r\n")
        (data / name).write_bytes(b"\xef\xbb\xbf" + text)
    before = contents(data)
    label = 'Smith, "Jones" & <b>Öz</b> 2027'
    add_trial(but(label=label, difference="-0.80 -1.90 0.30"), data)
    after = contents(data)
    for name in ("studies.csv", "outcomes.csv"):
        new = after[name][len(before[name]) :]
        assert after[name].startswith(before[name])
        assert new.startswith(b"\r\n") and new.endswith(b"\r\n") and new.count(b"\n") == new.count(b"\r\n")
    assert b",-0.80,-1.90,0.30," in after["outcomes.csv"]
    rows = list(csv.DictReader(io.StringIO(after["studies.csv"].decode("utf-8-sig"), newline="")))
    assert rows[-1]["label"] == label


@pytest.mark.parametrize(
    ("changed", "n", "k", "confirmed_by"),
    [
        ({"difference": "", "n": "", "ldn": "30 4.1 2.0", "placebo": "28 5.0 2.1"}, 58, 4, ""),
        ({"difference": "", "n": "", "ldn": "30 -1.1 2", "placebo": "28 -0.2 2", "change": True}, 58, 4, ""),
        ({"difference": "-0.8", "p": "0.15"}, 58, 4, 'lower upper"'),
        ({"adjusted": True}, 58, 4, "--p"),
        ({"design": "crossover", "n": "28", "difference": "-0.8 -1.5 -0.1"}, 28, 4, "--p"),
        (
            {"design": "crossover", "n": "28", "difference": "-0.8 -1.5 -0.1", "adjusted": True},
            28,
            4,
            "--p",
        ),
        ({"blinding": "open", "study_set": "excluded", "reason": "Open label."}, 58, 3, ""),
        ({"difference": "", "n": "", "design": "crossover", "ldn": "9 4.1 2", "placebo": "9 5 2"}, 9, 3, ""),
    ],
)
def test_ways_of_reporting(data, changed, n, k, confirmed_by):
    preview = add_trial(but(**changed), data)
    assert preview.after.fit.k == k
    assert bool(preview.reason) == (k == 3)
    assert evidence.load(data).studies.set_index("study_id").loc["smith2027", "n_analysed"] == n
    assert ("is not in the pool" in preview.text()) == (k == 3)
    lines = [line for line in preview.text().splitlines() if line.startswith("to be confirmed: ")]
    assert len(lines) == bool(confirmed_by) and all(line.endswith(f"{confirmed_by})") for line in lines)


def test_two_means_give_the_textbook_standard_error(data):
    preview = add_trial(but(difference="", n="", ldn="30 4.1 2.0", placebo="28 5.0 2.1"), data, dry_run=True)
    row = preview.after.table.set_index("study_id").loc["smith2027"]
    assert row["yi"] == pytest.approx(4.1 - 5.0)
    assert row["vi"] == pytest.approx(2.0**2 / 30 + 2.1**2 / 28)  # Cochrane Handbook 6.5.1.1


@pytest.mark.parametrize(
    "changed",
    [
        {"study_id": "Smith 2027"},
        {"study_id": "../x"},
        {"design": "cluster"},
        {"dose": "three"},
        {"dose": "nan"},
        {"difference": "-0.8 -1.9"},
        {"difference": "-0.8"},
        {"difference": "a b c"},
        {"difference": ""},
        {"n": "29"},
        {"n": "29.5 29"},
        {"ldn": "29 4 2"},
        {"difference": "", "n": "", "ldn": "29 4 2"},
        {"difference": "", "ldn": "29 4 2", "placebo": "29 5 2"},
        {"scale": "10"},
        {"blinding": "open"},
        {"study_set": "primary"},
        {"design": "crossover", "n": "28", "final": True},
        {"change": True},
        {"basis": "Judged by two."},
        {"risk_of_bias": "D1 low, D1 high, D2 low, D3 low, D4 low, D5 low"},
        {"instrument": "pain VAS", "scale": ""},
        {"study_id": "s" * 61},
        # Refused by the rules of the data themselves:
        {"source": "https://doi.org/10.1016/s2665-9913(23)00278-3"},
        {"source": "PMID 38258677"},
        {"difference": "-0.8 1.9 0.3"},
        {"difference": "-0.8 -1.9 2.5"},
        {"how_read": "glanced at"},
        {"randomised": "perhaps", "study_set": "excluded", "reason": "?"},
        {"dose": "450"},
        {"year": 27},
        {"label": ""},
        {"study_set": "secondary", "reason": "?"},
        {"p": "2"},
    ],
    ids=str,
)
def test_what_is_not_valid_is_not_written(data, changed):
    before = contents(data)
    with pytest.raises((InputError, evidence.EvidenceError)) as caught:
        add_trial(but(**changed), data)
    assert str(caught.value)
    assert contents(data) == before


def test_a_dry_run_and_a_read_only_folder_leave_the_data_alone(data, monkeypatch):
    before = contents(data)
    assert add_trial(SMITH, data, dry_run=True).after.fit.k == 4
    assert contents(data) == before

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(InputError, match="No space left"):
        add_trial(SMITH, data)
    assert contents(data) == before


WIDE = "estimate_mid_interval: made on the log scale"


def test_what_a_rule_doubts_stands_with_its_reason_or_nothing_is_written(data, monkeypatch):
    doubted, before = but(difference="-0.8 -1.9 2.5"), contents(data)
    with pytest.raises(evidence.EvidenceError, match='or say --stands "estimate_mid_interval: why"'):
        add_trial(doubted, data)
    for trial, stands, said in (
        (doubted, ["estimate_mid_intervall: so"], "the nearest is 'estimate_mid_interval'"),
        (doubted, ["estimate_mid_interval: "], "must be"),
        (doubted, [WIDE, WIDE], "has its reason already"),
        (SMITH, [WIDE], "finds nothing here"),
        (dataclasses.replace(doubted, dose="45"), [WIDE], "dose_in_range: why"),
    ):
        with pytest.raises((InputError, evidence.EvidenceError), match=said):
            add_trial(dataclasses.replace(trial, stands=stands), data)
    assert contents(data) == before

    monkeypatch.setenv("LDN_DATA", str(data))
    monkeypatch.setattr(commands, "_interactive", lambda: True)
    words = [f"--{name.replace('_', '-')}={getattr(doubted, name)}" for name in (*ASKED, "difference", "n")]
    words += [
        "--favours=ldn",
        "--n-randomised=58",
        "--primary-week=12",
        "--risk-of-bias=not judged",
        "--dose=45",
    ]
    answers = ["made on the log scale", "the dose was that", "pooled to see it", "y"]
    no_counts = ""
    typed = "\n".join([no_counts, *answers]) + "\n"
    done = CliRunner().invoke(app, ["new-study", "smith2027", *words], input=typed)
    assert done.exit_code == 0, done.output
    mine = evidence.load(data).integrity_reasons.tail(3).set_index("check")
    assert mine["reason"].tolist() == answers[:3]
    assert mine.loc["dose_in_range", ["table", "row_id"]].tolist() == ["studies", "smith2027"]


def test_shows_both_forest_plots_with_text_as_text(data, tmp_path):
    preview = add_trial(but(label="<script>alert(1)</script> 2027"), data, dry_run=True)
    html = preview.write(tmp_path / "out")[-1].read_text("utf-8")
    assert "<script" not in html
    assert html.count("<img alt=") == 2
    for path in (tmp_path / "out").glob("*.svg"):
        assert "<script" not in path.read_text("utf-8")


@pytest.mark.slow
def test_the_command_prints_the_two_pooled_lines(data):
    words = [
        "new-study", "smith2027", "--label", "Smith", "--year", "2027", "--design", "parallel", "--dose", "3",
        "--weeks", "12", "--randomised", "yes", "--blinding", "double-blind", "--source", "10.0000/example",
        "--location", "Table 2", "--how-read", "abstract", "--difference", "-0.8 -1.9 0.3", "--n", "29 29",
        "--favours", "ldn",
    ]  # fmt: skip
    done = run(*words, "--dry-run", LDN_DATA=str(data))
    assert done.returncode == 0, done.stderr
    assert "without smith2027: −0.22 [−1.50, 1.07] NRS points, 3 trials" in done.stdout
    assert "4 trials, 281 participants" in done.stdout


@pytest.mark.slow
def test_the_command_names_every_wrong_option_at_once(data):
    before = contents(data)
    words = ["new-study", "younger2013", "--year", "27", "--design", "cluster", "--how-read", "seen"]
    words += ["--difference", "-0.8 1.9 0.3", "--p", "2", "--ldn", "0 4 2", "--events", "any: 9 8 1 9"]
    done = run(*words, LDN_DATA=str(data))
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert [line.partition(": ")[0].partition(" is ")[0] for line in done.stderr.splitlines()] == [
        "missing", "ID", "--year", "--design", "--how-read", "--difference", "--p", "--ldn", "--events",
    ]  # fmt: skip
    assert done.stderr.startswith("missing: --label, --dose, --weeks")
    assert "--year is '27': must be at least 1900" in done.stderr
    assert "--ldn is '0 4 2': n must be at least 1" in done.stderr
    assert contents(data) == before


def test_all_that_is_wrong_with_a_trial_is_said_at_once(data):
    with pytest.raises(InputError) as caught:
        add_trial(but(year=27, dose="three", how_read="seen", label="", n="29 0"), data)
    said = str(caught.value).splitlines()
    assert [line.partition(" is ")[0] for line in said] == [
        "--label",
        "--year",
        "--dose",
        "--how-read",
        "--n",
    ]


def test_a_rule_of_the_schema_is_the_rule_of_the_answer(data):
    """Every enum, minimum and maximum of a column is the answer's too, in the words of `make check`."""
    ev = evidence.load(data)
    assert wrong_answer(ev, "sex", "x") == "--sex is 'x': must be one of female, male, both"
    nearest = "must be one of ldn, placebo: the nearest is 'ldn'"
    assert wrong_answer(ev, "favours", "LDN") == f"--favours is 'LDN': {nearest}"
    assert wrong_answer(ev, "favours", "ldn placebo") == ""
    assert wrong_answer(ev, "p", "1.5") == "--p is '1.5': p must be at most 1"
    assert wrong_answer(ev, "how_read", "") == "--how-read is '': is empty: a value is required"
    assert wrong_answer(ev, "label", " x") == "--label is ' x': begins or ends with a space"
    assert wrong_answer(ev, "p", "0.000").endswith('lies below, as --p "<0.001"')
    assert wrong_answer(ev, "difference", "-0.8 p 0").endswith("lies below, as p<0.001")
    for months in ("84 days", "3 months"):
        assert "divide days by 7; months are none" in wrong_answer(ev, "weeks", months)
    assert "more events than people (placebo)" in wrong_answer(ev, "events", "any: 1 9 10 9")
    assert "must be" in wrong_answer(ev, "n", "29", "parallel")
    assert wrong_answer(ev, "n", "29", "crossover") == "" == wrong_answer(ev, "n", "29")
    assert ASKED.keys() <= {field.name for field in dataclasses.fields(Trial)}


def test_a_wrong_answer_is_asked_for_again(data, monkeypatch):
    monkeypatch.setenv("LDN_DATA", str(data))
    monkeypatch.setattr(commands, "_interactive", lambda: True)
    answers = [
        "Smith et al. 2027", "27", "2027", "cluster", "parallel", "three", "3", "12", "perhaps", "yes",
        "double-blind", "10.0000/example", "Table 2", "seen", "abstract", "", "-0.8 1.9 0.3", "-0.8 -1.9 0.3",
        "ANOVA", "change", "29", "29 29", "drug", "ldn", "", "many", "66", "", "D1 low", "not judged",
    ]  # fmt: skip
    done = CliRunner().invoke(app, ["new-study", "smith2027", "--dry-run"], input="\n".join(answers) + "\n")
    assert done.exit_code == 0, done.output
    for said in ("must be at least 1900", "must be one of parallel, crossover", "'three' must be a number",
                 "must be one of yes, no", "must be one of abstract", "must lie between its limits",
                 'must be 2 numbers, "n_ldn n_placebo"', "must be one of ldn, placebo",
                 "'many' must be a number", "needs a judgement for each of D1",
                 "must be one of change, final, ancova, mixed model"):  # fmt: skip
        assert said in " ".join(done.output.split()), said
    assert "4 trials, 281 participants" in done.output


def test_numbers_of_another_scale_are_told_once_how_it_is_named(data):
    hint = "(if it was measured on another scale: --instrument and --unit, such as 'pain VAS' and mm"
    arms = {"difference": None, "n": "", "ldn": "29 48 21", "placebo": "29 56 20"}
    lone = {"difference": "-8 -19 3", "favours": "ldn"}
    for typed in (arms, lone, {**lone, "baseline": "61 15"}):
        with pytest.raises(evidence.EvidenceError) as refused:
            add_trial(but(**typed), data)
        lines = str(refused.value).splitlines()
        assert hint in lines[1] and str(refused.value).count(hint) == 1
        add_trial(but(instrument="pain VAS", unit="mm", scale="", **typed), data, dry_run=True)
    with pytest.raises(evidence.EvidenceError) as refused:
        add_trial(but(favours="ldn", dose="50"), data)
    assert hint not in str(refused.value)


def test_counts_and_baseline_are_rows_too(data):
    texts = (
        "pain response 30%: 12 29 6 29",
        "any adverse event: 20 29 18 29",
        "headache: 40/340 29 20/340 29",
    )
    preview = add_trial(but(events=texts, analysis="intention to treat", baseline="6.10 1.50"), data)
    assert "headache: events in a time at risk, rate ratio 2.00, 1.17 to 3.42" in preview.words
    ev = evidence.load(data)
    mine = ev.events[ev.events["study_id"] == "smith2027"].set_index(["event", "group"])
    assert len(mine) == 6
    row = mine.loc[("pain response 30%", "ldn")]
    assert (row["events"], row["n"], row["week"], row["paired"]) == (12, 29, 12, "no")
    counted = contrasts.event_table(ev, "pain response 30%").set_index("study_id").loc["smith2027"]
    assert counted["included"] and (counted["a"], counted["n1"], counted["c"], counted["n2"]) == (
        12,
        29,
        6,
        29,
    )
    start = ev.outcomes.set_index("outcome_id").loc["smith2027-pain-w0-all-mean"]
    assert (start["value"], start["sd"], start["n"]) == (6.1, 1.5, 58)
    assert b",6.10,,,1.50," in (data / "outcomes.csv").read_bytes()


RESPONDERS = {"difference": "", "n": "", "events": ("pain response 30%: 12 29 6 29",), "n_randomised": "66"}


def test_a_trial_that_reports_responders_alone_is_counted(data):
    preview = add_trial(but(**RESPONDERS, primary_week="12"), data)
    half = 1.959964 * (1 / 12 - 1 / 29 + 1 / 6 - 1 / 29) ** 0.5  # Cochrane Handbook 6.4.1.2
    low, high = (2 * 2.718281828459045**end for end in (-half, half))
    words = f"12 of 29 on LDN, 6 of 29 on placebo, risk ratio 2.00, {low:.2f} to {high:.2f}"
    assert preview.words == f"pain response 30%: {words}"
    assert (preview.before.fit.k, preview.after.fit.k) == (3, 3) and "no estimate of pain" in preview.text()
    assert preview.unused == () and preview.lacking == ("its risk of bias (--risk-of-bias)",)
    ev = evidence.load(data)
    counted = contrasts.event_table(ev, "pain response 30%").set_index("study_id").loc["smith2027"]
    assert counted["included"] and (counted["a"], counted["n2"], counted["week"]) == (12, 29, 12)
    assert ev.studies.set_index("study_id").loc["smith2027", "n_analysed"] == 58
    sets = ev.study_sets[ev.study_sets["study_id"] == "smith2027"]
    assert list(sets["outcome"]) == ["pain response"]


def test_far_more_randomised_than_analysed_asks_for_another_arm(data):
    said = add_trial(but(n_randomised="96"), data, dry_run=True).lacking
    assert any("an arm beside these, if there was one: 58 of 96 randomised are here" in one for one in said)
    assert not any(
        "an arm beside" in one for one in add_trial(but(n_randomised="66"), data, dry_run=True).lacking
    )


def test_counts_of_the_same_people_say_their_ratio(data):
    """By hand: 12 and 6 of 28, 4 of them both; the variance of the log is (8 + 2) / (12 x 6)."""
    pairs = but(design="crossover", n="28", events=("nausea: 12 28 6 28 both 4",))
    preview = add_trial(pairs, data, dry_run=True)
    assert preview.words.endswith("on placebo, the same people, risk ratio 2.00, 0.96 to 4.15")


def test_counts_are_asked_for_where_there_is_no_difference(data, monkeypatch):
    monkeypatch.setenv("LDN_DATA", str(data))
    monkeypatch.setattr(commands, "_interactive", lambda: True)
    about = ["Smith et al. 2027", "2027", "parallel", "1.5 to 4.5", "12", "yes", "double-blind"]
    about += ["10.0000/example", "Table 2", "abstract", ""]
    counts = [
        "",
        "",
        "pain response 30%: 31 29 6 29",
        "pain response 30%: 12 29 6 29",
        "nausea: 5 29 4 29",
        "",
    ]
    answers = [*about, *counts, "66", "12", "not judged"]
    done = CliRunner().invoke(app, ["new-study", "smith2027", "--dry-run"], input="\n".join(answers) + "\n")
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    assert "more events than people (ldn)" in said and "nausea: 5 of 29 on LDN" in said
    assert "the reports will miss: weeks at the full dose" in said
    arms = ["", "29 4.8 2,1", "29 4.8 2.1", "29 5.6 2.1", "", "nausea: 5 29 4 29", ""]
    answers = [*about, *arms, "66", "12", "not judged"]
    done = CliRunner().invoke(app, ["new-study", "smith2027", "--dry-run"], input="\n".join(answers) + "\n")
    assert done.exit_code == 0, done.output
    assert "a point, not a comma" in done.output
    assert "difference −0.80, −1.90 to 0.30" in done.output


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"favours": "placebo"}, "--difference (outcomes.csv), column value: '-0.8'"),
        ({"n": "1 1", "n_randomised": "1"}, "--n-randomised (studies.csv), column n_analysed: '2'"),
        ({"dose": "45"}, "--dose (studies.csv), column dose_mg_per_day: '45'"),
        ({"primary_week": "40"}, "--primary-week (study_sets.csv)"),
        ({"events": ("feeling odd: 3 29 2 29",)}, "--events (events.csv), column event: 'feeling odd'"),
        (dict.fromkeys(("difference", "n", "favours"), "") | {"ldn": "29 4.8 0", "placebo": "29 5.6 2.1"},
         "--ldn (outcomes.csv), column sd: '0'"),
    ],
    ids=str,
)  # fmt: skip
def test_what_breaks_a_rule_is_said_of_the_option_that_it_was_typed_in(data, given, said):
    with pytest.raises(evidence.EvidenceError) as error:
        add_trial(but(**given), data, dry_run=True)
    assert said in str(error.value)
    assert "line" not in str(error.value)


def test_conditions_that_a_correlation_joins_are_used_and_the_reports_without_it_are_named(data):
    arms = dict.fromkeys(("difference", "n", "favours"), "") | {"ldn": "28 4.8 2.1", "placebo": "28 5.6 2.1"}
    preview = add_trial(but(design="crossover", **arms), data, dry_run=True, crossover_r=0.6)
    assert preview.unused == ()
    assert "its conditions, wherever they are made without crossover_r=0.6" in preview.lacking


@pytest.mark.parametrize(
    ("dose", "schedule", "said"),
    [
        ("4.5", "", ("4.5", "4.5", "4.5", "4.5 mg a day")),
        ("4.5 3", "", ("3 to 4.5", "3", "4.5", "3 mg or 4.5 mg a day")),
        ("1.5 to 4.5", "", ("4.5", "1.5", "4.5", "titrated from 1.5 to 4.5 mg a day")),
        ("1.5 mg to 4.5 mg", "titrated, held 9 weeks", ("4.5", "1.5", "4.5", "titrated, held 9 weeks")),
        ("3 to 4.5", "individual, 3 to 4.5 mg", ("3 to 4.5", "3", "4.5", "individual, 3 to 4.5 mg")),
    ],
)
def test_doses_side_by_side_and_doses_in_turn(data, dose, schedule, said):
    each = {"difference": ("3 mg: -0.8 -1.9 0.3", "4.5 mg: -0.7 -1.8 0.4"), "n": "29 29 29"}
    add_trial(but(dose=dose, schedule=schedule, **(each if dose == "4.5 3" else {})), data)
    ev = evidence.load(data)
    row = ev.printed["studies"].set_index("study_id").loc["smith2027"]
    assert tuple(row[["dose_mg_per_day", "dose_min_mg", "dose_max_mg", "dose_schedule"]]) == said
    compared = randomised_comparisons(ev)
    assert ("smith2027" in set(compared["study_id"])) == (" or " in said[3])
    weeks = set(exposure_arms(ev).query("study_id == 'smith2027'")["weeks_full"].fillna(-1))
    held = {"4.5": 12, "4.5 3": 12, "1.5 mg to 4.5 mg": 9}.get(dose, -1)
    assert weeks == {held}


ARMS = {"difference": "", "n": "", "ldn": "29 4.8 2.1", "placebo": "29 5.6 2.1"}
APART = {"control": "another dose", "dose": "3 6", "study_set": "all_randomised", "reason": "No placebo."}


@pytest.mark.parametrize(
    ("changed", "k", "reason"),
    [
        # Doses against each other say nothing of placebo; the smaller dose is no control group.
        (ARMS | APART | {"ldn": ("3 mg: 30 4.8 2.1", "6 mg: 31 4.6 2"), "placebo": ""}, 3, "No placebo."),
        ({"difference": "", "n": "", "study_set": "all_randomised", "reason": "d alone."}, 3, "d alone"),
        (ARMS | {"instrument": "FIQR", "scale": "", "better": "", "ldn": "29 42 16", "placebo": "29 50 17"},
         3, "no estimate of pain"),
        (ARMS | {"instrument": "FIQR pain item", "new_instrument": "10.1186/ar2783", "scale": "0 10",
                 "better": "lower"}, 4, ""),
        (ARMS | {"instrument": "freedom of pain", "new_instrument": "10.1186/ar2783", "scale": "0 100",
                 "better": "higher", "ldn": "29 52 21", "placebo": "29 44 21"}, 4, ""),
    ],
)  # fmt: skip
def test_a_trial_without_placebo_without_numbers_or_of_another_instrument(data, changed, k, reason):
    preview = add_trial(but(**changed), data)
    assert preview.after.fit.k == k and (reason in preview.reason if reason else not preview.reason)
    if k == 3:
        assert preview.before.pooled == preview.after.pooled
    if k == 4:  # 4.8 - 5.6 points, and (44 - 52) / 10 of a scale on which higher is better
        row = preview.after.table.set_index("study_id").loc["smith2027"]
        assert (row["yi"], row["vi"]) == pytest.approx((-0.8, 2 * 2.1**2 / 29))


@pytest.mark.parametrize(
    ("event", "kind", "better"),
    [("drowsiness", "adverse event", "lower"), ("pain lower by 3 points", "response", "higher"),
     ("pain response 40%", "response", "higher"), ("non-serious adverse event", "adverse event", "lower"),
     ("stopped for other reason", "discontinuation", "lower"),
     ("serious infection", "serious adverse event", "lower")],
)  # fmt: skip
def test_a_new_event_has_the_kind_of_its_name(data, event, kind, better):
    add_trial(but(events=(f"{event}: 12 29 6 29",), new_event=(event,)), data)
    listed = evidence.load(data).event_types.set_index("event").loc[event]
    assert (listed["kind"], listed["better"]) == (kind, better)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"difference": "", "p": "0.03", "n": "", "favours": ""}, "--p belongs to --difference"),
        ({"difference": "", "change": True, "n": "", "favours": ""}, "--change belongs to --ldn"),
        ({"dose": "3 4.5", "difference": ("3 mg: -1 -2 0", "3 mg: -1 -2 0"), "n": "9 9 9"}, "each its own"),
        (ARMS | {"favours": ""} | APART, "--placebo is given, and --control is 'another dose'"),
        (ARMS | {"favours": "", "placebo": "", "ldn": "3 mg: 29 4.8 2.1"} | APART, "takes two doses"),
        (ARMS | {"favours": "", "placebo": ""} | APART | {"dose": "3"}, "takes two doses"),
        ({"events": ("nausae: 3 29 2 29",), "new_event": ("nausae",)}, "is near 'nausea'"),
        ({"events": ("Nausea: 3 29 2 29",), "new_event": ("Nausea",)}, "is near 'nausea'"),
        ({"events": ("nausea: 3 29 2 29",) * 2}, "nausea is counted twice"),
        (ARMS | {"favours": "", "ldn": "29 -1.8 2.1"}, "say --change"),
        (ARMS | {"favours": "", "instrument": "pain NSR", "new_instrument": "10.1186/ar2783",
                 "scale": "0 10", "better": "lower"}, "is near 'pain NRS'"),
        ({"events": ("abdominal pian: 3 29 2 29",), "new_event": ("abdominal pian",)}, "is near 'abdom"),
        (ARMS | {"favours": "", "instrument": "ache", "new_instrument": "10.1186/ar2783", "unit": "percent",
                 "scale": "0 100", "better": "higher"}, "two lines of measures.csv"),
    ],
)  # fmt: skip
def test_what_would_be_dropped_or_contradicts_is_refused(data, changed, said):
    with pytest.raises(InputError, match=said):
        add_trial(but(**{"study_set": "all_randomised", "reason": "Prints p alone."} | changed), data)


def test_a_further_report_is_of_its_trial_and_counts_nobody_twice(data):
    ev = evidence.load(data)
    later = {"label": "Later report", "year": "2027", "source": "10.0000/later", "location": "Table 2",
             "how_read": "full text", "study_id": "later2027", "n": "47 49"}  # fmt: skip
    blank = {field.name: "" for field in dataclasses.fields(Trial) if field.default == ""} | later
    innova = of_trial(ev, blank | {"report_of": "innova2026", "difference": "0.3 -0.6 1.2", "weeks": "26"})
    assert (innova["treatment_weeks"], innova["registry"]) == ("52", "NCT04739995")
    preview = add_trial(Trial(**innova | {"favours": "placebo"}), data)
    assert preview.reason == "no estimate at the primary time point, week 13"  # its report is of week 26
    assert preview.before.pooled == preview.after.pooled
    phase = {"randomised": "no", "blinding": "open", "design": "single-arm", "dose": "6", "weeks": "52",
             "control": "none", "study_set": "excluded", "reason": "An open extension."}  # fmt: skip
    phase |= {"report_of": "final2024", "n": "", "study_id": "open2027", "source": "10.0000/open"}
    extension = of_trial(ev, blank | phase)
    assert add_trial(Trial(**extension | {"ldn": "40 4.8 2.1"}), data).before.pooled == preview.after.pooled
    assert "the nearest is 'innova2026'" in wrong_answer(ev, "report_of", "innova2027")
    assert "--report-of" in wrong_answer(ev, "study_id", "final2024")


@pytest.mark.parametrize("dose", ["titrated to 4.5", "4.5 to 1.5", "1.5-4.5", "1,5", ""])
def test_a_dose_that_is_not_understood_shows_the_ways_to_say_it(data, dose):
    with pytest.raises(InputError, match=r"for one group|a value is required"):
        add_trial(but(dose=dose), data)


def test_two_at_once_are_both_there_and_links_stay_links(data, tmp_path):
    """Each waits for the other: what one has checked is what it writes."""
    from concurrent.futures import ThreadPoolExecutor

    elsewhere = tmp_path / "elsewhere.csv"
    (data / "studies.csv").rename(elsewhere)
    (data / "studies.csv").symlink_to(elsewhere)
    trials = [
        but(
            study_id=f"smith2027{letter}",
            label=f"{author} 2027",
            location="Abstract (favours LDN)",
            source=f"10.0000/example.{letter}",
            country=country,  # one trial under two names, or of one author, would be refused
            difference=difference,
        )
        for letter, author, country, difference in (
            ("a", "Smith", "Iran", "-0.8 -1.9 0.3"), ("b", "Jones", "Egypt", "-0.7 -1.8 0.4")
        )
    ]  # fmt: skip
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda trial: add_trial(trial, data), trials))
    assert {"smith2027a", "smith2027b"} <= set(evidence.load(data).studies["study_id"])
    assert (data / "studies.csv").is_symlink() and "smith2027b" in elsewhere.read_text(encoding="utf-8")
    assert not [path for path in data.iterdir() if path.name.startswith(".")]


def test_what_was_changed_meanwhile_is_not_overwritten(data, monkeypatch):
    from ldn_analysis.workbench import rows as additions

    append = additions.append

    def slow(path, rows, optional):
        theirs = data / path.name
        theirs.write_bytes(theirs.read_bytes() + b"\n")
        return append(path, rows, optional)

    monkeypatch.setattr(additions, "append", slow)
    with pytest.raises(InputError, match="was changed meanwhile: nothing was written"):
        add_trial(but(location="Abstract (favours LDN)"), data)
    assert "smith2027" not in (data / "studies.csv").read_text(encoding="utf-8")
    assert not [path for path in data.iterdir() if path.name.startswith(".")]


def test_a_further_report_has_the_risk_of_bias_of_its_trial(data):
    blank = dict.fromkeys(("difference", "n", "favours"), "")
    judged = "D1 low, D2 low, D3 some concerns, D4 low, D5 low"
    add_trial(but(**blank, events=("nausea: 3 29 2 29",), risk_of_bias=judged), data)
    report = {"study_id": "smith2028", "label": "Smith et al. 2027b", "year": 2027, "source": "10.0000/later"}
    preview = add_trial(but(**report, report_of="smith2027"), data)
    assert preview.after.bias["smith2028"] == "some concerns" and not preview.reason
    findings = evidence.load(data).findings
    assert "smith2028" not in set(findings.loc[findings["check"] == "pooled_is_judged", "row_id"])
