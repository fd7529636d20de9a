"""Access tokens as a program sends them: one that does not hold opens nothing, and one that holds what it names."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, jsonify, request
from werkzeug.test import TestResponse

from doorward import Caller, access, current_account, current_caller, limit, recall
from doorward.core.tokens import new_token, token_hash
from doorward.store import accounts, tokens
from doorward.testing import Browser, Clock, Program, add_account, add_token, door_of, signed_in
from doorward.web import people
from tests.support.doors import app_behind, entries, everything_stored, last_entry

BOSS = Caller(account_id="boss", name="boss", roles=frozenset({"admin"}))


def who() -> Any:
    caller = current_caller()
    return jsonify(
        account=caller.account_id,
        roles=sorted(caller.roles),
        scopes=sorted(caller.scopes) if caller.scopes is not None else None,
        token=caller.token_id,
        admin=caller.is_admin,
        known=bool(current_account),
        cookies=sorted(request.cookies),
        recalled=recall("respondent"),
    )


def routes(app: Flask) -> None:
    def add(path: str, rule: Callable[[Any], Any], **options: Any) -> None:
        app.add_url_rule(path, path.strip("/").replace("/", "_"), rule(lambda: who()), **options)

    add("/public", access.public, methods=["GET", "POST"])
    add("/member", access.member, methods=["GET", "POST"])
    add("/admin-only", access.role("admin"))
    add("/read", access.scope("polls:read"), methods=["GET", "POST"])
    add("/write", access.scope("polls:read", "polls:write"), methods=["GET", "POST"])
    add("/boss", lambda view: access.role("admin")(access.scope("polls:read")(view)))
    add("/sudo", lambda view: access.fresh(access.scope("polls:read")(view)))
    add("/few", lambda view: limit("3/hour")(access.scope("polls:read")(view)))


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def _back_to_the_start(clock: Clock) -> None:
    clock.now = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tokens")


@pytest.fixture(scope="module")
def app(data: Path, clock: Clock) -> Flask:
    app = app_behind(data, routes, clock)
    for name, roles in (("maria", ()), ("boss", ("admin",))):
        add_account(app, name, *roles)
    return app


@pytest.fixture(scope="module")
def token(app: Flask) -> str:
    return add_token(app, "maria", "polls:read", life=None)


def the_same(answers: list[TestResponse]) -> set[tuple[Any, ...]]:
    """What a stranger can tell of these answers."""
    differs = {"X-Request-Id", "Content-Security-Policy", "RateLimit", "RateLimit-Policy"}
    return {
        (answer.status_code, answer.data, *((k, v) for k, v in answer.headers if k not in differs))
        for answer in answers
    }


def revoke(app: Flask, value: str) -> int:
    with door_of(app).store.transaction() as tx:
        found = tokens.find(tx.db, value)
        assert found is not None
        tokens.revoke(tx, found.token_id)
        return found.token_id


def rotate(app: Flask, value: str, overlap: timedelta) -> str:
    with door_of(app).store.transaction() as tx:
        found = tokens.find(tx.db, value)
        assert found is not None
        return tokens.rotate(tx, found.token_id, None, timedelta(days=90), overlap)


# -- what it opens ------------------------------------------------------------------------------------------


def test_a_token_opens_what_its_scopes_name_and_nothing_else(app: Flask, token: str) -> None:
    program = Program(app, token)
    assert program.get("/read").status_code == 200
    for path in ("/write", "/member", "/admin-only", "/account", "/account/password", "/admin/people"):
        answer = program.get(path)
        assert answer.status_code == 403, path
        assert answer.get_json()["error"]["code"] == "insufficient_scope"
    assert (
        'error="insufficient_scope", scope="polls:read polls:write"'
        in program.get("/write").headers["WWW-Authenticate"]
    )


def test_a_program_acts_for_its_owner_only_where_the_rule_names_a_scope(app: Flask) -> None:
    boss = Program(app, add_token(app, "boss", "polls:read"))
    behind_scope, behind_nothing = boss.get("/read").get_json(), boss.get("/public").get_json()
    assert behind_scope["account"] is not None
    assert behind_scope["roles"] == ["admin"]
    assert behind_nothing["account"] is None
    assert behind_nothing["roles"] == []
    assert not behind_nothing["known"]
    assert not behind_scope["admin"]
    assert boss.get("/boss").status_code == 200
    assert boss.get("/admin-only").status_code == 403


def test_a_token_never_has_a_role_that_its_owner_has_not_now(app: Flask) -> None:
    add_account(app, "for.a.while", "admin")
    program = Program(app, add_token(app, "for.a.while", "polls:read"))
    assert program.get("/boss").status_code == 200
    with door_of(app).store.reading() as db:
        account = accounts.by_name_key(db, "for.a.while")
        assert account is not None
    people.set_roles(door_of(app).store, BOSS, account.id, frozenset())
    assert program.get("/boss").status_code == 403
    assert program.get("/read").status_code == 200


def test_a_token_is_never_fresh(app: Flask, token: str) -> None:
    assert Program(app, token).get("/sudo").status_code == 403


def test_a_scope_that_no_route_declares_opens_nothing(app: Flask) -> None:
    everything = Program(app, add_token(app, "maria", "*", "polls:*", "admin", "polls:readx", "member", "public"))
    assert [everything.get(path).status_code for path in ("/read", "/write", "/member", "/admin-only")] == [403] * 4


def test_a_token_counts_for_itself_at_the_limit_of_a_route(app: Flask) -> None:
    one, other = (Program(app, add_token(app, "maria", "polls:read")) for _ in range(2))
    assert [one.get("/few").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert other.get("/few").status_code == 200


# -- what does not hold -------------------------------------------------------------------------------------


def expired(app: Flask, clock: Clock) -> str:
    value = add_token(app, "maria", "polls:read", life=timedelta(seconds=1))
    clock.forward(seconds=1)
    return value


def revoked(app: Flask, clock: Clock) -> str:
    value = add_token(app, "maria", "polls:read")
    revoke(app, value)
    return value


def rotated_out(app: Flask, clock: Clock) -> str:
    value = add_token(app, "maria", "polls:read")
    rotate(app, value, timedelta(hours=1))
    clock.forward(hours=1)
    return value


def of_blocked_owner(app: Flask, clock: Clock) -> str:
    return _of_lost_owner(app, people.block)


def of_deleted_owner(app: Flask, clock: Clock) -> str:
    return _of_lost_owner(app, people.delete)


def _of_lost_owner(app: Flask, act: Callable[..., str]) -> str:
    name = f"owner.{secrets.token_hex(4)}"
    account_id = add_account(app, name)
    value = add_token(app, name, "polls:read")
    assert Program(app, value).get("/read").status_code == 200
    act(door_of(app).store, BOSS, account_id)
    return value


def unknown(app: Flask, clock: Clock) -> str:
    return new_token()


def miscopied(app: Flask, clock: Clock) -> str:
    return add_token(app, "maria", "polls:read")[:-1]


def its_hash(app: Flask, clock: Clock) -> str:
    return token_hash(add_token(app, "maria", "polls:read"))


def empty(app: Flask, clock: Clock) -> str:
    return ""


DEAD = [expired, revoked, rotated_out, of_blocked_owner, of_deleted_owner, unknown, miscopied, its_hash, empty]


def test_every_token_that_does_not_hold_gets_the_very_same_answer_everywhere(app: Flask, clock: Clock) -> None:
    dead = [make(app, clock) for make in DEAD]
    answers = [Program(app, one).get(path) for one in dead for path in ("/read", "/public", "/member")]
    assert len(the_same(answers)) == 1
    assert answers[0].status_code == 401
    assert answers[0].get_json()["error"]["code"] == "invalid_token"
    assert answers[0].headers["WWW-Authenticate"] == 'Bearer realm="doorward", error="invalid_token"'
    assert "no-store" in answers[0].headers["Cache-Control"]


@pytest.mark.parametrize("make", DEAD)
def test_a_token_that_does_not_hold_changes_nothing(app: Flask, clock: Clock, make: Callable[..., str]) -> None:
    assert Program(app, make(app, clock), address="198.51.100.1").post("/read").status_code == 401


REASONS = [(revoked, "revoked"), (expired, "expired"), (unknown, "unknown"), (miscopied, "malformed"),
           (of_blocked_owner, "owner may not sign in")]  # fmt: skip


def test_the_journal_knows_which_token_was_refused_and_why_and_never_the_token(app: Flask, clock: Clock) -> None:
    for make, reason in REASONS[:-1]:
        value = make(app, clock)
        Program(app, value, address="198.51.100.77").get("/read")
        entry = last_entry(door_of(app), "token.refused")
        assert f'"reason":"{reason}"' in entry.details.replace(" ", "")
        assert entry.outcome == "refused"
        assert entry.address == "198.51.100.77"
        assert (entry.on == "token:(unknown)") == (make in (unknown, miscopied))
        for everything in entries(door_of(app)):
            assert value not in repr(everything)
            assert value[3:20] not in repr(everything)


def test_refused_tokens_cannot_fill_the_journal_and_are_limited_by_address(
    app: Flask, token: str, clock: Clock
) -> None:
    before = len(entries(door_of(app), "token.refused"))
    guesser = [Program(app, new_token(), address="203.0.113.5").get("/read").status_code for _ in range(70)]
    assert set(guesser[:60]) == {401}
    assert set(guesser[60:]) == {429}
    assert len(entries(door_of(app), "token.refused")) - before <= 30
    assert Program(app, token, address="203.0.113.5").get("/read").status_code == 200  # law 8


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "bearer x", "BEARER {}x", "Bearer {} {}", "Bearer {},Bearer {}", "Bearer\t{}x", "Bearer '{}'",
     "Bearer dw_", "Bearer " + "a" * 9000, "Bearer ü", "  Bearer x"],
)  # fmt: skip
def test_a_malformed_header_is_refused_like_an_unknown_token(app: Flask, token: str, header: str) -> None:
    answer = Browser(app, address="198.51.100.9").get("/public", headers={"Authorization": header.format(token, token)})
    assert answer.status_code == 401
    assert answer.get_json()["error"]["code"] == "invalid_token"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_may_be_written_in_any_case(app: Flask, token: str, scheme: str) -> None:
    assert Browser(app).get("/read", headers={"Authorization": f"{scheme} {token}"}).status_code == 200


# -- two identities at once ---------------------------------------------------------------------------------


def test_a_request_with_a_token_has_no_cookies(app: Flask, token: str) -> None:
    maria = signed_in(app, "boss")
    mixed = maria.get("/read", headers={"Authorization": f"Bearer {token}"}).get_json()
    with door_of(app).store.reading() as db:
        owner = accounts.by_name_key(db, "maria")
        assert owner is not None
    assert (mixed["account"], mixed["cookies"]) == (owner.id, [])
    assert maria.get("/member", headers={"Authorization": f"Bearer {token}"}).status_code == 403
    assert maria.get("/member", headers={"Authorization": "Bearer nonsense"}).status_code == 401
    assert maria.get("/member").status_code == 200


def test_a_token_needs_no_csrf_token_and_gets_no_cookie(app: Flask, token: str) -> None:
    answer = Program(app, token).post(
        "/read", headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    )
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "Set-Cookie" not in Program(app, token).get("/login").headers


@pytest.mark.parametrize(
    "header",
    ["garbage", "Basic bWFyaWE6eA==", "Digest x", "Bearerx {}", "Token {}", "dw_{}", "", "Bearer", "Bearer x",
     "Bearer {}x"],
)  # fmt: skip
def test_no_authorization_header_waives_the_csrf_token_of_a_cookie(app: Flask, token: str, header: str) -> None:
    maria = signed_in(app, "maria", address="198.51.100.20")
    headers = {"Authorization": header.format(token)}
    assert maria.send("POST", "/member", headers=headers).status_code in (400, 401, 403)
    assert maria.send("POST", "/public", headers=headers).status_code in (400, 401, 403)


def test_another_scheme_is_none_of_ours_and_leaves_the_cookie_alone(app: Flask) -> None:
    maria = signed_in(app, "maria")
    assert maria.get("/member", headers={"Authorization": "Basic cHJveHk6eA=="}).status_code == 200
    assert maria.post("/member", headers={"Authorization": "Basic cHJveHk6eA=="}).status_code == 200


@pytest.mark.parametrize("name", ["access_token", "token", "q", "x"])
def test_a_token_in_the_address_is_refused_and_told(app: Flask, token: str, name: str) -> None:
    for path in ("/read", "/public"):
        answer = Browser(app).get(f"{path}?{name}={token}")
        assert answer.status_code == 400
        assert token not in answer.get_data(as_text=True)
    assert last_entry(door_of(app), "token.in_address").outcome == "refused"
    assert Program(app, token).get(f"/read?{name}={token}").status_code == 400


@pytest.mark.parametrize("how", ["form", "json", "cookie", "header"])
def test_a_token_anywhere_else_is_not_looked_at(app: Flask, token: str, how: str) -> None:
    browser = Browser(app)
    if how == "cookie":
        browser.client.set_cookie("doorward", token)
    kwargs: dict[str, Any] = {
        "form": {"data": {"access_token": token}},
        "json": {"json": {"access_token": token}},
        "cookie": {},
        "header": {"headers": {"X-Access-Token": token, "X-Auth-Token": token}},
    }[how]
    assert browser.send("GET", "/read", **kwargs).status_code in (302, 303, 401)
    assert browser.send("POST", "/read", **kwargs).status_code in (400, 401)


# -- what is kept of it -------------------------------------------------------------------------------------


def test_a_stolen_database_gives_no_usable_token(app: Flask, data: Path) -> None:
    value = add_token(app, "maria", "polls:read")
    Program(app, value).get("/read")
    stored = everything_stored(data)
    assert token_hash(value).encode() in stored
    assert value.encode() not in stored
    assert value[3:].encode() not in stored
    for text in set(re.findall(rb"[0-9a-f]{64}", stored)):
        assert Program(app, text.decode(), address="198.51.100.30").get("/read").status_code in (401, 429)
    assert set(re.findall(rb"dw_[0-9A-Za-z]{40,}", stored)) == set()


def test_the_last_use_is_noted_with_its_address_at_most_once_a_minute(app: Flask, clock: Clock) -> None:
    value = add_token(app, "maria", "polls:read")

    def last_use() -> tuple[datetime | None, str]:
        with door_of(app).store.reading() as db:
            found = tokens.find(db, value)
            assert found is not None
            one = tokens.one(db, found.token_id)
            assert one is not None
            return one.token.used_at, one.token.used_from

    assert last_use() == (None, "")
    Program(app, value, address="192.0.2.1").get("/read")
    first = last_use()
    assert first == (clock.now, "192.0.2.1")
    clock.forward(seconds=59)
    Program(app, value, address="192.0.2.2").get("/read")
    assert last_use() == first
    clock.forward(seconds=1)
    Program(app, value, address="192.0.2.2").get("/read")
    assert last_use() == (clock.now, "192.0.2.2")


def test_what_a_program_does_is_in_the_journal_with_the_number_of_its_token(app: Flask, token: str) -> None:
    with door_of(app).store.reading() as db:
        found = tokens.find(db, token)
        assert found is not None
    with door_of(app).store.transaction(Caller(account_id=found.owner_id, name="maria", token_id=found.token_id)) as tx:
        tx.journal("poll.created")
    entry = last_entry(door_of(app), "poll.created")
    assert (entry.who, entry.who_name) == (found.owner_id, f"maria (token {found.token_id})")


# -- rotation -----------------------------------------------------------------------------------------------


def test_after_a_rotation_both_secrets_work_until_the_overlap_is_over(app: Flask, clock: Clock) -> None:
    old = add_token(app, "maria", "polls:read")
    new = rotate(app, old, timedelta(hours=24))
    numbers = {Program(app, value).get("/read").get_json()["token"] for value in (old, new)}
    assert len(numbers) == 1  # the token is the same
    clock.forward(hours=23, minutes=59)
    assert Program(app, old).get("/read").status_code == 200
    clock.forward(minutes=1)
    assert Program(app, old).get("/read").status_code == 401
    assert Program(app, new).get("/read").status_code == 200
    revoke(app, new)
    assert Program(app, new).get("/read").status_code == 401


def test_revoking_kills_the_old_secret_too(app: Flask) -> None:
    old = add_token(app, "maria", "polls:read")
    new = rotate(app, old, timedelta(hours=24))
    revoke(app, old)
    assert [Program(app, value).get("/read").status_code for value in (old, new)] == [401, 401]


def test_many_requests_at_once_with_one_token_all_work(app: Flask, token: str, clock: Clock) -> None:
    clock.forward(minutes=5)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: Program(app, token).get("/read").status_code, range(24)))
    assert set(answers) == {200}
