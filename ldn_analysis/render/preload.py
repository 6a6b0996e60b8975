"""Imported once by the fork server: what workers and kernels need and what is slow to import.

``rfc3987_syntax`` is an optional part of schema validation that notebooks do not need and that takes two
seconds to import; it is marked as absent. A module that cannot be imported is left to whoever needs it,
so that the error appears there, with its name.
"""

import contextlib
import importlib
import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

for _name in (
    "ldn_analysis.render.job",
    "nbconvert.filters",
    "papermill.execute",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "pandas",
    "pandera.pandas",
    "scipy.optimize",
    "scipy.stats",
    "matplotlib.figure",
    "matplotlib.backends.backend_svg",
    "htmltools",
    "lxml.html",
    "seaborn",
    "ldn_analysis.evidence",
    "ldn_analysis.contrasts",
    "ldn_analysis.models",
    "ldn_analysis.display",
):
    with contextlib.suppress(Exception):
        importlib.import_module(_name)

with contextlib.suppress(Exception):
    from ldn_analysis import cache

    cache.read_code()

with contextlib.suppress(Exception):  # what reading and drawing import at their first use
    from io import BytesIO

    from matplotlib.figure import Figure

    from ldn_analysis import evidence

    Figure().savefig(BytesIO(), format="svg")
    evidence.load()
