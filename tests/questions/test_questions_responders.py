"""Responders against published examples and by hand; individual response, mixtures, sentences."""

import dataclasses
import math

import numpy as np
import pytest
from scipy import special

from ldn_analysis import measures, models
from ldn_analysis.models.responders.shift import responder_rate
from ldn_analysis.questions import responders
from ldn_analysis.questions.responders import words
from ldn_analysis.questions.responders.analysis import number_needed


@pytest.fixture(scope="module")
def contrasts(ev):
    return responders.responder_contrasts(ev)


@pytest.fixture(scope="module")
def trials(ev):
    return responders.trial_arms(ev)


def test_number_needed_passes_through_infinity():
    """Reciprocals by hand, in the notation of Altman 1998, BMJ 317:1309."""
    assert number_needed(0.08, -0.03, 0.19) == "NNTB 12 (NNTB 5 to infinity to NNTH 33)"
    assert number_needed(0.2, 0.1, 0.25) == "NNTB 5 (NNTB 4 to NNTB 10)"
    assert number_needed(-0.1, -0.2, 0.05) == "NNTH 10 (NNTH 5 to infinity to NNTB 20)"
    assert number_needed(0.0, -0.1, 0.1).startswith("infinity")
    assert number_needed(0.4, -0.3, 1.2) == "NNTB 2 (NNTB 1 to infinity to NNTH 3)"
    assert number_needed(0.1, 0.0, 0.2) == "NNTB 10 (NNTB 5 to infinity)"
    assert number_needed(-0.1, math.nan, math.nan) == "NNTH 10"


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


def test_the_common_effect_is_mantel_haenszel_by_hand(contrasts):
    """The two trials point in opposite directions: random effects lead, this is their companion."""
    pools = contrasts[contrasts["pooled"] & (contrasts["percent"] == 30)]
    pool = pools[pools["model"].str.contains("Mantel-Haenszel")].iloc[0]
    assert pool["rr"] == pytest.approx((20 * 50 / 99 + 5 * 49 / 96) / (13 * 49 / 99 + 9 * 47 / 96))
    lead = pools[pools["leads"]].iloc[0]
    assert "random effects" in lead["model"] and lead["opposite"]
    assert lead["rr_lower"] < pool["rr_lower"] < pool["rr_upper"] < lead["rr_upper"]


def test_a_row_is_one_computation(contrasts):
    """The difference follows from the ratio: at the risk counted, and at the usual placebo response."""
    for row in contrasts.to_dict("records"):
        assert row["rd"] == pytest.approx(row["control"] * (row["rr"] - 1))
        assert row["rd_upper"] == pytest.approx(min(row["control"] * row["rr_upper"], 1) - row["control"])
    usual = contrasts.drop_duplicates("percent").set_index("percent")["usual"]
    assert (usual[30.0], usual[50.0]) == (0.308, 0.188) and math.isnan(usual[15.0])


def test_number_needed_of_nothing_is_empty():
    assert number_needed(math.nan, math.nan, math.nan) == ""


def test_spread_over_every_trial_counts_people_once(ev):
    """Referee's numbers: with all three trials 0.90 (0.70 to 1.15) by Hartung-Knapp, below 1.2; the modified
    interval leaves it open."""
    found = responders.spread_ratio(ev)
    assert list(found.table["study_id"]) == ["younger2013", "final2024", "innova2026"]
    assert (found.k, found.n) == (3, 28 + 99 + 96)
    first, lead = found.intervals.iloc[0], found.lead
    assert (first["ratio"], first["lower"], first["upper"]) == pytest.approx((0.90, 0.70, 1.15), abs=0.03)
    assert lead["method"] == found.intervals["method"].iloc[1]  # the wider leads, as in the report on pain
    assert list(found.intervals["verdict"]) == ["excluded", "open", "excluded"]
    assert found.verdict == "depends on the interval"
    assert "1.2 times as large is excluded depends" in words.spread_verdict(found)
    mixed = found.intervals.assign(verdict=["wider", *["open"] * (len(found.intervals) - 1)])
    said = words.spread_verdict(dataclasses.replace(found, intervals=mixed))
    assert said == "Whether people differ more with LDN depends on the kind of interval."
    younger = found.table.iloc[0]
    first = math.sqrt((1 - younger["correlation"] ** 2) / 27)
    assert 1.02 * first < younger["se"] < 1.05 * first  # to the second order: see the exact variance below
    assert "depends on the kind of interval" in words.spread(found)


