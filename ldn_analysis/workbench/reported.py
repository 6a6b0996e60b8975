"""What a source prints of arms, differences and counts, typed in a line each: to cells, and to words.

An arm is ``n value spread``: the spread a bare SD, or ``se``, ``ci``, ``quartiles`` or ``range`` with its
numbers; ``median`` before the value says what it is. A difference is ``value lower upper``, or the value with
``se``, ``t``, ``f`` or ``p``, of pairs also ``sd`` (of people's differences). ``3 mg:`` or ``period 1:``
before either says which dose or period it is of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ldn_analysis.display.words import listed, minus_signs
from ldn_analysis.errors import InputError
from ldn_analysis.evidence.rules.clauses import AT_95, OTHER_LEVEL
from ldn_analysis.evidence.schema import NUMBER as PLAIN
from ldn_analysis.evidence.schema import number_rule
from ldn_analysis.evidence.vocabulary import BIAS_DOMAINS, OF_ARMS, OF_DIFFERENCES, Precision, worst_judgement

NUMBER = PLAIN.pattern
NOT_JUDGED = "not judged"
PLACE = re.compile(rf"\s*(?:(?P<dose>{NUMBER})\s*mg|period\s*(?P<period>\d+))\s*:(?P<rest>.*)", re.DOTALL)
ARM = 'n mean sd", or "n mean se 0.4", "n mean ci low high", "n median 4.5 quartiles 3 6" or "... range 1 9'
PARTS = "; parts of a group, such as women and men, are combined first (Cochrane Handbook 6.5.2.10)"
DIFFERENCE = (
    'value lower upper", or "value se 0.5", "value t -1.5", "value f 2.1", "value p 0.03" or "... p<0.05'
)

NOTHING = (
    "say --difference, or --ldn and --placebo, or only --events where pain itself is not reported. A trial "
    "that prints none of these (p alone, an odds ratio, d or a number needed to treat) is listed by --set "
    "all_randomised --reason 'prints ... alone'; one without results yet is a row of registrations.csv"
)
ALSO_OF_ARMS = {
    "n": ": an arm begins with its own",
    "p": ": of means without a spread it is that of --difference, one mean less the other",
    "favours": ": of arms --location says it, 'Table 2 (favours LDN)'",
}
"""What to do with an option of a difference where arms are given."""


@dataclass(frozen=True, slots=True)
class TypedRow:
    """Cells of a row as they were typed, of one dose or period where it says so; `median` of such a value."""

    cells: dict[str, str]
    dose: str = ""
    period: str = ""
    median: bool = False

    @property
    def row(self) -> dict[str, str]:
        """The cells, with dose and period where they were said."""
        places = {"dose_mg_per_day": self.dose, "period": self.period}
        return self.cells | {name: cell for name, cell in places.items() if cell}

    @property
    def tail(self) -> str:
        """What dose and period add to the row's key."""
        return (f"-{self.dose}mg" if self.dose else "") + (f"-p{self.period}" if self.period else "")


@dataclass(frozen=True, slots=True)
class CountedEvent:
    """An event and, with their groups, its rows: all of one `period` of a crossover, or of none."""

    event: str
    rows: tuple[tuple[str, TypedRow], ...]

    @property
    def period(self) -> str:
        """The period that was counted; empty where it is the whole trial."""
        return self.rows[0][1].period


def _words(option: str, text: str) -> list[str]:
    """The words of an answer; a comma between digits could be a decimal comma, and is refused."""
    if re.search(r"\d,\d", text):
        raise InputError(f"{option} is {text!r}: {number_rule('1,5')}; a space between numbers")
    text = re.sub(r"(?<!\S)[\N{MINUS SIGN}\N{EN DASH}](?=[\d.])", "-", text)  # as papers print a minus
    return text.replace(",", " ").split()


def _number(option: str, text: str, word: str) -> str:
    rule = number_rule(word)
    if rule:
        raise InputError(f"{option} is {text!r}: {word!r} {rule}")
    return word


def numbers(option: str, text: str, names: tuple[str, ...], needed: int | None = None) -> dict[str, str]:
    """The numbers of an option by name, still as they were typed: trailing zeros are the source's."""
    needed = len(names) if needed is None else needed
    parts = _words(option, text)
    if not needed <= len(parts) <= len(names):
        most = "one number" if len(names) == 1 else f"{len(names)} numbers"
        many = f"{needed} or {most}" if needed < len(names) else most
        raise InputError(f'{option} is {text!r}: must be {many}, "{" ".join(names)}"')
    return dict(zip(names, (_number(option, text, part) for part in parts), strict=False))


