"""What report 07 says, against counts of the analyses themselves."""

import re

import numpy as np
import pandas as pd
import pytest
from pain_cases import tau2_by
from plain_sums import pooled
from scipy import stats
from spoken import numbers, plain, read

from ldn_analysis import contrasts, models
from ldn_analysis.questions import multiverse, pain
from ldn_analysis.questions.multiverse import words
from ldn_analysis.questions.pain.parameters import Pain

SETS = ("one", "one, crossover", "two, opposite", "three, equal", "three, doses", "eight, every dose")


@pytest.fixture(scope="module")
def made(made_data):
    found = {}

    def make(name):
        if name not in found:
            folder, ev = made_data(name)
            found[name] = folder, ev, multiverse.pain_multiverse(ev, assumed_baseline=50.8)
        return found[name]

    return make


def share_said(held, n):
    """How a share may be told, without its rounding at the ends."""
    if held in (0, n):
        return "none" if not held else "all" if n > 1 else "it"
    return f"{100 * held / n:.1f}%" if 0.001 <= held / n <= 0.999 else ""


@pytest.mark.parametrize("name", SETS)
def test_how_many_analyses_show_relief_is_counted_again(made, name):
    _, _, pain = made(name)
    mv, scale = pain.mv, pain.mv.scales[0]
    said = words.multiverse_answer(models.multiverse_shares(mv, dict.fromkeys(mv.scales, 1.0)), scale)
    for kind, before in (("defensible", "defensible"), ("error", "with an error")):
        rows = np.flatnonzero(mv.where(kind=kind, scale=scale))
        n, clear = len(rows), int((mv.upper[rows] < 0).sum())
        if not n:
            assert before not in said
        elif n == 1 and kind == "defensible":
            assert ("does not show clear relief" in said) == (clear == 0)
        else:
            assert f"f {n:,} " in said and before in said and share_said(clear, n) in said
            verb = "show" if kind == "defensible" else "do"
            plural = share_said(clear, n) not in ("none", "it")
            assert re.search(rf"{re.escape(share_said(clear, n))} {verb}{'' if plural else 'e?s'}\b", said)


@pytest.mark.parametrize("name", [name for name in SETS if not name.startswith("one")])
def test_what_moves_the_estimates_is_found_again(made, name):
    _, ev, pain = made(name)
    mv, scale = pain.mv, pain.mv.scales[0]
    names = dict(zip(ev.studies["study_id"], ev.studies["label"], strict=True))
    said = plain(words.largest_choices(models.variance_decomposition(mv), names, scale))
    rows = np.flatnonzero(mv.where(scale=scale) & ~mv.where(kind="error"))
    y = mv.estimate[rows]
    if np.ptp(y) < 1e-9:
        assert said == "The analyses in points of pain do not differ."
    else:
        shares = {}
        for study in mv.studies:
            inside = mv.has(study)[rows]
            if inside.any() and not inside.all():
                means = np.where(inside, y[inside].mean(), y[~inside].mean())
                shares[names[study]] = 100 * means.var() / y.var()
        first = max(shares, key=shares.get)
        assert f"whether {first} is included ({shares[first]:.0f}%)" in said
        assert words.matters_most(models.variance_decomposition(mv), names, scale).endswith("matters most")
    span = plain(words.estimates_span(y.min(), y.max()))
    shown = [f"{round(v, 2) + 0.0:.2f}" for v in (y.min(), y.max())]
    assert numbers(span) == [float(v) for v in dict.fromkeys(shown)]
    assert ("go from" in span) == (shown[0] != shown[1])
    single, start = models.one_at_a_time(mv, pain.reference), mv.specification(pain.reference).estimate
    told = plain(words.one_decision(single, start, names))
    differ = single["estimate"].sub(start).abs()
    if f"{round(single['estimate'][differ.idxmax()], 2):.2f}" == f"{round(start, 2):.2f}":
        assert told.startswith("No decision alone moves the mean of")
    else:
        at = single.loc[differ.idxmax()]
        assert numbers(told)[:2] == [round(start, 2), round(at["estimate"], 2)]
        assert told.endswith(f"({names.get(at['title'], at['title'])}: {at['label']})")
        assert told.startswith("One error") == (at["kind"] == "error")


