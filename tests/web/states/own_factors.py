"""What somebody does with their own factors, password and sessions."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from doorward.prove.authenticator import Authenticator
from doorward.store import passkeys
from doorward.testing import Browser
from tests.support.factors import Phone, code_step, shown_codes, shown_secret
from tests.support.oidc import by_provider
from tests.web.states.house import House, names


class OwnFactors(House):
    """Rules for one's own account."""

    @initialize(app=names, key=names)
    def some_have_factors(self, app: str, key: str) -> None:
        self.set_up_an_app(app)
        self.set_up_a_passkey(key)

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
        if person.password is None:
            by_provider(browser, self.provider, name)
        else:
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
        fields = {"current_password": person.password or "", "password": new, "password_again": new}
        assert browser.post("/account/password", fields).status_code == 303
        person.password = new

    @rule(name=names, way=st.sampled_from(["/logout", "/account/sessions/end-others"]))
    def end_sessions(self, name: str, way: str) -> None:
        if (browser := self.come_in(name)) is not None:
            assert browser.post(way).status_code in (303, 403)  # 403 for who owes a factor
