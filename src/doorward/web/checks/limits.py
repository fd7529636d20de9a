"""Third and last: limits. First the flood from an address, cheaply; after the rule, what the route declares.

Addresses get a generous limit, since a whole school may be behind one; what is tight counts per account, token or
browser (law 8; OWASP ASVS 2.4.1, 6.3.1).
"""

from __future__ import annotations

from doorward.core.access import RouteLimit
from doorward.core.limits import Limit
from doorward.core.transport import address_group
from doorward.web.here import Here


def check_address(at: Here) -> None:
    """The flood limit: how many requests one address may send at all. Kept in memory: it must cost next to nothing."""
    at.door.parts.flood.take(at.door.limits.flood, address_group(at.client.address))


def check_route(at: Here) -> None:
    """The limits that the view declares."""
    for declared in at.demand.limits if at.demand else ():
        taken = at.door.limiter.take(_limit(at, declared), key_of(at, declared.per))
        at.standings.append(taken.standing)


def _limit(at: Here, declared: RouteLimit) -> Limit:
    endpoint = at.environ["doorward.endpoint"]
    return at.door.limits.of_route(endpoint, declared)


def key_of(at: Here, per: str) -> str:
    """Whose count it is."""
    address = address_group(at.client.address)
    if per == "address":
        return f"address:{address}"
    caller = at.caller
    if caller.token_id is not None:
        return f"token:{caller.token_id}"
    if caller.is_signed_in:
        return f"account:{caller.id}"
    # Who sends no cookie of ours cannot be told apart from others at the address, and shares its count with them.
    return f"browser:{caller.visitor}" if caller.visitor else f"address:{address}"
