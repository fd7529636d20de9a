"""The API of evidence, on both databases: the same rights as on the pages, by tokens and by sessions."""

from __future__ import annotations

import io
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from doorward import Doorward
from doorward.testing import Clock, Program, add_token, door_of, run_jobs
from doorward.testing import test_settings as settings_in
from doorward_suite.evidence import SCOPES
from doorward_suite.portal import create_app
from tests.support.doors import last_entry

from .rooms import Room

TEXT = b"Who may use the system: Ada, Lea.\n"
ONE, TWO = "3.1.1[a]", "3.1.1[b]"


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, database: str, clock: Clock) -> Iterator[Flask]:
    app = create_app(["evidence"])
    door: Doorward = app.extensions["doorward"]
    door.clock = clock
    door.start(settings_in(tmp_path_factory.mktemp("api"), database_url=database))
    yield app
    door.close()


@pytest.fixture(scope="module")
def room(app: Flask) -> Room:
    return Room(app)


class Team:
    """Everybody of the room as a program, with tokens of both scopes, and some whose tokens reach less far."""

    def __init__(self, room: Room) -> None:
        self.path = f"/api/evidence/{room.number}"
        self.number = room.number
        self.app = room.app
        both = tuple(SCOPES)
        self.ada, self.lea, self.cleo, self.rosa, self.vera, self.sven = (
            Program(room.app, add_token(room.app, name, *both, life=None))
            for name in ("Ada", "Lea", "Cleo", "Rosa", "Vera", "Sven")
        )
        self.reads = Program(room.app, add_token(room.app, "Lea", "evidence:read", life=None))
        self.writes = Program(room.app, add_token(room.app, "Lea", "evidence:write", life=None))
        self.elsewhere = Program(room.app, add_token(room.app, "Lea", "account:read", life=None))
        self.assessor = Program(room.app, room.guest()[1])

    def brought(self, by: Program, content: bytes = TEXT, name: str = "users.txt") -> str:
        """The id of a file that came as a form."""
        answer = files(self.path, by, content, name)
        assert answer.status_code == 201, answer.json
        return str(answer.json["files"][0])  # type: ignore[index]

    def added(self, by: Program, *objectives: str, content: bytes = TEXT) -> int:
        """The number of a new piece of evidence."""
        body = {"files": [self.brought(by, content)], "objectives": [*objectives], "how": "export"}
        answer = by.post(f"{self.path}/items", body)
        assert answer.status_code == 201, answer.json
        return int(answer.json["evidence"][0])  # type: ignore[index]

    def objective(self, one: str = ONE) -> Any:
        return self.reads.get(f"{self.path}/objectives/{one}").json


def files(path: str, by: Program, content: bytes = TEXT, name: str = "users.txt") -> TestResponse:
    form = {"file": (io.BytesIO(content), name)}
    return by.send("POST", f"{path}/files", data=form, content_type="multipart/form-data")


@pytest.fixture(scope="module")
def team(room: Room) -> Team:
    return Team(room)


@pytest.fixture(autouse=True)
def _another_hour(clock: Clock) -> None:
    clock.forward(hours=1)


# Who must not.


def changes(team: Team) -> dict[str, tuple[str, str, Any, set[str]]]:
    """Every change: method, address, body, and the roles that may. What each needs is there."""
    number = team.added(team.cleo, TWO)
    gone = team.added(team.cleo)
    team.lea.post(f"{team.path}/items/{gone}/deletion", {"reason": "A trial."})
    theirs, mine = f"items/{number}", {"cleo", "lea"}
    cleo = next(one["id"] for one in team.lea.get(f"{team.path}/people").json["people"] if one["name"] == "Cleo")  # type: ignore[index]
    return {
        "comment": ("POST", f"objectives/{ONE}/comments", {"text": "A word."}, {"cleo", "rosa", "lea"}),
        "step": ("POST", f"objectives/{TWO}/steps", {"step": "hand_in"}, mine),
        "assign": ("POST", "assignments", {"objectives": [ONE], "assignee": cleo}, {"lea"}),
        "link": ("POST", f"{theirs}/links", {"objectives": ["3.1.2[a]"]}, mine),
        "unlink": ("DELETE", f"{theirs}/links/3.1.2[a]", None, mine),
        "check": ("POST", f"{theirs}/checks", None, {"cleo", "rosa", "lea"}),
        "restore": ("POST", f"items/{gone}/restoration", None, {"lea"}),
        "delete": ("POST", f"items/{team.added(team.lea)}/deletion", {"reason": "Not needed."}, {"lea"}),
    }


