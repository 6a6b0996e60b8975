"""explore.html says what the package says: sentences, estimates under every choice, typed trials."""

import csv
import io
import itertools
import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_estimating_equations import GEE

from ldn_analysis import evidence, measures, models
from ldn_analysis.cache import FOLDER
from ldn_analysis.display import words as shown
from ldn_analysis.display.forest_plot import shares_of_100
from ldn_analysis.questions.pain import analyse, belief, words
from ldn_analysis.questions.pain.analysis import PUBLISHED_RUNG
from ldn_analysis.questions.parameters import Analysis
from ldn_analysis.render.project import locate
from ldn_analysis.render.templates import TEMPLATES
from ldn_analysis.workbench import explore_rows, explore_words
from ldn_analysis.workbench.answers import wrong_answer

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def data(explore_known):
    """What the page knows; the package's own results are kept in the same place meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER, str(locate().root / "build" / "cache"))
        yield explore_known


@pytest.fixture(scope="module")
def core(browser, data):
    """Evaluate an expression of the page's core, which holds what the page knows."""
    page = browser.new_page()
    for name in ("numbers", "core"):
        page.add_script_tag(content=(TEMPLATES / f"explore.{name}.js").read_text(encoding="utf-8"))
    page.evaluate(
        "known => { const data = JSON.parse(known); Object.assign(globalThis, { CORE: Core(data),"
        " TAKEN: data.form.taken }); }",
        json.dumps(data),
    )
    yield lambda expression, given=None: page.evaluate(f"data => {expression}", given)
    page.close()


def pooled(rng):
    """A pooled result anywhere about the threshold, some of its limits at nought or without an interval."""
    mid = float(rng.choice([0.5, 1.0, 1.37, float(np.round(rng.uniform(0.01, 5), 2))]))
    low, high = np.sort(rng.normal(0, 1.5 * mid, 2))
    case = rng.integers(12)
    if case == 0:
        low, high = np.nan, np.nan
    elif case == 1:
        low, high = (0.0, abs(high)) if rng.random() < 0.5 else (-abs(low), 0.0)
    estimate = float(rng.normal(0, mid)) if case == 0 else float(rng.uniform(low, high))
    level = float(rng.choice([0.9, 0.95, 0.999, float(np.round(rng.uniform(0.5, 0.999), 3))]))
    fit = SimpleNamespace(
        estimate=estimate, ci=(float(low), float(high)), k=int(rng.integers(1, 16)), level=level
    )
    return fit, mid, int(rng.integers(2, 5000)), str(rng.choice(["MD", "SMD"]))


def test_sentences_of_thousands_of_random_settings(core):
    rng = np.random.default_rng(2)
    drawn = [pooled(rng) for _ in range(4000)]
    asked = [
        [f.estimate, [None if np.isnan(x) else x for x in f.ci], f.k, f.level, mid, n, measure]
        for f, mid, n, measure in drawn
    ]
    got = core(
        "data.map(([estimate, ci, k, level, mid, n, measure]) => CORE.sentence({ estimate, k, level,"
        " ci: ci.map(x => x === null ? NaN : x) },"
        " mid, n, measure, ['A 1', 'B 2']))",
        asked,
    )
    ours = [
        words.pooled(fit, mid, n, measure, ("A 1", "B 2") if fit.k == 2 else ())
        for fit, mid, n, measure in drawn
    ]
    assert [(a, b) for a, b in zip(got, ours, strict=True) if a != b][:3] == []
    known = [np.isfinite(f.ci).all() and words.situation(*f.ci, mid) for f, mid, _, _ in drawn if f.k != 2]
    met = {situation or "none" for situation in known}
    assert met == {*words.PHRASES, "none"}


def test_small_words(core):
    p = [0.0, 0.004, 0.01, 0.125, 0.625, 0.5, 0.985, 0.99, 0.996, 1.0, *np.random.default_rng(1).random(200)]
    assert core("data.map(x => CORE.percent(x))", p) == [shown.percent(x) for x in p]
    mids = [1.0, 0.5, 2.0, 1.25, 0.333333]
    assert core("data.map(x => CORE.points(x))", mids) == [words.points(x) for x in mids]
    x = [*np.random.default_rng(1).normal(0, 30, 300), *(np.arange(-40, 40) / 8), 1e-9, -1e-9, 2.675]
    for digits in (0, 1, 2, 3):
        got = core(f"data.map(x => CORE.number(x, {digits}))", [float(v) for v in x])
        assert got == [shown.number(float(v), digits) for v in x]


