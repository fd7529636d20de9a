"""Students who come, see the page, and vote, as many a second as there can be: ours and ClassPulse's in turns."""

from __future__ import annotations

import secrets
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.chat.writing import Line
from doorward import Doorward
from doorward.store.store import using
from doorward_suite.polls import actions

from .classpulse import ClassPulse, classpulse
from .room import OPTIONS, Room, make_room, phone_from, processor_seconds, request, serving

#: How many come at once when a whole room does.
CROWD = 100

#: One student: comes over a connection, with what a proxy says of their address, and a number. Whether it went well.
Visit = Callable[[Line, dict[str, str], int], bool]

_numbers = count()


@dataclass(frozen=True, slots=True)
class Rounds:
    """How it is measured.

    Arguments:
        students: how many come at once.
        seconds: how long each round is.
        rounds: how many there are, of each in turn.
    """

    students: int
    seconds: float
    rounds: int


@dataclass(frozen=True, slots=True)
class Rate:
    """Students a second, the processor time of the server for each in milliseconds, and how many were not served."""

    rate: float
    processor_ms: float
    failed: int


def measured(folder: Path, rounds: Rounds, rows: int, source: Path | None) -> dict[str, Any]:
    """Students a second with a table that begins empty, with few and with many at once; and with one of so many rows.

    Arguments:
        source: a folder where ClassPulse is installed; None measures ours alone.
    """
    cases = {
        "small table": (0, rounds),
        f"small table, {CROWD} at once": (0, replace(rounds, students=CROWD)),
        f"{rows:,} rows": (rows, rounds),
    }
    if source is None:
        found = {name: _in_turns(folder / name, how, size, None) for name, (size, how) in cases.items()}
        return {**found, "classpulse": "was not measured: name its folder"}
    found = {}
    for name, (size, how) in cases.items():
        with classpulse(source.resolve(), folder / f"classpulse, {name}") as peer:
            peer.fill(size)
            found[name] = _in_turns(folder / name, how, size, peer)
    return found


def _in_turns(folder: Path, how: Rounds, size: int, peer: ClassPulse | None) -> dict[str, Any]:
    room = make_room(folder, asked=True, fill=lambda door, poll, question: _fill(door, poll, question, size))
    ours, theirs = [], []
    with serving(folder, "--behind-proxy", "127.0.0.1") as server:
        visit, pid = visit_of(room), server.process.pid
        a_second(server.port, pid, replace(how, seconds=1), visit)  # a server's first second is not counted
        for _ in range(how.rounds):
            if peer is not None:
                theirs.append(a_second(peer.port, peer.pid, how, peer.visit))
            ours.append(a_second(server.port, pid, how, visit))
    found = _summary("polls", ours)
    if peer is not None:
        ratios = [one.rate / other.rate for one, other in zip(ours, theirs, strict=True)]
        found |= {**_summary("classpulse", theirs), "ratio": round(statistics.median(ratios), 1)}
    return found


def _summary(name: str, found: list[Rate]) -> dict[str, Any]:
    return {
        f"{name}_students_a_second": round(statistics.median(one.rate for one in found), 1),
        f"{name}_processor_ms_a_student": round(statistics.median(one.processor_ms for one in found), 2),
        f"{name}_students_not_served": sum(one.failed for one in found),
    }


def _fill(door: Doorward, poll: int, question: int, size: int) -> None:
    with using(door.store):
        for number in range(size):
            actions.vote(poll, question, secrets.token_hex(32), [OPTIONS[number % len(OPTIONS)]])


def visit_of(room: Room) -> Visit:
    """How a student comes to ours."""

    def visit(line: Line, forwarded: dict[str, str], number: int) -> bool:
        status, page = line.ask(request("GET", room.join, more=forwarded))
        if status != 200:
            return False
        phone = phone_from(line.head, page)
        status, body = line.ask(room.vote(phone, OPTIONS[number % len(OPTIONS)], forwarded))
        return status == 200 and b'"saved":true' in body

    return visit


def a_second(port: int, pid: int, how: Rounds, visit: Visit) -> Rate:
    """How many students a second have come, seen the page and voted, while so many come at once, one after the other.

    Each has an address of their own, as a proxy in front would tell it: ClassPulse limits by address.

    Arguments:
        pid: the process that serves them.
    """
    done, failed = [0] * how.students, [0] * how.students
    wrong: list[BaseException] = []

    def come(place: int) -> None:
        line = Line(port)
        try:
            while time.perf_counter() < until and not wrong:
                number = next(_numbers)
                address = f"198.{18 + number // 62_500 % 2}.{number // 250 % 250}.{1 + number % 250}"
                well = visit(line, {"X-Forwarded-For": address, "X-Forwarded-Proto": "http"}, number)
                (done if well else failed)[place] += 1
        except BaseException as problem:  # raised below, by whoever waits for all of them
            wrong.append(problem)
        line.close()

    threads = [threading.Thread(target=come, args=(one,)) for one in range(how.students)]
    worked, began = processor_seconds(pid), time.perf_counter()
    until = began + how.seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took, worked = time.perf_counter() - began, processor_seconds(pid) - worked
    if wrong:
        raise wrong[0]
    return Rate(sum(done) / took, 1000 * worked / max(1, sum(done)), sum(failed))
