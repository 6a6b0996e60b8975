"""Other readings of the same reports: against independent arithmetic, and simulated people."""

import dataclasses
from types import SimpleNamespace

import made_up
import numpy as np
import pandas as pd
import plain_sums
import pytest
from scipy import stats

from ldn_analysis import contrasts, evidence
from ldn_analysis.contrasts import variants
from ldn_analysis.errors import InputError
from ldn_analysis.questions import pain
from ldn_analysis.questions.pain import sensitivity, tables, words
from ldn_analysis.questions.parameters import Analysis

EV = evidence.load()
RESULT = pain.analyse(EV, Analysis())


def younger(**choices):
    return contrasts.derive(EV, **choices).table.set_index("study_id").loc["younger2013"]


def test_mean_of_products_recovers_simulated_people():
    """Percent reductions and baselines of many people with a known correlation: moments of their product."""
    rng = np.random.default_rng(4)
    s, t, r = younger()["se"] / 0.0508 * np.sqrt(28), 15.0, 0.4
    people = rng.multivariate_normal([10.8, 50.8], [[s**2, r * s * t], [r * s * t, t**2]], 400_000)
    points = -people.prod(axis=1) / 1000
    row = younger(percent_baseline_r=r, assumed_baseline_sd=t)
    assert row["yi"] == pytest.approx(points.mean(), abs=0.01)
    assert row["se"] == pytest.approx(points.std() / np.sqrt(28), rel=0.01)


def test_the_covariance_moves_the_trial_by_a_tenth_of_a_point():
    """The referee's numbers: about 0.11 points at correlations of 0.3, and an error 6% larger."""
    swept = sensitivity.percent_sweep(RESULT).set_index("label")["estimate"]
    assert swept.iloc[0] == swept["correlation 0 of percent and baseline"]
    moved = swept["correlation −0.3 of percent and baseline"] - swept.iloc[0]
    assert moved == pytest.approx(0.11, abs=0.015)
    larger = younger(percent_baseline_r=0.0, assumed_baseline_sd=15.3)["se"] / younger()["se"]
    assert larger == pytest.approx(1.06, abs=0.01)
    with pytest.raises(InputError):
        contrasts.derive(EV, percent_baseline_r=1.2)
    assert "no SD of the baseline is reported" in younger(percent_baseline_r=0.3)["exclusion_reason"]


def test_the_other_reading_implies_a_negative_correlation():
    table = sensitivity.other_reading(RESULT).set_index("label")
    here, other = table.iloc[0], table.loc["SDs of 12.5 and 14.6"]
    t = stats.t.isf(0.016 / 2, 27)
    implied = (12.5**2 + 14.6**2 - 28 * (10.8 / t) ** 2) / (2 * 12.5 * 14.6)
    assert other["correlation"] == pytest.approx(implied, abs=1e-9)
    assert other["correlation"] == pytest.approx(-0.34, abs=0.01)
    assert here["correlation"] == pytest.approx(0.64, abs=0.01)
    assert abs(other["estimate"]) > abs(here["estimate"])
    assert sensitivity.other_reading(pain.analyse(EV, Analysis(reading="transcribed"))).empty


def test_the_other_reading_is_a_choice_of_the_multiverse():
    """In points the p value fixes the error; what is standardised follows from the SDs that are quoted."""
    one = variants.only_study(EV, "younger2013")
    fixed = {"assumed_baseline": None, "pre_post_r": 0.5, "reading": "all"}
    first = {"time": "primary", "contrast": "adjusted", "crossover_r": "implied"}

    def under(measure, spread, **more):
        picked = {"measure": measure, **first, "spread": spread, **more}
        return variants.contrast_under(one, "pain", picked, fixed)

    points, other = under("MD", "as_printed"), under("MD", "quoted_as_sd")
    assert (points.yi, points.vi) == (other.yi, other.vi)
    table = sensitivity.other_reading(RESULT).set_index("label")
    assert under("SMD", "quoted_as_sd").yi == table.loc["SDs of 12.5 and 14.6", "estimate"]
    assumed = under("MD", "quoted_as_sd", crossover_r="0.5")
    variance = (12.5**2 + 14.6**2 - 12.5 * 14.6) / 28 * 0.0508**2
    assert assumed.vi == pytest.approx(variance, rel=1e-9)
    picked = {"measure": "MD", **first, "spread": "quoted_as_sd"}
    assert variants.contrast_under(variants.only_study(EV, "final2024"), "pain", picked, fixed) is None


def test_the_gain_of_other_drugs_and_how_numbers_were_read():
    assert sensitivity.drug_gain(EV).points == pytest.approx(-(13.96 - 7.69) / 10)
    assert sensitivity.drug_gain(EV.as_of(2005)) is None
    shares = sensitivity.reading_shares(RESULT)
    assert shares["weight"].sum() == pytest.approx(100)
    assert shares["trials"].sum() == RESULT.fit.k
    both = sensitivity.adjusted_and_raw(RESULT).set_index("label")
    assert both.loc["Mean", "adjusted"] == pytest.approx(RESULT.fit.estimate)
    assert both.filter(like="INNOVA", axis=0)["raw"].iloc[0] == pytest.approx(0.31)
    assert sensitivity.adjusted_alone(RESULT) == []


