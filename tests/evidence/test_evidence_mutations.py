"""Fifteen hundred seeded changes of what is pooled: refused by name, or the pooled numbers follow the change.

Of a change that is accepted, the estimates and counts of every other study stay as they were, no study enters
a pool, and those of its own study stay or move as the changed cell says: an estimate to the side to which its
value was moved, its variance with its interval, its spread or its p value, a count with the count.
"""

import math
import random
from pathlib import Path

import pytest
from mutants import Mutants, evidence_of
from mutations import Data

from ldn_analysis import contrasts

DATA = Path(__file__).resolve().parents[2] / "data"
CHANGES, PARTS = 1500, 3
TABLES = {"outcomes": 8, "events": 5, "studies": 4, "study_sets": 3, "measures": 2}
"""Tables from which pooled numbers are made, and how often each is changed."""
KINDS = ("sign", "scaled", "scaled", "decimal", "decimal", "shifted", "swap", "exchange", "word", "word",
         "spell", "empty", "double", "drop")  # fmt: skip
OWN = ("studies", "outcomes", "events", "study_sets")
OUTCOMES = ("pain", "pain threshold", "symptom severity", "function", "memory")
WIDER = ("sd", "se", "iqr", "p_value", "upper95")
"""Columns in which a larger number says that less is known."""


@pytest.fixture(scope="module")
def mutants():
    return Mutants(Data(DATA))


def pooled(tables, outcomes=OUTCOMES, events=True):
    """Estimates, doses and counts that are pooled, each by what it is of; the study comes second."""
    ev, found = evidence_of(tables), {}
    for outcome in outcomes:
        for measure in ("MD", "SMD") if outcome in ("pain", "pain threshold") else ("MD",):
            derived = contrasts.derive(ev, outcome, measure)
            for row in derived.table[derived.table["included"]].to_dict("records"):
                key = outcome, row["study_id"], row["instrument"], measure
                cells = (row[name] for name in ("yi", "vi", "week", "n_ldn", "n_control", "dose_mg"))
                found[key] = tuple(map(float, cells))
            doses = zip(derived.by_dose.to_dict("records"), derived.covariance.sum(axis=1), strict=True)
            for row, shared in doses:
                key = outcome, row["study_id"], row["instrument"], measure, row["dose_mg"]
                found[key] = row["yi"], float(shared)
    for row in contrasts.event_table(ev).to_dict("records") if events else ():
        if row["included"]:
            found[row["event"], row["study_id"]] = tuple(
                float(row[x]) for x in ("a", "c", "n1", "n2", "week")
            )
    return found


def touched(mutants, mutant):
    """Outcomes whose pools a change can reach, whether counts, and the trials that it names."""
    rows = [mutants.rows[mutant.table][at] for at, _ in mutant.rows]
    rows += [row for _, row in mutant.rows if row] + list(mutant.added)
    column = {"outcomes": "domain", "study_sets": "outcome"}.get(mutant.table, "")
    named = {row[column] for row in rows} if column else set(OUTCOMES)
    named |= {"pain"} if "symptom severity" in named else set()
    outcomes = [name for name in OUTCOMES if name in named and mutant.table != "events"]
    return (
        outcomes,
        mutant.table in ("events", "studies", "study_sets"),
        {r.get("study_id", "") for r in rows},
    )


def alike(one, other):
    return one is not None and other is not None and len(one) == len(other) and all(
        a == b or (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-9)
        for a, b in zip(one, other, strict=True)
    )  # fmt: skip


def follows(mutant, row, key, old, new):
    """Whether a number that moved went where the changed cell says; None where a cell says no direction."""
    up = _number(mutant.new) - _number(mutant.old)
    if mutant.table == "events":
        at = {"events": 0, "n": 2}.get(mutant.column)
        if at is None or math.isnan(up):
            return None
        at += row["group"] == "placebo"
        return all(
            math.isclose(b - a, up if i == at else 0.0) for i, (a, b) in enumerate(zip(old, new, strict=True))
        )
    if mutant.table != "outcomes":
        return None
    moved, wider = new[0] - old[0], new[1] - old[1]
    if mutant.column == "statistic":  # of another statistic the interval is read by the normal or by t
        return moved == 0 and abs(wider) < 0.1 * old[1]
    if math.isnan(up):
        return None
    if mutant.column == "value":
        turned = -1 if row["better"] == "higher" and key[0] in ("pain", "symptom severity") else 1
        if row["group"] in ("ldn", "ldn-placebo"):
            return moved * up * turned > 0
        if row["group"] == "placebo":
            return moved * up * turned < 0
        return moved * up * old[0] >= 0  # a baseline: percent of it are more points
    if mutant.column in (*WIDER, "lower95"):
        sign = -1 if mutant.column == "lower95" else 1
        smaller = (abs(new[0]) - abs(old[0])) * up * sign <= 0  # standardised by what has spread more
        return wider * up * sign > 0 or (smaller and moved != 0)
    if mutant.column.startswith("n"):
        return abs(moved) < 0.1 and abs(wider) < 0.5 * old[1]
    return None


def _number(cell):
    try:
        return float(cell)
    except ValueError:
        return math.nan


def alone(tables, studies):
    """The tables of some studies and of the other reports of their trials."""
    rows = tables["studies"]
    trials = set(rows.loc[rows["study_id"].isin(studies), "trial_id"])
    kept = set(rows.loc[rows["trial_id"].isin(trials), "study_id"])
    found = {name: table[table["study_id"].isin(kept)] for name, table in tables.items() if name in OWN}
    return kept, tables | found


def drawn(mutants):
    rng, found = random.Random(20261126), []
    while len(found) < CHANGES:
        table = rng.choices(list(TABLES), list(TABLES.values()))[0]
        mutant = mutants.draw(rng, table, rng.choice(KINDS))
        found += [mutant] if mutant else []
    return found


def against(mutants, mutant, new, before, *, every):
    """What a change that is accepted moves against what its cell says; of `every` study, or of its own."""
    outcomes, events, studies = touched(mutants, mutant)
    tables = mutants.tables(mutant, new)
    kept = {key[1] for key in before}
    if mutant.table != "measures" and not every:
        kept, tables = alone(tables, studies)
    after = pooled(tables, outcomes, events)
    reached = [key for key in before if key[0] in outcomes or (events and key[0] not in OUTCOMES)]
    mine = {key: before[key] for key in reached if key[1] in kept | studies}
    row = mutants.rows[mutant.table][mutant.row]
    for key in mine.keys() | after.keys():
        old, now = mine.get(key), after.get(key)
        if alike(old, now):
            continue
        entered = old is None
        other = mutant.table != "measures" and key[1] not in studies
        told = now is None or mutant.kind in ("drop", "empty")
        yield entered or other or not (told or follows(mutant, row, key, old, now)), f"{key} {old} -> {now}"


@pytest.mark.parametrize("part", [0, *(pytest.param(i, marks=pytest.mark.thorough) for i in range(1, PARTS))])
def test_a_change_is_refused_or_the_pools_follow_it(mutants, part):
    changes = drawn(mutants)[part::PARTS]
    before, refused, moved, wrong = pooled(mutants.data.tables), 0, 0, []
    for mutant, (broken, new) in zip(changes, mutants.typed(changes), strict=True):
        if broken or mutants.refusal(mutant, new):
            refused += 1
            continue
        found = list(against(mutants, mutant, new, before, every=moved % 8 == 0))
        moved += bool(found)
        wrong += [f"{mutant}: {said}" for bad, said in found if bad]
    assert not wrong, "\n".join(wrong)
    assert refused > 0.7 * len(changes) and moved > 4, (refused, moved)
