"""Polls beside ClassPulse, with a hundred thousand votes, and with a hall of ten thousand. See README.md."""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import beside, cost, hall

RESULT = Path(__file__).parents[1] / "results" / "polls.json"
PARTS = ("beside", "cost", "hall")
LEAST_RATIO, MOST_GROWTH, MOST_SECONDS, MOST_MEGABYTES = 10, 1.2, 1.0, 400


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.polls", description=__doc__)
    parser.add_argument("--only", help=f"parts with commas between, of {', '.join(PARTS)}; without it all")
    parser.add_argument("--classpulse", type=Path, help="a folder with ClassPulse, installed in its .venv or venv")
    parser.add_argument("--seconds", type=float, default=6, help="how long each round beside ClassPulse is")
    parser.add_argument("--rounds", type=int, default=3, help="how many of them at each size")
    parser.add_argument("--students", type=int, default=8, help="how many come at once in them")
    parser.add_argument("--rows", type=int, default=5_500, help="how many answers the larger table has")
    parser.add_argument("--votes", type=int, default=100_000, help="the late vote whose cost is taken")
    parser.add_argument("--kinds", default=",".join(cost.DRAFTS), help="of question, whose cost is taken")
    parser.add_argument("--phones", type=int, default=10_000, help="how many are in the hall")
    parser.add_argument("--voters", type=int, default=2_000, help="how many of them vote within ten seconds")
    parser.add_argument("--folder", type=Path, help="on the disk that is meant; by default where temporary files are")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    wanted = options.only.split(",") if options.only else list(PARTS)
    if unknown := set(wanted) - set(PARTS):
        parser.error(f"there is no part {sorted(unknown)[0]}")
    facts: dict[str, Any] = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    facts["cores"] = os.cpu_count()
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix="doorward-polls-", dir=options.folder) as folder:
            found = _parts(options)[name](Path(folder).resolve())
        print(json.dumps({name: found}, indent=1), flush=True)
        facts[name] = {**facts.get(name, {}), **found} if name == "cost" else found
        facts["met"] = judge(facts)
        RESULT.write_text(json.dumps(facts, indent=1) + "\n")
    for target, met in judge(facts).items():
        print(f"{'met   ' if met else 'MISSED'}  {target}")
    return 0 if all(judge(facts).values()) else 1


def _parts(options: argparse.Namespace) -> dict[str, Callable[[Path], dict[str, Any]]]:
    rounds = beside.Rounds(options.students, options.seconds, options.rounds)
    return {
        "beside": lambda at: beside.measured(at, rounds, options.rows, options.classpulse),
        "cost": lambda at: cost.measured(at, options.votes, options.kinds.split(",")),
        "hall": lambda at: hall.measured(at, options.phones, options.voters),
    }


def judge(facts: dict[str, Any]) -> dict[str, bool]:
    """Which targets of the issue are met, of the parts that were measured."""
    met: dict[str, bool] = {}
    for size, one in facts.get("beside", {}).items():
        if isinstance(one, dict) and "ratio" in one:
            met[f"page and vote, {size}: at least {LEAST_RATIO} times ClassPulse"] = (
                one["ratio"] >= LEAST_RATIO and not one["polls_students_not_served"]
            )
    for kind, one in facts.get("cost", {}).items():
        late = f"{one['late']:,}"
        met[f"vote {late} of a {kind} costs at most 20 % more than vote 100"] = one["ratio"] <= MOST_GROWTH
    if seen := facts.get("hall"):
        met |= _judge_hall(seen)
    return met


def _judge_hall(seen: dict[str, Any]) -> dict[str, bool]:
    limit = 1000 * MOST_SECONDS
    whole = not (seen["votes_lost"] or seen["votes_not_as_cast"] or seen["tallies_wrong"])
    every = seen["streams_at_the_end"] == seen["phones"] and not seen["phones_without_the_question"]
    return {
        "hall: no vote lost or double": whole and seen["votes_saved"] == seen["voters"],
        "hall: no error": not seen["errors"],
        "hall: every phone connected to the end, and has the question once": every,
        f"hall: p99 of a vote under {MOST_SECONDS:g} s": seen["vote_p99_ms"] < limit,
        f"hall: p99 of the presenter's update under {MOST_SECONDS:g} s": seen["presenter_p99_ms"] < limit,
        f"hall: the process under {MOST_MEGABYTES} MB": seen["memory_most_mb"] < MOST_MEGABYTES,
    }


if __name__ == "__main__":
    sys.exit(main())
