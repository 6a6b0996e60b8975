"""Figures, tables and sentences from results. Nothing statistical is computed here.

Figures are matplotlib figures of one look (`style`), each with a version for phones; `show` puts one into a
notebook with words for those who cannot see it. `table` and `provenance` make accessible HTML in which a
number leads to its derivation. `sentences` words a result from a reviewed list of phrases.
"""

from ldn_analysis.display import responder_sentences, sentences, style, threshold_sentences
from ldn_analysis.display.claim_cards import claim_cards, claims_sentence
from ldn_analysis.display.claims_pictures import VERDICT_MARKS, claims_then_and_now
from ldn_analysis.display.curves import density, flips, probabilities, sweep
from ldn_analysis.display.dosing_pictures import (
    dose_axis,
    dose_effects,
    occupancy_by_dose,
    occupancy_days,
    reconstructed_doses,
    titration_chances,
)
from ldn_analysis.display.dosing_sentences import dosing_words
from ldn_analysis.display.dosing_tables import (
    assumed_doses,
    binding_conflict,
    compatible_doses,
    occupancy_decline,
    occupancy_over_a_day,
    patient_facts,
    placebo_alone,
    rules_tried,
    rules_under_other_assumptions,
)
from ldn_analysis.display.findings import summary_of_findings
from ldn_analysis.display.forest import MEASURES, cumulative, forest, intervals, leave_one_out, method_name
from ldn_analysis.display.gaps import doses_tested, untested
from ldn_analysis.display.multiverse_bars import tornado, variance_shares, waterfalls
from ldn_analysis.display.multiverse_pictures import responder_curve, specification_curve
from ldn_analysis.display.multiverse_subsets import subset_density
from ldn_analysis.display.multiverse_words import (
    joint_sentence,
    largest_choices,
    multiverse_answer,
    multiverse_made,
    share_words,
)
from ldn_analysis.display.pictures import flow, tested, timeline, traffic_light
from ldn_analysis.display.responder_pictures import (
    chance_of_r2,
    mixture_power_curves,
    needed_scale,
    responder_forest,
    shift_against_observed,
)
from ldn_analysis.display.rows import interval, number
from ldn_analysis.display.safety_pictures import exposure, frequency_left_open, ratios
from ldn_analysis.display.safety_words import harm_sentences
from ldn_analysis.display.show import save, show, to_png, to_svg
from ldn_analysis.display.tables import Table, provenance, table
from ldn_analysis.display.threshold_pictures import correlation_sweep, harvest, own_units
from ldn_analysis.display.trail import Trail

__all__ = [
    "MEASURES",
    "VERDICT_MARKS",
    "Table",
    "Trail",
    "assumed_doses",
    "binding_conflict",
    "chance_of_r2",
    "claim_cards",
    "claims_sentence",
    "claims_then_and_now",
    "compatible_doses",
    "correlation_sweep",
    "cumulative",
    "density",
    "dose_axis",
    "dose_effects",
    "doses_tested",
    "dosing_words",
    "exposure",
    "flips",
    "flow",
    "forest",
    "frequency_left_open",
    "harm_sentences",
    "harvest",
    "interval",
    "intervals",
    "joint_sentence",
    "largest_choices",
    "leave_one_out",
    "method_name",
    "mixture_power_curves",
    "multiverse_answer",
    "multiverse_made",
    "needed_scale",
    "number",
    "occupancy_by_dose",
    "occupancy_days",
    "occupancy_decline",
    "occupancy_over_a_day",
    "own_units",
    "patient_facts",
    "placebo_alone",
    "probabilities",
    "provenance",
    "ratios",
    "reconstructed_doses",
    "responder_curve",
    "responder_forest",
    "responder_sentences",
    "rules_tried",
    "rules_under_other_assumptions",
    "save",
    "sentences",
    "share_words",
    "shift_against_observed",
    "show",
    "specification_curve",
    "style",
    "subset_density",
    "summary_of_findings",
    "sweep",
    "table",
    "tested",
    "threshold_sentences",
    "timeline",
    "titration_chances",
    "to_png",
    "to_svg",
    "tornado",
    "traffic_light",
    "untested",
    "variance_shares",
    "waterfalls",
]
