"""Live streams whose right has ended: after signing out, being put out, losing roles, tokens and accounts.

Each time the listener hears an event first, and somebody who may goes on hearing after it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

from doorward.prove.airing import Air, Aired, all_roles, on_air
from doorward.prove.attack import Attack, Outcome, Try, held, untried, won
from doorward.prove.listening import Ear
from doorward.prove.person import Person
from doorward.prove.scene import ADMIN_ROLE, Scene
from doorward.prove.stories.telling import host_of, somebody, stranger
from doorward.prove.wire import Answer

#: How soon an event arrives, and a stream is closed that was cut, at the latest; in seconds.
SOON = 5.0
#: What is on its way when nothing has come for so long has come.
_QUIET = 0.1
_PEOPLE = "/admin/people"
_TOKENS = "/account/tokens"


def listener(scene: Scene, air: Air, what: str) -> Person:
    """Somebody new who may hear as much as anybody may."""
    return air.tuned_in(somebody(scene, what, *all_roles(scene)))


def heard_by(air: Air, *ears: Ear) -> list[Aired]:
    """Let something happen on every topic. Those of which all of these heard."""
    for ear in ears:
        ear.forget()
    carried = [one for one in air.aired if all(one.topic in ear.topics for ear in ears)]
    if carried:
        air.happen(*carried)
    return [one for one in carried if all(ear.hears(one.topic, one.kind, SOON) for ear in ears)]


def _ended(air: Air, person: Person, how: str, end: Callable[[], Answer]) -> Iterator[Try]:
    """Somebody listens, `end` takes the right away, and something happens that others hear."""
    with air.ear_of(air.owner) as control, air.ear_of(person) as ear:
        heard = heard_by(air, control, ear)
        if not heard:
            yield untried(f"{person.name} heard nothing before either", how)
            return
        ear.is_over(_QUIET)
        answer = end()
        if answer.status not in (200, 303):
            yield untried(f"it could not be done ({answer.status})", how)
            return
        yield from _nothing_more(air, how, heard, control, ear)


def _nothing_more(air: Air, how: str, heard: Sequence[Aired], control: Ear, ear: Ear) -> Iterator[Try]:
    control.forget()
    ear.forget()
    air.happen(*heard)
    for one in heard:
        if not control.hears(one.topic, one.kind, SOON):
            yield untried("nothing came to those who may hear it either", one.where)
            return
    told = set(ear.heard())
    over = ear.is_over(_QUIET if told else SOON)
    for one in heard:
        if (one.topic, one.kind) in told:
            yield won(f"Events were delivered {how}.", one.where)
        elif not over:
            yield won(f"The stream stayed open {how}.", one.where)
        else:
            yield held(one.where)


def sign_out(scene: Scene) -> Iterator[Try]:
    """By oneself, at another browser, and by choosing another password there."""
    air = on_air(scene)
    person = listener(scene, air, "signs out")
    yield from _ended(air, person, "after signing out", lambda: person.submit("/logout", {}))
    left = listener(scene, air, "left a browser open")
    other = left.afresh("the same person at another browser")
    other.sign_in()
    end_others = "/account/sessions/end-others"
    yield from _ended(air, left, "after its session was ended elsewhere", lambda: other.submit(end_others, {}))
    if left.sign_in():
        new = scene.filling.passphrase()
        fields = {"current_password": other.password, "password": new, "password_again": new}
        change = {"username": other.account, **fields}
        yield from _ended(
            air,
            air.tuned_in(left),
            "after the password was changed elsewhere",
            lambda: other.submit("/account/password", change),
        )


def put_out(scene: Scene) -> Iterator[Try]:
    """An administrator signs somebody out, blocks them, deletes them."""
    air, admin = on_air(scene), somebody(scene, "puts people out", ADMIN_ROLE)
    for act, how in (
        ("end-sessions", "after an administrator had ended the session"),
        ("block", "after its account was blocked"),
        ("delete", "after its account was deleted"),
    ):
        person = listener(scene, air, "is put out")
        path = f"{_PEOPLE}/{scene.ids[person.account]}/{act}"

        def end(path: str = path) -> Answer:
            return admin.submit(path, {})

        yield from _ended(air, person, how, end)


def roles_lost(scene: Scene) -> Iterator[Try]:
    """Somebody with every role loses them all; then asks for the streams again that only roles open."""
    air, admin = on_air(scene), somebody(scene, "takes roles", ADMIN_ROLE)
    person, plain = listener(scene, air, "loses roles"), air.tuned_in(somebody(scene, "has no roles"))
    by_role = [one for one in air.aired if air.lets_in(person, one.topic) and not air.lets_in(plain, one.topic)]
    if not by_role:
        yield untried("no stream needs a role")
        return
    path = f"{_PEOPLE}/{scene.ids[person.account]}/roles"
    tries = list(_ended(air, person, "after its listener had lost all roles", lambda: admin.submit(path, {})))
    yield from tries
    if any(one.outcome is Outcome.UNTRIED for one in tries):
        return
    person.sign_in()
    for one in by_role:
        answer = air.answer_to(air.tuned_in(person), one.topic)
        if answer.status == 200:
            yield won("Who has lost the role opened the stream again.", one.where, "", answer)
        else:
            yield held(one.where) if air.lets_in(air.owner, one.topic) else untried("nobody may open it", one.where)


def tokens(scene: Scene) -> Iterator[Try]:
    """A program, and somebody who signed in with a token, whose token is revoked, or replaced without an overlap."""
    air, owner = on_air(scene), somebody(scene, "gave tokens out")
    untold = []
    for holder in (_program, _participant):
        for act, how in (("revoke", "after its token was revoked"), ("rotate", "after its token got another secret")):
            number, person = holder(scene, air, owner)
            owner.prove_again()
            path = f"{_TOKENS}/{number}/{act}"

            def end(path: str = path) -> Answer:
                return owner.submit(path, {"days": "7", "overlap": "0"})

            tries = list(_ended(air, person, how, end))
            untold += [one for one in tries if not one.where.startswith("stream ")]
            yield from (one for one in tries if one.where.startswith("stream "))
    yield from untold[:1]


def _program(scene: Scene, air: Air, owner: Person) -> tuple[int, Person]:
    scopes = frozenset(scope for way in scene.ways.all for scope in way.scopes)
    number, secret = host_of(scene).add_token(owner.account, scopes)
    scene.remember(secret, "the secret of a token")
    return number, Person("a program", scene.line, token=secret, scopes=scopes, address=scene.new_address())


def _participant(scene: Scene, air: Air, owner: Person) -> tuple[int, Person]:
    scopes = frozenset(scope for way in scene.ways.all for scope in way.scopes)
    number, secret = host_of(scene).add_token(owner.account, scopes, for_person=True)
    scene.remember(secret, "the secret of a participant")
    person = stranger(scene, "a participant")
    person.open("/login/token")
    person.submit("/login/token", {"token": secret})
    return number, air.tuned_in(person)


def on_host(scene: Scene) -> Iterator[Try]:
    """What a command on the host ends, in another process than the one that holds the streams."""
    air, host, owner = on_air(scene), host_of(scene), somebody(scene, "gave a token out")
    out = [listener(scene, air, "is put out on the host") for _ in range(3)]
    number, participant = _participant(scene, air, owner)
    ended: list[tuple[str, Person, Callable[[], None]]] = [
        ("ended sessions", out[0], lambda: host.end_sessions(scene.ids[out[0].account])),
        ("blocked", out[1], lambda: host.block(scene.ids[out[1].account])),
        ("deleted", out[2], lambda: host.delete_account(scene.ids[out[2].account])),
        ("revoked a token", participant, lambda: host.revoke_token(number)),
    ]
    with ExitStack() as stack:
        ears = [stack.enter_context(air.ear_of(person)) for _, person, _ in ended]
        live = [bool(heard_by(air, ear)) for ear in ears]
        for _, _, end in ended:
            end()
        until = time.monotonic() + scene.facts.streams_end_within
        for (what, _, _), ear, heard in zip(ended, ears, live, strict=True):
            where = f"on the host: {what}"
            if not heard:
                yield untried("nothing was heard before either", where)
            elif ear.is_over(until - time.monotonic()):
                yield held(where)
            else:
                yield won("The stream stayed open.", where)


_WHY = "A page that is still open goes on showing what its reader may not see any more."
_MEND = "Publish with `tx.publish`, end rights by the door's own pages and commands; both cut the streams."


def _stream(what: str, title: str, tries: str, asvs: tuple[str, ...], *defences: str, **more: object) -> Attack:
    return Attack(f"streams.{what}", title, tries, _WHY, _MEND, asvs, defences, **more)  # type: ignore[arg-type]


ATTACKS = (
    _stream("sign-out", "Streams outlive signing out",
            "Streams of somebody who signs out, ends the session at another browser, or changes the password there.",
            ("7.4.1", "7.4.3", "7.5.2"), "cut with the session", "cut with the account", "session end at sign-out",
            "session end at password change", on_scene=sign_out),
    _stream("account", "Streams outlive their account",
            "Streams of people whom an administrator signs out, blocks and deletes.",
            ("7.4.2", "7.4.5"), "cut with the account", "session end with the account", on_scene=put_out),
    _stream("role", "Streams outlive the role that opened them",
            "A stream of somebody who loses all roles, and opening it again.",
            ("8.2.1", "7.4.1"), "cut with the account", "session end with the account", on_scene=roles_lost),
    _stream("token", "Streams outlive their token",
            "Streams of a program and of a participant whose tokens are revoked, or get another secret at once.",
            ("7.4.1",), "cut with the token", on_scene=tokens),
    _stream("host", "Streams outlive what the host has ended",
            "Streams of people whom a command on the host signs out, blocks and deletes; and of a token it revokes.",
            ("7.4.1", "7.4.2"), "looking after streams", "cut with the session", "cut with the account",
            "session end with the account", on_scene=on_host),
)  # fmt: skip