def state(data, **changes):
    trials = [t["id"] for t in data["trials"] if t["sets"]["primary"]]
    return {**data["defaults"], "trials": trials, "added": [], **changes}


def test_reports_and_page_agree_under_random_choices(core, data, ev):
    """The page's analysis is that of the report with the same parameters: rows, pool, posterior, sentence."""
    rng = np.random.default_rng(4)
    numbers = [c for c in data["correlations"] if c != "0.65"]
    asked, ours = [], []
    for i in range(16):
        choices = Analysis(
            measure=("MD", "SMD")[i % 2], time=("primary", "6_months", "12_months")[int(rng.integers(3))],
            adjusted=bool(rng.integers(2)), crossover_r=None if i % 3 else float(rng.choice(numbers)),
            tau2_method=str(rng.choice(["REML", "DL", "PM", "SJ", "CE"])),
            inference=str(rng.choice(["hksj", "hksj_modified", "t", "z"])),
            level=float(rng.choice([0.9, 0.95])), mid=float(rng.choice([0.5, 1.0])),
            reading={5: "abstract", 9: "transcribed", 10: "transcribed", 12: "read by us"}.get(i, "all"),
            as_of=2016 if i in (6, 7) else None,
        )  # fmt: skip
        ours.append(analyse(ev, choices))
        same = ("measure", "time", "level", "mid", "reading", "tau2_method", "inference")
        public = [
            t["id"] for t in data["trials"] if t["sets"]["primary"] and t["year"] <= (choices.as_of or 3000)
        ]
        asked.append(
            state(data, **{name: getattr(choices, name) for name in same}, trials=public,
                  contrast="adjusted" if choices.adjusted else "change",
                  crossover_r="implied" if choices.crossover_r is None else f"{choices.crossover_r:g}")
        )  # fmt: skip
    got = core(
        "data.map(s => { const r = CORE.analyse(s); return [r.sentence,"
        " r.used.map(u => [u.id, u.yi, u.vi, ...u.ci]), r.fit && [r.fit.estimate, ...r.fit.ci],"
        " r.fit && [r.bayes.median, r.bayes.chances.relief.p]]; })",
        asked,
    )
    published = core(
        "data.map(s => { const b = CORE.analyse({ ...s, prior: '" + belief.PUBLISHED + "' }).bayes;"
        " return b && !b.prior.instead ? [b.median, ...b.ci] : []; })",
        asked,
    )
    for (sentence, rows, fit, bayes), theirs, pain in zip(got, published, ours, strict=True):
        if pain.fit is not None:
            rung = pain.ladder[pain.ladder["label"] == PUBLISHED_RUNG][["estimate", "lower", "upper"]]
            assert np.allclose(theirs, rung.to_numpy().ravel(), rtol=1e-7, atol=1e-7)
        assert sentence == pain.sentence
        table = pain.used.sort_values("study_id")
        assert sorted(row[0] for row in rows) == list(table["study_id"])
        theirs = np.array([row[1:3] for row in sorted(rows)], dtype=float)
        assert np.allclose(theirs, table[["yi", "vi"]].to_numpy(), rtol=1e-12, atol=0)
        if pain.fit is not None:
            assert np.allclose(fit, [pain.fit.estimate, *pain.fit.ci], rtol=1e-9, atol=1e-9)
            mean = pain.posterior.mu
            assert np.allclose(bayes, [mean.median, mean.probability_below(0.0)], rtol=1e-9, atol=1e-9)


def test_weights_add_up(core):
    rng = np.random.default_rng(9)
    sets = [(100 * w / w.sum()).tolist() for w in (rng.random(k) for k in range(1, 13)) for _ in range(4)]
    assert core("data.map(CORE.shares)", sets) == [shares_of_100(w) for w in sets]


