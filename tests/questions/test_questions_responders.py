"""Responders against published examples and by hand; individual response, mixtures, sentences."""

import math

import numpy as np
import pytest

from ldn_analysis import evidence, models
from ldn_analysis.errors import InputError
from ldn_analysis.models.responders.shift import responder_rate
from ldn_analysis.questions import responders
from ldn_analysis.questions.responders import words


@pytest.fixture(scope="module")
def ev():
    return evidence.load()


@pytest.fixture(scope="module")
def contrasts(ev):
    return responders.responder_contrasts(ev)


@pytest.fixture(scope="module")
def trials(ev):
    return responders.trial_arms(ev)


# Newcombe 1998, Statistics in Medicine 17:873, table II, method 10
@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0),
        ((10, 10, 0, 10), 0.6075, 1.0),
    ],
)
def test_newcombe_published(counts, low, high):
    _, found = responders.newcombe(*counts)
    assert found == pytest.approx((low, high), abs=6e-5)


def test_newcombe_turns_with_the_groups():
    d, (low, high) = responders.newcombe(20, 49, 13, 50)
    e, (least, most) = responders.newcombe(13, 50, 20, 49)
    assert (d, low, high) == pytest.approx((-e, -most, -least))
    with pytest.raises(InputError, match="x1 is 5: must lie between 0 and n1 = 4"):
        responders.newcombe(5, 4, 1, 4)


def test_number_needed_passes_through_infinity():
    """Reciprocals by hand, in the notation of Altman 1998, BMJ 317:1309."""
    assert responders.number_needed(0.08, -0.03, 0.19) == "NNTB 12 (NNTB 5 to infinity to NNTH 33)"
    assert responders.number_needed(0.2, 0.1, 0.25) == "NNTB 5 (NNTB 4 to NNTB 10)"
    assert responders.number_needed(-0.1, -0.2, 0.05) == "NNTH 10 (NNTH 5 to infinity to NNTB 20)"
    assert responders.number_needed(0.0, -0.1, 0.1).startswith("infinity")
    assert responders.number_needed(0.4, -0.3, 1.2) == "NNTB 2 (NNTB 1 to infinity to NNTH 3)"
    assert responders.number_needed(0.1, 0.0, 0.2) == "NNTB 10 (NNTB 5 to infinity)"
    assert responders.number_needed(-0.1, math.nan, math.nan) == "NNTH 10"


def test_contrasts_are_those_of_the_papers(contrasts):
    at = contrasts.set_index(["percent", "study_id"])
    final = at.loc[(30.0, "final2024")]
    assert (final["a"], final["n1"], final["c"], final["n2"]) == (20, 49, 13, 50)
    assert final["rd"] == pytest.approx(20 / 49 - 13 / 50)
    assert final["rr"] == pytest.approx((20 / 49) / (13 / 50))
    assert set(contrasts["study_id"]) == {
        "final2024",
        "innova2026",
        "",
    }  # paired and composite counts stay out


def test_pool_is_mantel_haenszel_by_hand(contrasts):
    pool = contrasts[contrasts["pooled"] & (contrasts["percent"] == 30)].iloc[0]
    w = np.array([49 * 50 / 99, 47 * 49 / 96])
    d = np.array([20 / 49 - 13 / 50, 5 / 47 - 9 / 49])
    assert pool["rd"] == pytest.approx((w * d).sum() / w.sum())
    assert pool["rr"] == pytest.approx((20 * 50 / 99 + 5 * 49 / 96) / (13 * 49 / 99 + 9 * 47 / 96))


def test_complete_cases_are_a_choice(ev):
    table = responders.responder_contrasts(ev, analysis="complete cases").set_index(["percent", "study_id"])
    assert table.loc[(30.0, "final2024"), "n1"] == 44
    assert table.loc[(15.0, "final2024"), "n1"] == 49  # reported in one way only


def test_arms_come_from_limits_or_from_the_assumed_correlation(ev, trials):
    final, innova = trials
    assert final.limits == ((-1.7, -0.8), (-1.4, -0.5))
    assert final.treated.change_sd == pytest.approx(0.45 * 7 / 2.0106, rel=1e-3)  # t(0.975; 48)
    assert innova.final_sd == (1.48, 1.96)
    assert innova.treated.change_sd == pytest.approx(math.sqrt(1.55**2 + 1.48**2 - 1.55 * 1.48))
    assert innova.treated.change_mean == pytest.approx(-0.33)
    assert innova.control.change_mean == pytest.approx(-0.64)
    closer = responders.trial_arms(ev, pre_post_r=0.8)[1]
    assert closer.treated.change_sd < innova.treated.change_sd


