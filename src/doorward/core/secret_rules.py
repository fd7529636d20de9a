"""Which texts are fit to be a secret key. Law 2: no secret has a default, and weak ones are refused."""

from __future__ import annotations

from itertools import pairwise

from doorward.core.problems import Problem

#: 32 characters hold 256 bits only when they come from `new_secret`; below that no source can help
#: (OWASP ASVS 11.2.3 asks for at least 128 bits of security).
SHORTEST = 32

#: A random key of 32 hexadecimal digits shows 14 different ones on average, and under 10 once in 10,000.
FEWEST_DIFFERENT = 10

#: Words that stand in documents and examples for "put your own here". Compared without case and punctuation.
PLACEHOLDERS = (
    "changeme", "changethis", "replaceme", "replacethis", "yoursecret", "yourkey", "mysecret",
    "secretkey", "secrethere", "keyhere", "supersecret", "topsecret", "insecure", "notsosecret",
    "placeholder", "example", "password", "development", "testing", "default", "putyour", "pasteyour",
    "pastethe", "willneverguess", "doorward",
)  # fmt: skip

#: Keys printed in widely read documentation (Flask's own, among them): everybody has them.
PUBLISHED = frozenset(
    {
        "secret", "dev", "debug", "test", "key", "none", "null", "admin",
        "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
        "0123456789abcdef0123456789abcdef",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "abcdefghijklmnopqrstuvwxyz123456",
    }
)  # fmt: skip

_MAKE_ONE = "Let Doorward make one (doorward rotate-keys), or use the output of: openssl rand -base64 32"


def judge_secret(value: str | None) -> list[Problem]:
    """What is wrong with a secret key; an empty list if it may protect a production server.

    Arguments:
        value: the key, or None if there is none.
    Results:
        problems with the codes `missing`, `short`, `well_known`, `low_variety`. No message repeats the key.
    """
    if value is None or not value.strip():
        return [Problem("missing", f"The secret key is missing. {_MAKE_ONE}")]
    found = []
    if len(value) < SHORTEST:
        found.append(Problem("short", f"The secret key is shorter than {SHORTEST} characters. {_MAKE_ONE}"))
    if _is_well_known(value):
        found.append(Problem("well_known", f"The secret key comes from an example. {_MAKE_ONE}"))
    if _has_low_variety(value):
        found.append(Problem("low_variety", f"The secret key is too regular to be random. {_MAKE_ONE}"))
    return found


def _is_well_known(value: str) -> bool:
    plain = "".join(letter for letter in value.casefold() if letter.isalnum())
    return plain in PUBLISHED or any(word in plain for word in PLACEHOLDERS)


def _has_low_variety(value: str) -> bool:
    return len(set(value)) < FEWEST_DIFFERENT or _repeats(value) or _climbs(value)


def _repeats(value: str) -> bool:
    """A text that is its own rotation by less than its length is one unit written several times."""
    return value in (value + value)[1:-1]


def _climbs(value: str) -> bool:
    """More than half of the characters follow their neighbour in the code table: abcdef…, 123456…"""
    steps = sum(ord(after) - ord(before) == 1 for before, after in pairwise(value))
    return steps > len(value) / 2
