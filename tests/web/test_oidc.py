"""Signing in by a provider: the rightful answer opens the account, and whatever is wrong with one opens nothing."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from doorward.core.access import HOST
from doorward.store import accounts
from doorward.testing import Clock, add_account, door_of, signed_in
from doorward.web import people
from doorward.web.oidc.providers import KEPT, LOOK_AGAIN
from tests.support.doors import entries, everything_stored, last_entry
from tests.support.oidc import (
    by_provider,
    come_back,
    leave,
    moves_on_to,
    newcomer,
    oidc_app,
    real_clock,
    table,
    visitor,
    who,
)
from tests.support.provider import Provider, parameters, running_provider


@pytest.fixture(scope="module")
def clock() -> Clock:
    return real_clock()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, provider: Provider, clock: Clock) -> Flask:
    more = {"settings": {"registration": "10000/hour"}}
    app = oidc_app(tmp_path_factory.mktemp("oidc"), provider, clock, registration="open", **more)
    newcomer(app, provider, "maria")
    return app


@pytest.fixture(autouse=True)
def _well_behaved(provider: Provider, app: Flask, clock: Clock) -> None:
    provider.behave()
    _forget_keys(app)


def _forget_keys(app: Flask) -> None:
    """As after a start: what the provider said of itself is asked for again."""
    known = door_of(app).parts.providers._known["school"]
    known.metadata = known.fetched = known.keys_fetched = known.failed = None


def reason(app: Flask) -> str:
    """Why the last answer of a provider was refused, by the journal."""
    return last_entry(door_of(app), "identity.refused").details


def test_the_person_of_the_provider_enters_the_linked_account(app: Flask, provider: Provider) -> None:
    browser = visitor(app)
    assert who(browser) == ""
    arrived = by_provider(browser, provider, "maria")
    assert (arrived.status_code, arrived.headers["Location"]) == (303, "/")
    assert who(browser) == "maria: "
    assert who(visitor(app)) == ""


def test_the_way_there_asks_for_everything_that_protects_the_way_back(app: Flask, provider: Provider) -> None:
    asked = parameters(leave(visitor(app)))
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert len(asked["state"]) >= 43
    assert len(asked["nonce"]) >= 43
    assert asked["redirect_uri"] == "http://localhost/login/oidc/school/callback"
    again = parameters(leave(visitor(app)))
    assert all(asked[name] != again[name] for name in ("state", "nonce", "code_challenge"))


def test_the_session_gets_a_new_identifier(app: Flask, provider: Provider) -> None:
    """Who plants a cookie before the sign-in does not share the session after it (fixation)."""
    browser = visitor(app)
    browser.get("/login")
    before = browser.client.get_cookie("doorward", domain="localhost")
    by_provider(browser, provider, "maria")
    after = browser.client.get_cookie("doorward", domain="localhost")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    planted = visitor(app)
    planted.client.set_cookie("doorward", before.value, domain="localhost")
    assert who(planted) == ""
    assert who(browser) == "maria: "


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [("/me?tab=2", "/me?tab=2"), ("https://evil.example/", "/"), ("//evil.example", "/"), ("/\\evil.example", "/")],
)
def test_next_leads_to_pages_of_this_site_only(app: Flask, provider: Provider, wanted: str, reached: str) -> None:
    assert by_provider(visitor(app), provider, "maria", next=wanted).headers["Location"] == reached


# -- what a provider, or whoever stands between, may get wrong ------------------------------------------------

LIES: dict[str, tuple[dict[str, Any], str]] = {
    "another issuer": ({"claims": {"iss": "https://evil.example"}}, "wrong issuer"),
    "the issuer with a slash": ({"claims": {"iss": "http://127.0.0.1/"}}, "wrong issuer"),
    "another audience": ({"claims": {"aud": "somebody-else"}}, "wrong audience"),
    "others in the audience, without saying who asked": (
        {"claims": {"aud": ["doorward", "other"]}},
        "wrong authorised party",
    ),
    "asked for by another": ({"claims": {"azp": "somebody-else"}}, "wrong authorised party"),
    "another nonce": ({"claims": {"nonce": "n" * 43}}, "wrong nonce"),
    "no nonce": ({"without": ["nonce"]}, "wrong nonce"),
    "no subject": ({"without": ["sub"]}, "no subject"),
    "an empty subject": ({"claims": {"sub": ""}}, "no subject"),
    "a subject that is a number": ({"claims": {"sub": 7}}, "no subject"),
    "no expiry": ({"without": ["exp"]}, "without its times"),
    "no time": ({"without": ["iat"]}, "without its times"),
    "no signature": ({"signs": "none"}, "kind that is not accepted"),
    "the public key as a shared secret": ({"signs": "hs256"}, "kind that is not accepted"),
    "signed by a stranger under the same name": ({"signs": "stranger"}, "wrong signature"),
    "a damaged signature": ({"damaged": True}, "wrong signature"),
    "a key that is not listed": ({"signs": "second"}, "does not list"),
    "the key of another kind": ({"signs": "first", "header": {"kid": "curve"}}, "for something else"),
    "another access token": ({"claims": {"at_hash": "A" * 22}}, "access token"),
    "no ID token": ({"token_answer": {"id_token": None}}, "no ID token"),
    "rubbish for an ID token": ({"token_answer": {"id_token": "a.b.c"}}, "form of one"),
    "a token without a kind": ({"token_answer": {"id_token": "e30.W10."}}, "form of one"),
    "another provider's answer": ({"answers_as": "https://evil.example"}, "another issuer"),
    "an answer without a name, though promised": ({"answers_as": None}, "another issuer"),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_is_not_right_opens_nothing(app: Flask, provider: Provider, lie: str) -> None:
    how, why = LIES[lie]
    assert by_provider(visitor(app), provider, "maria").status_code == 303
    browser = visitor(app)
    provider.behave(**how)
    refused = by_provider(browser, provider, "maria")
    assert refused.status_code == 403
    assert who(browser) == ""
    assert why in reason(app)
    page = refused.get_data(as_text=True)
    assert "Back to signing in" in page
    assert why not in page


@pytest.mark.parametrize("shifted", [{"exp": -600}, {"iat": -3600}, {"iat": 600}, {"exp": -600, "iat": -1200}])
def test_a_token_of_another_time_opens_nothing(app: Flask, provider: Provider, shifted: dict[str, int]) -> None:
    assert by_provider(visitor(app), provider, "maria").status_code == 303
    provider.behave(shifted=shifted)
    refused = by_provider(visitor(app), provider, "maria")
    assert refused.status_code == 403
    assert "The clocks differ" in refused.get_data(as_text=True)


def test_small_differences_of_clocks_are_borne(app: Flask, provider: Provider) -> None:
    provider.behave(shifted={"iat": 45, "exp": -270})
    assert by_provider(visitor(app), provider, "maria").status_code == 303


def test_the_signature_of_an_elliptic_curve_is_as_good(app: Flask, provider: Provider) -> None:
    provider.behave(signs="curve")
    assert by_provider(visitor(app), provider, "maria").status_code == 303


def test_a_client_secret_in_the_form_is_sent_where_the_provider_asks_for_that(app: Flask, provider: Provider) -> None:
    provider.behave(client_auth="client_secret_post")
    assert by_provider(visitor(app), provider, "maria").status_code == 303


# -- the browser and the way back ----------------------------------------------------------------------------


def test_an_answer_works_once(app: Flask, provider: Provider) -> None:
    browser = visitor(app)
    back = provider.sign_in(leave(browser), "maria")
    kept = browser.client.get_cookie("doorward_provider", domain="localhost")
    visit = browser.client.get_cookie("doorward", domain="localhost")
    assert kept is not None
    assert visit is not None
    assert come_back(browser, back).status_code == 303
    browser.sign_out()
    assert come_back(browser, back).status_code == 401
    thief = visitor(app)
    thief.client.set_cookie("doorward_provider", kept.value, domain="localhost")
    thief.client.set_cookie("doorward", visit.value, domain="localhost")
    assert come_back(thief, back).status_code == 401
    assert "used before" in reason(app)
    assert who(thief) == ""


def test_an_answer_works_in_the_browser_that_asked_alone(app: Flask, provider: Provider) -> None:
    asked, other = visitor(app), visitor(app)
    back = provider.sign_in(leave(asked), "maria")
    other.get("/login")
    assert come_back(other, back).status_code == 401
    note = asked.client.get_cookie("doorward_provider", domain="localhost")
    assert note is not None
    other.client.set_cookie("doorward_provider", note.value, domain="localhost")
    assert come_back(other, back).status_code == 401
    assert who(other) == ""
    assert come_back(asked, back).status_code == 303
    assert who(asked) == "maria: "


def test_nobody_is_signed_in_as_the_attacker(app: Flask, provider: Provider) -> None:
    """Login CSRF: a stranger's answer, put under somebody who has a sign-in of their own under way."""
    victim, attacker = visitor(app), visitor(app)
    leave(victim)
    back = provider.sign_in(leave(attacker), "maria")
    refused = come_back(victim, back)
    assert refused.status_code == 401
    assert "wrong state" in reason(app)
    assert who(victim) == ""


