"""Factors as values: what a session was opened with, whom a second one is asked of, and recovery codes."""

from __future__ import annotations

from collections.abc import Iterable

from doorward.core.access import ADMIN
from doorward.core.tokens import new_code, read_code

PASSWORD, TOTP, RECOVERY, PASSKEY = "password", "totp", "recovery", "passkey"  # nosec B105  # (names)
#: A provider said who it is; and, where the operator lets that count, that it asked for a second factor.
PROVIDER, PROVIDER_SECOND = "oidc", "oidc-second"
#: A passkey stands for two factors by itself: the device, and the finger or PIN that unlocks it (NIST SP 800-63B-4
#: section 3.1.6). A session is only opened with a passkey alone when the person was verified.
_SECOND = frozenset({TOTP, RECOVERY, PASSKEY, PROVIDER_SECOND})

#: Of whom a second factor is required.
NOBODY, ADMINISTRATORS, EVERYBODY = "", "admin", "member"
DEMANDS = (NOBODY, ADMINISTRATORS, EVERYBODY)

HOW_MANY_CODES = 10
#: Copied from paper and not read aloud, so only 0, O, 1 and I are left out. 32 characters: 24 of them are 120 bits.
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_GROUPS, _GROUP = 4, 6
_LENGTH = _GROUPS * _GROUP


def is_strong(factors: Iterable[str]) -> bool:
    """Was more than a password proved?"""
    return not _SECOND.isdisjoint(factors)


def without_second(factors: Iterable[str]) -> tuple[str, ...]:
    """What came first, when a second factor of the account is set up or goes: the password, or a provider's word."""
    ours = (TOTP, RECOVERY, PASSKEY)
    return tuple(factor for factor in factors if factor not in ours) or (PASSWORD,)


def is_required(demand: str, roles: frozenset[str]) -> bool:
    """Must somebody with these roles use a second factor?

    Arguments:
        demand: one of `DEMANDS`. What is not one of them asks it of everybody: a damaged setting fails closed.
    """
    if demand == NOBODY:
        return False
    return ADMIN in roles if demand == ADMINISTRATORS else True


def new_recovery_codes() -> list[str]:
    """Ten codes of 120 random bits each, as they are shown: `K7QM2X-9FHTRA-WB4CDE-3ZPUYN`."""
    return [_grouped(new_code(_ALPHABET, _LENGTH)) for _ in range(HOW_MANY_CODES)]


def read_recovery_code(typed: str) -> str | None:
    """The code that somebody meant, as it was shown; None if it has not the form of one."""
    plain = read_code(typed, _ALPHABET, _LENGTH)
    return _grouped(plain) if plain is not None else None


def _grouped(code: str) -> str:
    return "-".join(code[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))
