"""The contrast table and its derivations, on the project's data."""

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ldn_analysis import contrasts, display, measures
from ldn_analysis.errors import InputError


def row(table, study):
    (found,) = table[table["study_id"] == study].to_dict("records")
    return found


def test_younger2013_from_percent_reductions(ev):
    found = row(contrasts.derive(ev).table, "younger2013")
    t = stats.t.ppf(1 - 0.016 / 2, 27)
    assert found["yi"] == pytest.approx(-10.8 / 100 * 50.8 / 10)
    assert found["se"] == pytest.approx(10.8 / t * 50.8 / 1000)
    half = stats.t.ppf(0.975, 27)
    s1, s2 = (w / half * math.sqrt(28) for w in (9.3, 10.8))
    assert found["crossover_r"] == pytest.approx((s1**2 + s2**2 - 28 * (10.8 / t) ** 2) / (2 * s1 * s2))
    assert found["crossover_r"] == pytest.approx(0.64, abs=0.005)
    assert "baseline mean" in found["derivation"]


def test_the_interval_of_the_correlation_contains_it_and_widens_with_coarser_rounding():
    s1, s2 = 23.98, 27.85
    low, high = measures.correlation_interval_from_rounded_p(s1, s2, 28, 10.8, 0.016)
    assert low < measures.correlation_from_paired(s1, s2, 28, difference=10.8, p_value=0.016) < high
    assert (low, high) == pytest.approx((0.637, 0.645), abs=0.001)
    wide = measures.correlation_interval_from_rounded_p(s1, s2, 28, 10.8, 0.02)
    assert wide[0] < low and wide[1] > high


def test_given_correlations(ev):
    implied = row(contrasts.derive(ev).table, "younger2013")
    same = row(contrasts.derive(ev, crossover_r=implied["crossover_r"]).table, "younger2013")
    assert same["se"] == pytest.approx(implied["se"])
    errors = [row(contrasts.derive(ev, crossover_r=r).table, "younger2013")["se"] for r in (0.0, 0.3, 0.9)]
    assert errors == sorted(errors, reverse=True)
    parallel = row(contrasts.derive(ev, crossover_r="parallel").table, "younger2013")
    assert parallel["se"] == pytest.approx(errors[0]) and "error" in parallel["derivation"]
    assert parallel["yi"] == implied["yi"]


def test_final_and_innova_from_their_intervals(ev):
    derived = contrasts.derive(ev)
    final, innova = (row(derived.table, study) for study in ("final2024", "innova2026"))
    assert final["yi"] == -0.34 and innova["yi"] == 0.49
    assert final["se"] == pytest.approx(1.22 / (2 * stats.t.ppf(0.975, 97)))
    assert innova["se"] == pytest.approx(1.63 / (2 * stats.t.ppf(0.975, 94)))
    # the p values that the papers print come out again: the intervals are t intervals
    for found, df, printed, digits in ((final, 97, 0.27, 2), (innova, 94, 0.236, 3)):
        again = 2 * stats.t.sf(abs(found["yi"] / found["se"]), df)
        steps = {step.quantity: step.value for step in derived.explanations[found["study_id"]].steps}
        assert round(again, digits) == printed
        assert steps["p value that this SE implies"] == pytest.approx(again)


def test_innova_raw_difference_of_changes(ev):
    found = row(contrasts.derive(ev, adjusted=False).table, "innova2026")
    assert found["yi"] == pytest.approx(0.31)
    assert "assumed" in found["derivation"]
    final = row(contrasts.derive(ev, adjusted=False, raw="final").table, "innova2026")
    assert final["yi"] == pytest.approx(0.50)
    assert final["se"] == pytest.approx(math.sqrt(1.48**2 / 47 + 1.96**2 / 49))


def test_other_times_keep_trials_that_end_earlier(ev):
    table = contrasts.derive(ev, time="12_months").table
    assert row(table, "innova2026")["yi"] == 0.37 and row(table, "innova2026")["week"] == 52
    assert row(table, "final2024")["week"] == 12 and "last before" in row(table, "final2024")["derivation"]
    exact = contrasts.derive(ev, time=26).table
    assert list(exact[exact["included"]]["study_id"]) == ["innova2026"]


