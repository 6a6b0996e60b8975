"""1,500 seeded changes of cells and rows: each is refused by name or leaves valid data; none is an error.

What may stand is what no other cell knows of: a row that is gone, a number without a partner, a word of the
list of measures that no row uses. What other cells do know of must be refused.
"""

import random
import re
from pathlib import Path

import pytest
from mutants import Mutant, Mutants
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
OTHERS = ("a key of another table", "a reason without a finding")


@pytest.fixture(scope="module")
def every():
    return Mutants(Data(DATA))


def mutant(every, draw):
    """A change that is drawn; None if nothing changed."""
    name = draw.choices(list(TABLES), list(TABLES.values()))[0]
    kind, rows, key = draw.choice(KINDS), every.rows[name], every.data.key(name)
    at = draw.randrange(len(rows))
    row, fields = dict(rows[at]), every.data.package.resources[name].fields
    before, column = rows[at], ""
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
        added = (before | {key: f"{before[key]}-again"},)
        return Mutant(name, kind, column, before[key], "", ((at, before),), added)
    elif kind == "drop":
        return Mutant(name, kind, column, before[key], "", ((at, None),))
    if row == before or {row[column], before[column]} == {"0", "-0"}:
        return None
    return Mutant(name, kind, column, before[key], "", ((at, row),))


def may_stand(name, kind, column, key):
    """Whether data may be valid after such a change."""
    if kind == "spell":
        return name == "measures"  # a measure that no row uses may be called anything
    if kind == "double":
        return name in ("studies", "measures", "claims")  # as a further report that has no DOI
    wrong = name == "outcomes" and column in ("value", "lower95", "upper95", "sd") and STRICT.search(key)
    return kind == "drop" or not wrong


@pytest.mark.parametrize("seed", range(CHUNKS))
def test_a_changed_cell_is_refused_by_name_or_explains_itself(every, seed):
    draw, drawn, stand = random.Random(20261125 + seed), [], 0
    while len(drawn) < EACH:
        found = mutant(every, draw)
        drawn += [found] if found else []
    for change, (broken, new) in zip(drawn, every.typed(drawn), strict=True):
        refused = broken or every.refusal(change, new)
        if refused:
            assert all(broken) if broken else refused in {*RULES, *OTHERS} or "unique" in refused, refused
            continue
        stand += 1
        what = change.table, change.kind, change.column, change.old
        assert may_stand(*what), what
    assert stand < EACH / 3, stand


def test_what_is_read_anew_alone_says_what_all_the_data_say(every):
    """The short way through the rules and the whole one agree on whether a change is refused."""
    draw, drawn = random.Random(20261127), []
    while len(drawn) < 25:
        found = mutant(every, draw)
        drawn += [found] if found else []
    for change, (broken, new) in zip(drawn, every.typed(drawn), strict=True):
        whole = every.data.problems({change.table: every.texts(change)})
        assert bool(whole) == bool(broken or every.refusal(change, new)), change
