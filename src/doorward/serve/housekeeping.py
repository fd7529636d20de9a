"""What a running server tidies up by itself, in small steps: sessions that nobody uses any more."""

from __future__ import annotations

import logging
import threading

from doorward.settings import Settings
from doorward.store import sessions
from doorward.store.store import Store

_log = logging.getLogger("doorward.housekeeping")
_EVERY_SECONDS = 3600.0


class Housekeeping:
    """A thread that tidies up once an hour.

    Arguments:
        store: the records.
        settings: how long sessions live.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._longest = max(settings.session_idle, settings.admin_session_idle)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="housekeeping", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def tidy(self) -> int:
        """Delete sessions that have outlived every lifetime. How many went."""
        gone = 0
        while count := self._sweep_some():
            gone += count
        return gone

    def _sweep_some(self) -> int:
        with self._store.transaction() as tx:
            return sessions.sweep(tx, tx.now - self._longest)

    def _work(self) -> None:
        while not self._stop.wait(_EVERY_SECONDS):
            try:
                self.tidy()
            except Exception:  # the next hour tries again; outlived sessions open nothing anyway
                _log.exception("could not tidy up")
