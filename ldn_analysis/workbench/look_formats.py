"""Files that reviewers download, read into one form: registrations and publications as `Record`.

ClinicalTrials.gov's JSON (version 2 of its interface), PubMed's XML, RIS, and the CSV exports of ANZCTR and
ICTRP. What a file does not say stays empty.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ldn_analysis.errors import InputError
from ldn_analysis.evidence import plain_doi, registry_numbers
from ldn_analysis.files import read_bytes
from ldn_analysis.workbench.look_records import Download, Record, cell_text, date_text, joined, participants

LARGEST = 64 * 1024**2
DEEPEST = 200
RIS = "RIS file"
"""The source of a RIS file, which does not tell from which database it comes."""


def read_download(path: Path) -> Download:
    """Read a download, whatever of the known forms it has.

    Raises
    ------
    InputError : one line: the file is missing, too large, empty, broken, hostile or of another form.
    """
    content = read_bytes(path, LARGEST)
    name = path.name
    text = _text(content, name)
    start = text.lstrip()[:4096]
    if not start:
        raise InputError(f"{name}: is empty")
    try:
        if start[0] in "{[":
            read = _trials(text, name)
        elif start[0] == "<":
            read = _pubmed(content, name)
        elif re.match(r"TY {1,2}-|\s*[A-Z][A-Z0-9]  - ", start):
            read = _ris(text, name)
        else:
            read = _csv(text, name)
    except RecursionError:
        raise InputError(f"{name}: is nested too deeply to be a download") from None
    source, kind, records, n_found = read
    if not records and not n_found == 0:
        raise InputError(f"{name}: holds no record")
    return Download(name, hashlib.sha256(content).hexdigest(), source, kind, tuple(records), n_found)


Read = tuple[str, str, list[Record], int | None]


def _text(content: bytes, name: str) -> str:
    with suppress(UnicodeDecodeError):
        return content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    if b"\0" in content[:4096]:
        raise InputError(f"{name}: is no text: save the download as JSON, XML, RIS or CSV")
    return content.decode("latin-1")


# ClinicalTrials.gov ----------------------------------------------------------------------------------------


def _trials(text: str, name: str) -> Read:
    try:
        raw = json.loads(text)
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise InputError(f"{name}, line {line}: is not valid JSON") from None
    total = raw.get("totalCount") if isinstance(raw, dict) else None
    studies = raw
    if isinstance(raw, dict):
        studies = raw.get("studies", [raw] if "protocolSection" in raw else None)
    if not isinstance(studies, list) or not all(isinstance(study, dict) for study in studies):
        raise InputError(f"{name}: is JSON, but no study or search of ClinicalTrials.gov (version 2)")
    trials = [_trial(study, name, i) for i, study in enumerate(studies, 1)]
    plausible = type(total) is int and total >= len(trials)
    return "ClinicalTrials.gov", "register", trials, total if plausible else None


def _trial(raw: Mapping[str, Any], name: str, number: int) -> Record:
    def part(*keys: str, kind: type = dict) -> Any:
        value: Any = raw
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value if isinstance(value, kind) else kind()

    def listed(*keys: str) -> list[dict[str, Any]]:
        return [entry for entry in part(section, *keys, kind=list) if isinstance(entry, dict)]

    section = "protocolSection"
    about = part(section, "identificationModule")
    nct = cell_text(about.get("nctId"))
    if registry_numbers(nct) != (nct.upper(),) or not nct:
        raise InputError(f"{name}, study {number}: has no NCT number: not of ClinicalTrials.gov (version 2)")
    status = part(section, "statusModule")
    size = part(section, "designModule", "enrollmentInfo")
    outcomes = listed("outcomesModule", "primaryOutcomes")
    others = [identifier.get("id") for identifier in listed("identificationModule", "secondaryIdInfos")]
    count, actual = participants(size.get("count")), size.get("type") == "ACTUAL"
    title = about.get("officialTitle") or about.get("briefTitle")
    posted = raw.get("hasResults", "resultsSection" in raw)
    return Record(
        kind="registration",
        title=cell_text(title) or nct,
        registry_ids=tuple(dict.fromkeys((nct, *registry_numbers(joined(others))))),
        published=date_text(
            part(section, "statusModule", "studyFirstPostDateStruct").get("date")
            or status.get("studyFirstSubmitDate")
        ),
        journal="ClinicalTrials.gov",
        status=cell_text(status.get("overallStatus")).replace("_", " ").lower(),
        n_planned="" if actual else count,
        n_reached=count if actual else "",
        primary_outcome=joined(outcome.get("measure") for outcome in outcomes),
        primary_time=joined(outcome.get("timeFrame") for outcome in outcomes),
        results_posted="yes" if posted is True else "no" if posted is False else "",
        acronym=cell_text(about.get("acronym")),
        version=date_text(part(section, "statusModule", "lastUpdatePostDateStruct").get("date")),
    )


# PubMed ----------------------------------------------------------------------------------------------------

NOTICES = {
    "Retraction of Publication": "retraction",
    "Published Erratum": "correction",
    "Expression of Concern": "expression of concern",
}
ABOUT = ("RetractionOf", "ErratumFor", "ExpressionOfConcernFor")


def _pubmed(content: bytes, name: str) -> Read:
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    articles: list[Record] = []
    depth = 0
    try:
        for event, node in iterparse(io.BytesIO(content), events=("start", "end")):
            depth += 1 if event == "start" else -1
            if depth > DEEPEST:
                raise InputError(f"{name}: is nested deeper than {DEEPEST} levels: no download of PubMed")
            if event == "end" and node.tag == "PubmedArticle":
                articles.append(_article(node, name, len(articles) + 1))
                node.clear()
    except DefusedXmlException:
        raise InputError(f"{name}: declares entities, as no download of PubMed does: not read") from None
    except ParseError as error:
        line = error.position[0]
        raise InputError(f"{name}, line {line}: is not valid XML") from None
    if not articles:
        raise InputError(f"{name}: is XML, but holds no article of PubMed")
    return "PubMed", "database", articles, None


def _article(node: Any, name: str, number: int) -> Record:
    def words(path: str) -> str:
        part = node.find(path)
        return "" if part is None else cell_text("".join(part.itertext()))

    pmid = words("MedlineCitation/PMID")
    if not re.fullmatch(r"[1-9]\d{0,8}", pmid):
        raise InputError(f"{name}, article {number}: has no PubMed number")
    kinds = {cell_text(kind_node.text) for kind_node in node.iter("PublicationType")}
    notice = next((word for kind, word in NOTICES.items() if kind in kinds), "")
    linked = list(node.iter("CommentsCorrections"))
    about = next((cell_text(link.findtext("PMID")) for link in linked if link.get("RefType") in ABOUT), "")
    retracted = "Retracted Publication" in kinds or "RetractionIn" in {link.get("RefType") for link in linked}
    dois = node.findall("PubmedData/ArticleIdList/ArticleId[@IdType='doi']")
    dois += node.findall(".//ELocationID[@EIdType='doi']")
    people = (
        f"{who.findtext('LastName') or who.findtext('CollectiveName') or ''} {who.findtext('Initials') or ''}"
        for who in node.iterfind("MedlineCitation/Article/AuthorList/Author")
    )
    day = "MedlineCitation/Article/Journal/JournalIssue/PubDate/"
    accessions = [accession.text or "" for accession in node.iter("AccessionNumber")]
    return Record(
        kind="notice" if notice else "publication",
        title=words("MedlineCitation/Article/ArticleTitle") or f"PubMed {pmid}",
        registry_ids=registry_numbers("; ".join(accessions)),
        doi=next(filter(None, (plain_doi(doi.text or "") for doi in dois)), ""),
        pmid=pmid,
        authors=joined(people),
        published=date_text(words(f"{day}Year") or words(f"{day}MedlineDate")),
        journal=words("MedlineCitation/Article/Journal/Title"),
        status=notice or ("retracted" if retracted else ""),
        about=about,
    )


# RIS -------------------------------------------------------------------------------------------------------


def _ris(text: str, name: str) -> Read:
    import rispy

    begun = len(re.findall(r"^TY {1,2}-", text, re.M))
    try:
        entries = rispy.loads(text)
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise InputError(f"{name}: is not valid RIS: {error}") from None
    if len(entries) != begun:
        raise InputError(
            f"{name}: {begun} records begin (TY) and {len(entries)} end (ER): is the file cut off?"
        )
    return RIS, "database", [_entry(entry, name, i) for i, entry in enumerate(entries, 1)], None


def _entry(raw: Mapping[str, Any], name: str, number: int) -> Record:
    title = cell_text(raw.get("title") or raw.get("primary_title"))
    if not title:
        raise InputError(f"{name}, record {number}: has no title (TI)")
    texts = (raw.get("accession_number", ""), raw.get("notes_abstract", ""), *(raw.get("notes") or []))
    links = " ".join(map(str, raw.get("urls") or []))
    pmid = re.search(r"pubmed\.ncbi\.nlm\.nih\.gov/(\d{1,9})", links)
    return Record(
        kind="publication",
        title=title,
        registry_ids=registry_numbers(" ".join(map(str, texts))),
        doi=plain_doi(cell_text(raw.get("doi"))),
        pmid=pmid[1] if pmid else "",
        authors=joined(raw.get("authors") or raw.get("first_authors") or []),
        published=date_text(raw.get("year") or raw.get("publication_year") or raw.get("date")),
        journal=cell_text(raw.get("journal_name") or raw.get("secondary_title")),
    )


# CSV of other registers ------------------------------------------------------------------------------------

COLUMNS: dict[str, tuple[str, ...]] = {
    "number": ("trialid", "actrn", "actrnumber", "registrationnumber", "trialnumber"),
    "title": ("scientifictitle", "publictitle", "studytitle", "title"),
    "acronym": ("acronym", "trialacronym"),
    "others": ("secondaryids", "secondaryid", "otherrecords", "utn"),
    "registered": ("dateregistration", "dateregistered", "registrationdate", "submitdate"),
    "updated": ("lastrefreshedon", "dateupdated", "lastupdated", "updatedate"),
    "status": ("recruitmentstatus", "currentrecruitmentstatus", "status"),
    "planned": ("targetsize", "targetsamplesize", "anticipatedsamplesize"),
    "reached": ("actualsamplesize", "finalsamplesize", "resultsactualenrollment", "accrualtodate"),
    "outcome": ("primaryoutcome", "primaryoutcomes"),
    "time": ("primaryoutcometimepoint", "timepoint", "primarytimepoint"),
    "results": ("resultsyesno", "hasresults", "resultsposted"),
    "register": ("sourceregister", "register"),
}
"""Headings of ANZCTR and ICTRP, by their letters alone."""
ANSWERS = dict.fromkeys(("yes", "true", "1"), "yes") | dict.fromkeys(("no", "false", "0"), "no")


def _csv(text: str, name: str) -> Read:
    csv.field_size_limit(1024**2)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise InputError(f"{name}: is not valid CSV: {error}") from None
    heads = [re.sub(r"[^a-z]", "", head.lower()) for head in rows[0]] if rows else []
    first = {field: next((head for head in names if head in heads), None) for field, names in COLUMNS.items()}
    at = {field: heads.index(head) for field, head in first.items() if head}
    if "number" not in at or "title" not in at:
        raise InputError(
            f"{name}: not of a form that can be read (JSON of ClinicalTrials.gov, XML of PubMed, RIS, CSV "
            "of ANZCTR or ICTRP with a trial number and a title)"
        )
    trials = [_row(row, at, name, i) for i, row in enumerate(rows[1:], 2) if any(map(str.strip, row))]
    anzctr = all(trial.registry_ids[0].startswith("ACTRN") for trial in trials)
    return "ANZCTR" if trials and anzctr and "register" not in at else "ICTRP", "register", trials, None


def _row(row: list[str], at: Mapping[str, int], name: str, line: int) -> Record:
    def get(field: str) -> str:
        return cell_text(row[at[field]]) if field in at and at[field] < len(row) else ""

    numbers = registry_numbers(get("number"))
    if not numbers:
        raise InputError(f"{name}, row {line}: {get('number')!r} is no number of a trial register")
    return Record(
        kind="registration",
        title=get("title") or numbers[0],
        registry_ids=tuple(dict.fromkeys((*numbers, *registry_numbers(get("others"))))),
        published=date_text(get("registered")),
        journal=get("register"),
        status=get("status").lower(),
        n_planned=participants(get("planned")),
        n_reached=participants(get("reached")),
        primary_outcome=get("outcome"),
        primary_time=get("time"),
        results_posted=ANSWERS.get(get("results").lower(), ""),
        acronym=get("acronym"),
        version=date_text(get("updated")),
    )
