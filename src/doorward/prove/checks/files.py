"""Who on this machine can read or change the files of the data folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from doorward.prove.checks.facts import Facts
from doorward.prove.checks.kinds import Kind
from doorward.prove.findings import Finding, Severity

FOLDER_OPEN = Kind(
    "files.folder-open",
    "The data folder is open to others",
    Severity.MEDIUM,
    "Every account on this machine can look into the folder with the records and the secrets.",
    "Run chmod 700 on the data folder.",
    ("13.3.2", "14.2.4"),
)
FOLDER_WRITABLE = Kind(
    "files.folder-writable",
    "Others can replace files of the data folder",
    Severity.HIGH,
    "Whoever can put files there swaps the secret keys or the database, and is whom they want to be.",
    "Run chmod 700 on the data folder, and look whether its files are still yours.",
    ("13.3.2", "16.4.2"),
)
SECRET_READABLE = Kind(
    "files.secret-readable",
    "Others can read the secrets",
    Severity.HIGH,
    "With the secret keys, or the key of the certificate authority, others can pass for this server.",
    "Run chmod 600 on the file, then change what was in it (doorward rotate-keys).",
    ("13.3.1", "13.3.2"),
)
RECORD_READABLE = Kind(
    "files.record-readable",
    "Others can read or change the records",
    Severity.MEDIUM,
    "The database has every account, address and answer in it; the file of seals is what shows tampering.",
    "Run chmod 600 on the file.",
    ("14.2.4", "16.4.2"),
)
OF_ANOTHER = Kind(
    "files.of-another",
    "Files of the data folder belong to somebody else",
    Severity.LOW,
    "Their owner can change them at any time, and the server may fail to write them.",
    "Give the folder to the account that runs the server: chown -R",
    ("13.3.2",),
)

_MOST_FILES = 5_000
_SECRET_NAMES = ("secrets.toml", "doorward.toml", "authority.pem", "server.pem")
_SECRET_ENDINGS = (".key", "-key.pem", ".p12")
_RECORD_ENDINGS = (".sqlite3", ".sqlite3-wal", ".sqlite3-shm", ".seals")


def check(facts: Facts) -> Iterator[Finding]:
    """The modes of the data folder and of what is in it. Systems without modes are not judged."""
    data = facts.settings.data
    if os.name != "posix" or not data.is_dir():
        return
    mode = data.stat().st_mode
    if mode & (stat.S_IWOTH | stat.S_IWGRP):
        yield FOLDER_WRITABLE.found(f"Others may write in {data.name}.", facts.shown(data))
    elif mode & 0o055:
        yield FOLDER_OPEN.found(f"Others may look into {data.name} (mode {stat.S_IMODE(mode):o}).", facts.shown(data))
    owner = data.stat().st_uid
    reachable = bool(mode & (stat.S_IXOTH | stat.S_IXGRP))
    strangers = 0
    for path in islice(sorted(data.rglob("*")), _MOST_FILES):
        try:
            found = path.lstat()
        except OSError:
            continue
        strangers += found.st_uid != owner
        if stat.S_ISREG(found.st_mode):
            yield from _judged(facts, path, found.st_mode, reachable)
    if strangers:
        yield OF_ANOTHER.found(f"{strangers} of its files belong to another account.", facts.shown(data))


def _judged(facts: Facts, path: Path, mode: int, reachable: bool) -> Iterator[Finding]:
    """A secret must be closed by itself; a record is closed well enough by a folder that nobody enters."""
    if _is_secret(path) and mode & 0o077:
        yield SECRET_READABLE.found(f"{path.name} has mode {stat.S_IMODE(mode):o}.", facts.shown(path))
    elif reachable and path.name.endswith(_RECORD_ENDINGS) and mode & 0o077:
        yield RECORD_READABLE.found(f"{path.name} has mode {stat.S_IMODE(mode):o}.", facts.shown(path))


def _is_secret(path: Path) -> bool:
    return path.name in _SECRET_NAMES or path.name.endswith(_SECRET_ENDINGS)
