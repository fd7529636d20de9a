"""Who votes: everybody, people with a code, people with an account; each once, and nobody sees what, unless told so."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context

import pytest
from flask import Flask
from sqlalchemy import text

from doorward import Caller, Conflict, Forbidden, Invalid, NotFound
from doorward.core.streams import ENVIRON_KEY, NullPublisher, StreamRequest
from doorward.store.store import Store
from doorward.testing import Browser, door_of, signed_in
from doorward_suite.polls import LEAVING, access, actions
from doorward_suite.polls.kinds import CHOICE, Draft
from doorward_suite.polls.models import Poll
from doorward_suite.polls.respondents import Coming, Respondent
from doorward_suite.polls.seats import MOST_AT_ONCE, code_hash, has_voted, open_name, with_vote

from .rooms import JSON, Room, may_listen
from .rooms import app as app
from .rooms import clock as clock
from .rooms import olga as olga
from .rooms import sven as sven

CODE = re.compile(r"<strong>([A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4})</strong>")


@pytest.fixture
def room(olga: Browser) -> Room:
    return closed_room(olga, "roster")


def closed_room(olga: Browser, voters: str, **more: str) -> Room:
    """A poll where not everybody votes."""
    room = Room(olga)
    for question in (room.choice, room.short):
        room.set_status(question, "closed")
    assert olga.post(f"{room.path}/voters", {"voters": voters, **more}).status_code == 303
    for question in (room.choice, room.short):
        room.set_status(question, "open")
    return room


def codes_for(room: Room, *names: str) -> list[str]:
    """Put people on the roster, and read their codes from the sheet."""
    sheet = room.olga.post(f"{room.path}/roster", {"names": "\n".join(names)})
    assert sheet.status_code == 200
    codes = CODE.findall(sheet.text)
    assert len(codes) == len(names)
    return codes


def come_in(app: Flask, room: Room, code: str) -> Browser:
    phone = Browser(app)
    phone.get(room.join)
    assert phone.post(f"{room.join}/seat", {"seat": code}).status_code == 303
    assert phone.get(room.join).status_code == 200
    return phone


def test_a_code_brings_one_person_in_and_their_vote_counts_once(app: Flask, room: Room) -> None:
    anne, bert = codes_for(room, "Anne", "Bert")
    phone = come_in(app, room, anne.lower().replace("-", " "))
    assert "Which is longest?" in phone.get(f"{room.join}?question={room.choice}").text
    for answer in ("o1", "o2", "o2"):
        assert room.vote(phone, room.choice, answer, headers=JSON).status_code == 200
    assert room.tally(room.choice)["counts"] == {"o1": 0, "o2": 1}
    assert room.vote(come_in(app, room, bert), room.choice, "o2").status_code == 303
    assert room.tally(room.choice)["respondents"] == 2


def test_who_has_no_code_neither_sees_nor_hears_nor_answers_a_question(app: Flask, room: Room) -> None:
    [code] = codes_for(room, "Anne")
    stranger = Browser(app)
    page = stranger.get(room.join)
    assert page.status_code == 200
    assert "Type the code that you were given" in page.text
    assert "Which is longest?" not in page.text
    for path in (f"{room.join}/state.json", f"/api/polls/join/{room.code}"):
        assert stranger.get(path, headers=JSON).status_code == 403
    open_poll = Room(room.olga)
    stranger.get(open_poll.join)  # has the cookie of another poll now
    refused = room.vote(stranger, room.choice, "o1", headers=JSON)
    assert refused.status_code == 403
    body = {"question": room.choice, "answer": ["o1"]}
    assert stranger.post_json(f"/api/polls/join/{room.code}/votes", body).status_code == 403
    assert not may_listen(app, stranger, f"polls.audience:{room.poll}")
    assert room.tally(room.choice)["respondents"] == 0
    phone = come_in(app, room, code)  # what was refused is there
    assert "Which is longest?" in phone.get(f"{room.join}?question={room.choice}").text
    assert may_listen(app, phone, f"polls.audience:{room.poll}")
    assert phone.post_json(f"/api/polls/join/{room.code}/votes", body).status_code == 200


def test_a_code_works_once_and_in_its_own_poll_only(app: Flask, room: Room, olga: Browser) -> None:
    [code] = codes_for(room, "Anne")
    other = closed_room(olga, "roster")
    codes_for(other, "Anne")
    come_in(app, room, code)
    for path, typed, said in (
        (room.join, code, "come in with this code already"),
        (other.join, code, "not one of this poll"),
        (room.join, "AAAA-BBBB-CCCC", "not one of this poll"),
        (room.join, "<b>", "not one of this poll"),
        (room.join, "", "not one of this poll"),
    ):
        thief = Browser(app)
        thief.get(path)
        refused = thief.post(f"{path}/seat", {"seat": typed})
        assert refused.status_code == 422
        assert said in refused.text
        assert not may_listen(app, thief, f"polls.audience:{room.poll}")
    assert olga.get(f"{room.path}/voters").text.count("not in yet") == 0


def test_a_new_code_puts_the_old_phone_out_and_gives_no_second_vote(app: Flask, room: Room) -> None:
    [code] = codes_for(room, "Anne")
    lost = come_in(app, room, code)
    room.vote(lost, room.choice, "o1")
    [fresh] = CODE.findall(room.olga.post(f"{room.path}/roster/1/code").text)
    assert fresh != code
    assert room.vote(lost, room.short, "from the old phone", headers=JSON).status_code == 403
    assert "no longer works" in lost.get(room.join).text
    found = come_in(app, room, fresh)
    again = room.vote(found, room.choice, "o2", headers=JSON)
    assert again.status_code == 409
    assert "It counts" in again.json["error"]["message"]
    assert room.tally(room.choice)["counts"] == {"o1": 1, "o2": 0}
    assert room.vote(found, room.short, "from the new phone", headers=JSON).status_code == 200


def test_a_revoked_person_votes_no_more(app: Flask, room: Room) -> None:
    inside, outside = codes_for(room, "Anne", "Bert")
    phone = come_in(app, room, inside)
    for number in (1, 2):
        assert room.olga.post(f"{room.path}/roster/{number}/revocation").status_code == 303
    assert room.vote(phone, room.choice, "o1", headers=JSON).status_code == 403
    late = Browser(app)
    late.get(room.join)
    assert late.post(f"{room.join}/seat", {"seat": outside}).status_code == 422
    assert room.tally(room.choice)["respondents"] == 0


class Hub(NullPublisher):
    """Opens streams, and knows which of them a cut concerns."""

    def __init__(self) -> None:
        self.streams: list[StreamRequest] = []

    def open(self, request: StreamRequest) -> None:
        self.streams.append(request)

    def cut_topic(self, topic: str, account_id: str | None = None, *, mark: str | None = None) -> None:
        self.streams = [
            one
            for one in self.streams
            if topic not in one.topics
            or (account_id is not None and account_id != one.account_id)
            or (mark is not None and mark != one.marks.get(topic))
        ]

    def heard_by(self, browser: Browser, room: Room) -> StreamRequest:
        """The stream that a phone opens."""
        topic = f"polls.audience:{room.poll}"
        opened = browser.get("/live", query_string={"topic": topic}, environ_overrides={ENVIRON_KEY: self})
        assert opened.status_code == 200
        return self.streams[-1]


@pytest.fixture
def hub(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Hub:
    hub = Hub()
    monkeypatch.setattr(door_of(app).store, "publisher", hub)
    return hub


@pytest.mark.parametrize("ends", ["revocation", "code"])
def test_the_stream_of_a_seat_ends_with_it_and_no_other_does(app: Flask, room: Room, hub: Hub, ends: str) -> None:
    phones = [come_in(app, room, code) for code in codes_for(room, "Anne", "Bert")]
    anne, bert = (hub.heard_by(phone, room) for phone in phones)
    assert room.olga.post(f"{room.path}/roster/2/{ends}").status_code in (200, 303)
    assert hub.streams == [anne]
    assert bert.marks == {f"polls.audience:{room.poll}": "2"}
    refused = phones[1].get(
        "/live", query_string={"topic": f"polls.audience:{room.poll}"}, environ_overrides={ENVIRON_KEY: hub}
    )
    assert refused.status_code == 404


def test_the_stream_of_an_account_ends_with_its_seat(app: Flask, olga: Browser, sven: Browser, hub: Hub) -> None:
    room = closed_room(olga, "accounts")
    lena = signed_in(app, "Lena.Listens")
    for voter in (sven, lena):
        voter.get(room.join)
        assert room.vote(voter, room.choice, "o1").status_code == 303
    streams = [hub.heard_by(voter, room) for voter in (sven, lena)]
    assert olga.post(f"{room.path}/roster/1/revocation").status_code == 303
    assert hub.streams == streams[1:]


def test_a_second_code_in_one_browser_is_a_second_person_not_a_second_answer(app: Flask, room: Room) -> None:
    anne, bert = codes_for(room, "Anne", "Bert")
    phone = come_in(app, room, anne)
    room.vote(phone, room.choice, "o1")
    phone.post(f"{room.join}/seat", {"seat": bert})
    room.vote(phone, room.choice, "o2")
    assert room.tally(room.choice)["counts"] == {"o1": 1, "o2": 1}


def test_the_presenter_sees_who_voted_and_the_phone_is_told_that_it_is_not_what(app: Flask, room: Room) -> None:
    anne, _ = codes_for(room, "Anne", "Bert")
    phone = come_in(app, room, anne)
    room.vote(phone, room.choice, "o2")
    people = room.olga.get(f"{room.path}/voters?question={room.choice}").text
    rows = re.findall(r"<tr>.*?</tr>", people, re.DOTALL)
    assert [("Anne" in row, ">yes<" in row) for row in rows[1:]] == [(True, True), (False, False)]
    assert "Amazon" not in people
    assert "sees that you voted, and not what" in phone.get(room.join).text


def test_in_a_named_poll_both_sides_are_told_and_the_presenter_sees_what(app: Flask, olga: Browser) -> None:
    room = closed_room(olga, "roster", named="1")
    anne, _ = codes_for(room, "Anne", "Bert")
    phone = come_in(app, room, anne)
    assert "kept with your name" in phone.get(room.join).text
    room.vote(phone, room.choice, "o2")
    people = room.olga.get(f"{room.path}/voters?question={room.choice}").text
    assert re.search(r"Anne.*?Amazon", people, re.DOTALL)
    [fresh] = CODE.findall(room.olga.post(f"{room.path}/roster/1/code").text)
    assert room.vote(come_in(app, room, fresh), room.choice, "o1", headers=JSON).status_code == 200  # it is known whose
    assert room.tally(room.choice)["counts"] == {"o1": 1, "o2": 0}


def test_an_account_votes_once_from_however_many_browsers(app: Flask, olga: Browser) -> None:
    room = closed_room(olga, "accounts")
    visitor = Browser(app)
    page = visitor.get(room.join)
    assert "Sign in to take part" in page.text
    assert "Which is longest?" not in page.text
    anonymous = Room(olga).phone(app)
    assert room.vote(anonymous, room.choice, "o1", headers=JSON).status_code == 403
    first, second = signed_in(app, "Lena"), signed_in(app, "Lena")
    for browser in (first, second):
        assert "Each account has one vote" in browser.get(room.join).text
    assert room.vote(first, room.choice, "o1", headers=JSON).status_code == 200
    assert room.vote(first, room.choice, "o2", headers=JSON).status_code == 200
    assert room.vote(second, room.choice, "o1", headers=JSON).status_code == 409
    assert room.tally(room.choice)["counts"] == {"o1": 0, "o2": 1}
    assert "Lena" in olga.get(f"{room.path}/voters").text


def test_who_votes_is_not_changed_under_people_who_have_answered(app: Flask, olga: Browser) -> None:
    room = closed_room(olga, "roster")
    [code] = codes_for(room, "Anne")
    room.vote(come_in(app, room, code), room.choice, "o1")
    for question in (room.choice, room.short):
        room.set_status(question, "closed")
    refused = olga.post(f"{room.path}/voters", {"voters": "roster", "named": "1"})
    assert refused.status_code == 409
    assert "clear their answers" in refused.text
    olga.post(f"{room.path}/questions/{room.choice}/clearing")
    assert olga.post(f"{room.path}/voters", {"voters": "roster", "named": "1"}).status_code == 303


@pytest.mark.parametrize("names", ["", " \n ", "x" * 81, "bell\x07", "\n".join(["n"] * (MOST_AT_ONCE + 1))])
def test_a_roster_of_nobody_or_of_no_names_is_refused(room: Room, names: str) -> None:
    assert room.olga.post(f"{room.path}/roster", {"names": names}).status_code == 422
    assert "Nobody yet" in room.olga.get(f"{room.path}/voters").text


@pytest.mark.parametrize("path", ["/roster/1/code", "/roster/1/revocation"])
def test_nobody_else_touches_a_roster(app: Flask, room: Room, sven: Browser, path: str) -> None:
    codes_for(room, "Anne")
    assert sven.post(room.path + path).status_code == 404
    assert Browser(app).post(room.path + path).status_code == 401
    assert room.olga.post(f"{room.path}/roster/2/code").status_code == 404
    assert room.olga.post(room.path + path).status_code in (200, 303)


def test_a_poll_of_everybody_takes_no_code(app: Flask, olga: Browser) -> None:
    room = Room(olga)
    assert room.phone(app).post(f"{room.join}/seat", {"seat": "AAAA-BBBB-CCCC"}).status_code == 409
    assert olga.post(f"{room.path}/roster", {"names": "Anne"}).status_code == 409


def test_codes_are_stored_as_what_cannot_be_read_back(app: Flask, room: Room) -> None:
    [code] = codes_for(room, "Anne")
    plain = code.replace("-", "")
    come_in(app, room, code)
    with app.extensions["doorward"].store.reading() as db:
        tables = [*db.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'"))]
        stored = " ".join(repr(tuple(row)) for table in tables for row in db.execute(text(f'SELECT * FROM "{table}"')))
        taken = db.execute(text("SELECT * FROM journal WHERE event = 'poll.seat_taken'")).mappings().all()
    assert {(one["who_name"], one["address"]) for one in taken} == {("(holder of a code)", "")}
    assert "Anne" in stored
    assert code not in stored
    assert plain not in stored


def test_seats_go_with_the_poll_and_lose_the_name_of_an_account_that_leaves(app: Flask, olga: Browser) -> None:
    room, other = closed_room(olga, "accounts"), closed_room(olga, "roster")
    mona = signed_in(app, "Mona")
    mona.get(room.join)
    room.vote(mona, room.choice, "o1")
    codes_for(other, "Anne Erased")
    store = app.extensions["doorward"].store
    with store.reading() as db:
        account = db.scalar(text("SELECT id FROM accounts WHERE name = 'Mona'"))
        assert dict(LEAVING.export(db, account))["votes"] == {"seats": [{"poll": room.poll, "name": "Mona"}]}
    with store.transaction() as tx:
        LEAVING.hard(tx, account)
    olga.post(f"{other.path}/deletion")
    olga.post(f"{other.path}/erasure")
    with store.reading() as db:
        stored = repr(db.execute(text("SELECT * FROM polls_seats")).all())
    assert "Mona" not in stored
    assert account not in stored
    assert "Anne Erased" not in stored
    assert room.tally(room.choice)["respondents"] == 1


class Closed:
    """A poll by roster, at the level of actions."""

    def __init__(self, owner: Caller, names: str = "Anne\nBert\nCarl", named: bool = False) -> None:
        self.poll, self.named = actions.create_poll(owner, "Board"), named
        self.question = actions.add_question(owner, self.poll, Draft(CHOICE, "Who leads?", "Xenia\nYves"))
        actions.set_voters(owner, self.poll, "roster", named)
        actions.open_question(owner, self.poll, self.question)
        self.slips = actions.add_people(owner, self.poll, names)

    def take(self, place: int) -> Coming:
        claim = actions.take_seat(self.poll, self.slips[place].code)
        return Coming(Respondent(f"key of {place}", (self.poll,), {self.poll: claim}))

    def vote(self, coming: Coming, answer: str) -> None:
        poll = Poll(id=self.poll, voters="roster", named=self.named)
        actions.vote(self.poll, self.question, access.name_on_ballot(poll, coming), [answer], coming)


def test_one_seat_votes_once_however_many_requests_race(store: Store, owner: Caller, plain_hash) -> None:
    closed = Closed(owner)
    claim = actions.take_seat(closed.poll, closed.slips[0].code)

    def vote(number: int) -> None:
        # Sixteen browsers with a seat of their own making: each brings another random value.
        coming = Coming(Respondent(f"key {number}", (closed.poll,), {closed.poll: claim}))
        with suppress(Conflict):
            closed.vote(coming, f"o{number % 2 + 1}")

    contexts = [copy_context() for _ in range(16)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: contexts[number].run(vote, number), range(16)))
    with store.reading() as db:
        count = text("SELECT count(*) FROM polls_answers WHERE question_id = :q")
        assert db.scalar(count, {"q": closed.question}) == 1


def test_a_code_that_sixteen_bring_at_once_lets_one_in(store: Store, owner: Caller, plain_hash) -> None:
    closed = Closed(owner)

    def take(number: int) -> bool:
        try:
            closed.take(0)
        except Invalid:
            return False
        return True

    contexts = [copy_context() for _ in range(16)]
    with ThreadPoolExecutor(16) as pool:
        came = list(pool.map(lambda number: contexts[number].run(take, number), range(16)))
    assert sum(came) == 1


def test_nothing_stored_joins_an_answer_to_a_seat(store: Store, owner: Caller, plain_hash) -> None:
    closed = Closed(owner)
    for place in (2, 0, 1):
        closed.vote(closed.take(place), "o1")
    with store.reading() as db:
        answers = db.execute(text("SELECT * FROM polls_answers WHERE question_id = :q"), {"q": closed.question})
        names = {row.respondent for row in answers.all()}
        turnout = db.execute(text("SELECT seats FROM polls_turnout WHERE question_id = :q"), {"q": closed.question})
        [bits] = turnout.scalars()  # one value for all who voted
        seats = db.execute(text("SELECT * FROM polls_seats WHERE poll_id = :p"), {"p": closed.poll}).all()
        if not store.is_sqlite:  # the number of the transaction that wrote a row would join the two as well
            wrote = text("SELECT xmin::text FROM polls_answers WHERE question_id = :q")
            marked = text("SELECT xmin::text FROM polls_turnout WHERE question_id = :q")
            written = set(db.scalars(wrote, {"q": closed.question}))
            assert len(written) == 3
            assert len(written & set(db.scalars(marked, {"q": closed.question}))) <= 1
    assert [has_voted(bits, number) for number in (0, 1, 2, 3, 4, 99)] == [False, True, True, True, False, False]
    known = {value for row in seats for value in row}
    derived = {open_name(closed.poll, f"seat:{number}") for number in range(5)} | {row.code_hash for row in seats}
    assert len(names) == 3
    assert not names & (known | derived)
    assert {row.taken for row in seats} == {True}


def test_a_named_poll_keeps_answers_under_the_seat(store: Store, owner: Caller, plain_hash) -> None:
    closed = Closed(owner, named=True)
    closed.vote(closed.take(1), "o2")
    with store.reading() as db:
        names = text("SELECT respondent FROM polls_answers WHERE question_id = :q")
        assert [*db.scalars(names, {"q": closed.question})] == [open_name(closed.poll, "seat:2")]


def test_without_a_seat_an_action_votes_for_nobody(store: Store, owner: Caller, plain_hash) -> None:
    closed = Closed(owner)
    with pytest.raises(Forbidden):
        closed.vote(Coming(Respondent("x")), "o1")
    with pytest.raises(Conflict):
        actions.vote(closed.poll, closed.question, "a" * 64, ["o1"])
    with pytest.raises(NotFound):
        actions.vote(10**12, closed.question, "a" * 64, ["o1"], Coming(Respondent("x")))
    assert code_hash(closed.poll, "A") != code_hash(closed.poll + 1, "A")


def test_marks_of_seats_are_bits_that_stay() -> None:
    bits = b""
    for number in (9, 1, 4096, 9):
        bits = with_vote(bits, number)
    assert [number for number in range(5000) if has_voted(bits, number)] == [1, 9, 4096]