@pytest.mark.parametrize("name", SETS)
def test_reviews_and_their_years(made, name):
    folder, ev, pain = made(name)
    found = multiverse.reconcile(ev, pain)
    searched = {r.synthesis for r in found if r.path is not None}
    years = [int(r["year"]) for r in read(folder, "published_syntheses") if r["synthesis_row_id"] in searched]
    newest = ev.studies.sort_values("year").iloc[-1]
    said = words.reviews_sentence(found, newest["label"], int(newest["year"]), "The scale matters most")
    early = sum(year < newest["year"] for year in years)
    joint = ": of" if early else ". Of"  # where none came before, the trials pooled explain nothing
    assert said == (
        f"The scale matters most{joint} {len(years)} published results, {early or 'none'} came before "
        f"{newest['label']}."
    )
    chance = words.chance_sentence(found)
    assert not re.search(r"\b0% |\b100%", chance)


def by_chance(y, v, methods, tau, draws=150):
    """How often trials without a mean effect, that differ by `tau`, have a median estimate as far from nought
    as theirs: exactly where every estimator weighs alike, else by draws."""
    mean = [pooled(y, v, tau2_by(m, y, v), "z", 0.95)[0] for m in methods]
    seen = abs(np.median(mean))
    if len(y) == 1 or np.ptp(v) < 1e-12 * v.max():
        return 2 * stats.norm.sf(seen / np.sqrt((tau**2 + v[0]) / len(y))), 0.0
    rng = np.random.default_rng(12)
    far = 0
    for x in rng.standard_normal((draws, len(y))) * np.sqrt(v + tau**2):
        drawn = [pooled(x, v, tau2_by(m, x, v), "z", 0.95)[0] for m in methods]
        far += abs(np.median(drawn)) >= seen
    return far / draws, 3 * np.sqrt(0.25 / draws)


@pytest.mark.parametrize("name", ["one", "one, crossover", "one, doses", "three, equal", "two, opposite"])
def test_the_joint_test_is_that_of_trials_without_a_mean_effect(made, name):
    _, _, pain = made(name)
    mv = pain.mv
    methods = mv.choices[mv.column("tau2_method")].options
    for scale in mv.scales[:1]:
        rows = np.flatnonzero(mv.where(kind="defensible", scale=scale))
        data = np.unique(mv.data[rows])
        assert len(data) == 1  # the defensible analyses of these sets differ in their methods alone
        at = mv.mask[data[0]]
        y, v = mv.yi[data[0]][at], mv.vi[data[0]][at]
        used = [methods[i] for i in mv.codes[rows][:, mv.column("tau2_method")]]
        used = ["PM" if method == "EB" else method for method in used]  # the same but for rounding
        tau = np.sqrt(np.median([tau2_by(m, y, v) for m in used]))
        said = plain(words.joint_sentence(models.joint_test(mv, scale, draws=1500, seed=3)))
        if tau < 5e-3:  # one share
            assert said.count("±") == 1
            said = said.replace(
                "no effect in any trial", "no mean effect, and trials that differ by an SD of 0.00"
            )
            share = re.search(r" in ([^,]+ \(.+?\)) of simulated sets\.$", said)[1].rpartition(" in ")[2]
            said = f"{said[:-1]}; with no effect in any trial in {share}."
        found = re.fullmatch(
            r"(.+): with no mean effect, and trials that differ by an SD of ([\d.]+), (the analysis|these "
            r"(\d+) analyses) would have (an estimate|a median) at least as far from zero as (-?[\d.]+) in "
            r"(.+?) of simulated sets; with no effect in any trial in (.+?)\.", said,
        )  # fmt: skip
        assert found, said
        named = {"MD": "In points of pain", "SMD": "Standardised"}
        assert found[1] == named.get(scale, "Standardised by the SD of values") and float(
            found[2]
        ) == pytest.approx(tau, abs=6e-3)
        assert (int(found[4]) if found[4] else 1, found[5]) == (
            len(rows), "an estimate" if len(rows) == 1 else "a median"
        )  # fmt: skip
        means = [pooled(y, v, tau2_by(m, y, v), "z", 0.95)[0] for m in used]
        assert float(found[6]) == pytest.approx(np.median(means), abs=6e-3)
        for text, spread in ((found[7], tau), (found[8], 0.0)):
            each = sorted(used)[::2] if len(used) > 1 else used  # with either interval once
            p, error = by_chance(y, v, each, spread)
            error += 3 * np.sqrt(p * (1 - p) / 1500)
            shown = float(re.search(r"\d+", text)[0]) / 100
            if text.startswith(("under", "over")):
                assert p < 0.01 + error if text.startswith("under") else p > 0.99 - error
            else:
                assert shown == pytest.approx(p, abs=error + 0.006)


