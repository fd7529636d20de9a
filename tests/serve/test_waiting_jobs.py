"""Jobs that wait for another server hold up no other job, however many there are and however long they wait."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorward import Doorward, Job, JobKind
from doorward.core.access import Caller
from doorward.serve.consumer import Workers
from doorward.testing import test_settings as settings_in
from tests.support.doors import bare_app

_LONG = 30.0


class Place:
    """A door whose job `test.asks` waits until it is let go, and whose job `test.quick` does not."""

    def __init__(self, data: Path, *, at_once: int) -> None:
        self.let_go, self.quick, self.all_done = threading.Event(), threading.Event(), threading.Event()
        self.begun = threading.Semaphore(0)
        self.at_work = self.most = self.done = 0
        self.lock = threading.Lock()
        data.mkdir()
        kinds = {"test.asks": JobKind(self._asks, waits=True), "test.quick": lambda _job: self.quick.set()}
        self.door = Doorward(bare_app(), jobs=kinds, settings=settings_in(data, ai_at_once=at_once))
        self.door.start()
        self.workers = Workers(self.door.parts, self.door.jobs, 1)
        self.workers.start()

    def _asks(self, _job: Job) -> None:
        with self.lock:
            self.at_work += 1
            self.most = max(self.most, self.at_work)
        self.begun.release()
        self.let_go.wait(_LONG)
        with self.lock:
            self.at_work -= 1
            self.done += 1
            if self.done == 8:
                self.all_done.set()

    def ask(self, kind: str) -> None:
        with self.door.store.transaction(Caller()) as tx:
            tx.job(kind)

    def close(self) -> None:
        self.let_go.set()
        self.workers.stop()
        self.door.close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path / "data", at_once=2)
    yield place
    place.close()


def test_eight_that_wait_hold_up_no_other_job(place: Place) -> None:
    """One thread does jobs here: were the eight done in it, the quick one would come after all of them."""
    for _ in range(8):
        place.ask("test.asks")
    for _ in range(2):
        assert place.begun.acquire(timeout=_LONG)
    place.ask("test.quick")
    assert place.quick.wait(_LONG)
    assert not place.let_go.is_set()
    assert place.done == 0
    place.let_go.set()
    assert place.all_done.wait(_LONG)
    assert place.most == 2  # as many as the operator allows at once, and not one more
