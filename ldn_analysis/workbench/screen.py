"""Screen records: who has what to decide, decisions as rows that stay, how far two people agree; and the same
as a form in the Lab."""

from __future__ import annotations

import datetime as dt
import math
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ldn_analysis import html
from ldn_analysis.errors import InputError, one_of
from ldn_analysis.evidence import Evidence, data_folder, studies_of
from ldn_analysis.evidence import load as load_evidence
from ldn_analysis.questions.studies.flow import STAGES, agreement, latest, standings, study_of_record
from ldn_analysis.workbench.rows import Row, added, alone, printed

DECISIONS = ("in", "out", "later")
_INITIALS = re.compile(r"[A-Z]{2,4}")


def reasons(ev: Evidence) -> tuple[str, ...]:
    """The reasons for which a record may be out, as the schema lists them."""
    fields = ev.package.resources["decisions"].fields
    return next(field.enum for field in fields if field.name == "reason")


def shown(record: Row) -> str:
    """A record for the eyes of a screener: title, who, where, numbers; and what it seems to repeat."""

    def part(before: str, name: str, after: str = "") -> str:
        return f"{before}{record[name]}{after}" if record[name] else ""

    where = (record["journal"], record["published"])
    numbers = (record["registry_ids"], part("doi ", "doi"), part("PubMed ", "pmid"))
    seems = part("Seems to be ", "same_as", f" once more, by {record['same_by']}.")
    about = (", ".join(filter(None, where)), "; ".join(filter(None, numbers)), record["status"])
    lines = (record["title"], record["authors"], *about, record["primary_outcome"], seems)
    return "\n".join(filter(None, lines))


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

    def waiting(self, ev: Evidence | None = None) -> list[Row]:
        """Records that this person has to decide: undecided first, then those put off."""
        ev = ev or self.evidence()
        records = printed(ev, "records")
        if self.stage == STAGES[1]:
            earlier = standings(ev.decisions, STAGES[0])
            chosen = {record_id for record_id, standing in earlier.items() if standing.state == "in"}
            records = [record for record in records if record["record_id"] in chosen]
        else:
            records = [row for row in records if not row["same_as"] or row["same_by"] == "title and year"]
        mine = latest(ev.decisions)
        mine = mine[(mine["stage"] == self.stage) & (mine["screener"] == self.screener)]
        decided = dict(zip(mine["record_id"], mine["decision"], strict=True))
        left = [record for record in records if decided.get(record["record_id"], "later") == "later"]
        return sorted(left, key=lambda record: record["record_id"] in decided)

    def decide(self, record_id: str, decision: str, reason: str = "") -> None:
        """Append a decision, dated today; an earlier one of the same person stays in the file.

        Raises
        ------
        EvidenceError : it breaks a rule of the data: of the decision, the reason or the record.
        """
        where = data_folder(self.folder)
        with alone(where):
            ev = load_evidence(where)
            rows = ev.decisions
            mine = (rows["record_id"] == record_id) & (rows["screener"] == self.screener)
            row = {
                "decision_id": f"{record_id}-{self.screener}-{1 + int(mine.sum())}",
                "record_id": record_id,
                "stage": self.stage,
                "screener": self.screener,
                "decided_on": self.today().isoformat(),
                "decision": decision,
                "reason": reason,
            }
            with added(ev, {"decisions.csv": [row]}):
                pass

    def report(self) -> list[str]:
        """How far each pair agrees, on what they disagree, and what to do with what is included."""
        ev = self.evidence()
        titles = ev.records.set_index("record_id")["title"]
        lines = []
        for pair in agreement(ev.decisions, self.stage):
            kappa = "not defined (one answer throughout)" if math.isnan(pair.kappa) else f"{pair.kappa:.2f}"
            who = " and ".join(pair.screeners)
            lines.append(f"{who}: agree on {pair.agreed} of {pair.n} records, kappa {kappa}")
            lines += [f"  disagree on {record}: {titles[record]}" for record in pair.differ]
        if not lines:
            lines.append(f"{self.stage}: no record has been decided by two people")
        studies = studies_of(ev)
        read = standings(ev.decisions, STAGES[1])
        for row, (_, typed) in zip(printed(ev, "records"), ev.records.iterrows(), strict=True):
            record = row["record_id"]
            if record in read and read[record].state == "in" and not study_of_record(studies, typed):
                lines.append(f"included, not in the data yet: {record}: {row['title']}")
                lines.append(f"  {_new_study(row)}")
        return lines


