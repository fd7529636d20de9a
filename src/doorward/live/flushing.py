"""Events that wait for the next flush, and the flush itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from . import encoding
from .pace import Pace
from .sweep import Batch, Sweep
from .topics import Group, Topic


class Flushing:
    """Lets events wait, and sends what waits: at once after a quiet time, then once per gap.

    Arguments:
        pace: when the next flush may run.
        before: called before each flush; may let more events wait.
        after_slice: called after each slice of the sweep.
    """

    def __init__(self, pace: Pace, before: Callable[[], None], after_slice: Callable[[], None]) -> None:
        self._pace = pace
        self._before = before
        self._after_slice = after_slice
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due: dict[Topic, None] = {}
        self._sweeping = False

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def stop(self) -> None:
        """Send nothing any more."""
        self._loop = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def wait(self, topic: Topic, number: int, newest: str | None, chunk: bytes) -> None:
        """Keep an event for the next flush if anybody listens, or if older ones wait: joiners get all or none."""
        if topic.groups or topic.waiting:
            topic.wait(number, newest, chunk)
            self._due[topic] = None

    def arrange(self, needed: bool = False) -> None:
        """Flush now, or when the gap is over, if something waits (or is `needed` for another reason)."""
        if self._loop is None or self._sweeping or self._timer is not None or not (needed or self._due):
            return
        pause = self._pace.wait(self._loop.time())
        if pause > 0:
            self._timer = self._loop.call_later(pause, self._flush)
        else:
            self._flush()

    def _flush(self) -> None:
        self._timer = None
        if self._loop is None:
            return
        self._before()
        due, self._due = self._due, {}
        self._sweeping = True
        Sweep(self._loop, batches(due), self._after_slice, self._swept).step()

    def _swept(self, took: float) -> None:
        self._sweeping = False
        if self._loop is not None:
            self._pace.swept(self._loop.time(), took)
            self.arrange()


def batches(due: Iterable[Topic]) -> list[Batch]:
    """For each group that any of these topics concerns: its listeners, and all that waits for them as one chunk."""
    touched: dict[Group, list[Topic]] = {}
    for topic in due:
        for group in topic.groups:
            touched.setdefault(group, []).append(topic)
    joined: dict[tuple[tuple[str, ...], bool], bytes] = {}
    found = []
    for group, topics in touched.items():
        key = (tuple(topic.name for topic in topics), group.chunked)
        if key not in joined:
            joined[key] = _join(topics, group.chunked)
        found.append((list(group.members), joined[key]))
    for topic in due:
        topic.waiting.clear()
    return found


def to_everybody(groups: Iterable[Group], words: bytes) -> list[Batch]:
    """The same words for all listeners, whatever their topics."""
    return [(list(group.members), _coded(words, group.chunked)) for group in groups]


def _join(topics: Sequence[Topic], chunked: bool) -> bytes:
    events = sorted(waiting for topic in topics for waiting in topic.waiting.values())
    return _coded(b"".join(chunk for _, chunk in events), chunked)


def _coded(chunk: bytes, chunked: bool) -> bytes:
    return encoding.framed(chunk) if chunked else chunk
