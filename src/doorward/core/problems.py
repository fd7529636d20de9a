"""What a judgement finds wrong with something a person chose: a password, a name, a secret."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Arguments:
        code: a stable word for scripts and tests, such as `too_short`.
        message: a sentence for the person, which says what to do. Never repeats a secret.
    """

    code: str
    message: str


def as_sentences(problems: list[Problem]) -> str:
    """All messages as one text, for a form's field or a command's error."""
    return " ".join(problem.message for problem in problems)
