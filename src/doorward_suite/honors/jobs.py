"""What honors does in the background, by kind."""

from __future__ import annotations

from doorward import JobKind

from .actions import import_undoing, importing

JOBS = {importing.KIND: JobKind(importing.work), import_undoing.KIND: JobKind(import_undoing.work)}
