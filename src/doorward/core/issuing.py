"""What an app may issue in one act: how many tokens, of which kind, for how long."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from doorward.core.token_life import judge_name, judge_scopes

MOST_AT_ONCE = 5_000
LONGEST_DAYS = 365

_KIND = re.compile(r"[a-z][a-z0-9._:-]{0,79}", re.ASCII)


def judge_kind(kind: str) -> str | None:
    """What is wrong with the name of a kind; None when nothing is."""
    if _KIND.fullmatch(kind):
        return None
    return "Name the kind with a small letter, then small letters, digits and . _ : - (at most 80)."


def judge_issue(
    names: Sequence[str], kind: str, scopes: Iterable[str], known: Iterable[str], days: int
) -> dict[str, str]:
    """What is wrong with tokens that an app wants to issue, by field; empty when nothing is."""
    found = {"kind": judge_kind(kind), "scopes": judge_scopes(scopes, known), "names": _judge_names(names)}
    if not 1 <= days <= LONGEST_DAYS:
        found["days"] = f"Let them live from 1 to {LONGEST_DAYS} days."
    return {field: problem for field, problem in found.items() if problem}


def _judge_names(names: Sequence[str]) -> str | None:
    if not 1 <= len(names) <= MOST_AT_ONCE:
        return f"Issue from 1 to {MOST_AT_ONCE} tokens at once."
    for number, name in enumerate(names, 1):
        if problem := judge_name(name):
            return f"Name {number}: {problem}"
    return None
