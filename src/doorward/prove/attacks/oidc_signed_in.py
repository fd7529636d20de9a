"""What a provider may do to somebody who is signed in: say that it is them, be linked with them, sign them out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.attacks.oidc_tokens import WHERE
from doorward.prove.liar.provider import HONEST, OTHER, LyingProvider
from doorward.prove.liar.tokens import SigningKey, by_secret, unsigned
from doorward.prove.person import Person
from doorward.prove.scene import NotHere, Scene
from doorward.prove.stories.by_provider import (
    Known,
    arrive,
    begin_at,
    come_back,
    is_in_account,
    is_signed_in,
    left,
    liar_of,
    links,
    newcomer,
)
from doorward.prove.stories.telling import host_of, somebody, stranger
from doorward.prove.wire import Answer, Request
from doorward.prove.wire import form as form_request

_CONFIRM = f"/account/confirm/oidc/{HONEST}"
_LINK = f"/account/identities/{HONEST}"
_OUT = "POST /login/oidc/<key>/sign-out"


def confirming(scene: Scene) -> Iterator[Try]:
    """A session of hours ago, and a provider that says who is there without having asked anew, or names another."""
    liar, host, known = liar_of(scene), host_of(scene), newcomer(scene)
    stranger_there = newcomer(scene).subject
    is_fresh = _freshness(scene)
    if not is_fresh(known.person):
        yield untried("right after signing in nothing opened either", _CONFIRM)
        return
    host.make_stale(scene.ids[known.account])
    if is_fresh(known.person):
        yield untried("a session of hours ago opens everything as it is", _CONFIRM)
        return
    hours_ago = int(time.time()) - 3 * 3600
    lies: dict[str, dict[str, object]] = {
        "does not say when it asked": {"auth_time": None},
        "asked hours ago": {"auth_time": hours_ago},
        "says so in words": {"auth_time": "just now"},
        "names somebody else": {"sub": stranger_there},
        "names somebody new": {"sub": "subject-of-nobody"},
    }
    for what, claims in lies.items():
        asked = left(known.person, _CONFIRM)
        token = liar.keys[HONEST].sign(liar.claims(asked, known.subject, **claims))
        answer = come_back(known.person, liar.back(asked, liar.code(asked, token)))
        if is_fresh(known.person):
            yield won(f"A provider that {what} makes a session fresh.", WHERE, "", answer)
            return
        yield held(WHERE)
    come_back(known.person, liar.answer(left(known.person, _CONFIRM), known.subject))
    if not is_fresh(known.person):
        yield untried("the right answer makes no session fresh either", WHERE)


def _freshness(scene: Scene) -> Callable[[Person], bool]:
    """Whether a page opens that asks for having signed in within minutes."""
    fresh = [way for way in scene.ways.all if way.fresh and way.method == "GET" and not (way.parameters or way.roles)]
    if not fresh:
        raise NotHere("no page asks to have signed in within minutes")
    return lambda person: person.browse(Request("GET", fresh[0].path)).status == 200


def linking(scene: Scene) -> Iterator[Try]:
    """Somebody links a provider, and gets an attacker's answer in the place of their own."""
    liar, victim, attacker = liar_of(scene), somebody(scene, "links a provider"), stranger(scene, "an attacker")
    subject, own = f"attacker-{scene.filling.text()}", f"own-{scene.filling.text()}"
    theirs = left(attacker)
    token = liar.keys[HONEST].sign(liar.claims(theirs, subject))
    code = liar.code(theirs, token, careless=True)
    victim.prove_again()
    left(victim, _LINK)
    answer = come_back(victim, liar.back(theirs, code))
    if liar.exchanged(code) or is_in_account(arrive(scene, subject), victim.account):
        yield won("An attacker's answer is taken to link a provider.", WHERE, "", answer)
        return
    yield held(WHERE)
    links(scene, victim, own)
    if not is_in_account(arrive(scene, own), victim.account):
        yield untried("the own answer links nothing either", WHERE)


