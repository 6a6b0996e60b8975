"""Which dose? Trials by dose, the dose-finding study reconstructed, receptor occupancy, titration."""

from ldn_analysis.questions.dosing import pictures, tables, words
from ldn_analysis.questions.dosing.analysis import (
    DoseEffects,
    daily_occupancy,
    dose_effects,
    known_occupancy,
    occupancy_accounts,
    patient_facts,
    pharmacology_conflicts,
    titration_rules,
    titration_sweep,
    typical_patients,
)
from ldn_analysis.questions.dosing.comparisons import randomised_comparisons, registered_comparisons
from ldn_analysis.questions.dosing.pharmacology import OCCUPANCY_ROWS
from ldn_analysis.questions.dosing.reconstruction import DoseFinding, dose_finding, published_dose_finding

__all__ = [
    "OCCUPANCY_ROWS",
    "DoseEffects",
    "DoseFinding",
    "daily_occupancy",
    "dose_effects",
    "dose_finding",
    "known_occupancy",
    "occupancy_accounts",
    "patient_facts",
    "pharmacology_conflicts",
    "pictures",
    "published_dose_finding",
    "randomised_comparisons",
    "registered_comparisons",
    "tables",
    "titration_rules",
    "titration_sweep",
    "typical_patients",
    "words",
]
