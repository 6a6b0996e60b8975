"""Which studies there are, how they were looked for, and what was compared with placebo."""

from ldn_analysis.questions.studies import flow_picture, pictures, words
from ldn_analysis.questions.studies.flow import Flow, collection, flow
from ldn_analysis.questions.studies.screening import agreement, screened_twice, standings
from ldn_analysis.questions.studies.status import Status, box, status

__all__ = [
    "Flow",
    "Status",
    "agreement",
    "box",
    "collection",
    "flow",
    "flow_picture",
    "pictures",
    "screened_twice",
    "standings",
    "status",
    "words",
]
