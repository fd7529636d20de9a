"""`journal("area.verb")`: write an entry from a view. Inside an action, `tx.journal` seals it with the change."""

from __future__ import annotations

from doorward.core.journal import OK
from doorward.store.store import transaction
from doorward.web.here import here


def journal(event: str, *, on: str = "", outcome: str = OK, **details: object) -> None:
    """Write an entry in a transaction of its own. It is on disk when this returns.

    Arguments:
        event: `area.verb`, such as `report.downloaded`.
        on: what it was done to, such as `report:17`.
        outcome: "ok", "refused" or "failed".
        details: small facts. Never a password, token, session identifier or message body (law 9).
    """
    with transaction(here().caller) as tx:
        tx.journal(event, on=on, outcome=outcome, **details)
