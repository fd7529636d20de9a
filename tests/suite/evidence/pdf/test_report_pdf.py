"""The report as PDF says everything, can be read aloud, goes on over pages, and no text in it is more than a text."""

from __future__ import annotations

import io
import re
from typing import Any

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward_suite.evidence.pdf.report import report_pdf
from doorward_suite.evidence.pdf.sheet import Sheet
from doorward_suite.evidence.pdf.words import Column, Words
from tests.support.evidence_reports import a_report


@pytest.fixture(scope="module")
def read() -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(report_pdf(a_report(files=400, marking="CUI//SP-CTI"))), strict=True)


@pytest.fixture(scope="module")
def texts(read: pypdf.PdfReader) -> list[str]:
    return [page.extract_text() for page in read.pages]


def test_every_requirement_objective_and_file_stands_in_it(texts: list[str]) -> None:
    report = a_report(files=400)
    whole = "\n".join(texts)
    for part in report.parts:
        assert part.requirement.practice in whole
    for objective in report.catalogue.objectives:
        assert objective.id in whole
    for line in report.evidence.values():
        assert line.sha256 in whole
        assert line.name in whole


def test_the_cover_says_whose_it_is_and_what_it_comes_to(texts: list[str]) -> None:
    for said in ("Head office", "Example Works, Inc.", "103", "of -203 to 110", "2026-05-04 12:30 UTC, by Lea Lead"):
        assert said in texts[0]
    assert "No CMMC status as it stands." in texts[0]


def test_the_summary_the_wording_and_the_poam_are_in_it(texts: list[str]) -> None:
    whole = "\n".join(texts)
    for said in (
        "110 requirements: 106 met, 1 met in part, 2 not met, 1 not applicable.",
        "3.1.5 costs 3 points",
        "Official words of 3.1.1.",
        "In the system security plan: By the firewall.",
        "Weakness of 3.1.3",
        "open, Last step",
        "Rita Reviewer, 2026-04-02",
    ):
        assert said in whole


def test_every_page_has_its_number_and_the_marking_twice(texts: list[str]) -> None:
    for number, text in enumerate(texts, start=1):
        assert f"Page {number} of {len(texts)}" in text
        assert text.count("CUI//SP-CTI") == 2


def test_the_outline_leads_to_every_requirement(read: pypdf.PdfReader) -> None:
    def titles(outline: Any) -> list[str]:
        return [title for each in outline for title in (titles(each) if isinstance(each, list) else [str(each.title)])]

    found = titles(read.outline)
    assert sum(bool(re.match(r"3\.\d+\.\d+ ", title)) for title in found) == 110
    assert found[:3] == ["Head office", "Summary", "No CMMC status as it stands."]


def elements(reader: pypdf.PdfReader) -> list[tuple[str, int]]:
    """The roles of all elements in reading order, with their depth."""
    root: Any = reader.trailer["/Root"]
    found: list[tuple[str, int]] = []

    def walk(element: Any, depth: int) -> None:
        thing = element.get_object()
        if not hasattr(thing, "get"):
            return
        if thing.get("/Type") == "/StructElem":
            found.append((thing["/S"], depth))
        for kid in thing.get("/K", []):
            walk(kid, depth + 1)

    walk(root["/StructTreeRoot"], 0)
    return found


def test_it_is_tagged_so_that_it_can_be_read_aloud(read: pypdf.PdfReader) -> None:
    root: Any = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] is True or str(root["/MarkInfo"]["/Marked"]) == "True"
    assert root["/Lang"] == "en"
    roles = [role for role, _ in elements(read)]
    assert roles[0] == "/Document"
    assert roles.count("/H1") == 1
    assert roles.count("/H2") == 1 + 1 + 14 + 1 + 1
    assert roles.count("/H3") == 110 + 1
    assert roles.count("/Table") == 1 + 110 + 1
    assert roles.count("/TH") == 9 + 110 * 4 + 5
    assert roles.count("/TR") == (1 + 14) + (110 + 320) + (1 + 3)
    assert roles.count("/LI") >= 400


