"""The way to a provider and back: whose answer it is, in which browser, for which sign-in, and of which provider."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from urllib.parse import quote

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.attacks.oidc_tokens import WHERE, believed
from doorward.prove.attacks.sessions import shared_places
from doorward.prove.authenticator import b64
from doorward.prove.liar.provider import HONEST, OTHER, PLAIN, Asked, LyingProvider
from doorward.prove.person import Person
from doorward.prove.scene import Scene
from doorward.prove.stories.by_provider import (
    begin_at,
    come_back,
    is_in_account,
    is_signed_in,
    leaves,
    left,
    liar_of,
    newcomer,
)
from doorward.prove.stories.telling import host_of, stranger
from doorward.prove.wire import Answer

_BEGIN = "POST /login/oidc/<key>"
_BROWSERS = 6
#: 128 bits, as base64url writes them.
_CHARACTERS = 22
_PROOF = range(43, 129)  # RFC 7636 section 4.1


def _own_code(liar: LyingProvider, asked: Asked, subject: str) -> str:
    """A code that only what is tried here protects: it is for this sign-in, and given to anybody."""
    return liar.code(asked, liar.keys[asked.key].sign(liar.claims(asked, subject)), careless=True)


def _used(scene: Scene, person: Person, path: str, code: str, what: str) -> Try:
    """Bring this back, and see whether the app goes on with it: asks the provider, or believes it."""
    answer = come_back(person, path)
    if believed(person, answer):
        return won(f"{what} signs somebody in.", WHERE, "", answer)
    if liar_of(scene).exchanged(code):
        return won(f"{what} makes the app ask the provider for tokens.", WHERE, "", answer)
    return held(WHERE) if answer.status in (400, 401, 403) else untried(f"{what}: {answer.status}", WHERE)


def states(scene: Scene) -> Iterator[Try]:
    """An attacker's answer in somebody's browser, and right codes with every wrong state."""
    liar, known = liar_of(scene), newcomer(scene)
    victim, attacker = stranger(scene, "somebody with a sign-in under way"), stranger(scene, "an attacker")
    theirs = left(attacker)
    code = _own_code(liar, theirs, "subject-of-an-attacker")
    nobody = stranger(scene, "somebody without a sign-in under way")
    nobody.open("/login")
    yield _used(scene, nobody, liar.back(theirs, code), code, "An attacker's answer, where nobody asked,")
    earlier = left(victim)
    asked = left(victim)
    yield _used(scene, victim, liar.back(theirs, code), code, "An attacker's answer in somebody else's browser")
    wrong: dict[str, str | None] = {
        "no state": None,
        "an empty state": "",
        "a state that was made up": "A" * 43,
        "the state of an earlier sign-in": earlier.query["state"],
        "the state of another browser": theirs.query["state"],
        "the nonce in the place of the state": asked.query["nonce"],
        "half of the state": asked.query["state"][:20],
    }
    for what, state in wrong.items():
        code = _own_code(liar, asked, f"{known.subject}-{len(what)}")
        yield _used(scene, victim, liar.back(asked, code, state=state), code, f"An answer with {what}")
    code = _own_code(liar, asked, "subject-of-somebody-twice")
    twice = f"{liar.back(asked, code)}&state={quote(theirs.query['state'])}"
    yield _used(scene, victim, twice, code, "An answer with two states")
    come_back(victim, liar.answer(asked, known.subject))
    if not is_signed_in(victim):
        yield untried("the right answer signed nobody in either", WHERE)


def browsers(scene: Scene) -> Iterator[Try]:
    """Somebody's answer in other browsers, also with the note that the app has left in the first."""
    liar, known = liar_of(scene), newcomer(scene)
    asker = stranger(scene, "somebody with a sign-in under way")
    asker.open("/login")
    before = set(asker.cookies)
    asked = left(asker)
    notes = {name: value for name, value in asker.cookies.items() if name not in before}
    path = liar.answer(asked, known.subject)
    for what, person, more in (
        ("In another browser", stranger(scene, "a thief"), {}),
        ("In another browser, with the note of the first", stranger(scene, "a thief with the note"), notes),
        ("In the browser of somebody who is signed in, with the note of the first", newcomer(scene).person, notes),
    ):
        person.open("/login")
        person.cookies.update(more)
        answer = come_back(person, path)
        got_in = is_in_account(person, known.account)
        yield won(f"{what} the answer opens the account.", WHERE, "", answer) if got_in else held(WHERE)
    come_back(asker, path)
    if not is_signed_in(asker):
        yield untried("in the browser that asked it opened nothing either", WHERE)


