"""The summary in sentences, built from what the rooms found."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from ldn_analysis import html
from ldn_analysis.display import Table
from ldn_analysis.display.words import count, number, out_of, points
from ldn_analysis.questions import dosing, safety, studies
from ldn_analysis.questions.next_trial import words as next_trial_words
from ldn_analysis.questions.pain import words as pain_words

if TYPE_CHECKING:
    from ldn_analysis.display import Trail
    from ldn_analysis.display.trail import Note
    from ldn_analysis.questions.summary.gathered import Gathered


def answer(gathered: Gathered) -> str:
    """Both answers in at most 40 words; where they do not seem to differ, pain's own."""
    if not _open(gathered):
        return gathered.pain.sentence
    return f"We do not know. {_mean(gathered)} {_believed(gathered)}."


def _mean(gathered: Gathered) -> str:
    return pain_words.mean(gathered.pain.fit, gathered.pain.n)


def _believed(gathered: Gathered) -> str:
    return pain_words.believed(gathered.pain.chances["beyond"], gathered.choices.mid)


def _open(gathered: Gathered) -> bool:
    """Whether three or more trials leave open both relief and worsening that would matter."""
    fit = gathered.pain.fit
    return fit is not None and fit.k > 2 and gathered.pain.situation == "open"


def short(gathered: Gathered) -> str:
    """The answer in at most 20 words, for the list of reports, which stands below `helps`."""
    if not _open(gathered):
        return f"{gathered.pain.finding}."
    return f"We do not know. {_believed(gathered)}."


def helps(gathered: Gathered) -> str:
    """Whether it helps, and the mean: the index's first message, in at most 25 words where it is open."""
    if _open(gathered):
        return f"We do not know. {_mean(gathered)}"
    fit = gathered.pain.fit
    return gathered.pain.sentence if fit is not None and fit.k != 2 else short(gathered)


def dose(gathered: Gathered) -> str:
    """Which doses were tested, for how long, and which were not: as the report on the dose says it."""
    compared = len(dosing.randomised_comparisons(gathered.ev))
    return dosing.words.tested(dosing.given_doses(gathered.ev), compared)


def harms(gathered: Gathered) -> str:
    """What is best known of harms, in at most 30 words."""
    sentences = []
    for best in gathered.dreams[:1]:
        ratio, low, high = (number(best[name], 1) for name in ("ratio", "lower", "upper"))
        sentences.append(f"Vivid dreams {ratio} times as often ({low} to {high}; {best['who']}).")
    if len(gathered.excluded):
        last = gathered.excluded.iloc[-1]
        upper = last["upper_percent"]
        happened = int(last["events"])
        events = f"{happened or 'No'} serious {'events' if happened > 1 else 'event'}"
        beside = safety.words.on_placebo(last) if happened else ""
        sentences.append(
            f"{events} in {last['n']:,.0f} people on LDN{beside}; up to "
            f"{number(upper, 0 if upper >= 1 else 1)} in 100 possible."
        )
    return " ".join(sentences) or "No harm was counted against placebo."


def evidence_line(gathered: Gathered) -> str:
    """How current the evidence is and what it holds."""
    year = gathered.choices.as_of
    until = f"the end of {year}" if year else _day(str(gathered.ev.data_date or ""))
    pooled = 0 if gathered.pain.fit is None else gathered.pain.fit.k
    reports = gathered.ev.studies
    in_full = reports["how_read"].str.contains("full text")
    ours = in_full & reports["study_id"].isin(set(gathered.pain.used["study_id"]))
    read = studies.words.read_in_full(int(in_full.sum()), len(reports), pooled, int(ours.sum()))
    contents = f"{count(len(reports), 'report')}, {count(pooled, 'usable trial')}"
    return f"Evidence known to us up to {until}: {contents}. {read}".strip()


def limits(gathered: Gathered) -> str:
    """Whether the studies come from a systematic search, in a few words."""
    return "A systematic search." if studies.collection(gathered.ev)[0] else "Not a systematic search."


def _day(date: str) -> str:
    """A date as readers write it: 25 November 2026."""
    try:
        day = datetime.date.fromisoformat(date)
    except ValueError:
        return date or "today"
    return f"{day.day} {day:%B %Y}"


