"""Evidence comes in as fast as disk and hash allow, in little memory, and much of it makes no page slow: README.md."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from . import ingest, large, pages, reports

RESULT = Path(__file__).parents[1] / "results" / "evidence.json"
MOST_DASHBOARD_MS, MOST_REPORT_MS = 50, 2000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evidence", description=__doc__)
    parser.add_argument("--mib", type=int, default=96, help="how large each file is")
    parser.add_argument("--rounds", type=int, default=7, help="how many files go in, and how many are written plainly")
    parser.add_argument("--files", type=int, default=20_000, help="how many files the assessment has")
    parser.add_argument("--pages", type=int, default=40, help="how often each page is asked for")
    parser.add_argument("--large-mib", type=int, default=2048, help="how large the one large file is")
    parser.add_argument("--folder", type=Path, help="on the disk that is meant; by default where temporary files are")
    options = parser.parse_args()
    facts: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="doorward-evidence-", dir=options.folder) as folder:
        facts["ingest"] = ingest.measured(Path(folder), options.mib, options.rounds)
        facts["one large file"] = large.measured(Path(folder) / "large", options.large_mib)
        facts.update(pages.measured(Path(folder) / "pages", options.files, options.pages))
        facts["report written down"] = [
            reports.measured(Path(folder) / f"report-{files}", files) for files in (options.files // 20, options.files)
        ]
    slowest = max(one["cpu_ms"] for one in facts["routes of the report"].values())
    facts["met"] = {
        "ingest": facts["ingest"].pop("met"),
        "memory": facts["one large file"].pop("met"),
        "dashboard": facts["pages"]["dashboard"]["p95_ms"] < MOST_DASHBOARD_MS,
        "report": slowest < MOST_REPORT_MS,
    }
    print(json.dumps(facts, indent=1))
    RESULT.write_text(json.dumps(facts, indent=1) + "\n")
    return 0 if all(facts["met"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
