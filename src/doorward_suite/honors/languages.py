"""The languages of the pages for everybody: which there are, which one a browser wants, and what texts are in it.

Texts are written in English, in templates and sentences of this app. What they are in another language stands in a
catalogue, `translations/<language>/LC_MESSAGES/honors.po`, which is read as it is: nothing has to be compiled.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

#: By its tag (BCP 47), what each is called in itself.
LANGUAGES = {"en": "English", "vi": "Tiếng Việt"}
#: In which texts are written.
SOURCE = "en"
#: As CLDR calls them, for days: English as it is written outside of the United States.
_LOCALES = {"en": "en_GB", "vi": "vi"}
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
    found = catalogue(language).get(text, text)
    return found % values if values else found


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
