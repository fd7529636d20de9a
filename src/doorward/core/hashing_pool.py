"""Hashing in threads of its own, so that a storm of sign-ins does not stall other requests.

argon2 works outside the interpreter's lock: as many hashes run as there are threads, each with 64 MiB. A few
more callers wait; whoever comes after them is told at once to come back (fail closed, and bounded memory).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import ParamSpec, TypeVar

from doorward.core.passwords import Hasher, Verdict
from doorward.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")

RETRY_AFTER = 2  # seconds; a full queue of the default size is done by then


class HashingPool:
    """A bounded pool with the methods of `Hasher`; each blocks its caller until the answer is there.

    Arguments:
        hasher: what does the work.
        threads: how many work at the same time, at least 1; one for each processor is right.
        waiting: how many callers may wait beyond those.
        begin: called once in each thread before its first work, for example to lower its priority.
    """

    def __init__(
        self, hasher: Hasher, threads: int = 1, waiting: int = 32, begin: Callable[[], None] | None = None
    ) -> None:
        self._hasher = hasher
        self._places = BoundedSemaphore(threads + waiting)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="doorward-hash", initializer=begin)

    def hash(self, password: str) -> str:
        """As `Hasher.hash`. Raises Unavailable while too many wait, or after `close`."""
        return self._do(self._hasher.hash, password)

    def verify(self, stored: str, password: str) -> Verdict:
        """As `Hasher.verify`. Raises Unavailable while too many wait, or after `close`."""
        return self._do(self._hasher.verify, stored, password)

    def verify_nobody(self, password: str) -> Verdict:
        """As `Hasher.verify_nobody`. Raises Unavailable while too many wait, or after `close`."""
        return self._do(self._hasher.verify_nobody, password)

    def close(self) -> None:
        """Finish what has begun and take nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=False)

    def _do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return self._submit(work, *args, **kwargs).result()

    def _submit(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        if not self._places.acquire(blocking=False):
            raise Unavailable("Too many people are signing in. Try again in a moment.", RETRY_AFTER)
        try:
            future = self._pool.submit(work, *args, **kwargs)
        except RuntimeError:  # the pool is closed, or the system gives no more threads
            self._places.release()
            raise Unavailable(retry_after=RETRY_AFTER) from None
        # The place is free when the work is done, not when the caller stops waiting for it.
        future.add_done_callback(lambda done: self._places.release())
        return future
