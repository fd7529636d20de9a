"""Credentials that programs and invited people hold, and the codes that people type.

All come from the system's generator. The store keeps `token_hash` of a token, never the token: a fast hash
is right for 256 random bits, since there is nothing to guess (OWASP ASVS 11.4.2 is about passwords).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
import zlib

PREFIX = "dw_"

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BODY, _CHECK = 43, 6  # 62**43 > 2**256, 62**6 > 2**32

#: No two of these look or sound alike on a projector (no 0/O, 1/I/L, 2/Z, 5/S, 6/G, 8/B, U/V, M/N), and
#: without vowels no code spells a word. 17 characters: six of them are 24 million codes.
UNAMBIGUOUS = "3479CDFGHJKMPRTWX"


def new_token(prefix: str = PREFIX) -> str:
    """A bearer token: prefix, 256 random bits, checksum.

    The prefix and the checksum let a scanner for leaked secrets recognise it without asking the server; the
    checksum proves nothing.
    """
    body = _base62(secrets.randbits(256), _BODY)
    return prefix + body + _checksum(prefix + body)


def looks_like_token(value: str, prefix: str = PREFIX) -> bool:
    """Whether the text has the form of a token that was typed or copied in full. Says nothing about rights."""
    if not re.fullmatch(re.escape(prefix) + f"[0-9A-Za-z]{{{_BODY + _CHECK}}}", value):
        return False
    return _checksum(value[:-_CHECK]) == value[-_CHECK:]


def token_hash(value: str) -> str:
    """What the store keeps and looks up: SHA-256 as 64 hexadecimal digits. Takes any text, also a broken one."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def new_one_time_code() -> str:
    """256 random bits for a link that works once, as 43 characters that are safe in an address."""
    return secrets.token_urlsafe(32)


def new_code(alphabet: str = UNAMBIGUOUS, length: int = 6) -> str:
    """A short code that people read from a screen and type. Short codes need a limit on tries."""
    return "".join(secrets.choice(alphabet) for _ in range(length))


def read_code(typed: str, alphabet: str = UNAMBIGUOUS, length: int = 6) -> str | None:
    """The code that somebody meant: any case, any width, spaces and hyphens between. None if it is none."""
    plain = unicodedata.normalize("NFKC", typed[: 8 * length]).upper()
    code = re.sub(r"[\s\-–—]", "", plain)
    return code if len(code) == length and set(code) <= set(alphabet) else None


def same(one: str, other: str) -> bool:
    """Whether two secret texts are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode("utf-8")), _CHECK)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_BASE62[digit])
    return "".join(reversed(digits))
