"""How readable the rendered reports are: ``make bench`` prints what the browser tests measure.

For each page of ``reports/``: words and reading grade of its answer, words that are seen without opening a
fold, the longest alt text, and the numbers in sentences, tables and figures that lead to a source.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from pages import Page, grade  # noqa: E402 - the tests' own measures

KINDS = ("sentence", "table", "figure")


def main() -> None:
    """Print the table; nothing is judged here."""
    print(f"{'page':<40}{'answer':>7}{'grade':>7}{'seen':>7}{'alt':>5}" + "".join(f"{k:>12}" for k in KINDS))
    total = 0
    for path in sorted((ROOT / "reports").glob("*.html")):
        page, stored = Page(path), path.with_suffix(".json")
        answer = (
            json.loads(stored.read_text(encoding="utf-8"))["answer"]["sentence"] if stored.is_file() else ""
        )
        longest = max((len(image.attrs.get("alt", "").split()) for image in page.images), default=0)
        said = f"{len(answer.split()):>7}{grade(answer):>7.1f}" if answer else f"{'':>14}"
        numbers = list(page.numbers())
        led = {kind: [one.led for one in numbers if one.kind == kind] for kind in KINDS}
        shares = "".join(f"{f'{sum(of)} of {len(of)}':>12}" for of in led.values())
        print(f"{path.stem[:39]:<40}{said}{page.words:>7}{longest:>5}{shares}")
        total += page.words if "--" not in path.stem else 0
    print(f"words seen on all pages, scenarios left out: {total}")


if __name__ == "__main__":
    main()
