"""What ``new-study`` takes: how each answer is asked for, and the help that the command line shows of it."""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Annotated, Any, get_type_hints

import typer

ASKED = {
    "label": "Name in tables and figures, such as 'Smith et al. 2027'",
    "year": "Year of publication",
    "design": "parallel, crossover or single-arm",
    "dose": "Dose, mg a day; of several arms each ('3 4.5'), of one group that rose '1.5 to 4.5'",
    "weeks": "Weeks on the drug when pain was measured",
    "randomised": "Allocated at random: yes or no",
    "blinding": "Blinding: double-blind (also where more were blind), single-blind or open",
    "source": "DOI (without the address), PMID or citation",
    "location": "Where the numbers stand, such as 'Table 2'",
    "how_read": "How you read it: abstract, full text, transcribed, registry, secondary, digitised, derived",
}
"""What every trial must say, and how it is asked for."""

ASKED_TOO = {
    "n_randomised": "People randomised (Enter if not reported)",
    "primary_week": "Week of the primary time point (Enter if none is declared)",
    "risk_of_bias": "Risk of bias: 'D1 low, D2 some concerns, ...' for each domain (Enter if not judged)",
}
"""What the reports use, and how it is asked for where somebody can answer."""


def _answer(words: str, default: Any = "") -> Any:
    """A field that may stay at its default, with the help of its option."""
    return field(default=default, metadata={"help": words})


@dataclass(frozen=True, slots=True)
class Answers:
    """What a trial is asked, in the order of the help: text as it is typed, empty where it is not.

    Numbers are text, as the source prints them; LDN minus placebo. What a text may be is in `reported`.
    """

    study_id: str = field(metadata={"help": "Short name, such as smith2027."})
    label: str = _answer(ASKED["label"])
    year: str = _answer(ASKED["year"])
    design: str = _answer(ASKED["design"])
    dose: str = _answer(ASKED["dose"])
    weeks: str = _answer(ASKED["weeks"])
    randomised: str = _answer(ASKED["randomised"])
    blinding: str = _answer(ASKED["blinding"])
    source: str = _answer(ASKED["source"])
    location: str = _answer(ASKED["location"])
    how_read: str = _answer(ASKED["how_read"])
    difference: list[str] | None = field(
        default=None,
        metadata={
            "help": '"value lower upper", or "value" with --p, "se 0.5", "t -1.5", "f 2.1"; of several '
            'doses each: "3 mg: -0.8 -1.9 0.3"'
        },
    )
    n: str = _answer('Of the difference: "LDN placebo" (each dose first); of a crossover "n"')
    p: str = _answer("p of the difference, two-sided: 0.03, <0.05")
    favours: str = _answer("ldn or placebo: which did better, as the source says; of several doses, each")
    ldn: list[str] | None = field(
        default=None,
        metadata={
            "help": 'LDN arm: "n mean sd", "n mean se 0.4", "n mean ci 4 5.6", "n median 4.5 quartiles 3 6" '
            'or "... range 1 9"; several: "3 mg: 29 4.8 2.1", "period 1: ..."'
        },
    )
    placebo: list[str] | None = field(default=None, metadata={"help": "Placebo arm, in the same forms"})
    change: bool = _answer("The arms' means are changes from baseline", False)
    adjusted: bool = _answer("The difference comes from a mixed model", False)
    ancova: bool = _answer("The difference comes from an ANCOVA", False)
    final: bool = _answer("The difference is one of final values", False)
    instrument: str = _answer(
        "Instrument of pain, as in measures.csv; one of another outcome goes with --more", "pain NRS"
    )
    unit: str = _answer("points, mm, cm or percent (reduction from baseline)", "points")
    new_instrument: str = _answer(
        "Source (DOI or PMID) of the scale and the direction of an --instrument that measures.csv "
        "does not have; needs --scale and --better"
    )
    scale: str = _answer('"lowest highest"; that of measures.csv if left out')
    better: str = _answer("lower or higher; as in measures.csv if left out")
    control: str = _answer(
        'placebo, "another dose" (then --ldn alone, for each), "another drug", "usual care" or none',
        "placebo",
    )
    condition: str = _answer("Who took part; fibromyalgia if left out")
    report_of: str = _answer(
        "Study that is the main report of the same trial (a later week, an open extension): what is "
        "left out here is as it is there, and at one week its numbers are pooled"
    )
    registry: str = _answer("Number in a register, such as NCT04270877")
    treatment_weeks: str = _answer("Weeks on the drug in all, if pain was measured before its end")
    n_randomised: str = _answer("People randomised")
    primary_week: str = _answer("Week of the primary time point")
    risk_of_bias: str = _answer('"D1 low, D2 some concerns, ..." (overall: the worst), or "not judged"')
    basis: str = _answer("What the judgements rest on")
    schedule: str = _answer(
        "How the dose was given, such as 'titrated by 1.5 mg a week to 4.5 mg, held 9 weeks'"
    )
    control_weeks: str = _answer("Weeks of the placebo condition")
    sex: str = _answer("female, male or both")
    country: str = _answer("Country")
    notes: str = _answer("What else is known, and what is not")
    study_set: str = _answer("primary, with_pilot, all_randomised or excluded; needs --reason")
    reason: str = _answer("Why it belongs to that set")
    baseline: str = _answer('Everybody at the start: "mean sd" (or "mean")')
    events: list[str] | None = field(
        default=None,
        metadata={
            "help": 'Counts: "name: 12 29 6 29" (LDN, then placebo: events, people), "41% 29 21% 29", '
            '"60/480 29 30/480 29" (events/person-weeks), "12 28 6 28 both 4" (the same people), '
            '"9 25" (one group: --control none), '
            '"period 1: name: ..." (of one period of a crossover); repeatable'
        },
    )
    new_event: list[str] | None = field(
        default=None, metadata={"help": "Event of --events that event_types.csv does not have; repeatable"}
    )
    stands: list[str] | None = field(
        default=None,
        metadata={
            "help": '"rule: why" what a rule of the check doubts (its name in brackets) stands; repeatable'
        },
    )
    analysis: str = _answer("intention to treat or complete cases: of the counts, without counts of pain")


