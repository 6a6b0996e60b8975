"""Which studies there are, how they were looked for, and what was compared with placebo."""

from ldn_analysis.questions.studies import flow_picture, pictures, words
from ldn_analysis.questions.studies.flow import Flow, agreement, collection, flow, screened_twice, standings
from ldn_analysis.questions.studies.matrices import (
    GROUPS,
    IN_POOL,
    STATES,
    Base,
    bias_judged,
    evidence_base,
    findings_as_read,
    guidance_followed,
    outcome_matrix,
    pain_pool,
    reading_list,
    review_matrix,
    study_table,
)
from ldn_analysis.questions.studies.status import Status, box, status
