"""What chat does in the background, by kind."""

from __future__ import annotations

from doorward import JobKind

from .actions import exporting, keeping, previews, server_keeping, trimming

JOBS = {
    exporting.KIND: JobKind(exporting.make, fresh=True),
    previews.KIND: JobKind(previews.look),
    keeping.KIND: JobKind(trimming.trim, every=keeping.EVERY),
    server_keeping.TELLING: JobKind(server_keeping.tell),
}
