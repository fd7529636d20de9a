"""Honors in a real browser: a roll is imported, read by everybody in both languages, and somebody asks to be hidden."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.browser import ROOT, axe, shots
from tests.support.server import Server

PASSWORD = "a quiet harbour in late november"
pytestmark = pytest.mark.browser
NewContext = Callable[..., BrowserContext]
MEDALS = (("1", "Gold", "Vàng", "#c9a227"), ("2", "Silver", "Bạc", "#9aa3ad"), ("3", "Bronze", "Đồng", "#a8683a"))
NAMES = ("Nguyễn Văn Ễ", "Trần Thị Ánh", "Lê Hoàng Long", "Phạm Minh Đức", "Ada Lovelace", "Đỗ Thị Mai", "Vũ Quốc Bảo")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"DOORWARD_ENV": "development", "DOORWARD_HASH_PROFILE": "cheap"}
    running = Server(tmp_path_factory.mktemp("server") / "data", env=settings).wait_ready()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def staff(server: Server, chromium) -> Iterator[Page]:
    """The page of an administrator who is signed in."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(server.setup_url)
    page.get_by_label("User name").fill("olga")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the administrator").click()
    expect(page).to_have_url(f"{server.url}/")
    yield page
    context.close()


def results() -> bytes:
    """Results of seven people in two subjects, and one row that is wrong."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(["Họ tên", "Huy chương", "Môn", "Trường", "Lớp", "Kết quả"])
    for place, name in enumerate(NAMES):
        for subject in ("Mathematics", "Physics"):
            medal = MEDALS[(place + len(subject)) % 3][1]
            table.writerow([name, medal, subject, "Trường THPT Chu Văn An", f"{10 + place % 3}A", f"{42 - place} / 42"])
    table.writerow(["Wrong Row", "Platinum", "Physics", "", "", ""])
    return written.getvalue().encode()


def portrait() -> bytes:
    """A picture that stands for somebody's photo."""
    written = io.BytesIO()
    Image.radial_gradient("L").resize((400, 500)).save(written, "PNG")
    return written.getvalue()


def made(page: Page, server: Server, kind: str, **form: str) -> str:
    """The number of a record that the administration added."""
    token = page.locator("meta[name=csrf-token]").get_attribute("content")
    answer = page.request.post(f"{server.url}/honors/admin/{kind}", form={"csrf_token": token or "", **form})
    assert answer.ok
    return answer.url.rpartition("/")[2]


@pytest.fixture(scope="module")
def edition(server: Server, staff: Page) -> str:
    """A published edition, with medals in both languages."""
    staff.goto(f"{server.url}/honors/admin/")
    about = {"about": "Held every spring.", "about_vi": "Tổ chức mỗi mùa xuân."}
    competition = made(staff, server, "competitions", name="Olympiad", name_vi="Thi học sinh giỏi", **about)
    for rank, name, vietnamese, colour in MEDALS:
        made(staff, server, "medals", rank=rank, name=name, name_vi=vietnamese, colour=colour)
    for name, vietnamese in (("Mathematics", "Toán học"), ("Physics", "Vật lý")):
        made(staff, server, "subjects", name=name, name_vi=vietnamese)
    coming = {"competition": competition, "year": "2199", "held_on": "2199-03-05", "place": "Huế"}
    made(staff, server, "editions", name="Olympiad 2199", **coming)
    number = made(staff, server, "editions", competition=competition, year="2025", name="Olympiad 2025")
    staff.goto(f"{server.url}/honors/admin/editions/{number}")
    staff.get_by_role("button", name="Publish").click()
    expect(staff.get_by_role("button", name="Withdraw")).to_be_visible()
    return number


