"""Papers as an analyst has them in the hand: what they print is entered in the README's words, or refused
with the next step. The expected numbers are sums of this file."""

import math
import shlex
import shutil
from pathlib import Path

import pytest
from scipy import stats
from typer.testing import CliRunner

from ldn_analysis import contrasts, evidence
from ldn_analysis.cli import app
from ldn_analysis.evidence.trials import doses_held
from ldn_analysis.workbench.answers import wrong_answer
from ldn_analysis.workbench.reported import arm

T79 = stats.t.ppf(0.975, 79)
ROOT = Path(__file__).parents[2]
PAPER = "--label 'Yates et al. 2027' --year 2027 --design parallel --dose 4.5 --weeks 12 --randomised yes "
PAPER += "--blinding double-blind --source 10.5555/yates --how-read 'full text' "
PAPER += "--location 'Table 2 (favours LDN)' "
MORE = "yates2027 --more --weeks 12 --how-read 'full text' --location 'Table 3 (favours LDN)' "
LATER = (
    "later2027 --report-of yates2027 --label 'Yates et al. 2027 (later)' --year 2027 --how-read 'full text' "
)
LATER += (
    "--source 10.5555/later --location 'Table 3 (favours LDN)' --ldn '36 5.0 1.9' --placebo '37 5.6 1.9' "
)
ARMS = "--ldn '40 5.0 1.9' --placebo '41 5.4 1.5' "
GAP = "--difference '-0.8 -1.6 0.0' --n '40 41' --favours ldn "
CROSSED = PAPER.replace("parallel", "crossover") + "--control-weeks 4 --difference '-0.8 -1.5 -0.1' --n 28 "
CROSSED += "--favours ldn "


@pytest.fixture
def data(tmp_path, monkeypatch):
    folder = Path(shutil.copytree(ROOT / "data", tmp_path / "data"))
    monkeypatch.setenv("LDN_DATA", str(folder))
    return folder


def entered(text):
    return CliRunner().invoke(app, ["new-study", *shlex.split(text)])


def variance(sd, n, other, m):
    return sd**2 / n + other**2 / m


def estimate(data, outcome="pain", study="yates2027"):
    table = contrasts.derive(evidence.load(data), outcome).table
    (row,) = table[(table["study_id"] == study) & table["included"]].to_dict("records")
    return row


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("40 5.0 se (0.3)", "40 5.0 se 0.3"),
        ("40 5.0 (SD 2.1)", "40 5.0 2.1"),
        ("40 5.0 (95% CI 4.4 to 5.6)", "40 5.0 ci 4.4 5.6"),
        ("3 mg: 40 median 5 (range 1 to 9)", "3 mg: 40 median 5 range 1 9"),
    ],
)
def test_a_spread_that_is_named_may_stand_in_brackets(typed, plain):
    assert arm("--ldn", typed) == arm("--ldn", plain)


def test_a_second_instrument_of_pain_joins_the_first(data):
    for text in (
        "yates2027 " + PAPER + "--ldn '45 4.8 1.5' --placebo '46 5.9 1.6'",
        MORE + "--instrument 'pain VAS' --unit mm --ldn '45 47.9 16.7' --placebo '46 59.0 18.1'",
    ):
        done = entered(text)
        assert done.exit_code == 0, done.output + str(done.exception)
    again = entered(text + " --again")
    assert again.exit_code == 0 and "none differs" in again.output, again.output
    row = estimate(data)
    ses = [math.sqrt(variance(1.5, 45, 1.6, 46)), math.sqrt(variance(1.67, 45, 1.81, 46))]
    assert (row["yi"], row["vi"]) == pytest.approx(((-1.1 - 1.11) / 2, (sum(ses) / 2) ** 2))
    assert row["people"] == 91


@pytest.mark.parametrize(
    ("more", "outcome", "yi", "vi"),
    [
        # of two analyses of the same people the one that names none comes before complete cases
        (MORE + "--analysis 'complete cases' --ldn '35 4.9 1.8' --placebo '36 5.5 1.6'", "pain",
         -0.4, variance(1.9, 40, 1.5, 41)),
        # an adjusted difference comes before the arms
        (MORE + "--adjusted --difference '-0.5 -1.4 0.4' --n '40 41'", "pain", -0.5, (0.9 / T79) ** 2),
        (MORE + "--instrument 'mechanical pain threshold' --unit kPa --ldn '40 210 80' --placebo '41 190 75'",
         "pain threshold", 20, variance(80, 40, 75, 41)),
        # twelve weeks after the last dose, in a report of its own: a follow-up, and the estimate stays
        (LATER + "--weeks 24", "pain", -0.4, variance(1.9, 40, 1.5, 41)),
        # the primary week is the trial's, whichever report says it
        (LATER + "--weeks 6 --primary-week 12", "pain", -0.4, variance(1.9, 40, 1.5, 41)),
    ],
)  # fmt: skip
def test_what_else_a_trial_prints_is_entered(data, more, outcome, yi, vi):
    assert entered("yates2027 " + PAPER + ARMS).exit_code == 0
    done = entered(more)
    assert done.exit_code == 0, done.output + str(done.exception)
    row = estimate(data, outcome)
    assert (row["yi"], row["vi"], row["people"]) == pytest.approx((yi, vi, 81))


def test_a_trial_of_other_people_is_of_its_condition_and_outside(data):
    words = "yates2027 " + PAPER + ARMS + "--condition 'rheumatoid arthritis'"
    assert "say --set and --reason" in str(entered(words).exception)
    done = entered(words + " --set excluded --reason 'Rheumatoid arthritis.'")
    assert done.exit_code == 0 and "not in the pool: Rheumatoid arthritis." in done.output, done.output
    study = evidence.load(data).studies.set_index("study_id").loc["yates2027"]
    assert study["condition"] == "rheumatoid arthritis"


