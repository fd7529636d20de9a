"""The people of the state machine, and what is known of them here to compare with what the door says.

To add a way in, out or back: write a class of rules beside this file that derives from `House`, and name it among
the bases of `People` in `test_factor_states.py`. A rule changes `Person` in the same way as it changes the records; the
claims stand here, once, and are looked at after every step.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from werkzeug.test import TestResponse

from doorward import access, current_account
from doorward.core.factors import is_strong
from doorward.prove.authenticator import Authenticator
from doorward.store import accounts, factors, sessions
from doorward.testing import PASSWORD, Browser, Clock, add_account, door_of
from tests.support import postgres, services
from tests.support.doors import app_behind
from tests.support.factors import Phone, code_step, shown_codes
from tests.support.oidc import by_provider
from tests.support.pretended_provider import PretendedProvider

#: Two administrators, a member, and somebody who has no account yet.
NAMES = ("ada", "bob", "cyd", "dan")
names = st.sampled_from(NAMES)
#: What a session without the factors that are asked for must not open. Not `/account/password`: one settles there what
#: may be due before a factor, and it asks for the password anew.
INSIDE = (
    "/me", "/chief", "/account", "/account/tokens", "/account/email", "/account/delete", "/account/export",
    "/admin/people", "/admin/security",
)  # fmt: skip
#: The clock hardly moves: limits are for other tests.
WIDE = dict.fromkeys(("registration", "mail_codes", "setup", "sign_in_per_address"), "100000/minute")


def routes(app: Flask) -> None:
    app.add_url_rule("/me", "me", access.member(lambda: str(current_account.name)))
    app.add_url_rule("/chief", "chief", access.role("admin")(lambda: str(current_account.name)))


@dataclass
class Person:
    """What somebody holds, and the browser they sit at.

    Arguments:
        password: None for who enters by the provider alone.
        linked: whether the provider opens the account.
        address: the verified one.
        gone: there is no account; its name is free.
    """

    id: str
    browser: Browser
    is_admin: bool
    password: str | None = PASSWORD
    phone: Phone | None = None
    codes: list[str] = field(default_factory=list)
    key: Authenticator | None = None
    used: list[str] = field(default_factory=list)
    blocked: bool = False
    linked: bool = False
    address: str | None = None
    gone: bool = False

    @property
    def has_factor(self) -> bool:
        return self.phone is not None or self.key is not None

    def lose_factors(self) -> None:
        self.used += self.codes
        self.phone, self.key, self.codes = None, None, []


@contextmanager
def _database(kind: str) -> Iterator[dict[str, str]]:
    if kind == "sqlite":
        yield {}
        return
    services.need("postgres")
    with postgres.database() as url:
        yield {"database_url": url}


class House(RuleBasedStateMachine):
    """Two administrators, a member and a newcomer behind a real door; what is always so."""

    database: ClassVar[str] = "sqlite"

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.opened = _database(self.database)
        self.clock = Clock()
        self.provider = PretendedProvider(self.clock)
        ways_in = {"registration_open": "open", "oidc": {"school": {**self.provider.table, "registration": "open"}}}
        self.app = app_behind(
            Path(self.folder.name) / "data", routes, self.clock, **ways_in, **WIDE, **self.opened.__enter__()
        )
        self.provider.stands_in_for_the_network(self.app)
        self.store = door_of(self.app).store
        self.demand = ""
        self.left: list[str] = []
        self.people = {name: self._arrival(name, name in NAMES[:2]) for name in NAMES[:3]}
        self.people["dan"] = Person("", Browser(self.app), is_admin=False, gone=True)

    def _arrival(self, name: str, is_admin: bool) -> Person:
        return Person(add_account(self.app, name, *(["admin"] if is_admin else [])), Browser(self.app), is_admin)

    def arrived(self, name: str, browser: Browser, **holds: Any) -> None:
        """Somebody without an account has made one, in this browser."""
        with self.store.reading() as db:
            made = accounts.by_name_key(db, name)
        assert made is not None
        self.people[name] = Person(made.id, browser, is_admin=False, **holds)

    # -- how somebody comes in ----------------------------------------------------------------------------------

    def come_in(self, name: str) -> Browser | None:
        """Sign in with everything the person holds; None where they cannot."""
        self.clock.forward(minutes=16)  # beyond every limit, and not fresh any more
        person = self.people[name]
        if person.blocked or person.gone:
            return None
        person.browser = Browser(self.app)
        if person.password is None:
            answer = by_provider(person.browser, self.provider, name)
        else:
            answer = person.browser.try_to_sign_in(name, person.password)
        assert answer.status_code == 303
        assert (answer.headers["Location"] == "/login/factor") == person.has_factor
        if person.has_factor and not self._prove(person):
            return None
        person.browser.get("/account/factors")
        return person.browser

    def _prove(self, person: Person) -> bool:
        person.browser.get("/login/factor")
        if person.phone is not None:
            return self._with_code(person, person.phone.code())
        if person.key is not None:
            got = self._options(person.browser, "/login/factor")
            answer = {"ticket": got["ticket"], "credential": person.key.get(got["publicKey"])}
            return person.browser.post("/login/factor", answer).status_code == 303
        return False

    def _with_code(self, person: Person, code: str) -> bool:
        assert (answer := code_step(person.browser, code)).status_code == 303, answer.status_code
        person.used.append(code)
        return True

    def _options(self, browser: Browser, path: str) -> dict[str, Any]:
        headers = {"X-CSRF-Token": browser.token, "Accept": "application/json"}
        got: dict[str, Any] = browser.send("POST", f"{path}/options", headers=headers).get_json()
        return got

    def _must(self, name: str) -> bool:
        return self.demand == "member" or (self.demand == "admin" and self.people[name].is_admin)

    def owes(self, name: str) -> bool:
        """Is a factor asked of them that they do not have?"""
        return self._must(name) and not self.people[name].has_factor

    def _took(self, person: Person, done: TestResponse) -> None:
        person.codes = shown_codes(done) or person.codes

    def could_administer(self) -> list[str]:
        """Who is an administrator and may sign in."""
        return [name for name, person in self.people.items() if person.is_admin and not person.blocked]

    def present(self) -> list[tuple[str, Person]]:
        """Who has an account."""
        return [(name, person) for name, person in self.people.items() if not person.gone]

    @rule(minutes=st.sampled_from([1, 12, 60]))
    def wait(self, minutes: int) -> None:
        self.clock.forward(minutes=minutes)

    # -- first claim: no session without the factors that are asked for ---------------------------------------------

    @invariant()
    def every_session_has_the_factors_of_its_account(self) -> None:
        with self.store.reading() as db:
            for account_id in self.left:
                assert not sessions.of_account(db, account_id)
            for name, person in self.present():
                assert factors.has_second(db, person.id) == person.has_factor, name
                assert factors.codes_left(db, person.id) == len(person.codes), name
                open_now = sessions.of_account(db, person.id)
                assert not (person.blocked and open_now), name
                for row in open_now:
                    assert is_strong(row.factors.split("+")) == person.has_factor, (name, row.factors)

    @invariant()
    def who_owes_a_factor_reaches_nothing(self) -> None:
        for name, person in self.people.items():
            if self.owes(name):
                assert {person.browser.get(path).status_code for path in INSIDE} <= {303, 403}, name

    # -- second claim: never is every administrator locked out -------------------------------------------------------

    @invariant()
    def some_administrator_may_come_in(self) -> None:
        with self.store.reading() as db:
            assert accounts.has_administrator(db)
            for name, person in self.present():
                found = accounts.by_id(db, person.id)
                assert found is not None
                assert ("admin" in found.roles.split()) == person.is_admin, name
                assert (found.status == "blocked") == person.blocked, name
        assert self.could_administer()

    def teardown(self) -> None:
        """And really can, each of them: with what they hold, over the pages, to the administration."""
        try:
            assert [name for name in self.could_administer() if not self._administers(name)] == []
        finally:
            door_of(self.app).close()
            self.opened.__exit__(None, None, None)
            self.folder.cleanup()

    def _administers(self, name: str) -> bool:
        self.clock.forward(days=1)
        if (browser := self.come_in(name)) is None:
            return False
        if self.owes(name):
            assert browser.get("/admin/people").headers["Location"].startswith("/account/factors")
            self.set_up_an_app(name)
            browser = self.come_in(name)
        return browser is not None and browser.get("/admin/people").status_code == 200

    def set_up_an_app(self, name: str) -> None:
        """The way back to one's rights for who owes a factor: a rule of `OwnFactors`."""
        raise NotImplementedError
