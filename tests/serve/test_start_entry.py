"""A start is in the journal, with the settings that changed since the last one, and without any value of a secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from doorward.clock import system_clock
from doorward.serve.start_entry import journal_start
from doorward.store.journal import Filter, page
from doorward.testing import test_settings
from doorward.web.parts import Parts, open_parts


@contextmanager
def opened(data: Path, **settings: Any) -> Iterator[Parts]:
    parts = open_parts(test_settings(data, **settings), (), system_clock)
    try:
        yield parts
    finally:
        parts.close()


def entries(parts: Parts) -> list[tuple[str, dict[str, Any]]]:
    with parts.store.reading() as db:
        return [(sealed.entry.event, json.loads(sealed.entry.details)) for sealed in page(db, Filter())]


def test_the_first_start_is_an_entry_and_changes_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as parts:
        assert journal_start(parts) == []
        assert [event for event, _ in entries(parts)] == ["server.started"]


def test_a_changed_setting_is_named_at_the_next_start(tmp_path: Path) -> None:
    with opened(tmp_path) as parts:
        journal_start(parts)
    with opened(tmp_path, site_name="Hill School", max_body="1MiB") as parts:
        assert journal_start(parts) == ["max_body", "site_name"]
        assert ("settings.changed", {"names": ["max_body", "site_name"]}) in entries(parts)
    with opened(tmp_path, site_name="Hill School", max_body="1MiB") as parts:
        assert journal_start(parts) == []


@pytest.mark.parametrize("secret", ["smtps://door:hunter2hunter2@mail.example:465"])
def test_a_secret_is_named_when_it_changes_and_never_written(tmp_path: Path, secret: str) -> None:
    with opened(tmp_path) as parts:
        journal_start(parts)
    with opened(tmp_path, smtp_url=secret) as parts:
        assert journal_start(parts) == ["smtp_url"]
        written = repr(entries(parts)) + (tmp_path / "settings.seen.json").read_text()
    assert "hunter2" not in written
    assert (tmp_path / "settings.seen.json").stat().st_mode & 0o077 == 0
