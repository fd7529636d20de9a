"""What only the app itself can get wrong: whose form it is, what reading changes, odd input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from doorward.prove.attack import Attack, Try, held, won
from doorward.prove.findings import Severity
from doorward.prove.pages import Form
from doorward.prove.person import Person
from doorward.prove.sample import Sample, came_in, described, is_refusal
from doorward.prove.scene import MEMBER, OTHER, Scene
from doorward.prove.stories.telling import somebody
from doorward.prove.ways import Way
from doorward.prove.wire import Answer, Request

_TYPED = ("text", "textarea", "search", "url", "email", "tel")
_ODD = ("o\x00dd", "odd\r\nX-Odd: 1", "o'dd\"--{{7*7}}${7}%s", "9" * 400)
_LARGE = "99999999999999999999"
_MOST = 12


def reading_changes(scene: Scene, sample: Sample) -> Iterator[Try]:
    """Read every page as who may, and compare the app's records before and after."""
    if scene.host is None or sample.way.method != "GET" or sample.renew is not None:
        return
    before = scene.host.app_records()
    request = sample.rightful()
    answer = sample.person.browse(request)
    where = str(sample.way)
    if scene.host.app_records() != before:
        yield won(f"{where} changed records of the app.", where, described(sample.person, request), answer)
    else:
        yield held(where)


def weaker_forms(scene: Scene) -> Iterator[Try]:
    """A page that demands a role, or a fresh sign-in, with a form whose own way demands less."""
    for sample in scene.samples_of():
        page = scene.ways.find("GET", sample.form.page) if sample.form is not None and sample.way.writes else None
        if page is None or not sample.way.path.startswith(page.path.rstrip("/")):
            continue
        missing = [*(page.roles - sample.way.roles), *(["fresh"] if page.fresh and not sample.way.fresh else [])]
        where = str(sample.way)
        if missing:
            yield won(f"{page} demands more than {where}, to which its form leads.", where)
        else:
            yield held(where)


def forms_of_others(scene: Scene, sample: Sample) -> Iterator[Try]:
    """Forms that only people with a role were shown, though the way demands none: sent by somebody without it."""
    other = scene.person(OTHER)
    if other is None or sample.form is None or not sample.way.writes or sample.way.roles or sample.way.public:
        return
    plain = {name for name, person in scene.people.items() if person.account and not person.roles}
    if not sample.person.roles or any(one.shown_to & plain for one in scene.samples if one.way == sample.way):
        return
    other.open("/account")
    request = sample.build(csrf_token=other.csrf_token)
    answer = other.browse(request)
    where = str(sample.way)
    if came_in(answer):
        yield won(f"{where} is shown to people with a role only, but takes it from everybody.", where,
                  described(other, request), answer)  # fmt: skip
    elif is_refusal(answer):
        yield held(where)


def _fill(scene: Scene, person: Person, form: Form, **changes: str) -> Answer:
    fields = {**scene.filling.form(form, person.password), **changes}
    return person.submit(form.action, fields)


def _making(scene: Scene) -> list[Sample]:
    """What members make: forms of ways without a parameter that lead to what was made."""
    return [
        sample
        for sample in scene.samples_of("POST")
        if sample.form is not None and sample.person.name == MEMBER and not sample.way.parameters
        and not sample.ends_something and sample.renew is None and 300 <= (sample.answer or _NOTHING).status < 400
        and not sample.path.startswith(("/account", "/admin", "/log"))
    ][:_MOST]  # fmt: skip


_NOTHING = Answer(0)


def _made(scene: Scene, person: Person, making: Sample) -> str:
    """Make one more as this person. Where it stands; empty if it could not be made."""
    _, page = person.open(making.form.page if making.form else making.path)
    form = next((one for one in page.forms if one.action == making.path and one.method == "POST"), None)
    answer = _fill(scene, person, form) if form is not None else _NOTHING
    return answer.header("location") if came_in(answer) else ""


def _forms_of(scene: Scene, person: Person, place: str) -> Iterator[tuple[Way, Form]]:
    """The forms that change what stands at this place, found there and one link further."""
    _, first = person.open(place)
    inside = [link for link in first.links if link.startswith(f"{place.rstrip('/')}/")][:_MOST]
    for page in [first, *(person.open(link)[1] for link in inside)]:
        for form in page.forms:
            way = scene.ways.find(form.method, form.action)
            if (
                way is not None
                and way.writes
                and way.parameters
                and not Sample(way, form.action, person).ends_something
            ):
                yield way, form


