"""Up-and-down estimators and random walks against the R package upndown (reference files ``F_ud_*``)."""

import numpy as np
import pytest

from ldn_analysis.errors import InputError
from ldn_analysis.models.updown.averages import (
    dixon_mood,
    dynamic_mean,
    dynamic_start,
    reversal_mean,
    reversals,
)
from ldn_analysis.models.updown.isotonic import dose_table, isotonic_regression, shrink_rates
from ldn_analysis.models.updown.isotonic_inverse import inverse_dose
from ldn_analysis.models.updown.random_walk import (
    balance_point,
    dose_distribution,
    stationary_doses,
    transition_matrix,
)

# The package tells turns by `diff(x) != 0` on floating-point steps: 0.11 - 0.10 and 0.10 - 0.09 differ
# in the last bit, and it counts turns where the doses simply go on.
# Ours compares directions; see the test of scale below.
NOT_COMPARED = {
    "F_ud_benhamou_ropivacaine/reversals_directional": "rounding error of the package counted as a turn",
    "F_ud_benhamou_ropivacaine/reversmean_": "built on those turns (all but the one from responses)",
}
SEQUENCES = ["F_ud_benhamou_ropivacaine", "F_ud_gorla751", "F_ud_vanelstraete2008"]
MEANS = {
    "default_rstart3_all": {},
    "rstart1_all": {"start": 1},
    "rstart2_all": {"start": 2},
    "wetherill_rstart1_reversals_only": {"start": 1, "every_dose": False},
    "wetherill_rstart1_all_reversals_odd_ok": {"start": 1, "every_dose": False, "even": False},
    "wetherill_rstart3": {"start": 3, "every_dose": False},
    "response_reversals_rstart1": {"start": 1, "every_dose": False, "directional": False},
    "before": {"before": True},
    "maxExclude_third": {"at_most": 1 / 3},
}
DYNAMIC = {"default": {}, "before": {"before": True}, "maxExclude_third": {"at_most": 1 / 3}}
UDEST = {
    "udest_conf0.9": {},
    "udest_conf0.95": {"level": 0.95},
    "udest_curvedCI_TRUE": {"curved": True},
    "udest_balance_shifted": {},
}


def udest(x, y, target, want, options):
    doses, rates, n = dose_table(x, y)
    fit = isotonic_regression(doses, shrink_rates(rates, n, want.get("balancePt", target)), n)
    got = inverse_dose(fit, target, **options)
    for name in ("point", "lower", "upper"):
        assert getattr(got, name)[0] == pytest.approx(want[name], rel=1e-9), name


@pytest.mark.parametrize("stem", SEQUENCES)
def test_every_estimator_of_a_sequence_agrees(reference, stem):
    data = reference(stem)
    given, expected = data["inputs"]["sequence"], data["expected"]["sequence"]
    x, y = given["dose"], given["response"]
    longer = [*x, given["next_dose"]]
    for key, want in expected.items():
        skip = any(f"{stem}/{key}".startswith(prefix) for prefix in NOT_COMPARED)
        if skip and key.startswith("reversmean_"):
            want = {"response_reversals_rstart1": want["response_reversals_rstart1"]}
        elif skip:
            continue
        if key in UDEST:
            udest(x, y, given["target"], want, UDEST[key])
        elif key == "dose_response_table":
            for got, name in zip(dose_table(x, y), ("x", "y", "weight"), strict=True):
                np.testing.assert_allclose(got, want[name], rtol=1e-12)
        elif key == "dixonmood":
            assert set(want) == {"est", "flip", "full"}
            assert dixon_mood(x, y) == pytest.approx(want["est"], rel=1e-12)
            assert dixon_mood(x, y, more_frequent=True) == pytest.approx(want["flip"], rel=1e-12)
            full = want["full"]  # A, N and the spacing: the estimate put together from the published tally
            chosen = 1 if np.mean(y) < 0.5 else 0
            lowest = min(d for d, r in zip(x, y, strict=True) if r == chosen)
            assert lowest + full["d"] * (full["A"] / full["N"] + 0.5 - chosen) == pytest.approx(
                dixon_mood(x, y)
            )
        elif key.startswith("reversals_"):
            got = reversals(x, y, directional="directional" in key, even=key.endswith("even"))
            assert (got + 1).tolist() == want, key
        elif key.startswith("reversmean_"):
            doses = longer if key.endswith("next_dose") else x
            for name, value in want.items():
                assert reversal_mean(doses, y, **MEANS[name]) == pytest.approx(value["est"], rel=1e-12), name
        elif key.startswith("dynamean_"):
            doses = longer if key.endswith("next_dose") else x
            for name, value in want.items():
                if name == "start_index_full":
                    assert dynamic_start(doses) + 1 == value["startpt"]
                else:
                    assert dynamic_mean(doses, **DYNAMIC[name]) == pytest.approx(value["est"], rel=1e-12), (
                        name
                    )
        else:
            raise AssertionError(f"{key} is in the reference and not compared")


