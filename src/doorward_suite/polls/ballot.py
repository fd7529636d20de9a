"""Which question a phone shows: the one that was asked for, else the one that was opened last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .kinds import OTHER


@dataclass(frozen=True, slots=True)
class Ballot:
    """What stands on one phone.

    Arguments:
        asked: the question; None while none is open.
        mine: what this respondent answered to it, as it was sent: keys, a text, a number, words. None where nothing.
        others: the other questions that are open.
    """

    asked: Mapping[str, Any] | None
    mine: list[str] | None
    others: list[Mapping[str, Any]]

    @property
    def own_words(self) -> str:
        """What this respondent wrote beside the options."""
        said = self.mine[self.mine.index(OTHER) + 1 :] if self.mine and OTHER in self.mine else []
        return said[0] if said else ""


def verdict(question: Mapping[str, Any], player: Mapping[str, Any] | None) -> str:
    """What a phone says of a question that was revealed. The page's script says the same."""
    labels = {option["key"]: option["label"] for option in question["options"]}
    right = ", ".join(labels.get(one, one) for one in question["right"])
    points = player["points"].get(str(question["id"])) if player else None
    mine = "You did not answer." if points is None else f"Right: {points} points." if points else "Not right this time."
    return f"The answer: {right}. {mine}"


def player_line(player: Mapping[str, Any]) -> str:
    """How the game stands for this phone. The page's script says the same."""
    if not player["nickname"]:
        return "Choose a nickname to be on the leaderboard"
    away = ", taken down by the presenter" if player["hidden"] else ""
    return f"{player['nickname']}{away}: {player['total']} points"


def ballot(snapshot: Mapping[str, Any], wanted: int | None = None) -> Ballot:
    """The phone's page, of a snapshot by `queries.audience_snapshot`. The page's script chooses the same."""
    opened = [question for question in snapshot["questions"] if question["status"] == "open"]
    opened.sort(key=lambda question: -question["opening"])
    named = [question for question in snapshot["questions"] if question["id"] == wanted]
    asked = next(iter([*named, *opened]), None)
    mine = snapshot["answers"].get(str(asked["id"])) if asked else None
    return Ballot(asked, mine, [question for question in opened if question is not asked])