@pytest.mark.parametrize("what", ["comment", "step", "assign", "link", "unlink", "check", "restore", "delete"])
def test_what_a_role_is_not_enough_for_is_refused_and_was_there(team: Team, what: str) -> None:
    method, where, body, may = changes(team)[what]
    members = {name: getattr(team, name) for name in ("vera", "rosa", "cleo", "lea")}
    refused: dict[str, tuple[Program, int]] = {
        "no token": (Program(team.app, "dw_nothing"), 401),
        "a stranger": (team.sven, 404),
        "an administrator without a place": (team.ada, 404),
        "a guest": (team.assessor, 403),
        "a token that reads": (team.reads, 403),
        "a token for something else": (team.elsewhere, 403),
        **{name: (one, 403) for name, one in members.items() if name not in may},
    }
    for name, (program, status) in refused.items():
        answer = program.send(method, f"{team.path}/{where}", json=body)
        assert answer.status_code == status, (what, name, answer.json)
        assert answer.json["error"]["code"]  # type: ignore[index]
    rightful = members[sorted(may)[0]] if what != "step" else team.cleo
    answer = rightful.send(method, f"{team.path}/{where}", json=body)
    assert answer.status_code in (200, 201, 204), answer.json


def test_who_does_not_collect_brings_no_file_and_makes_no_evidence_of_one(team: Team) -> None:
    refused = ((team.vera, 403), (team.rosa, 403), (team.assessor, 403), (team.reads, 403), (team.sven, 404))
    sent = team.brought(team.cleo)
    offer = {"intake": "evidence.file", "about": f"assessment:{team.number}", "name": "a.txt", "size": 3}
    for program, status in refused:
        assert files(team.path, program).status_code == status
        assert program.post("/files", offer).status_code == status
        assert program.post(f"{team.path}/items", {"files": [sent]}).status_code == status
    # A colleague who collects does not take what somebody else has sent.
    assert team.lea.post(f"{team.path}/items", {"files": [sent]}).status_code == 422
    assert team.cleo.post("/files", offer).status_code == 201
    assert team.cleo.post(f"{team.path}/items", {"files": [sent]}).status_code == 201


READS = ("", "families/AC", "requirements/3.1.1", "objectives", f"objectives/{ONE}", "people", "items", "manifests")


@pytest.mark.parametrize("what", READS)
def test_only_the_team_and_its_guests_read(team: Team, what: str) -> None:
    where = f"{team.path}/{what}".rstrip("/")
    for program in (team.lea, team.cleo, team.rosa, team.vera, team.assessor, team.reads):
        assert program.get(where).status_code == 200
    for program, status in ((team.sven, 404), (team.ada, 404), (team.writes, 403), (team.elsewhere, 403)):
        assert program.get(where).status_code == status


def test_a_piece_and_its_file_are_for_the_team(team: Team) -> None:
    number = team.added(team.cleo, ONE)
    told = team.assessor.get(f"{team.path}/items/{number}").json
    assert told is not None
    version = told["versions"][0]
    assert (version["sha256"], version["size"], version["how"]) == (sha256(TEXT).hexdigest(), len(TEXT), "export")
    for program in (team.lea, team.vera, team.assessor):
        assert program.get(version["file"]).get_data() == TEXT
    for program, status in ((team.sven, 404), (team.writes, 403)):
        assert program.get(version["file"]).status_code == status
        assert program.get(f"{team.path}/items/{number}").status_code == status


def test_nothing_of_another_assessment_is_reached_through_ones_own(team: Team, room: Room) -> None:
    other = Team(Room(room.app))
    theirs = other.added(other.cleo, ONE)
    room.lea.post(f"/evidence/{other.number}/people", {"member": "sven", "role": "lead"})
    for where in (f"items/{theirs}", f"items/{theirs}/versions/1/file"):
        assert team.lea.get(f"{team.path}/{where}").status_code == 404
        assert team.sven.get(f"{team.path}/{where}").status_code == 404
        assert team.sven.get(f"{other.path}/{where}").status_code == 200
    body = {"objectives": [TWO]}
    assert team.lea.post(f"{team.path}/items/{theirs}/links", body).status_code == 404
    sent = other.brought(other.cleo)
    assert team.cleo.post(f"{team.path}/items", {"files": [sent]}).status_code == 422
    assert other.cleo.post(f"{other.path}/items", {"files": [sent]}).status_code == 201
    assert team.lea.get(f"{team.path}/items/{theirs}").status_code == 404


