"""Backups as an administrator makes them and takes them away."""

from __future__ import annotations

from doorward.prove.sample import Sample
from doorward.prove.scene import ADMIN, Scene
from doorward.prove.stories.telling import Story, host_of, sample

_PAGE = "/admin/backups"


def taken_away(scene: Scene) -> list[Sample]:
    """The newest backup; it is looked for anew each time, since the oldest go."""

    def renew(one: Sample) -> None:
        one.person.prove_again()
        one.path = _newest(one)

    person = scene.people[ADMIN]
    person.prove_again()
    person.open(_PAGE)
    person.submit(_PAGE, {})
    host_of(scene).settle()
    made = sample(scene, "GET", f"{_PAGE}/none/file", person, renew)
    made.path = _newest(made)
    return [made]


def _newest(one: Sample) -> str:
    _, page = one.person.open(_PAGE)
    return next((link for link in page.links if link.startswith(_PAGE) and link.endswith("/file")), one.path)


STORIES = (Story((("POST", _PAGE), ("GET", f"{_PAGE}/x/file")), taken_away),)
