"""Ordinary words and numbers of an honest trial: nothing is refused, and nothing is said but the usual."""

import pytest
from mutations import again, cell, row
from row_names import rob
from test_evidence_new_trials import STUDY, added, arms, counts, data, out

from ldn_analysis.evidence.vocabulary import BIAS_NAMES

USUAL = {"value_unconfirmed", "pooled_is_judged"}
WEIGHED = {"dose_mg_per_day": "2.5 to 5", "dose_min_mg": "2.5", "dose_max_mg": "5"}
JAPANESE, INDIAN = "jRCTs031230123", "CTRI/2025/08/091234"


def said(rows=None, study=None, **declared):
    """What the check says of the trial: its refusals, and the names of unusual notices."""
    problems, _ = added(rows or arms(), study, **declared)
    found = data().findings
    return problems, set(found.loc[found["study_id"] == "smith2027", "check"]) - USUAL


def trials(text):
    return [line.strip() for line in text.strip().splitlines()]


NOTES = trials("""
    Ten participants had migraine.
    Most of the women had back pain.
    Six were prematurely terminated.
    Three participants were prematurely terminated. One site was closed early.
    The crossover of Younger 2013 was the model, but the authors chose a parallel design.
    Unlike the crossover of Younger et al. 2013, this one has two groups.
    Open-label duloxetine was continued in 31%.
    One participant was unblinded for a rash.
    The authors cite NCT00568555.
    Compared with NCT00568555 it is larger.
    A letter by the authors of FINAL (NCT04270877) asks about the blinding.
    An editorial asks for retraction and finds no reason.
    Interim results were shown at a meeting in 2025.
    Interim analysis at 58 people did not stop the trial.
    A post hoc subgroup of 12 men is not entered.
    A third arm took pregabalin (n = 40 randomised, 37 analysed).
    n = 29 and 29 analysed, of 30 and 30 randomised.
""")
SLIPS = {
    "The trial was stopped early after 60 were randomised.": "stopped_early",
    "Patients had back pain.": "condition_as_said",
    "People crossed over after a washout.": "design_words",
    "In 2024 people crossed over after a washout.": "design_words",
    "Two parallel groups, which crossed over after a washout.": "design_words",
    "The trial of twelve weeks was stopped early.": "stopped_early",
    "Most sites were closed early.": "stopped_early",
    "Most were unblinded.": "blinding_fits_design",
    "Open-label medicine.": "blinding_fits_design",
    "Compared LDN with placebo, registered as NCT00568555.": "one_trial_a_registration",
    "Compared with placebo (NCT00568555).": "one_trial_a_registration",
    "Interim results, presented at a congress.": "part_as_whole",
    "Retracted after an editorial.": "part_as_whole",
    "Open-label treatment.": "blinding_fits_design",
    "The participants were unblinded.": "blinding_fits_design",
    "Registered as NCT00568555.": "one_trial_a_registration",
    "Retracted in 2027.": "part_as_whole",
    "Interim results.": "part_as_whole",
    "n = 49 and 29 analysed.": "people_as_said",
}


@pytest.mark.parametrize("notes", NOTES)
def test_of_ordinary_notes_nothing_is_said(notes):
    assert said(study={"notes": notes}) == ("", set())


@pytest.mark.parametrize("notes", SLIPS)
def test_notes_that_say_it_of_the_trial_are_seen(notes):
    problems, notices = said(study={"notes": notes})
    assert f"[{SLIPS[notes]}:" in problems or SLIPS[notes] in notices


@pytest.mark.parametrize(
    ("location", "rule"),
    [
        ("Table 2 (SE given too)", ""),
        ("Table 2 (SE)", "form_of_location"),
        ("Table 2 (the median, 5, is given too)", ""),
        ("Table 2 (median)", "form_of_location"),
        ("Table 2 (whole group; subgroup of women in Table 4)", ""),
        ("Table 4, subgroup of women", "part_as_whole"),
        ("Table 4, subgroup of women (whole group in Table 2)", "part_as_whole"),
        ("Table 2 (SE, also in Figure 3)", "form_of_location"),
        ("Table 2 (placebo column first)", ""),
        ("Table 2, placebo column", "form_of_location"),
    ],
)
def test_a_location_may_name_what_stands_beside(location, rule):
    problems, _ = said(arms(location=location))
    assert f"[{rule}:" in problems if rule else not problems


@pytest.mark.parametrize(
    ("study", "rule"),
    [
        ({"sex": "male", "notes": "Men only: women were excluded."}, ""),
        ({"sex": "male"}, "sex_fits"),
        ({"how_read": "digitised"}, ""),
        ({"registry": JAPANESE}, ""),
        ({"registry": "jRCT12"}, "must match"),
        ({"registry": "EudraCT 2021-001234-56"}, "'2021-001234-56' alone"),
        ({"registry": "NCT05550002; ACTRN12621000000000"}, "'NCT05550002' alone"),
        ({"notes": "Two clinics were randomised to start recruiting later."}, ""),
        ({"notes": "Two clinics were randomised to start later."}, "design_words"),
        ({"dose_schedule": "4.5 ml of a 1 mg/ml solution at bedtime"}, ""),
        ({"dose_schedule": "4.5 ml of a 2 mg/ml solution at bedtime"}, "schedule_says_dose"),
        (WEIGHED | {"dose_schedule": "0.05 mg per kg, once daily"}, ""),
        (WEIGHED | {"dose_schedule": "0.05 mg/kg every other day"}, "schedule_says_dose"),
        (WEIGHED | {"dose_schedule": "0.5 mg/kg once daily"}, "schedule_says_dose"),
        ({"dose_schedule": "0.05 mg/kg once daily"}, "the lightest and the heaviest got dose_min_mg"),
    ],
)
def test_what_few_trials_have_is_taken_where_it_is_said(study, rule):
    problems, _ = said(study=study)
    assert rule in problems if rule else not problems


