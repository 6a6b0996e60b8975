"""Rules on the choices of the multiverse: known, complete, and the prespecified option defensible."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ldn_analysis.evidence.rules.facts import Fault, Table
from ldn_analysis.evidence.rules.registry import impossible
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
    """An option that no analysis can run, or a key of another option."""
    keys = table.text("multiverse_choice_id")
    for row, (choice, option) in enumerate(table.keys("choice", "option")):
        options = OPTIONS.get(choice, ())
        if options and option not in options:
            yield row, "option", f"must be one of {', '.join(options)}{hint(option, options)}"
        plain = re.sub(r"[^A-Za-z0-9_.]+", "-", option)
        if options and keys[row] != f"{choice}-{plain}":
            yield row, "multiverse_choice_id", f"the key of this option is {choice}-{plain}"


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
