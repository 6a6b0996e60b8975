"""The rules on single printed numbers, which `ldn_analysis.evidence.findings` runs over the rows."""

from __future__ import annotations

from ldn_analysis.evidence.rules.registry import declare

REFUSED = {
    "estimate_mid_interval":
        "an estimate that is not in the middle of its interval (log scale for ratios), beyond rounding; "
        "no median, nor what a Bayesian model gives",
    "interval_against_p":
        "an interval and a p value that contradict each other, beyond rounding (normal or t)",
    "count_against_percent": "a printed percentage that is not the count over the number",
    "group_sizes": "arms that do not add up, or exceed the participants of the study",
    "large_standardised_difference":
        "a standardised difference over 1.5 that few people do not explain: an SE may be read as an SD",
    "effect_size_against_difference":
        "a printed standardised effect that is not the one that difference and interval imply",
    "dose_in_range":
        "a dose outside 0.75 to 6 mg a day (a dose that rises may begin at 0.25), or outside the study's own "
        "range, unless rows name arms of both",
    "spread_coherence":
        "SD, SE and interval that contradict each other, or an SD that is impossible on its scale",
}  # fmt: skip
for name, refuses in REFUSED.items():
    declare(name, "suspicious", refuses)

declare(
    "large_difference",
    "notice",
    "a standardised difference over 1.5 in a trial so small that chance may have made it",
)
