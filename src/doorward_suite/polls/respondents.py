"""Who answers, without knowing who: a random value in a signed cookie, and a pseudonym for each poll.

The cookie also says which polls this browser has joined, since only those may be listened to.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from doorward import Caller, Forbidden, keyed_hash, recall

from .seats import Claim

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
        claims: the seats that it took by a code, by poll.
    """

    key: str
    joined: tuple[int, ...] = ()
    claims: Mapping[int, Claim] = field(default_factory=dict)

    def pseudonym(self, poll_id: int) -> str:
        """Its name in one poll: nobody without the server's key can compute it, and no two polls share it."""
        return keyed_hash("polls.respondent", f"{poll_id}:{self.key}")

    def as_cookie(self) -> str:
        return ".".join([self.key, *map(self._written, self.joined)])

    def _written(self, poll_id: int) -> str:
        claim = self.claims.get(poll_id)
        return f"{poll_id}~{claim.number}~{claim.era}" if claim else str(poll_id)

    def having_joined(self, poll_id: int, claim: Claim | None = None) -> Respondent:
        """The same browser, in this poll too; with the seat that it has taken there."""
        others = tuple(known for known in self.joined if known != poll_id)
        claims = {**self.claims, poll_id: claim} if claim else self.claims
        return replace(self, joined=(*others, poll_id)[-_MOST_JOINED:], claims=claims)


@dataclass(frozen=True, slots=True)
class Coming:
    """Who comes to a poll: a browser, and the account that is signed in at it, if any.

    Arguments:
        respondent: the browser.
        account_id, name: of the account; empty without one.
    """

    respondent: Respondent
    account_id: str = ""
    name: str = ""

    @property
    def key(self) -> str:
        return self.respondent.key

    @property
    def claims(self) -> Mapping[int, Claim]:
        return self.respondent.claims

    def pseudonym(self, poll_id: int) -> str:
        return self.respondent.pseudonym(poll_id)


def proposer(poll_id: int, by_seat: bool, who: Coming) -> str:
    """Under which name somebody proposes: another than that of their answers.

    Arguments:
        by_seat: whether the poll is for people with a seat: then it is the person's, whatever browser they come with.
    """
    claim = who.claims.get(poll_id)
    person = who.key
    if by_seat:
        person = f"seat:{claim.number}" if claim else f"account:{who.account_id}"
    return keyed_hash("polls.proposer", f"{poll_id}:{person}")


def coming(caller: Caller) -> Coming | None:
    """Who comes with the running request; None without the cookie of a poll."""
    respondent = known_respondent()
    return Coming(respondent, caller.id, caller.name) if respondent else None


def new_respondent() -> Respondent:
    return Respondent(secrets.token_urlsafe(_BYTES))


def known_respondent() -> Respondent | None:
    """The respondent of the running request; None without a cookie, or with a forged or expired one."""
    value = recall(COOKIE)
    if value is None:
        return None
    key, *joined = value.split(".")
    polls = [[int(number) for number in one.split("~")] for one in joined]
    claims = {one[0]: Claim(one[1], one[2]) for one in polls if len(one) == 3}
    return Respondent(key, tuple(one[0] for one in polls), claims)


def voter(caller: Caller) -> Coming:
    """Who votes. Without the cookie nobody could be held to one vote."""
    who = coming(caller)
    if who is None:
        raise Forbidden(_NO_COOKIE)
    return who