TYPED = {
    "interval": {"value": "-0.80", "lower": "-1.88", "upper": "0.28", "n1": "31", "n2": "29",
                 "favours": "ldn"},
    "se": {"value": "-0.4", "se": ".25", "n1": "60", "n2": "58", "favours": "ldn"},
    "p": {"value": "-0.80", "p": "0.15", "n1": "31", "n2": "29", "favours": "ldn"},
    "t": {"value": "-0.80", "t": "-1.46", "n1": "31", "n2": "29", "favours": "ldn"},
    "means": {"m1": "4.8", "sd1": "2.1", "n1": "31", "m2": "5.6", "sd2": "1.9", "n2": "29"},
    "changes": {"m1": "-1.8", "sd1": "2.3", "n1": "31", "m2": "-1.1", "sd2": "1.7", "n2": "29"},
    "quartiles": {"m1": "4.5", "q11": "3", "q31": "6", "n1": "31",
                  "m2": "5", "q12": "4", "q32": "6.5", "n2": "29"},
    "counts": {"e1": "12", "n1": "40", "e2": "7", "n2": "41", "both": "5"},
}  # fmt: skip
NAMES = [f"{a}{b}man et al." for a in "BCDFGHKLMNPRST" for b in "aeiou"]
ABOUT = {"id": "smith2027", "label": 'Smith, "Jo" 2027', "year": "2027", "dose": "4.5", "weeks": "12",
         "source": "10.1000/x", "location": "Table 2", "scale": "0"}  # fmt: skip


def paste(path, text):
    """Rows below those of a file, with the columns that either has."""
    held, new = (csv.DictReader(io.StringIO(one)) for one in (path.read_text(encoding="utf-8"), text))
    rows = [*held, *new]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, dict.fromkeys([*held.fieldnames, *new.fieldnames]), restval="")
        writer.writeheader()
        writer.writerows(rows)


def marginal_odds(cells):
    """Log odds ratio of two conditions of the same people, and its variance: a GEE's sandwich."""
    people = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], cells, axis=0)
    who, condition = np.repeat(np.arange(len(people)), 2), np.tile([1.0, 0.0], len(people))
    design = np.column_stack([np.ones(2 * len(people)), condition])
    fit = GEE(people.ravel(), design, groups=who, family=Binomial()).fit()
    return fit.params[1], fit.cov_robust[1, 1]


@pytest.mark.parametrize("form", TYPED)
@pytest.mark.parametrize("design", ["parallel", "crossover"])
@pytest.mark.parametrize("scale", [0, 1])
def test_a_typed_trial_is_what_its_rows_in_the_data_give(core, data, ev, form, design, scale):
    """The estimate on the page is what the derivation makes of the rows that the page offers to copy."""
    scale = [s["high"] for s in data["form"]["scales"]].index(100.0) if scale else 0
    large = scale > 0
    typed = {
        name: f"{10 * float(x):g}" if large and name[0] not in "nefbpt" else x
        for name, x in TYPED[form].items()
    }
    trial = {**ABOUT, **typed, "form": form, "design": design, "scale": str(scale)}
    if design == "crossover":
        del trial["n2"]
    assert core("CORE.wrongWith(data, TAKEN)", trial) == []
    files = dict(core("CORE.rowsFor(data)", trial))
    open_ = {name: cell for name, cell in trial.items() if name not in data["form"]["open"]}
    assert not any("{" in text for _, text in core("CORE.rowsFor(data)", open_))  # stays empty
    rows = {file: list(csv.DictReader(io.StringIO(text))) for file, text in files.items()}
    assert {row["how_read"] for mine in rows.values() for row in mine} == {"abstract"}
    assert "full text" in core("CORE.rowsFor(data)", trial | {"how_read": "full text"})[-1][1]
    header = (locate().root / "data" / "studies.csv").read_text(encoding="utf-8").splitlines()[0]
    assert files["studies.csv"].splitlines()[0] == header
    assert rows["studies.csv"][0]["label"] == ABOUT["label"]
    for measure, r in itertools.product(("MD", "SMD"), ("implied", "0.35", "-0.2", "parallel")):
        how = f"{json.dumps(measure == 'SMD')}, {json.dumps(r)}"
        got = core(f"CORE.trialEffect(CORE.numbersOf(data), {how})", trial)
        if form == "counts":
            counts = measures.two_by_two("OR2DL", 12, 40, 7, 41 if design == "parallel" else 40)
            yi, vi = counts.yi, counts.vi
            if design == "crossover" and r != "parallel":
                yi, vi = np.array(marginal_odds([5, 7, 2, 26])) * [3**0.5 / np.pi, 3 / np.pi**2]
            if measure == "MD":
                assert got == {"reason": explore_rows.ONLY_STANDARDISED}
            else:
                assert np.allclose([got["yi"], got["vi"]], [-yi, vi], rtol=1e-9)
            continue
        made = explore_rows.contrast_of_rows(ev, rows, measure, r)
        if made.reason:  # in the words of the derivation, without the name of a parameter
            assert got == {"reason": made.reason}
            continue
        assert np.allclose([got["yi"], got["vi"]], [made.yi, made.vi], rtol=1e-9, atol=0)
        if measure == "MD":
            printed = got["printed"] or [np.nan, np.nan]
            assert np.allclose(printed, made.printed, rtol=1e-12, equal_nan=True)
        assert measure == "SMD" or got["df"] == made.df


