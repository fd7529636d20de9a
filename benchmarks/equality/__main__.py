"""How long a refusal takes for names of each sort. See README.md."""

from __future__ import annotations

import http.client
import json
import math
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

from tests.support.server import Server

RESULTS = Path(__file__).resolve().parents[1] / "results" / "equality.json"
PASSWORD = "a quiet harbour in late november"
ROUNDS = int(os.environ.get("EQUALITY_ROUNDS", "100"))
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
#: Nobody is locked out by the measuring itself, but for those that shall be.
GENEROUS = {
    "DOORWARD_ENV": "development",
    "DOORWARD_LOG_LEVEL": "warning",
    "DOORWARD_REGISTRATION_OPEN": "approval",
    "DOORWARD_SIGN_IN_PER_ADDRESS": "100000/minute",
    "DOORWARD_SIGN_IN_FAILURES": f"{4 * ROUNDS}/15minutes",
    "DOORWARD_REQUESTS_PER_ADDRESS": "100000/minute",
}
NAMES = {"known": "known.one", "unknown": "nobody.here", "blocked": "blocked.one", "waiting": "waiting.one"}


class Stranger:
    """A browser with the sign-in page open, that sends wrong passwords."""

    def __init__(self, server: Server) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        page, self.cookie = self._get("/login")
        found = TOKEN.search(page)
        assert found
        self.token = found[1]

    def refused(self, name: str, wanted: int = 401) -> float:
        """How long it takes to be refused under this name, in milliseconds."""
        asked = time.perf_counter()
        status = self.post("/login", username=name, password="not the password of anybody")
        took = time.perf_counter() - asked
        assert status == wanted, f"{name}: {status}"
        return took * 1000

    def post(self, path: str, **fields: str) -> int:
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request("POST", path, urlencode({"csrf_token": self.token, **fields}), headers)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status

    def _get(self, path: str) -> tuple[str, str]:
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        return answer.read().decode(), (answer.getheader("Set-Cookie") or "").partition(";")[0]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "data", env=GENEROUS).wait_ready()
        try:
            people(server)
            open_times = interleaved(server, NAMES, 401)
        finally:
            server.stop()
        strict = {**GENEROUS, "DOORWARD_SIGN_IN_FAILURES": "1/15minutes"}
        server = Server(Path(folder) / "data", env=strict).wait_ready()
        try:
            locked = {"locked known": NAMES["known"], "locked unknown": NAMES["unknown"]}
            locked_times = interleaved(server, locked, 429)
        finally:
            server.stop()
    result = {
        "rounds": ROUNDS,
        "wrong_password": compared(open_times, "unknown"),
        "locked_out": compared(locked_times, "locked unknown"),
    }
    result["met"] = all(one["alike"] for part in ("wrong_password", "locked_out") for one in result[part].values())  # type: ignore[attr-defined]
    RESULTS.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))
    return 0 if result["met"] else 1


def people(server: Server) -> None:
    """Accounts of each sort."""
    for name in (NAMES["known"], NAMES["blocked"]):
        host(server, "account", "create", name, "--password-stdin")
    host(server, "account", "block", NAMES["blocked"])
    fields = {"username": NAMES["waiting"], "password": PASSWORD, "password_again": PASSWORD}
    assert Stranger(server).post("/register", **fields) < 400


def host(server: Server, *command: str) -> None:
    called = [sys.executable, "-m", "doorward.cli.main", *command, "--data", str(server.data)]
    subprocess.run(called, input=PASSWORD + "\n", text=True, check=True, capture_output=True)


def interleaved(server: Server, names: dict[str, str], wanted: int) -> dict[str, list[float]]:
    """The times of each sort; every round tries each once, in an order of its own."""
    stranger, times = Stranger(server), {sort: [] for sort in names}  # type: tuple[Stranger, dict[str, list[float]]]
    if wanted == 429:
        for name in names.values():
            stranger.post("/login", username=name, password="wrong")
    for number in range(ROUNDS + 3):
        for sort in random.sample(list(names), len(names)):
            took = stranger.refused(names[sort], wanted)
            if number >= 3:  # the first ones fill caches
                times[sort].append(took)
    return times


def compared(times: dict[str, list[float]], against: str) -> dict[str, dict[str, float | bool]]:
    """Each sort beside `against`."""
    base, found = times[against], {}
    for sort, mine in times.items():
        slower, p = rank_test(mine, base)
        median, spread = statistics.median(mine), statistics.quantiles(mine, n=4)
        apart = abs(median - statistics.median(base))
        found[sort] = {
            "median_ms": round(median, 2),
            "quartiles_apart_ms": round(spread[2] - spread[0], 2),
            "slower_than_unknown": round(slower, 3),
            "p_value": round(p, 3),
            "alike": p >= 0.01 or 0.4 <= slower <= 0.6 or apart < 1.0,
        }
    return found


def rank_test(first: list[float], second: list[float]) -> tuple[float, float]:
    """Mann and Whitney: the probability that one of `first` is above one of `second`, and the two-sided p-value."""
    wins = sum((one > other) + 0.5 * (one == other) for one in first for other in second)
    pairs = len(first) * len(second)
    deviation = math.sqrt(pairs * (len(first) + len(second) + 1) / 12)
    distance = abs(wins - pairs / 2) / deviation
    return wins / pairs, math.erfc(distance / math.sqrt(2))


if __name__ == "__main__":
    sys.exit(main())
