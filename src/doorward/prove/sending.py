"""Controls for files, as people came across them: files sent by one, piece by piece, handed in, and found again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape

from doorward.prove.files import HONEST
from doorward.prove.pages import Form
from doorward.prove.person import Person
from doorward.prove.sample import came_in
from doorward.prove.scene import Scene
from doorward.prove.wire import Answer, NoAnswer, Request
from doorward.prove.wire import json as json_request

_CONTROL = re.compile(
    r'data-intake="([^"]*)" data-about="([^"]*)" data-field="([^"]*)" data-largest="(\d+)"[^>]*>.*?accept="([^"]*)"',
    re.DOTALL,
)
_MOST_LINKS = 40
#: Where nothing that was sent comes out, and what would end the walk.
_ELSEWHERE = ("/logout", "/live", "/doorward/static/")


@dataclass(frozen=True, slots=True)
class Out:
    """Where a file came out again, and the answer that gave it."""

    path: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Control:
    """A control for files, in the hands of somebody.

    Arguments:
        person: who uses it.
        page: the path of the page that it stands on.
        intake, about, field: as the control says.
        most: the largest file that it takes, in bytes.
        types: the extensions that it takes.
    """

    person: Person
    page: str
    intake: str
    about: str
    field: str
    most: int
    types: tuple[str, ...]

    @property
    def honest_types(self) -> list[str]:
        """The types of which an honest file can be made here."""
        return [one for one in HONEST if one in self.types]

    def by(self, person: Person) -> Control:
        """The same in somebody else's hands, who asks for the very same."""
        return replace(self, person=person)

    def offer(self, name: str, size: int) -> Request:
        """What announces a file."""
        return json_request("POST", "/files", {"intake": self.intake, "about": self.about, "name": name, "size": size})

    def announce(self, name: str, size: int) -> tuple[str, Answer]:
        """Announce a file. Its id, empty where it was refused, and the answer."""
        answer = self.person.browse(self.offer(name, size))
        told = answer.json()
        return (str(told["id"]) if answer.status == 201 and isinstance(told, dict) and "id" in told else ""), answer

    def bytes_for(self, file_id: str, data: bytes, offset: int = 0) -> Request:
        """What brings bytes of an announced file."""
        headers = {"Content-Type": "application/octet-stream", "Upload-Offset": str(offset)}
        return Request("PATCH", f"/files/{file_id}", {**headers, "Accept": "application/json"}, data)

    def about_it(self, method: str, file_id: str) -> Request:
        """What asks for an announced file (GET), or gives it up (DELETE)."""
        return Request(method, f"/files/{file_id}", {"Accept": "application/json"})

    def send(self, name: str, data: bytes) -> tuple[str, Answer]:
        """Announce a file and send all of it. Its id, empty where it was not announced, and the last answer."""
        file_id, answer = self.announce(name, len(data))
        return file_id, self.person.browse(self.bytes_for(file_id, data)) if file_id else answer

    def give_up(self, file_id: str) -> None:
        """Leave nothing behind."""
        if file_id:
            self.person.browse(self.about_it("DELETE", file_id))

    def takes(self, extension: str) -> bool:
        """Does an honest file of this type arrive?"""
        file_id, answer = self.send(f"honest{extension}", HONEST[extension]())
        self.give_up(file_id)
        return has_arrived(answer)

    def form(self) -> Form | None:
        """The form around it, as the page is now."""
        _, page = self.person.open(self.page)
        fitting = (one for one in page.forms if any(f.type == "file" and f.name == self.field for f in one.fields))
        return next(fitting, None)

    def fields(self, scene: Scene, form: Form) -> dict[str, str]:
        """What the form must have, filled in; nothing that may be left out."""
        filled = scene.filling.form(form, self.person.password)
        needed = {one.name for one in form.fields if one.required or one.value or one.type in ("hidden", "select")}
        return {name: value for name, value in filled.items() if name in needed and name != "csrf_token"}

    def hand_in(self, scene: Scene, file_id: str) -> Answer | None:
        """Send the form with this file. None where no such form is there."""
        form = self.form()
        if form is None:
            return None
        return self.person.submit(form.action, {**self.fields(scene, form), self.field: file_id})

    def find(self, answer: Answer, data: bytes) -> Out | None:
        """Look for the file where the answer to its form leads."""
        place = answer.header("location")
        _, page = self.person.open(place)
        links = [one for one in page.links if not one.startswith(_ELSEWHERE) and one != place]
        for link in sorted(links, key=lambda one: not one.startswith(place.partition("?")[0]))[:_MOST_LINKS]:
            try:
                given = self.person.browse(Request("GET", link))
            except NoAnswer:
                continue
            if given.body == data:
                return Out(link, given)
        return None

    def brought(self, scene: Scene, name: str, data: bytes) -> tuple[str, Out | None]:
        """A file sent, handed in and found again. Its id, empty where it did not come in; and where it came out."""
        file_id, answer = self.send(name, data)
        handed = self.hand_in(scene, file_id) if has_arrived(answer) else None
        if handed is None or not came_in(handed):
            self.give_up(file_id)
            return "", None
        return file_id, self.find(handed, data)


def has_arrived(answer: Answer) -> bool:
    """Has the server looked into the file, and kept it?"""
    told = answer.json()
    return answer.status == 200 and isinstance(told, dict) and told.get("state") == "arrived"


def seen_controls(scene: Scene) -> Iterator[Control]:
    """Every control that people came across in their pages, with who did."""
    for name, path, text in scene.pages:
        person = scene.person(name)
        if person is None:
            continue
        for intake, about, field, most, accept in _CONTROL.findall(text):
            told = (unescape(intake), unescape(about), unescape(field))
            yield Control(person, path, *told, int(most), tuple(accept.split(",")))


def seen_by(scene: Scene, control: Control) -> set[str]:
    """The names of the people who came across this control: those may send what it is for."""
    same = [one for one in seen_controls(scene) if (one.intake, one.about) == (control.intake, control.about)]
    return {one.person.name for one in same}


def controls(scene: Scene) -> Iterator[Control]:
    """A control of each intake, by which an honest file can be made."""
    seen: set[str] = set()
    for control in seen_controls(scene):
        if control.intake not in seen and control.honest_types:
            seen.add(control.intake)
            yield control


def working_controls(scene: Scene) -> list[Control]:
    """A control of each intake by which an honest file comes in just now; found once, and remembered."""
    if scene.controls is None:
        scene.controls = []
        for control in seen_controls(scene):
            if control.intake in [one.intake for one in scene.controls] or not control.honest_types:
                continue
            if (control.person.is_in() or control.person.sign_in()) and control.takes(control.honest_types[0]):
                scene.controls.append(control)
    return scene.controls
