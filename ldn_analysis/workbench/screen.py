"""Screen records: who has what to decide, decisions as rows that stay, and how far two people agree."""

from __future__ import annotations

import datetime as dt
import math
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ldn_analysis.errors import InputError, one_of
from ldn_analysis.evidence import data_folder, studies_of
from ldn_analysis.evidence import load as load_evidence
from ldn_analysis.questions.studies.flow import study_of_record
from ldn_analysis.questions.studies.screening import STAGES, agreement, latest, standings
from ldn_analysis.workbench.rows import add_rows, alone

if TYPE_CHECKING:
    import pandas as pd

    from ldn_analysis.evidence import Evidence

DECISIONS = ("in", "out", "later")
_INITIALS = re.compile(r"[A-Z]{2,4}")


def reasons(ev: Evidence) -> tuple[str, ...]:
    """The reasons for which a record may be out, as the schema lists them."""
    fields = ev.package.resources["decisions"].fields
    return next(field.enum for field in fields if field.name == "reason")


def shown(record: pd.Series) -> str:
    """A record for the eyes of a screener: title, who, where, numbers; and what it seems to repeat."""

    def cell(name: str) -> str:
        return "" if record[name] != record[name] else str(record[name])

    where = ", ".join(filter(None, (cell("journal"), cell("published"))))
    numbers = "; ".join(filter(None, (
        cell("registry_ids"), f"doi {cell('doi')}" if cell("doi") else "",
        f"PubMed {cell('pmid')}" if cell("pmid") else "",
    )))  # fmt: skip
    seems = f"Seems to be {cell('same_as')} once more, by {cell('same_by')}." if cell("same_as") else ""
    lines = (cell("title"), cell("authors"), where, numbers, cell("status"), cell("primary_outcome"), seems)
    return "\n".join(line for line in lines if line)


@dataclass(slots=True)
class Screening:
    """One person's work on the records, at one stage.

    Parameters
    ----------
    screener : initials, two to four capitals.
    stage : ``title and abstract`` or ``full text``.
    folder : the data, as in `evidence.load`.
    today : for the day of a decision; the machine's by default.
    """

    screener: str
    stage: str = STAGES[0]
    folder: Path | None = None
    today: Callable[[], dt.date] = dt.date.today

    def __post_init__(self) -> None:
        if not _INITIALS.fullmatch(self.screener):
            raise InputError(
                f"initials are {self.screener!r}: must be two to four capital letters, such as AB"
            )
        one_of("stage", self.stage, STAGES)
        if not {"records", "decisions"} <= set(self.evidence().tables):
            raise InputError("the data have no tables of records and decisions (records.csv, decisions.csv)")

    def evidence(self) -> Evidence:
        return load_evidence(self.folder)

    def waiting(self, ev: Evidence | None = None) -> pd.DataFrame:
        """Records that this person has to decide: undecided first, then those put off."""
        ev = ev or self.evidence()
        first = standings(ev.decisions, STAGES[0])
        records = ev.records
        if self.stage == STAGES[1]:
            chosen = [one for one in records["record_id"] if one in first and first[one].state == "in"]
            records = records[records["record_id"].isin(chosen)]
        else:
            records = records[records["same_as"].isna() | (records["same_by"] == "title and year")]
        mine = latest(ev.decisions)
        mine = mine[(mine["stage"] == self.stage) & (mine["screener"] == self.screener)]
        done = set(mine.loc[mine["decision"] != "later", "record_id"])
        put_off = set(mine["record_id"]) - done
        left = records[~records["record_id"].isin(done)]
        order = left["record_id"].isin(put_off).to_numpy()
        return left.iloc[order.argsort(kind="stable")].reset_index(drop=True)

    def decide(self, record_id: str, decision: str, reason: str = "", notes: str = "") -> None:
        """Append a decision, dated today; an earlier one of the same person stays in the file.

        Raises
        ------
        InputError : the decision or the reason is none, or there is no such record.
        """
        one_of("decision", decision, DECISIONS)
        where = data_folder(self.folder)
        with alone(where):
            ev = load_evidence(where)
            if record_id not in set(ev.records["record_id"]):
                raise InputError(f"record is {record_id!r}: not a record_id of records.csv")
            if decision == "out":
                one_of("reason", reason, reasons(ev))
            elif reason:
                raise InputError(f"reason is {reason!r}: only a record that is out has a reason")
            own = ev.decisions
            number = 1 + int(((own["record_id"] == record_id) & (own["screener"] == self.screener)).sum())
            row = {
                "decision_id": f"{record_id}-{self.screener}-{number}",
                "record_id": record_id,
                "stage": self.stage,
                "screener": self.screener,
                "decided_on": self.today().isoformat(),
                "decision": decision,
                "reason": reason,
                "notes": " ".join(notes.split()),
            }
            add_rows(where, {"decisions.csv": [row]})

    def report(self) -> list[str]:
        """How far each pair agrees, on what they disagree, and what to do with what is included."""
        ev = self.evidence()
        titles = ev.records.set_index("record_id")["title"]
        lines = []
        for one in agreement(ev.decisions, self.stage):
            kappa = "not defined (one answer throughout)" if math.isnan(one.kappa) else f"{one.kappa:.2f}"
            who = " and ".join(one.screeners)
            lines.append(f"{who}: agree on {one.agreed} of {one.n} records, kappa {kappa}")
            lines += [f"  disagree on {record}: {titles[record]}" for record in one.differ]
        if not lines:
            lines.append(f"{self.stage}: no record has been decided by two people")
        known = studies_of(ev)
        read = standings(ev.decisions, STAGES[1])
        for _, row in ev.records.iterrows():
            record = str(row["record_id"])
            if record in read and read[record].state == "in" and not study_of_record(known, row):
                lines.append(f"included, not in the data yet: {record}: {row['title']}")
                lines.append(f"  {_new_study(row)}")
        return lines


def _new_study(row: pd.Series) -> str:
    """The command that enters an included record, with what is known of it."""
    cell = {
        name: "" if row[name] != row[name] else str(row[name])
        for name in ("authors", "published", "doi", "pmid")
    }
    first = (
        re.sub(r"[^a-z]", "", cell["authors"].split(";")[0].split(",")[0].split(" ")[0].lower()) or "study"
    )
    year = cell["published"][:4]
    words = ["python", "-m", "ldn_analysis", "new-study", f"{first}{year}"]
    if year:
        words += ["--year", year]
    source = cell["doi"] or (f"PMID {cell['pmid']}" if cell["pmid"] else "")
    return shlex.join([*words, "--source", source] if source else words)
