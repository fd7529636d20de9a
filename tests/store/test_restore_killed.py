"""Killed at any moment, a restore leaves the old state or the new one, whole, and nothing in between."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from doorward.store import restore_swap
from doorward_suite.polls import MIGRATIONS as POLLS
from tests.store.records import add_account
from tests.support import postgres, services
from tests.support.backups import House

#: What changes something for good: at each of these calls the process is killed once, before it happens.
STEPS: tuple[tuple[Any, str], ...] = (
    (os, "rename"),
    (os, "replace"),
    (os, "unlink"),
    (os, "sync"),
    (os, "mkdir"),
    (shutil, "rmtree"),
    (restore_swap, "_run"),
)
LONGEST = 400


@pytest.fixture(params=["sqlite", "postgres"])
def trial(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Trial]:
    if request.param == "sqlite":
        yield Trial(tmp_path, "")
        return
    services.need("postgres")
    with postgres.database() as url:
        yield Trial(tmp_path, url)


class Trial:
    """A server in its state of now, a backup of then, and copies of it in which a restore is killed.

    Arguments:
        place: an empty folder.
        url: of a new PostgreSQL database; empty for SQLite.
    """

    def __init__(self, place: Path, url: str) -> None:
        self.place, self.url = place, url
        house = House(place / "original", url, apps=[POLLS])
        with house.open() as store:
            add_account(store, "Then")
        house.keep("ab/then", b"then")
        self.backup = house.backup(place / "then.tar")
        with house.open() as store:
            add_account(store, "Now")
        house.keep("cd/now", b"now")
        (house.places[0].folder / "ab" / "then").unlink()
        self.now = house.picture()
        with self.copy() as other:
            other.restore(self.backup, as_it_was=True)
            self.then = other.picture()
        assert self.now != self.then
        assert "ab/then" in self.then["files"]

    @contextmanager
    def copy(self) -> Iterator[House]:
        """The server of now, once more."""
        folder = self.place / "copy"
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, folder)
            url = stack.enter_context(postgres.database(like=self.url)) if self.url else ""
            shutil.copytree(self.place / "original", folder)
            yield House(folder, url, apps=[POLLS])

    def restore_killed_at(self, house: House, number: int) -> bool:
        """Restore in a process of its own, which is killed before its step of this number. Was it killed?"""
        child = os.fork()
        if child == 0:
            _kill_at(number)
            try:
                house.restore(self.backup, as_it_was=True)
                os._exit(0)
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the restore failed by itself"
        return os.WIFSIGNALED(status)


def _kill_at(number: int) -> None:
    left = [number]

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1
            return real(*args, **kwargs)

        return step

    for where, name in STEPS:
        setattr(where, name, counted(getattr(where, name)))


def test_killed_at_any_step_it_is_the_old_state_or_the_new(trial: Trial) -> None:
    came: list[str] = []
    for number in range(0, LONGEST, 9 if trial.url else 1):  # a copy of a database takes its time
        with trial.copy() as house:
            killed = trial.restore_killed_at(house, number)
            found = house.picture()
            assert found in (trial.now, trial.then), f"killed at step {number}: neither the old state nor the new"
            came.append("now" if found == trial.now else "then")
            if number % 9 == 0 and found == trial.now:  # what it left is in nobody's way
                house.restore(trial.backup, as_it_was=True)
                assert house.picture() == trial.then
                assert house.left_behind() == []
            if not killed:
                break
    assert came == sorted(came), "once the new state counts, it counts"
    assert came[0] == "now"
    assert came[-1] == "then"
    assert came.count("then") > (1 if trial.url else 3), "it was never killed while it was put in its place"


def test_where_the_old_cannot_go_aside_it_is_said_and_finished_later(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure in the middle of the last step: the next start finishes it, whoever starts."""
    real, count = os.rename, [0]

    def rename(source: Any, target: Any) -> None:
        count[0] += 1
        if count[0] == 2:
            raise OSError(5, "the disk does not answer", str(source))
        real(source, target)

    with trial.copy() as house:
        with monkeypatch.context() as patch:
            patch.setattr(os, "rename", rename)
            with pytest.raises(Exception, match="finished at the next start"):
                house.restore(trial.backup, as_it_was=True)
        assert restore_swap.is_pending(house.data)
        assert house.picture() == trial.then
        assert house.left_behind() == []
