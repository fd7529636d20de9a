"""Many who listen to one room: how soon they have a message, what they cost while nobody writes, and the soak."""

from __future__ import annotations

import os
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .listeners import Listeners
from .team import Team, make_team, memory_of, serving
from .writing import Line

#: Who writes, apart from who listens: one account may write 6,000 messages an hour.
WRITERS = 12
_NUMBER = re.compile(rb'"id":(\d+)')


def seen(folder: Path, listeners: int, seconds: float, a_second: float) -> dict[str, Any]:
    """From the first byte of the request that writes a message until every listener has it, in milliseconds."""
    team = make_team(folder / "seen", listeners + WRITERS)
    with serving(folder / "seen") as server:
        crowd = Listeners(server.port, team, team.people[WRITERS:])
        crowd.seen = {}
        crowd.start()
        sent = _write(server.port, team, seconds, a_second, lambda number: None)
        time.sleep(2)
        crowd.stop()
    delays = [1000 * (at - sent[client][0]) for client, times in crowd.seen.items() for at in times if client in sent]
    missing = len(sent) * listeners - len(delays)
    cuts = statistics.quantiles(delays, n=100)
    return {
        "listeners": listeners,
        "messages": len(sent),
        "p50_ms": round(cuts[49], 1),
        "p99_ms": round(cuts[98], 1),
        "missing": missing,
    }


def idle(folder: Path, listeners: int, seconds: float) -> dict[str, Any]:
    """Statements that reach the database while nobody writes: with nobody there, and with so many who listen."""
    team = make_team(folder / "idle", listeners + WRITERS)
    counts = (folder / "counts").resolve()
    os.environ["CHAT_BENCHMARK_COUNTS"] = str(counts)
    with serving(folder / "idle", "benchmarks.chat.counted") as server:
        time.sleep(5)
        nobody = _counted(counts, seconds)
        crowd = Listeners(server.port, team, team.people[WRITERS:])
        crowd.start()
        time.sleep(5)
        somebody = _counted(counts, seconds)
        crowd.stop()
    return {
        "listeners": listeners,
        "seconds": seconds,
        "statements_without_listeners": nobody[0],
        "statements_with_listeners": somebody[0],
        "statements_of_chat_with_listeners": somebody[1],
    }


def _counted(path: Path, seconds: float) -> tuple[int, int]:
    def now() -> tuple[int, int]:
        every, of_chat = path.read_text().split()
        return int(every), int(of_chat)

    before = now()
    time.sleep(seconds)
    after = now()
    return after[0] - before[0], after[1] - before[1]


def soak(folder: Path, listeners: int, minutes: float, a_second: float) -> dict[str, Any]:
    """Messages at a steady rate, and each second some lose their network: what each listener heard, in which order."""
    team = make_team(folder / "soak", listeners + WRITERS)
    memory: list[int] = []
    with serving(folder / "soak") as server:
        crowd = Listeners(server.port, team, team.people[WRITERS:])
        crowd.start()

        def each(number: int) -> None:
            if number % max(1, round(a_second)) == 0:
                crowd.lose(max(1, listeners // 100))
            if number % max(1, round(a_second * 5)) == 0:
                memory.append(memory_of(server))

        sent = _write(server.port, team, minutes * 60, a_second, each)
        time.sleep(5)
        crowd.stop()
    wanted = [number for _at, number in sent.values()]
    wrong = [one for one in crowd.all.values() if list(one.heard) != wanted]
    quarter = max(1, len(memory) // 4)
    early, late = statistics.median(memory[quarter : 2 * quarter]), statistics.median(memory[-quarter:])
    return {
        "listeners": listeners,
        "minutes": minutes,
        "messages": len(wanted),
        "deliveries": sum(len(one.heard) for one in crowd.all.values()),
        "reconnects": sum(one.reconnects for one in crowd.all.values()),
        "caught_up_by_fetching": crowd.resets,
        "listeners_that_missed_or_repeated_or_mixed": len(wrong),
        "wrong": [_wrong(list(one.heard), wanted, one.reconnects) for one in wrong[:10]],
        "memory_early_mib": round(early / 2**20, 1),
        "memory_late_mib": round(late / 2**20, 1),
    }


def _wrong(heard: list[int], wanted: list[int], reconnects: int) -> dict[str, Any]:
    """What one listener heard that is not what was written, by place: for whoever looks for the reason."""
    there, places = set(heard), {number: place for place, number in enumerate(wanted)}
    return {
        "missed": [place for number, place in places.items() if number not in there][:10],
        "repeated": len(heard) - len(there),
        "in_order": heard == sorted(heard),
        "reconnects": reconnects,
    }


def _write(
    port: int, team: Team, seconds: float, a_second: float, each: Callable[[int], None]
) -> dict[bytes, tuple[float, int]]:
    """Write at a steady rate; gives for each message by its client's number when it was sent, and its number.

    Arguments:
        each: called before each message, with how many there were.
    """
    line, sent = Line(port), {}
    began = time.perf_counter()
    for number in range(max(1, int(seconds * a_second))):
        time.sleep(max(0.0, began + number / a_second - time.perf_counter()))
        each(number)
        client = f"m{number}"
        asked = team.writing(team.people[number % WRITERS], client, f"Message {number} of the harbour")
        at = time.perf_counter()
        status, body = line.ask(asked)
        assert status == 201, (status, body[:300])
        found = _NUMBER.search(body)
        assert found, body
        sent[client.encode()] = (at, int(found[1]))
    return sent
