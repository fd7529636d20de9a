"""Backups: what is in them, who can read them, what a restore believes, and what leaves the server."""

from __future__ import annotations

from typing import Any

import pytest

from doorward.core.backup_seal import TAG, Opener, Sealer
from doorward.store import backup_archive, restore, restore_check
from doorward.store.backup import Backups
from doorward.store.restore_settle import Settled
from doorward.web import backups
from tests.prove.switches import Switch, replaced, wrapped


def _with_host_files(put_all: Any) -> Any:
    def put(self: Backups, *args: Any, with_host_files: bool) -> None:
        put_all(self, *args, with_host_files=True)

    return put


def _in_the_open(patch: pytest.MonkeyPatch) -> None:
    """It looks encrypted, and whoever made it reads it back; but nothing in it is."""
    patch.setattr(Sealer, "seal", lambda _self, piece, last: piece + bytes(TAG))
    patch.setattr(Opener, "open", lambda _self, sealed, last: sealed[:-TAG])


SWITCHES = (
    Switch(
        "keys out of plain backups",
        wrapped(Backups, "_put_all", _with_host_files),
        "The server's keys and settings are in encrypted backups only.",
    ),
    Switch(
        "encrypted backups",
        _in_the_open,
        "A backup with a key can be read with this key only.",
    ),
    Switch(
        "signed backups",
        replaced(restore_check, "refuse_unsigned", lambda _found: None),
        "A restore believes what has the key, or was signed with the server's own.",
    ),
    Switch(
        "strict archives",
        replaced(backup_archive, "is_safe", lambda _name: True),
        "Nothing in a backup has a name that leads elsewhere.",
    ),
    Switch(
        "restores end sessions",
        replaced(restore, "settle", lambda _tx, _now: Settled()),
        "A restore ends every session, and codes and links that were on their way.",
    ),
    Switch(
        "encrypted downloads",
        replaced(backups, "is_encrypted", lambda _file: True),
        "Administrators get encrypted backups only.",
    ),
)
