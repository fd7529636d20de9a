"""What the last check and the last proof found: one row each, bounded, replaced by the next run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from doorward.core.redaction import redact
from doorward.store.check_models import CheckRun
from doorward.store.transaction import Transaction

CHECK, PROVE = "check", "prove"

#: What is kept of a run. The terminal and the report show all of it.
MOST_FINDINGS = 300
_LONGEST = 600


@dataclass(frozen=True, slots=True)
class LastRun:
    """A run as it was kept.

    Arguments:
        at: when it ended.
        summary: small facts by name, among them `counts` of findings by severity.
        findings: the worst ones, as mappings of texts.
    """

    at: datetime
    summary: dict[str, Any]
    findings: list[dict[str, Any]]


def keep(tx: Transaction, kind: str, summary: Mapping[str, object], findings: Sequence[Mapping[str, object]]) -> None:
    """Keep this run instead of the one before, with its entry in the journal.

    Arguments:
        kind: `CHECK` or `PROVE`.
        summary: small facts, as JSON can hold them.
        findings: the worst first; what is beyond `MOST_FINDINGS` is left out, and long texts are shortened.
    """
    kept = [{name: _short(value) for name, value in one.items()} for one in findings[:MOST_FINDINGS]]
    row = CheckRun(kind=kind, at=tx.now, summary=json.dumps(summary), findings=json.dumps(kept))
    tx.db.merge(row)
    tx.journal(f"{kind}.ran", findings=len(findings))


def last(db: Session, kind: str) -> LastRun | None:
    """The last run of this kind; None if there was none."""
    row = db.get(CheckRun, kind)
    return LastRun(row.at, json.loads(row.summary), json.loads(row.findings)) if row is not None else None


def _short(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_short(one) for one in value[:20]]
    text = redact(str(value))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
