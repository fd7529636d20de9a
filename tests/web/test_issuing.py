"""Tokens that an app issues to participants: thousands in one act; nobody revokes or replaces what is not theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, jsonify, request
from sqlalchemy import event

from doorward import (
    access,
    current_caller,
    issue_tokens,
    issued_tokens,
    reading,
    replace_token,
    revoke_token,
    revoke_tokens,
    transaction,
)
from doorward.core.issuing import MOST_AT_ONCE
from doorward.testing import Browser, Clock, add_account, add_token, door_of, signed_in
from doorward.web import people
from tests.support.doors import app_behind, everything_stored, last_entry

KIND = "planning:42:guests"
MAY = {"planning.write": "Contribute."}


def routes(app: Flask) -> None:
    @app.post("/issue")
    @access.scope("planning.write")
    def issue() -> Any:
        given = request.get_json()
        with transaction(current_caller()) as tx:
            made = issue_tokens(tx, given.pop("names"), **{"kind": KIND, "scopes": list(MAY), **given})
        return jsonify([[one.token_id, one.name, one.secret] for one in made])

    @app.post("/revoke")
    @access.member
    def revoke() -> Any:
        with transaction(current_caller()) as tx:
            return jsonify(revoke_tokens(tx, request.get_json()["kind"]))

    @app.post("/replace")
    @access.member
    def replace() -> Any:
        given = request.get_json()
        with transaction(current_caller()) as tx:
            return jsonify(replace_token(tx, given["id"], kind=given.get("kind", KIND)).secret)

    @app.post("/revoke-one")
    @access.member
    def revoke_one() -> Any:
        given = request.get_json()
        with transaction(current_caller()) as tx:
            return jsonify(revoke_token(tx, given["id"], kind=given.get("kind", KIND)))

    @app.get("/states")
    @access.member
    def states() -> Any:
        with reading() as db:
            return jsonify([[one.name, one.state, one.used_at is not None] for one in issued_tokens(db, KIND)])

    app.add_url_rule("/write", "write", access.scope("planning.write")(lambda: current_caller().holder))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def app(request: pytest.FixtureRequest, tmp_path: Any, clock: Clock) -> Iterator[Flask]:
    given = {"database_url": request.getfixturevalue("postgres_url")} if request.param == "postgres" else {}
    app = app_behind(tmp_path, routes, clock, scopes=MAY, **given)
    yield app
    with door_of(app).store.transaction() as tx:
        revoke_tokens(tx, KIND)
    door_of(app).close()


@pytest.fixture
def maker(app: Flask) -> Browser:
    return signed_in(app, "ms.plan")


def issued(maker: Browser, *names: str, **more: Any) -> list[list[Any]]:
    answer = maker.post_json("/issue", {"names": names, **more})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: list[list[Any]] = answer.get_json()
    return found


def guest(app: Flask, secret: str) -> Browser:
    browser = Browser(app)
    browser.get("/login/token")
    assert browser.post("/login/token", {"token": secret}).status_code == 303
    return browser


def test_five_thousand_are_issued_in_a_handful_of_queries_and_each_works(app: Flask, maker: Browser) -> None:
    asked: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, _given: Any, _context: Any, _many: bool) -> None:
        asked.append(statement)

    event.listen(door_of(app).store.engine, "before_cursor_execute", note)
    made = issued(maker, *(f"Guest {number}" for number in range(5_000)))
    event.remove(door_of(app).store.engine, "before_cursor_execute", note)
    assert len(asked) < 60
    assert [name for _, name, _ in made] == [f"Guest {number}" for number in range(5_000)]
    assert len({secret for *_, secret in made}) == 5_000
    for number, _, secret in (made[0], made[2_500], made[-1]):
        assert guest(app, secret).get("/write").get_data(as_text=True) == f"token:{number}"
    entry = last_entry(door_of(app), "token.issued")
    assert (entry.on, entry.who_name) == (f"tokens:{KIND}", "ms.plan")
    assert '"count":5000' in entry.details
    assert made[0][2] not in entry.details
    assert made[0][2].encode() not in everything_stored(door_of(app).settings.data)


def test_a_kind_ends_in_one_act_with_everybody_who_is_in_by_it(app: Flask, maker: Browser) -> None:
    one, other = issued(maker, "Ann", "Bo")
    kept = issued(maker, "Cy", kind="planning:43:guests")[0]
    inside, beside = guest(app, one[2]), guest(app, kept[2])
    assert inside.get("/write").status_code == 200
    maker.get("/account")
    assert maker.post_json("/revoke", {"kind": KIND}).get_json() >= 2
    assert inside.get("/write").status_code != 200
    assert Browser(app).post("/login/token", {"token": other[2]}).status_code == 401
    assert beside.get("/write").status_code == 200
    assert maker.post_json("/revoke", {"kind": KIND}).get_json() == 0
    assert {state for _, state, _ in maker.get("/states").get_json()} == {"revoked"}


def test_one_ends_and_the_others_of_its_kind_stay(app: Flask, maker: Browser) -> None:
    one, other = issued(maker, "Ann", "Bo")
    inside, beside = guest(app, one[2]), guest(app, other[2])
    maker.get("/account")
    for wrong in ({"id": one[0], "kind": "planning:1"}, {"id": one[0], "kind": ""}, {"id": -1}):
        assert maker.post_json("/revoke-one", wrong).status_code == 404
    assert inside.get("/write").status_code == 200
    assert maker.post_json("/revoke-one", {"id": one[0]}).get_json() is True
    assert inside.get("/write").status_code != 200
    assert beside.get("/write").status_code == 200
    assert maker.post_json("/revoke-one", {"id": one[0]}).get_json() is False


def test_one_is_replaced_and_whoever_held_the_old_secret_is_out(app: Flask, maker: Browser) -> None:
    number, _, old = issued(maker, "Ann")[0]
    inside = guest(app, old)
    maker.get("/account")
    new = maker.post_json("/replace", {"id": number}).get_json()
    assert inside.get("/write").status_code != 200
    assert Browser(app).post("/login/token", {"token": old}).status_code == 401
    assert guest(app, new).get("/write").get_data(as_text=True) == f"token:{number}"
    for wrong in ({"id": number, "kind": "planning:1"}, {"id": 10**30}, {"id": -1}, {"id": number, "kind": ""}):
        assert maker.post_json("/replace", wrong).status_code == 404
    own = add_token(app, "ms.plan", "planning.write")
    with door_of(app).store.reading() as db:
        from doorward.store import tokens

        found = tokens.find(db, own)
    assert found is not None
    assert maker.post_json("/replace", {"id": found.token_id}).status_code == 404
    assert maker.post_json("/replace", {"id": found.token_id, "kind": ""}).status_code == 404


def test_they_expire_and_end_with_the_account_that_answers_for_them(app: Flask, maker: Browser, clock: Clock) -> None:
    (_, _, short), (_, _, long) = issued(maker, "Ann", days=1)[0], issued(maker, "Bo", days=30)[0]
    inside = guest(app, short), guest(app, long)
    clock.forward(days=2)
    assert [browser.get("/write").status_code == 200 for browser in inside] == [False, True]
    with door_of(app).store.reading() as db:
        from doorward.store import accounts

        account = accounts.by_name_key(db, "ms.plan")
    assert account is not None
    from doorward.core.access import HOST

    people.block(door_of(app).store, HOST, account.id)
    assert inside[1].get("/write").status_code != 200
    people.unblock(door_of(app).store, HOST, account.id)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"names": []}, "names"),
        ({"names": ["x"] * (MOST_AT_ONCE + 1)}, "names"),
        ({"names": ["x", " "]}, "names"),
        ({"names": ["x" * 81]}, "names"),
        ({"names": ["a\nb"]}, "names"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["planning.wrote"]}, "scopes"),
        ({"days": 0}, "days"),
        ({"days": 366}, "days"),
        ({"kind": ""}, "kind"),
        ({"kind": "Two words"}, "kind"),
    ],
)
def test_what_cannot_be_issued_is_a_sentence_and_nothing_is_made(
    app: Flask, maker: Browser, wrong: dict[str, Any], field: str
) -> None:
    before = maker.get("/states").get_json()
    answer = maker.post_json("/issue", {"names": ["Ann"], **wrong})
    assert answer.status_code == 422
    assert set(answer.get_json()["error"]["fields"]) == {field}
    assert maker.get("/states").get_json() == before


def test_who_came_by_a_token_issues_none_and_acts_are_limited(app: Flask, maker: Browser) -> None:
    holder = guest(app, issued(maker, "Ann")[0][2])
    holder.get("/login/token")
    assert holder.post_json("/issue", {"names": ["Bo"]}).status_code == 403
    statuses = [maker.post_json("/issue", {"names": ["x"]}).status_code for _ in range(61)]
    assert statuses[0] == 200
    assert statuses[-1] == 429


def test_the_page_of_a_token_shows_who_is_in_and_ends_one_or_all(app: Flask, maker: Browser) -> None:
    number, _, secret = issued(maker, "Ann")[0]
    first, second = guest(app, secret), guest(app, secret)
    boss, stranger = signed_in(app, "boss", "admin"), signed_in(app, "stranger")
    maker.get("/account")
    page = maker.get(f"/account/tokens/{number}").get_data(as_text=True)
    sessions = re.findall(rf"/account/tokens/{number}/sessions/(\d+)/end", page)
    assert len(sessions) == 2
    path = f"/account/tokens/{number}/sessions"
    for act in (f"{path}/end", f"{path}/{sessions[0]}/end"):
        assert stranger.post(act).status_code == 404
        assert maker.send("POST", act).status_code == 400
    with door_of(app).store.reading() as db:
        from doorward.store.participants import of_token

        newest = of_token(db, number)
    assert len(newest) == 2
    own = maker.get("/account").get_data(as_text=True)
    not_of_it = re.findall(r"/account/sessions/(\d+)/end", own)
    assert maker.post(f"{path}/999999/end").status_code == 404
    assert all(maker.post(f"{path}/{n}/end").status_code == 404 for n in not_of_it)
    assert maker.post(f"{path}/{sessions[0]}/end").status_code == 303
    assert sorted(browser.get("/write").status_code == 200 for browser in (first, second)) == [False, True]
    assert f"/admin/tokens/{number}/sessions/" in boss.get(f"/admin/tokens/{number}").get_data(as_text=True)
    assert boss.post(f"/admin/tokens/{number}/sessions/end").status_code == 303
    assert not any(browser.get("/write").status_code == 200 for browser in (first, second))
    assert guest(app, secret).get("/write").status_code == 200
    assert add_account(app, f"x{number}")
