"""Names of accounts: which may be chosen, and when two are the same or look the same.

Sources: Unicode UTS 39 (security mechanisms: scripts, confusables), UAX 31 (identifiers), and MiniMost's
security document for the reserved names.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import pairwise

from doorward.core.confusables import skeleton
from doorward.core.problems import Problem

__all__ = ["LONGEST", "SHORTEST", "judge_name", "name_key", "skeleton"]

SHORTEST, LONGEST = 2, 40
SEPARATORS = "._-"

#: Names that people would take for the server's, an official's, or everybody's.
RESERVED = frozenset(
    {
        "admin", "admins", "administrator", "administrators", "root", "superuser", "sysadmin",
        "sysop", "operator", "owner", "moderator", "mod", "staff", "support", "help", "helpdesk",
        "security", "abuse", "postmaster", "webmaster", "hostmaster", "noreply", "info", "everyone",
        "everybody", "here", "channel", "team", "someone", "somebody", "nobody", "you", "me",
        "self", "doorward", "minimost", "classpulse", "system", "server", "service", "bot",
        "daemon", "api", "deleted", "deleteduser", "anonymous", "anon", "guest", "unknown",
        "user", "username", "login", "logout", "signin", "signout", "signup",
        "setup", "register", "account", "accounts", "settings",
    }
)  # fmt: skip

#: Scripts that are customarily written together (UTS 39 section 5.2, "highly restrictive").
_TOGETHER = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
)

#: Letters and marks that show nothing (Default_Ignorable_Code_Point in the categories L and M), and so could
#: make two names that look the same: Hangul fillers, Khmer inherent vowels, joiners, variation selectors.
_INVISIBLE = (
    (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0100, 0xE01EF),
)  # fmt: skip

_MOST_MARKS = 4  # on one letter; UTS 39 section 5.4
_LONGEST_SKELETON = 200  # what the store keeps

_OWN_NAME = "Choose a name of your own, such as maria or m.keller; what you may do does not depend on it."


def name_key(name: str) -> str:
    """What makes a name unique, and what it is found by at sign-in: without case and compatibility forms.

    Takes any text. `name_key(name_key(x)) == name_key(x)`.
    """
    folded = name
    for _ in range(2):  # folding can bring forth what normalises further, once (Unicode, section 3.13, D146)
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", folded).casefold())
    return folded


def judge_name(name: str) -> list[Problem]:
    """What is wrong with a name that somebody chose; an empty list if it may be used.

    Whether it is taken is the store's to say: neither `name_key` nor `skeleton` may be there already.

    Results:
        problems with the codes length, characters, invisible, style, edges, marks, mixed_scripts, reserved.
    """
    if not SHORTEST <= len(name) <= LONGEST:
        return [Problem("length", f"Use {SHORTEST} to {LONGEST} characters.")]
    return _judge_characters(name) or _judge_whole(name)


def _judge_characters(name: str) -> list[Problem]:
    """Errors of single characters. They come first, since what is said of the whole would be misleading."""
    if any(_is_invisible(letter) for letter in name):
        return [Problem("invisible", "The name holds characters that cannot be seen. Type it again by hand.")]
    if not all(_is_allowed(letter) for letter in name):
        return [Problem("characters", "Use letters, digits, full stops, hyphens and underscores only, and no spaces.")]
    plain = unicodedata.normalize("NFKC", name)
    if plain != unicodedata.normalize("NFC", name):
        return [Problem("style", f"Use plain letters instead of styled ones: {plain}")]
    return []


def _judge_whole(name: str) -> list[Problem]:
    found = []
    if not _is_letter_or_digit(name[0]) or name[-1] in SEPARATORS:
        found.append(Problem("edges", "Begin and end with a letter or a digit."))
    if _has_piled_marks(name):
        found.append(Problem("marks", "Use fewer accents on one letter."))
    if _mixes_scripts(name):
        found.append(
            Problem("mixed_scripts", "Use letters of one script only: do not mix alphabets or kinds of digits.")
        )
    if _is_reserved(name):
        found.append(Problem("reserved", f"This name is reserved, or looks like one that is. {_OWN_NAME}"))
    if len(skeleton(name)) > _LONGEST_SKELETON:
        found.append(Problem("length", "Use a shorter name."))
    return found


def _is_invisible(letter: str) -> bool:
    """Controls, formats (zero-width, bidirectional), what is not assigned, and the letters that show nothing."""
    hidden = unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp")
    return hidden or any(first <= ord(letter) <= last for first, last in _INVISIBLE)


def _is_allowed(letter: str) -> bool:
    return letter in SEPARATORS or unicodedata.category(letter)[0] in "LM" or unicodedata.category(letter) == "Nd"


def _is_letter_or_digit(letter: str) -> bool:
    return letter not in SEPARATORS and unicodedata.category(letter)[0] != "M"


def _has_piled_marks(name: str) -> bool:
    """More marks in a row than any language writes, or the same one twice."""
    letters = unicodedata.normalize("NFD", name)
    kinds = "".join(unicodedata.category(letter)[0] for letter in letters)
    twice = any(one == next_one and unicodedata.combining(one) for one, next_one in pairwise(letters))
    return twice or "M" * (_MOST_MARKS + 1) in kinds


def _mixes_scripts(name: str) -> bool:
    scripts = frozenset(_script(letter) for letter in name) - {"COMMON", "INHERITED"}
    digits = {ord(letter) - unicodedata.digit(letter) for letter in name if unicodedata.category(letter) == "Nd"}
    together = len(scripts) < 2 or any(scripts <= custom for custom in _TOGETHER)
    return not together or len(digits) > 1


def _script(letter: str) -> str:
    from confusable_homoglyphs.categories import alias

    return str(alias(letter)).upper()


def _is_reserved(name: str) -> bool:
    bare = "".join(letter for letter in name if letter not in SEPARATORS)
    return name_key(bare) in RESERVED or skeleton(bare) in _reserved_skeletons()


@cache
def _reserved_skeletons() -> frozenset[str]:
    return frozenset(skeleton(name) for name in RESERVED)