def test_a_stolen_code_is_worth_nothing_in_another_sign_in(app: Flask, provider: Provider) -> None:
    """Code injection: PKCE ties the code to the browser that asked for it (RFC 9700 section 4.5)."""
    victim, thief = visitor(app), visitor(app)
    stolen = parameters(provider.sign_in(leave(victim), "maria"))["code"]
    own = parameters(provider.sign_in(leave(thief), "mallory"))
    address = f"/login/oidc/school/callback?state={own['state']}&iss={provider.issuer}&code="
    assert thief.get(address + stolen).status_code == 403
    assert "did not accept the code" in reason(app)
    assert who(thief) == ""


@pytest.mark.parametrize(
    "broken", ["", "state=", "state=a&state=b", "code=x", "state=%00", "iss=x&error=access_denied"]
)
def test_an_answer_that_nobody_asked_for_is_refused(app: Flask, provider: Provider, broken: str) -> None:
    browser = visitor(app)
    leave(browser)
    assert browser.get(f"/login/oidc/school/callback?{broken}").status_code in (400, 401)


def test_a_sign_in_that_takes_too_long_is_begun_again(app: Flask, provider: Provider, clock: Clock) -> None:
    browser = visitor(app)
    back = provider.sign_in(leave(browser), "maria")
    clock.forward(minutes=11)
    refused = come_back(browser, back)
    clock.forward(minutes=-11)
    assert refused.status_code == 401
    assert "Begin again" in refused.get_data(as_text=True)