def test_individual_response_includes_zero(trials):
    spread = responders.response_spread(trials)
    assert spread["includes_zero"].all()
    assert len(spread) == 3
    final = spread.iloc[0]
    assert final["sd"] == pytest.approx(-math.sqrt(final["sd_placebo"] ** 2 - final["sd_ldn"] ** 2))
    assert "includes zero" in words.spread(spread)


def test_rounding_alone_moves_the_estimate_across_zero(trials):
    low, high = responders.rounding_range(trials[0])
    assert low < responders.response_spread(trials)["sd"].iloc[0] < high
    assert low < 0 < high
    assert responders.rounding_range(trials[1]) is None


def test_a_true_shift_lies_inside(trials):
    """Counts that a shift gives exactly are found inside, and no departure is reported."""
    import dataclasses

    trial = trials[0]
    arm = models.Arm(1000, 6.2, 1.6, -0.9, 1.58)
    moved = dataclasses.replace(arm, change_mean=-1.3)
    predicted = [float(responder_rate(6.2, 1.6, m, 1.58, 30.0, -0.4)) for m in (-1.3, -0.9)]
    seen = [round(1000 * p) for p in predicted]
    made = dataclasses.replace(
        trial,
        treated=dataclasses.replace(moved, responders={30.0: seen[0]}),
        control=dataclasses.replace(arm, responders={30.0: seen[1]}),
    )
    table = responders.shift_table([made], [30.0])
    assert (table["p_value"] > 0.9).all()


def test_shift_difference_lies_inside_what_was_observed(trials, contrasts):
    table = responders.shift_table(trials)
    differences = responders.shift_differences(table, contrasts)
    assert len(differences) == 6
    assert differences["inside"].all()
    said = words.shape(table, differences)
    assert "6 of 6" in said[0]
    both = [line for line in said if "in both arms" in line]
    assert len(both) == 1
    assert "50%" in both[0]


def test_sweep_holds_the_value_used(trials):
    sweep = responders.shift_sweep(trials[0], 30.0, [-0.4])
    table = responders.shift_table(trials[:1], [30.0])
    assert sweep.iloc[0]["ldn"] == pytest.approx(table["predicted"].iloc[1])


def test_mixtures_have_the_arm_s_mean_and_sd(trials):
    plans, refused = responders.mixture_plans(trials[0], [0.05, 0.1, 0.3], n=(25, 100), draws=60)
    assert refused == [0.05]
    for plan in plans:
        assert plan.mixture.mean == pytest.approx(trials[0].treated.change_mean)
        assert plan.mixture.sd == pytest.approx(trials[0].treated.change_sd)
        assert 49 in plan.n
    assert plans[0].power[-1] > plans[1].power[-1]  # responders far off are easier to tell
    said = words.mixtures(plans, refused, 49)
    assert len(said) == 3
    assert "not compatible" in said[-1]


def test_the_sedimentation_rate(ev):
    row = responders.predictor_rows(ev).iloc[0]
    found = responders.predictor_evidence(row)
    assert (found.n, found.r_squared) == (10, 0.82)
    assert found.adjusted_r_squared == pytest.approx(1 - 0.18 * 9 / 8)
    said = words.predictor(found, 0.0024, models.best_of_predictors(10, 5, 0.8, draws=500), 0.3)
    assert "one sample in 417" in said[1]


def test_answer_follows_the_choices(ev, contrasts, trials):
    spread = responders.response_spread(trials)
    said = words.all_or_nothing(contrasts, spread)
    assert "cannot be told" in said
    assert "no effect" not in said
    for low, high, told in ((0.2, 1.0, "spread more"), (-1.0, -0.2, "spread less")):
        other = spread.assign(sd_lower=low, sd_upper=high, includes_zero=False)
        assert told in words.all_or_nothing(contrasts, other)
    early = ev.as_of(2016)
    said = words.all_or_nothing(
        responders.responder_contrasts(early), responders.response_spread(responders.trial_arms(early))
    )
    assert "no trial gives responders" in said
