"""A rule on what a row's place says in words: another form of reporting, or other numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ldn_analysis.evidence.rules.clauses import AT_95, IN_WORDS, NOTES, OTHER_LEVEL, number_of
from ldn_analysis.evidence.rules.directions import sides_of_locations
from ldn_analysis.evidence.rules.facts import Facts, Fault, Table
from ldn_analysis.evidence.rules.registry import suspicious
from ldn_analysis.evidence.vocabulary import is_percent_reduction, statistic_kind

ERROR = r"\bSEMs?\b|\bs\.e\.(?:m\.)?|\bstandard errors?\b|[±(] ?SE\b"
BOUND = re.compile(r"\bp ?[<>≤≥] ?(0?\.\d+)", re.I)
ELSEWHERE = (
    r"\b(?:not|no(?!\.)|beside|next|others?|rest)\b"
    r"|\bin (?:the )?(?:text|tables?|fig\w*|suppl\w*|appendix|brackets|parenthes[ei]s|columns?|rows?|last)\b"
)
"""Words with which a location speaks of what the row is not, or of what stands elsewhere."""
SPREAD = r"\bSDs?\b|\bstandard deviations?\b"
TOO = (
    r"|\b(?:given|printed|shown|SEs?|medians?) (?:too|as well)\b|\balso (?:given|printed|shown)\b"
    r"|\b(?:is|are) also\b"
)
"""What a paper prints beside what the row has."""


def _level(table: Table, row: int) -> bool:
    return statistic_kind(table.text("statistic")[row]) == "level"


def _has(column: str) -> Callable[[Table, int], bool]:
    return lambda table, row: bool(table.text(column)[row])


def _by_p_alone(table: Table, row: int) -> bool:
    """Whether nothing but an ordinary p value gives the precision of a difference."""
    other = ("se", "lower95", "t_value", "f_value", "sd", "p_value_from")
    alone = table.text("p_value")[row] and not any(table.text(column)[row] for column in other)
    return bool(alone) and table.text("group")[row] == "ldn-placebo"


def _bound_as_exact(table: Table, row: int) -> bool:
    """Whether an exact p value is the bound that the location prints, or the limit of 'not significant'."""
    p, where = float(table.number("p_value")[row]), table.text("location")[row]
    bounds = [float(bound) for bound in BOUND.findall(where)] or [0.05, 0.1]
    return p in bounds and not table.text("p_bound")[row]


def _percent_as_count(table: Table, row: int) -> bool:
    """Whether a count is a percentage that the location prints, and not of its own people."""
    count, n = f"{table.number('events')[row]:g}", float(table.number("n")[row])
    shares = re.findall(r"(\d+)(?:\.\d+)? ?%", table.text("location")[row])
    thresholds = re.findall(r"\d+", table.text("event")[row])
    return count in shares and count not in thresholds and abs(100 * float(count) / n - float(count)) > 1


def _contrast(table: Table, row: int) -> bool:
    return table.text("group")[row] == "ldn-placebo" and not table.text("effect_size")[row]


@dataclass(frozen=True, slots=True)
class _Form:
    """Words of a location, the column that they contradict, and when: `unless` the words hold these too.

    `step` says what to enter instead."""

    words: re.Pattern[str]
    column: str
    when: Callable[[Table, int], bool]
    unless: re.Pattern[str] | None = None
    step: str = ""


def _form(
    words: str,
    column: str,
    when: Callable[[Table, int], bool] | None = None,
    unless: str = "",
    step: str = "",
) -> _Form:
    pattern = re.compile(words, re.I)
    return _Form(pattern, column, when or _has(column), re.compile(unless, re.I) if unless else None, step)


NO_ROW = "no row can hold that: --set all_randomised lists the trial, with the reason"
ONE_SIDED = r"\bone-?[ -]?(?:sided|tailed)\b"
AT_LEVEL = OTHER_LEVEL + r"|\bintervals? (?:are |is |at |of )+(?:[5-8]\d|90|9[6-9](?:\.\d+)?) ?%"
OF_ALL = (("p_value", re.compile(ONE_SIDED, re.I)), ("lower95", re.compile(AT_LEVEL, re.I)))
OF_THE_PLAN = re.compile(
    r"\bpower|sample size|\bplan|\balpha\b|inferior|\bdoubled\b|\bconverted\b|\bnot\b|\b95 ?%", re.I
)
"""Words of a clause on how a trial was planned, or of what its typed p values and intervals are not."""
COMPLETERS = (
    r"\bper[- ]protocol\b(?![- ](?:specified|defined|planned))|\bPP (?:population|set|analysis)\b"
    r"|\bcompleters?\b|\bobserved[- ]cases?\b|\bcomplete[- ]cases?\b"
)
FORMS = (
    _form(ERROR, "sd", unless=SPREAD + TOO),
    _form(SPREAD, "se", lambda t, r: _has("se")(t, r) and not t.text("sd")[r], unless=ERROR),
    _form(AT_LEVEL, "lower95", unless=r"\b95 ?%", step=AT_95),
    _form(ONE_SIDED, "p_value", unless=r"\bdoubled\b"),
    _form(r"\btrend\b|(?<!no )\binteraction\b|\bBonferroni\b|\bHolm\b|\bFDR\b"
          r"|\b(?:adjusted|corrected) for multipl|\bMann-?\s?Whitney\b|\bWilcoxon\b|\brank\b"
          r"|\bKruskal\b|\bFriedman\b|\bpermutation\b",
          "p_value", _by_p_alone),
    _form(BOUND.pattern + r"|\bn\.?s\.?(?=\W|$)|\b(?:not|non-?) ?significant\b", "p_value", _bound_as_exact,
          unless=r"\bp ?="),
    _form(r"\bF ?\( ?(?:[2-9]|[1-9]\d)\b", "f_value"),
    _form(r"\bgeometric\b|\blog-?\s?transformed\b|\blog scale\b|\bslopes?\b|\bper mg\b|\barea under\b|\bAUC\b"
          r"|\bpoints? (?:per|a) (?:day|week|month)\b", "value",
          lambda t, r: _has("value")(t, r) and not t.text("statistic")[r].startswith("ratio"),
          unless=r"\brandom (?:intercept|slope|effect)", step=NO_ROW),
    _form(r"\bstandardi[sz]ed (?:mean )?difference|\bSMDs?\b|\bCohen|\bHedges\b|\beffect size", "value",
          _contrast, unless=r"(?<!i[sz]ed )(?<!i[sz]ed mean )\bdifference|\bpoints\b", step=NO_ROW),
    _form(r"\bmedians?\b", "statistic",
          lambda t, r: t.text("statistic")[r].startswith("mean"), unless=r"\bmeans?\b" + TOO),
    _form(r"\bdifferences? (?:in|of|between) (?:the )?medians?\b|\bmedian differences?\b|\bHodges\b"
          r"|\bquantile regression\b", "statistic",
          lambda t, r: _contrast(t, r) and not t.text("statistic")[r].startswith("median"),
          unless=r"\bmeans?\b", step="enter the groups' medians and quartiles"),
    _form(r"\bpain relief\b", "measure",
          lambda t, r: _level(t, r) and t.text("better")[r] == "lower"
          and not is_percent_reduction(t.text("unit")[r])),
    _form(r"\bper ?cent(?:age)? (?:change|increase|decrease|improvement|reduction)|% (?:change|increase)",
          "unit", lambda t, r: _has("value")(t, r) and not is_percent_reduction(t.text("unit")[r])
          and statistic_kind(t.text("statistic")[r]) in ("change", "difference"),
          unless=ELSEWHERE + r"|\band\b|\bpoints\b|\bkPa\b|\bkg\b|\babsolute\b"
                             r"|(?:change|ment|tion),? (?:of )?-?\d"),
    _form(r"\btolerances?\b", "measure", lambda t, r: "threshold" in t.text("measure")[r],
          unless=ELSEWHERE + r"|\bthresholds?\b|\b[CHMP]PTh?s?\b"),
    _form(r"\bnon-?responders?\b|\bnon-?response\b", "events",
          lambda t, r: t.text("event")[r].startswith("pain response"),
          unless=r"(?<!non-)\brespon(?:ders?|se)\b|\bmissing\b|\bdrop|\bimput"
                 r"|\blost\b|\bwithdr|\bdiscontinu|\bstopped\b|\bwithout data\b|\b(?:NRI|[BL]OCF)\b|"
                 + ELSEWHERE),
    _form(r"\bmm\b(?! ?/| ?Hg)|\b0 ?(?:-|–|to) ?100\b", "scale_max",
          lambda t, r: t.number("scale_max")[r] == 10, unless=r"\bcm\b|\bconverted\b|\brescaled\b"),
    _form(r"\b0 ?(?:-|–|to) ?10\b(?!0)", "scale_max", lambda t, r: t.number("scale_max")[r] == 100,
          unless=r"\bconverted\b|\brescaled\b"),
    _form(r"\b(?:placebo|control) (?:column\b|(?:arm|group)$)", "group",
          lambda t, r: t.text("group")[r] == "ldn",
          unless=r"\bLDN\b|naltrexone|\bcolumn (?:first|last|on the)\b"),
    _form(r"\b(?:LDN|naltrexone) (?:column\b|(?:arm|group)$)", "group",
          lambda t, r: t.text("group")[r] == "placebo", unless=r"\bplacebo\b|\bcontrol\b"),
    _form(r"\bwithin[- ]group (?:change|difference|comparison|p)\b"
          r"|\bchange from baseline (?:in|with|under|on)(?: the)? (?:LDN|naltrexone|placebo)",
          "group", lambda t, r: t.text("group")[r] == "ldn-placebo",
          unless=r"\bbetween\b|\bminus\b|\bversus\b|\bvs\b|\bcompared\b|\bdifferences?\b.*\bplacebo\b"
                 r"|\bplacebo\b.*\bdifferences?\b|\band (?:the )?(?:placebo|LDN|naltrexone)\b|\bboth\b"),
    _form(r"\d ?%", "events", _percent_as_count),
    _form(COMPLETERS, "analysis",
          lambda t, r: t.text("analysis")[r] == "intention to treat", unless=r"intention|\bITT\b"),
    _form(r"intention[- ]to[- ]treat|\bITT\b", "analysis",
          lambda t, r: t.text("analysis")[r] == "complete cases", unless=r"protocol|complet"),
)  # fmt: skip

NUMBER = r"(-?\d*\.?\d+)"
NAMED = (
    ("outcomes", "iqr", re.compile(rf"\bIQR {NUMBER}(?![\d.]| ?(?:to|-|–|,) ?\d)")),
    ("outcomes", "effect_size", re.compile(rf"\b(?:effect size|d =|d reported as) {NUMBER}")),
    ("outcomes", "n", re.compile(r"\bso n is (\d+)")),
    ("outcomes", "value", re.compile(rf"\br = {NUMBER}")),
    ("pharmacology", "se", re.compile(rf"\bSEM {NUMBER}")),
    ("events", "percent", re.compile(rf"{NUMBER} ?%(?! ?(?:CI|confidence|interval|missing|drop|lost))")),
    ("events", "events", re.compile(r"([\w-]+) \(\d[\d.]* ?%\) of \d+")),
    ("events", "n", re.compile(r"[\w-]+ \(\d[\d.]* ?%\) of (\d+)")),
)
"""Numbers that a location prints with their name, and the column that holds them."""


def _same(table: Table, row: int, column: str, printed: str) -> bool:
    """Whether a cell is a number of its location; r stands for r squared."""
    value = float(table.number(column)[row])
    named = number_of(printed)
    number = value if named is None else named
    if column == "value":
        return (abs(number) - 0.005) ** 2 - 0.01 <= value <= (abs(number) + 0.005) ** 2
    return abs(number - value) < (1.0 if column == "percent" else 1e-9)


def _other_numbers(table: Table) -> Iterator[Fault]:
    """Cells that are none of the numbers which their location prints under that name."""
    for name, column, words in NAMED:
        for row in np.flatnonzero(table.filled(column)).tolist() if name == table.name else ():
            if column == "value" and table.text("statistic")[row] != "r squared":
                continue
            where = table.text("location")[row]
            thresholds = re.findall(r"\d+", table.text("event")[row])  # that of a response is no result
            numbers = [number for number in words.findall(where) if number not in thresholds]
            if numbers and not any(_same(table, row, column, number) for number in numbers):
                yield row, column, f"the location says {where!r}"


WHO = r"(?P<who>LDN|naltrexone|placebo|control)"
OF_GROUP = tuple(
    re.compile(form, re.I)
    for form in (
        rf"\b(?P<count>\d+) ?(?:/|of) ?(?P<n>\d+) (?:\([^)]*\) )?(?:(?:on|under|with|in) )?(?:the )?{WHO}\b",
        rf"\b{WHO}(?: group| arm)?:? (?P<count>\d+) ?(?:/|of) ?(?P<n>\d+)\b",
        rf"(?:^|: )(?P<count>\d+|{'|'.join(['none', *IN_WORDS])})(?P<n>) in the {WHO} group(?=[,.;]|$)",
    )
)
"""A count of a group that a location prints: '12/29 LDN', 'placebo 7 of 29', 'one in the placebo group'."""


def _other_counts(table: Table) -> Iterator[Fault]:
    """Counts that are none of those, nor the people, which their location prints of their group."""
    groups, counts, n = table.text("group"), table.number("events"), table.number("n")
    for row, where in enumerate(table.text("location")):
        printed = {
            0.0 if match["count"].lower() == "none" else number_of(match["count"])
            for form in OF_GROUP
            for match in form.finditer(where)
            if float(match["n"] or n[row]) == n[row]
            and (match["who"].lower() in ("ldn", "naltrexone")) == (groups[row] == "ldn")
        }
        if counts[row] >= 0 and printed and not {counts[row], n[row]} & printed:
            yield row, "events", f"the location says {where!r}"


RESPONDED = re.compile(
    r"\b(\d+) of (\d+)(?: evaluable)? responded\b(?! to (?:the|a|our) (?:survey|quest|letter))", re.I
)


def _other_in_notes(table: Table, facts: Facts) -> Iterator[Fault]:
    """Counts of a study of one group that are not those of its notes: responders, or people who stopped for
    what the definition names."""
    alone = facts.study_mask(table, "control", "none") & (table.number("events") >= 0)
    notes, counts, n = facts.study_text(table, "notes"), table.number("events"), table.number("n")
    events, words = table.text("event"), table.text("definition")
    for row in np.flatnonzero(alone).tolist():
        noted = [match[1] for match in RESPONDED.finditer(notes[row]) if float(match[2]) == n[row]]
        if not events[row].endswith(" response"):
            stopped = events[row].startswith("stopped") and words[row]
            noted = re.findall(rf"\b(\w+) for {re.escape(words[row])}\b", notes[row]) if stopped else []
        numbers = [number_of(word) for word in noted]
        if numbers and counts[row] not in (*numbers, None) and None not in numbers:
            yield row, "events", f"the notes of the study say {noted[0]}"


@suspicious("outcomes", "events", "pharmacology")
def form_of_location(table: Table, facts: Facts) -> Iterator[Fault]:
    """A form of reporting, a number, or the side of a difference, that the location contradicts, or the notes
    of the study."""
    yield from _other_numbers(table)
    if table.name == "events":
        yield from _other_counts(table)
        yield from _other_in_notes(table, facts)
    if table.name == "outcomes":
        yield from sides_of_locations(table, facts)
        yield from _unlike_notes(table, facts)
    for row, where in enumerate(table.text("location") if table.has("group") else ()):  # results alone
        for form in FORMS:
            if not form.words.search(where) or not table.has(form.column):
                continue
            if form.when(table, row) and not (form.unless and form.unless.search(where)):
                yield row, form.column, f"the location says {where!r}" + (form.step and f": {form.step}")
                break


def _unlike_notes(table: Table, facts: Facts) -> Iterator[Fault]:
    """Differences that have a number of which the notes of their study say that none is printed."""
    notes = facts.study_text(table, "notes")
    for row in np.flatnonzero(table.mask("group", "ldn-placebo")).tolist():
        for column, words in OF_ALL:
            match = words.search(notes[row])
            if not match or not table.text(column)[row]:
                continue
            clause = NOTES.split(notes[row][: match.start()])[-1]
            if not OF_THE_PLAN.search(clause + notes[row][match.start() :]):
                yield row, column, f"the notes of the study say {match[0]!r}"
