"""Certificates, the board and cards: what is public and nothing else; real ones are known again, forged ones not."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

import pytest
from flask import Flask
from PIL import Image, ImageDraw
from pypdf import PdfReader
from pypdf.generic import ContentStream

from doorward.store.store import using
from doorward.testing import Browser
from doorward_suite.honors.actions import writing
from doorward_suite.honors.papers import sheet as sheets
from doorward_suite.honors.papers.png import png_of
from tests.support.qr import text_in

from .conftest import PUBLISHER, Made


@pytest.fixture
def acting(app: Flask) -> Iterator[None]:
    with using(app.extensions["doorward"].store):
        yield


def pdf_text(content: bytes) -> str:
    [page] = PdfReader(io.BytesIO(content)).pages
    return page.extract_text()


def address_in(app: Flask, path: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The path that the QR code of a certificate holds."""
    found: list[str] = []
    cells = sheets.Code.cells
    monkeypatch.setattr(sheets.Code, "cells", lambda code: found.append(code.address) or cells(code))
    assert Browser(app).get(path).status_code == 200
    return re.sub(r"^https?://[^/]+", "", found[0])


@pytest.mark.usefixtures("acting")
def test_a_certificate_says_who_was_awarded_what_in_both_forms_and_languages(app: Flask, roll: Made) -> None:
    person = roll.person("Nguyễn Văn Ễ", awarded=False)
    award = roll.award(person, result="40 / 42")
    for language, words in (
        ("en", ("Certificate", "Gold", "Mathematics")),
        ("vi", ("Giấy chứng nhận", "Vàng", "Toán học")),
    ):
        answer = Browser(app).get(f"/honors/{language}/awards/{award}/certificate.pdf")
        assert answer.content_type == "application/pdf"
        text = pdf_text(answer.get_data())
        for word in (*words, "Nguyễn Văn Ễ", "40 / 42", "Lycée Nord", f"A-{award}"):
            assert word in text, (language, word)
        picture = Image.open(
            io.BytesIO(Browser(app).get(f"/honors/{language}/awards/{award}/certificate.png").get_data())
        )
        assert picture.size == (1684, 1191)
    whole = pdf_text(Browser(app).get(f"/honors/people/{person}/certificate.pdf").get_data())
    assert "Nguyễn Văn Ễ" in whole
    assert "Gold" in whole


