"""The hub: takes events from any thread and delivers them to every listener of their topics.

One loop thread owns topics, rings and connections. Other threads leave orders in the inbox; only admission (caps)
and the number of people are answered to them directly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial

from doorward.clock import Clock, system_clock
from doorward.core.streams import Event, Json, StreamRequest
from doorward.errors import BadRequest, Unavailable

from . import encoding
from .caps import Caps
from .cursors import Cursors
from .flushing import Flushing, to_everybody
from .greeting import greeting, missed, places
from .inbox import Inbox
from .listener import Listener, Way
from .pace import Pace
from .roll import Roll
from .sweep import Sweep, write_all
from .topics import Room, Topic, Topics, named

#: After `bye`, browsers come back after a second, spread over the next four.
_BYE = encoding.bye(1000, 4000)
_CAPS = Caps()
_ROOM = Room()


class Hub:
    """Delivers events. Implements `core.streams.Publisher`; the rest is for the server that holds the streams.

    Arguments:
        caps: how many streams anybody may hold.
        room: how much the topics may remember.
        count_people: for a kind of topic (`polls.audience`), the kind on which the number of its people is
            published (`polls.present`), as an event of type `people` with data `{"count": n}`.
        name_people: kinds of topic whose listeners are told, by the same event, which accounts listen.
        topics_per_stream: the most topics that one stream may carry.
        replay_bytes: the most bytes that one opening may replay; topics beyond it are reset.
        heartbeat: seconds between two signs of life; also how often expiry is looked at.
        min_gap, gap_factor: see `Pace`.
        clock: for `StreamRequest.expires_at`.
    """

    def __init__(
        self,
        *,
        caps: Caps = _CAPS,
        room: Room = _ROOM,
        count_people: Mapping[str, str] | None = None,
        name_people: Collection[str] = (),
        topics_per_stream: int = 32,
        replay_bytes: int = 256 * 1024,
        heartbeat: float = 15.0,
        min_gap: float = 0.05,
        gap_factor: float = 2.5,
        clock: Clock = system_clock,
    ) -> None:
        self._roll = Roll(caps)
        self._topics = Topics(room, frozenset(name_people))
        self._cursors = Cursors()
        self._inbox = Inbox()
        self._flushing = Flushing(Pace(min_gap, gap_factor), self._before_flush, self._end_stuck)
        self._count_people = dict(count_people or {}) | {kind: kind for kind in name_people}
        self._crowds: dict[Topic, None] = {}
        self._topics_per_stream = topics_per_stream
        self._replay_bytes = replay_bytes
        self._heartbeat = heartbeat
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._beat_timer: asyncio.TimerHandle | None = None
        self._stuck: list[Listener] = []
        #: Those that are still taking their replay, and those that already were at the last heartbeat.
        self._late: set[Listener] = set()
        self._overdue: set[Listener] = set()

    # What a transaction tells after its commit (core.streams.Publisher): from any thread.

    def publish(self, events: Sequence[Event]) -> None:
        """Deliver events to their topics' listeners. Raises `TypeError` or `ValueError` for data that is not JSON."""
        orders = [partial(self._record, event.topic, event.newest, encoding.event_data(event)) for event in events]
        self._inbox.put(orders)

    def tell(self, event: Event) -> None:
        """Deliver an event to whoever listens at this moment: it is kept nowhere, and nobody gets it later.

        Raises `TypeError` or `ValueError` as `publish` does.
        """
        data = encoding.event_data(event)
        self._inbox.put([lambda: self._pass_on(event.topic, event.newest, data)])

    def cursor(self) -> str:
        """Where the streams stand. Read it before the snapshot, so that the snapshot is never older than it."""
        return self._cursors.at(self._cursors.number)

    def cut_session(self, session_id: int) -> None:
        """End the streams of a session that is over."""
        self._roll.note_cut("session", session_id)
        self._inbox.put([lambda: self._end_all(self._roll.of_session(session_id))])

    def cut_secret(self, secret_id: int) -> None:
        """End the streams that were opened with a secret that is dead now, or dies sooner than they were told."""
        self._roll.note_cut("secret", secret_id)
        self._inbox.put([lambda: self._end_all(self._roll.of_secret(secret_id))])

    def cut_account(self, account_id: str) -> None:
        """End the streams of an account whose rights have changed; its browsers ask again."""
        self._roll.note_cut("account", account_id)
        self._inbox.put([lambda: self._end_all(self._roll.of_account(account_id))])

    def cut_topic(self, topic: str, account_id: str | None = None, *, mark: str | None = None) -> None:
        """Take a topic from everybody, from one account, or from who has it under one mark; other topics go on."""
        self._roll.note_cut("topic", topic, (account_id, mark))
        self._inbox.put([lambda: self._take_topic(topic, account_id, mark)])

    def listeners(self, topic: str) -> int:
        """How many people (browsers) listen to the topic now."""
        found = self._topics.get(topic)
        return len(found.people) if found else 0

    def listens(self, topic: str, account_id: str) -> bool:
        """Whether a stream of this account carries the topic, and nothing has taken it away. From any thread."""
        return any(topic in one.topics for one in self._roll.of_account(account_id))

    def people(self, topic: str) -> Sequence[str]:
        """The accounts that listen to a topic of a kind in `name_people`, at most `MOST_NAMED`. From any thread."""
        found = self._topics.get(topic)
        return named(found) if found is not None and found.names else ()

    def sessions(self) -> list[int]:
        """The sessions that hold a stream now. From any thread."""
        return self._roll.sessions()

    def secrets(self) -> list[int]:
        """The secrets of tokens that hold a stream now. From any thread."""
        return self._roll.secrets()

    def __len__(self) -> int:
        """How many streams are held now."""
        return len(self._roll)

    # Opening a stream: `moment` and `admit` from any thread, then `attach` on the loop or `release`.

    def moment(self) -> int:
        """To be noted when a request begins and given to `admit`, so that no cut in between is missed."""
        return self._roll.moment()

    def admit(self, request: StreamRequest, moment: int) -> Listener:
        """Enter an authorised stream. It must be given to `attach` or `release` afterwards.

        Raises: `Limited` or `Unavailable` at a cap; `Unavailable` after a cut since `moment`, or when the hub does
        not run; `BadRequest` for no topic or too many.
        """
        if self._loop is None:
            raise Unavailable("Live pages are not available at the moment.")
        if not 0 < len(request.topics) <= self._topics_per_stream:
            raise BadRequest(f"A live page follows 1 to {self._topics_per_stream} topics.")
        if not request.listener:
            raise ValueError("StreamRequest.listener must name the browser: caps and people are counted by it")
        return self._roll.admit(request, moment, lambda: self._make(request))

    def release(self, listener: Listener) -> None:
        """The stream has ended, or will not be begun. From any thread."""
        self._inbox.put([lambda: self.left(listener)])

    def attach(self, listener: Listener, way: Way, chunked: bool) -> None:
        """Begin the stream on its connection, whose headers are sent.

        Arguments:
            way: the transport, or an outbox.
            chunked: whether what is written there must be framed in HTTP chunks.
        """
        listener.way = way
        listener.chunked = chunked
        if listener.ended or self._loop is None:
            listener.hang_up()
            return
        self._late.add(listener)
        self._bring_up(listener, greeting(listener, self._topics, self._cursors, self._replay_bytes))
        if not listener.paused:
            self.drained(listener)

    # What a listener tells (listener.Keeper): on the loop.

    def left(self, listener: Listener) -> None:
        """The listener has gone, or must go. May be called twice."""
        listener.hang_up()
        if listener.ended:
            return
        listener.ended = True
        self._roll.drop(listener)
        self._late.discard(listener)
        self._recount(self._topics.leave(listener, self._now()))

    def stuck(self, listener: Listener) -> None:
        """A live listener takes no more. It is ended after the slice; its browser comes back and replays."""
        self._stuck.append(listener)
        if len(self._stuck) == 1 and self._loop is not None:
            self._loop.call_soon(self._end_stuck)

    def drained(self, listener: Listener) -> None:
        """A listener has taken what it missed. If more came meanwhile that follows; else it is live."""
        self._bring_up(listener, missed(listener, self._topics, self._cursors))
        if listener.paused:
            return
        listener.missing = None
        self._late.discard(listener)
        self._roll.arrived(listener)
        self._recount(self._topics.join(listener, self._now()))

    # Life: on the loop.

    def start(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        """Begin to take orders on this loop (the running one by default). A second call changes nothing."""
        if self._loop is not None:
            return
        self._loop = loop or asyncio.get_running_loop()
        self._cursors.renew()
        self._flushing.start(self._loop)
        self._inbox.bind(self._loop, self._arrange)
        self._loop.call_soon_threadsafe(self._plan_beat)

    def say_bye(self) -> None:
        """Tell every listener to come back later, and end its stream. Nothing is taken any more."""
        if self._loop is None:
            return
        self._inbox.unbind()
        self._flushing.stop()
        self._loop = None
        if self._beat_timer is not None:
            self._beat_timer.cancel()
        for group in self._topics.groups():
            members = list(group.members)
            write_all(members, encoding.framed(_BYE) + encoding.LAST_CHUNK if group.chunked else _BYE)
            self._end_all(members)
        self._end_all(self._roll.coming())

    # Inside: on the loop.

    def _now(self) -> float:
        return self._loop.time() if self._loop is not None else 0.0

    def _arrange(self) -> None:
        self._flushing.arrange(needed=bool(self._crowds))

    def _make(self, request: StreamRequest) -> Listener:
        listener = Listener(
            self,
            tuple(dict.fromkeys(request.topics)),
            request.listener,
            request.account_id,
            request.session_id,
            request.address,
            request.expires_at.timestamp() if request.expires_at else float("inf"),
            request.secret_id,
            request.marks or None,
        )
        listener.missing = {topic: self._cursors.read(cursor) for topic, cursor in request.since.items() if cursor}
        return listener

    def _record(self, name: str, newest: str | None, data: bytes) -> None:
        """Number an event, remember it, and let it wait for the next flush."""
        number = self._cursors.next()
        chunk = encoding.numbered(self._cursors.at(number), data)
        topic = self._topics.record(name, number, newest, chunk, self._now())
        self._flushing.wait(topic, number, newest, chunk)

    def _pass_on(self, name: str, newest: str | None, data: bytes) -> None:
        """Number an event, so that pages see it as new, and let it wait for the next flush without remembering it."""
        topic = self._topics.get(name)
        if topic is not None and topic.groups:
            number = self._cursors.next()
            self._flushing.wait(topic, number, newest, encoding.numbered(self._cursors.at(number), data))

    def _before_flush(self) -> None:
        crowds, self._crowds = self._crowds, {}
        for topic in crowds:
            kind, _, key = topic.name.partition(":")
            said: dict[str, Json] = {"count": len(topic.people)}
            if topic.names:
                said["accounts"] = named(topic)
            event = Event(f"{self._count_people[kind]}:{key}", "people", said, "people")
            self._record(event.topic, event.newest, encoding.event_data(event))

    def _recount(self, topics: Iterable[Topic]) -> None:
        """These topics have one person more or less; whoever shows the number hears of it."""
        for topic in topics:
            if topic.name.partition(":")[0] in self._count_people:
                self._crowds[topic] = None
        self._arrange()

    def _bring_up(self, listener: Listener, words: bytes) -> None:
        """Write what a listener missed: from now on it misses only what goes out later."""
        listener.missing = places(listener, self._topics, self._cursors)
        if words:
            _tell(listener, words)

    def _end_all(self, listeners: Iterable[Listener]) -> None:
        for listener in listeners:
            self.left(listener)

    def _end_stuck(self) -> None:
        stuck, self._stuck = self._stuck, []
        self._end_all(stuck)

    def _take_topic(self, name: str, account_id: str | None, mark: str | None) -> None:
        topic = self._topics.get(name)
        members = [member for group in topic.groups for member in group.members] if topic else []
        for listener in [*members, *self._roll.coming()]:
            marked = mark is None or listener.marked(name, mark)
            if name in listener.topics and account_id in (None, listener.account_id) and marked:
                # Told first: whoever loses the only topic is closed by the narrowing, and shall know why.
                _tell(listener, encoding.cut(name))
                self._narrow(listener, tuple(other for other in listener.topics if other != name))

    def _narrow(self, listener: Listener, topics: tuple[str, ...]) -> None:
        """Let the listener go on with these topics only; with none it ends."""
        if not topics:
            self.left(listener)
        elif listener.missing is not None:
            listener.topics = topics
        else:
            lost = self._topics.leave(listener, self._now())
            listener.topics = topics
            self._recount([*lost, *self._topics.join(listener, self._now())])

    def _plan_beat(self) -> None:
        if self._loop is not None:
            self._beat_timer = self._loop.call_later(self._heartbeat, self._beat)

    def _beat(self) -> None:
        """Every few seconds: streams past their time end, quiet topics are forgotten, everybody gets a sign of life."""
        if self._loop is None:
            return
        self._plan_beat()
        self._topics.forget_idle(self._loop.time())
        self._end_all(self._expired())
        self._end_all(self._overdue & self._late)
        self._overdue = set(self._late)
        Sweep(self._loop, to_everybody(self._topics.groups(), encoding.HEARTBEAT), self._end_stuck, _nothing).step()

    def _expired(self) -> list[Listener]:
        now = self._clock().timestamp()
        return [member for group in self._topics.groups() for member in group.members if member.expires <= now]


def _tell(listener: Listener, words: bytes) -> None:
    if listener.way is not None:
        listener.way.write(encoding.framed(words) if listener.chunked else words)


def _nothing(took: float) -> None:
    """A heartbeat does not set the pace of the flushes."""
