"""Accounts, factors and recovery in any order: nobody reaches a session without the factors that the account has then,
and there is always an administrator who can come in. Hypothesis tries the orders that nobody thought of."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from werkzeug.test import TestResponse

from doorward import access, current_account
from doorward.core.access import HOST
from doorward.store import accounts, factors, passkeys, sessions
from doorward.testing import PASSWORD, Browser, Clock, add_account, door_of
from doorward.web import people
from doorward.web.recovery import make_reset_code
from tests.support.authenticator import Authenticator
from tests.support.doors import app_behind
from tests.support.factors import Phone, code_step, shown_codes, shown_secret

ADMINS, NAMES = ("ada", "bob"), ("ada", "bob", "cyd")
names = st.sampled_from(NAMES)
admins = st.sampled_from(ADMINS)


def routes(app: Flask) -> None:
    app.add_url_rule("/me", "me", access.member(lambda: str(current_account.name)))


@dataclass
class Person:
    """What somebody holds, and the browser they sit at."""

    id: str
    browser: Browser
    password: str = PASSWORD
    phone: Phone | None = None
    codes: list[str] = field(default_factory=list)
    key: Authenticator | None = None
    used: list[str] = field(default_factory=list)
    blocked: bool = False

    @property
    def has_factor(self) -> bool:
        return self.phone is not None or self.key is not None

    def lose_factors(self) -> None:
        self.phone, self.key, self.codes = None, None, []


class People(RuleBasedStateMachine):
    """Two administrators and a member; what each holds is known here, what the door says is compared with it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        self.app = app_behind(Path(self.folder.name) / "data", routes, self.clock)
        self.store = door_of(self.app).store
        self.demand = ""
        self.people = {
            name: Person(add_account(self.app, name, *(["admin"] if name in ADMINS else [])), Browser(self.app))
            for name in NAMES
        }

    # -- how somebody comes in ----------------------------------------------------------------------------------

    def come_in(self, name: str) -> Browser | None:
        """Sign in with everything the person holds; None where they cannot."""
        self.clock.forward(minutes=16)  # beyond every limit, and not fresh any more
        person = self.people[name]
        if person.blocked:
            return None
        person.browser = Browser(self.app)
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
        return self.demand == "member" or (self.demand == "admin" and name in ADMINS)

    def _took(self, person: Person, done: TestResponse) -> None:
        person.codes = shown_codes(done) or person.codes

    @initialize(app=names, key=names)
    def some_have_factors(self, app: str, key: str) -> None:
        self.set_up_an_app(app)
        self.set_up_a_passkey(key)

    # -- one's own factors --------------------------------------------------------------------------------------

    @rule(name=names)
    def set_up_an_app(self, name: str) -> None:
        if (browser := self.come_in(name)) is None:
            return
        assert browser.post("/account/factors/totp").status_code == 303
        phone = Phone(shown_secret(browser), self.clock)
        code = phone.code()
        done = browser.post("/account/factors/totp/confirm", {"code": code})
        assert done.status_code in (200, 303)
        person = self.people[name]
        person.phone = phone
        person.used.append(code)
        self._took(person, done)

    @rule(name=names)
    def set_up_a_passkey(self, name: str) -> None:
        person = self.people[name]
        if person.key is not None or (browser := self.come_in(name)) is None:
            return
        got, key = self._options(browser, "/account/factors/passkeys"), Authenticator()
        answer = {"ticket": got["ticket"], "credential": key.create(got["publicKey"])}
        done = browser.post("/account/factors/passkeys", answer)
        assert done.status_code in (200, 303)
        person.key = key
        self._took(person, done)

    @rule(name=names, which=st.sampled_from(["app", "passkey"]))
    def remove(self, name: str, which: str) -> None:
        person = self.people[name]
        which = which if person.phone and person.key else "app" if person.phone else "passkey"
        other = person.key if which == "app" else person.phone
        if not person.has_factor or (browser := self.come_in(name)) is None:
            return
        with self.store.reading() as db:
            ids = [kept.id for kept in passkeys.of_account(db, person.id)]
        path = "totp/remove" if which == "app" else f"passkeys/{ids[0]}/remove"
        status = browser.post(f"/account/factors/{path}").status_code
        assert status == (409 if other is None and self._must(name) else 303)
        if status == 303:
            person.phone = None if which == "app" else person.phone
            person.key = None if which == "passkey" else person.key
            person.codes = person.codes if person.has_factor else []

    @rule(name=names)
    def remove_everything(self, name: str) -> None:
        self.remove(name, "app")
        self.remove(name, "passkey")

    @rule(name=names)
    def make_new_codes(self, name: str) -> None:
        person = self.people[name]
        if (browser := self.come_in(name)) is None:
            return
        done = browser.post("/account/factors/codes")
        assert done.status_code == 200 if person.has_factor else done.status_code in (403, 409)
        if person.has_factor:
            person.used += person.codes
            person.codes = shown_codes(done)

    @rule(name=names)
    def come_in_by_a_recovery_code(self, name: str) -> None:
        person = self.people[name]
        if person.blocked or not person.codes:
            return
        self.clock.forward(minutes=16)
        browser = Browser(self.app)
        browser.try_to_sign_in(name, person.password)
        browser.get("/login/factor")
        code = person.codes.pop()
        assert code_step(browser, code).status_code == 303
        person.used.append(code)
        person.browser = browser

    @rule(name=names)
    def come_in_by_the_passkey_alone(self, name: str) -> None:
        person = self.people[name]
        if person.key is None:
            return
        self.clock.forward(minutes=16)
        browser = Browser(self.app)
        browser.get("/login")
        got = self._options(browser, "/login/passkey")
        answer = {"ticket": got["ticket"], "credential": person.key.get(got["publicKey"])}
        assert browser.post("/login/passkey", answer).status_code == (401 if person.blocked else 303)

    @rule(name=names, new=st.sampled_from(["a second harbour in december", "a third harbour in january"]))
    def change_the_password(self, name: str, new: str) -> None:
        person = self.people[name]
        if (browser := self.come_in(name)) is None or new == person.password:
            return
        browser.get("/account/password")
        fields = {"current_password": person.password, "password": new, "password_again": new}
        assert browser.post("/account/password", fields).status_code == 303
        person.password = new

    # -- what administrators and the host do ----------------------------------------------------------------------

    @rule(name=admins, demand=st.sampled_from(["", "admin", "member"]))
    def require(self, name: str, demand: str) -> None:
        if (browser := self.come_in(name)) is None:
            return
        page = browser.get("/admin/security")
        answer = browser.post("/admin/security/factors", {"of": demand})
        if page.status_code == 303:  # who owes a factor can require nothing
            assert answer.status_code == 403
            return
        person = self.people[name]
        assert answer.status_code == (303 if not demand or (person.has_factor and person.codes) else 409)
        self.demand = demand if answer.status_code == 303 else self.demand

    @rule(name=admins, other=names, act=st.sampled_from(["reset-factors", "block", "unblock"]))
    def administer(self, name: str, other: str, act: str) -> None:
        if (browser := self.come_in(name)) is None:
            return
        page = browser.get("/admin/people")
        answer = browser.post(f"/admin/people/{self.people[other].id}/{act}")
        if page.status_code == 303:
            assert answer.status_code == 403
            return
        assert answer.status_code == (409 if other == name else 303)
        if other != name:
            self._after(self.people[other], act)

    def _after(self, person: Person, act: str) -> None:
        if act == "reset-factors":
            person.used += person.codes
            person.lose_factors()
        else:
            person.blocked = act == "block"

    @rule(name=names)
    def reset_on_the_host(self, name: str) -> None:
        people.reset_factors(self.store, HOST, self.people[name].id)
        self._after(self.people[name], "reset-factors")

    @rule(name=names)
    def recover_the_password_by_a_link(self, name: str) -> None:
        """Whoever holds the link can set a password; it must not lead past the factor."""
        person = self.people[name]
        if person.blocked:
            return
        self.clock.forward(minutes=16)
        code, new = make_reset_code(door_of(self.app).parts, HOST, person.id), "a harbour that was recovered"
        browser = Browser(self.app)
        browser.get(f"/reset/{code}")
        answer = browser.post(f"/reset/{code}", {"password": new, "password_again": new})
        assert browser.get("/me").status_code != 200
        if answer.status_code == 303:
            person.password = new

    @rule(minutes=st.sampled_from([1, 12, 60]))
    def wait(self, minutes: int) -> None:
        self.clock.forward(minutes=minutes)

    # -- who knows the passwords and nothing else -------------------------------------------------------------------

    @rule(name=names, other=names)
    def a_thief_with_the_password_tries_everything(self, name: str, other: str) -> None:
        person = self.people[name]
        if not person.has_factor:
            return
        self.come_in(name)  # with a code that somebody who watches could use at once
        thief = Browser(self.app, address="203.0.113.66")
        thief.try_to_sign_in(name, person.password)
        codes = [*person.used[-2:], "000000"]
        if other != name:
            theirs = self.people[other]
            codes += [*theirs.codes[:1], *([theirs.phone.code()] if theirs.phone else [])]
        for code in codes:
            if thief.get("/login/factor").status_code == 200:
                assert code_step(thief, code).status_code in (401, 429)
        for path in ("/me", "/account", "/account/factors", "/admin/people"):
            assert thief.get(path).status_code == 303
        assert thief.get("/me").headers["Location"].startswith("/login")

    # -- what is always so ------------------------------------------------------------------------------------------

    @invariant()
    def every_session_has_the_factors_of_its_account(self) -> None:
        with self.store.reading() as db:
            for name, person in self.people.items():
                assert factors.has_second(db, person.id) == person.has_factor, name
                assert factors.codes_left(db, person.id) == len(person.codes), name
                for row in sessions.of_account(db, person.id):
                    assert (row.factors != "password") == person.has_factor, (name, row.factors)

    @invariant()
    def who_owes_a_factor_reaches_nothing(self) -> None:
        for name, person in self.people.items():
            if self._must(name) and not person.has_factor:
                assert person.browser.get("/me").status_code != 200

    @invariant()
    def some_administrator_can_come_in(self) -> None:
        with self.store.reading() as db:
            assert accounts.has_administrator(db)
        assert any(not self.people[name].blocked for name in ADMINS)

    def teardown(self) -> None:
        """And really does: with what they hold, over the pages, to the administration."""
        reached = [name for name in ADMINS if self._administers(name)]
        door_of(self.app).close()
        self.folder.cleanup()
        assert reached

    def _administers(self, name: str) -> bool:
        self.clock.forward(days=1)
        if self._must(name) and not self.people[name].has_factor:
            self.set_up_an_app(name)
        browser = self.come_in(name)
        return browser is not None and browser.get("/admin/people").status_code == 200


TestPeople = People.TestCase
TestPeople.settings = settings(
    max_examples=12,
    stateful_step_count=18,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # a failure shall be told at once; how it came about stands in it anyway
    suppress_health_check=[HealthCheck.too_slow],
)
