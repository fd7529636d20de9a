"""What chat does in the background, by kind."""

from __future__ import annotations

from doorward import JobKind

from .actions import exporting, keeping, trimming

JOBS = {
    exporting.KIND: JobKind(exporting.make, fresh=True),
    keeping.KIND: JobKind(trimming.trim, every=keeping.EVERY),
}
