"""MCP-Mod against R's DoseFinding, and against closed forms and simulation where it is not sharp."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from ldn_analysis.errors import InputError
from ldn_analysis.models import trials
from ldn_analysis.models.trials.orthant import all_below, factor

FOLDER = Path(__file__).parents[1] / "reference"
STEMS = ("H_mcpmod_biom_design", "H_mcpmod_ldn_five_arms")


@pytest.fixture(params=STEMS)
def reference(request: pytest.FixtureRequest) -> dict[str, Any]:
    return json.loads((FOLDER / f"{request.param}.json").read_text(encoding="utf-8"))


def shapes(reference: dict[str, Any]) -> list[trials.Shape]:
    """The reference's candidate set by our names, from its own parameters."""
    kinds = {"sigEmax": "sigmoid"}
    made = []
    for kind, given in reference["shapes"].items():
        values = list(given.values()) if isinstance(given, dict) else []
        if kind == "sigEmax":
            values = [tuple(values[0])]
        if kind == "linlog":  # DoseFinding's own offset: a hundredth of the highest dose
            values = [0.01 * max(reference["doses"])]
        for value in values or [()]:
            parameters = value if isinstance(value, tuple) else (value,)
            made.append(
                trials.Shape(
                    kind, kinds.get(kind, kind), parameters, max(reference["doses"]),
                    reference["max_effect"],
                )
            )  # fmt: skip
    return made


def sizes(reference: dict[str, Any], n: float | None = None) -> np.ndarray:
    return np.full(len(reference["doses"]), float(n or reference["n_per_arm"]))


def test_responses_of_the_shapes(reference: dict[str, Any]) -> None:
    got = [shape.response(reference["doses"]) for shape in shapes(reference)]
    wanted = np.array(reference["response"]) - reference["placebo"]
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-12)


