"""Every rule refuses members of its kind, stands in the list of rules, and yields to a reason if it may."""

import json
import re
from pathlib import Path

import pytest
import rule_members
import rule_members_context
import rule_members_declared
import rule_members_tables
import rule_members_unasked
import rule_members_words
from mutations import Data, again, cell, drop
from row_names import OCC5, R30, F, e, multi, o, p, rob, s, sets

from ldn_analysis.evidence.rules import RULES
from ldn_analysis.evidence.vocabulary import hint

ROOT = Path(__file__).resolve().parents[2]
EARLIER = rule_members.MEMBERS | rule_members_tables.MEMBERS
MEMBERS = dict(EARLIER)
FURTHER = (rule_members_context, rule_members_words, rule_members_unasked, rule_members_declared)
for further in FURTHER:
    MEMBERS |= {name: MEMBERS.get(name, []) + members for name, members in further.MEMBERS.items()}
RIGHT = rule_members_tables.RIGHT | rule_members_context.RIGHT | rule_members_words.RIGHT
RIGHT |= rule_members_unasked.RIGHT | rule_members_declared.RIGHT


@pytest.fixture(scope="module")
def data():
    return Data(ROOT / "data")


def edits(member):
    return member if isinstance(member, tuple) else (member,)


CASES = [(name, member) for name, members in MEMBERS.items() for member in members]


def test_every_rule_has_members_here():
    refusing = {name for name, rule in RULES.items() if rule.strength != "notice"}
    assert refusing == set(MEMBERS), "each rule has two members of its kind in a rule_members file here"
    assert [name for name, members in MEMBERS.items() if len(members) < 2] == []


@pytest.mark.parametrize(("rule", "member"), CASES)
def test_a_member_of_the_kind_is_refused_by_name(data, rule, member):
    found = data.refused(*edits(member))
    assert re.search(rf"\[{rule}[\]:]", found), found


def test_a_placebo_group_of_one_arm_is_refused_in_its_own_row(data):
    refused = data.refused(e("metyas2018-stopped-for-side-effects-ldn", group="placebo"))
    assert re.search(r"^events\.csv.*\[statistic_fits_design\]", refused, re.M), refused


def test_a_reduction_has_a_largest_value_and_no_smallest(data):
    refused = data.refused(o("parkitny2017-pain-w8-ldn-mean", value="250", lower95="240", upper95="260"))
    assert "must be 100 at most [value_on_scale]" in refused
    assert refused.count("lies above 100 [limits_on_scale") == 2
    assert "inf" not in refused


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_accepted(data, name):
    assert data.refused(*edits(RIGHT[name])) == ""


def test_rules_stand_in_their_list_and_the_schema():
    listed = (ROOT / "data" / "RULES.md").read_text(encoding="utf-8")
    for rule in RULES.values():
        row = re.escape(f"| `{rule.name}` | {rule.strength} | {rule.refuses} | ")
        assert re.search(rf"^{row}\S.* \|$", listed, re.M), (
            f"data/RULES.md: | `{rule.name}` | {rule.strength} | {rule.refuses} | an example |"
        )
    package = json.loads((ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))
    fields = next(r for r in package["resources"] if r["name"] == "integrity_reasons")["schema"]["fields"]
    checks = next(f for f in fields if f["name"] == "check")["constraints"]["enum"]
    suspicious = {rule.name for rule in RULES.values() if rule.strength == "suspicious"}
    assert set(checks) == suspicious, "data/datapackage.json, integrity_reasons: the enum of check"


def reason(table, key, check):
    return again(
        "integrity_reasons",
        "marcus2024--dose-in-range",
        f"{key}--x",
        table=table,
        row_id=key,
        check=check,
        reason="The source says so, in a test.",
    )


def test_a_reason_overrules_what_is_suspicious(data):
    edit = sets("pain-final2024", from_domain="memory")
    assert "[set_domain_has_rows" in data.refused(edit)
    said = data.refused(edit, reason("study_sets", "pain-final2024", "set_domain_has_rows"))
    assert "[set_domain_has_rows" not in said
    found = data.findings.query("check == 'set_domain_has_rows'").iloc[0]
    assert (found["severity"], found["reason"]) == ("warning", "The source says so, in a test.")


@pytest.mark.parametrize("edit", rule_members_context.BELOW_ONE_PERCENT)
def test_a_share_below_one_percent_stands_with_its_reason(data, edit):
    assert "[share_in_percent" in data.refused(edit)
    assert data.refused(edit, reason(edit.table, edit.key, "share_in_percent")) == ""