def test_a_chance_is_never_nought(made):
    for name in ("three, doses", "one, crossover"):
        _, _, pain = made(name)
        test = models.joint_test(pain.mv, pain.mv.scales[0], draws=100, seed=1)
        assert not re.search(r"\b0%|\b100%", words.joint_sentence(test))


def test_clear_worsening_is_no_mere_lack_of_relief():
    rows = [{"scale": "MD", "kind": kind, "n": 8, "above_zero": 1.0} for kind in ("defensible", "error")]
    shares = pd.DataFrame(rows).assign(below_zero=[0.0, 0.25])
    said = words.multiverse_answer(shares, "MD")
    assert said.endswith(", all show clear worsening; of 8 with an error, 25.0% show clear relief.")


def test_the_only_analysis_of_responders_says_whom_it_favours():
    row = {"scale": "RR", "kind": "defensible", "n": 1}
    for above, below, side in ((1.0, 0.0, "LDN"), (0.0, 1.0, "placebo")):
        shares = pd.DataFrame([row | {"above_zero": above, "below_zero": below}])
        assert f"favours {side} with the whole interval" in words.responders_title(shares, "RR")


@pytest.mark.parametrize("name", ["one", "two, opposite", "fifteen", "eight, strong"])
def test_analyses_of_responders_are_counted_again(made_data, name):
    mv = multiverse.responder_multiverse(made_data(name)[1])
    scale = mv.scales[0]
    rows = np.flatnonzero(mv.where(kind="defensible", scale=scale))
    n, ldn, placebo = len(rows), int((mv.lower[rows] > 0).sum()), int((mv.upper[rows] < 0).sum())
    said = words.responders_title(models.multiverse_shares(mv), scale)
    if not ldn and not placebo:
        assert ("does not show a difference" in said) if n == 1 else said.startswith(f"None of {n:,} ")
    elif n == 1:
        assert f"favours {'LDN' if ldn else 'placebo'} with" in said
    else:
        assert (
            f"{share_said(ldn, n)} favour LDN with the whole interval, {share_said(placebo, n)} placebo"
            in said
        )


@pytest.mark.parametrize("name", ["two, opposite", "three, equal", "three, doses", "eight, every dose"])
def test_the_default_analysis_is_that_of_the_report_on_pain(made, name):
    """Also where no spread between trials is found and the plain Hartung-Knapp interval is too narrow."""
    _, ev, every = made(name)
    result = pain.analyse(ev, Pain())
    start = every.mv.specification(every.reference)
    assert (start.estimate, start.lower, start.upper) == pytest.approx(
        (result.fit.estimate, *result.fit.ci), abs=1e-9
    )
    assert every.unlike == "" and result.widened == (start.options["inference"] == "hksj_modified")
    for scale in ("MD", "SMD"):  # where the path from a review on that scale starts, too
        begins = every.mv.specification(every.default_row(scale))
        table = contrasts.derive(ev, "pain", measure=scale, assumed_baseline=50.8).table
        used = table[table["study_id"].isin(every.reference_sets[scale])]
        y, v = (used[column].to_numpy(float) for column in ("yi", "vi"))
        fit = models.pool(y, v)
        fit = fit if fit.se**2 * (1 / v).sum() > 1 else models.pool(y, v, inference="hksj_modified")
        assert (begins.lower, begins.upper) == pytest.approx(fit.ci, abs=1e-9), scale
    assert result.widened == (name != "two, opposite")
    alone = multiverse.pain_multiverse(ev, leave_out=("inference", "sign", "spread"), assumed_baseline=50.8)
    low, high = numbers(alone.unlike)[1:] if result.widened else result.fit.ci
    assert (low, high) == pytest.approx(result.fit.ci, abs=0.005)
