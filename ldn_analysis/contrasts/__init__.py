"""Reported statistics to the contrast table and its chain. LDN minus control; less pain is below zero."""

from ldn_analysis.contrasts.chain import Explanation, Step
from ldn_analysis.contrasts.choices import MEASURES, STUDY_SETS, TIMES, Choices
from ldn_analysis.contrasts.contrast import COLUMNS
from ldn_analysis.contrasts.events import PAIRED, event_table
from ldn_analysis.contrasts.study_sets import admitted
from ldn_analysis.contrasts.table import Derived, contrasts, derive
from ldn_analysis.contrasts.uses import pooled, uses
from ldn_analysis.evidence.vocabulary import READINGS

__all__ = [
    "COLUMNS", "MEASURES", "PAIRED", "READINGS", "STUDY_SETS", "TIMES", "Choices", "Derived", "Explanation",
    "Step", "admitted", "contrasts", "derive", "event_table", "pooled", "uses",
]  # fmt: skip