def test_every_piece_of_every_page_belongs_to_an_element_of_its_page(read: pypdf.PdfReader) -> None:
    root: Any = read.trailer["/Root"]
    numbers = root["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    owners = {int(numbers[place]): numbers[place + 1].get_object() for place in range(0, len(numbers), 2)}
    for place, page in enumerate(read.pages):
        content = page.get_contents()
        assert content is not None
        marked = re.findall(rb"/MCID (\d+)", content.get_data())
        assert [int(number) for number in marked] == list(range(len(owners[place])))
        assert page["/StructParents"] == place
        opened = content.get_data().count(b"BDC") + content.get_data().count(b"BMC")
        assert opened == len(re.findall(rb"\bEMC\b", content.get_data()))


def test_it_runs_nothing_and_calls_nobody(read: pypdf.PdfReader) -> None:
    root: Any = read.trailer["/Root"]
    assert not {"/OpenAction", "/AA", "/AcroForm", "/Names", "/URI"} & set(root)
    assert not any("/Annots" in page for page in read.pages)


def test_fonts_are_embedded(read: pypdf.PdfReader) -> None:
    resources: Any = read.pages[3]["/Resources"]
    named = {str(font.get_object()["/BaseFont"]): font.get_object() for font in resources["/Font"].values()}
    used = {name: font for name, font in named.items() if "+" in name}
    assert len(used) >= 3
    assert all("/FontFile2" in font["/FontDescriptor"] for font in used.values())


HOSTILE = [
    "Policy) Tj ET (",
    "a\\b\\",
    "ends with (",
    "EMC ET Q endstream endobj",
    "<</MCID 0>> BDC",
    "%PDF-1.7",
    "\x00\x07\x1b[31m",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_leaves_its_string(text: str) -> None:
    reader = pypdf.PdfReader(io.BytesIO(report_pdf(a_report(files=1, title=text, evidence_title=text))), strict=True)
    shown = text.replace("\x00", "").replace("\x07", "").replace("\x1b", "")
    words = "".join(shown.split())
    assert words in "".join(reader.pages[0].extract_text().split())
    first = reader.pages[0].get_contents()
    assert first is not None
    assert first.get_data().count(b"BT") == first.get_data().count(b" ET") or "ET" in text


SCRIPTS = ["Übersicht", "Политика", "Απογραφή", "سياسة الوصول", "מדיניות", "访问控制", "アクセス", "접근"]
SCRIPTS += ["नीति", "ქართული", "ไทย", "😀", "ᚠᛇᚻ", "\U0010ffff"]


def test_every_script_has_a_place_in_it() -> None:
    report = report_pdf(a_report(files=1, title=" ".join(SCRIPTS), evidence_title=" ".join(SCRIPTS), reason=SCRIPTS[3]))
    reader = pypdf.PdfReader(io.BytesIO(report), strict=True)
    first = reader.pages[0].get_contents()
    assert first is not None
    told = b"".join(re.findall(rb"/ActualText <([0-9a-f]+)>", first.get_data()))
    for text in ("מדיניות", "😀", "ᚠᛇᚻ"):
        assert text.encode("utf-16-be").hex().encode() in told, "what has no glyph or is turned round is told as it was"
    assert "Übersicht Политика Απογραφή" in reader.pages[0].extract_text()


@given(st.text(max_size=200))
@settings(max_examples=15, deadline=None)
def test_no_text_breaks_it(text: str) -> None:
    sheet = Sheet(text or "a", marking=text[:20])
    sheet.heading(1, Words(text, 20))
    sheet.paragraph(Words(text, style="mono"))
    sheet.table([Column(text, 1), Column("b", 1)], [[[Words(text)], [Words(text, style="bold")]]])
    assert len(pypdf.PdfReader(io.BytesIO(sheet.finish()), strict=True).pages) >= 1


def test_a_cell_that_is_higher_than_a_page_goes_on_and_loses_nothing() -> None:
    words = [f"word{number}" for number in range(4000)]
    sheet = Sheet("Long")
    sheet.table([Column("Short", 1), Column("Long", 2)], [[[Words("short")], [Words(" ".join(words))]]])
    reader = pypdf.PdfReader(io.BytesIO(sheet.finish()))
    assert len(reader.pages) > 3
    found = re.findall(r"word\d+", " ".join(page.extract_text() for page in reader.pages))
    assert found == words
    assert all("Long" in page.extract_text() for page in reader.pages)
    assert [role for role, _ in elements(reader)].count("/TD") == 2


ODD = [
    "",
    "Übersicht",
    "مرحبا",
    "(a",
    "b\\",
    "two  blanks",
    " before",
    "behind ",
    "two\nlines",
    "w" * 300,
    "100%s",
    "€",
]


@pytest.mark.parametrize("text", ODD)
def test_a_row_of_a_list_says_the_same_whatever_is_in_it(text: str) -> None:
    """Rows of plain texts are drawn by a form, all others laid out: nothing may get lost between the two ways."""
    sheet = Sheet("List")
    looks = [[Words("")], [Words(""), Words("", 6.6, "mono")]]
    rows = [(str(number), text if number % 2 else "plain", f"hash {number}") for number in range(1, 61)]
    sheet.listing([Column("No.", 1), Column("Text", 6)], looks, rows)
    reader = pypdf.PdfReader(io.BytesIO(sheet.finish()), strict=True)
    whole = "".join("".join(page.extract_text() for page in reader.pages).split())
    assert len(reader.pages) > 1
    assert all("Text" in page.extract_text() for page in reader.pages)
    assert [role for role, _ in elements(reader)].count("/LI") == 60
    for number in range(1, 61):
        assert f"hash{number}" in whole
    if text.isascii():
        assert whole.count("".join(text.split())) >= 30


def test_a_word_that_is_wider_than_its_column_is_broken_and_loses_nothing() -> None:
    sheet = Sheet("Wide")
    sheet.table([Column("A", 1), Column("B", 9)], [[[Words("x" * 500)], [Words("y")]]])
    text = pypdf.PdfReader(io.BytesIO(sheet.finish())).pages[0].extract_text()
    assert text.count("x") == 500


def test_paper_is_letter_or_a4() -> None:
    for paper, size in (("letter", (612, 792)), ("a4", (595.28, 841.89))):
        page = pypdf.PdfReader(io.BytesIO(report_pdf(a_report(files=1), paper=paper))).pages[0]
        assert (float(page.mediabox.width), float(page.mediabox.height)) == pytest.approx(size)
