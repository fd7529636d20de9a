"""Accounts that are entered by a provider: who gets one, what it may, how it is linked, confirmed and unlinked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from doorward.core.access import HOST
from doorward.errors import SettingsError, StartRefused
from doorward.store import accounts, identities
from doorward.store.models import Account
from doorward.testing import PASSWORD, Browser, Clock, add_account, door_of, signed_in
from doorward.web import people
from tests.support.doors import entries, last_entry
from tests.support.factors import enrol
from tests.support.oidc import by_provider, come_back, leave, newcomer, oidc_app, real_clock, table, visitor, who
from tests.support.provider import Provider, running_provider

ROLES = {"teachers": "teacher", "it": "admin"}


@pytest.fixture
def clock() -> Clock:
    return real_clock()


@pytest.fixture(autouse=True)
def _well_behaved(provider: Provider) -> None:
    provider.behave()


@pytest.fixture
def make(tmp_path: Path, provider: Provider, clock: Clock) -> Any:
    """Makes an app with the provider: `make(registration="open", roles={…})`."""
    return lambda **fields: oidc_app(tmp_path, provider, clock, **fields)


def account_of(app: Flask, name: str) -> Account:
    with door_of(app).store.reading() as db:
        found = accounts.by_name_key(db, name)
    assert found is not None
    return found


def linked(browser: Browser, provider: Provider, person: str) -> None:
    """Link the signed-in account with this person of the provider."""
    arrived = by_provider(browser, provider, person, "/account/identities/school")
    assert arrived.headers.get("Location") == "/account", arrived.get_data(as_text=True)


def number_of(app: Flask, name: str) -> int:
    with door_of(app).store.reading() as db:
        return identities.of_account(db, account_of(app, name).id)[0].id


# -- new people ----------------------------------------------------------------------------------------------


def test_a_name_or_an_address_that_a_provider_says_takes_over_no_account(make: Any, provider: Provider) -> None:
    app = make(registration="open")
    add_account(app, "maria", "admin")
    provider.behave(claims={"preferred_username": "maria", "email": "maria@example.org", "email_verified": True})
    browser = visitor(app)
    arrived = by_provider(browser, provider, "mallory")
    assert arrived.headers["Location"] == "/register/identity"
    assert who(browser) == ""
    page = browser.get("/register/identity").get_data(as_text=True)
    assert 'value="maria2"' in page, "a free name is offered"
    for taken in ("maria", "MARIA", "rnaria", "admin"):
        refused = browser.post("/register/identity", {"username": taken})
        assert refused.status_code == 422, taken
    assert browser.post("/register/identity", {"username": "maria2"}).status_code == 303
    assert who(browser) == "maria2: "
    assert account_of(app, "maria").roles == "admin"


@pytest.mark.parametrize("registration", ["none", "invited"])
def test_without_an_account_nobody_enters_unless_that_is_open(make: Any, provider: Provider, registration: str) -> None:
    app = make(registration=registration)
    browser = signed_in(app, "joan")
    linked(browser, provider, "joan")
    assert by_provider(visitor(app), provider, "joan").status_code == 303
    stranger = visitor(app)
    refused = by_provider(stranger, provider, "stranger")
    assert refused.status_code == 403
    assert "No account here yet" in refused.get_data(as_text=True)
    assert stranger.get("/register/identity").headers["Location"] == "/login"
    assert stranger.post("/register/identity", {"username": "stranger"}).status_code == 401


def test_with_approval_the_account_waits(make: Any, provider: Provider) -> None:
    app = make(registration="approval")
    browser = visitor(app)
    by_provider(browser, provider, "wanda")
    browser.get("/register/identity")
    made = browser.post("/register/identity", {"username": "wanda"})
    assert made.headers["Location"] == "/login"
    assert who(browser) == ""
    refused = by_provider(visitor(app), provider, "wanda")
    assert refused.status_code == 403
    assert "waits for approval" in refused.get_data(as_text=True)
    boss = signed_in(app, "chief", "admin")
    boss.get("/admin/people")
    assert boss.post(f"/admin/people/{account_of(app, 'wanda').id}/approve").status_code == 303
    entered = visitor(app)
    assert by_provider(entered, provider, "wanda").status_code == 303
    assert who(entered) == "wanda: "


def invitation(app: Flask, name: str = "chief", role: str = "member") -> str:
    """The path of a new invitation."""
    boss = signed_in(app, name, "admin")
    boss.get("/admin/invitations")
    made = boss.post("/admin/invitations", {"role": role, "days": "7", "uses": "1"})
    page = made.get_data(as_text=True)
    return "/join/" + page.split("/join/")[1].split("<")[0].split('"')[0]


def test_an_invited_person_may_come_by_the_provider_once(make: Any, provider: Provider) -> None:
    app = make(registration="invited")
    link = invitation(app)
    browser = visitor(app)
    assert "Make it with School" in browser.get(link).get_data(as_text=True)
    assert by_provider(browser, provider, "ines", f"{link}/oidc/school").headers["Location"] == "/register/identity"
    browser.get("/register/identity")
    assert browser.post("/register/identity", {"username": "ines"}).status_code == 303
    assert who(browser) == "ines: "
    second = visitor(app)
    by_provider(second, provider, "late", f"{link}/oidc/school")
    second.get("/register/identity")
    refused = second.post("/register/identity", {"username": "late"})
    assert refused.status_code == 401
    assert "used up" in refused.get_data(as_text=True)
    assert who(second) == ""


def test_where_the_provider_makes_no_accounts_an_invitation_changes_nothing(make: Any, provider: Provider) -> None:
    app = make(registration="none")
    link = invitation(app)
    browser = visitor(app)
    assert "Make it with" not in browser.get(link).get_data(as_text=True)
    assert by_provider(browser, provider, "ines", f"{link}/oidc/school").status_code == 403


def test_the_choice_of_a_name_belongs_to_one_browser_and_works_once(make: Any, provider: Provider) -> None:
    app = make(registration="open")
    browser, thief = visitor(app), visitor(app)
    by_provider(browser, provider, "maria")
    note = browser.client.get_cookie("doorward_newcomer", domain="localhost")
    visit = browser.client.get_cookie("doorward", domain="localhost")
    assert note is not None
    assert visit is not None
    thief.get("/login")
    thief.client.set_cookie("doorward_newcomer", note.value, domain="localhost")
    assert thief.post("/register/identity", {"username": "mallory"}).status_code == 401
    browser.get("/register/identity")
    assert browser.post("/register/identity", {"username": "maria"}).status_code == 303
    thief.client.set_cookie("doorward", visit.value, domain="localhost")
    thief.client.set_cookie("doorward_newcomer", note.value, domain="localhost")
    thief.token = ""
    assert thief.post("/register/identity", {"username": "mallory"}).status_code == 401


# -- roles ---------------------------------------------------------------------------------------------------


def test_groups_give_the_roles_of_the_mapping_and_take_them_again(make: Any, provider: Provider) -> None:
    app = make(registration="open", roles={"teachers": "teacher"})
    provider.behave(claims={"groups": ["teachers", "admin", "it"]})
    browser = newcomer(app, provider, "maria")
    assert who(browser) == "maria: teacher"
    assert browser.get("/teach").status_code == 200
    provider.behave(claims={"groups": ["admin"]})
    later = visitor(app)
    by_provider(later, provider, "maria")
    assert who(later) == "maria: "
    assert later.get("/teach").status_code == 403
    assert who(browser) == "", "the session with the role has ended"
    changed = last_entry(door_of(app), "account.roles_changed")
    assert '"by":"provider:school"' in changed.details
    assert '"roles":[]' in changed.details


@pytest.mark.parametrize("groups", [None, "admin", ["admin"], [["it"]], {"it": 1}, 7, ["IT"], ["it,"]])
def test_what_is_not_in_the_mapping_gives_nothing(make: Any, provider: Provider, groups: Any) -> None:
    app = make(registration="open", roles=ROLES)
    provider.behave(claims={"groups": ["it"]})
    assert who(newcomer(app, provider, "ada")) == "ada: admin"
    add_account(app, "chief", "admin")
    provider.behave(claims={"groups": groups, "roles": ["admin"], "role": "admin"})
    browser = newcomer(app, provider, "eve")
    assert who(browser) == "eve: "


def test_a_role_that_somebody_here_gave_stays(make: Any, provider: Provider) -> None:
    app = make(roles=ROLES)
    browser = signed_in(app, "tilda", "teacher")
    linked(browser, provider, "tilda")
    for groups in (["teachers"], []):
        provider.behave(claims={"groups": groups})
        later = visitor(app)
        by_provider(later, provider, "tilda")
        assert who(later) == "tilda: teacher"


def test_the_last_administrator_stays_one(make: Any, provider: Provider) -> None:
    app = make(registration="open", roles=ROLES)
    provider.behave(claims={"groups": ["it"]})
    newcomer(app, provider, "ada")
    provider.behave(claims={"groups": []})
    kept = visitor(app)
    by_provider(kept, provider, "ada")
    assert who(kept) == "ada: admin"
    assert last_entry(door_of(app), "account.role_kept").outcome == "refused"
    add_account(app, "chief", "admin")
    lost = visitor(app)
    by_provider(lost, provider, "ada")
    assert who(lost) == "ada: "


def test_a_role_that_no_route_asks_for_stops_the_start(make: Any) -> None:
    with pytest.raises(StartRefused, match="janitor"):
        make(roles={"staff": "janitor"})


# -- linking and unlinking -----------------------------------------------------------------------------------


def test_a_linked_identity_opens_the_account_until_it_is_unlinked(make: Any, provider: Provider) -> None:
    app = make()
    browser = signed_in(app, "joan")
    assert by_provider(visitor(app), provider, "joan").status_code == 403
    linked(browser, provider, "joan")
    assert last_entry(door_of(app), "identity.linked").on == f"account:{account_of(app, 'joan').id}"
    other = visitor(app)
    by_provider(other, provider, "joan")
    assert who(other) == "joan: "
    assert browser.post(f"/account/identities/{number_of(app, 'joan')}/remove").status_code == 303
    assert who(browser) == "joan: "
    assert who(other) == "", "sessions elsewhere have ended"
    assert by_provider(visitor(app), provider, "joan").status_code == 403


def test_linking_asks_who_is_there_first(make: Any, provider: Provider, clock: Clock) -> None:
    app = make()
    browser = signed_in(app, "joan")
    clock.forward(minutes=11)
    browser.get("/account")
    refused = browser.post("/account/identities/school")
    assert refused.status_code == 403
    browser.get("/account/confirm")
    browser.post("/account/confirm", {"password": PASSWORD})
    browser.get("/account")
    assert browser.post("/account/identities/school").status_code == 200
    assert visitor(app).post("/account/identities/school").status_code == 401


def test_an_identity_opens_one_account(make: Any, provider: Provider) -> None:
    app = make()
    linked(signed_in(app, "joan"), provider, "joan")
    mallory = signed_in(app, "mallory")
    assert by_provider(mallory, provider, "joan", "/account/identities/school").status_code == 409
    linked(mallory, provider, "mallory")
    assert by_provider(mallory, provider, "another", "/account/identities/school").status_code == 409


def test_nobody_links_their_own_identity_to_somebody_elses_account(make: Any, provider: Provider) -> None:
    """The answer to the attacker's own linking, put under a victim who is linking something too."""
    app = make()
    victim, attacker = signed_in(app, "victim"), signed_in(app, "attacker")
    leave(victim, "/account/identities/school")
    back = provider.sign_in(leave(attacker, "/account/identities/school"), "attacker")
    assert come_back(victim, back).status_code == 401
    assert by_provider(visitor(app), provider, "attacker").status_code == 403
    note = attacker.client.get_cookie("doorward_provider", domain="localhost")
    assert note is not None
    victim.client.set_cookie("doorward_provider", note.value, domain="localhost")
    assert come_back(victim, back).status_code == 401
    assert come_back(attacker, back).status_code == 303


