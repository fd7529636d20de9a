"""Where guesses come from: many at one place, places that are claimed, and the many addresses of one network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from doorward.prove.attack import Try, untried
from doorward.prove.attacks.guessing import WRONG, guess, guessing, judge
from doorward.prove.person import Person
from doorward.prove.scene import Scene
from doorward.prove.stories.telling import stranger
from doorward.prove.wire import Answer, Line, Request, form

_ONE_PROCESS = "limits across several worker processes do not apply: a server is one process, and refuses --workers 2"


def one_place(scene: Scene) -> Iterator[Try]:
    """One guess at each of many accounts, from one address, and from one network of IPv6."""
    tries = scene.facts.sign_in_per_address + 2
    people = [f"nobody-{number}" for number in range(tries)]
    place = scene.new_address()

    def same(_number: int) -> str:
        return place

    def network(number: int) -> str:
        return f"2001:db8:77:{int(place.rsplit('.', 1)[1]):x}::{number + 1:x}"

    if not scene.line.chooses_address:
        yield untried("the line cannot choose where it comes from")
        return
    for what, address in (("one address", same), ("one network of IPv6", network)):
        answers = []
        for number, name in enumerate(people):
            guesser = stranger(scene, "somebody who sprays")
            guesser.address = address(number)
            answers.append(guess(guesser, name, f"{WRONG} {number}"))
        yield judge(answers, f"guesses at different accounts from {what}")
    yield untried(_ONE_PROCESS)


def forged_place(scene: Scene) -> Iterator[Try]:
    """Claim another address with each guess, in every header that some server believes."""
    if not scene.line.chooses_address:
        yield untried("the line cannot choose where it comes from")
        return
    place = scene.new_address()
    answers = []
    for number in range(scene.facts.sign_in_per_address + 2):
        claimed = f"203.0.113.{number + 1}"
        guesser = stranger(scene, "somebody who forges")
        guesser.address = place
        guesser.open("/login")
        fields = {"username": f"forged-{number}", "password": WRONG, "csrf_token": guesser.csrf_token}
        request = Request(
            "POST",
            "/login",
            {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Forwarded-For": f"{claimed}, {place}",
                "X-Forwarded-Proto": "http",
                "X-Real-IP": claimed,
                "Forwarded": f"for={claimed}",
                "CF-Connecting-IP": claimed,
                "True-Client-IP": claimed,
                "X-Client-IP": claimed,
            },
            "&".join(f"{name}={value.replace(' ', '+')}" for name, value in fields.items()).encode(),
        )
        answers.append(guesser.send(request))
    yield judge(answers, "guesses, each with another forged address,")


def rotated(scene: Scene) -> Iterator[Try]:
    """Guess at links, access tokens and tokens of people from ever new addresses of one network of IPv6."""
    if not scene.line.chooses_address:
        yield untried("the line cannot choose where it comes from")
        return
    network = f"2001:db8:64:{int(scene.new_address().rsplit('.', 1)[1]):x}"
    for where, guessed, most in _guesses(scene):
        answers = [guessed(f"{network}::{number + 1:x}", number, {}) for number in range(most)]
        if guessed(scene.new_address(), most, {}).status == 429:
            yield untried("somebody elsewhere was stopped as well", where)
        else:
            yield judge(answers, "guesses, each from another address of one network,", where)


def forged_directly(scene: Scene) -> Iterator[Try]:
    """Claim another address with each guess, on the server that has no proxy before it, and so believes nobody."""
    direct = scene.direct
    if direct is None:
        yield untried("this run has no second server")
        return
    for where, guessed, most in _guesses(scene, direct.line):
        answers = [guessed("", number, _claiming(f"203.0.113.{number + 1}")) for number in range(most)]
        yield judge(answers, "guesses, each with another claimed address,", where)


def _claiming(address: str) -> dict[str, str]:
    """Every header in which some server believes where a request comes from."""
    names = ("X-Forwarded-For", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP", "X-Client-IP", "X-Cluster-Client-IP")
    return {**dict.fromkeys(names, address), "Forwarded": f"for={address}", "Via": f"1.1 {address}"}


_Guess = Callable[[str, int, dict[str, str]], Answer]


def _guesses(scene: Scene, line: Line | None = None) -> Iterator[tuple[str, _Guess, int]]:
    """Each way to guess that costs nothing but a request: from an address, the number of the guess, more headers."""
    sent_by = line or scene.line
    takes_tokens = next(
        (way.path for way in scene.ways.all if way.scopes and not way.parameters and not way.writes),
        "/account",
    )

    def reset(address: str, number: int, more: dict[str, str]) -> Answer:
        return sent_by.send(Request("GET", f"/reset/{number:043d}", {"Accept": "text/html", **more}, address=address))

    def token(address: str, number: int, more: dict[str, str]) -> Answer:
        given = {"Authorization": f"Bearer dw_{number:048d}", "Accept": "application/json"}
        return sent_by.send(Request("GET", takes_tokens, {**given, **more}, address=address))

    def participant(address: str, number: int, more: dict[str, str]) -> Answer:
        fields = {"token": f"dw_{number:048d}", "csrf_token": person.csrf_token}
        request = form("POST", "/login/token", fields, headers=more)
        return sent_by.send(replace(person.dressed(request), address=address))

    if scene.ways.find("GET", "/reset/x") is not None:
        yield "GET /reset/<code>", reset, 25
    yield f"GET {takes_tokens}", token, 70
    if scene.ways.find("POST", "/login/token") is not None:
        person = Person("somebody who types tokens", sent_by, address=scene.new_address())
        if person.open("/login/token")[0].status == 200:
            yield "POST /login/token", participant, scene.facts.sign_in_per_address + 2


ATTACKS = (
    guessing("spray", "Passwords of many accounts can be tried from one place",
              "One wrong password for each of many accounts, from one address and from one IPv6 network.",
              one_place, ("6.3.1", "2.4.1"), ("sign-in limit per address", "networks")),
    guessing("forged-address", "Limits are got around with forged headers",
              "Wrong passwords with another claimed address each time, in eight headers.",
              forged_place, ("4.1.3", "15.3.4", "6.3.1"), ("trusted proxies", "sign-in limit per address")),
    guessing("direct-line", "Limits are got around with forged headers where there is no proxy",
              "Made-up links and tokens with another claimed address each time, in eight headers, on a direct line.",
              forged_directly, ("4.1.3", "15.3.4", "2.4.1"),
              ("named proxies", "setup limit", "token limit", "token sign-in limit")),
    guessing("network", "Limits are got around with the addresses of one network",
              "Made-up links and tokens, each from another address of one network of IPv6.",
              rotated, ("2.4.1", "15.3.4"), ("networks", "setup limit", "token limit", "token sign-in limit")),
)  # fmt: skip
