"""The report on the evidence counts what its rows hold: random collections of trials, their further reports,
open studies, registrations and judgements, each sentence beside a count of its own.

`LDN_TESTS=thorough` makes more of them.
"""

import os
import re

import made_up
import numpy as np
import pytest
import spoken
from spoken import MANY
from told_notebooks import tell

from ldn_analysis import evidence

SEEDS = range(40 if os.environ.get("LDN_TESTS") == "thorough" else 10)
SHORT = {"pain response 30%": "responders", "any adverse event": "adverse events", "nausea": "adverse events",
         "serious adverse event": "serious events", "stopped for any reason": "stopping"}  # fmt: skip
JUDGED = ("low", "no information", "some concerns", "high")  # the overall judgement is the last of them
REGISTERED = [
    ("NCT90000001", "A", "Fibromyalgia", "Recruiting"), ("NCT90000002", "B", "low back pain", "Recruiting"),
    ("NCT90000003", "C", "fibromyalgia", "Withdrawn"), ("NCT90000004", "", "depression", "Cancelled"),
    ("NCT90000005", "E", "chronic pain; fibromyalgia", "Unknown"),
]  # fmt: skip


class Collection:
    """Made-up rows and what is true of them, counted as they were made."""

    def __init__(self, seed):
        rng = np.random.default_rng([41, seed])
        forms = ["difference, interval", "means, sd", "changes, se", "paired, se", "conditions"]
        self.studies, self.trials, self.pooled = [], [], []
        k, opened = int(rng.integers(0, 6)) if seed else 1, int(rng.integers(0, 3)) * (seed != 0)
        for i in range(max(k, 1 - opened)):
            plan = self._plan(i, rng, form=str(rng.choice(forms)), events=str(rng.choice(["some", ""])))
            self._add(made_up.trial(plan, rng), rng)
        for i in range(opened):
            self._add(made_up.trial(self._plan(8 + i, rng, kind="open"), rng), rng)
        of_groups = [one for one in self.trials if one.rows["studies"][0]["design"] == "parallel"]
        if of_groups and seed % 2:
            self._add(self._further(of_groups[0], rng), rng)
        picked = [row for row in REGISTERED if rng.random() < 0.6]
        self.registered = picked
        self.studies[0].rows["registrations"] = [
            {"registry_id": key, "title": title, "condition": condition, "status_as_read": status,
             "n_planned": "40", "last_seen": "2026-11", "how_read": "registry"}
            for key, title, condition, status in picked
        ]  # fmt: skip

    @staticmethod
    def _plan(i, rng, **cells):
        year = 2012 + int(rng.integers(0, 14))
        name = made_up.NAMES[i]
        return made_up.Plan(f"{name.lower()}{year}", f"{name} {year}", year, **cells)

    def _add(self, one, rng):
        study = one.rows["studies"][0]
        if rng.random() < 0.5:
            for table in ("studies", "outcomes", "events", "risk_of_bias"):
                for row in one.rows.get(table, []):
                    row |= {"how_read": "abstract"} | ({"location": "Abstract"} if "location" in row else {})
        rows = one.rows.get("risk_of_bias", [])
        for row in rows[:-1]:
            row["judgement"] = str(rng.choice(JUDGED))
        if rows:
            rows[-1]["judgement"] = max((row["judgement"] for row in rows[:-1]), key=JUDGED.index)
        self.studies.append(one)
        if study["randomised"] == "yes" and study["study_id"] == study["trial_id"]:
            self.trials.append(one)
            if np.isfinite(one.yi):
                self.pooled.append(one)

    def _further(self, main, rng):
        """A second report of a trial, of pain thresholds alone."""
        study = main.rows["studies"][0]
        year = int(study["year"]) + 1
        plan = made_up.Plan(f"okafor{year}", f"Okafor {year}", year, form="means, sd", thresholds=True,
                            trial_id=study["study_id"], n=20, events="", judged="")  # fmt: skip
        one = made_up.trial(plan, rng)
        same = ("n_randomised", "design", "design_type", "registry")
        row = one.rows["studies"][0] | {name: study[name] for name in same} | {"n_analysed": ""}
        outcomes = [row for row in one.rows["outcomes"] if row["domain"] == "pain threshold"]
        return made_up.Made({"studies": [row], "outcomes": outcomes})

    def rows(self, table):
        return [row for one in self.studies for row in one.rows.get(table, [])]


