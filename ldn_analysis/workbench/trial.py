"""A trial as a source reports it, and the rows of the data that it makes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ldn_analysis.errors import InputError
from ldn_analysis.evidence.rules.definitions import kind_named
from ldn_analysis.evidence.scales import PAIN_SCALE
from ldn_analysis.evidence.trials import CONDITIONS, titrates
from ldn_analysis.evidence.vocabulary import BIAS_NAMES
from ldn_analysis.html import slug
from ldn_analysis.workbench import reported
from ldn_analysis.workbench.new_study_options import Answers
from ldn_analysis.workbench.reported import TypedRow, daily_doses, numbers, several

Rows = list[dict[str, str]]
PERCENT = "percent reduction from baseline"


@dataclass(frozen=True, slots=True)
class Trial(Answers):
    """The answers on a trial, and the rows that they make.

    `ldn`, `placebo` and `difference` are one text, or several of a trial with several doses or periods. `n`,
    `p` and `favours` belong to `difference`. `adjusted` and `ancova` say that the difference comes from a
    model, `final` that it is one of final values, `change` that the means of the arms are changes from
    baseline. A trial may report `events` alone, without pain; their names are those of ``event_types.csv``.
    `more` says that the study is in the data: its row stands.
    """

    scale: str = "0 10"
    better: str = "lower"
    baseline_unit: str = "points"
    domain: str = "pain"
    more: bool = False

    @property
    def crossover(self) -> bool:
        """Whether each participant had both conditions."""
        return self.design == "crossover"

    def _week(self, group: str) -> str:
        """The week of a group: the conditions of a crossover may last differently, each has its end."""
        own = self.control_weeks
        if group != "placebo" or not (self.crossover and own):
            return self.weeks
        ended = float(self.weeks) == float(self.treatment_weeks or self.weeks)
        return own if ended else min(self.weeks, own, key=float)

    def rows(self) -> dict[str, Rows]:
        """The rows to append, by file; columns that are not named stay empty.

        Raises
        ------
        InputError : what is given cannot make rows.
        """
        self._check_forms()
        outcomes, analysed = self._outcomes()
        counts = self._counts()
        # A set is of what a study reports, or of the pain that it lacks; what else it counts is usable.
        lacks = self.study_set == "all_randomised"
        without = lacks or not self.events or self.study_set == "excluded"
        domains = [self.domain] if outcomes or without else []
        responses = any("pain response" in row["event"] for row in counts)
        domains += ["pain response"] if responses and not (lacks and self._eligible) else []
        files = {
            "studies.csv": [] if self.more else [self._study(analysed)],
            "outcomes.csv": outcomes,
            "events.csv": counts,
            "event_types.csv": self._event_types(counts),
            "study_sets.csv": self._sets(domains),
            "measures.csv": [self._measure()] if self.new_instrument else [],
            "risk_of_bias.csv": self._judgements(),
        }
        return {file: rows for file, rows in files.items() if rows}

    @property
    def _eligible(self) -> bool:
        """Whether the trial's words fit the primary pool."""
        blind = self.randomised == "yes" and self.blinding.startswith("double-blind")
        return blind and self.control == "placebo" and self.condition in ("", *CONDITIONS)

    def _check_forms(self) -> None:
        """`InputError` where the trial says nothing to make a row of, or options contradict each other."""
        arms = bool(self.ldn or self.placebo)
        listed = self.study_set in ("all_randomised", "excluded") and not self.more
        if not (self.difference or arms or self.events or listed):
            raise InputError(reported.NOTHING)
        if self.difference and self.control != "placebo":
            raise InputError(
                f"--difference is LDN minus placebo: of {self.control!r} give each arm, by --ldn"
            )
        if self.placebo and self.control in ("another dose", "none"):
            raise InputError(f"--placebo is given, and --control is {self.control!r}")
        doses, one_group = daily_doses("--dose", self.dose)
        if self.control == "another dose" and (one_group or len(doses) < 2 or len(several(self.ldn)) == 1):
            raise InputError(
                "--control is 'another dose': that takes two doses, --dose \"3 4.5\", and an --ldn for each"
            )
        for name in ("n", "p", "favours", "adjusted", "ancova", "final"):
            if getattr(self, name) and not self.difference:
                raise InputError(f"--{name} belongs to --difference{reported.ALSO_OF_ARMS.get(name, '')}")
        if self.change and not arms:
            raise InputError(
                "--change belongs to --ldn and --placebo: of final values a difference is --final"
            )

    def _outcomes(self) -> tuple[Rows, str]:
        """Rows of outcomes, and the number analysed: that of the difference, else of the arms or counts."""
        parts = [self._contrasts()] if self.difference else []
        parts += [self._arms()] if self.ldn or self.placebo else []
        parts = parts or [self._counts_alone()]
        analysed = parts[0][1]
        outcomes = [row for rows, _ in parts for row in rows]
        if self.baseline:
            cells = numbers("--baseline", self.baseline, ("value", "sd"), needed=1) | {"n": analysed}
            if self.unit != self.baseline_unit:
                cells |= {"unit": self.baseline_unit, "better": "lower"}
            outcomes = [self._outcome("all", "mean", "0", None, **cells), *outcomes]
        return outcomes, analysed

    def _counts(self) -> Rows:
        counts = [row for text in several(self.events) for row in self._counted(text)]
        keys = [row["event_id"] for row in counts]
        for twice in (row["event"] for row in counts if keys.count(row["event_id"]) > 1):
            raise InputError(f"--events: {twice} is counted twice")
        return counts

    def _event_types(self, counts: Rows) -> Rows:
        """A line of ``event_types.csv`` for each event that the data do not have."""
        named = []
        for event in several(self.new_event):
            if event not in {row["event"] for row in counts}:
                raise InputError(f"--new-event is {event!r}: no --events counts it")
            kind = kind_named(event) or "adverse event"
            better = "higher" if kind == "response" else "lower"
            named.append({"event": event, "kind": kind, "better": better})
        return named

    def _study(self, analysed: str) -> dict[str, str]:
        doses, one_group = daily_doses("--dose", self.dose)
        low, high = doses[0], doses[-1]
        schedule = f"{' or '.join(f'{dose} mg' for dose in doses)} a day"
        if one_group:
            schedule = f"titrated from {low} to {high} mg a day"
        schedule = self.schedule or schedule
        # Who rose to a final dose counts at it; where each person's dose varied, the range is what is known.
        final = one_group and titrates({"dose_schedule": schedule}) and "individual" not in schedule.lower()
        doi = self.source if re.fullmatch(r"10\.\d{4,}/\S+", self.source) else ""
        pmid = re.fullmatch(r"PMID (\d+)", self.source)
        extension = self.report_of and self.randomised == "no"
        weeks = self.treatment_weeks or numbers("--weeks", self.weeks, ("weeks",))["weeks"]
        return {
            **self._cells("study_id", "label", "registry", "randomised", "blinding", "sex", "n_randomised"),
            **self._cells("control", "control_weeks", "country", "how_read", "notes"),
            "trial_id": self.report_of or self.study_id,
            "year": str(self.year or ""),
            "doi": doi,
            "pmid": pmid[1] if pmid else "",
            "design": f"{self.design}{' extension' if extension else ''}",
            "design_type": self.design,
            "condition": self.condition or CONDITIONS[0],
            "n_analysed": analysed,
            "dose_mg_per_day": high if low == high or final else f"{low} to {high}",
            "dose_min_mg": low,
            "dose_max_mg": high,
            "dose_schedule": schedule,
            "treatment_weeks": weeks,
        }

    def _cells(self, *columns: str) -> dict[str, str]:
        """The cells of columns that are called as their options."""
        return {column: getattr(self, column) for column in columns}

    def _outcome(
        self, group: str, statistic: str, week: str, typed: TypedRow | None = None, **cells: str
    ) -> dict[str, str]:
        low, high = self._ends() if self.scale else ("", "")
        name = re.sub(r"[^a-z]+", "-", re.sub(r" \(.*\)", "", statistic))
        at = f"w{week}-" if week else ""
        place = typed or TypedRow({})
        return {
            "outcome_id": f"{self.study_id}-{self.domain.replace(' ', '-')}-{at}{group}-{name}{place.tail}",
            **self._cells("study_id", "domain", "unit", "better", "source", "location", "how_read"),
            **{"measure": self.instrument, "scale_min": low, "scale_max": high},
            **{"week": week, "group": group, "statistic": statistic},
            "analysis": "" if self.events else self.analysis,
            **place.row,
            **cells,
        }

    def _ends(self) -> tuple[str, str]:
        """The ends of the scale, as they were typed."""
        low, high = numbers("--scale", self.scale, ("lowest", "highest")).values()
        return low, high

    def _measure(self) -> dict[str, str]:
        """The instrument's line of ``measures.csv``, and how a value of it becomes one of 0 to 10 points."""
        low, high = self._ends()
        formula = "value × 10 / (scale_max - scale_min)"
        how = "rescale"
        if self.better == "higher":
            how, formula = "turn", f"-{formula}"
        elif float(high) - float(low) == 10:
            how, formula = "as it is", "value"
        return {
            "measure_id": slug(f"{self.instrument} {self.unit}"),
            **self._cells("domain", "unit", "better"),
            **{"measure": self.instrument, "scale_min": low, "scale_max": high, "conversion": how},
            **{"converts_to": PAIN_SCALE, "formula": formula, "source": self.new_instrument},
        }

    def _counted(self, text: str) -> Rows:
        event = reported.counted("--events", text)
        if self.control != "none" and all(group == "ldn" for group, _ in event.rows):
            raise InputError(f"--events is {text!r}: the other group is missing, or --control is 'none'")
        name = slug(event.event)
        weeks = {group: self._week(group) for group in ("ldn", "placebo")}
        if event.period and not self.crossover:
            raise InputError("a period belongs to a crossover")
        end = self.treatment_weeks or self.weeks
        if weeks["placebo"] != self.weeks and float(self.weeks) != float(end):
            raise InputError(
                f"--weeks is {self.weeks!r}: both are counted at one week, or at their ends (--weeks {end})"
            )
        about = self._cells("study_id", "analysis", "source", "location", "how_read")
        about |= {"event": event.event, "paired": "yes" if self.crossover and not event.period else "no"}
        return [
            {"event_id": f"{self.study_id}-{name}-w{weeks[group]}-{group}{typed.tail}"}
            | {"week": weeks[group], "group": group, **about, **typed.row}
            for group, typed in event.rows
        ]

    def _sets(self, outcomes: list[str]) -> Rows:
        if bool(self.study_set) != bool(self.reason):
            raise InputError("--set and --reason belong together")
        if not (self._eligible or self.study_set or self.more):
            raise InputError(
                "only a randomised, double-blind trial against placebo in fibromyalgia is primary without "
                "more words: say --set and --reason, such as --set excluded --reason 'Without a control.'"
            )
        if not (self.study_set or self.primary_week):
            return []
        week = numbers("--primary-week", self.primary_week or self.weeks, ("week",))["week"]
        # the primary week is the trial's: a report of another week says it of the main one
        of_main = self.report_of and not self.study_set and float(week) != float(self.weeks)
        study = self.report_of if of_main else self.study_id
        usual = f"Randomised, double-blind, {self.design}; its primary time point is week {week}."
        week = "" if self.study_set == "excluded" else week
        about = {"set": self.study_set or "primary", "primary_week": week, "reason": self.reason or usual}
        return [
            {"study_set_id": f"{outcome.replace(' ', '-')}-{study}", "study_id": study}
            | {"outcome": outcome, "from_domain": outcome, **about}
            for outcome in outcomes
        ]

    def _judgements(self) -> Rows:
        judgements = reported.judged("--risk-of-bias", self.risk_of_bias, self.design, self.randomised)
        if self.basis and not judgements:
            raise InputError("--basis belongs to --risk-of-bias")
        outcome = self.domain.replace(" ", "-")
        who = "who added the trial; may be changed by any reviewer who has read the full paper"
        about = self._cells("study_id", "how_read") | {
            "outcome": self.domain,
            "variant": f"RoB 2 {self.design}",
            "basis": self.basis or "Judged when the trial was added.",
            "judged_by": who,
        }
        return [
            {"risk_of_bias_id": f"{outcome}-{self.study_id}-{domain}", "domain": domain}
            | {"domain_name": BIAS_NAMES[domain], "judgement": judgement, **about}
            for domain, judgement in judgements.items()
        ]

    def _contrasts(self) -> tuple[Rows, str]:
        texts = several(self.difference)
        if sum((self.adjusted, self.ancova, self.final)) > 1:
            raise InputError("--adjusted, --ancova and --final say different things of one difference")
        if self.crossover and self.final:
            raise InputError("--final is for parallel trials: a crossover reports a paired difference")
        differences = [reported.difference("--difference", text) for text in texts]
        self._say_doses("--difference", differences, "value lower upper")
        if any(typed.period for typed in differences):
            raise InputError("--difference of one period is of two groups: give --ldn 'period 1: n mean sd'")
        extra = reported.bound("--p", self.p) if self.p else {}
        for text, typed in zip(texts, differences, strict=True):
            if not (set(typed.cells) | set(extra)) - {"value", "p_bound"}:
                raise InputError(
                    f"--difference is {text!r}: without limits it needs a p value, an SE, a t or an F"
                )
        sides = self.favours.split() or [""]
        if len(sides) not in (1, len(differences)):
            raise InputError(f"--favours is {self.favours!r}: one group for all differences, or one for each")
        sides *= len(differences) // len(sides)
        if self.favours:
            pairs = zip(differences, sides, strict=True)
            differences = [replace(typed, cells=typed.cells | {"favours": side}) for typed, side in pairs]
        ways = (
            (self.adjusted, "adjusted difference (mixed model)"),
            (self.ancova, "adjusted difference (ANCOVA)"),
            (self.crossover, "paired difference"),
            (self.final, "difference in means"),
        )
        statistic = next((words for is_so, words in ways if is_so), "difference in mean change")
        people, total = self._people(differences)
        rows = [
            self._outcome("ldn-placebo", statistic, self.weeks, typed, **counts, **extra)
            for typed, counts in zip(differences, people, strict=True)
        ]
        return rows, total

    def _people(self, differences: list[TypedRow]) -> tuple[Rows, str]:
        """The people behind each difference, and all of them."""
        doses = ["n_ldn"] if len(differences) == 1 else [f"n_{typed.dose}_mg" for typed in differences]
        names = ["n"] if self.crossover else [*doses, "n_placebo"]
        if not self.n:
            such = f'"{" ".join(names)}", such as --n "{" ".join(["29"] * len(names))}"'
            raise InputError(f"--n is missing, the people behind the difference: {such}")
        *sizes, placebo = numbers("--n", self.n, tuple(names)).values()
        if self.crossover:
            return [{"n": placebo}] * len(differences), placebo
        people = [
            {"n": _total("--n", (size, placebo)), "n_ldn": size, "n_placebo": placebo} for size in sizes
        ]
        return people, _total("--n", (*sizes, placebo))

    def _counts_alone(self) -> tuple[Rows, str]:
        """No row of pain, and everybody who was counted: the most of any event."""
        sizes = []
        for event in (reported.counted("--events", text) for text in several(self.events)):
            n = [typed.cells["n"] for _, typed in event.rows]
            sizes.append(n[0] if self.crossover and not event.period else _total("--events", n))
        return [], max(sizes, key=int, default="")

    def _say_doses(self, option: str, typed: list[TypedRow], form: str) -> None:
        """`InputError` where a trial gave several doses side by side and a result does not say its own."""
        doses, one_group = daily_doses("--dose", self.dose)
        side_by_side = len(typed) > 1 or (len(doses) > 1 and not one_group)
        own = {each.dose for each in typed}
        if side_by_side and ("" in own or len(own) < len(typed)):
            raise InputError(
                f'several of {option} need their doses, each its own: "3 mg: {form}". Of all doses '
                'together --dose is "3 to 6", and --schedule says what was given; without placebo say '
                '--control "another dose"'
            )

    def _arms_of(self, group: str) -> list[TypedRow]:
        """The rows of one group, each of its dose or period where there are several."""
        texts = several(getattr(self, group))
        if not texts and (group == "ldn" or self.control == "placebo"):
            raise InputError(
                f'--{group} is missing: --ldn and --placebo belong together, each "n mean sd"; '
                "a trial without placebo says its --control"
            )
        arms = [reported.arm(f"--{group}", text) for text in texts]
        for text, typed in zip(texts, arms, strict=True):
            if not self.change and typed.cells["value"].startswith("-") and self.unit != PERCENT:
                raise InputError(f"--{group} is {text!r}: a mean below 0 is a change: say --change")
        places = {(typed.dose, typed.period) for typed in arms}
        if len(arms) > 1 and (len(places) < len(arms) or ("", "") in places):
            doses = 'need their doses: "3 mg: n mean sd"; those ' if group == "ldn" else ""
            raise InputError(
                f"several of --{group} {doses}of one dose are one group: combine them first (Cochrane "
                "Handbook 6.5.2.10), and say --how-read derived"
            )
        if group == "ldn" and not any(typed.period for typed in arms):
            self._say_doses("--ldn", arms, "n mean sd")
        return arms

    def _arms(self) -> tuple[Rows, str]:
        arms = [(group, typed) for group in ("ldn", "placebo") for typed in self._arms_of(group)]
        change = " change" if self.change else ""
        rows = [
            self._outcome(group, ("median" if typed.median else "mean") + change, self._week(group), typed)
            for group, typed in arms
        ]
        sizes = [typed.cells["n"] for _, typed in arms]
        if any(typed.period for _, typed in arms):
            if not self.crossover:
                raise InputError("a period belongs to a crossover")
            sizes = [typed.cells["n"] for _, typed in arms if typed.period == "1"] or sizes
        elif self.crossover and len(set(sizes)) > 1:
            raise InputError(
                f"n is {' and '.join(sizes)}: in a crossover both are the same people (of one period alone: "
                '"period 1: n mean sd")'
            )
        elif self.crossover:
            return rows, sizes[0]
        return rows, _total("--ldn and --placebo", sizes)


def _total(option: str, parts: Iterable[str]) -> str:
    words = list(parts)
    for size in words:
        if not size.isdigit():
            raise InputError(f"{option}: numbers of participants are whole, not {size!r}")
    return str(sum(map(int, words)))
