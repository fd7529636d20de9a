"""What a running server tidies up by itself, in small steps: sessions, jobs and their results, mail, files."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from doorward.settings import Settings
from doorward.store import emails, file_sweep, jobs, mail_codes, mails, sessions, sweeping
from doorward.store.job_files import ResultFiles
from doorward.store.mail_jobs import ask_to_send
from doorward.store.store import Store
from doorward.store.transaction import Transaction

_log = logging.getLogger("doorward.housekeeping")
_EVERY_SECONDS = 3600.0
_RESULTS_LIVE = timedelta(hours=24)
_JOBS_LIVE = timedelta(days=30)
_MAILS_LIVE = timedelta(days=30)
_CODES_LIVE = timedelta(hours=2)
_UNVERIFIED_LIVE = timedelta(days=1)


class Housekeeping:
    """A thread that tidies up once an hour.

    Arguments:
        store: the records.
        settings: how long sessions live.
        files: the results of jobs.
    """

    def __init__(self, store: Store, settings: Settings, files: ResultFiles) -> None:
        self._store = store
        self._files = files
        self._longest = max(settings.session_idle, settings.admin_session_idle)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="housekeeping", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def tidy(self) -> int:
        """Delete sessions that have outlived every lifetime, and what else is dead for long. How many sessions went."""
        gone = 0
        while count := self._sweep_some():
            gone += count
        self.tidy_jobs()
        sweeping.sweep(self._store)
        file_sweep.sweep(self._store, file_sweep.shelf_of(self._store.clock()))
        self.tidy_mail()
        return gone

    def tidy_mail(self) -> None:
        """Forget old mails and codes, and addresses that nobody verified; see to it that what waits is sent."""
        for sweep, life in (
            (mails.sweep, _MAILS_LIVE),
            (mail_codes.sweep, _CODES_LIVE),
            (emails.sweep, _UNVERIFIED_LIVE),
        ):
            while self._sweep_mail(sweep, life):
                pass
        self.look_for_mail()

    def _sweep_mail(self, sweep: Callable[[Transaction, datetime], int], life: timedelta) -> int:
        with self._store.transaction() as tx:
            return sweep(tx, tx.now - life)

    def look_for_mail(self) -> None:
        """Let mail that waits be sent, should its job have got lost."""
        with self._store.transaction() as tx:
            ask_to_send(tx)

    def tidy_jobs(self) -> None:
        """Delete the results of jobs after a day, and what is known of the jobs after a month."""
        while forgotten := self._forget_some_results():
            for key in forgotten:
                self._files.delete(key)
        self._files.sweep((self._store.clock() - _RESULTS_LIVE).timestamp())
        while self._sweep_some_jobs():
            pass

    def _forget_some_results(self) -> list[str]:
        with self._store.transaction() as tx:
            return jobs.forget_results(tx, tx.now - _RESULTS_LIVE)

    def _sweep_some_jobs(self) -> int:
        with self._store.transaction() as tx:
            return jobs.sweep(tx, tx.now - _JOBS_LIVE)

    def _sweep_some(self) -> int:
        with self._store.transaction() as tx:
            return sessions.sweep(tx, tx.now - self._longest)

    def _work(self) -> None:
        self._try(self.look_for_mail)
        while not self._stop.wait(_EVERY_SECONDS):
            self._try(self.tidy)

    def _try(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception:  # the next hour tries again; outlived sessions open nothing anyway
            _log.exception("could not tidy up")
