"""Codes and links: once, in time, here, at random, and one step after the other."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import delete, select

from doorward.core import totp
from doorward.core.tokens import token_hash
from doorward.store import codes, invitations
from doorward.store.factor_models import RecoveryCode
from doorward.store.models import OneTimeCode
from doorward.web import enrolling, held_forms, pending, recovery, signing_in, typed_codes
from doorward.web.pages import invitations as invitation_pages
from tests.prove.switches import Switch, replaced
from tests.prove.switches.sessions import Instead, instead

_CENTURY = timedelta(days=36_500)


def _known_code(tx: Any, account_id: str, code: str) -> bool:
    mine = RecoveryCode.account_id == account_id
    return tx.db.scalar(select(RecoveryCode.id).where(mine, RecoveryCode.hash == token_hash(code))) is not None


def _anybodys_code(tx: Any, _account_id: str, code: str) -> bool:
    gone = tx.db.execute(delete(RecoveryCode).where(RecoveryCode.hash == token_hash(code)).returning(RecoveryCode.id))
    return gone.first() is not None


def _second_factors_stay(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        typed_codes, "factors", Instead(typed_codes.factors, accept_step=lambda *_: True, use_code=_known_code)
    )


def _beside(tx: Any, purpose: str, code: str, expires_at: datetime | None = None) -> None:
    tx.db.add(OneTimeCode(hash=codes._hash(code), purpose=purpose, created_at=tx.now, expires_at=expires_at))


def _links_stay(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(codes, "use", lambda tx, purpose, code: codes.holds(tx.db, purpose, code, tx.now))
    patch.setattr(codes, "drop", lambda *_: None)
    patch.setattr(codes, "replace", _beside)
    patch.setattr(invitations, "use", lambda tx, code: invitations.find(tx.db, code, tx.now))


def _nothing_expires(patch: pytest.MonkeyPatch) -> None:
    purpose_of, holds = codes.purpose_of, codes.holds
    patch.setattr(codes, "purpose_of", lambda db, code, now: purpose_of(db, code, now - _CENTURY))
    patch.setattr(codes, "holds", lambda db, purpose, code, now: holds(db, purpose, code, now - _CENTURY))
    find = invitations.find
    patch.setattr(invitations, "find", lambda db, code, now: find(db, code, now - _CENTURY))
    patch.setattr(totp, "DRIFT", 30)


def _codes_of_anybody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(pending, "_browser", lambda _at: "")
    patch.setattr(typed_codes, "factors", Instead(typed_codes.factors, use_code=_anybodys_code))


def _numbered(patch: pytest.MonkeyPatch) -> None:
    numbers = count(1)

    def numbered() -> str:
        return f"number-{next(numbers):036d}"

    for place in (recovery, invitation_pages):
        patch.setattr(place, "new_one_time_code", numbered)
    patch.setattr(enrolling, "new_recovery_codes", lambda: [_code_number(next(numbers)) for _ in range(10)])


def _code_number(number: int) -> str:
    return f"AAAAAA-AAAAAA-AAAAAA-AAAA{'23456789'[number // 8 % 8]}{'23456789'[number % 8]}"


SWITCHES = (
    Switch("codes work once", _second_factors_stay, "A code of a second factor is used up by being right."),
    Switch("links work once", _links_stay, "A link is used up; a newer one makes it worthless."),
    Switch("codes expire", _nothing_expires, "Codes and links work for a while only."),
    Switch("codes are bound", _codes_of_anybody, "A code works for one account, and in the browser that began."),
    Switch("random codes", _numbered, "Codes and links are random, and long enough that nobody guesses them."),
    Switch(
        "second step",
        instead(signing_in, "factors", has_second=lambda *_: False),
        "Where there is a second factor, the password alone opens nothing.",
    ),
    Switch("kept forms are bound", replaced(held_forms, "_owner", lambda _at: ""), "A kept form is only its sender's."),
)
