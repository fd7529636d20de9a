"""An app seen from outside: as a visitor, by reading only, and gently."""

from __future__ import annotations

import re
import time
from collections import Counter, deque
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

from doorward.prove.pages import Page
from doorward.prove.person import Person
from doorward.prove.sample import Sample, came_in
from doorward.prove.scene import VISITOR, Scene
from doorward.prove.ways import Way, Ways
from doorward.prove.wire import Answer, Line, NoAnswer, Request

READING = ("GET", "HEAD", "OPTIONS")
WOULD_CHANGE = "it might change something, and this run only reads"
#: How many pages are opened, and how many of them that differ only in a number, a code or a query.
_PAGES = 150
_OF_A_SHAPE = 3
_STARTS = ("/", "/login")
#: A link that sounds so is not followed: a badly made app would do by it what it says.
_ENDING = re.compile(
    r"log-?out|sign-?out|delet|remov|purge|destroy|cancel|revok|reset|clear|unsubscrib|leave|archive|disable", re.I
)
_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9_-]{12,}")


class ReadingLine:
    """A line that lets only reading through, so often and so many times: whatever an attack may try.

    Arguments:
        line: what carries the requests.
        a_second: how many requests a second at most.
        most: how many requests at all.
        clock, sleep: of this machine, in seconds.
    """

    chooses_address = False

    def __init__(
        self,
        line: Line,
        a_second: float = 20,
        most: int = 3000,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._line = line
        self._gap = 1 / a_second
        self._left = most
        self._clock = clock
        self._sleep = sleep
        self._next = clock()

    def send(self, request: Request) -> Answer:
        if request.method not in READING:
            raise NoAnswer(WOULD_CHANGE)
        if not self._left:
            raise NoAnswer("the number of requests of such a run is used up")
        self._left -= 1
        wait = self._next - self._clock()
        if wait > 0:
            self._sleep(wait)
        self._next = max(self._next, self._clock()) + self._gap
        return self._line.send(request)


def look_around(scene: Scene, progress: Callable[[int, int, str], None]) -> None:
    """Follow the links from the first page as a visitor; what is found are the scene's ways and samples.

    Arguments:
        scene: that only reads.
        progress: as in a run.

    Errors:
        NoAnswer: not even the first page answers.
    """
    visitor = scene.people[VISITOR] = scene.visitor
    walk = _Walk(scene, visitor)
    visitor.open(_STARTS[0])
    while (path := walk.next()) is not None:
        progress(len(walk.opened), max(len(walk.opened) + len(walk.queue), 1), f"reading {path}")
        try:
            walk.take(path, *visitor.open(path))
        except NoAnswer:
            continue
    scene.ways = Ways(tuple(walk.ways))
    for way in scene.ways.all:
        if way.writes:
            scene.uncovered[str(way)] = WOULD_CHANGE


class _Walk:
    def __init__(self, scene: Scene, visitor: Person) -> None:
        self.scene = scene
        self.visitor = visitor
        self.opened: set[str] = set()
        self.queue = deque(_STARTS)
        self.ways: dict[Way, None] = {}
        self._shapes: Counter[str] = Counter()

    def next(self) -> str | None:
        """The next page to open; None when there is none, or there were enough."""
        while self.queue and len(self.opened) < _PAGES:
            path = self.queue.popleft()
            shape = shape_of(path)
            if path in self.opened or _ENDING.search(path) or self._shapes[shape] >= _OF_A_SHAPE:
                continue
            self._shapes[shape] += 1
            self.opened.add(path)
            return path
        return None

    def take(self, path: str, answer: Answer, page: Page) -> None:
        """Note what a page is, where it leads to and which forms stand on it."""
        way = Way("GET", shape_of(path), public=True)
        if came_in(answer):
            self.ways[way] = None
            self.scene.samples.append(Sample(way, path, self.visitor, shown_to={VISITOR}, answer=answer))
        self.queue += page.links
        if 300 <= answer.status < 400 and (onward := self._own(path, answer.header("location"))):
            self.queue.append(onward)
        for form in page.forms:
            if not form.foreign and form.method != "GET":
                self.ways[Way(form.method, shape_of(form.action), public=True)] = None

    def _own(self, path: str, location: str) -> str:
        """The path that a redirect leads to; empty if it leads to another site."""
        here = self.scene.facts.url
        try:
            there = urlsplit(urljoin(here + path, location))
        except ValueError:
            return ""
        if (there.scheme, there.netloc.lower()) != (urlsplit(here).scheme, urlsplit(here).netloc.lower()):
            return ""
        return f"{there.path or '/'}?{there.query}" if there.query else there.path or "/"


def shape_of(path: str) -> str:
    """The pattern of a path: what looks like a number or a code is taken for a parameter."""
    parts = []
    for place, part in enumerate(path.partition("?")[0].split("/")):
        if part.isdecimal():
            parts.append(f"<int:part_{place}>")
        elif _CODE.fullmatch(part) and "." not in part:
            parts.append(f"<part_{place}>")
        else:
            parts.append(part.replace("<", "%3C").replace(">", "%3E"))
    return "/".join(parts)
