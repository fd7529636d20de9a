"""Not to be disturbed, in all rooms, for a while."""

from __future__ import annotations

from datetime import timedelta

from doorward import Caller, Invalid, transaction

from .. import live
from ..models import Quiet

#: How long, in minutes, as the page offers it.
CHOICES = {"30": "Half an hour", "60": "An hour", "240": "Four hours", "720": "Twelve hours", "10080": "A week"}


def be_quiet(actor: Caller, minutes: str) -> None:
    """Begin, or end with "0", a time in which nothing rings and nothing is shown over other things. It is counted on.

    Errors:
        Invalid: a length that the page does not offer.
    """
    if minutes not in CHOICES and minutes != "0":
        raise Invalid({"minutes": "Choose how long."})
    with transaction(actor) as tx:
        there = tx.db.get(Quiet, actor.id, populate_existing=True)
        until = tx.now + timedelta(minutes=int(minutes))
        if there is not None:
            there.until = until
        else:
            tx.db.add(Quiet(account_id=actor.id, until=until))
        live.tell_quiet(tx, actor.id, until)
