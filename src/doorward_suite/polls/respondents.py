"""Who answers, without knowing who: a random value in a signed cookie, and a pseudonym for each poll.

The cookie also says which polls this browser has joined, since only those may be listened to.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from doorward import Forbidden, keyed_hash, recall

COOKIE = "polls"
DAYS = 30
_MOST_JOINED = 20
_BYTES = 16
_NO_COOKIE = (
    "Your browser did not send the cookie of this poll, so the vote cannot be counted once. "
    "Allow cookies for this page, then open it again."
)


@dataclass(frozen=True, slots=True)
class Respondent:
    """A browser that has joined polls.

    Arguments:
        key: its random value; it stays in the cookie and is never stored.
        joined: the numbers of the polls that it joined, the latest last.
    """

    key: str
    joined: tuple[int, ...] = ()

    def pseudonym(self, poll_id: int) -> str:
        """Its name in one poll: nobody without the server's key can compute it, and no two polls share it."""
        return keyed_hash("polls.respondent", f"{poll_id}:{self.key}")

    def as_cookie(self) -> str:
        return ".".join([self.key, *map(str, self.joined)])

    def having_joined(self, poll_id: int) -> Respondent:
        others = tuple(known for known in self.joined if known != poll_id)
        return replace(self, joined=(*others, poll_id)[-_MOST_JOINED:])


def new_respondent() -> Respondent:
    return Respondent(secrets.token_urlsafe(_BYTES))


def known_respondent() -> Respondent | None:
    """The respondent of the running request; None without a cookie, or with a forged or expired one."""
    value = recall(COOKIE)
    if value is None:
        return None
    key, *joined = value.split(".")
    return Respondent(key, tuple(int(number) for number in joined))


def voter() -> Respondent:
    """The respondent who votes. Without the cookie nobody could be held to one vote."""
    respondent = known_respondent()
    if respondent is None:
        raise Forbidden(_NO_COOKIE)
    return respondent
