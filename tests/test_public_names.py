"""The public names are a promise: one more or one less is a decision, not an accident."""

from __future__ import annotations

import doorward

#: Every name an app may import from `doorward`, sorted. Whoever changes the list says so in CHANGELOG.md.
PUBLIC_NAMES: tuple[str, ...] = (
    "BadRequest",
    "BigNumber",
    "Caller",
    "Conflict",
    "Doorward",
    "DoorwardError",
    "Forbidden",
    "Invalid",
    "Limited",
    "Migrations",
    "Moment",
    "NotFound",
    "Record",
    "Refused",
    "StartRefused",
    "TooLarge",
    "Transaction",
    "Unavailable",
    "access",
    "current_account",
    "current_caller",
    "grouped",
    "journal",
    "keyed_hash",
    "limit",
    "live_cursor",
    "live_listeners",
    "new_code",
    "page_address",
    "read_code",
    "reading",
    "recall",
    "remember",
    "topic",
    "transaction",
    "wants_json",
)


def test_the_public_names_are_these_and_no_others() -> None:
    assert tuple(sorted(getattr(doorward, "__all__", ()))) == PUBLIC_NAMES


def test_every_public_name_is_there() -> None:
    missing = [name for name in PUBLIC_NAMES if not hasattr(doorward, name)]
    assert not missing
