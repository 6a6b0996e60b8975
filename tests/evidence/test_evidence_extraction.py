"""Every row and every value of the extraction is in ``data/``, as the check of November 2026 left it.

``extraction.json`` holds the checksum of each table's cells (extraction and check together), so that this
runs in any clone; where the extraction itself lies beside the repository, cells are compared one by one.
What was added, and which cells follow a change, is listed here.
"""

import csv
import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXTRACTION = ROOT.parent / "shared" / "evidence"
UPDATE = EXTRACTION / "update"
TABLES = json.loads((Path(__file__).parent / "extraction.json").read_text(encoding="utf-8"))["tables"]
beside = pytest.mark.skipif(not UPDATE.is_dir(), reason="the extraction does not lie beside the repository")

# Rows that spell out numbers which the extraction holds only in the text of a `location` cell.
ADDED_ROWS = {
    "events": {
        "final2024-pain-response-30-w12-ldn-complete-cases",
        "final2024-pain-response-30-w12-placebo-complete-cases",
        # percentages of the news report that the update's README quotes, without denominators
        "younger2013-vivid-dreams-ldn",
        "younger2013-vivid-dreams-placebo",
        "younger2013-headache-ldn",
        "younger2013-headache-placebo",
    },
    "outcomes": {
        "finalqst2025-conditioned-pain-modulation-w12-ldn-mean-change",
        "finalqst2025-conditioned-pain-modulation-w12-placebo-mean-change",
    },
}
# Rows that stand for others of the extraction, under a new name.
RENAMED = {
    "saif2026-pain-md": "women2024-pain-md",
    "saif2026-dizziness-rr": "women2024-dizziness-rr",
    "saif2026-nausea-rr": "women2024-nausea-rr",
    "duebruun2026-pain-smd": "duebruun2026-pain-md",
}
# Words on how a claim is tested, which follow its test today: here as they were extracted.
REWRITTEN = {
    "studies": {"younger2013": {"dose_schedule": "4.5 mg once daily in the paper; 3-4.5 mg in the registry"}},
    "claims": {
        "pilot_30_percent": {
            "tested_by": "younger2009 re-analysed from its p value; order confounded with time"
        },
        "replication_2013": {
            "tested_by": "younger2013 re-analysed with the correlation its own p value implies"
        },
        "esr_predicts": {"tested_by": "r squared 0.80 at n = 10: interval; shrinkage; replication"},
        "all_or_nothing": {
            "tested_by": "ratio of change variances; responder rates at 15/30/50%; what a normal shift would give"  # noqa: E501
        },
        "side_effects_rare": {"tested_by": "adverse events against placebo"},
        "dose_unknown": {"tested_by": "dose-response across trials and the up-and-down study"},
        "unmet_need": {"tested_by": "not tested here"},
        "studies_needed": {"tested_by": "what a trial would have to be to settle the dose"},
    },
}
# Places that follow a change of what was read: where the check gives no new place, its reason does.
NEW_LOCATIONS = {
    "events": {
        "final2024-any-adverse-event-w12-ldn",
        "final2024-any-adverse-event-w12-placebo",
        "final2024-stopped-for-side-effects-w12-ldn",
        "final2024-stopped-for-side-effects-w12-placebo",
        "younger2009-symptom-response-w8-ldn",
        "younger2009-vivid-dreams-w8-ldn",
        "younger2009-transient-nausea-and-insomnia-w8-ldn",
    },
    "outcomes": {
        "younger2009-esr-w8-ldn-r-squared",
        "younger2013-pain-ldn-placebo-paired-difference",
        "jackson2021-cold-pressor-time-ldn-ratio-of-means",
        "younger2009-mechanical-pain-threshold-w8-ldn-direction",
        "younger2009-heat-pain-threshold-w8-ldn-direction",
    },
}
NEW_TABLES = {
    "registrations": ("ongoing_trials", "registry_id", "{}"),
    "pilot_participants": ("pilot_participants", "participant", "younger2009-p{}"),
    "discontinuation": ("discontinuation", "study_id", "{}-discontinuation"),
    "responder_benchmarks": ("responder_benchmarks", "benchmark_id", "{}"),
}
CHANGED = ("studies", "outcomes", "events")
REPLACED = ("published_syntheses", "pharmacology", "clinical_thresholds")


