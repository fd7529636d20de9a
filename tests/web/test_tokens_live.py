"""Live streams by token: a topic says which scopes it takes, and a stream ends with the secret it was opened with."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from doorward import Caller, StartRefused, topic
from doorward.core.streams import ENVIRON_KEY, StreamRequest
from doorward.serve.revocation import RevocationWatch
from doorward.store import tokens
from doorward.testing import Clock, Program, add_account, add_token, door_of, signed_in
from doorward.web import people
from tests.store.records import Told
from tests.support.doors import app_behind

BOSS = Caller(account_id="boss", name="boss", roles=frozenset({"admin"}))
asked: list[Caller] = []


@topic("tests.scoped", scopes=["live:read"])
def scoped(caller: Caller, key: str) -> bool:
    asked.append(caller)
    return caller.is_signed_in


@topic("tests.unscoped")
def unscoped(caller: Caller, key: str) -> bool:
    asked.append(caller)
    return caller.is_signed_in or key == "for everybody"


class Opener:
    def __init__(self) -> None:
        self.opened: list[StreamRequest] = []

    def open(self, request: StreamRequest) -> None:
        self.opened.append(request)


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Flask:
    app = app_behind(tmp_path_factory.mktemp("live"), lambda _app: None, clock)
    add_account(app, "maria", "admin")
    return app


def test_a_scope_that_only_a_topic_names_can_be_given_once_its_meaning_is_said(tmp_path: Path) -> None:
    app = app_behind(tmp_path, lambda _app: None, scopes={"live:read": "Listen to the stage."})
    assert ("live:read", ("stream tests.scoped",)) in [(scope.name, scope.opens) for scope in door_of(app).scopes]
    boss = signed_in(app, "boss", "admin")
    answer = boss.post("/account/tokens/new", {"name": "a radio", "scope": "live:read", "days": "7"})
    assert answer.status_code == 200 or answer.status_code == 201
    assert listen(app, answer.get_data(as_text=True).split('id="secret">')[1][:52], "tests.scoped:1") is not None
    with pytest.raises(StartRefused, match="no route and no topic asks for"):
        app_behind(tmp_path / "other", lambda _app: None, scopes={"live:raed": "Misspelt."})


def listen(app: Flask, token: str, name: str) -> StreamRequest | None:
    opener = Opener()
    answer = Program(app, token).get("/live", query_string={"topic": [name]}, environ_overrides={ENVIRON_KEY: opener})
    assert (answer.status_code, len(opener.opened)) in ((200, 1), (404, 0), (401, 0))
    return opener.opened[0] if opener.opened else None


def test_a_topic_takes_the_tokens_that_carry_its_scopes(app: Flask, clock: Clock) -> None:
    token = add_token(app, "maria", "live:read", "other:read")
    stream = listen(app, token, "tests.scoped:1")
    with door_of(app).store.reading() as db:
        found = tokens.find(db, token)
    assert stream is not None
    assert found is not None
    assert (stream.secret_id, stream.account_id, stream.session_id) == (found.secret_id, found.owner_id, None)
    assert stream.expires_at == clock.now + timedelta(days=90)
    assert asked[-1].roles == {"admin"}


@pytest.mark.parametrize("scope", ["other:read", "live:rea", "live:*"])
def test_without_the_scope_a_token_is_a_visitor_to_a_topic(app: Flask, scope: str) -> None:
    token = add_token(app, "maria", scope)
    assert listen(app, token, "tests.scoped:1") is None
    assert (asked[-1].account_id, asked[-1].roles) == (None, frozenset())


def test_a_topic_without_scopes_takes_a_token_as_a_visitor(app: Flask) -> None:
    token = add_token(app, "maria", "live:read")
    assert listen(app, token, "tests.unscoped:private") is None
    assert listen(app, token, "tests.unscoped:for everybody") is not None


def test_a_token_that_does_not_hold_opens_no_stream(app: Flask) -> None:
    assert listen(app, "dw_nonsense", "tests.unscoped:for everybody") is None


def test_a_blocked_owner_cuts_the_streams_of_their_tokens(app: Flask) -> None:
    account_id = add_account(app, "soon.out")
    for_person = add_token(app, "soon.out", "live:read", for_person=True)
    with door_of(app).store.reading() as db:
        secret = tokens.find(db, for_person)
    assert secret is not None
    told = door_of(app).store.publisher = Told()
    people.block(door_of(app).store, BOSS, account_id)
    assert ("secret", secret.secret_id) in told.cuts
    assert ("account", account_id) in told.cuts


def test_what_another_process_revoked_or_let_expire_is_cut_too(app: Flask, clock: Clock) -> None:
    store, told = door_of(app).store, Told()
    values = {life: add_token(app, "maria", "live:read", life=life) for life in (None, timedelta(hours=1))}
    revoked = add_token(app, "maria", "live:read")
    with store.transaction() as tx:
        numbers = [found.secret_id for v in (*values.values(), revoked) if (found := tokens.find(tx.db, v))]
        found = tokens.find(tx.db, revoked)
        assert found is not None
        tokens.revoke(tx, found.token_id)
    watch = RevocationWatch(store, told, list, lambda: numbers)
    watch.look()
    assert told.cuts == [("secret", numbers[2])]
    clock.forward(hours=1)
    watch.look()
    assert sorted(told.cuts[1:]) == [("secret", numbers[1]), ("secret", numbers[2])]
