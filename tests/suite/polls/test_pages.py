"""The pages of polls behind the real door: who may enter, what a phone may send, and what each mistake is answered."""

from __future__ import annotations

import csv
import io
import re
from typing import cast

import pytest
from flask import Flask
from sqlalchemy import text

from doorward.core.streams import ENVIRON_KEY, StreamRequest
from doorward.live.caps import Caps
from doorward.live.listener import Keeper, Listener
from doorward.live.roll import Roll
from doorward.testing import Browser, Clock, signed_in
from doorward_suite.polls import exports, respondents, views

from .rooms import JSON, Room, may_listen
from .rooms import app as app
from .rooms import clock as clock
from .rooms import olga as olga
from .rooms import room as room
from .rooms import sven as sven


def test_a_phone_votes_without_a_script_and_comes_back_to_its_question(app: Flask, room: Room) -> None:
    phone = room.phone(app)
    sent = room.vote(phone, room.choice, "o2")
    assert sent.status_code == 303
    back = phone.get(sent.headers["Location"].partition("#")[0])
    assert "Saved. You can still change it." in back.text
    assert re.search(r'value="o2" checked', back.text)
    assert room.tally(room.choice)["counts"] == {"o1": 0, "o2": 1}


def test_a_phone_votes_by_script_and_reads_its_state(app: Flask, room: Room) -> None:
    phone = room.phone(app)
    assert room.vote(phone, room.choice, "o1", headers=JSON).json == {"saved": True}
    state = phone.get(f"{room.join}/state.json").json
    assert state is not None
    assert state["answers"] == {str(room.choice): ["o1"]}
    assert "count" not in str(state)


def test_a_vote_can_be_changed_and_counts_once(app: Flask, room: Room) -> None:
    phone = room.phone(app)
    for answer in ("o1", "o2", "o2"):
        assert room.vote(phone, room.choice, answer).status_code == 303
    assert (room.tally(room.choice)["counts"], room.tally(room.choice)["respondents"]) == ({"o1": 0, "o2": 1}, 1)


def test_what_people_write_is_text_and_never_markup(app: Flask, room: Room) -> None:
    assert room.vote(room.phone(app), room.short, "<script>alert(1)</script>").status_code == 303
    for page in ("results", "present", f"questions/{room.short}/answers"):
        shown = room.olga.get(f"{room.path}/{page}").text
        assert "alert(1)" in shown
        assert "<script>alert" not in shown


BAD_VOTES = [
    ("no option of it", "choice", ["o9"], 422),
    ("two where one is asked", "choice", ["o1", "o2"], 422),
    ("nothing", "choice", [], 422),
    ("a control character", "short", ["a\x00b"], 422),
    ("too long", "short", ["x" * 281], 422),
]


@pytest.mark.parametrize(("what", "kind", "answer", "status"), BAD_VOTES, ids=[bad[0] for bad in BAD_VOTES])
def test_a_bad_vote_is_answered_in_words_to_people_and_programs(
    app: Flask, room: Room, what: str, kind: str, answer: list[str], status: int
) -> None:
    phone, question = room.phone(app), getattr(room, kind)
    page = room.vote(phone, question, *answer)
    assert page.status_code == status
    assert 'data-state="failed"' in page.text
    answered = room.vote(phone, question, *answer, headers=JSON)
    assert answered.status_code == status
    assert answered.json is not None
    assert answered.json["error"]["fields"]["answer"]
    assert room.tally(question)["respondents"] == 0


def test_a_closed_question_answers_conflict(app: Flask, room: Room) -> None:
    phone = room.phone(app)
    room.set_status(room.choice, "closed")
    assert room.vote(phone, room.choice, "o1", headers=JSON).status_code == 409
    page = room.vote(phone, room.choice, "o1")
    assert page.status_code == 409
    assert "closed" in page.text


@pytest.mark.parametrize("question", ["0", "-1", "x", "", "99999999999999999999999", "٣"])
def test_a_question_that_is_not_there_is_not_found(app: Flask, room: Room, question: str) -> None:
    assert room.phone(app).post(f"{room.join}/votes", {"question": question, "answer": "o1"}).status_code == 404


def test_broken_utf8_is_refused_and_nothing_is_stored(app: Flask, room: Room) -> None:
    phone = room.phone(app)
    fields = {"csrf_token": phone.token, "question": str(room.short)}.items()
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields
    ]
    broken = b'--x\r\nContent-Disposition: form-data; name="answer"\r\n\r\n\xff\xfe\r\n--x--\r\n'
    body = b"".join([*parts, broken])
    sent = phone.send("POST", f"{room.join}/votes", data=body, content_type="multipart/form-data; boundary=x")
    assert sent.status_code == 422
    assert room.tally(room.short)["respondents"] == 0


