"""Words of a cloud: what of a text counts as one, and which of them are the same."""

from __future__ import annotations

import re
import unicodedata

from .kinds import LONGEST_WORD

#: The most words of one short answer that are counted.
MOST_WORDS = 40
_SHORTEST = 3
_WORD = re.compile(r"[^\W_]+(?:[’'\-\u2010][^\W_]+)*")
#: Scripts that put no spaces between words: there a run of characters is taken as it stands, however short.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
#: Words that say nothing of what a text is about. Only English ones: of other languages the shortest are left out.
_EMPTY = frozenset(
    re.split(
        r"\W+",
        "about after all also and any are because been but can could did does for from had has have her him his how "
        "into its just more most not now off one our out over she should some such than that the their them then there "
        "these they this those too very was were what when where which while who why will with would you your",
    )
)


def key_of(word: str) -> str:
    """What two words are told apart by: not capitals, not how their letters are composed."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", word).casefold())[:LONGEST_WORD]


def words_in(text: str) -> list[str]:
    """The words of a text that say something, each once, as they are written first."""
    found: dict[str, str] = {}
    for word in _WORD.findall(text):
        says = (len(word) >= _SHORTEST or _UNSPACED.search(word)) and word.casefold() not in _EMPTY
        if says and len(word) <= LONGEST_WORD:
            found.setdefault(key_of(word), word)
        if len(found) == MOST_WORDS:
            break
    return list(found.values())
