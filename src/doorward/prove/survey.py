"""The survey: walk through the app as each person, and learn from its own pages how its ways are rightfully used."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

from doorward.prove.describing import describe
from doorward.prove.examples import tell_examples
from doorward.prove.pages import Form, Page
from doorward.prove.person import Person
from doorward.prove.sample import Sample, came_in
from doorward.prove.scene import ADMIN_ROLE, ENDED, OTHER, PROGRAM, SPARE, Scene
from doorward.prove.stories import tell_all
from doorward.prove.ways import Way
from doorward.prove.wire import NoAnswer, Request

#: How many different objects of one way a person looks at, and how many queries.
_OBJECTS = 2
_PAGES = 400
#: Never opened by the survey: an endless answer, and what costs the session.
_SKIPPED = ("/live",)


class Survey:
    """Walks as one person after the other. What one makes, the next may find.

    Arguments:
        scene: what is learnt goes into its samples.
        avoid: ids that must not be touched, such as those of the accounts of the run.
    """

    def __init__(self, scene: Scene, avoid: Iterable[str] = ()) -> None:
        self.scene = scene
        self._avoid = frozenset(avoid)
        self._known: dict[tuple[str, str], Sample] = {}
        self.values: dict[str, list[str]] = {}

    def walk(self, person: Person, *, creating: bool) -> None:
        """Open everything that `person` comes across, from the home page and the ways without parameters.

        Arguments:
            creating: also send the forms that make something, so that there is something to look at.
        """
        seen: Counter[Way] = Counter()
        opened: set[str] = set()
        queue = deque(self._starts(person))
        while queue and len(opened) < _PAGES:
            path = queue.popleft()
            way = self.scene.ways.find("GET", path)
            if path in opened or not self._may_open(way, path, person, seen):
                continue
            opened.add(path)
            for found in self._open(person, way, path, creating=creating):
                queue.append(found)

    @property
    def knows(self) -> tuple[int, int]:
        """How much was learnt so far: a round in which it does not grow says that another would learn nothing."""
        samples = self.scene.samples
        return len(samples), sum(bool(one.proved) for one in samples)

    def _starts(self, person: Person) -> list[str]:
        plain = [way for way in self.scene.ways.all if way.method == "GET" and not way.parameters]
        named = [way.path for way in plain if self._admits(way, person) and way.path not in _SKIPPED]
        # What is public is passed on as a link: whoever hears of it may open it.
        passed_on = [one.path for one in self.scene.samples if one.way.public and not one.way.writes]
        return ["/", *named, *passed_on]

    def _admits(self, way: Way, person: Person) -> bool:
        return self.scene.is_about(way) and way.lets_in(
            person.roles, signed_in=bool(person.account), scopes=person.scopes
        )

    def _may_open(self, way: Way | None, path: str, person: Person, seen: Counter[Way]) -> bool:
        if way is None or way.path in _SKIPPED or self._is_avoided(path) or not self._admits(way, person):
            return False
        if way.parameters or "?" in path:
            seen[way] += 1
        return seen[way] <= _OBJECTS + (1 if "?" in path else 0)

    def _is_avoided(self, path: str) -> bool:
        path = path.partition("?")[0]
        return path.startswith(tuple(self.scene.spared)) or any(one in self._avoid for one in path.split("/"))

    def _open(self, person: Person, way: Way | None, path: str, *, creating: bool) -> list[str]:
        try:
            answer, page = person.open(path)
            if answer.status == 303 and "/account/confirm" in answer.header("location") and person.prove_again():
                answer, page = person.open(path)
        except NoAnswer:
            return []
        self.scene.pages.append((person.name, path, answer.text if answer.kind.startswith("text/") else ""))
        if way is not None and came_in(answer):
            self._note(Sample(way, path, person), person)
        found = [*page.links, *([answer.header("location")] if 300 <= answer.status < 400 else [])]
        for form in page.forms:
            found += self._take(person, form, page, creating=creating)
        return found

    def _take(self, person: Person, form: Form, page: Page, *, creating: bool) -> list[str]:
        """Note a form; and send it, if it makes something."""
        way = self.scene.ways.find(form.method, form.action)
        if way is None or form.foreign or self._is_avoided(form.action) or not self._admits(way, person):
            return []
        fields = self.scene.filling.form(form, person.password)
        files = self.scene.filling.files(form)
        fields.pop("csrf_token", None)
        if form.method == "GET":
            return [str(Request("GET", form.action + "?" + "&".join(f"{k}={v}" for k, v in fields.items())).path)]
        sample = self._note(Sample(way, form.action, person, fields=fields, files=files, form=form), person)
        left_to_visitors = way.public and bool(person.account)
        if not (creating and sample.person is person) or left_to_visitors:
            return []
        if sample.ends_something or sample.copies_something or sample.proved is not None:
            return []
        return self._send(sample, page)

    def _send(self, sample: Sample, page: Page) -> list[str]:
        if page.csrf_token:
            sample.person.csrf_token = page.csrf_token
        try:
            answer = sample.person.browse(sample.rightful())
            if 400 <= answer.status < 500 and self._tick_all(sample):
                answer = sample.person.browse(sample.rightful())
        except NoAnswer:
            return []
        sample.answer = answer
        sample.proved = came_in(answer) or None
        return [answer.header("location")] if 300 <= answer.status < 400 else []

    def _tick_all(self, sample: Sample) -> bool:
        """Some forms want at least one box ticked and cannot say which. True if there was one to tick."""
        if sample.generous or sample.form is None or not any(one.type == "checkbox" for one in sample.form.fields):
            return False
        sample.generous = True
        sample.fields = self.scene.filling.form(sample.form, sample.person.password, generous=True)
        sample.fields.pop("csrf_token", None)
        return True

    def _note(self, sample: Sample, person: Person) -> Sample:
        """Keep a sample unless there is one already; remember who came across it."""
        self._learn(sample)
        key = (str(sample), ",".join(sorted(sample.fields or {})))
        kept = self._known.get(key)
        if kept is None:
            kept = self._known[key] = sample
            self.scene.samples.append(sample)
        if kept.way.public and kept.person.account and not person.account and kept.proved is None:
            kept.person, kept.fields, kept.files, kept.form = person, sample.fields, sample.files, sample.form
        kept.shown_to.add(person.name)
        return kept

    def _learn(self, sample: Sample) -> None:
        for name, value in (sample.way.read(sample.path) or {}).items():
            values = self.values.setdefault(name, [])
            if value not in values:
                values.append(value)

    def complete(self, rightful: Iterable[Person]) -> None:
        """For ways that no page leads to: try them with what was learnt, without fields, as who may enter.

        Arguments:
            rightful: the people to choose from, the least powerful first.
        """
        people = list(rightful)
        have = {sample.way for sample in self.scene.samples}
        for way in self.scene.ways.all:
            if way in have or way.path in _SKIPPED:
                continue
            person = next((one for one in people if self._admits(way, one)), None)
            paths = [path for path in self._paths(way) if not self._is_avoided(path)]
            if person is None or not paths:
                continue
            fields: dict[str, str] | None = {} if way.writes else None
            self._note(Sample(way, paths[0], person, fields=fields), person)

    def _paths(self, way: Way) -> list[str]:
        if not way.parameters:
            return [way.path]
        known = {name: self.values[name][0] for name in way.parameters if self.values.get(name)}
        path = way.at(known)
        return [path] if path is not None else []


#: What one makes another may use: a vote needs a poll, a question in it, and that it is open.
_ROUNDS = 3


def survey(scene: Scene) -> None:
    """Learn from the app's own pages how its ways are rightfully used: as everybody, the least powerful first.

    Arguments:
        scene: with its people; its samples are found here.
    """
    touchable = {SPARE}
    walker = Survey(scene, avoid=[number for name, number in scene.ids.items() if name not in touchable])
    makers = [person for name, person in scene.people.items() if name not in (OTHER, ENDED, SPARE) and not person.token]
    makers.sort(key=lambda person: (bool(person.account), ADMIN_ROLE in person.roles))
    for _ in range(_ROUNDS):
        before = walker.knows
        for person in makers:
            walker.walk(person, creating=not scene.only_reading)
        if walker.knows == before:
            break
    if OTHER in scene.people:
        walker.walk(scene.people[OTHER], creating=False)
    programs = [scene.people[PROGRAM]] if PROGRAM in scene.people else []
    describe(scene, walker.values)
    walker.complete([*makers, *programs])
    tell_all(scene)
    tell_examples(scene)
