"""Effect sizes and conversions against metafor 5.1-0 and meta 4.19-2 (tests/reference/B_*.json).

Every combination in those files is a case: it is compared, or named in NOT_COMPARED with the reason; one that
is neither fails.
"""

import json
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest

from ldn_analysis import measures

FOLDER = Path(__file__).parents[1] / "reference"

NOT_COMPARED = {
    "B_escalc_paired/table/sd_diff_own_formula": "compared in test_sd_of_change",
    "B_escalc_two_group_means/*/hedges_J": "compared in test_hedges_j",
    "B_meta_smd_hk/*": "compared in test_meta_package",
}
TOLERANCE = 1e-11


def load(stem):
    return json.loads((FOLDER / f"{stem}.json").read_text(encoding="utf-8"))


FILES = {path.stem: load(path.stem) for path in sorted(FOLDER.glob("B_*.json"))}


def combinations():
    """Paths of the form stem/dataset/key or stem/key, whichever the file has."""
    for stem, content in FILES.items():
        for first, inside in content["expected"].items():
            values = list(inside.values()) if isinstance(inside, dict) else []
            if (
                values
                and all(isinstance(v, dict) or v is None for v in values)
                and not ({"yi", "mean", "ai"} & set(inside))
            ):
                yield from (f"{stem}/{first}/{key}" for key in inside)
            else:
                yield f"{stem}/{first}"


CASES = list(combinations())


def numbers(values):
    return np.array([np.nan if v is None else float(v) for v in values])


def agree(path, ours, expected):
    """Same missing values, same numbers."""
    ours, expected = np.asarray(ours, dtype=float), numbers(expected)
    np.testing.assert_allclose(ours, expected, rtol=TOLERANCE, atol=1e-14, err_msg=path)


def spreads(data, key):
    m1, sd1, n1, m2, sd2, n2 = (numbers(data[c]) for c in ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"))
    if key.startswith("CVR"):
        return measures.log_cv_ratio(m1, sd1, n1, m2, sd2, n2)
    return measures.log_variability_ratio(sd1, n1, sd2, n2)


def paired(data, _):
    return measures.paired_log_variability_ratio(*(numbers(data[c]) for c in ("sd1i", "sd2i", "ni", "ri")))


def cells(data, key):
    a, b, c, d = (numbers(data[x]) for x in ("ai", "bi", "ci", "di"))
    return measures.two_by_two(key.partition("_")[0], a, a + b, c, c + d)


def rates(data, _):
    return measures.rate_ratio(*(numbers(data[c]) for c in ("x1i", "t1i", "x2i", "t2i")))


BY_DATASET = {
    "B_escalc_two_group_means": spreads, "B_escalc_paired": paired, "B_escalc_2x2": cells,
    "B_escalc_two_rates": rates,
}  # fmt: skip


def five_numbers(content):
    given = {k: numbers(v) for k, v in content["inputs"]["table"].items()}
    return measures.mean_sd_from_quartiles(given["median"], given["n"], minimum=given["min"], q1=given["q1"],
                                           q3=given["q3"], maximum=given["max"])  # fmt: skip


@pytest.mark.parametrize("path", [c for c in CASES if not any(fnmatch(c, p) for p in NOT_COMPARED)])
def test_agrees(path):
    stem, key = path.split("/", 1)
    content = FILES[stem]
    if stem == "B_conv_fivenum":
        expected, got = content["expected"][key], five_numbers(content)
        for name, value in zip(("mean", "sd", "test_tval", "test_crit", "test_sig"), got, strict=True):
            agree(path, value, expected[name])
    else:
        dataset, name = key.split("/")
        got = BY_DATASET[stem](content["inputs"][dataset], name)
        agree(path, got.yi, content["expected"][dataset][name]["yi"])
        agree(path, got.vi, content["expected"][dataset][name]["vi"])


def test_every_reason_is_still_needed():
    for pattern in NOT_COMPARED:
        assert any(fnmatch(case, pattern) for case in CASES), pattern


def test_sd_of_change():
    content = FILES["B_escalc_paired"]
    data = {k: numbers(v) for k, v in content["inputs"]["table"].items()}
    expected = content["expected"]["table"]["sd_diff_own_formula"]["sd_diff"]
    agree("sd_diff", measures.sd_of_change(data["sd1i"], data["sd2i"], data["ri"]), expected)


@pytest.mark.parametrize("dataset", FILES["B_escalc_two_group_means"]["expected"])
def test_hedges_j(dataset):
    expected = FILES["B_escalc_two_group_means"]["expected"][dataset]["hedges_J"]
    df = numbers(expected["m"])
    agree("J exact", measures.hedges_j(df), expected["exact"])
    agree("J approximate", measures.hedges_j(df, "approximate"), expected["approx_1_minus_3_over_4m_minus_1"])
