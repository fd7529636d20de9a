"""The `limits` library on our SQLite file, through its own strategies."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path

import pytest
from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter, RateLimiter

from doorward.errors import SettingsError
from doorward.store.limits_library import SqliteStorage

strategies = pytest.mark.parametrize("strategy", [MovingWindowRateLimiter, FixedWindowRateLimiter])


@pytest.fixture
def uri(tmp_path: Path) -> str:
    return f"doorward+sqlite:///{tmp_path / 'limits.sqlite3'}"


@strategies
def test_the_library_finds_the_store_by_its_scheme_and_keeps_the_limit(strategy: type[RateLimiter], uri: str) -> None:
    limiter, item = strategy(storage_from_string(uri)), RateLimitItemPerHour(3)
    assert [limiter.hit(item, "ada") for _ in range(5)] == [True, True, True, False, False]
    assert limiter.hit(item, "bob")
    assert not limiter.test(item, "ada")
    reset, remaining = limiter.get_window_stats(item, "ada")
    assert remaining == 0
    assert 3500 < reset - time.time() <= 3600
    limiter.clear(item, "ada")
    assert limiter.hit(item, "ada")


@strategies
def test_the_window_passes(strategy: type[RateLimiter], uri: str) -> None:
    clock = [1_000_000.0]
    limiter, item = strategy(SqliteStorage(uri, clock=lambda: clock[0])), RateLimitItemPerMinute(2)
    assert [limiter.hit(item), limiter.hit(item), limiter.hit(item)] == [True, True, False]
    clock[0] += 61
    assert limiter.hit(item)


@strategies
def test_processes_share_the_limit(strategy: type[RateLimiter], uri: str, tmp_path: Path) -> None:
    limiter, item = strategy(SqliteStorage(uri)), RateLimitItemPerHour(100)
    context = multiprocessing.get_context("fork")
    together = context.Barrier(4)

    def attack(number: int) -> None:
        together.wait()
        (tmp_path / f"through.{number}").write_text(str(sum(limiter.hit(item, "ada") for _ in range(60))))

    processes = [context.Process(target=attack, args=(number,)) for number in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert sum(int(file.read_text()) for file in tmp_path.glob("through.*")) == 100


def test_both_strategies_may_count_the_same_key_side_by_side(uri: str) -> None:
    storage, item = SqliteStorage(uri), RateLimitItemPerHour(1)
    assert MovingWindowRateLimiter(storage).hit(item)
    assert FixedWindowRateLimiter(storage).hit(item)
    assert storage.reset() == 2
    assert MovingWindowRateLimiter(storage).hit(item)


def test_a_broken_file_is_said_in_the_librarys_words(tmp_path: Path, uri: str) -> None:
    assert SqliteStorage(uri).check()
    (tmp_path / "broken").write_bytes(b"no database" * 1000)
    broken = SqliteStorage(f"doorward+sqlite:///{tmp_path / 'broken'}", wrap_exceptions=True)
    assert not broken.check()
    with pytest.raises(StorageError):
        MovingWindowRateLimiter(broken).hit(RateLimitItemPerHour(1))


def test_an_address_without_a_path_is_refused() -> None:
    with pytest.raises(SettingsError):
        SqliteStorage("doorward+sqlite://")
