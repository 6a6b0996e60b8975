"""Kinetics against closed forms: the Bateman curve, mass balance, superposition, the effect compartment."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad, solve_ivp

from ldn_analysis.errors import InputError
from ldn_analysis.models.receptors.kinetics import Exponentials, absorption_rate, oral

HALF_LIFE, PEAK_TIME, PEAK = 4.0, 1.0, 0.436


def one() -> Exponentials:
    return oral(np.array([HALF_LIFE]), np.array([PEAK_TIME]), np.array([PEAK]))


def test_one_compartment_is_the_bateman_curve():
    ke = np.log(2) / HALF_LIFE
    ka = float(absorption_rate(np.array([ke]), np.array([1.0]), np.array(PEAK_TIME)))
    assert np.log(ka / ke) / (ka - ke) == pytest.approx(PEAK_TIME, rel=1e-12)  # the textbook time of peak
    time = np.linspace(0, 30, 61)
    bateman = np.exp(-ke * time) - np.exp(-ka * time)
    bateman *= PEAK / (np.exp(-ke * PEAK_TIME) - np.exp(-ka * PEAK_TIME))
    np.testing.assert_allclose(one().at(time)[0], bateman, rtol=1e-12, atol=1e-15)


def test_peak_has_the_stated_time_and_height():
    time = np.linspace(0, 6, 6001)
    curve = one().at(time)[0]
    assert time[curve.argmax()] == pytest.approx(PEAK_TIME, abs=0.002)
    assert curve.max() == pytest.approx(PEAK, rel=1e-6)


def test_mass_balance_of_dose():
    """Absorbed = still in the body + eliminated, at every time, and all is eliminated in the end."""
    curve, ke = one(), np.log(2) / HALF_LIFE
    ka = curve.rate[0, 1]
    volume = (
        curve.amount[0, 0] * (ka - ke) / ka
    )  # bioavailable dose over volume, from the Bateman coefficient
    time = np.linspace(0.1, 200, 50)
    absorbed = volume * -np.expm1(-ka * time)
    np.testing.assert_allclose(curve.at(time)[0] + ke * curve.area(time)[0], absorbed, rtol=1e-10)
    assert ke * curve.area([1e4])[0, 0] == pytest.approx(volume, rel=1e-12)


@given(
    half_life=st.floats(3, 30), peak=st.floats(0.3, 2.5), slow=st.floats(40, 200), share=st.floats(0.01, 0.5)
)
@settings(max_examples=40, deadline=None)
def test_two_compartments_area_and_peak(half_life, peak, slow, share):
    curve = oral(half_life, peak, 1.0, slow_half_life_h=slow, slow_share=share)
    grid = np.array([peak * 0.999, peak, peak * 1.001])
    values = curve.at(grid)
    assert values[1] == pytest.approx(1.0, rel=1e-12)
    assert values[1] >= values[[0, 2]].max()
    numeric = quad(lambda t: float(curve.at([t])[0]), 0, 48, limit=200, points=[peak])[0]
    assert curve.area([48.0])[0] == pytest.approx(numeric, rel=1e-7)


def test_two_compartments_end_with_the_slow_half_life():
    curve = oral(4.0, 1.0, 1.0, slow_half_life_h=96.0, slow_share=0.1)
    late = curve.at([400.0, 496.0])
    assert late[0] / late[1] == pytest.approx(2.0, rel=1e-6)


def test_steady_state_is_the_sum_of_many_doses():
    curve = one().through_effect_site(np.array([0.03]))
    time = np.linspace(0, 12, 25)
    summed = sum(curve.at(time + 12 * k)[0] for k in range(400))
    np.testing.assert_allclose(curve.every(12.0).at(time)[0], summed, rtol=1e-10)


def test_steady_state_area_of_an_interval_equals_area_of_one_dose():
    curve = one()
    assert curve.every(24.0).area([24.0])[0, 0] == pytest.approx(curve.area([1e4])[0, 0], rel=1e-12)


def test_effect_site_follows_its_differential_equation():
    curve, ke0 = one(), 0.2
    solved = solve_ivp(
        lambda t, y: [ke0 * (float(curve.at([t])[0, 0]) - y[0])],
        (0, 48),
        [0.0],
        t_eval=[1, 4, 12, 48],
        rtol=1e-9,
        atol=1e-12,
    )
    np.testing.assert_allclose(
        curve.through_effect_site(np.array([ke0])).at(solved.t)[0], solved.y[0], rtol=1e-6
    )


def test_effect_site_limits():
    curve, time = one(), np.linspace(0.1, 24, 40)
    plasma = curve.at(time)
    np.testing.assert_array_equal(curve.through_effect_site(np.inf).at(time), plasma)
    np.testing.assert_allclose(curve.through_effect_site(np.array([1e6])).at(time), plasma, rtol=1e-4)
    # Filling and emptying at the same rate as elimination: continuous there.
    same = curve.rate[:, 0]
    near = [curve.through_effect_site(same * f).at(time) for f in (0.99999, 1.0, 1.00001)]
    np.testing.assert_allclose(near[1], (near[0] + near[2]) / 2, rtol=1e-5)
    # What flows in flows out: the area does not depend on ke0.
    assert curve.through_effect_site(np.array([0.02])).area([1e5])[0, 0] == pytest.approx(
        curve.area([1e5])[0, 0], rel=1e-9
    )


@pytest.mark.parametrize(
    ("half_life", "peak", "message"),
    [(1.0, 2.0, "too late"), (-1.0, 1.0, "half_life_h"), (4.0, 0.0, "time_of_peak_h")],
)
def test_impossible_kinetics_are_refused(half_life, peak, message):
    with pytest.raises(InputError, match=message):
        oral(half_life, peak, 1.0)