@pytest.mark.parametrize("n", [10, 20, 28, 50])
@pytest.mark.parametrize("r", [0.0, 0.2, -0.5, 0.64, 0.8, 1.0])
def test_variance_of_the_ratio_of_two_sds_that_correlate(n, r):
    """Of normal values the variances are, given a negative binomial number, independent chi-squared: the
    covariance of their logarithms is a series in r², which for r = 1 is the trigamma of each variance."""
    half, j = (n - 1) / 2, np.arange(1, 20000)
    terms = np.exp(special.gammaln(j) - np.log(j) + special.gammaln(half) - special.gammaln(half + j))
    exact = float(((1 - r ** (2 * j)) * terms).sum() / 2)
    assert exact == pytest.approx(float(special.polygamma(1, half) - terms @ r ** (2 * j)) / 2, abs=1e-12)
    first, second = (measures.paired("VRC", 0, 1, 0, 1, n, r, variance=v).vi for v in ("LS", "LS3"))
    assert second == pytest.approx(exact, rel=3 / (n - 1) ** 2, abs=1e-15)
    assert abs(r) == 1 or first < (1 - 0.6 / (n - 1)) * exact  # the first order alone is too small


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
    table = responders.shift_table([made]).query("percent == 30")
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
    table = responders.shift_table(trials[:1]).query("percent == 30")
    assert sweep.iloc[0]["ldn"] == pytest.approx(table["predicted"].iloc[1])


def test_mixtures_have_the_arm_s_mean_and_placebo_s_spread(trials):
    """Referee's SDs: 10% 1.98, 15% 1.85, 20% 1.77, 30% 1.70, against 1.57 (1.31 to 1.96)."""
    trial = responders.mixture_trial(trials)
    assert trial is trials[0]
    plans = responders.mixture_plans(trial, [0.1, 0.15, 0.2, 0.3], n=(25, 100), draws=60)
    for plan, sd in zip(plans, (1.98, 1.85, 1.77, 1.70), strict=True):
        assert plan.power.mixture.mean == pytest.approx(trial.treated.change_mean)
        assert plan.power.mixture.within_sd == pytest.approx(trial.control.change_sd)
        assert plan.implied_sd == pytest.approx(sd, abs=0.015)
        assert plan.observed_ci == pytest.approx((1.31, 1.96), abs=0.006)
        assert 49 in plan.power.n
    assert [plan.fits for plan in plans] == [False, True, True, True]
    assert plans[0].power.power[-1] > plans[-1].power.power[-1]  # responders far off are easier to tell
    assert all(plan.possible for plan in plans)
    table = responders.tables.mixtures(plans, trial)
    assert list(table["fits"]) == ["speaks against it", *["allows it"] * 3]
    assert responders.mixture_trial([trials[1]]) is None  # pain fell more on placebo: nothing to explain


def test_a_share_that_would_have_to_change_by_more_than_the_scale_is_impossible(trials):
    trial = responders.mixture_trial(trials)
    plan, other = responders.mixture_plans(trial, [0.05, 0.2], n=(25,), draws=60)
    assert plan.mixture.responder_mean < trial.lowest - trial.treated.baseline_mean == plan.largest_fall
    assert (plan.possible, plan.power, other.possible) == (False, None, True)
    assert responders.tables.mixtures([plan, other], trial)["fits"].iloc[0] == "impossible"
    assert "Impossible" in words.mixture_note([plan, other], 60)
    assert "Impossible" not in words.mixture_note([other], 60)
    unknown = dataclasses.replace(trial, lowest=math.nan)  # no scale: nothing is called impossible
    assert responders.mixture_plans(unknown, [0.05], n=(25,), draws=60)[0].possible


