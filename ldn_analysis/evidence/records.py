"""What makes two records the same: numbers of registers, DOI, PubMed number, and at last title and year."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import pandas as pd

from ldn_analysis.evidence.tables import Evidence

__all__ = ["plain_doi", "plain_title", "registry_numbers", "studies_of"]

_NUMBERS = re.compile(
    r"NCT\d{8}|ACTRN\d{14}p?|ISRCTN\d{6,8}|ChiCTR[-A-Z]*\d{8,10}|DRKS\d{8}|IRCT\d{8,20}N\d+|RBR-[0-9a-z]{5,9}"
    r"|CTRI/\d{4}/\d{2,3}/\d{6}|PACTR\d{15,16}|TCTR\d{11}|KCT\d{7}|jRCTs?\d{9,10}|UMIN\d{9}|U1111-\d{4}-\d{4}"
    r"|(?<!\d)20\d\d-5\d{5}-\d\d(?:-\d\d)?(?!\d)|(?<!\d)(?:19|20)\d\d-\d{6}-\d\d(?!\d)",
    re.I,
)
_DOI = re.compile(r"10\.\d{4,9}/\S+")


def registry_numbers(text: str) -> tuple[str, ...]:
    """The numbers of trial registers in a text, in capitals and without repetition (EudraCT as 2019-000702-30)."""
    return tuple(dict.fromkeys(found.upper() for found in _NUMBERS.findall(text)))


def plain_doi(text: str) -> str:
    """The DOI in a text, in small letters and without its address; empty if there is none."""
    found = _DOI.search(text.strip())
    return found[0].rstrip(".,;)>").lower() if found else ""


def plain_title(text: str) -> str:
    """A title by its letters and digits alone: small, without accents, spaces or punctuation."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if letter.isalnum())


def studies_of(ev: Evidence) -> dict[str, str]:
    """The study that a DOI, PubMed number (``pmid:123``) or registry number stands for.

    Several reports have the number of one trial: it stands for the trial's main report.
    """
    known: dict[str, str] = {}
    for row in ev.studies.itertuples():
        if not pd.isna(row.doi):
            known[plain_doi(str(row.doi))] = str(row.study_id)
        if not pd.isna(row.pmid):
            known[f"pmid:{row.pmid}"] = str(row.study_id)
        for number in registry_numbers("" if pd.isna(row.registry) else str(row.registry)):
            known.setdefault(number, str(row.trial_id))
    if "registrations" in ev.tables:
        for row in ev.registrations.dropna(subset="study_id").itertuples():
            for number in _numbers((row.registry_id, row.other_ids)):
                known.setdefault(number, str(row.study_id))
    known.pop("", None)
    return known


def _numbers(cells: Iterable[object]) -> tuple[str, ...]:
    return registry_numbers("; ".join("" if pd.isna(cell) else str(cell) for cell in cells))  # type: ignore[call-overload]
