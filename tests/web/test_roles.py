"""Only listed roles exist: at the start, on routes, and wherever somebody is given one."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from doorward import Doorward, Invalid, StartRefused, access
from doorward.core.access import HOST
from doorward.store import accounts
from doorward.testing import Browser, add_account, door_of, signed_in, test_settings
from doorward.web import people
from tests.support.doors import app_behind, bare_app

ROLES = {"organiser": "May make consultations.", "planning.guest": "May look at plans."}


def routes(app: Flask) -> None:
    app.add_url_rule("/plans", "plans", access.role("organiser")(lambda: "plans"))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return app_behind(tmp_path_factory.mktemp("roles"), routes, roles=ROLES)


def roles_in_store(app: Flask, account_id: str) -> str:
    with door_of(app).store.reading() as db:
        account = accounts.by_id(db, account_id)
    assert account is not None
    return account.roles


def refused(tmp_path: Path, app: Flask, roles: dict[str, str]) -> str:
    with pytest.raises(StartRefused) as refusal:
        Doorward(app, settings=test_settings(tmp_path), roles=roles).start()
    return str(refusal.value)


def test_a_route_that_asks_for_an_unlisted_role_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    app = bare_app()
    routes(app)
    said = refused(tmp_path, app, {"organizer": "Misspelt."})
    assert "GET /plans asks for the role 'organiser', which is not listed" in said
    assert "There are: admin, member, organizer." in said


def test_a_route_for_members_by_role_would_be_open_to_nobody_and_stops_the_start(tmp_path: Path) -> None:
    app = bare_app()
    app.add_url_rule("/x", "x", access.role("member")(lambda: ""))
    assert "write access.member" in refused(tmp_path, app, {})


@pytest.mark.parametrize("name", ["admin", "member", "Organiser", "two words", "", "x" * 41, "a\nb", "é"])
def test_a_name_that_cannot_be_a_role_stops_the_start(tmp_path: Path, name: str) -> None:
    assert "roles lists" in refused(tmp_path, bare_app(), {name: "A meaning."})


def test_more_roles_than_an_account_can_keep_stop_the_start(tmp_path: Path) -> None:
    assert "500 characters" in refused(tmp_path, bare_app(), {f"role{'x' * 30}{n}": "" for n in range(20)})


def test_a_role_may_be_listed_that_no_route_names(app: Flask) -> None:
    assert [role.name for role in door_of(app).roles] == ["admin", "member", "organiser", "planning.guest"]


def test_who_has_the_role_enters_and_nobody_else(app: Flask) -> None:
    assert signed_in(app, "ms.plan", "organiser").get("/plans").data == b"plans"
    for name, *roles in (("plain", ""), ("near", "organisers", "Organiser"), ("chief", "admin")):
        assert signed_in(app, name, *filter(None, roles)).get("/plans").status_code == 403


def test_whoever_gives_an_unlisted_role_reads_which_there_are_and_nothing_changes(app: Flask) -> None:
    maria = add_account(app, "maria", "organiser")
    listed = [role.name for role in door_of(app).roles]
    for wrong in ("organizer", "admin organiser", "ADMIN", "", "admin\norganiser"):
        with pytest.raises(Invalid) as refusal:
            people.set_roles(door_of(app).store, HOST, maria, frozenset({wrong, "member"}), listed)
        assert refusal.value.fields["roles"].endswith("The roles are: admin, member, organiser, planning.guest.")
    assert roles_in_store(app, maria) == "organiser"
    people.set_roles(door_of(app).store, HOST, maria, frozenset({"member"}), listed)
    assert roles_in_store(app, maria) == ""


def test_an_invitation_gives_listed_roles_only_also_when_the_app_has_left_since(tmp_path: Path) -> None:
    first = app_behind(tmp_path, routes, roles=ROLES)
    boss = signed_in(first, "boss", "admin")
    fields = {"role": "organiser", "days": "7", "uses": "2", "note": ""}
    refused = boss.post("/admin/invitations", {**fields, "role": "organizer"})
    assert refused.status_code == 422
    assert "The roles are: admin, member, organiser, planning.guest." in refused.get_data(as_text=True)
    page = boss.post("/admin/invitations", fields).get_data(as_text=True)
    code = page.split("/join/")[1][:43]
    assert _join(first, code, "invited.one").get("/plans").status_code == 200
    door_of(first).close()
    without = app_behind(tmp_path, lambda _app: None)
    _join(without, code, "invited.two")
    with door_of(without).store.reading() as db:
        late = accounts.by_name_key(db, "invited.two")
    assert late is not None
    assert late.roles == ""


def _join(app: Flask, code: str, name: str) -> Browser:
    from doorward.testing import PASSWORD

    visitor = Browser(app)
    visitor.get(f"/join/{code}")
    fields = {"username": name, "password": PASSWORD, "password_again": PASSWORD}
    assert visitor.post(f"/join/{code}", fields).status_code == 303
    return visitor
