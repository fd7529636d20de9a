"""Attacks on who may enter: every way, tried by everybody who may not."""

from __future__ import annotations

from collections.abc import Iterator

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.person import Person
from doorward.prove.sample import Sample, came_in, described, is_refusal
from doorward.prove.scene import ADMIN, BARE_TOKEN, ENDED, MEMBER, OTHER, PROGRAM, REVOKED, VISITOR, Scene
from doorward.prove.wire import Request


def _attempt(sample: Sample, person: Person, verdict: str) -> Try:
    """Send the sample's request as somebody who must not."""
    request = _as_theirs(sample, person)
    answer = person.browse(request)
    where = str(sample.way)
    if came_in(answer):
        return won(verdict, where, described(person, request), answer)
    if is_refusal(answer):
        return held(where)
    return untried(f"the answer was {answer.status}", where)


def _as_theirs(sample: Sample, person: Person) -> Request:
    """The request with the CSRF token of who sends it, so that nothing but the rule can refuse it."""
    if sample.fields is None or sample.request is not None:
        return sample.build()
    return sample.build(csrf_token=person.csrf_token)


def as_a_visitor(scene: Scene, sample: Sample) -> Iterator[Try]:
    if sample.way.public or not sample.way.ruled:
        return
    visitor = scene.people[VISITOR]
    if sample.way.writes:
        visitor.open("/login")
    yield _attempt(sample, visitor, f"A visitor was let in at {sample.way}, which demands an account.")


def without_the_role(scene: Scene, sample: Sample) -> Iterator[Try]:
    if not sample.way.roles:
        return
    for name, person in scene.people.items():
        if person.account and not person.is_program and not sample.way.lets_in(person.roles, signed_in=True):
            yield _attempt(sample, person, f"{name.capitalize()} was let in at {sample.way}, without the role.")


def with_an_ended_session(scene: Scene, sample: Sample) -> Iterator[Try]:
    person = scene.person(ENDED)
    if person is None or sample.way.public or not sample.way.ruled:
        return
    cookies = dict(person.cookies)
    yield _attempt(sample, person, f"A session that had been ended still opened {sample.way}.")
    person.cookies = cookies


def with_a_token(scene: Scene, sample: Sample) -> Iterator[Try]:
    """Programs: with a revoked token anywhere, with a sound one where no scope is named, without the scope."""
    for name in (REVOKED, BARE_TOKEN, PROGRAM):
        person = scene.person(name)
        rightful = name == PROGRAM and bool(sample.way.scopes)
        if person is None or rightful or (sample.person.is_program and name == PROGRAM):
            continue
        if name != REVOKED and sample.way.public:
            continue
        person.address = scene.new_address()  # refused tokens count, and the limit is not what is tried here
        yield _attempt(sample, person, f"{name.capitalize()} opened {sample.way}.")


def not_fresh(scene: Scene, sample: Sample) -> Iterator[Try]:
    if not sample.way.fresh or scene.host is None or sample.person.name not in scene.ids:
        return
    scene.host.make_stale(scene.ids[sample.person.name])
    yield _attempt(sample, sample.person, f"{sample.way} let in somebody who had not signed in for hours.")
    sample.person.prove_again()


def anothers_object(scene: Scene, sample: Sample) -> Iterator[Try]:
    """What one member made, tried by another who never came across it."""
    if sample.person.name != MEMBER or not sample.way.parameters or sample.way.public:
        return
    other = scene.people[OTHER]
    if OTHER in sample.shown_to:
        return
    if sample.way.writes and sample.form is not None:
        other.open("/account")
    yield _attempt(
        sample, other, f"Another member was let in at {sample.way} of what somebody else made and never showed."
    )


def whom_the_app_refuses(scene: Scene, sample: Sample) -> Iterator[Try]:
    """Whom a rule of the app's own keeps out, as its examples say; the door would let them in."""
    del scene
    for person in sample.never:
        if sample.way.writes and person.account and not person.is_program:
            person.read_token()
        verdict = f"{person.name.capitalize()} was let in at {sample.way}, which the app's own rules forbid them."
        yield _attempt(sample, person, verdict)


