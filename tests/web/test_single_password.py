"""One password for a site without accounts, and no administration at all: through the real door."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask

from doorward import Doorward, access
from doorward.core.access import HOST
from doorward.core.passwords import Hasher
from doorward.errors import SettingsError, StartRefused
from doorward.serve.start_entry import journal_start
from doorward.settings import Settings
from doorward.testing import PASSWORD, Browser, Clock, add_account, door_of, test_settings
from doorward.web import gate, people
from doorward.web.checks import closed
from doorward.web.checks.closed import ADMINISTRATION, MANY_ACCOUNTS
from tests.support.doors import bare_app, entries, everything_stored, journal_break

SECRET = "vier grüne Türen am stillen Ufer"
OTHER = "seven quiet lamps by the canal"


def site() -> Flask:
    app = bare_app()
    app.add_url_rule("/", "home", access.public(lambda: "home"))
    app.add_url_rule("/awards", "awards", access.role("admin")(lambda: "awards"), methods=["POST"])
    app.add_url_rule("/either", "either", access.role("teacher", "admin")(lambda: "either"))
    app.add_url_rule("/members", "members", access.member(lambda: "members"))
    return app


@contextmanager
def served(data: Path, clock: Clock | None = None, **settings: Any) -> Iterator[Flask]:
    app = site()
    data.mkdir(exist_ok=True)
    listed = {"teacher": "May teach."}
    door = Doorward(app, roles=listed, settings=test_settings(data, **settings), clock=clock or Clock())
    door.start()
    try:
        yield app
    finally:
        door.close()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with served(tmp_path_factory.mktemp("single"), admin_password=SECRET) as app:
        yield app


def enter(app: Flask, password: str = SECRET, **more: str) -> tuple[Browser, int]:
    visitor = Browser(app, address=more.pop("address", "127.0.0.1"))
    visitor.get("/login")
    status = visitor.post("/login", {"password": password, **more}).status_code
    visitor.get("/account")
    return visitor, status


# -- signing in ---------------------------------------------------------------------------------------------


def test_the_password_alone_opens_administration(app: Flask) -> None:
    page = Browser(app).get("/login").get_data(as_text=True)
    assert 'id="username"' not in page
    assert 'id="password"' in page
    visitor, status = enter(app)
    assert status == 303
    assert visitor.get("/admin/people").status_code == 200
    assert visitor.get("/account").status_code == 200
    visitor.get("/account/confirm")
    assert visitor.post("/account/confirm", {"password": SECRET}).status_code == 303


@pytest.mark.parametrize("wrong", ["", "x", SECRET[:-1], SECRET + "x", SECRET.upper(), "ü" * 900, "!", "administrator"])
def test_no_other_password_does(tmp_path: Path, wrong: str) -> None:
    with served(tmp_path, admin_password=SECRET) as app:
        visitor, status = enter(app, wrong)
        assert status == 401
        assert visitor.get("/account").status_code == 303


def test_another_name_in_the_form_changes_nothing(app: Flask) -> None:
    assert enter(app, username="somebody.else", address="192.0.2.1")[1] == 303
    assert enter(app, "wrong one entirely", username="somebody.else", address="192.0.2.1")[1] == 401


def test_composed_and_decomposed_letters_are_the_same_password(app: Flask) -> None:
    assert enter(app, unicodedata.normalize("NFD", SECRET))[1] == 303


def test_guessers_meet_the_lockout_and_a_known_browser_does_not(tmp_path: Path) -> None:
    with served(tmp_path, admin_password=SECRET) as app:
        known, _ = enter(app, address="192.0.2.7")
        known.sign_out()
        answers = [enter(app, f"wrong number {n}", address=f"198.51.100.{n}")[1] for n in range(7)]
        assert answers == [401] * 5 + [429] * 2
        assert enter(app, SECRET, address="203.0.113.1")[1] == 429
        known.get("/login")
        assert known.post("/login", {"password": SECRET}).status_code == 303


def test_the_hash_of_the_password_does_as_well_and_is_never_typed(tmp_path: Path) -> None:
    stored = Hasher("cheap").hash(SECRET)
    with served(tmp_path, admin_password=stored) as app:
        assert enter(app)[1] == 303
        assert enter(app, stored, address="192.0.2.2")[1] == 401


def test_the_password_is_nowhere_in_what_is_stored_or_shown(tmp_path: Path) -> None:
    settings = test_settings(tmp_path / "x", admin_password=SECRET)
    assert SECRET not in repr(settings)
    with served(tmp_path / "x", admin_password=SECRET) as app:
        visitor, _ = enter(app)
        enter(app, "wrong one entirely")
        for path in ("/admin/journal", "/admin/security", "/account"):
            assert SECRET not in visitor.get(path).get_data(as_text=True)
        assert journal_break(door_of(app)) is None
    assert SECRET.encode() not in everything_stored(tmp_path / "x")


def test_no_fast_hash_of_it_lies_beside_the_keys(tmp_path: Path) -> None:
    with served(tmp_path, admin_password=SECRET) as app:
        journal_start(door_of(app).parts)
    kept = json.loads((tmp_path / "settings.seen.json").read_text())
    assert "site_name" in kept
    assert "admin_password" not in kept


# -- changing it --------------------------------------------------------------------------------------------


def test_the_same_password_keeps_sessions_over_a_restart_and_another_ends_them(tmp_path: Path) -> None:
    with served(tmp_path, admin_password=SECRET) as app:
        first, _ = enter(app)
    cookies = first.client._cookies

    def comes_back(password: str) -> int:
        with served(tmp_path, admin_password=password) as app:
            visitor = Browser(app)
            visitor.client._cookies = cookies
            return visitor.get("/admin/people").status_code

    assert comes_back(SECRET) == 200
    assert comes_back(OTHER) == 303
    assert comes_back(SECRET) == 303
    with served(tmp_path, admin_password=OTHER) as app:
        assert enter(app, SECRET)[1] == 401
        assert enter(app, OTHER)[1] == 303
        assert entries(door_of(app), "account.password_changed")


def test_a_hash_that_stays_keeps_sessions_too(tmp_path: Path) -> None:
    stored = Hasher("cheap").hash(SECRET)
    with served(tmp_path, admin_password=stored) as app:
        visitor, _ = enter(app)
    with served(tmp_path, admin_password=stored) as app:
        again = Browser(app)
        again.client._cookies = visitor.client._cookies
        assert again.get("/admin/people").status_code == 200


def test_without_the_setting_its_password_opens_nothing_any_more(tmp_path: Path) -> None:
    with served(tmp_path, admin_password=SECRET) as app:
        visitor, _ = enter(app)
    with served(tmp_path) as app:
        back = Browser(app)
        back.client._cookies = visitor.client._cookies
        assert back.get("/admin/people").status_code == 303
        assert Browser(app).try_to_sign_in("administrator", SECRET).status_code == 401
        assert Browser(app).try_to_sign_in("administrator", "!").status_code == 401
    with served(tmp_path, admin_password=SECRET) as app:
        assert enter(app)[1] == 303


def test_no_page_invites_or_changes_what_the_settings_say(app: Flask) -> None:
    visitor, _ = enter(app)
    for path in MANY_ACCOUNTS:
        for address in (path, f"{path}/{'x' * 43}"):
            assert visitor.get(address).status_code == 404, address
            assert visitor.send("POST", address, data={}).status_code == 404, address
    assert "/admin/invitations" not in visitor.get("/admin/people").get_data(as_text=True)
    assert "/account/password" not in visitor.get("/account").get_data(as_text=True)


# -- what does not start ------------------------------------------------------------------------------------


def test_a_site_with_accounts_does_not_start_with_it(tmp_path: Path) -> None:
    with served(tmp_path) as app:
        one = add_account(app, "maria")
    with pytest.raises(StartRefused, match="1 can sign in"), served(tmp_path, admin_password=SECRET):
        pass
    with served(tmp_path) as app:
        people.block(door_of(app).store, HOST, one)
    with served(tmp_path, admin_password=SECRET) as app:
        assert enter(app)[1] == 303
        assert Browser(app).try_to_sign_in("maria", PASSWORD).status_code == 401


@pytest.mark.parametrize("weak", ["short", "passwordpassword", "administrator1", "aaaaaaaaaaaaaaaaaaaa"])
def test_production_refuses_a_weak_one(tmp_path: Path, weak: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.load(tmp_path, {"DOORWARD_ADMIN_PASSWORD": weak})
    assert weak not in str(refused.value)
    assert any("admin_password" in note for note in test_settings(tmp_path, admin_password=weak).notes)
    assert Settings.load(tmp_path, {"DOORWARD_ADMIN_PASSWORD": SECRET}).admin_password == SECRET


def test_what_contradicts_it_is_refused(tmp_path: Path) -> None:
    for more in ({"registration_open": "open"}, {"registration_open": "approval"}, {"password_profile": "stig"}):
        with pytest.raises(SettingsError):
            test_settings(tmp_path, admin_password=SECRET, **more)


def test_a_damaged_or_weak_hash_is_refused(tmp_path: Path) -> None:
    whole = Hasher("rfc9106").hash(SECRET)
    weak = PasswordHasher(time_cost=1, memory_cost=1024).hash(SECRET)
    for bad in (whole[:-30], "$argon2id$", weak, whole.replace("argon2id", "argon2i")):
        with pytest.raises(StartRefused), served(tmp_path, admin_password=bad, hash_profile="rfc9106"):
            pass


# -- no administration --------------------------------------------------------------------------------------


def test_without_administration_the_whole_census_of_it_answers_404(tmp_path: Path) -> None:
    with served(tmp_path, admin_password=SECRET) as app:
        visitor, _ = enter(app)
    with served(tmp_path, admin_password=SECRET, admin_enabled=False) as app:
        insider, stranger = Browser(app), Browser(app)
        insider.client._cookies = visitor.client._cookies
        looked = 0
        for route in door_of(app).census.routes():
            for_admins = any("admin" in group for group in route.demand.rule.roles)
            if not for_admins and not route.path.startswith(ADMINISTRATION):
                continue
            looked += 1
            address = re.sub(r"<[^>]+>", "1", route.path)
            for browser in (insider, stranger):
                for method in (route.method, "GET", "POST", "HEAD", "OPTIONS", "DELETE", "PUT"):
                    assert browser.send(method, address).status_code == 404, (method, address)
        assert looked > 40
        for path in ("/awards", "/either"):
            assert stranger.send("GET", path).status_code == 404
        assert stranger.get("/").status_code == 200
        assert stranger.get("/healthz").status_code == 200


def test_it_is_the_same_404_as_of_an_address_that_leads_nowhere(tmp_path: Path) -> None:
    with served(tmp_path, admin_enabled=False) as app:

        def answer(path: str) -> Any:
            got = Browser(app).send("GET", path, headers={"Accept": "application/json"})
            return got.status_code, got.json, sorted(name for name, _ in got.headers)

        assert answer("/login") == answer("/nothing") == answer("/admin/people") == answer("/admin/never.was")


def test_neither_another_spelling_nor_a_token_reaches_it(tmp_path: Path) -> None:
    with served(tmp_path, admin_enabled=False) as app:
        for path in ("/%6Cogin", "/login/", "/./login", "/admin/people/", "/awards", "/%61wards"):
            assert Browser(app).get(path).status_code == 404, path
        headers = {"Authorization": "Bearer dw_nothing"}
        assert Browser(app).get("/admin/people", headers=headers).status_code == 404


def test_it_holds_on_postgresql_too(tmp_path: Path, postgres_url: str) -> None:
    with served(tmp_path, admin_password=SECRET, database_url=postgres_url) as app:
        assert enter(app)[1] == 303
    with served(tmp_path, admin_password=OTHER, database_url=postgres_url) as app:
        assert enter(app, SECRET)[1] == 401
        assert enter(app, OTHER)[1] == 303
    with served(tmp_path, database_url=postgres_url) as app:
        assert Browser(app).try_to_sign_in("administrator", OTHER).status_code == 401


def test_it_is_this_one_check_that_closes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(tmp_path, admin_enabled=False) as app:
        assert Browser(app).get("/login").status_code == 404
        monkeypatch.setattr(gate, "ORDER", tuple(one for one in gate.ORDER if one is not closed.check))
        assert Browser(app).get("/login").status_code == 200
