"""Run a notebook's own committed code cells in this process, on other data and under other parameters, and
keep what it tells: the one way in which the tests of all rooms do it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import pytest

from ldn_analysis import display, evidence, render
from ldn_analysis.questions.parameters import parameters_class

FOLDER = Path(__file__).parents[1] / "notebooks"


@dataclass
class Told:
    """What a notebook tells: `words` has all of it in order but sentences of their own (`lines`) and what is
    folded away (`folds`); title, alt text and caption of each figure are under its name."""

    words: list[str] = field(default_factory=list)
    recorded: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    title: dict[str, str] = field(default_factory=dict)
    alt: dict[str, str] = field(default_factory=dict)
    caption: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    folds: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.words)


def execute(name: str, **choices: object) -> None:
    """Every code cell in order; `choices` replace what the cell of parameters set, and are parameters."""
    space: dict[str, object] = {"__name__": "notebook"}
    for cell in nbformat.read(FOLDER / f"{name}.ipynb", as_version=4).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, name, "exec"), space)
            if "parameters" in cell.metadata.get("tags", []):
                assert set(choices) <= set(parameters_class(name).defaults()), choices
                space.update(choices)


def tell(name: str, ev: evidence.Evidence | None = None, **choices: object) -> Told:
    """What a notebook tells of the evidence `ev` (none: of what it loads itself) under `choices`."""
    told, table, fold, say = Told(), display.table, display.folded, display.sentence
    draw = display.drawn

    def show(figure, *, alt, name, title="", caption="", **_):  # noqa: ARG001
        told.title[name], told.alt[name], told.caption[name] = title, alt, caption
        told.words.extend([alt, caption or ""])

    def drawn(figure, **words):
        show(figure, **words)
        return draw(figure, **words)

    def record(name, value, *_, text="", **__):
        told.recorded[name] = value
        told.words.append(text or "")

    def answer(**given):
        told.answer.update(given)
        told.words.append(given["sentence"])

    def tabulate(frame, *, caption, notes=(), columns=None, **more):
        told.words.extend([caption, *notes, *(columns or {}).values()])
        return table(frame, caption=caption, notes=notes, columns=columns, **more)

    def folded(line, *parts):
        told.folds.append(line)
        return fold(line, *parts)

    def sentence(text):
        told.lines.append(text)
        return say(text)

    with pytest.MonkeyPatch.context() as patch:
        if ev is not None:
            patch.setattr(evidence, "load", lambda *_, **__: ev)
        for place, attribute, stand_in in (
            (display, "show", show), (display, "drawn", drawn), (display, "table", tabulate),
            (display, "folded", folded), (display, "sentence", sentence), (render, "record", record),
            (render, "answer", answer),
        ):  # fmt: skip
            patch.setattr(place, attribute, stand_in)
        execute(name, **choices)
    return told