def test_nobody_unlinks_somebody_elses_identity(make: Any, provider: Provider) -> None:
    app = make()
    linked(signed_in(app, "joan"), provider, "joan")
    mallory = signed_in(app, "mallory")
    assert mallory.post(f"/account/identities/{number_of(app, 'joan')}/remove").status_code == 404
    assert by_provider(visitor(app), provider, "joan").status_code == 303


def test_the_last_way_in_stays(make: Any, provider: Provider) -> None:
    app = make(registration="open")
    browser = newcomer(app, provider, "maria")
    assert "your only way in" in browser.get("/account").get_data(as_text=True)
    address = f"/account/identities/{number_of(app, 'maria')}/remove"
    assert browser.post(address).status_code == 409
    browser.get("/account/password")
    fields = {"password": PASSWORD, "password_again": PASSWORD}
    assert browser.post("/account/password", fields).status_code == 303
    browser.get("/account")
    assert browser.post(address).status_code == 303
    assert Browser(app).sign_in("maria").status_code == 303


def test_unlinking_takes_the_roles_that_came_with_it(make: Any, provider: Provider) -> None:
    app = make(roles=ROLES)
    browser = signed_in(app, "tilda")
    linked(browser, provider, "tilda")
    provider.behave(claims={"groups": ["teachers"]})
    by_provider(browser, provider, "tilda")
    assert who(browser) == "tilda: teacher"
    assert browser.post(f"/account/identities/{number_of(app, 'tilda')}/remove").status_code == 303
    assert who(browser) == "tilda: "


