"""Samples that the app itself gives, for ways that no page and no description leads to: `Doorward(app, examples=…)`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doorward.prove.person import Person
from doorward.prove.sample import Sample
from doorward.prove.scene import ADMIN, MEMBER, PROGRAM, Scene
from doorward.prove.stories.telling import host_of, somebody
from doorward.prove.ways import Way
from doorward.prove.wire import Answer, Request, multipart
from doorward.prove.wire import form as form_request
from doorward.prove.wire import json as json_request


def tell_examples(scene: Scene) -> None:
    """Add a sample for each example of the app, in the place of what the survey guessed; what it has shown stays."""
    for name, make in scene.examples.items():
        way = next((way for way in scene.ways.all if str(way) == name), None)
        if way is None or scene.host is None:
            continue
        scene.samples = [one for one in scene.samples if one.way != way or (one.form is not None and one.proved)]
        scene.samples.append(_sample(scene, way, make))


def _sample(scene: Scene, way: Way, make: Any) -> Sample:
    def renew(one: Sample) -> None:
        try:
            try:
                example = make(_People(scene))
            except Exception:
                # The attacks may have used up what one member may do in an hour: somebody new has all of it.
                example = make(_People(scene, new_member=True))
            asker: _Asker = example.by
            asker.ready()
            never: list[_Asker] = list(example.never)
            for one_who in never:
                one_who.ready()
        except Exception as problem:  # of an app that we do not know
            # What was shown once stays so: later attacks may have ended what the example stands on.
            if not one.proved:
                scene.uncovered[str(way)] = f"its example failed: {type(problem).__name__}: {problem}"[:300]
            return
        one.person, one.path = asker.person, example.path
        one.fields = dict(example.form) if example.form is not None else None
        one.files = dict(example.files)
        one.never = tuple(one_who.person for one_who in never)
        one.request = _plain(way, example.path, example.json) if example.form is None else None

    return Sample(way, way.path, scene.visitor, renew=renew)


def _plain(way: Way, path: str, body: object | None) -> Request | None:
    if body is not None:
        return json_request(way.method, path, body)
    return Request(way.method, path) if way.writes else None


class _Asker:
    """One of the people, for an example."""

    def __init__(self, person: Person) -> None:
        self.person = person

    def ready(self) -> None:
        """See that there is a CSRF token, and that the person is signed in."""
        person = self.person
        if person.is_program:
            return
        if person.account and person.open("/account")[0].status != 200:
            person.sign_in()
        elif not person.csrf_token:
            person.open("/login")

    def get(self, path: str) -> Answer:
        return self.person.open(path)[0]

    def send(
        self,
        method: str,
        path: str,
        *,
        json: object | None = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> Answer:
        self.ready()
        if form is not None or files:
            fields = {"csrf_token": self.person.csrf_token, **(form or {})}
            sent = multipart(method, path, fields, files) if files else form_request(method, path, fields)
            return self.person.browse(sent)
        request = Request(method, path) if json is None else json_request(method, path, json)
        return self.person.browse(request)


class _People:
    """Everybody in this run, for an example.

    Arguments:
        new_member: whether the member is somebody who has done nothing yet.
    """

    def __init__(self, scene: Scene, *, new_member: bool = False) -> None:
        self._scene = scene
        self._member = somebody(scene, "an example") if new_member else None
        self._program: Person | None = None

    @property
    def visitor(self) -> _Asker:
        return _Asker(self._scene.visitor)

    @property
    def member(self) -> _Asker:
        return _Asker(self._member) if self._member is not None else self._named(MEMBER)

    @property
    def administrator(self) -> _Asker:
        return self._named(ADMIN)

    @property
    def program(self) -> _Asker:
        """With a token of the member; of a new member, with a new one."""
        if self._member is None:
            return self._named(PROGRAM)
        if self._program is None:
            self._program = self._new_program(self._member)
        return _Asker(self._program)

    def _new_program(self, owner: Person) -> Person:
        scopes = self._named(PROGRAM).person.scopes
        _number, secret = host_of(self._scene).add_token(owner.account, scopes or frozenset())
        self._scene.remember(secret, f"the token of {owner.name}")
        return Person(
            f"a program of {owner.name}",
            self._scene.line,
            account=owner.account,
            token=secret,
            scopes=scopes,
            address=self._scene.new_address(),
        )

    def with_role(self, role: str) -> _Asker:
        """Somebody with one role of the app."""
        return self._named(f"a person with the role {role}")

    def _named(self, name: str) -> _Asker:
        person = self._scene.person(name)
        if person is None:
            raise LookupError(f"this run has nobody called {name}")
        return _Asker(person)
