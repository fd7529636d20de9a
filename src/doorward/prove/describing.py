"""Requests made of the API's own description (OpenAPI): for each described way a body that is as it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from doorward.prove.filling import Filling
from doorward.prove.person import Person
from doorward.prove.sample import Sample, came_in
from doorward.prove.scene import MEMBER, PROGRAM, Scene
from doorward.prove.ways import Way
from doorward.prove.wire import NoAnswer, Request, json

DOCUMENT = "/api/openapi.json"
_PARAMETER = re.compile(r"<(?:[a-z_]+(?:\([^)]*\))?:)?(\w+)>")
#: How far a schema is followed into itself.
_DEEPEST = 8

Document = Mapping[str, Any]


def describe(scene: Scene, learnt: Mapping[str, list[str]]) -> None:
    """Add a sample for each described way that asks for somebody: as a program, and as a person with a session.

    Arguments:
        scene: its samples grow.
        learnt: values of parameters that the survey came across, for ways whose objects the API itself cannot make.
    """
    if scene.ways.find("GET", DOCUMENT) is None:
        return
    document = scene.visitor.browse(Request("GET", DOCUMENT)).json()
    if not isinstance(document, dict):
        return
    maker = _Maker(scene, document, learnt)
    for way in scene.ways.all:
        if way.public or not scene.is_about(way) or maker.operation(way) is None:
            continue
        for name in (PROGRAM, MEMBER):
            person = scene.person(name)
            if person is not None and way.lets_in(person.roles, signed_in=True, scopes=person.scopes):
                scene.samples += maker.samples(way, person)


def described_texts(scene: Scene) -> dict[Way, list[str]]:
    """The names of the texts in the body that the description gives for each way."""
    if scene.ways.find("GET", DOCUMENT) is None:
        return {}
    document = scene.visitor.browse(Request("GET", DOCUMENT)).json()
    maker = _Maker(scene, document if isinstance(document, dict) else {}, {})
    return {way: list(_texts_of(maker.operation(way) or {}, maker)) for way in scene.ways.all}


def _texts_of(operation: Document, maker: _Maker) -> Iterator[str]:
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    fields = maker.resolved(schema).get("properties", {})
    for name, one in fields.items():
        if "string" in str(one.get("type") or one.get("anyOf", "")):
            yield name


class _Maker:
    """Makes the requests, and what they are about.

    Arguments:
        scene: the run.
        document: the description.
        learnt: values of parameters.
    """

    def __init__(self, scene: Scene, document: Document, learnt: Mapping[str, list[str]]) -> None:
        self._scene = scene
        self._document = document
        self._learnt = {name: values[0] for name, values in learnt.items() if values}

    def operation(self, way: Way) -> Document | None:
        """What the document says of a way; None if it does not name it."""
        found = self._document.get("paths", {}).get(_PARAMETER.sub(r"{\1}", way.path), {}).get(way.method.lower())
        return found if isinstance(found, dict) else None

    def resolved(self, schema: Document) -> Document:
        """What a schema refers to; itself, where it refers to nothing."""
        return _referred(schema["$ref"], self._document) if "$ref" in schema else schema

    def samples(self, way: Way, person: Person) -> list[Sample]:
        """The sample of this person; none where nothing is known to ask for.

        What changes something is about a new object each time, since the one before may be gone.
        """
        path = self._path(way, person)
        if path is None:
            return []

        def renew(one: Sample) -> None:
            one.path = self._path(way, person) or one.path
            one.request = self._request(way, one.path)

        made = Sample(way, path, person, request=self._request(way, path), shown_to={person.name})
        made.renew = renew if way.writes else None
        return [made]

    def _request(self, way: Way, path: str) -> Request:
        operation = self.operation(way) or {}
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            return Request(way.method, path, {"Accept": "application/json"})
        return json(way.method, path, value_for(content["schema"], self._document, self._scene.filling))

    def _path(self, way: Way, person: Person) -> str | None:
        return way.at({**self._learnt, **self._values(way, person)})

    def _values(self, way: Way, person: Person) -> dict[str, str]:
        """The parameters of a new object that this way can be about, made with the API itself."""
        making = self._making(way)
        place = self._path(making, person) if making is not None else None
        if making is None or place is None:
            return {}
        try:
            answer = person.browse(self._request(making, place))
        except NoAnswer:
            return {}
        location = answer.header("location")
        found = self._scene.ways.find("GET", location) if came_in(answer) and location else None
        return (found.read(location) or {}) if found is not None else {}

    def _making(self, way: Way) -> Way | None:
        """The way that makes such an object: a POST on the list in which it stands, the longest that fits."""
        lists = [
            other
            for other in self._scene.ways.all
            if other.method == "POST" and self.operation(other) and _stands_in(way.path, other.path)
        ]
        return max(lists, key=lambda other: len(other.path), default=None)


def _stands_in(path: str, listed: str) -> bool:
    """Does this path go on with a parameter behind that of the list?"""
    rest = path.removeprefix(listed.rstrip("/") + "/")
    return rest != path and rest.startswith("<")


def value_for(schema: Document, document: Document, filling: Filling, depth: int = 0) -> Any:
    """A value that is as a schema describes it: the smallest number, the first choice, only what is required.

    Arguments:
        schema: JSON Schema, as far as descriptions of the kit use it.
        document: where its references lead.
        filling: for texts that nobody has sent before.
        depth: how deep this stands.
    """
    if "$ref" in schema:
        return value_for(_referred(schema["$ref"], document), document, filling, depth)
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return value_for(schema[several][0], document, filling, depth)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    return _of_type(schema, document, filling, depth)


def _of_type(schema: Document, document: Document, filling: Filling, depth: int) -> Any:
    kind = schema.get("type")
    if kind == "object":
        fields = schema.get("properties", {}) if depth < _DEEPEST else {}
        wanted = schema.get("required", ())
        return {name: value_for(fields[name], document, filling, depth + 1) for name in wanted if name in fields}
    if kind == "array":
        return [value_for(schema["items"], document, filling, depth + 1) for _ in range(schema.get("minItems", 0))]
    if kind in ("integer", "number"):
        return schema.get("minimum", 0)
    if kind == "boolean":
        return False
    return _text(schema, filling)


def _text(schema: Document, filling: Filling) -> str:
    if schema.get("format") == "date-time":
        return "2030-01-01T12:00:00+00:00"
    text = filling.text()
    text += "x" * (int(schema.get("minLength", 0)) - len(text))
    return text[: int(schema.get("maxLength", len(text)))]


def _referred(reference: str, document: Document) -> Document:
    found: Any = document
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return found if isinstance(found, dict) else {}