def test_no_reason_overrules_what_is_impossible(data):
    said = data.refused(o(F, value="-12"), reason("outcomes", F, "value_on_scale"))
    assert "[value_on_scale]" in said
    assert "must be one of" in said  # the reason itself is refused


def test_a_study_that_nothing_uses_is_a_notice(data):
    new = again(
        "studies", "ramanathan2012", "alone2020", trial_id="alone2020", label="Alone 2020", year="2020"
    )
    assert data.refused(new) == ""
    found = data.findings.query("row_id == 'alone2020'")
    assert found[["check", "severity"]].values.tolist() == [["study_in_use", "warning"]]


@pytest.mark.parametrize("edit", rule_members_words.PEOPLE)
def test_people_that_the_words_of_a_study_contradict_are_a_notice(data, edit):
    assert data.refused(edit) == ""
    assert (data.findings["check"] == "people_as_said").sum() == 1


@pytest.mark.parametrize(
    ("rule", "edit"), [(name, edit) for name, all_ in rule_members_declared.NOTICES.items() for edit in all_]
)
def test_what_its_own_words_contradict_is_a_notice(data, rule, edit):
    data.refused()
    assert rule not in set(data.findings["check"])
    assert data.refused(edit) == ""
    assert set(data.findings.query("check == @rule")["row_id"]) == {edit.key}


@pytest.mark.parametrize(
    ("rule", "edit", "study"),
    [
        ("outcome_in_no_set", drop("study_sets", "function-finalqst2025"), "finalqst2025"),
        ("outcome_in_no_set", drop("study_sets", "pain-response-innova2026"), "innova2026"),
        ("registration_listed", drop("registrations", "NCT02107014"), "parkitny2017"),
        ("registration_listed", cell("registrations", "NCT04739995", study_id=""), "innova2026"),
        ("reason_of_its_row", s("driver2023", dose_max_mg="90", dose_mg_per_day="0.8 to 90"), ""),
    ],
)
def test_what_another_table_lacks_is_a_notice(data, rule, edit, study):
    data.refused(edit)
    found = data.findings
    assert set(found.loc[found["check"] == rule, "study_id"]) == {study}


@pytest.mark.parametrize("p_value", ["0.061", "0.0016", "0.003"])
def test_a_p_value_that_the_declared_correlations_contradict_is_a_notice(data, p_value):
    assert data.refused(o("younger2013-pain-ldn-placebo-paired-difference", p_value=p_value)) == ""
    assert "correlation_as_said" in set(data.findings["check"])


@pytest.mark.parametrize("edit", rule_members_declared.SILENT)
def test_of_honest_words_nothing_is_said(data, edit):
    assert data.refused(edit) == ""
    assert not set(data.findings["check"]) & set(rule_members_declared.NOTICES)


@pytest.mark.parametrize("rule", [name for name, rule in RULES.items() if rule.strength == "suspicious"])
def test_every_suspicious_finding_yields_to_its_reason_and_no_other_does(data, rule):
    member = edits(MEMBERS[rule][0])
    files = {resource.path: name for name, resource in data.package.resources.items()}
    data.refused(*member)
    errors = data.findings.query("severity == 'error'")[["file", "row_id", "check"]].drop_duplicates()
    own = errors[errors["check"] == rule]
    table, key = files[own["file"].iloc[0]], own["row_id"].iloc[0]
    said = data.refused(*member, reason(table, key, rule))
    of_reasons = [line for line in said.splitlines() if line.startswith("integrity_reasons.csv")]
    assert all("does not occur" in line for line in of_reasons), of_reasons
    left = data.findings.query("severity == 'error'")[["file", "row_id", "check"]].drop_duplicates()
    assert len(left) == len(errors) - 1
    stands = data.findings.query("severity == 'warning' and check == @rule and row_id == @key")
    assert "The source says so, in a test." in set(stands["reason"])


@pytest.mark.parametrize("edit", rule_members_words.ANOTHER_PAPER)
def test_people_who_stopped_in_another_paper_are_a_notice(data, edit):
    assert data.refused(edit) == ""
    assert (data.findings["check"] == "stopping_of_paper").sum() == 1


@pytest.mark.parametrize("words", ["x", "TODO"])
def test_a_reason_of_one_word_gives_none(data, words):
    said = data.refused(cell("integrity_reasons", "marcus2024--dose-in-range", reason=words))
    assert f"column reason: {words!r}: gives no reason" in said


def test_a_domain_that_no_tool_has_is_refused(data):
    assert "must be one of D1" in data.refused(rob("pain-innova2026-D3", domain="period"))


