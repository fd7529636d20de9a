"""Who knows the passwords and nothing else."""

from __future__ import annotations

from hypothesis.stateful import rule

from doorward.testing import Browser
from tests.support.factors import code_step
from tests.web.states.house import INSIDE, House, names


class Thieves(House):
    """Rules for somebody who wants in."""

    @rule(name=names, other=names)
    def a_thief_with_the_password_tries_everything(self, name: str, other: str) -> None:
        person = self.people[name]
        if not person.has_factor or person.password is None:
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
        for path in (*INSIDE, "/account/factors"):
            assert thief.get(path).status_code == 303
        assert thief.get("/me").headers["Location"].startswith("/login")
