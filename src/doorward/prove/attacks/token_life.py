"""Access tokens at the end of their life: expired, replaced by another secret; and made without a required factor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.person import Person
from doorward.prove.scene import ADMIN_ROLE, NotHere, Scene
from doorward.prove.stories.factors import holder
from doorward.prove.stories.telling import host_of, somebody, stranger
from doorward.prove.wire import Answer, Request, form

_TOKENS = "/account/tokens"
_NEW = f"{_TOKENS}/new"
_FACTORS = "/admin/security/factors"
_SIGN_IN = "/login/token"
_SECRET = re.compile(r"\bdw_\w{20,}")
_DAY = 24.0


@dataclass(slots=True)
class _Token:
    """A token that somebody owns, with where it opens something.

    Arguments:
        path: of a way that takes tokens.
        for_person: whether somebody may sign in with it; a program sends it otherwise.
    """

    scene: Scene
    number: int
    path: str
    for_person: bool

    @property
    def where(self) -> str:
        return f"POST {_SIGN_IN}" if self.for_person else f"GET {self.path}"

    def works(self, secret: str) -> bool:
        """Does this secret open something to somebody new?"""
        if self.for_person:
            return self.opens(self.signed_in(secret))
        return self.opens(Person("a program", self.scene.line, token=secret, address=self.scene.new_address()))

    def signed_in(self, secret: str) -> Person:
        """Somebody who has typed the secret into the page for it."""
        person = stranger(self.scene, "a participant")
        person.open(_SIGN_IN)
        person.submit(_SIGN_IN, {"token": secret})
        return person

    def opens(self, person: Person) -> bool:
        """Are they somebody here? A page that takes tokens opens, or offers to sign out."""
        if person.is_program:
            return person.browse(Request("GET", self.path)).status == 200
        return any(one.action == "/logout" for one in person.open(_SIGN_IN)[1].forms)


def _scopes(scene: Scene) -> frozenset[str]:
    return frozenset(scope for way in scene.ways.all for scope in way.scopes)


def _made(scene: Scene, owner: Person, *, for_person: bool) -> tuple[_Token, str]:
    """A new token of the owner, and its secret.

    Errors:
        NotHere: no way takes tokens.
    """
    paths = [way.path for way in scene.ways.all if way.scopes and not way.parameters and not way.writes]
    if not paths:
        raise NotHere("no way takes tokens")
    number, secret = host_of(scene).add_token(owner.account, _scopes(scene), for_person=for_person)
    scene.remember(secret, "the secret of a token")
    return _Token(scene, number, paths[0], for_person), secret


def expired(scene: Scene) -> Iterator[Try]:
    """The token of a program, and one for a person with a session that it has opened, a year later."""
    owner = somebody(scene, "has old tokens")
    for for_person in (False, True):
        token, secret = _made(scene, owner, for_person=for_person)
        session = token.signed_in(secret)
        if not token.works(secret):
            yield untried("it did not work when it was new either", token.where)
            continue
        host_of(scene).age_token(token.number, hours=365 * _DAY)
        yield won("An expired token works.", token.where) if token.works(secret) else held(token.where)
        if for_person:
            yield won("A session outlives its token.", token.where) if token.opens(session) else held(token.where)
        if not token.works(_made(scene, owner, for_person=for_person)[1]):
            yield untried("a new one did not work either", token.where)


def rotated(scene: Scene) -> Iterator[Try]:
    """The old secret of a token that got another: after the overlap of an hour, and at once where there is none."""
    owner = somebody(scene, "replaces secrets")
    for for_person in (False, True):
        token, first = _made(scene, owner, for_person=for_person)
        session = token.signed_in(first)
        second = _rotate(scene, owner, token, overlap="1")
        if not second or not token.works(first) or not token.works(second):
            yield untried("the two secrets did not work in the overlap", token.where)
            continue
        host_of(scene).age_token(token.number, hours=2)
        yield won("A secret works after its overlap.", token.where) if token.works(first) else held(token.where)
        if for_person:
            yield won("A session outlives its secret.", token.where) if token.opens(session) else held(token.where)
        third = _rotate(scene, owner, token, overlap="0")
        yield (
            won("A secret works that was replaced at once.", token.where) if token.works(second) else held(token.where)
        )
        if not token.works(third):
            yield untried("the newest secret did not work either", token.where)


def _rotate(scene: Scene, owner: Person, token: _Token, *, overlap: str) -> str:
    """Give the token another secret on the page; the secret, or nothing."""
    owner.prove_again()
    return _secret_in(scene, owner.submit(f"{_TOKENS}/{token.number}/rotate", {"days": "7", "overlap": overlap}))


def _secret_in(scene: Scene, answer: Answer) -> str:
    found = _SECRET.search(answer.text) if answer.status in (200, 201) else None
    if found is not None:
        scene.remember(found[0], "the secret of a token")
    return found[0] if found is not None else ""


def without_factor(scene: Scene) -> Iterator[Try]:
    """A token is asked for after the password alone; and by who owes a factor, on the page and with an older token."""
    if scene.ways.find("POST", _NEW) is None or not _scopes(scene):
        yield untried("no tokens are made here")
        return
    half = holder(scene, "wants a token")
    yield _given(scene, half.at_second_step(scene), "after the password alone")
    admin, owing = holder(scene, "requires factors", ADMIN_ROLE).person, somebody(scene, "owes a factor")
    token, secret = _made(scene, owing, for_person=False)
    program = Person("a program of who owes a factor", scene.line, token=secret, address=scene.new_address())
    admin.open("/admin/security")
    try:
        if admin.submit(_FACTORS, {"of": "member"}).status != 303:
            yield untried("it could not be required", f"POST {_FACTORS}")
            return
        for person in (owing, program):
            yield _given(scene, person, "though a factor was owed")
        if _rotate(scene, owing, token, overlap="1"):
            yield won("A token was renewed though a factor was owed.", f"POST {_TOKENS}/<number>/rotate")
        else:
            yield held(f"POST {_TOKENS}/<number>/rotate")
        if not _asked(scene, half.person)[0]:
            yield untried("with a factor none was given either", f"POST {_NEW}")
    finally:
        admin.submit(_FACTORS, {"of": ""})


def _given(scene: Scene, person: Person, when: str) -> Try:
    secret, answer = _asked(scene, person)
    return won(f"A token was given {when}.", f"POST {_NEW}", "", answer) if secret else held(f"POST {_NEW}")


def _asked(scene: Scene, person: Person) -> tuple[str, Answer]:
    """Ask for a token on the page: its secret, if it was given."""
    if not person.is_program:
        person.open("/account")
    fields = {"name": "a proof", "scope": sorted(_scopes(scene))[0], "days": "7", "csrf_token": person.csrf_token}
    answer = person.browse(form("POST", _NEW, fields))
    return _secret_in(scene, answer), answer


_WHY = "Who has copied a token has it for good, unless it ends by itself and can be replaced."
_MEND = "Let the door keep tokens: it looks at each request whether the secret still counts."


def _life(what: str, title: str, tries: str, asvs: tuple[str, ...], *defences: str, **more: object) -> Attack:
    values: dict[str, object] = {"why": _WHY, "mend": _MEND, **more}
    return Attack(f"tokens.{what}", title, tries, asvs=asvs, defences=defences, **values)  # type: ignore[arg-type]


ATTACKS = (
    _life("expired", "Access tokens work after their end",
          "A token of a program, one for a person, and the session that it opened, a year later.",
          ("9.2.1", "7.3.2"), "token", "token expiry", on_scene=expired),
    _life("rotated", "Secrets work after they were replaced",
          "The old secret of a token after its overlap, and one that was replaced at once; sessions that they opened.",
          ("9.2.1", "7.4.1"), "token", "token expiry", "end of replaced secrets", on_scene=rotated),
    _life("factor", "Tokens go around a second factor that is required",
          "Tokens asked for after the password alone, by who owes a factor, and with a token that was made before.",
          ("6.3.3", "7.5.1"), "required factors", "second step", "rule", on_scene=without_factor,
          why="A token that is made without the factor is a way in without it, for a year.",
          mend="Let tokens be made on the door's own pages: they ask for what is owed first."),
)  # fmt: skip
