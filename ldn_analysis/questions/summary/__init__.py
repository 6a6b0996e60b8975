"""What the reports say together: the summary's messages, pictures and table; it computes no result itself."""

from ldn_analysis.questions.summary import pictures, tables, words
from ldn_analysis.questions.summary.gathered import Gathered, gather