def test_what_cannot_be_used_stays_with_its_reason(ev):
    table = contrasts.derive(ev, study_set="all_randomised").table
    out = table[~table["included"]]
    assert (out["exclusion_reason"].str.len() > 10).all() and out["yi"].isna().all()
    assert "range" in row(table, "bested2023")["exclusion_reason"]
    assert row(table, "paula2023")["exclusion_reason"]
    assert table[table["included"]]["exclusion_reason"].eq("").all()


def test_the_pilot_needs_a_baseline_under_md_and_none_under_smd(ev):
    table = contrasts.derive(ev, study_set="with_pilot").table
    assert "baseline" in row(table, "younger2009")["exclusion_reason"]
    given = row(contrasts.derive(ev, study_set="with_pilot", assumed_baseline=50).table, "younger2009")
    assert given["yi"] == pytest.approx(-1.51) and "symptom severity" in given["derivation"]
    smd = contrasts.derive(ev, measure="SMD", study_set="with_pilot").table
    assert row(smd, "younger2009")["included"] and row(smd, "bested2023")["included"]


def test_smd_on_a_common_scale(ev):
    table = contrasts.derive(ev, measure="SMD").table
    younger, final = row(table, "younger2013"), row(table, "final2024")
    half = stats.t.ppf(0.975, 27)
    sd = math.sqrt(((9.3 / half) ** 2 + (10.8 / half) ** 2) / 2 * 28)
    r = younger["crossover_r"]
    assert younger["yi"] == pytest.approx(-10.8 / sd * measures.hedges_j(54 / (1 + r**2)))
    assert abs(final["yi"]) == pytest.approx(0.23, abs=0.03)  # the paper's Cohen's d


def test_reading_levels(ev):
    abstract = contrasts.derive(ev, reading="abstract").table
    assert "paired result" in row(abstract, "younger2013")["exclusion_reason"]  # 10.8 is 28.8 - 18.0: derived
    by_us = contrasts.derive(ev, reading="read by us").table
    assert "baseline" in row(by_us, "younger2013")["exclusion_reason"]
    innova = row(abstract, "innova2026")
    assert (
        innova["se"] == pytest.approx(0.49 / stats.t.ppf(1 - 0.236 / 2, 94))
        and innova["how_read"] == "abstract"
    )
    assert row(contrasts.derive(ev, reading="transcribed").table, "younger2013")["included"]


def test_as_of_an_earlier_year(ev):
    table = contrasts.derive(ev.as_of(2016)).table
    assert list(table[table["included"]]["study_id"]) == ["younger2013"]


def test_thresholds_in_their_own_units(ev):
    table = contrasts.derive(ev, "pain threshold").table
    mine = table[table["study_id"] == "finalqst2025"]
    assert len(mine) == 4 and set(mine["unit"]) == {"kPa", "cm VAS"} and mine["included"].all()
    assert set(mine["better"]) == {"higher", "lower"}
    alike = contrasts.derive(ev, "pain threshold", "SMD").table
    assert (alike.loc[alike["included"], "n_ldn"] == 45).all()


@pytest.mark.parametrize("measure", ["MD", "SMD"])
def test_explanations_end_in_the_table_s_numbers(ev, measure):
    table = contrasts.derive(ev, measure=measure).table
    for found in table[table["included"]].to_dict("records"):
        chain = contrasts.derive(ev, "pain", measure).explanation(found["study_id"])
        assert [s.quantity for s in chain.steps[-2:]] == ["yi", "vi"]
        assert [s.value for s in chain.steps[-2:]] == [found["yi"], found["vi"]]
        keys = [s.key for s in chain.steps]
        for i, step in enumerate(chain.steps):
            if step.kind == "reported":
                assert step.inputs[0] in found["inputs"] and step.source and step.location and step.how_read
                assert not math.isnan(step.value)
            else:
                assert set(step.inputs) <= set(keys[:i])


def test_text_and_html(ev):
    chain = contrasts.derive(ev, "pain").explanation("younger2013")
    text, page = chain.text(), display.provenance([chain]).html
    assert "10.8" in text and "yi = -0.54864" in text and "0.637 to 0.645" in text
    assert 'id="prov-younger2013-pain"' in page
    excluded = contrasts.derive(ev, "pain").explanation("paula2023")
    assert not excluded.included and "Excluded" in excluded.text()


