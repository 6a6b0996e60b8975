"""What an analyst does beyond reading: add a trial, compare two scenarios, take results elsewhere."""

from .compare import Comparison, compare
from .contents import Contents, contents
from .export import csv_text, export, metafor_table, revman_table
from .new_study import Preview, Trial, add_trial
from .pain import PainAnalysis, analyse, scenario_choices

__all__ = [
    "Comparison",
    "Contents",
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
