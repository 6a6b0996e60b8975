"""Lists of the rules that other rooms run are those that these rooms have."""

from ldn_analysis import evidence
from ldn_analysis.contrasts.table import DOMAINS
from ldn_analysis.display.style import BIAS
from ldn_analysis.evidence.rules.judgements import CLAIMS
from ldn_analysis.evidence.rules.multiverse import OPTIONS
from ldn_analysis.evidence.vocabulary import BIAS_DOMAINS, BIAS_JUDGEMENTS, BIAS_NAMES, worst_judgement
from ldn_analysis.models.pooling.columns import INFERENCES
from ldn_analysis.models.pooling.tau2 import TAU2_METHODS
from ldn_analysis.questions.claims import CLAIM_TESTS


def enum(ev, table, column):
    return set(next(f for f in ev.package.resources[table].fields if f.name == column).enum)


def test_the_claims_of_the_rules_are_those_that_have_a_test():
    assert set(CLAIMS) == set(CLAIM_TESTS), (
        "CLAIMS of evidence/rules/judgements.py; tests of questions/claims"
    )


def test_the_domains_that_may_be_asked_for_are_those_of_the_schema():
    ev = evidence.load()
    said = (
        "DOMAINS of contrasts/table.py, and the enum of domain of outcomes and measures in datapackage.json"
    )
    assert set(DOMAINS) == enum(ev, "outcomes", "domain") == enum(ev, "measures", "domain"), said


def test_the_options_of_the_rules_are_those_of_the_schema():
    assert set(OPTIONS) == enum(evidence.load(), "multiverse_choices", "choice")
    assert (OPTIONS["tau2_method"], OPTIONS["inference"]) == (TAU2_METHODS, INFERENCES)


def test_the_words_of_risk_of_bias_are_one_list():
    ev = evidence.load()
    assert enum(ev, "risk_of_bias", "judgement") == {*BIAS_JUDGEMENTS, "not applicable"}
    assert enum(ev, "risk_of_bias", "variant") == set(BIAS_DOMAINS)
    assert enum(ev, "risk_of_bias", "domain") == set(BIAS_NAMES)
    assert enum(ev, "risk_of_bias", "domain_name") == set(BIAS_NAMES.values())
    assert set(BIAS_JUDGEMENTS) <= set(BIAS)
    assert worst_judgement(["low", "high", "some concerns"]) == "high"
    assert worst_judgement(["not applicable"]) == ""


def test_who_is_in_the_pool_is_said_in_the_same_words_everywhere():
    folder = evidence.load().folder
    rule = (
        "a study that `{0}study_sets.csv` does not list is primary if it is randomised, double-blind, "
        "against placebo, in fibromyalgia, of at most 6 mg a day, and parallel or crossover; otherwise it is "
        "outside and says why; `study_sets.csv` overrules the rule, with its reason, for estimates and for "
        "counts."
    )
    assert rule.format("") in (folder / "README.md").read_text(encoding="utf-8")
    assert rule.format("data/") in (folder.parent / "README.md").read_text(encoding="utf-8")
    assert evidence.LOW_DOSE_MG == 6
