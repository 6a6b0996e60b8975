"""Which studies there are, how they were looked for, and what was compared with placebo."""

from ldn_analysis.questions.studies import flow_picture as flow_picture
from ldn_analysis.questions.studies import pictures as pictures
from ldn_analysis.questions.studies import words as words
from ldn_analysis.questions.studies.flow import Flow as Flow
from ldn_analysis.questions.studies.flow import collection as collection
from ldn_analysis.questions.studies.flow import flow as flow
from ldn_analysis.questions.studies.matrices import IN_POOL as IN_POOL
from ldn_analysis.questions.studies.matrices import STATES as STATES
from ldn_analysis.questions.studies.matrices import bias_judged as bias_judged
from ldn_analysis.questions.studies.matrices import guidance_followed as guidance_followed
from ldn_analysis.questions.studies.matrices import outcome_matrix as outcome_matrix
from ldn_analysis.questions.studies.matrices import pain_pool as pain_pool
from ldn_analysis.questions.studies.matrices import reading_list as reading_list
from ldn_analysis.questions.studies.matrices import review_matrix as review_matrix
from ldn_analysis.questions.studies.matrices import study_table as study_table
from ldn_analysis.questions.studies.screening import agreement as agreement
from ldn_analysis.questions.studies.screening import screened_twice as screened_twice
from ldn_analysis.questions.studies.screening import standings as standings
from ldn_analysis.questions.studies.status import Status as Status
from ldn_analysis.questions.studies.status import box as box
from ldn_analysis.questions.studies.status import status as status
