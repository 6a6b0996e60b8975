"""Which dose? Trials by dose, the dose-finding study reconstructed, receptor occupancy, titration."""

from ldn_analysis.questions.dosing import pictures, tables, words
from ldn_analysis.questions.dosing.analysis import (
    between_doses,
    dose_effects,
    dosed,
    given_doses,
    head_to_head,
    randomised_comparisons,
    registered_comparisons,
    under_other_priors,
    untested,
    usual_dose,
)
from ldn_analysis.questions.dosing.blockade import (
    OCCUPANCY_ROWS,
    blockade_chances,
    daily_occupancy,
    microglia_margin,
    occupancy_accounts,
    pharmacology_conflicts,
    single_dose_curve,
    single_dose_occupancy,
)
from ldn_analysis.questions.dosing.own_dose import own_dose, patient_facts, titration_rules, typical_patients
from ldn_analysis.questions.dosing.reconstruction import DoseFinding, dose_finding, published_dose_finding
from ldn_analysis.questions.published import published_pain
