"""What somebody does with a provider: linked, entered by, unlinked."""

from __future__ import annotations

from hypothesis.stateful import initialize, rule

from doorward.store import identities
from doorward.testing import Browser
from tests.support.oidc import by_provider
from tests.web.states.house import House, names


class Identities(House):
    """Rules for sign-in by a provider. The provider's word stands for the password, and for nothing else."""

    @initialize(name=names)
    def somebody_is_linked(self, name: str) -> None:
        self.link_the_provider(name)

    @rule(name=names)
    def link_the_provider(self, name: str) -> None:
        if (browser := self.come_in(name)) is None:
            return
        person = self.people[name]
        if self.owes(name):
            assert browser.post("/account/identities/school").status_code == 403
            return
        arrived = by_provider(browser, self.provider, name, "/account/identities/school")
        assert arrived.status_code == (409 if person.linked else 303)
        person.linked = True

    @rule(name=names)
    def unlink_the_provider(self, name: str) -> None:
        person = self.people[name]
        if not person.linked or (browser := self.come_in(name)) is None:
            return
        with self.store.reading() as db:
            (identity,) = identities.of_account(db, person.id)
        answer = browser.post(f"/account/identities/{identity.id}/remove")
        if self.owes(name):
            assert answer.status_code == 403
            return
        assert answer.status_code == (409 if person.password is None else 303), "never the last way in"
        person.linked = person.password is None

    @rule(name=names)
    def come_in_by_the_provider(self, name: str) -> None:
        """With the provider's word alone: where there is a factor, it opens nothing yet."""
        self.clock.forward(minutes=16)
        person, browser = self.people[name], Browser(self.app)
        arrived = by_provider(browser, self.provider, name)
        if not person.linked:  # somebody whom nobody knows here; and nobody may take a name that is there
            assert arrived.headers["Location"] == "/register/identity"
            browser.get("/register/identity")
            if not person.gone:
                assert browser.post("/register/identity", {"username": name}).status_code == 422
        elif person.blocked:
            assert arrived.status_code == 403
        else:
            assert (arrived.headers["Location"] == "/login/factor") == person.has_factor
        opened = person.linked and not person.blocked and not person.has_factor and not self.owes(name)
        assert (browser.get("/me").status_code == 200) == opened
        if opened:
            person.browser = browser

    @rule(name=names)
    def make_an_account_by_the_provider(self, name: str) -> None:
        if not self.people[name].gone:
            return
        self.clock.forward(minutes=16)
        browser = Browser(self.app)
        by_provider(browser, self.provider, name)
        browser.get("/register/identity")
        assert browser.post("/register/identity", {"username": name}).status_code == 303
        self.arrived(name, browser, password=None, linked=True)
