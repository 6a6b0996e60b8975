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
    "B_escalc_two_group_means/*/SMD_approxJ_own_formula": "compared in test_approximate_correction",
    "B_meta_smd_hk/*": "compared in test_meta_package",
}
# The reference has 15 digits; these lose some to cancellation (1 minus a number close to 1).
LOOSE = {"*_UB": 1e-8}
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
    tolerance = next((t for pattern, t in LOOSE.items() if fnmatch(path, pattern)), TOLERANCE)
    np.testing.assert_allclose(ours, expected, rtol=tolerance, atol=1e-14, err_msg=path)


def options(key):
    """Measure, variance and correction from names such as SMD_vtype_LS2_correct_TRUE."""
    parts = [p for p in key.split("_") if p not in {"vtype", "correct"}]
    variance = next((p for p in parts[1:] if p not in {"TRUE", "FALSE"}), "LS")
    return parts[0], variance, "none" if "FALSE" in parts else "exact"


def two_group_means(data, key):
    measure, variance, correction = options(key)
    columns = [numbers(data[c]) for c in ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")]
    return measures.two_groups(measure, *columns, variance=variance, correction=correction)


def paired_means(data, key):
    measure, variance, correction = options(key)
    columns = [numbers(data[c]) for c in ("m1i", "sd1i", "m2i", "sd2i", "ni", "ri")]
    return measures.paired(measure, *columns, variance=variance, correction=correction)


def cells(data, key):
    measure, _, rule = key.partition("_")
    rules = {"add_half_all": "all", "add_half_if0all": "if_any_zero", "none": "none",
             "only0_drop00": "drop_double_zero"}  # fmt: skip
    a, b, c, d = (numbers(data[x]) for x in ("ai", "bi", "ci", "di"))
    return measures.two_by_two(measure, a, a + b, c, c + d, rules.get(rule, "zero_tables"))


def from_statistics(data, key):
    x = {name: numbers(values) for name, values in data.items()}
    name, variance = key[:11], "LS2" if key.endswith("LS2") else "LS"
    how = {
        "SMD_from_ti": measures.smd_from_t,
        "SMD_from_di": measures.smd_from_d,
        "SMD_from_pi": measures.smd_from_p,
    }[name]
    return how(x[name[-2:]], x["n1i"], x["n2i"], variance=variance)


def two_rates(data, key):
    x = {name: numbers(values) for name, values in data.items()}
    return measures.two_rates(key, x["x1i"], x["t1i"], x["x2i"], x["t2i"])


BY_DATASET = {
    "B_escalc_two_group_means": two_group_means, "B_escalc_paired": paired_means, "B_escalc_2x2": cells,
    "B_escalc_smd_from_stats": from_statistics, "B_escalc_two_rates": two_rates,
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


@pytest.mark.parametrize("dataset", FILES["B_escalc_two_group_means"]["expected"])
def test_approximate_correction(dataset):
    content = FILES["B_escalc_two_group_means"]
    expected = content["expected"][dataset]["SMD_approxJ_own_formula"]
    data = [numbers(content["inputs"][dataset][c]) for c in ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")]
    large = measures.standardized_mean_difference(*data, correction="approximate")
    agree("g", large.yi, expected["g"])
    agree("LS", large.vi, expected["vi_LS_with_approx_g"])
    second = measures.standardized_mean_difference(*data, correction="approximate", variance="LS2")
    agree("LS2", second.vi, expected["vi_LS2_with_approx_J"])
    agree("d", measures.standardized_mean_difference(*data, correction="none").yi, expected["cohen_d"])
    agree("sd", measures.pooled_sd(data[1], data[2], data[4], data[5]), expected["sd_pooled"])
