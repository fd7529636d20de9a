"""What administrators do on their pages, and the host with its commands."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from doorward.core.access import HOST
from doorward.errors import Conflict
from doorward.web import people
from tests.web.states.house import House, Person, names


class Administration(House):
    """Rules for administration, tried by everybody: who is no administrator must be refused."""

    @rule(name=names, demand=st.sampled_from(["", "admin", "member"]))
    def require(self, name: str, demand: str) -> None:
        if (browser := self.come_in(name)) is None:
            return
        page = browser.get("/admin/security")
        answer = browser.post("/admin/security/factors", {"of": demand})
        if page.status_code != 200:  # who is no administrator, or owes a factor, can require nothing
            assert answer.status_code == 403
            return
        assert self.people[name].is_admin
        person = self.people[name]
        assert answer.status_code == (303 if not demand or (person.has_factor and person.codes) else 409)
        self.demand = demand if answer.status_code == 303 else self.demand

    @rule(name=names, other=names, act=st.sampled_from(["reset-factors", "block", "unblock"]))
    def administer(self, name: str, other: str, act: str) -> None:
        if (browser := self.come_in(name)) is None:
            return
        page = browser.get("/admin/people")
        answer = browser.post(f"/admin/people/{self.people[other].id or 'nobody'}/{act}")
        if page.status_code != 200:
            assert answer.status_code == 403
            return
        if self.people[other].gone:
            assert answer.status_code == 404
            return
        assert self.people[name].is_admin
        # The factors of administrators are reset only on the host.
        refused = other == name or (act == "reset-factors" and self.people[other].is_admin)
        assert answer.status_code == (409 if refused else 303)
        if not refused:
            self._after(self.people[other], act)

    def _after(self, person: Person, act: str) -> None:
        if act == "reset-factors":
            person.lose_factors()
        else:
            person.blocked = act == "block"

    @rule(name=names, act=st.sampled_from(["block", "unblock", "make administrator", "make member"]))
    def command_on_the_host(self, name: str, act: str) -> None:
        """The host may do everything but shut out the last administrator."""
        person = self.people[name]
        if person.gone:
            return
        does = {
            "block": lambda: people.block(self.store, HOST, person.id),
            "unblock": lambda: people.unblock(self.store, HOST, person.id),
            "make administrator": lambda: people.set_roles(self.store, HOST, person.id, frozenset({"admin"})),
            "make member": lambda: people.set_roles(self.store, HOST, person.id, frozenset()),
        }
        if act in ("block", "make member") and self.could_administer() == [name]:
            with pytest.raises(Conflict, match="last administrator"):
                does[act]()
            return
        does[act]()
        if act in ("block", "unblock"):
            person.blocked = act == "block"
        else:
            person.is_admin = act == "make administrator"
