"""Who enters by a provider, without a password: confirmed by a passkey, forms kept, a factor that a role asks for."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from doorward.prove.authenticator import Authenticator
from doorward.testing import Browser, Clock, door_of, signed_in
from tests.support.doors import app_behind, last_entry
from tests.support.factors import enrol
from tests.support.oidc import by_provider, newcomer, routes, who
from tests.support.pretended_provider import PretendedProvider

REFERER = {"Referer": "http://localhost/the-form"}
done: list[str] = []


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(clock: Clock) -> PretendedProvider:
    return PretendedProvider(clock)


@pytest.fixture
def app(tmp_path: Path, clock: Clock, provider: PretendedProvider) -> Flask:
    def more(app: Flask) -> None:
        from flask import request

        from doorward import access

        def dare() -> str:
            done.append(request.form["note"])
            return "done"

        routes(app)
        app.add_url_rule("/dare", "dare", access.member(access.fresh(dare)), methods=["POST"])

    done.clear()
    school = {**provider.table, "registration": "open", "second_factor": ["mfa"]}
    app = app_behind(tmp_path, more, clock, oidc={"school": school}, roles={"teacher": "May teach."})
    provider.stands_in_for_the_network(app)
    return app


def options(browser: Browser, path: str) -> dict[str, Any]:
    headers = {"X-CSRF-Token": browser.token, "Accept": "application/json"}
    got: dict[str, Any] = browser.send("POST", f"{path}/options", headers=headers).get_json()
    return got


def with_passkey(app: Flask, provider: PretendedProvider) -> tuple[Browser, Authenticator]:
    browser, key = newcomer(app, provider, "maria"), Authenticator()
    browser.get("/account/factors")
    got = options(browser, "/account/factors/passkeys")
    made = browser.post(
        "/account/factors/passkeys", {"ticket": got["ticket"], "credential": key.create(got["publicKey"])}
    )
    assert made.status_code == 200
    return browser, key


def test_a_passkey_confirms_an_account_without_a_password_and_what_was_typed_is_kept(
    app: Flask, clock: Clock, provider: PretendedProvider
) -> None:
    browser, key = with_passkey(app, provider)
    clock.forward(minutes=11)
    refused = browser.post("/dare", {"note": "typed before"}, headers=REFERER)
    assert refused.status_code == 403
    page = refused.get_data(as_text=True)
    assert 'type="password"' not in page
    assert "Use your passkey" in page
    assert "Confirming with a provider leaves this page" in page
    found = re.search(r'name="held" value="([^"]+)"', page)
    assert found
    for verifies, status in ((False, 401), (True, 200)):  # a touch alone is one factor, and does not confirm
        key.verifies = verifies
        got = options(browser, "/account/confirm")
        claim = {"ticket": got["ticket"], "credential": key.get(got["publicKey"]), "held": html.unescape(found[1])}
        answer = browser.post("/account/confirm", claim)
        assert answer.status_code == status, verifies
        assert done == []
    assert "typed before" in answer.get_data(as_text=True)
    assert browser.post("/dare", {"note": "typed before"}).status_code == 200
    assert done == ["typed before"]
    assert last_entry(door_of(app), "session.confirmed")


def test_somebody_elses_passkey_confirms_nothing(app: Flask, clock: Clock, provider: PretendedProvider) -> None:
    browser, _ = with_passkey(app, provider)
    thief = Authenticator()
    clock.forward(minutes=11)
    browser.get("/account/confirm")
    got = options(browser, "/account/confirm")
    claim = {"ticket": got["ticket"], "credential": thief.get(got["publicKey"])}
    assert browser.post("/account/confirm", claim).status_code == 401
    assert browser.post("/dare", {"note": "x"}, headers=REFERER).status_code == 403


def test_who_can_confirm_by_the_provider_alone_is_not_promised_that_a_form_is_kept(
    app: Flask, clock: Clock, provider: PretendedProvider
) -> None:
    browser = newcomer(app, provider, "maria")
    clock.forward(minutes=11)
    refused = browser.post("/dare", {"note": "typed before"}, headers=REFERER)
    assert refused.status_code == 403
    page = refused.get_data(as_text=True)
    assert 'name="held"' not in page
    assert "is kept" not in page
    assert "/account/confirm" in page
    arrived = by_provider(browser, provider, "maria", "/account/confirm/oidc/school", next="/me")
    assert arrived.headers["Location"] == "/me"
    assert browser.post("/dare", {"note": "typed again"}).status_code == 200


def test_a_second_factor_of_the_provider_counts_where_a_role_asks_for_one(
    app: Flask, clock: Clock, provider: PretendedProvider
) -> None:
    boss = signed_in(app, "chief", "admin")
    enrol(boss, clock)
    boss.get("/admin/security")
    newcomer(app, provider, "maria")
    assert boss.post("/admin/security/factors", {"of": "member"}).status_code == 303
    for claims, reached in (({"amr": ["pwd", "mfa"]}, True), ({"amr": ["pwd"]}, False), ({}, False)):
        provider.claims = claims
        browser = Browser(app)
        by_provider(browser, provider, "maria")
        assert bool(who(browser)) == reached, claims
        if not reached:
            assert browser.get("/me").headers["Location"] == "/account/factors"
            browser.get("/account/factors")
            assert browser.post("/dare", {"note": "x"}).status_code == 403
    assert done == []
