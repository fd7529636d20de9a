"""The languages of the pages: which there are, which one a browser wants, and what texts are in it.

Texts are written in English, in templates and sentences of this app. What they are in another language stands in a
catalogue, `translations/<language>/LC_MESSAGES/honors.po`, which is read as it is: nothing has to be compiled.

Programs, the journal and what is kept of an import have sentences in English, with what stands in them. A page knows
such a sentence again by the text of the catalogue that it was made of, and says it in its language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

#: By its tag (BCP 47), what each is called in itself.
LANGUAGES = {"en": "English", "vi": "Tiếng Việt"}
#: In which texts are written.
SOURCE = "en"
#: As CLDR calls them, for days: English as it is written outside of the United States.
_LOCALES = {"en": "en_GB", "vi": "vi"}
_VALUE = re.compile(r"%\((\w+)\)s")
#: What stands in a text under these names is a number: or "1 of 2." would be known again in any sentence with "of".
_NUMBERS = ("all", "count", "done", "failed", "longest", "number", "row", "total")
_TRANSLATIONS = Path(__file__).parent / "translations"


def catalogue_file(language: str) -> Path:
    """Where the catalogue of a language lies."""
    return _TRANSLATIONS / language / "LC_MESSAGES" / "honors.po"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """What each text is in a language; of the one in which they are written there is none."""
    if language == SOURCE:
        return {}
    # Not needed for English pages, and by no other app.
    from babel.messages.pofile import read_po

    with catalogue_file(language).open("rb") as file:
        read = read_po(file, locale=language)
    return {str(one.id): str(one.string) for one in read if one.id and one.string and not one.fuzzy}


def said(language: str, text: str, **values: object) -> str:
    """A text in a language, with what stands in it; as it was written where the catalogue has it not."""
    found = catalogue(language).get(text)
    if found is None:
        return text % values if values else _known_again(language, text)
    return found % values if values else found


@lru_cache(maxsize=2048)
def _known_again(language: str, sentence: str) -> str:
    """A whole sentence, by the text that it was made of; as it is where there is none."""
    for pattern, translation in _patterns(language):
        if found := pattern.fullmatch(sentence):
            return _VALUE.sub(lambda value: said(language, found[value[1]]), translation)
    return sentence


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """What sentences are made of: those that say the most themselves come first."""
    made = [text for text in catalogue(language) if _VALUE.search(text)]
    made.sort(key=lambda text: len(_VALUE.sub("", text)), reverse=True)
    return tuple((_pattern(text), catalogue(language)[text]) for text in made)


def _pattern(text: str) -> re.Pattern[str]:
    between = _VALUE.split(text)
    parts = [re.escape(part) if place % 2 == 0 else _standing(part) for place, part in enumerate(between)]
    return re.compile("".join(parts), re.DOTALL)


def _standing(name: str) -> str:
    return rf"(?P<{name}>\d[\d.,]*)" if name in _NUMBERS else f"(?P<{name}>.+?)"


def day_in(language: str, day: date) -> str:
    """A day, as it is written in a language."""
    from babel.dates import format_date

    return str(format_date(day, "long", locale=_LOCALES[language]))


def best_of(accepted: list[str]) -> str:
    """The first language that a browser wants and that is here.

    Arguments:
        accepted: tags, the most wanted first (RFC 9110, section 12.5.4).
    """
    for tag in accepted:
        if (language := tag.partition("-")[0].lower()) in LANGUAGES:
            return language
    return SOURCE
