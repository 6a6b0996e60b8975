"""Analyses that more than one notebook shows: evidence, effects and models put together, nothing else.

This room comes after ``models`` and before ``display``; it computes no statistic of its own.
"""

from ldn_analysis.analyses.pain_multiverse import declared_choices, pain_multiverse

__all__ = ["declared_choices", "pain_multiverse"]
