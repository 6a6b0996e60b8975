"""More rows of a study that is there, a trial that is typed at the prompt, and answers that are not lost."""

import shlex
import shutil
from pathlib import Path

import pytest
from scipy import stats
from test_workbench_new_study import SMITH, but, contents
from typer.testing import CliRunner

from ldn_analysis import evidence
from ldn_analysis.cli import app
from ldn_analysis.errors import InputError
from ldn_analysis.questions.pain.analysis import analyse
from ldn_analysis.questions.pain.parameters import Pain
from ldn_analysis.workbench import add_trial, commands
from ldn_analysis.workbench.answers import of_study
from ldn_analysis.workbench.new_study_again import entered_again

ROOT = Path(__file__).parents[2]
ABOUT = ["Mori et al. 2027", "2027", "parallel", "3 4.5", "8", "yes", "double-blind", "10.0000/mori"]
ABOUT += ["Table 3", "full text", ""]


@pytest.fixture
def data(tmp_path, monkeypatch):
    folder = Path(shutil.copytree(ROOT / "data", tmp_path / "data"))
    monkeypatch.setenv("LDN_DATA", str(folder))
    return folder


def run(text, answers=None, monkeypatch=None):
    if answers is not None:
        monkeypatch.setattr(commands, "_interactive", lambda: True)
    typed = "\n".join([*(answers or ()), ""])
    return CliRunner().invoke(app, ["new-study", *shlex.split(text)], input=typed)


def test_more_of_a_study_is_added_and_its_own_row_stands(data):
    add_trial(but(favours="ldn", primary_week="12"), data)
    before = contents(data)
    more = 'smith2027 --more --weeks 12 --location "Table 3" --how-read abstract '
    more += '--instrument FIQ --ldn "29 48 20" --placebo "29 55 21" --events "nausea: 9 29 6 29"'
    done = run(more)
    assert done.exit_code == 0, done.output
    assert "not used: smith2027-pain" not in done.output and "nausea: 9 of 29 on LDN" in done.output
    changed = {name for name, content in contents(data).items() if content != before[name]}
    assert changed == {"outcomes.csv", "events.csv"}
    rows = evidence.load(data).outcomes.query("study_id == 'smith2027'")
    assert rows["domain"].tolist() == ["pain", "symptom severity", "symptom severity"]
    assert rows["source"].nunique() == 1
    second = run(more.replace("--weeks 12", "--weeks 12.0") + " --again")
    assert second.exit_code == 0 and "none differs" in second.output, second.output
    second = run(more.replace("29 48 20", "29 48.0 20") + " --again")
    assert second.exit_code == 1 and "value: 48 in the data, 48.0 now" in second.output


def test_a_primary_week_that_is_there_may_be_said_again_and_not_another(data):
    add_trial(but(favours="ldn", primary_week="12"), data)
    later = {"report_of": "smith2027", "label": "Smith and Lund 2027", "source": "10.0000/lund"}
    later |= {"study_id": "lund2027", "weeks": "24", "treatment_weeks": "12", "favours": "ldn"}
    stands = ("week_in_treatment: a follow-up",)
    with pytest.raises(InputError, match="smith2027 is primary for pain there, primary week 12: leave"):
        add_trial(but(**later, primary_week="26", stands=stands), data)
    sets = (data / "study_sets.csv").read_bytes()
    preview = add_trial(but(**later, primary_week="12"), data)
    assert preview.after.fit.k == preview.before.fit.k
    assert (data / "study_sets.csv").read_bytes() == sets


def test_a_paper_after_its_preprint_is_pooled_once_its_name_is_the_trial(data):
    judged = "D1 low, D2 low, D3 some concerns, D4 low, D5 low"
    add_trial(but(favours="ldn", primary_week="12", risk_of_bias=judged), data)
    paper = {"study_id": "lund2027", "report_of": "smith2027", "label": "Lund et al. 2027"}
    paper |= {"source": "10.0000/paper", "difference": "-0.6 -1.6 0.4", "favours": "ldn"}
    preview = add_trial(but(**paper), data)
    told = "If that is this paper's preprint, lund2027 is the trial_id of both in studies.csv."
    assert told in preview.reason and told in preview.text()
    studies = data / "studies.csv"
    text = studies.read_text(encoding="utf-8").replace("\nsmith2027,smith2027,", "\nsmith2027,lund2027,")
    studies.write_text(text.replace("\nlund2027,smith2027,", "\nlund2027,lund2027,"), encoding="utf-8")
    pool = analyse(evidence.load(data), Pain())
    ours = pool.table["study_id"].isin(["smith2027", "lund2027"]) & pool.table["included"]
    (kept,) = pool.table[ours].to_dict("records")
    assert (kept["study_id"], kept["yi"]) == ("lund2027", -0.6)
    assert pool.fit.k == preview.after.fit.k
    findings = evidence.load(data).findings
    assert "lund2027" in set(findings.loc[findings["check"] == "pooled_is_judged", "row_id"])