RANGE = re.compile(rf"\s*(?P<low>{NUMBER})\s*(?:mg)?\s*to\s*(?P<high>{NUMBER})\s*(?:mg)?\s*")
DOSES = (
    '"3" for one dose in mg (1500 µg are "1.5"), "3 4.5" for an arm of each, "1.5 to 4.5" for one group '
    "whose dose rose or varied"
)


def daily_doses(option: str, text: str) -> tuple[list[str], bool]:
    """Doses of a study in mg a day, each once, the smallest first; whether they are the ends of one group's.

    Raises
    ------
    InputError : the words are not in one of the forms; the message shows them.
    """
    ends = RANGE.fullmatch(text)
    words = [ends["low"], ends["high"]] if ends else text.replace("mg", " ").replace(", ", " ").split()
    try:
        doses = [_number(option, text, word) for word in words]
    except InputError as error:
        raise InputError(f"{error}; say {DOSES}") from None
    if not doses or (ends and not float(doses[0]) < float(doses[1])):
        raise InputError(f"{option} is {text!r}: say {DOSES}")
    return sorted(dict.fromkeys(doses), key=float), bool(ends)


def _place(text: str) -> tuple[str, str, str]:
    """Dose, period and the rest of an answer."""
    match = PLACE.fullmatch(text)
    if not match:
        return "", "", text
    return match["dose"] or "", match["period"] or "", match["rest"]


def placed(text: str) -> bool:
    """Whether an answer says which dose or period it is of."""
    return bool(PLACE.fullmatch(text))


def _named(
    option: str, text: str, words: Sequence[str], kinds: Mapping[str, Precision], form: str
) -> dict[str, str]:
    """Cells of words such as ``se 0.4`` or ``ci 4.0 5.6``."""
    cells: dict[str, str] = {}
    left = list(words)
    while left:
        kind = left.pop(0).lower()
        columns = kinds[kind].columns if kind in kinds else ()
        if not columns or len(left) < len(columns) or columns[0] in cells:
            raise InputError(f'{option} is {text!r}: must be "{form}"')
        for column in columns:
            cells[column] = _number(option, text, left.pop(0))
    return cells


def arm(option: str, text: str) -> TypedRow:
    """An arm or a condition, such as ``29 4.8 2.1`` or ``3 mg: 29 median 4.5 quartiles 3 6``.

    Raises
    ------
    InputError : the words are not in one of the forms; the message shows them.
    """
    dose, period, rest = _place(text)
    if re.search(r"\b(?:sd|se|ci|quartiles|range)\b", rest, re.IGNORECASE):  # what stands in brackets is said
        rest = re.sub(r"\bto\b|[\[\]();]", " ", re.sub(r"\b95\s?% ?(?=CI\b)", "", rest, flags=re.IGNORECASE))
    if re.search(r"±|\+/-|[\[\](]", rest):
        rule = "after ± or in brackets may stand an SD, an SE or an interval: say which the paper means"
        raise InputError(f'{option} is {text!r}: {rule}, "{ARM}"')
    words = _words(option, rest)
    median = len(words) > 1 and words[1].lower() == "median"
    words = words[:1] + words[2:] if median else words
    if len(words) < 3:
        raise InputError(f'{option} is {text!r}: must be "{ARM}"')
    try:
        cells = {"n": _number(option, text, words[0]), "value": _number(option, text, words[1])}
        spread = words[2:]
        spread = ["sd", *spread] if len(spread) == 1 else spread
        cells |= _named(option, text, spread, OF_ARMS, ARM)
    except InputError as error:
        forms = "" if ARM in str(error) else f'; say "{ARM}"'
        raise InputError(f"{error}{forms}" + (PARTS if ":" in rest else "")) from None
    if median != bool({"q1", "minimum"} & set(cells)):
        rule = (
            "a median comes with quartiles or a range, a mean with an SD, an SE or an interval; the interval "
            "of a median gives no spread of people: --set all_randomised lists the trial"
        )
        raise InputError(f"{option} is {text!r}: {rule}")
    return TypedRow(cells, dose, period, median)


AS_PRINTED = re.compile(r"\b95\s?% ?CI\b|\bto\b|[\[\]();:]", re.IGNORECASE)
"""What a paper prints about the numbers of a difference: ``-0.8 (95% CI -1.9 to 0.3)``."""
BOUND = re.compile(r"([<>]=?|[=≤≥]?)\s*([^\s<>=≤≥]+)")


