"""By which ways files come into polls, and who may send by them."""

from __future__ import annotations

from typing import Any

from doorward import Caller, Forbidden, Intake, NotFound


def _may_load(_db: Any, caller: Caller, about: str) -> None:
    """A poll comes in for whoever can have polls."""
    if about:
        raise NotFound
    if not caller.is_signed_in:
        raise Forbidden("Only somebody with an account can have polls.")


#: A poll from another installation: read at once, and not kept.
MOVES = Intake("polls.move", may_send=_may_load, types=(".json",), max_bytes="20MiB", per_account="200MiB")
INTAKES = (MOVES,)