@pytest.mark.usefixtures("data")
def test_counts_of_a_single_group_are_one_row():
    single = "single2027 --label x --year 2026 --design single-arm --dose 4.5 --weeks 12 --randomised no "
    single += "--blinding open --source 10.0000/single --location x --how-read abstract --set excluded "
    single += "--reason 'One group.' --dry-run --control none --events "
    done = run(single + "'nausea: 9 25'")
    assert done.exit_code == 0 and "single2027-nausea-w12-ldn,single2027,nausea" in done.output, done.output
    refused = run(single + "'nausea: 9'")
    assert refused.exit_code == 1 and 'with --control none, "name: 9 25"' in refused.output + str(
        refused.exception
    )


@pytest.mark.parametrize(
    ("notes", "told"),
    [
        (
            "Patients with chronic low back pain.",
            "speak of 'Patients with chronic low back pain' (--condition)",
        ),
        ("Stopped early for benefit.", "is its risk of bias judged so? (--risk-of-bias)"),
        ("Two women stopped early.", ""),
    ],
)
def test_notes_that_ask_for_another_look_are_told(data, notes, told):
    preview = add_trial(but(favours="ldn", notes=notes), data, dry_run=True)
    asked = [line for line in preview.unconfirmed if "--p)" not in line]
    assert len(asked) == bool(told) and told in "".join(asked)


def test_an_interim_analysis_of_those_planned_is_no_whole_trial(data):
    with pytest.raises(evidence.EvidenceError, match="part_as_whole"):
        add_trial(but(favours="ldn", notes="Interim analysis of 58 of 120 planned."), data)


def test_pain_of_each_group_at_the_start_is_added(data):
    add_trial(but(favours="ldn"), data)
    start = 'smith2027 --more --weeks 0 --how-read abstract --location "Table 1" '
    done = run(start + '--ldn "29 6.1 1.5" --placebo "29 6.2 1.6"')
    assert done.exit_code == 0, done.output
    rows = evidence.load(data).outcomes.query("study_id == 'smith2027' and week == 0")
    assert rows["group"].tolist() == ["ldn", "placebo"]
    with pytest.raises(evidence.EvidenceError, match="--treatment-weeks"):
        add_trial(but(study_id="jones2027", label="Jones 2027", weeks="0", favours="ldn"), data)


def test_of_more_rows_only_what_they_say_is_said(data):
    add_trial(but(favours="ldn"), data)
    more = 'smith2027 --more --weeks 12 --how-read abstract --location "Table 3" --dry-run '
    done = run(more + '--instrument FIQ --ldn "29 48 20" --placebo "29 55 21"')
    assert done.exit_code == 0 and "understood: means 48 and 55" in done.output, done.output
    assert "did better" not in done.output and "to be confirmed" not in done.output
    assert "without these rows of smith2027: " in done.output and "without smith2027" not in done.output


@pytest.mark.parametrize(("week", "of_placebo"), [("0", 0), ("2", 2), ("8", 4), ("12", 4)])
def test_both_conditions_of_a_crossover_start_together(data, week, of_placebo):
    more = f'younger2013 --more --weeks {week} --how-read abstract --location "Table 1" --instrument FIQ '
    counted = week in ("2", "12")  # counts of the two conditions are paired by week, or each at its end
    done = run(more + '--ldn "28 61 15" --placebo "28 62 16"' + ' --events "nausea: 9 28 6 28"' * counted)
    assert done.exit_code == 0, done.output
    ev = evidence.load(data)
    places = ((ev.outcomes, "location == 'Table 1'"), (ev.events, "event == 'nausea'"))
    for table, place in places if counted else places[:1]:
        rows = table.query(f"study_id == 'younger2013' and {place}").set_index("group")
        assert rows["week"].to_dict() == {"ldn": float(week), "placebo": of_placebo}


@pytest.mark.usefixtures("data")
def test_answers_on_more_rows_can_be_typed_again(monkeypatch):
    answers = ["12", "Table 3", "abstract", "", "49 -10 se 2.9", "50 -12 se 2.9", "", ""]
    done = run("final2024 --more --instrument FIQR", answers, monkeypatch)
    assert done.exit_code == 1 and "say --change" in str(done.exception), done.output
    *_, typed = done.output.partition("your answers, to be mended: python -m ldn_analysis new-study ")
    assert "--label" not in typed and "--weeks 12" in typed
    mended = run(f"{typed.strip()} --change --dry-run", [""], monkeypatch)
    assert mended.exit_code == 0 and "mean changes -10 and -12" in mended.output.replace("−", "-"), (
        mended.output
    )


