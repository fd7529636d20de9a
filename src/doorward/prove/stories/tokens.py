"""Tokens: participants who are signed in with one, and who ends that; a token that is given another secret."""

from __future__ import annotations

from doorward.prove.person import Person
from doorward.prove.sample import Sample
from doorward.prove.scene import ADMIN, Scene
from doorward.prove.stories.telling import Story, fields_on, host_of, link_on, sample, somebody, stranger

_OWN, _ALL = "/account/tokens", "/admin/tokens"


def _scopes(scene: Scene) -> frozenset[str]:
    return frozenset(scope for way in scene.ways.all for scope in way.scopes)


def participants(scene: Scene) -> list[Sample]:
    """Whoever made a token, and administrators, end the sessions that it opened: one, or all."""
    if not _scopes(scene):
        return []
    owner = somebody(scene, "owns a token")

    def renewed(one: Sample) -> None:
        number, secret = host_of(scene).add_token(owner.account, _scopes(scene), for_person=True)
        scene.remember(secret, "the secret of a participant")
        participant = stranger(scene, "a participant")
        participant.open("/login/token")
        participant.submit("/login/token", {"token": secret})
        one.person.prove_again()
        base = _OWN if one.way.path.startswith(_OWN) else _ALL
        page, end = f"{base}/{number}", f"{base}/{number}/sessions/"
        one.path = f"{end}end" if one.way.path.endswith("/sessions/end") else link_on(one.person, page, end, "/end")

    made = []
    for base, person in ((_OWN, owner), (_ALL, scene.people[ADMIN])):
        made += [sample(scene, "POST", f"{base}/0/sessions{end}", person, renewed) for end in ("/end", "/0/end")]
    return made


def rotating(scene: Scene) -> list[Sample]:
    person = somebody(scene, "rotates a token")

    def renew(one: Sample) -> None:
        number = _new_token(scene, one.person)
        one.path = f"{_OWN}/{number}/rotate"
        one.person.prove_again()
        one.fields = fields_on(scene, one.person, f"{_OWN}/{number}", one.path)

    return [sample(scene, "POST", f"{_OWN}/0/rotate", person, renew)]


def _new_token(scene: Scene, owner: Person) -> int:
    number, secret = host_of(scene).add_token(owner.account, _scopes(scene))
    scene.remember(secret, "the secret of a token")
    return number


STORIES = (
    Story((("POST", f"{_OWN}/1/sessions/1/end"), ("POST", f"{_ALL}/1/sessions/1/end")), participants),
    Story((("POST", f"{_OWN}/1/rotate"),), rotating),
)