def fake(outcomes, **study):
    base = {"study_id": "new", "label": "New <b>trial</b>", "year": 2027, "design": "parallel",
            "doi": "10.0/x",
            "dose_mg_per_day": 3, "randomised": "yes", "treatment_weeks": 12, "trial_id": "new",
            "design_type": "parallel", "blinding": "double-blind", "condition": "fibromyalgia",
            "control": "placebo", "dose_max_mg": 3}  # fmt: skip
    common = {"study_id": "new", "domain": "pain", "measure": "NRS", "scale_min": 0, "scale_max": 10,
              "unit": "points", "better": "lower", "week": 12, "source": "<script>", "location": "T1",
              "how_read": "abstract"}  # fmt: skip
    names = ["n", "n_ldn", "n_placebo", "value", "lower95", "upper95", "sd", "se", "iqr", "p_value"]
    frame = pd.DataFrame([dict.fromkeys(names, np.nan) | common | {"outcome_id": f"o{i}"} | o
                          for i, o in enumerate(outcomes)])  # fmt: skip
    return SimpleNamespace(studies=pd.DataFrame([base | study]), outcomes=frame)


ARMS = [{"group": "ldn", "statistic": "mean change", "value": -2.0, "sd": 2.0, "n": 40},
        {"group": "placebo", "statistic": "mean change", "value": -1.0, "sd": 2.0, "n": 40}]  # fmt: skip


def test_a_new_trial_of_any_kind_needs_no_code():
    made = row(contrasts.derive(fake(ARMS)).table, "new")
    assert (made["yi"], made["vi"]) == pytest.approx((-1.0, 0.2))
    both = {"group": "ldn-placebo", "n": 80, "n_ldn": 40, "n_placebo": 40, "value": -1.0}
    interval = fake([both | {"statistic": "difference in means", "lower95": -1.9, "upper95": -0.1}])
    assert row(contrasts.derive(interval).table, "new")["se"] == pytest.approx(0.9 / stats.t.ppf(0.975, 78))
    p = fake([both | {"statistic": "difference in means", "p_value": 0.03}])
    assert row(contrasts.derive(p).table, "new")["se"] == pytest.approx(1 / stats.t.ppf(0.985, 78))
    pair = fake([{"group": "ldn-placebo", "n": 30, "value": -1.0, "p_value": 0.01,
                  "statistic": "paired difference"}], design_type="crossover")  # fmt: skip
    assert row(contrasts.derive(pair).table, "new")["se"] == pytest.approx(1 / stats.t.ppf(0.995, 29))
    final = fake([arm | {"statistic": "mean"} for arm in ARMS])
    g = measures.standardized_mean_difference(-2, 2, 40, -1, 2, 40)
    smd = row(contrasts.derive(final, measure="SMD", smd_sd="final").table, "new")
    assert (smd["yi"], smd["vi"]) == pytest.approx((g.yi, g.vi))


def test_text_from_data_is_escaped():
    page = display.provenance([contrasts.derive(fake(ARMS)).explanation("new")]).html
    assert "<script>" not in page and "<b>trial" not in page and "&lt;script&gt;" in page


def test_a_trial_without_precision_is_excluded_with_the_reason():
    bare = fake([arm | {"sd": np.nan} for arm in ARMS])
    assert "without an SD" in row(contrasts.derive(bare).table, "new")["exclusion_reason"]


def test_event_table(ev):
    table = contrasts.event_table(ev, "pain response 30%")
    used = table[table["included"]]
    assert used[["a", "n1", "c", "n2"]].to_numpy().tolist() == [[20, 49, 13, 50], [5, 47, 9, 49]]
    complete = contrasts.event_table(ev, "pain response 30%", analysis="complete cases")
    assert row(complete[complete["included"]], "final2024")["n1"] == 44
    assert contrasts.event_table(ev, "composite response")["paired"].all()
    with pytest.raises(InputError, match="pain response"):
        contrasts.event_table(ev, "nonsense")


@pytest.mark.parametrize(
    "choice",
    [{"measure": "OR"}, {"crossover_r": 1.5}, {"crossover_r": "paralel"}, {"reading": "x"}, {"time": -3},
     {"study_set": "x"}, {"nonsense": 1}, {"pre_post_r": 1.0}, {"assumed_baseline": math.nan}],
)  # fmt: skip
def test_bad_choices_are_refused(ev, choice):
    with pytest.raises(InputError):
        contrasts.derive(ev, "pain", **choice)


def test_unknown_outcome_or_study(ev):
    with pytest.raises(InputError, match="pain threshold"):
        contrasts.derive(ev, "pian")
    with pytest.raises(InputError, match="younger2013"):
        contrasts.derive(ev).explanation("nobody")
