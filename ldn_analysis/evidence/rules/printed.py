"""The rules on single printed numbers, which `ldn_analysis.evidence.findings` runs over the rows."""

from __future__ import annotations

from ldn_analysis.evidence.rules.registry import declare

for name, refuses, example in (
    (
        "estimate_mid_interval",
        "an estimate that is not in the middle of its interval (log scale for ratios), beyond rounding",
        "-0.43 with -0.95 to 0.27",
    ),
    (
        "interval_against_p",
        "an interval and a p value that contradict each other, beyond rounding (normal or t)",
        "p = 0.72 with -0.95 to 0.27 around -0.34",
    ),
    (
        "count_against_percent",
        "a printed percentage that is not the count over the number",
        "20 of 44 printed as 46%",
    ),
    (
        "group_sizes",
        "arms that do not add up, or exceed the participants of the study",
        "48 and 50 in a contrast of 99",
    ),
    (
        "large_standardised_difference",
        "a standardised difference over 1.5 that few people do not explain: an SE may be read as an SD",
        "a difference of 0.4 over an SD of 0.22",
    ),
    (
        "effect_size_against_difference",
        "a printed standardised effect that is not the one that difference and interval imply",
        "0.32 where they imply 0.22",
    ),
    (
        "dose_in_range",
        "a dose outside 0.75 to 6 mg a day, or outside the study's own range, unless rows name arms of both",
        "50 mg",
    ),
    (
        "spread_coherence",
        "SD, SE and interval that contradict each other, or an SD that is impossible on its scale",
        "the half-width of an interval as its SD",
    ),
):
    declare(name, "suspicious", refuses, example)

declare(
    "large_difference",
    "notice",
    "a standardised difference over 1.5 in a trial so small that chance may have made it",
    "2.5 points at SDs of 1.4, ten people in each arm",
)
