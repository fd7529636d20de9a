"""Passwords: which are taken, how they are compared, and what it takes to change one. Tried at every page that asks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.findings import Severity
from doorward.prove.pages import Form, Page
from doorward.prove.scene import Scene
from doorward.prove.stories.passwords import Chooser, at_change, at_reset, choosers, took
from doorward.prove.stories.telling import somebody
from doorward.prove.wire import Request

#: Random, and one character shorter than NIST SP 800-63B-4 and OWASP ASVS let anybody choose.
_SHORT = "kV7#pqZ"
#: Long enough for every length that is asked for, and among the first that are tried.
_COMMON = (
    "password123456789",
    "12345678901234567890",
    "passwordpassword",
    "Passw0rd2024!!!!",
    "administrator123",
    "iloveyouiloveyou",
    "aaaaaaaaaaaaaaaaaaaa",
    "abcdefghijklmnopqrstuvwxyz",
)
#: Long ones that stand in lists of passwords that were stolen somewhere.
_LEAKED = (
    "1qaz2wsx3edc4rfv",
    "1q2w3e4r5t6y7u8i",
    "qwertyuiopasdfghjklzxcvbnm",
    "zaq12wsxcde34rfv",
    "1234567890qwertyuiop",
    "correcthorsebatterystaple",
)
#: Each of one kind of characters, and easy to keep in mind for somebody.
_PLAIN = ("murky tulip wagon oxide", "84019275630182946173")
#: Eighty characters, with blanks at both ends, of several scripts: nothing of it may be lost.
_WHOLE = " Übermut & 雪山の道 <tag> 'quoted' \\back; %41 Grüße von der KÜSTE, vier Uhr morgens, ohne Ziel "
_PASTES = re.compile(r"""onpaste|addEventListener\(\s*["'](paste|beforepaste)["']""")


def _refused(scene: Scene, one: Chooser, words: Sequence[str], what: str, good: str) -> Iterator[Try]:
    """Each of these words; then one that must be taken, so that a refusal says something."""
    results = []
    for word in words:
        answer = one.choose(word)
        if took(answer):
            results.append(won(f"{what} was taken: {word!r}", one.way, "", answer))
            break  # the page has done its work, and is gone
        results.append(held(one.way))
    else:
        answer = one.choose(good)
        if not took(answer):
            results = [untried(f"a good password was refused as well ({answer.status})", one.way)]
    yield from results


def short(scene: Scene) -> Iterator[Try]:
    for one in choosers(scene):
        yield from _refused(scene, one, (_SHORT,), "A password of 7 characters", scene.filling.passphrase())


def common(scene: Scene) -> Iterator[Try]:
    for number, one in enumerate(choosers(scene)):
        words = _COMMON if number == 0 else _COMMON[:1]
        yield from _refused(scene, one, words, "One of the commonest passwords", scene.filling.passphrase())


def leaked(scene: Scene) -> Iterator[Try]:
    yield from _refused(
        scene, at_reset(scene), _LEAKED, "A password that was stolen before", scene.filling.passphrase()
    )


def of_this_site(scene: Scene) -> Iterator[Try]:
    """The name of the account and of the product, made long enough by what people add."""
    one = at_reset(scene)
    words = (f"{one.name} 2026", f"{one.name}{one.name}!", "doorward-doorward", "Doorward2026!!!!")
    yield from _refused(scene, one, words, "A password made of a name", scene.filling.passphrase())


def composition(scene: Scene) -> Iterator[Try]:
    for word in _PLAIN:
        one = at_reset(scene)
        answer = one.choose(word)
        if took(answer):
            yield held(one.way)
        else:
            yield won(
                f"A password of {len(word)} characters was refused for its kinds of characters.", one.way, "", answer
            )


def whole(scene: Scene) -> Iterator[Try]:
    """A long password in several scripts; then parts and variants of it, none of which is it."""
    one = at_reset(scene)
    answer = one.choose(_WHOLE)
    if not took(answer):
        yield won(f"A password of {len(_WHOLE)} characters, not all of them Latin, was refused.", one.way, "", answer)
        return
    if not one.signs_in(_WHOLE):
        yield won("A long password was taken and does not sign in.", "POST /login")
        return
    yield held(one.way)
    variants = {
        "without its last letters": _WHOLE[:72],
        "in small letters": _WHOLE.lower(),
        "without the blanks around it": _WHOLE.strip(),
    }
    for what, variant in variants.items():
        if one.signs_in(variant):
            yield won(f"A password signs in {what}.", "POST /login")
        else:
            yield held("POST /login")


def _pages(scene: Scene) -> Iterator[Page]:
    member = somebody(scene, "reads forms")
    pages = ["/login", "/account/password", "/account/confirm", "/account/delete"]
    for path in pages:
        answer, page = member.open(path) if path != "/login" else scene.visitor.open(path)
        if answer.status == 200:
            yield page
    for one in choosers(scene):
        yield one.person.open(one.path)[1]


def fields(scene: Scene) -> Iterator[Try]:
    """Every form with a password: hidden while typed, told apart for password managers, open to pasting."""
    read: dict[str, bool] = {}
    for page in _pages(scene):
        for form in page.forms:
            yield from _judged_fields(page, form)
        asked = any(field.type == "password" for form in page.forms for field in form.fields)
        for source, _ in page.scripts:
            if asked and source and source not in read:
                text = scene.visitor.browse(Request("GET", source)).text
                read[source] = _PASTES.search(text) is not None
            if asked and read.get(source):
                yield won("A script of the page listens to pasting.", source)


def _judged_fields(page: Page, form: Form) -> Iterator[Try]:
    where = page.path.rsplit("/", 1)[0] + "/<code>" if page.path.startswith(("/reset/", "/join/")) else page.path
    for field in form.fields:
        if "password" not in field.name or field.type == "hidden":
            continue
        if field.type != "password":
            yield won(f"The field {field.name} shows what is typed.", where)
        elif field.rules.get("autocomplete") not in ("current-password", "new-password"):
            yield won(f"The field {field.name} does not tell password managers what it is.", where)
        elif int(field.rules.get("maxlength") or 1000) < 64 or "pattern" in field.rules:
            yield won(f"The field {field.name} takes fewer than 64 characters, or not all of them.", where)
        elif [one for one in page.handlers if one.endswith("paste")] or "readonly" in field.rules:
            yield won(f"Nothing can be pasted into the field {field.name}.", where)
        else:
            yield held(where)


def change(scene: Scene) -> Iterator[Try]:
    """Change the password with a wrong current one, with none, and without the field; then as it should be."""
    one = at_change(scene)
    right, new = one.fields["current_password"], scene.filling.passphrase()
    results = []
    said: dict[str, dict[str, str]] = {
        "a wrong one": {"current_password": f"?{right}"},
        "none": dict.fromkeys(["current_password"], ""),
        "no field for it": {},
    }
    for what, given in said.items():
        one.fields = given
        answer = one.choose(new)
        if took(answer):
            yield won(f"With {what} as the current password it was changed.", one.way, "", answer)
            return
        results.append(held(one.way))
    one.fields = {"current_password": right}
    answer = one.choose(new)
    if took(answer) and one.signs_in(new):
        yield from results
    else:
        yield untried(f"it could not be changed with the right one either ({answer.status})", one.way)


def rotation(scene: Scene) -> Iterator[Try]:
    """Somebody whose password is ten years old."""
    if scene.host is None:
        yield untried("this run has no people of its own")
        return
    person = somebody(scene, "keeps a password")
    scene.host.age_password(scene.ids[person.account], days=3650)
    answer, _ = person.open("/account")
    if answer.status == 200:
        yield held("GET /account")
    else:
        yield won("A password that was not harmed must be changed for its age alone.", "GET /account", "", answer)


_WHY = "What everybody chooses is what everybody tries first: weak passwords fall to a list of a few thousand."
_MEND = "Leave choosing passwords to the pages of the door, with the profile `default` (setting password_profile)."


def _password(what: str, title: str, tries: str, asvs: tuple[str, ...], *defences: str, **more: object) -> Attack:
    why, mend = str(more.pop("why", _WHY)), str(more.pop("mend", _MEND))
    return Attack(f"passwords.{what}", title, tries, why, mend, asvs, defences, **more)  # type: ignore[arg-type]


_EVERY = "at every page where a password is chosen."
_MANAGERS = "Who cannot paste, or let a program fill in, chooses short passwords and the same one everywhere."

ATTACKS = (
    _password("too-short", "Short passwords are taken", f"A password of 7 characters, {_EVERY}",
              ("6.2.1",), "password length", on_scene=short),
    _password("common", "The commonest passwords are taken", f"Long passwords that everybody tries first, {_EVERY}",
              ("6.2.4",), "common passwords", on_scene=common),
    _password("leaked", "Passwords from breaches are taken",
              "Long passwords from published lists; the list of the door is built in, nothing is asked of anybody.",
              ("6.2.12",), "common passwords", on_scene=leaked),
    _password("site-words", "Passwords made of names are taken",
              "The name of the account, and of the product, with what people add to it.",
              ("6.2.11",), "site words", on_scene=of_this_site),
    _password("composition", "Kinds of characters are demanded",
              "Long passwords of small letters alone, and of digits alone, which must be taken.",
              ("6.2.5",), "no composition rules", severity=Severity.LOW, on_scene=composition,
              why="Rules of composition make passwords harder to remember, and hardly harder to guess."),
    _password("whole", "Passwords are changed before they are compared",
              "A password of 80 characters in several scripts; then cut, in small letters, and without its blanks.",
              ("6.2.8", "6.2.9"), "whole password", on_scene=whole,
              why="What is cut off or levelled protects nobody: the password is shorter than its owner thinks.",
              mend="Compare passwords as they were typed; the door changes nothing but the form of accents (NFC)."),
    _password("fields", "Password fields that work against their owners",
              "Every form that asks for a password, read, with the scripts of its page.",
              ("6.2.6", "6.2.7"), "password fields", severity=Severity.MEDIUM, on_scene=fields, why=_MANAGERS,
              mend='Use type="password" with autocomplete="current-password" or "new-password", and nothing on paste.'),
    _password("change", "Passwords change without the current one",
              "A wrong current password, an empty one, and the form without that field.",
              ("6.2.2", "6.2.3"), "current password", on_scene=change,
              why="Who finds a browser open for a minute must not be able to keep the account."),
    _password("rotation", "Passwords have to be changed for their age",
              "Signing in with a password that is ten years old.", ("6.2.10",), "no rotation",
              severity=Severity.LOW, on_scene=rotation, why="Who has to change passwords counts them up."),
)  # fmt: skip
