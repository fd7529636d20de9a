"""Files: announced, sent, looked after and given up, as the control on some page of the app would do it."""

from __future__ import annotations

from doorward.prove.files import HONEST
from doorward.prove.sample import Sample
from doorward.prove.scene import Scene
from doorward.prove.sending import controls
from doorward.prove.stories.telling import Story, sample


def uploads(scene: Scene) -> list[Sample]:
    control = next(controls(scene), None)
    if control is None:
        return []
    extension = control.honest_types[0]
    data, name = HONEST[extension](), f"proof{extension}"

    def announced() -> str:
        return control.announce(name, len(data))[0] or "none"

    def renew_offer(one: Sample) -> None:
        one.request = control.offer(name, len(data))

    def renew_state(one: Sample) -> None:
        one.path = f"/files/{announced()}"

    def renew_bytes(one: Sample) -> None:
        one.request = control.bytes_for(announced(), data)
        one.path = one.request.path

    def renew_end(one: Sample) -> None:
        one.request = control.about_it("DELETE", announced())
        one.path = one.request.path

    made = [("POST", "/files", renew_offer), ("GET", "/files/x", renew_state)]
    made += [("PATCH", "/files/x", renew_bytes), ("DELETE", "/files/x", renew_end)]
    return [sample(scene, method, path, control.person, renew) for method, path, renew in made]


STORIES = (Story((("POST", "/files"), ("GET", "/files/x"), ("PATCH", "/files/x"), ("DELETE", "/files/x")), uploads),)
