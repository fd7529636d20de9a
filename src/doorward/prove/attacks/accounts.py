"""Accounts: built-in ones, roles that somebody takes, being kept out, and second factors that are required."""

from __future__ import annotations

from collections.abc import Iterator

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.attacks.codes import is_in
from doorward.prove.person import Person
from doorward.prove.scene import ADMIN_ROLE, Scene
from doorward.prove.stories.factors import holder
from doorward.prove.stories.passwords import Chooser, at_join, at_register, at_reset
from doorward.prove.stories.telling import host_of, somebody, stranger
from doorward.prove.wire import Request

_BUILT_IN = (
    *(("admin", password) for password in ("admin", "password", "changeme", "doorward")),
    *((name, name) for name in ("root", "test", "guest", "demo", "doorward")),
)
_PEOPLE = "/admin/people"


def built_in(scene: Scene) -> Iterator[Try]:
    """The names and passwords with which other systems come."""
    for name, password in _BUILT_IN:
        person = stranger(scene, "somebody who knows other systems")
        person.account, person.password = name, password
        answer = person.sign_in()
        yield won(f"{name} with a password that everybody knows.", "POST /login") if answer else held("POST /login")
    if not is_in(somebody(scene, "signs in as always")):
        yield untried("nobody else could sign in either", "POST /login")


def own_account(scene: Scene) -> Iterator[Try]:
    """An administrator blocks, deletes and demotes their own account; then does it to somebody else's."""
    admin, other = somebody(scene, "rules", ADMIN_ROLE), somebody(scene, "is ruled", sign_in=False)
    for what, fields in (("roles", {"roles": "member"}), ("block", {}), ("delete", {})):
        where = f"POST {_PEOPLE}/<account_id>/{what}"
        own = admin.submit(f"{_PEOPLE}/{scene.ids[admin.account]}/{what}", fields)
        if not is_in(admin) or admin.browse(Request("GET", _PEOPLE)).status != 200:
            yield won("An administrator shut themselves out.", where, "", own)
            return
        theirs = admin.submit(f"{_PEOPLE}/{scene.ids[other.account]}/{what}", fields)
        done = theirs.status in (200, 303)
        yield held(where) if done else untried(f"it could not be done to others either ({theirs.status})", where)


def given_roles(scene: Scene) -> Iterator[Try]:
    """Join with fields that nobody offered: role, roles, status, is_admin."""
    made = [at_join(scene)]
    if scene.ways.find("POST", "/register") is not None:
        made.append(at_register(scene))
    for one in made:
        if one.person.open(one.path)[0].status != 200:
            continue
        named = ("role", "roles", "is_admin", "admin", "status", "account_id", "id")
        one.fields = dict.fromkeys(named, ADMIN_ROLE)
        answer = one.choose(scene.filling.passphrase())
        if answer.status != 303 or not is_in(one.person):
            yield untried(f"no account could be made ({answer.status})", one.way)
        elif one.person.browse(Request("GET", _PEOPLE)).status == 200:
            yield won("Somebody made themselves an administrator.", one.way, "", answer)
        else:
            yield held(one.way)


def kept_out(scene: Scene) -> Iterator[Try]:
    """A blocked account: by its password, and by a link that was made before."""
    host, owner = host_of(scene), somebody(scene, "is kept out")
    link = at_reset(scene, owner.account)
    if not is_in(owner) or link.person.open(link.path)[0].status != 200:
        yield untried("it did not work before either")
        return
    host.block(scene.ids[owner.account])
    again = owner.afresh("somebody who was blocked")
    again.address = scene.new_address()
    yield won("A blocked account signs in.", "POST /login") if again.sign_in() else held("POST /login")
    yield _closed(link)


def _closed(link: Chooser) -> Try:
    if link.person.open(link.path)[0].status == 200:
        return won("A link for a blocked account still works.", link.way)
    return held(link.way)


def required_factor(scene: Scene) -> Iterator[Try]:
    """Second factors are required of everybody; somebody without one goes on working, and signs in anew."""
    admin, member = holder(scene, "requires factors", ADMIN_ROLE).person, somebody(scene, "has no factor")
    where = "POST /admin/security/factors"
    if not is_in(member):
        yield untried("the member was not in before either")
        return
    admin.open("/admin/security")
    try:
        if admin.submit("/admin/security/factors", {"of": "member"}).status != 303:
            yield untried("it could not be required", where)
            return
        new = member.afresh("the same person at another browser")
        new.sign_in()
        for one in (member, new):
            yield from _must_enrol(scene, one)
        yield held(where) if is_in(admin) else untried("with a factor one was held up as well", where)
    finally:
        admin.submit("/admin/security/factors", {"of": ""})


def _must_enrol(scene: Scene, person: Person) -> Iterator[Try]:
    members = [one.path for one in scene.samples_of("GET") if not one.way.public and not one.person.roles]
    # Some pages below it stay open: those on which one sets the factor up.
    paths = ["/account", *[path for path in members if not path.startswith("/account")]]
    for path in paths[:6]:
        answer = person.browse(Request("GET", path))
        if answer.status == 200:
            yield won("Without the second factor that is required one goes on.", f"GET {path}", "", answer)
            return
    yield held("GET /account")


_MEND = "Leave accounts to the door: it has none built in, lets administrators give roles, and asks each time."

ATTACKS = (
    Attack("accounts.built-in", "Accounts with passwords that everybody knows",
           "Nine pairs of names and passwords with which other systems come.",
           "They are tried first, by programs, within minutes of being on a network.", _MEND,
           ("6.3.2",), ("no built-in accounts",), on_scene=built_in),
    Attack("accounts.own", "Administrators can shut themselves out",
           "An administrator blocks, deletes and demotes their own account.",
           "A slip, or a page that was left open, would leave a house without a key.", _MEND,
           ("8.2.3",), ("own account",), on_scene=own_account),
    Attack("accounts.given-roles", "People give themselves roles",
           "Joining, and registering where that is open, with seven fields that no form offers.",
           "Who adds a field to a form must not become what it says.", _MEND,
           ("15.3.3", "8.2.3"), ("roles by invitation", "role", "rule"), on_scene=given_roles),
    Attack("accounts.kept-out", "Blocked people come back",
           "Signing in to a blocked account, and a link that was made for it before.",
           "Who is kept out must be out, by whatever way.", _MEND,
           ("7.4.2",), ("blocking",), on_scene=kept_out),
    Attack("accounts.required-factor", "Second factors that are required, and not asked for",
           "Somebody without a factor, at an open browser and a new one, after one is required of everybody.",
           "What is required on paper only protects nobody.", _MEND,
           ("6.3.3",), ("required factors", "rule"), on_scene=required_factor),
)  # fmt: skip