def test_more_of_a_study_of_a_kind_that_no_new_trial_is(data):
    before = contents(data)
    more = "driver2023 --more --weeks 8 --location x --how-read abstract"
    done = run(f'{more} --ldn "20 4 2" --dry-run')
    assert done.exit_code == 0 and "is not in the pool" in done.output, done.output
    assert contents(data) == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'smith2072 --more --weeks 12 --location x --how-read abstract --events "nausea: 9 29 6 29"',
            "is no study of studies.csv",
        ),
        ("final2024 --more --location x", "missing: --weeks, --how-read"),
        ("final2024 --more --weeks 24 --location x --how-read registry", "say --difference"),
        ("final2024 --more --year 2027 --sex both", "--sex, --year: --more adds no such row"),
        ("final2024 --more --dose 3", "--dose: --more adds no such row"),
        ('final2024 --more --control "another dose"', "--control: --more adds no such row"),
        (
            'final2024 --more --weeks 12 --location x --how-read abstract --events "nausea: 9 49 6 50" '
            '--ldn "49 5 2" --placebo "50 5 2" --set primary --reason "Randomised, double-blind."',
            "--set (study_sets.csv)",
        ),
    ],
)
def test_what_more_cannot_add_is_refused(data, text, said):
    before = contents(data)
    done = run(text)
    assert done.exit_code != 0 and said in f"{done.output}{done.exception}", done.output
    assert "smith2072" not in text or "missing" not in str(done.exception)
    assert contents(data) == before


def test_more_says_the_study_in_no_row_but_its_own(data):
    ev = evidence.load(data)
    blank = dict.fromkeys(SMITH.__dataclass_fields__, "")
    known = of_study(ev, blank | {"study_id": "innova2026", "source": "10.0000/other"})
    assert known["source"] == "10.0000/other" and known["weeks"] == ""
    assert known["label"] == ev.studies.set_index("study_id").loc["innova2026", "label"]
    with pytest.raises(InputError, match="is added with --more"):
        add_trial(but(study_id="final2024"), data)


@pytest.mark.usefixtures("data")
def test_of_several_doses_each_is_asked_for(monkeypatch):
    answers = [*ABOUT, "", "", "40 -1.5 se 0.30", "4.5 mg: 41 -1.7 se 0.31", "39 -0.9 se 0.31", "c"]
    answers += ["headache: 3 mg 5 40; 4.5 mg 7 41; placebo 6 39", "", "126", "8", "not judged"]
    done = run("mori2027 --dry-run", answers, monkeypatch)
    assert done.exit_code == 0, done.output
    assert "difference −0.70, −1.45 to 0.05" in done.output and "headache: 12 of 81 on LDN" in done.output
    assert done.output.count("to be confirmed: which group did better") == 1


@pytest.mark.usefixtures("data")
def test_answers_are_not_lost_where_one_will_not_do(monkeypatch):
    answers = [
        *ABOUT,
        "",
        "",
        "40 -1.5 se 0.30",
        "41 -1.7 se 0.31",
        "39 -0.9 se 0.31",
        "",
        "",
        "",
        "8",
        "not judged",
    ]
    done = run("mori2027", answers, monkeypatch)
    assert done.exit_code == 1 and "say --change" in str(done.exception)
    *_, typed = done.output.partition("your answers, to be mended: python -m ldn_analysis new-study ")
    mended = run(f"{typed.strip()} --change --dry-run", ["", "", "y"], monkeypatch)
    assert mended.exit_code == 0 and "difference −0.70, −1.45 to 0.05" in mended.output, mended.output


def test_the_week_of_a_further_report_is_asked_for(data, monkeypatch):
    answers = [
        "Later",
        "2027",
        "26",
        "10.0000/later",
        "Table 1",
        "full text",
        "",
        "",
        "41 4.8 se 0.34",
        "43 5.15 se 0.33",
    ]
    answers += ["f", "", "", "not judged", "It is a follow-up after the treatment.", "y"]
    done = run("finalfu2027 --report-of final2024", answers, monkeypatch)
    assert done.exit_code == 0 and "[12]" in done.output, done.output
    assert "1 problem in the data" in done.output
    rows = evidence.load(data).outcomes.query("study_id == 'finalfu2027'")
    assert rows["week"].tolist() == [26, 26]


