"""Who holds a stream, for caps and cuts. The one part of the hub that worker threads and the loop share, under a lock.

A cut must not be lost to a stream that is just being opened. So each request notes the moment it began
(`moment`), before its right was looked up; a cut that came after that moment refuses the opening.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import cast

from doorward.core.streams import StreamRequest
from doorward.errors import Unavailable

from .caps import Caps, Count, refuse_beyond
from .index import Index
from .listener import Listener

#: How many cuts are remembered for requests that are under way.
_REMEMBERED_CUTS = 4096


class Roll:
    """The streams that are admitted or live. Thread safe.

    Arguments:
        caps: how many streams anybody may hold.
    """

    def __init__(self, caps: Caps) -> None:
        self._caps = caps
        self._lock = threading.Lock()
        self._sessions: Index[int, Listener] = Index()
        self._accounts: Index[str, Listener] = Index()
        self._secrets: Index[int, Listener] = Index()
        self._keys = Count()
        self._addresses = Count()
        self._total = 0
        self._coming: set[Listener] = set()
        self._cuts: deque[tuple[str, object, object]] = deque(maxlen=_REMEMBERED_CUTS)
        self._cut_count = 0

    def __len__(self) -> int:
        return self._total

    def sessions(self) -> list[int]:
        """The sessions that hold a stream now."""
        with self._lock:
            return self._sessions.keys()

    def secrets(self) -> list[int]:
        """The secrets of tokens that hold a stream now."""
        with self._lock:
            return self._secrets.keys()

    def moment(self) -> int:
        """Now, as a count of the cuts so far."""
        return self._cut_count

    def admit(self, request: StreamRequest, moment: int, make: Callable[[], Listener]) -> Listener:
        """Enter a stream that was authorised in a request begun at `moment`.

        Raises: `Limited` or `Unavailable` at a cap; `Unavailable` when the right may have ended meanwhile.
        """
        with self._lock:
            self._refuse_after_cut(request, moment)
            held = self._keys.of(request.listener)
            account = self._accounts.count(request.account_id) if request.account_id is not None else 0
            refuse_beyond(self._caps, request, held, account, self._addresses.of(request.address), self._total)
            listener = make()
            self._enter(listener)
            return listener

    def arrived(self, listener: Listener) -> None:
        """The listener is a member of its topics now."""
        with self._lock:
            self._coming.discard(listener)

    def drop(self, listener: Listener) -> None:
        """The stream has ended, or was never begun. Called once for each that was admitted."""
        with self._lock:
            self._coming.discard(listener)
            self._total -= 1
            self._keys.down(listener.key)
            self._addresses.down(listener.address)
            if listener.session_id is not None:
                self._sessions.discard(listener.session_id, listener)
            if listener.account_id is not None:
                self._accounts.discard(listener.account_id, listener)
            if listener.secret_id is not None:
                self._secrets.discard(listener.secret_id, listener)

    def note_cut(self, kind: str, what: object, whose: object = None) -> None:
        """Remember a cut (`session`, `secret`, `account` or `topic`) for the requests that are under way."""
        with self._lock:
            self._cut_count += 1
            self._cuts.append((kind, what, whose))

    def coming(self) -> list[Listener]:
        """The streams that are admitted and not yet members of their topics."""
        with self._lock:
            return list(self._coming)

    def of_session(self, session_id: int) -> tuple[Listener, ...]:
        with self._lock:
            return self._sessions.of(session_id)

    def of_secret(self, secret_id: int) -> tuple[Listener, ...]:
        with self._lock:
            return self._secrets.of(secret_id)

    def of_account(self, account_id: str) -> tuple[Listener, ...]:
        with self._lock:
            return self._accounts.of(account_id)

    def _enter(self, listener: Listener) -> None:
        self._coming.add(listener)
        self._total += 1
        self._keys.up(listener.key)
        self._addresses.up(listener.address)
        if listener.session_id is not None:
            self._sessions.add(listener.session_id, listener)
        if listener.account_id is not None:
            self._accounts.add(listener.account_id, listener)
        if listener.secret_id is not None:
            self._secrets.add(listener.secret_id, listener)

    def _refuse_after_cut(self, request: StreamRequest, moment: int) -> None:
        missed = self._cut_count - moment
        if missed > len(self._cuts):
            raise Unavailable("Please try again.", retry_after=1)
        for back in range(1, missed + 1):
            if _concerns(self._cuts[-back], request):
                raise Unavailable("Your rights have just changed. Please try again.", retry_after=1)


def _concerns(cut: tuple[str, object, object], request: StreamRequest) -> bool:
    kind, what, whose = cut
    if kind == "session":
        return request.session_id == what
    if kind == "secret":
        return request.secret_id == what
    if kind == "account":
        return request.account_id == what
    account_id, mark = cast(tuple[str | None, str | None], whose)
    marked = mark is None or request.marks.get(str(what)) == mark
    return what in request.topics and account_id in (None, request.account_id) and marked
