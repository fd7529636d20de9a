"""Times in the database: aware, exact to the microsecond, sortable, the same on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import StatementError

from doorward.store import codes
from doorward.store.models import OneTimeCode
from doorward.store.moments import Moment
from doorward.store.store import Store
from tests.store.records import do

TIMES = [
    datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2026, 6, 1, 12, 30, 15, 123457, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC),
]


@pytest.mark.parametrize("time", TIMES, ids=str)
def test_a_time_comes_back_as_it_went_in(store: Store, time: datetime) -> None:
    do(store, lambda tx: codes.replace(tx, "test", "code", expires_at=time))
    with store.reading() as db:
        found = db.query(OneTimeCode).one()
    assert found.expires_at == time
    assert found.expires_at.tzinfo is UTC


def test_a_time_of_another_zone_is_the_same_moment(store: Store) -> None:
    here = datetime(2026, 6, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    do(store, lambda tx: codes.replace(tx, "test", "code", expires_at=here))
    with store.reading() as db:
        assert db.query(OneTimeCode).one().expires_at == datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="without a zone"):
        do(store, lambda tx: codes.replace(tx, "test", "code", expires_at=datetime(2026, 1, 1)))
    with store.reading() as db:
        assert db.query(OneTimeCode).count() == 0


def test_times_sort_as_they_are_stored() -> None:
    stored = [Moment().process_bind_param(time, sqlite.dialect()) for time in sorted(TIMES)]
    assert stored == sorted(stored)  # type: ignore[type-var]
    assert Moment().process_bind_param(None, sqlite.dialect()) is None
    assert Moment().process_result_value(None, sqlite.dialect()) is None