def back_channel(scene: Scene) -> Iterator[Try]:
    """Messages that somebody has signed out at the provider, which it has not sent, or not so."""
    liar, known = liar_of(scene), newcomer(scene)
    key, now = liar.keys[HONEST], int(time.time())

    def said(**changes: object) -> dict[str, object]:
        return liar.logout_claims(HONEST, known.subject, **changes)

    asked = left(stranger(scene, "somebody whose ID token was seen"))
    id_token = key.sign({**liar.claims(asked, known.subject), "jti": "seen"})
    forged = {
        "unsigned": unsigned(said(), kid=key.name),
        "signed with the public key as a secret": by_secret(said(), key.pem, key.name),
        "signed by a stranger": SigningKey(key.name).sign(said()),
        "signed by another provider": liar.keys[OTHER].sign(said()),
        "without its signature": key.sign(said()).rpartition(".")[0] + ".",
        "of another issuer": key.sign(said(iss=liar.issuers[OTHER])),
        "for another client": key.sign(said(aud="another")),
        "of yesterday": key.sign(said(iat=now - 86_400, exp=now - 80_000)),
        "with a nonce": key.sign(said(nonce="once")),
        "that is about no signing out": key.sign(said(events={})),
        "without a number": key.sign(said(jti=None)),
        "that is an ID token": id_token,
    }
    for what, token in forged.items():
        _say_signed_out(scene, token)
        if not is_signed_in(known.person):
            yield won(f"A message {what} signs somebody out.", _OUT)
            return
        yield held(_OUT)
    yield from _once(scene, liar, known, key.sign(said()))


def _once(scene: Scene, liar: LyingProvider, known: Known, token: str) -> Iterator[Try]:
    _say_signed_out(scene, token)
    if is_signed_in(known.person):
        yield untried("the right message signs nobody out either", _OUT)
        return
    again = arrive(scene, known.subject)
    _say_signed_out(scene, token)
    yield held(_OUT) if is_signed_in(again) else won("A message signs somebody out again and again.", _OUT)


def _say_signed_out(scene: Scene, token: str) -> Answer:
    sender = stranger(scene, "who pretends to be the provider")
    return sender.send(form_request("POST", f"{begin_at(HONEST)}/sign-out", {"logout_token": token}))


def sign_out(scene: Scene) -> Iterator[Try]:
    """Links and forms of other sites that would sign somebody out who came by a provider."""
    person = newcomer(scene).person
    person.open("/account")
    tricks = {
        "GET /logout": Request("GET", "/logout"),
        "GET /logout of a provider": Request("GET", f"/logout?by={HONEST}&state=x&sid=x"),
        "GET of what the provider sends": Request("GET", f"{begin_at(HONEST)}/sign-out?iss=x&sid=x"),
        "a form without a token": form_request("POST", "/logout", {}),
        "what the provider sends, empty": form_request("POST", f"{begin_at(HONEST)}/sign-out", {}),
    }
    for what, request in tricks.items():
        answer = person.send(request)
        if not is_signed_in(person):
            yield won(f"Another site signs people out by {what}.", what, request, answer)
            return
        yield held(what)
    person.open("/account")
    person.submit("/logout", {})
    if is_signed_in(person):
        yield untried("the form of the page signs nobody out either", "POST /logout")


_WHY = (
    "For who is signed in, a provider's word opens what is dangerous, opens the account from then on, or ends the "
    "session: it has to be the provider's, about this person, and of now."
)
_MEND = "Leave signing in by providers to the door, and ask with @access.fresh before what is dangerous."


def _signed_in(
    what: str, title: str, tries: str, asvs: tuple[str, ...], *defences: str, on_scene: Callable[[Scene], Iterator[Try]]
) -> Attack:
    return Attack(f"oidc.{what}", title, tries, _WHY, _MEND, asvs, defences, provider=True, on_scene=on_scene)


ATTACKS = (
    _signed_in("confirm", "A provider makes old sessions fresh without asking anew",
               "Five answers in a session of hours ago: without a time, of hours ago, about somebody else.",
               ("7.5.1",), "provider asks anew", "provider confirms the same person", on_scene=confirming),
    _signed_in("link", "An attacker's account at a provider is linked with somebody's here",
               "An attacker's answer in the browser of somebody who links a provider.",
               ("10.1.2", "10.2.1"), "state", on_scene=linking),
    _signed_in("back-channel", "Others than the provider sign people out",
               "Twelve messages that somebody has signed out, none of them the provider's; and a right one twice.",
               ("6.8.2",), "messages of signing out", "provider signatures", "provider algorithms",
               "audience of ID tokens", "times of ID tokens", "answers work once", on_scene=back_channel),
    _signed_in("sign-out", "Other sites sign people out",
               "Three links and two forms, in the browser of somebody who came by a provider.",
               ("3.5.1", "3.5.3"), "csrf token", on_scene=sign_out),
)  # fmt: skip
