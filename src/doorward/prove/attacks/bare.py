"""What is tried only on an app without a door, besides the attacks that are marked for it."""

from __future__ import annotations

from collections.abc import Iterator

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.findings import Severity
from doorward.prove.sample import Sample, came_in, described, is_refusal
from doorward.prove.scene import Scene


def open_to_everybody(scene: Scene, sample: Sample) -> Iterator[Try]:
    """What changes something, sent by somebody whom the app has never seen."""
    if not sample.way.writes or sample.way.ruled:
        return
    stranger, where = scene.visitor, str(sample.way)
    if sample.form is not None:
        stranger.open(sample.form.page)
    request = sample.build(csrf_token=stranger.csrf_token) if sample.fields is not None else sample.build()
    answer = stranger.browse(request)
    if came_in(answer):
        yield won(f"Everybody may do {where}, without an account.", where, described(stranger, request), answer)
    elif is_refusal(answer):
        yield held(where)
    else:
        yield untried(f"the answer was {answer.status}", where)


ATTACKS = (
    Attack(
        id="bare.open",
        title="Changes that are open to everybody",
        tries="Every form of the app, sent by somebody without an account.",
        why="Behind a door every way says who may enter, or the app does not start. Here nothing says so.",
        mend="Put the app behind a door, and say for each way who may enter: @access.member, or @access.public.",
        asvs=("8.2.1", "8.3.1"),
        defences=("rule",),
        severity=Severity.MEDIUM,
        bare=True,
        on_sample=open_to_everybody,
    ),
)
