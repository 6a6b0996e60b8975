"""What differs between two scenarios: choices, studies, estimates, certainty."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ldn_analysis import display, evidence, html
from ldn_analysis.contrasts.study_sets import NOT_AMONG
from ldn_analysis.display.publish import figure_html
from ldn_analysis.errors import InputError
from ldn_analysis.evidence import Evidence
from ldn_analysis.files import write_all
from ldn_analysis.models.limits import trial_limits
from ldn_analysis.questions.pain.analysis import PainAnalysis, analyse
from ldn_analysis.questions.typed import as_typed
from ldn_analysis.render.project import scenario_choices
from ldn_analysis.workbench.exports import csv_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two analyses of pain side by side, each under its scenario's name."""

    names: tuple[str, str]
    first: PainAnalysis
    second: PainAnalysis

    @property
    def table(self) -> pd.DataFrame:
        """What differs, a row each: ``part quantity`` and a column a scenario, then ``difference``.

        The difference is second minus first; it stays empty for words and where the scales differ. Numbers
        are unrounded. Estimates and certainty are listed even where they agree.
        """
        rows = [*self._choices(), *self._studies(), *self._estimates()]
        return pd.DataFrame(rows, columns=["part", "quantity", *self._heads, "difference"])

    @property
    def _heads(self) -> tuple[str, str]:
        first, second = self.names
        return (first, second) if first != second else (first, f"{second} (again)")

    def _choices(self) -> list[tuple[Any, ...]]:
        first, second = self.first.choices.as_dict(), self.second.choices.as_dict()
        differing = [name for name in first if first[name] != second[name]]
        return [("choice", name, as_typed(first[name]), as_typed(second[name]), "") for name in differing]

    def _studies(self) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        first, second = (a.table.set_index("study_id") for a in (self.first, self.second))
        for study in dict.fromkeys([*first.index, *second.index]):
            states = [_standing(table, study) for table in (first, second)]
            labels = (first if study in first.index else second).loc[[study], "label"]
            set_aside = all(state.startswith(f"out: {NOT_AMONG}") for state in states)
            if states[0] != states[1] and not set_aside:
                rows.append(("study", str(labels.iloc[0]), *states, ""))
        return rows

    def _estimates(self) -> list[tuple[Any, ...]]:
        a, b = _numbers(self.first), _numbers(self.second)
        comparable = self.first.choices.measure == self.second.choices.measure
        free = {"trials", "participants", "I2, %"}
        levels = (self.first.certainty.level, self.second.certainty.level)
        return [
            ("estimate", "unit", self.first.unit, self.second.unit, ""),
            *(
                ("estimate", name, a[name], b[name], b[name] - a[name] if comparable or name in free else "")
                for name in a
            ),
            ("certainty", "certainty of the evidence", *levels, ""),
        ]

    def text(self) -> str:
        """The table for a terminal, numbers rounded."""
        texts = [[_shown(v) for v in row[1:]] for row in (self.table.columns, *self.table.to_numpy())]
        wide = [min(max(len(row[i]) for row in texts), 34) for i in range(4)]
        lines = []
        for row in texts:
            cells = [textwrap.wrap(cell, w) or [""] for cell, w in zip(row, wide, strict=True)]
            for i in range(max(map(len, cells))):
                parts = [(c[i] if i < len(c) else "").ljust(w) for c, w in zip(cells, wide, strict=True)]
                lines.append("  ".join(parts).rstrip())
        return "\n".join([lines[0], "-" * (sum(wide) + 6), *lines[1:]])

    def figure(self) -> Figure:
        """The trials of each scenario and their mean, one below the other."""
        rows: list[tuple[Any, ...]] = []
        for name, analysis in zip(self._heads, (self.first, self.second), strict=True):
            for _, row in analysis.used.iterrows():
                limits = trial_limits(row, analysis.choices.level)
                rows.append((row["label"], name, row["yi"], *limits, False))
            if analysis.fit is not None:
                rows.append(("Mean", name, analysis.fit.estimate, *analysis.fit.ci, True))
        if not rows:
            raise InputError("neither scenario has a trial that can be pooled: there is nothing to draw")
        drawn = pd.DataFrame(rows, columns=["label", "scenario", "estimate", "lower", "upper", "mean"])
        used = [analysis.choices for analysis in (self.first, self.second)]
        measures, mids = {choices.measure for choices in used}, {choices.mid for choices in used}
        words = [display.MEASURES[m] for m in sorted(measures)]
        mid = used[0].mid if measures == {"MD"} and len(mids) == 1 else None
        notes = ["The two scenarios are on different scales."] if len(measures) > 1 else []
        about: dict[str, Any] = {"head": "Trial", "xlabel": " / ".join(words), "notes": notes}
        return display.intervals(drawn, columns=["scenario"], marked=list(drawn["mean"]), mid=mid, **about)

    def alt(self) -> str:
        """What the figure shows, in words."""
        first, second = self._heads
        means = f"{first}: {self.first.pooled}. {second}: {self.second.pooled}."
        return f"Trials and their mean under two scenarios. {means}"

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        heads = [str(name) for name in self.table.columns]
        rows = ([_shown(value) for value in row] for row in self.table.to_numpy())
        title = f"What differs between {self.names[0]} and {self.names[1]}"
        return html.finished(html.table(title, heads, rows))

    def write(self, folder: str | Path) -> list[Path]:
        """Write the table (CSV, HTML) and the figure (SVG, PNG) into `folder`; their paths come back."""
        stem, drawing = "--".join(self.names), ""
        contents = {f"{stem}.csv": csv_text(self.table).encode("utf-8")}
        if self.first.fit is not None or self.second.fit is not None:
            figure = self.figure()
            contents[f"{stem}.svg"] = display.to_svg(figure, stem).encode("utf-8")
            contents[f"{stem}.png"] = display.to_png(figure)
            drawing = figure_html(display.to_svg(figure, "compare"), None, self.alt(), "compare", None)
        page = html.page(" and ".join(self.names), html.trusted(self._repr_html_() + drawing))
        return write_all(Path(folder), {**contents, f"{stem}.html": page.encode("utf-8")})


