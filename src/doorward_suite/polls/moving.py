"""A poll as JSON, out of one installation and into another: what was asked, and what was answered, by nobody."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from doorward import Invalid, one_line, problem_with

from .answering import given_again, read_answer
from .defining import define
from .kinds import (
    CHOICE,
    IMAGE,
    LONGEST_POLL_NAME,
    NUMBER,
    OTHER,
    OTHER_LABEL,
    RATING,
    SELECT,
    Definition,
    Draft,
    draft_of,
)

FORMAT, VERSION = "doorward.polls", 1
MOST_QUESTIONS = 100
MOST_ANSWERS = 100_000
_MOST_GIVEN = 50
_MOST_PROBLEMS = 20
_LISTS = ("options", "pictures", "right")
#: Each is decoded and made anew: more would keep whoever waits too long.
MOST_PICTURES = 100
#: How pictures begin, and what they are called by that; what they really are is looked at when they come in.
_BEGINNINGS = ((b"\x89PNG", "png"), (b"\xff\xd8", "jpg"), (b"RIFF", "webp"))


@dataclass(frozen=True, slots=True)
class Moved:
    """A question that came from elsewhere, checked.

    Arguments:
        answers: as they are stored, each of somebody else.
        pictures: by the names that stand in the definition, the bytes of each.
    """

    definition: Definition
    answers: list[str]
    pictures: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MovedPoll:
    """A poll that came from elsewhere, checked."""

    name: str
    questions: list[Moved]


def written(
    name: str,
    asked: Sequence[tuple[int, str, Definition]],
    answers: Callable[[int], Iterable[str]],
    picture: Callable[[str], bytes],
) -> Iterator[str]:
    """A poll as JSON, a piece at a time.

    Arguments:
        asked: each question's number, status and definition.
        answers: gives all stored answers of a question, in no order that says anything.
        picture: gives the bytes of a picture by its name; asked for one after the other.
    """
    head = {"format": FORMAT, "version": VERSION, "name": name}
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "questions": ['
    for place, (number, status, definition) in enumerate(asked):
        question = {**_draft_data(definition), "status": status}
        if definition.pictures:
            question["pictures"] = [base64.b64encode(picture(one)).decode() for one in definition.pictures]
        yield (",\n" if place else "\n") + json.dumps(question, ensure_ascii=False)[:-1] + ', "answers": ['
        for at, stored in enumerate(answers(number)):
            yield (",\n" if at else "\n") + json.dumps(_labels(definition, stored), ensure_ascii=False)
        yield "]}"
    yield "\n]}\n"


def _draft_data(definition: Definition) -> dict[str, Any]:
    draft = draft_of(definition)
    data: dict[str, Any] = {one.name: getattr(draft, one.name) for one in fields(draft)}
    if definition.kind == RATING:
        data["options"] = ""
    lists = {name: data[name].splitlines() for name in _LISTS}
    return {name: value for name, value in (data | lists).items() if value}


def _labels(definition: Definition, stored: str) -> list[str]:
    """An answer as it would be read: the options by what they say, since keys mean something here only."""
    if not definition.options or definition.kind == NUMBER:
        return given_again(definition, stored)
    labels = {option.key: option.label for option in definition.options}
    return [labels.get(one, one) for one in given_again(definition, stored)]


def read_moved(text: bytes | str) -> MovedPoll:
    """A poll from JSON.

    Errors:
        Invalid: field `file`, with the first problems, each by its place.
    """
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise Invalid({"file": "This is no JSON file."}) from problem
    if not isinstance(whole, dict) or whole.get("format") != FORMAT or whole.get("version") != VERSION:
        raise Invalid({"file": f'This is no poll: "format" must be "{FORMAT}", and "version" {VERSION}.'})
    problems: list[str] = []
    name = one_line(whole["name"]) if isinstance(whole.get("name"), str) else ""
    if said := problem_with(name, LONGEST_POLL_NAME, what="The name"):
        problems.append(f"name: {said}")
    listed = whole.get("questions")
    if not isinstance(listed, list) or len(listed) > MOST_QUESTIONS:
        raise Invalid({"file": f"questions: This must be a list of at most {MOST_QUESTIONS}."})
    if sum(len(one["answers"]) for one in listed if isinstance(one, dict) and isinstance(one.get("answers"), list)) > (
        MOST_ANSWERS
    ):
        raise Invalid({"file": f"questions: At most {MOST_ANSWERS} answers come in at once."})
    if sum(
        len(one["pictures"]) for one in listed if isinstance(one, dict) and isinstance(one.get("pictures"), list)
    ) > (MOST_PICTURES):
        raise Invalid({"file": f"questions: At most {MOST_PICTURES} pictures come in at once."})
    questions = [_question(f"questions[{place}]", one, problems) for place, one in enumerate(listed)]
    if problems:
        raise Invalid({"file": " ".join(problems[:_MOST_PROBLEMS])})
    return MovedPoll(name, [one for one in questions if one is not None])


def _question(where: str, given: Any, problems: list[str]) -> Moved | None:
    if not isinstance(given, dict):
        problems.append(f"{where}: This must be an object.")
        return None
    texts: dict[str, str] = {}
    for one in fields(Draft):
        value = given.get(one.name, [] if one.name in _LISTS else "")
        if one.name in _LISTS and isinstance(value, list) and all(isinstance(line, str) for line in value):
            texts[one.name] = "\n".join(value)
        elif isinstance(value, str) and one.name not in _LISTS:
            texts[one.name] = value
        else:
            what = "a list of texts" if one.name in _LISTS else "a text"
            problems.append(f"{where}.{one.name}: This must be {what}.")
    if len(texts) < len(fields(Draft)):
        return None
    pictures: dict[str, bytes] = {}
    if texts["kind"] == IMAGE:
        pictures = _pictures(where, given.get("pictures", []), problems)
        texts["pictures"] = "\n".join(pictures)
    try:
        definition = define(Draft(**texts))
    except Invalid as wrong:
        problems += [f"{where}.{name}: {sentence}" for name, sentence in wrong.fields.items()]
        return None
    return Moved(definition, _answers(where, definition, given.get("answers", []), problems), pictures)


def _pictures(where: str, given: Sequence[str], problems: list[str]) -> dict[str, bytes]:
    """The bytes of each picture, under names by which the definition finds them again."""
    found = {}
    for place, text in enumerate(given):
        try:
            content = base64.b64decode(text, validate=True)
        except (ValueError, binascii.Error):
            content = b""
        if picture_name(content):
            found[f"sent{place}"] = content
        else:
            problems.append(f"{where}.pictures[{place}]: This must be a PNG, JPEG or WebP picture, in base64.")
    return found


def picture_name(content: bytes) -> str:
    """What a picture is called by how it begins; nothing where it is none."""
    return next((f"picture.{kind}" for begins, kind in _BEGINNINGS if content.startswith(begins)), "")


def _answers(where: str, definition: Definition, given: Any, problems: list[str]) -> list[str]:
    if not isinstance(given, list):
        problems.append(f"{where}.answers: This must be a list.")
        return []
    stored = []
    for place, one in enumerate(given):
        if not isinstance(one, list) or not all(isinstance(text, str) for text in one) or len(one) > _MOST_GIVEN:
            problems.append(f"{where}.answers[{place}]: This must be a list of texts.")
        else:
            try:
                stored.append(read_answer(definition, _keys(definition, one)))
            except Invalid as wrong:
                problems.append(f"{where}.answers[{place}]: {' '.join(wrong.fields.values())}")
        if len(problems) >= _MOST_PROBLEMS:
            break
    return stored


def _keys(definition: Definition, given: Sequence[str]) -> list[str]:
    if not definition.options or definition.kind == NUMBER:
        return list(given)
    keys: Mapping[str, str] = {option.label: option.key for option in definition.options}
    if definition.kind in (CHOICE, SELECT) and definition.other and OTHER_LABEL in given:
        at = given.index(OTHER_LABEL)
        return [*(keys.get(one, "") for one in given[:at]), OTHER, *given[at + 1 :]]
    return [keys.get(one, "") for one in given]
