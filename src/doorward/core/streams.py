"""What the rooms `web`, `live` and `serve` say to each other about live streams. Plain values and protocols only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]

#: Where a server that can hold streams leaves its `StreamOpener` in the WSGI environ.
ENVIRON_KEY = "doorward.streams"


@dataclass(frozen=True, slots=True)
class Event:
    """One message on a topic.

    Arguments:
        topic: the name of the stream, `kind:key`.
        type: what happened, for the page's script to switch on.
        data: a JSON value; never a secret, since every listener of the topic sees it.
        newest: a coalescing key. Of the events of one topic that share it, only the last one matters.
    """

    topic: str
    type: str
    data: Json
    newest: str | None = None


@dataclass(frozen=True, slots=True)
class StreamRequest:
    """A stream that the door has authorised and that may now be opened.

    Arguments:
        topics: the topics, every one authorised.
        since: for a topic, the cursor (`epoch:number`) after which the browser wants its events.
        listener: a stable key of the browser, for caps and for counting people; never a credential.
        account_id: whose stream it is, for `cut_account`; None for a visitor.
        session_id: the session it was opened with, for `cut_session`.
        secret_id: the secret of a token it was opened with, for `cut_secret`; a token may have two for a while.
        address: what the client's address counts as: a whole network of IPv6, as for every limit.
        expires_at: when the session or the secret ends by itself, and the stream with it.
        marks: for a topic, under which mark the right to it was given, for `cut_topic`; none for most.
    """

    topics: tuple[str, ...]
    since: Mapping[str, str] = field(default_factory=dict)
    listener: str = ""
    account_id: str | None = None
    session_id: int | None = None
    address: str = ""
    expires_at: datetime | None = None
    secret_id: int | None = None
    marks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListenerMark:
    """A right to listen that can be taken back by itself: what a topic's function answers in the place of True.

    A type of its own, so that a function which carelessly answers with some text opens nothing.

    Arguments:
        text: under which mark the right is given, such as the number of a seat; not empty. `cut_topic(name, mark=…)`
            takes the topic from whoever has it under this mark.

    Errors:
        ValueError: the text is empty.
    """

    text: str

    def __post_init__(self) -> None:
        if not self.text:
            raise ValueError("a listener's mark is not empty")


class StreamOpener(Protocol):
    """What a server that can hold streams offers to the view that opens one."""

    def open(self, request: StreamRequest) -> None:
        """Take the stream over once the response's headers are sent. Raises `Limited` at a cap."""


class Publisher(Protocol):
    """What a transaction tells after its commit. Thread safe; never blocks on a listener."""

    def publish(self, events: Sequence[Event]) -> None: ...

    def cursor(self) -> str: ...

    def cut_session(self, session_id: int) -> None: ...

    def cut_secret(self, secret_id: int) -> None: ...

    def cut_account(self, account_id: str) -> None: ...

    def cut_topic(self, topic: str, account_id: str | None = None, *, mark: str | None = None) -> None: ...

    def listeners(self, topic: str) -> int: ...

    def tell(self, event: Event) -> None: ...

    def listens(self, topic: str, account_id: str) -> bool: ...

    def people(self, topic: str) -> Sequence[str]: ...


class NullPublisher:
    """For programs without a live server, such as a command on the host: nobody listens."""

    def publish(self, events: Sequence[Event]) -> None:
        return None

    def cursor(self) -> str:
        return "0:0"

    def cut_session(self, session_id: int) -> None:
        return None

    def cut_secret(self, secret_id: int) -> None:
        return None

    def cut_account(self, account_id: str) -> None:
        return None

    def cut_topic(self, topic: str, account_id: str | None = None, *, mark: str | None = None) -> None:
        return None

    def listeners(self, topic: str) -> int:
        return 0

    def tell(self, event: Event) -> None:
        return None

    def listens(self, topic: str, account_id: str) -> bool:
        return False

    def people(self, topic: str) -> Sequence[str]:
        return ()