def once(scene: Scene) -> Iterator[Try]:
    """An answer that was used, brought back with the cookies from before, and in the same browser after signing out."""
    liar, known = liar_of(scene), newcomer(scene)
    person = stranger(scene, "somebody who comes back")
    asked = left(person)
    path = liar.back(asked, _own_code(liar, asked, known.subject))
    copy = person.twin("somebody with a copy of the browser")
    come_back(person, path)
    if not is_signed_in(person):
        yield untried("it did not work the first time either", WHERE)
        return
    answer = come_back(copy, path)
    again = is_signed_in(copy)
    yield won("An answer of a provider works twice.", WHERE, "", answer) if again else held(WHERE)
    person.open("/account")
    person.submit("/logout", {})
    come_back(person, path)
    yield won("It works after signing out, too.", WHERE) if is_signed_in(person) else held(WHERE)


def late(scene: Scene) -> Iterator[Try]:
    """A sign-in that was begun an hour ago, and one that will be begun tomorrow."""
    liar, host, known = liar_of(scene), host_of(scene), newcomer(scene)
    for hours, may in ((0.0, True), (1.0, False), (-24.0, False)):
        person = stranger(scene, "somebody who comes back late")
        person.open("/login")
        before = dict(person.cookies)
        asked = left(person)
        for name in set(person.cookies) - set(before):
            made = [host.provider_note_like(person.cookies[name], visit, hours=hours) for visit in before.values()]
            person.cookies[name] = next(filter(None, made), "")
        answer = come_back(person, liar.answer(asked, known.subject))
        if is_signed_in(person):
            yield held(WHERE) if may else won("A sign-in by a provider does not end.", WHERE, "", answer)
        else:
            yield untried("notes could not be made", WHERE) if may else held(WHERE)
            if may:
                return


def proofs(scene: Scene) -> Iterator[Try]:
    """What the app proves to the provider about who asked (PKCE); and providers that check nothing of it."""
    liar = liar_of(scene)
    person, thief = stranger(scene, "somebody whose code is stolen"), stranger(scene, "a thief of codes")
    asked, own = left(person), left(thief)
    token = liar.keys[HONEST].sign(liar.claims(own, "subject-of-a-thief"))
    stolen = liar.code(asked, token)
    yield _stolen(thief, come_back(thief, liar.back(own, stolen)))
    come_back(person, liar.back(asked, stolen))
    sent = [one.get("code_verifier", "") for one in liar.exchanged(stolen)]
    yield from _proved(asked, sent)
    for _ in range(3):
        answer, elsewhere = leaves(stranger(scene, "somebody at a careless provider"), begin_at(PLAIN))
        if elsewhere is not None:
            yield won("The app goes on with a provider that does not say it checks who asked.", _BEGIN, "", answer)
        else:
            yield held(_BEGIN)


def _stolen(thief: Person, answer: Answer) -> Try:
    taken = believed(thief, answer)
    return won("A stolen code works in another sign-in.", WHERE, "", answer) if taken else held(WHERE)


def _proved(asked: Asked, sent: list[str]) -> Iterator[Try]:
    challenge, method = asked.query.get("code_challenge", ""), asked.query.get("code_challenge_method", "plain")
    hashed = [b64(hashlib.sha256(one.encode()).digest()) for one in sent]
    if len(sent) != 2:
        yield untried(f"the app came {len(sent)} times for tokens, and not twice", WHERE)
    elif method != "S256" or challenge in sent:
        yield won(f"The way to the provider shows the proof itself ({method}).", _BEGIN, asked.address)
    elif hashed[1] != challenge or hashed[0] == challenge or any(len(one) not in _PROOF for one in sent):
        yield won("The proof is not that of this sign-in, or too short.", WHERE, asked.address)
    else:
        yield held(_BEGIN)


def unguessable(scene: Scene) -> Iterator[Try]:
    """State, nonce and challenge of several sign-ins: long, different, without a pattern."""
    person = stranger(scene, "somebody who signs in often")
    begun = [left(stranger(scene, "somebody who signs in")) for _ in range(_BROWSERS)] + [left(person), left(person)]
    for name in ("state", "nonce", "code_challenge"):
        values = [one.query.get(name, "") for one in begun]
        where = f"{_BEGIN}: {name}"
        if min(map(len, values)) < _CHARACTERS:
            yield won(f"The {name} has fewer than {_CHARACTERS} characters.", where)
        elif len(set(values)) != len(values):
            yield won(f"Two sign-ins have the same {name}.", where)
        elif shared_places(values) > 0.25:
            yield won(f"The {name} has the same characters at the same places.", where)
        else:
            yield held(where)
    if any(len({one.query["state"], one.query["nonce"], one.query["code_challenge"]}) < 3 for one in begun):
        yield won("One value serves for two things.", _BEGIN)


