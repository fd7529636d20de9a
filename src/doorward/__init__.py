"""Doorward keeps the door of self-hosted Flask apps. These names are public; nothing else is."""

from doorward.core.access import Caller
from doorward.core.tokens import new_code, read_code
from doorward.errors import (
    BadRequest,
    Conflict,
    DoorwardError,
    Forbidden,
    Invalid,
    Limited,
    NotFound,
    Refused,
    StartRefused,
    TooLarge,
    Unavailable,
)
from doorward.store.migrate import Migrations
from doorward.store.models import BigNumber, Record
from doorward.store.moments import Moment
from doorward.store.store import grouped, reading, transaction
from doorward.store.transaction import Transaction
from doorward.web import access
from doorward.web.answers import wants_json
from doorward.web.cookies import recall, remember
from doorward.web.entry import journal
from doorward.web.extension import Doorward
from doorward.web.helpers import keyed_hash, page_address
from doorward.web.jinja import current_account, current_caller
from doorward.web.limit import limit
from doorward.web.topics import live_cursor, live_listeners, topic

__all__ = [
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
]
