"""Signing in by a provider of the run's own: the way there, what is brought back, and a name for somebody new."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from doorward.prove.liar.provider import HONEST, Asked, LyingProvider
from doorward.prove.person import Person
from doorward.prove.sample import Sample
from doorward.prove.scene import NotHere, Scene
from doorward.prove.stories.passwords import invitation
from doorward.prove.stories.telling import Story, link_on, sample, somebody, start_over, stranger
from doorward.prove.wire import Answer, Request

CHOOSE_NAME = "/register/identity"
_GOES_ON = re.compile(r"""http-equiv="refresh" content="0; url='([^']*)'""")
#: As a browser says it that a page of the provider leads back.
_FROM_THERE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}


def liar_of(scene: Scene) -> LyingProvider:
    """The provider of this run.

    Errors:
        NotHere: it has none, or its app has no way for it.
    """
    if scene.liar is None or scene.ways.find("POST", "/login/oidc/x") is None:
        raise NotHere("this run has no provider to sign in by")
    return scene.liar


def begin_at(key: str) -> str:
    """Where the form on the sign-in page goes that leads to this provider."""
    return f"/login/oidc/{key}"


def leaves(person: Person, form: str = "", **fields: str) -> tuple[Answer, Asked | None]:
    """Send the form that leads to a provider: the answer, and where it sends the browser; None if nowhere."""
    form = form or begin_at(HONEST)
    is_signed_in_here = form.startswith("/account")
    if is_signed_in_here or not person.csrf_token:  # a session has a token of its own
        person.open("/account" if is_signed_in_here else "/login")
    answer = person.submit(form, fields)
    found = _GOES_ON.search(answer.text)
    if answer.status != 200 or found is None:
        return answer, None
    address = html.unescape(found[1])
    key = form.rsplit("/", 1)[1]
    return answer, Asked(key, address, dict(parse_qsl(urlsplit(address).query, keep_blank_values=True)))


def left(person: Person, form: str = "", **fields: str) -> Asked:
    """Where the browser is sent.

    Errors:
        NotHere: nowhere.
    """
    answer, asked = leaves(person, form, **fields)
    if asked is None:
        raise NotHere(f"the app does not lead to a provider ({answer.status})")
    return asked


def come_back(person: Person, path: str) -> Answer:
    """The browser follows where the provider leads."""
    return person.browse(Request("GET", path, _FROM_THERE))


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who signs in by a provider.

    Arguments:
        person: signed in, at the browser in which the account was made.
        subject: what the provider calls them.
        account: the name of the account.
    """

    person: Person
    subject: str
    account: str


def arrive(scene: Scene, subject: str, key: str = HONEST, *, at: Person | None = None) -> Person:
    """Somebody signs in honestly, at a new browser or at this one. It is signed in if the account is there."""
    person = at or stranger(scene, "somebody who comes by a provider")
    come_back(person, liar_of(scene).answer(left(person, begin_at(key)), subject))
    return person


def choose_name(person: Person, name: str) -> Answer:
    """Somebody new chooses a name for the account."""
    person.open(CHOOSE_NAME)
    return person.submit(CHOOSE_NAME, {"username": name})


def newcomer(scene: Scene, key: str = HONEST) -> Known:
    """A new account that was made by a provider.

    Errors:
        NotHere: an honest answer did not open a session for it.
    """
    subject, name = f"subject-{secrets.token_urlsafe(9)}", f"prove-came-{scene.filling.text()}"
    person = arrive(scene, subject, key)
    answer = choose_name(person, name)
    if not is_signed_in(person):
        raise NotHere(f"nobody new could make an account by a provider ({answer.status})")
    if scene.host is not None:
        scene.ids[name] = scene.host.account_id(name)
    return Known(person, subject, name)


def is_signed_in(person: Person) -> bool:
    """Does the account's own page open?"""
    return person.browse(Request("GET", "/account")).status == 200


def is_in_account(person: Person, name: str) -> bool:
    """Is it the account of this name that opens?"""
    answer = person.browse(Request("GET", "/account"))
    return answer.status == 200 and re.search(rf"\b{re.escape(name)}\b", answer.text) is not None


