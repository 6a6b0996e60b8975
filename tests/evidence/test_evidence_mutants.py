"""1,500 seeded changes of cells and rows: each is refused by name or leaves valid data; none is an error.

What may stand is what no other cell knows of: a row that is gone, a number without a partner, a word of the
list of measures that no row uses. What other cells do know of must be refused.
"""

import random
import re
from pathlib import Path

import pytest
from mutations import Data

from ldn_analysis.evidence.rules import RULES

DATA = Path(__file__).resolve().parents[2] / "data"
TABLES = {
    "outcomes": 8, "events": 4, "studies": 4, "study_sets": 2, "risk_of_bias": 2, "judgements": 2,
    "multiverse_choices": 1, "pharmacology": 2, "published_syntheses": 2, "clinical_thresholds": 1,
    "measures": 1, "responder_benchmarks": 1, "claims": 1,
}  # fmt: skip
KINDS = ("scale", "scale", "sign", "spell", "spell", "double", "drop", "swap")
WORDS = {"measure", "unit", "event", "quantity", "study_id", "trial_id", "claim_id", "option"}
STRICT = re.compile(
    r"final2024-pain-w12-(ldn|placebo)-|innova2026-pain-w(13|26|52)-(ldn|placebo)-mean$"
    r"|innova2026-pain-w(13|26|52)-ldn-placebo-adjusted-difference$"
)
"""Rows whose arms, contrast and interval are all there: a wrong number in one contradicts the others."""
CHUNKS, EACH = 15, 100


@pytest.fixture(scope="module")
def data():
    return Data(DATA)


def mutant(data, draw):
    """Table, kind of change, column, key of the row, and the rows after it; None if nothing changed."""
    name = draw.choices(list(TABLES), list(TABLES.values()))[0]
    kind, rows, key = draw.choice(KINDS), data.rows(name), data.key(name)
    at = draw.randrange(len(rows))
    row, fields = rows[at], data.package.resources[name].fields
    before, column = dict(row), ""
    numbers = [field.name for field in fields if field.type != "string" and row[field.name]]
    words = [field.name for field in fields if field.enum or field.name in WORDS]
    words = [word for word in words if re.search("[a-z]", row[word])]
    if kind in ("scale", "sign") and numbers:
        column = draw.choice(numbers)
        factor = draw.choice([0.01, 0.1, 10, 100]) if kind == "scale" else -1
        row[column] = f"{float(row[column]) * factor:.12g}"
    elif kind == "spell" and words:
        column = draw.choice(words)
        word = row[column]
        changed = [word.upper(), word.title(), word[:-1], word + "s", word.replace("-", " ", 1)]
        row[column] = draw.choice(changed)
    elif kind == "swap" and len(numbers) > 1:
        column, other = draw.sample(numbers, 2)
        row[column], row[other] = row[other], row[column]
    elif kind == "double":
        rows.append(before | {key: f"{before[key]}-again"})
        return name, kind, column, before[key], rows
    elif kind == "drop":
        del rows[at]
        return name, kind, column, before[key], rows
    return None if row == before or {row[column], before[column]} == {"0", "-0"} else (
        name, kind, column, before[key], rows
    )  # fmt: skip


def may_stand(name, kind, column, key):
    """Whether data may be valid after such a change."""
    if kind == "spell":
        return name == "measures"  # a measure that no row uses may be called anything
    if kind == "double":
        return name in ("studies", "measures", "claims")  # as a further report that has no DOI
    wrong = name == "outcomes" and column in ("value", "lower95", "upper95", "sd") and STRICT.search(key)
    return kind == "drop" or not wrong


@pytest.mark.parametrize("seed", range(CHUNKS))
def test_a_changed_cell_is_refused_by_name_or_explains_itself(data, seed):
    draw, done, stand = random.Random(20261125 + seed), 0, 0
    while done < EACH:
        found = mutant(data, draw)
        if found is None:
            continue
        done += 1
        name, kind, column, key, rows = found
        problems = data.problems({name: rows})
        if problems:
            for problem in problems:
                named = re.search(r"\[(\w+)(: correct it.*)?\]$", problem.rule)
                assert problem.file and problem.rule
                assert named is None or named[1] in RULES
            continue
        stand += 1
        assert may_stand(name, kind, column, key), (name, kind, column, key)
    assert stand < EACH / 3, stand
