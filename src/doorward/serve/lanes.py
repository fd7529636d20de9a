"""Lanes: small thread pools, each with a bounded queue, so that slow work of one kind cannot stall another.

Not `concurrent.futures`: that costs a lock, a future and a callback more for each request, and queues without bound.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar, cast

from doorward.errors import Unavailable

T = TypeVar("T")


class _Job:
    """Work on its way to a thread and back. `done` is who waits for it now."""

    __slots__ = ("done", "finished", "work")

    def __init__(self, work: Callable[[], Any], done: asyncio.Future[Any]) -> None:
        self.work = work
        self.done = done
        self.finished = False


class Lane:
    """Threads that work for one event loop.

    Arguments:
        name: for the threads' names.
        threads: how many jobs run at once.
        waiting: how many more may wait.
    """

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._most = threads + waiting
        self._load = 0
        self._started = False
        self._threads = [
            threading.Thread(target=self._work, name=f"doorward-{name}-{number}", daemon=True)
            for number in range(threads)
        ]

    def start(self) -> None:
        """Start the threads. A second call changes nothing."""
        if not self._started:
            self._started = True
            for thread in self._threads:
                thread.start()

    def stop(self, seconds: float) -> None:
        """Let the threads finish what they were given, and wait for each up to so many seconds. Blocks."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            if thread.is_alive():
                thread.join(seconds)

    def refuse_when_full(self) -> None:
        """To be asked before new work is let in. Raises `Unavailable` when too much waits already."""
        if self._load >= self._most:
            raise Unavailable("The server is busy. Try again shortly.")

    async def run(self, work: Callable[[], T]) -> T:
        """Do the work on a thread; what it raises becomes ours.

        Work that has begun is always done to its end, also when who waits for it is cancelled: nothing that it uses
        may be closed under it.
        """
        loop = asyncio.get_running_loop()
        job = _Job(work, loop.create_future())
        self._load += 1
        self._jobs.put(job)
        try:
            return cast(T, await job.done)
        except asyncio.CancelledError:
            if not job.finished:
                job.done = loop.create_future()
                await asyncio.wait([job.done])
            raise
        finally:
            self._load -= 1

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            result, error = None, None
            try:
                result = job.work()
            except Exception as raised:
                error = raised
            except BaseException as raised:  # SystemExit from an app must end neither the thread nor the server
                error = RuntimeError(f"the app raised {type(raised).__name__}")
            _report(job, result, error)
            del job, result, error


def _report(job: _Job, result: Any, error: Exception | None) -> None:
    try:
        job.done.get_loop().call_soon_threadsafe(_settle, job, result, error)
    except RuntimeError:  # the loop is closed: nobody waits any more
        return


def _settle(job: _Job, result: Any, error: Exception | None) -> None:
    job.finished = True
    if job.done.done():
        return
    if error is None:
        job.done.set_result(result)
    else:
        job.done.set_exception(error)
