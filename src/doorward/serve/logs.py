"""The log: structured, one line an event, without secrets (OWASP ASVS 16.2.1, 16.2.2, 16.2.5)."""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import Any

from doorward.core.journal import clean
from doorward.core.redaction import redact
from doorward.settings import Settings

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "color_message"}
_LONGEST = 4000


def install(settings: Settings) -> None:
    """Write every log line of this process to standard error, in the form that the settings ask for."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if settings.log_format == "json" else PlainLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for loud in ("uvicorn.access", "alembic", "httptools"):
        logging.getLogger(loud).setLevel(logging.WARNING)


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(json.dumps(_fields(record), ensure_ascii=False, default=str))


class PlainLines(logging.Formatter):
    """Time, level, message, then `name=value`; still one line, also for a trace."""

    def format(self, record: logging.LogRecord) -> str:
        fields = _fields(record)
        head = f"{fields.pop('at')} {fields.pop('level'):7} {fields.pop('event')}"
        fields.pop("logger")
        tail = " ".join(
            f"{name}={json.dumps(value, ensure_ascii=False, default=str)}" for name, value in fields.items()
        )
        return redact(f"{head} {tail}".rstrip())


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    fields: dict[str, Any] = {
        "at": f"{at}.{int(record.msecs):03d}Z",
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": clean(record.getMessage(), _LONGEST),
    }
    fields |= {name: value for name, value in record.__dict__.items() if name not in _STANDARD}
    if record.exc_info:
        fields["trace"] = logging.Formatter().formatException(record.exc_info)
    return fields