def test_cells_are_refused_in_the_words_of_new_study(core, ev):
    trial = {**ABOUT, **TYPED["interval"], "form": "interval", "design": "parallel"}

    def said(**cells):
        return dict(core("CORE.wrongWith(data, TAKEN)", {**trial, **cells}))

    def ours(option, text):
        return wrong_answer(ev, option, text, "parallel").partition(f"is {text!r}: ")[2]

    for text in ("", "soon", "2027.5", "1,5", "1700", "9999"):
        assert said(year=text)["year"] == ours("year", text)
    for text in ("", "0", "2000", "x", "1,5", "1.2.3"):
        assert said(dose=text)["dose"] in ours("dose", text), text
    for text in ("3 4.5", "1.5 to 4.5", "3 mg/4.5 mg"):
        assert said(dose=text)["dose"] == explore_rows.ONE_DOSE
    for text in ("<0.05", "p < 0.05", "> 0.05"):
        of_p = {**trial, **TYPED["p"], "form": "p", "p": text}
        assert core("CORE.wrongWith(data, TAKEN)", of_p) == [["p", explore_rows.A_BOUND]]
    for text in ("84 days", "3 months"):
        assert said(weeks=text)["weeks"] == ours("weeks", text) != ""
    assert said(id="A b")["id"] == ours("study_id", "A b")
    assert said(id=ev.studies["study_id"].iloc[0])["id"] == "is in studies.csv already"
    assert said(value="3")["value"] == ours("difference", "3 -1.88 0.28")
    assert said(n1="1.5")["n1"] == "must be a whole number"
    assert said(value="77", lower="70", upper="80")["value"] == "must lie between -10 and 10"
    assert said(source="", location="") == {}
    many = {**trial, **TYPED["counts"], "form": "counts", "e1": "41"}
    assert core("CORE.wrongWith(data, [])", many) == [["e1", "more events than people"]]
    for both, wrong in (
        ("8", "must not be above events (7)"),
        ("2", "must be at least 3: there are 16 people"),
    ):
        pairs = many | {"design": "crossover", "e1": "12", "n1": "16", "both": both}
        assert core("CORE.wrongWith(data, [])", pairs) == [["both", wrong]]
    for broken in ({"form": "nothing"}, {"form": "length"}, {"design": "constructor"}, {"scale": "length"}):
        assert core("CORE.wrongWith(data, [])", {**trial, **broken}) == [["form", ""]]


def test_what_gives_no_estimate_is_taken_with_the_reason_of_the_derivation(core, ev):
    """As `new-study` takes it: valid rows that no analysis uses."""
    for form, cells, part in (
        ("quartiles", {"q11": "4.4", "q31": "9"}, "of LDN are those of skewed values"),
        ("quartiles", {"q12": "4.9", "q32": "9"}, "of control are those of skewed values"),
        ("quartiles", {"n1": "4"}, "of LDN give no mean"),
        ("quartiles", {"n2": "4"}, "of control give no mean"),
        ("interval", {"lower": "-0.80", "upper": "-0.80"}, "the precision of the difference"),
        ("p", {"value": "0", "favours": ""}, "the p value of the difference does not"),
        ("t", {"value": "0", "favours": ""}, "the difference is reported without"),
    ):
        trial = {**ABOUT, **TYPED[form], **cells, "form": form, "design": "parallel"}
        assert core("CORE.wrongWith(data, TAKEN)", trial) == []
        rows = explore_rows.filled(form, {k: str(v) for k, v in trial.items() if k != "scale"})
        made = explore_rows.contrast_of_rows(ev, rows, "MD")
        assert part in made.reason
        for standardised in ("false", "true"):
            got = core(f"CORE.trialEffect(CORE.numbersOf(data), {standardised})", trial)
            assert got == {"reason": made.reason}


