"""The measures on which trials of pain are compared: each once, with its words for a reader."""

from __future__ import annotations

from typing import NamedTuple


class Measure(NamedTuple):
    """On the axis of a picture, and what a difference is counted in: in a sentence, and in a heading."""

    axis: str
    unit: str
    heading: str


COMPARED = {
    "MD": Measure("mean difference in pain, points on the 0 to 10 scale", "points", "NRS points"),
    "SMD": Measure("standardised mean difference in pain (standard deviations)", "standard deviations", "SD"),
}
"""By the word that asks for it, the default first; `contrasts.scale` has the step to each."""
