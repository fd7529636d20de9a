"""Six people who write as fast as they can, into one room: chat and MiniMost in turns.

Chat in two ways: a message a request, as a page sends while its network is good; and fifty a request, as its outbox
sends what has waited. MiniMost has no second way.
"""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

from . import minimost
from .team import Team, make_team, serving
from .writing import rate

SENDERS = 6
#: Each writes from so many accounts in turn: one account may write 6,000 messages an hour.
_ACCOUNTS = 24
_TOGETHER = 50
_SAID = "The harbour is quiet today, and the build is ready"


def measured(folder: Path, seconds: float, rounds: int, source: Path | None) -> dict[str, Any]:
    """Messages a second, the median of the rounds; of both in turns where there is a MiniMost.

    Arguments:
        source: a folder with MiniMost's public repository; None measures chat alone.
    """
    team = make_team(folder / "chat", SENDERS * _ACCOUNTS)
    with serving(folder / "chat") as server:
        if source is None:
            found = [
                (_alone(server.port, team, seconds, one), _together(server.port, team, seconds, one), 0.0)
                for one in range(rounds)
            ]
            return {**_ours(found), "minimost": "was not measured: name its folder"}
        (folder / "minimost").mkdir()
        found = []
        with minimost.minimost(source.resolve(), (folder / "minimost").resolve()) as port:
            people = [minimost.sign_up(port, f"person{one}") for one in range(SENDERS)]
            for one in range(rounds):
                theirs = rate(port, SENDERS, seconds, lambda who, number: minimost.writing(people[who], _SAID))
                alone = _alone(server.port, team, seconds, one)
                found.append((alone, _together(server.port, team, seconds, one), theirs))
    return {
        **_ours(found),
        "minimost": round(statistics.median(theirs for _, _, theirs in found)),
        "ratio": round(statistics.median(alone / theirs for alone, _, theirs in found), 2),
        "ratio_through_the_outbox": round(statistics.median(many / theirs for _, many, theirs in found), 2),
    }


def _ours(found: list[tuple[float, float, float]]) -> dict[str, Any]:
    return {
        "chat": round(statistics.median(alone for alone, _, _ in found)),
        "chat_through_the_outbox": round(statistics.median(many for _, many, _ in found)),
    }


def _alone(port: int, team: Team, seconds: float, turn: int) -> float:
    def write(sender: int, number: int) -> bytes:
        who = team.people[sender * _ACCOUNTS + number % _ACCOUNTS]
        return team.writing(who, f"r{turn}-{sender}-{number}", _SAID)

    return rate(port, SENDERS, seconds, write)


def _together(port: int, team: Team, seconds: float, turn: int) -> float:
    def write(sender: int, number: int) -> bytes:
        who = team.people[sender * _ACCOUNTS + number % _ACCOUNTS]
        return team.outbox(who, [f"o{turn}-{sender}-{number}-{one}" for one in range(_TOGETHER)], _SAID)

    return _TOGETHER * rate(port, SENDERS, seconds, write)
