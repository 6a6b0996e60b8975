"""Each claim of 2016, tested by a declared criterion, then and now."""

from ldn_analysis.questions.claims import cards, pictures
from ldn_analysis.questions.claims.claims import (
    VERDICTS,
    ClaimResult,
    claim_changes,
    claims_table,
    judge,
    run_claims,
)
from ldn_analysis.questions.claims.types import CLAIM_TESTS, RULES, ClaimTest
