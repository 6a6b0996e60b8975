"""How readable the rendered reports are: ``make bench`` prints it.

For each page of ``reports/``: words and reading grade of its answer, words that are seen without opening a
fold, the longest alt text, and the numbers in sentences that lead to a source by themselves.
"""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

from ldn_analysis.render.traced import numbers_in

REPORTS = Path(__file__).resolve().parents[1] / "reports"
VOID = {"img", "br", "source", "meta", "input", "hr", "wbr", "col", "link"}
UNSEEN = {"script", "style", "head", "nav", "footer"}


def syllables(word: str) -> int:
    """Groups of vowels, without a silent e at the end."""
    groups = len(re.findall(r"[aeiouy]+", word.lower()))
    return max(1, groups - (word.lower().endswith("e") and not word.lower().endswith("le") and groups > 1))


def grade(text: str) -> float:
    """Flesch-Kincaid grade: 0.39 words a sentence + 11.8 syllables a word - 15.59 (Kincaid 1975)."""
    words = re.findall(r"[A-Za-z']+", text)
    sentences = max(1, len(re.findall(r"[.?!](?:\s|$)", text)))
    return 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / max(1, len(words)) - 15.59


class Page(HTMLParser):
    """What is seen of a page before anything is opened, its alt texts, and its numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.alts, self.numbers, self.led = 0, [], 0, 0
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        about = dict(attrs)
        if "alt" in about:
            self.alts.append(about["alt"] or "")
        if tag in VOID:
            return
        folded = tag == "details" and "open" not in about
        self._open.append("folded" if folded else tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            last = self._open.pop()
            if last == tag or (tag == "details" and last == "folded"):
                break

    def handle_data(self, data: str) -> None:
        inside = set(self._open)
        if inside & UNSEEN or self._open.count("folded") > ("summary" in inside):
            return
        self.words += len(data.split())
        if inside & {"p", "li", "figcaption", "dd"} and "table" not in inside:
            count = sum(1 for _ in numbers_in(data))
            self.numbers += count
            self.led += count if "a" in inside else 0


def main() -> None:
    """Print the table; nothing is judged here."""
    print(
        f"{'page':<40}{'answer':>7}{'grade':>7}{'seen':>7}{'alt':>5}{'sentences: numbers that lead on':>34}"
    )
    total = 0
    for path in sorted(REPORTS.glob("*.html")):
        page = Page()
        page.feed(path.read_text(encoding="utf-8"))
        stored = path.with_suffix(".json")
        answer = (
            json.loads(stored.read_text(encoding="utf-8"))["answer"]["sentence"] if stored.is_file() else ""
        )
        longest = max((len(alt.split()) for alt in page.alts), default=0)
        share = f"{page.led} of {page.numbers}"
        said = f"{len(answer.split()):>7}{grade(answer):>7.1f}" if answer else f"{'':>14}"
        print(f"{path.stem[:39]:<40}{said}{page.words:>7}{longest:>5}{share:>34}")
        total += page.words if "--" not in path.stem else 0
    print(f"words seen on all pages, scenarios left out: {total}")


if __name__ == "__main__":
    main()
