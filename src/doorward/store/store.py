"""The store: how everything above reads and changes records."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, InterfaceError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import Session

from doorward.clock import Clock, system_clock
from doorward.core.access import HOST, Caller
from doorward.core.journal import Sealed
from doorward.core.streams import NullPublisher, Publisher
from doorward.errors import Unavailable
from doorward.store.engine import WRITES
from doorward.store.files import Files
from doorward.store.group import GroupCommitter, Job
from doorward.store.job_files import ResultFiles
from doorward.store.places import Place
from doorward.store.seals import SealFile
from doorward.store.transaction import Transaction, seal_entries

_log = logging.getLogger("doorward.store")

T = TypeVar("T")


class Store:
    """The records of one server.

    Arguments:
        engine: from `open_engine`.
        seals: the file of seals outside the database; None only for passing databases of tests.
        clock: the source of time.
        publisher: who delivers events; set once by the server that has a hub.
    """

    def __init__(self, engine: Engine, *, seals: SealFile | None = None, clock: Clock = system_clock) -> None:
        self.engine = engine
        self.clock = clock
        self.publisher: Publisher = NullPublisher()
        #: Tells a worker that a job waits, and for how many seconds; set by the server. A lost word costs time only.
        self.wake: Callable[[str, float], None] = lambda _job_id, _seconds: None
        #: Where jobs put their results.
        self.results: ResultFiles | None = None
        #: Files beside the records, for backups: whoever keeps such files adds their place at the start.
        self.places: list[Place] = []
        #: Where the bytes of files are; set by the door that opens this.
        self.files: Files | None = None
        #: The kinds of job that there are, once a door has said so.
        self.job_kinds: Collection[str] | None = None
        self._seals = seals
        # SQLite has one writer at a time. Waiting for it here is fair and free; waiting in SQLite is a sleep.
        self._writer = threading.Lock() if self.is_sqlite else None
        self._group = GroupCommitter(self._commit_group)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for reading: one consistent picture on SQLite; whatever it changes is thrown away."""
        with _storage_errors(), Session(self.engine, autoflush=False, expire_on_commit=False) as db:
            yield db

    @contextmanager
    def looking_up(self) -> Iterator[Connection]:
        """A bare connection for a query that every request makes: an ORM session costs more than such a query."""
        with _storage_errors(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def transaction(self, actor: Caller = HOST) -> Iterator[Transaction]:
        """Change records: the block's changes, entries and events happen together, or not at all.

        Arguments:
            actor: who does it, for the journal.

        Errors:
            Unavailable: the storage is full, locked or gone; nothing was changed.
            IntegrityError: a constraint of the database was violated; the action says what that means.
            RuntimeError: this runs inside another transaction of the same store already.
        """
        self._refuse_another()
        with _storage_errors(), self._writing() as db:
            tx = Transaction(db, actor, self.clock())
            yield tx
            self._refuse_unknown_jobs(tx)
            self._commit(db, [tx])
        self._tell(tx)

    def grouped(self, actor: Caller, work: Callable[[Transaction], T]) -> T:
        """Like `transaction`, for small changes that come in crowds: those that wait share one commit, one fsync.

        Returns only after that commit, so that nothing is acknowledged that is not on disk. `work` may be run
        together with others in one transaction, each behind a savepoint of its own.
        """
        self._refuse_another()
        if not self.is_sqlite:
            with self.transaction(actor) as tx:
                return work(tx)
        return self._group.run(actor, work)

    def _commit_group(self, jobs: list[Job]) -> None:
        with _storage_errors(), self._writing() as db:
            done = [tx for job in jobs if (tx := self._try(db, job, apart=len(jobs) > 1)) is not None]
            if not done:
                return
            self._commit(db, done)
        for tx in done:
            self._tell(tx)

    def _tell(self, tx: Transaction) -> None:
        """What waited for the commit: events to the listeners, and a word to whoever works."""
        tx.tell(self.publisher)
        if tx.dropped_bytes and self.files is not None:
            self.files.delete_soon(tx.dropped_bytes)
        try:
            for job in tx.jobs:
                self.wake(job.id, max(0.0, (job.due_at - tx.now).total_seconds()))
        except Exception:  # the job is in the database: the next sweep finds it
            _log.exception("no worker could be told of a job")

    def _refuse_another(self) -> None:
        """A second one would wait for the first, which waits for it: on SQLite for ever, so nowhere at all."""
        if _writing.get() is self:
            raise RuntimeError(
                "a transaction was opened inside another one: hand the first one's `tx` to what is called, "
                "or call it after the first has ended"
            )

    def _refuse_unknown_jobs(self, tx: Transaction) -> None:
        for job in tx.jobs:
            if self.job_kinds is not None and job.kind not in self.job_kinds:
                raise ValueError(f"no job of the kind {job.kind!r} is registered: name it in Doorward(app, jobs=…)")

    def _try(self, db: Session, job: Job, *, apart: bool) -> Transaction | None:
        """Do what a job wants; None where it fails, and the job says why.

        Arguments:
            apart: behind a savepoint. Who is alone needs none: where it fails, nothing is committed.
        """
        tx = Transaction(db, job.actor, self.clock())
        try:
            with db.begin_nested() if apart else nullcontext():
                job.result = job.work(tx)
                self._refuse_unknown_jobs(tx)
        except Exception as problem:
            if _is_of_storage(problem):
                raise  # after a full disk SQLite has undone the whole transaction: nobody's change may count
            job.problem = problem
            return None
        return tx

    def _commit(self, db: Session, done: list[Transaction]) -> None:
        db.flush()
        sealed = seal_entries(db, [entry for tx in done for entry in tx.entries])
        db.commit()
        self._anchor(sealed)

    def _anchor(self, sealed: list[Sealed]) -> None:
        """Keep the seals outside the database. The change is committed: from here on nothing may say that it failed."""
        if self._seals is None:
            return
        try:
            self._seals.write(sealed)
        except OSError:
            _log.exception("seals could not be written; the next start makes up for those at the end")

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        with self._one_writer(), self.engine.connect() as plain:
            connection = plain.execution_options(**{WRITES: True})
            token = _writing.set(self)
            try:
                with Session(connection, autoflush=True, expire_on_commit=False) as db:
                    yield db
            finally:
                _writing.reset(token)

    def _one_writer(self) -> AbstractContextManager[object]:
        return self._writer if self._writer is not None else nullcontext()

    def drop_results(self, keys: Iterable[str]) -> None:
        """Delete the files of jobs that are forgotten, once that is committed."""
        if self.results is not None:
            for key in keys:
                self.results.delete(key)

    def must_answer(self) -> None:
        """Raise `Unavailable` if the database cannot be read."""
        with self.reading() as db:
            db.execute(text("SELECT 1"))

    def close(self) -> None:
        """Let the connections go. The store cannot be used afterwards."""
        self._group.stop()
        self.engine.dispose()
        if self._seals is not None:
            self._seals.close()


@contextmanager
def _storage_errors() -> Iterator[None]:
    """A full disk, a lost server or a locked file is `Unavailable`, not a trace. Constraints stay what they are."""
    try:
        yield
    except (DatabaseError, InterfaceError, NoConnectionFree) as problem:
        if not _is_of_storage(problem):
            raise
        raise Unavailable() from problem


def _is_of_storage(problem: Exception) -> bool:
    if isinstance(problem, IntegrityError | DataError | ProgrammingError):
        return False
    return isinstance(problem, DatabaseError | InterfaceError | NoConnectionFree)


_current: ContextVar[Store] = ContextVar("doorward_store")
_writing: ContextVar[Store | None] = ContextVar("doorward_writing", default=None)


def is_writing() -> bool:
    """Does this run inside a transaction? Then others wait for it to end."""
    return _writing.get() is not None


@contextmanager
def using(store: Store) -> Iterator[Store]:
    """Make `store` the one that `transaction`, `grouped` and `reading` of this module work on."""
    token = _current.set(store)
    try:
        yield store
    finally:
        _current.reset(token)


def use_store(store: Store) -> None:
    """Make `store` the current one for the rest of this context: a request of a server's thread."""
    _current.set(store)


def current_store() -> Store:
    """The store of the request or command that is running."""
    try:
        return _current.get()
    except LookupError:
        raise RuntimeError("no store here: this runs outside of a request or command of a Doorward app") from None


def transaction(actor: Caller = HOST) -> AbstractContextManager[Transaction]:
    """`Store.transaction` on the store of the running request or command."""
    return current_store().transaction(actor)


def grouped(actor: Caller, work: Callable[[Transaction], T]) -> T:
    """`Store.grouped` on the store of the running request or command."""
    return current_store().grouped(actor, work)


def reading() -> AbstractContextManager[Session]:
    """`Store.reading` on the store of the running request or command."""
    return current_store().reading()


def now() -> datetime:
    """The time, aware, UTC, as the store of the running request, job or command reads it."""
    return current_store().clock()