@pytest.mark.parametrize(
    ("reason", "rule"),
    [
        ("Randomised against amitriptyline 25 mg and placebo.", ""),
        ("Randomised and double-blind, at 25 mg.", "set_fits_study"),
        ("Double-blind, with naltrexone hydrochloride 25 mg.", "set_fits_study"),
        ("Randomised. Double-blind. Parallel. Open-label extension later.", ""),
        ("Randomised. The trial is open-label.", "set_fits_study"),
        ("Week 12 is primary. Randomised crossover.", "set_fits_study"),
    ],
)
def test_a_reason_is_of_the_trial_itself(reason, rule):
    problems, _ = said(reason=reason)
    assert rule in problems if rule else not problems


@pytest.mark.parametrize(("one", "other", "refused"), [(29, 21, False), (29, 1, True)])
def test_everybody_may_have_an_adverse_event_where_most_have_one(one, other, refused):
    problems, _ = said((*arms(), *counts("any adverse event", one, other)))
    assert ("definition_of_harm" in problems) == refused


@pytest.mark.parametrize(("people", "refused"), [(33, False), (58, True)])
def test_more_may_begin_than_are_analysed_where_nobody_says_how_many_began(people, refused):
    start = (out(group, "mean", 6.4, sd=1.6, n=people, week=0) for group in ("ldn", "placebo"))
    problems, _ = said((*arms(), *start), {"n_randomised": ""})
    assert ("arms_within_study" in problems) == refused


def test_harms_of_more_than_were_analysed_ask_how_many_began():
    problems, _ = said((*arms(), *counts("nausea", 3, 2, 31, 31)), {"n_randomised": ""})
    assert "n_randomised is empty: did more begin? [" in problems.replace(")", "")


def sized(difference, **cells):
    """Means of so many beside a difference of everybody, which is more precise than they are."""
    everybody = {"n": 62, "n_ldn": 31, "n_placebo": 31, "favours": "ldn"}
    means = (out(group, "mean", value, se=0.45, n=29) for group, value in (("ldn", 4.8), ("placebo", 5.6)))
    return (*means, out("ldn-placebo", difference, -0.8, lower95=-1.5, upper95=-0.1, **everybody | cells))


def test_numbers_that_a_model_gave_are_refused_with_the_way_out():
    problems, _ = said(sized("difference in means"), {"n_analysed": "62", "n_randomised": "62"})
    assert "if they are of two analyses, 'analysis' says of which each is" in problems
    assert "at 95%; one of a model is an adjusted one" in problems
    model = sized("adjusted difference (mixed model)")
    assert said(model, {"n_analysed": "62", "n_randomised": "62"})[0] == ""


@pytest.mark.parametrize(
    ("notes", "noticed"),
    [("A third arm took pregabalin (40 people).", False), ("Third-party assessors rated pain.", True)],
)
def test_people_of_an_arm_that_has_no_rows_are_not_missed(notes, noticed):
    people = {"n_randomised": "98", "n_analysed": "98", "notes": notes}
    assert ("fewer_than_analysed" in said(study=people)[1]) == noticed


def test_numbers_of_a_judgement_are_one_notice():
    judged = [
        row("risk_of_bias", f"pain-smith2027-{domain}", study_id="smith2027", outcome="pain",
            variant="RoB 2 parallel", domain=domain, domain_name=name, judgement="low", judged_by="AB",
            basis=f"{at} of 58 people left.", how_read="full text")
        for at, (domain, name) in enumerate(BIAS_NAMES.items(), 61) if domain != "DS"
    ]  # fmt: skip
    added((*arms(), *judged))
    assert (data().findings["check"] == "number_stands_alone").sum() == 1


@pytest.mark.parametrize(
    "basis", ["No news report was used.", "Not in the protocol.", "Whether it was Registered is not known."]
)
def test_a_source_that_a_basis_denies_was_not_read(basis):
    edit = rob("pain-final2024-D2", basis=basis, how_read="abstract")
    assert "basis_read_there" not in data().refused(edit)


@pytest.mark.parametrize(
    "edit",
    [
        cell("multiverse_choices", "tau2_method-REML", label="restricted likelihood (DL is another)"),
        cell("multiverse_choices", "time-6_months", label="half a year (not 12 months)"),
        cell("registrations", "NCT04739995", last_seen="2026-12"),
        cell("registrations", "NCT07285473", doses_mg_per_day="3 and 6"),
        again("registrations", "NCT00855972", INDIAN, title="LDN in India", other_ids=""),
    ],
)
def test_words_of_a_reviewer_are_taken(edit):
    assert data().refused(edit) == ""


def test_of_a_preprint_and_its_paper_the_main_report_is_asked_for():
    paper = STUDY | {"trial_id": "smith2027", "label": "Smith et al. 2027 (paper)", "doi": "10.1234/y"}
    theirs = {"study_id": "smith2027b", "source": "10.1234/y"}
    rows = (*arms(), row("studies", "smith2027b", **paper), *arms(**theirs))
    assert added(rows)[0] == ""
    found = data().findings
    assert set(found.loc[found["check"].isin(USUAL), "study_id"]) >= {"smith2027"}
    assert "smith2027b" not in set(found["study_id"])


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("tau2_method-REML", "DL estimator"),
        ("time-6_months", "12 months"),
        ("time-12_months", "week 26, 6 months"),
    ],
)
def test_a_label_of_another_option_is_refused(key, label):
    assert "exchanged?" in data().refused(cell("multiverse_choices", key, label=label))
