"""JSON that is nested too deeply is a bad request, as any other JSON that cannot be read (OWASP ASVS 15.2.2)."""

from __future__ import annotations

from typing import Any

from flask import Flask


def install(app: Flask) -> None:
    """Let `request.get_json` answer 400 where the parser would give up with an unexpected error."""
    loads = app.json.loads

    def loads_or_refuses(text: str | bytes, **options: Any) -> Any:
        try:
            return loads(text, **options)
        except RecursionError:
            raise ValueError("nested too deeply") from None

    app.json.loads = loads_or_refuses  # type: ignore[method-assign,assignment]