@pytest.mark.parametrize("counted", ["nausea: 8 30 5 30", "pain response 30%: 8 30 5 30"])
def test_counts_of_a_trial_whose_pain_is_not_usable_are_compared_and_its_reason_stands(data, counted):
    done = entered(f"yates2027 {PAPER} --events '{counted}' --set all_randomised --reason 'Prints p alone.'")
    assert done.exit_code == 0 and "Prints p alone." in done.output, done.output + str(done.exception)
    table = contrasts.event_table(evidence.load(data))
    (row,) = table[table["study_id"] == "yates2027"].to_dict("records")
    expected = (math.log(8 / 5), 1 / 8 - 1 / 30 + 1 / 5 - 1 / 30)
    assert row["included"] and (row["yi"], row["vi"]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("schedule", "dose", "held"),
    [("3 mg for 4 weeks, then 4.5 mg", "4.5", [4.5]), ("3 mg, increased to 4.5 mg", "4.5", [4.5]),
     ("individual titration from 3 to 4.5 mg", "3 to 4.5", [4.5])],
)  # fmt: skip
def test_a_dose_that_rose_in_other_words_is_one_dose(data, schedule, dose, held):
    words = PAPER.replace("--dose 4.5", "--dose '3 to 4.5'")
    assert entered(f"yates2027 {words} {ARMS} --schedule '{schedule}'").exit_code == 0
    study = evidence.load(data).studies.set_index("study_id").loc["yates2027"]
    assert study["dose_mg_per_day"] == dose and doses_held(study) == held


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (PAPER + "--final --difference '-0.79 (90% CI -1.41 to -0.16)' --n '55 54'", "give the SE"),
        (PAPER + "--ldn '9 4.8 2' --placebo '9 5 2' --placebo '9 5.1 2'", "combine them first"),
        (PAPER + ARMS + "--notes 'Cluster-randomised: 12 clinics.'", "--stands \"design_words: why\""),
        (PAPER + ARMS + "--baseline '6.3 1.5 6.4 1.6'", "--more --weeks 0"),
        (PAPER.replace("parallel", "cluster") + ARMS, "where clusters were randomised it is parallel"),
        (PAPER.replace("double-blind", "triple-blind") + ARMS, "is double-blind here"),
        (PAPER + ARMS + "--condition CRPS", "joins that list"),
        (PAPER + "--ldn '40 5.0 ± 1.9' --placebo '41 5.4 (1.5)'", "may stand an SD, an SE or an interval"),
        (PAPER + ARMS + "--scale '0 100'", r"a name of its own, such as 'pain NRS \(0-100\)', and --new"),
        (PAPER + ARMS + "--instrument 'BPI pain severity'", r"the nearest is 'average pain \(BPI\)'"),
        (PAPER + ARMS + "--primary-week 16 --treatment-weeks 24", "enter the rows of this week first"),
        (PAPER.replace("(favours LDN)", "(median difference)") + GAP, "enter the groups' medians"),
        (PAPER.replace("parallel", "crossover") + "--difference 'period 1: -0.8 -2.1 0.5' --n 32",
         "give --ldn 'period 1"),
        (PAPER + ARMS + "--events 'withdrawals: 4 40 3 41'", "--new-event"),
        (PAPER.replace("10.5555", "https://doi.org/10.5555") + ARMS, "--source is .*without its address"),
        (CROSSED.replace("12", "8") + "--treatment-weeks 12 --events 'nausea: 7 28 3 28'", "--weeks 12"),
    ],
)  # fmt: skip
def test_what_cannot_be_entered_as_it_is_says_the_next_step(data, words, said):
    done = entered("yates2027 " + words)
    with pytest.raises(type(done.exception), match=said):
        raise done.exception
    assert "yates2027" not in set(evidence.load(data).studies["study_id"])


def test_a_minus_as_papers_print_it_is_one(data):
    gap = GAP.replace("-0.8 -1.6", "\N{EN DASH}0.8 (\N{EN DASH}1.6, 0.0)").replace(" 0.0'", "'")
    assert entered(f"yates2027 {PAPER} {gap}").exit_code == 0
    assert estimate(data)["yi"] == -0.8


@pytest.mark.usefixtures("data")
def test_conditions_of_other_lengths_hold_the_same_people():
    arms = "--control-weeks 4 --ldn '28 4.8 2.1' --placebo '28 5.6 2.1' --n-randomised 30 --primary-week 12"
    done = entered(f"yates2027 {PAPER.replace('parallel', 'crossover')} {arms}")
    assert done.exit_code == 0, done.exception


def test_a_scale_may_have_a_comma_between_its_ends(data):
    done = entered(f"yates2027 {PAPER} {ARMS} --scale '0, 10'")
    assert done.exit_code == 0, done.exception
    assert estimate(data)["yi"] == pytest.approx(-0.4)


def test_a_letter_of_another_language_is_named(ev):
    assert "a to z" in wrong_answer(ev, "study_id", "müller2027")


def test_of_two_adjusted_differences_that_of_the_mixed_model_is_used(data):
    assert entered(f"yates2027 {PAPER} --ancova {GAP}").exit_code == 0
    done = entered(MORE + "--adjusted --difference '-0.5 -1.4 0.4' --n '40 41' --favours ldn")
    assert done.exit_code == 0, done.output + str(done.exception)
    row = estimate(data)
    assert (row["yi"], row["vi"]) == pytest.approx((-0.5, (0.9 / T79) ** 2))
