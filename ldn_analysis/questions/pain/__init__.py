"""Does it relieve pain? The one analysis of pain, its words and pictures, and the Summary of Findings."""

from . import belief, pictures, sensitivity, tables, words
from .analysis import CORRELATIONS, PainAnalysis, analyse, turning_correlations
from .findings import summary_of_findings
