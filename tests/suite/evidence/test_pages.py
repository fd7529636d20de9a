"""The pages of evidence behind the real door: who may enter, what each shows, and what each mistake is answered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from doorward.testing import PASSWORD, Browser, Clock, door_of, run_jobs, signed_in
from tests.support.nist_workbooks import REQUIREMENT_HEADINGS, requirement_rows, workbook

from .rooms import Room, sent

JSON = {"Accept": "application/json"}

PAGES = (
    "",
    "/families/AC",
    "/requirements/3.1.1",
    "/objectives",
    "/objectives?family=AC&stage=not_started&assignee=nobody&bare=1&late=1",
    "/people",
    "/search?q=remote",
)


@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_for_everybody_in_the_assessment_and_for_nobody_else(room: Room, path: str) -> None:
    guest, _ = room.guest()
    for browser in (room.lea, room.cleo, room.rosa, room.vera, guest):
        assert browser.get(f"{room.path}{path}").status_code == 200
    for browser in (room.ada, room.sven):
        assert browser.get(f"{room.path}{path}").status_code == 404
    assert Browser(room.app).get(f"{room.path}{path}").status_code == 303  # to the sign-in


def test_who_may_only_read_is_shown_no_way_to_change_anything(room: Room) -> None:
    guest, _ = room.guest()
    for browser in (room.vera, guest):
        for path in PAGES:
            page = browser.get(f"{room.path}{path}").get_data(as_text=True)
            forms = re.findall(r'<form[^>]*method="post"[^>]*action="([^"]+)"', page)
            assert set(forms) <= {"/logout"}, path
    page = room.lea.get(f"{room.path}/requirements/3.1.1").get_data(as_text=True)
    assert f"{room.path}/objectives/3.1.1%5Ba%5D/steps" in page


def test_a_guest_reads_one_assessment_until_the_date_and_changes_nothing(room: Room, clock: Clock) -> None:
    guest, _ = room.guest("5")
    other = Room(room.app)
    assert guest.get(room.path).status_code == 200
    assert guest.get(other.path).status_code == 404
    assert f'{other.path}"' not in guest.get("/evidence/").get_data(as_text=True)
    step = f"{room.path}/objectives/3.1.1%5Bb%5D/steps"
    assert guest.post(step, {"step": "start"}).status_code == 403
    assert room.cleo.post(step, {"step": "start"}).status_code == 303
    clock.forward(days=5, seconds=1)
    try:
        assert guest.get(room.path).status_code == 303
    finally:
        clock.forward(days=-5, seconds=-1)


def test_a_guest_who_is_sent_away_is_out_at_once(room: Room) -> None:
    guest, secret = room.guest()
    assert guest.get(room.path).status_code == 200
    page = room.lea.get(f"{room.path}/people").get_data(as_text=True)
    removal = re.findall(r'action="([^"]+/guests/\d+/removal)"', page)[-1]
    for browser in (room.cleo, room.rosa):
        assert browser.post(removal).status_code == 403
    assert room.lea.post(removal).status_code == 303
    assert guest.get(room.path).status_code == 303
    assert Browser(room.app).post("/login/token", {"token": secret}).status_code == 401


def test_an_objective_is_worked_on_through_its_page(room: Room) -> None:
    page = f"{room.path}/requirements/3.1.3"
    step = f"{room.path}/objectives/3.1.3%5Ba%5D/steps"
    done = room.cleo.post(step, {"step": "start"})
    assert done.headers["Location"].endswith("/requirements/3.1.3#o-a")
    again = room.cleo.post(step, {"step": "start"})
    assert again.status_code == 409
    assert "not possible now" in again.get_data(as_text=True)
    missing = room.rosa.post(step, {"step": "not_applicable", "reason": ""})
    assert missing.status_code == 422
    assert "Say why" in missing.get_data(as_text=True)
    assert room.rosa.post(step, {"step": "not_applicable", "reason": "No CUI <b>flows</b>."}).status_code == 303
    text = room.vera.get(page).get_data(as_text=True)
    assert "No CUI &lt;b&gt;flows&lt;/b&gt;." in text
    assert "found it not applicable" in text
    assert room.rosa.post(step, {"step": "reopen", "reason": "It does."}, headers=JSON).status_code == 303


def test_what_was_typed_is_not_lost_when_something_is_wrong(room: Room) -> None:
    typed = "x" * 4001
    wrong = room.cleo.post(f"{room.path}/objectives/3.1.4%5Ba%5D/comments", {"text": typed})
    assert wrong.status_code == 422
    assert typed in wrong.get_data(as_text=True)
    wrong = room.lea.post(f"{room.path}/assignments", {"objective": "3.1.4[a]", "assignee": "nobody such"})
    assert wrong.status_code == 422
    assert 'value="3.1.4[a]" checked' in wrong.get_data(as_text=True)
    wrong = room.lea.post(f"{room.path}/people", {"member": "no such <i>", "role": "viewer"})
    assert wrong.status_code == 422
    assert "no such &lt;i&gt;" in wrong.get_data(as_text=True)


def test_the_page_of_a_person_shows_their_work(room: Room) -> None:
    listed = room.lea.get(f"{room.path}/people").get_data(as_text=True)
    cleo = re.search(r'href="([^"]+/people/\w+)">Cleo', listed)
    assert cleo
    who = cleo[1].rpartition("/")[2]
    form = {"objective": "3.2.1[a]", "assignee": who, "due": "2026-01-02"}
    assert room.lea.post(f"{room.path}/assignments", form).status_code == 303
    page = room.cleo.get(cleo[1]).get_data(as_text=True)
    assert "Your work" in page
    assert "3.2.1[a]" in page
    assert room.sven.get(cleo[1]).status_code == 404
    assert room.lea.get(f"{room.path}/people/a{'0' * 24}").status_code == 404


def test_the_wording_is_loaded_by_an_administrator_and_shown_beside_the_titles(room: Room) -> None:
    words = "Words of 3.1.1."
    book = workbook(REQUIREMENT_HEADINGS, requirement_rows()).read()
    for browser in (room.lea, room.sven):
        assert browser.post("/evidence/catalogues", sent(book, "r2.xlsx")).status_code == 403
    assert room.ada.post("/evidence/catalogues", sent(book, "r2.xlsx")).status_code == 303
    page = room.ada.get("/evidence/catalogues").get_data(as_text=True)
    assert "110 of 110 requirements" in page
    assert words in room.vera.get(f"{room.path}/requirements/3.1.1").get_data(as_text=True)
    assert "3.1.1" in room.vera.get(f"{room.path}/search?q=words+of+3.1.1").get_data(as_text=True)
    folder = Path(door_of(room.app).settings.data) / "files" / "kept"
    assert not [path for path in folder.rglob("*") if path.is_file()], "the workbook was kept"


def test_a_catalogue_of_ones_own_is_loaded_and_an_assessment_made_by_it(room: Room) -> None:
    table = (
        "family,family name,requirement,requirement title,objective,objective title\r\n"
        "DOOR,Doors,D.1,Doors are locked,D.1-a,There is a lock\r\n"
        "DOOR,,D.1,,D.1-b,Somebody locks it\r\n"
    )

    def own_file(text: str, **names: str) -> dict:
        return sent(text.encode(), "own.csv", **names)

    wrong = room.ada.post("/evidence/catalogues", own_file(table))
    assert wrong.status_code == 422
    assert "The key of the catalogue" in wrong.get_data(as_text=True)
    names = {"key": "night-watch", "name": "Rules of the night watch"}
    assert room.ada.post("/evidence/catalogues", own_file(table, **names)).status_code == 303
    assert room.ada.post("/evidence/", {"name": "By night", "catalogue": "none-such"}).status_code == 422
    made = room.ada.post("/evidence/", {"name": "By night", "catalogue": "night-watch"})
    page = room.ada.get(made.headers["Location"]).get_data(as_text=True)
    assert "Doors" in page
    assert "SPRS" not in page
    own = made.headers["Location"]
    assert room.ada.post(f"{own}/objectives/D.1-a/steps", {"step": "start"}).status_code == 303
    assert room.ada.get(f"{own}/requirements/D.1").status_code == 200
    assert room.ada.get(f"{own}/requirements/3.1.1").status_code == 404
    renamed = room.ada.post("/evidence/catalogues", own_file(table.replace("a lock", "a good lock"), **names))
    assert renamed.status_code == 303
    assert "a good lock" in room.ada.get(f"{own}/requirements/D.1").get_data(as_text=True)
    fewer = room.ada.post("/evidence/catalogues", own_file(table.rpartition("DOOR")[0], **names))
    assert fewer.status_code == 409
    assert "other objectives" in fewer.get_data(as_text=True)


def test_the_score_and_the_families_are_on_the_overview(room: Room) -> None:
    page = room.vera.get(room.path).get_data(as_text=True)
    assert re.search(r'class="value score">-2\d\d<', page)
    assert "From -203 to 110" in page
    assert page.count('<th scope="row">') == 14


def test_who_leaves_is_out_and_their_words_stay_or_go(room: Room) -> None:
    gone = signed_in(room.app, "Gone")
    room.lea.post(f"{room.path}/people", {"member": "gone", "role": "collector"})
    gone.post(f"{room.path}/objectives/3.3.1%5Ba%5D/comments", {"text": "These were my words."})
    assert gone.post("/account/delete", {"password": PASSWORD, "how": "hard"}).status_code == 200
    run_jobs(room.app)
    page = room.lea.get(f"{room.path}/requirements/3.3.1").get_data(as_text=True)
    assert "These were my words." not in page
    assert "Deleted account" in page
