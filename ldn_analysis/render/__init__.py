"""From notebooks to reports: typed parameters, recorded results, execution, HTML, command line.

Notebooks use three names: `parameters` right after their ``parameters`` cell, `record` for each result
that they state, and `answer` for the box that opens the report.
"""

from ldn_analysis.errors import ParameterError, RenderError
from ldn_analysis.questions.typed import Parameters
from ldn_analysis.render.recorded import answer, parameters, record
