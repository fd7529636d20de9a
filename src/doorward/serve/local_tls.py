"""TLS from the local authority for a running server: made at the start, renewed while it runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

from doorward.clock import Clock, system_clock
from doorward.errors import StartRefused
from doorward.serve.addresses import Whereabouts, whereabouts
from doorward.serve.authority import ensure_certificate, keep_current, tls_context

_log = logging.getLogger("doorward.tls")
_EVERY_SECONDS = 3600.0


class LocalTls:
    """The certificate of this machine, as a context for the server.

    Arguments:
        folder: where the authority's and the server's files live.
        more_names: host names beside those that the machine has by itself.
        clock: the source of time.
    """

    def __init__(self, folder: Path, more_names: Sequence[str] = (), clock: Clock = system_clock) -> None:
        self._more_names = [name for name in more_names if not name.startswith("*")]
        self._clock = clock
        where = whereabouts()
        self.certificate = ensure_certificate(folder, self._names(where), where.addresses, clock())
        self.context = tls_context(self.certificate.path)
        self._stop = threading.Event()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the authority's certificate, to compare by eye."""
        return self.certificate.fingerprint

    def keep_current(self) -> None:
        """Renew the certificate if that is due, or if the machine has got another name or address."""
        where = whereabouts()
        self.certificate = keep_current(
            self.context, self.certificate, self._names(where), where.addresses, self._clock()
        )

    def renew_in_background(self) -> None:
        """From now on look every hour, in a thread of its own."""
        threading.Thread(target=self._look, name="tls-renewal", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _names(self, where: Whereabouts) -> list[str]:
        return [*where.names, *self._more_names]

    def _look(self) -> None:
        while not self._stop.wait(_EVERY_SECONDS):
            try:
                self.keep_current()
            except StartRefused as problem:
                _log.error("the certificate could not be renewed: %s", problem)
