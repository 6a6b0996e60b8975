"""The reasons of a certainty, as reports 02 and 08 give them, beside GRADE's rules computed from the rows."""

import math
import os
import re

import made_up
import numpy as np
import pytest
from pain_cases import CASES, Case
from plain_sums import pooled
from scipy import stats
from spoken import read

from ldn_analysis import evidence
from ldn_analysis.questions import claims, pain
from ldn_analysis.questions.claims.parameters import Claims

OF_CLAIMS = ("none, open", "one, medians", "three, one very wide", "eight, strong")
if os.environ.get("LDN_TESTS") == "thorough":
    OF_CLAIMS = made_up.names()
SOME = ["low", "high", "some concerns"]
WORLDS = {
    "weak methods far off": made_up._plans(
        3, judged=["low", "low", "high"], effect=[-0.7, -0.8, -1.7], n=[90, 90, 140]
    ),
    "weak methods elsewhere": made_up._plans(3, judged=SOME, effect=[-0.2, -1.6, -0.2], n=70),
    "half is weak": made_up._plans(4, judged=["low", "high"], n=80),
    "strong methods, a large effect": made_up._plans(4, judged="low", effect=-1.7, n=110),
    "strong methods, few people": made_up._plans(3, judged="low", effect=-1.9, n=30),
    "strong methods, harm": made_up._plans(4, judged="low", effect=1.6, n=110),
    "apart": made_up._plans(3, judged="low", effect=[-1.9, 0.2, 1.4], n=90),
    "not judged": made_up._plans(3, judged="", n=40),
    "one of high risk": made_up._plans(1, judged="high"),
}
KNOWN = [(name, choices) for name, choices in CASES if name != "worse" and "measure" not in choices]
OTHER = {"mid": 0.4, "inference": "z"}
ALL = [*KNOWN[::2], *((name, {}) for name in WORLDS), *((name, OTHER) for name in list(WORLDS)[::3])]


@pytest.fixture(scope="module", params=ALL, ids=lambda x: f"{x[0]} {x[1] or ''}".strip())
def case(request, sets, tmp_path_factory):
    name, choices = request.param
    if name not in WORLDS:
        return Case(sets(name), choices)
    made = [made_up.trial(plan, np.random.default_rng([9, i])) for i, plan in enumerate(WORLDS[name])]
    folder = made_up.written(tmp_path_factory.mktemp("grade") / "data", made)
    return Case(evidence.load(folder), choices)


def zone(x, mid):
    return "relief" if x <= -mid else "worsening" if x >= mid else "little"


def expected(case):
    """(domain, levels, percents of the weight that the reason tells) of each downgrade, and the target."""
    ids, mid = list(case.used["study_id"]), case.choices.mid
    mean, low, high = case.pool() if case.level == 0.95 else _at_95(case)
    w = 1 / (case.v + case.tau2)
    share = 100 * w / w.sum()
    judged = {r["study_id"]: r["judgement"] for r in read(case.result.ev.folder, "risk_of_bias")
              if r["domain"] == "overall" and r["outcome"] == "pain"}  # fmt: skip
    bad = np.array([judged.get(s) == "high" for s in ids])
    unsure = np.array([judged.get(s) != "low" for s in ids])
    heavy, doubt = share[bad].sum(), share[unsure].sum()
    moved = bool(bad.any() and not bad.all()) and zone(np.average(case.y, weights=w), mid) != zone(
        np.average(case.y[~bad], weights=w[~bad]), mid
    )
    found = []
    if heavy > 50 or (moved and doubt > 50):
        found.append(("risk of bias", 2, [heavy]))
    elif moved:
        found.append(("risk of bias", 1, []))
    elif doubt > 50:
        found.append(("risk of bias", 1, [doubt, heavy] if heavy else [doubt]))
    half = stats.norm.ppf(0.975) * np.sqrt(case.v)
    q = np.sum((case.y - np.average(case.y, weights=1 / case.v)) ** 2 / case.v)
    if stats.chi2.sf(q, case.k - 1) < 0.1 and any(
        zone(a, mid) != zone(b, mid) and abs(a - b) > max(s, t)
        for a, s in zip(case.y, half, strict=True) for b, t in zip(case.y, half, strict=True)
    ):  # fmt: skip
        found.append(("inconsistency", 1, []))
    if low <= -mid and high >= mid:
        found.append(("imprecision", 2, "benefit and harm that matter"))
    elif low <= -mid < high or low < mid <= high:
        found.append(("imprecision", 1, "a difference that matters and one too small"))
    elif case.people < 400 and zone(mean, mid) != "little":
        found.append(("imprecision", 1, "fewer than 400 participants"))
    target = {"relief": "a relief that matters", "worsening": "a worsening that matters"}
    return found, target.get(zone(mean, mid), "little or no difference"), moved


