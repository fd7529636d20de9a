"""Schemathesis reads `/api/openapi.json` and tries what it allows and what it forbids, through the real door.

Nothing may be a fault of the server, and no answer may be outside of the description: status, type, headers, body.
What the description forbids must be refused, and what it allows taken: of every app, by token and by session. The same
examples in every run.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.openapi.checks import RejectedPositiveData
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from doorward import Caller as Acting
from doorward import Doorward
from doorward.store.store import using
from doorward.testing import Browser, Clock, Program, add_token, signed_in
from doorward.testing import test_settings as settings_in
from doorward.web import gate
from doorward.web.checks import described
from doorward_suite.honors.actions import writing
from doorward_suite.portal import create_app
from tests.support.assessments import Assessment
from tests.support.consultations import Consultations

KINDS = (
    {"kind": "choice", "title": "Which?", "options": ["Nile", "Amazon"]},
    {"kind": "short", "title": "What?"},
)
SCOPES = (
    *("polls:read", "polls:write", "chat:read", "chat:write", "planning:read"),
    *("planning:manage", "planning:moderate", "planning:take-part"),
    *("evidence:read", "evidence:write", "evidence:manage"),
)
CHAT_BODIES = {
    "POST /api/chat/directs": {"names": ["ada"]},
    "POST /api/chat/{room_id}/messages": {"text": "Hello"},
    "PUT /api/chat/messages/{message_id}/reactions": {"emoji": "👍", "on": True},
}
CONFIG = {
    "generation": {"deterministic": True, "with-security-parameters": False, "database": "none"},
}
#: What no schema can say, so that it is refused though it is as described.
BEYOND_A_SCHEMA = (
    "The kind of a question cannot be changed.",
    "The smallest number is a number",
    "The largest number",
    "The most that may be selected is a number from 1 to",
    "Two options are the same.",
    "A file is not there any more, or is not yours.",
    "Say why, in a sentence or two.",
    "The standard knows no part of this requirement",
    "Write the day as",
    "This day is still to come.",
    "It cannot expire before it was collected.",
    "Choose somebody of the team who collects or reviews.",
    "What you wrote ",
    "The reason ",
    "This has characters that cannot be shown.",
    "The message ",
    "The name ",
    "The description ",
    "There is a public room of this name already.",
    "There is no account ",
    "There is no such catalogue here.",
    "Name ",
    "Choose an emoji.",
    "There is no “has:",
    "Write the day after ",
    "A right answer must be one of the options",
    "The right answer must be a number",
    "More answers are right than may be chosen.",
    "A timer runs from 5 seconds",
    "“",
    "Give 1 to 500 names",
    "questions[",
    "One of the descriptions has no picture.",
    "Say of each picture",
    "Say the day on which collecting begins.",
    "Choose a day of this century.",
    "Choose a category.",
    "Choose one of the questions.",
    "Choose a place on the ",
    "Choose the kind",
    "Your contribution ",
    "Your comment ",
    "The title ",
    "The summary ",
    "The question ",
    "What you write ",
    "A category ",
    "Discussing begins after the phase before it.",
    "Prioritising begins after the phase before it.",
    "Results begins after the phase before it.",
    "There is one of this name",
)
#: The same, anywhere in the sentence.
_IN_IT = ("is no number of this standard",)


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Iterator[Flask]:
    app = create_app()
    door: Doorward = app.extensions["doorward"]
    door.clock = clock
    door.start(settings_in(tmp_path_factory.mktemp("openapi")))
    yield app
    door.close()


@pytest.fixture(scope="module")
def olga(app: Flask) -> Browser:
    return signed_in(app, "olga", "admin")


@pytest.fixture(scope="module")
def program(app: Flask, olga: Browser) -> Program:
    return Program(app, add_token(app, "olga", *SCOPES, "account:read", life=None))


@pytest.fixture(scope="module")
def api_schema(app: Flask) -> Any:
    config = SchemathesisConfig.from_dict(CONFIG)
    return schemathesis.openapi.from_wsgi("/api/openapi.json", app, config=config)


class Room:
    """A poll, an assessment and a room that are always there, whatever was just tried on them."""

    def __init__(self, program: Program, ada: Browser, person: int, planning: Consultations) -> None:
        self.program = program
        self.person = person
        self.poll, self.questions, self.code = 0, [0, 0], ""
        self.gone, self.closed = 0, 0
        self.assessment = Assessment(program, ada, "olga")
        self.chat, self.said = 0, 0
        self.planning = planning

    def there(self) -> None:
        self.assessment.there()
        self.planning.there()
        self._chat_there()
        if self.poll and self._is_whole():
            return
        made = self.program.post("/api/polls/", {"name": "Rivers"}).json
        assert made is not None
        self.poll, self.code = made["id"], made["code"]
        path = f"/api/polls/{self.poll}/questions"
        self.questions = [self.program.post(path, kind).json["id"] for kind in KINDS]  # type: ignore[index]
        for number in self.questions:
            self.program.send("PUT", f"{path}/{number}/status", json={"status": "open"})

    def parameters(self, operation: Any) -> dict[str, Any]:
        """Of the path of an operation, those of this poll."""
        if operation.path.startswith("/api/evidence/"):
            return self.assessment.parameters(operation)
        if operation.path.startswith("/api/chat/"):
            mine = {"room_id": self.chat, "message_id": self.said, "number": 1}
            return {one.name: mine[one.name] for one in operation.path_parameters}
        if operation.path.startswith("/api/polls/{poll_id}/"):
            return self._of_polls(operation)
        if operation.path.startswith("/api/honors/"):
            return {one.name: self.person for one in operation.path_parameters}
        if operation.path.startswith("/api/planning/"):
            return self.planning.parameters(operation)
        known = {"poll_id": self.poll, "question_id": self.questions[0], "code": self.code}
        return {one.name: known[one.name] for one in operation.path_parameters}

    def _of_polls(self, operation: Any) -> dict[str, Any]:
        """Of what is done to polls: one on which it can be done."""
        known = {"poll_id": self.poll, "question_id": self.questions[0], "number": 1}
        last = operation.path.rpartition("/")[2]
        if last in ("restoration", "erasure"):
            if self.program.get(f"/api/polls/{self.gone}").status_code != 200:
                back = self.program.send("POST", f"/api/polls/{self.gone}/restoration").status_code == 200
                self.gone = self.gone if back else self._new_poll()
            self.program.send("DELETE", f"/api/polls/{self.gone}")
            known["poll_id"] = self.gone
        elif last == "revelation":
            known["question_id"] = self._quiz()
        elif "/roster" in operation.path or last == "voters":
            self.closed = self.closed or self._new_poll()
            path = f"/api/polls/{self.closed}"
            self.program.send("PUT", f"{path}/voters", json={"voters": "roster", "named": False})
            if not self.program.get(f"{path}/people").json["people"]:  # type: ignore[index]
                self.program.post(f"{path}/roster", {"names": ["Anne"]})
            known["poll_id"] = self.closed
        return {one.name: known[one.name] for one in operation.path_parameters}

    def _new_poll(self) -> int:
        made = self.program.post("/api/polls/", {"name": "Another"}).json
        assert made is not None
        return int(made["id"])

    def _quiz(self) -> int:
        """A question of the poll that has a right answer, open; what was revealed stays so."""
        path = f"/api/polls/{self.poll}/questions"
        for one in self.program.get(f"/api/polls/{self.poll}").json["questions"]:  # type: ignore[index]
            if one["quiz"]:
                return int(one["id"])
        quiz = self.program.post(path, {**KINDS[0], "right": ["Nile"]}).json["id"]  # type: ignore[index]
        self.program.send("PUT", f"{path}/{quiz}/status", json={"status": "open"})
        return int(quiz)

    def _chat_there(self) -> None:
        if not self.chat or self.program.get(f"/api/chat/{self.chat}").status_code != 200:  # it can be left
            self.said = 0
            made = self.program.post("/api/chat/", {"kind": "private", "name": "A room"}).json
            assert made is not None
            self.chat = made["id"]
        found = self.program.get(f"/api/chat/messages/{self.said}").json if self.said else None
        if not found or found["deleted"]:
            said = self.program.post(f"/api/chat/{self.chat}/messages", {"text": "Hello"}).json
            assert said is not None
            self.said = said["id"]

    def _is_whole(self) -> bool:
        found = self.program.get(f"/api/polls/{self.poll}")
        self.program.send("PUT", f"/api/polls/{self.poll}/archived", json={"archived": False})
        for number in self.questions:  # a timer may have run out
            self.program.send("PUT", f"/api/polls/{self.poll}/questions/{number}/status", json={"status": "open"})
        return found.status_code == 200 and {one["id"] for one in found.json["questions"]} >= {*self.questions}  # type: ignore[index]


@pytest.fixture(scope="module")
def room(app: Flask, program: Program, olga: Browser, clock: Clock) -> Room:
    ada = signed_in(app, "ada", "admin")
    return Room(program, ada, listed_person(app), Consultations(app, clock))


def listed_person(app: Flask) -> int:
    """Somebody on the roll of honor."""
    staff = Acting(account_id="edith", name="Edith", roles=frozenset({"honors-publisher"}))
    with using(app.extensions["doorward"].store):
        competition = str(writing.add(staff, "competitions", {"name": "Olympiad"}))
        edition = writing.add(staff, "editions", {"competition": competition, "year": "2025", "name": "2025"})
        writing.publish(staff, edition, published=True)
        medal = writing.add(staff, "medals", {"rank": "1", "name": "Gold"})
        person = writing.add(staff, "people", {"full_name": "Ada"})
        writing.add_award(staff, "people", person, {"edition": str(edition), "medal": str(medal)})
        writing.set_consent(staff, person, "full")
    return person


BOUNDED = settings(
    max_examples=5,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[*HealthCheck],
)


class Caller:
    """Sends cases as somebody, and keeps what was answered and what was wrong with it."""

    def __init__(self, clock: Clock, *, without: tuple[Any, ...] = (), **sent: dict[str, str]) -> None:
        self.clock = clock
        self.without = [*without]
        self.sent = sent
        self.answered: dict[str, Counter[int]] = {}
        self.wrong: list[str] = []

    def attempt(self, case: Any) -> None:
        self.clock.forward(seconds=31)  # past every limit, which would hide the rest
        answer = case.call(**self.sent)
        counted = self.answered.setdefault(case.operation.label, Counter())
        if case.method == case.operation.method.upper():  # and not a method that is tried though it is not there
            counted[answer.status_code] += 1
        try:
            case.validate_response(answer, headers=self.sent.get("headers"), excluded_checks=self.without)
        except FailureGroup as failed:
            found = [one for one in failed.exceptions if not _is_beyond_a_schema(one, answer)]
            self.wrong += [f"{case.operation.label}: {one}" for one in found]

    def never(self, *statuses: int) -> list[str]:
        """The operations that never gave one of these."""
        return [label for label, given in self.answered.items() if not given.keys() & {*statuses}]


def _is_beyond_a_schema(failure: Any, answer: Any) -> bool:
    if not isinstance(failure, RejectedPositiveData) or answer.status_code != 422:
        return False
    said = answer.json()["error"]["fields"].values()
    return all(text.startswith(BEYOND_A_SCHEMA) or any(one in text for one in _IN_IT) for text in said)


def test_a_program_gets_no_answer_outside_of_the_description(
    api_schema: Any, program: Program, room: Room, clock: Clock
) -> None:
    caller = Caller(clock, headers={"Authorization": f"Bearer {program.token}"})
    for case in _all(api_schema, room):
        caller.attempt(case)
    assert caller.wrong == []
    assert {*caller.answered, "GET /api/openapi.json"} == _labels(program.get("/api/openapi.json").json)
    # What is described was reached everywhere; only a vote is for browsers. Olga, whose program it is, takes part too.
    assert caller.never(200, 201, 202, 204) == ["POST /api/polls/join/{code}/votes"]
    assert caller.never(400, 404, 422) == []


def test_a_session_gets_no_answer_outside_of_the_description(
    api_schema: Any, app: Flask, program: Program, room: Room, clock: Clock
) -> None:
    wrong: list[str] = []
    answered: dict[str, Counter[int]] = {}
    for found in api_schema.get_all_operations():
        room.there()
        caller = _in_a_session(app, room, clock)  # a new one for each: by the end days have passed
        for case in _every(api_schema, found.ok(), room):
            caller.attempt(case)
        wrong += caller.wrong
        answered |= caller.answered
    assert wrong == []
    assert {*answered, "GET /api/openapi.json"} == _labels(program.get("/api/openapi.json").json)
    assert [label for label, given in answered.items() if not given.keys() & {200, 201, 202, 204}] == []
    assert [label for label, given in answered.items() if not given.keys() & {400, 404, 422}] == []


def test_a_session_without_its_token_changes_nothing(api_schema: Any, app: Flask, room: Room, clock: Clock) -> None:
    """What is refused here is taken with the token: the test above shows it for each of these."""
    room.there()
    caller = _in_a_session(app, room, clock)
    caller.sent["headers"] = {}
    tried = []
    for found in api_schema.get_all_operations():
        operation = found.ok()
        if operation.method.upper() != "GET":
            cases = _drawn(operation.as_strategy(path_parameters=room.parameters(operation)))[:1]
            for case in cases:
                caller.attempt(case)
                tried.append(operation.label)
    assert caller.wrong == []
    assert {*tried} == {label for label in _labels(room.program.get("/api/openapi.json").json) if label[:4] != "GET "}
    assert {status for given in caller.answered.values() for status in given} == {403}


def test_what_one_request_makes_the_next_finds_changes_and_no_longer_finds_when_it_is_deleted(
    api_schema: Any, program: Program, clock: Clock
) -> None:
    """Chains of requests: Schemathesis takes numbers from answers, and asks for what was deleted."""
    headers = {"Authorization": f"Bearer {program.token}"}
    answered: Counter[tuple[str, int]] = Counter()

    # Chance would seldom find its way among more: of chat, a deleted message stays to be seen.
    put_by = "whole|templates|copies|archived|restoration|erasure|place|timer|revelation|voters|people|roster"
    of_polls = api_schema.include(path_regex=rf"^/api/(polls|evidence)/(?!.*/({put_by}))")

    class Chain(of_polls.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            clock.forward(seconds=31)
            return {"headers": headers}

        def before_call(self, case: Any) -> None:
            # Chance has no pictures to send, and seldom as many options as it needs.
            if case.operation.label == "POST /api/polls/{poll_id}/questions" and case.meta.generation.mode.is_positive:
                case.body = dict(KINDS[len(answered) % len(KINDS)])

        def validate_response(self, response: Any, case: Any, *_more: Any, **_sent: Any) -> None:
            answered[case.operation.label, response.status_code] += 1
            # The token would go along when it is tried whether one gets in without; see the first test for that.
            without = [ignored_auth, positive_data_acceptance]
            case.validate_response(response, excluded_checks=without, recorder=self.recorder)

    Chain.run(settings=settings(BOUNDED, max_examples=40, stateful_step_count=8))
    assert answered["PATCH /api/polls/{poll_id}", 200]
    assert answered["POST /api/polls/{poll_id}/questions", 201]
    assert answered["DELETE /api/polls/{poll_id}", 204]


def test_the_same_run_finds_what_a_missing_check_lets_through(
    api_schema: Any, program: Program, room: Room, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = tuple(check for check in gate.ORDER if check is not described.check)
    assert len(without) < len(gate.ORDER)
    monkeypatch.setattr(gate, "ORDER", without)
    caller = Caller(clock, headers={"Authorization": f"Bearer {program.token}"})
    operation = api_schema["/api/polls/"]["GET"]
    for case in _every(api_schema, operation, room):
        caller.attempt(case)
    assert any("rejected" in one.lower() or "negative" in one.lower() for one in caller.wrong), caller.wrong


def _labels(document: Any) -> set[str]:
    return {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}


def _in_a_session(app: Flask, room: Room, clock: Clock) -> Caller:
    """Olga in a browser that has just signed in, and joined the poll."""
    clock.forward(minutes=10)
    olga = signed_in(app, "olga", "admin")
    olga.get(f"/polls/join/{room.code}")
    cookies = {name: olga.client.get_cookie(name).value for name in ("doorward", "polls")}  # type: ignore[union-attr]
    # Schemathesis cannot take cookies away again that it was handed; programs and the tests of sessions show that.
    return Caller(clock, without=(ignored_auth,), headers={"X-CSRF-Token": olga.token}, cookies=cookies)


def _all(schema: Any, room: Room) -> Iterator[Any]:
    for found in schema.get_all_operations():
        yield from _every(schema, found.ok(), room)


def _every(schema: Any, operation: Any, room: Room) -> Iterator[Any]:
    """What systematically covers the description, and then what chance makes; on what is there, and elsewhere."""
    config = schema.config.generation_for(operation=operation)
    yield from schema.iter_coverage_cases(operation, generation_modes=[*GenerationMode], generation_config=config)
    for mode in GenerationMode:
        yield from _drawn(operation.as_strategy(generation_mode=mode))
        if operation.path_parameters:
            yield from _on_what_is_there(operation, room, generation_mode=mode)
    if operation.path.startswith("/api/evidence/"):
        for body in room.assessment.bodies(operation):
            yield from _on_what_is_there(operation, room, body=body)
    if operation.path.startswith("/api/planning/"):
        room.there()
        for body in room.planning.bodies(operation):
            yield from _on_what_is_there(operation, room, body=body)
    if operation.label in CHAT_BODIES:  # chance finds neither names of people nor emoji
        yield from _on_what_is_there(operation, room, body=CHAT_BODIES[operation.label])
    if operation.path.endswith("/votes"):  # chance does not find which questions there are
        room.there()
        yield from _on_what_is_there(operation, room, body={"question": room.questions[0], "answer": ["o1"]})


def _on_what_is_there(operation: Any, room: Room, **given: Any) -> Iterator[Any]:
    room.there()
    for case in _drawn(operation.as_strategy(path_parameters=room.parameters(operation), **given)):
        if operation.method.upper() != "GET":  # the one before may have deleted it
            room.there()
        case.path_parameters.update(room.parameters(operation))
        yield case


def _drawn(strategy: Any) -> list[Any]:
    """The same cases in every run; none where nothing can be wrong."""
    found: list[Any] = []

    @BOUNDED
    @given(strategy)
    def keep(case: Any) -> None:
        found.append(case)

    with contextlib.suppress(Unsatisfiable):
        keep()
    return found
