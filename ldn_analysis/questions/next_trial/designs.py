"""Candidate trials: ``reports/designs.yml`` read strictly, each design a frozen object."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from ldn_analysis import strict_yaml
from ldn_analysis.errors import InputError, meant, shortened

MOST_BYTES = 65_536
MOST_DESIGNS = 200
HIGHEST_MG = 50.0

Plain = strict_yaml.Value


@dataclass(frozen=True, slots=True)
class Arm:
    """A treatment of a trial: `dose` in mg a day (0 is placebo), taken in one or two parts, by `people`."""

    dose: float
    schedule: str = "once"
    people: float = math.nan

    @property
    def label(self) -> str:
        """Such as ``placebo`` or ``4.5 mg, in two parts``."""
        dose = f"{self.dose:g} mg" if self.dose else "placebo"
        return f"{dose}, in two parts" if self.schedule == "twice" else dose


@dataclass(frozen=True, slots=True)
class Design:
    """A candidate trial. What its kind does not use, or the file leaves out, is None or empty.

    Attributes
    ----------
    name, title, kind : str
        `kind` is one of `KINDS`.
    arms : tuple of Arm
        The first is what the others are compared with.
    people : float
        Participants in all.
    weeks : tuple of float
        Length of each period of a crossover; `washout_weeks` between them.
    order : str
        Of the periods of a crossover: ``balanced``, or ``fixed`` as the arms are listed for everybody.
    carryover : float
        Share of an effect that is left in the next period of a crossover or n-of-1 trial.
    blocks, days : int
        Repetitions of all conditions in an n-of-1 trial, and days of each.
    looks : tuple of float
        Shares of the participants at which an adaptive trial is looked at; `keep` doses go on.
    placebo_share : float
        Share on placebo in an up-and-down trial; 0 in one without a placebo arm.
    dropout, sd, correlation, months : float or None
        None: from the trials in ``data/``, or the report's parameter.
    repeats : str
        The trial in ``studies.csv`` that it repeats, by its `trial_id`; empty for a new one.
    source : str
    """

    name: str
    title: str
    kind: str
    arms: tuple[Arm, ...]
    people: float
    weeks: tuple[float, ...] = ()
    washout_weeks: float | None = None
    order: str = "balanced"
    carryover: float = 0.0
    blocks: int | None = None
    days: int | None = None
    looks: tuple[float, ...] = ()
    keep: int | None = None
    placebo_share: float | None = None
    dropout: float | None = None
    sd: float | None = None
    correlation: float | None = None
    months: float | None = None
    repeats: str = ""
    source: str = ""

    @property
    def doses(self) -> tuple[float, ...]:
        """Dose of each arm, mg a day."""
        return tuple(arm.dose for arm in self.arms)

    @property
    def adaptive(self) -> bool:
        """Whether the trial's course depends on its results."""
        return self.kind in ("up-and-down", "drop-losers", "response-adaptive")

    @property
    def registered(self) -> bool:
        """Whether it is a registered trial (`registered_designs`)."""
        return self.name.startswith("registered-")

    @property
    def fixed(self) -> bool:
        """Whether all have the treatments in one order, so that a difference holds what time does as well."""
        return self.order == "fixed"


class _Wrong(Exception):
    """A value that breaks a rule; the message is the rule."""


def _number(low: float, high: float, *, whole: bool = False) -> Callable[[Plain], float]:
    kind = "a whole number" if whole else "a number"

    def read(value: Plain) -> float:
        typed = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        if not typed or not math.isfinite(value) or not low <= value <= high:  # type: ignore[arg-type, operator]
            raise _Wrong(f"must be {kind} from {low:g} to {high:g}")
        return int(value) if whole else float(value)  # type: ignore[arg-type]

    return read


def _numbers(low: float, high: float, *, rising: bool = False) -> Callable[[Plain], tuple[float, ...]]:
    each = _number(low, high)

    def read(value: Plain) -> tuple[float, ...]:
        if not isinstance(value, list) or not 1 <= len(value) <= 20:
            raise _Wrong("must be a list of 1 to 20 numbers")
        numbers = tuple(each(element) for element in value)
        if rising and any(b <= a for a, b in pairwise(numbers)):
            raise _Wrong("must rise from each to the next")
        return numbers

    return read


def _text(most: int) -> Callable[[Plain], str]:
    def read(value: Plain) -> str:
        if not isinstance(value, str) or not 1 <= len(value.strip()) <= most or not value.isprintable():
            raise _Wrong(f"must be text on one line, 1 to {most} letters")
        return value.strip()

    return read


def _word(*words: str) -> Callable[[Plain], str]:
    def read(value: Plain) -> str:
        if value not in words:
            raise _Wrong(f"must be one of {', '.join(words)}")
        return str(value)

    return read


