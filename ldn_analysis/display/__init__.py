"""Figures, tables and sentences from results. Nothing statistical is computed here.

Figures are matplotlib figures of one look (`style`), each with a version for phones; `show` puts one into a
notebook with words for those who cannot see it. `table` and `provenance` make accessible HTML in which a
number leads to its derivation. `sentences` words a result from a reviewed list of phrases.
"""

from ldn_analysis.display import sentences, style
from ldn_analysis.display.curves import density, flips, probabilities, sweep
from ldn_analysis.display.forest import MEASURES, cumulative, forest, intervals, leave_one_out, method_name
from ldn_analysis.display.gaps import doses_tested, untested
from ldn_analysis.display.pictures import flow, tested, timeline, traffic_light
from ldn_analysis.display.rows import interval, number
from ldn_analysis.display.show import save, show, to_png, to_svg
from ldn_analysis.display.tables import Table, provenance, table

__all__ = [
    "MEASURES",
    "Table",
    "cumulative",
    "density",
    "doses_tested",
    "flips",
    "flow",
    "forest",
    "interval",
    "intervals",
    "leave_one_out",
    "method_name",
    "number",
    "probabilities",
    "provenance",
    "save",
    "sentences",
    "show",
    "style",
    "sweep",
    "table",
    "tested",
    "timeline",
    "to_png",
    "to_svg",
    "traffic_light",
    "untested",
]