def test_a_second_provider_is_another_way_in(tmp_path: Path, provider: Provider, clock: Clock) -> None:
    with running_provider() as other:
        more = {"more": {"other": table(other)}}
        app = oidc_app(tmp_path, provider, clock, registration="open", settings=more)
        browser = newcomer(app, provider, "maria")
        assert by_provider(browser, other, "m", "/account/identities/other").headers["Location"] == "/account"
        assert browser.post(f"/account/identities/{number_of(app, 'maria')}/remove").status_code == 303
        again = visitor(app)
        by_provider(again, other, "m", "/login/oidc/other")
        assert who(again) == "maria: "


# -- accounts without a password -----------------------------------------------------------------------------


def test_an_account_without_a_password_opens_with_none(make: Any, provider: Provider) -> None:
    app = make(registration="open")
    newcomer(app, provider, "maria")
    add_account(app, "petra")
    assert Browser(app).try_to_sign_in("petra").status_code == 303
    for guess in ("!", "", PASSWORD, "\u0021"):
        known, unknown = Browser(app).try_to_sign_in("maria", guess), Browser(app).try_to_sign_in("nobody", guess)
        assert known.status_code == unknown.status_code == 401


def test_fresh_sign_in_goes_by_the_provider_which_asks_anew(make: Any, provider: Provider, clock: Clock) -> None:
    app = make(registration="open")
    browser = newcomer(app, provider, "maria")
    assert browser.get("/danger").status_code == 200
    clock.forward(minutes=11)
    assert browser.get("/danger").headers["Location"] == "/account/confirm?next=/danger"
    page = browser.get("/account/confirm?next=/danger").get_data(as_text=True)
    assert 'type="password"' not in page
    assert "Confirm with School" in page
    for guess in ("", "!", PASSWORD):
        assert browser.post("/account/confirm", {"password": guess}).status_code == 401
    clock.forward(minutes=-11)  # back to the provider's time; the session is still older than the confirmation
    clock.forward(seconds=1)
    before = browser.client.get_cookie("doorward", domain="localhost")
    arrived = by_provider(browser, provider, "maria", "/account/confirm/oidc/school", next="/danger")
    assert arrived.headers["Location"] == "/danger"
    after = browser.client.get_cookie("doorward", domain="localhost")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert last_entry(door_of(app), "session.confirmed")


