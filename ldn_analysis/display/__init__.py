"""Figures, tables and sentences from results. Nothing statistical is computed here.

Figures are matplotlib figures of one look (`style`), each with a version for phones; `show` puts one into a
notebook with words for those who cannot see it. `table` and `provenance` make accessible HTML in which a
number leads to its derivation. `sentences` words a result from a reviewed list of phrases.
"""

from ldn_analysis.display import style as style
from ldn_analysis.display import words as words
from ldn_analysis.display.curves import density as density
from ldn_analysis.display.curves import probabilities as probabilities
from ldn_analysis.display.curves import sweep as sweep
from ldn_analysis.display.forest_plot import MEASURES as MEASURES
from ldn_analysis.display.forest_plot import forest as forest
from ldn_analysis.display.forest_plot import intervals as intervals
from ldn_analysis.display.forest_plot import method_name as method_name
from ldn_analysis.display.forest_plot import refitted as refitted
from ldn_analysis.display.output import Table as Table
from ldn_analysis.display.output import sentence as sentence
from ldn_analysis.display.publish import Picture as Picture
from ldn_analysis.display.publish import drawn as drawn
from ldn_analysis.display.publish import save as save
from ldn_analysis.display.publish import show as show
from ldn_analysis.display.publish import to_png as to_png
from ldn_analysis.display.publish import to_svg as to_svg
from ldn_analysis.display.tables import folded as folded
from ldn_analysis.display.tables import table as table
from ldn_analysis.display.trail import Trail as Trail
from ldn_analysis.display.trail import provenance as provenance
from ldn_analysis.display.words import interval as interval
from ldn_analysis.display.words import number as number
