"""One transaction: the change, its journal entries and its events. All of it happens, or none.

Events reach the listeners after the commit, entries and changes are committed together (laws 9 and 10).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from doorward.core.access import Caller
from doorward.core.journal import OK, Entry, Sealed, canonical, clean, numbered
from doorward.core.streams import Event, Json, Publisher
from doorward.store.models import JournalEntry, JournalHead

_log = logging.getLogger("doorward.store")


class Transaction:
    """What an action is handed: the records, the journal, and the events to come.

    Arguments:
        db: the SQLAlchemy session, already inside a writing transaction.
        actor: who does it.
        now: the time of the transaction, aware, UTC; the same for everything in it.
    """

    def __init__(self, db: Session, actor: Caller, now: datetime) -> None:
        self.db = db
        self.actor = actor
        self.now = now
        self.entries: list[Entry] = []
        self.events: list[Event] = []
        self.afterwards: list[Callable[[Publisher], None]] = []

    def journal(self, event: str, *, on: str = "", outcome: str = OK, **details: object) -> None:
        """Write an entry about this change; it is sealed with the commit.

        Arguments:
            event: `area.verb`, such as `poll.created`.
            on: what it was done to, such as `poll:17`.
            outcome: "ok", "refused" or "failed".
            details: small facts. Never a password, token, session identifier or message body (law 9).
        """
        self.entries.append(
            Entry(
                at=stamp(self.now),
                event=clean(event, 80),
                outcome=outcome,
                who=self.actor.id or self.actor.holder,
                who_name=_name_of(self.actor),
                address=clean(self.actor.address, 60),
                on=clean(on, 200),
                details=canonical(details),
            )
        )

    def publish(self, topic: str, type: str, data: Json, *, newest: str | None = None) -> None:
        """Send an event to the listeners of `topic`, once this transaction is committed.

        Arguments:
            topic, type, data, newest: as in `doorward.core.streams.Event`.
        """
        self.events.append(Event(topic, type, data, newest))

    def after_commit(self, act: Callable[[Publisher], None]) -> None:
        """Do something with the live streams once this is committed, such as cutting an ended session's."""
        self.afterwards.append(act)

    def tell(self, publisher: Publisher) -> None:
        """Carry out what waited for the commit. Cuts come before events: who lost the right hears nothing more."""
        try:
            for act in self.afterwards:
                act(publisher)
            if self.events:
                publisher.publish(self.events)
        except Exception:  # the change is committed; who missed the event reloads the snapshot
            _log.exception("events could not be delivered")


def _name_of(actor: Caller) -> str:
    """Who it was; with the token's number where somebody, or something, came by one."""
    name = clean(actor.name, 80)
    return name if actor.token_id is None else f"{name} (token {actor.token_id})".strip()


def stamp(now: datetime) -> str:
    """A time as the journal writes it: `2026-11-21T12:00:00.000000Z`. Sorts as text."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def seal_entries(db: Session, entries: list[Entry]) -> list[Sealed]:
    """Seal entries behind the last one, in the running transaction. Locks the head, so that the chain never forks."""
    if not entries:
        return []
    head = db.execute(select(JournalHead.seq, JournalHead.seal).with_for_update()).one()
    sealed = list(numbered(entries, head.seq, head.seal))
    db.execute(insert(JournalEntry), [_row(entry) for entry in sealed])
    db.execute(update(JournalHead).values(seq=sealed[-1].seq, seal=sealed[-1].seal))
    return sealed


def _row(sealed: Sealed) -> dict[str, object]:
    entry = sealed.entry
    return {
        "seq": sealed.seq,
        "at": entry.at,
        "event": entry.event,
        "outcome": entry.outcome,
        "who": entry.who,
        "who_name": entry.who_name,
        "address": entry.address,
        "on": entry.on,
        "details": entry.details,
        "seal": sealed.seal,
    }
