"""Occupancy: the receptor equation, calibration to PET, limits, monotonicity, and the day at steady state."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import solve_ivp

from ldn_analysis.errors import InputError
from ldn_analysis.models.receptors.constants import binding_conflict, concentration_margin
from ldn_analysis.models.receptors.day import occupancy
from ldn_analysis.models.receptors.inputs import OccupancyInputs, Uncertain, draw_inputs
from ldn_analysis.models.receptors.kinetics import oral
from ldn_analysis.models.receptors.receptor import (
    OCCUPANCY_KINETICS,
    Decline,
    bound,
    calibrate,
    cycle_start,
    relative_decline,
)

# Published values (data/pharmacology.csv): Lee 1988 (PMID 2839637) for the decline after 50 mg.
DECLINE = Decline(
    50.0, 1.0, np.array([48.0, 72, 120, 168]), np.array([91.0, 80, 46, 30]), np.array([6.4, 6.3, 7.4, 13.8])
)
ONE = np.ones(1)


def inputs(**changes) -> OccupancyInputs:
    values = {
        "half_life_h": Uncertain.lognormal(4, 0.2),
        "time_of_peak_h": Uncertain.lognormal(1, 0.2),
        "peak_ng_ml": Uncertain.lognormal(43.6, 0.34),
        "metabolite_half_life_h": Uncertain.lognormal(13, 0.2),
        "metabolite_time_of_peak_h": Uncertain.lognormal(2, 0.2),
        "metabolite_peak_ng_ml": Uncertain.lognormal(87.2, 0.14),
        "peak_dose_mg": 100.0,
        "ed50_mg": Uncertain.from_interval(5.6, 3.65, 7.54),
        "decline_dose_mg": 50.0,
        "decline_time_h": DECLINE.time_h,
        "decline_percent": DECLINE.percent,
        "decline_sem": DECLINE.sem,
    }
    return OccupancyInputs(**(values | changes))


def central(kinetics, scan=4.0):
    return calibrate(
        kinetics, oral(4 * ONE, ONE, 0.436 * ONE), 5.6 * ONE, scan * ONE, DECLINE, DECLINE.percent[None]
    )


@pytest.fixture(scope="module")
def days():
    return {k: occupancy(inputs(), kinetics=k, n_draws=200) for k in OCCUPANCY_KINETICS}


def test_receptor_equation_against_a_solver():
    curve, on, off = oral(4 * ONE, ONE, ONE), 0.4, 0.05
    grid = np.linspace(0, 24, 961)
    ours = bound(curve.area(grid), grid, np.array([on]), np.array([off]))[0]
    solved = solve_ivp(
        lambda t, y: [on * float(curve.at([t])[0, 0]) * (1 - y[0]) - off * y[0]],
        (0, 24),
        [0.0],
        t_eval=grid,
        rtol=1e-9,
        atol=1e-12,
    )
    np.testing.assert_allclose(ours, solved.y[0], atol=2e-5)


def test_receptor_equation_with_constant_concentration_is_exact():
    grid, c, on, off = np.array([0.0, 3.0, 10.0, 11.0]), 2.0, 0.3, 0.1
    rate = on * c + off
    expected = on * c / rate * (1 - np.exp(-rate * grid))
    np.testing.assert_allclose(bound(c * grid, grid, on, off), expected, rtol=1e-13)


def test_cycle_start_is_the_end_of_a_long_run():
    curve, grid = oral(4 * ONE, ONE, ONE).every(24.0), np.linspace(0, 24, 121)
    area, on, off = curve.area(grid), np.array([0.05]), np.array([0.01])
    occupancy_now = np.zeros(1)
    for _ in range(200):
        occupancy_now = bound(area, grid, on, off, occupancy_now)[:, -1]
    np.testing.assert_allclose(cycle_start(area, grid, on, off), occupancy_now, rtol=1e-10)


@pytest.mark.parametrize("kinetics", OCCUPANCY_KINETICS)
@pytest.mark.parametrize("scan", [2.0, 4.0, 8.0])
def test_ed50_occupies_half_at_the_scan(kinetics, scan):
    model = central(kinetics, scan)
    assert model.single(5.6, np.array([scan]))[0, 0] == pytest.approx(0.5, abs=5e-4)


def test_slow_dissociation_meets_the_measured_decline_and_plasma_does_not():
    def misfit(kinetics):
        return float(
            np.sum(((relative_decline(central(kinetics), DECLINE)[0] - DECLINE.percent) / DECLINE.sem) ** 2)
        )

    assert misfit("slow_dissociation") < 7.81  # 95% point of chi-square, 4 points less 1 fitted rate
    assert misfit("plasma") > 100


@pytest.mark.parametrize("kinetics", ["effect_compartment", "slow_dissociation"])
@pytest.mark.parametrize("half_life", [15.0, 75.0])
def test_calibration_recovers_a_known_slow_half_life(kinetics, half_life):
    """Data made by the model itself give its slow half-life back."""
    from ldn_analysis.models.receptors.receptor import _with_slow

    plasma = oral(4 * ONE, ONE, 0.436 * ONE)
    truth = _with_slow(kinetics, plasma, 5.6 * ONE, 4 * ONE, half_life * ONE)
    fitted = calibrate(kinetics, plasma, 5.6 * ONE, 4 * ONE, DECLINE, relative_decline(truth, DECLINE))
    assert fitted.slow_half_life_h[0] == pytest.approx(half_life, rel=0.03)


def test_fast_effect_site_becomes_plasma():
    """ke0 to infinity: the effect compartment is the plasma account."""
    from ldn_analysis.models.receptors.receptor import _with_slow

    fast = _with_slow("effect_compartment", oral(4 * ONE, ONE, ONE), 5.6 * ONE, 4 * ONE, 1e-6 * ONE)
    grid = np.linspace(0, 24, 49)
    np.testing.assert_allclose(
        fast.steady(4.5, 24.0, grid), central("plasma").steady(4.5, 24.0, grid), atol=1e-5
    )


def test_plasma_account_by_hand():
    """Bateman concentration at 24 h of a daily 50 mg, by the formula, against the model."""
    ke = np.log(2) / 4
    curve = oral(4.0, 1.0, 1.0)
    ka = curve.rate[1]
    single = np.exp(-ke * 4) - np.exp(-ka * 4)
    trough = np.exp(-ke * 24) / (1 - np.exp(-ke * 24)) - np.exp(-ka * 24) / (1 - np.exp(-ka * 24))
    expected = 50 * trough / (50 * trough + 5.6 * single)
    assert central("plasma").steady(50.0, 24.0, np.array([0.0, 24.0]))[0, 1] == pytest.approx(
        expected, rel=1e-10
    )


def test_more_drug_more_occupancy_and_never_beyond_the_receptors(days):
    for day in days.values():
        once = day.doses_per_day == 1
        for name in ("low", "high", "mean"):
            values = day.draws[name][once]
            assert np.all(np.diff(values, axis=0) > 0)
        assert day.bands.min() >= 0
        assert day.bands.max() <= 100
        assert np.all(np.diff(day.bands, axis=1) >= 0)


def test_splitting_the_dose_narrows_the_swing(days):
    for day in days.values():
        for dose in np.unique(day.dose_mg_per_day):
            once, twice = (
                np.flatnonzero((day.dose_mg_per_day == dose) & (day.doses_per_day == k))[0] for k in (1, 2)
            )
            assert np.all(day.draws["low"][twice] > day.draws["low"][once])
            assert np.all(day.draws["high"][twice] < day.draws["high"][once])


def test_summaries_are_those_of_the_curves(days):
    day = days["slow_dissociation"]
    grid = np.linspace(0, 24, 2401)
    curve = 100 * day.receptor.steady(4.5, 24.0, grid)
    row = np.flatnonzero((day.dose_mg_per_day == 4.5) & (day.doses_per_day == 1))[0]
    np.testing.assert_allclose(day.draws["low"][row], curve.min(axis=1), atol=0.05)
    np.testing.assert_allclose(day.draws["mean"][row], curve[:, :-1].mean(axis=1), atol=0.1)
    np.testing.assert_allclose(
        day.draws["hours_above_80"][row], 24 * (curve[:, :-1] > 80).mean(axis=1), atol=0.25
    )
    np.testing.assert_allclose(day.bands[row, 2], np.median(curve, axis=0)[::10], atol=0.1)


def test_decides_on_transient_blockade_by_the_stated_definition(days):
    """The accounts disagree on it: that is the point of showing them together."""
    assert days["slow_dissociation"].p_transient.max() < 0.05
    plasma = days["plasma"]
    row = np.flatnonzero((plasma.dose_mg_per_day == 4.5) & (plasma.doses_per_day == 1))[0]
    assert plasma.p_transient[row] > 0.3
    expected = (plasma.draws["high"][row] >= 50) & (plasma.draws["low"][row] <= 20)
    assert plasma.p_transient[row] == expected.mean()


def test_wide_spreads_are_cut_to_what_the_kinetics_allow():
    """At the widest spread that can be asked for: what comes too late is drawn anew, the rest follows its
    distributions where they are possible, and a peak that is too late in itself is still refused."""
    wide = inputs(half_life_h=Uncertain.lognormal(4, 1.0), time_of_peak_h=Uncertain.lognormal(1, 1.0))
    drawn, latest = draw_inputs(wide, 4096, 3), 4 / np.log(2)
    assert (drawn["time_of_peak_h"] * np.log(2) < drawn["half_life_h"]).all()
    z = np.random.default_rng(3).standard_normal((2, 400_000)) * np.sqrt(np.log(2))
    half_life, peak = 4 * np.exp(z[0]), np.exp(z[1])
    possible = peak * np.log(2) < half_life
    assert 0.9 < possible.mean() < 0.99  # normal: P(z < log(latest) / (sqrt(2) sqrt(log 2))) = 0.93
    for name, alone in (("half_life_h", half_life), ("time_of_peak_h", peak)):
        expected = np.quantile(alone[possible], [0.1, 0.5, 0.9])
        np.testing.assert_allclose(np.quantile(drawn[name], [0.1, 0.5, 0.9]), expected, rtol=0.05)
    assert occupancy(wide, n_draws=200, seed=1) is not None
    with pytest.raises(InputError, match="too late for these half-lives"):
        occupancy(
            inputs(time_of_peak_h=Uncertain.fixed(latest + 1), half_life_h=Uncertain.fixed(4)), n_draws=50
        )


def test_same_seed_same_draws_for_every_account(days):
    again = occupancy(inputs(), kinetics="plasma", n_draws=200)
    np.testing.assert_array_equal(again.bands, days["plasma"].bands)
    a, b = draw_inputs(inputs(), 50, 1), draw_inputs(inputs(), 50, 2)
    assert not np.array_equal(a["ed50_mg"], b["ed50_mg"])


def test_inputs_are_drawn_evenly():
    """Scrambled Sobol points: each of 1,024 equal parts of the hours of the scan (1 to 8) holds one draw."""
    hours = np.sort(draw_inputs(inputs(), 1024, 5)["scan_h"])
    np.testing.assert_array_equal(np.floor((hours - 1) / 7 * 1024), np.arange(1024))


def test_drawn_inputs_have_the_stated_moments():
    drawn = draw_inputs(inputs(), 20000, 3)
    np.testing.assert_allclose(np.quantile(drawn["ed50_mg"], [0.025, 0.975]), [3.65, 7.54], atol=0.06)
    assert np.std(drawn["half_life_h"]) / np.mean(drawn["half_life_h"]) == pytest.approx(0.2, rel=0.05)
    np.testing.assert_allclose(drawn["decline_percent"].std(axis=0), DECLINE.sem, rtol=0.03)
    assert Uncertain.normal(1, 10).draw(np.random.default_rng(1), 1000).min() > 0


def test_fixed_inputs_give_bands_of_no_width():
    fixed = {
        name: Uncertain.fixed(float(value.quantile(0.5)))
        for name in OccupancyInputs.__dataclass_fields__
        if isinstance(value := getattr(inputs(), name), Uncertain)
    }
    day = occupancy(inputs(**fixed), kinetics="plasma", n_draws=20)
    np.testing.assert_allclose(day.bands[:, 0], day.bands[:, -1], rtol=1e-12)


def test_tables(days):
    day = days["slow_dissociation"]
    table = day.table()
    assert set(table["quantity"]) == {
        "low",
        "high",
        "mean",
        "hours_above_50",
        "hours_above_80",
        "p_transient",
    }
    assert len(table) == 8 * 6
    chance = table[table["quantity"] == "p_transient"]
    never = chance[chance["median"] == 0]  # no draw of so many: up to 3 in as many are not excluded
    assert len(never) and never["mc_se"].tolist() == pytest.approx([1 / day.n_draws] * len(never))
    assert (table["mc_se"] >= 0).all()
    fit = day.fit_to_decline()
    assert list(fit["measured"]) == [91, 80, 46, 30]
    scans = [np.median(day.receptor.single(dose, [4.0])) for dose in (2, 5, 15, 50)]
    assert np.all(np.diff(scans) > 0)
    daily = 100 * day.receptor.steady(50, 24.0, np.linspace(0, 24, 241))[:, -1]
    low, high = np.quantile(daily, [0.025, 0.975])
    assert low < 94.9 < high  # measured: 94.9, SD 4.9 (10.1038/sj.npp.1301440)


def test_binding_conflict_by_hand():
    fixed = inputs(
        **{
            n: Uncertain.fixed(v)
            for n, v in {
                "half_life_h": 4,
                "time_of_peak_h": 1,
                "peak_ng_ml": 43.6,
                "ed50_mg": 5.6,
                "scan_h": 1.0,
            }.items()
        }
    )
    table = binding_conflict(fixed, [0.11, 1.1], fraction_unbound=0.79, dose_mg=[4.5], n_draws=20)
    free_nm_per_mg = 0.436 * 0.79 / 341.4 * 1000
    np.testing.assert_allclose(
        table["ed50_mg"], [5.6, 0.11 / free_nm_per_mg, 1.1 / free_nm_per_mg], rtol=1e-10
    )
    np.testing.assert_allclose(table["occupancy_percent"], 100 * 4.5 / (4.5 + table["ed50_mg"]), rtol=1e-10)
    np.testing.assert_allclose(table["potency_ratio"], 5.6 / table["ed50_mg"], rtol=1e-10)


def test_what_pet_says_has_a_closed_form_without_simulation():
    """5.60 mg (3.65 to 7.54): 4.5 / (4.5 + 5.6) and the same of the limits, whatever is drawn."""
    tables = [
        binding_conflict(inputs(), [1.0], fraction_unbound=0.79, dose_mg=[4.5], n_draws=n, seed=n)
        for n in (20, 50)
    ]
    pet = pd.concat([table[table["basis"] == "PET"] for table in tables])
    np.testing.assert_allclose(pet["occupancy_percent"], 44.554, atol=0.001)
    np.testing.assert_allclose(pet["lower"], 100 * 4.5 / (4.5 + 7.54), atol=0.1)
    np.testing.assert_allclose(pet["upper"], 100 * 4.5 / (4.5 + 3.65), atol=0.1)
    np.testing.assert_allclose(pet["ed50_mg"], 5.6, rtol=1e-6)


def test_tlr4_margin_by_hand():
    margin = concentration_margin(
        4.5,
        peak_ng_ml=Uncertain.fixed(43.6),
        peak_dose_mg=100,
        fraction_unbound=0.79,
        target_um=Uncertain.fixed(105.5),
    )
    free = 43.6 * 0.045 * 0.79 / 341.4 * 1000
    assert margin[0] == pytest.approx(np.log10(105500 / free), rel=1e-12)


def test_bad_arguments_are_named():
    with pytest.raises(InputError, match="kinetics"):
        occupancy(inputs(), kinetics="magic")
    with pytest.raises(InputError, match=r"dose_mg_per_day\[1\] is -1"):
        occupancy(inputs(), dose_mg_per_day=(1.5, -1))
    with pytest.raises(InputError, match="decline_time_h"):
        occupancy(inputs(decline_time_h=[48, 48, 120, 168]), n_draws=20)
    with pytest.raises(InputError, match="fraction_unbound"):
        binding_conflict(inputs(), [1.0], fraction_unbound=1.2)
    with pytest.raises(InputError, match="lower95"):
        Uncertain.from_interval(5.6, 6.0, 7.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        inputs().peak_dose_mg = 1
