"""The integrity checks: numbers that fit are left alone, numbers that do not are named."""

import math

import pytest

from ldn_analysis import evidence
from ldn_analysis.evidence import integrity as check
from ldn_analysis.evidence.integrity import Printed

NAN = math.nan


def printed(*texts):
    return [Printed.parse(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "value", "half"),
    [
        ("5.40", 5.4, 0.005),
        ("-1.3", -1.3, 0.05),
        ("29", 29, 0.5),
        ("1.5e-3", 0.0015, 0.00005),
        ("2e2", 200, 50),
    ],
)
def test_printed_digits_give_the_rounding(text, value, half):
    assert Printed.parse(text).value == pytest.approx(value)
    assert Printed.parse(text).half == pytest.approx(half)


def test_an_empty_cell_is_missing():
    assert Printed.parse("").missing


@pytest.mark.parametrize(
    "numbers",
    [
        ("-0.34", "-0.95", "0.27"),  # FINAL, difference
        ("-1.3", "-1.7", "-0.8"),  # FINAL, LDN: middle -1.25, within rounding
        ("0.49", "-0.32", "1.31"),  # INNOVA
        ("5.60", "3.65", "7.54"),
        ("1", "", "2"),
    ],
)
def test_mid_interval_fits(numbers):
    assert check.estimate_mid_interval(*printed(*numbers)) == ""


@pytest.mark.parametrize(
    "numbers",
    [
        ("-0.43", "-0.95", "0.27"),  # digits swapped
        ("0.34", "-0.95", "0.27"),  # sign lost
        ("-1.3", "-1.7", "-0.6"),
        ("28.8", "19.5", "39.1"),
    ],
)
def test_mid_interval_does_not_fit(numbers):
    assert "middle" in check.estimate_mid_interval(*printed(*numbers))


def test_mid_interval_of_a_ratio_is_on_the_log_scale():
    assert check.estimate_mid_interval(*printed("2.41", "1.77", "3.28"), ratio=True) == ""
    assert check.estimate_mid_interval(*printed("2.41", "1.77", "3.28")) != ""
    assert check.estimate_mid_interval(*printed("2.53", "1.77", "3.28"), ratio=True) != ""
    assert "cannot begin" in check.estimate_mid_interval(*printed("2.4", "-0.5", "3"), ratio=True)


@pytest.mark.parametrize(
    ("numbers", "df"),
    [
        (("-0.34", "-0.95", "0.27", "0.27"), 97),
        (("0.49", "-0.32", "1.31", "0.236"), 94),
        (("0.49", "-0.32", "1.31", ""), 94),
        (("1.96", "0.00", "3.92", "0.05"), None),
        # Cochrane Handbook 6.5.2.3: a difference of 3.8, t = 2.78 on 45 degrees of freedom, p = 0.008
        (("3.8", "1.05", "6.55", "0.008"), 45),
    ],
)
def test_interval_and_p_agree(numbers, df):
    assert check.interval_against_p(*printed(*numbers), df=df) == ""


@pytest.mark.parametrize("p", ["0.72", "0.027", "0.05"])
def test_interval_and_p_disagree(p):
    assert "implies" in check.interval_against_p(*printed("-0.34", "-0.95", "0.27", p), df=97)


def test_an_interval_that_excludes_zero_goes_with_a_small_p():
    assert check.interval_against_p(*printed("2.0", "0.4", "3.7", "0.30"), df=90) != ""
    assert check.interval_against_p(*printed("2.0", "0.4", "3.7", "0.02"), df=90) == ""


@pytest.mark.parametrize(
    ("events", "n", "percent"), [(9, 28, "32"), (3, 28, "11"), (20, 44, "45"), (13, 46, "28.3")]
)
def test_count_and_percentage_agree(events, n, percent):
    assert check.count_against_percent(events, n, Printed.parse(percent)) == ""


@pytest.mark.parametrize(("events", "n", "percent"), [(9, 28, "33"), (20, 49, "45"), (13, 46, "28.2")])
def test_count_and_percentage_disagree(events, n, percent):
    assert f"{events} of {n}" in check.count_against_percent(events, n, Printed.parse(percent))


