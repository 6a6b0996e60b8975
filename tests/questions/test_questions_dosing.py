"""The dosing analyses on the real data: their inputs, a check by simulation, sentences that follow."""

import inspect

import made_up
import numpy as np
import pytest
from scipy import stats

from ldn_analysis import evidence, models
from ldn_analysis.questions import dosing
from ldn_analysis.questions.parameters import parameters_class


@pytest.fixture(scope="module")
def fit(ev):
    return dosing.dose_effects(ev, {}, emax_sd=2.0, ed50_median=3.0, ed50_log_sd=1.0, tau_scale=0.5)


@pytest.fixture(scope="module")
def found(ev, kept):
    """The reconstruction of the report on the dose, as it stands there."""
    with kept():
        return dosing.dose_finding(ev)


def test_the_report_comes_from_the_data(ev):
    report = dosing.published_dose_finding(ev)
    assert (report.n, report.responders, report.ed50, report.ed95) == (25, 11, 3.88, 5.4)
    assert (report.lowest, report.highest) == (0.75, 6.0)
    assert dosing.published_dose_finding(ev.as_of(2016)) is None
    assert dosing.dose_finding(ev.as_of(2016)) is None


@pytest.mark.parametrize("function", ["dose_finding", "occupancy_accounts"])
def test_every_report_has_the_same_size_and_seed(function):
    """Other reports leave everything at the function's defaults: they must be the dosing report's."""
    defaults = parameters_class("05_dosing").defaults()
    taken = inspect.signature(getattr(dosing, function)).parameters
    for name in set(taken) - {"ev"}:
        assert taken[name].default == defaults["occupancy_draws" if name == "n_draws" else name]


def test_what_the_report_of_the_study_can_mean(found, kept):
    with kept():
        table, assumed = found.table(), found.assumptions()
    assert (table["ed50_lower"] < 3.88).all() and (table["ed50_upper"] > 3.88).all()
    assert (table["ed50_error"] < 0.05).all()
    assert np.isfinite(found.ceiling_one.ed95).all()
    assert set(assumed["assumption"]) == {"curve", "report", "first dose"}
    assert assumed.iloc[0]["ed50_lower"] == table.iloc[0]["ed50_lower"]
    wide = assumed.set_index("account").loc["middle of the rise up to 20 mg"]
    assert wide["ed50_upper"] > table.iloc[0]["ed50_upper"] + 1


def test_the_density_of_the_dose_of_half_effect_integrates_to_one(fit):
    """Nearly: the outermost points of the grid, a few percent, are left out."""
    density = fit.ed50_density()
    for name in ("prior", "posterior"):
        assert np.trapezoid(density[name], np.log2(density["dose_mg"])) == pytest.approx(0.96, abs=0.03)


def test_the_posterior_of_the_effect_is_that_of_simulation(fit):
    """Importance sampling from the prior gives the same mean effect at 4.5 mg, and the same ED50."""
    rng = np.random.default_rng(4)
    n = 400_000
    emax = rng.normal(0, 2.0, n)
    ed50 = 3.0 * np.exp(rng.normal(0, 1.0, n))
    tau = np.abs(rng.normal(0, 0.5, n))
    dose, y, v = (fit.used[c].to_numpy() for c in ("dose_mg", "yi", "vi"))
    mean = emax[:, None] * dose / (dose + ed50[:, None])
    spread = v + tau[:, None] ** 2
    weight = np.exp(-0.5 * ((y - mean) ** 2 / spread + np.log(spread)).sum(1))
    at = emax * 4.5 / (4.5 + ed50)
    effect = fit.emax.effect[list(fit.emax.at).index(4.5)]
    assert effect.mean == pytest.approx(np.average(at, weights=weight), abs=0.01)
    half = np.average(ed50 < 3.0, weights=weight)
    assert fit.emax.ed50_posterior[fit.emax.ed50_grid < 3.0].sum() == pytest.approx(half, abs=0.02)