def test_a_wrong_content_type_is_415(app: Flask, room: Room) -> None:
    assert room.phone(app).post_json(f"{room.join}/votes", {"question": room.choice}).status_code == 415


def test_a_body_that_is_too_large_is_413(app: Flask, room: Room) -> None:
    assert room.vote(room.phone(app), room.short, "x" * 20_000).status_code == 413


def test_a_vote_without_the_token_is_refused(app: Flask, room: Room) -> None:
    phone = room.phone(app)
    sent = phone.send("POST", f"{room.join}/votes", data={"question": room.choice, "answer": "o1"})
    assert sent.status_code == 400
    assert room.tally(room.choice)["respondents"] == 0


def test_without_the_cookie_nobody_votes(app: Flask, room: Room) -> None:
    phone = Browser(app)
    refused = room.vote(phone, room.choice, "o1")
    assert refused.status_code == 403
    assert "cookie" in refused.text
    assert room.tally(room.choice)["respondents"] == 0


def test_a_forged_cookie_is_no_cookie(app: Flask, room: Room) -> None:
    phone = room.phone(app)
    cookie = phone.client.get_cookie(respondents.COOKIE)
    assert cookie is not None
    forged = ("A" if cookie.value[0] != "A" else "B") + cookie.value[1:]
    phone.client.set_cookie(respondents.COOKIE, forged)
    assert room.vote(phone, room.choice, "o1").status_code == 403


def test_a_replayed_cookie_is_the_same_respondent(app: Flask, room: Room) -> None:
    phone, thief = room.phone(app), Browser(app, address="203.0.113.9")
    room.vote(phone, room.choice, "o1")
    cookie = phone.client.get_cookie(respondents.COOKIE)
    assert cookie is not None
    thief.client.set_cookie(respondents.COOKIE, cookie.value)
    thief.get(room.join)
    assert room.vote(thief, room.choice, "o2").status_code == 303
    assert room.tally(room.choice)["respondents"] == 1


def test_a_cookie_is_void_after_its_days(app: Flask, room: Room, clock: Clock) -> None:
    phone = room.phone(app)
    clock.forward(days=respondents.DAYS + 1)
    try:
        phone.get("/login")
        assert room.vote(phone, room.choice, "o1").status_code == 403
    finally:
        clock.forward(days=-respondents.DAYS - 1)


@pytest.mark.parametrize("typed", ["{code}", " {lower} ", "{first} {last}", "{first}-{last}"])
def test_a_code_is_understood_however_it_is_typed(app: Flask, room: Room, typed: str) -> None:
    code = room.code
    given = typed.format(code=code, lower=code.lower(), first=code[:3], last=code[3:].lower())
    phone = Browser(app)
    sent = phone.get("/polls/join", query_string={"code": given})
    assert sent.status_code == 303
    assert (
        "Which is longest?"
        in phone.get(sent.headers["Location"]).text + phone.get(f"{room.join}?question={room.choice}").text
    )


@pytest.mark.parametrize("code", ["AAAAAA", "x", "%00", "..%2f..", "\U0001f600", "9" * 500])
def test_a_wrong_code_is_told_and_asks_again(app: Flask, code: str) -> None:
    phone = Browser(app)
    page = phone.get(f"/polls/join/{code}")
    assert page.status_code == 404
    if "%2f" not in code:
        assert "There is no poll with this code" in page.text
        assert phone.get(f"/polls/join/{code}/state.json", headers=JSON).status_code == 404


PATHS = [
    "/questions/new?kind=short",
    "",
    "/voters",
    "/present",
    "/present.json",
    "/qr.svg",
    "/results",
    "/results.csv",
    "/results.xlsx",
    "/poll.json",
    "/report",
    "/questions/new?kind=short",
]


@pytest.mark.parametrize("path", PATHS)
def test_the_poll_of_another_is_not_there(room: Room, sven: Browser, app: Flask, path: str) -> None:
    assert room.olga.get(room.path + path).status_code == 200
    assert sven.get(room.path + path).status_code == 404
    assert Browser(app).get(room.path + path, headers=JSON).status_code == 401
    assert signed_in(app, "Ada", "admin").get(room.path + path).status_code == 200