@pytest.fixture(scope="module", params=SEEDS)
def told(request, tmp_path_factory):
    """A collection, and everything that the report says of it, by what shows it."""
    made = Collection(request.param)
    ev = evidence.load(made_up.written(tmp_path_factory.mktemp("collection") / "data", made.studies))
    return made, tell("01_evidence", ev)


def test_the_answer_counts_studies_trials_people_and_reports(told):
    made, said = told
    sentence, recorded = said.answer["sentence"], said.recorded
    studies = made.rows("studies")
    trials = {row["trial_id"] for row in studies}
    blind = {row["trial_id"] for row in studies if row["randomised"] == "yes"}
    people = sum(int(one.rows["studies"][0]["n_analysed"]) for one in made.pooled)
    whole = sum(row["how_read"] == "full text" for row in studies)
    counts = (len(studies), len(trials), len(made.pooled), people)
    assert tuple(recorded[f"evidence.{key}"] for key in ("studies", "trials", "pooled", "n")) == counts
    assert (said.answer["k"], said.answer["n"]) == counts[2:]
    if len(trials) == 1:
        assert sentence.startswith(
            f"The one study known here is {'' if blind else 'not '}randomised and double-blind"
        )
    else:
        all_told = sentence.replace("Both studies", "All two studies")
        assert ("Both studies" in sentence) == (len(trials) == 2 and blind == trials)
        found = re.match(
            rf"(All|Of) ({MANY} studies) known here(?:, ({MANY}|none))? (is|are) randomised and double-blind",
            all_told,
        )
        assert found, sentence
        assert spoken.things(found[2], "study", "studies") == len(trials)
        assert (found[1] == "All") == (found[3] is None) == (blind == trials)
        assert (spoken.count(found[3] or str(len(trials))), found[4] == "is") == (len(blind), len(blind) < 2)
    if made.pooled:
        found = re.search(
            rf"and (?:({MANY}|all|both) )?(gives?) an estimate of pain against placebo that can be pooled "
            r"\(([\d,]+) people\)",
            sentence,
        )
        assert found, sentence
        some = {None: "1", "all": str(len(trials)), "both": "2"}.get(found[1], found[1])
        assert spoken.count(some) == len(made.pooled)
        assert (found[2] == "gives") == (len(made.pooled) == 1) and spoken.count(found[3]) == people
    else:
        assert ("it gives no estimate" if len(trials) == 1 else "none gives an estimate") in sentence
    read = sentence.rpartition(". ")[2]
    if len(studies) == 1:
        assert read == f"We {'read' if whole else 'did not read'} its report in full."
    else:
        found = re.fullmatch(
            rf"We read (none|all|{MANY}) of their (\d+) reports in full"
            rf"(?:, (none|all|{MANY}) of these ({MANY})|, (but not|)\s?this one's( among them)?)?\.", read,
        )  # fmt: skip
        assert found, read
        known = {"all": len(studies), "none": 0}
        assert (known[found[1]] if found[1] in known else spoken.count(found[1])) == whole
        assert int(found[2]) == len(studies)
        own = sum(one.rows["studies"][0]["how_read"] == "full text" for one in made.pooled)
        if not made.pooled or whole in (0, len(studies)):
            assert read.endswith("reports in full.")
        elif len(made.pooled) == 1:
            assert read.endswith(", this one's among them." if own else ", but not this one's.")
        else:
            known = {"all": len(made.pooled), "none": 0}
            assert (known[found[3]] if found[3] in known else spoken.count(found[3])) == own
            assert spoken.count(found[4]) == len(made.pooled)


