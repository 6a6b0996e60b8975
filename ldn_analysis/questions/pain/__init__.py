"""Does it relieve pain? The one analysis of pain, its words, and the Summary of Findings."""

from ldn_analysis.questions.pain import findings_table, words
from ldn_analysis.questions.pain.analysis import (
    PainAnalysis,
    analyse,
    judged_bias,
    pain_contrasts,
    pooled_pain,
)
from ldn_analysis.questions.pain.findings import summary_of_findings

__all__ = [
    "PainAnalysis",
    "analyse",
    "findings_table",
    "judged_bias",
    "pain_contrasts",
    "pooled_pain",
    "summary_of_findings",
    "words",
]