@pytest.mark.parametrize(
    "how", [{"shifted": {"auth_time": -600}}, {"without": ["auth_time"]}, {"claims": {"auth_time": "now"}}]
)
def test_a_provider_that_does_not_ask_anew_confirms_nothing(make: Any, provider: Provider, how: dict[str, Any]) -> None:
    app = make(registration="open")
    browser = newcomer(app, provider, "maria")
    assert "max_age=0" in leave(browser, "/account/confirm/oidc/school")
    assert by_provider(browser, provider, "maria", "/account/confirm/oidc/school").status_code == 303
    count = len(entries(door_of(app), "session.confirmed"))
    provider.behave(**how)
    assert by_provider(browser, provider, "maria", "/account/confirm/oidc/school").status_code == 403
    assert len(entries(door_of(app), "session.confirmed")) == count
    assert by_provider(visitor(app), provider, "maria").status_code == 303, "for signing in it does not matter"


def test_somebody_else_at_the_provider_confirms_nothing(make: Any, provider: Provider) -> None:
    app = make(registration="open")
    newcomer(app, provider, "mallory")
    browser = newcomer(app, provider, "maria")
    for person in ("mallory", "stranger"):
        refused = by_provider(browser, provider, person, "/account/confirm/oidc/school")
        assert refused.status_code == 403
    assert entries(door_of(app), "session.confirmed") == []
    assert by_provider(browser, provider, "maria", "/account/confirm/oidc/school").status_code == 303


