"""What comes of things: the file of a background job, the streams that pages listen to, what a finding means."""

from __future__ import annotations

import re
from urllib.parse import quote

from doorward.prove import checks
from doorward.prove.sample import Sample
from doorward.prove.scene import ADMIN, MEMBER, VISITOR, Scene
from doorward.prove.stories.telling import Story, host_of, sample, stranger
from doorward.prove.wire import Request

_TOPIC = re.compile(r'data-topic="([^"{}]+)"')
_JOBS = "/account/jobs/"
_FINDINGS = "/admin/security/findings/"


def exported(scene: Scene) -> list[Sample]:
    """A person takes along what is stored about them."""
    person = scene.people[MEMBER]
    person.prove_again()
    person.open("/account/export")
    place = person.submit("/account/export", {}).header("location")
    if not place.startswith(_JOBS):
        return []
    host_of(scene).settle()
    return [sample(scene, "GET", f"{place}/file", person)]


def listening(scene: Scene) -> list[Sample]:
    """The streams that the pages name, each as somebody who saw the page."""
    made: dict[str, Sample] = {}
    for name, _, text in scene.pages:
        person = scene.person(name)
        for topic in _TOPIC.findall(text):
            if person is not None and name in (VISITOR, MEMBER) and name not in made:
                made[name] = sample(scene, "GET", f"/live?topic={quote(topic)}", person)
    return list(made.values())


def seeing(scene: Scene) -> list[Sample]:
    """A checker on the host, who has the keys, asks what the server sees of its connection."""

    def renew(one: Sample) -> None:
        name, proof = host_of(scene).seen_proof()
        one.request = Request("GET", one.path, {name: proof})

    return [sample(scene, "GET", "/doorward/seen", stranger(scene, "a checker on the host"), renew)]


def explained(scene: Scene) -> list[Sample]:
    """An administrator reads what a finding means; where a check finds nothing, no page leads there."""
    return [sample(scene, "GET", _FINDINGS + next(checks.kinds()).id, scene.people[ADMIN])]


STORIES = (
    Story((("GET", "/doorward/seen"),), seeing),
    Story((("POST", "/account/export"), ("GET", f"{_JOBS}x/file")), exported),
    Story((("GET", "/live"),), listening),
    Story((("GET", f"{_FINDINGS}x"),), explained),
)