def bound(option: str, text: str) -> dict[str, str]:
    """A p value: ``0.03``, ``= 0.03``, ``<0.05``, ``≤ 0.05`` or ``>0.05``."""
    printed = BOUND.fullmatch(text.strip())
    sign, value = printed.groups() if printed else ("", text)
    if value.isalpha():
        raise InputError(
            f"{option} is {text!r}: must be a number; of 'not significant' say the limit, if printed: >0.05"
        )
    cells = {"p_value": numbers(option, value, ("p",))["p"]}
    return cells | ({"p_bound": "above" if sign[0] in ">≥" else "below"} if sign.strip("=") else {})


def difference(option: str, text: str) -> TypedRow:
    """A difference of LDN minus placebo, such as ``-0.8 -1.9 0.3`` or ``4.5 mg: -0.8 p<0.05``.

    Raises
    ------
    InputError : the words are not in one of the forms; the message shows them.
    """
    dose, period, rest = _place(text)
    if re.search(OTHER_LEVEL, rest, re.IGNORECASE):
        raise InputError(f"{option} is {text!r}: {AT_95}")
    rest, by_z = re.subn(r"\bby z\b", " ", AS_PRINTED.sub(" ", rest))
    p_match = re.fullmatch(r"(.*?)\bp\s*([<>]?=?|[≤≥])\s*(\S+)\s*", rest, re.IGNORECASE | re.DOTALL)
    cells = bound(option, p_match[2] + p_match[3]) if p_match else {}
    words = _words(option, p_match[1] if p_match else rest)
    if not words:
        raise InputError(f'{option} is {text!r}: must be "{DIFFERENCE}"')
    value = {"value": _number(option, text, words[0])}
    if len(words) == 3 and re.fullmatch(NUMBER, words[1]):
        words = [words[0], "ci", *words[1:]]
    value |= _named(option, text, words[1:], OF_DIFFERENCES, DIFFERENCE)
    if by_z and "lower95" not in value:
        raise InputError(f"{option} is {text!r}: 'by z' says how limits were made, and it has none")
    value |= {"limits_by": "z"} if by_z else {}
    return TypedRow(value | cells, dose, period)


def standing(option: str, texts: Sequence[str]) -> dict[str, str]:
    """By the name of a rule, why what it doubts stands, from ``"rule: why"``.

    Raises
    ------
    InputError : there is no rule or no reason, or a rule comes twice.
    """
    reasons: dict[str, str] = {}
    for text in texts:
        rule, _, why = (part.strip() for part in text.partition(":"))
        if not (rule and why):
            raise InputError(f'{option} is {text!r}: must be "rule: why", the rule as the check names it')
        if rule in reasons:
            raise InputError(f"{option} is {text!r}: {rule} has its reason already")
        reasons[rule] = why
    return reasons


def several(texts: str | Iterable[str] | None) -> list[str]:
    """One answer, or several, as a list."""
    return list(filter(None, [texts] if isinstance(texts, str) else texts or ()))


def judged(option: str, text: str, design: str, randomised: str = "yes") -> dict[str, str]:
    """Judgements by domain of ``"D1 low, D2 some concerns, ..."``, the overall one as the worst of them.

    Empty for "not judged" (or nothing).

    Raises
    ------
    InputError : a domain is missing or unknown, or a study that is not randomised is judged.
    """
    if not text.strip() or text.strip() == NOT_JUDGED:
        return {}
    tool = f"RoB 2 {design}"
    if tool not in BIAS_DOMAINS or randomised != "yes":
        raise InputError(f"{option}: RoB 2 is for randomised trials; say {NOT_JUDGED!r}")
    judgements: dict[str, str] = {}
    for part in text.split(","):
        domain, _, judgement = part.strip().partition(" ")
        if domain in judgements:
            raise InputError(f"{option}: {domain} is judged twice")
        judgements[domain] = judgement.strip()
    domains = [domain for domain in BIAS_DOMAINS[tool] if domain != "overall"]
    unlike = [d for d in domains if d not in judgements]
    unlike += [d for d in judgements if d not in (*domains, "overall")]
    if unlike:
        raise InputError(
            f"{option} is {text!r}: needs a judgement for each of {', '.join(domains)}, such as "
            f"'D1 low, D2 some concerns', or {NOT_JUDGED!r} (look at {', '.join(unlike)})"
        )
    return {"overall": worst_judgement([judgements[d] for d in domains])} | judgements


COUNTS = (
    'name: ldn_events ldn_n placebo_events placebo_n", with "41%" for a percentage, "60/480" for events in '
    'person-weeks, "both 4" after paired counts, "period 1:" before those of one period, or '
    '"name: 3 mg 12 29; 4.5 mg 14 30; placebo 6 29", or, with --control none, "name: 9 25'
)


RATIO_ALONE = (
    "A ratio or number needed to treat alone gives no counts: --set all_randomised --reason 'RR alone.'"
)


