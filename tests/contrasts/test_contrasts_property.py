"""Random trials in every form of reporting and on every scale give back what is true of their people."""

import math
from types import SimpleNamespace

import made_up
import numpy as np
import pytest
from trials import tables as trial_tables

from ldn_analysis import contrasts, evidence, measures
from ldn_analysis.evidence.reading import TextTable
from ldn_analysis.evidence.schema import typed

EV = evidence.load(made_up.DATA)


def tables(studies):
    """Evidence of made-up studies, typed as the files would be; no file is written."""
    found = {}
    for name in ("studies", "outcomes", "events", "study_sets"):
        resource = EV.package.resources[name]
        rows = tuple(
            dict.fromkeys(resource.columns, "") | row for one in studies for row in one.rows.get(name, [])
        )
        found[name], wrong = typed(resource, TextTable(resource.path, rows, tuple(range(2, len(rows) + 2))))
        assert not wrong
    return SimpleNamespace(**found, measures=EV.measures)


def counted(rows, **study):
    """Evidence of one trial's counts."""
    return trial_tables([], ({"randomised": "yes", **study},), events=rows)


@pytest.mark.parametrize("seed", range(6))
def test_every_form_gives_back_the_estimate_of_the_people(seed):
    """To 1 in 10,000 where the form is exact and six digits are printed; medians to what they can tell."""
    cases = list(made_up.all_forms(np.random.default_rng(seed)))
    assert {form for form, _, _ in cases} == set(made_up.FORMS)
    forms = {made.study_id: form for form, _, made in cases}
    assert len(forms) == len(cases)
    truth = {made.study_id: made for _, _, made in cases}
    table = contrasts.derive(tables(list(truth.values()))).table
    assert set(table["study_id"]) == set(truth)
    for row in table.to_dict("records"):
        true, form = truth[row["study_id"]], forms[row["study_id"]]
        if form == "conditions" or (form in made_up.APPROXIMATE and not row["included"]):
            assert not row["included"] and row["exclusion_reason"]
            continue
        rough = form in made_up.APPROXIMATE
        assert row["included"], (form, row["exclusion_reason"])
        assert row["yi"] == pytest.approx(true.yi, rel=1e-4, abs=0.8 if rough else 1e-4), form
        assert row["vi"] == pytest.approx(true.vi, rel=0.7 if rough else 1e-3), form


def test_two_printed_digits_move_an_estimate_by_no_more_than_they_hide():
    cases = list(made_up.all_forms(np.random.default_rng(7), digits=2))
    table = contrasts.derive(tables([made for *_, made in cases])).table.set_index("study_id")
    for form, _, made in cases:
        row = table.loc[made.study_id]
        if row["included"] and form not in made_up.APPROXIMATE:
            # two values of up to half a unit of the last digit on a scale of 10; in percent, of the baseline
            assert row["yi"] == pytest.approx(made.yi, abs=0.011), form


@pytest.mark.parametrize("seed", range(4))
def test_conditions_need_the_correlation_of_their_people(seed):
    """Without it none are pooled; with that of the people, their paired difference and its variance."""
    people = made_up._people(np.random.default_rng([3, seed]), [40], [-0.6, 0.0], paired=True)
    plan = made_up.Plan("adler2012", "Adler 2012", 2012, form="conditions", digits=6)
    paper = made_up.Paper("adler2012", 12.0, "10.5000/adler2012", 6)
    made = made_up.Made({"studies": [made_up._study(plan, paper, 40)],
                         "outcomes": made_up._conditions(paper, people)[0]})  # fmt: skip
    alone = contrasts.derive(tables([made])).table.iloc[0]
    assert not alone["included"] and "correlation" in alone["exclusion_reason"]
    x, y = people.end
    given = contrasts.derive(tables([made]), crossover_r=float(np.corrcoef(x, y)[0, 1])).table.iloc[0]
    assert given["included"] and given["people"] == 40
    wanted = (x - y).mean(), (x - y).var(ddof=1) / 40
    assert (given["yi"], given["vi"]) == pytest.approx(wanted, rel=1e-4)


def _counted(rng, n1, n2):
    """Who of two groups has an event, person by person; never nobody, so that there is a ratio."""
    return [np.r_[True, rng.random(n - 1) < rng.uniform(0.2, 0.6)] for n in (n1, n2)]


def _log_ratio(x, y):
    """Log ratio of the risks of people, and its variance by the delta method."""
    p, q = x.mean(), y.mean()
    return math.log(p / q), (1 - p) / (len(x) * p) + (1 - q) / (len(y) * q)


