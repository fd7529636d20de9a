"""Choosing a password: every page of the door on which somebody does, as attacks and stories use them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from doorward.prove.person import Person
from doorward.prove.scene import ADMIN, Scene
from doorward.prove.stories.mails import ask_to_recover
from doorward.prove.stories.telling import host_of, somebody, stranger
from doorward.prove.wire import Answer


@dataclass(slots=True)
class Chooser:
    """Somebody at a page that asks for a new password.

    Arguments:
        way: the page's way, for the report.
        path: the page itself.
        person: who is there.
        name: the name of the account that the password is for.
        fields: what the form needs besides.
    """

    way: str
    path: str
    person: Person
    name: str
    fields: dict[str, str]

    def choose(self, password: str) -> Answer:
        """Send the form with this password, twice as it asks for it."""
        self.person.open(self.path)
        named = {"username": self.name, "password": password, "password_again": password}
        return self.person.submit(self.path, {**named, **self.fields})

    def signs_in(self, password: str) -> bool:
        """Does this password open the account, from a new browser?"""
        other = self.person.afresh("the same person at another browser")
        other.account, other.password = self.name, password
        return other.sign_in()


def took(answer: Answer) -> bool:
    """Was the new password taken?"""
    return answer.status == 303


def new_account(scene: Scene, what: str) -> str:
    """A new account that nobody has signed in to. Its name."""
    return somebody(scene, what, sign_in=False).account


def at_reset(scene: Scene, account: str = "") -> Chooser:
    """Somebody with a link from the host."""
    name = account or new_account(scene, "forgot")
    path = f"/reset/{host_of(scene).reset_code(scene.ids[name])}"
    return Chooser("POST /reset/<code>", path, stranger(scene, "somebody who forgot"), name, {})


def can_recover(scene: Scene) -> bool:
    """Is there recovery by mail here?"""
    return scene.ways.find("POST", "/recover") is not None and scene.visitor.open("/recover")[0].status == 200


def at_recover(scene: Scene, owner: Person, address: str, *, by_link: bool) -> Chooser:
    """Somebody in whose browser a code, or a link, from the owner's mail was used.

    Arguments:
        owner: whose account it is.
        address: of theirs, verified.
    """
    person = stranger(scene, "somebody who reads the owner's mail")
    code, link = ask_to_recover(scene, person, address)
    if by_link:
        person.open(link or "/recover")
        person.submit(link or "/recover", {})
    else:
        person.open("/recover/code")
        person.submit("/recover/code", {"code": code})
    what = "by a link" if by_link else "by a code"
    return Chooser(f"POST /recover/password ({what})", "/recover/password", person, owner.account, {})


def at_change(scene: Scene) -> Chooser:
    """Somebody who is signed in."""
    person = somebody(scene, "changes")
    given = {"current_password": person.password}
    return Chooser("POST /account/password", "/account/password", person, person.account, given)


def at_join(scene: Scene, role: str = "member") -> Chooser:
    """Somebody with an invitation."""
    name = f"prove-joins-{scene.filling.text()}"
    return Chooser("POST /join/<code>", invitation(scene, role), stranger(scene, "somebody invited"), name, {})


def at_register(scene: Scene) -> Chooser:
    """Somebody who was not invited."""
    name = f"prove-registers-{scene.filling.text()}"
    return Chooser("POST /register", "/register", stranger(scene, "somebody from outside"), name, {})


def choosers(scene: Scene) -> Iterator[Chooser]:
    """One at each page where a password is chosen and that is open here."""
    pages: tuple[tuple[str, Callable[[Scene], Chooser]], ...] = (
        ("/reset/x", at_reset),
        ("/account/password", at_change),
        ("/join/x", at_join),
        ("/register", at_register),
    )
    for path, made in pages:
        if scene.ways.find("POST", path) is None:
            continue
        one = made(scene)
        if one.person.open(one.path)[0].status == 200:
            yield one


def invitation(scene: Scene, role: str = "member", uses: int = 1) -> str:
    """The path of a new invitation; one that leads nowhere if it could not be made."""
    admin = scene.people[ADMIN]
    if admin.open("/admin/invitations")[0].status != 200:
        admin.sign_in()
        admin.open("/admin/invitations")
    fields = {"note": "a proof", "role": role, "days": "7", "uses": str(uses)}
    answer = admin.submit("/admin/invitations", fields)
    if answer.status != 201 and admin.prove_again():
        answer = admin.submit("/admin/invitations", fields)
    found = [word for word in answer.text.replace('"', " ").replace("<", " ").split() if "/join/" in word]
    return "/join/" + found[0].rsplit("/join/", 1)[1].rstrip("./") if found else "/join/none"