_RULES: dict[str, Callable[[Plain], object]] = {
    "title": _text(80),
    "kind": lambda value: value,
    "arms": lambda value: value,
    "repeats": _text(60),
    "source": _text(200),
    "dropout": _number(0, 0.9),
    "sd": _number(0.1, 10),
    "correlation": _number(-0.95, 0.99),
    "months": _number(0.1, 240),
    "dose": _number(0, HIGHEST_MG),
    "schedule": _word("once", "twice"),
    "people": _number(1, 100_000, whole=True),
    "allocation": _word("equal", "square-root"),
    "weeks": _numbers(0.1, 104),
    "washout_weeks": _number(0, 52),
    "order": _word("balanced", "fixed"),
    "carryover": _number(0, 0.95),
    "blocks": _number(1, 50, whole=True),
    "days": _number(1, 90, whole=True),
    "placebo_share": _number(0, 0.9),
    "looks": _numbers(0.05, 0.95, rising=True),
    "keep": _number(1, 10, whole=True),
}
"""What the value of each key may be."""
_ALWAYS = ("title", "kind", "arms", "repeats", "source", "dropout", "sd", "correlation", "months")
_OWN = {
    "parallel": ("people", "allocation"),
    "crossover": ("people", "weeks", "washout_weeks", "order", "carryover"),
    "n-of-1": ("people", "blocks", "days", "carryover"),
    "up-and-down": ("people", "placebo_share"),
    "drop-losers": ("people", "looks", "keep"),
    "response-adaptive": ("people", "looks"),
}
"""The keys of each kind, beside those that every design may have."""
_MAY = {"parallel": {"people", "allocation"}, "n-of-1": {"carryover"}, "crossover": {"order"}}
"""What a kind takes and can do without."""

NUMBERS = re.compile(r"\d+(?:\.\d+)?")
IN_MG = re.compile(
    r"(?<!steps of )(?<!below )(?<!under )(?<!up to )(?<![\d.])"
    r"((?:\d+(?:\.\d+)?(?:, | and | or | to )?)+) ?mg\b"
)
"""Doses that a title names, such as '3, 4.5 and 6 mg'."""
KINDS = tuple(_OWN)
"""What a trial may be."""


def candidate_designs() -> dict[str, Design]:
    """The designs of ``reports/designs.yml`` in this working copy, or in the current folder's."""
    return read_designs(working_copy() / "reports" / "designs.yml")


def working_copy() -> Path:
    """The folder of this working copy; the current one where the package is installed elsewhere."""
    root = Path(__file__).resolve().parents[3]
    return root if (root / "notebooks").is_dir() else Path.cwd()


def chosen_designs(names: list[str] | None) -> list[Design]:
    """The candidate designs of these names; the adaptive ones without names."""
    every = candidate_designs()
    if not names:
        return [design for design in every.values() if design.adaptive]
    for name in names:
        if name not in every:
            raise InputError(f"there is no design {name!r}: {', '.join(every)}{meant(name, every, '; ')}")
    return [every[name] for name in dict.fromkeys(names)]


