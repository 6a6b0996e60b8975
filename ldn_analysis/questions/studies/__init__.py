"""Which studies there are, and what was compared with placebo."""

from ldn_analysis.questions.studies import pictures, words

__all__ = ["pictures", "words"]
