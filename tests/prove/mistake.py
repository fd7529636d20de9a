"""A mistake: a small change of the sound app, and what must catch it."""

from __future__ import annotations

from dataclasses import dataclass

APP = "app.py"


@dataclass(frozen=True, slots=True)
class Change:
    """One text of one file that stands there otherwise."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake.

    Arguments:
        name: what was done wrong, a few words.
        changes: how the source differs from the sound app's.
        caught: all that must catch it: "start", "check <id>" or "prove <id>".
    """

    name: str
    changes: tuple[Change, ...]
    caught: tuple[str, ...]


def in_app(name: str, old: str, new: str, *caught: str) -> Mistake:
    """A change of the app's one source file."""
    return Mistake(name, (Change(APP, old, new),), caught)
