"""What public pages show of what people have written behind the door."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.prove.attack import Attack, Outcome, Try, held, untried, won
from doorward.prove.findings import Severity
from doorward.prove.hostile import MARK
from doorward.prove.sample import came_in, described
from doorward.prove.scene import VISITOR, Scene
from doorward.prove.sowing import Heard, Sown, sown
from doorward.prove.ways import Way

#: Fields of forms: what stands in them is there to be changed, and shown to who may.
_FIELDS = re.compile(r"<textarea\b.*?</textarea>|<input\b[^>]*>", re.S | re.I)


def shown_to_visitors(scene: Scene) -> Iterator[Try]:
    """Words that people type into forms behind the door, searched for in what visitors are shown."""
    if scene.host is None:
        yield untried("this run has no people who could write something")
        return
    made = sown(scene)
    behind = _homes(scene, made)
    if not behind:
        yield untried("no page behind the door shows what somebody has written")
        return
    told: dict[str, Try] = {}
    for heard, way in _answers(scene, made):
        if not way.public or way.publishes or heard.person is not made.people[VISITOR]:
            continue
        where = str(way)
        home = next((behind[number] for number in _numbers(heard) - heard.sent if number in behind), None)
        if home is None:
            told.setdefault(where, held(where))
        elif where not in told or told[where].outcome is Outcome.HELD:
            text = f"Visitors read at {where} what people have written behind the door, and what {home} shows."
            told[where] = won(text, where, described(heard.person, heard.request), heard.answer)
    yield from told.values()


def _homes(scene: Scene, made: Sown) -> dict[int, Way]:
    """The words that were typed into forms behind the door and that a page behind it shows, with that page."""
    found: dict[int, Way] = {}
    for heard, way in _answers(scene, made):
        if not way.public:
            typed = {number for number in _numbers(heard) - heard.sent if number in made.typed_at}
            found.update((number, way) for number in typed if not made.typed_at[number].public)
    return found


def _answers(scene: Scene, made: Sown) -> Iterator[tuple[Heard, Way]]:
    for heard in made.heard:
        way = scene.ways.find("GET", heard.request.path) if heard.request.method == "GET" else None
        if way is not None and scene.is_about(way) and came_in(heard.answer):
            yield heard, way


def _numbers(heard: Heard) -> set[int]:
    return {int(found[1]) for found in MARK.finditer(_FIELDS.sub("", heard.answer.text))}


ATTACKS = (
    Attack(
        id="access.published",
        title="A page for everybody shows what people wrote behind the door",
        tries="Words that people type into forms behind the door, searched for in everything that visitors are shown.",
        why="A page that was made public by a slip shows to the world what its writers thought was among them.",
        mend='Give the page the rule of those for whom it is; or say that it is meant: @access.publishes("what").',
        asvs=("8.2.1", "8.2.2"),
        defences=("members among themselves",),
        severity=Severity.MEDIUM,
        on_scene=shown_to_visitors,
    ),
)
