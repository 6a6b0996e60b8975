"""Figures, tables and sentences from results. Nothing statistical is computed here.

Figures are matplotlib figures of one look (`style`), each with a version for phones; `show` puts one into a
notebook with words for those who cannot see it. `table` and `provenance` make accessible HTML in which a
number leads to its derivation.
"""

from ldn_analysis.display import style, words
from ldn_analysis.display.curves import density, probabilities, sweep
from ldn_analysis.display.forest_plot import MEASURES, forest, intervals, method_name, refitted
from ldn_analysis.display.output import Table, sentence
from ldn_analysis.display.publish import Picture, drawn, save, show, to_png, to_svg
from ldn_analysis.display.tables import folded, table
from ldn_analysis.display.trail import Trail, provenance
from ldn_analysis.display.words import interval, number
