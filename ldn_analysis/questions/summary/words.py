"""The summary in sentences, built from what the rooms found."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from ldn_analysis import html
from ldn_analysis.display import Table
from ldn_analysis.display.words import capital, count, number, out_of, percent, points, side
from ldn_analysis.questions import dosing, studies
from ldn_analysis.questions.next_trial import words as next_trial_words
from ldn_analysis.questions.pain import words as pain_words

if TYPE_CHECKING:
    from ldn_analysis.display import Trail
    from ldn_analysis.display.trail import Note
    from ldn_analysis.questions.summary.gathered import Gathered


def _likely(low: float, high: float) -> str:
    """A probability in a word, by its range over the priors tried."""
    return "unlikely" if high < 0.1 else "likely" if low > 0.9 else "possible"


def _pooled(shown: Gathered, scale: str = "") -> str:
    """The mean: ``In three trials (223 people) pain was 0.22 points lower than on placebo (95%: ...).``"""
    fit = shown.pain.fit
    assert fit is not None
    low, high = (side(limit) for limit in fit.ci)
    size = f"{number(abs(fit.estimate))}{scale} points {'lower' if fit.estimate < 0 else 'higher'}"
    ends = f"{100 * fit.level:g}%: {low} to {high}"
    base = f"{count(fit.k, 'trial')} ({shown.pain.n} people)"
    return f"In {base} pain was {size} than on placebo ({ends})."


def answer(shown: Gathered) -> str:
    """Both answers in at most 40 words; where they do not seem to differ, pain's own."""
    if not _open(shown):
        return shown.pain.sentence
    return f"We do not know whether LDN helps. {_pooled(shown)} {_believed(shown)}."


def _believed(shown: Gathered) -> str:
    """How likely a relief that matters is, over the priors tried, beside what stood before the data."""
    chance = shown.pain.chances["beyond"]
    held = f"{pain_words.percents(chance.low, chance.high)}; {percent(chance.before)} before data"
    likely = _likely(chance.low, chance.high)
    return f"Relief beyond {points(shown.choices.mid)} is {likely} (chance {held})"


def _open(shown: Gathered) -> bool:
    """Whether three or more trials leave open both relief and worsening that would matter."""
    fit, mid = shown.pain.fit, shown.pain.threshold
    return fit is not None and mid is not None and fit.k > 2 and pain_words.situation(*fit.ci, mid) == "open"


def short(shown: Gathered) -> str:
    """The answer in at most 20 words, for the list of reports, which stands below `helps`."""
    if not _open(shown):
        return f"{shown.pain.finding}."
    return f"We do not know. {_believed(shown)}."


def helps(shown: Gathered) -> str:
    """Whether it helps, in at most 25 words: the index's first message."""
    if not _open(shown):
        return f"{shown.pain.finding}."
    return f"We do not know. {_pooled(shown, ' of 10')}"


def dose(shown: Gathered) -> str:
    """Which doses were tested, for how long, and which were not: as the report on the dose says it."""
    compared = shown.settling is not None and len(shown.settling.compared) > 0
    return dosing.words.tested(dosing.given_doses(shown.ev), int(compared))


def harms(shown: Gathered) -> str:
    """What is best known of harms, in at most 25 words."""
    said = []
    dreams = shown.dreams
    if dreams is not None:
        said.append(
            f"Vivid dreams {number(dreams['estimate'], 1)} times as often ({number(dreams['lower95'], 1)} to "
            f"{number(dreams['upper95'], 1)}; one review)."
        )
    if len(shown.excluded):
        last = shown.excluded.iloc[-1]
        upper = last["upper_percent"]
        happened = int(last["events"])
        events = count(happened, "serious event") if happened else "No serious event"
        said.append(
            f"{capital(events)} in {last['n']:g} people on LDN; up to "
            f"{number(upper, 0 if upper >= 1 else 1)} in 100 possible."
        )
    return " ".join(said) or "No harm was counted against placebo."


def evidence_line(shown: Gathered) -> str:
    """How current the evidence is and what it holds."""
    until = (
        f"the end of {shown.choices.as_of}" if shown.choices.as_of else _day(str(shown.ev.data_date or ""))
    )
    pooled = 0 if shown.pain.fit is None else shown.pain.fit.k
    reports = shown.ev.studies
    whole = reports["how_read"].str.contains("full text")
    ours = whole & reports["study_id"].isin(set(shown.pain.used["study_id"]))
    read = studies.words.read_in_full(int(whole.sum()), len(reports), pooled, int(ours.sum()))
    held = f"{count(len(reports), 'report')}, {count(pooled, 'usable trial')}"
    return f"Evidence known to us up to {until}: {held}. {read}".strip()


def limits(shown: Gathered) -> str:
    """Whether the studies come from a systematic search, in a few words."""
    return "A systematic search." if studies.collection(shown.ev)[0] else "Not a systematic search."