def cells(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def records(path):
    """The rows by their first cell."""
    header, *rows = cells(path)
    return {row[0]: dict(zip(header, row, strict=True)) for row in rows}


def data(name):
    return records(ROOT / "data" / f"{name}.csv")


def carried_over(name):
    """Rows of ``data/`` by key, in the columns that the extraction has, without the rows that were added and
    with the words that were extracted where they are known to be others now."""
    added, words = ADDED_ROWS.get(name, ()), REWRITTEN.get(name, {})
    columns = TABLES[name]["columns"]
    return {
        key: {c: row[c] for c in columns} | words.get(key, {})
        for key, row in data(name).items()
        if key not in added
    }


@pytest.mark.parametrize("name", TABLES)
def test_what_was_extracted_and_checked_is_unchanged(name):
    """What was added later follows it."""
    rows = [list(row.values()) for row in carried_over(name).values()][: TABLES[name]["rows"]]
    found = hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()
    assert found == TABLES[name]["sha256"], (
        f"data/{name}.csv: a row of the extraction was changed, removed or moved; new rows stand at the end"
    )


@beside
@pytest.mark.parametrize("name", TABLES)
def test_cell_by_cell(name):
    """What the check did not touch stands as it was extracted, in the same order."""
    new = set()
    if name in CHANGED:
        new = set(records(UPDATE / f"{name}.new.csv"))
    if name in REPLACED:
        replaced = records(UPDATE / f"{name}.csv")
        new = set(replaced)
    header, *rows = cells(EXTRACTION / f"{name}.csv")
    assert header == TABLES[name]["columns"]
    if name in REPLACED:  # rows that the check wrote anew, under their old or a new name
        gone = {RENAMED.get(key, key) for key in new}
        keys = list(data_keys_of_old(name, gone))
        rows = [row for key, row in zip(keys, rows, strict=True) if key not in gone]
    kept = [(key, row) for key, row in carried_over(name).items() if key not in new]
    touched = changes(name) | {(key, "location") for key in NEW_LOCATIONS.get(name, ())}
    for (key, ours), theirs in zip(kept, rows, strict=True):
        for column, cell in zip(header, theirs, strict=True):
            if (key, column) not in touched:
                assert ours[column] == cell, (key, column)


def data_keys_of_old(name, gone):
    """Keys of the extraction's rows, in its order: those of ours, renamed back, without what is new."""
    for key in carried_over(name):
        old = RENAMED.get(key, key)
        if old in gone and old == key and key not in OLD_KEYS[name]:
            continue
        yield old


# Rows of the replaced tables that stood in the extraction under the same key.
OLD_KEYS = {
    "published_syntheses": set(RENAMED.values()),
    "pharmacology": {
        "mu-occupancy-naltrexone-5mg-4h-a",
        "mu-occupancy-naltrexone-5mg-4h-b",
        "mu-occupancy-naltrexone-50mg-4h-a",
        "mu-occupancy-naltrexone-50mg-4h-b",
        "mu-occupancy-naltrexone-50mg-24h",
    },
    "clinical_thresholds": {"hauser2011_placebo"},
}


def changes(name):
    """Cells that the check changed, appends to notes among them."""
    if name == "published_syntheses":  # a sentence on the corrigendum, which the check's README gives
        return {("vatvani2024-pain-md", "notes")}
    if name not in CHANGED:
        return set()
    header, *rows = cells(UPDATE / f"{name}.changed.csv")
    return {(row[0], row[header.index("column")]) for row in rows}


@beside
@pytest.mark.parametrize("name", CHANGED)
def test_each_changed_cell(name):
    table = data(name)
    header, *rows = cells(UPDATE / f"{name}.changed.csv")
    assert rows
    for row in (dict(zip(header, line, strict=True)) for line in rows):
        key, column = row[header[0]], row["column"]
        ours = table[key][column]
        if row["old"] == "(append)":
            assert row["new"] in ours, (key, column)
        elif (key, column) == ("marcus2024", "dose_max_mg"):
            assert ours == "6" and "6 mg is not supported" in table[key]["notes"]  # a dose is required
        else:
            assert ours == row["new"], (key, column)


@beside
@pytest.mark.parametrize(
    ("name", "file"),
    [*((name, f"{name}.new.csv") for name in CHANGED), *((name, f"{name}.csv") for name in REPLACED)],
)
def test_each_new_row(name, file):
    table, above = data(name), ""
    for key, row in records(UPDATE / file).items():
        if row.get("location") == "as above":
            row["location"] = above
        if "notes" in row:  # which row it replaces is for whoever applies it, not for a reader
            row["notes"] = re.sub(r"Replaces \S+\. ?", "", row["notes"])
        assert {column: table[key][column] for column in row} == row, key
        above = row.get("location", "")


@beside
def test_renamed_rows_are_gone():
    keys = set(data("published_syntheses"))
    assert not keys & set(RENAMED.values()) and set(RENAMED) <= keys
    for path in (ROOT / "data").glob("*.csv"):
        assert "women2024" not in path.read_text(encoding="utf-8"), path.name


@beside
@pytest.mark.parametrize("name", NEW_TABLES)
def test_each_row_of_the_new_tables(name):
    file, column, pattern = NEW_TABLES[name]
    table = data(name)
    header, *rows = cells(UPDATE / f"{file}.csv")
    for row in (dict(zip(header, line, strict=True)) for line in rows):
        ours = table[pattern.format(row[column])]
        shared = [c for c in row if c in ours and (name, c) != ("discontinuation", "study_id")]
        assert len(shared) >= len(row) - 1
        assert {c: ours[c] for c in shared} == {c: row[c] for c in shared}
    if name != "registrations":
        assert len(table) == len(rows)


@beside
def test_each_risk_of_bias_that_changed():
    table = data("risk_of_bias")
    for key, row in records(UPDATE / "risk_of_bias.changed.csv").items():
        assert {c: table[key][c] for c in ("judgement", "basis")} == {
            c: row[c] for c in ("judgement", "basis")
        }


def test_registered_numbers():
    table = data("registrations")
    numbers = {key: (row["study_id"], row["n_planned"], row["n_reached"]) for key, row in table.items()}
    assert numbers["NCT04739995"] == ("innova2026", "120", "98")
    assert numbers["NCT00568555"] == ("younger2013", "", "53")
    assert numbers["NCT04502251"] == ("paula2023", "92", "")
    stated = {row["registry"] for row in data("studies").values() if row["registry"]}
    assert stated <= set(table)


@pytest.mark.parametrize(("name", "ids"), ADDED_ROWS.items())
def test_added_rows_are_there(name, ids):
    assert ids <= set(data(name))


def test_added_numbers_stand_in_the_extracted_text():
    """Columns that were filled from text: each number is in the location of its row (or its sibling)."""
    table = data("outcomes")
    for row in table.values():
        for column in ("iqr", "effect_size"):
            if row[column]:
                assert row[column] in row["location"], row["outcome_id"]
    text = table["finalqst2025-conditioned-pain-modulation-w12-ldn-placebo-difference-in-mean-change"][
        "location"
    ]
    assert "1.2 (0.05 to 2.4) LDN and -0.8 (-1.9 to 0.4) placebo" in text
    for row in data("pharmacology").values():
        assert not row["se"] or f"SEM {row['se']}" in row["location"]
    for row in data("events").values():
        if row["percent"] and row["analysis"] != "complete cases":
            assert f"{row['percent']}%" in row["location"]