def mix_up(scene: Scene) -> Iterator[Try]:
    """Answers of one provider as those of another: by name, without a name, at the address of the other."""
    liar, known = liar_of(scene), newcomer(scene)
    theirs = liar.issuers[OTHER]
    named: dict[str, str | None] = {"in the name of another": theirs, "without a name": None, "with an empty name": ""}
    for what, name in named.items():
        person = stranger(scene, "somebody between two providers")
        asked = left(person)
        code = _own_code(liar, asked, known.subject)
        yield _used(scene, person, liar.back(asked, code, iss=name), code, f"An answer {what}")
    # Who has the other provider in hand lets it lead on to the honest one, and waits for its code (RFC 9700 4.4).
    person = stranger(scene, "somebody whom one provider sends to another")
    asked = left(person, begin_at(OTHER))
    code = _code_of_honest(liar, asked, known.subject)
    yield _used(scene, person, liar.back(asked, code, iss=liar.issuers[HONEST]), code, "The code of another provider")
    for began, ended in ((HONEST, OTHER), (OTHER, HONEST)):
        person = stranger(scene, "somebody between two providers")
        asked = left(person, begin_at(began))
        code = _own_code(liar, asked, known.subject)
        path = liar.back(asked, code, iss=None if ended == OTHER else liar.issuers[ended])
        elsewhere = path.replace(f"/{began}/callback", f"/{ended}/callback")
        yield _used(scene, person, elsewhere, code, "An answer that was brought to the other's address")
    person = stranger(scene, "somebody who signs in")
    come_back(person, liar.answer(left(person), known.subject))
    if not is_signed_in(person):
        yield untried("the right answer signed nobody in either", WHERE)


def _code_of_honest(liar: LyingProvider, asked: Asked, subject: str) -> str:
    claims = {**liar.claims(asked, subject), "iss": liar.issuers[HONEST]}
    return liar.code(asked, liar.keys[HONEST].sign(claims), careless=True)


_WHY = (
    "Whoever can bring an answer of a provider into another browser, or another sign-in, signs people in as somebody "
    "else: as the attacker, to see what they write, or as the victim."
)
_MEND = "Leave signing in by providers to the door: name them in the setting `oidc`, and read no answer yourself."


def _flow(
    what: str, title: str, tries: str, asvs: tuple[str, ...], *defences: str, on_scene: Callable[[Scene], Iterator[Try]]
) -> Attack:
    return Attack(f"oidc.{what}", title, tries, _WHY, _MEND, asvs, defences, provider=True, on_scene=on_scene)


ATTACKS = (
    _flow("state", "Answers of providers count that nobody here asked for",
          "An attacker's answer in two browsers, and right codes with eight wrong states.",
          ("10.1.2", "10.2.1"), "state", on_scene=states),
    _flow("browser", "Answers of providers count in other browsers",
          "Somebody's answer in three other browsers, two of them with the note of the first.",
          ("10.1.2", "10.2.1"), "note of the browser", on_scene=browsers),
    _flow("once", "Answers of providers work more than once",
          "A used answer in a copy of the browser, and in the browser itself after signing out.",
          ("10.1.2", "10.5.1"), "answers work once", on_scene=once),
    _flow("late", "Sign-ins by a provider do not end", "Sign-ins that were begun an hour ago, and tomorrow.",
          ("10.1.2",), "sign-ins end", on_scene=late),
    _flow("proof", "Codes of providers work for who has not asked for them",
          "A stolen code; what is shown on the way and proved at the end; three providers that check nothing.",
          ("10.1.2", "10.2.1"), "proof by hash", "proof is asked for", on_scene=proofs),
    _flow("unguessable", "What ties an answer to its sign-in can be guessed",
          "State, nonce and challenge of eight sign-ins.",
          ("10.1.2",), "random sign-ins", on_scene=unguessable),
    _flow("mix-up", "Answers of one provider are taken for those of another",
          "Other names, no names, and the address of another provider; and who gets the code then.",
          ("10.2.2",), "name in the answer", "one address a provider", on_scene=mix_up),
)  # fmt: skip
