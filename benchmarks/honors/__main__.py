"""Honors beside the honor roll, with few and with many awards. See README.md."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks.chat.writing import Line, rate
from tests.support.server import Server

from .filling import fill
from .peer import honor_roll, installed

RESULT = Path(__file__).parents[1] / "results" / "honors.json"
LEAST_RATIO, MOST_BYTES, MOST_SEARCH_MS, MOST_GROWTH = 10, 100_000, 20, 1.5
SETTINGS = {"DOORWARD_ENV": "development", "DOORWARD_HASH_PROFILE": "cheap"}
SEARCHES = ("nguyen", "nguyen van e 1", "n", "tran thi anh", "Vũ Quốc Bảo 44", "nobody of this name", "le 9", "%")
#: The pages whose cost must not grow with the roll.
PAGES = ("/honors/en/", "/honors/en/?medal=1", "/honors/en/fame", "/honors/en/search?q=nguyen", "/honors/en/people/7")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.honors", description=__doc__)
    parser.add_argument("--honor-roll", type=Path, required=True, help="a folder with the honor roll's repository")
    parser.add_argument("--sizes", default="5000,50000", help="how many awards, the fewest first")
    parser.add_argument("--seconds", type=float, default=6, help="how long each round is")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="on the disk that is meant; by default where temporary files are")
    options = parser.parse_args()
    sizes = [int(one) for one in options.sizes.split(",")]
    facts: dict[str, Any] = {"sizes": sizes}
    with tempfile.TemporaryDirectory(prefix="doorward-honors-", dir=options.folder) as folder:
        peer = installed(options.honor_roll, Path(folder) / "peer")
        for size in sizes:
            facts[str(size)] = measured(Path(folder), peer, size, options.seconds, options.rounds)
            print(json.dumps({size: facts[str(size)]}, indent=1), flush=True)
    facts["met"] = judge(facts)
    RESULT.write_text(json.dumps(facts, indent=1) + "\n")
    for target, met in facts["met"].items():
        print(f"{'met   ' if met else 'MISSED'}  {target}")
    return 0 if all(facts["met"].values()) else 1


def measured(folder: Path, peer: Path, size: int, seconds: float, rounds: int) -> dict[str, Any]:
    """Both with so many awards, in turns."""
    data = folder / f"honors-{size}"
    fill(data, SETTINGS, size)
    ours = Server(data, env=SETTINGS, args=["--apps", "honors", "--behind-proxy", "127.0.0.1"]).wait_ready()
    try:
        with honor_roll(peer, size) as port:
            page = len(_ask(ours.port, "/honors/en/"))
            theirs = len(_ask(port, "/"))
            pairs = [(_rate(ours.port, "/honors/en/", seconds), _rate(port, "/", seconds)) for _ in range(rounds)]
        searches = [_timed(ours, f"/honors/en/search?q={quote(one)}") for _ in range(40) for one in SEARCHES]
        cost = {path: statistics.median(_timed(ours, path)[1] for _ in range(200)) for path in PAGES}
    finally:
        ours.stop()
    took = sorted(milliseconds for _, milliseconds in searches)
    return {
        "page_bytes": page,
        "honor_roll_page_bytes": theirs,
        "pages_per_second": round(statistics.median(one for one, _ in pairs), 1),
        "honor_roll_pages_per_second": round(statistics.median(one for _, one in pairs), 1),
        "search_p50_ms": round(took[len(took) // 2], 2),
        "search_p99_ms": round(took[len(took) * 99 // 100], 2),
        "page_ms": {path: round(milliseconds, 2) for path, milliseconds in cost.items()},
    }


def _request(path: str, number: int = 0) -> bytes:
    """Each from an address of its own, as a proxy tells it: limits are per address."""
    address = f"198.18.{number // 250 % 250}.{number % 250}"
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: {address}\r\nAccept-Language: en\r\n"
    return f"{head}X-Forwarded-Proto: http\r\n\r\n".encode()


def _ask(port: int, path: str) -> bytes:
    line = Line(port)
    status, body = line.ask(_request(path))
    line.close()
    assert status == 200, (status, path, body[:300])
    return body


def _rate(port: int, path: str, seconds: float) -> float:
    return rate(port, 4, seconds, lambda sender, number: _request(path, sender * 15_000 + number))


def _timed(server: Server, path: str) -> tuple[int, float]:
    """The status, and how many milliseconds the whole request took: never less than the server's time."""
    global _asked
    _asked += 1
    line = _lines.setdefault(server.port, Line(server.port))
    began = time.perf_counter()
    status, _ = line.ask(_request(path, _asked))
    return status, (time.perf_counter() - began) * 1000


_asked = 0
_lines: dict[int, Line] = {}


def judge(facts: dict[str, Any]) -> dict[str, bool]:
    """Which targets were met."""
    sizes = [str(one) for one in facts["sizes"]]
    few, many = facts[sizes[0]], facts[sizes[-1]]
    growth = {path: many["page_ms"][path] / few["page_ms"][path] for path in PAGES}
    facts["growth"] = {path: round(one, 2) for path, one in growth.items()}
    facts["cores"] = os.cpu_count()
    met = {}
    for size in sizes:
        ratio = facts[size]["pages_per_second"] / facts[size]["honor_roll_pages_per_second"]
        facts[size]["ratio"] = round(ratio, 1)
        met[f"{size} awards: {LEAST_RATIO} times the honor roll's first pages a second"] = ratio >= LEAST_RATIO
        met[f"{size} awards: first page under {MOST_BYTES // 1000} KB"] = facts[size]["page_bytes"] < MOST_BYTES
        met[f"{size} awards: search p99 under {MOST_SEARCH_MS} ms"] = facts[size]["search_p99_ms"] < MOST_SEARCH_MS
    met[f"no page costs more than {MOST_GROWTH} times as much with the most awards"] = (
        max(growth.values()) <= MOST_GROWTH
    )
    return met


if __name__ == "__main__":
    raise SystemExit(main())
