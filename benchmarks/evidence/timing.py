"""How long something takes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def timed(work: Callable[[], object], rounds: int) -> dict[str, float]:
    """Milliseconds: the median, and the slowest but for a twentieth. What is slow once, the first, is left out."""
    work()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    late = sorted(times)[min(len(times) - 1, int(len(times) * 0.95))]
    return {"median_ms": round(statistics.median(times), 1), "p95_ms": round(late, 1)}
