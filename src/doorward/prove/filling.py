"""Filling in a form as a person would who wants it to succeed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from doorward.prove.pages import Field, Form

#: A passphrase that every profile takes.
PASSPHRASE = "Seven blue lanterns 4 over quiet water!"  # nosec B105  # (for accounts that live as long as the run)
#: The smallest picture: one grey pixel.
_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636800000082008177cd72b60000000049454e44ae426082"
)
_WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "islet", "juniper")


class Filling:
    """Values for fields. Texts are different every time, so that what was sent can be found again."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def text(self) -> str:
        """A short text that nobody has sent before: letters, a hyphen and a number."""
        number = next(self._numbers)
        return f"{_WORDS[number % len(_WORDS)]}-{number}"

    def passphrase(self) -> str:
        """A new password that every profile takes; another one each time, since earlier ones are refused."""
        return f"{PASSPHRASE} {self.text()}"

    def form(self, form: Form, password: str, *, generous: bool = False) -> dict[str, str]:
        """Values for all fields of a form.

        Arguments:
            form: as read from the page.
            password: of the person who fills it in, for fields that ask for the current one.
            generous: whether to tick every box, and not only those that are ticked or required.
        """
        values: dict[str, str] = {}
        new_password = self.passphrase()
        for field in form.fields:
            if field.type == "password":
                current = field.rules.get("autocomplete") == "current-password"
                values[field.name] = password if current else new_password
                continue
            value = (field.value or "on") if generous and field.type == "checkbox" else self._value(field, values)
            if value is not None:
                values[field.name] = value
        return values

    def files(self, form: Form) -> dict[str, tuple[str, bytes]]:
        """A small file for each field of a form that sends files: of a type that it accepts, and another each time."""
        if form.enctype.lower() != "multipart/form-data":
            return {}
        return {field.name: self.file(field.rules.get("accept", "")) for field in form.fields if field.type == "file"}

    def file(self, accept: str) -> tuple[str, bytes]:
        """A file that is what its name says.

        Arguments:
            accept: extensions with commas between, as in the page; empty for any.
        """
        word = self.text()
        wanted = [one.strip().lower() for one in accept.split(",") if one.strip()]
        if not wanted or ".txt" in wanted:
            return f"{word}.txt", f"{word}\n".encode()
        if ".csv" in wanted:
            return f"{word}.csv", f"word\n{word}\n".encode()
        if ".md" in wanted:
            return f"{word}.md", f"# {word}\n".encode()
        return f"{word}.png", _PIXEL

    def _value(self, field: Field, so_far: dict[str, str]) -> str | None:
        if field.type in ("submit", "button", "image", "reset", "file"):
            return None if field.name in so_far or not field.value else field.value
        if field.type == "hidden":
            return field.value
        if field.type == "checkbox":
            return (field.value or "on") if field.checked or field.required else None
        if field.type == "radio":
            return field.value if field.checked or field.name not in so_far else None
        if field.type == "select":
            return field.value or next((one for one in field.options if one), "")
        return field.value or self._typed(field)

    def _typed(self, field: Field) -> str:
        today = datetime.now(UTC)
        kinds = {
            "email": f"{self.text()}@example.org",
            # A name that nobody can have (RFC 6761 section 6.5): an app that looks at it now asks nobody.
            "url": f"https://{self.text()}.example/page",
            "tel": "+49 30 1234567",
            "number": field.rules.get("min") or "1",
            "range": field.rules.get("min") or "1",
            "date": field.rules.get("max") or (today + timedelta(days=30)).strftime("%Y-%m-%d"),
            "datetime-local": (today + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M"),
            "time": "12:00",
            "color": "#336699",
            "search": "",
        }
        if field.type in kinds:
            return kinds[field.type]
        if field.type == "textarea":
            return f"{self.text()}\n{self.text()}"
        most = int(field.rules.get("maxlength") or 200)
        return self.text()[:most]
