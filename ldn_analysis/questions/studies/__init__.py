"""Which studies there are, how they were looked for, and what was compared with placebo."""

from . import flow_picture, pictures, words
from .flow import Flow, collection, flow
from .matrices import (
    IN_POOL,
    STATES,
    bias_judged,
    guidance_followed,
    outcome_matrix,
    pain_pool,
    reading_list,
    review_matrix,
    study_table,
)
from .screening import agreement, screened_twice, standings
from .status import Status, box, status
