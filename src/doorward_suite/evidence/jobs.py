"""What evidence does in the background, by kind."""

from __future__ import annotations

from doorward import JobKind

from .actions import checking, overdue, packages

JOBS = {
    "evidence.overdue": JobKind(overdue.remind, every=overdue.EVERY),
    packages.KIND: JobKind(packages.make),
    "evidence.check": JobKind(checking.check_all, every=checking.EVERY),
}
