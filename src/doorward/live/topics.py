"""The topics that are known now: their rings, who listens, and what waits for the next flush."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from .caps import Count
from .listener import Listener
from .ring import Ring


class Group:
    """The listeners with the same topics and the same coding: one chunk serves them all."""

    __slots__ = ("chunked", "members", "topics")

    def __init__(self, topics: tuple[str, ...], chunked: bool) -> None:
        self.topics = topics
        self.chunked = chunked
        self.members: set[Listener] = set()


class Topic:
    """One live stream's state. `people` counts the streams of each browser, so its length is the number of people;
    where listeners are told who is there (`names`), those of each account.
    """

    __slots__ = ("groups", "name", "names", "people", "ring", "used", "waiting")

    def __init__(self, name: str, ring: Ring, now: float, *, names: bool = False) -> None:
        self.name = name
        self.names = names
        self.ring = ring
        self.used = now
        self.people = Count()
        self.groups: set[Group] = set()
        self.waiting: dict[str | int, tuple[int, bytes]] = {}

    def wait(self, number: int, newest: str | None, chunk: bytes) -> None:
        """Keep an event for the next flush. An older one with the same coalescing key need not be sent any more.

        The order is that of the numbers, so the first is the oldest.
        """
        key: str | int = number if newest is None else newest
        self.waiting.pop(key, None)
        self.waiting[key] = (number, chunk)


#: With more people only their number is told: naming a whole crowd to a crowd would cost its square.
MOST_NAMED = 50


def named(topic: Topic) -> list[str]:
    """The accounts that listen to a topic; none when there are too many to be named."""
    accounts = topic.people.keys()
    return sorted(filter(None, accounts)) if len(accounts) <= MOST_NAMED else []


@dataclass(frozen=True, slots=True)
class Room:
    """How much the topics may remember.

    Arguments:
        events, bytes: of one topic's ring.
        all_bytes: of all rings together.
        topics: how many topics.
        idle: seconds after which a topic that nobody listens to is forgotten.
    """

    events: int = 256
    bytes: int = 64 * 1024
    all_bytes: int = 64 * 1024 * 1024
    topics: int = 20_000
    idle: float = 600.0


class Topics:
    """Topics by name. Those that nobody listens to are forgotten after a while, or when there are too many."""

    def __init__(self, room: Room, name_people: frozenset[str] = frozenset()) -> None:
        self._room = room
        self._name_people = name_people
        self._known: dict[str, Topic] = {}
        self._idle: OrderedDict[str, Topic] = OrderedDict()
        self._groups: dict[tuple[tuple[str, ...], bool], Group] = {}
        self._bytes = 0
        #: The highest number that a forgotten topic may have known.
        self._lost = 0

    def __len__(self) -> int:
        return len(self._known)

    def get(self, name: str) -> Topic | None:
        return self._known.get(name)

    def groups(self) -> Iterator[Group]:
        """All groups, as they are now."""
        return iter(tuple(self._groups.values()))

    def record(self, name: str, number: int, newest: str | None, chunk: bytes, now: float) -> Topic:
        """Put an event into its topic's ring. Returns the topic."""
        topic = self._known.get(name) or self._make(name, now)
        topic.used = now
        if name in self._idle:
            self._idle.move_to_end(name)
        self._bytes += topic.ring.add(number, chunk, newest)
        self._make_room(topic)
        return topic

    def horizon(self, name: str, number: int) -> int:
        """Up to where the topic's events have gone out, when `number` is the last of all events. What is beyond
        waits for the next flush, and reaches whoever joins before it.
        """
        topic = self._known.get(name)
        if topic is None or not topic.waiting:
            return number
        return next(iter(topic.waiting.values()))[0] - 1

    def since(self, name: str, after: int, upto: int) -> list[tuple[int, bytes]] | None:
        """What a listener missed up to the horizon; None when that is not known any more."""
        topic = self._known.get(name)
        if topic is None:
            return None if after < self._lost else []
        return topic.ring.between(after, upto)

    def join(self, listener: Listener, now: float) -> list[Topic]:
        """Make a listener a member of its topics. Returns those that have one person more."""
        group = self._groups.get((listener.topics, listener.chunked)) or self._make_group(listener, now)
        group.members.add(listener)
        listener.topics = group.topics
        grown = []
        for name in group.topics:
            topic = self._known[name]
            if topic.people.up(_person(topic, listener)) == 1:
                grown.append(topic)
        return grown

    def leave(self, listener: Listener, now: float) -> list[Topic]:
        """Undo `join`. Returns the topics that have one person less; nothing when it was no member."""
        group = self._groups.get((listener.topics, listener.chunked))
        if group is None or listener not in group.members:
            return []
        group.members.discard(listener)
        shrunk = []
        for name in group.topics:
            topic = self._known[name]
            if topic.people.down(_person(topic, listener)) == 0:
                shrunk.append(topic)
        if not group.members:
            self._drop_group(group, now)
        return shrunk

    def forget_idle(self, now: float) -> None:
        """Forget the topics that nobody listened to, or wrote to, for long."""
        while self._idle:
            topic = next(iter(self._idle.values()))
            if topic.used + self._room.idle > now:
                return
            self._forget(topic)

    def _make(self, name: str, now: float) -> Topic:
        ring = Ring(self._room.events, self._room.bytes, self._lost)
        topic = Topic(name, ring, now, names=name.partition(":")[0] in self._name_people)
        self._known[name] = topic
        self._idle[name] = topic
        if len(self._known) > self._room.topics and len(self._idle) > 1:
            self._forget(next(iter(self._idle.values())))
        return topic

    def _make_group(self, listener: Listener, now: float) -> Group:
        group = Group(listener.topics, listener.chunked)
        self._groups[group.topics, group.chunked] = group
        for name in group.topics:
            topic = self._known.get(name) or self._make(name, now)
            topic.groups.add(group)
            self._idle.pop(name, None)
        return group

    def _drop_group(self, group: Group, now: float) -> None:
        del self._groups[group.topics, group.chunked]
        for name in group.topics:
            topic = self._known[name]
            topic.groups.discard(group)
            if not topic.groups:
                topic.used = now
                self._idle[name] = topic

    def _make_room(self, writing: Topic) -> None:
        """Keep all rings within their bytes: first by idle topics, then at the cost of the one that grows."""
        while self._bytes > self._room.all_bytes and self._idle:
            self._forget(next(iter(self._idle.values())))
        while self._bytes > self._room.all_bytes and writing.ring.size:
            before = writing.ring.size
            writing.ring.forget_oldest()
            self._bytes -= before - writing.ring.size

    def _forget(self, topic: Topic) -> None:
        del self._known[topic.name]
        del self._idle[topic.name]
        self._bytes -= topic.ring.size
        self._lost = max(self._lost, topic.ring.last())


def _person(topic: Topic, listener: Listener) -> str:
    """What somebody counts as. No key of a browser is ever told to others."""
    return (listener.account_id or "") if topic.names else listener.key