def read_designs(path: str | Path) -> dict[str, Design]:
    """Every design of a file, by name.

    Raises
    ------
    InputError
        The file cannot be read or is not strict YAML (`strict_yaml.read`), or a design breaks a rule: the
        message names file, design, key, value and rule.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path.name} is missing in {path.parent.name}/")
    bodies = strict_yaml.read(path, largest=MOST_BYTES)
    if not 1 <= len(bodies) <= MOST_DESIGNS:
        raise InputError(f"{path.name} must map 1 to {MOST_DESIGNS} names to designs")
    designs = {name: _design(f"{path.name}, design {name!r}", name, body) for name, body in bodies.items()}
    before: dict[str | Design, str] = {}
    for name, design in designs.items():
        content = replace(design, name="", title="", source="") if not design.repeats else name
        for same, part in ((design.title.casefold(), "title"), (content, "content")):
            if before.setdefault(same, name) != name:
                raise InputError(
                    f"{path.name}, design {name!r}: has the {part} of {before[same]!r}: one of them is a slip"
                )
    return designs


def _checked(where: str, body: Mapping[str, Plain], keys: Sequence[str]) -> dict[str, object]:
    """Each value through its rule; a key that is not among `keys` is refused with the nearest of them."""
    read: dict[str, object] = {}
    for key, value in body.items():
        if key not in keys:
            hint = meant(str(key), keys, before=": ") or "."
            raise InputError(f"{where}: {key!r} is not known here{hint} It takes {', '.join(keys)}.")
        try:
            read[str(key)] = _RULES[str(key)](value)
        except _Wrong as wrong:
            raise InputError(f"{where}: {key} is {shortened(value)}: {wrong}") from None
    return read


def _design(where: str, name: str, body: Plain) -> Design:
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,59}", name):
        raise InputError(f"{where}: a name is lower-case letters, digits, points and hyphens, at most 60")
    if not isinstance(body, dict):
        raise InputError(f"{where}: must be keys and values")
    kind = body.get("kind")
    if not isinstance(kind, str) or kind not in _OWN:
        raise InputError(f"{where}: kind is {kind!r}: must be one of {', '.join(KINDS)}")
    read = _checked(where, body, (*_ALWAYS, *_OWN[kind]))
    needed = ["title", "arms", *(key for key in _OWN[kind] if key not in _MAY.get(kind, ()))]
    for key in needed:
        if key not in read:
            raise InputError(f"{where}: {key} is missing: a {kind} trial needs {', '.join(needed)}")
    arms = _arms(where, kind, body["arms"])
    read.pop("kind"), read.pop("arms")
    arms, people = _allocated(where, kind, arms, read)
    _fits(where, kind, arms, read)
    named = {float(dose) for doses in IN_MG.findall(str(read["title"])) for dose in NUMBERS.findall(doses)}
    in_parts = {arm.dose / 2 for arm in arms if arm.schedule == "twice"}
    if absent := named - in_parts - {arm.dose for arm in arms}:
        raise InputError(f"{where}: title is {read['title']!r}: no arm has {min(absent):g} mg")
    return Design(name=name, kind=kind, arms=arms, people=people, **read)  # type: ignore[arg-type]


def _arms(where: str, kind: str, listed: Plain) -> tuple[Arm, ...]:
    if not isinstance(listed, list) or not 2 <= len(listed) <= 10:
        raise InputError(f"{where}: arms must be a list of 2 to 10 arms")
    arms = []
    keys = ("dose", "schedule", *["people"] * (kind == "parallel"))
    for i, body in enumerate(listed):
        place = f"{where}, arm {i + 1}"
        if not isinstance(body, dict) or "dose" not in body:
            raise InputError(f"{place}: must have a dose")
        arms.append(Arm(**_checked(place, body, keys)))  # type: ignore[arg-type]
    if len({(arm.dose, arm.schedule if arm.dose else "once") for arm in arms}) < len(arms):
        raise InputError(f"{where}: two arms have the same dose and schedule")
    if arms[0].dose != min(arm.dose for arm in arms):
        raise InputError(f"{where}: arm 1 has {arms[0].dose:g} mg: the lowest dose must come first")
    return tuple(arms)


def _allocated(
    where: str, kind: str, arms: tuple[Arm, ...], read: dict[str, object]
) -> tuple[tuple[Arm, ...], float]:
    """The arms with their people, and the people in all."""
    total, rule = read.pop("people", None), read.pop("allocation", None)
    if kind != "parallel":
        return arms, float(total)  # type: ignore[arg-type]
    stated = [not math.isnan(arm.people) for arm in arms]
    if all(stated) and total is None and rule is None:
        return arms, sum(arm.people for arm in arms)
    if any(stated) or total is None or rule is None:
        raise InputError(f"{where}: give people in every arm, or people and allocation for the whole trial")
    if total < len(arms):  # type: ignore[operator]
        raise InputError(f"{where}: people is {total}: must be at least {len(arms)}, one in each arm")
    first = math.sqrt(len(arms) - 1) if rule == "square-root" else 1.0
    denominator = first + len(arms) - 1
    shares = (first, *[1.0] * (len(arms) - 1))
    parts = [max(1, round(float(total) * share / denominator)) for share in shares]  # type: ignore[arg-type]
    return tuple(Arm(a.dose, a.schedule, n) for a, n in zip(arms, parts, strict=True)), float(sum(parts))


def _fits(where: str, kind: str, arms: tuple[Arm, ...], read: dict[str, object]) -> None:
    """Rules that tie one key to another."""
    weeks, keep = read.get("weeks"), read.get("keep")
    if isinstance(weeks, tuple) and len(weeks) != len(arms):
        raise InputError(f"{where}: weeks has {len(weeks)} lengths: must have {len(arms)}, one a period")
    if isinstance(keep, int) and keep >= len(arms) - 1:
        raise InputError(f"{where}: keep is {keep}: must be below the number of doses, {len(arms) - 1}")
    if read.get("order") == "fixed" and (len(arms) > 2 or arms[0].dose or read.get("carryover")):
        raise InputError(
            f"{where}: order is fixed: it takes placebo (dose 0), then one dose, and no carryover"
        )
    if kind == "up-and-down" and read.get("placebo_share") == 0:
        return
    if kind in ("up-and-down", "drop-losers", "response-adaptive", "n-of-1") and arms[0].dose != 0:
        raise InputError(
            f"{where}: arm 1 has {arms[0].dose:g} mg: a {kind} trial needs placebo there (dose 0)"
        )
