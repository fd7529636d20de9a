"""Opening live streams: of what one may not see, from other sites, too many, and without a required factor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from doorward.prove.airing import Air, Aired, all_roles, on_air, topics_on
from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.attacks.guessing import readable
from doorward.prove.attacks.streams import SOON, heard_by, listener
from doorward.prove.findings import Severity
from doorward.prove.listening import Ear
from doorward.prove.person import Person
from doorward.prove.scene import ADMIN_ROLE, NotHere, Scene
from doorward.prove.stories.factors import holder
from doorward.prove.stories.telling import somebody
from doorward.prove.wire import Answer

#: More streams than this are not opened to reach a cap.
_MOST = 60
_FACTORS = "/admin/security/factors"


def unseen(scene: Scene) -> Iterator[Try]:
    """Whom no page tells of a stream asks for it, for one that is not there, and for one of an unknown kind."""
    air = on_air(scene)
    for kind in air.silent:
        yield untried("no page names one on which something could be made to happen", f"stream {kind}")
    for person in (scene.visitor, somebody(scene, "listens at doors")):
        person.open("/login")
        for one in air.aired:
            if one.topic in topics_on(person.open(one.page)[0].text):
                continue  # the page is theirs, and so is what it listens to
            kind, _, key = one.topic.partition(":")
            made_up = f"{kind}:{'9' * 9 if key.isdigit() else 'nothing-of-this-name'}"
            seen, *others = (air.answer_to(person, topic) for topic in (one.topic, made_up, "prove.nothing:1"))
            if not air.lets_in(air.owner, one.topic):
                yield untried("nobody may open it", one.where)
            elif seen.status == 200:
                yield won(
                    f"{person.name} hears a stream of which the page does not tell them.", one.where, one.page, seen
                )
            elif all(_alike(seen, other) for other in others):
                yield held(one.where)
            else:
                yield won("The refusal tells that there is such a stream.", one.where, "", seen)
            yield from _beside(air, person, one.topic)


def _alike(one: Answer, other: Answer) -> bool:
    same_headers = {key for key, _ in one.headers} == {key for key, _ in other.headers}
    return one.status == other.status and same_headers and readable(one) == readable(other)


def _beside(air: Air, person: Person, topic: str) -> Iterator[Try]:
    """The same, asked for together with what is allowed."""
    allowed = [one.topic for one in air.aired if one.topic != topic and air.lets_in(person, one.topic)]
    if not allowed:
        return
    where = f"stream {topic.partition(':')[0]}"
    with air.ear_of(person, *allowed, topic) as ear:
        if topic in ear.topics:
            yield won("Beside streams that one may hear it was opened.", where, "", ear.answer)
        else:
            yield held(where) if ear.topics else untried("what is allowed was not opened either", where)


def foreign(scene: Scene) -> Iterator[Try]:
    """A page of another site opens a stream with the browser of somebody who may hear it."""
    air = on_air(scene)
    assert scene.place is not None  # nosec B101
    own = {"Origin": f"http://{scene.place.header}"}
    for one in air.aired:
        if air.answer_to(air.owner, one.topic, own).status != 200:
            yield untried("its own site could not open it either", one.where)
            continue
        for said in (
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
        ):
            answer = air.answer_to(air.owner, one.topic, said)
            if answer.status == 200:
                yield won("A page of another site opened a stream.", one.where, said, answer)
            else:
                yield held(one.where)


class _Crowd:
    """Many streams at once, opened one after the other by browser after browser."""

    def __init__(self, scene: Scene, air: Air, stack: ExitStack) -> None:
        self.scene, self.air = scene, air
        self._stack = stack
        self.ears: list[Ear] = []
        self._network = scene.new_address().rsplit(".", 1)[1]
        self._hosts = iter(range(1, 1_000))

    def inside(self) -> str:
        """Another address of one network of IPv6."""
        return f"2001:db8:57:{int(self._network):x}::{next(self._hosts):x}"

    def opens(self, person: Person, address: str) -> bool:
        """Does one more stream of this browser open, from this address? It stays open."""
        person.address = address
        ear = self._stack.enter_context(self.air.ear_of(person))
        if ear.is_open:
            self.ears.append(ear)
        return ear.is_open

    def browser_of(self, owner: Person) -> Person:
        """Another browser of the same person."""
        other = owner.afresh(owner.name)
        other.address = self.scene.new_address()
        other.sign_in()
        return self.air.tuned_in(other)

    def fill(self, owner: Person, many: int, *, inside: bool) -> Person:
        """Let the browsers of somebody hold so many streams, none more than it may. The last one."""
        browser, each = owner, self.scene.facts.streams_per_browser
        for number in range(many):
            if number % each == 0:
                browser = self.browser_of(owner)
            if not self.opens(browser, self.inside() if inside else self.scene.new_address()):
                raise NotHere(f"only {number} of {many} streams could be opened")
        return browser


def capped(scene: Scene) -> Iterator[Try]:
    """As many streams as a browser, an account and a network may hold, and one more; whether the first still live."""
    air, facts = on_air(scene), scene.facts
    if not scene.line.chooses_address or facts.streams_per_account + facts.streams_per_address > _MOST:
        yield untried("it would take too many streams, or addresses")
        return
    with ExitStack() as stack:
        crowd = _Crowd(scene, air, stack)
        control = stack.enter_context(air.ear_of(air.owner))
        greedy = _somebody(scene, "opens many pages")
        first = crowd.fill(greedy, min(facts.streams_per_browser, facts.streams_per_account), inside=False)
        yield _refused(crowd.opens(first, scene.new_address()), "a browser")
        more = facts.streams_per_account - len(crowd.ears)
        last = crowd.fill(greedy, more, inside=False) if more > 0 else first
        yield _refused(crowd.opens(crowd.browser_of(last), scene.new_address()), "an account")
        others = facts.streams_per_address
        while others > 0:
            some = min(others, facts.streams_per_account - 1)
            last = crowd.fill(_somebody(scene, "sits among many"), some, inside=True)
            others -= some
        yield _refused(crowd.opens(crowd.browser_of(last), crowd.inside()), "a network")
        if not crowd.opens(crowd.browser_of(last), scene.new_address()):
            yield untried("from elsewhere it was not opened either", "a network")
        yield from _all_live(air, crowd, control)


def _somebody(scene: Scene, what: str) -> Person:
    return somebody(scene, what, *all_roles(scene), sign_in=False)


def _refused(opened: bool, whose: str) -> Try:
    return won(f"One stream more than {whose} may hold was opened.", whose) if opened else held(whose)


def _all_live(air: Air, crowd: _Crowd, control: Ear) -> Iterator[Try]:
    heard = heard_by(air, control, *crowd.ears[:1])
    if not heard:
        yield untried("nothing came to anybody", "the others")
        return
    one = heard[0]
    pushed_out = [ear for ear in crowd.ears if not ear.hears(one.topic, one.kind, SOON)]
    if pushed_out:
        yield won(f"{len(pushed_out)} streams were pushed out by others.", "the others")
    else:
        yield held("the others")


def owing(scene: Scene) -> Iterator[Try]:
    """A second factor is required of everybody while somebody without one listens; they ask anew, others half in."""
    air, admin = on_air(scene), holder(scene, "requires factors", ADMIN_ROLE).person
    person, half = listener(scene, air, "has no factor"), holder(scene, "is half in", *all_roles(scene))
    visitor = air.tuned_in(scene.visitor)
    private = [one for one in air.aired if air.lets_in(person, one.topic) and not air.lets_in(visitor, one.topic)]
    if not private:
        yield untried("every stream is open to visitors")
        return
    yield from _kept_out(air, air.tuned_in(half.at_second_step(scene)), private)
    with air.ear_of(person) as ear, air.ear_of(air.owner) as control:
        admin.open("/admin/security")
        try:
            if not heard_by(air, ear, control) or admin.submit(_FACTORS, {"of": "member"}).status != 303:
                yield untried("it could not be required")
                return
            yield from _kept_out(air, person, private)
            if not ear.is_over(scene.facts.streams_end_within):
                yield won("A stream that was open before stayed open.", "a stream that was open")
            else:
                still = control.is_open and air.lets_in(air.owner, private[0].topic)
                where = "a stream that was open"
                yield held(where) if still else untried("with a factor it was not open either", where)
        finally:
            admin.submit(_FACTORS, {"of": ""})


def _kept_out(air: Air, person: Person, private: Sequence[Aired]) -> Iterator[Try]:
    for one in private:
        answer = air.answer_to(person, one.topic)
        if answer.status == 200:
            yield won(f"{person.name} opened a stream without the factor.", one.where, "", answer)
        else:
            yield held(one.where)


_WHY = "A stream tells as much as the page that listens to it, for as long as it is open."
_MEND = "Register each kind of stream with `@topic`, and let its function answer True for those who may hear it alone."


def _opening(what: str, title: str, tries: str, asvs: tuple[str, ...], *defences: str, **more: object) -> Attack:
    values: dict[str, object] = {"why": _WHY, "mend": _MEND, **more}
    return Attack(f"streams.{what}", title, tries, asvs=asvs, defences=defences, **values)  # type: ignore[arg-type]


ATTACKS = (
    _opening("unseen", "Streams of what one may not see open, or tell that it is there",
             "Every stream, for those whom no page tells of it: alone, beside others, and compared with made-up ones.",
             ("8.2.2", "8.3.1"), "who may listen", "unseen streams", on_scene=unseen),
    _opening("foreign", "Pages of other sites open streams",
             "Every stream, as a browser asks for it on behalf of another site, in four ways.",
             ("4.4.2", "3.5.1"), "own pages only", on_scene=foreign,
             mend="Leave streams to the door: `/live` looks at where a request comes from."),
    _opening("caps", "One person, or one place, can hold all streams",
             "One stream more than a browser, an account, and a network of IPv6 with ever new addresses may hold.",
             ("2.4.1", "15.3.4"), "caps of streams", "networks", on_scene=capped, severity=Severity.MEDIUM,
             why="Places for streams are few; whoever holds all of them keeps everybody else's pages still.",
             mend="Leave `live_per_browser`, `live_per_account` and `live_per_address` as they are, or smaller."),
    _opening("factor", "Streams go around a second factor that is required",
             "Streams of somebody without a factor, open and asked for anew, and of somebody after the password alone.",
             ("6.3.3",), "required factors", "second step", "cut with the session", "cut with the account",
             "looking after streams", on_scene=owing,
             mend="Leave streams to the door: who owes a factor is a visitor there."),
)  # fmt: skip