def unknown_methods(scene: Scene) -> Iterator[Try]:
    """Methods that no way has, at every path: an answer other than a refusal is a way without a rule."""
    admin = scene.person(ADMIN) or scene.visitor
    for path in sorted({sample.path.partition("?")[0] for sample in scene.samples_of()}):
        known = scene.ways.methods_at(path)
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "DOORWARD"):
            if method in known or method == "CONNECT":
                continue
            request = Request(method, path, {"X-CSRF-Token": admin.csrf_token, "Sec-Fetch-Site": "same-origin"})
            answer = admin.send(request)
            if answer.status < 400 and not 300 <= answer.status < 400:
                yield won(f"{method} {path} was answered, but no rule names it.", path, request, answer)
            else:
                yield held(path)


_WHY_ROLE = "Who may enter is the first thing that an app must get right; one way left open opens what lies behind it."
_MEND_ROLE = "See that the rule of this way says who may enter, and that nothing before the door answers for it."

ATTACKS = (
    Attack(
        id="access.visitor",
        title="Visitors enter where an account is demanded",
        tries="Every way that demands an account, as somebody without one.",
        why=_WHY_ROLE,
        mend=_MEND_ROLE,
        asvs=("8.2.1", "8.3.1", "7.2.1"),
        defences=("rule",),
        on_sample=as_a_visitor,
    ),
    Attack(
        id="access.role",
        title="People enter without the role that is demanded",
        tries="Every way that demands a role, as everybody who lacks it.",
        why=_WHY_ROLE,
        mend=_MEND_ROLE,
        asvs=("8.2.1", "8.3.1"),
        defences=("rule", "role"),
        on_sample=without_the_role,
    ),
    Attack(
        id="access.ended-session",
        title="A session opens the app after it was ended",
        tries="Every way that demands an account, with the cookie of a session that an administrator ended.",
        why="Ending a session is what one does when a device is lost; if the cookie still works, the finder is in.",
        mend="Look sessions up on the server at every request, and do not cache what was found.",
        asvs=("7.4.1", "7.4.2", "7.4.5", "7.2.1"),
        defences=("session lookup", "session end with the account", "rule"),
        on_sample=with_an_ended_session,
    ),
    Attack(
        id="access.token",
        title="Tokens open more than their scopes",
        tries="Every way with a revoked token; every way that names no scope, and those with scopes, without them.",
        why="A token lies in scripts and on other machines; it must open what it was made for, until it is revoked.",
        mend="Name scopes on ways that programs use, with @access.scope, and nothing else for them.",
        asvs=("8.2.1", "9.2.2", "7.4.1"),
        defences=("token", "scope", "rule"),
        on_sample=with_a_token,
    ),
    Attack(
        id="access.fresh",
        title="Dangerous actions do not ask to sign in again",
        tries="Every way with the rule `fresh`, in a session that is hours old.",
        why="Whoever finds an open browser could change the password, the factors, or who may enter.",
        mend="Keep @access.fresh on what changes who somebody is, or what they may do.",
        asvs=("7.5.1", "7.5.2", "6.2.3"),
        defences=("fresh", "rule"),
        on_sample=not_fresh,
    ),
    Attack(
        id="access.owner",
        title="People reach what belongs to others",
        tries="Every object that one member made and another never came across, as the other.",
        why="Numbers in addresses are easily guessed; only asking whose the object is keeps it apart.",
        mend="Fetch records through the actor: what one may not see does not exist for them (404).",
        asvs=("8.2.2", "8.2.3"),
        defences=("owner",),
        on_sample=anothers_object,
    ),
    Attack(
        id="access.own-rules",
        title="People do what the app's own rules forbid them",
        tries="Every request of an example that names who must be refused it, as each of those.",
        why="Roles in a team, and that nobody approves their own work, are known to the app alone.",
        mend="Ask the rule where the change is made, in the same transaction, and not only where the button is shown.",
        asvs=("2.3.1", "8.2.1", "8.2.3"),
        defences=("owner",),
        on_sample=whom_the_app_refuses,
    ),
    Attack(
        id="access.methods",
        title="Methods without a rule are answered",
        tries="Every path with each method that no way names, as an administrator with a CSRF token.",
        why="A method nobody thought of is a way nobody guards; TRACE also shows what proxies added.",
        mend="Let the framework refuse methods that no way names, with 405.",
        asvs=("13.4.4", "3.5.3", "8.2.1"),
        defences=("methods",),
        bare=True,
        on_scene=unknown_methods,
    ),
)
