"""The next trial: what would settle the dose? Designs are compared, never recommended."""

from ldn_analysis.questions.next_trial import pictures, tables, words
from ldn_analysis.questions.next_trial.background import background, design_table, largest_group
from ldn_analysis.questions.next_trial.designs import Arm, Design, chosen_designs
from ldn_analysis.questions.next_trial.dose import guessing, telling_doses
from ldn_analysis.questions.next_trial.registered import designs_for, without_design
from ldn_analysis.questions.next_trial.settling import (
    Settling,
    rules_compared,
    sizes_by_difference,
    what_would_settle,
)
from ldn_analysis.questions.next_trial.simulation import adaptive_results, setting
from ldn_analysis.questions.next_trial.size import decision_map, people_for, sizes, tau_sweep
from ldn_analysis.questions.next_trial.worth import (
    beliefs,
    burden_sweep,
    check_by_history,
    parts,
    states,
    worth,
)