POSTS = ["/name", "/deletion", "/questions", "/questions/{q}", "/questions/{q}/status", "/questions/{q}/clearing"]
POSTS += ["/voters", "/roster", "/archiving", "/copies", "/questions/{q}/place", "/questions/{q}/copies"]


@pytest.mark.parametrize("path", [*POSTS, "/questions/{q}/deletion"])
def test_nobody_else_changes_a_poll(room: Room, sven: Browser, app: Flask, path: str) -> None:
    form = {"name": "Stolen", "kind": "choice", "title": "Stolen", "options": "a\nb", "status": "closed", "place": "2"}
    before = room.olga.get(f"{room.path}/present.json").json
    assert sven.post(room.path + path.format(q=room.choice), form).status_code == 404
    visitor = Browser(app)
    visitor.get("/polls/join")
    assert visitor.post(room.path + path.format(q=room.choice), form).status_code == 401
    assert room.olga.get(f"{room.path}/present.json").json == before


@pytest.mark.parametrize("path", ["/restoring", "/erasure"])
def test_nobody_else_takes_a_deleted_poll_back_or_erases_it(app: Flask, room: Room, sven: Browser, path: str) -> None:
    assert room.olga.post(f"{room.path}/deletion").status_code == 303
    assert sven.post(room.path + path).status_code == 404
    visitor = Browser(app)
    visitor.get("/polls/join")
    assert visitor.post(room.path + path).status_code == 401
    assert f"{room.path}/restoring" in room.olga.get("/polls/put-away").text  # it is as it was
    assert room.path not in sven.get("/polls/put-away").text
    assert room.olga.post(room.path + path).status_code == 303


def test_a_question_is_not_reached_through_another_poll(room: Room, olga: Browser) -> None:
    other = Room(olga)
    for path in (f"/questions/{room.choice}", f"/questions/{room.short}/answers"):
        assert olga.get(other.path + path).status_code == 404


def test_wrong_forms_come_back_with_what_was_typed(olga: Browser, room: Room) -> None:
    page = olga.post("/polls/", {"name": "x" * 121})
    assert (page.status_code, "too long" in page.text, "x" * 121 in page.text) == (422, True, True)
    page = olga.post(f"{room.path}/questions", {"kind": "choice", "title": "Half done", "options": "one"})
    assert (page.status_code, "Half done" in page.text) == (422, True)
    assert olga.get(f"{room.path}/questions/new?kind=riddle").status_code == 404


def test_an_answered_question_is_not_edited(app: Flask, room: Room) -> None:
    room.vote(room.phone(app), room.choice, "o1")
    form = {"kind": "choice", "title": "Other", "options": "a\nb"}
    page = room.olga.post(f"{room.path}/questions/{room.choice}", form)
    assert page.status_code == 409
    assert "Clear its answers" in page.text


class Holding:
    """Holds streams as a server does, with the caps that one has."""

    def __init__(self) -> None:
        self.roll = Roll(Caps())

    def open(self, request: StreamRequest) -> None:
        one = (request.topics, request.listener, request.account_id, request.session_id, request.address, float("inf"))
        self.roll.admit(request, self.roll.moment(), lambda: Listener(cast(Keeper, self), *one))


def test_of_five_hundred_phones_behind_one_address_none_is_refused(app: Flask, room: Room) -> None:
    """Each opens the page, its stream, and votes; all of them stay."""
    held, topic = Holding(), f"polls.audience:{room.poll}"
    for number in range(500):
        phone = room.phone(app, "203.0.113.80")
        stream = phone.get("/live", query_string={"topic": topic}, environ_overrides={ENVIRON_KEY: held})
        assert stream.status_code == 200
        assert room.vote(phone, room.choice, f"o{number % 2 + 1}", headers=JSON).status_code == 200
    assert len(held.roll) == 500
    assert room.tally(room.choice)["counts"] == {"o1": 250, "o2": 250}


def test_a_phone_that_hammers_is_limited_alone(app: Flask, room: Room) -> None:
    hammer, other = room.phone(app, "203.0.113.81"), room.phone(app, "203.0.113.81")
    answers = [room.vote(hammer, room.choice, f"o{n % 2 + 1}", headers=JSON).status_code for n in range(61)]
    assert answers == [200] * 60 + [429]
    assert room.vote(other, room.choice, "o1", headers=JSON).status_code == 200


