"""The questions of ``new-study``: what is missing is asked for until each answer will do."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import typer

from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.trials import CONDITIONS
from ldn_analysis.evidence.vocabulary import hint, is_percent_reduction
from ldn_analysis.workbench.answers import begun, words_of, wrong_answer
from ldn_analysis.workbench.new_study_options import ASKED, ASKED_TOO
from ldn_analysis.workbench.reported import daily_doses, placed

MAY_BE_EMPTY = (*ASKED_TOO, "control_weeks", "favours", "difference", "ldn", "baseline")


class Questions:
    """Asks on the terminal; `answers` hold what was answered so far."""

    def __init__(self, ev: Evidence, answers: dict[str, Any]) -> None:
        self.ev = ev
        self.answers = answers

    def ask(self, missing: Collection[str], *, more: bool) -> None:
        """Ask for what is `missing`, then for results; where they are `more` of a study, its row stands."""
        answers = self.answers
        typer.echo("The first letters of a word will do; Enter takes what stands in brackets.")
        who = re.match(r"([a-z]+)((?:19|20)\d\d)\b", answers["study_id"])
        usual = {"label": f"{who[1].capitalize()} et al. {who[2]}", "year": who[2]} if who else {}
        for name in (name for name in ASKED if name in missing):
            answers[name] = self._asked(name, ASKED[name], default=answers[name] or usual.get(name, ""))
        if answers["design"] == "single-arm" and answers["control"] == "placebo":
            answers["control"] = "none"
        doses, one_group = daily_doses("--dose", answers["dose"])
        side_by_side = doses if len(doses) > 1 and not (one_group or more) else []
        if not (answers["difference"] or answers["ldn"] or answers["placebo"]):
            if not more:
                self._instrument()
            self._result(side_by_side)
        if answers["difference"]:
            self._about_difference(side_by_side)
        if not answers["events"]:
            self._counts()
        if not more:
            self._about_trial()

    def _asked(self, name: str, question: str, *, empty: bool = False, default: str = "") -> Any:
        """An answer that will do; empty only where it may be."""
        may_be_empty = empty or name in MAY_BE_EMPTY

        def will_do(text: str) -> str:
            answer = begun(text.strip(), words_of(self.ev, name))
            if answer or not may_be_empty:
                wrong = wrong_answer(self.ev, name, answer, str(self.answers["design"] or ""))
                if wrong:
                    raise typer.BadParameter(wrong)
            return answer

        usual = default or ("" if may_be_empty else None)
        return typer.prompt(question, default=usual, show_default=bool(default), value_proc=will_do)

    def _of_each(self, name: str, question: str, doses: list[str]) -> list[str]:
        """The answer, or one for each of several `doses`."""
        if not doses:
            return [text] if (text := self._asked(name, f"{question}; Enter if not reported")) else []
        each = (
            (dose, self._asked(name, f"{question}, on {dose} mg; Enter if not reported")) for dose in doses
        )
        return [text if placed(text) else f"{dose} mg: {text}" for dose, text in each if text]

    def _one_of(self, question: str, words: Collection[str], default: str) -> str:
        def will_do(text: str) -> str:
            answer = begun(text.strip(), words)
            if answer not in words:
                near = hint(answer, words)
                raise typer.BadParameter(f"{answer!r}: must be one of {', '.join(words)}{near}")
            return answer

        return str(typer.prompt(question, default=default, value_proc=will_do))

    def _instrument(self) -> None:
        """On what pain was measured, where that is not the usual scale."""
        answers, usual = self.answers, "pain NRS"
        if answers["instrument"] == usual:
            listed = self.ev.measures[self.ev.measures["domain"] == "pain"]
            words = list(dict.fromkeys(listed["measure"]))
            question = "Instrument (another one than those of measures.csv: --new-instrument)"
            answers["instrument"] = self._one_of(question, words, usual)
            plain = [unit for unit in self._units() if not is_percent_reduction(unit)] or ["percent"]
            if answers["unit"] == "points":  # which is so where no unit was given
                answers["unit"] = self._one_of("Unit", plain, plain[0]) if len(plain) > 1 else plain[0]

    def _units(self) -> list[str]:
        """The units in which the instrument is listed."""
        measures = self.ev.measures
        units = measures.loc[measures["measure"] == self.answers["instrument"], "unit"]
        return list(dict.fromkeys(units.dropna()))

    def _result(self, doses: list[str]) -> None:
        """The difference, else the arms."""
        answers, placebo = self.answers, self.answers["control"] == "placebo"
        if placebo:
            question = "Difference, LDN minus placebo: value lower upper (or value se 0.5, t -1.5, p 0.03)"
            answers["difference"] = self._of_each("difference", question, doses)
            if answers["difference"]:
                paired = {"points": ""}
                ways = {"change": "", "final": "final", "ancova": "ancova", "mixed model": "adjusted"}
                self._way("It is a difference of", paired if answers["design"] == "crossover" else ways)
        if not answers["difference"]:
            form = "n mean sd (or n mean se 0.4, n median 4.5 quartiles 3 6)"
            answers["ldn"] = self._of_each("ldn", f"LDN arm: {form}", doses)
        if answers["ldn"] and placebo:
            answers["placebo"] = [self._asked("placebo", "Placebo arm, in the same form")]
        if answers["ldn"] and not answers["change"]:
            if answers["unit"] != "percent":
                self._way("What the values are:", {"final": "", "change": "change"})
            answers["change"] |= answers["unit"] == "percent"
        if answers["unit"] == "percent" and not all(map(is_percent_reduction, self._units())):
            at_start = "Pain of everybody at the start, in points: mean sd (Enter if not reported)"
            self._unless_said("baseline", at_start)

    def _way(self, question: str, ways: Mapping[str, str]) -> None:
        """Of what the values are: each way with its option, and percent where the instrument is listed so."""
        answers = self.answers
        if answers["unit"] != "percent" and any(map(is_percent_reduction, self._units())):
            ways = {**ways, "percent": ""}
        way = usual = next(iter(ways))
        if len(ways) > 1:
            way = self._one_of(f"{question} {', '.join(ways)}", ways, usual)
        if way == "percent":
            answers["unit"] = way
        elif ways[way]:
            answers[ways[way]] = True

    def _about_difference(self, doses: list[str]) -> None:
        """Its p value where it stands alone, of how many people it is, and which group did better."""
        values = [text.partition(":")[2].split() or text.split() for text in self.answers["difference"]]
        if all(len(numbers) == 1 for numbers in values):
            self._unless_said("p", "p value of the difference, two-sided")
        people = "LDN, each dose, then placebo" if doses else "LDN placebo"
        if self.answers["design"] == "crossover":
            people = "one number, those who had both conditions"
        self._unless_said("n", f"Participants: {people}")
        self._unless_said("favours", "Which group did better, as the source says: ldn or placebo")

    def _counts(self) -> None:
        """Counts of events, as many as there are; one at least where nothing else is reported."""
        answers = self.answers
        form = "9 25" if answers["control"] == "none" else "12 29 6 29"
        question = f"Counts, such as 'pain response 30%: {form}'"
        if answers["difference"] or answers["ldn"] or answers["study_set"]:
            text = self._asked("events", f"{question} (Enter if none)", empty=True)
        else:
            text = self._asked("events", question)
        answers["events"] = []
        while text:
            answers["events"].append(text)
            text = self._asked("events", "Further counts (Enter if none)", empty=True)

    def _about_trial(self) -> None:
        """The set of a trial that the rule for the pool leaves out, and what the reports use."""
        answers = self.answers
        eligible = answers["randomised"] == "yes" and answers["blinding"].startswith("double-blind")
        eligible &= answers["control"] == "placebo" and answers["condition"] in ("", *CONDITIONS)
        if not (eligible or answers["study_set"]):
            answers["study_set"] = self._asked(
                "study_set", "Set: primary, with_pilot, all_randomised or excluded"
            )
            answers["reason"] = self._asked("reason", "Why it belongs to that set")
        if answers["design"] == "crossover":
            self._unless_said("control_weeks", "Weeks of the placebo condition (Enter if not reported)")
        for name, question in ASKED_TOO.items():
            self._unless_said(name, question)

    def _unless_said(self, name: str, question: str) -> None:
        self.answers[name] = self.answers[name] or self._asked(name, question)
