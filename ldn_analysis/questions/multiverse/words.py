"""A multiverse in words, built from its table of shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ldn_analysis.display.words import listed, number

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["joint_sentence", "largest_choices", "multiverse_answer", "multiverse_made", "share_words"]

SCALES = {"MD": "in points", "SMD": "standardised", "SMD, SD of values": "standardised by the SD of values"}


def multiverse_made(mv: Any) -> str:
    """How the numbers of a multiverse were made, in words."""
    choices = listed([choice.title.lower() or choice.name for choice in mv.choices])
    return (
        f"Enumerated: {len(mv):,} analyses, every usable combination of the decisions ({choices}) and of "
        "the trials, on the numbers below."
    )


def share_words(share: float, n: int) -> str:
    """How many of `n`: ``none``, ``all``, or a percentage that neither rounds to 0 nor to 100."""
    held = round(share * n)
    if held == 0:
        return "none"
    if held == n:
        return "all" if n > 1 else "it"
    shown = 100 * share
    if shown < 0.1:
        return "under 0.1%"
    return "over 99.9%" if shown > 99.9 else f"{shown:.1f}%"


def _of(shares: pd.DataFrame, kind: str) -> tuple[int, dict[str, float]]:
    """Number of analyses of a kind over all scales, and their shares."""
    rows = shares[shares["kind"] == kind]
    n = int(rows["n"].sum())
    names = ("below_zero", "above_zero", "includes_zero")
    return n, {name: float((rows[name] * rows["n"]).sum()) / n if n else 0.0 for name in names}


def multiverse_answer(shares: pd.DataFrame, level: float = 0.95) -> str:
    """The answer in a sentence or two: of so many defensible analyses, how many say what.

    `shares` is what `models.multiverse_shares` gives.
    """
    n, held = _of(shares, "defensible")
    interval = f"{100 * level:g}% interval"
    parts = [f"{int(r['n']):,} {SCALES.get(r['scale'], r['scale'])}"
             for _, r in shares[shares["kind"] == "defensible"].iterrows()]  # fmt: skip
    by_scale = f" ({listed(parts)})" if len(parts) > 1 else ""
    if n == 0:
        first = "None of the analyses is labelled defensible"
    else:
        words = {name: share_words(share, n) for name, share in held.items()}
        analyses = "analysis" if n == 1 else "analyses"
        first = (
            f"Of {n:,} defensible {analyses}{by_scale}, {words['below_zero']} put the whole {interval} "
            f"below zero, where LDN is better than placebo, {words['above_zero']} above zero, and "
            f"{words['includes_zero']} include no difference, which does not show that there is none"
        )  # fmt: skip
    rest = []
    for kind, name in (("debatable", "debatable"), ("error", "with a labelled error")):
        m, other = _of(shares, kind)
        if m:
            rest.append(f"{share_words(other['below_zero'], m)} of the {m:,} {name}")
    if rest:
        return f"{first}. Wholly below zero are {listed(rest)}."
    return first + "."


def joint_sentence(test: Any) -> str:
    """The joint test of a scale in words."""
    return (
        f"{test.scale}: with no effect in any trial, {100 * test.p_median:.0f}% of simulated sets of these "
        f"{test.specifications} analyses would have a median at least as far from zero as "
        f"{number(test.median)}; {100 * test.p_share:.0f}% would have at least as large a share of "
        "intervals below zero."
    )  # fmt: skip


def largest_choices(table: pd.DataFrame, names: dict[str, str], scale: str, most: int = 2) -> str:
    """Which choices explain most of the spread on a scale (`models.variance_decomposition`)."""
    rows = table[table["scale"] == scale].head(most)
    if not len(rows):
        return f"On this scale ({scale}) the analyses do not differ."
    words = []
    for row in rows.to_dict("records"):
        what = f"whether {names[row['choice']]} is in" if row["choice"] in names else f"the {row['title']}"
        words.append(f"{what} ({100 * row['share']:.0f}%)")
    return f"What moves the estimate most ({scale}): {listed(words)} of its variance."
