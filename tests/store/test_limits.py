"""Keeping limits: exact under attack, and a decided answer when the store is broken."""

from __future__ import annotations

import multiprocessing
import os
import resource
import sqlite3
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from doorward.core.limits import SIGN_IN, STRANGERS, Counted, Limit, header_fields, limit_of, sign_in_counts, store_key
from doorward.errors import Limited, SettingsError, StartRefused, Unavailable
from doorward.store.limits import Limiter, LimitReached, Taken, open_limiter
from doorward.store.tallies import MemoryTallies, Tallies
from doorward.store.tallies_sqlite import SqliteTallies

EXACT = limit_of("exact", "5/15minutes")
COUNTED = limit_of("counted", "5/15minutes", exact=False)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
fork = multiprocessing.get_context("fork")

both = pytest.mark.parametrize("limit", [EXACT, COUNTED], ids=["exact", "counted"])


class SettableClock:
    """A clock that stands where it was put."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def sqlite(tmp_path: Path) -> SqliteTallies:
    return SqliteTallies(tmp_path / "limits.sqlite3")


@pytest.fixture(params=["memory", "sqlite"])
def tallies(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tallies]:
    made = MemoryTallies() if request.param == "memory" else SqliteTallies(tmp_path / "limits.sqlite3")
    yield made
    made.close()


@pytest.fixture
def limiter(tallies: Tallies, clock: SettableClock) -> Limiter:
    return Limiter(tallies, clock)


def admitted(limiter: Limiter, limit: Limit, key: str, tries: int) -> int:
    """How many of `tries` attempts get through."""
    return sum(_gets_through(limiter, limit, key) for _ in range(tries))


def _gets_through(limiter: Limiter, limit: Limit, key: str) -> bool:
    try:
        limiter.take(limit, key)
    except Limited:
        return False
    return True


def lets_others_run() -> datetime:
    """A clock that hands over to another thread in the middle of a decision, where a race would show."""
    time.sleep(0)
    return NOON


def in_threads(number: int, work: Callable[[], object]) -> None:
    """Run `work` in that many threads, all let go at the same moment."""
    together = threading.Barrier(number)

    def run() -> None:
        together.wait()
        work()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def in_processes(number: int, work: Callable[[], object]) -> list[int]:
    """Run `work` in that many forked processes; answers their exit codes."""
    processes = [fork.Process(target=work) for _ in range(number)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [process.exitcode or 0 for process in processes]


# --- attacks ---------------------------------------------------------------------------------------


@both
def test_a_hundred_simultaneous_guesses_are_no_more_than_the_limit(tallies: Tallies, limit: Limit) -> None:
    limiter, guesses = Limiter(tallies, lets_others_run), []

    def guess() -> None:
        try:
            limiter.take(limit, "ada")
            guesses.append(1)  # here a password would be compared, and be wrong
        except Limited:
            pass

    in_threads(100, guess)
    assert len(guesses) == limit.amount


def test_guesses_stay_bounded_while_the_owner_keeps_signing_in(tallies: Tallies) -> None:
    limiter, wrong = Limiter(tallies), []

    def guess() -> None:
        for _ in range(20):
            try:
                taken = limiter.take(EXACT, "ada")
            except Limited:
                continue
            if threading.current_thread().name.endswith("owner"):
                limiter.give_back(taken)
            else:
                wrong.append(1)

    threads = [threading.Thread(target=guess, name=f"{n}-{'owner' if n % 4 == 0 else 'guesser'}") for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wrong) <= EXACT.amount
    assert len(wrong) + limiter.peek(EXACT, "ada").remaining == EXACT.amount


@pytest.mark.parametrize("exact", [True, False], ids=["exact", "counted"])
def test_eight_processes_together_get_the_amount_and_not_one_more(tmp_path: Path, exact: bool) -> None:
    limit = limit_of("contested", "400/hour", exact=exact)
    limiter = Limiter(SqliteTallies(tmp_path / "limits.sqlite3"))
    limiter.peek(limit, "ada")  # the parent has it open when it forks
    together = fork.Barrier(8)

    def attack() -> None:
        together.wait()
        through = sum(admitted(limiter, limit, "ada", 1) for _ in range(100))
        Path(tmp_path, f"through.{os.getpid()}").write_text(str(through))

    assert in_processes(8, attack) == [0] * 8
    through = [int(file.read_text()) for file in tmp_path.glob("through.*")]
    assert sum(through) == limit.amount
    assert sum(count > 0 for count in through) > 1  # they did compete
    assert limiter.peek(limit, "ada").remaining == 0


def test_processes_that_take_and_give_back_lose_nothing(sqlite: SqliteTallies) -> None:
    wide = limit_of("wide", "1000/day", exact=False)
    limiter = Limiter(sqlite)
    together = fork.Barrier(8)

    def visit() -> None:
        together.wait()
        for turn in range(60):
            taken = limiter.take(wide, "class")
            if turn % 2:
                limiter.give_back(taken)

    assert in_processes(8, visit) == [0] * 8
    assert limiter.peek(wide, "class").remaining == 1000 - 8 * 30


def test_a_fork_in_the_middle_of_the_storm_hangs_nobody(sqlite: SqliteTallies) -> None:
    limiter, flood = Limiter(sqlite), limit_of("flood", "1000000/day")
    stop = threading.Event()

    def storm() -> None:
        while not stop.is_set():
            limiter.take(flood, "x")

    threads = [threading.Thread(target=storm) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        assert in_processes(6, lambda: limiter.take(EXACT, os.urandom(4).hex())) == [0] * 6
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert sqlite3.connect(sqlite.path).execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_strangers_do_not_lock_out_the_browser_the_account_has_used(limiter: Limiter) -> None:
    def attempt(address: str, browser: str | None) -> tuple[Taken, ...]:
        return limiter.take_all(sign_in_counts("ada", address, browser))

    for turn in range(STRANGERS.amount):
        attempt(f"198.51.100.{turn}", None)
    with pytest.raises(LimitReached) as refusal:
        attempt("203.0.113.1", None)
    assert refusal.value.standing.limit is STRANGERS
    assert attempt("203.0.113.1", "ada's own browser")


def test_a_classroom_that_signs_in_correctly_is_never_limited(limiter: Limiter) -> None:
    for pupil in range(300):
        limiter.give_back(*limiter.take_all(sign_in_counts(f"pupil-{pupil}", "198.51.100.1", None)))
    assert limiter.peek(SIGN_IN, "198.51.100.1").remaining == SIGN_IN.amount


def test_a_flood_of_names_neither_grows_memory_nor_frees_others(clock: SettableClock) -> None:
    tallies = MemoryTallies(most=100)
    limiter = Limiter(tallies, clock)
    for number in range(1000):
        limiter.take(EXACT, f"name-{number}")
        clock.pass_(0.01)
    assert len(tallies) == 100
    assert limiter.peek(EXACT, "name-999").remaining == 4


# --- counting --------------------------------------------------------------------------------------


@both
def test_over_the_limit_says_when_to_come_back_and_then_it_works(
    limiter: Limiter, clock: SettableClock, limit: Limit
) -> None:
    assert admitted(limiter, limit, "ada", 5) == 5
    clock.pass_(60)
    with pytest.raises(LimitReached) as refusal:
        limiter.take(limit, "ada")
    assert refusal.value.status == 429
    assert refusal.value.retry_after == 840
    assert dict(header_fields([refusal.value.standing]))["RateLimit"] == f'"{limit.name}";r=0;t=840'
    assert limiter.take(limit, "bob").standing.remaining == 4
    clock.pass_(refusal.value.retry_after)
    assert limiter.take(limit, "ada").standing.remaining == 4


@both
def test_a_success_is_given_back_once_however_often_it_is_said(limiter: Limiter, limit: Limit) -> None:
    first, second = limiter.take(limit, "ada"), limiter.take(limit, "ada")
    for _ in range(5):
        limiter.give_back(first)
    assert limiter.peek(limit, "ada").remaining == 4
    limiter.give_back(second, first)
    assert limiter.peek(limit, "ada").remaining == 5


@both
def test_a_success_of_an_earlier_window_does_not_forgive_a_failure_of_this_one(
    limiter: Limiter, clock: SettableClock, limit: Limit
) -> None:
    slow = limiter.take(limit, "ada")
    clock.pass_(limit.window + 1)
    limiter.take(limit, "ada")
    limiter.give_back(slow)
    assert limiter.peek(limit, "ada").remaining == 4


def test_a_refusal_by_one_of_several_limits_counts_under_none(limiter: Limiter) -> None:
    strict = limit_of("strict", "1/hour")
    limiter.take(strict, "ada")
    with pytest.raises(LimitReached):
        limiter.take_all([Counted(EXACT, "198.51.100.1"), Counted(strict, "ada")])
    assert limiter.peek(EXACT, "198.51.100.1").remaining == 5


@both
def test_peeking_counts_nothing_and_forgetting_ends_a_lockout(limiter: Limiter, limit: Limit) -> None:
    assert admitted(limiter, limit, "ada", 9) == 5
    assert [limiter.peek(limit, "ada").remaining for _ in range(3)] == [0, 0, 0]
    limiter.forget(limit, "ada")
    assert admitted(limiter, limit, "ada", 9) == 5


@both
def test_a_clock_that_jumps_back_frees_nobody_and_locks_nobody_out_for_long(
    limiter: Limiter, clock: SettableClock, limit: Limit
) -> None:
    assert admitted(limiter, limit, "ada", 5) == 5
    clock.pass_(-86400)
    with pytest.raises(LimitReached) as refusal:
        limiter.take(limit, "ada")
    assert refusal.value.retry_after <= limit.window
    clock.pass_(limit.window)
    assert admitted(limiter, limit, "ada", 9) == 5


def test_what_is_over_is_swept_a_few_at_a_time(tallies: Tallies, clock: SettableClock) -> None:
    limiter = Limiter(tallies, clock)
    for number in range(20):
        limiter.take(EXACT, f"old-{number}")
    clock.pass_(EXACT.window + 1)
    limiter.take(EXACT, "new")
    now = clock().timestamp()
    swept = [tallies.sweep(now, 7) for _ in range(4)]
    assert max(swept) <= 7
    assert sum(swept) == 20
    assert limiter.peek(EXACT, "new").remaining == 4


def test_the_store_stays_small_however_many_come_and_go(tallies: Tallies, clock: SettableClock) -> None:
    limiter = Limiter(tallies, clock)
    for number in range(2000):
        limiter.take(EXACT, f"visitor-{number}")
        clock.pass_(EXACT.window / 100)
    left = sum(tallies.read(store_key(EXACT, f"visitor-{number}")) is not None for number in range(2000))
    assert left < 400  # 100 are live; without sweeping it would be all of them


def test_one_row_a_key_whatever_its_history(sqlite: SqliteTallies, clock: SettableClock) -> None:
    limiter = Limiter(sqlite, clock)
    for _ in range(500):
        _gets_through(limiter, EXACT, "ada")
        clock.pass_(7)
    rows = sqlite3.connect(sqlite.path).execute("SELECT count(*), max(length(times)) FROM tallies").fetchone()
    assert rows == (1, 8 * EXACT.amount)


def test_every_statement_finds_its_rows_by_the_key(sqlite: SqliteTallies) -> None:
    Limiter(sqlite).take(EXACT, "ada")
    connection = sqlite3.connect(sqlite.path)
    for statement, values in (
        ("SELECT count FROM tallies WHERE key = ?", ("x",)),
        ("SELECT max(key) FROM (SELECT key FROM tallies WHERE key > ? ORDER BY key LIMIT ?)", ("", 9)),
        ("DELETE FROM tallies WHERE key > ? AND key <= ? AND ends <= ?", ("", "x", 0)),
    ):
        plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
        assert any("USING PRIMARY KEY" in step[3] for step in plan)
        assert not any("TEMP B-TREE" in step[3] for step in plan)


def test_counts_survive_a_restart_and_name_nobody(sqlite: SqliteTallies) -> None:
    limiter = Limiter(sqlite)
    limiter.take(EXACT, "ada@example.org")
    limiter.close()
    assert Limiter(SqliteTallies(sqlite.path)).peek(EXACT, "ada@example.org").remaining == 4
    limiter.close()
    assert b"ada@example.org" not in sqlite.path.read_bytes()


def test_only_the_owner_reads_the_file_and_closing_leaves_only_it(sqlite: SqliteTallies) -> None:
    limiter = Limiter(sqlite)
    limiter.take(EXACT, "ada")
    modes = {stat.S_IMODE(file.stat().st_mode) for file in sqlite.path.parent.glob("limits.sqlite3*")}
    assert modes == {0o600}
    limiter.close()
    assert [file.name for file in sqlite.path.parent.iterdir()] == ["limits.sqlite3"]


def test_an_interrupted_decision_changes_nothing(tallies: Tallies) -> None:
    limiter = Limiter(tallies)
    limiter.take(EXACT, "ada")

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tallies.change(store_key(EXACT, "ada"), interrupted)
    assert limiter.take(EXACT, "ada").standing.remaining == 3


# --- a broken store --------------------------------------------------------------------------------

CLOSED = EXACT
OPEN = limit_of("open", "5/minute", on_store_failure="open")


def assert_fails_as_chosen(limiter: Limiter) -> None:
    with pytest.raises(Unavailable) as refusal:
        limiter.take(CLOSED, "ada")
    assert refusal.value.status == 503
    with pytest.raises(Unavailable):
        limiter.peek(CLOSED, "ada")
    for _ in range(OPEN.amount * 2):
        limiter.give_back(limiter.take(OPEN, "ada"))
    assert limiter.peek(OPEN, "ada").remaining == OPEN.amount


def test_a_corrupt_file_refuses_or_lets_through_as_the_limit_says(
    sqlite: SqliteTallies, caplog: pytest.LogCaptureFixture
) -> None:
    sqlite.path.write_bytes(b"this is no database, and never was one" * 500)
    assert_fails_as_chosen(Limiter(sqlite))
    assert "limit exact: the store is broken, refusing" in caplog.text
    assert "limit open: the store is broken, letting through" in caplog.text


def test_pages_that_rot_are_found_and_refused(sqlite: SqliteTallies) -> None:
    limiter = Limiter(sqlite)
    for number in range(500):
        limiter.take(CLOSED, f"name-{number}")
    limiter.close()
    content = bytearray(sqlite.path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    sqlite.path.write_bytes(content)
    assert_fails_as_chosen(limiter)


def test_a_folder_that_is_gone_refuses_and_recovers_when_it_is_back(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    limiter = Limiter(SqliteTallies(folder / "limits.sqlite3"))
    assert_fails_as_chosen(limiter)
    folder.mkdir()
    assert limiter.take(CLOSED, "ada").standing.remaining == 4


def test_a_file_that_another_program_keeps_locked_refuses_and_recovers(tmp_path: Path) -> None:
    path = tmp_path / "limits.sqlite3"
    limiter = Limiter(SqliteTallies(path, busy_seconds=0.01))
    taken = limiter.take(CLOSED, "ada")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable):
        limiter.take(CLOSED, "ada")
    limiter.give_back(taken)  # stays counted, and does not raise: the sign-in it belongs to has succeeded
    with pytest.raises(Unavailable):
        limiter.forget(CLOSED, "ada")
    other.execute("ROLLBACK")
    assert limiter.take(CLOSED, "ada").standing.remaining == 3


def _on_a_full_disk(path: Path) -> None:
    limiter = Limiter(SqliteTallies(path))
    limiter.take(CLOSED, "ada")
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    outcomes = set()
    for number in range(200):
        try:
            limiter.take(CLOSED, f"name-{number}")
        except Unavailable:
            outcomes.add("refused")
        limiter.take(OPEN, f"name-{number}")
    sys.exit(0 if outcomes == {"refused"} else 9)


def test_a_file_that_cannot_grow_any_more_refuses(sqlite: SqliteTallies) -> None:
    assert in_processes(1, lambda: _on_a_full_disk(sqlite.path)) == [0]
    assert Limiter(sqlite).peek(CLOSED, "ada").remaining == 4  # and nothing that was counted is lost


def _as_nobody(path: Path) -> None:
    if os.geteuid() == 0:  # root may write what is read-only
        os.setgid(65534)
        os.setuid(65534)
    try:
        Limiter(SqliteTallies(path)).take(CLOSED, "ada")
    except Unavailable:
        sys.exit(0)
    sys.exit(9)


def test_a_file_that_is_read_only_refuses() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "limits.sqlite3")
        Limiter(SqliteTallies(path)).take(CLOSED, "ada")
        path.chmod(0o444)
        Path(folder).chmod(0o555)
        assert in_processes(1, lambda: _as_nobody(path)) == [0]
        Path(folder).chmod(0o755)


# --- opening ---------------------------------------------------------------------------------------


def test_the_address_chooses_the_store(tmp_path: Path) -> None:
    path = tmp_path / "limits.sqlite3"
    shared, again, alone = (
        open_limiter(url) for url in (f"doorward+sqlite:///{path}", f"doorward+sqlite:///{path}", "memory://")
    )
    for limiter in (shared, alone):
        limiter.take(EXACT, "ada")
    assert again.peek(EXACT, "ada").remaining == 4
    assert open_limiter("memory://").peek(EXACT, "ada").remaining == 5


@pytest.mark.parametrize(
    "url", ["", "sqlite:///x", "doorward+sqlite:///", "doorward+sqlite://x", "redis://x", "memory://x"]
)
def test_an_address_of_no_store_we_have_is_refused_at_start(url: str) -> None:
    with pytest.raises(SettingsError, match="memory://"):
        open_limiter(url)


def test_a_file_that_cannot_be_used_stops_the_start_with_what_to_do(tmp_path: Path) -> None:
    broken = tmp_path / "limits.sqlite3"
    broken.write_bytes(b"no database" * 1000)
    for path in (broken, tmp_path / "nowhere" / "limits.sqlite3", tmp_path):
        with pytest.raises(StartRefused, match="may be deleted"):
            open_limiter(f"doorward+sqlite:///{path}")
