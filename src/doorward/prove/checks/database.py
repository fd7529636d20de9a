"""Whether the database keeps what it acknowledged, and who can read along."""

from __future__ import annotations

from collections.abc import Iterator

from doorward.prove.checks.facts import Facts
from doorward.prove.checks.kinds import Kind
from doorward.prove.findings import Finding, Severity

LOSES = Kind(
    "database.may-lose",
    "The database may lose what it acknowledged",
    Severity.MEDIUM,
    "After a power cut, changes that people were told were saved are gone, and with them entries of the journal.",
    "Leave the database's settings of durability at their defaults.",
    ("16.4.2",),
)
FOREIGN_KEYS = Kind(
    "database.foreign-keys",
    "The database does not hold references together",
    Severity.MEDIUM,
    "Sessions and tokens of a deleted account could remain.",
    "Do not switch foreign_keys off.",
    ("7.4.2",),
)
PLAIN = Kind(
    "database.plain",
    "The database is reached without encryption",
    Severity.HIGH,
    "Every record, hash and password of the database goes over the network in the clear.",
    "Add sslmode=verify-full and sslrootcert=… to database_url.",
    ("12.3.1", "12.3.3", "12.3.4"),
)
SUPERUSER = Kind(
    "database.superuser",
    "The server is superuser of the database",
    Severity.MEDIUM,
    "A single hole in a query would then reach every database on that server, and its files.",
    "Give Doorward an account of its own, which owns its database and nothing else.",
    ("13.2.2",),
)

_WANTED = {
    "sqlite": {"journal_mode": ("wal",), "synchronous": ("2", "3")},
    "postgresql": {"fsync": ("on",), "full_page_writes": ("on",), "synchronous_commit": ("on", "remote_apply")},
}


def check(facts: Facts) -> Iterator[Finding]:
    """The database's own settings, as it answers them to this server."""
    database = facts.database
    if database is None:
        return
    for name, wanted in _WANTED.get(database.kind, {}).items():
        value = database.values.get(name)
        if value is not None and value not in wanted:
            yield LOSES.found(f"{name} is {value}.", f"{database.kind}: {name}")
    if database.values.get("foreign_keys", "1") != "1":
        yield FOREIGN_KEYS.found("foreign_keys is off.", "sqlite: foreign_keys")
    if database.encrypted is False and not database.local:
        yield PLAIN.found("The connection to the database is not encrypted.", "database_url")
    if database.superuser:
        yield SUPERUSER.found("The account in database_url may do everything.", "database_url")