def test_place_among_all_analyses(core, data, ev):
    """Kind and place of a random analysis are those that the multiverse has for it."""
    from ldn_analysis.questions import multiverse
    from ldn_analysis.questions.multiverse.parameters import Multiverse

    pain = multiverse.pain_multiverse(ev, assumed_baseline=Multiverse.defaults()["assumed_baseline"])
    mv, rng = pain.mv, np.random.default_rng(6)
    rows = [int(pain.reference), *rng.integers(len(mv), size=150).tolist()]
    asked = []
    for row in rows:
        spec = mv.specification(row)
        options = {n.replace(":", "."): o for n, o in spec.options.items() if n != "studies"}
        asked.append(state(data, **options, trials=list(spec.studies)))
    got = core(
        "data.map(s => { const r = CORE.analyse(s), p = r.place;"
        " return [r.fit.estimate, p.kind, p.inside, p.share, p.rank]; })",
        asked,
    )
    for row, (estimate, kind, inside, share, rank) in zip(rows, got, strict=True):
        assert estimate == pytest.approx(mv.estimate[row], rel=1e-9, abs=1e-9)
        assert inside
        assert kind == models.KINDS[int(mv.kind[row])]
        same = mv.where(scale=mv.specification(row).options["measure"], kind=kind)
        below = mv.estimate[same] <= mv.estimate[row] + 1e-12
        assert share == pytest.approx(below.mean(), abs=0.003)
        assert rank is None or rank == below.sum()


def test_every_choice_of_the_data_can_be_made(data, ev):
    for name, group in ev.multiverse_choices.groupby("choice"):
        if name == "studies":
            continue
        shown_options = {o["value"]: o for c in data["choices"] if c["name"] == name for o in c["options"]}
        for row in group.to_dict("records"):
            assert shown_options[row["option"]]["kind"] == row["kind"]
            assert shown_options[row["option"]]["reason"] == row["reason"]
    estimators = {o["value"] for c in data["choices"] if c["name"] == "tau2_method" for o in c["options"]}
    assert estimators == set(models.pooling.tau2.TAU2_METHODS)


def test_templates_hold_no_number_of_their_own():
    """Whatever the sentence, its numbers are slots: only counts of trials and the scale's ends are words."""
    for _, text in itertools.islice(explore_words.templates(), 0, None, 7):
        left = text.replace("0–10", "").replace("0.00", "")
        assert not any(c.isdigit() for c in left), text


IMPROBABLE = [
    ("means", {"m1": "55"}), ("changes", {"m1": "-15"}), ("means", {"sd1": "22"}), ("means", {"sd2": "0.1"}),
    ("se", {"se": "9"}), ("se", {"se": "0.01"}), ("interval", {"lower": "-9.9", "upper": "9"}),
    ("interval", {"n1": "1"}), ("interval", {"upper": "-0.7"}), ("se", {"se": "0"}), ("means", {"sd1": "0"}),
    ("means", {"n2": "1"}), ("means", {"m1": "1.2", "sd1": "0.9", "sd2": "0.9"}), ("se", {"value": "-8"}),
    ("interval", {"value": "-4", "lower": "-5", "upper": "-3"}), ("interval", {"dose": "50"}),
    ("interval", {"label": "Smith et al. 2017"}), ("changes", {"m1": "1.8", "m2": "0.9"}),
    ("interval", {"lower": "-11.9", "upper": "10.3"}), ("quartiles", {"q11": "7"}),
    ("quartiles", {"q31": "11"}), ("quartiles", {"q12": "4.9", "q32": "5.1"}),
    ("quartiles", {"m2": "6.6"}), ("quartiles", {"q11": "4.5", "q31": "4.5"}), ("means", {"sd2": "0.6"}),
    ("means", {"m1": "1.9", "m2": "0.7"}), ("quartiles", {"m2": "9.7", "q12": "9.5", "q32": "9.9"}),
    ("means", {"n1": "120", "sd1": "0.87", "sd2": "1.1"}), ("se", {"se": "0.165"}),
    ("interval", {"favours": "placebo"}), ("p", {"p": "0"}), ("p", {"p": "1"}), ("p", {"p": "0.93"}),
    ("p", {"p": "0.65"}), ("p", {"p": "0.000000001"}), ("t", {"t": "1.46"}), ("t", {"t": "0"}),
    ("t", {"t": "-14.6"}), ("t", {"t": "-0.7"}), ("p", {"p": "0.55"}),
    ("means", {"source": "https://doi.org/10.1000/y"}), ("means", {"source": "10.1002/ART.37734"}),
    ("se", {"source": "PMID 23359310"}), ("means", {"year": "2099", "label": "Neumann 2099"}),
]  # fmt: skip
PLAUSIBLE = [
    ("p", {"p": "0.5"}), ("p", {"p": "0.62", "value": "-0.5"}), ("t", {"t": "-0.75"}), ("t", {"t": "-2.9"}),
    ("se", {"se": "0.175"}), ("se", {"se": "0.75"}), ("means", {"sd1": "0.95", "sd2": "1.1"}),
    ("interval", {"upper": "0.27"}), ("means", {"n1": "120", "sd1": "0.9", "sd2": "1.1"}),
    ("se", {"se": "0.17"}), ("quartiles", {"q12": "4.4", "q32": "5.58"}),
    ("means", {"m1": "3", "sd1": "1.4", "sd2": "1.5", "n1": "10", "n2": "10"}),
    ("changes", {"m1": "0.3", "m2": "0.4"}), ("quartiles", {"q12": "4.4", "q32": "5.6"}),
    ("means", {"m1": "1.7", "m2": "1.6", "sd1": "1.5", "sd2": "1.6"}),
    ("means", {"sd1": "1.2", "sd2": "4.3", "n1": "6", "n2": "6"}), ("quartiles", {"q12": "5", "q32": "6"}),
    ("changes", {"m1": "0.8", "m2": "0.5", "sd1": "2", "n1": "8", "n2": "8"}),
]  # fmt: skip
"""Near the limits of a rule, inside."""