def test_what_would_read_the_wrong_way_round_is_said(tmp_path):
    """A difference that is only adjusted, in the column of unadjusted ones; relief among levels of pain."""
    plans = [dataclasses.replace(plan, form=form, scale=scale) for plan, form, scale in zip(
        made_up.SHAPES["three, means"], ("adjusted, interval", "changes, sd", "means, sd"),
        ("nrs", "relief", "nrs"), strict=True)]  # fmt: skip
    rng = np.random.default_rng(1)
    folder = made_up.written(tmp_path / "data", [made_up.trial(plan, rng) for plan in plans])
    result = pain.analyse(evidence.load(folder), Analysis())
    side_by_side = next(one for one in tables.other_readings(result) if "side by side" in one.caption)
    assert side_by_side.notes[0].endswith("stands in both columns: Adler 2012.")
    said = tables.groups(result).set_index("label")["reported"]
    assert said["Brandt 2013"].startswith("Mean change, points (higher is better), week")
    assert said["Costa 2014"].startswith("Mean, points, week")


def test_a_trial_of_harms_alone_is_not_in_the_pool_and_is_named(tmp_path):
    plans = made_up.made("two")
    rows = {name: [] if name == "outcomes" else rows for name, rows in plans[0].rows.items()}
    for made in ([made_up.Made(rows), plans[1]], [made_up.Made(rows)]):
        folder = made_up.written(tmp_path / str(len(made)), made)
        result = pain.analyse(evidence.load(folder), Analysis())
        out = tables.left_out(result).set_index("study_id")
        assert list(out["exclusion_reason"]) == ["no result on pain is in the data"]
        assert out.loc["adler2012", "dose_mg"] == 4.5 and out["label"].iloc[0] == "Adler 2012"
    assert list(tables.left_out(RESULT)["study_id"]) == list(
        RESULT.table.loc[~RESULT.table["included"].astype(bool), "study_id"]
    )


def test_each_group_stands_as_its_report_prints_it():
    """Younger 2013, Table 2; FINAL, abstract; INNOVA, Table 3: percent, change and means, of both groups."""
    found = tables.groups(RESULT).set_index("label")
    assert list(found["ldn"]) == ["28.8 [19.5, 38.1]", "−1.3 [−1.7, −0.8]", "7.33 (SD 1.48)"]
    assert list(found["placebo"]) == ["18.0 [7.2, 28.8]", "−0.9 [−1.4, −0.5]", "6.83 (SD 1.96)"]
    assert found[["n_ldn", "n_placebo"]].to_numpy().tolist() == [[28, 28], [49, 50], [47, 49]]
    assert [text.rsplit(",", 1)[1] for text in found["reported"]] == [
        " weeks 12 and 4", " week 12", " week 13"
    ]  # fmt: skip
    abstracts = tables.groups(pain.analyse(EV, Analysis(reading="abstract"))).set_index("label")
    mean_change = abstracts.filter(like="INNOVA", axis=0).iloc[0]
    assert (mean_change["ldn"], mean_change["placebo"]) == ("−0.33", "−0.64")


def test_groups_of_several_doses_stand_side_by_side():
    rows = EV.outcomes
    arm = rows["outcome_id"] == "innova2026-pain-w13-ldn-mean"
    low, high = (rows[arm].assign(outcome_id=f"at-{d}", dose_mg_per_day=d, n=n, value=v)
                 for d, n, v in ((3.0, 20.0, 7.5), (4.5, 27.0, 7.2)))  # fmt: skip
    outcomes = pd.concat([rows[~arm], low, high])
    more = dataclasses.replace(EV, tables={**EV.tables, "outcomes": outcomes})
    found = tables.groups(dataclasses.replace(RESULT, ev=more)).iloc[-1]
    assert found["ldn"] == "7.5 (SD 1.48) at 3 mg; 7.2 (SD 1.48) at 4.5 mg"
    assert found["n_ldn"] == 47 and found["inputs"][:2] == ("at-3.0", "at-4.5")
    # A median with its range; and a trial whose estimate is the mean of two instruments has a row for each.
    bare = dict.fromkeys(("sd", "se", "lower95", "upper95"), np.nan)
    ends = rows.assign(**bare, minimum=1.0, maximum=9.0)
    more = dataclasses.replace(EV, tables={**EV.tables, "outcomes": ends})
    both = RESULT.used.assign(instrument="pain NRS and average pain (BPI)")
    found = tables.groups(SimpleNamespace(ev=more, choices=RESULT.choices, used=both))
    assert list(found["ldn"])[-3:] == ["7.33 (range 1 to 9)", "", ""]
    assert found["label"].iloc[-1] == "Two other trials"  # those that give nothing by group share a row
    assert found["inputs"].iloc[-1] == ("younger2013", "final2024")
    bare = tables.groups(SimpleNamespace(ev=more, choices=RESULT.choices, used=both.iloc[:2]))
    assert list(bare["label"]) == ["Two trials"]  # beside no other
    found = found.iloc[-3:-1]
    assert found["reported"].iloc[0].endswith(", week 13 (pain NRS)")
    name = "pain and stiffness VAS"
    renamed = rows.replace({"measure": {"pain NRS": name}})
    more = dataclasses.replace(EV, tables={**EV.tables, "outcomes": renamed})
    found = tables.groups(
        SimpleNamespace(ev=more, choices=RESULT.choices, used=RESULT.used.assign(instrument=name))
    )
    assert list(found["ldn"]) == ["7.33 (SD 1.48)", ""]
    silent = dataclasses.replace(EV, tables={**EV.tables, "outcomes": rows[rows["group"] != "ldn"]})
    assert "not available" in tables.groups(dataclasses.replace(RESULT, ev=silent)).iloc[-1]["reported"]


