"""The multiverse of responders: counted by hand, and each of a sample made anew."""

import numpy as np
import pytest

from ldn_analysis import models
from ldn_analysis.questions.multiverse import responder_multiverse
from ldn_analysis.questions.multiverse.analysis import RESPONDER_CHOICES, save_multiverse


@pytest.fixture(scope="module")
def mv(ev):
    return responder_multiverse(ev)


def test_count_by_hand(mv):
    """Complete cases differ for FINAL at 30% alone: four data sets with FINAL, three of INNOVA alone.

    One analysis of a single study, 9 estimators x 4 intervals less the two of Hartung-Knapp with a common
    effect for two studies; three scales.
    """
    assert mv.studies == ("final2024", "innova2026")
    assert len(mv) == 3 * ((4 + 3) * 1 + 4 * (9 * 4 - 2))
    assert len(mv) + sum(mv.excluded.values()) == mv.total


def test_the_published_counts(mv):
    """FINAL, 30%: 20/49 against 13/50, risk ratio 1.57; complete cases 20/44 against 13/46."""
    row = mv.row({}, ("final2024",))
    assert np.exp(mv.estimate[row]) == pytest.approx((20 / 49) / (13 / 50))
    row = mv.row({"analysis": "complete cases", "measure": "RD"}, ("final2024",))
    assert mv.estimate[row] == pytest.approx(20 / 44 - 13 / 46)
    row = mv.row({"measure": "OR", "threshold": "50%"}, ("innova2026",))
    assert np.exp(mv.estimate[row]) == pytest.approx((1 / 46) / (2 / 47))


def test_a_sample_agrees_with_pool(mv):
    for row in np.random.default_rng(1).integers(len(mv), size=40):
        spec = mv.specification(int(row))
        there = mv.mask[mv.data[row]]
        methods = (spec.options["tau2_method"], spec.options["inference"]) if there.sum() > 1 else ("CE", "z")
        fit = models.pool(mv.yi[mv.data[row], there], mv.vi[mv.data[row], there], *methods)
        np.testing.assert_allclose(
            [spec.estimate, spec.lower, spec.upper], [fit.estimate, *fit.ci], rtol=1e-8
        )


def test_kinds(ev, mv):
    frame = mv.frame()
    assert (frame.loc[frame["analysis"] == "complete cases", "kind"] == "debatable").all()
    sound = responder_multiverse(ev, kinds=("defensible",))
    assert set(sound.frame()["analysis"]) == {"intention to treat"}
    assert RESPONDER_CHOICES[2].options[1] == "complete cases"


def test_none_where_nothing_was_counted(ev):
    assert responder_multiverse(ev.as_of(2016)) is None
    assert responder_multiverse(ev, reading="abstract") is None


def test_shares_need_no_threshold(mv):
    table = models.multiverse_shares(mv)
    assert "beyond_threshold" not in table
    everything = table[(table["scale"] == "RR") & (table["kind"] == "all")].iloc[0]
    assert everything["above_zero"] == np.mean(mv.lower[mv.where(scale="RR")] > 0)


def test_saved_and_read_again(mv, tmp_path):
    import pandas as pd

    path = save_multiverse(mv, tmp_path / "new" / "multiverse.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(path), mv.frame())
