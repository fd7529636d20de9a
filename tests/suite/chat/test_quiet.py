"""Not to be disturbed: for a while, on all devices of the person, and of nobody else's knowledge."""

from __future__ import annotations

from datetime import timedelta

import pytest

from doorward import Invalid, reading, transaction
from doorward.store.store import Store
from doorward.testing import Clock
from doorward_suite.chat.actions import leaving
from doorward_suite.chat.actions.quiet import be_quiet
from doorward_suite.chat.queries import personal
from doorward_suite.chat.queries.rooms import quiet_until

from .conftest import BEN, CLEO, MONA, Told


def test_it_begins_ends_by_itself_and_ends_at_once(store: Store, told: Told, clock: Clock) -> None:
    be_quiet(MONA, "60")
    begun = clock.now
    with reading() as db:
        assert quiet_until(db, MONA.id, begun) == begun + timedelta(hours=1)
        assert quiet_until(db, MONA.id, begun + timedelta(minutes=61)) is None
        assert quiet_until(db, BEN.id, begun) is None
    be_quiet(MONA, "0")
    with reading() as db:
        assert quiet_until(db, MONA.id, begun) is None
    assert [event.type for event in told.on(f"chat.me:{MONA.id}")] == ["hush", "hush"]
    assert {event.topic for event in told.events} == {f"chat.me:{MONA.id}"}


@pytest.mark.parametrize("minutes", ["", "-60", "1", "60 ", "99999999999999999999"])
def test_only_what_the_page_offers_is_taken(store: Store, minutes: str) -> None:
    with pytest.raises(Invalid):
        be_quiet(CLEO, minutes)
    with reading() as db:
        assert quiet_until(db, CLEO.id, store.clock()) is None


def test_it_is_in_ones_export_and_goes_with_the_account(store: Store) -> None:
    be_quiet(BEN, "30")
    with reading() as db:
        assert dict(personal.everything_of(db, BEN.id))["marks"]["not_to_be_disturbed_until"]
    with transaction(BEN) as tx:
        leaving.let_go(tx, BEN.id)
    with reading() as db:
        assert dict(personal.everything_of(db, BEN.id))["marks"]["not_to_be_disturbed_until"] is None
