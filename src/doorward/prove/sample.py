"""A sample: one concrete request of a way, with who may rightfully send it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from doorward.prove.pages import Form
from doorward.prove.person import Person
from doorward.prove.ways import Way
from doorward.prove.wire import Answer, Request, multipart
from doorward.prove.wire import form as form_request

#: Words in a path that say that what stands there is gone, or changed for good, afterwards.
_ENDING = ("revok", "block", "logout", "clear", "refus", "take-back", "rotate", "reset", "archiv", "password", "roles")
_REMOVING = ("delet", "remov", "eras", "purge", "leav", "restore", "cancel")
#: And that what is made is what there is already.
_COPYING = ("copy", "copies", "duplicat", "clone")


@dataclass
class Sample:
    """One concrete request of a way.

    Arguments:
        way: whose it is.
        path: the concrete path, with its query.
        person: who may send it.
        fields: of a form, without the CSRF token; None where the request is no form.
        request: as it is sent, where it is no form.
        files: of a form that sends files, by field: a name and the bytes.
        form: as read from the page; filled in anew each time.
        generous: whether every box of the form is ticked.
        renew: makes the sample ready to be sent once more, where that takes more than reading its form again.
        lands: where a success leads, if that looks like a refusal, such as `/login` after a new password.
        past: whether it was sent before the run and can never be sent again, such as the first set-up.
        shown_to: the names of the people who came across this address.
        proved: whether it succeeded for `person`; None until it was tried.
        answer: what `person` got.
        never: whom the app's own rules must refuse this request, as its example says.
    """

    way: Way
    path: str
    person: Person
    fields: dict[str, str] | None = None
    request: Request | None = None
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    form: Form | None = None
    generous: bool = False
    renew: Callable[[Sample], None] | None = None
    lands: str = ""
    past: bool = False
    shown_to: set[str] = field(default_factory=set)
    proved: bool | None = None
    answer: Answer | None = None
    never: tuple[Person, ...] = ()

    def __str__(self) -> str:
        return f"{self.way.method} {self.path}"

    @property
    def ends_something(self) -> bool:
        """Whether what it is about may be gone afterwards."""
        return self.ending > 0

    @property
    def ending(self) -> int:
        """0 for what only makes or changes, 1 for what ends something, 2 for what removes it."""
        if self.way.method == "DELETE":
            return 2
        if any(word.startswith(_REMOVING) for word in self._words):
            return 2
        return int(any(one.startswith(_ENDING) or one in ("end", "end-others", "end-sessions") for one in self._words))

    @property
    def copies_something(self) -> bool:
        """Whether it makes another of the same. A walk that followed each copy would not come back to the first."""
        return any(word.startswith(_COPYING) for word in self._words)

    @property
    def _words(self) -> list[str]:
        """The parts of the path of a way that writes."""
        return self.way.path.lower().replace("_", "-").split("/") if self.way.writes else []

    def build(self, **changes: str) -> Request:
        """The request without any credential, CSRF token included. `changes` are further or other fields."""
        if self.request is not None:
            return self.request
        if self.fields is None:
            return Request(self.way.method, self.path)
        fields = {**self.fields, **changes}
        if self.files:
            return multipart(self.way.method, self.path, fields, self.files)
        return form_request(self.way.method, self.path, fields)

    def rightful(self) -> Request:
        """The request as the page of the app would send it, CSRF token included."""
        if self.fields is None or self.request is not None:
            return self.build()
        return self.build(csrf_token=self.person.csrf_token)


def came_in(answer: Answer, lands: str = "") -> bool:
    """Did the door let this request in? A redirect to sign in, or to sign in again, is a refusal.

    Arguments:
        answer: to the request.
        lands: where a success leads, if that looks like a refusal.
    """
    if 300 <= answer.status < 400:
        return not is_turned_away(answer) or bool(lands and answer.header("location") == lands)
    return 200 <= answer.status < 300


def is_turned_away(answer: Answer) -> bool:
    """Is this the redirect of the door to those whom it does not let in?"""
    if not 300 <= answer.status < 400:
        return False
    location = urlsplit(answer.header("location"))
    return location.path.startswith("/login") or (location.path == "/account/confirm" and "next=" in location.query)


def is_refusal(answer: Answer) -> bool:
    """Is this a refusal of the caller, and not of how often, how large or how?"""
    return is_turned_away(answer) or answer.status in (400, 401, 403, 404, 405, 409, 410, 415, 421, 422)


def described(person: Person, request: Request, note: str = "") -> str:
    """A request as a finding shows it, with who sent it."""
    return f"as {person.name}{f', {note}' if note else ''}:\n{request}"


def same_fields(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Do two forms ask for the same?"""
    return set(one) == set(other)
