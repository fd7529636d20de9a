"""The kinds of questions: what each is made of, and which answers it takes.

A choice, a select-all and a rating have options, each with a key that stays the same while the question lives; their
answers are keys, and each key has a tally. A short answer has text and no options.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from doorward import Invalid, one_line, problem_with

CHOICE = "choice"
SELECT = "select"
RATING = "rating"
SHORT = "short"

#: Every kind with the name that people read. A kind that is not here does not exist.
NAMES: Mapping[str, str] = {
    CHOICE: "Multiple choice",
    SELECT: "Select all that apply",
    RATING: "Rating",
    SHORT: "Short answer",
}

LONGEST_TITLE = 300
LONGEST_LABEL = 120
LONGEST_ANSWER = 280
MOST_OPTIONS = 20
SCALES = range(3, 8)
USUAL_SCALE = 5


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose. The key is what is stored and counted, the label is what people read."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Definition:
    """What a question asks.

    Arguments:
        kind: one of `NAMES`.
        title: the question as people read it.
        options: what can be chosen, in order; empty for a short answer.
        most: how many options one answer may have.
        low, high: for a rating, what its ends mean; may be empty.
    """

    kind: str
    title: str
    options: tuple[Option, ...] = ()
    most: int = 1
    low: str = ""
    high: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(option.key for option in self.options)


@dataclass(frozen=True, slots=True)
class Draft:
    """A question as somebody typed it, before it is checked.

    Arguments:
        kind: one of `NAMES`.
        title: the question.
        options: for choice and select-all, one option a line.
        most: for select-all, the most options of one answer; empty for no bound.
        scale: for a rating, its highest number.
        low, high: for a rating, what its ends mean.
    """

    kind: str = ""
    title: str = ""
    options: str = ""
    most: str = ""
    scale: str = ""
    low: str = ""
    high: str = ""


def draft_of(definition: Definition) -> Draft:
    """A question as it would be typed, for the form that changes it."""
    labels = [option.label for option in definition.options]
    return Draft(
        kind=definition.kind,
        title=definition.title,
        options="\n".join(labels),
        most="" if definition.most >= len(labels) else str(definition.most),
        scale=str(len(labels)),
        low=definition.low,
        high=definition.high,
    )


@dataclass(slots=True)
class _Problems:
    """Gathers what is wrong, so that a person sees all of it at once."""

    found: dict[str, str] = field(default_factory=dict)

    def text(self, name: str, text: str, longest: int, what: str) -> str:
        line = one_line(text)
        if problem := problem_with(line, longest, what=what):
            self.found[name] = problem
        return line

    def number(self, name: str, text: str, allowed: range, what: str) -> int:
        if text.isascii() and text.isdigit() and int(text[:4]) in allowed:
            return int(text)
        self.found[name] = f"{what} is a number from {allowed[0]} to {allowed[-1]}."
        return allowed[0]


def define(draft: Draft, before: Definition | None = None) -> Definition:
    """A checked question.

    Arguments:
        draft: what was typed.
        before: the question as it was; options that it already had keep their keys.

    Errors:
        Invalid: with a sentence for each field that is wrong.
    """
    if draft.kind not in NAMES:
        raise Invalid({"kind": "Choose a kind of question."})
    problems = _Problems()
    title = problems.text("title", draft.title, LONGEST_TITLE, "The question")
    definition = _DEFINE[draft.kind](title, draft, problems, before)
    if problems.found:
        raise Invalid(problems.found)
    return definition


def _define_choice(title: str, draft: Draft, problems: _Problems, before: Definition | None) -> Definition:
    return Definition(draft.kind, title, _options(draft, problems, before))


def _define_select(title: str, draft: Draft, problems: _Problems, before: Definition | None) -> Definition:
    options = _options(draft, problems, before)
    most = len(options)
    if draft.most.strip() and options:
        most = problems.number("most", draft.most.strip(), range(1, len(options) + 1), "The most that may be selected")
    return Definition(draft.kind, title, options, most=most)


def _define_rating(title: str, draft: Draft, problems: _Problems, before: Definition | None) -> Definition:
    highest = problems.number("scale", draft.scale.strip() or str(USUAL_SCALE), SCALES, "The highest rating")
    low, high = (
        problems.text(name, given, LONGEST_LABEL, "The meaning") if given.strip() else ""
        for name, given in (("low", draft.low), ("high", draft.high))
    )
    options = tuple(Option(str(number), str(number)) for number in range(1, highest + 1))
    return Definition(draft.kind, title, options, low=low, high=high)


def _define_short(title: str, draft: Draft, problems: _Problems, before: Definition | None) -> Definition:
    return Definition(draft.kind, title)


_DEFINE: Mapping[str, Callable[[str, Draft, _Problems, Definition | None], Definition]] = {
    CHOICE: _define_choice,
    SELECT: _define_select,
    RATING: _define_rating,
    SHORT: _define_short,
}


def _options(draft: Draft, problems: _Problems, before: Definition | None) -> tuple[Option, ...]:
    labels = [line for line in map(one_line, draft.options.splitlines()) if line]
    wrong = [problem for label in labels if (problem := problem_with(label, LONGEST_LABEL, what=f"“{label[:20]}”"))]
    if not 2 <= len(labels) <= MOST_OPTIONS:
        problems.found["options"] = f"Give 2 to {MOST_OPTIONS} options, one a line."
    elif len({label.casefold() for label in labels}) < len(labels):
        problems.found["options"] = "Two options are the same."
    elif wrong:
        problems.found["options"] = wrong[0]
    return _with_keys(labels, before)


def _with_keys(labels: Sequence[str], before: Definition | None) -> tuple[Option, ...]:
    known = {option.label: option.key for option in before.options} if before else {}
    kept = {known[label] for label in labels if label in known}
    fresh = (key for number in range(1, 2 * MOST_OPTIONS + len(labels) + 1) if (key := f"o{number}") not in kept)
    return tuple(Option(known.get(label) or next(fresh), label) for label in labels)


def read_answer(definition: Definition, given: Sequence[str]) -> str:
    """A checked answer, as it is stored: JSON text of the keys in the question's order, or of the text.

    Arguments:
        definition: the question.
        given: what the person sent: keys, or one text.

    Errors:
        Invalid: not an answer to this question, with a sentence.
    """
    if definition.kind == SHORT:
        return json.dumps(_text(given), ensure_ascii=False)
    return json.dumps(_chosen(definition, given))


def _text(given: Sequence[str]) -> str:
    if len(given) != 1:
        raise Invalid({"answer": "Type an answer." if not given else "Send one answer."})
    line = one_line(given[0])
    if problem := problem_with(line, LONGEST_ANSWER, what="The answer"):
        raise Invalid({"answer": problem})
    return line


def _chosen(definition: Definition, given: Sequence[str]) -> list[str]:
    if not given:
        raise Invalid({"answer": "Choose an answer first."})
    if not set(given) <= set(definition.keys) or len(set(given)) < len(given):
        raise Invalid({"answer": "That is not an option of this question."})
    if len(given) > definition.most:
        raise Invalid({"answer": f"Choose at most {definition.most}."})
    return [key for key in definition.keys if key in given]


def keys_in(stored: str | None) -> list[str]:
    """The options that a stored answer counts for; none for a text, and none where there is no answer."""
    value = json.loads(stored) if stored is not None else None
    return value if isinstance(value, list) else []
