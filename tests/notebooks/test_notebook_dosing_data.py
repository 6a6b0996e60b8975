"""The reports on the dose and on the next trial, run in this process on evidence that nobody has yet."""

import re
import shutil
from pathlib import Path

import made_up
import pytest
from told_notebooks import Told, tell

pytestmark = pytest.mark.slow

SMALL = {
    "05_dosing": {"draws": 8192, "occupancy_draws": 50, "patients": 500},
    "09_next_trial": {"reviews": 100, "draws": 128, "trials": 100, "patients": 500},
}
BROKEN = re.compile(
    r"\bnan\b|\bNone\b|\binf\b|None at mg|\bat mg\b| mg mg|  +\S|(?<!of-)\b1 (?:trials|studies)\b"
)


def run(name: str, **choices: object) -> Told:
    """What a notebook tells, after what none may say."""
    told = tell(name, **SMALL[name] | choices)
    assert not BROKEN.search(told.text), BROKEN.findall(told.text)
    sentence = told.answer["sentence"]
    assert len(sentence.split()) <= (42 if name == "09_next_trial" else 40), sentence
    return told


@pytest.mark.parametrize(
    "shape", ["one, doses", "three, doses", "eight, every dose", "twelve, one dose", "none, a case"]
)
def test_the_dosing_report_reads_rightly_on_other_trials(
    shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LDN_DATA", str(made_up.write(tmp_path / "data", shape)))
    told = run("05_dosing")
    assert "dosing.ed50" not in told.recorded  # no dose-finding study is among them
    compared = told.recorded["dosing.comparisons"]
    if shape == "none, a case":
        assert "No randomised, double-blind trial" in told.text and "dosing.half_dose" not in told.recorded
    if "every dose" in shape or "twelve" in shape:
        assert compared == 0


@pytest.mark.parametrize("choices", [{"as_of": 1995}, {"as_of": 2010}, {"as_of": 2013}], ids=str)
def test_the_dosing_report_reads_rightly_in_earlier_years(
    choices: dict[str, object],
) -> None:
    told = run("05_dosing", **choices)
    assert ("dosing.pet_single_dose" in told.recorded) == (choices["as_of"] >= 2011)
    assert ("dosing.half_dose" in told.recorded) == (choices["as_of"] >= 2013)


EDGES = {"ed50_median": 20.0, "ed50_log_sd": 3.0, "emax_sd": 10.0, "person_sd": 0.0, "cv": 1.0, "level": 0.5}


@pytest.mark.parametrize("left", ["", "symptom-response"], ids=["no pharmacology", "doses far off"])
def test_other_pharmacology_at_the_edges_of_the_parameters(
    left: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(made_up.DATA, tmp_path / "data"))
    table = folder / "pharmacology.csv"
    head, *rows = table.read_text(encoding="utf-8").splitlines(keepends=True)
    rows = [row.replace(",3.88,", ",0.8,") for row in rows if left and left in row]
    table.write_text(head + "".join(rows), encoding="utf-8")
    monkeypatch.setenv("LDN_DATA", str(folder))
    told = run("05_dosing", **EDGES)
    assert "dosing.pet_single_dose" not in told.recorded
    assert left or "dosing.ed50" not in told.recorded
    assert "beyond 50 mg" in told.text


@pytest.mark.parametrize("choices", [{"as_of": 1995}, {"as_of": 2016, "then": 2000}], ids=str)
def test_the_next_trial_is_planned_before_the_first_pool(
    choices: dict[str, object],
) -> None:
    told = run("09_next_trial", **choices)
    assert told.recorded["next.per_group"] > 100
    assert ("next.width_today" in told.recorded) == (choices["as_of"] == 2016)


def test_the_next_trial_on_other_trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LDN_DATA", str(made_up.write(tmp_path / "data", "three, doses")))
    told = run("09_next_trial")
    assert told.recorded["next.comparisons"] == 3
