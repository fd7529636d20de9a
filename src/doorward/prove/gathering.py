"""Answers of all kinds, gathered once for the attacks that read them: pages, files, data and every sort of error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from doorward.prove.person import Person
from doorward.prove.sample import came_in
from doorward.prove.scene import ADMIN, MEMBER, Scene
from doorward.prove.wire import Answer, NoAnswer, Request, form

_MOST = 150


@dataclass(frozen=True, slots=True)
class Gathered:
    """One answer with its request.

    Arguments:
        where: the way, or what kind of error it is.
        person: who asked.
        request, answer: what went over the wire.
        private: whether only somebody who is signed in gets it.
        error: whether it is a refusal or a failure that was asked for.
    """

    where: str
    person: Person
    request: Request
    answer: Answer
    private: bool = False
    error: bool = False


def gathered(scene: Scene) -> list[Gathered]:
    """The answers of this scene; asked for at the first call, and remembered."""
    if not scene.gathered:
        scene.gathered = [*_pages(scene), *_errors(scene)]
    return scene.gathered


def secure_answers(scene: Scene) -> list[Gathered]:
    """The same pages over HTTPS, where the line can choose; as visitors, since cookies differ there."""
    if not scene.line.chooses_address and not scene.facts.url.startswith("https:"):
        return []
    visitor = scene.visitor
    visitor.secure = True
    found = []
    for path in ("/", "/login", "/account", "/nowhere-at-all"):
        request = Request("GET", path)
        found.append(Gathered(f"GET {path} over HTTPS", visitor, request, visitor.browse(request)))
    return found


def _pages(scene: Scene) -> Iterator[Gathered]:
    seen: set[str] = set()
    for sample in scene.samples_of("GET"):
        if sample.way.path in seen or sample.renew is not None or len(seen) > _MOST:
            continue
        request = sample.rightful()
        try:
            answer = sample.person.browse(request)
        except NoAnswer:
            continue
        if came_in(answer):
            seen.add(sample.way.path)
            private = sample.way.ruled and not sample.way.public
            yield Gathered(str(sample.way), sample.person, request, answer, private=private)


def _errors(scene: Scene) -> Iterator[Gathered]:
    member = scene.person(MEMBER) or scene.visitor
    admin = scene.person(ADMIN)
    home = "/login" if scene.ways.find("GET", "/login") else "/"
    wanted: list[tuple[str, Person, Request]] = [
        ("an address that leads nowhere", scene.visitor, Request("GET", "/nowhere-at-all")),
        ("the same as JSON", scene.visitor, Request("GET", "/nowhere-at-all", {"Accept": "application/json"})),
        ("a method that is not allowed", scene.visitor, Request("DELETE", home)),
        ("a form without a token", member, form("POST", _some_post(scene), {})),
        ("a body that is too large", member, _huge(scene)),
        ("text that is no text", scene.visitor, Request("GET", f"{home}?a=%ff%fe")),
        ("a token that was made up", scene.visitor, Request("GET", home, {"Authorization": "Bearer dw_made_up"})),
        ("a host that is not ours", scene.visitor, Request("GET", home, {"Host": "evil.example"})),
        ("a page for administrators", member, Request("GET", "/admin")),
        ("a page for people with an account", scene.visitor, Request("GET", "/account")),
        ("a broken cookie", scene.visitor, Request("GET", home, {"Cookie": "doorward=\x7f; ==; a"})),
    ]
    if admin is not None:
        wanted.append(("an object that does not exist", admin, Request("GET", "/admin/tokens/99999999")))
    for where, person, request in wanted:
        # An app that only shall be read gets nothing that it might act on; behind one address may be other sites.
        if scene.only_reading and (request.method != "GET" or "Host" in request.headers):
            continue
        try:
            yield Gathered(where, person, request, person.send(request), error=True)
        except NoAnswer:
            continue


def _some_post(scene: Scene) -> str:
    return next((sample.path for sample in scene.samples if sample.way.writes and sample.form is not None), "/logout")


def _huge(scene: Scene) -> Request:
    return form("POST", _some_post(scene), {"text": "x" * (scene.facts.max_body + 4096)})