def test_a_roll_is_imported_read_in_both_languages_and_somebody_is_hidden(
    server: Server, staff: Page, edition: str, new_context: NewContext
) -> None:
    staff.goto(f"{server.url}/honors/admin/imports")
    shots(staff, "honors-admin-imports")
    staff.set_viewport_size({"width": 1440, "height": 900})
    staff.get_by_label("File", exact=True).set_input_files(
        {"name": "kq.csv", "mimeType": "text/csv", "buffer": results()}
    )
    staff.get_by_role("button", name="Go on").click()
    staff.wait_for_url("**/imports/*")
    expect(staff.get_by_label("Name of the person or team")).to_have_value("Họ tên")
    staff.get_by_label("Edition", exact=True).select_option(edition)
    staff.get_by_label("People who are new here have agreed to").select_option("full")
    staff.get_by_role("button", name="Try it: change nothing").click()
    expect(staff.get_by_role("heading", name="What would come of it")).to_be_visible()
    expect(staff.get_by_text("There is no medal called 'Platinum'.")).to_be_visible()
    axe(staff)
    shots(staff, "honors-admin-import")
    staff.set_viewport_size({"width": 1440, "height": 900})
    staff.get_by_role("button", name="Import", exact=True).click()
    expect(staff.get_by_role("heading", name="What came of it")).to_be_visible()

    reader = new_context(viewport={"width": 1440, "height": 900}, locale="vi-VN").new_page()
    reader.goto(f"{server.url}/honors/")
    expect(reader.get_by_role("heading", name="Bảng danh dự")).to_be_visible()
    assert reader.context.cookies() == []
    reader.get_by_role("link", name="English").click()
    expect(reader).to_have_url(f"{server.url}/honors/en/")
    expect(reader.get_by_role("heading", name="Roll of honor")).to_be_visible()
    reader.get_by_role("searchbox", name="Look for a person").fill("nguyen van e")
    reader.get_by_role("button", name="Search").click()
    reader.get_by_role("link", name="Nguyễn Văn Ễ").click()
    expect(reader.get_by_role("heading", name="Nguyễn Văn Ễ")).to_be_visible()
    person = reader.url.rpartition("/")[2]

    pages = {
        "roll": "",
        "cards": "?view=cards",
        "none": "?year=1999",
        "search": "search?q=n",
        "person": f"people/{person}",
        "fame": "fame",
        "teams": "teams",
        "competitions": "competitions",
        "competition": "competitions/1",
        "hiding": f"people/{person}/hiding",
        "hiding-asked": "hiding",
        "missing": "people/999999",
    }
    for language in ("en", "vi"):
        for name, path in pages.items():
            reader.set_viewport_size({"width": 1440, "height": 900})
            reader.goto(f"{server.url}/honors/{language}/{path}")
            expect(reader.locator("html")).to_have_attribute("lang", language)
            if language == "en":
                axe(reader)
            shots(reader, f"honors-{name}-{language}")

    staff.goto(f"{server.url}/honors/admin/people/{person}")
    picture = {"name": "me.png", "mimeType": "image/png", "buffer": portrait()}
    staff.get_by_label("Add a photo", exact=True).set_input_files(picture)
    staff.get_by_role("button", name="Send", exact=True).click()
    staff.get_by_label("Who agreed that it is shown").select_option("parent")
    staff.get_by_role("region", name="Photo").get_by_role("button", name="Save").click()
    expect(staff.get_by_text("Everybody sees it, beside the full name.")).to_be_visible()
    shots(staff, "honors-admin-person")
    reader.set_viewport_size({"width": 1440, "height": 900})
    reader.goto(f"{server.url}/honors/en/people/{person}")
    expect(reader.get_by_alt_text("Photo of Nguyễn Văn Ễ")).to_be_visible()
    shots(reader, "honors-person-photo-en")
    reader.emulate_media(media="print")
    expect(reader.get_by_role("link", name="Ask to be hidden")).to_be_hidden()
    reader.emulate_media(media="null")
    reader.get_by_role("link", name="Ask to be hidden").click()
    reader.get_by_label("What the administration should know").fill("Please.")
    reader.get_by_role("button", name="Send the request").click()
    expect(reader.get_by_role("heading", name="Your request was sent")).to_be_visible()
    staff.goto(f"{server.url}/honors/admin/requests")
    axe(staff)
    shots(staff, "honors-admin-requests")
    staff.set_viewport_size({"width": 1440, "height": 900})
    staff.get_by_role("button", name="Hide Nguyễn Văn Ễ").click()
    expect(staff.get_by_role("heading", name="Nobody waits")).to_be_visible()
    assert reader.goto(f"{server.url}/honors/en/people/{person}").status == 404


def signed_in_again(server: Server, new_context: NewContext, locale: str) -> Page:
    """The administrator in another browser, which wants another language."""
    page = new_context(viewport={"width": 1440, "height": 900}, locale=locale).new_page()
    page.goto(f"{server.url}/login")
    page.get_by_label("User name").fill("olga")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("olga").first).to_be_attached()
    return page


