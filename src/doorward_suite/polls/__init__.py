"""Polls: ask a room, and watch the answers come in. What the portal needs of the app stands here."""

from __future__ import annotations

from pathlib import Path

from doorward import Migrations

from .views import blueprint

TITLE = "Polls"
SENTENCE = "Ask a room, let phones answer, watch the bars move."
MIGRATIONS = Migrations(Path(__file__).parent / "migrations", head="polls_0001")
SCOPES = {"polls:read": "Read your polls and their results"}

__all__ = ["MIGRATIONS", "SCOPES", "SENTENCE", "TITLE", "blueprint"]
