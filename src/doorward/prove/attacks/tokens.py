"""Signed notes and access tokens: changed, cut, swapped, of another house, out of their time, in the wrong place."""

from __future__ import annotations

from collections.abc import Iterator

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.person import Person
from doorward.prove.scene import Host, NotHere, Scene
from doorward.prove.stories.factors import holder
from doorward.prove.stories.telling import host_of, somebody, stranger
from doorward.prove.wire import Request

_STEP = "/login/factor"
_WHERE = f"the cookie for {_STEP}"
_PLACES = 24


class _Begun:
    """A sign-in that was begun, with the signed note of it that the browser keeps."""

    def __init__(self, scene: Scene) -> None:
        self.owner = holder(scene, "keeps a note")
        self.person = self.owner.asked_for_code(scene)
        before = stranger(scene, "a visitor")
        before.open("/login")
        names = [one for one in self.person.cookies if one not in before.cookies]
        self.name = next((one for one in names if self.person.cookies[one].count(".") > 1), "")
        self.note = self.person.cookies.get(self.name, "")
        if not self.believed(self.note):
            raise NotHere("a begun sign-in leaves no note in the browser")

    def believed(self, note: str) -> bool:
        """Does the page of the second step open with this note? It answers the same as often as one likes."""
        copy = self.person.twin("somebody with a forged note")
        copy.cookies[self.name] = note
        return copy.browse(Request("GET", _STEP)).status == 200


def tampered(scene: Scene) -> Iterator[Try]:
    """One character changed at many places, cut at several, without a signature, and for another account."""
    begun = _Begun(scene)
    note, other = begun.note, somebody(scene, "is pretended to be", sign_in=False)
    body, _, signature = note.rpartition(".")
    step = max(1, len(note) // _PLACES)
    changed = [_changed(note, place) for place in range(0, len(note) - 1, step)]
    account = note.partition(".")[0]
    forged = note.replace(account, scene.ids[other.account], 1)
    for one in (*changed, note[:-3], note[: len(note) // 2], body, f"{body}.", f".{signature}", forged):
        if one != note and begun.believed(one):
            yield won("A note that was changed is believed.", _WHERE)
            return
        yield held(_WHERE)


def _changed(note: str, place: int) -> str:
    return f"{note[:place]}{'1' if note[place] != '1' else '2'}{note[place + 1 :]}"


def out_of_time(scene: Scene) -> Iterator[Try]:
    """Notes of an hour ago, and of tomorrow, signed with the right key."""
    begun, host = _Begun(scene), host_of(scene)
    if not begun.believed(host.note_like(begun.note)):
        yield untried("notes could not be made")
        return
    for hours in (1.0, -24.0):
        believed = begun.believed(host.note_like(begun.note, hours=hours))
        yield won("A note that is out of its time is believed.", _WHERE) if believed else held(_WHERE)


def of_another(scene: Scene) -> Iterator[Try]:
    """The same note, signed for another purpose, and with the keys of another installation."""
    begun, host = _Begun(scene), host_of(scene)
    if not begun.believed(host.note_like(begun.note)):
        yield untried("notes could not be made")
        return
    for what, note in (
        ("for another purpose", host.note_like(begun.note, purpose="cookie:theme")),
        ("with strange keys", host.note_like(begun.note, strange=True)),
    ):
        yield won(f"A note that was signed {what} is believed.", _WHERE) if begun.believed(note) else held(_WHERE)
    for name, value in begun.person.cookies.items():
        if name != begun.name and begun.believed(value):
            yield won(f"The cookie {name} is taken for the note of a begun sign-in.", _WHERE)


def misplaced(scene: Scene) -> Iterator[Try]:
    """An access token in the address, as a cookie, with another scheme, in other letters, and cut."""
    host, owner = host_of(scene), somebody(scene, "has a token")
    scopes = frozenset(scope for way in scene.ways.all for scope in way.scopes)
    path = next((way.path for way in scene.ways.all if way.scopes and not way.parameters and not way.writes), "")
    if not path:
        yield untried("no way takes tokens")
        return
    _, secret = host.add_token(owner.account, scopes)
    scene.remember(secret, "the secret of a token")
    if _sent(scene, path, f"Bearer {secret}") != 200:
        yield untried("the token did not work in its place either", f"GET {path}")
        return
    where = f"GET {path}"
    for sent in (f"Basic {secret}", f"Token {secret}", secret, f"Bearer {secret.swapcase()}", f"Bearer {secret[:-1]}",
                 f"Bearer {_changed(secret, 20)}"):  # fmt: skip
        if _sent(scene, path, sent) == 200:
            yield won("A token is taken that was not sent, or not written, as it should be.", where)
        else:
            yield held(where)
    yield from _as_cookie(scene, owner, secret, path)
    yield from _in_address(scene, host, secret)


def _sent(scene: Scene, path: str, header: str, **more: str) -> int:
    headers = {"Accept": "application/json", **({"Authorization": header} if header else {}), **more}
    return scene.line.send(Request("GET", path, headers, address=scene.new_address())).status


def _as_cookie(scene: Scene, owner: Person, secret: str, path: str) -> Iterator[Try]:
    cookie = "; ".join(f"{name}={secret}" for name in owner.cookies)
    taken = _sent(scene, path, "", Cookie=cookie) == 200
    yield won("A token is taken as a session.", f"GET {path}") if taken else held(f"GET {path}")


def _in_address(scene: Scene, host: Host, secret: str) -> Iterator[Try]:
    person: Person = stranger(scene, "a program that writes addresses")
    answer = person.browse(Request("GET", f"/login?access_token={secret}"))
    if answer.status != 400:
        yield won("A token in an address is accepted without a word.", "GET /login?access_token=…", "", answer)
    elif not any(entry["event"] == "token.in_address" for entry in host.journal_entries()):
        yield won("That a token stood in an address is not in the journal.", "the journal")
    else:
        yield held("GET /login")


_WHY = "What a browser or a program brings along is only worth what its signature says, in its time and in its place."
_MEND = "Sign with `remember` and read with `recall`; send access tokens in the header Authorization."


def _tokens(what: str, title: str, tries: str, asvs: tuple[str, ...], *defences: str, **more: object) -> Attack:
    return Attack(f"tokens.{what}", title, tries, _WHY, _MEND, asvs, defences, **more)  # type: ignore[arg-type]


ATTACKS = (
    _tokens("tampered", "Signed notes can be changed",
            "The note of a begun sign-in, one character changed at a time, cut, unsigned, and for another account.",
            ("9.1.1", "9.1.2"), "note signatures", on_scene=tampered),
    _tokens("out-of-time", "Signed notes are believed out of their time", "Notes of an hour ago and of tomorrow.",
            ("9.2.1",), "note dates", "note signatures", on_scene=out_of_time),
    _tokens("of-another", "Notes are believed that were made for something else, or elsewhere",
            "The same note, signed for another purpose and with other keys; other cookies in its place.",
            ("9.1.3", "9.2.2", "9.2.3"), "note signatures", "note purposes", on_scene=of_another),
    _tokens("misplaced", "Access tokens are taken from wherever they come",
            "A token in the address, as a cookie, with other schemes, in other letters, and cut.",
            ("9.2.2", "14.2.1"), "tokens in addresses", "journal", "rule", "fail closed", on_scene=misplaced),
)  # fmt: skip