def test_what_a_trials_row_must_say():
    said = RESULT.remarks
    assert said["younger2013"] == "12 weeks of LDN against 4 of placebo"
    assert said["final2024"] == "stepped up from 1.5 mg"
    assert said["innova2026"] == ""
    study = {"design_type": "crossover", "treatment_weeks": 6, "control_weeks": 6}
    assert words.remark({**study, "dose_min_mg": float("nan"), "dose_max_mg": 4.5}) == ""


@pytest.mark.parametrize(
    "choices", [{"as_of": 2010}, {"as_of": 2016}, {"measure": "SMD"}, {"reading": "abstract"}]
)
def test_every_table_can_be_had(choices):
    result = pain.analyse(EV, Analysis(**choices))
    for reading in pain.tables.other_readings(result):
        assert set(reading.columns) <= set(reading.frame.columns)
    for frame in (pain.tables.certainty(result), pain.tables.method(result), pain.tables.trials(result)):
        assert not frame.astype(str).isin(["nan", "None"]).any(axis=None)


def test_what_no_report_gives_is_swept_where_a_trial_needs_it(tmp_path):
    """By hand: a trial's two scales show the same people, so their mean has v (1 + r) / 2; two doses in the
    same people have (v1 + v2 + 2 r s1 s2) / 4; the pool is the weighted mean."""
    plans = dict(zip(("scales", "doses", "plain"), made_up._plans(3, events=""), strict=True))
    scales = [
        made_up.trial(dataclasses.replace(plans["scales"], scale=scale, digits=4), np.random.default_rng(3))
        for scale in ("nrs", "mm")
    ]
    both = dict(scales[0].rows, outcomes=[row for one in scales for row in one.rows["outcomes"]])
    paired = made_up.trial(dataclasses.replace(plans["doses"], form="paired, se"), np.random.default_rng(4))
    study = paired.rows["studies"][0] | {
        "dose_mg_per_day": "3 to 4.5",
        "dose_min_mg": "3",
        "dose_schedule": "3 mg or 4.5 mg once daily",
    }
    doses = [
        row
        | {"outcome_id": f"{row['outcome_id']}-d{dose}", "dose_mg_per_day": dose, "value": value, "se": se}
        for row in paired.rows["outcomes"]
        for dose, value, se in (("3", "-0.6", "0.25"), ("4.5", "-0.4", "0.2"))
    ]
    plain = made_up.trial(plans["plain"], np.random.default_rng(5))
    folder = made_up.written(
        tmp_path / "data",
        [made_up.Made(both), made_up.Made(dict(paired.rows, studies=[study], outcomes=doses)), plain],
    )
    ev, choices = evidence.load(folder), Analysis(tau2_method="CE", inference="z")
    result = pain.analyse(ev, choices)
    swept = sensitivity.shared_sweep(result).set_index(["trial", "label"])
    of_scales = {r: scales[0].vi * (1 + r) / 2 for r in (0.0, 0.5, 1.0)}
    of_doses = {r: (0.0625 + 0.04 + 2 * r * 0.25 * 0.2) / 4 for r in (0.0, 0.5, 1.0)}
    for r in (0.0, 0.5, 1.0):
        for name, own, pair, parameter, used in (
            ("Adler 2012", scales[0].yi, (of_scales[r], of_doses[0.5]), "instrument_r", 1.0),
            ("Brandt 2013", -0.5, (of_scales[1.0], of_doses[r]), "dose_r", 0.5),
        ):
            row = swept.loc[(name, f"correlation {r:g}{', as used' if r == used else ''}")]
            y, v = np.array([scales[0].yi, -0.5, plain.yi]), np.array([*pair, plain.vi])
            expected = plain_sums.pooled(y, v, 0.0, "z", 0.95)
            shown = [row["estimate"], *row[["pooled", "pooled_lower", "pooled_upper"]]]
            assert shown == pytest.approx([own, *expected], abs=3e-3)
            chosen = pain.analyse(ev, dataclasses.replace(choices, **{parameter: r}))
            assert chosen.fit.ci == pytest.approx((row["pooled_lower"], row["pooled_upper"]))
    captions = [one.caption for one in tables.other_readings(result)]
    assert captions[-2:] == [
        "Several scales of pain as one: Adler 2012",
        "Doses in the same people as one: Brandt 2013",
    ]
    assert sensitivity.shared_sweep(RESULT).empty
