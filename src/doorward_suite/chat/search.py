"""How messages are found: what is looked for, and by which short pieces a text is in the index.

Case and marks do not count, in any script (`folded`). A term is found wherever it stands in a text, within words too,
from a single sign on; so a text is in the index by all runs of one, two and three of its signs, its *grams*. A term of
up to three signs is one gram. A longer one is looked for by its grams of three, and what they bring is then read.

Room and author stand in the index beside the grams, so that what somebody may not read is left out by the index itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import add

#: How long a query may be, of how many terms, and how many grams of one long term are asked of the index.
LONGEST = 200
MOST_TERMS = 8
_MOST_GRAMS = 12
_GRAM = 3

#: What `has:` may ask for; those of the second kind change without the text, and are not in the index.
IN_INDEX = ("link", "code", "file", "image")
BESIDE = ("pin", "reaction", "reply")
HAS = (*IN_INDEX, *BESIDE)

_PART = re.compile(r'(?:(from|in|has|before|after):)?(?:"([^"]*)"?|(\S+))', re.IGNORECASE)
_LINK = re.compile(r"https?://", re.IGNORECASE)
#: Letters that are written with a stroke, and that Unicode takes for letters of their own.
_STROKES = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"})


def folded(text: str) -> str:
    """The text without case and marks, each run of white space one space: "Łódź\\n ÉTÉ" is "lodz ete".

    `folded(folded(x)) == folded(x)`.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    for _ in range(2):  # folding can bring forth marks, and what can be taken apart further
        text = "".join(sign for sign in unicodedata.normalize("NFKD", text) if unicodedata.category(sign)[0] != "M")
        text = text.casefold()
    return " ".join(text.translate(_STROKES).split())


def grams(text: str) -> set[str]:
    """All runs of one, two and three signs in a text that is folded already; short ones have no space in them."""
    pairs = list(map(add, text, text[1:]))
    short = {gram for gram in {*text, *pairs} if " " not in gram}
    return short.union(map(add, pairs, text[2:]))


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for.

    Arguments:
        terms: each must stand in the text; folded.
        author: the name after `from:`.
        room: the name after `in:`.
        has: of `HAS`.
        before, after: days (UTC); `after` counts the day itself.
        wrong: a sentence, where a part of it cannot be understood.
    """

    terms: tuple[str, ...] = ()
    author: str = ""
    room: str = ""
    has: frozenset[str] = frozenset()
    before: date | None = None
    after: date | None = None
    wrong: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.terms or self.author or self.room or self.has or self.before or self.after)

    @property
    def is_known(self) -> bool:
        """Whether the index alone says that all terms stand in a text: none is longer than a gram."""
        return all(len(term) <= _GRAM for term in self.terms)

    def is_in(self, text: str) -> bool:
        """Whether every term stands in this text."""
        plain = folded(text)
        return all(term in plain for term in self.terms)


def read(typed: str) -> Asked:
    """What somebody looks for, as they typed it."""
    terms: list[str] = []
    said: dict[str, str] = {}
    has: set[str] = set()
    for name, phrase, word in _PART.findall(typed[:LONGEST]):
        value = phrase or word
        if name.lower() == "has":
            has.add(value.casefold())
        elif name and value:
            said[name.lower()] = value
        elif term := folded(value):
            terms.append(term)
    wrong = [f"There is no “has:{one}”; there is {', '.join(HAS)}." for one in sorted(has - set(HAS))]
    days = {}
    for name in ("before", "after"):
        try:
            days[name] = date.fromisoformat(said[name]) if name in said else None
        except ValueError:
            wrong.append(f"Write the day after “{name}:” like 2026-01-31.")
            days[name] = None
    return Asked(
        tuple(dict.fromkeys(terms))[:MOST_TERMS],
        said.get("from", "").removeprefix("@"),
        said.get("in", "").removeprefix("#"),
        frozenset(has) & set(HAS),
        days["before"],
        days["after"],
        " ".join(wrong),
    )


# --- the words of the index; grams have at most three signs, so that none of them is one of these ---


def room_word(room_id: int) -> str:
    """By which everything of a room is in the index."""
    return f"room{room_id}"


#: By which everything of public rooms is.
PUBLIC_WORD = "public"


def author_word(account_id: str) -> str:
    """By which everything of an author is."""
    return f"from{account_id}"


def has_word(what: str) -> str:
    """By which everything with a link, with code, a file or a picture, is."""
    return f"with{what}"


#: Between a text and the names of its files, and between these: no term has it, so none is found across.
_BESIDE = "\x01"


def with_names(text: str, names: Iterable[str]) -> str:
    """What a message is found by: what it says, and what its files are called."""
    return _BESIDE.join((text, *names))


def words_of(
    text: str, room_id: int, account_id: str, *, public: bool, files: Sequence[tuple[str, bool]] = ()
) -> set[str]:
    """All by which a message is in the index.

    Arguments:
        files: of each its name, and whether it is a picture.
    """
    found = grams(folded(with_names(text, (name for name, _ in files)))) | {room_word(room_id), author_word(account_id)}
    if public:
        found.add(PUBLIC_WORD)
    if "://" in text and _LINK.search(text):
        found.add(has_word("link"))
    if "`" in text:
        found.add(has_word("code"))
    if files:
        found.add(has_word("file"))
    if any(is_picture for _, is_picture in files):
        found.add(has_word("image"))
    return found


def words_for(asked: Asked) -> list[str]:
    """By which words a message that is looked for is in the index: all of them, beside the room and the author."""
    found: dict[str, None] = {}
    for term in asked.terms:
        if len(term) <= _GRAM:
            found[term] = None
            continue
        pieces = [term[at : at + _GRAM] for at in range(len(term) - _GRAM + 1)]
        step = max(1, -(-len(pieces) // _MOST_GRAMS))
        found.update(dict.fromkeys(pieces[::step]))
    found.update(dict.fromkeys(has_word(one) for one in sorted(asked.has) if one in IN_INDEX))
    return list(found)