def test_a_session_needs_the_csrf_token(room: Room, team: Team) -> None:
    room.cleo.get(room.path)
    where, token = f"{team.path}/objectives/{ONE}/comments", room.cleo.token
    json = {"Accept": "application/json"}
    assert room.cleo.send("POST", where, json={"text": "Hello"}, headers=json).status_code == 403
    headers = {**json, "X-CSRF-Token": token}
    assert room.cleo.send("POST", where, json={"text": "Hello"}, headers=headers).status_code == 201


# What it does.


def test_evidence_goes_its_way_by_programs_alone(team: Team) -> None:
    objective = "3.2.1[a]"
    number = team.added(team.cleo, objective, content=b"Everybody was trained.\n")
    where = f"{team.path}/objectives/{objective}"
    assert team.cleo.get(where).json["steps"] == ["hand_in"]  # type: ignore[index]
    assert team.cleo.post(f"{where}/steps", {"step": "hand_in"}).json["stage"] == "collected"  # type: ignore[index]
    own = team.cleo.post(f"{where}/steps", {"step": "met"})
    assert own.status_code == 403  # a collector reviews nothing
    reviewed = team.rosa.post(f"{where}/steps", {"step": "met", "reason": "Seen."}).json
    assert reviewed is not None
    assert (reviewed["finding"], reviewed["reviewed_by"]["name"], reviewed["evidence"]) == ("met", "Rosa", 1)
    assert [one["kind"] for one in reviewed["history"]] == ["met", "hand_in", "added"]
    assert reviewed["latest_evidence"] == [{"id": number, "title": "users"}]
    frozen = team.cleo.post(f"{team.path}/items/{number}/links", {"objectives": [objective]})
    assert (frozen.status_code, frozen.json["error"]["code"]) == (409, "conflict")  # type: ignore[index]


def test_the_numbers_are_those_of_the_pages(team: Team, room: Room) -> None:
    told = team.vera.get(team.path).json
    assert told is not None
    assert (told["tally"]["objectives"], told["score"]["lowest"], told["score"]["highest"]) == (320, -203, 110)
    assert [len(told["families"]), told["families"][0]["code"]] == [14, "AC"]
    assert f">{told['score']['points']}<" in room.vera.get(room.path).get_data(as_text=True).replace("\n", "")
    family = team.vera.get(f"{team.path}/families/ac").json
    assert family is not None
    assert family["tally"] == told["families"][0]["tally"]
    requirement = team.vera.get(f"{team.path}/requirements/3.1.1").json
    assert requirement is not None
    assert len(requirement["objectives"]) == requirement["tally"]["objectives"] == 6
    listed = team.vera.get(f"{team.path}/objectives?family=AC&stage=not_started").json["objectives"]  # type: ignore[index]
    assert {one["stage"] for one in listed} == {"not_started"}


def test_a_version_is_added_and_nothing_is_overwritten(team: Team) -> None:
    number = team.added(team.cleo, ONE)
    body = {"file": team.brought(team.cleo, b"A newer list.\n"), "how": "record", "collected_on": "2026-01-01"}
    assert team.cleo.post(f"{team.path}/items/{number}/versions", body).json == {"version": 2}
    versions = team.vera.get(f"{team.path}/items/{number}").json["versions"]  # type: ignore[index]
    assert [one["number"] for one in versions] == [2, 1]
    assert [team.vera.get(one["file"]).get_data() for one in versions] == [b"A newer list.\n", TEXT]


def test_the_library_is_searched_and_goes_on_page_by_page(team: Team) -> None:
    made = [team.added(team.cleo, "3.3.1[a]") for _ in range(3)]
    where = f"{team.path}/items?objective=3.3.1[a]"
    first = team.vera.get(f"{where}&count=2").json
    assert first is not None
    assert [one["id"] for one in first["evidence"]] == made[:0:-1]
    second = team.vera.get(f"{where}&count=2&before={first['next']}").json
    assert second is not None
    assert ([one["id"] for one in second["evidence"]], second["next"]) == ([made[0]], None)
    assert team.vera.get(f"{where}&q=user").json["evidence"]  # type: ignore[index]
    assert team.vera.get(f"{where}&q=nothing").json["evidence"] == []  # type: ignore[index]
    assert team.vera.get(f"{where}&shows=deleted").status_code == 403
    assert team.lea.get(f"{where}&shows=deleted").status_code == 200