def test_group_sizes():
    assert check.group_sizes(47, 49, 96, 98) == ""
    assert check.group_sizes(NAN, NAN, 96, 98) == ""
    assert "add up to 96" in check.group_sizes(47, 49, 98, 98)
    assert "more than the 98" in check.group_sizes(48, 49, 99, 98)
    assert "more than the 90" in check.group_sizes(47, 49, NAN, 90)
    assert check.group_sizes(28, 28, 28, 31, crossover=True) == ""
    assert "more than" in check.group_sizes(32, 28, NAN, 31, crossover=True)


def test_an_se_read_as_an_sd_is_implausible():
    """FINAL's change of 0.4 points with its SE (0.22) taken for an SD would be a standardised 1.8."""
    assert check.large_standardised_difference(0.4 / 1.57) == ""
    assert "SE read as an SD" in check.large_standardised_difference(-0.4 / 0.22)
    assert check.large_standardised_difference(NAN) == ""


def test_standardised_from_the_interval():
    """FINAL: the paper prints Cohen's d as 0.23."""
    numbers = printed("0.23", "-0.34", "-0.95", "0.27")
    assert check.effect_size_against_difference(*numbers, 49, 50) == ""
    numbers = printed("0.32", "-0.34", "-0.95", "0.27")
    assert "imply 0.2" in check.effect_size_against_difference(*numbers, 49, 50)


def test_standardised_reproduces_the_handbooks_example():
    """Cochrane Handbook 6.5.2.3: difference 3.8, t = 2.78 (45 df), n = 25 and 22: SE 1.37, SD 4.69."""
    from scipy import stats

    half_width = 3.8 / 2.78 * stats.t.ppf(0.975, 45)
    assert 3.8 / check.standardised(3.8, half_width, 25, 22) == pytest.approx(4.69, abs=0.02)


def test_difference_against_arms():
    assert check.difference_against_arms(*printed("-0.34", "-1.3", "-0.9")) == ""  # rounding of the arms
    assert check.difference_against_arms(*printed("10.8", "28.8", "18.0")) == ""
    assert "differ by 10.8" in check.difference_against_arms(*printed("-10.8", "28.8", "18.0"))


def test_dose_in_range():
    assert check.dose_in_range(0.75, 6) == ""
    assert check.dose_in_range(4.5, 4.5) == ""
    assert "50 mg" in check.dose_in_range(50, 50)
    assert "0.1 to 6 mg" in check.dose_in_range(0.1, 6)


def test_spread_coherence():
    """Younger 2013 (n = 28): 9.3 is the half-width of the interval 19.5 to 38.1, so the SD is about 24."""
    low, high = printed("19.5", "38.1")
    none = Printed(NAN)
    assert check.spread_coherence(*printed("24.0"), none, low, high, 28) == ""
    assert "SD of 9.3" in check.spread_coherence(*printed("9.3"), none, low, high, 28)
    assert check.spread_coherence(none, *printed("4.5"), low, high, 28) == ""
    assert "SE of 9.3" in check.spread_coherence(none, *printed("9.3"), low, high, 28)
    assert check.spread_coherence(*printed("1.55", "0.226", "", ""), 47) == ""
    assert "gives an SE" in check.spread_coherence(*printed("1.55", "0.29", "", ""), 47)
    assert "scale" in check.spread_coherence(*printed("6.1", "", "", ""), 47, scale=(0, 10))
    assert "is one of them an SE" in check.spread_coherence(*printed("0.22", "", "", ""), 47, other=(1.6, 47))
    assert check.spread_coherence(*printed("1.3", "", "", ""), 49, scale=(0, 10), other=(1.6, 47)) == ""


