"""A provider by which people sign in (OpenID Connect), as the operator names it; and which roles it gives to whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

#: Who without an account may come in through a provider.
NONE, INVITED, APPROVAL, OPEN = "none", "invited", "approval", "open"
REGISTRATIONS = (NONE, INVITED, APPROVAL, OPEN)

_MOST_GROUPS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One provider.

    Arguments:
        key: what it is called in addresses and settings: lower-case letters and digits.
        name: what people call it.
        issuer: its address, exactly as it writes it itself.
        client_id: what it calls us.
        client_secret: how it knows that it is us; None for a client without a secret, which PKCE alone protects.
        scopes: what we ask for; `openid` among them.
        groups_claim: where its ID token says in which groups somebody is.
        roles: which group gives which role. No other role can come from it.
        registration: one of `REGISTRATIONS`.
        second_factor: the values of `acr` and `amr` that count as a second factor; none by default.
    """

    key: str
    name: str
    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ("openid", "profile")
    groups_claim: str = "groups"
    roles: tuple[tuple[str, str], ...] = ()
    registration: str = INVITED
    second_factor: tuple[str, ...] = ()

    @property
    def lets_in_new_people(self) -> bool:
        """May somebody without an account and without an invitation ask for one?"""
        return self.registration in (APPROVAL, OPEN)

    @property
    def lets_in_invited(self) -> bool:
        """May somebody with an invitation make the account with it?"""
        return self.registration != NONE


def roles_from(provider: Provider, claims: Mapping[str, object]) -> frozenset[str]:
    """The roles that the groups in an ID token give: of the mapping, and never another one.

    Arguments:
        claims: of a token that was checked.
    """
    found = claims.get(provider.groups_claim)
    groups: Iterable[object] = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    names = {group for group in list(groups)[:_MOST_GROUPS] if isinstance(group, str)}
    return frozenset(role for group, role in provider.roles if group in names)


def settle_roles(
    held: frozenset[str], given_before: frozenset[str], given_now: frozenset[str], by_others: frozenset[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """What an account may after a sign-in: what the provider gave, it takes; what somebody here gave stays.

    Arguments:
        held: the roles of the account until now.
        given_before: those of them that this identity had given.
        given_now: those that it gives now.
        by_others: those that other identities of the account have given.

    Results:
        the roles from now on, and those of them that this identity has given.
    """
    kept = held - (given_before - given_now - by_others)
    # What the account had from somebody here before the provider said so too stays theirs to take away.
    given = (given_now - held) | (given_now & (given_before | by_others))
    return kept | given_now, given


def counts_as_second_factor(provider: Provider, claims: Mapping[str, object]) -> bool:
    """Does the token say that a second factor was asked for, in a word that the operator has listed?

    (OIDC Core 2: `acr`, `amr`; RFC 8176 lists words.)
    """
    amr = claims.get("amr")
    said = {word for word in amr if isinstance(word, str)} if isinstance(amr, list) else set()
    acr = claims.get("acr")
    if isinstance(acr, str):
        said.add(acr)
    return not said.isdisjoint(provider.second_factor)