def counted(option: str, text: str) -> CountedEvent:
    """Counts of an event, such as ``nausea: 12 29 6 29`` (LDN, then placebo: events, then people).

    Raises
    ------
    InputError : the words are not in one of the forms; the message shows them.
    """
    dose, period, counts = _place(text)
    name, colon, rest = counts.rpartition(":")
    wrong = InputError(f'{option} is {text!r}: must be "{COUNTS}". {RATIO_ALONE}')
    if dose or not (colon and name.strip()):
        raise wrong
    rows: list[tuple[str, str, dict[str, str]]] = []
    if ";" in rest:
        for words in (part.split() for part in rest.split(";")):
            if words[:1] == ["placebo"] and len(words) == 3:
                rows.append(("placebo", "", _count(option, text, words[1], words[2])))
            elif len(words) == 4 and words[1] == "mg":
                dose = _number(option, text, words[0])
                rows.append(("ldn", dose, _count(option, text, words[2], words[3])))
            else:
                raise wrong
    else:
        words = _words(option, rest)
        both: dict[str, str] = {}
        if len(words) == 6 and words[4] == "both":
            both = {"both": _number(option, text, words[5])}
            words = words[:4]
        if len(words) not in (2, 4) or any(map(str.isalpha, words)):
            raise wrong
        # of one group alone: whether there is another is the trial's to say
        sides = (("ldn", words[:2]), ("placebo", words[2:]))
        rows = [(group, "", _count(option, text, *pair) | both) for group, pair in sides if pair]
    typed = [(group, TypedRow(cells, dose, period)) for group, dose, cells in rows]
    return CountedEvent(name.strip(), tuple(typed))


def _count(option: str, text: str, events: str, n: str) -> dict[str, str]:
    """Cells of one group: people, a percentage of them, or events in person-weeks."""
    people = {"n": _number(option, text, n)}
    if events.endswith("%"):
        return people | {"percent": _number(option, text, events[:-1])}
    if "/" in events:
        first, _, weeks = events.partition("/")
        return people | {"events": _number(option, text, first), "person_weeks": _number(option, text, weeks)}
    return people | {"events": _number(option, text, events)}


# In words --------------------------------------------------------------------------------------------------

SIGNS = {"below": "< ", "above": "> "}


def _listed(values: list[str]) -> str:
    """Values side by side; said once where they are all the same."""
    return values[0] if len(set(values)) == 1 else listed(values)


def _place_in_words(row: dict[str, str]) -> str:
    """Which of several doses or periods a row of an arm is of."""
    dose, period = row.get("dose_mg_per_day"), row.get("period")
    return f" ({dose} mg)" if dose else f" (period {period})" if period else ""


def _arms_in_words(statistic: str, arms: Sequence[dict[str, str]]) -> str:
    values = [row["value"] + _place_in_words(row) for row in arms]
    sentence = f"{statistic}s {listed(values)}"
    for form in OF_ARMS.values():
        cells = [[row.get(column, "") for column in form.columns] for row in arms]
        if all(map(all, cells)):
            sentence += f", {form.of_arms} {_listed([' to '.join(cell) for cell in cells])}"
    return sentence + f", n {_listed([row['n'] for row in arms])}"


def _difference_in_words(row: dict[str, str]) -> str:
    dose = f" at {row['dose_mg_per_day']} mg" if row.get("dose_mg_per_day") else ""
    sentence = f"{row['statistic']}{dose} {row['value']}"
    for kind, form in OF_DIFFERENCES.items():
        cells = [row.get(column, "") for column in form.columns]
        if all(cells):
            sign = SIGNS.get(row.get("p_bound", ""), "") if kind == "p" else ""
            sentence += f", {form.of_difference} {sign}{' to '.join(cells)}".replace("  ", " ")
    sizes = [row[column] for column in ("n_ldn", "n_placebo") if row.get(column)] or [row["n"]]
    return sentence + f", n {_listed(sizes)}"


def understood(rows: Sequence[dict[str, str]]) -> str:
    """What rows of outcomes say, in words: "means 4.8 and 5.6, SDs 2.1, n 29" (LDN, then placebo)."""
    parts = [
        f"at the start {row['value']} {row['unit']}" + (f", SD {row['sd']}" if row.get("sd") else "")
        for row in rows
        if row["group"] == "all"
    ]
    arms = [row for row in rows if row["group"] in ("ldn", "placebo")]
    for statistic in dict.fromkeys(row["statistic"] for row in arms):
        parts.append(_arms_in_words(statistic, [row for row in arms if row["statistic"] == statistic]))
    parts += [_difference_in_words(row) for row in rows if row["group"] == "ldn-placebo"]
    return minus_signs("; ".join(parts))
