"""Each claim of 2016, tested by a declared criterion, then and now."""

from . import cards, pictures
from .claims import VERDICTS, ClaimResult, claim_changes, claims_table, judge, run_claims
from .types import CLAIM_TESTS, RULES, ClaimTest
