"""The options of ``new-study``: how each is asked for, and the help that the command line shows of it."""

from __future__ import annotations

from typing import Annotated

import typer

ASKED = {
    "label": "Name in tables and figures, such as 'Smith et al. 2027'",
    "year": "Year of publication",
    "design": "parallel or crossover",
    "dose": "Dose, mg a day; of several arms each ('3 4.5'), of one group that rose '1.5 to 4.5'",
    "weeks": "Weeks on the drug when pain was measured",
    "randomised": "Allocated at random: yes or no",
    "blinding": "Blinding as reported, such as double-blind",
    "source": "DOI (without the address), PMID or citation",
    "location": "Where the numbers stand, such as 'Table 2'",
    "how_read": "How you read it: abstract, full text, transcribed, registry, secondary, digitised, derived",
}
"""What every trial must say, and how it is asked for."""

ASKED_TOO = {
    "n_randomised": "People randomised (Enter if not reported)",
    "primary_week": "Week of the primary time point (Enter if none is declared)",
    "risk_of_bias": "Risk of bias: 'D1 low, D2 some concerns, ...' for each domain, or 'not judged'",
}
"""What the reports use, and how it is asked for where somebody can answer."""

StudyId = Annotated[str, typer.Argument(metavar="ID", help="Short name, such as smith2027.")]
Label = Annotated[str | None, typer.Option(help=ASKED["label"])]
Year = Annotated[int | None, typer.Option(help=ASKED["year"])]
Design = Annotated[str | None, typer.Option(help=ASKED["design"])]
Dose = Annotated[str | None, typer.Option(help=ASKED["dose"])]
Weeks = Annotated[str | None, typer.Option(help=ASKED["weeks"])]
Randomised = Annotated[str | None, typer.Option(help=ASKED["randomised"])]
Blinding = Annotated[str | None, typer.Option(help=ASKED["blinding"])]
Source = Annotated[str | None, typer.Option(help=ASKED["source"])]
Location = Annotated[str | None, typer.Option(help=ASKED["location"])]
HowRead = Annotated[str | None, typer.Option(help=ASKED["how_read"])]
Difference = Annotated[
    list[str] | None,
    typer.Option(
        help='"value lower upper", or "value" with --p, "se 0.5", "t -1.5", "f 2.1"; of several '
        'doses each: "3 mg: -0.8 -1.9 0.3"'
    ),
]
N = Annotated[
    str, typer.Option("--n", help='Of the difference: "LDN placebo" (each dose first); of a crossover "n"')
]
P = Annotated[str, typer.Option("--p", help="p of the difference, two-sided: 0.03, <0.05")]
Favours = Annotated[
    str, typer.Option(help="ldn or placebo: which did better, as the source says; of several doses, each")
]
Ldn = Annotated[
    list[str] | None,
    typer.Option(
        help='LDN arm: "n mean sd", "n mean se 0.4", "n mean ci 4 5.6", "n median 4.5 quartiles 3 6" or '
        '"... range 1 9"; several: "3 mg: 29 4.8 2.1", "period 1: ..."'
    ),
]
Placebo = Annotated[list[str] | None, typer.Option(help="Placebo arm, in the same forms")]
Change = Annotated[bool, typer.Option("--change", help="The arms' means are changes from baseline")]
Adjusted = Annotated[bool, typer.Option("--adjusted", help="The difference comes from a mixed model")]
Ancova = Annotated[bool, typer.Option("--ancova", help="The difference comes from an ANCOVA")]
Final = Annotated[bool, typer.Option("--final", help="The difference is one of final values")]
Instrument = Annotated[str, typer.Option(help="Instrument, as in measures.csv")]
Unit = Annotated[str, typer.Option(help="points, mm, cm or percent (reduction from baseline)")]
Scale = Annotated[str, typer.Option(help='"lowest highest"; that of measures.csv if left out')]
Better = Annotated[str, typer.Option(help="lower or higher; as in measures.csv if left out")]
CrossoverR = Annotated[
    float | None, typer.Option(help="Of a crossover's conditions: the analyst's, for the preview alone")
]
NRandomised = Annotated[str, typer.Option(help="People randomised")]
PrimaryWeek = Annotated[str, typer.Option(help="Week of the primary time point")]
RiskOfBias = Annotated[
    str, typer.Option(help='"D1 low, D2 some concerns, ..." (overall: the worst), or "not judged"')
]
Basis = Annotated[str, typer.Option(help="What the judgements rest on")]
Schedule = Annotated[
    str,
    typer.Option(help="How the dose was given, such as 'titrated by 1.5 mg a week to 4.5 mg, held 9 weeks'"),
]
ControlWeeks = Annotated[str, typer.Option(help="Weeks of the placebo condition")]
Sex = Annotated[str, typer.Option(help="female, male or both")]
Country = Annotated[str, typer.Option(help="Country")]
Notes = Annotated[str, typer.Option(help="What else is known, and what is not")]
StudySet = Annotated[
    str, typer.Option("--set", help="primary, with_pilot, all_randomised or excluded; needs --reason")
]
Reason = Annotated[str, typer.Option(help="Why it belongs to that set")]
Baseline = Annotated[str, typer.Option(help='Everybody at the start: "mean sd" (or "mean")')]
Events = Annotated[
    list[str] | None,
    typer.Option(
        help='Counts: "name: 12 29 6 29" (LDN, then placebo: events, people), "41% 29 21% 29", '
        '"60/480 29 30/480 29" (events/person-weeks), "12 28 6 28 both 4" (the same people), '
        '"period 1: name: ..." (of one period of a crossover); repeatable'
    ),
]
Analysis = Annotated[str, typer.Option(help="Of the counts: intention to treat or complete cases")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only look: write nothing into the data")]
