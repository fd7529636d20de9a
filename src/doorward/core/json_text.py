"""JSON, read strictly: what two readers could read differently is refused (RFC 8259; OWASP ASVS 1.5.3, 15.2.2)."""

from __future__ import annotations

import json
import math
from typing import Any

DEEPEST = 20
#: More than any number of 64 bits has, with its sign.
_MOST_DIGITS = 20
#: Up to here a number with a fraction of nought is a whole one without loss (RFC 8259 section 6).
_EXACT = 2**53


def read_json(raw: bytes, deepest: int = DEEPEST) -> Any:
    """The value of a JSON text.

    Arguments:
        raw: the bytes, UTF-8 without a byte order mark.
        deepest: how deeply it may be nested.

    Errors:
        ValueError: with a sentence. Not JSON; a name twice in one object; NaN, Infinity or a number beyond 64 bits;
            half of a surrogate pair; nested too deeply.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("The JSON is not UTF-8 text.") from None
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_whole, parse_float=_number
        )
    except RecursionError:
        raise ValueError("The JSON is nested too deeply.") from None
    except json.JSONDecodeError as problem:
        raise ValueError(f"This is not JSON: line {problem.lineno}, column {problem.colno}.") from None
    _judge(value, deepest)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("The JSON has the same name twice in one object.")
    return found


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON.")


def _whole(digits: str) -> int:
    if len(digits) > _MOST_DIGITS or not -(2**63) <= int(digits) < 2**63:
        raise ValueError("The JSON has a number that is too large.")
    return int(digits)


def _number(digits: str) -> float | int:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("The JSON has a number that is too large.")
    # 1.0 is a whole number in JSON Schema, and so it is here
    return int(number) if number.is_integer() and abs(number) <= _EXACT else number


def _judge(value: Any, deepest: int) -> None:
    """Go through everything without recursion: how deep it is, and whether each text is one."""
    level = [value]
    for _ in range(deepest + 1):
        below: list[Any] = []
        for one in level:
            if isinstance(one, str):
                _must_be_text(one)
            elif isinstance(one, dict):
                below += [*one.keys(), *one.values()]
            elif isinstance(one, list):
                below += one
        if not below:
            return
        level = below
    raise ValueError(f"The JSON is nested too deeply: at most {deepest} levels.")


def _must_be_text(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("The JSON has half of a surrogate pair, which is no text.") from None
