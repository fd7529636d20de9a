"""What goes through somebody's mailbox: showing that an address is theirs, and choosing another password."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from doorward.testing import Browser
from tests.support.mails import Got, sent
from tests.web.states.house import House, names

SHARED = "family@example.org"


class Mailboxes(House):
    """Rules for e-mail. A mailbox opens no session, and leads past no factor."""

    @initialize(name=names, other=names)
    def some_have_addresses(self, name: str, other: str) -> None:
        self.verify_an_address(name, shared=False)
        self.verify_an_address(other, shared=True)

    @rule(name=names, shared=st.booleans())
    def verify_an_address(self, name: str, shared: bool) -> None:
        if (browser := self.come_in(name)) is None:
            return
        self.clock.forward(hours=1)  # beyond what one mailbox is sent in an hour
        person, address = self.people[name], SHARED if shared else f"{name}@example.org"
        browser = self.come_in(name) or browser
        browser.get("/account/email")
        answer = browser.post("/account/email", {"email": address})
        codes = self._codes()
        if self.owes(name):
            assert answer.status_code == 403
        elif person.address == address:
            assert answer.status_code == 422
        elif address in {other.address for other in self.people.values()}:
            assert (answer.status_code, codes) == (303, []), "its owner is told, and no code goes anywhere"
        else:
            browser.get("/account/email")
            assert browser.post("/account/email/code", {"code": codes.pop().code}).status_code == 303
            person.address = address
        assert codes == []

    @rule(name=names)
    def remove_the_address(self, name: str) -> None:
        if (browser := self.come_in(name)) is None or self.people[name].address is None:
            return
        answer = browser.post("/account/email/remove")
        assert answer.status_code == (403 if self.owes(name) else 303)
        if not self.owes(name):
            self.people[name].address = None

    @rule(name=names)
    def recover_by_mail(self, name: str) -> None:
        """Whoever reads the mailbox can choose a password; it must not open anything by itself, nor skip a factor."""
        self.clock.forward(hours=1, minutes=1)
        person = self.people[name]
        thief, new = Browser(self.app, address="203.0.113.77"), "a harbour that came by mail"
        thief.get("/recover")
        assert thief.post("/recover", {"email": person.address or f"{name}@example.org"}).status_code == 303
        codes = self._codes()
        may = person.address is not None and not person.blocked and person.password is not None
        assert len(codes) == may
        if not codes:
            return
        thief.get("/recover/code")
        assert thief.post("/recover/code", {"code": codes[0].code}).status_code == 303
        thief.get("/recover/password")
        answer = thief.post("/recover/password", {"password": new, "password_again": new})
        assert thief.get("/me").status_code == 303
        if answer.status_code == 303:
            person.password = new
            if person.has_factor:
                assert thief.try_to_sign_in(name, new).headers["Location"] == "/login/factor"
                assert thief.get("/me").status_code == 303

    def _codes(self) -> list[Got]:
        """Of the mails that are due, those that hold a code."""
        return [mail for mail in sent(self.app) if "Your code:" in mail.text]