def test_what_data_teach_about_dose_is_little_and_never_negative(fit):
    assert 0 <= fit.emax.bits_ed50 < 1
    assert (fit.table()["bits"] > 0).all()


ASSUMED = {"patients": 3000, "person_sd": 10.0, "day_sd": 15.0, "placebo_relief_sd": 15.0, "seed": 1}


def test_five_rules_with_chances_between_nothing_and_certainty(fit):
    rules = dosing.titration_rules(fit.emax, **ASSUMED | {"person_sd": 0.0})
    table = models.titration_table(rules)
    assert list(table["rule"].unique()) == [
        "no treatment", "to 4.5 mg", "to 6 mg", "up until response", "n-of-1 trial",
    ]  # fmt: skip
    chances = table[table["unit"] == "probability"]["estimate"].dropna()
    assert chances.between(0, 1).all()


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("person_sd", "exact"), [(0.0, 0.200774), (10.0, 0.348230)])
def test_simulation_errors_hold_what_is_unknown_of_the_effect(fit, seed, person_sd, exact):
    """That no dose relieves a patient: by a product rule of 200 x 200 points over the Emax model of the three
    trials, in numpy alone."""
    changed = {"patients": 40_000, "person_sd": person_sd, "seed": seed}
    none = dosing.titration_rules(fit.emax, **ASSUMED | changed)[0].quantities()["best_none"]
    assert abs(none[0] - exact) < 3 * none[1]


def test_no_rule_is_called_better_unless_it_is_under_every_assumption(ev, fit):
    steps = {"burden_per_mg": (1.0,), "person_sd": (20.0,)}
    tried = dosing.own_dose(ev, fit.emax, ASSUMED, steps=steps)
    assert set(tried.swept["assumption"]) == {"as assumed", "burden_per_mg", "person_sd"}
    six = tried.differences.query("first == 'to 4.5 mg' and second == 'to 6 mg'").set_index("assumption")
    assert six.loc["as assumed", "difference"] < 0 < six.loc["burden_per_mg", "difference"]
    assert not ((tried.ordered()["better"] == "to 6 mg") & (tried.ordered()["worse"] == "to 4.5 mg")).any()
    assert tried.share("relief", "no treatment") == 0
    assert 0 < tried.share("true_responders") < 1 and 0 < tried.share("best_none") < 1
    ranges = tried.ranges().dropna()
    assert ((ranges["lowest"] <= ranges["estimate"]) & (ranges["estimate"] <= ranges["highest"])).all()


def test_pet_at_a_single_dose_is_the_published_dose_of_half(ev):
    """2 to 50 mg were scanned; 5.60 (3.65 to 7.54) mg occupied half: 10.1038/mp.2011.29."""
    pet = dosing.single_dose_occupancy(ev, 4.5)
    assert (pet.percent, pet.lower, pet.upper) == pytest.approx((44.55, 37.38, 55.21), abs=0.005)
    assert dosing.single_dose_occupancy(ev.as_of(2010), 4.5) is None


def test_patients_are_like_those_of_the_trials(ev):
    facts = dosing.patient_facts(ev)
    relief = facts[facts["quantity"] == "relief on placebo"].set_index("label")
    final = relief.loc["Due Bruun et al. 2024 (FINAL)"]
    half = (1.4 - 0.5) / 2  # printed: -0.9 (95% interval -1.4 to -0.5), 50 women
    assert final["mean"] == pytest.approx(9.0)
    assert final["sd"] == pytest.approx(10 * half / stats.t.ppf(0.975, 49) * 50**0.5)
    known = dosing.typical_patients(facts)
    assert known["placebo_relief"] == 7.69
    assert 62 < known["baseline_mean"] < 77
    assert dosing.typical_patients(dosing.patient_facts(ev.as_of(2016))) == {"placebo_relief": 7.69}


def test_more_noise_makes_more_false_responders(ev, fit):
    tried = dosing.own_dose(ev, fit.emax, ASSUMED, steps={"placebo_relief_sd": (1.0, 25.0)})
    swept = tried.swept[tried.swept["assumption"] == "placebo_relief_sd"]
    false = swept[(swept["quantity"] == "false_responder") & (swept["rule"] == "to 4.5 mg")]
    assert false["estimate"].is_monotonic_increasing


