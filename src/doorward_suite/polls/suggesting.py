"""What the AI service is asked for about questions, and what of its answer is a question. Plain values.

It sees what a question asks and what the presenter wishes, and nothing of answers or of people. What it says is a text
that somebody typed: `define` judges it, and a presenter reads it before it becomes a question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from doorward import AiFailed, Invalid, api

from .defining import define
from .kinds import (
    CAN_BE_RIGHT,
    CHOICE,
    CLOUD,
    LONGEST_LABEL,
    LONGEST_TITLE,
    MOST_OPTIONS,
    NAMES,
    RANKING,
    RATING,
    SELECT,
    SHORT,
    Definition,
    Draft,
    draft_of,
)

#: What it can do: write new questions, say one better, and find wrong answers that could be right.
NEW, REFINE, DISTRACT = "new", "refine", "distract"
#: The kinds of which it writes new ones.
KINDS = (CHOICE, SELECT, RANKING, RATING, SHORT, CLOUD)
_WITH_OPTIONS = (CHOICE, SELECT, RANKING)
LONGEST_WISH, MOST_NEW, MOST_DISTRACTORS = 500, 5, 5
_MOST_OPTIONS = 8

_LANGUAGE = "Write in the language of the data."
_ASKS: Mapping[str, str] = {
    CHOICE: "Each has 3 to 5 short options, of which one is chosen.",
    SELECT: "Each has 4 to 6 short options, of which several may be chosen.",
    RANKING: "Each has 3 to 6 short options, which people put in order.",
    RATING: "Each is answered by a rating from 1 to 5.",
    SHORT: "Each is answered in a sentence.",
    CLOUD: "Each is answered in one to three words.",
}


def can_distract(definition: Definition) -> bool:
    """Whether wrong answers can be found for a question."""
    return definition.kind in (CHOICE, SELECT)


def task_for(what: str, kind: str, count: int, quiz: bool) -> str:
    """What to do, in our words."""
    if what == REFINE:
        return (
            "Say the question and its options more clearly and briefly, as the wish in the data asks if there is one. "
            f"Keep what is asked, how many options there are, and their order. {_LANGUAGE}"
        )
    if what == DISTRACT:
        return (
            f"Find {count} further options for this question that are wrong and that somebody who does not know could "
            f"take for right. Repeat none that is there. They are written like the others. {_LANGUAGE}"
        )
    right = " Name in `right` which options are right, written the same." if quiz and kind in CAN_BE_RIGHT else ""
    return (
        f"Write {count} question(s) of the kind “{NAMES[kind]}” for an audience, about the topic in the data. "
        f"{_ASKS[kind]}{right} {_LANGUAGE}"
    )


def data_for(what: str, wish: str, asked: Definition | None) -> dict[str, Any]:
    """What is sent: the presenter's wish, and of a question what it asks."""
    if asked is None:
        return {"topic": wish}
    draft = draft_of(asked)
    question: dict[str, Any] = {"title": draft.title}
    if asked.kind in _WITH_OPTIONS:
        question["options"] = draft.options.splitlines()
    if what == DISTRACT:
        question["right"] = draft.right.splitlines()
    return {"question": question, **({"wish": wish} if wish else {})}


def shape_for(what: str, kind: str, count: int, quiz: bool, asked: Definition | None) -> api.Schema:
    """What the answer must be."""
    label, title = api.Line(LONGEST_LABEL), api.Line(LONGEST_TITLE)
    if what == DISTRACT:
        return api.Fields("Options", {"options": api.Listed(label, most=MOST_DISTRACTORS, least=1)})
    fields: dict[str, api.Schema] = {"title": title}
    if asked is not None:
        there = len(draft_of(asked).options.splitlines()) if kind in _WITH_OPTIONS else 0
        if there:
            fields["options"] = api.Listed(label, most=there, least=there)
        return api.Fields("Question", fields)
    if kind in _WITH_OPTIONS:
        fields["options"] = api.Listed(label, most=_MOST_OPTIONS, least=2)
        if quiz and kind in CAN_BE_RIGHT:
            fields["right"] = api.Listed(label, most=_MOST_OPTIONS)
    one = api.Fields("Question", fields, optional=("right",))
    return api.Fields("Questions", {"questions": api.Listed(one, most=MOST_NEW, least=1)})


def read(what: str, value: Any, kind: str, count: int, asked: Definition | None) -> list[Draft]:
    """The questions of an answer that are such as a person could have typed.

    Errors:
        AiFailed: there is none among them.
    """
    if asked is None:
        said = value["questions"][:count]
        found = [_draft(kind, one) for one in said]
    elif what == REFINE:
        found = [_refined(draft_of(asked), value)]
    else:
        found = [_with_options(draft_of(asked), value["options"][:count])]
    good = [one for one in found if _is_one(one)]
    if not good:
        raise AiFailed("no question among what it answered")
    return good


def _draft(kind: str, said: Mapping[str, Any]) -> Draft:
    return Draft(kind, said["title"], "\n".join(said.get("options", ())), right="\n".join(said.get("right", ())))


def _refined(draft: Draft, said: Mapping[str, Any]) -> Draft:
    """What was right stays right: it is the option in the same place."""
    before, after = draft.options.splitlines(), said.get("options")
    if after is None:
        return replace(draft, title=said["title"])
    new = dict(zip(before, after, strict=True))
    right = "\n".join(new.get(one, one) for one in draft.right.splitlines())
    return replace(draft, title=said["title"], options="\n".join(after), right=right)


def _with_options(draft: Draft, more: Sequence[str]) -> Draft:
    there = draft.options.splitlines()
    seen = {one.casefold() for one in there}
    fresh = [one for one in dict.fromkeys(more) if one.casefold() not in seen]
    return replace(draft, options="\n".join([*there, *fresh][:MOST_OPTIONS])) if fresh else Draft()


def _is_one(draft: Draft) -> bool:
    try:
        define(draft)
    except Invalid:
        return False
    return True


def kept(drafts: Sequence[Draft]) -> list[dict[str, str]]:
    """Drafts as they are stored, without what is empty."""
    return [{name: text for name, text in asdict(one).items() if text} for one in drafts]


def as_drafts(stored: Sequence[Mapping[str, str]]) -> list[Draft]:
    """Drafts as `kept` gave them."""
    return [Draft(**one) for one in stored]