def numbers_in_forms(scene: Scene) -> Iterator[Try]:
    """Put the number of somebody else's object into a hidden field of the form for one's own."""
    owner, thief = somebody(scene, "owns something"), somebody(scene, "changes numbers")
    for making in _making(scene):
        theirs, mine = _made(scene, owner, making), _made(scene, thief, making)
        if not theirs or not mine:
            continue
        targets = dict(_forms_of(scene, owner, theirs))
        for way, form in _forms_of(scene, thief, mine):
            swapped = _hidden(targets[way]) if way in targets else {}
            own = _hidden(form)
            changed = {name: value for name, value in swapped.items() if own.get(name) not in (None, value)}
            if not changed:
                yield held(str(way))
                continue
            before = _told(owner, theirs)
            answer = _fill(scene, thief, form, **changed)
            if _told(owner, theirs) != before:
                yield won(f"{way} believes a hidden field which object is meant.", str(way), "", answer)
            else:
                yield held(str(way))


def _hidden(form: Form) -> dict[str, str]:
    return {one.name: one.value for one in form.fields if one.type == "hidden" and one.name != "csrf_token"}


def _told(person: Person, place: str) -> list[str]:
    """What a page says, without what differs every time."""
    answer, page = person.open(place)
    token = person.csrf_token
    lines = answer.text.replace(token, "").splitlines() if token else answer.text.splitlines()
    return [line for line in lines if "nonce=" not in line and "csrf" not in line] + page.headings


def odd_input(scene: Scene, sample: Sample) -> Iterator[Try]:
    """Odd texts in every field that is typed into, and numbers that no database keeps: never an unexpected error."""
    if sample.renew is not None or sample.person.is_program or sample.ends_something:
        return
    for what, request in _odd_requests(sample):
        answer = sample.person.browse(request)
        where = str(sample.way)
        if answer.status >= 500:
            yield won(f"{where} broke on {what}.", where, described(sample.person, request), answer)
        else:
            yield held(where)


def _odd_requests(sample: Sample) -> Iterator[tuple[str, Request]]:
    path, _, query = sample.path.partition("?")
    if sample.fields is not None and sample.form is not None and sample.request is None:
        names = [one.name for one in sample.form.fields if one.type in (*_TYPED, "select", "hidden", "radio")]
        names = [name for name in names if name != "csrf_token"]
        passwords = any(one.type == "password" for one in sample.form.fields)  # never change one by accident
        # What may be done a few times an hour shall be left to who may do it.
        for odd in () if passwords or not names else (" ".join(_ODD),) if sample.way.limits else _ODD:
            changes = {**dict.fromkeys(names, odd), "csrf_token": sample.person.csrf_token}
            yield "odd texts in its fields", sample.build(**changes)
    elif sample.way.method == "GET" and query:
        for odd in ("o%00dd", "o%27dd%22", "o%0D%0Add", "9" * 400):
            pairs = "&".join(f"{pair.partition('=')[0]}={odd}" for pair in query.split("&"))
            yield "an odd query", Request("GET", f"{path}?{pairs}")
    values = sample.way.read(path) or {}
    numbers = {name: _LARGE for name, value in values.items() if value.isdecimal()}
    larger = sample.way.at({**values, **numbers}) if numbers else None
    if larger is not None:
        built = sample.rightful()
        yield "a large number in its address", replace(built, path=larger)


_WHY_OWN = "The door knows who somebody is; whose an object is, and what a form may change, only the app knows."

ATTACKS = (
    Attack(
        "app.get-writes", "Reading changes something",
        "Every page, read by who may; the app's records before and after compared.",
        "Links, pictures and browsers that look ahead read pages in people's names, and no token is asked for.",
        "Change records in a POST with a form.", ("3.5.3",), ("reading does not write",), on_sample=reading_changes),
    Attack(
        "app.weaker-form", "A form leads to a way that demands less than its page",
        "Every form, with the rules of its page and of where it leads.",
        "Who cannot open the page can still send what its form would send.",
        "Give both ways the same rule.", ("8.3.1",), ("forms as strict as pages",), on_scene=weaker_forms),
    Attack(
        "app.role-in-template", "What only some are shown, everybody may do",
        "Every form that only people with a role were shown, sent by somebody without it.", _WHY_OWN,
        "A template that leaves a button out keeps nobody out: put @access.role on the view.",
        ("8.2.1", "8.3.1"), ("role where it is shown", "forms as strict as pages"), on_sample=forms_of_others),
    Attack(
        "app.hidden-field", "A hidden field says whose object is meant",
        "The form for one's own object, with the hidden number of somebody else's.", _WHY_OWN,
        "Take the number from the address, and fetch the object through the actor.",
        ("8.2.2",), ("number from the address",), on_scene=numbers_in_forms),
    Attack(
        "app.odd-input", "Odd input makes the app break",
        "NUL, line ends, quotes, very long texts in every field and query; numbers that no database keeps.",
        "Where an app breaks on input, the input has reached something that was not made for it.",
        "Look at the log for the trace; refuse what does not fit with Invalid, and hand values as parameters.",
        ("16.5.1", "16.5.3"), ("input that is looked at", "bound parameters"),
        severity=Severity.MEDIUM, on_sample=odd_input),
)  # fmt: skip