def test_turns_do_not_depend_on_the_unit_of_dose(reference):
    given = reference("F_ud_benhamou_ropivacaine")["inputs"]["sequence"]
    whole = np.round(100 * np.array(given["dose"]))
    fine = reversals(given["dose"], given["response"])
    np.testing.assert_array_equal(fine, reversals(whole, given["response"]))
    turned = np.sign(np.diff(whole))
    np.testing.assert_array_equal(fine, np.flatnonzero(turned[1:] != turned[:-1]) + 1)


def test_random_walks_agree(reference):
    data = reference("F_ud_markov")
    given, want = data["inputs"], dict(data["expected"])
    group = {k: given[k] for k in ("cohort", "lower", "upper")}
    curve = given["cdf"]
    walks = {
        "classic": transition_matrix(curve),
        "bcd": transition_matrix(curve, "biased_coin", target=given["target"]),
        "k": transition_matrix(curve, "k_in_a_row", k=given["k"]),
        "gud": transition_matrix(curve, "group", **group),
    }
    got = {
        "classicmat": walks["classic"],
        "bcdmat": walks["bcd"],
        "kmatMarg": walks["k"],
        "gudmat": walks["gud"],
        **{f"pivec_{name}": stationary_doses(walk) for name, walk in walks.items()},
        "currentvec_classic_n12": dose_distribution(walks["classic"], 0, 12),
        "cumulvec_classic_n12": dose_distribution(walks["classic"], 0, 12, average=True),
    }
    for key, value in got.items():
        expected = want.pop(key)
        np.testing.assert_allclose(value, expected["pi"] if isinstance(expected, dict) else expected,
                                   rtol=1e-11, atol=1e-15, err_msg=key)  # fmt: skip
    # given to four digits in the reference
    k, low = given["k"], want.pop("k2targ_low")
    assert balance_point("k_in_a_row", k=k) == pytest.approx(low, abs=6e-5)
    assert balance_point("k_in_a_row", k=k, low_target=False) == pytest.approx(
        want.pop("k2targ_high"), abs=6e-5
    )
    assert balance_point("group", **group) == pytest.approx(want.pop("g2targ"), abs=6e-5)
    assert not want, "in the reference and not compared"


def test_degenerate_sequences():
    assert np.isnan(dixon_mood([1, 2, 3], [0, 0, 0]))
    assert np.isnan(reversal_mean([1, 2, 3], [0, 0, 0]))
    assert dynamic_mean([2, 2, 2]) == 2
    with pytest.raises(InputError, match="must match"):
        dixon_mood([1, 2, 3], [0, 1])
    with pytest.raises(InputError, match="0 or 1"):
        reversals([1, 2, 3], [0, 2, 1])
    with pytest.raises(InputError, match="do not fall"):
        transition_matrix([0.5, 0.2])
