"""Time-based one-time codes (RFC 6238): six digits that change every 30 seconds, one step of drift either way.

A code is accepted once: whoever calls remembers the step of the last accepted code, and an older or equal step is
refused (RFC 6238 section 5.2; NIST SP 800-63B-4 section 3.1.4). The algorithm is HMAC-SHA-1, because the common
authenticator apps know no other; its weakness as a hash does not touch its use in HMAC.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from datetime import datetime

import pyotp

STEP_SECONDS = 30
DIGITS = 6
#: How many steps a code may be early or late: clocks of telephones drift, and people type slowly.
DRIFT = 1
#: 32 characters of base32 are 160 bits, the length that RFC 4226 section 4 recommends.
_SECRET_LENGTH = 32


def new_secret() -> str:
    """A secret of 160 random bits, in base32, as authenticator apps take it."""
    return pyotp.random_base32(_SECRET_LENGTH)


def step_at(now: datetime) -> int:
    """The number of the 30-second step that `now` (aware) lies in."""
    return int(now.timestamp()) // STEP_SECONDS


def code_at(secret: str, now: datetime) -> str:
    """The six digits that an authenticator shows at `now`."""
    return _code(secret, step_at(now))


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The newest step around `now` whose code this is; None if it is none of them.

    Arguments:
        secret: in base32.
        code: six digits, from `read_code`.
        now: the time, aware.
    """
    present = step_at(now)
    around = range(present - DRIFT, present + DRIFT + 1)
    # All are compared, so that the time does not tell which one it was.
    matches = [step for step in around if hmac.compare_digest(_code(secret, step), code)]
    return max(matches, default=None)


def read_code(typed: str) -> str | None:
    """The six digits that somebody meant: any width, blanks between. None if it is something else."""
    plain = re.sub(r"[\s\-–—]", "", unicodedata.normalize("NFKC", typed[:40]))
    return plain if re.fullmatch(r"[0-9]{6}", plain, re.ASCII) else None


def address(secret: str, account: str, site: str) -> str:
    """The `otpauth:` address that a QR code carries to the authenticator app.

    Arguments:
        account: the account's name, shown in the app.
        site: the name of this site, shown above it.
    """
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS).provisioning_uri(name=account, issuer_name=site)


def _code(secret: str, step: int) -> str:
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS).generate_otp(step)
