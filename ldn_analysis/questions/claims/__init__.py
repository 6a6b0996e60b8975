"""Each claim of 2016, tested by a declared criterion, then and now."""

from ldn_analysis.questions.claims import cards as cards
from ldn_analysis.questions.claims import pictures as pictures
from ldn_analysis.questions.claims.claims import VERDICTS as VERDICTS
from ldn_analysis.questions.claims.claims import ClaimResult as ClaimResult
from ldn_analysis.questions.claims.claims import claim_changes as claim_changes
from ldn_analysis.questions.claims.claims import claims_table as claims_table
from ldn_analysis.questions.claims.claims import judge as judge
from ldn_analysis.questions.claims.claims import run_claims as run_claims
from ldn_analysis.questions.claims.types import CLAIM_TESTS as CLAIM_TESTS
from ldn_analysis.questions.claims.types import RULES as RULES
from ldn_analysis.questions.claims.types import ClaimTest as ClaimTest