def test_contrasts_and_correlations(reference: dict[str, Any]) -> None:
    n = sizes(reference)
    contrasts = trials.optimal_contrasts(reference["response"], n)
    np.testing.assert_allclose(contrasts, reference["contrasts"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        trials.contrast_correlation(contrasts, n), reference["correlation"], rtol=0, atol=1e-12
    )


def test_critical_value_has_the_stated_level_at_the_reference_bound(reference: dict[str, Any]) -> None:
    """The reference's bounds leave 3e-5 and 1.3e-5 of the level, which is 3.1e-4 and 2.2e-4 in the bound: it
    comes from a root search on random integration. Ours agrees with two other integrations (below)."""
    n, bound = sizes(reference), reference["critical_value"]["value"]
    contrasts = trials.optimal_contrasts(reference["response"], n)
    root = factor(trials.contrast_correlation(contrasts, n))
    beyond = 1 - all_below(bound, root, np.zeros(len(contrasts)), n.sum() - n.size)
    assert beyond == pytest.approx(reference["alpha"], abs=1e-4)
    assert trials.critical_value(contrasts, n, reference["alpha"]) == pytest.approx(bound, abs=4e-4)


def test_critical_value_against_integration_over_directions(reference: dict[str, Any]) -> None:
    """Given its direction, the squared length of the statistics has an F distribution: no conditioning, no
    scale to integrate (Genz & Bretz 2009, chapter 4)."""
    n = sizes(reference)
    contrasts = trials.optimal_contrasts(reference["response"], n)
    root = factor(trials.contrast_correlation(contrasts, n))
    rank, df = root.shape[1], n.sum() - n.size
    direction = special.ndtri(stats.qmc.Sobol(rank, seed=7).random_base2(18))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    reach = np.maximum((direction @ root.T).max(axis=1), 1e-9)
    ours = trials.critical_value(contrasts, n, reference["alpha"])
    below = special.fdtr(rank, df, (ours / reach) ** 2 / rank).mean()
    assert 1 - below == pytest.approx(reference["alpha"], abs=5e-6)


def test_powers(reference: dict[str, Any]) -> None:
    contrasts = trials.optimal_contrasts(reference["response"], sizes(reference))
    got = [
        [
            trials.mcp_power(contrasts, truth, sizes(reference, n), reference["sigma"], reference["alpha"])
            for n in reference["power"]["n_per_arm"]
        ]
        for truth in reference["response"]
    ]
    np.testing.assert_allclose(got, reference["power"]["by_model"], rtol=0, atol=1e-4)


def test_doses_of_a_share_of_the_effect(reference: dict[str, Any]) -> None:
    got = [shape.share_dose(0.9) for shape in shapes(reference)]
    np.testing.assert_allclose(got, reference["ed90"], rtol=0, atol=1e-6)


def test_every_number_of_the_reference_is_visited(reference: dict[str, Any]) -> None:
    compared = {"response", "contrasts", "correlation", "power", "critical_value"}
    inputs = {
        "source", "doses", "n_per_arm", "sigma", "alpha", "placebo", "max_effect", "direction", "shapes",
        "model_names",
    }  # fmt: skip
    assert set(reference) == compared | inputs | {"ed90"}


def test_one_contrast_is_the_t_test() -> None:
    n = [30, 50]
    contrasts = trials.optimal_contrasts([[0.0, -1.0]], n)
    np.testing.assert_allclose(contrasts, [[0.5**0.5, -(0.5**0.5)]])
    assert trials.critical_value(contrasts, n, 0.025) == pytest.approx(stats.t.isf(0.025, 78), rel=1e-12)
    shift = 0.7 / (1.8 * np.sqrt(1 / 30 + 1 / 50))
    power = trials.mcp_power(contrasts, [0, -0.7], n, 1.8)
    assert power == pytest.approx(stats.nct.sf(stats.t.isf(0.025, 78), 78, shift), rel=1e-10)


def test_independent_statistics_have_the_product_of_their_probabilities() -> None:
    root = factor(np.eye(3))
    assert all_below(1.7, root, np.zeros(3), np.inf) == pytest.approx(special.ndtr(1.7) ** 3, abs=1e-5)
    shift = np.array([0.3, -0.2, 1.0])
    expected = np.prod(special.ndtr(1.7 - shift))
    assert all_below(1.7, root, shift, np.inf) == pytest.approx(expected, abs=1e-5)


def test_power_at_no_effect_is_the_level_and_does_not_depend_on_the_sign() -> None:
    responses = np.array([shape.response([0, 1.5, 3, 4.5, 6]) for shape in trials.candidate_shapes()[:-1]])
    n = np.array([60.0, 30, 30, 45, 60])
    contrasts = trials.optimal_contrasts(responses, n)
    assert trials.mcp_power(contrasts, np.zeros(5), n, 1.8, 0.05) == pytest.approx(0.05, abs=1e-6)
    mirrored = trials.optimal_contrasts(-responses, n)
    truth = responses[2]
    assert trials.mcp_power(mirrored, -truth, n, 1.8) == pytest.approx(
        trials.mcp_power(contrasts, truth, n, 1.8), abs=1e-4
    )


def test_smallest_n_is_the_smallest() -> None:
    doses = [0, 1.5, 3, 4.5, 6]
    responses = np.array([shape.response(doses) for shape in trials.candidate_shapes()[:-1]])
    contrasts = trials.optimal_contrasts(responses, np.ones(5))
    n = trials.smallest_n(responses, responses[0], 1.8, 0.8)
    assert n is not None
    assert trials.mcp_power(contrasts, responses[0], np.full(5, n), 1.8) >= 0.8
    assert trials.mcp_power(contrasts, responses[0], np.full(5, n - 1), 1.8) < 0.8
    assert trials.smallest_n(responses, responses[0] * 0.001, 1.8, 0.8, most=500) is None


def test_shapes_reach_their_greatest_effect_and_a_peak_lies_inside() -> None:
    fine = np.linspace(0, 6, 6001)
    for shape in trials.candidate_shapes(6.0, -1.0):
        response = shape.response(fine)
        if shape.kind == "flat":
            assert np.ptp(response) == 0
            assert np.isnan(shape.share_dose(0.9))
            continue
        assert response.min() == pytest.approx(-1, abs=1e-6)
        assert response[0] == 0
        dose = shape.share_dose(0.9)
        assert shape.response([dose])[0] == pytest.approx(-0.9, abs=1e-9)
        assert np.all(shape.response(fine[fine < dose - 1e-3]) > -0.9)
    inside = [s.name for s in trials.candidate_shapes() if 0 < fine[np.argmin(s.response(fine))] < 6]
    assert inside == ["quadratic peak", "beta peak"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: trials.optimal_contrasts([[0, 1, 2], [1, 1, 1]], [5, 5, 5]), r"responses\[1\] is flat"),
        (lambda: trials.optimal_contrasts([[0, 1, 2]], [5, 5]), "size of each of 3 arms"),
        (lambda: trials.optimal_contrasts([[0, 1, 2]], [5, -5, 5]), r"n\[1\] is -5"),
        (lambda: trials.critical_value([[1, -1]], [1, 1]), "no degree of freedom"),
        (lambda: trials.Shape("a", "emax", ()), "takes ed50"),
        (lambda: trials.Shape("a", "emaks", (1.0,)), "must be one of"),
        (lambda: trials.Shape("a", "beta", (1, 1, 6.0)), "above the highest dose"),
        (lambda: trials.Shape("a", "linear").response([7]), "in 0 to 6"),
    ],
)
def test_what_cannot_be_computed_is_refused(call: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()
