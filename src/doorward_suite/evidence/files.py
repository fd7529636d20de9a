"""By which ways files come in, and who may send by them."""

from __future__ import annotations

from typing import Any

from doorward import Caller, Intake, NotFound, whole_number

from .access import COLLECT, PLAN, seat_in


def _may_load(_db: Any, caller: Caller, about: str) -> None:
    """Catalogues are loaded by administrators of the server."""
    if not caller.is_admin or about:
        raise NotFound


#: A table of a catalogue, or NIST's workbooks: read at once, and not kept.
CATALOGUES = Intake(
    "evidence.catalogue", may_send=_may_load, types=(".xlsx", ".csv"), max_bytes="10MiB", per_account="100MiB"
)


def about(number: int) -> str:
    """What a file that is sent to an assessment is about."""
    return f"assessment:{number}"


def _may_collect(db: Any, caller: Caller, sent_about: str) -> None:
    """Evidence is sent to an assessment by who may collect there."""
    number = whole_number(sent_about.removeprefix("assessment:"))
    if number is None or sent_about != about(number):
        raise NotFound
    seat_in(db, caller, number, COLLECT)


#: What is collected. The bytes are kept as they came: they are the proof. What pages show of a picture is another one,
#: re-encoded, so that no browser has to read what somebody sent.
EVIDENCE = Intake(
    "evidence.file",
    may_send=_may_collect,
    pictures=True,
    keep_original=True,
    max_bytes="100MiB",
    per_account="50GiB",
    in_all="500GiB",
    scopes=("evidence:write",),
)


def _may_plan(db: Any, caller: Caller, sent_about: str) -> None:
    """Tables of the SSP mapping are sent to an assessment by who may write it there."""
    number = whole_number(sent_about.removeprefix("assessment:"))
    if number is None or sent_about != about(number):
        raise NotFound
    seat_in(db, caller, number, PLAN)


#: A table of the SSP mapping: read at once, and not kept.
MAPPINGS = Intake("evidence.ssp", may_send=_may_plan, types=(".csv", ".xlsx"), max_bytes="5MiB", per_account="100MiB")
INTAKES = (CATALOGUES, EVIDENCE, MAPPINGS)