def test_the_file_has_titles_and_no_formula(app: Flask, room: Room) -> None:
    formulas = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", 'say "so"; =1', " =1"]
    for formula in formulas:
        room.vote(room.phone(app), room.short, formula)
    room.vote(room.phone(app), room.choice, "o2")
    file = room.olga.get(f"{room.path}/results.csv")
    assert file.headers["Content-Disposition"] == "attachment; filename=Rivers-results.csv"
    rows = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"))))
    assert rows[0] == list(exports.HEADINGS)
    assert rows[2][:8] == ["1", "Which is longest?", "Multiple choice", "open", "Amazon", "1", "100.0%", "1"]
    assert rows[2][8].startswith("2026-01-01")
    said = [row[4] for row in rows if row[1] == "What is unclear?"]
    assert said == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'＝1", 'say "so"; =1', "'=1"]
    assert not [cell for row in rows for cell in row if cell[:1] in tuple("=+-@\t\r")]


def test_the_qr_code_leads_to_the_poll_under_the_address_people_use(app: Flask, room: Room) -> None:
    import segno

    picture = room.olga.get(f"{room.path}/qr.svg")
    assert picture.mimetype == "image/svg+xml"
    assert "<script" not in picture.text
    expected = io.BytesIO()
    code = segno.make(f"http://localhost{room.join}", error="m", micro=False)
    code.save(expected, kind="svg", border=2, dark="#000", light="#fff", omitsize=True, xmldecl=False)
    assert picture.data == expected.getvalue()


def test_a_phone_needs_less_than_60_kilobytes_in_all(app: Flask, room: Room) -> None:
    phone = Browser(app)
    page = phone.get(room.join)
    addresses = set(re.findall(r'(?:href|src)="(/[^"]+\.(?:css|js|svg)[^"]*)"', page.text))
    seen: dict[str, int] = {}
    while addresses:
        address = addresses.pop()
        body = phone.get(address).text
        seen[address.partition("?")[0]] = len(body.encode())
        base = address.rpartition("/")[0]
        found = re.findall(r'^import [^;]*"(\.?/[^"]+)";', body, re.MULTILINE)
        addresses |= {one if one.startswith("/") else f"{base}/{one[2:]}" for one in found} - seen.keys()
    assert {"/polls/static/join.js", "/polls/static/sender.js", "/doorward/static/live.js"} <= seen.keys()
    assert len(page.data) + sum(seen.values()) < 60_000, {"page": len(page.data), **seen}


