"""The settings of one server: read, checked, completed and shown. Which there are stands in `setting_table.py`.

A setting comes from the environment as `DOORWARD_<NAME>`, or from `doorward.toml` in the data folder as
`name = value`, or from the command line; the command line wins over the environment, the environment over the
file. Whatever is unknown or ill-typed stops the start: a misspelt setting that is silently ignored is a
defence that is silently off.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

from doorward import secret_file, setting_providers
from doorward import setting_guards as guards
from doorward.errors import SettingsError
from doorward.setting_file import FILE, read_file
from doorward.setting_kinds import Kind
from doorward.setting_table import SettingTable

PREFIX = "DOORWARD_"

#: Read from the environment before there are settings: where the data folder is. Not a setting itself.
DATA_VARIABLE = "DOORWARD_DATA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(SettingTable):
    """All settings of one running Doorward. The rows are those of `SettingTable`.

    `data` is the data folder. `notes` are sentences for the operator about what is weaker than it could be.
    """

    data: Path
    notes: tuple[str, ...] = ()

    @property
    def production(self) -> bool:
        return self.env == "production"

    @classmethod
    def load(cls, data: Path, environ: Mapping[str, str], overrides: Mapping[str, object] | None = None) -> Self:
        """Read, check and complete the settings. The first run makes the data folder and the secret keys.

        Arguments:
            data: the data folder.
            environ: the environment; only names that start with DOORWARD_ are looked at.
            overrides: settings from the command line or a test, as typed values or as text.
        Errors:
            SettingsError: something is unknown, ill-typed, missing or unsafe. The text says what to do.
        """
        given = {**_from_file(data, environ), **_from_environ(environ), **_from_overrides(overrides or {})}
        settings = cls(data=data, **given)
        guards.refuse_contradictions(settings)
        return settings._completed()

    def _completed(self) -> Self:
        """With the keys and the database of the data folder, and with notes about what is weak."""
        files = [self.data / secret_file.NAME, *([self.data / FILE] if _file_holds_secrets(self.data) else [])]
        notes = [*guards.guard_folder(self.data, self.production), *guards.guard_files(files, self.production)]
        keys = self.secret_keys or _keys_from_file(self.data)
        notes += guards.guard_backup_key(self)
        notes += guards.guard_admin_password(self)
        notes += guards.guard_mail(self)
        notes += guards.guard_keys(keys, self.production)
        notes += guards.guard_bootstrap(self.bootstrap_token, self.production)
        database = self.database_url or f"sqlite:///{self.data.absolute() / 'doorward.sqlite3'}"
        threads = self.hash_threads or _processors()
        return replace(self, secret_keys=keys, database_url=database, hash_threads=threads, notes=tuple(notes))


@dataclass(frozen=True, slots=True)
class Described:
    """One setting, for `doorward settings` and the handbook.

    Arguments:
        name, variable: in `doorward.toml` and in the environment.
        kind, default, meaning, example: as texts; the default is empty where there is none.
        secret: whether the value is never shown.
        value: the current one, where settings were given; `(set, not shown)` for a secret.
    """

    name: str
    variable: str
    kind: str
    default: str
    meaning: str
    example: str
    secret: bool
    value: str | None = None


def describe(settings: Settings | None = None) -> list[Described]:
    """All settings in the order of the table, with their current values if `settings` is given."""
    return [_described(name, settings) for name in _TABLE]


def _described(name: str, settings: Settings | None) -> Described:
    row = _TABLE[name]
    return Described(
        name=name,
        variable=PREFIX + name.upper(),
        kind=row.kind.name,
        default=_written(row, row.default),
        meaning=row.meaning,
        example=row.example,
        secret=row.secret,
        value=None if settings is None else _written(row, getattr(settings, name)),
    )


def rotate_keys(data: Path, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Put a new secret key in front; the others still verify, so nobody is signed out.

    Arguments:
        data, environ: as for `Settings.load`.
    Results:
        all keys, the new one first. A running server uses them after its next start.
    Errors:
        SettingsError: the keys are not kept in the file, so that a new one there would change nothing.
    """
    if "secret_keys" in {**read_file(data), **_from_environ(environ)}:
        raise SettingsError(
            f"The secret keys come from {PREFIX}SECRET_KEYS or {FILE}, so put a new one in front there, for "
            "example the output of: openssl rand -base64 32"
        )
    try:
        return secret_file.add_key(data)
    except OSError as error:
        raise SettingsError(f"The file of the secret keys cannot be written ({error.strerror}).") from None


@dataclass(frozen=True, slots=True)
class _Row:
    kind: Kind
    default: Any
    meaning: str
    example: str
    secret: bool


_TABLE: dict[str, _Row] = {
    row.name: _Row(default=row.default, **row.metadata) for row in fields(Settings) if row.metadata
}


def _written(row: _Row, value: Any) -> str:
    if value is None or value == "" or value == ():
        return ""
    return "(set, not shown)" if row.secret else row.kind.write(value)


# -- reading -------------------------------------------------------------------------------------------------


def _from_file(data: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    try:
        content = setting_providers.with_variables(read_file(data), environ)
    except ValueError as error:
        raise SettingsError(str(error)) from None
    return {name: _read(name, value, f"{name} in {FILE}") for name, value in content.items()}


def _from_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    ours = {key: text for key, text in environ.items() if key.startswith(PREFIX) and key != DATA_VARIABLE}
    ours = {key: text for key, text in ours.items() if not setting_providers.is_variable(key)}
    found = {key.removeprefix(PREFIX).lower(): (key, text) for key, text in sorted(ours.items())}
    return {name: _read(name, text, key) for name, (key, text) in found.items() if not _is_left_out(name, text)}


def _is_left_out(name: str, text: str) -> bool:
    """An empty variable means "none", as container files write it; but an empty key is a missing secret."""
    return text == "" and name in _TABLE and name != "secret_keys"


def _from_overrides(overrides: Mapping[str, object]) -> dict[str, Any]:
    return {name: _read(name, value, name) for name, value in overrides.items()}


def _read(name: str, value: object, origin: str) -> Any:
    """The typed value of a setting. `origin` is what the operator wrote, for the error."""
    row = _TABLE.get(name)
    if row is None:
        raise SettingsError(_unknown(name, origin))
    if value is None and row.default is None:
        return None
    try:
        return row.kind.read(value)
    except ValueError as error:
        shown = "" if row.secret else f" is {value!r}, but it"
        raise SettingsError(f"{origin}{shown} {error}. For example: {row.example}") from None


def _unknown(name: str, origin: str) -> str:
    near = difflib.get_close_matches(name, _TABLE, n=1, cutoff=0.0)[0]
    nearest = PREFIX + near.upper() if origin.startswith(PREFIX) else near
    return f"{origin} is not a setting. The nearest one is {nearest}. All are listed by: doorward settings"


def _file_holds_secrets(data: Path) -> bool:
    return any(name in _TABLE and _TABLE[name].secret for name in read_file(data))


def _keys_from_file(data: Path) -> tuple[str, ...]:
    try:
        return secret_file.make_keys(data)
    except OSError as error:
        raise SettingsError(
            f"There are no secret keys, and {data} cannot hold new ones ({error.strerror}). Make that folder "
            f"writable, or set {PREFIX}SECRET_KEYS, for example to the output of: openssl rand -base64 32"
        ) from None


def _processors() -> int:
    """How many processors this process may use; containers give fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