def test_occupancy_is_between_its_limits_and_rises_with_dose(ev):
    for cv in (0.0, 1.0):  # both ends of what can be asked for
        ends = dosing.occupancy_accounts(ev, cv=cv, n_draws=50, seed=1)
        assert ends is not None and ends["effect_compartment"].table()["median"].notna().all()
    accounts = dosing.occupancy_accounts(ev, cv=0.2, n_draws=100, seed=1)
    daily = dosing.daily_occupancy(accounts["slow_dissociation"])
    assert daily["high"].is_monotonic_increasing
    assert (daily["low"] <= daily["high"]).all()
    assert daily[["low", "high"]].to_numpy().max() <= 100


def test_the_answer_says_what_was_done_in_forty_words(ev):
    for year in (None, 2024, 2016, 2012):
        now = ev.as_of(year)
        said = dosing.words.answer(dosing.given_doses(now), len(dosing.randomised_comparisons(now)))
        assert len(said.split()) <= 40
        assert "nan" not in said and "None" not in said
    said = dosing.words.answer(dosing.given_doses(ev), 0)
    assert "4.5 and 6 mg" in said and "3 to 52 weeks" in said and "one rose from 1.5 to 6 mg" in said
    assert "never 1.5 or 3 mg, never dose against dose" in said
    early = dosing.words.tested(dosing.given_doses(ev.as_of(2016)), 0)
    assert early == "Only 4.5 mg was tested against placebo (12 weeks); never 1.5, 3 or 6 mg."
    assert dosing.words.tested(dosing.given_doses(ev.as_of(2000)), 0).startswith("No low dose")
    assert "one trial" not in dosing.words.answer(dosing.given_doses(ev.as_of(2012)), 0).lower()
    assert "against each other" not in dosing.words.answer(dosing.given_doses(ev.as_of(2016)), 0)


def test_the_average_of_pairs_is_named_only_where_it_is_the_published_one(found):
    table = found.table().assign(assumption="curve")
    said = dosing.tables.compatible_doses(table).text
    assert "the mean of six pairs' middles on this grid, 3.875 mg" in said
    assert "middles" not in dosing.tables.compatible_doses(table.assign(published_ed50=3.9)).text


def test_a_posterior_share_never_stands_without_its_prior(found):
    row = found.table().iloc[0]
    assert row["prior_beyond_percent"] == pytest.approx(96.9, abs=0.3)
    said = dosing.words.finding(row, found.placebo)
    assert "98%; it was 97% before" in said and f"only above {found.report.highest:g} mg" in said
    row["highest"] = 9.0
    assert "only above 9 mg" in dosing.words.finding(row, found.placebo)
    assert "; before the study the assumptions said" in dosing.words.finding_title(row)
    assert dosing.words.finding(None, None) == "No dose-finding study is in the evidence."


def test_bits_stand_beside_the_ranges_before_and_after_and_under_every_prior(fit):
    said = dosing.words.trials(fit)
    assert "almost nothing" in said and "0.4 mg to 21.3 mg" in said
    assert "bits" not in said  # one number of them says more of the prior: the table sweeps it
    swept = models_under(fit)
    assert round(swept["bits"].iloc[0], 2) == 0.09
    assert swept["bits"].min() < 0.03 < 0.12 < swept["bits"].max()


def models_under(fit):
    return dosing.under_other_priors(fit.emax)


def test_what_is_said_of_receptors_names_one_dose_and_daily_use(ev):
    accounts = dosing.occupancy_accounts(ev, n_draws=200)
    day = next(
        r for r in dosing.daily_occupancy(accounts["slow_dissociation"]).itertuples() if r.dose_mg == 4.5
    )
    said = dosing.words.occupancy(dosing.single_dose_occupancy(ev, 4.5), day)
    assert "One dose of 4.5 mg (PET): 45% (37 to 55)." in said
    assert day.low_lower < day.low < day.low_upper
    assert "not dated" in dosing.words.occupancy(None, None)


