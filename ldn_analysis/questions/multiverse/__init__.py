"""Every defensible, debatable and wrong analysis of the same trials, and the published reviews among them."""

from ldn_analysis.questions.multiverse import bars, pictures, reviews, strips, subsets, words
from ldn_analysis.questions.multiverse.analysis import (
    PainMultiverse,
    declared_choices,
    pain_multiverse,
    responder_multiverse,
    save_multiverse,
)
from ldn_analysis.questions.multiverse.reconciliation import (
    DECISIONS,
    decisions_of,
    published_against_placebo,
    published_pain,
    reconcile,
    reconciliation_table,
)