def _day(date: str) -> str:
    """A date as readers write it: 25 November 2026."""
    try:
        day = datetime.date.fromisoformat(date)
    except ValueError:
        return date or "today"
    return f"{day.day} {day:%B %Y}"


def messages(shown: Gathered, trail: Trail) -> dict[str, tuple[str, Note | None]]:
    """What is said in short, by the name under which it is recorded: the words, and the note of their numbers
    (none where nothing of the data is in them)."""
    dreams = [] if shown.dreams is None else [shown.dreams["synthesis_row_id"]]
    counted = [key for row in shown.excluded["inputs"] for key in row] if len(shown.excluded) else []
    harmed = tuple(dict.fromkeys(map(str, (*dreams, *counted))))
    said: dict[str, tuple[str, str, tuple[str, ...], str]] = {
        "key.evidence": ("Evidence", evidence_line(shown), tuple(map(str, shown.ev.studies["study_id"])), (
            "Reports in the data, counted; pooled: those whose estimates are in the mean.")),
        "key.helps": ("Pain", helps(shown), trail.chains if shown.pain.fit else (), (
            "Pooled from the trials' estimates, as in the report on pain.")),
        "key.dose": ("Dose and time", dose(shown), tuple(map(str, shown.trials["study_id"])), (
            "Doses and weeks as reported.")),
        "key.harms": ("Harms", harms(shown), harmed, (
            "Counts and ratios as reported; the limit as in the report on harms.")),
    }  # fmt: skip
    return {
        name: (text, trail.note(keys, how, "In short", head) if keys else None)
        for name, (head, text, keys, how) in said.items()
    }


def in_short(shown: Gathered, trail: Trail) -> Table:
    """The messages on dose, harms and practice, as a list; what is counted leads to its sources."""
    made = messages(shown, trail)
    said = [
        ("Dose and time", *made["key.dose"]),
        ("Harms", *made["key.harms"]),
        ("Not in our data", practical(), None),
    ]
    lines = [
        html.element("span", html.element("b", note.link(head) if note else head, ": "), words)
        for head, words, note in said
    ]
    text = "\n".join(f"{head}: {words}" for head, words, _ in said)
    return Table(html.finished(html.items(lines, class_="ldn-short")), text)


def practical() -> str:
    """What a reader expects and the data do not hold."""
    return "approval, pharmacy preparation, use with opioids."


def reviews(shown: Gathered) -> str:
    """Why other reviews differ, as far as their printed results tell, in at most 40 words."""
    table = shown.reviews
    if table.empty:
        return "No other review of pain is known here."
    excluded = (table["lower95"] > 0) | (table["upper95"] < 0)
    newest = shown.pain.used["year"].max() if len(shown.pain.used) else None
    earlier = int((table["year"] < newest).sum()) if newest is not None else 0
    n, clear = len(table), int(excluded.sum())
    which = f"{earlier} {'predates' if earlier == 1 else 'predate'}" if n > 1 else "it predates"
    before = f"; {which} the newest trial ({newest:.0f})" if earlier else ""
    first = f"{out_of(clear, n, 'published result', 'published results', ('finds', 'find'))} a difference"
    which = "Which studies each pooled we seldom know" if n > 1 else "It may have pooled other studies"
    return f"{first}{before}. {which}."


def no_people(shown: Gathered) -> str:
    """What stands where the figure of people with less pain cannot be drawn."""
    limited = shown.choices.changed()
    return f"Who had 30% less pain cannot be compared{' under these choices' if limited else ''}."


def no_curve(shown: Gathered) -> str:
    """What stands where the figure of belief cannot be drawn."""
    fit = shown.pain.fit
    if fit is not None and fit.k == 2:
        return "Two trials are too few to average: the answer shows each."
    return "Nothing can be pooled."


def no_change(shown: Gathered) -> str:
    """What stands where there are no two years to compare."""
    years = list(shown.moments["label"])
    return f"Only {years[0]} brought a usable trial." if years else "No year brought a usable trial."


def settling(shown: Gathered) -> str:
    """What would settle it, in at most 50 words (`next_trial.what_would_settle`)."""
    return (
        next_trial_words.settling(shown.settling)
        if shown.settling
        else "First a randomised trial against placebo that can be used."
    )


def registered(row: dict[Any, Any]) -> str:
    """A registered trial without a report, in a line."""

    def said(name: str) -> str:
        return "" if row[name] is None or row[name] != row[name] else str(row[name])

    people = f"{row['n_planned']:.0f} people planned" if row["n_planned"] > 0 else ""
    facts = [
        said("condition"),
        people,
        "registered and never run" if row.get("never_run") else said("status_as_read"),
        said("dates"),
    ]
    name = ", ".join(filter(None, (said("registry_id"), said("title"))))
    return f"{name}: {'; '.join(filter(None, facts))}."


def result_name(outcome: str) -> str:
    """The name under which a line of the Summary of Findings is recorded."""
    return "findings." + html.slug(outcome.split(" (")[0]).replace("-", "_")
