"""The file that holds the secret keys: made once, mode 0600, replaced only as a whole.

`secrets.toml` in the data folder has one line, `secret_keys = ["first", "second"]`: the first key signs, all
verify. A reader sees the old content or the new, never half of one; of two processes that start at once,
one makes the file and both use it.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
import sys
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from doorward.errors import SettingsError

NAME = "secrets.toml"
_LOCK = "secrets.lock"
_HEADING = "# Made by Doorward. The first key signs, all verify. Keep this file secret; back it up.\n"


def new_key() -> str:
    """256 bits from the system's generator, as 43 characters without a comma or a quote."""
    return secrets.token_urlsafe(32)


def ensure_folder(folder: Path) -> None:
    """Make the data folder if it is missing, for its owner alone (mode 0700). Raises OSError."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)


def read_keys(folder: Path) -> tuple[str, ...] | None:
    """The keys in the file, or None if there is no file. Raises SettingsError on a damaged one.

    A damaged or empty file is never replaced by new keys: that would sign everybody out and make everything
    encrypted unreadable.
    """
    path = folder / NAME
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}). It holds the secret keys.") from None
    except ValueError:
        raise SettingsError(f"{path} is damaged. Restore it from a backup: it holds the secret keys.") from None
    return _checked(path, content)


def make_keys(folder: Path) -> tuple[str, ...]:
    """The keys in the file, which is made with one new key if it is missing. Raises OSError, SettingsError."""
    found = read_keys(folder)
    if found is not None:
        return found
    ensure_folder(folder)
    with _lock(folder):
        return read_keys(folder) or _write(folder, (new_key(),))


def add_key(folder: Path) -> tuple[str, ...]:
    """Put a new key in front of the others. Raises OSError, SettingsError."""
    ensure_folder(folder)
    with _lock(folder):
        return _write(folder, (new_key(), *(read_keys(folder) or ())))


def adopt_keys(folder: Path, keys: Sequence[str]) -> int:
    """Put keys of a backup behind those that are there: what they made still holds. How many were new.

    Errors:
        OSError, SettingsError: as for the others.
    """
    ensure_folder(folder)
    with _lock(folder):
        there = read_keys(folder) or ()
        new = [key for key in dict.fromkeys(keys) if key not in there]
        if new:
            _write(folder, (*there, *new))
        return len(new)


def keys_in(text: str) -> tuple[str, ...]:
    """The keys in the text of such a file. Raises SettingsError on a damaged one."""
    try:
        content = tomllib.loads(text)
    except ValueError:
        raise SettingsError(f"{NAME} is damaged.") from None
    return _checked(Path(NAME), content)


def others_can_read(path: Path) -> bool:
    """Whether the file's mode lets its group or the world read or change it. False if there is no file."""
    if os.name != "posix":
        return False  # other systems keep rights elsewhere; the modes they report mean nothing
    with suppress(FileNotFoundError, NotADirectoryError):
        return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
    return False


def others_can_replace(folder: Path) -> bool:
    """Whether the world may put files of its own into the folder, and so swap the keys."""
    return os.name == "posix" and folder.is_dir() and bool(folder.stat().st_mode & stat.S_IWOTH)


def _checked(path: Path, content: dict[str, object]) -> tuple[str, ...]:
    keys = content.get("secret_keys")
    if set(content) != {"secret_keys"} or not isinstance(keys, list) or not keys:
        raise SettingsError(f'{path} must hold one line: secret_keys = ["…"], with at least one key.')
    if not all(isinstance(key, str) and key for key in keys):
        raise SettingsError(f"{path} holds a key that is empty or not a text.")
    return tuple(keys)


def _write(folder: Path, keys: Sequence[str]) -> tuple[str, ...]:
    """Replace the file as a whole: new file, to disk, renamed over the old, the folder to disk."""
    text = _HEADING + "secret_keys = [\n" + "".join(f"  {json.dumps(key)},\n" for key in keys) + "]\n"
    fresh = folder / f".{NAME}.{secrets.token_hex(8)}"
    try:
        _write_private(fresh, text.encode("utf-8"))
        os.replace(fresh, folder / NAME)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    _sync_folder(folder)
    return tuple(keys)


def _write_private(path: Path, content: bytes) -> None:
    # O_EXCL: never write through a file or a link that somebody else has put there.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """One process at a time. The system drops the lock with the process, so none is ever left behind."""
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
