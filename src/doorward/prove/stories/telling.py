"""What stories are told with: people of their own, and samples that are made ready anew each time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from doorward.prove.filling import PASSPHRASE
from doorward.prove.pages import Form
from doorward.prove.person import Person
from doorward.prove.sample import Sample
from doorward.prove.scene import Host, NotHere, Scene
from doorward.prove.wire import Request

_NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Story:
    """One story.

    Arguments:
        ways: (method, a concrete path) of each way that it uses; an app without one of them has no such story.
        tell: makes its samples.
    """

    ways: tuple[tuple[str, str], ...]
    tell: Callable[[Scene], list[Sample]]


def host_of(scene: Scene) -> Host:
    """The host, which is there: stories are told only where there is one."""
    if scene.host is None:
        raise NotHere("this run has no people of its own")
    return scene.host


def somebody(scene: Scene, what: str, *roles: str, sign_in: bool = True) -> Person:
    """A new account, with its person at a new address: signed in, unless that is not wanted."""
    account = f"prove-{what.replace(' ', '-')}-{next(_NUMBERS)}"
    password = f"{PASSPHRASE} {account}"
    scene.remember(password, f"the password of {account}")
    scene.ids[account] = host_of(scene).add_account(account, password, frozenset(roles))
    person = Person(
        f"somebody ({what})",
        scene.line,
        account=account,
        password=password,
        roles=frozenset(roles),
        address=scene.new_address(),
    )
    if sign_in:
        person.sign_in()
    return person


def stranger(scene: Scene, what: str) -> Person:
    """A browser without an account, from a new address."""
    return Person(what, scene.line, address=scene.new_address())


def start_over(scene: Scene, person: Person) -> None:
    """The same person at a new browser, somewhere else."""
    person.cookies.clear()
    person.csrf_token = ""  # nosec B105  # (none yet)
    person.address = scene.new_address()


def sample(
    scene: Scene, method: str, path: str, person: Person, renew: Callable[[Sample], None] | None = None
) -> Sample:
    """A sample of the way at this path, without fields."""
    way = scene.ways.find(method, path)
    if way is None:
        raise LookupError(f"{method} {path} is no way of this app")
    return Sample(way, path, person, fields={} if way.writes else None, renew=renew, shown_to={person.name})


def link_samples(scene: Scene, person: Person, make: Callable[[], str], lands: str = "") -> list[Sample]:
    """The page behind a link that works once, and its form. `make` gives the path of a new link."""

    def open_page(one: Sample) -> None:
        start_over(scene, one.person)
        one.path = make()

    def fill_form(one: Sample) -> None:
        open_page(one)
        _, page = one.person.open(one.path)
        form = next((form for form in page.forms if form.action == one.path), None)
        one.form = form
        one.fields = _filled(scene, form, one.person)

    path = make()
    page = sample(scene, "GET", path, person, open_page)
    form = sample(scene, "POST", path, stranger(scene, person.name), fill_form)
    form.lands = lands
    return [page, form]


def _filled(scene: Scene, form: Form | None, person: Person) -> dict[str, str]:
    fields = scene.filling.form(form, person.password) if form is not None else {}
    fields.pop("csrf_token", None)
    return fields


def fields_on(scene: Scene, person: Person, page: str, action: str) -> dict[str, str]:
    """The fields of the form on this page that goes to `action`, filled in; none if there is no such form."""
    _, found = person.open(page)
    return _filled(scene, next((form for form in found.forms if form.action == action), None), person)


def link_on(person: Person, page: str, begins: str, ends: str) -> str:
    """Where the form on this page goes whose address begins and ends so; an address that leads nowhere if none does."""
    _, found = person.open(page)
    actions = [form.action for form in found.forms]
    return next((one for one in actions if one.startswith(begins) and one.endswith(ends)), f"{begins}0{ends}")


def raw(method: str, path: str, content_type: str, body: bytes, **headers: str) -> Request:
    """A request whose body is no form."""
    return Request(method, path, {"Content-Type": content_type, **headers}, body)