PLAIN = ["", "", "p", "4.5", "12", "y", "D", "10.0000/mori", "Table 2 (favours LDN)", "f", ""]


@pytest.mark.parametrize(
    ("answers", "percent"),
    [
        (["", "33 31.5 28", "35 17.2 26", "p", "6.4 1.4", "", "68"], -0.064 * 14.3),
        (["14.3 1.2 27.4", "percent", "6.4 1.4", "33 35", "l", "", "68"], -0.064 * 14.3),
        (["", "44 4.9 2.0", "46 5.7 2.2", "", "", "90"], -0.8),
    ],
)
def test_a_plain_trial_takes_few_words_and_percent_is_asked_for(data, monkeypatch, answers, percent):
    done = run("mori2027", [*PLAIN, *answers, "", "", "y"], monkeypatch)
    assert done.exit_code == 0, done.output
    ev = evidence.load(data)
    study = ev.studies.set_index("study_id").loc["mori2027"]
    assert (study["label"], study["year"], study["blinding"]) == ("Mori et al. 2027", 2027, "double-blind")
    table = analyse(ev, Pain()).table.set_index("study_id")
    assert table.loc["mori2027", "yi"] == pytest.approx(percent)


@pytest.mark.parametrize(
    ("text", "pain"), [("--unit percent", ["", "", "33 31.5 28", "35 17.2 26", "6.4 1.4"]),
                       ("", ["fib", "", "33 31.5 28", "35 17.2 26"])],
)  # fmt: skip
def test_a_unit_that_was_given_stands_and_percent_alone_is_not_asked(data, monkeypatch, text, pain):
    done = run(f"mori2027 {text}", [*PLAIN[:-1], *pain, "", "68", "", "", "y"], monkeypatch)
    assert done.exit_code == 0, done.output
    rows = evidence.load(data).outcomes.query("study_id == 'mori2027' and week == 12")
    assert set(rows["unit"]) == {"percent reduction from baseline"}


def test_a_crossover_in_percent_is_asked_for_its_start(data, monkeypatch):
    answers = [*PLAIN, "10.8 p 0.03", "percent", "61 15", "28", "ldn", "", "4", "", "12", "", "y"]
    answers[2], answers[10] = "c", "daily pain VAS"
    done = run("mori2027", answers, monkeypatch)
    assert done.exit_code == 0, done.output
    kept = analyse(evidence.load(data), Pain()).table.set_index("study_id").loc["mori2027"]
    assert kept["yi"] == pytest.approx(-10.8 * 61 / 1000)
    assert kept["vi"] == pytest.approx((10.8 * 61 / 1000 / stats.t.ppf(0.985, 27)) ** 2)


def test_equal_weeks_and_doses_are_one_in_a_second_entry(data):
    rose = {"dose": "1.5 to 4.5", "schedule": "titrated by 1.5 mg a week to 4.5 mg, held 10 weeks"}
    add_trial(but(favours="ldn", **rose), data)
    again = entered_again(but(favours="ldn", **rose | {"dose": "1.50 to 4.50"}, weeks="12.0"), data)
    assert again.differences == ()


@pytest.mark.usefixtures("data")
def test_the_form_asks_for_the_scale_the_model_and_the_weeks_of_placebo(monkeypatch):
    about = ["Mori et al. 2027", "2027", "parallel", "4.5", "8", "yes", "double-blind", "10.0000/mori"]
    about += ["Table 3", "full text"]
    answers = [
        *about,
        "pain vsa",
        "pain v",
        "mm",
        "-8 -19 3",
        "mixed model",
        "29 29",
        "ldn",
        "",
        "66",
        "8",
        "not judged",
    ]
    done = run("mori2027 --dry-run", answers, monkeypatch)
    assert done.exit_code == 0, done.output
    assert "difference −0.80, −1.90 to 0.30" in done.output and "(mixed model)" in done.output
    assert "the nearest is 'pain VAS'" in done.output
    about[2] = "crossover"
    answers = [*about, "", "-0.8 se 0.4", "", "58 58", "28", "ldn", "", "4", "28", "8", "not judged"]
    done = run("mori2027 --dry-run", answers, monkeypatch)
    assert done.exit_code == 0, done.output
    assert "weeks of the placebo condition (--control-weeks)" not in done.output
    about[2], about[5], about[6] = "single-arm", "no", "open"
    answers = [*about, "", "25 4.4 2.1", "", "nausea: 9 25", "", "excluded", "One group.", "", "", ""]
    done = run("mori2027 --dry-run", answers, monkeypatch)
    assert done.exit_code == 0 and "is not in the pool: One group." in done.output, done.output
