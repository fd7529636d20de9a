"""What a backup consists of: the names of its members, what it says of itself, and how its file is called."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from doorward.errors import BackupRefused

#: Counts up when a backup can no longer be read as before.
FORMAT = 1

ABOUT = "backup.json"
DATABASE = "database.sqlite3"
TABLES = "tables"
SEALS = "journal.seals"
PROBLEMS = "problems.json"
#: What belongs to the host and is secret: the keys, the settings, the local authority. In encrypted backups only.
HOST_FILES = "host"
SUMS = "SHA256SUMS"
MAC = "SHA256SUMS.mac"

#: The purpose of the server's keys for what an unencrypted backup is signed with, and for telling keys apart.
SIGNING, TELLING_APART = "backup", "backup-keys"

#: No part that is read as a whole is longer.
SHORT = 4 << 20
_NAME = re.compile(r"doorward-(\d{8}-\d{6})\.(backup|tar)")
_STAMP = "%Y%m%d-%H%M%S"
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_TABLE = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_HEX = re.compile(r"[0-9a-f]{32,64}")
_LONGEST_NAME, _DEEPEST = 99, 5
_DAMAGED = "What this backup says of itself cannot be read: it is damaged, or no backup of Doorward."


@dataclass(frozen=True, slots=True)
class About:
    """What a backup says of itself, before everything else in it.

    Arguments:
        made_at: the moment whose records it holds.
        version: of the Doorward that made it.
        database: "sqlite" or "postgresql".
        revisions: of the schema, the newest of the kit and of each app.
        entries, seal: the number and the seal of the journal's last entry in it.
        keys: how the server's secret keys can be recognised; tells nothing of them.
        places: the folders of files beside the records.
        tables: for PostgreSQL, the columns of each table.
        sequences: for PostgreSQL, how far numbers were given out, by `table.column`: the last, and whether it was used.
    """

    made_at: datetime
    version: str
    database: str
    revisions: tuple[str, ...]
    entries: int
    seal: str
    keys: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sequences: Mapping[str, tuple[int, bool]] = field(default_factory=dict)

    def as_json(self) -> bytes:
        """As it stands in the backup."""
        content = {name: getattr(self, name) for name in self.__dataclass_fields__}
        content["made_at"] = self.made_at.astimezone(UTC).isoformat()
        return json.dumps({"format": FORMAT, **content}, indent=1).encode() + b"\n"


def read_about(content: bytes) -> About:
    """What a backup says of itself, checked.

    Errors:
        BackupRefused: it is no backup, or one of a later format.
    """
    try:
        found: dict[str, Any] = json.loads(content)
        version = found.pop("format")
        if version != FORMAT:
            raise BackupRefused(f"This backup has the format {version!r}, and this version of Doorward reads {FORMAT}.")
        about = About(
            made_at=datetime.fromisoformat(found["made_at"]),
            version=_text(found["version"]),
            database=_text(found["database"]),
            revisions=tuple(map(_text, found["revisions"])),
            entries=int(found["entries"]),
            seal=_text(found["seal"]),
            keys=tuple(map(_text, found["keys"])),
            places=tuple(map(_text, found["places"])),
            tables={_text(name): tuple(map(_text, columns)) for name, columns in found["tables"].items()},
            sequences={_text(name): (int(last), bool(used)) for name, (last, used) in found["sequences"].items()},
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise BackupRefused(_DAMAGED) from None
    sound = (
        about.database in ("sqlite", "postgresql")
        and about.made_at.tzinfo is not None
        and all(_HEX.fullmatch(text) for text in (about.seal, *about.keys))
        and all(is_table(name) for name in about.tables)
        and all(is_place(name) for name in about.places)
        and len(set(about.places)) == len(about.places)
        and about.entries >= 0
    )
    if not sound:
        raise BackupRefused(_DAMAGED)
    return about


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > 200:
        raise TypeError
    return value


def is_safe(name: str) -> bool:
    """Can a member have this name? Then it leads to no other place than one below the folder where it is put.

    (OWASP ASVS 5.3.2: no path that comes from outside is believed.)
    """
    parts = name.split("/")
    return len(name) <= _LONGEST_NAME and len(parts) <= _DEEPEST and all(_PART.fullmatch(part) for part in parts)


def is_table(name: str) -> bool:
    """Is this how tables here are called?"""
    return _TABLE.fullmatch(name) is not None


def is_place(name: str) -> bool:
    """Can a folder of files be called so? Not as what else lies in a backup."""
    return is_table(name) and name not in (TABLES, HOST_FILES)


def file_name(made_at: datetime, *, encrypted: bool) -> str:
    """How the file of a backup is called, if nobody says otherwise."""
    return f"doorward-{made_at.astimezone(UTC):{_STAMP}}.{'backup' if encrypted else 'tar'}"


def made_at(name: str) -> datetime | None:
    """When a backup was made, as its file's name says; None for files that were not named here."""
    found = _NAME.fullmatch(name)
    try:
        return datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC) if found else None
    except ValueError:
        return None
