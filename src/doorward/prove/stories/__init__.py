"""Stories: how the ways of the door are rightfully used that no page leads to, such as a link that the host prints."""

from __future__ import annotations

from doorward.prove.scene import Scene
from doorward.prove.stories import (
    backups,
    by_provider,
    factors,
    links,
    mails,
    passkeys,
    people,
    results,
    signing_in,
    tokens,
    uploads,
)
from doorward.prove.stories.telling import Story

ALL: tuple[Story, ...] = (
    *signing_in.STORIES,
    *links.STORIES,
    *mails.STORIES,
    *factors.STORIES,
    *passkeys.STORIES,
    *by_provider.STORIES,
    *people.STORIES,
    *tokens.STORIES,
    *results.STORIES,
    *uploads.STORIES,
    *backups.STORIES,
)


def tell_all(scene: Scene) -> None:
    """Add the samples of every story whose ways this app has, in the place of what the survey guessed."""
    for story in ALL:
        ways = [scene.ways.find(method, path) for method, path in story.ways]
        if scene.host is None or not all(way is not None and scene.is_about(way) for way in ways):
            continue
        samples = story.tell(scene)
        told = {sample.way for sample in samples}
        scene.samples = [one for one in scene.samples if one.way not in told] + samples