def test_the_administration_in_vietnamese_from_a_file_to_its_undoing_and_each_page_of_it(
    server: Server, staff: Page, edition: str, new_context: NewContext
) -> None:
    page = signed_in_again(server, new_context, "vi-VN")
    page.goto(f"{server.url}/honors/admin/imports")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    expect(page.get_by_text("Hoặc thả tệp vào đây, hoặc dán.")).to_be_visible()
    control = page.get_by_label("Tệp", exact=True)
    control.set_input_files({"name": "kq.exe", "mimeType": "text/csv", "buffer": b"MZ"})
    expect(page.get_by_text("Ở đây không nhận kq.exe. Có thể dùng: .csv, .xlsx, .json.")).to_be_visible()
    control.set_input_files({"name": "kq.csv", "mimeType": "text/csv", "buffer": results()})
    expect(page.get_by_text("✓ Sẵn sàng")).to_be_visible()
    shots(page, "honors-admin-upload-vi")
    page.get_by_role("button", name="Tiếp tục").click()
    page.wait_for_url("**/imports/*")
    page.get_by_label("Kỳ thi", exact=True).select_option(edition)
    page.get_by_label("Những người mới ở đây đã đồng ý hiển thị").select_option("full")
    page.get_by_role("button", name="Chạy thử: không thay đổi gì").click()
    expect(page.get_by_role("heading", name="Kết quả nếu nhập")).to_be_visible()
    expect(page.get_by_text("Không có huy chương nào tên là 'Platinum'.")).to_be_visible()
    axe(page)
    shots(page, "honors-admin-import-vi")
    page.get_by_role("button", name="Nhập", exact=True).click()
    expect(page.get_by_role("heading", name="Kết quả", exact=True)).to_be_visible()

    page.goto(f"{server.url}/honors/admin/people?q=tran")
    page.get_by_role("link", name="Trần Thị Ánh").first.click()
    expect(page.get_by_role("heading", name="Những gì mọi người thấy")).to_be_visible()
    person = page.url.rpartition("/")[2]
    missing = page.url.replace(f"people/{person}", "people/999999")
    pages = {
        "index": "",
        "people": "people",
        "person": f"people/{person}",
        "journal": f"people/{person}/journal",
        "competitions": "competitions",
        "competition": "competitions/1",
        "editions": "editions",
        "edition": f"editions/{edition}",
        "medals": "medals",
        "subjects": "subjects",
        "schools": "schools",
        "teams": "teams",
        "imports": "imports",
        "requests": "requests",
    }
    for language in ("vi", "en"):
        page.goto(f"{server.url}/honors/admin/?chosen={language}")
        for name, path in pages.items():
            page.set_viewport_size({"width": 1440, "height": 900})
            page.goto(f"{server.url}/honors/admin/{path}")
            expect(page.locator("html")).to_have_attribute("lang", language)
            axe(page)
            shots(page, f"honors-admin-{name}-{language}")
        assert page.goto(missing).status == 404
        shots(page, f"honors-admin-missing-{language}")

    page.goto(f"{server.url}/honors/admin/?chosen=vi")
    page.goto(f"{server.url}/honors/admin/medals")
    page.get_by_label("Hạng", exact=True).evaluate("field => { field.form.noValidate = true; }")
    page.get_by_role("button", name="Thêm", exact=True).click()
    expect(page.get_by_role("heading", name="Hãy sửa những điều sau trước")).to_be_visible()
    axe(page)
    shots(page, "honors-admin-wrong-vi")

    reader = new_context(viewport={"width": 1440, "height": 900}).new_page()
    for language, button in (("vi", "Mã trên đó dẫn đến đâu"), ("en", "What its code leads to")):
        reader.goto(f"{server.url}/honors/{language}/people/{person}")
        reader.get_by_role("link", name=button).click()
        expect(reader.locator(".notice.ok")).to_be_visible()
        axe(reader)
        shots(reader, f"honors-verify-{language}")
        reader.set_viewport_size({"width": 1440, "height": 900})
        for name in (f"people/{person}/certificate.png", "board.png", f"people/{person}/card.png"):
            answer = reader.request.get(f"{server.url}/honors/{language}/{name}")
            folder = Path(os.environ.get("TEST_SHOTS") or ROOT / ".build" / "shots")
            (folder / f"honors-file-{name.rpartition('/')[2][:-4]}-{language}.png").write_bytes(answer.body())

    page.goto(f"{server.url}/honors/admin/imports")
    page.get_by_role("link", name="kq.csv").first.click()
    page.get_by_text("Hoàn tác lần nhập này").click()
    page.get_by_role("button", name="Hoàn tác", exact=True).click()
    page.goto(f"{server.url}/honors/admin/imports")
    expect(page.get_by_text("đã hoàn tác").first).to_be_attached()
