"""Sign-ins a second beside argon2id alone, and what a storm of them does to an ordinary page. See README.md."""

from __future__ import annotations

import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

from doorward.core.passwords import Hasher
from tests.support.server import Server

RESULTS = Path(__file__).resolve().parents[1] / "results" / "signin.json"
PASSWORD = "a quiet harbour in late november"
CLIENTS = 16
SECONDS = 8.0
ROUNDS = 4
PAGES_PER_SECOND = 20
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def main() -> int:
    rates: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        server = start(Path(folder) / "data")
        try:
            idle = pages(server, SECONDS)
            beside: list[float] = []
            during: list[float] = []
            work = signers(server)
            for _ in range(ROUNDS):
                alone = reading_pages(server, beside, lambda: argon2_alone(SECONDS))
                storm = reading_pages(server, during, lambda: repeated(CLIENTS, SECONDS, *work))
                rates.append((alone, storm))
        finally:
            server.stop()
    result = {
        "argon2_alone_per_second": round(statistics.median(alone for alone, _ in rates), 2),
        "sign_ins_per_second": round(statistics.median(storm for _, storm in rates), 2),
        "ratio": round(statistics.median(storm / alone for alone, storm in rates), 3),
        "ratio_of_each_round": [round(storm / alone, 3) for alone, storm in rates],
        "page_p99_idle_ms": round(p99(idle) * 1000, 2),
        "page_p99_storm_ms": round(p99(during) * 1000, 2),
        "page_p50_idle_ms": round(statistics.median(idle) * 1000, 2),
        "page_p50_storm_ms": round(statistics.median(during) * 1000, 2),
        "page_ratio": round(p99(during) / p99(idle), 2),
    }
    result["met"] = result["ratio"] >= 0.9 and result["page_ratio"] < 3  # type: ignore[operator]
    RESULTS.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))
    return 0 if result["met"] else 1


def start(data: Path) -> Server:
    server = Server(data, env={"DOORWARD_ENV": "development", "DOORWARD_LOG_LEVEL": "warning"}).wait_ready()
    command = [sys.executable, "-m", "doorward.cli.main", "account", "create", "storm.one", "--password-stdin"]
    subprocess.run([*command, "--data", str(data)], input=PASSWORD + "\n", text=True, check=True, capture_output=True)
    return server


def argon2_alone(seconds: float) -> float:
    """Verifications a second, in as many threads as there are cores."""
    hasher = Hasher("rfc9106")
    stored = hasher.hash(PASSWORD)
    return repeated(os.cpu_count() or 1, seconds, lambda: hasher.verify(stored, PASSWORD).ok)


def reading_pages(server: Server, times: list[float], measure: Callable[[], float]) -> float:
    """What `measure` gives while somebody reads pages, whose times are added to `times`."""
    reader = threading.Thread(target=lambda: times.extend(pages(server, SECONDS)))
    reader.start()
    rate = measure()
    reader.join()
    return rate


def signers(server: Server) -> list[Callable[[], bool]]:
    return [signer(server) for _ in range(CLIENTS)]


def signer(server: Server) -> Callable[[], bool]:
    """A browser that has the sign-in page open and sends it over and over."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", "/login")
    answer = connection.getresponse()
    cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    found = TOKEN.search(answer.read().decode())
    assert found
    body = urlencode({"csrf_token": found[1], "username": "storm.one", "password": PASSWORD})
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}

    def sign_in() -> bool:
        connection.request("POST", "/login", body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status == 303

    return sign_in


def repeated(workers: int, seconds: float, *work: Callable[[], bool]) -> float:
    """How often a second the work succeeds, done by so many at once; what begins in time counts with its share."""
    counts = [0] * workers
    begin = time.perf_counter()
    ends = [begin] * workers

    def go_on(number: int) -> None:
        do = work[number % len(work)]
        while time.perf_counter() - begin < seconds:
            if not do():
                raise RuntimeError("an attempt did not succeed")
            counts[number] += 1
            ends[number] = time.perf_counter()

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(go_on, range(workers)))
    return sum(counts) / (max(ends) - begin)


def pages(server: Server, seconds: float) -> list[float]:
    """The times of an ordinary page, asked for at a steady pace."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    times: list[float] = []
    begin = time.perf_counter()
    for number in range(int(seconds * PAGES_PER_SECOND)):
        pause = begin + number / PAGES_PER_SECOND - time.perf_counter()
        if pause > 0:
            time.sleep(pause)
        asked = time.perf_counter()
        connection.request("GET", "/login")
        connection.getresponse().read()
        times.append(time.perf_counter() - asked)
    return times[5:]  # the first ones open the connection and fill caches


def p99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98]


if __name__ == "__main__":
    sys.exit(main())
