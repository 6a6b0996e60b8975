"""A small form in the Lab that does what ``screen`` does in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ldn_analysis import html
from ldn_analysis.errors import InputError, one_of
from ldn_analysis.questions.studies.screening import STAGES
from ldn_analysis.workbench.rows import Row
from ldn_analysis.workbench.screen import DECISIONS, Screening, reasons, shown


class ScreenForm:
    """Record after record, with a button for each decision.

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
