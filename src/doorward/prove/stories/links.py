"""Links that work once: set-up, invitations, and the link to choose another password."""

from __future__ import annotations

from doorward.prove.sample import Sample
from doorward.prove.scene import ADMIN, Scene
from doorward.prove.stories.telling import Story, host_of, link_samples, somebody, stranger


def reset(scene: Scene) -> list[Sample]:
    account = somebody(scene, "forgot")
    host, number = host_of(scene), scene.ids[account.account]
    return link_samples(
        scene, stranger(scene, "somebody who forgot"), lambda: f"/reset/{host.reset_code(number)}", "/login"
    )


def join(scene: Scene) -> list[Sample]:
    admin = scene.people[ADMIN]

    def invite() -> str:
        admin.open("/admin/invitations")
        answer = admin.submit("/admin/invitations", {"note": "a proof", "role": "member", "days": "7", "uses": "1"})
        found = [word for word in answer.text.replace('"', " ").replace("<", " ").split() if "/join/" in word]
        return "/join/" + found[0].rsplit("/join/", 1)[1].rstrip("./") if found else "/join/none"

    return link_samples(scene, stranger(scene, "somebody who was invited"), invite)


STORIES = (
    Story((("GET", "/reset/x"), ("POST", "/reset/x")), reset),
    Story((("GET", "/join/x"), ("POST", "/join/x"), ("POST", "/admin/invitations")), join),
)