def test_a_choice_that_is_not_known_is_refused(data):
    assert "column choice" in data.refused(multi("measure-MD", choice="measures"))


@pytest.mark.parametrize("study, pooled", [("innova2026", True), ("paula2023", False)])
def test_a_pooled_trial_without_judged_risk_of_bias_is_a_notice(data, study, pooled):
    """Not one that is among the randomised, and reports no comparison."""
    gone = [
        drop("risk_of_bias", f"pain-{study}-{domain}") for domain in ("D1", "D2", "D3", "D4", "D5", "overall")
    ]
    assert data.refused(*gone) == ""
    assert ("pooled_is_judged" in set(data.findings["check"])) == pooled


def test_a_second_value_that_no_model_reads_is_a_notice(data):
    second = again(
        "pharmacology", "half-life-naltrexone", "half-life-naltrexone-b", value="5", location="Table 2"
    )
    data.refused(second)
    found = data.findings.query("check == 'model_row_beside'")
    assert list(found["row_id"]) == ["half-life-naltrexone-b"] and "no model uses" in found["rule"].iloc[0]


def test_responders_of_another_week_than_the_primary_one_are_a_notice(data):
    own = drop("study_sets", "pain-response-innova2026")
    week = [
        e(f"innova2026-pain-response-{at}-w13-{group}", week="26")
        for at in (15, 30, 50)
        for group in ("ldn", "placebo")
    ]
    data.refused(own)
    assert "responders_at_primary_week" not in set(data.findings["check"])
    data.refused(own, *week)
    found = data.findings.query("check == 'responders_at_primary_week'")
    assert list(found["row_id"]) == ["pain-innova2026"] and "week 26" in found["rule"].iloc[0]
    data.refused(own, *week[:2])
    (found,) = data.findings.query("check == 'responders_at_primary_week'")["rule"]
    assert "15%" in found and "30%" not in found  # the others were counted then


def test_a_trial_of_the_same_author_dose_and_length_is_a_notice(data):
    again_by_them = s(
        "paula2023",
        label="Rodríguez-Freire and others 2023",
        registry="",
        notes="",
        treatment_weeks="52",
        control_weeks="52",
    )
    assert data.refused(again_by_them) == ""
    found = data.findings.query("check == 'same_author_again'")
    assert found[["row_id", "severity"]].values.tolist() == [["innova2026", "warning"]]


def labels(data):
    return dict(data.tables["studies"][["study_id", "label"]].itertuples(index=False, name=None))


def test_a_trial_of_the_same_place_dose_and_length_is_a_notice(data):
    shape = {"country": "Denmark", "registry": "", "year": "2025", "label": "Holm et al. 2025"}
    other = s("paula2023", design_type="parallel", dose_mg_per_day="6", dose_min_mg="1.5", dose_max_mg="6",
              treatment_weeks="12", control_weeks="12", dose_schedule="titrated to 6 mg once daily",
              **shape)  # fmt: skip
    data.refused(other)
    found = data.findings.query("check == 'same_shape_again'")
    assert list(found["severity"]) == ["warning"]
    pair = {found["row_id"].iloc[0], found["rule"].iloc[0].split(" has ")[0]}
    assert pair in ({"final2024", "Holm et al. 2025"}, {"paula2023", labels(data)["final2024"]})


def test_what_shares_a_year_alone_is_not_said_to_be_near():
    assert hint("smith2027", ["younger2013", "bested2023"]) == hint("other", ["dose", "context"]) == ""


@pytest.mark.parametrize(
    ("edit", "word"),
    [
        (s("final2024", blinding="Double-Blind"), "double-blind"),
        (s("final2024", blinding="double-blind (double-dummy)"), "double-blind"),
        (s("final2024", condition="Fibromyalgia"), "fibromyalgia"),
        (s("final2024", control="Placebo"), "placebo"),
        (o(F, domain="Pain"), "pain"),
        (o(F, measure="pain NRS (past 7 day)"), "pain NRS (past 7 days)"),
        (o(F, statistic="difference in change"), "difference in mean change"),
        (e(R30, event="pain response 30 %"), "pain response 30%"),
        (p(OCC5, analyte="Naltrexone"), "naltrexone"),
        (p(OCC5, quantity="mu opioid receptor occupancy"), "mu-opioid receptor occupancy"),
        (o(F, study_id="final204"), "final2024"),
    ],
)
def test_another_spelling_is_refused_with_the_nearest_word(data, edit, word):
    assert f"the nearest is {word!r}" in data.refused(edit)
