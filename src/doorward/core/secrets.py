"""What the secret keys do: sign, seal with a code, encrypt. One key ring, a derived key for each purpose.

The first key makes, all keys check, so that a key can be changed while what the older one made still holds.
No two purposes share a key: what was signed for one is worthless for another (NIST SP 800-108, RFC 5869).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from itsdangerous import BadSignature, Signer

from doorward.core.secret_rules import judge_secret
from doorward.errors import BadRequest

__all__ = ["Expired", "KeyRing", "SecretError", "judge_secret", "new_secret"]

_NONCE = 12  # bytes; the size that NIST SP 800-38D recommends for GCM

#: How far ahead of our clock a signature may be dated: a clock that was set back must not sign everybody out.
AHEAD = timedelta(minutes=5)


class SecretError(BadRequest):
    """Something that should carry our signature or our encryption does not, or was made for another purpose."""

    code = "bad_signature"
    default = "This was not made by this server, or it was changed on the way."


class Expired(SecretError):
    """It was ours, but is too old, or dated in the future."""

    code = "expired"
    default = "This is no longer valid."


class KeyRing:
    """The secret keys of a server. Holds no state but them; safe to share between threads.

    Arguments:
        keys: at least one; the first makes, all check. Judge them first with `judge_secret`.
    """

    __slots__ = ("_derived", "_keys")

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys or not all(keys):
            raise ValueError("a key ring needs at least one key, and none may be empty")
        self._keys = tuple(keys)
        self._derived: dict[str, tuple[bytes, ...]] = {}

    def __repr__(self) -> str:
        return f"<KeyRing of {len(self._keys)}>"

    def sign(self, purpose: str, value: str, now: datetime) -> str:
        """The value, readable, with its date and a signature (HMAC-SHA256).

        Arguments:
            purpose: what it is for; a signature for one purpose does not hold for another.
            value: any text; only letters and signs that a cookie may hold come out as they went in.
            now: the time to date it with, aware.
        """
        return self._signer(purpose).sign(f"{value}.{int(now.timestamp())}").decode("utf-8")

    def unsign(self, purpose: str, signed: str, max_age: timedelta | None, now: datetime) -> str:
        """The value that was signed.

        Arguments:
            purpose: the same as when it was signed.
            signed: what `sign` gave, from an untrusted place.
            max_age: how old the signature may be; None for any age.
            now: the time, aware.
        Errors:
            Expired: ours, but too old or dated more than five minutes ahead.
            SecretError: anything else.
        """
        try:
            dated = self._signer(purpose).unsign(signed.encode("utf-8")).decode("utf-8")
        except (BadSignature, UnicodeError):
            raise SecretError from None
        value, _, date = dated.rpartition(".")
        age = now - datetime.fromtimestamp(int(date), now.tzinfo)
        if max_age is not None and not -AHEAD <= age <= max_age:
            raise Expired
        return value

    def mac(self, purpose: str, message: bytes) -> bytes:
        """The code of a message under the first key: 32 bytes (HMAC-SHA256)."""
        return hmac.digest(self._keys_for("mac", purpose)[0], message, "sha256")

    def mac_all(self, purpose: str, message: bytes) -> list[bytes]:
        """The codes of a message under every key, the first key's first."""
        return [hmac.digest(key, message, "sha256") for key in self._keys_for("mac", purpose)]

    def mac_holds(self, purpose: str, message: bytes, code: bytes) -> bool:
        """Whether the code is the message's under any key. Its time tells nothing about the code."""
        matches = [hmac.compare_digest(code, ours) for ours in self.mac_all(purpose, message)]
        return any(matches)

    def encrypt(self, purpose: str, plain: bytes, owner: str = "") -> str:
        """Encrypt with AES-256-GCM under the first key; the result is safe in a cookie or an address.

        Arguments:
            purpose: what it is for, a constant of the code.
            plain: what to hide.
            owner: whose it is, for example an account's id: moved to another owner's row it does not decrypt.
        """
        nonce = secrets.token_bytes(_NONCE)
        sealed = AESGCM(self._keys_for("encrypt", purpose)[0]).encrypt(nonce, plain, owner.encode("utf-8"))
        return base64.urlsafe_b64encode(nonce + sealed).decode("ascii")

    def decrypt(self, purpose: str, sealed: str, owner: str = "") -> bytes:
        """What `encrypt` hid, for the same purpose and owner. Raises SecretError."""
        raw = _decoded(sealed)
        for key in self._keys_for("encrypt", purpose):
            try:
                return AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], owner.encode("utf-8"))
            except (InvalidTag, ValueError):
                continue
        raise SecretError

    def _signer(self, purpose: str) -> Signer:
        # itsdangerous signs with the last of its keys. The keys are derived already, so it derives nothing.
        newest_last = self._keys_for("sign", purpose)[::-1]
        return Signer(list(newest_last), key_derivation="none", digest_method=hashlib.sha256)

    def _keys_for(self, use: str, purpose: str) -> tuple[bytes, ...]:
        label = f"doorward/{use}/{purpose}"
        if label not in self._derived:
            self._derived[label] = tuple(_derive(key, label) for key in self._keys)
        return self._derived[label]


def new_secret() -> str:
    """A key of 256 random bits, as 43 characters of the alphabet that addresses use."""
    return secrets.token_urlsafe(32)


def _derive(key: str, label: str) -> bytes:
    """32 bytes by HKDF-SHA256 (RFC 5869), which nobody can trace back to the key or to another label's bytes."""
    return HKDF(SHA256(), length=32, salt=None, info=label.encode("utf-8")).derive(key.encode("utf-8"))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    except ValueError:
        raise SecretError from None