def test_the_first_password_is_set_by_who_has_just_signed_in(make: Any, provider: Provider, clock: Clock) -> None:
    app = make(registration="open")
    browser = newcomer(app, provider, "maria")
    clock.forward(minutes=11)
    fields = {"password": PASSWORD, "password_again": PASSWORD}
    assert browser.get("/account/password").headers["Location"].startswith("/account/confirm")
    assert browser.post("/account/password", fields).status_code == 403
    clock.forward(minutes=-11)
    page = browser.get("/account/password").get_data(as_text=True)
    assert "current_password" not in page
    assert browser.post("/account/password", fields).status_code == 303
    assert "current_password" in browser.get("/account/password").get_data(as_text=True)
    assert browser.post("/account/password", fields).status_code == 422, "from now on the current one is asked for"


def test_an_old_password_rule_does_not_shut_out_who_has_none(make: Any, provider: Provider, clock: Clock) -> None:
    settings = {"password_profile": "stig", "session_idle": "400d", "session_absolute": "400d"}
    app = make(registration="open", settings=settings)
    browser = newcomer(app, provider, "maria")
    clock.forward(days=200)
    assert who(browser) == "maria: "


# -- second factors ------------------------------------------------------------------------------------------


def test_our_own_second_factor_is_still_asked_for(make: Any, provider: Provider, clock: Clock) -> None:
    app = make(registration="open")
    browser = newcomer(app, provider, "maria")
    phone = enrol(browser, clock)
    provider.behave(claims={"amr": ["pwd", "mfa"], "acr": "mfa"})
    again = visitor(app)
    arrived = by_provider(again, provider, "maria", next="/me")
    assert arrived.headers["Location"] == "/login/factor?next=/me" or "next=%2Fme" in arrived.headers["Location"]
    assert who(again) == ""
    again.get("/login/factor")
    assert again.post("/login/factor", {"code": "000000"}).status_code == 401
    assert again.post("/login/factor", {"code": phone.code()}).status_code == 303
    assert who(again) == "maria: "