def test_trials_in_the_mean_are_named(told):
    made, said = told
    labels = [one.rows["studies"][0]["label"] for one in made.pooled]
    named = f"Three usable trials: {'; '.join(sorted(labels, key=lambda text: text[-4:]))}."
    short = said.answer["short"]
    assert bool(short) == bool(labels and len(named.split()) <= 20)
    head, _, names = short.partition(": ")
    assert not short or spoken.things(head.lower(), "usable trial") == len(labels)
    assert sorted(names.rstrip(".").split("; ")) == sorted(labels if short else [""])


def test_the_figures_of_outcomes_and_of_years(told):
    made, said = told
    studies = made.rows("studies")
    reported = {row["study_id"]: set() for row in studies}
    seen = set()
    for one in made.studies:
        key = one.study_id
        for domain, name in (("pain", "pain"), ("pain threshold", "pain thresholds")):
            rows = [row for row in one.rows["outcomes"] if row["domain"] == domain and row["week"] != "0"]
            groups = {row["group"] for row in rows}
            seen |= {name} if rows else set()
            if "ldn-placebo" in groups or {"ldn", "placebo"} <= groups:
                reported[key].add(name)
        for row in one.rows.get("events", []):
            reported[key].add(
                SHORT.get(row["event"], "responders" if "response" in row["event"] else "adverse events")
            )
    seen |= set().union(*reported.values())
    counts = {name: sum(name in held for held in reported.values()) for name in seen}
    if not seen:
        assert "outcomes" not in said.title
    else:
        title = said.title["outcomes"]
        most = max(counts.values())
        if not most:
            assert title == "No outcome has numbers against a control"
        else:
            found = re.fullmatch(
                r"(.+), the most reported, (has|have) numbers against a control in "
                r"(?:(\d+) of (\d+) reports|the one report)",
                title,
            )
            assert found, title
            assert sorted(re.split(r", | and ", found[1].lower())) == sorted(
                n for n in counts if counts[n] == most
            )
            assert (found[2] == "has") == (list(counts.values()).count(most) == 1)
            assert [int(found[3] or 1), int(found[4] or 1)] == [most, len(studies)]
        matrix = said.alt["outcomes"].rpartition("A matrix")[2]
        assert spoken.things(matrix, "report") == len(studies)
        assert spoken.things(matrix, "outcome") == len(seen)
    trials = {row["trial_id"]: row for row in reversed(studies) if row["study_id"] == row["trial_id"]}
    blind = sum(row["randomised"] == "yes" for row in trials.values())
    found = re.fullmatch(
        rf"(?:The one study is (not )?|(?:({MANY}|none) of|all) ({MANY}) studies (is|are) )"
        r"randomised and double-blind",
        said.alt["timeline"].partition(". By year")[0],
        re.I,
    )
    assert found, said.alt["timeline"]
    if len(trials) == 1:
        assert (found[1] is None) == (blind == 1) and found[3] is None
    else:
        assert (spoken.count(found[2] or found[3]), spoken.count(found[3])) == (blind, len(trials))
        assert (found[4] == "is") == (blind < 2)
    alt = said.alt["timeline"]
    years = sorted(int(row["year"]) for row in trials.values())
    assert [int(year) for year in re.findall(r"\b20\d\d\b", alt)] == (
        [years[0], years[-1]] if years[0] < years[-1] else [years[0]]
    )
    people = sum(int(row["n_randomised"] or row["n_analysed"]) for row in trials.values())
    assert spoken.things(alt, "study", "studies") == len(trials)
    assert re.search(rf"with {people} (people|person) together", alt) or people <= 10
    assert spoken.things(said.title["timeline"].partition(" in ")[0], "person", "people") == people


