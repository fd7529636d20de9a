"""Attacks with markup and script: what people type, read back as a browser would."""

from __future__ import annotations

from collections.abc import Iterator

from doorward.prove.asking import queries
from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.chromium import NoBrowser, chromium
from doorward.prove.contexts import broken_out, running_addresses
from doorward.prove.hostile import MARK, RAN
from doorward.prove.person import Person
from doorward.prove.sample import described
from doorward.prove.scene import Scene
from doorward.prove.sowing import Heard, Sown, sown

_SHOWN, _SHOWN_QUERIES = 20, 4
#: Scripts that believe what stands behind the # of an address.
_FRAGMENT = "#<img src=x onerror=fetch('/zqran/0')>"


def _verdict(found: Sown, one: Heard, numbers: dict[int, str], how: str) -> Try:
    number, became = next(iter(numbers.items()))
    where = f"{one.request.method} {one.request.path.partition('?')[0][:120]}"
    what = f"What was sent in {found.where(number)} {how} {became} at {where}."
    return won(what, where, described(one.person, one.request), one.answer)


def stored(scene: Scene) -> Iterator[Try]:
    """Words that the app took, in the pages that show them later, to whomever."""
    found = sown(scene)
    shown: set[int] = set()
    for one in found.heard:
        numbers = {number: what for number, what in broken_out(one.answer).items() if number not in one.sent}
        if numbers:
            yield _verdict(found, one, numbers, "came back as")
        shown |= {int(mark[1]) for mark in MARK.finditer(one.answer.text)} - one.sent
    for number in sorted(shown):
        yield held(found.where(number))
    if not shown:
        yield untried("the app shows nothing that it was told")


def reflected(scene: Scene) -> Iterator[Try]:
    """Words in the answer to the very request that carried them: searches, forms that come back, errors."""
    found = sown(scene)
    for one in found.heard:
        if not one.sent:
            continue
        numbers = {number: what for number, what in broken_out(one.answer).items() if number in one.sent}
        if numbers:
            yield _verdict(found, one, numbers, "was answered with as")
        elif MARK.search(one.answer.text):
            yield held(one.request.path.partition("?")[0])


def addresses(scene: Scene) -> Iterator[Try]:
    """Addresses that run code, where a page makes a link of what it was told."""
    found = sown(scene)
    links = sorted(found.words.links)
    for one in found.heard:
        if numbers := running_addresses(one.answer):
            yield _verdict(found, one, numbers, "became the")
    for number in links:
        yield held(found.where(number))
    if not links:
        yield untried("no field of the app may become a link")


def running(scene: Scene) -> Iterator[Try]:
    """The pages that show planted words, and searches for them, in a real browser: does anything run?"""
    if not scene.browser:
        yield untried("there is no browser, or none is wanted")
        return
    try:
        with chromium(scene.browser, scene.facts.url) as tab:
            for person, path in _pages_to_show(scene):
                where = path.partition("?")[0]
                tab.show(path, person.browse)
                # The page's own address may hold the word: only what asks for the word itself has run.
                ran = [found for one in tab.asked if (found := RAN.match(one))]
                if ran or tab.dialogs:
                    planted = sown(scene).where(int(ran[0][1])) if ran else "a field"
                    yield won(f"What was sent in {planted} ran in the browser at {where}.", where, f"GET {path[:300]}")
                else:
                    yield held(f"{where}: the policy stopped {tab.stopped}" if tab.stopped else where)
    except NoBrowser as problem:
        yield untried(f"the browser could not be used ({problem})")


def _pages_to_show(scene: Scene) -> list[tuple[Person, str]]:
    """Pages with planted words, each path once for each person; and the app's own queries with words for scripts."""
    found = sown(scene)
    shown: dict[tuple[str, str], tuple[Person, str]] = {}
    for one in found.heard:
        path = one.request.path
        if one.request.method == "GET" and one.answer.is_html and MARK.search(one.answer.text) and not one.person.token:
            shown.setdefault((one.person.name, path.partition("?")[0]), (one.person, path + _FRAGMENT))
    asked = []
    for query in queries(scene)[:_SHOWN_QUERIES]:
        for name in query.names:
            number = found.words.number(f"the parameter {name} of {query.way}")
            fetch = f"fetch('/zqran/{number}')"
            words = (f'";{fetch}//', f"';fetch(`/zqran/{number}`)//", f"${{{fetch}}}", f"<img src=x onerror={fetch}>")
            asked += [(query.person, query.ask(**{name: word}).path + _FRAGMENT) for word in words]
    return [*list(shown.values())[:_SHOWN], *asked[:_SHOWN]]


_WHY = (
    "Code in a page acts with the rights of whoever reads it: a name that a member chose can change the password of "
    "the administrator who looks at the list of names."
)
_MEND = "Let the template escape it: no |safe, no Markup() around what people typed, quotes around every attribute."

ATTACKS = (
    Attack("markup.stored", "What people type becomes markup in the pages of others",
           "Words with tags, quotes and script in every field of every form, looked for in every page afterwards.",
           _WHY, _MEND, ("1.2.1", "1.2.3", "3.2.2"), ("escaping",), bare=True, on_scene=stored),
    Attack("markup.reflected", "What a request says becomes markup in its answer",
           "The same words in forms that are refused, in queries, paths and headers, looked for in the answer.",
           _WHY, _MEND, ("1.2.1", "1.2.3", "3.2.2"), ("escaping", "no text in scripts"), bare=True, on_scene=reflected),
    Attack("markup.addresses", "Links that run code",
           "javascript: addresses in every field that may become a link.",
           "Following a link must lead somewhere, and never run what somebody else wrote.",
           "Take only addresses that begin with https:// or http://.", ("1.2.2",), ("link schemes",),
           bare=True, on_scene=addresses),
    Attack("markup.running", "What people type runs in a browser",
           "Every page that shows such words, and searches for them, in a real Chromium.",
           _WHY, _MEND, ("1.2.1", "1.2.3", "3.2.2", "3.4.3"), ("no text in scripts",), on_scene=running),
)  # fmt: skip
