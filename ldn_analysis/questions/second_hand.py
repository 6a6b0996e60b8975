"""How much of a pooled estimate is second-hand: the share of its weight by how its inputs were read."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from ldn_analysis.display.words import count
from ldn_analysis.evidence.vocabulary import READ_AT, READINGS

NAMES = {
    "abstract": "abstracts or registries alone",
    "read by us": "full texts that we read, or what we derived from them",
    "transcribed": "others' transcriptions of the full paper, in part",
    "all": "other sources, in part",
}
"""Each choice of reading, as what a trial's numbers rest on; the most second-hand last."""


def reading_of_rows(table: pd.DataFrame, key: str, rows: Iterable[str]) -> str:
    """Every way in which the rows of `table` named in `rows` (by column `key`) were read, as one text."""
    ways = table.loc[table[key].isin(list(rows)), "how_read"].astype(str)
    return "; ".join(dict.fromkeys(ways))


def reading_shares(how_read: Iterable[str], weights: Iterable[float], labels: Iterable[str]) -> pd.DataFrame:
    """Share of a pool's weight by how the inputs were read.

    Parameters
    ----------
    how_read
        Of each trial every way in which its inputs were read, as in the data: joined by "; " or "+". A trial
        counts with the most second-hand of its inputs.
    weights
        Of each trial, percent of the pool.
    labels
        Its name.

    Returns
    -------
    DataFrame
        One row a way of reading that occurs, the most second-hand last: ``label trials weight names``;
        `trials` counts them, `weight` in percent, `names` their labels.
    """
    trials = pd.DataFrame({"how": list(how_read), "weight": list(weights), "name": list(labels)})
    trials["level"] = trials["how"].map(_level)
    rows = [
        (NAMES[level], len(part), float(part["weight"].sum()), tuple(part["name"]))
        for level in READINGS
        if len(part := trials[trials["level"] == level])
    ]
    return pd.DataFrame(rows, columns=["label", "trials", "weight", "names"])


def _level(how_read: str) -> str:
    """The narrowest choice of reading that keeps everything read in these ways."""
    ways = {way for part in str(how_read).split("; ") for way in part.split("+")}
    return next((name for name, kept in READ_AT.items() if ways <= kept), READINGS[-1])


def basis(shares: pd.DataFrame) -> str:
    """What `reading_shares` found, as a sentence that names a single trial; empty without a trial."""
    rows = shares.to_dict("records")
    trials = sum(row["trials"] for row in rows)
    if trials == 1:
        return f"The numbers of {rows[0]['names'][0]} rest {_on(rows[0]['label'])}."
    if len(rows) == 1:
        return f"All of the weight rests {_on(rows[0]['label'])} ({count(trials, 'trial')})."
    if not rows:
        return ""
    parts = [
        f"{_on(row['label'])} ({row['names'][0] if row['trials'] == 1 else count(row['trials'], 'trial')})"
        for row in rows
    ]
    weights = [f"{row['weight']:.0f}%" for row in rows]
    others = [f"; {weight} {part}" for weight, part in zip(weights[1:], parts[1:], strict=True)]
    return f"{weights[0]} of the weight rests {parts[0]}{''.join(others)}."


def read_as(how_read: Iterable[str], weights: Iterable[float], labels: Iterable[str]) -> str:
    """`basis` of the `reading_shares` of these."""
    return basis(reading_shares(how_read, weights, labels))


def _on(label: str) -> str:
    """On what all of it rests: ``on abstracts``, ``in part on others' transcriptions``."""
    source = label.removesuffix(", in part")
    return f"on {label}" if source == label else f"in part on {source}"
