"""What comes by mail: codes and links that verify an address, or let somebody choose another password."""

from __future__ import annotations

import re
from collections.abc import Callable

from doorward.prove.person import Person
from doorward.prove.sample import Sample
from doorward.prove.scene import ADMIN, Scene
from doorward.prove.stories.telling import Story, host_of, sample, somebody, start_over, stranger

_CODE = re.compile(r"Your code:\s+(\S+)")
_LINK = re.compile(r"https?://[^/\s]+(/\S+)")
_RECOVER = "/recover"


def code_and_link(scene: Scene, address: str) -> tuple[str, str]:
    """The code and the path of the link in the newest mail to an address; empty if there is none."""
    text = host_of(scene).mail_to(address)
    code, link = _CODE.search(text), _LINK.search(text)
    if code is not None:
        scene.remember(code[1], "a code that was sent by mail")
    return (code[1] if code else "", link[1] if link else "")


def _new_address(scene: Scene) -> str:
    return f"{scene.filling.text()}@example.org"


def _ask(scene: Scene, person: Person) -> tuple[str, str]:
    """Give a new address, and wait for what is sent to it."""
    address = _new_address(scene)
    person.prove_again()
    person.open("/account/email")
    person.submit("/account/email", {"email": address})
    found = code_and_link(scene, address)
    person.open("/account/email")
    return found


def verified_address(scene: Scene, owner: Person) -> str:
    """Give somebody, who has just signed in, a new address, and verify it by its code. The address."""
    address = _new_address(scene)
    owner.open("/account/email")
    owner.submit("/account/email", {"email": address})
    owner.submit("/account/email/code", {"code": code_and_link(scene, address)[0]})
    return address


def ask_to_recover(scene: Scene, person: Person, address: str) -> tuple[str, str]:
    """Ask for recovery from somebody's browser. The code and the link that come by mail."""
    person.open(_RECOVER)
    person.submit(_RECOVER, {"email": address})
    return code_and_link(scene, address)


def verifying(scene: Scene) -> list[Sample]:
    def type_code(one: Sample) -> None:
        one.fields = {"code": _ask(scene, one.person)[0]}

    def follow(one: Sample) -> None:
        one.path = _ask(scene, one.person)[1] or one.path

    person = somebody(scene, "gives an address")
    return [
        sample(scene, "POST", "/account/email/code", person, type_code),
        sample(scene, "GET", "/verify/none", somebody(scene, "opens a mail"), follow),
        sample(scene, "POST", "/verify/none", somebody(scene, "opens a mail"), follow),
    ]


def recovering(scene: Scene) -> list[Sample]:
    if stranger(scene, "somebody").open(_RECOVER)[0].status != 200:
        return []  # closed by the settings of this run

    def ask(one: Sample) -> tuple[str, str]:
        """A new account with an address, whose owner asks for a code from a new browser."""
        owner = somebody(scene, "forgot the password")
        start_over(scene, one.person)
        found = ask_to_recover(scene, one.person, verified_address(scene, owner))
        one.person.open(f"{_RECOVER}/code")
        return found

    def type_code(one: Sample) -> None:
        one.fields = {"code": ask(one)[0]}

    def follow(one: Sample) -> None:
        one.path = ask(one)[1] or one.path

    def after_code(one: Sample) -> None:
        type_code(one)
        one.person.submit(f"{_RECOVER}/code", one.fields or {})
        one.person.open(f"{_RECOVER}/password")

    def choose(one: Sample) -> None:
        after_code(one)
        password = scene.filling.passphrase()
        one.fields = {"password": password, "password_again": password}

    steps: list[tuple[str, str, Callable[[Sample], None]]] = [
        ("POST", f"{_RECOVER}/code", type_code),
        ("GET", f"{_RECOVER}/link/none", follow),
        ("POST", f"{_RECOVER}/link/none", follow),
        ("GET", f"{_RECOVER}/password", after_code),
        ("POST", f"{_RECOVER}/password", choose),
    ]
    made = [sample(scene, method, path, stranger(scene, "somebody who forgot"), renew) for method, path, renew in steps]
    made[-1].lands = "/login"
    for one in made:
        one.fields = one.fields if one.path != f"{_RECOVER}/password" or one.way.writes else None
    return made


def registering(scene: Scene) -> list[Sample]:
    if stranger(scene, "somebody").open("/register")[0].status != 200:
        return []  # closed by the settings of this run

    def fill(one: Sample) -> str:
        start_over(scene, one.person)
        _, page = one.person.open("/register")
        form = next((form for form in page.forms if form.action == "/register"), None)
        one.fields = scene.filling.form(form, "") if form is not None else {}
        one.fields.pop("csrf_token", None)
        one.fields["password_again"] = one.fields.get("password", "")
        return one.fields.get("email", "")

    def register(one: Sample) -> None:
        fill(one)

    def wait(one: Sample) -> None:
        address = fill(one)
        one.person.submit("/register", one.fields or {})
        one.person.open("/register/verify")
        one.fields = {"code": code_and_link(scene, address)[0]} if one.path == "/register/verify" else {}
        one.fields = one.fields if one.way.writes else None

    made = [sample(scene, "POST", "/register", stranger(scene, "somebody who registers"), register)]
    made[0].lands = "/login"
    if stranger(scene, "somebody").open("/register/verify")[0].status == 404 and not _asks_for_mail(scene):
        return made
    for method, path in (("GET", ""), ("POST", ""), ("POST", "/again")):
        made.append(sample(scene, method, f"/register/verify{path}", stranger(scene, "somebody who registers"), wait))
        made[-1].lands = "/login"
    return made


def _asks_for_mail(scene: Scene) -> bool:
    """Must who registers give an address?"""
    _, page = stranger(scene, "somebody").open("/register")
    return any(one.name == "email" and one.required for form in page.forms for one in form.fields)


def trying_again(scene: Scene) -> list[Sample]:
    """An administrator lets a mail that could not be sent be tried again."""

    def renew(one: Sample) -> None:
        one.path = f"/admin/mail/{host_of(scene).failed_mail()}/again"

    return [sample(scene, "POST", "/admin/mail/0/again", scene.people[ADMIN], renew)]


STORIES = (
    Story((("POST", "/account/email/code"), ("GET", "/verify/x"), ("POST", "/verify/x")), verifying),
    Story((("POST", f"{_RECOVER}/code"), ("GET", f"{_RECOVER}/link/x"), ("POST", f"{_RECOVER}/password")), recovering),
    Story((("POST", "/register"), ("POST", "/register/verify")), registering),
    Story((("POST", "/admin/mail/1/again"),), trying_again),
)
