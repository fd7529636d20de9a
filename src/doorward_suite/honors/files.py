"""By which ways files come in to honors, and who may send by them."""

from __future__ import annotations

from typing import Any

from doorward import Caller, Intake, NotFound

from .access import may_edit


def _may_import(_db: Any, caller: Caller, about: str) -> None:
    """Results are sent by whoever may edit the honors."""
    if about:
        raise NotFound
    may_edit(caller)


#: Results, and configurations of the honor roll: read, and not kept.
RESULTS = Intake(
    "honors.results",
    may_send=_may_import,
    types=(".csv", ".xlsx", ".json"),
    max_bytes="50MiB",
    per_account="500MiB",
)
INTAKES = (RESULTS,)
