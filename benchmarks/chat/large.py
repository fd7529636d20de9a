"""A room with a million messages: how long the server works to find something in it, and to open it."""

from __future__ import annotations

import gc
import statistics
import time
from pathlib import Path
from typing import Any

from sqlalchemy import text

from doorward import Doorward
from doorward.testing import Browser, signed_in, test_settings
from doorward_suite.portal import create_app
from tests.support import postgres

from .fill import fill, words

#: Frequent, middling and rare; short and long; together; not there; and narrowed.
_ASKED = (
    "the",
    "door",
    "d",
    "a",
    "the door",
    "harbour ok",
    "needle",
    "zz",
    '"we today"',
    "from:mona the",
    "has:link",
    "in:Large door",
)


def measured(folder: Path, messages: int, rounds: int) -> dict[str, Any]:
    """On SQLite, and on PostgreSQL where there is one."""
    found = {"sqlite": _on(folder / "sqlite", "", messages, rounds)}
    if postgres.why_missing() is None:
        with postgres.database() as url:
            found["postgresql"] = _on(folder / "postgresql", url, messages, rounds)
    return found


def _on(folder: Path, url: str, messages: int, rounds: int) -> dict[str, Any]:
    app = create_app(["chat"])
    door: Doorward = app.extensions["doorward"]
    place = {"database_url": url} if url else {}
    door.start(test_settings(folder, requests_per_address="9000000/minute", **place))
    try:
        browsers = [signed_in(app, f"{name}{one}" if one else name) for one in range(8) for name in ("mona",)]
        mona = browsers[0]
        room = str(mona.post("/chat/", {"kind": "private", "name": "Large"}).location)
        for one in range(1, 8):
            mona.post(f"{room}/people", {"person": f"mona{one}"})
        began = time.perf_counter()
        authors = [_number(one) for one in browsers]
        fill(door.store, int(room.rpartition("/")[2]), authors, messages, door.clock())
        filled = time.perf_counter() - began
        gc.collect()
        gc.freeze()  # what the filling left behind is no part of a server, and would be looked through again and again
        vocabulary = words()
        asked = [*_ASKED, *(vocabulary[place] for place in range(3, len(vocabulary), len(vocabulary) // 24))]
        asked += [f"{one} {two}" for one, two in zip(asked[12:24], asked[14:26], strict=True)]
        searches = [f"/chat/search?q={one}" for one in asked]
        middle = messages // 2
        pages = [room, f"{room}?before={middle}", f"{room}?at={middle}", f"{room}/messages?before={middle}"]
        return {
            "messages": messages,
            "filled_in_seconds": round(filled, 1),
            "search": _times(door, browsers, searches, rounds),
            "opening": _times(door, browsers, pages[:1], rounds * 5),
            "other_pages": _times(door, browsers, pages[1:], rounds),
        }
    finally:
        door.close()


def _number(browser: Browser) -> str:
    import re

    found = re.search(r'data-topic="chat\.me:(\w+)"', browser.get("/chat/").get_data(as_text=True))
    assert found
    return found[1]


class _Work:
    """Processor time of the server: of this process, and of those that PostgreSQL gave it.

    Attributes:
        kind: what is counted. Where PostgreSQL runs on another machine, nothing but the time that passes.
    """

    def __init__(self, door: Doorward) -> None:
        self._database: list[Path] = []
        self.kind = "processor time of the server"
        if not door.store.is_sqlite:
            with door.store.engine.connect() as connection:
                found = connection.scalars(
                    text(
                        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = :kind"
                    ),
                    {"kind": "client backend"},
                )
                self._database = [Path(f"/proc/{one}/schedstat") for one in found]
            if all(one.exists() for one in self._database):
                self.kind = "processor time of the server and of its PostgreSQL"
            else:
                self.kind = "time that passed"

    def milliseconds(self) -> float:
        if self.kind == "time that passed":
            return 1000 * time.perf_counter()
        beside = sum(int(one.read_text().split()[0]) for one in self._database)
        return 1000 * time.process_time() + beside / 1e6


def _times(door: Doorward, browsers: list[Browser], paths: list[str], rounds: int) -> dict[str, Any]:
    """What whole requests cost, through the door and with the page rendered, in milliseconds."""
    took: dict[str, list[float]] = {}
    passed: list[float] = []
    for path in paths:  # once before, so that connections are open and caches warm
        browsers[0].get(path)
    work = _Work(door)
    for number in range(rounds):
        for place, path in enumerate(paths):
            browser = browsers[(number + place) % len(browsers)]
            began, at = work.milliseconds(), time.perf_counter()
            answer = browser.get(path)
            answer.get_data()
            passed.append(1000 * (time.perf_counter() - at))
            took.setdefault(path, []).append(work.milliseconds() - began)
            assert answer.status_code == 200, (path, answer.status_code)
    every = sorted(one for row in took.values() for one in row)
    slowest = max(took, key=lambda path: statistics.median(took[path]))
    return {
        "requests": len(every),
        "counted": work.kind,
        "p50_ms": round(statistics.median(every), 1),
        "p99_ms": round(every[min(len(every) - 1, int(len(every) * 0.99))], 1),
        "p99_ms_that_passed": round(sorted(passed)[min(len(passed) - 1, int(len(passed) * 0.99))], 1),
        "slowest": f"{slowest.partition('?')[2] or slowest}: {statistics.median(took[slowest]):.1f} ms",
    }