def test_what_turns_up_on_the_real_data(ev):
    found = set(zip(ev.findings["row_id"], ev.findings["check"], strict=True))
    assert found == {
        ("youngerplos2009", "dose_in_range"),
        ("marcus2024", "dose_in_range"),
        ("driver2023", "dose_in_range"),
        ("innova2026-pain-w13-ldn-placebo-adjusted-difference", "effect_size_against_difference"),
        ("bested2023-pain-w3-ldn-placebo-median-difference", "effect_size_against_difference"),
        ("bested2023-pain-w3-ldn-placebo-median-difference", "direction_unsaid"),
        ("younger2013-pain-ldn-placebo-paired-difference", "value_unconfirmed"),
        ("bested2023-symptom-severity-w3-ldn-placebo-median-difference", "effect_size_against_difference"),
        ("younger2009-heat-pain-threshold-w8-ldn-mean-change", "arms_in_pairs"),
        ("younger2009-symptom-response-w8-ldn", "event_in_pairs"),
        ("younger2009-vivid-dreams-w8-ldn", "event_in_pairs"),
        ("younger2009-transient-nausea-and-insomnia-w8-ldn", "event_in_pairs"),
        ("younger2013-serious-adverse-event-ldn", "event_in_pairs"),
        ("younger2013-pain-response-30-ldn", "event_in_pairs"),
    }
    assert (ev.findings["severity"] == "warning").all()
    assert ev.findings["reason"].str.len().gt(40).all()


@pytest.mark.parametrize(
    ("file", "before", "after", "expected"),
    [
        ("outcomes.csv", ",-0.34,-0.95,0.27,", ",-0.43,-0.95,0.27,", "estimate_mid_interval"),
        ("outcomes.csv", ",0.27,,,,0.27,0.23,", ",0.27,,,,0.72,0.23,", "interval_against_p"),
        ("events.csv", "complete cases,20,44,45,", "complete cases,20,44,46,", "count_against_percent"),
        ("outcomes.csv", ",99,49,50,difference", ",99,48,50,difference", "group_sizes"),
        ("outcomes.csv", ",7.33,,,1.48,", ",7.33,,,0.22,", "spread_coherence"),
        ("outcomes.csv", ",-1.3,-1.7,-0.8,", ",-2.3,-2.7,-1.8,", "difference_against_arms"),
        ("studies.csv", ",6,1.5,6,", ",8,1.5,8,", "dose_in_range"),
        (
            "published_syntheses.csv",
            ",-0.87,-1.28,-0.46,",
            ",-5.87,-6.28,-5.46,",
            "large_standardised_difference",
        ),
    ],
)
def test_an_unexplained_finding_is_an_error(copy, problems, file, before, after, expected):
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    found = problems(copy)
    assert any(expected in problem.rule and problem.file == file for problem in found), found


def test_a_stale_reason_is_an_error(copy, problems):
    path = copy / "integrity_reasons.csv"
    text = path.read_text(encoding="utf-8")
    extra = "x,outcomes,final2024-pain-w0-ldn-mean,spread_coherence,A reason for nothing at all.\n"
    path.write_text(text + extra, encoding="utf-8")
    (problem,) = problems(copy)
    assert (problem.file, problem.line) == ("integrity_reasons.csv", text.count("\n") + 1)
    assert "does not occur" in problem.rule


def test_a_recorded_reason_makes_an_error_a_warning(copy, problems):
    events = copy / "events.csv"
    text = events.read_text(encoding="utf-8")
    events.write_text(
        text.replace("complete cases,20,44,45,", "complete cases,20,44,46,", 1), encoding="utf-8"
    )
    (problem,) = problems(copy)
    assert "integrity_reasons.csv" in problem.rule
    reasons = copy / "integrity_reasons.csv"
    row = "x,events,final2024-pain-response-30-w12-ldn-complete-cases,count_against_percent,As printed.\n"
    reasons.write_text(reasons.read_text(encoding="utf-8") + row, encoding="utf-8")
    finding = evidence.load(copy).findings.query("check == 'count_against_percent'").iloc[0]
    assert (finding["severity"], finding["reason"]) == ("warning", "As printed.")
    assert "20 of 44 is 45.5%, not 46%" in finding["rule"]