def links(scene: Scene, person: Person, subject: str, key: str = HONEST) -> Answer:
    """Somebody who is signed in by password links an account of the provider with their own."""
    person.prove_again()
    asked = left(person, f"/account/identities/{key}")
    return come_back(person, liar_of(scene).answer(asked, subject))


# -- stories: how the ways of the door about providers are rightfully used -------------------------------------


def _told(scene: Scene) -> bool:
    return scene.liar is not None


def signing_in(scene: Scene) -> list[Sample]:
    """There, and back to an account."""
    if not _told(scene):
        return []
    known, liar = newcomer(scene), liar_of(scene)

    def at_page(one: Sample) -> None:
        start_over(scene, one.person)
        one.person.open("/login")

    def come(one: Sample) -> None:
        start_over(scene, one.person)
        one.path = liar.answer(left(one.person), known.subject)

    def signed_out(one: Sample) -> None:
        token = liar.keys[HONEST].sign(liar.logout_claims(HONEST, known.subject))
        one.fields = {"logout_token": token}

    begin = sample(scene, "POST", begin_at(HONEST), stranger(scene, "somebody who has a provider"), at_page)
    back = sample(scene, "GET", f"{begin_at(HONEST)}/callback", stranger(scene, "somebody who comes back"), come)
    out = sample(scene, "POST", f"{begin_at(HONEST)}/sign-out", stranger(scene, "the provider"), signed_out)
    return [begin, back, out]


def joining(scene: Scene) -> list[Sample]:
    """Somebody new: with an invitation, and without one, up to the name of the account."""
    if not _told(scene):
        return []

    def invited(one: Sample) -> None:
        start_over(scene, one.person)
        path = invitation(scene)
        one.path = f"{path}/oidc/{HONEST}"
        one.person.open(path)

    def arrived(one: Sample) -> None:
        start_over(scene, one.person)
        arrive(scene, f"subject-{secrets.token_urlsafe(9)}", at=one.person)
        one.person.open(CHOOSE_NAME)
        one.fields = {"username": f"prove-comes-{scene.filling.text()}"} if one.way.writes else None

    made = [sample(scene, "POST", f"/join/none/oidc/{HONEST}", stranger(scene, "somebody invited"), invited)]
    for method in ("GET", "POST"):
        made.append(sample(scene, method, CHOOSE_NAME, stranger(scene, "somebody new"), arrived))
    return made


def having(scene: Scene) -> list[Sample]:
    """Somebody who is signed in links a provider, unlinks it, and says by it who is there."""
    if not _told(scene):
        return []
    came = newcomer(scene).person
    came.account = ""  # so that the run does not sign it in by itself: it has no password

    def fresh(one: Sample) -> None:
        one.person.prove_again()
        one.person.open("/account")

    def linked(one: Sample) -> None:
        owner = somebody(scene, "unlinks a provider")
        links(scene, owner, f"subject-{secrets.token_urlsafe(9)}")
        one.person.cookies, one.person.csrf_token, one.person.password = owner.cookies, owner.csrf_token, owner.password
        one.path = link_on(one.person, "/account", "/account/identities/", "/remove")

    made: list[tuple[str, Person, Callable[[Sample], None] | None]] = [
        (f"/account/confirm/oidc/{HONEST}", came, lambda one: _ignored(one.person.open("/account/confirm"))),
        (f"/account/identities/{HONEST}", somebody(scene, "links a provider"), fresh),
        ("/account/identities/0/remove", stranger(scene, "somebody who unlinks a provider"), linked),
    ]
    return [sample(scene, "POST", path, person, renew) for path, person, renew in made]


def _ignored(_: object) -> None:
    return None


STORIES = (
    Story((("POST", "/login/oidc/x"), ("GET", "/login/oidc/x/callback")), signing_in),
    Story((("POST", "/join/x/oidc/x"), ("POST", CHOOSE_NAME), ("POST", "/admin/invitations")), joining),
    Story((("POST", "/account/identities/x"), ("POST", "/account/confirm/oidc/x")), having),
)
