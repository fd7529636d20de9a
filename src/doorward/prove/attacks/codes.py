"""Codes and links that work once: used again, too late, elsewhere, by others, guessed, and steps left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyotp

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.pages import Page
from doorward.prove.person import Person
from doorward.prove.scene import Scene
from doorward.prove.stories.factors import Holder, holder, offered_secret
from doorward.prove.stories.passwords import Chooser, at_join, at_reset, invitation, new_account, took
from doorward.prove.stories.telling import host_of, somebody, stranger
from doorward.prove.wire import Answer, Request

_STEP = "/login/factor"
_WAY = f"POST {_STEP}"
_DAYS = 24.0
_YEAR = 365 * _DAYS
#: 20 bits as ASVS 6.5.4 asks; links are not typed, so there is no reason for fewer than 128.
_LINK_CHARACTERS = 22
_CODE_CHARACTERS = 8
_SECRET_CHARACTERS = 26


def is_in(person: Person) -> bool:
    """Does the account's own page open?"""
    return person.browse(Request("GET", "/account")).status == 200


def _answered(person: Person, code: str) -> Answer:
    return person.submit(_STEP, {"code": code})


def _gets_in(scene: Scene, owner: Holder, code: str) -> tuple[bool, Answer]:
    person = owner.asked_for_code(scene)
    answer = _answered(person, code)
    return is_in(person), answer


def used_twice(scene: Scene) -> Iterator[Try]:
    """A code of the app, and a recovery code: each by its owner, and once more by who looked over a shoulder."""
    owner = holder(scene, "uses codes")
    for what, code in (("A code of an authenticator app", owner.code()), ("A recovery code", owner.codes.pop())):
        first, _ = _gets_in(scene, owner, code)
        if not first:
            yield untried(f"{what.lower()} did not work the first time either", _WAY)
            continue
        again, answer = _gets_in(scene, owner, code)
        yield won(f"{what} worked twice.", _WAY, "", answer) if again else held(_WAY)


def links_twice(scene: Scene) -> Iterator[Try]:
    """Links that were used, and links in whose place a newer one was made, or another password chosen."""
    for made in (at_reset(scene), at_join(scene)):
        if not took(made.choose(scene.filling.passphrase())):
            yield untried("it did not work the first time either", made.way)
            continue
        again = Chooser(made.way, made.path, stranger(scene, "somebody who found the link"), made.name, {})
        again.name = f"{made.name}-2" if "join" in made.way else made.name
        yield _dead(again, again.choose(scene.filling.passphrase()), "was used")
    older = at_reset(scene)
    newer = at_reset(scene, older.name)
    yield _dead(older, older.choose(scene.filling.passphrase()), "has a newer one in its place")
    if not took(newer.choose(scene.filling.passphrase())):
        yield untried("the newer link did not work either", newer.way)


def _dead(link: Chooser, answer: Answer, what: str) -> Try:
    """The verdict about a link that must not work any more."""
    if took(answer) or link.person.open(link.path)[0].status == 200:
        return won(f"A link that {what} still works.", link.way, "", answer)
    return held(link.way)


def expired(scene: Scene) -> Iterator[Try]:
    """Links of long ago, and codes that an app showed minutes ago."""
    host = host_of(scene)
    for what, made, hours in (
        ("to choose a password, a day old,", at_reset(scene), _DAYS),
        ("of an invitation, a year old,", at_join(scene), _YEAR),
    ):
        if made.person.open(made.path)[0].status != 200:
            yield untried("the link did not work when it was new", made.way)
            continue
        host.age_codes(hours=hours)
        answer = made.choose(scene.filling.passphrase())
        yield won(f"A link {what} still works.", made.way, "", answer) if took(answer) else held(made.way)
    owner = holder(scene, "is slow")
    for seconds in (-600, 600):
        early, answer = _gets_in(scene, owner, owner.code(seconds))
        yield won("A code of another time works.", _WAY, "", answer) if early else held(_WAY)
    if not _gets_in(scene, owner, owner.code())[0]:
        yield untried("the code of now did not work either", _WAY)


def elsewhere(scene: Scene) -> Iterator[Try]:
    """A sign-in begun in one browser and finished in another; and the codes of somebody else."""
    owner, other = holder(scene, "signs in"), holder(scene, "has other codes")
    begun = owner.asked_for_code(scene)
    thief = stranger(scene, "somebody with a copy of the note")
    thief.open("/login")
    thief.cookies |= {name: value for name, value in begun.cookies.items() if name not in thief.cookies}
    answer = _answered(thief, owner.codes[-1])
    if is_in(thief):
        yield won("A sign-in that was begun in one browser was finished in another.", _WAY, "", answer)
        return
    for code in (other.codes[-1], other.code()):
        answer = _answered(begun, code)
        yield won("A code of somebody else works.", _WAY, "", answer) if is_in(begun) else held(_WAY)
    answer = _answered(begun, owner.codes.pop())
    yield held(_WAY) if is_in(begun) else untried(f"the owner did not get in either ({answer.status})", _WAY)


