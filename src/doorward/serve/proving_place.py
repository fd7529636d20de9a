"""Where a run of `prove` takes place: a folder and a server of its own, which are gone afterwards however it ends."""

from __future__ import annotations

import os
import re
import ssl
import subprocess  # nosec B404  # (our own command, with our own arguments)
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from flask import Flask

from doorward import setting_providers
from doorward.core.backup_seal import new_key
from doorward.errors import StartRefused
from doorward.prove.leftovers import own_folder
from doorward.serve.apps import load_app
from doorward.serve.proving_now import INSIDE
from doorward.setting_file import FILE
from doorward.settings import PREFIX, describe
from doorward.web.extension import Doorward

_READY = re.compile(r"answers at (http\S+)")
_SETUP = re.compile(r"administrator: http\S+?(/setup/\S+)")
_START_SECONDS = 120
#: The port of the discard protocol (RFC 863) on this machine: nobody listens there.
_NOBODY = "http://127.0.0.1:9/v1"
#: Settings that are tables of tables, such as `oidc`, as they are written into the file.
Tables = Mapping[str, Mapping[str, Mapping[str, str]]]
#: Settings that name places and services of the real installation: a run touches none of them.
_LEFT_OUT = frozenset(
    {
        *("secret_keys", "bootstrap_token", "admin_password", "database_url", "redis_url", "files_url", "smtp_url"),
        *("host", "port", "hosts", "public_url", "behind_proxy", "plain_http", "tls", "workers", "app"),
        *("backup_folder", "backup_every", "backup_keep", "backup_key_file"),
        *("ai_provider", "ai_key", "ai_base_url", "ai_model", "outbound_lan", "log_level", "log_format"),
    }
)


class Served:
    """`doorward serve` in a process of its own, on loopback, until it is stopped.

    Arguments:
        data: its data folder.
        target: the app, as module:name; None for the suite.
        as_proxy: whether it shall believe us what we forward.
        program: what is started; tests of the proofs start one with a defence switched off.
        settings: further ones, by name.
        trusted: a file of the authorities that it believes, in the place of those of this machine.
        files: how many files it may have open; 0 for as many as we may. Its places for connections
            follow from that.
    """

    def __init__(
        self,
        data: Path,
        target: str | None,
        *,
        as_proxy: bool,
        program: Sequence[str] = ("doorward.cli.main",),
        settings: Mapping[str, str] | None = None,
        trusted: Path | None = None,
        files: int = 0,
    ) -> None:
        self.lines: list[str] = []
        command = [sys.executable, "-m", *program, "serve", "--data", str(data), "--port", "0"]
        command += ["--app", target] if target else []
        command += ["--behind-proxy", "127.0.0.1/32"] if as_proxy else []
        command = ["/bin/sh", "-c", 'ulimit -n "$0" 2>/dev/null; exec "$@"', str(files), *command] if files else command
        self.process = subprocess.Popen(  # nosec B603
            command,
            env=_environment(settings or {}, trusted),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._ready, self._said_setup = threading.Event(), threading.Event()
        self.url = ""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        if self.process.stdout is None:
            return
        for line in self.process.stdout:
            self.lines.append(line)
            found = _READY.search(line)
            if found and not self.url:
                # By name, since passkeys work under no bare address.
                self.url = found[1].replace("127.0.0.1", "localhost")
                self._ready.set()
            if _SETUP.search(line):
                self._said_setup.set()
        self._ready.set()
        self._said_setup.set()

    def wait(self) -> str:
        """Wait until it answers. Its address.

        Errors:
            StartRefused: it did not start; with what it said.
        """
        self._ready.wait(_START_SECONDS)
        if not self.url:
            self.stop()
            raise StartRefused(f"The app did not start:\n{''.join(self.lines)[-2000:]}")
        return self.url

    def setup_path(self) -> str:
        """Wait until it has said where its first administrator is set up; empty if it does not say so."""
        self._said_setup.wait(_START_SECONDS)
        found = _SETUP.search("".join(self.lines))
        return found[1] if found else ""

    def stop(self) -> None:
        """Stop it, by force if it takes too long."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)


@contextmanager
def temporary_place(settings_from: Path, tables: Tables | None = None) -> Iterator[Path]:
    """A data folder that is gone afterwards, with the settings of the real one that say how the door behaves.

    Arguments:
        settings_from: the data folder of the real installation.
        tables: further settings, each a table of tables.
    """
    with own_folder() as folder:
        place = folder / "data"
        place.mkdir(mode=0o700)
        _write_settings(settings_from, place, tables or {})
        yield place


def _write_settings(source: Path, folder: Path, tables: Tables) -> None:
    """Settings of the file of the real installation, without its places and secrets; and further ones."""
    import tomllib

    lines: list[str] = []
    own = [f"backup_key = {_toml(new_key())}"]  # so that the ways of backups are open
    # The ways of AI too; nothing answers there, so nothing of a run leaves the machine.
    own += ['ai_provider = "openai"', 'ai_model = "none"', f"ai_base_url = {_toml(_NOBODY)}"]
    with suppress(FileNotFoundError):
        given = tomllib.loads((source / FILE).read_text("utf-8"))
        secrets = {row.name for row in describe() if row.secret} | _LEFT_OUT
        lines = [f"{name} = {_toml(value)}" for name, value in given.items() if name not in secrets]
    lines = own + lines
    for table, rows in tables.items():
        for key, fields in rows.items():
            lines += [f"[{table}.{key}]", *(f"{name} = {_toml(value)}" for name, value in fields.items())]
    (folder / FILE).write_text("\n".join(lines) + "\n", "utf-8")
    (folder / FILE).chmod(0o600)


def _toml(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def _environment(settings: Mapping[str, str] | None = None, trusted: Path | None = None) -> dict[str, str]:
    """The environment without the places and secrets of the real installation, with further settings."""
    dropped = {PREFIX + row.name.upper() for row in describe() if row.secret or row.name in _LEFT_OUT}
    dropped |= {f"{PREFIX}DATA", *filter(setting_providers.is_variable, os.environ)}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    more = {PREFIX + name.upper(): value for name, value in (settings or {}).items()}
    authorities = {ssl.get_default_verify_paths().openssl_cafile_env: str(trusted)} if trusted is not None else {}
    return {**kept, **more, **authorities, "PYTHONUNBUFFERED": "1", INSIDE: "1"}


def open_door(target: str | None, data: Path) -> tuple[Flask, Doorward]:
    """The app in this process, on the same records: for its census, and to make people."""
    for name in set(os.environ) - set(_environment()):
        if name.startswith(PREFIX):
            del os.environ[name]
    return load_app(target, data)
