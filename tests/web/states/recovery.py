"""Ways back for who has lost something: on the host, by a link, by an administrator."""

from __future__ import annotations

from hypothesis.stateful import rule

from doorward.core.access import HOST
from doorward.testing import Browser, door_of
from doorward.web import people
from doorward.web.recovery import make_reset_code
from tests.web.states.house import House, names


class Recovery(House):
    """Rules for recovery. None of them may open a session by itself, or lead past a factor."""

    @rule(name=names)
    def reset_on_the_host(self, name: str) -> None:
        if self.people[name].gone:
            return
        people.reset_factors(self.store, HOST, self.people[name].id)
        self.people[name].lose_factors()

    @rule(name=names)
    def recover_the_password_by_a_link(self, name: str) -> None:
        """Whoever holds the link can set a password; it must not lead past the factor."""
        person = self.people[name]
        if person.blocked or person.gone:
            return
        self.clock.forward(minutes=16)
        code, new = make_reset_code(door_of(self.app).parts, HOST, person.id), "a harbour that was recovered"
        browser = Browser(self.app)
        browser.get(f"/reset/{code}")
        answer = browser.post(f"/reset/{code}", {"password": new, "password_again": new})
        assert browser.get("/me").status_code != 200
        if answer.status_code == 303:
            person.password = new
