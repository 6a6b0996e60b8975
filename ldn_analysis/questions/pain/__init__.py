"""Does it relieve pain? The one analysis of pain, its words and pictures, and the Summary of Findings."""

from ldn_analysis.questions.pain import belief, pictures, sensitivity, tables, words
from ldn_analysis.questions.pain.analysis import CORRELATIONS, PainAnalysis, analyse, turning_correlations
from ldn_analysis.questions.pain.findings import summary_of_findings
