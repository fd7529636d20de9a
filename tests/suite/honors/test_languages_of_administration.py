"""The administration of honors in each language: no text is left out, and each person has the one that they want."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser

import pytest
from flask import Flask
from PIL import Image

from doorward.store.store import Store, using
from doorward.testing import Browser, signed_in
from doorward_suite.honors.actions import asking, importing, writing
from doorward_suite.honors.kinds import KINDS
from doorward_suite.honors.languages import said
from doorward_suite.honors.models import Import
from doorward_suite.honors.views import base

from .conftest import EDITOR, MEMBER, PUBLISHER

ADMIN = "/honors/admin"
#: What people typed is in Greek here, so that every Latin letter of a page is a text of ours.
TABLE = "όνομα,μετάλλιο,σχολείο,βαθμός\nΆδα,Gold,Βόρειο,1\nΒεν,Κασσίτερος,Βόρειο,2\n,Gold,Βόρειο,3\nΆδα,Gold,Βόρειο,1\n"
#: What is written so in every language.
THE_SAME = re.compile(r"Doorward|English|Tiếng Việt|[\w.]+\.csv|honor\.config\.json|Gold|#c0a020")


class Shown(HTMLParser):
    """Everything that a page shows or says aloud, in its order."""

    SAID = ("aria-label", "placeholder", "alt", "data-label", "title")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._skipped = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._skipped += tag in ("style", "script")
        self.texts += [value or "" for name, value in attrs if name in self.SAID]
        given = dict(attrs)
        if tag == "meta" and given.get("name") == "description":
            self.texts.append(given.get("content") or "")

    def handle_endtag(self, tag: str) -> None:
        self._skipped -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if not self._skipped and data.strip():
            self.texts.append(" ".join(data.split()))


def pseudo(_language: str, text: str, **values: object) -> str:
    """Every text that the Vietnamese catalogue has, between signs of its own; what it has not, as it is."""
    plain = text % values if values else text
    translated = said("vi", text, **values)
    return f"⟦{plain}⟧" if translated != plain or plain in ("", "Menu") else plain


def left_over(page: str) -> list[str]:
    """What of a page is in no catalogue."""
    found = []
    for text in Shown(page).texts:
        rest, before = text, ""
        while rest != before:
            before, rest = rest, re.sub(r"⟦[^⟦⟧]*⟧", "", rest)
        if re.search("[A-Za-z]{2,}", THE_SAME.sub("", rest)):
            found.append(text)
    return found


def test_the_test_itself_finds_a_text_that_is_in_no_catalogue() -> None:
    assert left_over("<p>⟦Add: ⟦person⟧⟧ Άδα 2026-01-31</p>") == []
    assert left_over("<p>⟦Add⟧ it</p>") == ["⟦Add⟧ it"]
    assert left_over('<i aria-label="Away">⟦x⟧</i>') == ["Away"]
    assert pseudo("vi", "Nobody has translated this.") == "Nobody has translated this."


@pytest.fixture(scope="module")
def acting(app: Flask) -> Iterator[Store]:
    with using(app.extensions["doorward"].store):
        yield app.extensions["doorward"].store


@pytest.fixture(scope="module")
def publisher(app: Flask) -> Browser:
    return signed_in(app, "πρώτος", "honors-publisher")


def sent(by: Browser, path: str, field: str, content: bytes, name: str) -> str:
    by.get(f"{ADMIN}/")
    form = {field: (io.BytesIO(content), name), "csrf_token": by.token}
    answer = by.send("POST", path, data=form, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.headers["Location"]


@pytest.fixture(scope="module")
def greek(app: Flask, acting: Store, publisher: Browser) -> dict[str, str]:
    """Addresses of everything that the administration shows, by what it is."""
    made = {
        "competitions": writing.add(EDITOR, "competitions", {"name": "Αγώνας", "about": "Γενικά."}),
        "medals": writing.add(EDITOR, "medals", {"rank": "1", "name": "Gold", "colour": "#c0a020"}),
        "subjects": writing.add(EDITOR, "subjects", {"name": "Μαθηματικά"}),
        "schools": writing.add(EDITOR, "schools", {"name": "Βόρειο", "place": "Χουέ"}),
    }
    edition = {"competition": str(made["competitions"]), "year": "2025", "name": "Αγώνας 2025"}
    made["editions"] = writing.add(EDITOR, "editions", edition)
    writing.publish(PUBLISHER, made["editions"], published=True)
    made["teams"] = writing.add(
        EDITOR, "teams", {"name": "Ομάδα", "edition": str(made["editions"]), "school": "Βόρειο"}
    )
    people = [writing.add(EDITOR, "people", {"full_name": "Άδα"}) for _ in range(3)]
    award = {"edition": str(made["editions"]), "medal": str(made["medals"]), "subject": str(made["subjects"])}
    made["awards"] = writing.add_award(EDITOR, "people", people[0], award)
    gone = writing.add_award(EDITOR, "people", people[0], award)
    writing.delete(EDITOR, "awards", gone)
    writing.join_team(EDITOR, people[0], made["teams"])
    writing.set_consent(PUBLISHER, people[0], "full")
    asking.ask(MEMBER, people[0], "parent", "Παρακαλώ.", "μητέρα")
    writing.set_consent(PUBLISHER, people[1], "short")
    writing.delete(EDITOR, "people", people[2])
    pages = {kind: f"{ADMIN}/{kind}/{number}" for kind, number in made.items()}
    pages |= {"person": f"{ADMIN}/people/{people[0]}", "deleted": f"{ADMIN}/people/{people[2]}"}
    pages |= {"short": f"{ADMIN}/people/{people[1]}"}
    picture = io.BytesIO()
    Image.new("RGB", (40, 40), "#886633").save(picture, "PNG")
    sent(publisher, f"{pages['person']}/photo", "photo", picture.getvalue(), "α.png")
    publisher.post(f"{pages['person']}/photo/agreement", {"agreed": "self"})
    sent(publisher, f"{pages['short']}/photo", "photo", picture.getvalue(), "α.png")
    columns = {"name": "όνομα", "medal": "μετάλλιο", "school": "σχολείο", "result": "βαθμός"}
    choice = {**columns, "edition": str(made["editions"]), "consent": "hidden"}
    for name in ("waiting", "tried", "done", "undone"):
        pages[name] = sent(publisher, f"{ADMIN}/imports", "file", TABLE.encode(), f"{name}.csv")
        if name != "waiting":
            way = "try" if name == "tried" else "import"
            assert publisher.post(pages[name], {**choice, "do": way}).status_code == 303
    assert publisher.post(f"{pages['undone']}/undoing", {}).status_code == 303
    config = {"competitions": [{"id": "κ", "name": "Κ"}], "editions": [], "medals": {}}
    for name in ("config", "read"):
        pages[name] = sent(publisher, f"{ADMIN}/imports", "file", json.dumps(config).encode(), "honor.config.json")
    assert publisher.post(f"{pages['read']}/configuration", {}).status_code == 303
    with acting.transaction(EDITOR) as tx:
        kept = tx.db.get_one(Import, int(pages["tried"].rpartition("/")[2]))
        names = ("name", "edition_id", "mapping", "replaces", "consent", "at")
        like = {name: getattr(kept, name) for name in names} | {"file_id": "", "job_id": ""}
        why = json.dumps({"failed": "The file has more than 200,000 rows. Divide it."})
        failed = Import(**like, state=importing.SENT, report=why)
        running = Import(**like, state=importing.RUNNING, report="{}")
        tx.db.add_all([failed, running])
        tx.db.flush()
        pages |= {"failed": f"{ADMIN}/imports/{failed.id}", "running": f"{ADMIN}/imports/{running.id}"}
    return pages


LISTS = (
    "/",
    "/people",
    "/people?q=α",
    "/people?q=ω",
    *(f"/{kind}" for kind in KINDS if KINDS[kind].adds),
    "/requests",
    "/imports",
)


def test_no_page_of_the_administration_shows_a_text_that_is_in_no_catalogue(
    app: Flask, greek: dict[str, str], publisher: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = signed_in(app, "δεύτερος", "honors-editor")
    monkeypatch.setattr(base, "said", pseudo)
    for path in (*(f"{ADMIN}{path}" for path in LISTS), *greek.values()):
        for reader in (publisher, editor):
            answer = reader.get(path, headers={"Accept-Language": "vi"})
            page = answer.get_data(as_text=True)
            assert answer.status_code == 200, path
            assert "⟦" in page, path
            assert left_over(page) == [], path


def test_no_refusal_shows_a_text_that_is_in_no_catalogue(
    greek: dict[str, str], publisher: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "said", pseudo)
    edition = {"competition": "x", "year": "1", "name": "", "held_on": "never"}
    wrong = [
        (f"{ADMIN}/people", {"full_name": "", "note": "ν" * 3_000}, 422),
        (f"{ADMIN}/people", {"full_name": "ν" * 300}, 422),
        (f"{ADMIN}/editions", edition, 422),
        (f"{ADMIN}/editions", {**edition, "held_on": "1066-10-14", "competition": "999999"}, 422),
        (f"{ADMIN}/medals", {"rank": "0", "name": "Μ", "colour": "ώχρα"}, 422),
        (f"{greek['person']}/awards", {"edition": "", "medal": "999999"}, 422),
        (f"{greek['editions']}/deletion", {}, 409),
        (f"{greek['person']}/consent", {"consent": "αλλιώς"}, 422),
        (f"{greek['person']}/photo/agreement", {"agreed": "αλλιώς"}, 422),
        (f"{greek['deleted']}/photo/agreement", {"agreed": "self"}, 409),
        (f"{greek['editions']}/publication", {}, 422),
        (greek["waiting"], {"do": "import"}, 422),
        (greek["waiting"], {"do": ""}, 422),
        (greek["done"], {"do": "import", "name": "όνομα", "medal": "μετάλλιο"}, 409),
        (f"{greek['waiting']}/undoing", {}, 409),
        (f"{greek['read']}/configuration", {}, 409),
        (f"{greek['done']}/removal", {}, 409),
        (f"{ADMIN}/requests/999999/decision", {"decision": "hide"}, 404),
        (f"{ADMIN}/requests/1/decision", {}, 422),
        (f"{ADMIN}/nothing", {}, 404),
    ]
    for path, form, status in wrong:
        answer = publisher.post(path, form, headers={"Accept-Language": "vi"})
        assert answer.status_code == status, path
        page = answer.get_data(as_text=True)
        assert "⟦" in page
        assert left_over(page) == [], path


def test_programs_read_of_a_refusal_in_english(publisher: Browser, greek: dict[str, str]) -> None:
    answer = publisher.post_json(f"{ADMIN}/people", {}, headers={"Accept-Language": "vi"})
    assert answer.get_json()["error"]["fields"] == {"full_name": "Full name is empty."}


def test_who_may_not_enter_reads_so_in_their_language(app: Flask, greek: dict[str, str]) -> None:
    member = signed_in(app, "τρίτος")
    answer = member.get(f"{ADMIN}/", headers={"Accept-Language": "vi"})
    assert answer.status_code == 403
    assert "Bạn không được làm điều này" in answer.get_data(as_text=True)


def test_the_administration_speaks_the_language_of_the_browser_and_remembers_a_switch(
    app: Flask, greek: dict[str, str]
) -> None:
    browser = signed_in(app, "switches", "honors-publisher")

    def page(path: str, wants: str = "en") -> str:
        return browser.get(path, headers={"Accept-Language": wants}).get_data(as_text=True)

    vietnamese = page(greek["person"], "vi-VN,vi;q=0.9")
    assert '<html lang="vi">' in vietnamese
    for text in ("Mọi người đều thấy ảnh, bên cạnh họ tên đầy đủ.", "Có người yêu cầu ẩn người này", "Họ tên đầy đủ"):
        assert text in vietnamese
    english = page(greek["person"])
    assert '<html lang="en">' in english
    assert "Everybody sees it, beside the full name." in english
    switch = re.search(rf'href="({ADMIN}/[^"]*chosen=vi)"', english)
    assert switch
    answer = browser.get(unescape(switch[1]))
    assert (answer.status_code, answer.headers["Location"]) == (303, greek["person"])
    assert "honors_language" in answer.headers["Set-Cookie"]
    assert '<html lang="vi">' in page(f"{ADMIN}/people?q=α")
    assert '<html lang="vi">' in page("/honors/fame"), "the same switch holds for the pages for everybody"
    assert browser.get(f"{ADMIN}/?chosen=xx").status_code == 200
    back = re.search(r'href="([^"]*chosen=en)"', page(f"{ADMIN}/people?q=α"))
    assert back
    assert browser.get(unescape(back[1])).headers["Location"] == f"{ADMIN}/people?q=%CE%B1"
    assert '<html lang="en">' in page(f"{ADMIN}/", "vi")


def test_what_an_import_found_wrong_is_said_in_the_language_of_whoever_reads_it(
    greek: dict[str, str], publisher: Browser
) -> None:
    page = unescape(publisher.get(greek["done"], headers={"Accept-Language": "vi"}).get_data(as_text=True))
    assert "Không có huy chương nào tên là 'Κασσίτερος'." in page
    assert "Không có tên." in page
    page = unescape(publisher.get(greek["done"], headers={"Accept-Language": "en"}).get_data(as_text=True))
    assert "There is no medal called 'Κασσίτερος'." in page
