"""Which answers a question takes, how they are stored, and what each counts for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from doorward import Invalid, one_line, problem_with

from .kinds import (
    CHOICE,
    CLOUD,
    IMAGE,
    LONGEST_ANSWER,
    LONGEST_WORD,
    NUMBER,
    OTHER,
    RANKING,
    RATING,
    SELECT,
    SHORT,
    SUM,
    Definition,
)
from .numbers import read_steps
from .words import key_of, words_in


def read_answer(definition: Definition, given: Sequence[str]) -> str:
    """A checked answer, as it is stored.

    Arguments:
        definition: the question.
        given: what the person sent: keys, in a ranking the first place first; one text or number; words. What follows
            the key `OTHER` is the answer that somebody wrote.

    Results:
        JSON text: of the keys in the question's order, in a ranking in the person's; of the text; of the number in
        steps; of the words; of keys and a text where somebody wrote an answer beside the options.

    Errors:
        Invalid: not an answer to this question, with a sentence.
    """
    return json.dumps(_READ[definition.kind](definition, given), ensure_ascii=False)


def _text(definition: Definition, given: Sequence[str]) -> str:
    if len(given) != 1:
        raise Invalid({"answer": "Type an answer." if not given else "Send one answer."})
    return _line(given[0], LONGEST_ANSWER, "The answer")


def _line(text: str, longest: int, what: str) -> str:
    line = one_line(text)
    if problem := problem_with(line, longest, what=what):
        raise Invalid({"answer": problem})
    return line


def _chosen(definition: Definition, given: Sequence[str]) -> list[str] | dict[str, Any]:
    if definition.other and OTHER in given:
        place = given.index(OTHER)
        said = [text for text in given[place + 1 :] if text.strip()]
        if len(said) != 1:
            raise Invalid({"answer": "Write your own answer, or choose another." if not said else "Send one answer."})
        keys = _keys(definition, given[: place + 1])
        return {"keys": keys, "text": _line(said[0], LONGEST_ANSWER, "Your own answer")}
    return _keys(definition, given)


def _keys(definition: Definition, given: Sequence[str]) -> list[str]:
    if not given:
        raise Invalid({"answer": "Choose an answer first."})
    _must_be_options(definition, given)
    if len(given) > definition.most:
        raise Invalid({"answer": f"Choose at most {definition.most}."})
    return [key for key in definition.keys if key in given]


def _must_be_options(definition: Definition, given: Sequence[str]) -> None:
    if not set(given) <= set(definition.keys) or len(set(given)) < len(given):
        raise Invalid({"answer": "That is not an option of this question."})


def _ranked(definition: Definition, given: Sequence[str]) -> list[str]:
    if len(given) == len(definition.keys) and len(set(given)) < len(given):
        raise Invalid({"answer": "Give every option one place, and no two the same."})
    _must_be_options(definition, given)
    if len(given) < len(definition.keys):
        raise Invalid({"answer": "Give every option a place."})
    return list(given)


def _number(definition: Definition, given: Sequence[str]) -> int:
    steps = read_steps(given[0], definition.decimals) if len(given) == 1 else None
    if steps is None or not definition.least <= steps <= definition.greatest:
        ends = f"{definition.as_text(definition.least)} to {definition.as_text(definition.greatest)}"
        places = {0: "a whole number", 1: "a number with at most one decimal"}
        what = places.get(definition.decimals, f"a number with at most {definition.decimals} decimals")
        raise Invalid({"answer": f"Type {what} from {ends}."})
    return steps


def _words(definition: Definition, given: Sequence[str]) -> list[str]:
    lines = [_line(text, LONGEST_WORD, "A word") for text in given if text.strip()]
    distinct = {key_of(line): line for line in reversed(lines)}
    if not distinct:
        raise Invalid({"answer": "Type a word."})
    if len(lines) > definition.most:
        raise Invalid(
            {"answer": "Send one word." if definition.most == 1 else f"Send at most {definition.most} words."}
        )
    return [line for line in lines if distinct[key_of(line)] is line]


_READ: Mapping[str, Callable[[Definition, Sequence[str]], Any]] = {
    CHOICE: _chosen,
    IMAGE: _chosen,
    SELECT: _chosen,
    RATING: _chosen,
    RANKING: _ranked,
    NUMBER: _number,
    SHORT: _text,
    CLOUD: _words,
}


def counts_of(definition: Definition, stored: str | None) -> dict[str, int]:
    """What a stored answer adds to each tally of its question; nothing where there is no answer.

    In a ranking the first of five places gives five points, the last one.
    """
    if stored is None or not definition.counters:
        return {}
    value = json.loads(stored)
    if definition.kind == NUMBER:
        above = value - definition.least
        return {f"b{above // definition.column_width + 1}": 1, SUM: above}
    if definition.kind == RANKING:
        return {key: len(value) - place for place, key in enumerate(value)}
    return dict.fromkeys(value["keys"] if isinstance(value, dict) else value, 1)


def words_of(definition: Definition, stored: str | None) -> dict[str, str]:
    """The words that a stored answer counts for in the cloud: as they are told apart, with how they were written."""
    if stored is None or not definition.has_words:
        return {}
    value = json.loads(stored)
    written = words_in(value) if isinstance(value, str) else value
    return {key_of(word): word for word in reversed(written)}


def text_in(stored: str) -> str | None:
    """What somebody wrote, where a stored answer has a text of its own; None of any other."""
    value = json.loads(stored)
    if isinstance(value, dict):
        return str(value["text"])
    return value if isinstance(value, str) else None


def given_again(definition: Definition, stored: str) -> list[str]:
    """A stored answer as it would be sent, for the form that changes it."""
    value = json.loads(stored)
    if isinstance(value, dict):
        return [*value["keys"], value["text"]]
    if isinstance(value, int):
        return [definition.as_text(value)]
    return [value] if isinstance(value, str) else value
