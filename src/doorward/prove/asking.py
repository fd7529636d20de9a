"""Asking: which queries the app knows, and whether an answer changes when words in a request become harmless."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from doorward.prove.person import Person
from doorward.prove.scene import Scene
from doorward.prove.sowing import sower_for, sown
from doorward.prove.ways import Way
from doorward.prove.wire import Answer, NoAnswer, Request

_MOST = 60
_HARMFUL = re.compile(rb"%(?:2[0-9A-Fa-f]|[35][A-Fa-f]|[07][0-9A-Fa-f]|40|60)|['\"<>{}$\x00\\;(*]")


@dataclass(frozen=True, slots=True)
class Query:
    """The query of a way: who asks, where, and with which parameters that the app's own pages use.

    Arguments:
        way: whose.
        person: who may ask.
        path: without the query.
        names: its parameters, with the value of the page.
    """

    way: Way
    person: Person
    path: str
    names: Mapping[str, str]

    def ask(self, **changed: str) -> Request:
        """The request with some parameters changed."""
        return Request("GET", f"{self.path}?{urlencode({**self.names, **changed})}")


def queries(scene: Scene) -> list[Query]:
    """Every way that is asked with a query by the app's own pages."""
    found: dict[Way, Query] = {}
    made = sown(scene)
    for sample in scene.samples_of("GET"):
        path, _, query = sample.path.partition("?")
        if sample.renew is not None or not query or len(found) >= _MOST:
            continue
        names = dict(parse_qsl(query, keep_blank_values=True))
        known = found.get(sample.way)
        person = sower_for(made, sample)
        found[sample.way] = Query(sample.way, person, path, {**(known.names if known else {}), **names})
    return list(found.values())


def asked(person: Person, request: Request) -> tuple[Answer, float]:
    """The answer, and how many seconds it took.

    Errors:
        NoAnswer: there was none.
    """
    began = time.monotonic()
    answer = person.browse(request)
    return answer, time.monotonic() - began


def harmless(request: Request) -> Request:
    """The request with every sign that means something to an interpreter made a letter, as long as before."""
    path, mark, query = request.path.partition("?")
    body = request.body
    if b"=" in body:
        body = b"&".join(_tamed_pair(pair) for pair in body.split(b"&"))
    tamed = b"&".join(_tamed_pair(pair) for pair in query.encode().split(b"&")).decode()
    return replace(request, path=_HARMFUL.sub(b"x", path.encode()).decode() + mark + tamed, body=body)


def _tamed_pair(pair: bytes) -> bytes:
    name, equals, value = pair.partition(b"=")
    kept = name == b"csrf_token"
    return name + equals + (value if kept else _HARMFUL.sub(b"x", value))


def failed(answer: Answer) -> bool:
    """Whether the app failed, and did not merely refuse."""
    return answer.status >= 500


def failing(scene: Scene) -> Iterator[tuple[Person, Request, Answer, bool]]:
    """Every request of the sowing that the app failed at, and whether it fails as well when it is harmless."""
    told: set[str] = set()
    for one in list(sown(scene).heard):  # what is asked here is heard, too
        if not failed(one.answer) or one.request.path in told or len(told) > _MOST:
            continue
        told.add(one.request.path)
        try:
            again = failed(one.person.browse(harmless(one.request)))
        except NoAnswer:
            again = True
        yield one.person, one.request, one.answer, again
