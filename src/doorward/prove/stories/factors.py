"""Second factors: setting up an authenticator app, signing in with it, recovery codes, taking it away."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

import pyotp

from doorward.prove.person import Person
from doorward.prove.sample import Sample
from doorward.prove.scene import NotHere, Scene
from doorward.prove.stories.telling import Story, sample, somebody, start_over
from doorward.prove.wire import Request

_PAGE = "/account/factors"
_SECRET = re.compile(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}")
_CODES = re.compile(r'id="recovery-codes"[^>]*>([^<]+)<')


def offered_secret(person: Person) -> str:
    """Ask for an authenticator app, and read the secret from the page, as a person types it. Empty if there is none."""
    person.prove_again()
    person.open(_PAGE)
    person.submit(f"{_PAGE}/totp", {})
    answer, _ = person.open(f"{_PAGE}/totp")
    found = _SECRET.search(answer.text)
    return found[0].replace(" ", "") if found else ""


@dataclass(slots=True)
class Holder:
    """Somebody with an authenticator app.

    Arguments:
        person: signed in, at the browser in which it was set up.
        secret: of the app, in base32; empty if it could not be set up.
        codes: the recovery codes that were not used yet.
    """

    person: Person
    secret: str
    codes: list[str]

    def code(self, seconds: int = 30) -> str:
        """What the app shows so many seconds from now. The code of the present may have been used for setting up."""
        return pyotp.TOTP(self.secret).at(int(time.time()) + seconds)

    def at_second_step(self, scene: Scene) -> Person:
        """Somebody who knows the password, at a new browser that is asked for the code now."""
        other = self.person.afresh("somebody who knows the password")
        start_over(scene, other)
        other.open("/login")
        other.submit("/login", {"username": other.account, "password": other.password})
        other.open("/login/factor")
        return other

    def asked_for_code(self, scene: Scene) -> Person:
        """The same, where it is certain that a code is asked for: only then a code says something.

        Errors:
            NotHere: the password alone opened the account.
        """
        other = self.at_second_step(scene)
        if other.browse(Request("GET", "/account")).status == 200:
            raise NotHere("no second factor was asked for")
        return other


def set_up(person: Person) -> Holder:
    """Set up an authenticator app for somebody who is signed in."""
    secret = offered_secret(person)
    answer = person.submit(f"{_PAGE}/totp/confirm", {"code": pyotp.TOTP(secret).now()}) if secret else None
    found = _CODES.search(answer.text) if answer is not None else None
    return Holder(person, secret if found else "", found[1].split() if found else [])


def enrol(person: Person) -> list[str]:
    """Set up an authenticator app. The recovery codes."""
    return set_up(person).codes


def holder(scene: Scene, what: str, *roles: str) -> Holder:
    """A new account with an authenticator app.

    Errors:
        NotHere: it could not be set up.
    """
    made = set_up(somebody(scene, what, *roles))
    if not made.secret:
        raise NotHere("no authenticator app could be set up")
    for code in made.codes:
        scene.remember(code, "a recovery code")
    return made


def setting_up(scene: Scene) -> list[Sample]:
    person = somebody(scene, "sets up a factor")

    def renew(one: Sample) -> None:
        secret = offered_secret(one.person)
        scene.remember(secret, "the secret of an authenticator app")
        one.fields = {"code": pyotp.TOTP(secret).now()} if secret else {}

    return [sample(scene, "POST", f"{_PAGE}/totp/confirm", person, renew)]


def second_step(scene: Scene) -> list[Sample]:
    person = somebody(scene, "has a factor")
    codes = enrol(person)
    for code in codes:
        scene.remember(code, "a recovery code")

    def first_step(one: Sample) -> None:
        start_over(scene, one.person)
        one.person.open("/login")
        one.person.submit("/login", {"username": account, "password": password})
        one.person.open("/login/factor")

    def renew(one: Sample) -> None:
        first_step(one)
        one.fields = {"code": codes.pop()} if codes else {}

    account, password = person.account, person.password
    person.account = ""  # so that the run does not sign it in by itself: that takes both steps
    other = person.afresh("somebody who has a factor")
    return [
        sample(scene, "GET", "/login/factor", person, first_step),
        sample(scene, "POST", "/login/factor", other, renew),
    ]


def having(scene: Scene) -> list[Sample]:
    """New recovery codes, and the end of the app: each for somebody who has one."""

    def ready(one: Sample) -> None:
        start_over(scene, one.person)
        fresh = somebody(scene, "keeps a factor")
        enrol(fresh)
        one.person.cookies, one.person.csrf_token, one.person.password = fresh.cookies, fresh.csrf_token, fresh.password
        one.person.open(_PAGE)

    made = []
    for path in (f"{_PAGE}/codes", f"{_PAGE}/totp/remove"):
        person = somebody(scene, "keeps a factor")
        person.account = ""
        made.append(sample(scene, "POST", path, person, ready))
    return made


STORIES = (
    Story((("POST", f"{_PAGE}/totp/confirm"),), setting_up),
    Story((("GET", "/login/factor"), ("POST", "/login/factor")), second_step),
    Story((("POST", f"{_PAGE}/codes"), ("POST", f"{_PAGE}/totp/remove")), having),
)
