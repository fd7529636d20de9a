"""Who makes an account, and who deletes their own."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from doorward.testing import PASSWORD, Browser
from tests.web.states.house import House, Person, names


class ComingsAndGoings(House):
    """Rules for registration and deletion. Nobody comes back into what was deleted; the last administrator stays."""

    @rule(name=names)
    def register(self, name: str) -> None:
        """With an account the name is taken; after a deletion it is free, and gives nothing of what was."""
        self.clock.forward(minutes=16)
        browser = Browser(self.app)
        browser.get("/register")
        answer = browser.post("/register", {"username": name, "password": PASSWORD, "password_again": PASSWORD})
        assert answer.status_code == (303 if self.people[name].gone else 422)
        if self.people[name].gone:
            self.arrived(name, browser)

    @rule(name=names, how=st.sampled_from(["soft", "hard"]))
    def delete_the_own_account(self, name: str, how: str) -> None:
        if (browser := self.come_in(name)) is None:
            return
        person = self.people[name]
        fields = {"how": how, "password": person.password or "", "code": self._fresh_code(person)}
        browser.get("/account/delete")
        answer = browser.post("/account/delete", fields)
        if self.owes(name):
            assert answer.status_code == 403
            return
        if self.could_administer() == [name]:
            assert answer.status_code == 409
            return
        if person.has_factor and not fields["code"] and person.password is not None:
            assert answer.status_code == 401, "the password alone deletes nothing"
            return
        assert answer.status_code == 200
        assert {browser.get(path).status_code for path in ("/me", "/account", "/chief")} == {303}
        self.left.append(person.id)
        self.people[name] = Person("", Browser(self.app), is_admin=False, gone=True)

    def _fresh_code(self, person: Person) -> str:
        """A code that was not used yet; with a passkey alone there is none here."""
        if person.phone is None:
            return ""
        self.clock.forward(minutes=1)
        return person.phone.code()
