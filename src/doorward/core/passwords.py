"""Hashing and checking passwords: argon2id, and older hashes once.

Source of the rules: RFC 9106 (argon2), NIST SP 800-63B-4 section 3.1.1.2 (normalise, never truncate, at
most slow the server down so much), OWASP ASVS 6.2 and 11.4.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import Argon2Error, InvalidHashError, VerifyMismatchError
from argon2.profiles import CHEAPEST, RFC_9106_LOW_MEMORY

from doorward.core.legacy_hashes import Check, read_legacy
from doorward.errors import Invalid, StartRefused

#: Characters. Nobody types more, and a longer one would let a stranger choose how long the server works.
LONGEST = 1_024

#: RFC 9106 section 4, the second recommended option: 3 passes over 64 MiB in 4 lanes, 128-bit salt, 256-bit
#: tag. The first option wants 2 GiB a sign-in, which a small machine does not have.
_PROFILES = {"rfc9106": RFC_9106_LOW_MEMORY, "cheap": CHEAPEST}

_MOST_MEMORY = 256 << 10  # KiB that one stored hash may ask for
_MOST_WORK = 1 << 20  # KiB times passes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of a password found.

    Arguments:
        ok: it is the right one.
        upgrade: it is right and its hash is of an older or weaker kind: hash it again and keep that.
    """

    ok: bool
    upgrade: bool = False


_UNREADABLE = (Argon2Error, InvalidHashError, ValueError)
_WRONG = Verdict(ok=False)


class Hasher:
    """Hashes and checks passwords. Each call takes its full time in the calling thread; see `HashingPool`.

    Arguments:
        profile: `rfc9106`, or `cheap` for tests.
        production: whether real people's passwords are hashed.
    Errors:
        StartRefused: the cheap profile in production, or an unknown one.
    """

    def __init__(self, profile: str = "rfc9106", *, production: bool = False) -> None:
        if profile not in _PROFILES:
            raise StartRefused(f"{profile!r} is not a hash profile. There are: {', '.join(_PROFILES)}")
        if production and profile == "cheap":
            raise StartRefused("The cheap hash profile is for tests: its hashes are easy to guess. Use rfc9106.")
        self._argon2 = PasswordHasher.from_parameters(_PROFILES[profile])
        # What a password is checked against if there is no account: same work, and never the right one.
        self._nobody = self._argon2.hash(b"nobody")

    def hash(self, password: str) -> str:
        """The text to store. Raises Invalid for a password over 1,024 characters, before any work."""
        if len(password) > LONGEST:
            raise Invalid({"password": f"The password may have at most {LONGEST:,} characters."})
        return self._argon2.hash(_normal_bytes(password))

    def verify(self, stored: str, password: str) -> Verdict:
        """Whether the password is the one whose hash was stored.

        Whatever cannot be read is a wrong password, at the price of a wrong password. A hash of another
        system takes as long as that system made it, until its first right password replaces it.

        Arguments:
            stored: a hash of ours or of an older system, or anything else.
            password: as typed. One over 1,024 characters is wrong without any work, for everybody alike.
        """
        if len(password) > LONGEST:
            return _WRONG
        legacy = read_legacy(stored)
        if legacy is not None:
            right = _any_form(legacy, password)
            return Verdict(ok=right, upgrade=right)
        if not _is_bearable(stored):
            return self.verify_nobody(password)
        try:
            right = self._check(stored, _normal_bytes(password))
        except _UNREADABLE:
            return self.verify_nobody(password)
        return Verdict(ok=right, upgrade=right and self._is_weaker(stored))

    def verify_nobody(self, password: str) -> Verdict:
        """Do the work of `verify` for a name that nobody has, so that time does not tell (OWASP ASVS 6.3.8)."""
        if len(password) <= LONGEST:
            self._check(self._nobody, _normal_bytes(password))
        return _WRONG

    def is_strong_enough(self, stored: str) -> bool:
        """Whether this is a readable argon2id hash that takes no less work than those this server makes."""
        return _is_bearable(stored) and not self._is_weaker(stored)

    def _check(self, stored: str, secret: bytes) -> bool:
        """One argon2 computation: the work that everybody pays. Raises one of _UNREADABLE without any work."""
        try:
            return self._argon2.verify(stored, secret)
        except VerifyMismatchError:
            return False

    def _is_weaker(self, stored: str) -> bool:
        """Only what is weaker is replaced: a cheap profile never makes a strong hash cheap."""
        theirs, ours = extract_parameters(stored), extract_parameters(self._nobody)
        return (
            theirs.type is not Type.ID
            or theirs.version < ours.version
            or theirs.memory_cost * theirs.time_cost < ours.memory_cost * ours.time_cost
            or theirs.salt_len < ours.salt_len
            or theirs.hash_len < ours.hash_len
        )


def is_argon2(text: str) -> bool:
    """Whether a text means to be an argon2 hash, be it readable or damaged."""
    return text.startswith("$argon2")


def _is_bearable(stored: str) -> bool:
    """Whether it is an argon2 hash that asks for no more memory and time than a server can give."""
    try:
        asked = extract_parameters(stored)
    except (InvalidHashError, ValueError):
        return False
    return asked.memory_cost <= _MOST_MEMORY and asked.memory_cost * asked.time_cost <= _MOST_WORK


def _normal_bytes(password: str) -> bytes:
    """UTF-8 of the NFC form: the same password whatever keyboard composed its accents (NIST SP 800-63B-4)."""
    return _bytes(unicodedata.normalize("NFC", password))


def _any_form(check: Check, password: str) -> bool:
    """Older systems hashed what the keyboard sent; try that too where it differs from the normal form."""
    return any(check(form) for form in {_normal_bytes(password), _bytes(password)})


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
