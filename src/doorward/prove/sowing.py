"""Sowing: hostile words in every field of every form, query and path, and all that is heard in answer.

Done once in a run, by people of its own, for all attacks that read what came of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, quote, urlencode

from doorward.prove.filling import PASSPHRASE
from doorward.prove.hostile import AWKWARD, MARK, HostileFilling, Words, is_typed
from doorward.prove.pages import Form, Page
from doorward.prove.person import Person
from doorward.prove.sample import Sample, came_in
from doorward.prove.scene import ADMIN_ROLE, VISITOR, Scene
from doorward.prove.survey import Survey
from doorward.prove.ways import Way
from doorward.prove.wire import Answer, Line, NoAnswer, Request
from doorward.prove.wire import form as form_request

_SKIPPED = ("/live", "/logout")
_OBJECTS = 3
#: What one form makes has forms of its own.
_ROUNDS = 3
_FIELDS = 8
#: How long words are: all that may be tried, or what most fields take.
_LONG, _SHORT = 400, 60
_QUERIES = 90
#: Parameters that apps often have, whether a page names them or not.
USUAL = ("q", "next", "sort", "order", "page", "filter", "lang", "error", "message", "name", "file", "path", "id")
SOWER = "a member who sows"
READER = "a member who only reads"
SOWING_ADMIN = "an administrator who sows"


@dataclass(frozen=True, slots=True)
class Heard:
    """One request of the sowing with its answer.

    Arguments:
        person: who sent it.
        request, answer: what went over the wire.
    """

    person: Person
    request: Request
    answer: Answer

    @property
    def sent(self) -> set[int]:
        """The numbers of the words that this very request carried."""
        carried = " ".join([self.request.path, *self.request.headers.values(), self.request.body.decode("latin-1")])
        return {int(found[1]) for found in MARK.finditer(carried)}


@dataclass
class Sown:
    """What came of the sowing.

    Arguments:
        words: what was planted where.
        heard: every request with its answer.
        people: who took part, by name.
        twins: the people of the run at other browsers, for what only they may see.
        taken: the numbers of words that the app took, and did not refuse.
        forms: the forms that were sent, as they were sent with ordinary words, with who sent them.
        typed_at: the numbers of words, with the way whose form they were typed into.
    """

    words: Words = field(default_factory=Words)
    heard: list[Heard] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)
    twins: dict[str, Person] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)
    forms: list[tuple[Person, Way, Form, dict[str, str]]] = field(default_factory=list)
    typed_at: dict[int, Way] = field(default_factory=dict)

    def where(self, number: int) -> str:
        """What a word was planted in."""
        return self.words.planted.get(number, "some field")


class Recorder:
    """A line that remembers what went over it."""

    def __init__(self, line: Line, kept: list[Heard]) -> None:
        self.line, self.kept = line, kept
        self.chooses_address = line.chooses_address
        self.person: Person | None = None

    def send(self, request: Request) -> Answer:
        """Send it, and remember it."""
        answer = self.line.send(request)
        if self.person is not None:
            self.kept.append(Heard(self.person, request, answer))
        return answer


def recorded(person: Person, kept: list[Heard]) -> Person:
    """The person, with everything that they send remembered."""
    line = Recorder(person.line, kept)
    line.person = person
    person.line = line
    return person


def sown(scene: Scene) -> Sown:
    """What came of the sowing in this scene; done at the first call, and remembered."""
    if scene.sown is None:
        scene.sown = _sow(scene)
    return scene.sown


def _sow(scene: Scene) -> Sown:
    made = Sown()
    made.people[VISITOR] = recorded(scene.visitor, made.heard)
    if scene.host is not None and not scene.only_reading:
        roles = {role for way in scene.ways.all for group in way.roles for role in group} | {ADMIN_ROLE}
        for name, account, theirs in (
            (SOWER, "sower", frozenset()),
            (READER, "reader", frozenset()),
            (SOWING_ADMIN, "sower-admin", frozenset(roles)),
        ):
            made.people[name] = _somebody(scene, made, name, f"prove-{account}", theirs)
    _walk(scene, made)
    _ask(scene, made)
    return made


def _somebody(scene: Scene, made: Sown, name: str, account: str, roles: frozenset[str]) -> Person:
    password = f"{PASSPHRASE} {account}"
    assert scene.host is not None  # nosec B101
    scene.remember(password, f"the password of {name}")
    scene.ids[name] = scene.host.add_account(account, password, roles)
    person = Person(name, scene.line, account=account, password=password, roles=roles, address=scene.new_address())
    person.sign_in()
    return recorded(person, made.heard)


def _walk(scene: Scene, made: Sown) -> None:
    """Sow as one after the other, then read as everybody."""
    filling = HostileFilling(made.words)
    own = replace(scene, filling=filling, samples=[], pages=[], people=made.people, uncovered={}, gathered=[])
    sower = Sower(own, made, filling, avoid=scene.ids.values())
    makers = [made.people[name] for name in (SOWER, SOWING_ADMIN, VISITOR) if name in made.people]
    for _ in range(_ROUNDS):
        before = sower.sent
        for person in makers:
            sower.walk(person, creating=not scene.only_reading)
        if sower.sent == before:
            break
    for person in made.people.values():
        sower.walk(person, creating=False)


class Sower(Survey):
    """Walks through the app as the survey does, and sends each form once with hostile words."""

    def __init__(self, scene: Scene, made: Sown, filling: HostileFilling, avoid: Iterable[str]) -> None:
        super().__init__(scene, avoid)
        self.made, self.filling = made, filling
        self._sent: set[tuple[str, frozenset[str]]] = set()

    @property
    def sent(self) -> int:
        """How many forms were sown so far."""
        return len(self._sent)

    def _may_open(self, way: Way | None, path: str, person: Person, seen: Counter[Way]) -> bool:
        if way is None or way.path in _SKIPPED or self._is_avoided(path) or not self._admits(way, person):
            return False
        seen[way] += 1
        return seen[way] <= _OBJECTS

    def _take(self, person: Person, form: Form, page: Page, *, creating: bool) -> list[str]:
        way = self.scene.ways.find(form.method, form.action)
        if not creating or way is None or form.foreign or self._is_avoided(form.action):
            return []
        if not self._admits(way, person) or (way.public and person.account) or not way.writes:
            return []
        key = (str(way), frozenset(one.name for one in form.fields))
        if key in self._sent or Sample(way, form.action, person).ends_something:
            return []
        self._sent.add(key)
        return self._sow(person, way, form, page)

    def _sow(self, person: Person, way: Way, form: Form, page: Page) -> list[str]:
        person.csrf_token = page.csrf_token or person.csrf_token
        home, planted = person.address, set(self.made.words.planted)
        person.address = self.scene.new_address()
        plain = {k: v for k, v in self.filling.form(form, person.password).items() if k != "csrf_token"}
        found = self._all_at_once(person, form, plain)
        for name, value in self.filling.hostile_links(form).items():
            found += self._send_fields(person, form, {**plain, name: value})
        self._awkward(person, form, plain)
        self.made.typed_at |= dict.fromkeys(set(self.made.words.planted) - planted, way)
        self.made.forms.append((person, way, form, plain))
        person.address = home
        return found

    def _all_at_once(self, person: Person, form: Form, plain: Mapping[str, str]) -> list[str]:
        """Every word in one form; where that is refused, one after the other, so that each gets as far as it can."""
        found: list[str] = []
        hostile: dict[str, str] = {}
        boxes = {k: v for k, v in self.filling.form(form, person.password, generous=True).items() if k not in plain}
        boxes.pop("csrf_token", None)
        for most, ticked in ((_LONG, {}), (_SHORT, {}), (_SHORT, boxes)):
            hostile = self.filling.hostile(form, most)
            if not hostile or (ticked is boxes and not boxes):
                continue
            if found := self._send_fields(person, form, {**plain, **ticked, **hostile}):
                return found + (self._ticked(person, form, {**plain, **boxes}) if boxes and not ticked else [])
        for name in list(hostile)[:_FIELDS] if len(hostile) > 1 else []:
            picture = self.made.words.picture(f"the field {name} of {form.method} {form.action}")
            for word in (self.filling.hostile(form, _SHORT)[name], picture):
                found += self._send_fields(person, form, {**plain, **boxes, name: word})
        return found or self._send_fields(person, form, {**plain, **boxes})

    def _ticked(self, person: Person, form: Form, plain: Mapping[str, str]) -> list[str]:
        """The same with every box ticked, as one that shares what was typed."""
        return self._send_fields(person, form, {**plain, **self.filling.hostile(form, _SHORT)})

    def _awkward(self, person: Person, form: Form, plain: Mapping[str, str]) -> None:
        """Each field once with what its form would never send; and the whole form empty."""
        turn = len(self._sent)
        for number, one in enumerate(form.fields[:_FIELDS]):
            if one.name == "csrf_token" or one.type == "password":
                continue
            value = AWKWARD[(turn + number * 5) % len(AWKWARD)]
            if is_typed(one):
                value = "x" * 5000 if number % 2 else value
            elif plain.get(one.name, "").isdecimal():
                # What names an object by its number always gets to see what is none, whichever turn it is.
                self._send_fields(person, form, {**plain, one.name: "'"})
            self._send_fields(person, form, {**plain, one.name: value})
        self._send_fields(person, form, {})

    def _send_fields(self, person: Person, form: Form, fields: Mapping[str, str]) -> list[str]:
        request = form_request("POST", form.action, {"csrf_token": person.csrf_token, **fields})
        try:
            answer = person.browse(replace(request, method=form.method))
        except NoAnswer:
            return []
        if not came_in(answer):
            return []
        sent = " ".join(fields.values())
        self.made.taken |= {int(one[1]) for one in MARK.finditer(sent)}
        return [answer.header("location") or form.page]


def _ask(scene: Scene, made: Sown) -> None:
    """Hostile words in the query, the parameters of the path, and the headers that pages tend to show."""
    asked: set[Way] = set()
    names: dict[Way, list[str]] = {}
    for sample in scene.samples_of("GET"):
        names.setdefault(sample.way, []).extend(name for name, _ in parse_qsl(sample.path.partition("?")[2], True))
    for sample in [one for one in scene.samples_of("GET") if one.renew is None]:
        if sample.way in asked or len(asked) > _QUERIES or sample.way.path in _SKIPPED:
            continue
        asked.add(sample.way)
        person = sower_for(made, sample)
        for request in _questions(made.words, sample, names[sample.way]):
            try:
                person.browse(request)
            except NoAnswer:
                continue


def sower_for(made: Sown, sample: Sample) -> Person:
    """Somebody of the sowing; for somebody's own object, that person at another browser."""
    sower = made.people.get(SOWING_ADMIN, made.people[VISITOR])
    if not sample.person.account:
        return made.people[VISITOR]
    if not sample.way.parameters and not sample.person.is_program:
        return sower
    name = sample.person.name
    if name not in made.twins:
        made.twins[name] = recorded(sample.person.twin(name), made.heard)
    return made.twins[name]


def _questions(words: Words, sample: Sample, names: Iterable[str]) -> list[Request]:
    path = sample.path.partition("?")[0]
    word = words.word(f"the query of {sample.way}", _LONG)
    headers = {name: words.word(f"the header {name} of {sample.way}", _SHORT) for name in ("User-Agent", "Referer")}
    asked = [Request("GET", f"{path}?{urlencode(dict.fromkeys([*names, *USUAL], word))}", headers)]
    values = sample.way.read(path) or {}
    for name in values:
        planted = quote(words.word(f"the parameter {name} of {sample.way}", _SHORT), safe="")
        for value in (planted, "9" * 30, "%00", "-1"):
            if (changed := sample.way.at({**values, name: value})) is not None:
                asked.append(Request("GET", changed))
    return asked