def _new_study(row: Row) -> str:
    """The command that enters an included record, with what is known of it."""
    first = re.sub(r"[^a-z]", "", re.split("[;, ]", row["authors"])[0].lower()) or "study"
    year = row["published"][:4]
    source = row["doi"] or (f"PMID {row['pmid']}" if row["pmid"] else "")
    words = ["python", "-m", "ldn_analysis", "new-study", f"{first}{year}"]
    words += ["--year", year] if year else []
    return shlex.join([*words, "--source", source] if source else words)


class ScreenForm:
    """A form that does what ``screen`` does in the terminal: record after record, a button for each decision.

    Parameters
    ----------
    folder : the data, as in `evidence.load`.
    initials, stage : what the form begins with.

    Attributes
    ----------
    widget : what a notebook shows.
    controls : ``initials``, ``stage``, ``reason`` and the buttons ``in``, ``out``, ``later``.
    """

    def __init__(self, folder: Path | None = None, *, initials: str = "", stage: str = STAGES[0]) -> None:
        import ipywidgets as w

        self.folder = folder
        self._record: Row | None = None
        self.controls: dict[str, Any] = {
            "initials": w.Text(
                value=initials, description="Initials", placeholder="AB", continuous_update=False
            ),
            "stage": w.Dropdown(
                value=one_of("stage", stage, STAGES), description="Stage", options=list(STAGES)
            ),
            "reason": w.Dropdown(description="If out", options=["(choose)"]),
            **(buttons := {name: w.Button(description=name) for name in DECISIONS}),
        }
        self._shown, self._message = w.HTML(), w.HTML()
        for name in ("initials", "stage"):
            self.controls[name].observe(lambda _: self.next(), names="value")
        for name, button in buttons.items():
            button.on_click(lambda _, name=name: self.decide(name))
        who = [self.controls["initials"], self.controls["stage"]]
        row = w.HBox(list(buttons.values()))
        self.widget = w.VBox([*who, self._shown, self.controls["reason"], row, self._message])
        self.next()

    @property
    def words(self) -> str:
        """What the form shows now, as HTML: the record, and what there is to say."""
        return f"{self._shown.value}{self._message.value}"

    def next(self) -> None:
        """Show the next record that this person has to decide, or the agreement when none is left."""
        self._record = None
        self._shown.value = ""
        if not self.controls["initials"].value:
            self._say("Type your initials to begin.")
            return
        try:
            work = self._work()
            ev = work.evidence()
            left = work.waiting(ev)
        except InputError as error:
            self._say(str(error))
            return
        self.controls["reason"].options = ["(choose)", *reasons(ev)]
        if not left:
            self._say("Nothing is left to decide.", *work.report())
            return
        self._record = left[0]
        title, *rest = shown(self._record).split("\n")
        lines = [html.element("p", line) for line in rest]
        self._shown.value = html.finished(html.element("h3", title), *lines)
        self._say(f"{len(left)} left to decide.")

    def decide(self, decision: str) -> None:
        """Write the decision on the record that is shown, and show the next."""
        if self._record is None:
            return
        reason = self.controls["reason"].value if decision == "out" else ""
        if reason == "(choose)":
            self._say("Choose a reason first.")
            return
        try:
            self._work().decide(self._record["record_id"], decision, reason)
        except InputError as error:
            self._say(str(error))
            return
        self.next()

    def _work(self) -> Screening:
        return Screening(self.controls["initials"].value, self.controls["stage"].value, self.folder)

    def _say(self, *lines: str) -> None:
        self._message.value = html.finished(*(html.element("p", line, role="status") for line in lines))
