"""What people are told by mail: that work came to them, that somebody named them. Never what was said."""

from __future__ import annotations

from collections.abc import Sequence

from doorward import Transaction, write_to

from ..models import Assessment, Progress
from ..paths import person_path, requirement_path


def tell_assigned(tx: Transaction, assessment: Assessment, account_id: str, count: int, until: str) -> None:
    """Somebody has got work, unless they took it themselves.

    Arguments:
        count: of objectives.
        until: the day, as text; empty for none.
    """
    if not account_id or account_id == tx.actor.id:
        return
    what = "An objective was" if count == 1 else f"{count} objectives were"
    text = f"{what} assigned to you in “{assessment.name}”" + (f", until {until}." if until else ".")
    write_to(tx, account_id, f"Work in {assessment.name}", text, path=person_path(assessment.id, account_id))


def tell_named(tx: Transaction, assessment: Assessment, progress: Progress, account_ids: Sequence[str]) -> None:
    """People were named in a comment on an objective."""
    path = requirement_path(assessment.id, progress.requirement)
    for account_id in account_ids:
        if account_id != tx.actor.id:
            text = f"{tx.actor.name} named you in a comment on {progress.objective} in “{assessment.name}”."
            write_to(tx, account_id, f"A comment in {assessment.name}", text, path=path)
