"""In the place of `doorward`: a proof that takes no time, or all of it. `python -m tests.serve.slow_proof …`."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

FINDING = {
    "id": "csrf.token",
    "severity": "high",
    "what": "It was <b>done</b>.",
    "where": "POST /a",
    "why": "W",
    "mend": "M",
}


def main() -> None:
    options = sys.argv[1:]
    data = Path(options[options.index("--data") + 1])
    signal.signal(signal.SIGTERM, lambda *_: ((data / "stopped").touch(), sys.exit(130)))
    (data / "niceness").write_text(str(os.nice(0)))
    if (data / "fail").exists():
        sys.stderr.write("The app did not start.\n")
        sys.exit(2)
    if (data / "slow").exists():
        sys.stderr.write(" 40 %: 4 of 10\n")
        sys.stderr.flush()
        time.sleep(60)
    time.sleep(0.3)
    (data / "niceness").write_text(str(os.nice(0)))
    result = {
        "held": 7,
        "attacks": [{"id": "csrf.token", "held": 3, "findings": [FINDING]}, {"id": "x.y", "held": 4, "findings": []}],
        "covered": ["GET /", "POST /a"],
        "uncovered": {},
    }
    Path(options[options.index("--json") + 1]).write_text(json.dumps(result))
    Path(options[options.index("--report") + 1]).write_text("<!doctype html><title>What held</title>")
    sys.exit(1)


if __name__ == "__main__":
    main()
