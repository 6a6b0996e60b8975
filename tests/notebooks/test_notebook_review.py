"""The reports on the evidence, the multiverse and the claims run, and read rightly, on other data than ours:
made-up trials, tables that are empty, ids of any form, early years, every edge of a parameter."""

import dataclasses
import re

import numpy as np
import pytest
from told_notebooks import tell

from ldn_analysis import evidence
from tests import made_up

pytestmark = pytest.mark.slow


def said(name, ev, **choices):
    """What a notebook says on this evidence under `choices`: its answer, alt texts, and what it records."""
    told = tell(name, ev, **choices)
    answer, alts = told.answer["sentence"], list(told.alt.values())
    text = "\n".join([answer, *alts])
    assert not re.search(r"\bnan\b|\bNone\b|\binf\b", text), text
    assert len(answer.split()) <= 40, answer
    assert all(len(alt.split()) <= 45 for alt in alts), alts
    return answer, alts, told.recorded


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The evidence of a shape of `made_up`."""

    def load(name):
        return evidence.load(made_up.write(tmp_path_factory.mktemp("made"), name))

    return load


def emptied(ev, *names):
    """The evidence without any row in some tables."""
    return dataclasses.replace(ev, tables={**ev.tables, **{n: ev.tables[n].iloc[:0] for n in names}})


def renamed(ev):
    """The evidence with study ids of other forms."""
    new = {"final2024": "final-2024", "finalqst2025": "FINAL2024", "innova2026": "Innova.2026"}
    tables = {
        name: table.assign(**{c: table[c].replace(new) for c in ("study_id", "trial_id") if c in table})
        for name, table in ev.tables.items()
    }
    printed = {
        name: table.assign(**{c: table[c].replace(new) for c in ("study_id", "trial_id") if c in table})
        for name, table in ev.printed.items()
    }
    return dataclasses.replace(ev, tables=tables, printed=printed)


YEARS = {1990: "No study", 2012: "Of three studies"}


@pytest.mark.parametrize("year", YEARS, ids=str)
def test_evidence_as_of_a_year(ev, year):
    answer, _, recorded = said("01_evidence", ev, as_of=year)
    assert recorded["evidence.studies"] == len(ev.as_of(year).studies)
    assert answer.startswith(YEARS[year])


@pytest.mark.parametrize(
    "names", [("risk_of_bias", "published_syntheses", "registrations"), ("outcomes", "events")], ids=str
)
def test_evidence_without_some_tables(ev, names):
    answer, _, _ = said("01_evidence", emptied(ev, *names))
    assert answer.startswith("Of ")


def test_evidence_with_ids_of_any_form(ev):
    before, _, first = said("01_evidence", ev)
    after, _, second = said("01_evidence", renamed(ev))
    assert (before, first) == (after, second)


@pytest.mark.parametrize("shape", ["none, a case", "fifteen, long labels"])
def test_evidence_of_made_up_trials(made, shape):
    other = made(shape)
    answer, _, recorded = said("01_evidence", other)
    assert recorded["evidence.studies"] == len(other.studies)
    assert answer.startswith(("Of ", "All 15 ", "No study", "The one study"))


@pytest.mark.parametrize(
    "names",
    [("claims", "judgements"), ("published_syntheses", "responder_benchmarks")],
)
def test_claims_without_some_tables(ev, names):
    answer, _, recorded = said("08_claims", emptied(ev, *names))
    if "claims" in names:
        assert answer == "No claim is listed in the data."
    else:
        assert recorded["claim.symptom_relief.now.verdict"] == "undecided"


@pytest.mark.parametrize(
    "choices",
    [{"as_of": 1990, "then": 1990},
     {"level": 0.999, "study_set": "with_pilot", "inference": "z", "legs_correlation": 0.99},
     {"reading": "abstract", "crossover_r": -0.95, "tau2_method": "CE", "mid": 5.0, "time": 104}],
    ids=str,
)  # fmt: skip
def test_claims_at_the_edges_of_their_parameters(ev, choices):
    answer, _, recorded = said("08_claims", ev, **choices)
    assert len([name for name in recorded if name.endswith(".now.verdict")]) == len(ev.claims)
    assert answer.startswith("That LDN helps was ")


@pytest.mark.parametrize("shape", ["none, open", "one, crossover"])
def test_claims_on_made_up_trials(made, shape):
    _, _, recorded = said("08_claims", made(shape))
    assert recorded["claim.symptom_relief.now.verdict"] in (
        "undecided",
        "supported",
        "contradicted",
        "not studied",
    )


def test_a_multiverse_before_any_review(ev):
    answer, _, recorded = said("07_multiverse", emptied(ev, "published_syntheses"), as_of=2016)
    assert answer.startswith("No published review")
    assert recorded["multiverse.n"] > 0


@pytest.mark.parametrize("shape", ["none, open", "none, a case", "none, conditions", "one, medians", None])
def test_a_multiverse_without_any_estimate_says_so(ev, made, shape):
    """No trial that could be pooled, or none published yet: the page says what cannot be said."""
    answer, _, recorded = (
        said("07_multiverse", made(shape)) if shape else said("07_multiverse", ev, as_of=2008)
    )
    assert answer.startswith("No trial known here gives an estimate of pain")
    assert recorded["multiverse.n"] == 0


def test_each_claim_has_its_name_of_results(ev, monkeypatch):
    from ldn_analysis.questions import claims

    result = claims.run_claims(ev)[0]
    ids = ("Dose-typical", "a.b C", "...")
    for name in ids:
        monkeypatch.setitem(claims.CLAIM_TESTS, name, claims.CLAIM_TESTS[result.claim_id])
    table = claims.claims_table(*[tuple(dataclasses.replace(result, claim_id=x) for x in ids)] * 2)
    assert list(table["name"]) == ["dose_typical", "a_b_c", "claim"]


@pytest.mark.thorough
def test_numbers_of_a_multiverse_of_fifteen_trials_stay_small(made):
    """Fifteen trials: under three million analyses, each defensible one among them."""
    from ldn_analysis.questions import multiverse

    pain = multiverse.pain_multiverse(made("fifteen"), assumed_baseline=50.8)
    mv = pain.mv
    assert len(mv) < 3_000_000
    assert len(mv) + sum(mv.excluded.values()) == mv.total
    assert mv.codes.dtype.itemsize <= 2
    assert mv.specification(pain.reference).kind == "defensible"
    assert np.isfinite(mv.estimate).all()
