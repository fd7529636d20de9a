"""A stream that somebody holds open: on a connection of its own, read as it comes, and watched for its end."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self
from urllib.parse import urlencode

from doorward.prove.person import Person
from doorward.prove.raw import Place, Raw, split_answers
from doorward.prove.wire import Answer, Request

#: How long the answer to an opening may take, in seconds.
_OPENING = 10.0


def _asked(topics: Sequence[str], headers: Mapping[str, str]) -> Request:
    """The request that opens a stream of these topics, as the script of a page sends it."""
    wanted = {"Accept": "text/event-stream", "Sec-Fetch-Site": "same-origin", **headers}
    return Request("GET", f"/live?{urlencode([('topic', topic) for topic in topics])}", wanted)


class Ear:
    """A stream, used in a `with` block.

    Arguments:
        place: of the server.
        person: whose stream it is: their cookies or token, and where the line may say so, their address.
        topics: what they want to hear.
        headers: further ones of the request that opens it.
        tls: to speak TLS.

    Errors:
        OSError: there was no connection.
    """

    def __init__(
        self,
        place: Place,
        person: Person,
        topics: Sequence[str],
        headers: Mapping[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._wire = Raw(place, tls)
        self._known = 0
        self._wire.send(_written(person, _asked(topics, headers or {}), place))
        self._until(lambda: b"event: hello\n" in self._wire.data or self._is_refused(), _OPENING)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._wire.close()

    @property
    def answer(self) -> Answer:
        """What the server said, and what came so far; status 0 if it said nothing."""
        return next(iter(split_answers(self._wire.data)), Answer(0))

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that the server says it carries; none if it did not open."""
        return next((tuple(data.get("topics", ())) for name, data in self._messages() if name == "hello"), ())

    @property
    def is_open(self) -> bool:
        """Whether the server has opened it, and has not hung up."""
        return bool(self.topics) and not self.is_over(0.001)

    def forget(self) -> None:
        """From here on only what comes later counts."""
        self._until(lambda: False, 0.001)
        self._known = len(self._events())

    def heard(self) -> list[tuple[str, str]]:
        """The topic and type of each event since `forget`."""
        self._until(lambda: False, 0.001)
        return self._events()[self._known :]

    def hears(self, topic: str, kind: str, seconds: float) -> bool:
        """Does such an event come within so many seconds, or has it come since `forget`?"""
        return self._until(lambda: (topic, kind) in self._events()[self._known :], seconds)

    def hears_anything(self, seconds: float) -> bool:
        """Does any event at all come within so many seconds, or has one come since `forget`?"""
        return self._until(lambda: len(self._events()) > self._known, seconds)

    def is_over(self, seconds: float) -> bool:
        """Does the server hang up within so many seconds?"""
        self._until(lambda: False, seconds)
        return self._wire.closed

    def _is_refused(self) -> bool:
        """Is an answer there, whole, that is no stream?"""
        answer = self.answer
        length = answer.header("content-length")
        return answer.status not in (0, 200) and (not length.isdigit() or len(answer.body) >= int(length))

    def _events(self) -> list[tuple[str, str]]:
        return [(str(data.get("topic")), str(data.get("type"))) for name, data in self._messages() if name == "message"]

    def _messages(self) -> list[tuple[str, dict[str, Any]]]:
        """Every whole message so far: its name, `message` where it has none, and its data."""
        found = []
        blocks = self.answer.text.split("\n\n") if self.answer.kind == "text/event-stream" else []
        for block in blocks[:-1]:
            fields = dict(line.partition(": ")[::2] for line in block.split("\n"))
            if "data" in fields:
                found.append((fields.get("event", "message"), json.loads(fields["data"])))
        return found

    def _until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Read until this holds; at most so long, and not beyond the end."""
        ends = time.monotonic() + seconds
        while not (found := holds()) and not self._wire.closed and (left := ends - time.monotonic()) > 0:
            self._wire.more(left)
        return found


def _written(person: Person, request: Request, place: Place) -> bytes:
    """The head of the request as it goes over the wire, from where the person is."""
    dressed = person.dressed(request)
    headers = {"Host": place.header, **dressed.headers}
    if person.line.chooses_address:
        headers |= {"X-Forwarded-For": dressed.address or "127.0.0.1", "X-Forwarded-Proto": "http"}
    lines = [f"{dressed.method} {dressed.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
