"""Whose account a provider opens, what it gives there, and where it leads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.attacks.oidc_tokens import WHERE
from doorward.prove.attacks.redirects import leads_away, ways_away
from doorward.prove.liar.provider import ASTRAY, HONEST, LIES, OTHER, POSING
from doorward.prove.person import Person
from doorward.prove.scene import ADMIN, Scene
from doorward.prove.stories.by_provider import (
    CHOOSE_NAME,
    Known,
    arrive,
    begin_at,
    choose_name,
    come_back,
    is_in_account,
    is_signed_in,
    leaves,
    left,
    liar_of,
    links,
    newcomer,
)
from doorward.prove.stories.mails import code_and_link
from doorward.prove.stories.telling import somebody, stranger
from doorward.prove.wire import Answer, Request

_BEGIN = "POST /login/oidc/<key>"
_OUT = "POST /login/oidc/<key>/sign-out"
_RULING = "/admin/people"


def subjects(scene: Scene) -> Iterator[Try]:
    """The same subject at another provider, subjects that look like it, and somebody who links it with their own."""
    liar, known = liar_of(scene), newcomer(scene)
    other = arrive(scene, known.subject, OTHER)
    yield _not_theirs(other, known, "The same subject at another provider")
    subject = known.subject
    alike: dict[str, object] = {
        "in other letters": subject.swapcase(),
        "with a blank before it": f" {subject}",
        "with a blank behind it": f"{subject} ",
        "with a letter that cannot be seen": f"{subject}\u200b",
        "with something behind it": f"{subject}%",
        "as a list": [subject],
        "as an object": {"sub": subject},
    }
    for what, said in alike.items():
        person = stranger(scene, "somebody who looks like another")
        come_back(person, liar.answer(left(person), subject, sub=said))
        yield _not_theirs(person, known, f"The subject {what}")
    thief = somebody(scene, "links a foreign subject")
    links(scene, thief, subject)
    own = arrive(scene, subject)
    if is_in_account(own, thief.account):
        yield won("Somebody linked with their own account what opens another's.", "POST /account/identities/<key>")
    elif is_in_account(own, known.account):
        yield held("POST /account/identities/<key>")
    else:
        yield untried("the subject itself opened nothing either", WHERE)


def _not_theirs(person: Person, known: Known, what: str) -> Try:
    return won(f"{what} opens the account.", WHERE) if is_in_account(person, known.account) else held(WHERE)


def takeover(scene: Scene) -> Iterator[Try]:
    """Somebody new at the provider who has there what somebody here has: address, name, number of the account."""
    liar, victim = liar_of(scene), somebody(scene, "has an address")
    address = f"{scene.filling.text()}@example.org"
    victim.prove_again()
    victim.open("/account/email")
    victim.submit("/account/email", {"email": address})
    code, _ = code_and_link(scene, address)
    victim.open("/account/email")
    victim.submit("/account/email/code", {"code": code})
    name = victim.account
    for what, claims in (
        ("the e-mail address", {"email": address, "email_verified": True}),
        ("the name", {"preferred_username": name, "name": name, "nickname": name, "upn": name}),
        ("the name as the subject", {"sub": name}),
        ("the address as the subject", {"sub": address, "email": address, "email_verified": True}),
        ("the number of the account", {"sub": scene.ids[name], "account_id": scene.ids[name]}),
    ):
        person = stranger(scene, "somebody new at the provider")
        answer = come_back(person, liar.answer(left(person), f"new-{scene.filling.text()}", **claims))
        if is_signed_in(person):
            yield won(f"Who has {what} of somebody at a provider enters their account.", WHERE, "", answer)
        elif answer.header("location") != CHOOSE_NAME:
            yield untried(f"with {what} nobody new could come either ({answer.status})", WHERE)
        else:
            yield _kept(person, name)


def _kept(person: Person, name: str) -> Try:
    """Somebody new wants the name of somebody who is there."""
    answer = choose_name(person, name)
    taken = answer.status == 303 and is_signed_in(person)
    return won("A name that is taken can be had by a provider.", f"POST {CHOOSE_NAME}") if taken else held(WHERE)


def roles(scene: Scene) -> Iterator[Try]:
    """Groups, roles and rights that a provider claims, and that nobody here has mapped."""
    liar, known, admin = liar_of(scene), newcomer(scene), scene.people[ADMIN]
    person = stranger(scene, "somebody with rights at the provider")
    rights: dict[str, Any] = {
        "groups": ["admin", "editor"],
        "roles": ["admin"],
        "role": "admin",
        "is_admin": True,
        "scope": "admin",
    }
    come_back(person, liar.answer(left(person), known.subject, **rights, realm_access={"roles": ["admin"]}))
    if not is_signed_in(person):
        yield untried("somebody with such claims did not come in", WHERE)
    elif _rules(person):
        yield won("A provider made somebody an administrator without being allowed to.", WHERE)
    elif _rules(admin) or (admin.sign_in() and _rules(admin)):
        yield held(WHERE)
    else:
        yield untried("an administrator could not come in either", f"GET {_RULING}")


def _rules(person: Person) -> bool:
    return person.browse(Request("GET", _RULING)).status == 200


def posing(scene: Scene) -> Iterator[Try]:
    """A provider that says of itself, in turn, that it is another one, no one, and several."""
    yield from _not_led(scene, POSING, "The app goes on with a provider that calls itself otherwise than it was named.")


def astray(scene: Scene) -> Iterator[Try]:
    """A provider that leads browsers and codes to scripts, and to places without TLS."""
    yield from _not_led(scene, ASTRAY, "The app goes on with a provider that leads to what is not safe.")


def _not_led(scene: Scene, key: str, verdict: str) -> Iterator[Try]:
    left(stranger(scene, "somebody at the honest provider"))
    for _ in range(LIES):
        answer, asked = leaves(stranger(scene, "somebody at a lying provider"), begin_at(key))
        if asked is not None:
            yield won(verdict, _BEGIN, asked.address, answer)
            return
        yield held(_BEGIN) if answer.status == 503 else untried(f"the answer was {answer.status}", _BEGIN)


def redirects(scene: Scene) -> Iterator[Try]:
    """Other sites as the page to go to, said on the way there and in the address that one comes back to."""
    liar, known = liar_of(scene), newcomer(scene)
    person = stranger(scene, "somebody who wants to go on to a page")
    asked = left(person, next="/account")
    if come_back(person, liar.answer(asked, known.subject)).header("location") != "/account":
        yield untried("nobody is led to a page of the app either", _BEGIN)
        return
    own = scene.facts.url.partition("//")[2]
    for away in ways_away(own)[:_MOST_AWAY]:
        person = stranger(scene, "somebody who is to be led away")
        asked = left(person, next=away)
        yield _stays(scene, come_back(person, liar.answer(asked, known.subject)), f"{_BEGIN} with next")
    names = ("next", "redirect_uri", "return_to", "RelayState", "url", "redirect", "target_link_uri")
    person = stranger(scene, "somebody who is to be led away")
    asked = left(person)
    code = liar.code(asked, liar.keys[HONEST].sign(liar.claims(asked, known.subject)))
    path = liar.back(asked, code, **dict.fromkeys(names, "https://evil.example/"))
    yield _stays(scene, come_back(person, path), WHERE)


_MOST_AWAY = 8


def _stays(scene: Scene, answer: Answer, where: str) -> Try:
    location = answer.header("location")
    if answer.status != 303:
        return untried(f"it did not end in a session ({answer.status})", where)
    away = leads_away(location, scene.facts.url)
    return won(f"It leads to another site: {location}", where, "", answer) if away else held(where)


_WHY = (
    "A provider vouches for its own people and nobody else; whoever may call themselves something there must not "
    "become somebody here by it."
)
_MEND = "Leave signing in by providers to the door, and know people by the account that is signed in."


def _accounts(
    what: str, title: str, tries: str, asvs: tuple[str, ...], *defences: str, on_scene: Callable[[Scene], Iterator[Try]]
) -> Attack:
    return Attack(f"oidc.{what}", title, tries, _WHY, _MEND, asvs, defences, provider=True, on_scene=on_scene)


ATTACKS = (
    _accounts("subject", "Another identity at a provider opens somebody's account",
              "The same subject at another provider, seven subjects that look alike, and linking what is another's.",
              ("10.5.2",), "issuer and subject", on_scene=subjects),
    _accounts("takeover", "Who has somebody's address or name at a provider enters their account",
              "A verified address, a name and the number of an account, as claims and as subjects of somebody new.",
              ("10.5.2",), "no linking by claims", on_scene=takeover),
    _accounts("roles", "A provider gives roles that nobody here lets it give",
              "Groups, roles and rights of six kinds, without a mapping.",
              ("8.2.1", "8.3.1"), "roles by mapping", "role", "rule", on_scene=roles),
    _accounts("posing", "A provider can pretend to be another",
              "A provider that calls itself otherwise than it was named, in five ways.",
              ("10.5.3",), "name of the provider", on_scene=posing),
    _accounts("astray", "A provider leads browsers and codes wherever it likes",
              "Scripts and places without TLS in what a provider says of itself.",
              ("10.5.3", "3.7.2"), "safe addresses", on_scene=astray),
    _accounts("redirect", "Signing in by a provider leads to other sites",
              "Eight addresses of other sites on the way there, seven names for them on the way back.",
              ("3.7.2",), "own pages after a provider", on_scene=redirects),
)  # fmt: skip
