"""Six people who write as fast as they can, into one room: chat and MiniMost in turns."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

from . import minimost
from .team import Team, make_team, serving
from .writing import rate

SENDERS = 6
#: Each writes from so many accounts in turn: one account may write 6,000 messages an hour.
_ACCOUNTS = 12
_SAID = "The harbour is quiet today, and the build is ready"


def measured(folder: Path, seconds: float, rounds: int, source: Path | None) -> dict[str, Any]:
    """Messages a second, the median of the rounds; of both in turns where there is a MiniMost.

    Arguments:
        source: a folder with MiniMost's public repository; None measures chat alone.
    """
    team = make_team(folder / "chat", SENDERS * _ACCOUNTS)
    with serving(folder / "chat") as server:
        if source is None:
            ours = [_ours(server.port, team, seconds, one) for one in range(rounds)]
            return {"chat": round(statistics.median(ours)), "minimost": "was not measured: name its folder"}
        (folder / "minimost").mkdir()
        with minimost.minimost(source.resolve(), (folder / "minimost").resolve()) as port:
            people = [minimost.sign_up(port, f"person{one}") for one in range(SENDERS)]
            both: list[tuple[float, float]] = []
            for one in range(rounds):
                theirs = rate(port, SENDERS, seconds, lambda who, number: minimost.writing(people[who], _SAID))
                both.append((_ours(server.port, team, seconds, one), theirs))
    return {
        "chat": round(statistics.median(one for one, _ in both)),
        "minimost": round(statistics.median(two for _, two in both)),
        "ratio": round(statistics.median(one / two for one, two in both), 2),
    }


def _ours(port: int, team: Team, seconds: float, turn: int) -> float:
    def write(sender: int, number: int) -> bytes:
        who = team.people[sender * _ACCOUNTS + number % _ACCOUNTS]
        return team.writing(who, f"r{turn}-{sender}-{number}", _SAID)

    return rate(port, SENDERS, seconds, write)
