"""Rules on risk of bias: the tool fits the design, its domains are complete, the overall follows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ldn_analysis.evidence.rules.clauses import IN_WORDS, undenied
from ldn_analysis.evidence.rules.facts import Facts, Fault, Table
from ldn_analysis.evidence.rules.registry import impossible, suspicious
from ldn_analysis.evidence.vocabulary import BIAS_DOMAINS, BIAS_JUDGEMENTS, BIAS_NAMES, worst_judgement


@impossible("risk_of_bias")
def tool_fits_design(table: Table, facts: Facts) -> Iterator[Fault]:
    """A risk-of-bias tool for another design."""
    designs, randomised = facts.study_text(table, "design_type"), facts.study_text(table, "randomised")
    for row, variant in enumerate(table.text("variant")):
        if not designs[row]:
            continue
        fitting = f"RoB 2 {designs[row]}" if randomised[row] == "yes" else "does not apply"
        if variant != fitting and fitting in BIAS_DOMAINS:
            yield row, "variant", f"the study is {designs[row]}, randomised {randomised[row]}: {fitting!r}"


@impossible("risk_of_bias")
def domains_of_tool(table: Table) -> Iterator[Fault]:
    """A domain that the tool does not have, a missing domain, a domain under another name."""
    variants, domains, names = (table.text(column) for column in ("variant", "domain", "domain_name"))
    for row, domain in enumerate(domains):
        if variants[row] in BIAS_DOMAINS and domain not in BIAS_DOMAINS[variants[row]]:
            yield row, "domain", f"{variants[row]!r} has no such domain"
        if domain in BIAS_NAMES and names[row] != BIAS_NAMES[domain]:
            yield row, "domain_name", f"{domain} is {BIAS_NAMES[domain]!r}"
    for row, other in table.differing("variant", "study_id", "outcome"):
        yield row, "variant", f"another row of this study has {other!r}"
    for rows in table.groups("study_id", "outcome").values():
        there = {domains[row] for row in rows}
        missing = [name for name in BIAS_DOMAINS.get(variants[rows[0]], ()) if name not in there]
        if missing:
            yield rows[0], "domain", f"this study has no row for {', '.join(missing)}"


NAMED = re.compile(rf"(?:\b({'|'.join(IN_WORDS)}) domains? [a-z]+ )?\b(high|some concerns) \(([^)]*)\)")
"""How many domains the basis of an overall judgement says and which it names, with their judgement."""


COUNTED = re.compile(
    rf"(?<!at least )(?<!at most )(?<!more than )(?<!fewer than )\b({'|'.join(IN_WORDS)})"
    rf"(?: domains?| others?)? (?:is |are |raises? )?(high|low|some concerns|could not be judged)\b(?!-)"
)
"""How many domains the basis of an overall judgement counts of a judgement."""
LISTED = re.compile(rf"(?:^|, and |, | and )({'|'.join(BIAS_NAMES.values())})(?=, | and |$)")
"""A domain in a list of them; the name of one holds an 'and'."""


MANY = re.compile(r"\b(?:lower|reduc|weaken)\w*\b[^.;]*\bconfidence\b(?! (?:interval|limit))", re.I)
"""How RoB 2 has it where some concerns in several domains make a result one of high risk: they lower the
confidence in it substantially."""


@suspicious("risk_of_bias")
def overall_follows(table: Table) -> Iterator[Fault]:
    """An overall judgement that is not the worst of the domains, nor high for some concerns in several that
    lower the confidence in the result, or whose basis names one that is not, or counts others."""
    domains, judged = table.text("domain"), table.text("judgement")
    misplaced = table.mask("judgement", "not applicable") != table.mask("variant", "does not apply")
    reason = "'not applicable' belongs to a study to which the tool does not apply, and only there"
    yield from table.hits(misplaced, "judgement", reason)
    for rows in table.groups("study_id", "outcome").values():
        of_domains = [(domains[row], judged[row]) for row in rows if domains[row] != "overall"]
        levels = [level for _, level in of_domains]
        worst = worst_judgement(levels)
        for row in (row for row in rows if domains[row] == "overall"):
            basis, several = table.text("basis")[row], levels.count("some concerns") > 1
            raised = judged[row] == "high" and several and MANY.search(basis)
            if worst and judged[row] in BIAS_JUDGEMENTS and judged[row] != worst and not raised:
                yield row, "judgement", f"the worst domain is {worst!r}"
            for reason in _unlike_domains(basis.lower(), of_domains):
                yield row, "basis", reason


def _unlike_domains(basis: str, of_domains: list[tuple[str, str]]) -> Iterator[str]:
    """What the basis of an overall judgement names or counts otherwise than the domains are judged."""
    for many, level, words in NAMED.findall(basis):
        names = set(LISTED.findall(words))
        if many and not LISTED.sub("", words) and IN_WORDS[many] != len(names):
            yield f"says {many} and names {len(names)}"
        others = names - {BIAS_NAMES.get(domain) for domain, judged in of_domains if judged == level}
        if others:
            yield f"{', '.join(sorted(others))} is not judged {level!r} in its own row"
    for many, level in COUNTED.findall(basis):
        level = level if level in BIAS_JUDGEMENTS else "no information"
        so = sum(judged == level for _, judged in of_domains)
        if so != IN_WORDS[many]:
            yield f"counts {many} as {level!r}; {so} {'is' if so == 1 else 'are'} so in their rows"


READ_IN = (
    (
        "registry",
        re.compile(r"\bRegistered (?!and)|\bRegistry (?=\d)|\((?:the )?registry\)|\bregistry and\b"),
    ),
    ("news report", re.compile(r"\bnews report\b", re.I)),
    ("protocol", re.compile(r"\bin the protocol\b|\bprotocol published\b", re.I)),
)
"""Where a basis says that it was read, as how_read has it."""


@suspicious("risk_of_bias")
def basis_read_there(table: Table, facts: Facts) -> Iterator[Fault]:
    """A judgement read in the full text of a study that we did not read there, or whose basis names a source
    that how_read lacks."""
    studies = facts.study_text(table, "how_read")
    for row, (basis, how) in enumerate(table.keys("basis", "how_read")):
        if "full text" in how and studies[row] and "full text" not in studies[row]:
            yield row, "how_read", f"the study was read as {studies[row]!r}"
        for source, words in READ_IN:
            if source not in how and "full text" not in how and (match := undenied(words, basis)):
                yield row, "how_read", f"lacks {source!r}; the basis says {match[0].strip()!r}"


QUOTED = re.compile(r'"([^"]*\d[^"]*)"')
NUMBERS = re.compile(r"\d+(?:\.\d+)?")
FEWEST_WORDS = 3
"""A quotation of so few words may be of another source."""


@suspicious("risk_of_bias")
def quotation_agrees(table: Table, facts: Facts) -> Iterator[Fault]:
    """A quotation of the notes of the study with one number other than they have."""
    notes_of = facts.study_text(table, "notes")
    for row, basis in enumerate(table.text("basis")):
        for words in QUOTED.findall(basis):
            if len(words.split()) <= FEWEST_WORDS or words in notes_of[row]:
                continue
            own = NUMBERS.findall(words)
            alike = "(" + NUMBERS.pattern + ")"
            same_words = re.search(alike.join(map(re.escape, NUMBERS.split(words))), notes_of[row])
            if same_words and sum(a != b for a, b in zip(own, same_words.groups(), strict=True)) == 1:
                yield row, "basis", f"the notes of the study have other numbers than {words!r}"
