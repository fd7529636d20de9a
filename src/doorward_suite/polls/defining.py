"""From what somebody typed to a checked question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from doorward import Invalid, one_line, problem_with

from .kinds import (
    CHOICE,
    CLOUD,
    IMAGE,
    LIST,
    LONGEST_LABEL,
    LONGEST_TITLE,
    LONGEST_UNIT,
    MOST_DECIMALS,
    MOST_OPTIONS,
    MOST_PICTURES,
    NAMES,
    NUMBER,
    OTHER,
    OTHER_LABEL,
    RANKING,
    RATING,
    SCALES,
    SELECT,
    SHORT,
    USUAL_SCALE,
    USUAL_WORDS,
    WORD_CLOUD,
    WORDS,
    Definition,
    Draft,
    Option,
)
from .numbers import read_steps


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

    def steps(self, name: str, text: str, decimals: int, what: str) -> int:
        steps = read_steps(text, decimals)
        if steps is None:
            places = f" with at most {decimals} decimals" if decimals else " without decimals"
            self.found[name] = f"{what} is a number{places}, between minus and plus a thousand million."
        return steps or 0


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
    options = _with_other(draft, _options(draft, problems, before))
    return Definition(draft.kind, title, options, right=_right(draft, problems, options, most=1))


def _define_select(title: str, draft: Draft, problems: _Problems, before: Definition | None) -> Definition:
    options = _with_other(draft, _options(draft, problems, before))
    most = len(options)
    if draft.most.strip() and options:
        most = problems.number("most", draft.most.strip(), range(1, len(options) + 1), "The most that may be selected")
    return Definition(draft.kind, title, options, most=most, right=_right(draft, problems, options, most=most))


def _define_image(title: str, draft: Draft, problems: _Problems, before: Definition | None) -> Definition:
    labels, pictures = ([one_line(line) for line in text.split("\n")] for text in (draft.options, draft.pictures))
    pairs = [pair for pair in zip_longest(labels, pictures, fillvalue="") if any(pair)]
    if any(not picture for _label, picture in pairs):
        problems.found["options"] = "One of the descriptions has no picture. Choose one, or empty the description."
    elif any(not label for label, _picture in pairs):
        problems.found["options"] = "Say of each picture in a few words what it shows."
    elif not 2 <= len(pairs) <= MOST_PICTURES:
        problems.found["options"] = f"Give 2 to {MOST_PICTURES} pictures."
    elif len({picture for _label, picture in pairs}) < len(pairs):
        problems.found["options"] = "A picture stands there twice."
    options = _checked([label for label, _picture in pairs], problems, before)
    shown = tuple(replace(option, picture=picture) for option, (_, picture) in zip(options, pairs, strict=True))
    return Definition(draft.kind, title, shown, right=_right(draft, problems, shown, most=1))


def _right(draft: Draft, problems: _Problems, options: Sequence[Option], most: int) -> tuple[str, ...]:
    """The keys of the right options, in their order; none where the question is no quiz."""
    wanted = {line.casefold() for line in map(one_line, draft.right.splitlines()) if line}
    keys = tuple(one.key for one in options if one.key != OTHER and one.label.casefold() in wanted)
    if not options or not wanted:
        return ()
    if len(keys) < len(wanted):
        problems.found["right"] = "A right answer must be one of the options, written the same."
    elif len(keys) > most:
        problems.found["right"] = "More answers are right than may be chosen."
    return keys


def _with_other(draft: Draft, options: tuple[Option, ...]) -> tuple[Option, ...]:
    return (*options, Option(OTHER, OTHER_LABEL)) if draft.other and options else options


def _define_ranking(title: str, draft: Draft, problems: _Problems, before: Definition | None) -> Definition:
    options = _options(draft, problems, before)
    return Definition(draft.kind, title, options, most=len(options))


def _define_rating(title: str, draft: Draft, problems: _Problems, before: Definition | None) -> Definition:
    highest = problems.number("scale", draft.scale.strip() or str(USUAL_SCALE), SCALES, "The highest rating")
    low, high = (
        problems.text(name, given, LONGEST_LABEL, "The meaning") if given.strip() else ""
        for name, given in (("low", draft.low), ("high", draft.high))
    )
    options = tuple(Option(str(number), str(number)) for number in range(1, highest + 1))
    return Definition(draft.kind, title, options, low=low, high=high)


def _define_number(title: str, draft: Draft, problems: _Problems, before: Definition | None) -> Definition:
    decimals = problems.number("decimals", draft.decimals.strip() or "0", range(MOST_DECIMALS + 1), "Decimals")
    unit = problems.text("unit", draft.unit, LONGEST_UNIT, "The unit") if draft.unit.strip() else ""
    least, greatest = (
        problems.steps(name, given.strip() or usual, decimals, what)
        for name, given, usual, what in (
            ("least", draft.least, "0", "The smallest number"),
            ("greatest", draft.greatest, "100", "The largest number"),
        )
    )
    if not problems.found and greatest <= least:
        problems.found["greatest"] = "The largest number must be larger than the smallest."
    plain = Definition(draft.kind, title, least=least, greatest=greatest, decimals=decimals, unit=unit)
    right: tuple[str, ...] = ()
    if draft.right.strip() and not problems.found:
        steps = read_steps(draft.right, decimals)
        if steps is None or not least <= steps <= greatest:
            problems.found["right"] = "The right answer must be a number that can be given."
        else:
            right = (plain.as_text(steps),)
    return plain if problems.found else replace(plain, options=_columns(plain), right=right)


def _columns(number: Definition) -> tuple[Option, ...]:
    """The columns of a number's histogram, each with the numbers that fall into it."""
    starts = range(number.least, number.greatest + 1, number.column_width)
    columns = []
    for place, first in enumerate(starts, start=1):
        last = min(first + number.column_width - 1, number.greatest)
        ends = number.as_text(first), number.as_text(last)
        columns.append(Option(f"b{place}", ends[0] if first == last else " to ".join(ends)))
    return tuple(columns)