_OPTIONS: dict[str, dict[str, str]] = {
    "studies.csv": {
        **{"study_id": "ID", "trial_id": "report_of", "design_type": "design", "n_analysed": "n_randomised"},
        **dict.fromkeys(("dose_mg_per_day", "dose_min_mg", "dose_max_mg"), "dose"),
        **{"dose_schedule": "schedule", "doi": "source", "pmid": "source"},
    },
    "outcomes.csv": {
        **{name: name for name in ("unit", "better", "source", "location", "how_read", "analysis")},
        **dict.fromkeys(("measure", "domain"), "instrument"),
        **{"scale_min": "scale", "scale_max": "scale", "week": "weeks"},
    },
    "events.csv": {"week": "weeks", **{name: name for name in ("source", "location", "analysis")}},
    "study_sets.csv": dict.fromkeys(("study_set_id", "outcome", "from_domain"), "set"),
    "measures.csv": {},
    "event_types.csv": {},
    "risk_of_bias.csv": {"basis": "basis"},
}
"""The option of each column whose own name is none, by file."""
_OF_DIFFERENCE = {"n": "n", "n_ldn": "n", "n_placebo": "n", "p_value": "p", "favours": "favours"}
_OF_GROUP = {"ldn": "ldn", "placebo": "placebo", "ldn-placebo": "difference", "all": "baseline"}


def flag_of(option: str) -> str:
    """How an answer is typed in a command."""
    return {"study_id": "ID", "study_set": "--set"}.get(option, f"--{option.replace('_', '-')}")


def option_of(file: str, column: str, row: Mapping[str, str]) -> str:
    """The option in which a cell of a new row was typed; empty for a file that no option fills."""
    if file not in _OPTIONS:
        return ""
    names = _OPTIONS[file]
    whole = {"events.csv": "events", "risk_of_bias.csv": "risk_of_bias"}
    whole |= {"measures.csv": "new_instrument", "event_types.csv": "new_event"}
    if file == "outcomes.csv":
        names = names | (_OF_DIFFERENCE if row["group"] == "ldn-placebo" else {})
        whole = {file: _OF_GROUP[row["group"]]}
    name = names.get(column) or whole.get(file, column)
    return name if name == "ID" else flag_of(name)


def as_command(answers: Mapping[str, Any]) -> str:
    """The command that gives the same answers, so that none has to be typed again."""
    words = ["python", "-m", "ldn_analysis", "new-study", answers["study_id"]]
    for option in fields(Answers)[1:]:
        value = answers[option.name]
        if value and value != option.default:
            for text in value if isinstance(value, list | tuple) else (value,):
                words += [flag_of(option.name)] if value is True else [flag_of(option.name), str(text)]
    return shlex.join(words)


def takes(answers: type) -> Callable[[Any], Any]:
    """Give a command the fields of a class before its own options; it is called with each by its name."""
    hints = get_type_hints(answers)

    def option(name: str, default: Any, words: str) -> inspect.Parameter:
        if default is MISSING:
            typed, default = typer.Argument(metavar=flag_of(name), help=words), inspect.Parameter.empty
        else:
            typed = typer.Option(flag_of(name), help=words)
        kind, hint = inspect.Parameter.KEYWORD_ONLY, Annotated[hints[name], typed]
        return inspect.Parameter(name, kind, default=default, annotation=hint)

    def signed(command: Any) -> Any:
        named = [option(each.name, each.default, each.metadata["help"]) for each in fields(answers)]
        own = inspect.signature(command, eval_str=True).parameters.values()
        named += [each for each in own if each.kind is not each.VAR_KEYWORD]
        command.__signature__ = inspect.Signature(named)
        return command

    return signed
