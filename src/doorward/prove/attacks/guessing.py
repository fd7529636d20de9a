"""Guessing: passwords, codes, tokens and links, from one place and from many, and what the answers give away."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterator

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.findings import Severity
from doorward.prove.person import Person
from doorward.prove.scene import Scene
from doorward.prove.stories.factors import enrol
from doorward.prove.stories.telling import somebody, start_over, stranger
from doorward.prove.wire import Answer, Request

SIGN_IN = "POST /login"
WRONG = "not the password, number"
#: Below this a hash costs so little that its time says nothing, as with the cheap profile of tests.
_MEASURABLE_SECONDS = 0.02
_TIMED = 9


def guess(person: Person, account: str, password: str) -> Answer:
    person.open("/login")
    return person.submit("/login", {"username": account, "password": password})


def _is_in(answer: Answer) -> bool:
    return answer.status == 303 and not answer.header("location").startswith("/login")


def _names(scene: Scene, many: int) -> list[Person]:
    return [somebody(scene, "is guessed at") for _ in range(many)]


def judge(answers: list[Answer], what: str, where: str = SIGN_IN) -> Try:
    """The last of so many wrong guesses must have been stopped."""
    if answers[-1].status in (429, 423):
        return held(where)
    return won(f"{len(answers)} {what} were all let through to the check.", where, "", answers[-1])


def one_account(scene: Scene) -> Iterator[Try]:
    """Guess at one account from ever new addresses; then with the right password. Its owner must still get in."""
    owner = somebody(scene, "is guessed at")
    answers = []
    for number in range(scene.facts.sign_in_failures + 2):
        answers.append(guess(stranger(scene, "somebody who guesses"), owner.account, f"{WRONG} {number}"))
    yield judge(answers, "guesses at one account, each from another address,")
    last = guess(stranger(scene, "somebody who guesses"), owner.account, owner.password)
    if _is_in(last):
        yield won("A guesser got in with the right password after too many wrong ones.", SIGN_IN, "", last)
    known = owner.twin("the owner, at the browser of always")
    known.cookies = {name: value for name, value in owner.cookies.items() if "device" in name}
    known.open("/login")
    again = known.submit("/login", {"username": owner.account, "password": owner.password})
    if _is_in(again):
        yield held("the owner")
    else:
        yield won("Strangers can lock an owner out: the right password did not work.", SIGN_IN, "", again)


def readable(answer: Answer, *names: str) -> str:
    """The text of a page without what differs every time."""
    text = answer.text
    for name in names:
        text = text.replace(name, "NAME")
    return re.sub(r'(nonce|value|content)="[^"]{16,}"', r'\1=""', text)


def answers_alike(scene: Scene) -> Iterator[Try]:
    """The answer to a wrong password, and to a name that nobody has: text, status and headers."""
    known = somebody(scene, "exists")
    blocked = somebody(scene, "is blocked")
    if scene.host is not None:
        scene.host.block(scene.ids[blocked.account])
    unknown = "prove-nobody-of-this-name"
    first = guess(stranger(scene, "a stranger"), unknown, WRONG)
    for what, name in (("an account", known.account), ("a blocked account", blocked.account)):
        other = guess(stranger(scene, "a stranger"), name, WRONG)
        same = other.status == first.status and readable(other, name) == readable(first, unknown)
        headers = {key for key, _ in first.headers} == {key for key, _ in other.headers}
        if same and headers:
            yield held(SIGN_IN)
        else:
            yield won(f"The answer tells that a name belongs to {what}.", SIGN_IN, "", other)


def times_alike(scene: Scene) -> Iterator[Try]:
    """The time that a wrong password takes, and a name that nobody has: medians of interleaved tries."""
    known = somebody(scene, "is timed")
    took: dict[bool, list[float]] = {True: [], False: []}
    for number in range(_TIMED):
        for exists in (True, False):
            guesser = stranger(scene, "a stranger with a watch")
            guesser.open("/login")
            name = known.account if exists else f"prove-nobody-{number}"
            if exists and number >= scene.facts.sign_in_failures - 1:
                known = somebody(scene, "is timed") if number % 3 == 0 else known
                name = known.account
            began = time.perf_counter()
            answer = guesser.submit("/login", {"username": name, "password": WRONG})
            if answer.status == 401:
                took[exists].append(time.perf_counter() - began)
    if min(len(one) for one in took.values()) < 4:
        yield untried("too few tries were answered")
        return
    real, made_up = statistics.median(took[True]), statistics.median(took[False])
    if max(real, made_up) < _MEASURABLE_SECONDS:
        yield untried("hashes are too cheap here to be timed")
    elif min(real, made_up) < 0.4 * max(real, made_up):
        yield won(f"A name that exists takes {real * 1000:.0f} ms, another {made_up * 1000:.0f} ms.", SIGN_IN)
    else:
        yield held(SIGN_IN)


def second_factor(scene: Scene) -> Iterator[Try]:
    """Guess at the second factor of somebody whose password is known; then with a right recovery code."""
    owner = somebody(scene, "has a factor")
    codes = enrol(owner)
    if not codes:
        yield untried("no second factor could be set up")
        return
    thief = stranger(scene, "somebody who knows the password")
    answers = []
    for number in range(scene.facts.sign_in_failures + 2):
        start_over(scene, thief)
        thief.open("/login")
        step = thief.submit("/login", {"username": owner.account, "password": owner.password})
        if not step.header("location").startswith("/login/factor"):
            answers.append(step)
            continue
        thief.open("/login/factor")
        answers.append(thief.submit("/login/factor", {"code": f"{number:06d}"}))
    yield judge(answers, "guesses at a second factor", "POST /login/factor")


def made_up_links(scene: Scene) -> Iterator[Try]:
    """Guess at the links that the host prints, from one address."""
    for path in ("/reset/", "/setup/"):
        if scene.ways.find("GET", f"{path}x") is None:
            continue
        guesser = stranger(scene, "somebody who guesses links")
        answers = [guesser.browse(Request("GET", f"{path}{number:043d}")) for number in range(25)]
        yield judge(answers, f"guesses at {path}<code>", f"GET {path}<code>")


def made_up_tokens(scene: Scene) -> Iterator[Try]:
    """Guess at access tokens, from one address."""
    path = next((way.path for way in scene.ways.all if way.scopes and not way.parameters and not way.writes), "")
    if not path:
        yield untried("no way takes tokens")
        return
    address = scene.new_address()
    answers = []
    for number in range(70):
        headers = {"Authorization": f"Bearer dw_{number:048d}", "Accept": "application/json"}
        answers.append(scene.line.send(Request("GET", path, headers, address=address)))
    yield judge(answers, "guesses at access tokens", f"GET {path}")


_WHY = "Whoever may guess without end gets in: the commonest passwords open some account of every hundred."
_MEND = (
    "Leave the limits on signing in as they are, or make them tighter; the door counts by account, browser and address."
)


def guessing(
    what: str,
    title: str,
    tries: str,
    run: Callable[[Scene], Iterator[Try]],
    asvs: tuple[str, ...],
    defences: tuple[str, ...],
    why: str = _WHY,
) -> Attack:
    return Attack(f"guessing.{what}", title, tries, why, _MEND, asvs, defences, severity=Severity.HIGH, on_scene=run)


_TOLD = "A list of the names that exist is what guessing, and phishing, begin with."

ATTACKS = (
    guessing("account", "Passwords of one account can be guessed",
              "Wrong passwords for one account, each from another address; then its owner, who must still get in.",
              one_account, ("6.3.1", "2.4.1"), ("lockout",)),
    guessing("answers", "Answers tell which names exist",
              "A wrong password for names that exist, are blocked, and do not exist, compared word by word.",
              answers_alike, ("6.3.1", "16.5.1"), ("same answer",), _TOLD),
    guessing("times", "The time of an answer tells which names exist",
              "A wrong password for names that exist and do not, in turns; medians compared.",
              times_alike, ("6.3.1",), ("same work",), _TOLD),
    guessing("second-factor", "Second factors can be guessed",
              "Wrong codes for somebody whose password is known.",
              second_factor, ("6.6.3", "6.3.3"), ("lockout", "second step")),
    guessing("links", "Links of the host can be guessed", "Made-up codes for set-up and reset, from one address.",
              made_up_links, ("2.4.1", "6.6.3"), ("setup limit",)),
    guessing("tokens", "Access tokens can be guessed", "Made-up access tokens, from one address.",
              made_up_tokens, ("2.4.1",), ("token limit",)),
)  # fmt: skip