def test_the_manifests_are_those_that_the_pages_give(team: Team, room: Room) -> None:
    team.added(team.cleo, ONE)
    told = team.assessor.get(f"{team.path}/manifests").json
    assert told is not None
    page = room.vera.get(f"{room.path}/hashes/CMMCAssessmentArtifacts.log").get_data(as_text=True)
    assert told["artifacts_log"] == page
    assert told["hash"] == sha256(page.encode()).hexdigest().upper()
    assert all(one["sha256"].upper() in page and one["name"] in page for one in told["files"])


def test_what_is_deleted_is_gone_until_it_is_restored_and_the_journal_says_by_which_token(
    team: Team, room: Room
) -> None:
    number = team.added(team.cleo, ONE)
    where = f"{team.path}/items/{number}"
    assert team.cleo.post(f"{where}/deletion", {"reason": "A mistake."}).status_code == 204
    assert team.cleo.get(where).status_code == 404
    assert team.lea.send("POST", f"{where}/restoration").json["id"] == number  # type: ignore[index]
    entry = last_entry(door_of(room.app), "evidence.deleted")
    assert (entry.on, entry.who) == (f"assessment:{team.number}/evidence:{number}", entry.who)
    assert "token" in repr(entry)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"files": ["x"]}, "files"),
        ({"files": []}, "files"),
        ({"files": ["x"], "objectives": ["9.9.9"]}, "objectives"),
        ({"files": ["x"], "expires_on": "2026-99-01"}, "expires_on"),
        ({"files": ["x"], "owner_id": "me"}, "owner_id"),
    ],
)
def test_what_is_wrong_is_told_by_field(team: Team, body: dict[str, Any], field: str) -> None:
    answer = team.cleo.post(f"{team.path}/items", body)
    assert answer.status_code == 422
    assert answer.json["error"]["code"] == "invalid"  # type: ignore[index]
    assert field in answer.json["error"]["fields"]  # type: ignore[index]


def test_a_hostile_file_is_refused_with_its_reason(team: Team) -> None:
    answer = files(team.path, team.cleo, b"MZ\x90\x00" + bytes(200), "users.txt")
    assert answer.status_code == 422
    assert "a program for Windows" in answer.json["error"]["message"]  # type: ignore[index]
    assert files(team.path, team.cleo, b"x", "users.exe").status_code == 422
    assert team.cleo.post(f"{team.path}/files", {}).status_code == 422  # no form, no file


def test_assignments_and_comments_reach_people(team: Team, room: Room) -> None:
    cleo = next(one["id"] for one in team.lea.get(f"{team.path}/people").json["people"] if one["name"] == "Cleo")  # type: ignore[index]
    body = {"objectives": ["3.4.1[a]", "3.4.1[b]"], "assignee": cleo, "due_on": "2027-01-31"}
    assert team.lea.post(f"{team.path}/assignments", body).json == {"changed": 2}
    assert team.lea.post(f"{team.path}/assignments", body).json == {"changed": 0}
    mine = team.cleo.get(f"{team.path}/objectives?family=CM&assignee={cleo}").json["objectives"]  # type: ignore[index]
    assert [(one["id"], one["due_on"]) for one in mine] == [("3.4.1[a]", "2027-01-31"), ("3.4.1[b]", "2027-01-31")]
    assert team.rosa.post(f"{team.path}/objectives/3.4.1[a]/comments", {"text": "@cleo please"}).status_code == 201
    assert "please" in room.cleo.get(f"{room.path}/people/{cleo}").get_data(as_text=True)
    run_jobs(room.app)


# Teams, and beginning an assessment.


def programs(team: Team, *names: str) -> list[Program]:
    """With the scope for it, and with all others."""
    return [Program(team.app, add_token(team.app, name, *SCOPES, life=None)) for name in names]


