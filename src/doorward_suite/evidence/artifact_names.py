"""The name of an artifact as a file: what it shows comes first, so that a folder of them is grouped by requirement.

The CMMC Hashing Guide (2.13) advises one pattern for all names. Ours has letters, digits, hyphens, dots and
underscores of ASCII alone: PowerShell reads brackets in names as patterns, its logs are ASCII, and Windows knows more
signs that no name may have.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from .catalogue import Catalogue

#: Characters. A ZIP, a folder in it and a path before it still fit what Windows takes (260).
LONGEST = 120
#: Requirements that are spelled out; the rest is counted.
MOST_SPELLED = 3

_NOT_SAFE = re.compile(r"[^A-Za-z0-9]+")
_NOT_SAFE_NUMBER = re.compile(r"[^A-Za-z0-9.-]+")
_EXTENSION = re.compile(r"[a-z0-9]{1,8}")


def artifact_name(
    catalogue: Catalogue,
    objectives: Iterable[str],
    title: str,
    *,
    number: int,
    version: int,
    collected: date | None,
    extension: str,
) -> str:
    """A name such as "AC.L2-3.1.1_ab_Access-policy_2026-03-01_E17v2.pdf".

    The same facts give the same name, always; and since the number of the record and the version are in it, two files
    never get one name.

    Arguments:
        catalogue: the standard.
        objectives: ids of the objectives it shows, in any order; what the catalogue does not have is left out.
        title: what people call it; letters of other scripts are written without their marks, or left out.
        number: of the record.
        version: from 1.
        collected: the day, where it is known.
        extension: with or without a dot; what is no extension becomes "bin".
    """
    return name_behind(
        head_of(catalogue, objectives), title, number=number, version=version, collected=collected, extension=extension
    )


def name_behind(head: str, title: str, *, number: int, version: int, collected: date | None, extension: str) -> str:
    """The same, where what `head_of` gives is known: many thousand files share a few hundred heads."""
    bare = extension.lower().removeprefix(".")
    ending = f"_E{number}v{version}." + (bare if _EXTENSION.fullmatch(bare) else "bin")
    if collected:
        ending = f"_{collected.isoformat()}{ending}"
    room = max(LONGEST - len(head) - len(ending) - 1, 0)
    words = _plain(title)[:room].strip("-")
    return f"{head}_{words}{ending}" if words else f"{head}{ending}"


def head_of(catalogue: Catalogue, objectives: Iterable[str]) -> str:
    """The requirements with the letters of their objectives, in the order of the standard."""
    found = {objective.id for each in objectives if (objective := catalogue.objective(each))}
    letters: dict[str, str] = {}
    for number in sorted(found, key=lambda each: catalogue.place[each]):
        objective = catalogue.objective_by_id[number]
        letters[objective.requirement] = letters.get(objective.requirement, "") + objective.letters
    parts = [_spelled(catalogue.requirement_by_id[number].practice, which) for number, which in letters.items()]
    if not parts:
        return "Evidence"
    more = [f"and-{len(parts) - MOST_SPELLED}-more"] if len(parts) > MOST_SPELLED else []
    return "_".join([*parts[:MOST_SPELLED], *more])


@lru_cache(maxsize=4096)
def _spelled(practice: str, letters: str) -> str:
    name = _NOT_SAFE_NUMBER.sub("-", practice)[:24].strip(".-") or "R"
    plain = _plain(letters)
    return f"{name}_{plain}" if plain else name


def _plain(text: str) -> str:
    """The words of a text in ASCII, joined by hyphens: "Übersicht, 3. Fassung" is "Ubersicht-3-Fassung"."""
    bare = text
    if not text.isascii():
        bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return _NOT_SAFE.sub("-", bare).strip("-")
