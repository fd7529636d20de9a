"""Sign-in by a provider on PostgreSQL: made, entered, settled, unlinked, ended by the provider."""

from __future__ import annotations

from pathlib import Path

import pytest

from doorward.store import accounts, identities
from doorward.testing import PASSWORD, door_of
from tests.support.doors import journal_break
from tests.support.oidc import by_provider, newcomer, oidc_app, visitor, who
from tests.support.provider import Provider

pytestmark = pytest.mark.postgres


def test_the_life_of_an_identity(tmp_path: Path, provider: Provider, postgres_url: str) -> None:
    provider.behave(claims={"groups": ["teachers"]})
    app = oidc_app(
        tmp_path, provider, registration="open", roles={"teachers": "teacher"}, settings={"database_url": postgres_url}
    )
    browser = newcomer(app, provider, "maria")
    assert who(browser) == "maria: teacher"
    provider.behave()
    again = visitor(app)
    by_provider(again, provider, "maria")
    assert who(again) == "maria: "
    token = provider.logout_token(sub="maria@subjects")
    said = visitor(app).send("POST", "/login/oidc/school/sign-out", data={"logout_token": token})
    assert said.status_code == 200
    assert who(again) == ""
    again = visitor(app)
    by_provider(again, provider, "maria")
    again.get("/account/password")
    assert again.post("/account/password", {"password": PASSWORD, "password_again": PASSWORD}).status_code == 303
    with door_of(app).store.reading() as db:
        account = accounts.by_name_key(db, "maria")
        assert account is not None
        number = identities.of_account(db, account.id)[0].id
    again.get("/account")
    assert again.post(f"/account/identities/{number}/remove").status_code == 303
    stranger = visitor(app)
    by_provider(stranger, provider, "maria")
    assert who(stranger) == ""
    assert journal_break(door_of(app)) is None
