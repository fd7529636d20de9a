"""The cast: the people of a run, made by the host."""

from __future__ import annotations

from doorward.prove.filling import PASSPHRASE
from doorward.prove.person import Person
from doorward.prove.sample import Sample
from doorward.prove.scene import (
    ADMIN,
    ADMIN_ROLE,
    BARE_TOKEN,
    ENDED,
    MEMBER,
    OTHER,
    PROGRAM,
    REVOKED,
    SPARE,
    VISITOR,
    Host,
    Scene,
)


def assemble(scene: Scene) -> None:
    """Make the people of a run, sign them in, and end what shall be ended.

    Arguments:
        scene: with a host.
    """
    host = scene.host
    if host is None:
        scene.people[VISITOR] = scene.visitor
        return
    scene.people[VISITOR] = scene.visitor
    _first(scene, host)
    _add(scene, host, MEMBER, "prove-owner", frozenset())
    _add(scene, host, OTHER, "prove-other", frozenset())
    _add(scene, host, SPARE, "prove-spare", frozenset(), sign_in=False)
    for role in sorted(_roles(scene) - {ADMIN_ROLE, "member"}):
        _add(scene, host, f"a person with the role {role}", f"prove-{role}", frozenset({role}))
    _ended(scene, host)
    _programs(scene, host)


def _roles(scene: Scene) -> set[str]:
    return {role for way in scene.ways.all for group in way.roles for role in group} | scene.facts.roles


def _add(scene: Scene, host: Host, name: str, account: str, roles: frozenset[str], *, sign_in: bool = True) -> Person:
    password = f"{PASSPHRASE} {account}"
    return _enter(scene, name, account, password, roles, host.add_account(account, password, roles), sign_in=sign_in)


def _enter(
    scene: Scene,
    name: str,
    account: str,
    password: str,
    roles: frozenset[str],
    account_id: str,
    *,
    sign_in: bool = True,
) -> Person:
    """Put the person of an account on the scene."""
    scene.remember(password, f"the password of {name}")
    scene.ids[name] = account_id
    person = Person(name, scene.line, account=account, password=password, roles=roles, address=scene.new_address())
    scene.people[name] = person
    if sign_in:
        person.afresh("the same person at another browser").sign_in()  # so that there is a session to end
        person.sign_in()
        for cookie in person.cookies.values():
            scene.remember(cookie, f"a cookie of {name}")
    return person


def _first(scene: Scene, host: Host) -> None:
    """The administrator: by the page for the first one, as an operator becomes it, where nobody was before."""
    name, password = "prove-admin", f"{PASSPHRASE} prove-admin"
    code = host.setup_code() if scene.ways.find("POST", "/setup/x") is not None else ""
    if not code:
        _add(scene, host, ADMIN, name, frozenset({ADMIN_ROLE}))
        return
    scene.remember(code, "the code of the first set-up")
    path, operator = f"/setup/{code}", scene.visitor
    seen, _ = operator.open(path)
    sent = operator.submit(path, {"username": name, "password": password, "password_again": password})
    if sent.status != 303:
        _add(scene, host, ADMIN, name, frozenset({ADMIN_ROLE}))
        return
    for method, answer in (("GET", seen), ("POST", sent)):
        way = scene.ways.find(method, path)
        if way is not None and scene.is_about(way):
            scene.samples.append(Sample(way, path, operator, past=True, proved=True, answer=answer))
    _enter(scene, ADMIN, name, password, frozenset({ADMIN_ROLE}), host.account_id(name))


def _ended(scene: Scene, host: Host) -> None:
    """Somebody with every role whose session was ended by an administrator: the cookie is all that is left."""
    roles = frozenset(_roles(scene) - {"member"} | {ADMIN_ROLE})
    ended = _add(scene, host, ENDED, "prove-ended", roles)
    host.end_sessions(scene.ids[ENDED])
    ended.account = ""


def _programs(scene: Scene, host: Host) -> None:
    scopes = frozenset(scope for way in scene.ways.all for scope in way.scopes)
    owner = scene.people[MEMBER].account
    for name, given, revoked in ((PROGRAM, scopes, False), (REVOKED, scopes, True), (BARE_TOKEN, frozenset(), False)):
        if not given and name != BARE_TOKEN:
            continue
        number, secret = host.add_token(owner, given)
        scene.remember(secret, f"the secret of {name}")
        scene.spared += [f"/account/tokens/{number}/", f"/admin/tokens/{number}/"]
        person = Person(name, scene.line, account=owner if name == PROGRAM else "", token=secret, scopes=given)
        person.address = scene.new_address()
        scene.people[name] = person
        if revoked:
            host.revoke_token(number)
