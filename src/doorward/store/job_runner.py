"""Running jobs: one attempt at a time, each claimed, watched and ended; and what an app's function is handed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, BinaryIO

from doorward.core.access import Caller
from doorward.core.jobs import wait_before
from doorward.errors import Refused, Unavailable
from doorward.store import accounts, jobs
from doorward.store.accounts import ACTIVE
from doorward.store.job_models import JobRecord
from doorward.store.store import Store, using

_log = logging.getLogger("doorward.jobs")

_BEAT_SECONDS = 3.0
_ASKED_EVERY = timedelta(hours=1)
_TOLD_EVERY = timedelta(seconds=0.5)
_DID_NOT_WORK = "This did not work, and trying again did not help. The log of the server says why."
_OWNER_CLOSED = "The account that asked for this may not sign in any more."


class JobEnded(Exception):
    """The attempt has lost its job: it was cancelled, somebody else does it, or the server stops. Let it pass."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """How jobs of one kind are done.

    Arguments:
        work: does it; may be called again after a failure or a kill, so it must be repeatable, or resume.
        tries: how often it is attempted.
        wait: how long to wait after the first failure; four times as long after each further one, at most an hour.
        fresh: whether its result is only given to somebody who has just proved who they are.
        every: how long after each run the server itself asks for the next, without arguments; the first comes so long
            after the first start. None where only the app asks.
        waits: whether it does little but wait for another server: it is then done in a thread of its own, so that
            however many wait, other jobs go on.
    """

    work: Callable[[Job], None]
    tries: int = 3
    wait: timedelta = timedelta(seconds=10)
    fresh: bool = False
    every: timedelta | None = None
    waits: bool = False


class Job:
    """A running job, as its function sees it.

    Attributes:
        id, kind, arguments: as it was asked for.
        actor: the account that owns it, with its roles of now; somebody without any right if it belongs to none.
        attempt: which attempt this is, from 1.
        done, total: how far it is; after a failure, how far the attempt before said it was.
        store: the records. `reading()`, `transaction()` and `grouped()` of `doorward` work on the same.
    """

    def __init__(self, runner: JobRunner, record: JobRecord, actor: Caller) -> None:
        self.id = record.id
        self.kind = record.kind
        self.arguments: dict[str, Any] = jobs.arguments_of(record)
        self.actor = actor
        self.attempt = record.attempts
        self.done = record.done
        self.total = record.total
        self.store = runner.store
        self._runner = runner
        self._claim = record.claim
        self._told_at = self.store.clock()
        self._file: BinaryIO | None = None
        self._file_name = ""

    def progress(self, done: int, total: int | None = None) -> None:
        """Say how far the work is. Written at most twice a second, so call it as often as you like.

        Arguments:
            done, total: in whatever is counted; without a total, people see only how many are done.

        Errors:
            JobEnded: there is no use in going on. Let it pass.
        """
        self.done, self.total = done, total if total is not None else self.total
        if self._runner.is_stopping:
            raise JobEnded
        now = self.store.clock()
        if done != self.total and timedelta(0) <= now - self._told_at < _TOLD_EVERY:
            return
        self._told_at = now
        with self.store.transaction(self.actor) as tx:
            if not jobs.move_on(tx, self.id, self._claim, self.done, self.total):
                raise JobEnded

    def file(self, name: str) -> BinaryIO:
        """The file of the result, open for writing: only its owner gets it, as a download, for one day.

        Arguments:
            name: what it is called when it is downloaded, such as `results.csv`.
        """
        if self._file is not None:
            raise RuntimeError("a job has one result: put several files into a ZIP")
        self._file_name, self._file = name, self._runner.files.create(self._key)
        return self._file

    @property
    def _key(self) -> str:
        return f"{self.id}.{self._claim}"

    def _settle(self) -> None:
        """The function came back: its file is on disk before the job is done."""
        if self._file is not None:
            self._runner.files.keep(self._file)
        with self.store.transaction(self.actor) as tx:
            key = self._key if self._file is not None else ""
            if not jobs.finish(tx, self.id, self._claim, self._file_name, key):
                raise JobEnded

    def _drop_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._runner.files.delete(self._key)


class JobRunner:
    """Runs jobs of the kinds that it knows.

    Arguments:
        store: the records.
        kinds: how each kind is done.
    """

    def __init__(self, store: Store, kinds: Mapping[str, JobKind]) -> None:
        assert store.results is not None  # nosec B101  # (a door's store has a place for results)
        self.store = store
        self.kinds = kinds
        self.files = store.results
        self.is_stopping = False
        self._asked_at = store.clock()

    def run(self, job_id: str) -> bool:
        """Run one attempt of this job, if it waits and nobody else has it. True if it was run here."""
        if self.is_stopping:
            return False
        with self.store.transaction() as tx:
            record = jobs.claim(tx, job_id, {name: kind.tries for name, kind in self.kinds.items()})
        if record is None:
            return False
        job = Job(self, record, self._actor(record))
        with self._heart(job):
            self._attempt(job, record)
        if self.kinds[job.kind].every is not None:
            self.ask_for_recurring()
        return True

    def mostly_waits(self, job_id: str) -> bool:
        """Is this a job that does little but wait for another server?"""
        if not any(kind.waits for kind in self.kinds.values()):
            return False
        with self.store.reading() as db:
            record = jobs.by_id(db, job_id)
        return record is not None and record.kind in self.kinds and self.kinds[record.kind].waits

    def ask_for_recurring(self) -> None:
        """See to it that of each kind that recurs one job waits, or runs. Asking too often asks for nothing more."""
        self._asked_at = self.store.clock()
        try:
            with self.store.transaction() as tx:
                for name, kind in self.kinds.items():
                    if kind.every is not None and not jobs.is_open(tx.db, name):
                        tx.job(name, after=kind.every)
        except Unavailable:  # asked for again at the next start, and within the hour
            _log.exception("recurring jobs could not be asked for")

    def run_due(self) -> int:
        """Run everything that may run now, one after the other, and what that asks for. How many attempts."""
        count = 0
        while due := self.due():
            ran = sum(self.run(job_id) for job_id in due)
            if not ran:
                break
            count += ran
        return count

    def due(self) -> list[str]:
        """The next jobs that may run now."""
        with self.store.reading() as db:
            return jobs.due(db, self.kinds.keys(), self.store.clock())

    def take_up_lost(self) -> None:
        """Let jobs wait again whose worker was killed."""
        with self.store.transaction() as tx:
            jobs.take_up_lost(tx)
        if not timedelta(0) <= self.store.clock() - self._asked_at < _ASKED_EVERY:
            self.ask_for_recurring()

    def stop(self) -> None:
        """Begin nothing more, and let what runs end at its next step: it waits for the next start."""
        self.is_stopping = True

    def _actor(self, record: JobRecord) -> Caller:
        if record.owner_id is None:
            return Caller(name=f"({record.kind})")
        with self.store.reading() as db:
            owner = accounts.by_id(db, record.owner_id)
        if owner is None or owner.status != ACTIVE:
            return Caller()
        return Caller(account_id=owner.id, name=owner.name, roles=accounts.split_roles(owner.roles))

    def _attempt(self, job: Job, record: JobRecord) -> None:
        try:
            if record.owner_id is not None and not job.actor:
                raise Refused(_OWNER_CLOSED)
            with using(self.store):
                self.kinds[job.kind].work(job)
            job._settle()
        except JobEnded:
            job._drop_file()
            self._note(lambda tx: jobs.put_back(tx, job.id, job._claim, timedelta(0), counts=False))
        except Exception as problem:
            job._drop_file()
            self._failed(job, record, problem)

    def _failed(self, job: Job, record: JobRecord, problem: Exception) -> None:
        """Try again later, unless the function said no, or has been tried often enough."""
        said_no = isinstance(problem, Refused) and not isinstance(problem, Unavailable)
        kind = self.kinds[job.kind]
        if not said_no:
            _log.error("job %s (%s) failed in attempt %s", job.id, job.kind, job.attempt, exc_info=problem)
        if said_no or job.attempt >= kind.tries:
            sentence = problem.message if isinstance(problem, Refused) else _DID_NOT_WORK
            self._note(lambda tx: jobs.fail(tx, job.id, job._claim, sentence))
            return
        wait = wait_before(job.attempt, kind.wait)
        if self._note(lambda tx: jobs.put_back(tx, job.id, job._claim, wait)):
            self.store.wake(job.id, wait.total_seconds())

    def _note(self, change: Callable[[Any], bool]) -> bool:
        try:
            with self.store.transaction() as tx:
                return change(tx)
        except Unavailable:  # its heart stops, and it is taken up again
            _log.exception("the end of a job could not be written")
            return False

    @contextmanager
    def _heart(self, job: Job) -> Iterator[None]:
        """Says every few seconds that the attempt is alive, also while it says nothing by itself."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(_BEAT_SECONDS):
                try:
                    with self.store.transaction() as tx:
                        if not jobs.beat(tx, job.id, job._claim):
                            return
                except Exception:
                    _log.exception("the heartbeat of a job could not be written")

        thread = threading.Thread(target=beat, name=f"heart of {job.id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
