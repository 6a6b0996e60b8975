"""Which values a choice of reading keeps, by how they reached us (``how_read``)."""

from __future__ import annotations

import pandas as pd

from ldn_analysis.errors import one_of

READINGS = ("abstract", "read by us", "transcribed", "all")
"""From the narrowest choice to the widest: each keeps what those before it keep."""

_ABSTRACT = frozenset({"abstract", "registry"})
_BY_US = _ABSTRACT | {"full text", "derived"}  # derived: by us, from numbers of the source that we read
READ_AT = {"abstract": _ABSTRACT, "read by us": _BY_US, "transcribed": _BY_US | {"transcribed"}}
"""Ways of reading that each choice but "all" keeps."""

SET_ASIDE = {
    "abstract": "numbers that no abstract or registry gives",
    "read by us": "numbers that we did not read in the paper",
    "transcribed": "numbers that only a news report or another review gives",
}
"""What each of these choices leaves out, in words."""


def may_be_read(how_read: str, reading: str) -> bool:
    """Whether a value read as `how_read` ("A+B": as both) is kept under `reading`.

    Raises
    ------
    InputError : `reading` is none of `READINGS`.
    """
    return one_of("reading", reading, READINGS) == "all" or set(how_read.split("+")) <= READ_AT[reading]


def readable(table: pd.DataFrame, reading: str) -> pd.DataFrame:
    """Rows of `table` that may be used under `reading`, by their column ``how_read``."""
    kept = [may_be_read(str(how), reading) for how in table["how_read"]]
    return table[pd.Series(kept, index=table.index, dtype=bool)]