def _define_short(title: str, draft: Draft, problems: _Problems, before: Definition | None) -> Definition:
    if draft.show not in ("", LIST, WORD_CLOUD):
        problems.found["show"] = "Show short answers as a list or as a cloud."
    return Definition(draft.kind, title, show=draft.show or LIST)


def _define_cloud(title: str, draft: Draft, problems: _Problems, before: Definition | None) -> Definition:
    most = problems.number("most", draft.most.strip() or str(USUAL_WORDS), WORDS, "The most words of one person")
    return Definition(draft.kind, title, most=most)


_DEFINE: Mapping[str, Callable[[str, Draft, _Problems, Definition | None], Definition]] = {
    CHOICE: _define_choice,
    IMAGE: _define_image,
    SELECT: _define_select,
    RANKING: _define_ranking,
    NUMBER: _define_number,
    RATING: _define_rating,
    SHORT: _define_short,
    CLOUD: _define_cloud,
}


def _options(draft: Draft, problems: _Problems, before: Definition | None) -> tuple[Option, ...]:
    labels = [line for line in map(one_line, draft.options.splitlines()) if line]
    if not 2 <= len(labels) <= MOST_OPTIONS:
        problems.found["options"] = f"Give 2 to {MOST_OPTIONS} options, one a line."
    return _checked(labels, problems, before)


def _checked(labels: Sequence[str], problems: _Problems, before: Definition | None) -> tuple[Option, ...]:
    """Options with these labels, each of which must be readable and another; a problem that is known stays."""
    wrong = [problem for label in labels if (problem := problem_with(label, LONGEST_LABEL, what=f"“{label[:20]}”"))]
    if "options" in problems.found:
        return _with_keys(labels, before)
    if len({label.casefold() for label in labels}) < len(labels):
        problems.found["options"] = "Two options are the same."
    elif wrong:
        problems.found["options"] = wrong[0]
    return _with_keys(labels, before)


def _with_keys(labels: Sequence[str], before: Definition | None) -> tuple[Option, ...]:
    known = {option.label: option.key for option in before.options if option.key != OTHER} if before else {}
    kept = {known[label] for label in labels if label in known}
    fresh = (key for number in range(1, 2 * MOST_OPTIONS + len(labels) + 1) if (key := f"o{number}") not in kept)
    return tuple(Option(known.get(label) or next(fresh), label) for label in labels)
