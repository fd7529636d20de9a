"""kill -9 during 1,000 votes, 20 times: is every acknowledged vote and journal entry there? See README.md."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from tests.support.kill import Trial

RESULT = Path(__file__).parents[1] / "results" / "kill.json"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kill", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="how often the server is killed")
    parser.add_argument("--votes", type=int, default=1000, help="how many votes are on their way each time")
    parser.add_argument("--clients", type=int, default=16, help="how many vote at the same time")
    parser.add_argument("--seed", type=int, default=1, help="for the moments of the kills")
    options = parser.parse_args()
    broken = 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="doorward-kill-") as folder:
        trial = Trial(Path(folder) / "data", options.clients, options.seed)
        for number in range(1, options.rounds + 1):
            saved = trial.round(options.votes)
            words = trial.broken_words()
            broken += len(words)
            print(f"{number:3}  killed after {saved:4} acknowledged votes; {len(words)} promises broken", flush=True)
            for word in words[:5]:
                print(f"     {word}")
    facts = {
        "rounds": options.rounds,
        "votes a round": options.votes,
        "acknowledged votes": trial.votes,
        "acknowledged journal entries": trial.switches,
        "promises broken": broken,
        "seconds": round(time.monotonic() - began),
    }
    print("\n".join(f"{name}: {value}" for name, value in facts.items()))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(facts, indent=1) + "\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
