"""How the ways on which an AI service helps are rightfully used, for `doorward prove`."""

from __future__ import annotations

from collections.abc import Callable

from doorward import Example, People

from .examples import contributed


def _with_contribution(rest: str, form: dict[str, str]) -> Callable[[People], Example]:
    """Something that an organiser asks for where there is a contribution, and who wrote it does not."""

    def make(people: People) -> Example:
        path = contributed(people, by_member=True).partition("/contributions")[0]
        return Example(people.administrator, f"{path}{rest}", form=form, never=[people.member])

    return make


def helping(people: People) -> Example:
    """An organiser looks at what there is."""
    path = contributed(people, by_member=True).partition("/contributions")[0]
    return Example(people.administrator, f"{path}/helping", never=[people.member])


_ONE = "/planning/<int:number>"
AI_EXAMPLES: dict[str, Callable[[People], Example]] = {
    f"GET {_ONE}/helping": helping,
    f"POST {_ONE}/helping/sorting": _with_contribution("/helping/sorting", {"category": ""}),
    f"POST {_ONE}/helping/summary": _with_contribution("/helping/summary", {"category": ""}),
    f"POST {_ONE}/summary": _with_contribution("/summary", {"summary": "They want trees."}),
}