def guessable(scene: Scene) -> Iterator[Try]:
    """Many codes and links of each kind, compared."""
    host = host_of(scene)
    names = [new_account(scene, "forgot") for _ in range(2)]
    resets = [host.reset_code(scene.ids[name]) for name in names * 3]
    joins = [invitation(scene).rsplit("/", 1)[1] for _ in range(4)]
    owner = holder(scene, "has codes")
    another = offered_secret(somebody(scene, "is offered a secret"))
    for what, values, characters in (
        ("Links to choose a password", resets, _LINK_CHARACTERS),
        ("Invitations", joins, _LINK_CHARACTERS),
        ("Recovery codes", owner.codes, _CODE_CHARACTERS),
        ("Secrets of authenticator apps", [owner.secret, another], _SECRET_CHARACTERS),
    ):
        problem = _weakness([value.replace("-", "") for value in values], characters)
        yield won(f"{what} {problem}.", what.lower()) if problem else held(what.lower())


def _weakness(values: Sequence[str], characters: int) -> str:
    shortest = min(map(len, values), default=0)
    if shortest < characters:
        return f"have only {shortest} characters"
    if len(set(values)) != len(values):
        return "repeat themselves"
    same = sum(len({value[place] for value in values}) == 1 for place in range(shortest))
    return "have the same characters at the same places" if same > shortest / 4 else ""


def skipped(scene: Scene) -> Iterator[Try]:
    """The second step without the first, after a wrong first, a page right after the first, and a set-up not begun."""
    owner = holder(scene, "has two steps")
    alone = stranger(scene, "somebody with a code only")
    alone.open("/login")
    yield _outside(alone, _answered(alone, owner.codes[-1]), "A code opened a session without the password")
    wrong = stranger(scene, "somebody with a wrong password")
    wrong.open("/login")
    wrong.submit("/login", {"username": owner.person.account, "password": f"?{owner.person.password}"})
    yield _outside(wrong, _answered(wrong, owner.codes[-1]), "A wrong password and a right code opened a session")
    half = owner.at_second_step(scene)
    yield _outside(half, None, "After the password alone the account was open")
    answer = _answered(half, owner.codes.pop())
    if not is_in(half):
        yield untried(f"both steps did not open it either ({answer.status})", _WAY)
    unasked = somebody(scene, "was offered nothing")
    unasked.prove_again()
    secret = pyotp.random_base32()
    answer = unasked.submit("/account/factors/totp/confirm", {"code": pyotp.TOTP(secret).now(), "secret": secret})
    done = answer.status in (200, 303) and "recovery-codes" in answer.text
    where = "POST /account/factors/totp/confirm"
    yield won("A factor was set up that was never offered.", where, "", answer) if done else held(where)


def _outside(person: Person, answer: Answer | None, what: str) -> Try:
    return won(f"{what}.", _WAY, "", answer or "") if is_in(person) else held(_WAY)


def forms_of_others(scene: Scene) -> Iterator[Try]:
    """A form that was kept while its sender proves again who they are, handed in by somebody else."""
    where, sent_to = "POST /account/confirm", "/account/tokens/new"
    if scene.ways.find("POST", sent_to) is None:
        yield untried("there is no form here that is kept")
        return
    owner, other = somebody(scene, "fills in a form"), somebody(scene, "hands in a form")
    host_of(scene).make_stale(scene.ids[owner.account])
    owner.open("/account")
    text = scene.filling.text()
    refused = Page("/account/confirm", owner.submit(sent_to, {"name": text}).text)
    kept = next((field.value for form in refused.forms for field in form.fields if field.name == "held"), "")
    for person in (other, owner):
        person.open("/account")
        answer = person.submit("/account/confirm", {"password": person.password, "held": kept})
        shown = bool(kept) and text in answer.text
        if person is owner:
            yield held(where) if shown else untried("its own sender did not get it back either", where)
        elif shown:
            yield won("A form that somebody had filled in was handed to somebody else.", where, "", answer)
            return


_WHY = "A code proves something only if nobody else can have it: once, for a short time, here, and not by guessing."
_MEND = "Leave codes and links to the door: it makes them random, keeps their hashes, and lets each work once."


def _codes(what: str, title: str, tries: str, asvs: tuple[str, ...], *defences: str, **more: object) -> Attack:
    return Attack(f"codes.{what}", title, tries, _WHY, _MEND, asvs, defences, **more)  # type: ignore[arg-type]


ATTACKS = (
    _codes("second-factor-twice", "Codes of a second factor work twice",
           "A code of an authenticator app, and a recovery code, each after its owner has used it.",
           ("6.5.1",), "codes work once", on_scene=used_twice),
    _codes("links-twice", "Links work after they were used",
           "Links to choose a password and invitations after their use; a link in whose place there is a newer one.",
           ("6.5.1", "6.4.1"), "links work once", on_scene=links_twice),
    _codes("expired", "Codes and links work for ever",
           "A link a day old, an invitation a year old, and codes of an app from ten minutes away.",
           ("6.5.5", "6.4.1"), "codes expire", on_scene=expired),
    _codes("elsewhere", "Codes work where they were not asked for",
           "The note of a begun sign-in in another browser; codes of somebody else's app and list.",
           ("6.6.2",), "codes are bound", on_scene=elsewhere),
    _codes("guessing", "Codes and links can be guessed", "Several of each kind, compared: length, repetition, pattern.",
           ("6.5.4", "6.4.1"), "random codes", on_scene=guessable),
    _codes("skipped-steps", "Steps of signing in can be left out",
           "The second step alone, after a wrong password; the account after the first step; a factor never offered.",
           ("2.3.1", "6.3.3"), "second step", on_scene=skipped),
    _codes("kept-forms", "Forms that were kept for one person are handed to another",
           "The sealed form of somebody who has to prove again who they are, sent along by somebody else.",
           ("2.3.1", "9.2.3"), "kept forms are bound", on_scene=forms_of_others),
)  # fmt: skip
