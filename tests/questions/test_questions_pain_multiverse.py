"""The multiverse of the real data: its size, and its agreement with the ordinary analysis."""

import numpy as np
import pytest

from ldn_analysis import contrasts, measures, models
from ldn_analysis.questions.multiverse import pain_multiverse


def test_the_reference_is_the_default_analysis(ev, pain):
    table = contrasts.derive(ev, "pain").table
    used = table[table["included"]]
    fit = models.pool(used["yi"], used["vi"])
    spec = pain.mv.specification(pain.reference)
    np.testing.assert_allclose([spec.estimate, spec.lower, spec.upper], [fit.estimate, *fit.ci], rtol=1e-9)
    assert spec.kind == "defensible"


def test_size_and_accounting(pain):
    assert len(pain.mv) > 100_000
    assert len(pain.mv) + sum(pain.mv.excluded.values()) == pain.mv.total
    assert pain.mv.converged.all()


def test_a_random_sample_agrees_with_pool(pain):
    mv = pain.mv
    for row in np.random.default_rng(3).integers(len(mv), size=150):
        spec = mv.specification(int(row))
        there = mv.mask[mv.data[row]]
        if there.sum() == 1:  # nothing to pool
            spec.options.update(tau2_method="CE", inference="z")
        data = int(mv.data[row])
        fit = models.pool(
            mv.yi[data, there], mv.vi[data, there], spec.options["tau2_method"], spec.options["inference"],
            df=[mv.df[data]] if there.sum() == 1 else None,
        )  # fmt: skip
        np.testing.assert_allclose(
            [spec.estimate, spec.lower, spec.upper], [fit.estimate, *fit.ci], rtol=1e-8, atol=1e-10
        )


def test_a_trial_by_itself_has_the_interval_of_its_own_report(pain):
    """p = 0.016 on 27 degrees of freedom, and the limits that the other papers print to two decimals."""
    for study, limits in {
        "younger2013": (-0.99, -0.11), "final2024": (-0.95, 0.27), "innova2026": (-0.32, 1.31),
    }.items():  # fmt: skip
        row = pain.mv.row({}, (study,))
        assert (pain.mv.lower[row], pain.mv.upper[row]) == pytest.approx(limits, abs=0.011)


def test_errors_are_labelled(pain):
    frame = pain.mv.frame()
    wrong = (
        (frame["contrast"] == "within_group")
        | (frame["crossover_r"] == "parallel")
        | frame["spread:younger2013"].isin(["half_width_as_sd", "se_as_sd"])
        | (frame["spread:final2024"] != "as_printed")
        | (frame["sign:innova2026"] == "slip")
    )
    assert ((frame["kind"] == "error") == wrong).all()


def test_the_half_width_of_younger_2013_read_as_sd(pain):
    """28.8 with SD 9.3 and 18.0 with SD 10.8, n = 28: d = 10.8 / 10.08 = 1.07 before the correction."""
    mv = pain.mv
    row = mv.row(
        {"measure": "SMD", "crossover_r": "0", "spread:younger2013": "half_width_as_sd",
         }, ("younger2013",),
    )  # fmt: skip
    d = 10.8 / np.sqrt((9.3**2 + 10.8**2) / 2)
    assert mv.estimate[row] == pytest.approx(-d * measures.hedges_j(54), rel=1e-6)


def test_within_group_changes_are_those_of_the_ldn_arms(pain):
    mv = pain.mv
    for study, change in {
        "final2024": -1.3,
        "innova2026": 7.33 - 7.66,
        "younger2013": -28.8 * 50.8 / 1000,
    }.items():
        row = mv.row({"contrast": "within_group"}, (study,))
        assert mv.estimate[row] == pytest.approx(change, abs=1e-9)


def test_an_earlier_year_has_fewer_studies(ev):
    early = pain_multiverse(ev.as_of(2016), assumed_baseline=50.8)
    assert set(early.mv.studies) == {"younger2009", "younger2013"}
