"""Recovery: what a link to choose another password may do, and what it must not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.attacks.codes import is_in
from doorward.prove.findings import Severity
from doorward.prove.scene import ADMIN_ROLE, Scene
from doorward.prove.stories.factors import Holder, holder
from doorward.prove.stories.mails import verified_address
from doorward.prove.stories.passwords import Chooser, at_recover, at_reset, can_recover, choosers
from doorward.prove.stories.telling import host_of, somebody

_QUESTIONS = re.compile(r"hint|question|maiden|mother|pet_?name|birth|secret_?answer", re.IGNORECASE)


def skips_nothing(scene: Scene) -> Iterator[Try]:
    """Somebody with a second factor chooses another password, in each way there is; it is asked for all the same."""
    owner = holder(scene, "forgot the password")
    yield from _asks_for_factor(scene, owner, at_reset(scene, owner.person.account))
    if not can_recover(scene):
        return
    owner = holder(scene, "reads mail")
    address = verified_address(scene, owner.person)
    for by_link in (False, True):
        yield from _asks_for_factor(scene, owner, at_recover(scene, owner.person, address, by_link=by_link))


def _asks_for_factor(scene: Scene, owner: Holder, chooser: Chooser) -> Iterator[Try]:
    """Choose another password. From then on the owner is at a browser that was let in with it."""
    new, where = scene.filling.passphrase(), chooser.way
    if not is_in(owner.person) or chooser.choose(new).header("location") != "/login":
        yield untried("the session, or the way of recovery, did not work before", where)
        return
    yield won("Recovery itself opened a session.", where) if is_in(chooser.person) else held(where)
    if is_in(owner.person):
        yield won("A session from before was still open.", where)
    else:
        yield held(where)
    owner.person.password = new
    half = owner.at_second_step(scene)
    if is_in(half):
        yield won("After recovery the password alone opened an account with a second factor.", where)
    else:
        half.submit("/login/factor", {"code": owner.codes.pop()})
        yield held(where) if is_in(half) else untried("both steps did not open it either", where)
    owner.person = half


def questions(scene: Scene) -> Iterator[Try]:
    """The forms of signing in, recovering and choosing a password, read for hints and secret questions."""
    pages = [one.person.open(one.path)[1] for one in choosers(scene)]
    for path in ("/login", "/recover"):
        answer, page = scene.visitor.open(path)
        pages += [page] if answer.status == 200 else []
    for page in pages:
        asked = [field.name for form in page.forms for field in form.fields if _QUESTIONS.search(field.name)]
        yield won(f"A form asks for {asked[0]!r}.", page.path) if asked else held(page.path)


def factors_taken(scene: Scene) -> Iterator[Try]:
    """An administrator takes another's factors away, and a member's; a member does; a thief with a session does."""
    admin, other, member = (
        somebody(scene, "takes factors", ADMIN_ROLE), holder(scene, "rules", ADMIN_ROLE), holder(scene, "lost a phone")
    )  # fmt: skip
    where = "POST /admin/people/<account_id>/reset-factors"
    for owner, may in ((other, False), (member, True)):
        path = f"/admin/people/{scene.ids[owner.person.account]}"
        admin.open(path)
        answer = admin.submit(f"{path}/reset-factors", {})
        gone = is_in(owner.at_second_step(scene))
        if may:
            yield held(where) if gone else untried(f"a member's were not taken either ({answer.status})", where)
        elif gone:
            yield won("The password alone opens an administrator's account after that.", where, "", answer)
            return
    weak = somebody(scene, "would take factors")
    path = f"/admin/people/{scene.ids[other.person.account]}/reset-factors"
    answer = weak.submit(path, {})
    yield won("A member did that.", where, "", answer) if answer.status in (200, 303) else held(where)
    yield from _taken_with_session(scene)


def _taken_with_session(scene: Scene) -> Iterator[Try]:
    """Somebody has a copied session of hours ago, and the password; then the owner does it, who has a code too."""
    owner, where = holder(scene, "keeps a factor"), "POST /account/factors/totp/remove"
    host_of(scene).make_stale(scene.ids[owner.person.account])
    thief = owner.person.twin("somebody with a copied session and the password")
    code = owner.codes.pop()
    for person, given in ((thief, {}), (owner.person, {"code": code})):
        person.open("/account")
        person.submit("/account/confirm", {"password": owner.person.password, **given})
        person.open("/account")
        answer = person.submit("/account/factors/totp/remove", {})
        gone = is_in(owner.at_second_step(scene))
        if person is owner.person:
            yield held(where) if gone else untried(f"its owner could not take it away either ({answer.status})", where)
        elif gone:
            yield won("A session and the password were enough to take the second factor away.", where, "", answer)
            return


_MEND = "Leave recovery to the door: a link changes the password and nothing else, and ends every session."

ATTACKS = (
    Attack("recovery.second-factor", "Recovery goes around the second factor",
           "A link of the host, a code and a link by mail, for somebody with an authenticator app; sessions before.",
           "Who reads somebody's mail, or talks the host into a link, would have the account with it.", _MEND,
           ("6.4.3", "7.4.3"), ("recovery keeps factors", "recovery ends sessions", "second step", "session lookup"),
           on_scene=skips_nothing),
    Attack("recovery.questions", "Hints and secret questions", "Every form around signing in, read.",
           "The answers are known to friends, and to everybody who reads what one writes.",
           "Ask for no such thing. The door recovers by links and codes.",
           ("6.4.2",), ("no questions",), severity=Severity.MEDIUM, on_scene=questions),
    Attack("recovery.factors", "Second factors can be taken away by who has not as much",
           "An administrator, and a member, take away the factors of another administrator; somebody with a copied "
           "session and the password takes away its owner's.",
           "With one administrator's session, or one that was copied, accounts would be open to guessing.",
           "Leave it to the host, `doorward account reset-factors`, and to the page of one's own factors.",
           ("6.4.4", "7.5.1"), ("factors of administrators", "second step", "factor to confirm", "fresh", "rule"),
           on_scene=factors_taken),
)  # fmt: skip
