"""Finding one's own dose: virtual patients and the rules that they follow."""

from ldn_analysis.models.titration.patients import DailyPain, Patients, virtual_patients
from ldn_analysis.models.titration.rules import (
    FixedTarget,
    NOf1,
    Titration,
    TitrationRule,
    UntilResponse,
    simulate_titration,
    titration_table,
)

__all__ = [
    "DailyPain",
    "FixedTarget",
    "NOf1",
    "Patients",
    "Titration",
    "TitrationRule",
    "UntilResponse",
    "simulate_titration",
    "titration_table",
    "virtual_patients",
]