def messages(gathered: Gathered, trail: Trail) -> dict[str, tuple[str, Note | None]]:
    """What is said in short, by the name under which it is recorded: the words, and the note of their numbers
    (none where nothing of the data is in them)."""
    dreams = [key for best in gathered.dreams[:1] for key in best["inputs"]]
    counted = [key for row in gathered.excluded["inputs"] for key in row] if len(gathered.excluded) else []
    harmed = tuple(dict.fromkeys(map(str, (*dreams, *counted))))
    entries: dict[str, tuple[str, str, tuple[str, ...], str]] = {
        "key.evidence": (
            "Evidence",
            evidence_line(gathered),
            tuple(gathered.ev.studies["study_id"]),
            "Reports in the data, counted; pooled: those whose estimates are in the mean.",
        ),
        "key.helps": (
            "Pain",
            helps(gathered),
            trail.chains if gathered.pain.fit else (),
            "Pooled from the trials' estimates, as in the report on pain.",
        ),
        "key.dose": (
            "Dose and time",
            dose(gathered),
            tuple(map(str, gathered.trials["study_id"])),
            "Doses and weeks as reported.",
        ),
        "key.harms": (
            "Harms",
            harms(gathered),
            harmed,
            "Counts and ratios as reported; the limit as in the report on harms.",
        ),
    }
    return {
        name: (text, trail.note(keys, how, "In short", head) if keys else None)
        for name, (head, text, keys, how) in entries.items()
    }


def in_short(gathered: Gathered, trail: Trail) -> Table:
    """The messages on dose, harms and practice, as a list; what is counted leads to its sources."""
    recorded = messages(gathered, trail)
    rows = [
        ("Dose and time", *recorded["key.dose"]),
        ("Harms", *recorded["key.harms"]),
        ("Not in our data", "approval, pharmacy preparation, use with opioids.", None),
    ]
    if _open(gathered):  # where the answer's chance and its interval seem to contradict each other
        open_ = f"the interval allows {points(gathered.choices.mid)} better or worse"
        both = f"{open_}; the Bayesian chance assumes trials differ moderately."
        rows.insert(0, ("Two methods", both, recorded["key.helps"][1]))
    if gathered.same_answer:
        rows.insert(0, ("Same result", "the answer on pain does not change under these choices.", None))
    lines = [
        html.element("span", html.element("b", note.link(head) if note else head, ": "), words)
        for head, words, note in rows
    ]
    text = "\n".join(f"{head}: {words}" for head, words, _ in rows)
    return Table(html.finished(html.items(lines, class_="ldn-short")), text)


def reviews(gathered: Gathered) -> str:
    """Why other reviews differ, as far as their printed results tell, in at most 40 words."""
    table = gathered.reviews
    if table.empty:
        return "No other review of pain is known here."
    excluded = (table["lower95"] > 0) | (table["upper95"] < 0)
    newest = gathered.pain.used["year"].max() if len(gathered.pain.used) else None
    earlier = int((table["year"] < newest).sum()) if newest is not None else 0
    n, clear = len(table), int(excluded.sum())
    predating = f"{earlier} {'predates' if earlier == 1 else 'predate'}" if n > 1 else "it predates"
    before = f"; {predating} the newest trial ({newest:.0f})" if earlier else ""
    first = f"{out_of(clear, n, 'published result', 'published results', ('finds', 'find'))} a difference"
    caveat = "What each pooled is seldom known" if n > 1 else "It may have pooled other studies"
    return f"{first}{before}. {caveat}."


def no_people(gathered: Gathered) -> str:
    """What stands where the figure of people with less pain cannot be drawn."""
    limited = gathered.choices.changed()
    return f"Who had 30% less pain cannot be compared{' under these choices' if limited else ''}."


def no_curve(gathered: Gathered) -> str:
    """What stands where the figure of belief cannot be drawn."""
    fit = gathered.pain.fit
    if fit is not None and fit.k == 2:
        return "Two trials are too few to average: the answer shows each."
    return "Nothing can be pooled."


def no_change(gathered: Gathered) -> str:
    """What stands where there are no two years to compare."""
    years = list(gathered.moments["label"])
    if len(years) > 1:
        return f"{years[0]} and {years[1]} brought a trial each, which are not averaged."
    return f"Only {years[0]} brought a usable trial." if years else "No year brought a usable trial."


def settling(gathered: Gathered) -> str:
    """What would settle it, in at most 50 words (`next_trial.what_would_settle`)."""
    if not gathered.settling:
        return "First a randomised trial against placebo that can be used."
    return next_trial_words.settling(gathered.settling)


def registered(row: dict[Any, Any]) -> str:
    """A registered trial without a report, in a line."""

    def fact(name: str) -> str:
        return "" if row[name] is None or row[name] != row[name] else str(row[name])

    people = f"{row['n_planned']:.0f} people planned" if row["n_planned"] > 0 else ""
    facts = [
        fact("condition"),
        people,
        "registered and never run" if row.get("never_run") else fact("status_as_read"),
        fact("dates"),
    ]
    name = ", ".join(filter(None, (fact("registry_id"), fact("title"))))
    return f"{name}: {'; '.join(filter(None, facts))}."


def result_name(outcome: str) -> str:
    """The name under which a line of the Summary of Findings is recorded."""
    return "findings." + html.slug(outcome.split(" (")[0]).replace("-", "_")
