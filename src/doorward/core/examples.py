"""Examples: how a way is rightfully used that no page and no description leads to, for `doorward prove`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


class Answered(Protocol):
    """What came back.

    Arguments:
        status: the number.
        text: the body.
    """

    @property
    def status(self) -> int: ...

    @property
    def text(self) -> str: ...

    def header(self, name: str) -> str:
        """The first value of a header; empty if it is not there."""
        ...

    def json(self) -> Any:
        """The body as JSON; None if it is none."""
        ...


class Asker(Protocol):
    """Somebody of the run, with everything that their browser or program sends along."""

    def get(self, path: str) -> Answered:
        """Read something."""
        ...

    def send(
        self,
        method: str,
        path: str,
        *,
        json: object | None = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> Answered:
        """Send a body as JSON, or a form, with files by field (a name and the bytes); the CSRF token goes along."""
        ...


class People(Protocol):
    """Everybody in a run. Whoever is asked for is signed in already."""

    @property
    def visitor(self) -> Asker:
        """Somebody without an account, at a new browser each time."""
        ...

    @property
    def member(self) -> Asker:
        """Somebody with an account and no role."""
        ...

    @property
    def administrator(self) -> Asker: ...

    @property
    def program(self) -> Asker:
        """A program with a token of the member, with every scope."""
        ...

    def with_role(self, role: str) -> Asker:
        """Somebody with one role of the app."""
        ...


@dataclass(frozen=True, slots=True)
class Example:
    """One rightful request, which the app must take.

    Arguments:
        by: who sends it: one of the people, as the function was given them.
        path: the concrete path, such as `/rooms/7/door`.
        json: the body, for one that is JSON.
        form: the fields, for one that is a form; without the CSRF token.
        files: of a form that sends files, by field: a name and the bytes.
        never: who must be refused this very request, by a rule of the app's own that the door does not know: such as
            who would approve what they did themselves, or whose place in a team is not enough. Each tries it first.
    """

    by: Asker
    path: str
    json: object | None = None
    form: Mapping[str, str] | None = None
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    never: Sequence[Asker] = ()


#: Makes ready what the request needs, and says what it is. Called anew before each use.
ExampleMaker = Callable[[People], Example]
