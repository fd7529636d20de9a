"""Limits as values: what may happen how often, what is remembered of it, and what the caller is told.

Two ways of counting. An exact limit remembers the time of every entry, so that no window of its length, wherever
it starts, ever holds more than its amount. The other counts within fixed windows: one number, whatever the amount,
and at worst twice the amount around the change of windows. Small amounts are exact, floods are counted.

OWASP ASVS 2.4.1 (automation), 6.1.1 and 6.3.1 (guessing, and no lockout by strangers).
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal, NamedTuple

from doorward.errors import SettingsError

#: Up to this amount a limit is exact unless it says otherwise: the entries of a key are kept in one small record.
EXACT_UP_TO = 100

_UNITS = {
    "second": 1,
    "sec": 1,
    "s": 1,
    "minute": 60,
    "min": 60,
    "m": 60,
    "hour": 3600,
    "h": 3600,
    "day": 86400,
    "d": 86400,
}
_RATE = re.compile(r"([0-9]{1,9})\s*/\s*([0-9]{1,6})?\s*([a-z]+)", re.ASCII)
_NAME = re.compile(r"[a-z0-9][a-z0-9._:-]{0,63}", re.ASCII)


class Rate(NamedTuple):
    """How often: `amount` times within `window` seconds."""

    amount: int
    window: int


def parse_rate(text: str) -> Rate:
    """A rate as people write it: "10/minute", "5/15minutes", "20/h".

    Errors:
        SettingsError: with the text and an example of a right one.
    """
    match = _RATE.fullmatch(text.strip().lower())
    unit = _UNITS.get(match[3]) or _UNITS.get(match[3].removesuffix("s")) if match else None
    rate = Rate(int(match[1]), int(match[2] or 1) * unit) if match and unit else None
    if rate is None or rate.amount < 1 or rate.window < 1:
        raise SettingsError(f"{text!r} is not a rate; write amount/time, such as 10/minute, 5/15minutes or 20/h")
    return rate


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit.

    Arguments:
        name: lower case; names the limit in header fields, in the journal and in `doorward routes`.
        amount: how many entries a window holds, at least 1.
        window: its length in whole seconds, at least 1.
        per: what it counts by ("address", "account", "caller", …): a word for people, since the key is given at `take`.
        on_store_failure: whether callers are refused ("closed") or let through ("open") while the store is broken.
        counts: "failures" where success gives the attempt back.
        exact: whether every entry is remembered, or only their number within fixed windows.

    Errors:
        SettingsError: a value is out of range.
    """

    name: str
    amount: int
    window: int
    per: str = "address"
    on_store_failure: Literal["closed", "open"] = "closed"
    counts: Literal["all", "failures"] = "all"
    exact: bool = True

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise SettingsError(f"{self.name!r} cannot name a limit: use a-z, 0-9, and . _ : - between them")
        if self.amount < 1 or self.window < 1:
            raise SettingsError(f"limit {self.name}: amount and window must be at least 1")

    @property
    def rate(self) -> str:
        """The rate for people: "5/15minutes"."""
        for unit, seconds in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
            if self.window % seconds == 0:
                many = self.window // seconds
                return f"{self.amount}/{unit}" if many == 1 else f"{self.amount}/{many}{unit}s"
        raise AssertionError("every whole number is a number of seconds")


def limit_of(
    name: str,
    rate: str,
    *,
    per: str = "address",
    on_store_failure: Literal["closed", "open"] = "closed",
    counts: Literal["all", "failures"] = "all",
    exact: bool | None = None,
) -> Limit:
    """A limit from a written rate; exact when the amount is small, unless `exact` says otherwise.

    Errors:
        SettingsError: as of `parse_rate` and `Limit`.
    """
    amount, window = parse_rate(rate)
    return Limit(name, amount, window, per, on_store_failure, counts, amount <= EXACT_UP_TO if exact is None else exact)


