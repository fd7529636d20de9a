"""Group commit: those who wait to write share one transaction, and so one fsync.

While a commit is on its way to the disk, the next ones gather; then they go together. Nobody is told "saved"
before the commit that holds the change has returned.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from doorward.core.access import Caller
from doorward.store.transaction import Transaction

T = TypeVar("T")

#: More than this in one transaction would make the first wait for too many others.
LARGEST_GROUP = 128


class Job:
    """One change that waits, and what became of it."""

    def __init__(self, actor: Caller, work: Callable[[Transaction], Any]) -> None:
        self.actor = actor
        self.work = work
        self.result: Any = None
        self.problem: BaseException | None = None
        self.finished = threading.Event()


class GroupCommitter:
    """A thread that commits waiting changes in groups. It starts with the first change.

    Arguments:
        commit: runs the jobs in one transaction, notes each job's result or problem, and raises if the
            transaction as a whole failed.
    """

    def __init__(self, commit: Callable[[list[Job]], None]) -> None:
        self._commit = commit
        self._waiting: deque[Job] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopped = False

    def run(self, actor: Caller, work: Callable[[Transaction], T]) -> T:
        """Wait until the change is committed; its result, or its exception."""
        job = Job(actor, work)
        with self._changed:
            if self._stopped:
                raise RuntimeError("the store is closed")
            self._waiting.append(job)
            self._start_once()
            self._changed.notify()
        job.finished.wait()
        if job.problem is not None:
            raise job.problem
        result: T = job.result
        return result

    def stop(self) -> None:
        """Finish what waits, then end the thread."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _start_once(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work_on, name="group-commit", daemon=True)
            self._thread.start()

    def _work_on(self) -> None:
        while group := self._next_group():
            try:
                self._commit(group)
            except BaseException as problem:
                for job in group:
                    job.problem = job.problem or problem
            finally:
                for job in group:
                    job.finished.set()

    def _next_group(self) -> list[Job]:
        with self._changed:
            while not self._waiting and not self._stopped:
                self._changed.wait()
            return [self._waiting.popleft() for _ in range(min(len(self._waiting), LARGEST_GROUP))]
