"""What administrators do to people: approve, refuse, look after, invite many."""

from __future__ import annotations

from collections.abc import Callable

from doorward.prove.filling import PASSPHRASE
from doorward.prove.person import Person
from doorward.prove.sample import Sample
from doorward.prove.scene import ADMIN, Scene
from doorward.prove.stories.telling import Story, fields_on, host_of, sample

_PEOPLE = "/admin/people"
_INVITE = f"{_PEOPLE}/invite"
_ACTS = ("block", "unblock", "end-sessions", "reset-factors", "roles", "delete", "erase")
_LIST = "name,role,days,uses,email\nAnn Lee,member,7,1,ann@example.org\nStaff room,member,30,25,"


def waiting(scene: Scene) -> list[Sample]:
    """Somebody who has registered waits to be let in."""

    def renew(one: Sample) -> None:
        name = f"prove-waits-{scene.filling.text()}"
        number = host_of(scene).add_waiting(name, f"{PASSPHRASE} {name}")
        one.path = f"{_PEOPLE}/{number}/{one.way.path.rsplit('/', 1)[1]}"

    admin = scene.people[ADMIN]
    return [sample(scene, "POST", f"{_PEOPLE}/none/{what}", admin, renew) for what in ("approve", "refuse")]


def _account(scene: Scene) -> str:
    """The id of a new account that nobody has signed in with."""
    name = f"prove-looked-after-{scene.filling.text()}"
    return host_of(scene).add_account(name, f"{PASSPHRASE} {name}", frozenset())


def looking_after(scene: Scene) -> list[Sample]:
    """Everything that an administrator does to an account, each to one of its own."""

    def renew(one: Sample) -> None:
        number, what = _account(scene), one.way.path.rsplit("/", 1)[1]
        if what == "unblock":
            host_of(scene).block(number)
        one.path = f"{_PEOPLE}/{number}/{what}"
        one.person.prove_again()
        one.fields = fields_on(scene, one.person, f"{_PEOPLE}/{number}", one.path)

    return [sample(scene, "POST", f"{_PEOPLE}/none/{what}", scene.people[ADMIN], renew) for what in _ACTS]


def _looked_at(person: Person) -> str:
    """Send a list; the address of the page that shows what would be made of it."""
    person.open(_INVITE)
    return person.submit(_INVITE, {"list": _LIST}).header("location")


def _made(person: Person) -> str:
    person.prove_again()
    path = _looked_at(person)
    person.open(path)
    person.submit(f"{path}/make", {})
    person.open(path)
    return path


def inviting_many(scene: Scene) -> list[Sample]:
    """A list is looked at, made, printed, downloaded, forgotten, taken back."""
    admin = scene.people[ADMIN]

    def fill_in(one: Sample) -> None:
        one.person.open(_INVITE)
        one.fields = {"list": _LIST}

    def at(place: Callable[[Person], str], end: str) -> Callable[[Sample], None]:
        def renew(one: Sample) -> None:
            one.path = place(one.person) + end

        return renew

    steps = (
        ("GET", "", _looked_at),
        ("POST", "/make", _looked_at),
        ("GET", "/print", _made),
        ("GET", "/links.csv", _made),
        ("POST", "/forget", _made),
        ("POST", "/take-back", _made),
    )
    made = [sample(scene, method, f"{_INVITE}/0{end}", admin, at(place, end)) for method, end, place in steps]
    return [sample(scene, "POST", _INVITE, admin, fill_in), *made]


STORIES = (
    Story(tuple(("POST", f"{_PEOPLE}/x/{what}") for what in _ACTS), looking_after),
    Story((("POST", f"{_PEOPLE}/x/approve"), ("POST", f"{_PEOPLE}/x/refuse")), waiting),
    Story((("POST", _INVITE), ("POST", f"{_INVITE}/1/make"), ("GET", f"{_INVITE}/1/links.csv")), inviting_many),
)
