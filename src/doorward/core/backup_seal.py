"""Encrypting a backup piece by piece, so that nobody can read it, change it, cut it short or put it in another order.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance, CRYPTO 2015), as age's format uses it (C2SP, age-encryption.org/v1, "payload"): every piece is
AES-256-GCM under a nonce of its number and a mark of the last one. AES-GCM and HKDF are approved by NIST (SP 800-38D,
SP 800-56C; OWASP ASVS 11.3.2, 11.3.3). Each backup has a key of its own, derived from the operator's and a random
salt (RFC 5869), so no nonce is ever used twice under one key (ASVS 11.3.4). A second derived value, which stands in
the head, commits to the key: AES-GCM alone would let one file open under two keys, and nobody could tell a wrong key
from a damaged file.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from doorward.errors import BackupRefused

#: An encrypted backup begins with this; the number is the version of what follows.
MAGIC = b"doorward backup, encrypted, 1\n"
#: Bytes of a piece before it is encrypted; only the last may be shorter.
PIECE = 64 * 1024
#: Bytes by which a piece grows.
TAG = 16
_SALT = 32
_COMMIT = 32
HEAD = len(MAGIC) + _SALT + _COMMIT

_KEY = re.compile(r"dwbackup_([A-Za-z0-9_-]{43})")
_MADE_BY = "It is one line, made by: doorward backup --new-key FILE"
#: The nonce of 96 bits counts pieces in its first 88; far fewer ever fit on a disk.
_MOST = 1 << 40


@dataclass(frozen=True, slots=True)
class BackupKey:
    """The operator's key: 256 random bits. Shown nowhere."""

    raw: bytes = field(repr=False)


def new_key() -> str:
    """A new key as a line of text."""
    return f"dwbackup_{secrets.token_urlsafe(32)}"


def read_key(text: str) -> BackupKey:
    """The key in a text. A passphrase is none: what people can remember can be guessed, and a backup for ever.

    Errors:
        ValueError: it is no key; the end of a sentence, which does not repeat it.
    """
    found = _KEY.fullmatch(text.strip())
    if not found:
        raise ValueError(f"must be a backup key. {_MADE_BY}")
    return BackupKey(base64.urlsafe_b64decode(f"{found[1]}="))


class Sealer:
    """Encrypts one backup. `head` is written before the first piece."""

    def __init__(self, key: BackupKey) -> None:
        salt = secrets.token_bytes(_SALT)
        own, commitment = _derived(key, salt)
        self.head = MAGIC + salt + commitment
        self._cipher = AESGCM(own)
        self._number = 0

    def seal(self, piece: bytes, *, last: bool) -> bytes:
        """The next piece, encrypted: of full length unless it is the last."""
        nonce = _nonce(self._number, last=last)
        self._number += 1
        return self._cipher.encrypt(nonce, piece, None)


class Opener:
    """Decrypts one backup.

    Arguments:
        key: the operator's.
        head: the first `HEAD` bytes.

    Errors:
        BackupRefused: it is no encrypted backup of a version known here, or it was made with another key.
    """

    def __init__(self, key: BackupKey, head: bytes) -> None:
        if len(head) != HEAD or not head.startswith(MAGIC):
            raise BackupRefused("This is not an encrypted backup that this version of Doorward can read.")
        own, commitment = _derived(key, head[len(MAGIC) : len(MAGIC) + _SALT])
        if not hmac.compare_digest(commitment, head[-_COMMIT:]):
            raise BackupRefused("This is not the key of this backup, or the beginning of the file was changed.")
        self._cipher = AESGCM(own)
        self._number = 0

    def open(self, sealed: bytes, *, last: bool) -> bytes:
        """The next piece.

        Errors:
            BackupRefused: it was changed, is in another place than it was, or more was to follow.
        """
        nonce = _nonce(self._number, last=last)
        try:
            piece = self._cipher.decrypt(nonce, sealed, None)
        except InvalidTag:
            place = self._number * PIECE
            raise BackupRefused(
                f"The backup was changed, cut short or damaged, {place} bytes behind its beginning or later. "
                "Nothing of it is used."
            ) from None
        self._number += 1
        return piece


def _derived(key: BackupKey, salt: bytes) -> tuple[bytes, bytes]:
    """The key of one backup, and what commits to it. Neither tells anything of the other, or of the operator's key."""
    made = HKDF(SHA256(), length=32 + _COMMIT, salt=salt, info=MAGIC).derive(key.raw)
    return made[:32], made[32:]


def _nonce(number: int, *, last: bool) -> bytes:
    if number >= _MOST:
        raise BackupRefused("This is larger than a backup can be.")
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")
