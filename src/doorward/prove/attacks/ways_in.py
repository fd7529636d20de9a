"""Every way in: that there is none besides the documented ones, and none that asks for less than the account does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from doorward.prove.attack import Attack, Outcome, Try, held, untried, won
from doorward.prove.attacks.codes import is_in
from doorward.prove.authenticator import Authenticator
from doorward.prove.entrances import ENTRANCES
from doorward.prove.person import Person
from doorward.prove.sample import Sample, came_in, described
from doorward.prove.scene import NotHere, Scene
from doorward.prove.stories.by_provider import arrive, come_back, left, liar_of, links
from doorward.prove.stories.factors import holder
from doorward.prove.stories.passkeys import made_for, with_passkey
from doorward.prove.stories.passwords import at_reset, took
from doorward.prove.stories.telling import host_of, somebody, stranger
from doorward.prove.wire import Request

_BACK = "GET /login/oidc/<key>/callback"
_PASSKEY = "POST /login/passkey"
_TOKEN = "POST /login/token"  # nosec B105  # (a way)
_RESET = "POST /reset/<code>"


def undocumented(scene: Scene) -> Iterator[Try]:
    """Every way that is for everybody and is no documented way in, as a visitor: who is it afterwards?"""
    if not is_in(somebody(scene, "signs in as documented")):
        yield untried("a documented way opened nothing either", "POST /login")
        return
    for sample in list(scene.samples_of()):
        if not sample.way.public or str(sample.way) in ENTRANCES or sample.person.is_program:
            continue
        where = str(sample.way)
        visitor, request = _after(scene, sample)
        if visitor is None:
            continue
        if is_in(visitor):
            yield won(f"{where} signs somebody in, and is no documented way in.", where, described(visitor, request))
        else:
            yield held(where)
    used = {str(sample.way) for sample in scene.samples_of()} | set(scene.closed)
    for way in scene.ways.all:
        if str(way) in ENTRANCES and scene.is_about(way) and str(way) not in used:
            yield untried("this documented way in was not used in this run", str(way))


def _after(scene: Scene, sample: Sample) -> tuple[Person | None, Request]:
    """Somebody who has just used this way as a visitor; nobody, where only somebody with an account did."""
    if sample.renew is not None:  # it was made ready and used a moment ago, by somebody of its own
        return (None if sample.person.account else sample.person), sample.build()
    visitor = scene.visitor
    visitor.open("/login")
    request = sample.build(csrf_token=visitor.csrf_token) if sample.fields is not None else sample.build()
    visitor.browse(request)
    return visitor, request


def _passkey(scene: Scene, owner: Person, *, verifies: bool) -> Authenticator:
    """A passkey for somebody who has just proved who they are; with or without a PIN."""
    device = Authenticator(verifies=verifies)
    answer = owner.submit("/account/factors/passkeys", made_for(scene, owner, device))
    if not came_in(answer):
        raise NotHere(f"no passkey could be made ({answer.status})")
    return device


def strength(scene: Scene) -> Iterator[Try]:
    """An account with an authenticator app, by every way in that it has: nothing opens before the app was asked for."""
    liar, owner = liar_of(scene), holder(scene, "has two factors")
    subject = f"subject-{scene.filling.text()}"
    links(scene, owner.person, subject)
    touched = _passkey(scene, owner.person, verifies=False)
    token = _token(scene, owner.person)

    def claiming_factors() -> Person:
        person = stranger(scene, "somebody whose provider claims two factors")
        come_back(person, liar.answer(left(person), subject, amr=["pwd", "otp", "mfa"], acr="2"))
        return person

    ways: dict[tuple[str, str], Callable[[], Person]] = {
        ("POST /login", "the password alone"): lambda: owner.at_second_step(scene),
        (_BACK, "a provider alone"): lambda: arrive(scene, subject),
        (_BACK, "a provider that claims factors which nobody here has listed"): claiming_factors,
        (_PASSKEY, "a passkey that verifies nobody"): lambda: with_passkey(scene, touched),
        (_TOKEN, "an access token"): lambda: token()[0],
        (_RESET, "a link to choose a password"): lambda: _by_link(scene, owner.person),
    }
    told = []
    for (where, what), enters in ways.items():
        opened = is_in(enters())
        told.append(won(f"By {what} the account opens without its second factor.", where) if opened else held(where))
    complete = arrive(scene, subject)
    complete.open("/login/factor")
    complete.submit("/login/factor", {"code": owner.codes.pop()})
    yield from _unless(told, is_in(complete), _BACK)


def _by_link(scene: Scene, owner: Person) -> Person:
    link, password = at_reset(scene, owner.account), scene.filling.passphrase()
    if took(link.choose(password)):
        owner.password = password
    return link.person


def _token(scene: Scene, owner: Person) -> Callable[[], tuple[Person, bool]]:
    """Somebody with a token of this account; and whether the token was taken."""
    scopes = frozenset(scope for way in scene.ways.all for scope in way.scopes)
    _, secret = host_of(scene).add_token(owner.account, scopes, for_person=True)
    scene.remember(secret, "the secret of a participant")

    def enters() -> tuple[Person, bool]:
        person = stranger(scene, "a participant")
        person.open("/login/token")
        answer = person.submit("/login/token", {"token": secret})
        return person, answer.status == 303

    return enters


def kept_out(scene: Scene) -> Iterator[Try]:
    """Two people who were blocked, by every way in that their accounts had a moment before."""
    host, owner = host_of(scene), somebody(scene, "is blocked")
    subject = f"subject-{scene.filling.text()}"
    links(scene, owner, subject)
    # A passkey is a second factor too, without which the provider alone would open nothing.
    with_key = somebody(scene, "is blocked with a passkey")
    device, token = _passkey(scene, with_key, verifies=True), _token(scene, owner)

    def by_password() -> bool:
        other = owner.afresh("the same person at another browser")
        other.address = scene.new_address()
        other.sign_in()
        return is_in(other)

    ways: Mapping[str, Callable[[], bool]] = {
        _BACK: lambda: is_in(arrive(scene, subject)),
        _PASSKEY: lambda: is_in(with_passkey(scene, device)),
        _TOKEN: lambda: token()[1],
    }
    before = {where: enters() for where, enters in ways.items()}
    if not is_in(owner):
        yield untried("the account was not open before either")
        return
    for one in (owner, with_key):
        host.block(scene.ids[one.account])
    for where, enters in {"POST /login": by_password, **ways}.items():
        if enters():
            yield won("A blocked account opens.", where)
        else:
            yield held(where) if before.get(where, True) else untried("it did not open before either", where)


def _unless(told: list[Try], succeeded: bool, where: str) -> Iterator[Try]:
    if succeeded:
        yield from told
        return
    yield from (one for one in told if one.outcome is Outcome.WON)
    yield untried("with both factors it did not open either", where)


_WHY = "Locks are tried where they are weakest: one way in that asks for less makes all the others worth less."
_MEND = "Sign people in by the door's own pages alone, and add no way of your own that opens a session."


def _ways(what: str, title: str, tries: str, *defences: str, on_scene: Callable[[Scene], Iterator[Try]]) -> Attack:
    return Attack(f"ways-in.{what}", title, tries, _WHY, _MEND, ("6.3.4",), defences, provider=True, on_scene=on_scene)


ATTACKS = (
    _ways("undocumented", "There is a way in that nobody has written down",
          "Every way that is for everybody, as a visitor, besides the documented ways in.",
          "documented ways in", on_scene=undocumented),
    _ways("strength", "Some ways in ask for less than the account does",
          "An account with an authenticator app, by password, provider, passkey, token and link.",
          "second step", "second factor after a provider", "second factor in listed words", "verified passkeys",
          on_scene=strength),
    _ways("kept-out", "Some ways in open accounts that are blocked",
          "Blocked accounts, by password, provider, passkey and token.",
          "blocking", "token", on_scene=kept_out),
)  # fmt: skip
