"""What may be said of responders and of individual response: sentences built from results."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ldn_analysis.display.words import count, listed, number, percent

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "DICHOTOMY",
    "SHIFT",
    "SPREAD",
    "all_or_nothing",
    "difference",
    "mixtures",
    "predictor",
    "shape",
    "spread",
]

SHIFT = (
    "Predicted: chance that change is at most −percent/100 × baseline, both normal with the reported means "
    "and SDs and the assumed correlation; expected: predicted × n; observed: counts as reported; p: exact "
    "binomial."
)
SPREAD = (
    "SD of change: √n (upper − lower) / (2 t) from the interval of the mean change, or √(s0² + s1² − 2 r s0 "
    "s1) from the SDs at baseline and at the end; SD of individual response: √(SD² LDN − SD² placebo), with "
    "its sign."
)

DICHOTOMY = (
    "Cutting a continuous change at a threshold makes responders and non-responders out of any distribution, "
    "even when everybody changes by the same amount: responder rates alone cannot show that results are "
    "dramatic or nothing."
)

ARMS = {"treated": "LDN", "control": "placebo"}


def _side(low: float, high: float) -> str:
    if low > 0:
        return "the interval excludes no difference"
    if high < 0:
        return "the interval excludes no difference, in favour of placebo"
    return "the interval leaves open more responders and fewer"


def difference(row: Any, level: float = 0.95) -> str:
    """One row of `responders.responder_contrasts` in words, in percentage points."""
    low, mid, high = (100 * row[name] for name in ("rd_lower", "rd", "rd_upper"))
    way = "more" if mid >= 0 else "fewer"
    unit = "percentage point" if number(abs(mid), 0) == "1" else "percentage points"
    return (
        f"pain lower by {row['percent']:g}% or more: {number(abs(mid), 0)} {unit} {way} "
        "responders "
        f"with LDN ({100 * level:g}% interval {number(low, 0)} to {number(high, 0)}; {_side(low, high)})"
    )


def spread(rows: pd.DataFrame, level: float = 0.95) -> str:
    """What the SDs of change say of individual response (`responders.response_spread`)."""
    if not len(rows):
        return "No trial gives the spread of change in both arms under these choices"
    named = [
        f"{r['label']} {number(r['sd'], 1)} ({number(r['sd_lower'], 1)} to {number(r['sd_upper'], 1)})"
        for r in rows.drop_duplicates("study_id").to_dict("records")
    ]
    includes = bool(rows["includes_zero"].all())
    end = "every interval includes zero" if includes else "not every interval includes zero"
    return (
        f"The standard deviation of individual response, in points with {100 * level:g}% interval, is "
        f"{listed(named)}; below zero means less spread with LDN, and {end}"
    )


def all_or_nothing(contrasts: pd.DataFrame, rows: pd.DataFrame, at: float = 30.0, level: float = 0.95) -> str:
    """The answer: whether patients get dramatic results or nothing."""
    if not len(contrasts) and not len(rows):
        return (
            "Whether patients get dramatic results or nothing cannot be told: no trial gives responders "
            "or the "
            "spread of change against placebo under these choices."
        )
    here = contrasts[contrasts["percent"] == at]
    best = here[here["pooled"]] if here["pooled"].any() else here
    parts = []
    if len(rows):
        if bool(rows["includes_zero"].all()):
            most = number(rows["sd_upper"].max(), 1)
            parts.append(
                "the spread of change is compatible with no individual response and with one of up to "
                f"{most} points (standard deviation; {count(len(set(rows['study_id'])), 'trial')})"
            )
        elif (rows["sd_lower"] > 0).any():
            parts.append("changes spread more with LDN than with placebo in at least one analysis")
        else:
            parts.append(
                "changes spread less with LDN than with placebo in at least one analysis, where dramatic or "
                "nothing would spread them more"
            )
    if len(best):
        parts.append(difference(best.iloc[0], level))
    told = "cannot be told from these data"
    return f"Whether patients get dramatic results or nothing {told}: {'; '.join(parts)}."


def shape(table: pd.DataFrame, differences: pd.DataFrame, alpha: float = 0.05) -> list[str]:
    """Where the counts depart from what normal changes give, and what that means (`responders.shift_table`,
    `responders.shift_differences`).

    Counts above the prediction in both arms, placebo's too, speak of the shape of change and not of the drug.
    """
    lines = []
    for label, trial in table.groupby("label", sort=False):
        for p, rows in trial.groupby("percent"):
            own = rows[rows["account"] == "own mean and SD"].set_index("arm")
            off = own[own["p_value"] < alpha]
            above = off[off["observed"] > off["expected"]]
            seen = ", ".join(
                f"{ARMS[str(arm)]} {r['observed']:g} seen, {r['expected']:.0f} expected"
                for arm, r in own.iterrows()
            )
            if len(above) == 2:
                lines.append(
                    f"{label}, {p:g}%: more responders than normal changes give in both arms ({seen}). "
                    "Placebo does it too: large falls are commoner than under a normal, which by itself is "
                    "no sign of a drug that works in some."
                )
            elif len(off):
                names = [ARMS[str(arm)] for arm in off.index]
                lines.append(f"{label}, {p:g}%: {listed(names)} apart from normal changes ({seen}).")
    inside = int(differences["inside"].sum())
    first = (
        "The difference in responders that a plain shift predicts, everybody responding alike, lies "
        "inside the "
        f"interval of the one observed in {inside} of {len(differences)} comparisons."
    )
    return [first, *lines]


def mixtures(plans: Sequence[Any], refused: Sequence[float], trial_n: int) -> list[str]:
    """How many participants it takes to tell each mixture from one normal (`responders.mixture_plans`)."""
    lines = []
    for plan in plans:
        m = plan.mixture
        here = float(plan.power[list(plan.n).index(trial_n)])
        if math.isfinite(plan.needed):
            needed = f"about {float(f'{plan.needed:.2g}'):.0f} participants"
        else:
            needed = f"more than {int(plan.n[-1])} participants"
        by_chance = here <= plan.alpha + 2 * float(plan.mc_se[list(plan.n).index(trial_n)])
        now = "hardly more often than by chance" if by_chance else f"with a chance of {percent(here)}"
        lines.append(
            f"{100 * m.share:g}% responders at {number(m.responder_mean, 1)} points, the others at "
            f"{number(m.other_mean, 1)}: told from one normal {now} at n = {trial_n}; {needed} for a "
            "chance of "
            f"{100 * plan.target:g}%."
        )
    if refused:
        named = listed([f"{100 * share:g}%" for share in refused])
        lines.append(
            f"{named} responders: not compatible with the mean and SD, if the others change as on placebo."
        )
    return lines


def predictor(evidence: Any, chance: float, best: Any, truth: float) -> list[str]:
    """What a large r squared from few people is worth (`models.CorrelationEvidence`)."""
    low, high = evidence.exact_ci
    sizes = [f"{math.ceil(n)} if the true correlation is {r:.2f}" for r, n in evidence.replication_n.items()]
    return [
        f"r squared {evidence.r_squared:.2f} at n = {evidence.n}: r = {evidence.r:.2f}, "
        f"{100 * evidence.level:g}% interval {low:.2f} to {high:.2f} (r squared "
        f"{evidence.r_squared_ci[0]:.2f} to "
        f"{evidence.r_squared_ci[1]:.2f}); adjusted r squared {evidence.adjusted_r_squared:.2f}; Bayes "
        "factor "
        f"against no correlation {evidence.bayes_factor:.0f}.",
        f"If the true correlation is {truth:g}, one sample in {1 / chance:.0f} of that size gives as much.",
        f"If the best of {best.m} unrelated measures is reported, {percent(best.exceed)} of samples "
        "give as much; "
        f"half of them give {best.median:.2f} or more.",
        f"Participants for a replication (chance {100 * evidence.power:g}%): {listed(sizes)}.",
    ]
