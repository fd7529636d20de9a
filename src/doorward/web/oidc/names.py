"""A free name for somebody who comes from a provider. What the provider calls them is a wish and proves nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from doorward.core.names import LONGEST, SEPARATORS, judge_name, name_key, skeleton
from doorward.store import accounts
from doorward.web.parts import Parts

_TRIES = 50


def wished_name(claims: Mapping[str, object]) -> str:
    """What the person seems to be called there, as far as it can be a name here; else empty."""
    for source in ("preferred_username", "nickname", "given_name", "name"):
        value = claims.get(source)
        if isinstance(value, str) and (wish := _as_name(value)):
            return wish
    return ""


def _as_name(text: str) -> str:
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text[:200]).split("@")[0])
    kept = "".join(letter if letter.isalnum() or letter in SEPARATORS else "." for letter in plain)
    name = re.sub(r"\.{2,}", ".", kept).strip(SEPARATORS)[: LONGEST - 4].strip(SEPARATORS)
    return "" if judge_name(name) else name


def free_name(parts: Parts, wish: str) -> str:
    """The wish, or the wish with a number, whichever nobody has; empty if the person shall choose alone."""
    if not wish:
        return ""
    with parts.store.reading() as db:
        for name in (wish, *(f"{wish}{number}" for number in range(2, _TRIES))):
            if not judge_name(name) and not accounts.is_taken(db, name_key(name), skeleton(name)):
                return name
    return ""
