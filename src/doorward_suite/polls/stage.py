"""What the big screen shows, as a value: kept for the poll, so that every screen and every remote shows the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from doorward import Invalid, whole_number

FOCUS, GRID, STACK = "focus", "grid", "stack"
LAYOUTS = (FOCUS, GRID, STACK)
#: In the place of a question: the way in, and who leads.
LOBBY, LEADERS = "lobby", "leaders"
#: How long a timer may run, in seconds.
TIMES = range(5, 3601)


@dataclass(frozen=True, slots=True)
class Stage:
    """What stands on the big screen.

    Arguments:
        version: grows with every change; the newer of two has the higher one.
        showing: the question; None for the way in.
        leaders: whether the leaderboard stands in the question's place.
        layout: one question, all that were asked side by side, or one under the other.
        hidden: whether the numbers are hidden.
        qr: whether the way in fills the screen for a moment, whatever else is shown.
        frozen: whether the numbers stay where they are, while people go on answering.
    """

    version: int = 0
    showing: int | None = None
    leaders: bool = False
    layout: str = FOCUS
    hidden: bool = False
    qr: bool = False
    frozen: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def stage_of(kept: str) -> Stage:
    """The stage of a poll from its column."""
    return Stage(**json.loads(kept))


def changed(stage: Stage, form: Mapping[str, str]) -> Stage:
    """The stage as a form wants it. What it does not name stays; each name says how it shall be, and not "the other".

    Errors:
        Invalid: nothing that a stage has, or a value that it cannot be.
    """
    wanted: dict[str, Any] = {}
    for name, given in form.items():
        if name == "showing":
            wanted |= {"leaders": given == LEADERS, "qr": False}
            wanted |= {} if given == LEADERS else {"showing": None if given == LOBBY else _question(given)}
        elif name == "layout" and given in LAYOUTS:
            wanted["layout"] = given
        elif name in ("hidden", "qr", "frozen") and given in ("0", "1"):
            wanted[name] = given == "1"
        else:
            raise Invalid({name: "The big screen cannot be set so."})
    if not wanted:
        raise Invalid({"showing": "Say what the big screen shall show."})
    return replace(stage, version=stage.version + 1, **wanted)


def _question(given: str) -> int:
    number = whole_number(given)
    if number is None:
        raise Invalid({"showing": "There is no such question."})
    return number
