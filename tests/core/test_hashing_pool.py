"""The pool: bounded, its threads its own, the answers the hasher's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from doorward.core.hashing_pool import HashingPool
from doorward.core.passwords import Hasher, Verdict
from doorward.errors import Invalid, Unavailable

PATIENCE = 30  # seconds until a test that hangs fails; no claim is about time


class HeldHasher(Hasher):
    """A real hasher whose work stops at a gate, so that a full pool can be looked at."""

    def __init__(self) -> None:
        super().__init__("cheap")
        self.gate = threading.Event()
        self.begun = threading.Semaphore(0)
        self.threads: set[str] = set()

    def verify_nobody(self, password: str) -> Verdict:
        self.threads.add(threading.current_thread().name)
        self.begun.release()
        assert self.gate.wait(PATIENCE)
        return super().verify_nobody(password)


@pytest.fixture
def held() -> Iterator[HeldHasher]:
    hasher = HeldHasher()
    yield hasher
    hasher.gate.set()


def test_the_answers_and_the_refusals_are_the_hashers() -> None:
    pool = HashingPool(Hasher("cheap"), threads=1)
    stored = pool.hash("a password")
    assert pool.verify(stored, "a password") == Verdict(True, False)
    assert pool.verify(stored, "another") == Verdict(False, False)
    assert pool.verify_nobody("a password") == Verdict(False, False)
    with pytest.raises(Invalid):
        pool.hash("a" * 1025)
    pool.close()


def test_beyond_those_who_work_and_wait_a_caller_is_told_at_once_to_come_back(held: HeldHasher) -> None:
    pool = HashingPool(held, threads=2, waiting=3)
    with ThreadPoolExecutor(5) as callers:
        answers = [callers.submit(pool.verify_nobody, "a") for _ in range(5)]
        for _ in range(2):
            assert held.begun.acquire(timeout=PATIENCE)
        while pool._places.acquire(blocking=False):  # until all five have their place
            pool._places.release()
        with pytest.raises(Unavailable) as refused:
            pool.verify_nobody("a")
        assert refused.value.retry_after >= 1
        assert not held.begun.acquire(blocking=False), "only two work at the same time"
        held.gate.set()
        assert [answer.result(PATIENCE) for answer in answers] == [Verdict(False, False)] * 5
    assert pool.verify_nobody("a") == Verdict(False, False), "there is room again"
    assert all(name.startswith("doorward-hash") for name in held.threads)
    pool.close()


def test_work_that_fails_gives_its_place_back() -> None:
    pool = HashingPool(Hasher("cheap"), threads=1, waiting=0)
    for _ in range(5):
        with pytest.raises(Invalid):
            pool.hash("a" * 1025)
    assert pool.hash("a")
    pool.close()


def test_a_closed_pool_refuses_and_does_not_crash() -> None:
    pool = HashingPool(Hasher("cheap"), threads=1)
    pool.close()
    for _ in range(50):
        with pytest.raises(Unavailable):
            pool.verify_nobody("a")