def test_a_second_factor_of_the_provider_counts_where_the_operator_says_so(
    make: Any, provider: Provider, clock: Clock
) -> None:
    app = make(registration="open", second_factor=["mfa"])
    browser = newcomer(app, provider, "maria")
    enrol(browser, clock)
    for claims in ({}, {"amr": ["pwd"]}, {"amr": "mfa"}, {"acr": ["mfa"]}):
        provider.behave(claims=claims)
        assert "/login/factor" in by_provider(visitor(app), provider, "maria").headers["Location"], claims
    for claims in ({"amr": ["pwd", "mfa"]}, {"acr": "mfa"}):
        provider.behave(claims=claims)
        strong = visitor(app)
        assert by_provider(strong, provider, "maria").headers["Location"] == "/"
        assert who(strong) == "maria: "


def test_confirming_asks_for_the_second_factor_too(make: Any, provider: Provider, clock: Clock) -> None:
    app = make(registration="open")
    browser = newcomer(app, provider, "maria")
    phone = enrol(browser, clock)
    assert browser.post("/account/confirm", {"password": "", "code": phone.code()}).status_code == 401
    count = len(entries(door_of(app), "session.confirmed"))
    arrived = by_provider(browser, provider, "maria", "/account/confirm/oidc/school", next="/danger")
    assert arrived.headers["Location"].startswith("/account/confirm?next=")
    assert len(entries(door_of(app), "session.confirmed")) == count, "the provider alone is not enough"
    page = browser.get("/account/confirm?next=/danger").get_data(as_text=True)
    assert "One more step" in page
    assert browser.post("/account/confirm", {"code": "000000"}).status_code == 401
    assert browser.post("/account/confirm", {"code": phone.code(), "next": "/danger"}).status_code == 303
    assert len(entries(door_of(app), "session.confirmed")) == count + 1
    browser.get("/account")
    assert browser.post("/account/confirm", {"code": phone.code()}).status_code == 401, "it works once"


def test_an_identity_that_was_unlinked_meanwhile_finishes_no_second_step(
    make: Any, provider: Provider, clock: Clock
) -> None:
    app = make()
    browser = signed_in(app, "joan")
    linked(browser, provider, "joan")
    phone = enrol(browser, clock)
    half = visitor(app)
    by_provider(half, provider, "joan")
    half.get("/login/factor")
    browser.get("/account")
    assert browser.post(f"/account/identities/{number_of(app, 'joan')}/remove").status_code == 303
    assert half.post("/login/factor", {"code": phone.code()}).headers.get("Location") == "/login"
    assert who(half) == ""


def test_where_a_second_factor_is_required_one_is_set_up_first(make: Any, provider: Provider, clock: Clock) -> None:
    app = make(registration="open", roles=ROLES)
    boss = signed_in(app, "chief", "admin")
    enrol(boss, clock)
    boss.get("/admin/security")
    assert boss.post("/admin/security/factors", {"of": "member"}).status_code in (302, 303)
    browser = newcomer(app, provider, "maria")
    assert browser.get("/me").headers["Location"] == "/account/factors"


# -- administration ------------------------------------------------------------------------------------------


def test_a_deleted_account_is_not_entered_again(make: Any, provider: Provider) -> None:
    app = make()
    linked(signed_in(app, "joan"), provider, "joan")
    assert by_provider(visitor(app), provider, "joan").status_code == 303
    people.delete(door_of(app).store, HOST, account_of(app, "joan").id)
    assert by_provider(visitor(app), provider, "joan").status_code == 403


def test_the_single_password_and_providers_exclude_each_other(make: Any) -> None:
    with pytest.raises(SettingsError, match="nobody can sign in by a provider"):
        make(settings={"admin_password": "seven green doors beside a quiet river"})


def test_without_a_provider_there_are_no_buttons_and_no_addresses(tmp_path: Path) -> None:
    from tests.support.doors import app_behind
    from tests.support.oidc import routes

    app = app_behind(tmp_path, routes, roles={"teacher": "May teach."})
    browser = Browser(app)
    assert "/login/oidc" not in browser.get("/login").get_data(as_text=True)
    assert browser.post("/login/oidc/school").status_code == 404
    assert browser.get("/login/oidc/school/callback?state=x").status_code == 404
