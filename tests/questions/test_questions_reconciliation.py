"""Reconciliation: found where the answer is known, and honest where it is not."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ldn_analysis.models.specifications.nearest import Path, decisions_between
from ldn_analysis.questions.multiverse import words
from ldn_analysis.questions.multiverse.reconciliation import _words, reconcile, reconciliation_table


def synthesis(pain, row, *, year=2026, k=float("nan"), **other):
    """The evidence of one made-up synthesis that did exactly what specification `row` does."""
    spec = pain.mv.specification(row)
    values = {
        "synthesis_row_id": "made-up", "label": "Made up", "year": year, "measure": spec.options["measure"],
        "outcome": "pain", "comparison": "ldn vs placebo", "k": k, "estimate": spec.estimate,
        "lower95": spec.lower, "upper95": spec.upper,
    }  # fmt: skip
    return SimpleNamespace(published_syntheses=pd.DataFrame([values | other]))


def test_a_synthesis_that_did_what_we_do_is_no_decision_away(pain):
    (one,) = reconcile(synthesis(pain, pain.reference), pain)
    assert one.within
    assert len(one.path) == 0
    assert one.distance == pytest.approx(0, abs=1e-12)
    assert "the default analysis itself" in one.sentence


def test_known_decisions_are_found(pain):
    """A synthesis of 2024 made with the common effect: INNOVA goes first, then two methods change."""
    row = pain.mv.row({"tau2_method": "CE", "inference": "z"}, ("younger2013", "final2024"))
    (one,) = reconcile(synthesis(pain, row, year=2025, k=2), pain, tolerance=1e-9)
    assert one.within
    assert one.path.steps[-1].estimate == pytest.approx(pain.mv.estimate[row])
    assert one.path.decisions[0][0] == ("innova2026", "in", "out")
    assert "not yet published" in one.steps[0]
    assert one.path.steps[0].row == pain.reference


def test_decisions_taken_together_are_each_told_by_their_names(pain):
    """A key of a study or "in and out" is no word; a label may hold an "and" of its own."""
    labels = dict(zip(pain.variants.studies, pain.variants.labels, strict=True))
    path = Path((), (
        (("younger2013", "in", "out"), ("innova2026", "out", "in")), (("interval", "t", "Wald and normal"),),
        (("final2024", "in", "out"), ("interval", "t", "z")),
    ))  # fmt: skip
    assert _words(path, pain, 2025) == (
        f"{labels['younger2013']} left out and {labels['innova2026']} taken in (not yet published)",
        "interval: Wald and normal instead of t",
        f"{labels['final2024']} left out and interval: z instead of t",
    )


def test_no_trial_of_the_future_is_used(found, pain):
    years = dict(zip(pain.variants.studies, pain.variants.years, strict=True))
    for one in found:
        if one.path is not None:
            assert all(years[s] <= one.year for s in one.path.steps[-1].studies)


def test_as_many_trials_as_stated_where_there_are(pain):
    row = pain.mv.row({"inference": "z"}, ("younger2009", "younger2013"))
    (one,) = reconcile(synthesis(pain, row, k=3), pain, tolerance=5.0)
    assert len(one.path.steps[-1].studies) == 3
    (one,) = reconcile(synthesis(pain, row, k=9), pain)
    assert "It pooled 9 trials; at most 4" in " ".join(one.gaps)


def test_nothing_near_is_said(pain):
    (one,) = reconcile(synthesis(pain, pain.reference, estimate=-5.0, lower95=-5.1, upper95=-4.9), pain)
    assert not one.within
    assert one.matches == 0
    assert "no analysis comes within 0.02" in one.sentence
    near = replace(one, distance=0.01, steps_without_error=("REML instead of DL",))
    assert reconciliation_table([near])["path"].iloc[0].endswith(". Without an error: REML instead of DL")
    assert "compatible" not in one.sentence


def test_the_published_ones(found, ev):
    pain_rows = ev.published_syntheses.query("outcome == 'pain'")
    assert [one.synthesis for one in found] == list(pain_rows["synthesis_row_id"])
    by_name = {one.synthesis: one for one in found}
    letter = by_name["duebruun2026-pain-smd"]
    assert (letter.estimate, letter.lower, letter.upper) == (-0.25, -0.59, 0.09) and letter.path is not None
    assert "all chronic pain" in by_name["hegde2025-pain-smd-all-conditions"].why_not
    assert "not effects of treatment" in by_name["ologunowa2025-pain-smd-pre-post"].why_not
    for one in found:
        assert not re.search(r"\b(they|authors) (did|used|made|entered)", one.sentence)
        assert one.path is None or one.gaps


def test_distance_and_matches_are_what_they_say(found, pain):
    mv = pain.mv
    for one in found:
        if one.path is None:
            continue
        goal = one.path.steps[-1]
        gaps = [goal.estimate - one.estimate, goal.lower - one.lower, goal.upper - one.upper]
        assert one.distance == pytest.approx(np.max(np.abs(gaps)))
        assert one.matches_without_error <= one.matches
        for before, after in zip(one.path.steps, one.path.steps[1:], strict=False):
            assert decisions_between(mv, before.row, np.array([after.row]))[0] >= 1


def test_corrections_stand_with_the_reviews(found, pain):
    """The corrigendum of one review, the letter that challenges it, and labels in place of keys."""
    vatvani = next(one for one in found if one.label.startswith("Vatvani"))
    assert vatvani.corrected
    assert "Challenged by Due Bruun et al. 2026 (letter)" in vatvani.note
    letter = next(one for one in found if "(letter)" in one.label)
    assert (letter.measure, letter.estimate, letter.lower, letter.upper) == ("SMD", -0.25, -0.59, 0.09)
    assert words.corrections(found) == (" Corrected since: Vatvani et al. 2024.")
    (one,) = reconcile(synthesis(pain, pain.reference, notes=float("nan")), pain)
    assert not one.note
    assert words.corrections([one]) == ""


def test_tables(found):
    table = reconciliation_table(found)
    assert len(table) == len(found)
    near = "near, as random results often are"
    assert set(table["verdict"]) <= {"compatible", near, "nothing near", "not searched"}
    assert (table.loc[table["verdict"].isin(["compatible", near]), "distance"] <= 0.02).all()
    assert (table.loc[table["verdict"] == near, "chance"] > 20).all()
    assert table.loc[table["verdict"] == "not searched", "gaps"].str.len().min() > 20