def test_risk_of_bias_is_counted(told):
    made, said = told
    rows = [row for row in made.rows("risk_of_bias") if row["domain"] != "overall"]
    if not rows:
        assert "risk-of-bias" not in said.title
        return
    title = said.title["risk-of-bias"]
    assert said.alt["risk-of-bias"] == f"{title}."
    done = sum(row["judgement"] != "no information" for row in rows)
    found = re.match(rf"We could judge (\d+) of (\d+) questions in ({MANY} trials?); (.*)", title)
    assert (int(found[1]), int(found[2])) == (done, len(rows))
    assert spoken.things(found[3], "trial") == len({row["study_id"] for row in rows})
    high = {row["study_id"] for row in rows if row["judgement"] == "high"}
    if high:
        assert spoken.things(found[4].removeprefix("high risk somewhere in "), "trial") == len(high)
    else:
        assert found[4] == "none at high risk"


def test_reviews_before_the_newest_trial_are_counted(told):
    made, said = told
    years = [
        int(row["year"])
        for row in made.rows("studies")
        if row["randomised"] == "yes" and row["study_id"] == row["trial_id"]
    ]
    reviews = {}
    for row in evidence.load().published_syntheses.to_dict("records"):
        key = row["synthesis_id"]
        reviews[key] = max(row["year"], reviews.get(key, 0))
    if not years:
        assert "reviews" not in said.title
        return
    early = sum(year < max(years) for year in reviews.values())
    title = said.title["reviews"]
    found = re.fullmatch(r"(No review|(\d+) of (\d+) reviews) came before the newest trial", title)
    assert found, title
    assert (int(found[2] or 0), int(found[3] or len(reviews))) == (early, len(reviews))
    assert any(fold.startswith(title) for fold in said.folds)
    matrix = said.alt["reviews"].rpartition("A matrix")[2]
    assert spoken.things(matrix, "review") == len(reviews) and spoken.things(matrix, "trial") == len(years)


def test_registrations_are_counted_and_those_never_run_named(told):
    made, said = told
    line = said.lines[1]  # after how the studies were found
    if not made.registered:
        assert line == "No registered trial without a report is known here."
        return
    gone = [row for row in made.registered if row[3] in ("Withdrawn", "Cancelled")]
    still = [row for row in made.registered if row not in gone]
    own = sum("fibromyalgia" in row[2].lower() for row in still)
    found = re.match(
        rf"({MANY}) registered (trials have|trial has) not reported yet"
        rf"(?:, ({MANY}|none) of them|; it is( not)?) in fibromyalgia\.",
        line,
        re.I,
    )
    assert found, line
    of_them = spoken.count(found[3]) if found[3] else int(not found[4])
    assert (spoken.count(found[1]), of_them) == (len(still), own)
    assert (found[3] is None) == (len(still) == 1)
    assert (found[2] == "trial has") == (len(still) == 1)
    never = re.search(rf"\. ({MANY}) (was|were) never run: (.+)\.$", line, re.I)
    assert bool(never) == bool(gone)
    if gone:
        assert spoken.count(never[1]) == len(gone) and (never[2] == "was") == (len(gone) == 1)
        assert set(re.split(r", | and ", never[3])) == {row[1] or row[0] for row in gone}


def test_reports_that_nobody_read_in_full_are_counted(told):
    made, said = told
    unread = sum(row["how_read"] != "full text" for row in made.rows("studies"))
    fold = next((text for text in said.folds if "could not read in full" in text), "")
    assert bool(fold) == bool(unread)
    if fold:
        assert spoken.things(fold, "report") == unread
    if "outcomes" in said.caption:
        word = re.search(r"(\w+) papers were not read in full", said.caption["outcomes"])
        most = "most" if 2 * unread > len(made.rows("studies")) else "some"
        assert (word[1] if word else None) == (most if unread else None)
    assert "prisma" not in said.title, "no search is recorded: there is no flow of records"
