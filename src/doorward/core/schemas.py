"""Schemas: what a value in JSON must look like. One object checks a value and describes itself.

The description is JSON Schema 2020-12. What is enforced and what is described cannot part (OWASP ASVS 2.2.1, 15.3.3):
every text and list has a longest length, every number has bounds, and what is not described is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

#: The largest number that a database keeps.
LARGEST = 2**63 - 1

Described = dict[str, Any]
#: What is wrong: where, as `options.2`, and a sentence.
Problem = tuple[str, str]

_CONTROLS = r"\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffd"
_SPACES = r"\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
#: One line that can be shown: begins with something visible, no control characters, no switch of direction.
ONE_LINE = f"^[^{_CONTROLS}{_SPACES}][^{_CONTROLS}]*$"
#: PostgreSQL keeps no NUL in a text.
_ANY_TEXT = r"^[^\u0000]*$"
_LINE_SENTENCE = "Write this as one line that begins with a visible character, without control characters."
_MOST_PROBLEMS = 20
_LONGEST_NAME = 60


class Schema(Protocol):
    """What every schema can do."""

    def problems(self, value: Any, where: str = "") -> Iterator[Problem]:
        """What is wrong with `value`, which stands at `where`; nothing when it is as described."""
        ...

    def describe(self, named: dict[str, Described]) -> Described:
        """This as JSON Schema. Schemas with a name are put into `named`, and only referred to."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A text.

    Arguments:
        longest, shortest: how many characters it may have.
        pattern: what it must match, written so that Python and ECMA-262 read it alike; it is searched, not anchored.
        format: as JSON Schema names it, for readers; only `pattern` is enforced.
        meaning: a sentence for people.
    """

    longest: int = 1000
    shortest: int = 0
    pattern: str = _ANY_TEXT
    format: str = ""
    meaning: str = ""

    def problems(self, value: Any, where: str = "") -> Iterator[Problem]:
        if not isinstance(value, str):
            yield where, "This must be a text."
        elif len(value) < self.shortest:
            yield where, f"This is too short: at least {self.shortest} characters."
        elif len(value) > self.longest:
            yield where, f"This is too long: at most {self.longest} characters."
        elif not _compiled(self.pattern).search(value):
            yield where, _LINE_SENTENCE if self.pattern == ONE_LINE else "This is not written as described."

    def describe(self, named: dict[str, Described]) -> Described:
        found: Described = {"type": "string", "maxLength": self.longest, "pattern": self.pattern}
        if self.shortest:
            found["minLength"] = self.shortest
        if self.format:
            found["format"] = self.format
        return _with_meaning(found, self.meaning)


def Line(longest: int, meaning: str = "") -> Text:  # noqa: N802  (reads like the schemas beside it)
    """One line of readable text, as a name or a title."""
    return Text(longest, 1, ONE_LINE, meaning=meaning)


def Time(meaning: str = "") -> Text:  # noqa: N802
    """A moment as in RFC 3339, such as `2026-01-01T12:00:00+00:00`."""
    pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$"
    return Text(40, 20, pattern, format="date-time", meaning=meaning)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some texts."""

    names: tuple[str, ...]
    meaning: str = ""

    def problems(self, value: Any, where: str = "") -> Iterator[Problem]:
        if not isinstance(value, str) or value not in self.names:
            yield where, f"This must be one of: {', '.join(self.names)}."

    def describe(self, named: dict[str, Described]) -> Described:
        return _with_meaning({"type": "string", "enum": list(self.names)}, self.meaning)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number, by default any that a database keeps and that is not below nought."""

    least: int = 0
    most: int = LARGEST
    meaning: str = ""

    def problems(self, value: Any, where: str = "") -> Iterator[Problem]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield where, "This must be a whole number."
        elif not self.least <= value <= self.most:
            yield where, f"This must be a number from {self.least} to {self.most}."

    def describe(self, named: dict[str, Described]) -> Described:
        return _with_meaning({"type": "integer", "minimum": self.least, "maximum": self.most}, self.meaning)


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    meaning: str = ""

    def problems(self, value: Any, where: str = "") -> Iterator[Problem]:
        if not isinstance(value, bool):
            yield where, "This must be true or false."

    def describe(self, named: dict[str, Described]) -> Described:
        return _with_meaning({"type": "boolean"}, self.meaning)


@dataclass(frozen=True, slots=True)
class Maybe:
    """As described, or null."""

    of: Schema

    def problems(self, value: Any, where: str = "") -> Iterator[Problem]:
        if value is not None:
            yield from self.of.problems(value, where)

    def describe(self, named: dict[str, Described]) -> Described:
        return {"anyOf": [self.of.describe(named), {"type": "null"}]}


@dataclass(frozen=True, slots=True)
class Listed:
    """A list.

    Arguments:
        of: what each of it is.
        most, least: how many there may be.
        distinct: whether each may stand there only once.
    """

    of: Schema
    most: int
    least: int = 0
    distinct: bool = False

    def problems(self, value: Any, where: str = "") -> Iterator[Problem]:
        if not isinstance(value, list):
            yield where, "This must be a list."
            return
        if not self.least <= len(value) <= self.most:
            yield where, f"This must be a list of {self.least} to {self.most}."
            return
        if self.distinct and any(one in value[:place] for place, one in enumerate(value)):
            yield where, "Two of these are the same."
        for place, one in enumerate(value):
            yield from self.of.problems(one, _below(where, str(place)))

    def describe(self, named: dict[str, Described]) -> Described:
        found: Described = {"type": "array", "items": self.of.describe(named), "maxItems": self.most}
        if self.least:
            found["minItems"] = self.least
        return {**found, "uniqueItems": True} if self.distinct else found


@dataclass(frozen=True, slots=True)
class Keyed:
    """An object whose names are not known before, such as counts by option."""

    of: Schema

    def problems(self, value: Any, where: str = "") -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield where, "This must be an object."
            return
        for name, one in value.items():
            yield from self.of.problems(one, _below(where, str(name)))

    def describe(self, named: dict[str, Described]) -> Described:
        return {"type": "object", "additionalProperties": self.of.describe(named)}


@dataclass(frozen=True, slots=True)
class Fields:
    """An object with these fields and no others (OWASP ASVS 15.3.3, mass assignment).

    Arguments:
        name: under which it stands in the description; a capital first.
        fields: each field's schema.
        optional: the names of those that may be left out.
    """

    name: str
    fields: Mapping[str, Schema] = field(hash=False)
    optional: Sequence[str] = ()

    def problems(self, value: Any, where: str = "") -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield where, "This must be an object."
            return
        for name in value:
            if name not in self.fields:
                yield _below(where, str(name)[:_LONGEST_NAME]), "There is no such field here."
        for name, schema in self.fields.items():
            if name in value:
                yield from schema.problems(value[name], _below(where, name))
            elif name not in self.optional:
                yield _below(where, name), "This is missing."

    def describe(self, named: dict[str, Described]) -> Described:
        return _named(self.name, self.whole, named)

    def whole(self, named: dict[str, Described]) -> Described:
        """The description itself, and not only where it stands."""
        return {
            "type": "object",
            "properties": {name: schema.describe(named) for name, schema in self.fields.items()},
            "required": [name for name in self.fields if name not in self.optional],
            "additionalProperties": False,
        }


@dataclass(frozen=True, slots=True)
class ByKind:
    """An object whose fields depend on one of them.

    Arguments:
        name: under which it stands in the description.
        key: the field that tells; a `Choice` of one name in each of `kinds`.
        kinds: what the object is, for each value of that field.
    """

    name: str
    key: str
    kinds: Mapping[str, Fields] = field(hash=False)

    def problems(self, value: Any, where: str = "") -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield where, "This must be an object."
            return
        kind = value.get(self.key)
        found = self.kinds.get(kind) if isinstance(kind, str) else None
        if found is None:
            yield _below(where, self.key), f"This must be one of: {', '.join(self.kinds)}."
        else:
            yield from found.problems(value, where)

    def describe(self, named: dict[str, Described]) -> Described:
        return _named(self.name, self._whole, named)

    def _whole(self, named: dict[str, Described]) -> Described:
        each = {kind: schema.describe(named) for kind, schema in self.kinds.items()}
        mapping = {kind: found["$ref"] for kind, found in each.items()}
        return {"oneOf": [*each.values()], "discriminator": {"propertyName": self.key, "mapping": mapping}}


@dataclass(frozen=True, slots=True)
class AnyObject:
    """An object of which nothing is said. For answers that have a standard of their own, never for what is taken."""

    def problems(self, value: Any, where: str = "") -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield where, "This must be an object."

    def describe(self, named: dict[str, Described]) -> Described:
        return {"type": "object"}


def found_wrong(schema: Schema, value: Any) -> dict[str, str]:
    """The first problems of a value by field, for an answer; the name is empty for the whole of it."""
    found: dict[str, str] = {}
    for where, sentence in schema.problems(value):
        found.setdefault(where, sentence)
        if len(found) == _MOST_PROBLEMS:
            break
    return found


def _below(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _with_meaning(found: Described, meaning: str) -> Described:
    return {**found, "description": meaning} if meaning else found


def _named(name: str, whole: Any, named: dict[str, Described]) -> Described:
    if name not in named:
        named[name] = {}  # it may speak of itself
        named[name] = whole(named)
    return {"$ref": f"#/components/schemas/{name}"}


_patterns: dict[str, re.Pattern[str]] = {}


def _compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, with `$` as everybody else reads it: Python's would let a line break pass behind it."""
    if pattern not in _patterns:
        ends = pattern.endswith("$") and not pattern.endswith(r"\$")
        _patterns[pattern] = re.compile(pattern[:-1] + r"\Z" if ends else pattern)
    return _patterns[pattern]
