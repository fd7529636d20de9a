"""Whether the records would survive the loss of this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from doorward.prove.checks.facts import Facts
from doorward.prove.checks.kinds import Kind
from doorward.prove.findings import Finding, Severity

NONE = Kind(
    "backups.none",
    "No backup is known",
    Severity.LOW,
    "If the disk fails, or somebody deletes or encrypts it, everything is gone. Copies that are made without "
    "Doorward are not seen by this check.",
    "Make a key with doorward backup --new-key FILE, keep a copy of it elsewhere, and let the server make a backup "
    "every day, by the settings backup_key_file, backup_every and backup_folder. "
    'After a backup of your own, write its time into last-backup.json: {"at": "2026-01-31T12:00:00+00:00"}',
    ("14.2.4",),
)
OLD = Kind(
    "backups.old",
    "The last backup is old",
    Severity.LOW,
    "Everything that was done since would be lost.",
    "Make a backup now (doorward backup), and let one be made every day (backup_every). If one should have been made, "
    "the journal and the log say why it was not.",
    ("14.2.4",),
)
PLAIN = Kind(
    "backups.plain",
    "The last backup is not encrypted",
    Severity.LOW,
    "Whoever gets hold of the file, on whatever disk it comes to lie, reads every record and every hash.",
    "Make a key with doorward backup --new-key FILE, keep a copy of it elsewhere, and name it in backup_key_file.",
    ("14.2.4", "11.3.3"),
)
BROKEN = Kind(
    "backups.broken-journal",
    "The journal in the last backup does not hold",
    Severity.HIGH,
    "Somebody with access to the database changed what happened, before the backup was made.",
    "Run doorward journal verify, and find out since when: doorward restore --check tells it of each older backup.",
    ("16.4.2",),
)

#: Where a backup leaves its mark, in the data folder: {"at": an ISO time with its zone}.
MARK = "last-backup.json"
_OLD, _VERY_OLD, _LATE = timedelta(days=8), timedelta(days=31), timedelta(hours=2)


def check(facts: Facts) -> Iterator[Finding]:
    """The mark of the last backup. A server without any account has nothing to lose yet."""
    at = last_backup(facts.settings.data)
    if at is None:
        if facts.people:
            yield NONE.found("No backup of this server is known.", facts.shown(facts.settings.data))
        return
    mark = _mark(facts.settings.data)
    if mark.get("encrypted") is False:  # one that somebody makes without Doorward does not say
        yield PLAIN.found("The last backup is not encrypted.", facts.shown(facts.settings.data))
    if mark.get("broken") is True:
        yield BROKEN.found("The journal in the last backup does not hold.", facts.shown(facts.settings.data))
    age, every = facts.now - at, facts.settings.backup_every
    if age > (_OLD if every is None else min(_OLD, 2 * every + _LATE)):
        severity = Severity.MEDIUM if age > _VERY_OLD else Severity.LOW
        yield OLD.found(f"The last backup is {age.days} days old.", facts.shown(facts.settings.data), severity=severity)


def last_backup(data: Path) -> datetime | None:
    """When the last backup was made, as its mark says; None where there is none, or none that can be read."""
    try:
        at = datetime.fromisoformat(_mark(data)["at"])
    except (ValueError, TypeError, KeyError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _mark(data: Path) -> dict[str, Any]:
    try:
        found = json.loads((data / MARK).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
