"""Rules on the choices of the multiverse: known, complete, and the prespecified option defensible."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from ldn_analysis.evidence.integrity import t_of_p
from ldn_analysis.evidence.rules.agreement import arms_of
from ldn_analysis.evidence.rules.facts import Facts, Fault, Key, Table
from ldn_analysis.evidence.rules.registry import impossible, notice
from ldn_analysis.evidence.rules.spreads import sds_of_arm
from ldn_analysis.evidence.vocabulary import hint

OPTIONS = {
    "measure": ("MD", "SMD", "SMD, SD of values"),
    "time": ("primary", "6_months", "12_months"),
    "contrast": ("adjusted", "change", "final", "within_group"),
    "crossover_r": ("implied", "0", "0.3", "0.5", "0.7", "0.9", "parallel"),
    "spread": ("as_printed", "quoted_as_sd", "half_width_as_sd", "se_as_sd"),
    "sign": ("as_printed", "slip"),
    "studies": ("primary", "with_pilot"),
    "tau2_method": ("REML", "PM", "DL", "ML", "EB", "HE", "HS", "SJ", "CE"),
    "inference": ("hksj", "hksj_modified", "t", "z"),
}
"""The options that the analyses can run, by choice."""
MISTAKES = (
    "contrast-within_group",
    "crossover_r-parallel",
    "sign-slip",
    "spread-half_width_as_sd",
    "spread-se_as_sd",
)


@impossible("multiverse_choices")
def options_known(table: Table) -> Iterator[Fault]:
    """An option that no analysis can run, with a key of another option, or with the label of one."""
    keys = table.text("multiverse_choice_id")
    named = zip(table.keys("choice", "option"), map(_words, table.text("label")), strict=True)
    labels: dict[Key, set[str]] = dict(named)
    for row, (choice, option) in enumerate(table.keys("choice", "option")):
        options = OPTIONS.get(choice, ())
        if options and option not in options:
            yield row, "option", f"must be one of {', '.join(options)}{hint(option, options)}"
        plain = re.sub(r"[^A-Za-z0-9_.]+", "-", option)
        if options and keys[row] != f"{choice}-{plain}":
            yield row, "multiverse_choice_id", f"the key of this option is {choice}-{plain}"
        label, own = labels[choice, option], _alone(choice, option)
        for other in (other for other in options if other != option and not own & label):
            theirs, taken = _alone(choice, other), labels.get((choice, other), set())
            # A label may name another option beside its own words, in brackets or with 'not'.
            plainly = _words(re.sub(r"\(.*?\)|\bnot\b.*", "", table.text("label")[row]))
            exchanged = own & taken or label == taken or theirs <= plainly
            if theirs and theirs <= label and exchanged:
                yield row, "label", f"has the words of {other!r} and none of its own: exchanged?"
                break


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+|\d+(?:\.\d+)?", text.casefold()))


def _alone(choice: str, option: str) -> set[str]:
    """Words of an option that no other one of its choice has."""
    others = (_words(other) for other in OPTIONS.get(choice, ()) if other != option)
    return _words(option).difference(*others)


@impossible("multiverse_choices")
def options_complete(table: Table) -> Iterator[Fault]:
    """A choice whose options are not all judged."""
    there = set(table.keys("choice", "option"))
    last = {choice: row for row, choice in enumerate(table.text("choice"))}
    for choice, options in OPTIONS.items() if len(table) else ():
        missing = [option for option in options if (choice, option) not in there]
        if missing:
            row = last.get(choice, len(table) - 1)
            yield row, "option", f"{choice} lacks {', '.join(missing)}"


@impossible("multiverse_choices")
def prespecified_defensible(table: Table) -> Iterator[Fault]:
    """A prespecified option (the first of its choice) that is not defensible, another one first, or a number
    read for another that is called defensible."""
    defensible = table.mask("kind", "defensible")
    mistaken = defensible & table.mask("multiverse_choice_id", *MISTAKES)
    reason = "takes a number for what it is not: an error, or debatable at most"
    yield from table.hits(mistaken, "kind", reason)
    for (choice,), (first, *_) in table.groups("choice").items():
        prespecified = OPTIONS.get(choice, ("",))[0]
        if not defensible[first]:
            yield first, "kind", "the first option of a choice is the prespecified one"
        if prespecified and table.text("option")[first] != prespecified:
            yield first, "option", f"the prespecified option, {prespecified}, comes first"
    for row, title in table.differing("title", "choice"):
        yield row, "title", f"the choice is called {title!r} in its first row"


NEAR = 0.15
"""How far a correlation may lie from the one that a p value implies, to be called close to it."""
OF_P = re.compile(r"^(?:(close to)|contradicts) what the paper's p value implies", re.I)


def _implied(facts: Facts) -> list[float]:
    """The correlation of the conditions of each crossover in pain that its p value and two SDs imply."""
    table, implied = facts["outcomes"], []
    value, n, p = (table.number(name) for name in ("value", "n", "p_value"))
    paired = table.mask("statistic", "paired difference") & table.mask("domain", "pain")
    for row in (paired & (n > 1) & (p > 0) & (p < 1) & ~table.filled("p_value_from")).nonzero()[0].tolist():
        spreads = [sds_of_arm(table, arm) for arm in arms_of(facts, row, "mean") or ()]
        if spreads and all(spreads):
            a, b = (min(sds.values()) for sds in spreads)
            of_differences = abs(value[row]) / t_of_p(p[row], n[row] - 1) * math.sqrt(n[row])
            implied.append(float(a**2 + b**2 - of_differences**2) / (2 * a * b))
    return implied


@notice("multiverse_choices")
def correlation_as_said(table: Table, facts: Facts) -> Iterator[Fault]:
    """A correlation that is said to be close to what the p value of the one crossover implies, or to
    contradict it, and is not or does not."""
    implied = _implied(facts)
    for row, (option, reason) in enumerate(table.keys("option", "reason")):
        claimed = OF_P.search(reason)
        if not claimed or len(implied) != 1 or not re.fullmatch(r"\d(\.\d+)?", option):
            continue
        if (abs(float(option) - implied[0]) <= NEAR) != bool(claimed[1]):
            yield row, "reason", f"the p value, as outcomes.csv has it, implies {implied[0]:.2f}"
