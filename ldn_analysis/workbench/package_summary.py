"""The summary for those who want a file: as Word, and as PDF printed from its page."""

from __future__ import annotations

import datetime as dt
import io
import math
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ldn_analysis import display
from ldn_analysis.questions.pain.analysis import PainAnalysis
from ldn_analysis.questions.pain.findings import named, summary_of_findings

EPOCH = (1980, 1, 1, 0, 0, 0)
_PART = re.compile(rb"\bnode\d{8}\b")
_LOCAL = re.compile(r' href="(?!#|https?:)[^"]*"')
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def plain_zip(files: Mapping[str, bytes]) -> bytes:
    """A zip whose bytes depend on names and contents alone."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            about = zipfile.ZipInfo(name, EPOCH)
            about.compress_type, about.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(about, files[name])
    return packed.getvalue()


def as_word(pain: PainAnalysis, report: Mapping[str, Any], date: str) -> bytes:
    """The summary as a Word file: answer, figure, Summary of Findings, sources.

    Parameters
    ----------
    pain : the primary analysis.
    report : what the rendered summary recorded.
    date : of the file, ISO 8601.
    """
    from docx import Document
    from docx.oxml.ns import qn
    from docx.shared import Cm

    book = Document()
    about = book.core_properties
    about.title, about.language, about.author = str(report["title"]), "en-GB", ""
    about.created = about.modified = dt.datetime.fromisoformat(date[:10])
    about.last_modified_by, about.revision = "", 1
    normal = book.styles["Normal"].element.get_or_add_rPr()
    normal.append(normal.makeelement(qn("w:lang"), {qn("w:val"): "en-GB"}))
    paper = book.sections[0]
    paper.page_width, paper.page_height = Cm(21), Cm(29.7)
    paper.left_margin = paper.right_margin = Cm(2.2)
    paper.top_margin = paper.bottom_margin = Cm(2)
    answer = report["answer"]
    book.add_heading(str(report["title"]), 0)
    book.add_heading("Answer", 1)
    book.add_paragraph(str(answer["sentence"]))
    book.add_paragraph(f"Certainty: {answer['certainty']}.")
    if pain.fit is not None:
        book.add_heading("The trials", 1)
        picture = display.to_png(display.forest(pain.table, pain.fit, mid=pain.threshold))
        shape = book.add_picture(io.BytesIO(picture), width=Cm(16))
        shape._inline.docPr.set("descr", f"Forest plot of the trials of pain. {pain.sentence}")
    book.add_heading("Summary of findings", 1)
    _table(book, summary_of_findings(pain.ev, pain.choices))
    book.add_heading("Sources", 1)
    used = pain.used[["study_id", "label"]]
    sources = used.merge(pain.ev.studies[["study_id", "doi"]], on="study_id", how="left")
    for row in sources.fillna("").to_dict("records"):
        doi = f", doi {row['doi']}" if row["doi"] else ""
        book.add_paragraph(f"{row['label']}{doi}", style="List Bullet")
    book.add_paragraph("This is research, not medical advice.")
    packed = io.BytesIO()
    book.save(packed)
    with zipfile.ZipFile(packed) as archive:
        return plain_zip({name: archive.read(name) for name in archive.namelist()})


def _table(book: Any, findings: pd.DataFrame) -> None:
    """The findings as a table whose first row is a heading that repeats."""
    from docx.oxml.ns import qn
    from docx.shared import Cm

    heads = ("Outcome", "Certainty", "Effect (interval)", "Trials", "Participants")
    table = book.add_table(rows=1, cols=len(heads), style="Light Grid Accent 1")
    table.autofit = False
    for cell, words in zip(table.rows[0].cells, heads, strict=True):
        cell.text = words
    for row in findings.to_dict("records"):
        limits = display.words.spoken(row["estimate"], row["lower"], row["upper"])
        effect = f"{row['measure']} {limits}" if math.isfinite(row["lower"]) else "not estimable"
        if math.isfinite(row["difference"]) and not math.isfinite(row["lower"]):
            gap, low, high = (row[f"difference{end}"] for end in ("", "_lower", "_upper"))
            effect = f"no ratio; of 100: {display.interval(gap, low, high, 1)}"
        texts = (named(row), row["certainty"], effect, row["k"], row["n"])
        for cell, text in zip(table.add_row().cells, texts, strict=True):
            cell.text = str(text)
    for i, row in enumerate(table.rows):
        for cell, wide in zip(row.cells, (6.0, 2.4, 4.2, 1.5, 2.5), strict=True):
            cell.width = Cm(wide)
        properties = row._tr.get_or_add_trPr()  # no row is torn by a page; the first one comes again on each
        for name in ("w:cantSplit", "w:tblHeader")[: 1 if i else 2]:
            properties.append(properties.makeelement(qn(name), {qn("w:val"): "true"}))
    book.add_paragraph(
        "MD: difference in means, LDN minus placebo; below zero favours LDN. RR: risk ratio; above 1: more "
        "people with LDN."
    )


def as_pdf(page: str, at: str, date: str) -> bytes | None:
    """A page printed by Chromium, with fixed dates; None where there is no Chromium or it prints nothing.

    Parameters
    ----------
    page : the page's HTML.
    at : the moment of its rendering, as it stands in the page; it is left out.
    date : of the file, ISO 8601.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        return None
    with tempfile.TemporaryDirectory(prefix="ldn-print-") as place:
        source, target = Path(place) / "summary.html", Path(place) / "summary.pdf"
        # A link to a file beside the page would be printed as the address of a scratch folder.
        text = _LOCAL.sub("", page.replace(at, date[:10]) if at else page)
        source.write_text(text, encoding="utf-8")
        ours = (f"--user-data-dir={place}/profile", f"--print-to-pdf={target}", source.as_uri())
        words = [browser, "--headless", "--disable-gpu", "--no-sandbox", "--no-pdf-header-footer", *ours]
        try:
            subprocess.run(words, capture_output=True, timeout=120, check=False)
        except (OSError, subprocess.SubprocessError):
            return None
        if not target.is_file():
            return None
        day = date[:10].replace("-", "").encode()
        return _counted(re.sub(rb"\(D:\d{8}\d{6}", b"(D:" + day + b"000000", target.read_bytes()))


def _counted(pdf: bytes) -> bytes:
    """A PDF whose tagged parts are numbered from 1: Chromium numbers them as it happened to meet them."""
    parts = sorted(set(_PART.findall(pdf)))
    number = {name: b"node%08d" % i for i, name in enumerate(parts, 1)}
    return _PART.sub(lambda match: number[match[0]], pdf)