def compare(first: str, second: str, ev: Evidence | None = None) -> Comparison:
    """Analyse pain under two scenarios of ``reports/scenarios.yml``.

    Parameters
    ----------
    first, second : names of scenarios.
    ev : the evidence; by default it is loaded.

    Raises
    ------
    InputError : there is no such scenario.
    """
    choices = [scenario_choices(name) for name in (first, second)]
    ev = evidence.load() if ev is None else ev
    return Comparison((first, second), *(analyse(ev, chosen) for chosen in choices))


def _standing(table: pd.DataFrame, study: str) -> str:
    if study not in table.index:
        return "not there"
    rows = table.loc[[study]]
    inside = rows[rows["included"].astype(bool)]
    if len(inside):
        row = inside.iloc[0]
        return f"in: {row['yi']:.4g} (SE {row['se']:.4g})"
    return f"out: {rows['exclusion_reason'].iloc[0]}"


def _numbers(analysis: PainAnalysis) -> dict[str, float]:
    fit, ends = analysis.fit, ("lower limit", "upper limit")
    names = ("mean difference", *ends, *(f"{end}, new trial" for end in ends), "p", "tau2", "I2, %")
    values = (fit.estimate, *fit.ci, *fit.prediction, fit.p_value, fit.tau2, fit.i2) if fit else ()
    pooled = dict(zip(names, values, strict=True)) if fit else dict.fromkeys(names, math.nan)
    return {"trials": fit.k if fit else 0, "participants": analysis.n, **pooled}


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return "not available" if math.isnan(value) else f"{value:.3g}"
    return str(value)
