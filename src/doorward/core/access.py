"""Who is calling, what a route demands, and whether the one satisfies the other.

Default deny: `judge` answers `None` (let in) only where every demand of the rule is met; anything else is a
`Refused` that says why (OWASP ASVS 8.2.1, 8.3.1).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from doorward.core.described import Described
from doorward.errors import Forbidden, NotSignedIn, Refused, ScopeMissing, SignInAgain

if TYPE_CHECKING:
    from doorward.core.uploads import Intake

#: The role that may do everything on this server's administration pages.
ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends this request, as the door found out. The actor of every action.

    Arguments:
        account_id: the stable id of the account; None for a visitor, the host, or a participant, who holds a token
            and has no account.
        name: the account's name as typed, for pages and the journal; a participant's is the name of the token.
        roles: the roles of the account.
        scopes: None for a person with an account (all that the account may do); a set for whoever holds a token.
        signed_in_at: when the person last proved who they are, for the rule `fresh`.
        session_id: the session's record; None for visitors and for programs.
        token_id: the number of the token that this caller holds; it stays the same when the token is rotated.
        visitor: a hashed key of this browser, stable until it signs in or out; never a credential.
        address: the client's address as the door knows it.
    """

    account_id: str | None = None
    name: str = ""
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] | None = None
    signed_in_at: datetime | None = None
    session_id: int | None = None
    token_id: int | None = None
    visitor: str = ""
    address: str = ""

    def __bool__(self) -> bool:
        """True for an account that is signed in, so that templates can ask `if current_account`."""
        return self.is_signed_in

    @property
    def id(self) -> str:
        """The account's id; empty for a visitor and for a participant."""
        return self.account_id or ""

    @property
    def holder(self) -> str:
        """Who does this, as one stable text: `account:…`, `token:…` for a participant, empty for a visitor."""
        if self.account_id is not None:
            return f"account:{self.account_id}"
        return f"token:{self.token_id}" if self.token_id is not None else ""

    @property
    def is_signed_in(self) -> bool:
        return self.account_id is not None

    @property
    def is_participant(self) -> bool:
        """Somebody without an account who signed in with a token."""
        return self.account_id is None and self.token_id is not None and self.session_id is not None

    @property
    def is_admin(self) -> bool:
        return ADMIN in self.roles and self.scopes is None


#: The person at the keyboard of the server itself: commands act as this caller.
HOST = Caller(name="(host)", roles=frozenset({ADMIN}))


@dataclass(frozen=True, slots=True)
class Rule:
    """What a route demands of the caller. Rules are values: they add up with `and_`.

    Arguments:
        public: True lets everybody in; then no other demand may stand beside it.
        roles: of each of these groups at least one role; without a group, any account.
        scopes: a token must carry all of these. A route without scopes does not accept tokens.
        fresh: the caller has signed in again within the last minutes.
    """

    public: bool = False
    roles: frozenset[frozenset[str]] = frozenset()
    scopes: frozenset[str] = frozenset()
    fresh: bool = False

    def and_(self, other: Rule) -> Rule:
        """Both rules at once: the stricter of the two in every respect."""
        return replace(
            self,
            public=self.public and other.public,
            roles=self.roles | other.roles,
            scopes=self.scopes | other.scopes,
            fresh=self.fresh or other.fresh,
        )

    def __str__(self) -> str:
        if self.public:
            return "public"
        words = sorted("role:" + "|".join(sorted(group)) for group in self.roles) or ["member"]
        words += [f"scope:{scope}" for scope in sorted(self.scopes)]
        return " ".join([*words, *(["fresh"] if self.fresh else [])])


PUBLIC = Rule(public=True)
MEMBER = Rule()


@dataclass(frozen=True, slots=True)
class Demand:
    """A rule with the things a route may declare beside it. All of it shows up in `doorward routes`.

    Arguments:
        rule: what the caller must be.
        limits: the names of limits on this route, each `amount/window` with what it counts per.
        max_body: the largest body in bytes, or the name of the setting that says it; None for the server's default.
        loosened: CSP directives that this view needs wider than the door's, with the added sources.
        passive: True for streams and pollers, which do not keep a session alive.
        csrf_exempt: a reason, for the few routes that a browser calls by itself; empty otherwise.
        even_when_due: True where one may enter though one's password must be changed first.
        counts: the names of settings whose limits the view itself counts against, such as those of signing in.
        slow: True where the view waits for hashing or the like, so that it runs in the slow lane.
        api: for a route under `/api/`, its description.
        spooled: True where the server may bring a large body to disk before the view goes on (`core/spooling.py`).
        takes: the intake by which a form on this route may bring files.
        uses: devices that the page uses, such as the camera; the browser refuses them to every other page.
        shows_maps: True where the page may show the map tiles of the settings.
        publishes: what a public route shows to everybody of what people have written behind the door; empty if nothing.
        needs: the names of settings without which the route answers as if it were not there.
    """

    rule: Rule
    limits: tuple[RouteLimit, ...] = ()
    max_body: int | str | None = None
    loosened: tuple[tuple[str, tuple[str, ...]], ...] = ()
    passive: bool = False
    csrf_exempt: str = ""
    slow: bool = False
    even_when_due: bool = False
    counts: tuple[str, ...] = ()
    api: Described | None = None
    takes: Intake | None = None
    spooled: bool = False
    publishes: str = ""
    uses: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    shows_maps: bool = False


@dataclass(frozen=True, slots=True)
class RouteLimit:
    """A limit that a route declares, such as 30 votes a minute for each visitor.

    Arguments:
        rate: `amount/window`, for example "30/minute".
        per: what it counts: "visitor" (account, token or browser) or "address".
    """

    rate: str
    per: str = field(default="visitor")


def judge(rule: Rule, caller: Caller, now: datetime, fresh_for: timedelta) -> Refused | None:
    """Does `caller` satisfy `rule`? None lets in; otherwise the refusal, whose class says why.

    Arguments:
        rule: what the route demands.
        caller: who asks.
        now: the time, aware, UTC.
        fresh_for: for how long after signing in the rule `fresh` is satisfied.
    """
    if rule.public:
        return None
    if not caller.holder:
        return NotSignedIn()
    if caller.scopes is not None and not (rule.scopes and rule.scopes <= caller.scopes):
        return ScopeMissing(rule.scopes)
    if not all(group & caller.roles for group in rule.roles):
        return Forbidden()
    if rule.fresh and caller.scopes is not None:
        return Forbidden("This needs a person who has just signed in with an account.")
    if rule.fresh and not _is_fresh(caller, now, fresh_for):
        return SignInAgain()
    return None


def seen_behind(rule: Rule, caller: Caller) -> Caller:
    """What a view or a topic behind `rule` sees of the caller.

    Where a rule names no scopes, or more than the token carries, whoever holds it brings nothing of its owner along:
    no account and no roles. So a token never opens more on a public page than a visitor may see there.
    """
    if caller.scopes is None or (rule.scopes and rule.scopes <= caller.scopes):
        return caller
    return replace(caller, account_id=None, roles=frozenset())


def _is_fresh(caller: Caller, now: datetime, fresh_for: timedelta) -> bool:
    # A clock that jumped back makes the age negative: that is not fresh either.
    return caller.signed_in_at is not None and timedelta(0) <= now - caller.signed_in_at <= fresh_for
