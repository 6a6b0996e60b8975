"""What an analyst does beyond reading: add a trial, compare two scenarios, take results elsewhere."""

from ldn_analysis.questions.pain.analysis import PainAnalysis, analyse
from ldn_analysis.render.project import scenario_choices
from ldn_analysis.workbench.comparison import Comparison, compare
from ldn_analysis.workbench.exports import csv_text, export, metafor_table, revman_table
from ldn_analysis.workbench.new_study import Preview, Trial, add_trial
from ldn_analysis.workbench.start_page import contents

__all__ = [
    "Comparison",
    "PainAnalysis",
    "Preview",
    "Trial",
    "add_trial",
    "analyse",
    "compare",
    "contents",
    "csv_text",
    "export",
    "metafor_table",
    "revman_table",
    "scenario_choices",
]