def test_pools_say_how_much_is_second_hand(ev):
    table = responders.responder_contrasts(ev)
    lead = table[table["pooled"] & table["leads"]].iloc[0]
    assert lead["read"] in words.models_named(table, lead["percent"])
    assert "transcriptions" in words.read_from(table)[0]
    single = table[~table["pooled"]].iloc[0]
    assert single["label"] in single["read"]
    spread = responders.spread_ratio(ev)
    assert spread.read in words.spread(spread)


def test_the_sedimentation_rate(ev):
    found = responders.predictor(ev)
    assert (found.evidence.n, found.evidence.r_squared) == (10, 0.82)
    assert found.evidence.adjusted_r_squared == pytest.approx(1 - 0.18 * 9 / 8)
    said = words.predictor(found, models.best_of_predictors(10, 3, 0.82, draws=500))
    assert words.chance_in(found.chance) == "about 2 in 1000" and "about 2 in 1000" in said[1]
    assert words.chance_in(1 / 411) == "about 2 in 1000"
    assert "Bayes" not in " ".join(said)
    assert responders.predictor(ev.as_of(2008)) is None


def test_the_rate_goes_with_body_mass_and_age_in_the_same_people(ev):
    """The reading of the paper's table: 0.77 with body mass, 0.69 with age."""
    found = responders.predictor(ev)
    table = responders.companions(ev, found).set_index("name")
    assert table["r"].to_dict() == pytest.approx({"body mass index": 0.77, "age": 0.69}, abs=0.005)
    # partial correlation from the three correlations, by the textbook formula
    people = ev.pilot_participants
    bmi, age = table["r"]["body mass index"], table["r"]["age"]
    both = np.corrcoef(people["bmi"], people["age_years"])[0, 1]
    assert table["partial"]["body mass index"] == pytest.approx(
        (bmi - age * both) / math.sqrt((1 - age**2) * (1 - both**2))
    )
    # any response with r = 0.91 to the rate has a correlation with body mass within these limits
    rng = np.random.default_rng(1)
    rate = (people["esr_mm_h"] - people["esr_mm_h"].mean()).to_numpy()
    for _ in range(200):
        noise = rng.standard_normal(10)
        noise -= noise.mean()
        noise -= rate * (noise @ rate) / (rate @ rate)
        r = found.evidence.r
        response = r * rate / np.linalg.norm(rate) + math.sqrt(1 - r**2) * noise / np.linalg.norm(noise)
        at = np.corrcoef(response, people["bmi"])[0, 1]
        assert (
            table["response_lower"]["body mass index"] - 1e-9
            <= at
            <= table["response_upper"]["body mass index"] + 1e-9
        )
    assert "cannot be told apart" in words.companion(table.reset_index())


def test_answer_follows_the_choices(ev, contrasts):
    spread = responders.spread_ratio(ev)
    said = words.all_or_nothing(contrasts, spread, 30.0)
    assert "We cannot tell" in said and "opposite directions" in said
    assert "no effect" not in said
    for verdict, told in (("wider", "differ more"), ("excluded", "unlikely")):
        other = dataclasses.replace(spread, intervals=spread.intervals.assign(verdict=verdict))
        assert told in words.all_or_nothing(contrasts, other, 30.0)
        alone = dataclasses.replace(other, k=1, n=28)
        said = words.all_or_nothing(contrasts, alone, 30.0)
        assert "We cannot tell" in said and "In one trial (28 people)" in said and "unlikely" not in said
        assert "We cannot tell" in words.short(alone) and "n one trial" in words.spread_verdict(alone)
    early = ev.as_of(2012)
    said = words.all_or_nothing(
        responders.responder_contrasts(early), responders.spread_ratio(early), math.nan
    )
    assert "no trial known here reports who responded" in said


def test_ratio_of_relative_spreads_only_where_the_means_differ_from_zero(trials):
    """INNOVA's mean change with LDN, -0.33, has an interval that holds zero."""
    spread = responders.response_spread(trials)
    by = spread.set_index(["study_id", "basis"])["ln_cvr"]
    assert np.isfinite(by["final2024"]).all() and by["innova2026"].isna().all()
