"""Sessions: planted, stolen, replayed after their end, and kept for too long."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.person import Person
from doorward.prove.scene import Host, Scene
from doorward.prove.stories.telling import somebody
from doorward.prove.wire import Answer, Request

_PAGE = "/account"


def _is_in(person: Person) -> bool:
    return person.browse(Request("GET", _PAGE)).status == 200


def fixation(scene: Scene) -> Iterator[Try]:
    """An attacker plants the cookies of a visit, waits until somebody signs in with them, and uses them."""
    victim = somebody(scene, "is planted a cookie")
    victim.cookies.clear()
    victim.open("/login")
    planted = victim.twin("who planted the cookies")
    before = dict(victim.cookies)
    answer = victim.submit("/login", {"username": victim.account, "password": victim.password})
    if answer.status != 303 or not _is_in(victim):
        yield untried("signing in did not work")
        return
    if _is_in(planted):
        yield won("The cookies from before the sign-in are signed in as well.", "POST /login", "", answer)
    else:
        yield held("POST /login")
    kept = [name for name, value in before.items() if victim.cookies.get(name) == value and "device" not in name]
    old = victim.twin("with what was the same before")
    old.cookies = {name: victim.cookies[name] for name in kept}
    yield won("Part of the session was known before.", "POST /login") if kept and _is_in(old) else held("POST /login")
    planted = victim.twin("with the session from before signing in again")
    victim.prove_again()
    if _is_in(planted):
        yield won("The session kept its identifier when the person signed in again.", "POST /account/confirm")
    else:
        yield held("POST /account/confirm")


def _replayed(scene: Scene, how: str, end: Callable[[Person, Host], Answer | None]) -> Iterator[Try]:
    """Copy a session, end it as `end` does, and try the copy."""
    host = scene.host
    if host is None:
        yield untried("this run has no people of its own")
        return
    owner = somebody(scene, "ends a session")
    copy = owner.twin("somebody with a copy of the cookies")
    if not _is_in(copy):
        yield untried("the copy did not work even before", how)
        return
    answer = end(owner, host)
    if _is_in(copy):
        yield won(f"A copied session still worked {how}.", how, "", answer or "")
    else:
        yield held(how)


def replay(scene: Scene) -> Iterator[Try]:
    def sign_out(owner: Person, host: Host) -> Answer:
        owner.open(_PAGE)
        return owner.submit("/logout", {})

    yield from _replayed(scene, "after its owner had signed out", sign_out)


def replay_after_change(scene: Scene) -> Iterator[Try]:
    """The other browsers of somebody who changes the password."""
    owner = somebody(scene, "changes the password")
    other = owner.afresh("a browser that was left open")
    if not other.sign_in() or not _is_in(other):
        yield untried("a second sign-in did not work")
        return
    owner.open("/account/password")
    new = scene.filling.passphrase()
    fields = {"current_password": owner.password, "password": new, "password_again": new, "username": owner.account}
    answer = owner.submit("/account/password", fields)
    if answer.status != 303:
        yield untried(f"the password could not be changed ({answer.status})")
    elif _is_in(other):
        yield won("Another browser stayed signed in when the password was changed.", "POST /account/password")
    else:
        yield held("POST /account/password")
    again = owner.afresh("somebody with the old password")
    yield won("The old password still signs in.", "POST /login") if again.sign_in() else held("POST /login")


def replay_after_end(scene: Scene) -> Iterator[Try]:
    number = scene.ids

    def account_of(person: Person) -> str:
        return number[person.account]

    yield from _replayed(
        scene, "after the account was deleted", lambda owner, host: host.delete_account(account_of(owner))
    )
    yield from _replayed(scene, "after the account was blocked", lambda owner, host: host.block(account_of(owner)))
    yield from _replayed(
        scene, "after an administrator had ended all sessions", lambda owner, host: host.end_sessions(account_of(owner))
    )


def lifetime(scene: Scene) -> Iterator[Try]:
    number = scene.ids
    year = 24 * 365

    def unused(owner: Person, host: Host) -> None:
        host.age_sessions(number[owner.account], idle_hours=year)

    def old(owner: Person, host: Host) -> None:
        host.age_sessions(number[owner.account], old_hours=year)

    yield from _replayed(scene, "after a year without being used", unused)
    yield from _replayed(scene, "a year after it was opened", old)


def guessable(scene: Scene) -> Iterator[Try]:
    """Identifiers of many sessions: long, different, and without a pattern in their characters."""
    person = somebody(scene, "signs in often")
    values: list[str] = []
    for _ in range(6):
        person.address = scene.new_address()
        if not person.sign_in():
            yield untried("signing in did not work")
            return
        values += [value for name, value in person.cookies.items() if "device" not in name]
    longest = max(values, key=len, default="")
    if len(longest) < 32:
        yield won("A session identifier has fewer than 32 characters.", "the session cookie")
    elif len(set(values)) != len(values):
        yield won("Two sessions had the same identifier.", "the session cookie")
    elif shared_places(values) > 0.25:
        yield won("Session identifiers share their characters at the same places.", "the session cookie")
    else:
        yield held("the session cookie")


def shared_places(values: list[str]) -> float:
    """The part of the places at which all values have the same character."""
    shortest = min(map(len, values))
    same = sum(len({value[place] for value in values}) == 1 for place in range(shortest))
    return same / max(1, shortest)


def left_behind(scene: Scene) -> Iterator[Try]:
    """What a browser keeps when somebody signs out."""
    person = somebody(scene, "signs out")
    person.open(_PAGE)
    answer = person.submit("/logout", {})
    cleared = answer.header("clear-site-data")
    if '"cache"' in cleared or '"*"' in cleared or '"storage"' in cleared:
        yield held("POST /logout")
    else:
        yield won("Signing out leaves pages in the browser: Clear-Site-Data is missing.", "POST /logout", "", answer)
    page, _ = person.open(_PAGE)
    yield won("The account's page still opens.", "POST /logout") if page.status == 200 else held("POST /logout")


def sign_out_in_sight(scene: Scene) -> Iterator[Try]:
    for sample in scene.samples_of("GET"):
        if not sample.way.ruled or sample.way.public or sample.person.is_program or sample.renew is not None:
            continue
        answer, page = sample.person.open(sample.path)
        if not answer.is_html or answer.status != 200:
            continue
        if any(form.action == "/logout" for form in page.forms) or "/logout" in page.links:
            yield held(str(sample.way))
        else:
            yield won("The page offers no way to sign out.", str(sample.way), "", "")


_MEND = "Leave sessions to the door: `doorward` keeps them on the server, rotates them, and ends them at once."
_WHY = "A session is the key to an account for as long as it works; what was meant to end must have ended."

ATTACKS = (
    Attack(
        "sessions.fixation", "A session that was planted becomes somebody's",
        "The cookies of a visit, planted before somebody signs in, and those from before signing in again.",
        "Who knows the identifier before it counts for something needs no password.", _MEND,
        ("7.2.4", "7.2.1"), ("session rotation", "session lookup"), on_scene=fixation),
    Attack(
        "sessions.sign-out", "Sessions that outlive signing out", "A copied session, after its owner signed out.",
        _WHY, _MEND, ("7.4.1",), ("session end at sign-out", "session lookup"), on_scene=replay),
    Attack(
        "sessions.password", "Sessions that outlive a change of the password",
        "A second browser, and the old password, after the password was changed in the first.", _WHY, _MEND,
        ("7.4.3", "6.2.2", "6.2.3"), ("session end at password change", "session lookup"),
        on_scene=replay_after_change),
    Attack(
        "sessions.account", "Sessions that outlive their account",
        "Copied sessions of accounts that were deleted, blocked, or signed out by an administrator.", _WHY, _MEND,
        ("7.4.2", "7.4.5"), ("session end with the account", "session lookup"), on_scene=replay_after_end),
    Attack(
        "sessions.lifetime", "Sessions that never end", "Sessions that were not used, or were opened, a year ago.",
        _WHY, _MEND, ("7.3.1", "7.3.2"), ("session lifetime",), on_scene=lifetime),
    Attack(
        "sessions.guessing", "Session identifiers that can be guessed", "The identifiers of many sign-ins, compared.",
        _WHY, _MEND, ("7.2.2", "7.2.3"), ("session identifier",), on_scene=guessable),
    Attack(
        "sessions.left-behind", "Pages that stay in the browser after signing out",
        "The answer to signing out, and the account's page after it.",
        "The next person at a shared computer goes back one page and reads on.", _MEND,
        ("14.3.1", "7.4.1"), ("clear-site-data",), on_scene=left_behind),
    Attack(
        "sessions.way-out", "Pages without a way to sign out", "Every page that demands an account, read for it.",
        "Who cannot find the way out stays signed in on other people's computers.",
        'Extend "doorward/base.html", whose navigation has it, or put the form in your own pages.',
        ("7.4.4",), ("sign-out in sight",), on_scene=sign_out_in_sight),
)  # fmt: skip
