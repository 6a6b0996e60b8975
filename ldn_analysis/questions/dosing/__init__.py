"""Which dose? Trials by dose, the dose-finding study reconstructed, receptor occupancy, titration."""

from . import pictures, tables, words
from .analysis import dose_effects, dosed, published_pain, under_other_priors
from .blockade import (
    blockade_chances,
    daily_occupancy,
    microglia_margin,
    occupancy_accounts,
    pharmacology_conflicts,
    single_dose_curve,
    single_dose_occupancy,
)
from .comparisons import given_doses, randomised_comparisons, registered_comparisons, untested, usual_dose
from .own_dose import own_dose, patient_facts, titration_rules, typical_patients
from .pharmacology import OCCUPANCY_ROWS
from .reconstruction import DoseFinding, dose_finding, published_dose_finding
