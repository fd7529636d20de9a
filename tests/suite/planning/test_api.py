"""Programs: what an organiser's may by which scope, what a participant's token may, and that neither goes further."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from doorward.store.store import Store
from doorward.testing import Program, add_token, run_jobs, signed_in
from doorward_suite.planning import access

from .conftest import Town, begin, entries

SETTLED = {
    "title": "The new square",
    "about": "It is rebuilt.",
    "summary": "",
    "begins": {"collect": "2026-01-01", "prioritise": None},
    "categories": ["Idea", "Problem"],
    "dots": 4,
    "moderated": False,
    "open_link": False,
    "published": True,
}


@pytest.fixture(scope="module")
def town(app: Flask) -> Town:
    return begin(app, "olympia", count=3)


@pytest.fixture
def manages(app: Flask, town: Town) -> Program:
    return Program(app, add_token(app, "olympia", access.MANAGE))


@pytest.fixture
def reads(app: Flask, town: Town) -> Program:
    return Program(app, add_token(app, "olympia", access.READ))


def json_of(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.json


def test_a_program_begins_settles_and_deletes_a_consultation(app: Flask, manages: Program, reads: Program) -> None:
    made = manages.post("/api/planning/", {"title": "By a program"})
    path = f"/api/planning/{json_of(made, 201)['id']}"
    assert made.headers["Location"] == path
    json_of(manages.send("PUT", path, json=SETTLED))
    shown = json_of(reads.get(path))
    assert (shown["title"], shown["categories"], shown["dots"], shown["published"]) == (
        "The new square", ["Idea", "Problem"], 4, True,
    )  # fmt: skip
    assert shown["begins"] == {"collect": "2026-01-01", "discuss": None, "prioritise": None, "results": None}
    wrong = manages.send("PUT", path, json={**SETTLED, "begins": {"collect": None}})
    assert "collecting begins" in str(json_of(wrong, 422))
    assert manages.send("PUT", path, json={**SETTLED, "owner_id": "x"}).status_code == 422
    kind = json_of(manages.post(f"{path}/kinds", {"name": "Farmer"}), 201)["id"]
    question = json_of(manages.post(f"{path}/questions", {"text": "Where?"}), 201)["id"]
    assert [one["name"] for one in json_of(reads.get(path))["kinds"]][-1] == "Farmer"
    assert manages.send("DELETE", f"{path}/kinds/{kind}").status_code == 204
    assert manages.send("DELETE", f"{path}/questions/{question}").status_code == 204
    assert manages.send("DELETE", path).status_code == 204
    assert reads.get(path).status_code == 404
    events = [
        entry.event
        for entry in entries(app.extensions["doorward"].store, path.replace("/api/planning/", "consultation:"))
    ]
    assert events[0] == "planning.begun"
    assert events[-1] == "planning.deleted"


def test_who_is_no_organiser_begins_nothing_by_a_program_either(app: Flask) -> None:
    signed_in(app, "plain-member")
    program = Program(app, add_token(app, "plain-member", access.MANAGE))
    assert program.post("/api/planning/", {"title": "Mine"}).status_code == 403


def test_a_program_asks_for_a_sheet_and_never_sees_a_token(app: Flask) -> None:
    town = begin(app, "osmund", count=1)
    path = f"/api{town.path}"
    manages = Program(app, add_token(app, "osmund", access.MANAGE))
    reads = Program(app, add_token(app, "osmund", access.READ))
    asked = json_of(manages.post(f"{path}/tokens", {"kind": town.kinds[1], "count": 3, "days": 30}), 202)
    run_jobs(app)
    file = f"/account/jobs/{asked['job']}/file"
    assert manages.get(file).status_code in (401, 403, 404), "the sheet is for the person, not for the program"
    secrets = re.findall(r"<code>(dw_\w+)</code>", town.olga.get(file).get_data(as_text=True))
    assert len(secrets) == 3
    inside = town.enter(secrets[0])
    assert inside.get(town.path).status_code == 200
    told = reads.get(f"{path}/tokens")
    newest = json_of(told)["sheets"][0]
    assert (newest["count"], newest["revoked"], newest["old"]) == (3, False, False)
    assert not any(secret in told.get_data(as_text=True) for secret in secrets)
    for _ in range(3):
        json_of(manages.post(f"{path}/tokens", {"kind": town.kinds[1], "count": 1, "days": 30}), 202)
    assert manages.post(f"{path}/tokens", {"kind": town.kinds[1], "count": 1, "days": 30}).status_code == 429
    assert json_of(manages.send("DELETE", f"{path}/tokens/{newest['id']}")) == {"count": 3}
    assert inside.get(town.path).status_code != 200
    page = town.olga.get(f"{town.path}/tokens/{town.sheet}").get_data(as_text=True)
    token = re.findall(rf"{town.path}/tokens/{town.sheet}/(\d+)/revocation", page)[0]
    ann = town.enter(town.secrets[0])
    assert manages.send("DELETE", f"{path}/tokens/{town.sheet}/{token}").status_code == 204
    assert ann.get(town.path).status_code != 200


def test_a_participants_token_contributes_by_program_as_on_the_page(town: Town, app: Flask) -> None:
    ann, ben = town.enter(town.secrets[0]), town.enter(town.secrets[1])
    path = f"/api{town.path}"
    said = {"text": "A bench below each tree.", "category": "Idea"}
    made = ann.send("POST", f"{path}/contributions", json=said, headers=_with_token(ann))
    number = json_of(made, 201)["id"]
    one = f"{path}/contributions/{number}"
    for method, rest, body, status in (
        ("POST", "/comments", {"text": "And water."}, 204),
        ("PUT", "/support", {"supported": True}, 204),
        ("POST", "/reports", {"words": "Look at this."}, 204),
        ("PUT", "/dots", {"count": 1}, 409),
    ):
        answer = ben.send(method, f"{one}{rest}", json=body, headers=_with_token(ben))
        assert answer.status_code == status, (rest, answer.get_data(as_text=True))
    for change in ({"category": "Nonsense"}, {"place": {"across": 1, "down": 1}}, {"question": 10**6}):
        refused = ann.send("POST", f"{path}/contributions", json={**said, **change}, headers=_with_token(ann))
        assert refused.status_code == 422, change
    assert ann.send("PUT", f"{one}/support", json={"supported": True}, headers=_with_token(ann)).status_code == 403
    other = begin(app, "otmar", count=1)
    elsewhere = f"/api{other.path}/contributions"
    assert ann.send("POST", elsewhere, json=said, headers=_with_token(ann)).status_code == 404
    shown = Program(app, add_token(app, "olympia", access.READ)).get(f"{path}/contributions")
    [line] = [one for one in json_of(shown)["contributions"] if one["id"] == number]
    assert (line["supports"], line["comments"], line["coordinates"]) == (1, 1, None)


def _with_token(browser: Any) -> dict[str, str]:
    """What a script of a page sends."""
    return {"X-CSRF-Token": browser.token, "Accept": "application/json"}


def test_a_program_moderates_by_a_scope_of_its_own(town: Town, app: Flask, manages: Program, reads: Program) -> None:
    ann = town.enter(town.secrets[0])
    sent = ann.post(f"{town.path}/contributions", {"text": "It names a person.", "category": "Idea"})
    path = f"/api{sent.headers['Location']}"
    ben = town.enter(town.secrets[1])
    ben.post(f"{sent.headers['Location']}/comments", {"comment": "It does."})
    base = f"/api{town.path}"
    comment = re.search(rf"{town.path}/comments/(\d+)", town.olga.get(sent.headers["Location"]).get_data(as_text=True))
    assert comment
    moderates = Program(app, add_token(app, "olympia", access.MODERATE))
    hidden = {"state": "hidden", "reason": "It names a person."}
    for who in (manages, reads, Program(app, add_token(app, "olympia", access.TAKE_PART))):
        assert who.send("PUT", f"{path}/state", json=hidden).status_code == 403
    assert moderates.send("PUT", f"{path}/state", json={"state": "hidden"}).status_code == 422
    assert moderates.send("PUT", f"{path}/state", json=hidden).status_code == 204
    assert ben.get(sent.headers["Location"]).status_code == 404
    assert moderates.send("PUT", f"{path}/state", json={"state": "shown"}).status_code == 204
    assert moderates.send("PUT", f"{path}/category", json={"category": "Problem"}).status_code == 204
    assert moderates.send("PUT", f"{path}/category", json={"category": "Nonsense"}).status_code == 422
    assert moderates.send("PUT", f"{path}/grouping", json={"together": True}).status_code == 409
    assert moderates.send("PUT", f"{base}/comments/{comment[1]}/state", json=hidden).status_code == 204
    assert "It does." not in town.enter(town.secrets[2]).get(sent.headers["Location"]).get_data(as_text=True)
    other = begin(app, "ottilie", count=1)
    strange = path.replace(town.path, other.path)
    assert moderates.send("PUT", f"{strange}/state", json=hidden).status_code == 404


def test_each_scope_opens_its_own_routes_and_a_participant_none_of_them(town: Town, app: Flask) -> None:
    """Every route of the API that changes a consultation, with every other scope."""
    scopes = {one: Program(app, add_token(app, "olympia", one)) for one in access.SCOPES}
    ann = town.enter(town.secrets[0])
    tried = 0
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/planning/"):
            continue
        view = app.view_functions[rule.endpoint]
        demand = view.__doorward_marks__.rule  # type: ignore[attr-defined]
        path = re.sub(r"<int:\w+>", "1", rule.rule.replace("<int:number>", str(town.number)))
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "DELETE"}):
            for scope, program in scopes.items():
                if scope not in demand.scopes:
                    assert program.send(method, path, json={}).status_code == 403, (method, path, scope)
                    tried += 1
            if access.TAKE_PART not in demand.scopes:
                answer = ann.send(method, path, json={}, headers=_with_token(ann))
                assert answer.status_code in (401, 403), (method, path)
    assert tried >= 60


def test_nothing_is_changed_by_a_participants_token_as_a_bearers(town: Town, app: Flask, door_store: Store) -> None:
    program = Program(app, town.secrets[2])
    said = {"text": "By a bearer.", "category": "Idea"}
    made = program.post(f"/api{town.path}/contributions", said)
    assert made.status_code == 201
    assert program.get(f"/api{town.path}").status_code == 403
    assert program.send("DELETE", f"/api{town.path}").status_code == 403
    who = entries(door_store, f"consultation:{town.number}")[-1]
    assert who.event == "planning.contributed"


@pytest.fixture
def door_store(app: Flask) -> Store:
    store: Store = app.extensions["doorward"].store
    return store
