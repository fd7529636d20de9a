"""Every setting, typed and documented: the table below is the list, and nothing else is a setting.

A setting comes from the environment as `DOORWARD_<NAME>`, or from `doorward.toml` in the data folder as
`name = value`, or from the command line; the command line wins over the environment, the environment over the
file. Whatever is unknown or ill-typed stops the start: a misspelt setting that is silently ignored is a
defence that is silently off.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from doorward import secret_file
from doorward import setting_guards as guards
from doorward import setting_kinds as kinds
from doorward.core.units import Rate
from doorward.errors import SettingsError
from doorward.setting_kinds import Kind, Network

PREFIX = "DOORWARD_"
FILE = "doorward.toml"

#: Read from the environment before there are settings: where the data folder is. Not a setting itself.
DATA_VARIABLE = "DOORWARD_DATA"


def _set(kind: Kind, default: str | None, meaning: str, example: str, *, secret: bool = False) -> Any:
    """One row of the table; the default is written as an operator would write it.

    A secret is left out of every repr, list and error.
    """
    notes = {"kind": kind, "meaning": meaning, "example": example, "secret": secret}
    return field(default=kind.default(default), repr=not secret, metadata=notes)


# fmt: off
# ruff: noqa: RUF009  (what _set returns is a dataclass field)
@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one running Doorward. Each row: kind, default, meaning, example.

    `data` is the data folder. `notes` are sentences for the operator about what is weaker than it could be.
    """

    data: Path
    notes: tuple[str, ...] = ()

    # -- the server ---------------------------------------------------------------------------------------
    # The default is production, because whoever forgets to choose should be safe: what production refuses
    # (debug, weak keys, readable secret files, cheap hashes) nobody runs by accident, and the first run makes
    # good secrets by itself, so it costs an operator nothing. Developers and tests say "development".
    env: str = _set(kinds.one_of("production", "development"), "production",
        "In production, unsafe settings stop the start; in development they are only pointed out.", "development")
    debug: bool = _set(kinds.flag, "false",
        "Show errors in full while developing an app. Refused in production.", "true")
    site_name: str = _set(kinds.line, "Doorward",
        "The name on every page. Passwords that mostly repeat it are refused.", "Hill School polls")
    host: str = _set(kinds.line, "127.0.0.1",
        "The address to listen on. Anything but loopback is served with TLS.", "192.168.1.20")
    port: int = _set(kinds.whole(0, 65_535), "8000",
        "The port to listen on; 0 takes any free one.", "8443")
    apps: tuple[str, ...] = _set(kinds.words, None,
        "The apps to serve; without it, all that are installed.", "polls,chat")
    app: str | None = _set(kinds.line, None,
        "Your own Flask app to serve instead of the suite, as module:name.", "hello:app")
    workers: int = _set(kinds.whole(1, 64), "1",
        "How many processes answer. This version serves with one; it holds thousands of streams.", "2")
    hosts: tuple[str, ...] = _set(kinds.hosts, None,
        "Further host names to answer for, besides this machine's own names and addresses.", "polls.example.org")
    public_url: str | None = _set(kinds.origin, None,
        "The address that people use, for links and QR codes, if the server cannot tell.", "https://polls.example.org")
    behind_proxy: tuple[Network, ...] = _set(kinds.networks, None,
        "The addresses of your reverse proxies. Only their forwarded headers are believed.", "127.0.0.1,10.0.0.0/8")
    plain_http: bool = _set(kinds.flag, "false",
        "Serve plain HTTP beyond this machine. Anyone on the network can then read passwords.", "true")
    threads: int = _set(kinds.whole(1, 512), "8",
        "How many requests a process answers at the same time.", "16")
    slow_threads: int = _set(kinds.whole(1, 512), "32",
        "How many slow requests (sign-ins, uploads, exports) are answered beside the others.", "4")
    body_timeout: timedelta = _set(kinds.duration("1s"), "30s",
        "How long a browser may take to send the body of a request.", "1m")
    max_body: int = _set(kinds.size("1KiB", "1GiB"), "256KiB",
        "The largest body of a request, where a route does not say otherwise.", "1MiB")
    sign_in_max_body: int = _set(kinds.size("4KiB", "1MiB"), "32KiB",
        "The largest body of a request to sign in.", "16KiB")
    log_level: str = _set(kinds.one_of("debug", "info", "warning", "error"), "info",
        "The least important log lines that are written.", "warning")
    log_format: str = _set(kinds.one_of("text", "json"), "text",
        "How log lines are written: for people or for programs, one event a line.", "json")

    # -- where things are kept ----------------------------------------------------------------------------
    secret_keys: tuple[str, ...] = _set(kinds.keys, None,
        "The secret keys; the first signs, all verify. Without it, the file secrets.toml that the first run makes.",
        "<first key>,<older key>", secret=True)
    bootstrap_token: str | None = _set(kinds.for_links, None,
        "A token that makes the first administrator once, at /setup/<token>. Remove it afterwards.",
        "output-of-openssl-rand-hex-32", secret=True)
    database_url: str = _set(kinds.database, None,
        "The database; without it, doorward.sqlite3 in the data folder.",
        "postgresql+psycopg://doorward:<password>@127.0.0.1/doorward", secret=True)
    redis_url: str | None = _set(kinds.url, None,
        "A Redis or Valkey for limits and live events, when there is more than one process.",
        "redis://127.0.0.1:6379/0", secret=True)
    files_url: str | None = _set(kinds.url, None,
        "An S3-compatible store for files; without it, a folder in the data folder.",
        "s3://<key>:<secret>@127.0.0.1:9000/files", secret=True)
    smtp_url: str | None = _set(kinds.url, None,
        "The mail server for invitations and resets; without it, links are shown to the administrator.",
        "smtps://doorward:<password>@mail.example.org:465", secret=True)

    # -- passwords ----------------------------------------------------------------------------------------
    password_profile: str = _set(kinds.one_of("default", "classroom", "stig", "cmmc"), "default",
        "The rules for new passwords: default is NIST SP 800-63B-4, classroom asks for 10 characters.", "classroom")
    hash_profile: str = _set(kinds.one_of("rfc9106", "cheap"), "rfc9106",
        "How much work it is to try a password. cheap is for tests and refused in production.", "cheap")
    hash_threads: int = _set(kinds.whole(0, 64), "0",
        "How many passwords are hashed at the same time (64 MiB each); 0 means one for each processor.", "2")

    # -- ways in for new people ---------------------------------------------------------------------------
    registration_open: str = _set(kinds.one_of("invitation", "open", "approval"), "invitation",
        "Who may make an account: those invited, everybody, or everybody once an administrator has approved it.",
        "approval")
    admin_password: str | None = _set(kinds.line, None,
        "For a site without accounts: the one password that opens administration, or its argon2id hash.",
        "<four or five words that have nothing to do with each other>", secret=True)
    admin_enabled: bool = _set(kinds.flag, "true",
        "false closes signing in and all administration: every such address answers 404.", "false")

    # -- sessions -----------------------------------------------------------------------------------------
    session_idle: timedelta = _set(kinds.duration("1m"), "14d",
        "A session that is not used ends after this time.", "8h")
    session_absolute: timedelta = _set(kinds.duration("1m"), "30d",
        "A session ends after this time however much it is used.", "7d")
    admin_session_idle: timedelta = _set(kinds.duration("1m"), "12h",
        "The same as session_idle, for administrators.", "1h")
    admin_session_absolute: timedelta = _set(kinds.duration("1m"), "7d",
        "The same as session_absolute, for administrators.", "24h")
    session_per_tab: bool = _set(kinds.flag, "false",
        "End a session three minutes after its last page was closed: for shared computers.", "true")
    fresh_for: timedelta = _set(kinds.duration("1m"), "10m",
        "How long after signing in one may do what asks to sign in again, such as changing a password.", "5m")
    cookie_samesite: str = _set(kinds.one_of("lax", "strict", "none"), "lax",
        "When browsers send the session cookie. none is only for pages embedded in another site, and needs TLS.",
        "strict")

    # -- limits -------------------------------------------------------------------------------------------
    sign_in_per_address: Rate = _set(kinds.rate, "10/minute",
        "How many failed sign-ins are let through from one address.", "20/minute")
    sign_in_failures: Rate = _set(kinds.rate, "5/15minutes",
        "How many failed sign-ins an account bears before a lockout of the same period.", "10/15minutes")
    setup: Rate = _set(kinds.rate, "5/hour",
        "How many tries at set-up codes and password resets are let through from one address.", "10/hour")
    registration: Rate = _set(kinds.rate, "20/hour",
        "How many accounts may be made from one address. Widen it before a class or an office makes theirs together.",
        "60/hour")
    token_generation: Rate = _set(kinds.rate, "5/hour",
        "How many access tokens one person may make or rotate.", "20/day")
    requests_per_address: Rate = _set(kinds.rate, "60000/minute",
        "How many requests are let through from one address. A whole school may be behind it: be generous.",
        "20000/minute")
    reports_per_address: Rate = _set(kinds.rate, "60/minute",
        "How many reports of blocked page content are taken from one address.", "20/minute")

    # -- live streams -------------------------------------------------------------------------------------
    live_per_browser: int = _set(kinds.whole(1, 1_000), "6",
        "How many live streams one browser may hold open.", "3")
    live_per_account: int = _set(kinds.whole(1, 100_000), "20",
        "How many live streams one account may hold open.", "50")
    live_per_address: int = _set(kinds.whole(1, 1_000_000), "5000",
        "How many live streams one address may hold open. A lecture hall may be behind it: be generous.", "1000")
    live_total: int = _set(kinds.whole(1, 1_000_000), "20000",
        "How many live streams a process holds open.", "50000")
    live_heartbeat: timedelta = _set(kinds.duration("1s"), "20s",
        "How often a silent live stream says that it is alive, so that proxies keep it.", "15s")

    # -- writing help by an AI provider: off unless a provider is named -----------------------------------
    ai_provider: str | None = _set(kinds.one_of("openai", "anthropic"), None,
        "The kind of AI service that helps to write questions; without it there is none.", "openai")
    ai_base_url: str | None = _set(kinds.url, None,
        "The address of the AI service, if it is not the provider's own.", "http://127.0.0.1:11434/v1")
    ai_key: str | None = _set(kinds.line, None,
        "The key for the AI service.", "<key>", secret=True)
    ai_model: str | None = _set(kinds.line, None,
        "The model that the AI service is asked for.", "<name of a model>")
    # fmt: on

    @property
    def production(self) -> bool:
        return self.env == "production"

    @classmethod
    def load(
        cls, data: Path, environ: Mapping[str, str], overrides: Mapping[str, object] | None = None
    ) -> Self:
        """Read, check and complete the settings. The first run makes the data folder and the secret keys.

        Arguments:
            data: the data folder.
            environ: the environment; only names that start with DOORWARD_ are looked at.
            overrides: settings from the command line or a test, as typed values or as text.
        Errors:
            SettingsError: something is unknown, ill-typed, missing or unsafe. The text says what to do.
        """
        given = {**_from_file(data), **_from_environ(environ), **_from_overrides(overrides or {})}
        settings = cls(data=data, **given)
        guards.refuse_contradictions(settings)
        return settings._completed()

    def _completed(self) -> Self:
        """With the keys and the database of the data folder, and with notes about what is weak."""
        files = [self.data / secret_file.NAME, *([self.data / FILE] if _file_holds_secrets(self.data) else [])]
        notes = [*guards.guard_folder(self.data, self.production), *guards.guard_files(files, self.production)]
        keys = self.secret_keys or _keys_from_file(self.data)
        notes += guards.guard_admin_password(self)
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
    if "secret_keys" in {**_from_file(data), **_from_environ(environ)}:
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


def _from_file(data: Path) -> dict[str, Any]:
    path = data / FILE
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from None
    return {name: _read(name, value, f"{name} in {FILE}") for name, value in content.items()}


def _from_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    ours = {key: text for key, text in environ.items() if key.startswith(PREFIX) and key != DATA_VARIABLE}
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
    return any(_TABLE[name].secret for name in _from_file(data))


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