def test_what_was_noted_after_stopping_is_quoted(ev):
    assert "P = 0.891" in dosing.words.stopping(ev.studies)
    assert dosing.words.stopping(ev.studies.assign(notes=np.nan)) == ""
    assert "hormesis" in dosing.words.hormesis(ev.studies)
    assert "hormesis" not in dosing.words.hormesis(ev.as_of(2016).studies)


def test_the_line_through_doses_of_one_trial_knows_their_shared_control_group(tmp_path):
    """The generalised least squares line through no effect at 0 mg, by hand, with the trials' own spread."""
    other = evidence.load(made_up.write(tmp_path / "data", "three, doses"))
    effects = dosing.dose_effects(other, {}, emax_sd=2.0, ed50_median=3.0, ed50_log_sd=1.0, tau_scale=0.5)
    assert effects.slope.shared and effects.used["study_id"].duplicated().any()
    dose, y = effects.used["dose_mg"].to_numpy(), effects.used["yi"].to_numpy()
    fixed = np.linalg.inv(effects.emax.covariance)
    by_hand = (dose @ fixed @ y) / (dose @ fixed @ dose)
    assert effects.slope.per_mg == pytest.approx(by_hand, abs=0.15)
    assert effects.slope.lower < by_hand < effects.slope.upper
    assert "share its control group" in dosing.words.slope(effects.slope)


@pytest.mark.parametrize("name", ["one", "one, doses", "three, means"])
def test_one_trial_is_not_called_trials(tmp_path, name):
    other = evidence.load(made_up.write(tmp_path / "data", name))
    effects = dosing.dose_effects(other, {}, emax_sd=2.0, ed50_median=3.0, ed50_log_sd=1.0, tau_scale=0.5)
    figure = dosing.pictures.dose_effects(effects.table(), effects.used, effects.ed50_density(), mid=1.0)
    words = {text.get_text() for text in figure.axes[0].texts}
    assert ("trial" in words, "trials" in words) == (name != "three, means", name == "three, means")
    names = {text.get_text() for text in figure.axes[1].texts}
    assert names == {"before the data", "after"}  # beside their curves


@pytest.mark.parametrize("name", ["fifteen", "eight, every dose", "three, doses"])
def test_every_trial_stands_between_its_dose_and_the_next(tmp_path, name):
    other = evidence.load(made_up.write(tmp_path / "data", name))
    effects = dosing.dose_effects(other, {}, emax_sd=2.0, ed50_median=3.0, ed50_log_sd=1.0, tau_scale=0.5)
    figure = dosing.pictures.dose_effects(effects.table(), effects.used, effects.ed50_density(), mid=1.0)
    for axes in (figure.axes[0], figure.narrow().axes[0]):
        places = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "s"]
        assert len(places) == len(effects.used)
        key = axes.figure.legends  # where words beside the bars would cross others
        assert len(axes.texts) == (0 if key else 4)
        if name != "three, doses":
            assert len(key) == (name == "eight, every dose")
        if name == "eight, every dose":  # with so many the first panel has the whole width
            assert axes.get_position().width > 0.75
        ends = [*sorted(set(effects.used["dose_mg"])), axes.get_xlim()[1]]
        for dose, place in zip(effects.used["dose_mg"], places, strict=True):
            assert dose < place < min(end for end in ends if end > dose)


def test_without_shared_control_groups_the_line_is_a_meta_regression(fit):
    assert not fit.slope.shared
    assert "meta-regression" in dosing.words.slope(fit.slope)
    assert dosing.words.slope(None) == "too few trials or doses for a slope"


def test_the_rule_asks_for_the_rows_that_the_models_of_receptors_read():
    from ldn_analysis.evidence.rules.pharmacology import MODEL
    from ldn_analysis.questions.dosing.blockade import MICROGLIA_ROWS, OCCUPANCY_ROWS

    assert set(MODEL) == {*OCCUPANCY_ROWS, *MICROGLIA_ROWS}