def test_no_row_leads_to_a_person_or_an_address(app: Flask, olga: Browser) -> None:
    first, second = Room(olga), Room(olga)
    lena = signed_in(app, "Lena.Votes", address="198.51.100.77")
    for each in (first, second):
        lena.get(each.join)
        assert each.vote(lena, each.choice, "o1").status_code == 303
        assert each.vote(lena, each.short, "hello").status_code == 303
    cookie = lena.client.get_cookie(respondents.COOKIE)
    assert cookie is not None
    key = max(cookie.value.split(".")[:-1], key=len)  # the random value; the last part is the signature
    with app.extensions["doorward"].store.reading() as db:
        account = db.scalar(text("SELECT id FROM accounts WHERE name = 'Lena.Votes'"))
        tables = [*db.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'polls%'"))]
        stored = " ".join(repr(tuple(row)) for table in tables for row in db.execute(text(f"SELECT * FROM {table}")))
        pseudonyms = [
            set(db.scalars(text("SELECT respondent FROM polls_answers WHERE question_id = :q"), {"q": each.choice}))
            for each in (first, second)
        ]
        owners = set(db.scalars(text("SELECT owner_id FROM polls")))
        told = " ".join(map(repr, db.execute(text("SELECT * FROM journal WHERE event LIKE 'poll%'")).all()))
    assert set(tables) == {
        *("polls", "polls_questions", "polls_answers", "polls_tallies", "polls_words", "polls_seats", "polls_turnout"),
        *(
            "polls_scores",
            "polls_players",
            "polls_blocked",
            "polls_proposals",
            "polls_supports",
            "polls_pictures",
            "polls_suggestions",
        ),
    }
    assert account
    assert account not in owners | pseudonyms[0] | pseudonyms[1]
    assert len(key) >= 22
    for trace in ("198.51.100", "Lena", cookie.value, key):
        assert trace not in stored
        assert trace not in told
    assert len(pseudonyms[0] | pseudonyms[1]) == 2


def test_answers_have_no_time_and_lie_in_no_order_of_arrival(app: Flask) -> None:
    with app.extensions["doorward"].store.reading() as db:
        columns = [row[1] for row in db.execute(text("PRAGMA table_info(polls_answers)"))]
        made_by = db.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'polls_answers'"))
        choices = text("SELECT count(*) FROM polls_answers WHERE turn IS NOT NULL AND value LIKE '[%'")
        assert db.scalar(choices) == 0
    assert columns == ["question_id", "respondent", "value", "turn"]
    assert "WITHOUT ROWID" in made_by


def test_programs_read_polls_with_their_tallies(app: Flask, room: Room, sven: Browser) -> None:
    room.vote(room.phone(app), room.choice, "o1")
    listed = room.olga.get("/api/polls/").json
    assert listed is not None
    assert room.poll in [one["id"] for one in listed["polls"]]
    read = room.olga.get(f"/api/polls/{room.poll}").json
    assert read is not None
    assert read["tallies"][0]["counts"] == {"o1": 1, "o2": 0}
    assert sven.get(f"/api/polls/{room.poll}").status_code == 404
    assert sven.get("/api/polls/").json == {"polls": [], "next": None}


def test_only_the_apps_own_files_are_served(app: Flask) -> None:
    visitor = Browser(app)
    assert visitor.get("/polls/static/join.js").status_code == 200
    for name in ("views.py", "../models.py", "..%2fmodels.py", "nothing.js", "%2e%2e/models.py"):
        assert visitor.get(f"/polls/static/{name}").status_code == 404


def test_who_has_joined_may_listen_and_nobody_else(app: Flask, room: Room, sven: Browser) -> None:
    audience, screen = f"polls.audience:{room.poll}", f"polls.present:{room.poll}"
    phone = room.phone(app)
    assert may_listen(app, phone, audience)
    assert not may_listen(app, Browser(app), audience)
    assert not may_listen(app, phone, screen)
    assert may_listen(app, room.olga, screen)
    assert not may_listen(app, sven, screen)
    for odd in (
        "polls.audience:",
        "polls.audience:x",
        f"polls.audience:{10**30}",
        "polls.present:",
        "polls.present:-1",
        "polls.present:²",
    ):
        assert not may_listen(app, phone, odd)
        assert not may_listen(app, room.olga, odd)


def test_nobody_listens_to_a_poll_that_is_gone(app: Flask, room: Room) -> None:
    phone = room.phone(app)
    room.olga.post(f"{room.path}/deletion")
    assert not may_listen(app, phone, f"polls.audience:{room.poll}")
    assert not may_listen(app, room.olga, f"polls.present:{room.poll}")
    assert phone.get(f"{room.join}/state.json", headers=JSON).status_code == 404


def test_the_maker_is_told_when_no_phone_can_join_by_the_address(room: Room) -> None:
    assert "No phone can join by this address" in room.olga.get(room.path).text  # it is localhost here


@pytest.mark.parametrize(
    ("address", "only_here"),
    [
        ("http://127.0.0.1:8000/polls/join/X", True),
        ("http://localhost:8000/polls/join/X", True),
        ("https://[::1]:8000/polls/join/X", True),
        ("https://192.168.1.20:8000/polls/join/X", False),
        ("https://127.example.org/polls/join/X", False),
        ("https://polls.example.org/polls/join/X", False),
    ],
)
def test_an_address_that_leads_each_machine_to_itself_is_known(address: str, only_here: bool) -> None:
    assert views.addresses.only_here(address) is only_here


def test_a_rating_with_one_meaning_says_nothing_of_the_other_end(room: Room) -> None:
    room.add(kind="rating", title="How was it?", scale="5", low="Dull")
    rating = room.olga.get(f"{room.path}/present.json").json["questions"][-1]["id"]
    room.set_status(rating, "open")
    page = room.olga.get(f"/polls/join/{room.code}?question={rating}").text
    assert "<span>1: Dull</span><span>5: –</span>" in page


@pytest.mark.parametrize(
    ("address", "typed"),
    [
        ("http://127.0.0.1:8000/polls/join/X", "127.0.0.1:8000/polls/join"),
        ("https://polls.example.org/polls/join/X", "polls.example.org/polls/join"),
        ("https://192.168.1.20:8000/polls/join/X", "https://192.168.1.20:8000/polls/join"),
    ],
)
def test_the_big_screen_shows_what_to_type_so_that_a_browser_gets_there(address: str, typed: str) -> None:
    assert views.addresses.short_address(address) == typed
