"""What is on the air: the topics that an app's pages name, and for each how something is made to happen on it.

Only who has heard an event can be shown to hear nothing more. So somebody new walks through the app, takes the topics
from the pages (`data-topic`, `data-here-topic`), and sends the app's own forms until each topic has told of one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import unescape
from itertools import zip_longest

from doorward.prove.listening import Ear
from doorward.prove.person import Person
from doorward.prove.run import fill_again
from doorward.prove.sample import Sample
from doorward.prove.scene import ADMIN_ROLE, NotHere, Scene
from doorward.prove.stories.factors import holder
from doorward.prove.survey import Survey
from doorward.prove.wire import Answer, Request

_TOPIC = re.compile(r'data-(?:[a-z]+-)?topic="([^"{}]+:[^"{}]+)"')
_WALKS = 2
#: How many forms are sent to find out what tells of something; and in seconds how long each may take to be told of,
#: and what is told together.
_MOST_FORMS = 80
_TOLD_WITHIN = 0.4
_TOLD_TOGETHER = 0.1
_KIT = "doorward."


@dataclass
class Aired:
    """A topic on which something can be made to happen.

    Arguments:
        topic: its name.
        page: the page that names it.
        kind: the type of the event.
        form: what makes it happen, as often as it is sent.
    """

    topic: str
    page: str
    kind: str
    form: Sample

    @property
    def where(self) -> str:
        """For the report: the kind of topic, and not the one object."""
        return f"stream {self.topic.partition(':')[0]}"


@dataclass
class Air:
    """All that is on the air.

    Arguments:
        owner: who sends the forms, and may hear all of it. Has a second factor, and every role but the administrators'.
        aired: the topics, one of each kind.
        silent: the kinds of topics that no page named, or on which nothing could be made to happen.
    """

    scene: Scene
    owner: Person
    aired: list[Aired]
    silent: list[str]

    @property
    def topics(self) -> list[str]:
        return [one.topic for one in self.aired]

    def ear_of(self, person: Person, *topics: str, headers: Mapping[str, str] | None = None) -> Ear:
        """Let somebody listen; to everything, if no topics are named."""
        assert self.scene.place is not None  # nosec B101
        return Ear(self.scene.place, person, topics or self.topics, headers)

    def answer_to(self, person: Person, topic: str, headers: Mapping[str, str] | None = None) -> Answer:
        """What somebody is told who asks for a stream, and hangs up."""
        with self.ear_of(person, topic, headers=headers) as ear:
            return ear.answer

    def lets_in(self, person: Person, topic: str) -> bool:
        """May somebody open this stream?"""
        return self.answer_to(person, topic).status == 200

    def happen(self, *among: Aired) -> None:
        """Let something happen on these topics; on all, if none are named."""
        for form in {id(one.form): one.form for one in among or self.aired}.values():
            _send(self.scene, form)

    def tuned_in(self, person: Person) -> Person:
        """Let somebody open the pages that name the topics: what a page gives its reader may be asked for."""
        for page in {one.page for one in self.aired}:
            person.browse(Request("GET", page))
        return person


def on_air(scene: Scene) -> Air:
    """What is on the air; looked for once in a run.

    Errors:
        NotHere: there is no socket to listen at, or nothing is on the air.
    """
    if scene.place is None:
        raise NotHere("this run has no socket of a server")
    if scene.air is None:
        scene.air = _looked_for(scene)
    if not scene.air.aired:
        raise NotHere("no page of the app names a stream on which something could be made to happen")
    return scene.air


def topics_on(page: str) -> list[str]:
    """The topics that the text of a page names."""
    return [unescape(topic) for topic in _TOPIC.findall(page)]


def all_roles(scene: Scene) -> list[str]:
    """Every role that there is here, the administrators' among them."""
    return sorted(scene.facts.roles - {"member"} | {ADMIN_ROLE})


def _looked_for(scene: Scene) -> Air:
    roles = [role for role in all_roles(scene) if role != ADMIN_ROLE]
    owner = holder(scene, "is on the air", *roles).person
    aside = replace(scene, samples=[], pages=[], left_out=(*scene.left_out, _KIT))
    walker = Survey(aside, avoid=scene.ids.values())
    for _ in range(_WALKS):
        walker.walk(owner, creating=True)
    named: dict[str, tuple[str, str]] = {}
    for _, page, text in aside.pages:
        for topic in topics_on(text):
            named.setdefault(topic.partition(":")[0], (topic, page))
    air = Air(scene, owner, [], [])
    pages = dict(named.values())
    assert scene.place is not None  # nosec B101
    with Ear(scene.place, owner, list(pages)) as ear:
        for one in _found(aside, owner, ear):
            if one.topic not in air.topics:
                air.aired.append(replace(one, page=pages[one.topic]))
            if len(air.aired) == len(ear.topics):
                break
    air.silent = sorted(scene.facts.streams - {topic.partition(":")[0] for topic in air.topics})
    return air


def _found(aside: Scene, owner: Person, ear: Ear) -> Iterator[Aired]:
    """Send form after form, and see what is told of them: only what is told of twice is no accident."""
    forms = [one for one in aside.samples if one.way.writes and one.person is owner and not one.ends_something]
    boxes = [one for one in forms if one.form and any(field.type == "checkbox" for field in one.form.fields)]
    # With every box ticked a form tells more people of it.
    forms = [*(replace(one, generous=True) for one in boxes), *forms]
    for form in likely_first(forms, aside.facts.streams)[:_MOST_FORMS]:
        told = _told_of(aside, form, ear)
        if told:
            again = _told_of(aside, form, ear)
            for topic, kind in dict.fromkeys(told):
                if (topic, kind) in again:
                    yield Aired(topic, "", kind, form)


def likely_first(forms: Sequence[Sample], kinds: Iterable[str]) -> list[Sample]:
    """The forms of apps that have streams (`polls.audience` is of `/polls`) before the others.

    Of each app one after the other, so that an app with many forms does not keep the others from their turn.
    """
    apps = {kind.partition(".")[0] for kind in kinds}
    speaking = [one for one in forms if _app_of(one) in apps]
    others = [one for one in forms if _app_of(one) not in apps]
    return [*_by_turns(speaking), *_by_turns(others)]


def _by_turns(forms: Sequence[Sample]) -> list[Sample]:
    apps: dict[str, list[Sample]] = {}
    for one in forms:
        apps.setdefault(_app_of(one), []).append(one)
    return [one for turn in zip_longest(*apps.values()) for one in turn if one is not None]


def _app_of(form: Sample) -> str:
    return form.way.path.split("/")[1]


def _told_of(aside: Scene, form: Sample, ear: Ear) -> list[tuple[str, str]]:
    ear.forget()
    _send(aside, form)
    if ear.hears_anything(_TOLD_WITHIN):
        ear.is_over(_TOLD_TOGETHER)
    return ear.heard()


def _send(scene: Scene, form: Sample) -> None:
    fill_again(scene, form)
    form.person.browse(form.rightful())
