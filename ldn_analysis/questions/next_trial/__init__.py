"""The next trial: what would settle the dose? Designs are compared, never recommended."""

from . import pictures, tables, words
from .background import background, design_table, largest_group
from .designs import Arm, Design, chosen_designs
from .dose import guessing, telling_doses
from .individual import rules_compared
from .registered import designs_for, without_design
from .settling import Settling, sizes_by_difference, what_would_settle
from .simulation import adaptive_results, setting
from .size import decision_map, people_for, sizes, tau_sweep
from .worth import beliefs, burden_sweep, check_by_history, parts, predicted, states, worth
