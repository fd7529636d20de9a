"""Fourth: a program's token, where one is sent. It must hold, or nothing further is looked at.

The answer is the same for a token that was never made, was copied badly, has expired or was revoked; the journal
knows which (RFC 6750 section 3.1). Only what fails is counted, so that nobody else behind the same address is kept
out (law 8); there is nothing to guess in 256 random bits.
"""

from __future__ import annotations

from flask import request

from doorward.core.access import PUBLIC, Caller, Rule, seen_behind
from doorward.core.bearer import bearer_token
from doorward.core.journal import REFUSED
from doorward.core.tokens import looks_like_token
from doorward.core.transport import address_group
from doorward.errors import BadRequest, TokenRefused
from doorward.store import tokens
from doorward.store.accounts import split_roles
from doorward.store.tokens import Found
from doorward.web.here import Here

_UNKNOWN = "unknown"
#: No query that is shorter can hold a token.
_SHORTEST = 40


def check(at: Here) -> None:
    """Refuse a token that does not hold, and one that stands in the address, where logs and histories keep it."""
    if len(request.query_string) >= _SHORTEST:
        _refuse_in_address(at)
    at.is_private = at.is_private or at.sends_token  # no cache keeps what a token was answered
    if at.sends_token and at.caller.token_id is None:
        at.door.limiter.take(at.door.limits.refused_tokens, address_group(at.client.address))
        _journal(at)
        raise TokenRefused


def _refuse_in_address(at: Here) -> None:
    sent = [value for values in request.args.listvalues() for value in values]
    if any(looks_like_token(value.strip()) for value in sent):
        if at.door.limits.may_journal(at.door.limiter, at.client.address):
            with at.door.store.transaction(Caller(address=at.client.address)) as tx:
                tx.journal("token.in_address", outcome=REFUSED, method=request.method)
        raise BadRequest("A token does not belong into an address. Send it in the header Authorization, and revoke it.")


def _journal(at: Here) -> None:
    if not at.door.limits.may_journal(at.door.limiter, at.client.address):
        return
    found = at.token
    on = f"token:{found.token_id}" if found is not None else "token:(unknown)"
    name = found.name if found is not None else ""
    with at.door.store.transaction(Caller(address=at.client.address)) as tx:
        tx.journal("token.refused", on=on, outcome=REFUSED, name=name, reason=at.token_problem)


def find_program(at: Here) -> Caller:
    """The caller that sends a token in the header; a visitor without any right if it does not hold."""
    value = bearer_token(request.headers.get("Authorization"))
    at.token_problem = _UNKNOWN if value is not None else "malformed"
    if value is None:
        return Caller(address=at.client.address)
    with at.door.store.looking_up() as db:
        at.token = tokens.find(db, value)
    if at.token is not None:
        at.token_problem = at.token.why_dead(at.now)
    if at.token is None or at.token_problem:
        return Caller(address=at.client.address)
    _note_use(at, at.token)
    return seen_behind(_rule(at), whole_caller(at, at.token))


def whole_caller(at: Here, found: Found, session_id: int | None = None) -> Caller:
    """All that a token's holder is. A view or topic gets what `seen_behind` leaves of it.

    For a program that is the owner, with the token's scopes; a person who was given the token is nobody's account.
    """
    program = not found.for_person
    return Caller(
        account_id=found.owner_id if program else None,
        name=found.owner_name if program else found.name,
        roles=split_roles(found.owner_roles) if program else frozenset(),
        scopes=frozenset(found.scopes.split()),
        session_id=session_id,
        token_id=found.token_id,
        visitor=f"token:{found.token_id}" if session_id is None else f"session:{session_id}",
        address=at.client.address,
    )


def _rule(at: Here) -> Rule:
    return at.demand.rule if at.demand is not None else PUBLIC


def _note_use(at: Here, found: Found) -> None:
    if tokens.is_use_worth_noting(found, at.now):
        with at.door.store.transaction(Caller(address=at.client.address)) as tx:
            tokens.note_use(tx, found.token_id)
