"""Every defensible, debatable and wrong analysis of the same trials, and the published reviews among them."""

from . import bars, pictures, reviews, subsets, words
from .pain import PainMultiverse, declared_choices, pain_multiverse, save_multiverse
from .reconciliation import (
    DECISIONS,
    decisions_of,
    published_against_placebo,
    published_pain,
    reconcile,
    reconciliation_table,
)
from .responders import responder_multiverse
