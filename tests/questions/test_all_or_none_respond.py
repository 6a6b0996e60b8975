"""Where all or none of a group had an event, every report gives one difference in one set of words."""

import dataclasses
import re

import pytest
from plain_sums import difference_of_risks
from spoken import plain
from test_questions_new_rows import added

from ldn_analysis import display
from ldn_analysis.questions import pain, responders, safety

TRIAL = {"n_randomised": 22.0, "n_analysed": 22.0, "dose_min_mg": 4.5}
COUNTS = [(10, 10, 0, 12), (0, 10, 12, 12), (0, 10, 0, 12), (10, 10, 12, 12)]


@pytest.mark.parametrize(("a", "n1", "c", "n2"), COUNTS)
def test_reports_give_one_difference(ev, a, n1, c, n2):
    """The summary of findings, the report on responders and that on harms, by statsmodels' numbers."""
    names = ("pain response 50%", "stopped for side effects")
    events = [
        (name, group, x, n, {}) for name in names for group, x, n in (("ldn", a, n1), ("placebo", c, n2))
    ]
    alone = ev.events[~ev.events["event"].isin(names)]
    less = dataclasses.replace(ev, tables={**ev.tables, "events": alone})
    seen = added(less, events=events, **TRIAL)
    gap = [100 * x for x in difference_of_risks(a, n1, c, n2, 0.95)]
    findings = pain.summary_of_findings(seen).set_index("outcome")
    for outcome in ("Pain reduced by at least 50%", "Stopped for side effects"):
        row = findings.loc[outcome]
        assert [row[f"difference{end}"] for end in ("", "_lower", "_upper")] == pytest.approx(gap)
        assert "Newcombe" in row["derivation"] and row["estimate"] != row["estimate"]
    told = responders.responder_contrasts(seen)
    row = told[told["percent"] == 50].iloc[0]
    assert [100 * row[f"rd{end}"] for end in ("", "_lower", "_upper")] == pytest.approx(gap)
    said = responders.words.counted(told, 50.0).rstrip(".")
    harm = safety.compared_harms(seen).query("event == 'stopped for side effects'")
    assert harm[["rd", "rd_lower", "rd_upper"]].to_numpy()[0] == pytest.approx(gap)
    title = safety.words.first_title(harm, safety.quoted_harms(seen).head(0))
    if a == 0 == c:
        assert said == "Nobody in one trial had relief by 50%"
        assert "no difference shown" in title
    elif a / n1 == c / n2:
        assert said == "One trial leaves open whether more people have relief by 50% on LDN"
        assert "no difference shown" in title
    else:
        side = "more" if a else "fewer"
        assert said == f"One trial shows {side} people with relief by 50% on LDN"
        assert title == f"in the trials' counts stopped for side effects {'more' if a else 'less'} often"
    drawn = harm.assign(label=harm["event"], detail="", estimate=harm["rr"], lower=harm["rr_lower"],
                        upper=harm["rr_upper"])  # fmt: skip
    words = plain(re.sub(r"<[^>]+>", " ", display.to_svg(safety.pictures.ratios(drawn, drawn.head(0)))))
    assert "no ratio" in words


def test_nobody_on_placebo_in_several_trials_gives_one_difference_as_counted(ev):
    """The ratio of such trials is of counts with a half added: no multiple of no risk tells of people."""
    events = ev.events.copy()
    asked = events["event"].isin(["pain response 30%", "any adverse event"])
    events.loc[asked & (events["group"] == "placebo"), "events"] = 0.0
    events.loc[asked & (events["event"] == "any adverse event"), "week"] = 12.0
    seen = dataclasses.replace(ev, tables={**ev.tables, "events": events})
    findings = pain.summary_of_findings(seen).set_index("outcome")
    for outcome, share in (("Pain reduced by at least 30%", 25 / 96), ("Any adverse event", 74 / 97)):
        row = findings.loc[outcome]
        assert row["lower"] > 1 and row["placebo"] == 0 and row["ldn"] == row["difference"]
        assert row["difference"] == pytest.approx(100 * share, rel=0.01)  # the trials are of nearly one size
        assert 0 < row["difference_lower"] < row["difference"] < row["difference_upper"]
        assert "as counted" in row["derivation"]
    told = responders.responder_contrasts(seen)
    lead = told[(told["percent"] == 30) & told["leads"]].iloc[0]
    said = responders.words.in_hundred(told, 30.0)
    assert said.startswith(
        "25 of 96 people on LDN and 0 of 99 on placebo had relief by 30%: of 100 people 26 more"
    )
    assert lead["nnt"].startswith("NNTB 4") and lead["usual_rd"] > 0
    assert responders.words.counted(told, 30.0) == "Two trials show more people with relief by 30% on LDN."
    harm = safety.compared_harms(seen).query("event == 'any adverse event'")
    excluded = safety.frequency_excluded(seen)
    said = safety.words.harm_sentences(harm, excluded, safety.exposure_by_dose(seen))["any"]
    assert "74 of 97 people on LDN and 0 of 100 on placebo" in said and "; of 100 people 76 more" in said
    assert "excludes equal risks: more with LDN" in said
