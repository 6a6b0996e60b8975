"""Guidance that the methods follow: what it is, of what date, where it stands, and what of it we could read.

Docstrings and pages cite a section by its number; version and date stand here, once. A section is cited as
what the formula or rule is known by: that it was checked against the text is said only where it was.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guidance:
    """One source of methods; `doi` is empty where there is none, `read` says what of it we could read."""

    name: str
    title: str
    version: str
    year: str
    where: str
    doi: str
    read: str


def _paper(name: str, subject: str, year: str, doi: str, read: str) -> Guidance:
    return Guidance(name, subject, "", year, doi, doi, read)


_SHORT = "The abstract."
_NOT_READ = "Not read by us."

GUIDANCE = (
    Guidance(
        "Cochrane Handbook",
        "Higgins and others (editors). Cochrane Handbook for Systematic Reviews of Interventions",
        "6.5; chapter 23 of October 2019",
        "2024",
        "training.cochrane.org/handbook",
        "",
        "The opening of chapters 6 and 14 (version 6.4, August 2023), of 10 and of 23. Of version 5.1 (March "
        "2011): an example of a crossover, ten studies a characteristic, and the list of its sections. The "
        "sections cited here could not be read in version 6.",
    ),
    Guidance(
        "Cochrane, random-effects methods",
        "Random-effects meta-analysis methods for intervention reviews",
        "updated May 2025",
        "2025",
        "methods.cochrane.org",
        "",
        "What is recommended, and since when.",
    ),
    _paper("Core GRADE 2", "Target, imprecision", "2025", "10.1136/bmj-2024-081904", _SHORT),
    _paper("Core GRADE 3", "Inconsistency", "2025", "10.1136/bmj-2024-081905", _SHORT),
    _paper("Core GRADE 4", "Risk of bias", "2025", "10.1136/bmj-2024-083864", _SHORT),
    _paper("GRADE guidelines 6", "Imprecision", "2011", "10.1016/j.jclinepi.2011.01.012", _NOT_READ),
    _paper("GRADE guidelines 12", "Summaries of counts", "2013", "10.1016/j.jclinepi.2012.01.012", _SHORT),
    _paper("GRADE guidelines 26", "Words for findings", "2020", "10.1016/j.jclinepi.2019.10.014", _SHORT),
    _paper("GRADE guidance 35", "More than one level off", "2022", "10.1016/j.jclinepi.2022.07.015", _SHORT),
    _paper("RoB 2", "Risk of bias in randomised trials", "2019", "10.1136/bmj.l4898", _NOT_READ),
    _paper("ROB-ME", "Risk of bias by missing evidence", "2023", "10.1136/bmj-2023-076754", _SHORT),
    _paper("PRISMA 2020", "Reporting of reviews", "2021", "10.1136/bmj.n71", "The list of items."),
    _paper(
        "PRISMA-LSR",
        "The same, for living reviews",
        "2024",
        "10.1136/bmj-2024-079183",
        "The abstract and the list of items.",
    ),
)
"""In the order of what is cited most."""


def handbook(*sections: str) -> str:
    """A citation of the Cochrane Handbook for a page: ``Cochrane Handbook, section 6.5.2.3``."""
    return f"Cochrane Handbook, section{'s' if len(sections) > 1 else ''} {' and '.join(sections)}"
