"""How long something takes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def timed(work: Callable[[], object], rounds: int) -> dict[str, float]:
    """Milliseconds: the median, the slowest but for a twentieth, and the processor's time in the middle.

    What is slow once, the first, is left out.
    """
    work()
    times, busy = [], []
    for _ in range(rounds):
        began, used = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - began) * 1000)
        busy.append((time.process_time() - used) * 1000)
    late = sorted(times)[min(len(times) - 1, int(len(times) * 0.95))]
    middle = {"median_ms": statistics.median(times), "p95_ms": late, "cpu_ms": statistics.median(busy)}
    return {name: round(value, 1) for name, value in middle.items()}