@pytest.mark.usefixtures("acting")
def test_the_code_of_a_certificate_leads_to_what_is_public_of_it(
    app: Flask, roll: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = roll.person("Verified Person", awarded=False)
    award = roll.award(person)
    for path in (f"awards/{award}", f"people/{person}"):
        address = address_in(app, f"/honors/en/{path}/certificate.png", monkeypatch)
        page = Browser(app).get(address).get_data(as_text=True)
        assert "This certificate is real" in page
        assert "Verified Person" in page
        assert 'content="noindex"' in page
        writing.set_consent(PUBLISHER, person, "hidden")
        page = Browser(app).get(address).get_data(as_text=True)
        assert "not public any more" in page
        assert "Verified" not in page
        writing.set_consent(PUBLISHER, person, "full")


def code_in_png(content: bytes) -> str:
    """What a phone reads from the corner of a certificate."""
    picture = Image.open(io.BytesIO(content)).convert("L")
    wide, high = picture.size
    return text_in(picture.crop((wide - 304, high - 304, wide - 96, high - 96)))


def code_in_pdf(content: bytes) -> str:
    """The same from the document: its black squares, drawn as it says."""
    [page] = PdfReader(io.BytesIO(content)).pages
    scale, black = 8, False
    picture = Image.new("L", (842 * scale, 596 * scale), 255)
    draw = ImageDraw.Draw(picture)
    for given, operator in ContentStream(page.get_contents(), page.pdf).operations:
        if operator == b"rg":
            black = [float(one) for one in given] == [0, 0, 0]
        if operator == b"re" and black:
            x, y, width, height = (float(one) * scale for one in given)
            draw.rectangle((x, 596 * scale - y - height, x + width - 1, 596 * scale - y - 1), fill=0)
    return text_in(picture)


@pytest.mark.usefixtures("acting")
def test_what_a_phone_reads_from_the_picture_and_the_document_leads_to_the_page_that_verifies(
    app: Flask, roll: Made
) -> None:
    person = roll.person("Đặng Thị Quét", awarded=False)
    award = roll.award(person)
    for path, made in ((f"awards/{award}", f"a{award}"), (f"people/{person}", f"p{person}")):
        for language, words in (("en", "This certificate is real"), ("vi", "Giấy chứng nhận này là thật")):
            at = f"/honors/{language}/{path}/certificate"
            read = code_in_png(Browser(app).get(f"{at}.png").get_data())
            assert read == code_in_pdf(Browser(app).get(f"{at}.pdf").get_data())
            assert re.fullmatch(rf"http://localhost[:\d]*/honors/{language}/verify/{made}-[0-9a-f]{{20}}", read)
            page = Browser(app).get(urlsplit(read).path).get_data(as_text=True)
            assert words in page
            assert "Đặng Thị Quét" in page
            changed = read[:-1] + ("0" if read[-1] != "0" else "1")
            assert Browser(app).get(urlsplit(changed).path).status_code == 404
            writing.set_consent(PUBLISHER, person, "hidden")
            assert "Quét" not in Browser(app).get(urlsplit(read).path).get_data(as_text=True)
            assert Browser(app).get(f"{at}.png").status_code == 404
            writing.set_consent(PUBLISHER, person, "full")


@pytest.mark.usefixtures("acting")
def test_a_code_that_somebody_made_up_or_changed_is_no_certificate(
    app: Flask, roll: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = roll.person("Forged Person", awarded=False)
    award, other = roll.award(person), roll.award(person, medal=roll.silver)
    address = address_in(app, f"/honors/en/awards/{award}/certificate.png", monkeypatch)
    assert Browser(app).get(address).status_code == 200
    made, _, proof = address.rpartition("/")[2].partition("-")
    forged = [
        f"a{other}-{proof}",
        f"p{award}-{proof}",
        f"{made}-{'0' * 20}",
        f"{made}-{proof[:-1]}",
        f"{made}-",
        made,
        "é",
        "a",
        "-",
    ]
    for code in forged:
        assert Browser(app).get(f"/honors/en/verify/{code}").status_code == 404, code


@pytest.mark.usefixtures("acting")
def test_nothing_is_drawn_of_what_is_not_public(app: Flask, roll: Made) -> None:
    shown, hidden = roll.person("Shown"), roll.person("Hidden", "hidden")
    unpublished = roll.new_edition("2031", published=False)
    award = roll.award(shown, edition=unpublished)
    assert Browser(app).get(f"/honors/people/{shown}/card.png").status_code == 200
    for path in (
        *(f"people/{hidden}/card.png", f"people/{hidden}/certificate.png", f"people/{hidden}/certificate.pdf"),
        *(f"awards/{award}/certificate.png", "awards/999999/certificate.pdf", "teams/999999/card.png"),
    ):
        assert Browser(app).get(f"/honors/{path}").status_code == 404, path


@pytest.mark.usefixtures("acting")
def test_who_shows_the_short_name_has_no_other_on_a_certificate(app: Flask, roll: Made) -> None:
    person = roll.person("Secretly Long", "short", short="S. L.")
    text = pdf_text(Browser(app).get(f"/honors/people/{person}/certificate.pdf").get_data())
    assert "S. L." in text
    assert "Secretly" not in text


@pytest.mark.usefixtures("acting")
def test_cards_and_the_board_are_kept_by_caches_until_something_changes(app: Flask, roll: Made) -> None:
    person = roll.person("Kept")
    team = roll.team("Kept team", person)
    roll.award(team, kind="teams")
    cards = [
        f"people/{person}/card.png",
        f"teams/{team}/card.png",
        f"competitions/{roll.competition}/card.png",
        "card.png",
    ]
    for path in (*cards, "board.png", f"board.png?competition={roll.competition}"):
        answer = Browser(app).get(f"/honors/{path}")
        assert answer.content_type == "image/png", path
        assert answer.headers["Cache-Control"] == "public, max-age=60"
        assert "Set-Cookie" not in answer.headers
        picture = Image.open(io.BytesIO(answer.get_data()))
        assert picture.size == (1200, 630) if "card" in path else picture.width == 1684
        again = Browser(app).get(f"/honors/{path}", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
        assert Browser(app).get(f"/honors/{path}").get_data() == answer.get_data()
    before = Browser(app).get("/honors/board.png").get_data()
    roll.person("Somebody further")
    assert Browser(app).get("/honors/board.png").get_data() != before


@pytest.mark.usefixtures("acting")
def test_each_page_names_its_card(app: Flask, roll: Made) -> None:
    person = roll.person("Carded")
    for path, card in ((f"people/{person}", f"/honors/en/people/{person}/card.png"), ("fame", "/honors/en/card.png")):
        page = Browser(app).get(f"/honors/en/{path}").get_data(as_text=True)
        image = re.search('property="og:image" content="([^"]+)"', page)
        assert image
        assert image[1].endswith(card)
        assert Browser(app).get(image[1]).content_type == "image/png"


def test_a_text_that_is_too_wide_is_drawn_smaller_and_then_cut() -> None:
    wide = sheets.Text(0, 20, 20, "W" * 30, widest=400)
    text, size = sheets.fitted(wide)
    assert text == "W" * 30
    assert 11 <= size < 20
    text, size = sheets.fitted(sheets.Text(0, 20, 20, "W" * 300, widest=400))
    assert text.endswith("…")
    assert size == pytest.approx(11)
    assert sheets.measuring(False).getlength(text) / 100 * size <= 400
    assert sheets.fitted(sheets.Text(0, 0, 12, "Ê\u0303  x"))[0] == "Ễ x"
    sheet = sheets.Sheet(50, 20, "x")
    sheet.add(wide)
    assert png_of(sheet, 1).startswith(b"\x89PNG")


@pytest.mark.usefixtures("acting")
def test_a_long_roll_is_several_boards_one_for_each_of_its_pages(app: Flask, roll: Made) -> None:
    person = roll.person("Often Awarded")
    for _ in range(60):
        roll.award(person, result="Long roll")
    page = Browser(app).get(f"/honors/?competition={roll.competition}").get_data(as_text=True)
    further = unescape(re.findall(r'rel="next" href="([^"]+)"', page)[0])
    second = re.search(r'href="([^"]*board.png[^"]*)"', Browser(app).get(further).get_data(as_text=True))
    assert second
    boards = [
        Browser(app).get(path) for path in (f"/honors/board.png?competition={roll.competition}", unescape(second[1]))
    ]
    assert [one.status_code for one in boards] == [200, 200]
    assert boards[0].get_data() != boards[1].get_data(), "a long roll is several boards"
