"""Streams whose session or token ended in another process, such as by a command on the host, are cut within seconds.

What ends in this process is cut at once, with the commit. This looks after the rest, also after those who owe a second
factor since one is required: it asks the database about exactly the sessions and secrets that hold a stream.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable

from doorward.core.streams import Publisher
from doorward.store import sessions, tokens
from doorward.store.store import Store

_log = logging.getLogger("doorward.revocation")
_EVERY_SECONDS = 3.0


class RevocationWatch:
    """A thread that cuts the streams of ended sessions, of dead tokens, and of people who owe a second factor.

    Arguments:
        store: where the sessions are.
        publisher: who holds the streams.
        held: the sessions that hold a stream now.
        secrets: the secrets of tokens that hold one.
    """

    def __init__(
        self,
        store: Store,
        publisher: Publisher,
        held: Callable[[], Iterable[int]],
        secrets: Callable[[], Iterable[int]] = tuple,
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._held = held
        self._secrets = secrets
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="revocation", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def look(self) -> None:
        """One round."""
        self._look_at_secrets()
        held = set(self._held())
        if not held:
            return
        with self._store.reading() as db:
            alive = sessions.still_alive(db, held)
        for session_id in held - alive:
            self._publisher.cut_session(session_id)

    def _look_at_secrets(self) -> None:
        held = set(self._secrets())
        if not held:
            return
        with self._store.reading() as db:
            alive = tokens.alive(db, held, self._store.clock())
        for secret_id in held - alive:
            self._publisher.cut_secret(secret_id)

    def _watch(self) -> None:
        while not self._stop.wait(_EVERY_SECONDS):
            try:
                self.look()
            except Exception:  # the next round tries again; the streams end with their sessions' lifetimes anyway
                _log.exception("could not look after ended sessions")
