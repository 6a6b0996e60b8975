"""Rules on reports: several of one trial agree, and none enters as a trial of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, product

import numpy as np

from ldn_analysis.errors import BoolArray
from ldn_analysis.evidence.records import plain_title, registry_numbers
from ldn_analysis.evidence.rules.facts import Facts, Fault, Hit, Key, Table
from ldn_analysis.evidence.rules.registry import impossible, notice, suspicious
from ldn_analysis.evidence.vocabulary import PRECISIONS

SHARED = ("design_type", "randomised", "blinding", "condition", "sex", "control", "country", "n_randomised",
          "dose_min_mg", "dose_max_mg", "treatment_weeks", "control_weeks")  # fmt: skip


OF_A_PHASE = ("condition", "sex", "country")
EXTENSION = re.compile(r"\b(?:extension|follow-?up)\b", re.I)
"""A later phase of a trial, in the words of its design, if it is longer or of another design than the main
report: it may be open, of fewer, of other doses. Words alone tell of a follow-up of any trial."""


@suspicious("studies")
def reports_agree(table: Table, facts: Facts) -> Iterator[Fault | Hit]:
    """Two reports of one trial that differ in what the trial was, or in the risk of bias of its
    randomisation."""
    at = facts.row_of_study
    mains = [at.get(trial, -1) for trial in table.text("trial_id")]
    weeks, designs = table.number("treatment_weeks"), table.text("design_type")
    phases = table.where("design", EXTENSION.search) & np.array(
        [weeks[row] > weeks[main] or designs[row] != designs[main] for row, main in enumerate(mains)], bool
    )
    for column in SHARED:
        cells = table.text(column)
        for row, main in enumerate(mains):
            if phases[row] and column not in OF_A_PHASE:
                continue
            if main >= 0 and main != row and cells[row] and cells[main] and cells[row] != cells[main]:
                yield row, column, f"the main report of this trial has {cells[main].removesuffix('.0')!r}"
    # The reports share the randomisation; what is missing, or how pain was measured, may differ between them.
    bias = facts["risk_of_bias"]
    judged, trials = bias.text("judgement"), facts.study_text(bias, "trial_id")
    first: dict[str, int] = {}
    for row in np.flatnonzero(bias.mask("domain", "D1") & ~bias.mask("judgement", "no information")).tolist():
        before = first.setdefault(trials[row], row) if trials[row] else row
        if judged[before] != judged[row]:
            reason = f"{bias.text('study_id')[before]} reports the same trial and has {judged[before]!r}"
            yield Hit(bias.name, row, "judgement", reason)


@impossible("studies")
def trial_is_main(table: Table, facts: Facts) -> Iterator[Fault]:
    """A trial_id that is a further report itself."""
    trials, at = table.text("trial_id"), facts.row_of_study
    for row, trial in enumerate(trials):
        main = at.get(trial)
        if main is not None and trials[main] != trial:
            yield row, "trial_id", f"{trial} is itself a report of {trials[main]}"


def _shared(table: Table, column: str, other: str, reason: str) -> Iterator[Fault]:
    """Rows that share a cell of `column` and differ in `other`."""
    others, labels = table.text(other), table.text("study_id")
    same: dict[str, list[int]] = {}
    for row, cell in enumerate(table.text(column)):
        same.setdefault(cell.casefold(), []).append(row)  # a DOI has no case
    for cell, (first, *further) in same.items():
        for row in further if cell else ():
            if others[row] != others[first]:
                yield row, column, f"{labels[first]} has it too: {reason}"


@suspicious("studies")
def one_trial_a_registration(table: Table, facts: Facts) -> Iterator[Fault]:
    """Two trials with one registration (in any of its numbers), DOI, PubMed number or name in capitals."""
    yield from _shared(table, "registry", "trial_id", "reports of one trial have one trial_id")
    for column in ("doi", "pmid"):
        yield from _shared(table, column, "study_id", "a publication has one row")
    yield from _other_numbers(facts)
    names = [NAME.search(text) for text in table.text("label")]
    first: dict[str, str] = {}
    for row, (name, trial) in enumerate(zip(names, table.text("trial_id"), strict=True)):
        if name and first.setdefault(name[1], trial) != trial:
            yield row, "label", f"{name[1]} is the name of the trial {first[name[1]]}"


DOI = re.compile(r"\b10\.\d{4,9}/\S*[^\s.,;]", re.I)
CITED = re.compile(
    r"^(?!.*\bregist(?:ered|ration)\b)(?=.*\b(?:cit(?:e|es|ed|ing)|letters? (?:by|from|to)|unlike|replicat\w+"
    r"|compar\w+ (?:with|to) (?!LDN|naltrexone|placebo|controls?\b))\b)",
    re.I,
)
"""A sentence that names another trial on purpose, and no registration of its own."""
NAME = re.compile(r"\(([A-Z][A-Z-]{3,})\b")
"""The name of a trial in a label: '(FINAL exploratory)'."""


def _numbers(text: str) -> list[str]:
    """Numbers of registers, and DOIs, in a text."""
    return [*registry_numbers(text), *(doi.casefold() for doi in DOI.findall(text))]


def _other_numbers(facts: Facts) -> Iterator[Fault]:
    """A study that names a registration number of another trial: in its own cell, its design or its notes."""
    table, listed = facts["studies"], facts["registrations"]
    trials, at, registries = table.text("trial_id"), facts.row_of_study, table.text("registry")
    texts = list(zip(map(" ".join, table.keys("registry", "doi")), trials, strict=True))
    registered = listed.keys("study_id", "registry_id", "other_ids")
    texts += [(f"{key} {others}", trials[at[study]]) for study, key, others in registered if study in at]
    owner: dict[str, str] = {}
    for text, trial in texts:
        for number in _numbers(text):
            owner.setdefault(number, trial)
    for column in ("registry", "design", "notes"):
        for row, whole in enumerate(table.text(column)):
            text = ". ".join(part for part in re.split(r"[.;] ", whole) if not CITED.search(part))
            if column == "registry" and registries.count(whole) > 1:
                continue  # the same cell twice is said above
            for number in _numbers(text):
                if owner.get(number, trials[row]) != trials[row]:
                    yield row, column, f"{number} is of the trial {owner[number]}"


Result = tuple[object, ...]
"""A result as it is printed: what it is of, and its numbers."""


def _comparisons(facts: Facts) -> Iterator[tuple[str, int, Result]]:
    """What each trial prints of an outcome: trial, row, and value and number with one precision.

    Of a contrast alone, or of two arms together: one arm's mean may well be another trial's.
    """
    table, trials = facts["outcomes"], facts.study_text(facts["outcomes"], "trial_id")
    printed = [form.columns for form in PRECISIONS.values()]
    numbers = {name: table.number(name).tolist() for name in ("value", "n", *sum(printed, ()))}
    sizes = list(zip(table.text("n_ldn"), table.text("n_placebo"), strict=True))
    groups, domains = table.text("group"), table.text("domain")
    keys = table.keys("study_id", "measure", "unit", "statistic", "week", "period")
    arms: dict[tuple[str, Result, Result], dict[str, list[tuple[int, Result]]]] = {}
    later = (table.number("week") != 0) & ~np.isnan(table.number("value") + table.number("n"))
    for row in np.flatnonzero(later).tolist():
        size, domain = (numbers["value"][row], numbers["n"][row]), domains[row]
        for names in printed:
            cells = tuple(numbers[name][row] for name in names)
            if any(cell != cell for cell in cells):
                continue
            if groups[row] == "ldn-placebo":
                yield trials[row], row, (domain, names, *size, *sizes[row], *cells)
            elif groups[row] in ("ldn", "placebo"):
                of_place = arms.setdefault((domain, names, keys[row]), {"ldn": [], "placebo": []})
                of_place[groups[row]].append((row, (*size, *cells)))
    for (domain, of_arms, _), both in arms.items():  # each dose beside the placebo group that they share
        for (row, ldn), (control, placebo) in product(both["ldn"], both["placebo"]):
            yield trials[row], max(row, control), (domain, of_arms, *ldn, *placebo)


def _sizes(facts: Facts) -> dict[str, set[Result]]:
    """Numbers of people in the two arms by trial, with what is compared, when and at which dose."""
    table, sizes = facts["outcomes"], dict[str, set[Result]]()
    trials, n, groups = facts.study_text(table, "trial_id"), table.text("n"), table.text("group")
    places = table.keys("domain", "week", "dose_mg_per_day")
    for row, both in enumerate(table.keys("n_ldn", "n_placebo")):
        if groups[row] == "ldn-placebo" and n[row]:
            arms = both if all(both) else (n[row], n[row])  # the pairs of a crossover
            sizes.setdefault(trials[row], set()).add((*places[row], *arms))
    for name, of in (("outcomes", "domain"), ("events", "event")):
        table = facts[name]
        trials, n, groups = facts.study_text(table, "trial_id"), table.text("n"), table.text("group")
        places, later = table.keys(of, "week", "dose_mg_per_day"), table.number("week") != 0
        for rows in table.comparisons(later & table.filled("n")).values():
            control = [n[row] for row in rows if groups[row] == "placebo"]
            for row in rows if len(control) == 1 else ():
                if groups[row] == "ldn":
                    sizes.setdefault(trials[row], set()).add((*places[row], n[row], control[0]))
    return sizes


def _values(facts: Facts) -> dict[str, dict[Key, tuple[float, float]]]:
    """Values by trial, and limits of differences, with what they round to."""
    table, trials = facts["outcomes"], facts.study_text(facts["outcomes"], "trial_id")
    keys = table.keys("week", "measure", "unit", "group", "statistic", "dose_mg_per_day", "analysis")
    values: dict[str, dict[Key, tuple[float, float]]] = {}
    for column in ("value", "lower95", "upper95"):
        fits = table.filled(column) & (table.mask("group", "ldn-placebo") | (column == "value"))
        for row in np.flatnonzero(fits).tolist():
            cell = table.printed(column, row)
            values.setdefault(trials[row], {})[(*keys[row], column)] = (cell.value, cell.half)
    return values


EXCHANGED = {"ldn": "placebo", "placebo": "ldn", "lower95": "upper95", "upper95": "lower95"}


def _other_values(facts: Facts, trial: str, other: str) -> bool:
    """Whether two trials differ in a value at the start, or in all of several at the same later week, also
    with the groups of one exchanged."""
    mine, theirs = (facts.once(_values).get(name, {}) for name in (trial, other))
    turned = {}
    for key, (value, half) in theirs.items():
        sign = -1 if "ldn-placebo" in key else 1
        turned[tuple(EXCHANGED.get(str(part), part) for part in key)] = sign * value, half
    at_start, later = [], list[list[bool]]()
    for values in (theirs, turned):
        shared = [(key[0], *mine[key], *values[key]) for key in sorted(mine.keys() & values.keys())]
        digits = [(week, abs(a - b) / (half + rest)) for week, a, half, b, rest in shared]
        at_start.append(any(apart > NEXT for week, apart in digits if week and float(week) == 0))
        later.append([apart > 2 - NEXT for week, apart in digits if not week or float(week) != 0])
    return at_start[0] or (len(later[0]) > 1 and all(map(all, later)))


NEXT = 0.99
"""Two numbers as printed that are one digit apart, for what a sum of halves loses: at the start they are two
values, later still one that was revised."""


def _main_reports(table: Table) -> BoolArray:
    """Where a study is the main report of a randomised trial against placebo."""
    main = np.array([study == trial for study, trial in table.keys("study_id", "trial_id")], dtype=bool)
    return main & table.mask("randomised", "yes") & table.mask("control", "placebo")


def _told_apart(cells: Sequence[str], before: int, row: int) -> bool:
    """Whether two cells say different things; an empty one says nothing."""
    return bool(cells[before] and cells[row]) and cells[before] != cells[row]


def _same_arms(table: Table, facts: Facts) -> Iterator[Fault]:
    """Trials of one design, dose and length with arms of the same sizes at the same week, which neither a
    registration, nor the country, nor a value at the start, nor all those at the same week tell apart."""
    sizes = facts.once(_sizes)
    trials, labels = table.text("trial_id"), table.text("label")
    apart = [table.text(name) for name in ("registry", "country")]
    shape = ("design_type", "condition", "dose_min_mg", "dose_max_mg", "treatment_weeks")
    for rows in table.groups(*shape, where=_main_reports(table)).values():
        for before, row in combinations(rows, 2):
            shared = sizes.get(trials[before], set()) & sizes.get(trials[row], set())
            differ = any(_told_apart(cells, before, row) for cells in apart)
            if shared and not differ and not _other_values(facts, trials[before], trials[row]):
                reason = f"{labels[before]} has arms of the same sizes, and nothing tells the two apart"
                reason += " (as registry, country or values at the start would)"
                yield row, "trial_id", f"{reason}: the same trial?"


@notice("outcomes")
def difference_again(table: Table, facts: Facts) -> Iterator[Fault]:
    """A difference and both its limits, to two decimals, that another trial prints of another number of
    people: was a row copied?"""
    trials, n = facts.study_text(table, "trial_id"), table.number("n")
    fits = table.mask("group", "ldn-placebo") & table.filled("lower95") & table.filled("upper95")
    for first, *others in table.groups("domain", "value", "lower95", "upper95", where=fits).values():
        for row in others:
            fine = table.printed("value", row).half < 0.006
            if fine and trials[row] != trials[first] and n[row] != n[first]:
                reason = f"{trials[first]} prints the same difference and limits: was a row copied?"
                yield row, "value", reason


@suspicious("studies", "outcomes")
def same_numbers_twice(table: Table, facts: Facts) -> Iterator[Fault]:
    """A comparison that another trial prints in the same numbers, rounded or not, or arms of the same sizes
    in two trials that nothing tells apart: is it one trial?"""
    if table.name == "studies":
        yield from _same_arms(table, facts)
        return
    first: dict[Result, tuple[str, int]] = {}
    reported: set[int] = set()

    def hit(trial: str, row: int, other: str, before: int) -> Iterator[Fault]:
        if other != trial and max(row, before) not in reported:
            reported.add(max(row, before))
            first_of = other if before < row else trial
            yield max(row, before), "value", f"{first_of} prints the same numbers: is this the same trial?"

    rounded: dict[Result, list[tuple[str, int, list[tuple[float, float]]]]] = {}
    for trial, row, result in _comparisons(facts):
        yield from hit(trial, row, *first.setdefault(result, (trial, row)))
        if table.text("group")[row] != "ldn-placebo" or not table.text("lower95")[row]:
            continue
        ends = [_printed_as(table, name, row) for name in ("value", "lower95", "upper95")]
        size = table.text("domain")[row], table.number("n")[row], table.text("n_ldn")[row]
        rows = rounded.setdefault(size, [])
        for other, before, theirs in rows:
            near = zip(ends, theirs, strict=True)  # the one rounds to the other
            if all(abs(a - b) <= max(half, other_half) + 1e-9 for (a, half), (b, other_half) in near):
                yield from hit(trial, row, other, before)
        rows.append((trial, row, ends))


def _printed_as(table: Table, column: str, row: int) -> tuple[float, float]:
    """A cell on 0 to 10 (of a scale that has ends), and half a unit of its last digit."""
    cell = table.printed(column, row)
    width = float(table.number("scale_max")[row] - table.number("scale_min")[row])
    factor = 10 / width if width > 0 else 1.0
    return cell.value * factor, cell.half * factor


FIRST_AUTHOR = re.compile(r"^[^\d(,&]+?(?=\s+(?:et al|and|&)|\s*[\d(,&]|$)")


def _alike(
    table: Table, shape: tuple[str, ...], where: BoolArray, too: Callable[[int, int], bool]
) -> Iterator[tuple[int, str]]:
    """Trials of one shape that no registration tells apart, of which two are alike in something else `too`:
    the later row, and the label of the first that it is like."""
    trials, registries, labels = (table.text(name) for name in ("trial_id", "registry", "label"))
    for rows in table.groups(*shape, where=where).values():
        for at, row in enumerate(rows):
            for before in rows[:at]:
                apart = trials[row] == trials[before] or _told_apart(registries, before, row)
                if not apart and too(before, row):
                    yield row, labels[before]
                    break


def _first_authors(table: Table) -> list[str]:
    matches = (FIRST_AUTHOR.match(label) for label in table.text("label"))
    return [plain_title(match[0]) if match else "" for match in matches]


@notice("studies")
def same_author_again(table: Table) -> Iterator[Fault]:
    """A trial of the same first author, design, dose and length as another: is it one trial?"""
    authors, main = _first_authors(table), table.mask("randomised", "yes") & table.mask("control", "placebo")
    shape = ("design_type", "dose_max_mg", "treatment_weeks", "condition")
    for row, other in _alike(table, shape, main, lambda a, b: authors[a] == authors[b] != ""):
        yield row, "trial_id", f"{other} is of the same author, design, dose and length: the same trial?"


NEAR_YEARS = 3
"""Years between which an interim and a final report of one trial may lie."""


@notice("studies")
def same_shape_again(table: Table) -> Iterator[Fault]:
    """A trial of other authors with the design, country, dose and length of another, at most three years
    apart, neither with a registration that tells them apart: is it one trial?"""
    authors, years = _first_authors(table), table.number("year")
    shape = ("design_type", "country", "condition", "dose_max_mg", "treatment_weeks")
    complete = np.all([table.filled(column) for column in shape], axis=0)

    def near(a: int, b: int) -> bool:
        return bool(abs(years[a] - years[b]) <= NEAR_YEARS) and not authors[a] == authors[b] != ""

    for row, other in _alike(table, shape, _main_reports(table) & complete, near):
        yield row, "trial_id", f"{other} has the same design, country, dose and length: the same trial?"
