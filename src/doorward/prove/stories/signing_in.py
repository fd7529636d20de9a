"""Signing in: by password, and with a token that was made for a person."""

from __future__ import annotations

import json

from doorward.prove.sample import Sample
from doorward.prove.scene import MEMBER, Scene
from doorward.prove.stories.telling import Story, host_of, raw, sample, somebody, start_over, stranger


def by_password(scene: Scene) -> list[Sample]:
    account = somebody(scene, "signs in")
    person = stranger(scene, "somebody who signs in")

    def renew(one: Sample) -> None:
        start_over(scene, one.person)
        one.person.open("/login")
        one.fields = {"username": account.account, "password": account.password}

    return [sample(scene, "POST", "/login", person, renew)]


def by_token(scene: Scene) -> list[Sample]:
    scopes = frozenset(scope for way in scene.ways.all for scope in way.scopes)
    if not scopes:
        return []
    _, secret = host_of(scene).add_token(scene.people[MEMBER].account, scopes, for_person=True)
    scene.remember(secret, "the secret of a participant")

    def renew(one: Sample) -> None:
        start_over(scene, one.person)
        one.person.open("/login/token")
        one.fields = {"token": secret}

    one = sample(scene, "POST", "/login/token", stranger(scene, "a participant"), renew)
    one.lands = "/login/token"
    return [one]


def report(scene: Scene) -> list[Sample]:
    """What browsers report by themselves when the policy of a page stopped something."""
    one = sample(scene, "POST", "/csp-report", stranger(scene, "a browser"))
    body = {"csp-report": {"document-uri": f"{scene.facts.url}/", "effective-directive": "script-src-elem"}}
    one.request = raw("POST", "/csp-report", "application/csp-report", json.dumps(body).encode())
    return [one]


STORIES = (
    Story((("POST", "/login"),), by_password),
    Story((("POST", "/login/token"),), by_token),
    Story((("POST", "/csp-report"),), report),
)