@pytest.mark.parametrize("seed", range(8))
def test_counts_of_people_are_given_back_in_every_form(seed):
    """As counts, as percentages, of several doses: the same ratio, its own people behind it."""
    rng = np.random.default_rng([4, seed])
    x, y = _counted(rng, *rng.integers(15, 90, 2))
    cut = len(x) // 2
    yi, vi = _log_ratio(x, y)
    placebo = {"group": "placebo", "events": y.sum(), "n": len(y)}
    forms = {
        "counts": [{"group": "ldn", "events": x.sum(), "n": len(x)}, placebo],
        "percent": [
            {"group": group, "events": np.nan, "n": len(v), "percent": round(100 * v.mean(), 1)}
            for group, v in (("ldn", x), ("placebo", y))
        ],
        "doses": [
            *({"group": "ldn", "dose_mg_per_day": dose, "events": part.sum(), "n": len(part)}
              for dose, part in ((3.0, x[:cut]), (4.5, x[cut:]))), placebo,
        ],
    }  # fmt: skip
    for form, rows in forms.items():
        table = contrasts.event_table(counted([{"percent": np.nan, **row} for row in rows]))
        (row,) = table.to_dict("records")
        assert row["included"] and row["measure"] == "RR", (form, row["exclusion_reason"])
        assert (row["a"], row["n1"], row["c"], row["n2"]) == (x.sum(), len(x), y.sum(), len(y)), form
        assert (row["yi"], row["vi"]) == pytest.approx((yi, vi)), form
        a, c = int(x.sum()), int(y.sum())
        odds = measures.odds_ratio(a, len(x), c, len(y))
        b, d = len(x) - a, len(y) - c
        if b and d:
            assert (odds.yi, odds.vi) == pytest.approx(
                (math.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d)
            )
        gap = measures.risk_difference(a, len(x), c, len(y))
        spread = x.var() / len(x) + y.var() / len(y)
        assert (gap.yi, gap.vi) == pytest.approx((x.mean() - y.mean(), spread))


@pytest.mark.parametrize("seed", range(4))
def test_the_same_people_under_both_give_the_variance_of_pairs(seed):
    """McNemar's table from people; the variance is that of a simulation of the same people drawn again."""
    rng = np.random.default_rng([5, seed])
    n = int(rng.integers(60, 120))
    own = rng.normal(size=n)
    x, y = (own + rng.normal(size=n) > cut for cut in rng.uniform(-0.3, 0.5, 2))
    rows = [
        {"group": group, "events": v.sum(), "n": n, "both": (x & y).sum(), "paired": "yes", "percent": np.nan}
        for group, v in (("ldn", x), ("placebo", y))
    ]
    (row,) = contrasts.event_table(counted(rows, design_type="crossover")).to_dict("records")
    assert row["measure"] == "MPRR" and row["yi"] == pytest.approx(math.log(x.sum() / y.sum()))
    again = rng.integers(n, size=(4000, n))
    assert row["vi"] == pytest.approx(np.log(x[again].mean(1) / y[again].mean(1)).var(), rel=0.15)


@pytest.mark.parametrize("seed", range(4))
def test_doses_share_the_variance_of_their_one_placebo_group(seed):
    """Each dose has the difference of its own people; two share the variance of the placebo mean."""
    rng = np.random.default_rng([6, seed])
    plan = made_up.Plan("adler2012", "Adler 2012", 2012, form="doses, means", doses=(1.5, 3.0, 4.5), digits=6)
    people = made_up._people(rng, [30, 25, 35, 28], [-0.4, -0.6, -0.9, 0.0], paired=False)
    paper = made_up.Paper("adler2012", 12.0, "10.5000/adler2012", 6)
    rows, yi, vi = made_up.DOSES[plan.form](paper, people, plan.doses)
    found = contrasts.derive(
        tables([made_up.Made({"studies": [made_up._study(plan, paper, 118)], "outcomes": rows})])
    )
    *arms, placebo = people.end
    of_placebo = placebo.var(ddof=1) / len(placebo)
    assert found.by_dose["yi"].to_numpy() == pytest.approx(
        [x.mean() - placebo.mean() for x in arms], abs=1e-5
    )
    wanted = np.full((3, 3), of_placebo) + np.diag([x.var(ddof=1) / len(x) for x in arms])
    assert found.covariance == pytest.approx(wanted, rel=1e-4)
    whole = found.table.iloc[0]
    assert (whole["yi"], whole["vi"]) == pytest.approx((yi, vi), rel=1e-4)
    assert whole["yi"] == pytest.approx(np.concatenate(arms).mean() - placebo.mean(), abs=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_an_analysis_of_covariance_is_taken_with_its_own_error(seed):
    """The slope of the group in a regression on the baseline, by least squares, as its paper prints it."""
    rng = np.random.default_rng([7, seed])
    people = made_up._people(rng, [40, 37], [-0.7, 0.0], paired=False)
    start, end = (np.concatenate(x) for x in (people.start, people.end))
    group = np.r_[np.ones(40), np.zeros(37)]
    design = np.column_stack([np.ones(77), group, start])
    beta, (rss,), *_ = np.linalg.lstsq(design, end, rcond=None)
    vi = rss / 74 * np.linalg.inv(design.T @ design)[1, 1]
    paper = made_up.Paper("adler2012", 12.0, "10.5000/adler2012", 6)
    plan = made_up.Plan("adler2012", "Adler 2012", 2012)
    for cells in (
        {"se": math.sqrt(vi)},
        {"t_value": beta[1] / math.sqrt(vi)},
        {"f_value": beta[1] ** 2 / vi},
    ):
        row = paper.row("ldn-placebo", "adjusted difference (ANCOVA)", value=beta[1], n=77, n_ldn=40,
                        n_placebo=37, **cells)  # fmt: skip
        made = made_up.Made({"studies": [made_up._study(plan, paper, 77)], "outcomes": [row]})
        (found,) = contrasts.derive(tables([made])).table.to_dict("records")
        assert (found["yi"], found["vi"]) == pytest.approx((beta[1], vi))