def test_a_program_of_a_lead_says_who_is_in_the_team_and_nobody_elses_does(team: Team) -> None:
    there = {one["name"]: one for one in team.lea.get(f"{team.path}/people").json["people"]}  # type: ignore[index]
    place, body = f"{team.path}/people", {"name": "sven", "role": "viewer"}
    vera = f"{place}/{there['Vera']['id']}"
    plain = Program(team.app, add_token(team.app, "Lea", "evidence:read", "evidence:write", life=None))
    refused = {
        "a token that sends evidence": (plain, 403),
        "a collector": (team.cleo, 403),
        "a reviewer": (team.rosa, 403),
        "a viewer": (team.vera, 403),
        "a stranger": (team.sven, 404),
        "an administrator without a place": (team.ada, 404),
        "a guest": (team.assessor, 403),
        "no token": (Program(team.app, "dw_nothing"), 401),
    }
    for who, (program, status) in refused.items():
        assert program.post(place, body).status_code == status, who
        assert program.send("DELETE", vera).status_code == status, who
    assert {one["name"]: one for one in team.lea.get(place).json["people"]} == there  # type: ignore[index]
    seated = team.lea.post(place, body).json
    assert seated is not None
    sven = next(one for one in seated["people"] if one["name"] == "Sven")
    assert sven["role"] == "viewer"
    assert team.sven.get(team.path).status_code == 200
    assert team.lea.post(place, {**body, "role": "collector"}).status_code == 200
    assert team.sven.post(f"{team.path}/objectives/3.1.2[a]/comments", {"text": "Here."}).status_code == 201
    assert team.lea.send("DELETE", f"{place}/{sven['id']}").status_code == 204
    assert team.sven.get(team.path).status_code == 404
    entry = last_entry(door_of(team.app), "assessment.member_removed")
    assert entry.on == f"assessment:{team.number}"


def test_the_only_lead_stays_and_what_is_wrong_is_told_by_field(team: Team) -> None:
    place = f"{team.path}/people"
    lea = next(one["id"] for one in team.lea.get(place).json["people"] if one["name"] == "Lea")  # type: ignore[index]
    assert team.lea.send("DELETE", f"{place}/{lea}").status_code == 409
    assert team.lea.post(place, {"name": "lea", "role": "viewer"}).status_code == 409
    assert team.lea.send("DELETE", f"{place}/nobody").status_code == 404
    unknown = team.lea.post(place, {"name": "nobody such", "role": "viewer"})
    assert unknown.status_code == 422
    assert [*unknown.json["error"]["fields"]] == ["name"]  # type: ignore[index]
    assert team.lea.post(place, {"name": "sven", "role": "assessor"}).status_code == 422


def test_a_program_of_an_administrator_begins_an_assessment_and_nobody_elses_does(team: Team, room: Room) -> None:
    body = {"name": "The next year", "lead": "lea"}
    before = team.lea.get("/api/evidence/").json
    (sven,) = programs(team, "Sven")
    sends_only = Program(team.app, add_token(team.app, "Ada", "evidence:read", "evidence:write", life=None))
    for program, status in ((sven, 403), (team.lea, 403), (team.assessor, 403), (sends_only, 403)):
        assert program.post("/api/evidence/", body).status_code == status
        assert program.get("/api/evidence/standards").status_code == (200 if program is sends_only else 403)
    assert room.sven.post_json("/api/evidence/", body).status_code == 403
    assert team.lea.get("/api/evidence/").json == before
    listed = team.ada.get("/api/evidence/standards").json
    assert listed is not None
    standard = listed["standards"][0]["key"]
    begun = team.ada.post("/api/evidence/", {**body, "standard": standard})
    assert begun.status_code == 201
    number = begun.json["id"]  # type: ignore[index]
    mine = team.lea.get(f"/api/evidence/{number}").json
    assert mine is not None
    assert (mine["assessment"]["name"], mine["assessment"]["standard"]) == ("The next year", standard)
    assert mine["assessment"]["role"] == "lead"
    assert team.ada.get(f"/api/evidence/{number}").status_code == 404, "who begins one for another has no place in it"
    assert last_entry(door_of(team.app), "assessment.created").on == f"assessment:{number}"
    for wrong, field in (
        ({"standard": "none"}, "standard"),
        ({"lead": "nobody such"}, "lead"),
        ({"name": " "}, "name"),
    ):
        answer = team.ada.post("/api/evidence/", {**body, **wrong})
        assert answer.status_code == 422, wrong
        assert [*answer.json["error"]["fields"]] == [field]  # type: ignore[index]
