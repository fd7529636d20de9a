"""Finding requirements and objectives by what somebody types: a number, or words of titles and official texts."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from .catalogue import Catalogue, Objective, Requirement, Wording

_WORD = re.compile(r"[\w.\[\]-]+")
_LETTERS = re.compile(r"[^\W_]+")
_MOST_WORDS = 8
_MOST_INDEXED = 60
LONGEST_WORD = 40


@dataclass(frozen=True, slots=True)
class Hit:
    """A requirement that was found, with those of its objectives that were."""

    requirement: Requirement
    objectives: tuple[Objective, ...]


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """The text without case and marks, so that "Zürich" is found by "zurich"; kept, for texts that stay as they are."""
    return _folded(text)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


def words_of(text: str) -> list[str]:
    """The words of a text, folded, each once, in their order."""
    return list(dict.fromkeys(_WORD.findall(folded(text))))


def index_words(*texts: str) -> list[str]:
    """The words by which something is found: runs of letters and digits, folded and cut, each once, not too many."""
    found = (word[:LONGEST_WORD] for text in texts for word in _LETTERS.findall(folded(text)))
    return list(dict.fromkeys(found))[:_MOST_INDEXED]


def found_in(catalogue: Catalogue, wording: Wording, typed: str) -> list[Hit]:
    """What the typed words find, in the order of the standard; every word must be there.

    Arguments:
        wording: the official texts, as far as they were loaded.
        typed: by a person; a number finds itself and what is below it.
    """
    words = searched_words(typed)
    if not words:
        return []
    found = []
    for requirement in catalogue.requirements:
        own = folded(f"{requirement.id} {requirement.practice} {requirement.title}")
        said = wording.requirements.get(requirement.id)
        own = f"{own} {folded(said.text)}" if said else own
        hits = tuple(
            one
            for one in requirement.objectives
            if _has_all(words, f"{own} {folded(f'{one.id} {one.title}')} {folded(wording.objectives.get(one.id, ''))}")
        )
        if _has_all(words, own):
            found.append(Hit(requirement, ()))
        elif hits:
            found.append(Hit(requirement, hits))
    return sorted(found, key=lambda hit: hit.requirement.id != words[0])


def found_by(words: list[str], *texts: str) -> str | None:
    """Some of what people wrote, where it has all these words; None where it has not.

    Arguments:
        words: of `searched_words`.
        texts: of one thing, looked through together.
    Returns: the beginning of the first text that has one of the words; empty where only a number was met.
    """
    own = [_folded(text) for text in texts]
    if not words or not _has_all(words, " ".join(own)):
        return None
    return next((text for text, plain in zip(texts, own, strict=True) if any(word in plain for word in words)), "")


def searched_words(typed: str) -> list[str]:
    """The words that count of what somebody typed."""
    return words_of(typed)[:_MOST_WORDS]


def _has_all(words: list[str], text: str) -> bool:
    return all(word in text for word in words)
