"""Every defensible, debatable and wrong analysis of the same trials, and the published reviews among them."""

from ldn_analysis.questions.multiverse import bars as bars
from ldn_analysis.questions.multiverse import pictures as pictures
from ldn_analysis.questions.multiverse import reviews as reviews
from ldn_analysis.questions.multiverse import subsets as subsets
from ldn_analysis.questions.multiverse import words as words
from ldn_analysis.questions.multiverse.pain import PainMultiverse as PainMultiverse
from ldn_analysis.questions.multiverse.pain import declared_choices as declared_choices
from ldn_analysis.questions.multiverse.pain import pain_multiverse as pain_multiverse
from ldn_analysis.questions.multiverse.pain import save_multiverse as save_multiverse
from ldn_analysis.questions.multiverse.reconciliation import DECISIONS as DECISIONS
from ldn_analysis.questions.multiverse.reconciliation import decisions_of as decisions_of
from ldn_analysis.questions.multiverse.reconciliation import (
    published_against_placebo as published_against_placebo,
)
from ldn_analysis.questions.multiverse.reconciliation import published_pain as published_pain
from ldn_analysis.questions.multiverse.reconciliation import reconcile as reconcile
from ldn_analysis.questions.multiverse.reconciliation import reconciliation_table as reconciliation_table
from ldn_analysis.questions.multiverse.responders import responder_multiverse as responder_multiverse