# --- what is remembered, and the decision ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tally:
    """What is remembered of one key of one limit.

    Arguments:
        count: how many entries count.
        ends: when nothing of this needs to be remembered any more, in seconds since 1970.
        times: when each entry was made, oldest first; empty where entries are only counted.
    """

    count: int
    ends: float
    times: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller stands with a limit.

    Arguments:
        limit: the limit.
        remaining: how many further entries it admits now.
        reset_after: seconds until it admits more than that.
    """

    limit: Limit
    remaining: int
    reset_after: float


def settled(limit: Limit, tally: Tally | None, now: float) -> Tally:
    """The tally as of now: what is over is forgotten.

    A clock that jumped back leaves entries in the future. They count as made now: nobody gets more than the amount,
    and nobody waits longer than one window. (So a store must keep the settled tally even when it refuses.)

    Results:
        the very same tally when nothing has changed.
    """
    present = _settled_times(limit, tally, now) if limit.exact else _settled_count(limit, tally, now)
    return tally if tally == present else present


def _settled_times(limit: Limit, tally: Tally | None, now: float) -> Tally:
    times = _live(tally.times, now - limit.window, now) if tally else ()
    return Tally(len(times), (times[-1] if times else now) + limit.window, times)


def _live(times: tuple[float, ...], since: float, now: float) -> tuple[float, ...]:
    live = times[bisect_right(times, since) :]
    return live if not live or live[-1] <= now else tuple(min(at, now) for at in live)


def _settled_count(limit: Limit, tally: Tally | None, now: float) -> Tally:
    if tally is None or tally.ends <= now:
        return Tally(0, now + limit.window)
    return Tally(tally.count, min(tally.ends, now + limit.window))


def admitted(limit: Limit, tally: Tally, now: float, cost: int = 1) -> Tally | None:
    """The tally with `cost` more entries; None when that is over the limit.

    Arguments:
        tally: settled as of `now`.
    """
    if tally.count + cost > limit.amount:
        return None
    if not limit.exact:
        return Tally(tally.count + cost, tally.ends)
    return Tally(tally.count + cost, now + limit.window, tally.times + (now,) * cost)


def returned(limit: Limit, tally: Tally, taken: Tally, cost: int = 1) -> Tally:
    """The tally without the entries that were just taken.

    Arguments:
        tally: settled as of now.
        taken: what `admitted` answered when they were taken.

    Results:
        the same tally where the entries no longer count, so that nothing is given back twice.
    """
    if limit.exact:
        return _without(limit, tally, taken.times[-1], cost)
    same_window = tally.ends == taken.ends
    return Tally(max(0, tally.count - cost), tally.ends) if same_window else tally


def _without(limit: Limit, tally: Tally, at: float, cost: int) -> Tally:
    left = list(tally.times)
    for _ in range(min(cost, left.count(at))):
        left.remove(at)
    return Tally(len(left), left[-1] + limit.window if left else 0.0, tuple(left))


def standing(limit: Limit, tally: Tally, now: float) -> Standing:
    """What to tell the caller about a settled tally."""
    first_end = tally.times[0] + limit.window if tally.times else tally.ends
    return Standing(limit, max(0, limit.amount - tally.count), max(0.0, first_end - now))


def wait(limit: Limit, tally: Tally, now: float, cost: int = 1) -> float:
    """Seconds until `cost` further entries fit, with nobody else asking; `tally` settled as of now."""
    too_many = tally.count + cost - limit.amount
    if too_many <= 0:
        return 0.0
    ends = tally.times[too_many - 1] + limit.window if limit.exact else tally.ends
    return max(0.0, ends - now)


def store_key(limit: Limit, key: str) -> str:
    """Under which key a store remembers this: of bounded length, and without anybody's name or address in it."""
    kind = "times" if limit.exact else "count"
    return f"{limit.name}/{kind}/{blake2b(key.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}"


# --- what the caller is told -----------------------------------------------------------------------


def retry_after(seconds: float) -> int:
    """The delay for a Retry-After header field: whole seconds, at least 1 (RFC 9110 section 10.2.3)."""
    return max(1, math.ceil(seconds))


def policy_field(limits: Iterable[Limit]) -> str:
    """RateLimit-Policy: each limit's quota and window (draft-ietf-httpapi-ratelimit-headers-10, section 3)."""
    return ", ".join(f'"{limit.name}";q={limit.amount};w={limit.window}' for limit in limits)


def standing_field(standings: Iterable[Standing]) -> str:
    """RateLimit: what remains, and the seconds until more does (the same draft, section 4)."""
    return ", ".join(f'"{s.limit.name}";r={s.remaining};t={math.ceil(s.reset_after)}' for s in standings)


def header_fields(standings: Sequence[Standing]) -> tuple[tuple[str, str], ...]:
    """Both header fields for an answer; none when no limit was asked."""
    if not standings:
        return ()
    policy = policy_field(one.limit for one in standings)
    return (("RateLimit-Policy", policy), ("RateLimit", standing_field(standings)))


# --- signing in ------------------------------------------------------------------------------------


class Counted(NamedTuple):
    """A limit and the key it counts under."""

    limit: Limit
    key: str


#: Failures from one address. Success gives back: a classroom that signs in correctly never reaches it (law 8).
SIGN_IN = limit_of("sign-in", "10/minute", per="address", counts="failures")
#: Failures for one account from browsers it has never signed in from, all together.
STRANGERS = limit_of("sign-in-account", "5/15minutes", per="account", counts="failures")
#: Failures for one account from one browser it has signed in from.
KNOWN_BROWSER = limit_of("sign-in-browser", "5/15minutes", per="account and browser", counts="failures")
#: Failures of the second step, however slowly they come: three of a million codes are right at any time, and
#: NIST SP 800-63B-4 section 3.2.2 allows 100 failures in a row. Only who knows the password gets this far.
SECOND_STEP = limit_of("second-step", "50/day", per="account", counts="failures")
REGISTRATION = limit_of("registration", "20/hour", per="address")
SETUP = limit_of("setup", "5/hour", per="address", counts="failures")
RESET = limit_of("reset", "5/hour", per="address")


def second_step_count(name: str, known_browser: str | None) -> Counted:
    """Where an attempt at a second factor counts besides `sign_in_counts`: strangers together, known browsers apart."""
    return Counted(SECOND_STEP, name if known_browser is None else f"{len(name)}:{name}:{known_browser}")


def sign_in_counts(name: str, address_group: str, known_browser: str | None) -> tuple[Counted, ...]:
    """Where an attempt to sign in counts, until it turns out to be a success.

    A browser that the account has signed in from counts by itself and nowhere else: whatever strangers do, to the
    account or behind the same address, it is not locked out (OWASP ASVS 6.1.1). All other browsers share one count,
    so that a guesser gains nothing from dropping cookies or changing addresses.

    Arguments:
        name: the name that was typed, in the form in which names are compared; whether it exists must not matter.
        address_group: from `transport.address_group`.
        known_browser: the identifier of a browser that this very account has signed in from, proved by a cookie that
            the server made; None for any other browser.
    """
    if known_browser is not None:
        return (Counted(KNOWN_BROWSER, f"{len(name)}:{name}:{known_browser}"),)
    return (Counted(SIGN_IN, address_group), Counted(STRANGERS, name))
