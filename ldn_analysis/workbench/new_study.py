"""Add a trial: rows from a few answers, shown in words and checked on a copy of the data first."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import pandas as pd

from ldn_analysis import contrasts, display, evidence, html, models
from ldn_analysis.display.publish import figure_html
from ldn_analysis.errors import InputError
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.loading import data_folder
from ldn_analysis.evidence.vocabulary import BIAS_DOMAINS, hint
from ldn_analysis.files import write_all
from ldn_analysis.models.limits import limits_of, trial_limits
from ldn_analysis.questions.pain.analysis import PainAnalysis, analyse
from ldn_analysis.questions.pain.parameters import Pain
from ldn_analysis.workbench.answers import slip_of, wrong_answers
from ldn_analysis.workbench.reported import daily_doses, numbers, several, standing, understood
from ldn_analysis.workbench.rows import added, alone
from ldn_analysis.workbench.trial import PERCENT, Trial

__all__ = ["Preview", "Trial", "add_trial"]

SETS = "study_sets.csv"


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """The pooled analysis without and with the trial, and what was understood of it.

    `words` says what its rows say and which difference they give; `reason` why it is not in the pool, if so;
    `unused` names rows that no analysis uses, each with its reason; `lacking` what the reports will miss;
    `unconfirmed` what a check notices of its numbers and cannot decide, with the option that would. `more`
    says that the rows are further ones of a study that is there: only what they say is said.
    """

    study_id: str
    before: PainAnalysis
    after: PainAnalysis
    rows: Mapping[str, str]
    reason: str
    words: str = ""
    unused: tuple[str, ...] = ()
    lacking: tuple[str, ...] = field(default=())
    unconfirmed: tuple[str, ...] = field(default=())
    more: bool = False

    @property
    def subject(self) -> str:
        """What is there in one of the two analyses alone."""
        return f"these rows of {self.study_id}" if self.more else self.study_id

    def text(self) -> str:
        """What was understood, the two pooled lines, and what stands against the trial."""
        lines = [f"understood: {self.words}"] if self.words else []
        lines += [
            f"without {self.subject}: {self.before.pooled}",
            f"with {self.subject}:    {self.after.pooled}",
        ]
        lines += [f"{self.study_id} is not in the pool: {self.reason}"] if self.reason else []
        lines += [f"to be confirmed: {notice}" for notice in self.unconfirmed]
        lines += [f"not used: {lack}" for lack in self.unused]
        return "\n".join(lines + [f"the reports will miss: {lack}" for lack in self.lacking])

    def write(self, folder: str | Path) -> list[Path]:
        """Write both forest plots as SVG, and an HTML page that shows them; their paths come back."""
        contents: dict[str, bytes] = {}
        body: list[html.Part] = []
        for word, analysis in (("without", self.before), ("with", self.after)):
            name = f"{self.study_id}-{word}"
            figure = display.forest(analysis.table, analysis.fit, mid=analysis.threshold)
            contents[f"{name}.svg"] = display.to_svg(figure, name).encode("utf-8")
            alt = f"Forest plot {word} {self.subject}: {analysis.pooled}."
            body.append(html.element("h2", f"{word.capitalize()} {self.subject}"))
            body.append(html.element("p", analysis.sentence))
            body.append(html.trusted(figure_html(display.to_svg(figure, word), None, alt, word, None)))
        if self.reason:
            body.append(html.element("p", f"{self.study_id} is not in the pool: {self.reason}"))
        page = html.page(f"With and without {self.subject}", *body)
        return write_all(Path(folder), {**contents, f"{self.study_id}.html": page.encode("utf-8")})


def add_trial(
    trial: Trial,
    folder: str | os.PathLike[str] | None = None,
    *,
    dry_run: bool = False,
    crossover_r: float | None = None,
) -> Preview:
    """Append a trial's rows to the data, if the data are valid with them.

    Parameters
    ----------
    trial : what the source reports.
    folder : the data; as in `evidence.load`.
    dry_run : only look, write nothing.
    crossover_r : correlation of a crossover's conditions with which both analyses are made; it is the
        analyst's, and goes into no row.

    Returns
    -------
    Preview

    Raises
    ------
    InputError : an option breaks a rule of the data (every such option has its line), the options together
        make no rows, or the study is there already.
    EvidenceError : with the rows the data would not be valid (or are not without them). Nothing is written.
    """
    where = data_folder(folder)
    with alone(where):
        now: Evidence = evidence.load(where)
        options = {option.name: getattr(trial, option.name) for option in fields(trial)}
        wrong = wrong_answers(now, options, known=trial.more)
        if wrong:
            raise InputError("\n".join(wrong))
        if crossover_r is not None and not trial.crossover:
            raise InputError("--crossover-r belongs to a crossover")
        trial = as_listed(now, trial)
        rows, reasons = trial.rows(), standing("--stands", several(trial.stands))
        if undeclared := _undeclared(now, trial, rows.pop(SETS, [])):
            rows[SETS] = undeclared
        for name, column in (("outcomes", "outcome_id"), ("events", "event_id")):
            for row in rows.get(f"{name}.csv", ()):  # another instrument, analysis or model: a next number
                key = re.compile(re.escape(row[column]) + r"(-\d+)?")
                taken = sum(bool(key.fullmatch(other)) for other in now.printed[name][column])
                row[column] += f"-{taken + 1}" if taken else ""
        choices = Pain(crossover_r=crossover_r)
        before = analyse(now, choices)
        with added(now, rows, reasons, dry_run=dry_run) as (texts, joined):
            after = analyse(joined, choices)
    mine = after.table[after.table["study_id"] == trial.study_id]
    out = mine[~mine["included"].astype(bool)]
    reason = "; ".join(dict.fromkeys(out["exclusion_reason"])) or "it reports no estimate of pain"
    if trial.report_of and reason.endswith("which gives this outcome."):
        reason += (
            f" If that is this paper's preprint, {trial.study_id} is the trial_id of both in studies.csv."
        )
    if trial.crossover and crossover_r is None and "correlation" in reason:
        reason += " (--crossover-r shows it with one that you assume, such as 0.5)"
    outcomes, events = (rows.get(file, []) for file in ("outcomes.csv", "events.csv"))
    counts = contrasts.event_table(joined)
    new = counts["event"].isin([row["event"] for row in events])
    counts = counts[(counts["study_id"] == trial.study_id) & new]
    keys = [row["outcome_id"] for row in outcomes] + [row["event_id"] for row in events]
    theirs = mine.loc[[not set(keys).isdisjoint(inputs) for inputs in mine["inputs"]]]
    words = [in_words(outcomes, theirs) if outcomes else "", *counts_in_words(counts, choices.level)]
    return Preview(
        trial.study_id,
        before,
        after,
        texts,
        reason="" if len(mine) > len(out) else reason,
        words="; ".join(filter(None, words)),
        unused=_unused(joined, keys, crossover_r),
        lacking=() if trial.more else _lacking(trial, rows["studies.csv"][0]["n_analysed"], crossover_r),
        unconfirmed=_unconfirmed(joined, trial.study_id, now.findings["row_id"]),
        more=trial.more,
    )


def _undeclared(ev: Evidence, trial: Trial, sets: list[dict[str, str]]) -> list[dict[str, str]]:
    """The rows of study sets that are not there; `InputError` where one there says something else."""
    there = {row["study_set_id"]: row for row in ev.study_sets.to_dict("records")}
    for row in sets:
        has = there.get(row["study_set_id"])
        if has and (trial.study_set or float(row["primary_week"]) != has["primary_week"]):
            raise InputError(
                f"--set ({SETS}) and --primary-week: {row['study_id']} is {has['set']} for {row['outcome']} "
                f"there, primary week {has['primary_week']:g}: leave these out, or change that row"
            )
    return [row for row in sets if row["study_set_id"] not in there]


def as_listed(ev: Evidence, trial: Trial) -> Trial:
    """The trial with the scale and the direction that ``measures.csv`` has for its instrument and unit."""
    unit = PERCENT if trial.unit == "percent" else trial.unit
    listed = ev.measures[ev.measures["measure"] == trial.instrument]
    if trial.new_instrument:
        _check_new_instrument(ev, trial, unit)
    elif listed.empty:
        near = _near_instrument(trial.instrument, ev.measures["measure"])
        raise InputError(
            f"--instrument is {trial.instrument!r}: is not in measures.csv{near}; if it is another one, "
            "--new-instrument says where its scale and direction stand"
        )
    same = listed[listed["unit"] == unit]
    scale, better = trial.scale, trial.better
    ends = [f"{low:g} {high:g}" for low, high in same[["scale_min", "scale_max"]].dropna().to_numpy()]
    typed = numbers("--scale", scale, ("lowest", "highest")).values() if scale else ()
    if scale and ends and " ".join(f"{float(end):g}" for end in typed) not in ends:
        raise InputError(
            f"--scale is {scale!r}: measures.csv has {trial.instrument!r} in {unit} with "
            f"the scale {' or '.join(ends)}; one of another scale takes a name of its own, such as "
            f"'{trial.instrument} ({'-'.join(typed)})', and --new-instrument"
        )
    if len(same) > 1 and not scale:
        either = " or ".join(f'"{end}"' for end in ends)
        raise InputError(f"--scale is missing: {trial.instrument!r} in {unit} may be {either}")
    if len(same) == 1:
        (row,) = same.to_dict("records")
        if not scale and not pd.isna(row["scale_min"]):
            scale = f"{row['scale_min']:g} {row['scale_max']:g}"
        if not better and not pd.isna(row["better"]):
            better = str(row["better"])
    plain = listed.loc[~listed["unit"].fillna("").str.startswith("percent"), "unit"]
    return replace(
        trial,
        unit=unit,
        scale=scale or ("" if len(same) == 1 else "0 10"),
        better=better or "lower",
        domain=str(listed["domain"].iloc[0]) if len(listed) else "pain",
        baseline_unit=str(plain.iloc[0]) if unit == PERCENT and len(plain) else unit,
    )


def _near_instrument(name: str, listed: pd.Series[str]) -> str:
    """What a refusal adds: the instrument with most words in common, "pain" apart, else the nearest."""

    def words(text: str) -> set[str]:
        return set(re.findall(r"\w+", text.casefold())) - {"pain"}

    best = max(listed, key=lambda other: len(words(name) & words(other)))
    return f": the nearest is {best!r}" if words(name) & words(best) else hint(name, listed)


def _check_new_instrument(ev: Evidence, trial: Trial, unit: str) -> None:
    """`InputError` where an instrument is not new, or too little is said of it."""
    if trial.instrument in set(ev.measures["measure"]):
        raise InputError(f"--new-instrument: measures.csv has {trial.instrument!r}: leave it out")
    if near := slip_of(trial.instrument, ev.measures["measure"]):
        raise InputError(
            f"--instrument is {trial.instrument!r}: is near {near!r}, which measures.csv has: is it misspelt?"
        )
    if not (trial.scale and trial.better):
        raise InputError("--new-instrument needs --scale and --better, as the source says")
    if unit == PERCENT:
        raise InputError(
            "--new-instrument is of points, mm or cm: in percent it takes two lines of measures.csv"
        )


def in_words(outcomes: list[dict[str, str]], table: pd.DataFrame) -> str:
    """What the rows say, and the difference that they give, with its 95% limits."""
    sentences = [understood(outcomes)]
    for row in table[table["included"].astype(bool)].to_dict("records"):
        low, high = trial_limits(row)
        estimate = f"{display.number(row['yi'])}, {display.words.span(low, high)}"
        how = row["derivation"].split(". ")[0]
        side = "" if row["yi"] == 0 else f", {'LDN' if row['yi'] < 0 else 'placebo'} did better"
        sentences.append(f"difference {estimate} {row['unit']}{side} ({how})")
    return ": ".join(sentences)


def counts_in_words(table: pd.DataFrame, level: float) -> list[str]:
    """What counts of both groups say (rows of `contrasts.event_table`), and the ratio that they give."""
    sentences = []
    for row in table[table["included"].astype(bool) | (table["measure"] == "IRR")].to_dict("records"):
        ratio_with_limits = map(math.exp, (row["yi"], *limits_of(row["yi"], row["vi"], level)))
        ratio = "ratio {:.2f}, {:.2f} to {:.2f}".format(*ratio_with_limits)
        if row["measure"] == "IRR":
            sentences.append(f"{row['event']}: events in a time at risk, rate {ratio}")
            continue
        of = f"{row['event']}: {row['a']:g} of {row['n1']:g} on LDN, {row['c']:g} of {row['n2']:g} on placebo"
        compared = models.compare_counts(row["a"], row["n1"], row["c"], row["n2"], level)
        if row["paired"]:
            sentences.append(f"{of}, the same people" + (f", risk {ratio}" if row["measure"] else ""))
        elif math.isfinite(compared.ratio):
            low, high = compared.ci
            sentences.append(f"{of}, risk ratio {compared.ratio:.2f}, {low:.2f} to {high:.2f}")
        else:
            sentences.append(f"{of}, no ratio")
    return sentences


def _unused(ev: Evidence, keys: list[str], crossover_r: float | None) -> tuple[str, ...]:
    table = contrasts.uses(ev, crossover_r=crossover_r)
    mine = table[table["row_id"].isin(keys) & ~table["used"]]
    return tuple(f"{row}: {why}" for row, why in zip(mine["row_id"], mine["reason"], strict=True))


CONFIRMED_BY = dict.fromkeys(("p_value", "t_value", "f_value"), '--difference "value lower upper"')
DOUBTED = ("adjusted_width", "means_in_halves")
CONFIRMED_BY |= dict.fromkeys(("events", "percent", *DOUBTED), "a second person's entry: --again")
CONFIRMED_BY |= {"condition": "--condition", "notes": "--risk-of-bias"}
CONFIRMED_BY["value"] = '--location "Table 2 (favours LDN)", or --difference and --p'
"""The option that would confirm a cell, by its rule or column; of an interval or an SE it is the p value."""
UNCONFIRMED = ("value_unconfirmed", "count_unusual", "condition_as_said", "stopped_early", *DOUBTED)
"""The notices that ask for it."""


def _unconfirmed(ev: Evidence, study_id: str, before: pd.Series[str]) -> tuple[str, ...]:
    mine = ev.findings[(ev.findings["study_id"] == study_id) & ~ev.findings["row_id"].isin(before)]
    mine = mine[mine["check"].isin(UNCONFIRMED)]
    rules = zip(mine["rule"], mine["check"], mine["column"], strict=True)
    words = (
        f"{rule} ({CONFIRMED_BY.get(check, CONFIRMED_BY.get(cell, '--p'))})" for rule, check, cell in rules
    )
    return tuple(dict.fromkeys(words))


def _lacking(trial: Trial, analysed: str, crossover_r: float | None) -> tuple[str, ...]:
    """What the reports use and the trial does not say."""
    tool = f"RoB 2 {trial.design}"
    rose = daily_doses("--dose", trial.dose)[1] and not re.search(r"individual|held|\bor\b", trial.schedule)
    arm_missing = 3 * int(trial.n_randomised or 0) > 4 * int(analysed or trial.n_randomised or 0)
    third = (
        f"an arm beside these, if there was one: {analysed} of {trial.n_randomised} randomised are here "
        "(--notes 'a third arm took ...', and n_analysed in studies.csv counts everybody)"
    )
    answered = (
        (crossover_r is None, f"its conditions, wherever they are made without crossover_r={crossover_r}"),
        (not arm_missing, third),
        (not rose, "weeks at the full dose (--schedule 'titrated ... to 4.5 mg, held 9 weeks')"),
        (not trial.crossover or trial.control_weeks, "weeks of the placebo condition (--control-weeks)"),
        (trial.n_randomised, "the number randomised (--n-randomised)"),
        (trial.primary_week or trial.study_set or trial.report_of, "its primary week (--primary-week)"),
        (
            tool not in BIAS_DOMAINS or trial.risk_of_bias or trial.report_of,
            "its risk of bias (--risk-of-bias)",
        ),
    )
    return tuple(lack for answer, lack in answered if not answer)
