"""Password hashes that other systems made: checked once, then replaced at that sign-in.

Three forms, told apart by their text:

- `scrypt:N:r:p$salt$hex` and `pbkdf2:sha256:N$salt$hex`, as Werkzeug writes them;
- `salthex$hex`, PBKDF2-SHA256 with 100,000 rounds over the salt's bytes, as ClassPulse wrote them.

The cost stands in the stored text, so it is bounded here: an import must not bring a hash that takes an hour
or all memory to try. The bounds are above every cost that these systems ever wrote and that OWASP recommends.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable

_SCRYPT = re.compile(r"scrypt:([0-9]{1,7}):([0-9]{1,2}):([0-9]{1,2})\$([^$]{1,64})\$([0-9a-fA-F]{128})")
_PBKDF2 = re.compile(r"pbkdf2:sha256:([0-9]{1,7})\$([^$]{1,64})\$([0-9a-fA-F]{64})")
_RAW = re.compile(r"((?:[0-9a-fA-F]{2}){4,64})\$([0-9a-fA-F]{64})")

_RAW_ROUNDS = 100_000
_MOST_ROUNDS = 2_000_000  # Werkzeug 3 writes 1,000,000
_MOST_MEMORY = 128 << 20  # bytes; OWASP's largest is N=2**17, r=8
_MOST_WORK = 1 << 20  # N times r times p; the same

Check = Callable[[bytes], bool]


def read_legacy(stored: str) -> Check | None:
    """How to check a password against a stored text of another system; None if it is none, or costs too much.

    Arguments:
        stored: any text.
    Results:
        a function from the password's bytes (UTF-8) to whether it is right; it takes as long as the hash costs.
    """
    return _scrypt(stored) or _pbkdf2(stored) or _raw(stored)


def _scrypt(stored: str) -> Check | None:
    match = _SCRYPT.fullmatch(stored)
    if not match:
        return None
    n, r, p = int(match[1]), int(match[2]), int(match[3])
    if not _is_bearable_scrypt(n, r, p):
        return None
    salt, wanted = match[4].encode("utf-8", "surrogatepass"), bytes.fromhex(match[5])
    return lambda secret: hmac.compare_digest(
        wanted, hashlib.scrypt(secret, salt=salt, n=n, r=r, p=p, maxmem=132 * n * r * p)
    )


def _is_bearable_scrypt(n: int, r: int, p: int) -> bool:
    is_power_of_two = n > 1 and n & (n - 1) == 0  # RFC 7914 section 2
    return is_power_of_two and r > 0 < p and 128 * n * r <= _MOST_MEMORY and n * r * p <= _MOST_WORK


def _pbkdf2(stored: str) -> Check | None:
    match = _PBKDF2.fullmatch(stored)
    if not match or not 1 <= int(match[1]) <= _MOST_ROUNDS:
        return None
    return _pbkdf2_check(match[2].encode("utf-8", "surrogatepass"), int(match[1]), bytes.fromhex(match[3]))


def _raw(stored: str) -> Check | None:
    match = _RAW.fullmatch(stored)
    return match and _pbkdf2_check(bytes.fromhex(match[1]), _RAW_ROUNDS, bytes.fromhex(match[2]))


def _pbkdf2_check(salt: bytes, rounds: int, wanted: bytes) -> Check:
    return lambda secret: hmac.compare_digest(wanted, hashlib.pbkdf2_hmac("sha256", secret, salt, rounds))
