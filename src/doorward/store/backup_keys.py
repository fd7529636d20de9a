"""Where the key of backups comes from: a file that is named, or the settings."""

from __future__ import annotations

import os
from pathlib import Path

from doorward.core.backup_seal import BackupKey, new_key, read_key
from doorward.errors import BackupRefused
from doorward.settings import Settings
from doorward.store.private_files import create, sync_folder


def key_in(path: Path) -> BackupKey:
    """The key in a file.

    Errors:
        BackupRefused: it cannot be read, or holds none.
    """
    try:
        return read_key(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is no text"
        raise BackupRefused(f"The key file {path} cannot be read ({reason}).") from problem
    except ValueError as problem:
        raise BackupRefused(f"What stands in {path} {problem}") from None


def key_of(settings: Settings) -> BackupKey | None:
    """The key that the settings name; None where they name none, and backups are not encrypted."""
    if settings.backup_key is not None:
        return read_key(settings.backup_key)
    return key_in(settings.data / settings.backup_key_file) if settings.backup_key_file is not None else None


def make_key(path: Path) -> None:
    """Make a new key in a new file that only this user may read.

    Errors:
        BackupRefused: there is a file of that name, or it cannot be made.
    """
    try:
        with create(path) as file:
            file.write(f"{new_key()}\n".encode())
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
    except FileExistsError:
        raise BackupRefused(f"{path} is there already. A key is never written over: backups depend on it.") from None
    except OSError as problem:
        raise BackupRefused(f"{path} cannot be written ({problem.strerror}).") from problem


def folder_of(settings: Settings) -> Path:
    """Where backups go that nobody gives another place."""
    return settings.data / (settings.backup_folder or "backups")