def test_whole_trials_are_refused_in_the_words_of_the_data(core, tmp_path):
    """A mean off its scale, an SD wider than it or next to none, one participant: as `check` says it, and
    nothing is refused that `check` takes."""
    folder, refused = tmp_path / "data", []
    shutil.copytree(locate().root / "data", folder)
    for i, (form, cells) in enumerate([*IMPROBABLE, *PLAUSIBLE]):
        trial = {**ABOUT, "label": f"{NAMES[i]} 2027", **TYPED[form], **cells, "form": form,
                 "design": "parallel", "id": f"typo{i}"}  # fmt: skip
        if "favours" in trial and "favours" not in cells:
            trial["favours"] = "ldn" if trial["value"].startswith("-") else "placebo"
        said = core("CORE.wrongWith(data, [])", trial)
        assert bool(said) == (i < len(IMPROBABLE)), (form, cells, said)
        assert not said or said[0][0] in (*cells, "value", "lower", "sd1", "q11", "year", "m1"), (cells, said)
        refused += [words_ for _, words_ in said]
        for file, text in core("CORE.rowsFor(data)", trial):
            paste(folder / file, text)
    with pytest.raises(evidence.EvidenceError) as error:
        evidence.load(folder)
    report = "\n".join(map(str, error.value.problems))
    for column, name in explore_rows.PLAIN.items():
        report = report.replace(f"above {column} ", f"above {name} ")
    for words_ in refused:
        assert words_ in report
    plausible = range(len(IMPROBABLE), len(IMPROBABLE) + len(PLAUSIBLE))
    lines = {i for i, line in enumerate((folder / "outcomes.csv").read_text("utf-8").splitlines(), 1)
             if any(line.startswith(f"typo{n}-") for n in plausible)}  # fmt: skip
    assert lines
    assert not [i for i in lines if f"outcomes.csv, line {i}," in report]


def test_copied_rows_load_from_a_copy_of_the_data(core, data, tmp_path):
    """The rows of every form and design, pasted below what is there, are valid data."""
    folder = tmp_path / "data"
    shutil.copytree(locate().root / "data", folder)
    shapes = [(d, f) for d, forms in data["form"]["rows"].items() for f in forms]
    for i, (design, form) in enumerate(shapes):
        trial = {
            **ABOUT,
            **TYPED[form],
            "form": form,
            "design": design,
            "id": f"pasted{i}",
            "label": f"{'ABCDEFGHIJKLMNOP'[i]}man et al. 2027",  # of another author, and length, each
            "weeks": str(8 + i),
            "source": f"10.1000/{i}",
        }
        for file, text in core("CORE.rowsFor(data)", trial):
            header, held = (
                text.partition("\n")[0],
                (locate().root / "data" / file).read_text(encoding="utf-8"),
            )
            more = header.removeprefix(held.partition("\n")[0])
            needs = next(t["needs"] for t in data["form"]["rows"][design][form] if t["file"] == file)
            assert f"first write {more} at the end" in needs if more else not needs
            paste(folder / file, text)
    loaded = evidence.load(folder)
    assert {f"pasted{i}" for i in range(len(shapes))} <= set(loaded.studies["study_id"])
