"""Signing out, where a provider has opened the session: here always, there by a link, and here when it says so."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from doorward.testing import Clock, signed_in
from tests.support.oidc import by_provider, newcomer, oidc_app, real_clock, visitor, who
from tests.support.provider import Provider, parameters


@pytest.fixture(scope="module")
def clock() -> Clock:
    return real_clock()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, provider: Provider, clock: Clock) -> Flask:
    app = oidc_app(tmp_path_factory.mktemp("leaving"), provider, clock, registration="open")
    newcomer(app, provider, "maria")
    newcomer(app, provider, "joan")
    return app


@pytest.fixture(autouse=True)
def _well_behaved(provider: Provider) -> None:
    provider.behave()


def entered(app: Flask, provider: Provider, person: str) -> Any:
    browser = visitor(app)
    by_provider(browser, provider, person)
    assert who(browser)
    return browser


def say_signed_out(app: Flask, token: str, key: str = "school") -> TestResponse:
    """What the provider sends: no cookie, no page of ours, no token against forgery."""
    return visitor(app).send("POST", f"/login/oidc/{key}/sign-out", data={"logout_token": token})


def test_signing_out_ends_the_session_here_and_offers_to_sign_out_there(app: Flask, provider: Provider) -> None:
    browser = entered(app, provider, "maria")
    kept = browser.client.get_cookie("doorward", domain="localhost")
    left = browser.sign_out()
    assert left.headers["Location"] == "/logout?by=school"
    thief = visitor(app)
    thief.client.set_cookie("doorward", kept.value, domain="localhost")
    assert who(thief) == ""
    page = browser.get(left.headers["Location"]).get_data(as_text=True)
    assert "Sign out at School too" in page
    address = page.split(f'href="{provider.issuer}')[1].split('"')[0].replace("&amp;", "&")
    assert urlsplit(address).path == "/end"
    assert parameters(address) == {"client_id": "doorward", "post_logout_redirect_uri": "http://localhost/logout"}


def test_who_came_by_password_is_sent_nowhere(app: Flask, provider: Provider) -> None:
    browser = signed_in(app, "petra")
    assert browser.sign_out().headers["Location"] == "/logout"
    for key in ("", "nobody", "https://evil.example"):
        assert "too</a>" not in browser.get("/logout", query_string={"by": key}).get_data(as_text=True)


@pytest.mark.parametrize(
    "names", [{"sub": "maria@subjects"}, {"sid": "sid-of-maria"}, {"sub": "maria@subjects", "sid": "sid-of-maria"}]
)
def test_who_signs_out_at_the_provider_is_signed_out_here(
    app: Flask, provider: Provider, names: dict[str, str]
) -> None:
    first, second, other = (entered(app, provider, person) for person in ("maria", "maria", "joan"))
    assert say_signed_out(app, provider.logout_token(**names)).status_code == 200
    assert (who(first), who(second)) == ("", "")
    assert who(other) == "joan: "


def test_another_session_at_the_provider_goes_on(app: Flask, provider: Provider) -> None:
    stays = entered(app, provider, "maria")
    provider.behave(claims={"sid": "another"})
    goes = entered(app, provider, "maria")
    provider.behave()
    assert say_signed_out(app, provider.logout_token(sub="maria@subjects", sid="another")).status_code == 200
    assert (who(stays), who(goes)) == ("maria: ", "")


LIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "another issuer": ({}, {"iss": "https://evil.example"}),
    "another audience": ({}, {"aud": "another"}),
    "of yesterday": ({}, {"iat": 1_700_000_000, "exp": 1_700_000_120}),
    "with a nonce, as an ID token": ({}, {"nonce": "n"}),
    "without the event": ({}, {"events": {}}),
    "events that are a text": ({}, {"events": "http://schemas.openid.net/event/backchannel-logout"}),
    "without a number": ({}, {"jti": None}),
    "about nobody": ({}, {"sub": None}),
    "signed by nobody": ({"signs": "none"}, {}),
    "signed with the public key": ({"signs": "hs256"}, {}),
    "signed by a stranger": ({"signs": "stranger"}, {}),
}


@pytest.mark.parametrize("lie", LIES)
def test_nobody_else_can_sign_people_out(app: Flask, provider: Provider, lie: str) -> None:
    how, claims = LIES[lie]
    browser = entered(app, provider, "maria")
    provider.behave(**how)
    refused = say_signed_out(app, provider.logout_token(**{"sub": "maria@subjects", **claims}))
    assert refused.status_code == 400
    assert who(browser) == "maria: "
    provider.behave()
    assert say_signed_out(app, provider.logout_token(sub="maria@subjects")).status_code == 200
    assert who(browser) == ""


def test_a_logout_token_works_once(app: Flask, provider: Provider) -> None:
    token = provider.logout_token(sub="maria@subjects")
    assert say_signed_out(app, token).status_code == 200
    browser = entered(app, provider, "maria")
    assert say_signed_out(app, token).status_code == 400
    assert who(browser) == "maria: "


def test_an_id_token_signs_nobody_out_and_rubbish_neither(app: Flask, provider: Provider) -> None:
    browser = entered(app, provider, "maria")
    for token in ("", "a.b.c", "x" * 20_000):
        assert say_signed_out(app, token).status_code == 400
    assert say_signed_out(app, "x", key="nobody").status_code == 404
    assert who(browser) == "maria: "
    foreign = visitor(app).send(
        "POST", "/login/oidc/school/sign-out", data={"logout_token": provider.logout_token(sub="maria@subjects")},
        headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    )  # fmt: skip
    assert foreign.status_code == 400, "a page of somebody else's has no part in it"
    assert who(browser) == "maria: "
