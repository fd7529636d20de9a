"""Passkeys: made, taken away, and used to sign in, with a device in software."""

from __future__ import annotations

from typing import Any

from doorward.prove.authenticator import Authenticator
from doorward.prove.person import Person
from doorward.prove.sample import Sample
from doorward.prove.scene import Scene
from doorward.prove.stories.telling import Story, link_on, sample, somebody, start_over, stranger
from doorward.prove.wire import Request

_PAGE = "/account/factors"


def _options(person: Person, path: str) -> dict[str, Any]:
    """What the script of the page is given when it asks for a challenge; empty if it is refused."""
    answer = person.browse(Request("POST", path, {"Accept": "application/json"}))
    found = answer.json() if answer.status == 200 else None
    return found if isinstance(found, dict) else {}


def made_for(scene: Scene, person: Person, device: Authenticator) -> dict[str, str]:
    """The fields of the form that adds a passkey, as the page's script fills them in."""
    person.prove_again()
    person.open(_PAGE)
    given = _options(person, f"{_PAGE}/passkeys/options")
    if not given:
        return {}
    device.origin = scene.facts.url
    return {"ticket": given["ticket"], "credential": device.create(given["publicKey"]), "name": "A proof"}


def _enrolled(scene: Scene, what: str) -> tuple[Person, Authenticator]:
    person, device = somebody(scene, what), Authenticator()
    person.submit(f"{_PAGE}/passkeys", made_for(scene, person, device))
    person.open(_PAGE)
    return person, device


def making(scene: Scene) -> list[Sample]:
    """Another passkey each time."""
    person = somebody(scene, "makes a passkey")

    def renew(one: Sample) -> None:
        one.fields = made_for(scene, one.person, Authenticator())

    def ready(one: Sample) -> None:
        one.person.prove_again()
        one.person.open(_PAGE)

    return [
        sample(scene, "POST", f"{_PAGE}/passkeys/options", person, ready),
        sample(scene, "POST", f"{_PAGE}/passkeys", somebody(scene, "makes a passkey"), renew),
    ]


def having(scene: Scene) -> list[Sample]:
    """To say who one is with it, and to take it away."""
    owner, _ = _enrolled(scene, "confirms with a passkey")
    owner.account = ""  # so that the run does not sign it in by itself: that takes both steps
    confirm = sample(scene, "POST", "/account/confirm/options", owner)

    def renew(one: Sample) -> None:
        fresh, _ = _enrolled(scene, "removes a passkey")
        one.person.cookies, one.person.csrf_token, one.person.password = fresh.cookies, fresh.csrf_token, fresh.password
        one.path = link_on(one.person, _PAGE, f"{_PAGE}/passkeys/", "/remove")

    person = stranger(scene, "somebody who removes a passkey")
    remove = sample(scene, "POST", f"{_PAGE}/passkeys/1/remove", person, renew)
    return [confirm, remove]


def with_passkey(scene: Scene, device: Authenticator) -> Person:
    """Somebody at a new browser who answers with this passkey, and no password."""
    person = stranger(scene, "somebody with a passkey")
    person.open("/login")
    given = _options(person, "/login/passkey/options")
    fields = {"ticket": given["ticket"], "credential": device.get(given["publicKey"])} if given else {}
    person.submit("/login/passkey", fields)
    return person


def using(scene: Scene) -> list[Sample]:
    """Without a password, and as the second step."""
    owner, device = _enrolled(scene, "signs in with a passkey")
    account, password = owner.account, owner.password

    def challenge(one: Sample) -> None:
        start_over(scene, one.person)
        one.person.open("/login")

    def answer(one: Sample) -> None:
        challenge(one)
        given = _options(one.person, "/login/passkey/options")
        one.fields = {"ticket": given["ticket"], "credential": device.get(given["publicKey"])} if given else {}

    def second(one: Sample) -> None:
        challenge(one)
        one.person.submit("/login", {"username": account, "password": password})
        one.person.open("/login/factor")

    return [
        sample(scene, "POST", "/login/passkey/options", stranger(scene, "a browser with passkeys"), challenge),
        sample(scene, "POST", "/login/passkey", stranger(scene, "somebody with a passkey"), answer),
        sample(scene, "POST", "/login/factor/options", stranger(scene, "somebody with a passkey"), second),
    ]


STORIES = (
    Story((("POST", f"{_PAGE}/passkeys/options"), ("POST", f"{_PAGE}/passkeys")), making),
    Story((("POST", "/account/confirm/options"), ("POST", f"{_PAGE}/passkeys/1/remove")), having),
    Story((("POST", "/login/passkey/options"), ("POST", "/login/passkey"), ("POST", "/login/factor/options")), using),
)
