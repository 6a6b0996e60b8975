"""Every row and every value of the extraction is in ``data/``, unchanged; what was added is listed here.

``extraction.json`` holds the checksum of each table's cells as they were extracted, so that this runs in any
clone; where the extraction itself lies beside the repository, cells are compared one by one.
"""

import csv
import hashlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXTRACTION = ROOT.parent / "shared" / "evidence"
TABLES = json.loads((Path(__file__).parent / "extraction.json").read_text(encoding="utf-8"))["tables"]

# Rows that spell out numbers which the extraction holds only in the text of a `location` cell.
ADDED_ROWS = {
    "events": {
        "final2024-pain-response-30-w12-ldn-complete-cases",
        "final2024-pain-response-30-w12-placebo-complete-cases",
    },
    "outcomes": {
        "finalqst2025-conditioned-pain-modulation-w12-ldn-mean-change",
        "finalqst2025-conditioned-pain-modulation-w12-placebo-mean-change",
    },
}


def cells(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def carried_over(name):
    """The rows of ``data/`` reduced to what the extraction holds: its columns, without the added rows."""
    header, *rows = cells(ROOT / "data" / f"{name}.csv")
    where = [header.index(column) for column in TABLES[name]["columns"]]
    return [[row[i] for i in where] for row in rows if row[0] not in ADDED_ROWS.get(name, ())]


@pytest.mark.parametrize("name", TABLES)
def test_the_extraction_is_unchanged(name):
    rows = carried_over(name)
    assert len(rows) == TABLES[name]["rows"]
    found = hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()
    assert found == TABLES[name]["sha256"]


@pytest.mark.skipif(not EXTRACTION.is_dir(), reason="the extraction does not lie beside the repository")
@pytest.mark.parametrize("name", TABLES)
def test_cell_by_cell(name):
    header, *rows = cells(EXTRACTION / f"{name}.csv")
    assert header == TABLES[name]["columns"]
    for number, (ours, theirs) in enumerate(zip(carried_over(name), rows, strict=True), start=2):
        assert dict(zip(header, ours, strict=True)) == dict(zip(header, theirs, strict=True)), (
            f"line {number}"
        )


@pytest.mark.parametrize(("name", "ids"), ADDED_ROWS.items())
def test_added_rows_are_there(name, ids):
    assert ids <= {row[0] for row in cells(ROOT / "data" / f"{name}.csv")}


def test_added_numbers_stand_in_the_extracted_text():
    """Columns that were filled from text: each number is in the location of its row (or its sibling)."""
    header, *rows = cells(ROOT / "data" / "outcomes.csv")
    table = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    for row in table.values():
        for column in ("iqr", "effect_size"):
            if row[column]:
                assert row[column] in row["location"], row["outcome_id"]
    text = table["finalqst2025-conditioned-pain-modulation-w12-ldn-placebo-difference-in-mean-change"][
        "location"
    ]
    assert "1.2 (0.05 to 2.4) LDN and -0.8 (-1.9 to 0.4) placebo" in text
    header, *rows = cells(ROOT / "data" / "pharmacology.csv")
    for row in (dict(zip(header, cell, strict=True)) for cell in rows):
        assert not row["se"] or f"SEM {row['se']}" in row["location"]
    header, *rows = cells(ROOT / "data" / "events.csv")
    for row in (dict(zip(header, cell, strict=True)) for cell in rows):
        if row["percent"] and row["analysis"] != "complete cases":
            assert f"{row['percent']}%" in row["location"]
