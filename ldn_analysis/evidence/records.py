"""What makes two records the same: numbers of registers, DOI, PubMed number, and at last title and year."""

from __future__ import annotations

import re
import unicodedata

import pandas as pd

from ldn_analysis.evidence.tables import Evidence

_NUMBERS = re.compile(
    r"NCT\d{8}|ACTRN\d{14}|ISRCTN\d{6,8}|ChiCTR[-A-Z]*\d{8,10}|DRKS\d{8}|IRCT\d{8,20}N\d+|RBR-[0-9a-z]+"
    r"|CTRI/\d{4}/\d{2,3}/\d{6}|PACTR\d{15,16}|TCTR\d{11}|KCT\d{7}|jRCTs?\d{9,10}|UMIN\d{9}|U1111-\d{4}-\d{4}"
    r"|(?<!\d)20\d\d-5\d{5}-\d\d(?:-\d\d)?(?!\d)|(?<!\d)(?:19|20)\d\d-\d{6}-\d\d(?!\d)",
    re.I,
)
CALLED_OFF = re.compile(r"withdrawn|cancell?ed|not authori[sz]ed", re.I)
"""What a register's status says of a trial that was never run."""
NOT_GOING_ON = re.compile(f"{CALLED_OFF.pattern}|terminated|suspended", re.I)
"""The same, and of one that was stopped on its way: it may report still, and is planned no longer."""
DOI = re.compile(r"10\.\d{4,9}/\S+")


def registry_numbers(text: str) -> tuple[str, ...]:
    """The numbers of trial registers in a text, in capitals and without repetition."""
    return tuple(dict.fromkeys(number.upper() for number in _NUMBERS.findall(text)))


def plain_doi(text: str) -> str:
    """The DOI in a text, in small letters and without its address; empty if there is none."""
    doi = DOI.search(text.strip())
    return doi[0].rstrip(".,;)>").lower() if doi else ""


def plain_title(text: str) -> str:
    """A title by its letters and digits alone: small, without accents, spaces or punctuation."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if letter.isalnum())


def unreported(ev: Evidence) -> pd.DataFrame:
    """Registrations of trials without a report: no ``study_id``, and no study states one of their numbers.

    Their rows, with ``never_run``: one that plans nobody, or was called off.
    """
    reported = {number for text in ev.studies["registry"].dropna() for number in registry_numbers(text)}
    texts = ev.registrations["registry_id"] + "; " + ev.registrations["other_ids"].fillna("")
    stated = [not reported.isdisjoint(registry_numbers(text)) for text in texts]
    open_still = ev.registrations["study_id"].isna() & ~pd.Series(stated, ev.registrations.index, dtype=bool)
    table = ev.registrations[open_still].reset_index(drop=True)
    called_off = table["status_as_read"].fillna("").str.contains(CALLED_OFF)
    return table.assign(never_run=(called_off | (table["n_planned"] == 0)).astype(bool))


def studies_of(ev: Evidence) -> dict[str, str]:
    """The study that a DOI, PubMed number (``pmid:123``) or registry number stands for.

    Several reports have the number of one trial: it stands for the trial's main report.
    """
    study_of: dict[str, str] = {}
    for row in ev.printed["studies"].to_dict("records"):
        study_of[plain_doi(row["doi"])] = row["study_id"]
        if row["pmid"]:
            study_of[f"pmid:{row['pmid']}"] = row["study_id"]
        for number in registry_numbers(row["registry"]):
            study_of.setdefault(number, row["trial_id"])
    if "registrations" in ev.printed:
        for row in ev.printed["registrations"].to_dict("records"):
            for number in registry_numbers(f"{row['registry_id']}; {row['other_ids']}"):
                if row["study_id"]:
                    study_of.setdefault(number, row["study_id"])
    study_of.pop("", None)
    return study_of