def _at_95(case):
    """GRADE looks at the 95% interval, whatever is shown."""
    return pooled(case.y, case.v, case.tau2, case.choices.inference, 0.95, float(case.df[0]))


def test_each_reason_is_that_of_its_rule(case):
    graded = case.result.certainty
    if not case.k:
        assert graded.level == "not graded" and case.result.reasons == ("no trial gives a usable estimate",)
        return
    wanted, target, moved = expected(case)
    assert [(d.domain, d.levels) for d in graded.downgrades] == [(d, n) for d, n, _ in wanted]
    names = ("high", "moderate", "low", "very low")
    assert graded.level == names[min(sum(n for _, n, _ in wanted), 3)]
    assert target in graded.target and graded.reasons[0] == "starts at high"
    assert graded.dots == "⊕" * (4 - names.index(graded.level)) + "○" * names.index(graded.level)
    for text, (domain, levels, told) in zip(graded.reasons[1:], wanted, strict=True):
        size = {1: "one level", 2: "two levels"}[levels]
        assert text.startswith(f"{domain}, {size}: ")
        if isinstance(told, str):
            assert told in text
        else:
            shown = [float(x) for x in re.findall(r"(\d+)% (?:of|at)", text)]
            assert shown == pytest.approx(told if case.k > 1 else [], abs=0.51)
            assert (domain != "risk of bias" or case.k > 1) or "the trial is" in text
        if domain == "risk of bias":
            another = "another side of what matters" in text or bool(
                re.search(r"at high risk and .+ disagree", text)
            )
            assert another == moved
    why = graded.why
    kinds = {"risk of bias": r"biased|methods", "inconsistency": "different conclusions",
             "imprecision": "true effect|Few people"}  # fmt: skip
    for domain, pattern in kinds.items():
        assert bool(re.search(pattern, why)) == any(d == domain for d, _, _ in wanted), why
    assert (why == "Nothing was rated down.") == (not wanted)
    table = pain.tables.certainty(case.result)
    last = [domain.capitalize() + ", two levels" * (n == 2) for domain, n, _ in wanted]
    last = [*(last or ["No level taken off"]), "For people to judge"]
    assert list(table["what"])[-len(last) :] == last
    unruled = table["said"].iloc[-1]
    assert "Nothing was taken off" in unruled and ("usable" in unruled) == bool(case.result.without_estimate)
    assert max(len(sentence.split()) for sentence in unruled.split(". ")) <= 25


@pytest.mark.parametrize("name", OF_CLAIMS)
def test_a_claims_reasons_are_the_computed_and_the_declared_each_once(sets, name):
    ev = sets(name)
    results = claims.run_claims(ev, Claims())
    judged = {}
    for row in read(ev.folder, "judgements"):
        judged.setdefault(row["claim_id"], {})[row["item"]] = row
    table = claims.claims_table(results, results).set_index("claim_id")
    answer = claims.cards.claims_answer(table.reset_index(), "by 2016")
    for result in results:
        named = claims.cards.FIRST.get(result.claim_id)
        assert named is None or f"{named} was and is {result.verdict}." in answer
        of, graded = judged[result.claim_id], result.certainty
        assert table.loc[result.claim_id, "reasons_now"] == "; ".join(graded.reasons)
        if graded.level == "not graded":
            assert not graded.downgrades and len(graded.reasons) == 1
            continue
        assert claims.CLAIM_TESTS[result.claim_id].rule == "effect" and math.isfinite(result.test.lower)
        computed = {d.domain: (d.levels, d.reason) for d in result.test.downgrades}
        for item, row in of.items():
            domain = item.replace("_", " ")
            if domain not in ("risk of bias", "inconsistency", "indirectness", "imprecision",
                              "publication bias"):  # fmt: skip
                continue
            if int(row["value"]) > computed.get(domain, (0,))[0]:
                late = item in result.test.overtaken
                why = (
                    "declared before these data, and to be judged again"
                    if late
                    else row["reason"].rstrip(".")
                )
                computed[domain] = int(row["value"]), why
        sizes = {1: "one level", 2: "two levels"}
        wanted = {f"{d}, {sizes[n]}: {why}" for d, (n, why) in computed.items() if n}
        assert set(graded.reasons[1:]) == wanted and len(graded.reasons) == len(wanted) + 1
        start = of["start"]
        assert graded.reasons[0] == f"starts at {start['value']}: {start['reason'].rstrip('.')}"
        names = ("high", "moderate", "low", "very low")
        off = names.index(start["value"]) + sum(n for n, _ in computed.values())
        assert graded.level == names[min(off, 3)]
