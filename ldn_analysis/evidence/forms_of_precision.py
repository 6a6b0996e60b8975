"""The forms in which a source prints how precise a value is, for rules, contrasts, tables and typing."""

from __future__ import annotations

from typing import NamedTuple


class Precision(NamedTuple):
    """Columns of the outcomes, and words: of the arms, behind an arm's value, and of a difference.

    Without words of the arms, or of a difference (None), the form is not one of them.
    """

    columns: tuple[str, ...]
    of_arms: str = ""
    behind_value: str = ""
    of_difference: str | None = None


PRECISIONS = {
    "ci": Precision(("lower95", "upper95"), "intervals", " [{}, {}]", ""),
    "sd": Precision(("sd",), "SDs", " (SD {})", "SD of the differences"),
    "se": Precision(("se",), "SEs", " (SE {})", "SE"),
    "quartiles": Precision(("q1", "q3"), "quartiles", " (quartiles {} to {})"),
    "range": Precision(("minimum", "maximum"), "ranges", " (range {} to {})"),
    "t": Precision(("t_value",), of_difference="t"),
    "f": Precision(("f_value",), of_difference="F"),
    "p": Precision(("p_value",), of_difference="p"),
}
"""By the word with which one is typed."""
OF_ARMS = {word: form for word, form in PRECISIONS.items() if form.of_arms}
OF_DIFFERENCES = {word: form for word, form in PRECISIONS.items() if form.of_difference is not None}
