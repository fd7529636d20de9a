"""Chat beside MiniMost, with 500 who listen, and with a million messages. See README.md."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import hearing, large, senders

RESULT = Path(__file__).parents[1] / "results" / "chat.json"
PARTS = ("senders", "seen", "large", "idle", "soak")
LEAST_RATIO, MOST_SEEN_MS, MOST_SERVER_MS, MOST_GROWTH = 5, 50, 50, 1.1


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chat", description=__doc__)
    parser.add_argument("--only", help=f"parts with commas between, of {', '.join(PARTS)}; without it all but soak")
    parser.add_argument("--minimost", type=Path, help="a folder with MiniMost's public repository")
    parser.add_argument("--seconds", type=float, default=8, help="how long each round of senders, and of seen x 6, is")
    parser.add_argument("--rounds", type=int, default=5, help="of senders, and of each search")
    parser.add_argument("--listeners", type=int, default=500)
    parser.add_argument("--messages", type=int, default=1_000_000, help="how many the large room has")
    parser.add_argument("--minutes", type=float, default=30, help="how long the soak is")
    parser.add_argument("--rate", type=float, default=20, help="messages a second of the soak; half of it in seen")
    parser.add_argument("--folder", type=Path, help="on the disk that is meant; by default where temporary files are")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    wanted = options.only.split(",") if options.only else [one for one in PARTS if one != "soak"]
    if unknown := set(wanted) - set(PARTS):
        parser.error(f"there is no part {sorted(unknown)[0]}")
    facts: dict[str, Any] = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix="doorward-chat-", dir=options.folder) as folder:
            facts[name] = _parts(options)[name](Path(folder))
        print(json.dumps({name: facts[name]}, indent=1), flush=True)
        facts["met"] = judge(facts)
        RESULT.write_text(json.dumps(facts, indent=1) + "\n")
    for target, met in judge(facts).items():
        print(f"{'met   ' if met else 'MISSED'}  {target}")
    return 0 if all(judge(facts).values()) else 1


def _parts(options: argparse.Namespace) -> dict[str, Callable[[Path], dict[str, Any]]]:
    seconds, listeners = options.seconds, options.listeners
    return {
        "senders": lambda at: senders.measured(at, seconds, options.rounds, options.minimost),
        "seen": lambda at: hearing.seen(at, listeners, 6 * seconds, options.rate / 2),
        "large": lambda at: large.measured(at, options.messages, options.rounds),
        "idle": lambda at: hearing.idle(at, listeners, 3 * seconds),
        "soak": lambda at: hearing.soak(at, listeners, options.minutes, options.rate),
    }


def judge(facts: dict[str, Any]) -> dict[str, bool]:
    """Which targets are met, of the parts that were measured."""
    met: dict[str, bool] = {}
    if "ratio_through_the_outbox" in facts.get("senders", {}):
        enough = facts["senders"]["ratio_through_the_outbox"] >= LEAST_RATIO
        met[f"six senders, as pages send: at least {LEAST_RATIO} times MiniMost"] = enough
    if seen := facts.get("seen"):
        met[f"p99 from send to seen under {MOST_SEEN_MS} ms"] = seen["p99_ms"] < MOST_SEEN_MS and not seen["missing"]
    for database, one in facts.get("large", {}).items():
        met[f"search, {database}: p99 under {MOST_SERVER_MS} ms"] = one["search"]["p99_ms"] < MOST_SERVER_MS
        met[f"opening the room, {database}: under {MOST_SERVER_MS} ms"] = one["opening"]["p99_ms"] < MOST_SERVER_MS
    if idle := facts.get("idle"):
        met["no statement of chat for idle listeners"] = idle["statements_of_chat_with_listeners"] == 0
    if soak := facts.get("soak"):
        met["soak: each message once and in order, on every listener"] = (
            not soak["listeners_that_missed_or_repeated_or_mixed"] and soak["reconnects"] > 0
        )
        met["soak: memory flat"] = soak["memory_late_mib"] <= MOST_GROWTH * soak["memory_early_mib"]
    return met


if __name__ == "__main__":
    sys.exit(main())