def test_cancelling_there_is_said_kindly(app: Flask, provider: Provider) -> None:
    browser = visitor(app)
    back = provider.sign_in(leave(browser), "maria", says="no")
    assert parameters(back)["error"] == "access_denied"
    refused = come_back(browser, back)
    assert refused.status_code == 403
    assert "cancelled" in refused.get_data(as_text=True)
    assert who(browser) == ""


def test_the_form_needs_the_token_of_a_page(app: Flask, provider: Provider) -> None:
    browser = visitor(app)
    browser.get("/login")
    assert browser.send("POST", "/login/oidc/school").status_code == 400
    assert browser.post("/login/oidc/school").status_code == 200
    assert browser.post("/login/oidc/nobody").status_code == 404


def test_strict_cookies_come_along_from_a_page_of_ours(tmp_path: Path, provider: Provider, clock: Clock) -> None:
    """Browsers hold strict cookies back from what another site leads to. So it is asked for once more from here."""
    app = oidc_app(tmp_path, provider, clock, registration="open", settings={"cookie_samesite": "strict"})
    newcomer(app, provider, "maria", secure=True)
    browser = visitor(app, secure=True)
    back = urlsplit(provider.sign_in(leave(browser), "maria"))
    assert (back.scheme, back.netloc) == ("https", "localhost")
    address = f"{back.path}?{back.query}"
    without = visitor(app, secure=True).get(address, headers={"Sec-Fetch-Site": "cross-site"})
    assert without.status_code == 200
    assert moves_on_to(without) == address
    assert browser.get(address, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303
    assert who(browser) == "maria: "


# -- the provider itself -------------------------------------------------------------------------------------

BAD_DOCUMENTS: dict[str, dict[str, Any]] = {
    "no PKCE": {"code_challenge_methods_supported": None},
    "plain PKCE only": {"code_challenge_methods_supported": ["plain"]},
    "another issuer": {"issuer": "https://evil.example"},
    "a token endpoint without TLS": {"token_endpoint": "http://id.example.org/token"},
    "keys without TLS": {"jwks_uri": "http://id.example.org/keys"},
    "a page that is a script": {"authorization_endpoint": "javascript:alert(1)"},
    "no code flow": {"response_types_supported": ["id_token"]},
    "shared secrets only": {"id_token_signing_alg_values_supported": ["HS256", "none"]},
}


@pytest.mark.parametrize("flaw", BAD_DOCUMENTS)
def test_a_provider_that_cannot_be_relied_on_is_not_used(app: Flask, provider: Provider, flaw: str) -> None:
    browser = visitor(app)
    assert leave(browser).startswith(provider.issuer)
    provider.behave(discovery=BAD_DOCUMENTS[flaw])
    _forget_keys(app)
    refused = browser.post("/login/oidc/school")
    assert refused.status_code == 503
    assert "does not answer" in refused.get_data(as_text=True)


def test_a_redirect_of_the_provider_is_not_followed(app: Flask, provider: Provider) -> None:
    provider.behave(redirects=f"{provider.issuer}/keys")
    before = provider.seen()["keys"]
    assert visitor(app).post("/login/oidc/school").status_code == 503
    assert provider.seen()["keys"] == before


def test_an_answer_without_end_is_not_read(app: Flask, provider: Provider) -> None:
    provider.behave(discovery={"filling": "x" * 300_000})
    assert visitor(app).post("/login/oidc/school").status_code == 503
    assert "too large" in reason(app)


def test_a_provider_that_is_down_is_said_and_the_password_still_works(app: Flask, provider: Provider) -> None:
    browser = visitor(app)
    back = provider.sign_in(leave(browser), "maria")
    provider.behave(down=True)
    refused = come_back(browser, back)
    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0
    _forget_keys(app)
    assert browser.post("/login/oidc/school").status_code == 503
    asked = provider.seen()["discovery"]
    assert visitor(app).post("/login/oidc/school").status_code == 503
    assert provider.seen()["discovery"] == asked, "a crowd must not wait for a dead provider one by one"
    add_account(app, "petra")
    browser.sign_in("petra")
    assert who(browser) == "petra: "


def test_proxies_of_the_environment_are_not_used(
    app: Flask, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    fetcher = type(door_of(app).parts.providers.fetcher)(door_of(app).parts.outbounds)
    assert fetcher.get(f"{provider.issuer}/.well-known/openid-configuration")


def test_new_keys_are_found_once_a_minute_and_not_oftener(app: Flask, provider: Provider, clock: Clock) -> None:
    assert by_provider(visitor(app), provider, "maria").status_code == 303
    provider.behave(signs="second", lists=["first", "second"])
    asked = provider.seen()["keys"]
    assert by_provider(visitor(app), provider, "maria").status_code == 403
    assert provider.seen()["keys"] == asked, "asked again too soon"
    clock.forward(seconds=LOOK_AGAIN.total_seconds())
    assert by_provider(visitor(app), provider, "maria").status_code == 303
    assert provider.seen()["keys"] == asked + 1
    provider.behave(signs="first", lists=["second"])  # the old key is withdrawn, and counts no longer than we keep it
    clock.forward(seconds=KEPT.total_seconds())
    _to_now(clock)
    _forget_keys(app)
    assert by_provider(visitor(app), provider, "maria").status_code == 403


def _to_now(clock: Clock) -> None:
    clock.now = real_clock().now + timedelta(seconds=0)


# -- two providers -------------------------------------------------------------------------------------------


def test_the_answer_of_one_provider_is_not_taken_to_another(tmp_path: Path, provider: Provider) -> None:
    """Mix-up (RFC 9700 section 4.4): an attacker's provider must neither get another's code, nor speak for it."""
    with running_provider() as evil:
        more = {"more": {"evil": table(evil, registration="open")}}
        app = oidc_app(tmp_path, provider, registration="open", settings=more)
        assert who(newcomer(app, provider, "maria")) == "maria: "
        victim = visitor(app)
        honest = parameters(provider.sign_in(leave(victim), "maria"))
        asked = evil.seen()["token"]
        moved = f"/login/oidc/evil/callback?code={honest['code']}&state={honest['state']}&iss={evil.issuer}"
        assert victim.get(moved).status_code == 401
        assert "another provider" in reason(app)
        assert evil.seen()["token"] == asked, "the code went to the other provider"
        victim = visitor(app)
        address = leave(victim, "/login/oidc/evil")
        back = evil.sign_in(address, "maria").replace(evil.issuer.replace(":", "%3A").replace("/", "%2F"), "x")
        assert come_back(victim, back).status_code in (401, 403)
        assert who(victim) == ""


def test_the_same_subject_at_another_provider_is_somebody_else(tmp_path: Path, provider: Provider) -> None:
    with running_provider() as other:
        more = {"more": {"other": table(other)}}
        app = oidc_app(tmp_path, provider, registration="open", settings=more)
        newcomer(app, provider, "maria")
        assert by_provider(visitor(app), provider, "maria").status_code == 303
        stranger = visitor(app)
        assert by_provider(stranger, other, "maria", "/login/oidc/other").status_code == 403
        assert who(stranger) == ""


# -- what is kept ---------------------------------------------------------------------------------------------


def test_no_code_token_or_secret_is_stored_or_journaled(app: Flask, provider: Provider, tmp_path: Path) -> None:
    browser = visitor(app)
    back = provider.sign_in(leave(browser), "maria")
    come_back(browser, back)
    given = parameters(back)
    sent = provider.seen()["last"]
    stored = everything_stored(door_of(app).settings.data)
    assert b"maria@subjects" in stored
    for secret in (given["code"], given["state"], sent["code_verifier"], "a secret & a half", "sid-of-maria"):
        assert secret.encode() not in stored, secret
    told = " ".join(entry.details + entry.on for entry in entries(door_of(app)))
    assert "maria@subjects" not in told


def test_who_is_signed_in_by_password_can_enter_another_account_by_provider(app: Flask, provider: Provider) -> None:
    browser = signed_in(app, "joan")
    first = browser.client.get_cookie("doorward", domain="localhost")
    assert first is not None
    assert by_provider(browser, provider, "maria").status_code == 303
    assert who(browser) == "maria: "
    old = visitor(app)
    old.client.set_cookie("doorward", first.value, domain="localhost")
    assert who(old) == ""


def test_a_blocked_account_is_not_entered(app: Flask, provider: Provider) -> None:
    block = newcomer(app, provider, "blanca")
    with door_of(app).store.reading() as db:
        account = accounts.by_name_key(db, "blanca")
    assert account is not None
    people.block(door_of(app).store, HOST, account.id)
    assert who(block) == ""
    refused = by_provider(visitor(app), provider, "blanca")
    assert refused.status_code == 403
    assert "may not sign in" in refused.get_data(as_text=True)


def test_the_provider_is_asked_within_its_time(app: Flask, provider: Provider) -> None:
    began = time.monotonic()
    by_provider(visitor(app), provider, "maria")
    assert time.monotonic() - began < 10
