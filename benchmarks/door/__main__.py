"""What the whole door adds to a request, beside bare Flask and beside the usual stack, in one run. See README.md."""

from __future__ import annotations

import argparse
import gc
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.door.contenders import Contender, Environ, bare, doorward, usual

RESULT = Path(__file__).parents[1] / "results" / "door.json"
TARGET = 0.5
METHODS = {"signed-in GET": Contender.get, "signed-in POST": Contender.post}


def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="doorward-bench-") as folder:
        place = Path(folder)
        contenders = [bare(), doorward(place), usual(place, tuned=True), usual(place, tuned=False)]
        for contender in contenders:
            _must_be_right(contender)
        times = _measure(contenders, options.rounds, options.requests)
    rows = {kind: _row([contender.name for contender in contenders], found) for kind, found in times.items()}
    met = all(row["ratio to tuned"] <= TARGET for row in rows.values())
    _show(rows, met)
    RESULT.parent.mkdir(exist_ok=True)
    facts = {"python": platform.python_version(), "rounds": options.rounds, "requests": options.requests}
    RESULT.write_text(json.dumps({**facts, "target": TARGET, "met": met, "microseconds": rows}, indent=1) + "\n")
    return 0 if met else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.door", description=__doc__)
    parser.add_argument("--rounds", type=int, default=60, help="how many times each takes its turn")
    parser.add_argument("--requests", type=int, default=25, help="how many requests a turn")
    return parser.parse_args()


def _must_be_right(contender: Contender) -> None:
    """Compare only what works: the page is there, and but for bare Flask a forged form is refused."""
    assert _ask(contender, contender.get())[0] == "200", contender.name
    status, page = _ask(contender, contender.post())
    assert status == "200", (contender.name, status)
    assert b"<li>hello</li>" in page, contender.name
    if contender.cookie:
        forged = Contender(contender.name, contender.app, contender.cookie, "forged")
        assert _ask(forged, forged.post())[0] == "400", contender.name
        stranger = Contender(contender.name, contender.app)
        assert _ask(stranger, stranger.get())[0] in ("302", "303", "401"), contender.name


def _ask(contender: Contender, environ: Environ) -> tuple[str, bytes]:
    answered: list[str] = []
    body = b"".join(contender.app(environ, lambda status, headers, exc_info=None: answered.append(status)))  # type: ignore[arg-type]
    return answered[0][:3], body


def _measure(contenders: list[Contender], rounds: int, requests: int) -> dict[str, list[list[float]]]:
    """Microseconds for a request: for each kind, for each contender, one mean a round. They take turns."""
    times: dict[str, list[list[float]]] = {kind: [[] for _ in contenders] for kind in METHODS}
    gc.collect()
    gc.freeze()
    for turn in range(rounds + 3):
        for kind, make in METHODS.items():
            for place in range(len(contenders)):
                which = (place + turn) % len(contenders)
                taken = _turn(contenders[which], make, requests)
                if turn >= 3:  # the first turns warm caches and compile templates
                    times[kind][which].append(taken)
    return times


def _turn(contender: Contender, make: Callable[[Contender], Environ], requests: int) -> float:
    prepared = [make(contender) for _ in range(requests)]
    app: Any = contender.app
    began = time.perf_counter()
    for environ in prepared:
        answer = app(environ, _start_response)
        for _ in answer:
            pass
        answer.close() if hasattr(answer, "close") else None
    return (time.perf_counter() - began) / requests * 1e6


def _start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
    if not status.startswith("200"):
        raise SystemExit(f"a request was answered with {status}")


def _row(names: list[str], found: list[list[float]]) -> dict[str, Any]:
    """The medians, and what each adds to bare Flask: the median of the differences within a round."""
    added = [median(mine - bare for mine, bare in zip(own, found[0], strict=True)) for own in found]
    whole = {name: round(median(own), 1) for name, own in zip(names, found, strict=True)}
    return {
        "whole": whole,
        "added": {name: round(value, 1) for name, value in zip(names, added, strict=True)},
        "ratio to tuned": round(added[1] / added[2], 3),
        "ratio to defaults": round(added[1] / added[3], 3),
    }


def _show(rows: dict[str, dict[str, Any]], met: bool) -> None:
    for kind, row in rows.items():
        print(f"{kind:28} {'whole':>10} {'added':>10}   (µs, medians)")
        for name, whole in row["whole"].items():
            print(f"  {name:26} {whole:10.1f} {row['added'][name]:10.1f}")
        tuned, defaults = row["ratio to tuned"], row["ratio to defaults"]
        print(f"  Doorward adds {tuned:.2f} of what the tuned stack adds, {defaults:.2f} of its defaults")
    print(f"Target, at most {TARGET} of what the usual stack adds (tuned): {'met' if met else 'MISSED'}")


if __name__ == "__main__":
    sys.exit(main())
