"""Finding one's own dose: virtual patients and the rules that they follow."""

from ldn_analysis.models.titration.patients import DailyPain, Patients, Population, virtual_patients
from ldn_analysis.models.titration.rules import (
    FixedTarget,
    NOf1,
    NoTreatment,
    Titration,
    TitrationRule,
    UntilResponse,
    relief_differences,
    simulate_titration,
    titration_table,
)

__all__ = [
    "DailyPain", "FixedTarget", "NOf1", "NoTreatment", "Patients", "Population", "Titration", "TitrationRule",
    "UntilResponse", "relief_differences", "simulate_titration", "titration_table", "virtual_patients",
]  # fmt: skip
