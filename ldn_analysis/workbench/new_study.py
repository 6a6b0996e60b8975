"""Add a trial: template rows from a few options, checked on a copy of the data first."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from ldn_analysis.errors import InputError
from ldn_analysis.questions.pain.analysis import PainAnalysis, analyse
from ldn_analysis.workbench.answers import counts, numbers, wrong_answers
from ldn_analysis.workbench.rows import alone, append, replace_files

if TYPE_CHECKING:
    from ldn_analysis.evidence import Evidence

__all__ = ["Preview", "Trial", "add_trial"]


@dataclass(frozen=True, slots=True)
class Trial:
    """What is asked of a trial; numbers are text, as the source prints them. LDN minus placebo.

    `ldn` and `placebo` are ``"n mean sd"``; `difference` is ``"value lower upper"``, or ``"value"`` with `p`;
    `n` is ``"n_ldn n_placebo"`` (of a crossover: ``"n"``) and belongs to `difference`. `change` says that the
    means of the arms are changes from baseline, `adjusted` that the difference comes from a model. `baseline`
    is ``"mean sd"`` or ``"mean"`` of everybody, `events` each ``"name: ldn_events ldn_n placebo_events
    placebo_n"`` with a name as in ``events.csv``, and `analysis` how they were counted. What the source does
    not say stays empty.
    """

    study_id: str
    label: str
    year: int
    design: str
    dose: str
    weeks: str
    randomised: str
    blinding: str
    source: str
    location: str
    how_read: str
    difference: str = ""
    n: str = ""
    p: str = ""
    ldn: str = ""
    placebo: str = ""
    change: bool = False
    adjusted: bool = False
    instrument: str = "pain NRS"
    scale: str = "0 10"
    control_weeks: str = ""
    sex: str = ""
    country: str = ""
    notes: str = ""
    study_set: str = ""
    reason: str = ""
    baseline: str = ""
    events: tuple[str, ...] = ()
    analysis: str = ""

    def rows(self) -> dict[str, list[dict[str, str]]]:
        """The rows to append, by file; columns that are not named stay empty.

        Raises
        ------
        InputError : what is given cannot make rows.
        """
        if bool(self.difference) == bool(self.ldn or self.placebo):
            raise InputError("say either --difference, or both --ldn and --placebo")
        outcomes, analysed = self._contrast() if self.difference else self._arms()
        if self.baseline:
            found = numbers("--baseline", self.baseline, ("value", "sd"), needed=1)
            outcomes = [self._outcome("all", "mean", "0", n=analysed, **found), *outcomes]
        made = {"studies.csv": [self._study(analysed)], "outcomes.csv": outcomes}
        if self.events:
            made["events.csv"] = [row for text in self.events for row in self._counted(text)]
        blind = self.randomised == "yes" and self.blinding.startswith("double-blind")
        if bool(self.study_set) != bool(self.reason):
            raise InputError("--set and --reason belong together")
        if not blind and not self.study_set:
            raise InputError(
                "only a randomised, double-blind trial is primary without more words: say --set and --reason"
            )
        if self.study_set:
            made["study_sets.csv"] = [
                {
                    "study_set_id": f"pain-{self.study_id}", "study_id": self.study_id, "outcome": "pain",
                    "from_domain": "pain", "set": self.study_set, "primary_week": self.weeks,
                    "reason": self.reason,
                }
            ]  # fmt: skip
        return made

    def _study(self, analysed: str) -> dict[str, str]:
        dose = numbers("--dose", self.dose, ("mg",))["mg"]
        doi = self.source if re.fullmatch(r"10\.\d{4,}/\S+", self.source) else ""
        return {
            "study_id": self.study_id, "trial_id": self.study_id, "label": self.label, "year": str(self.year),
            "doi": doi, "design": self.design, "design_type": self.design, "randomised": self.randomised,
            "blinding": self.blinding, "condition": "fibromyalgia", "sex": self.sex, "n_analysed": analysed,
            "dose_mg_per_day": dose, "dose_min_mg": dose, "dose_max_mg": dose,
            "dose_schedule": f"{dose} mg a day", "control": "placebo",
            "treatment_weeks": numbers("--weeks", self.weeks, ("weeks",))["weeks"],
            "control_weeks": self.control_weeks, "country": self.country, "how_read": self.how_read,
            "notes": self.notes,
        }  # fmt: skip

    def _outcome(self, group: str, statistic: str, week: str, **cells: str) -> dict[str, str]:
        scale = numbers("--scale", self.scale, ("lowest", "highest"))
        name = re.sub(r"[^a-z]+", "-", re.sub(r" \(.*\)", "", statistic))
        at = f"w{week}-" if week else ""
        return {
            "outcome_id": f"{self.study_id}-pain-{at}{group}-{name}", "study_id": self.study_id,
            "domain": "pain", "measure": self.instrument, "scale_min": scale["lowest"],
            "scale_max": scale["highest"], "unit": "points", "better": "lower", "week": week, "group": group,
            "statistic": statistic, "source": self.source, "location": self.location,
            "how_read": self.how_read, **cells,
        }  # fmt: skip

    def _counted(self, text: str) -> list[dict[str, str]]:
        event, found = counts("--events", text)
        name = re.sub(r"[^a-z0-9]+", "-", event.lower()).strip("-")
        return [
            {
                "event_id": f"{self.study_id}-{name}-w{self.weeks}-{group}", "study_id": self.study_id,
                "event": event, "week": self.weeks, "group": group, "analysis": self.analysis,
                "events": found[f"{group}_events"], "n": found[f"{group}_n"],
                "paired": "yes" if self.design == "crossover" else "no", "source": self.source,
                "location": self.location, "how_read": self.how_read,
            }
            for group in ("ldn", "placebo")
        ]  # fmt: skip

    def _contrast(self) -> tuple[list[dict[str, str]], str]:
        values = numbers("--difference", self.difference, ("value", "lower", "upper"), needed=1)
        if len(values) == 2:
            raise InputError('--difference needs both limits, or none: "value lower upper"')
        if len(values) == 1 and not self.p:
            raise InputError("--difference without limits needs --p")
        cells = {
            "value": values["value"],
            "lower95": values.get("lower", ""),
            "upper95": values.get("upper", ""),
        }
        if self.p:
            cells["p_value"] = numbers("--p", self.p, ("p",))["p"]
        if self.design == "crossover":
            if self.adjusted:
                raise InputError("--adjusted is for parallel trials: a crossover reports a paired difference")
            n = numbers("--n", self.n, ("n",))["n"]
            return [self._outcome("ldn-placebo", "paired difference", self.weeks, n=n, **cells)], n
        n_ldn, n_placebo = numbers("--n", self.n, ("n_ldn", "n_placebo")).values()
        n = _total("--n", n_ldn, n_placebo)
        statistic = "adjusted difference (mixed model)" if self.adjusted else "difference in mean change"
        row = self._outcome(
            "ldn-placebo", statistic, self.weeks, n=n, n_ldn=n_ldn, n_placebo=n_placebo, **cells
        )
        return [row], n

    def _arms(self) -> tuple[list[dict[str, str]], str]:
        for name in ("n", "p", "adjusted"):
            if getattr(self, name):
                raise InputError(f"--{name} belongs to --difference")
        statistic = "mean change" if self.change else "mean"
        rows, counts = [], []
        for group, text in (("ldn", self.ldn), ("placebo", self.placebo)):
            if not text:
                raise InputError(
                    f'--{group} is missing: --ldn and --placebo belong together, each "n mean sd"'
                )
            arm = numbers(f"--{group}", text, ("n", "mean", "sd"))
            # The conditions of a crossover may last differently; the placebo's own length is its week.
            own = self.control_weeks if group == "placebo" and self.design == "crossover" else ""
            rows.append(
                self._outcome(
                    group, statistic, own or self.weeks, n=arm["n"], value=arm["mean"], sd=arm["sd"]
                )
            )
            counts.append(arm["n"])
        if self.design == "parallel":
            return rows, _total("--ldn and --placebo", *counts)
        if counts[0] != counts[1]:
            raise InputError(f"n is {counts[0]} and {counts[1]}: in a crossover both are the same people")
        return rows, counts[0]


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """The pooled analysis without and with the trial; `reason` says why it is not in the pool, if so."""

    study_id: str
    before: PainAnalysis
    after: PainAnalysis
    rows: Mapping[str, str]
    reason: str

    def text(self) -> str:
        """The two pooled lines, and what stands against the trial."""
        lines = [
            f"without {self.study_id}: {self.before.pooled}",
            f"with {self.study_id}:    {self.after.pooled}",
        ]
        return "\n".join(
            lines + ([f"{self.study_id} is not in the pool: {self.reason}"] if self.reason else [])
        )

    def write(self, folder: str | Path) -> list[Path]:
        """Write both forest plots as SVG, and an HTML page that shows them; their paths come back."""
        from ldn_analysis import display, html
        from ldn_analysis.display.publish import figure_html
        from ldn_analysis.workbench.exports import page

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        body: list[html.Part] = []
        paths = []
        for word, made in (("without", self.before), ("with", self.after)):
            figure = display.forest(made.table, made.fit, mid=made.threshold)
            paths.append(display.save(figure, folder / f"{self.study_id}-{word}.svg"))
            alt = f"Forest plot {word} {self.study_id}: {made.pooled}."
            body.append(html.element("h2", f"{word.capitalize()} {self.study_id}"))
            body.append(html.element("p", made.sentence))
            body.append(html.trusted(figure_html(display.to_svg(figure, word), None, alt, word, None)))
        if self.reason:
            body.append(html.element("p", f"{self.study_id} is not in the pool: {self.reason}"))
        paths.append(folder / f"{self.study_id}.html")
        paths[-1].write_text(page(f"With and without {self.study_id}", *body), encoding="utf-8")
        return paths


def add_trial(
    trial: Trial, folder: str | os.PathLike[str] | None = None, *, dry_run: bool = False
) -> Preview:
    """Append a trial's rows to the data, if the data are valid with them.

    Parameters
    ----------
    trial : what the source reports.
    folder : the data; as in `evidence.load`.
    dry_run : only look, write nothing.

    Returns
    -------
    Preview

    Raises
    ------
    InputError : an option breaks a rule of the data (every such option has its line), the options together
        make no rows, or the study is there already.
    EvidenceError : with the rows the data would not be valid (or are not without them). Nothing is written.
    """
    from ldn_analysis import evidence
    from ldn_analysis.evidence.loading import data_folder
    from ldn_analysis.questions.pain.parameters import Pain

    where = data_folder(folder)
    with alone(where):
        now: Evidence = evidence.load(where)
        wrong = wrong_answers(now, {field.name: getattr(trial, field.name) for field in fields(trial)})
        if wrong:
            raise InputError("\n".join(wrong))
        rows = trial.rows()
        before = analyse(now, Pain())
        with tempfile.TemporaryDirectory(prefix="ldn-new-study-") as scratch:
            copy = Path(scratch) / "data"
            shutil.copytree(where, copy)
            old = {name: (copy / name).read_bytes() for name in rows}
            added = {name: append(copy / name, new) for name, new in rows.items()}
            after = analyse(evidence.load(copy), Pain())
            if not dry_run:
                replace_files(where, {name: (old[name], (copy / name).read_bytes()) for name in rows})
    mine = after.table[after.table["study_id"] == trial.study_id]
    out = mine[~mine["included"].astype(bool)]
    reason = (
        "" if len(mine) > len(out) else "; ".join(dict.fromkeys(out["exclusion_reason"])) or "no estimate"
    )
    return Preview(trial.study_id, before, after, added, reason)


def _total(option: str, one: str, two: str) -> str:
    if not (one.isdigit() and two.isdigit()):
        raise InputError(f"{option}: numbers of participants are whole, not {one!r} and {two!r}")
    return str(int(one) + int(two))
