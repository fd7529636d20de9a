"""What a thief carries off: every value of every table, and the files beside them; how to look for a secret in it."""

from __future__ import annotations

import base64
import re
import zipfile
from pathlib import Path

from sqlalchemy import Engine, MetaData, inspect, select

#: What a thief of the database does not have; without it the store would not need to hash anything.
KEYS = "secrets.toml"


def rows_of(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table that is really there, whoever made it."""
    metadata = MetaData()
    metadata.reflect(engine)
    assert set(metadata.tables) == set(inspect(engine).get_table_names())
    with engine.connect() as connection:
        read = {name: connection.execute(select(table)).all() for name, table in metadata.tables.items()}
    return {name: [tuple(row) for row in rows] for name, rows in read.items()}


def carried_off(engine: Engine, data: Path) -> bytes:
    """All of it as bytes: values as they are, and files of the data folder, the keys excepted; archives opened."""
    values = [_bytes(value) for rows in rows_of(engine).values() for row in rows for value in row]
    files = [path for path in sorted(data.rglob("*")) if path.is_file() and path.name != KEYS]
    return b"\n".join([*values, *(content for path in files for content in _contents(path))])


def _contents(path: Path) -> list[bytes]:
    if not zipfile.is_zipfile(path):
        return [path.read_bytes()]
    with zipfile.ZipFile(path) as archive:
        return [path.read_bytes(), *(archive.read(name) for name in archive.namelist())]


def texts(engine: Engine) -> set[str]:
    """Every stored text that could be tried as a credential."""
    values = {value for rows in rows_of(engine).values() for row in rows for value in row}
    found = {value for value in values if isinstance(value, str) and len(value) >= 16}
    return {value for value in found if value.isascii() and value.isprintable()}  # a header takes nothing else


def disguises(secret: str | bytes) -> set[bytes]:
    """How a secret could stand there: as it is, in another case, without hyphens, encoded, or decoded."""
    plain = secret if isinstance(secret, bytes) else secret.encode()
    found = {plain}
    if isinstance(secret, str):
        bare = re.sub(r"[-\s]", "", secret)
        found |= {form.encode() for form in (secret.lower(), secret.upper(), bare, bare.lower())}
        found |= _decoded(bare)
    for form in list(found):
        found |= {form.hex().encode(), base64.b64encode(form).rstrip(b"="), base64.urlsafe_b64encode(form).rstrip(b"=")}
    return {form for form in found if len(form) >= 8}


def _decoded(text: str) -> set[bytes]:
    found = set()
    for decode in (base64.b32decode, base64.urlsafe_b64decode, bytes.fromhex):
        for padding in ("", "=" * (-len(text) % 4), "=" * (-len(text) % 8)):
            try:
                found.add(decode(text + padding))  # type: ignore[operator]
            except ValueError:
                continue
    return found


def _bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
