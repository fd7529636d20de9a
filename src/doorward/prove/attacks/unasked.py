"""Attacks with what nobody asked for: further fields, two-faced JSON, look-alike names, other paths, other mails."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.person import Person
from doorward.prove.sample import Sample, came_in, described
from doorward.prove.scene import ADMIN_ROLE, Host, Scene
from doorward.prove.sowing import READER, SOWER, SOWING_ADMIN, Sown, recorded, sower_for, sown
from doorward.prove.stories.telling import somebody
from doorward.prove.wire import NoAnswer, Request
from doorward.prove.wire import form as form_request

_OWNERS = ("owner", "owner_id", "account", "account_id", "user", "user_id", "author", "author_id", "created_by")
_RIGHTS = ("role", "roles", "is_admin", "admin", "is_staff", "scopes", "permissions", "group")
_STATES = ("status", "state", "approved", "verified", "is_active", "created_at", "password_hash", "secret")
_CANARY = "zqunasked"
_FORMS = 40
_BCC = "zqbcc@evil.example"


def fields(scene: Scene) -> Iterator[Try]:
    """Fields that no form offers: whose it is, what one may do, in which state it is."""
    host = scene.host
    if host is None:
        yield untried("this run cannot look into the records")
        return
    made = sown(scene)
    victim = host.add_account("prove-victim", "Seven quiet lanterns 4 over blue water!", frozenset())
    before = _stored(host, victim)
    sent = [where for where in (*_forms_with_more(made, victim), *_bodies_with_more(scene, made, victim)) if where]
    for column, count in (_stored(host, victim) - before).items():
        yield won(f"A field that nobody offered was kept: {count} in {column}.", column)
    yield from _became_administrator(scene, made)
    for where in sent:
        yield held(where)


def _more(victim: str, but: set[str], *, rights: bool) -> dict[str, str]:
    more = dict.fromkeys(_OWNERS, victim) | {name: f"{_CANARY}-{name}" for name in _STATES}
    # Under such a name stands a role, or a yes.
    more |= {name: "1" if name.startswith("is_") else ADMIN_ROLE for name in _RIGHTS} if rights else {}
    return {name: value for name, value in more.items() if name not in but}


def _forms_with_more(made: Sown, victim: str) -> Iterator[str]:
    offered: dict[str, set[str]] = {}
    for _, way, form, _ in made.forms:
        offered.setdefault(str(way), set()).update(one.name for one in form.fields)
    for person, way, form, plain in made.forms[:_FORMS]:
        more = _more(victim, offered[str(way)], rights=ADMIN_ROLE not in person.roles)
        request = form_request(way.method, form.action, {"csrf_token": person.csrf_token, **plain, **more})
        try:
            yield str(way) if came_in(person.browse(request)) else ""
        except NoAnswer:
            continue


def _bodies_with_more(scene: Scene, made: Sown, victim: str) -> Iterator[str]:
    for sample in json_samples(scene):
        request = sample.build()
        body = json.loads(request.body)
        more = _more(victim, set(body), rights=True)
        try:
            sower_for(made, sample).browse(replace(request, body=json.dumps({**body, **more}).encode()))
        except NoAnswer:
            continue
        yield str(sample.way)


def _stored(host: Host, victim: str) -> Counter[str]:
    """How often a column holds the victim, or a state that was made up; the journal says who did what, and may."""
    return Counter(
        where
        for where, text in host.stored_texts()
        if (text == victim or _CANARY in text) and not where.startswith("journal")
    )


def _became_administrator(scene: Scene, made: Sown) -> Iterator[Try]:
    sower, admin = made.people.get(SOWER), made.people.get(SOWING_ADMIN)
    for sample in scene.samples_of("GET"):
        if sower is None or admin is None or sample.way.parameters or sample.way.fresh:
            continue
        if frozenset({ADMIN_ROLE}) in sample.way.roles and came_in(admin.open(sample.path)[0]):
            got = came_in(sower.open(sample.path)[0])
            yield won("A member became an administrator by a field.", sample.path) if got else held(sample.path)
            return


def json_samples(scene: Scene) -> list[Sample]:
    """The samples that send a JSON object, made ready to be sent once more."""
    found = []
    for sample in scene.samples_of():
        request = sample.request
        if (
            request is None
            or not sample.way.writes
            or "application/json" not in request.headers.get("Content-Type", "")
        ):
            continue
        if sample.renew is not None:
            sample.renew(sample)
        if isinstance(json.loads(sample.build().body or b"0"), dict):
            found.append(sample)
    return found[:_FORMS]


def two_faced(scene: Scene) -> Iterator[Try]:
    """JSON that two readers would read differently, and JSON that is too much for one."""
    made, tried = sown(scene), False
    for sample in json_samples(scene):
        plain = sample.build()
        for how, body in _two_faces(plain.body.decode()):
            if sample.renew is not None and sample.way.method != "POST":
                sample.renew(sample)
            request = replace(sample.build(), body=body)
            try:
                answer = sower_for(made, sample).browse(request)
            except NoAnswer:
                continue
            tried = True
            where = str(sample.way)
            yield won(f"{where} takes JSON with {how}.", where, request, answer) if came_in(answer) else held(where)
    if not tried:
        yield untried("no way takes JSON")


def _two_faces(text: str) -> Iterator[tuple[str, bytes]]:
    whole = json.loads(text)
    name, value = next(iter(whole.items()), ("name", "x"))
    rest = text.strip()[1:]
    first = f"{{{json.dumps(name)}: {json.dumps(value)}, "
    yield "the same name twice", (first + rest if whole else f"{first}{first[1:-2]}}}").encode()
    yield "a byte order mark", b"\xef\xbb\xbf" + text.encode()
    yield "text that is not UTF-8", text.encode().replace(b'"', b'"\xff', 2)[:-1] + b"}"
    yield "a comment", f"/* */{text}".encode()
    yield "something behind it", f"{text}{{}}".encode()
    for what, odd in (("NaN", "NaN"), ("a number without end", "9" * 6000), ("deep nesting", "[" * 9000 + "]" * 9000)):
        changed = {**whole, name: "zqhere"}
        yield what, json.dumps(changed).replace('"zqhere"', odd).encode()
    yield "half a character", json.dumps({**whole, name: "zqhere"}).replace("zqhere", "\\ud800").encode()
    yield "a list in the place of a text", json.dumps({**whole, name: [[value]]}).encode()


def look_alikes(scene: Scene) -> Iterator[Try]:
    """Names that look like those of others: other alphabets, letters that cannot be seen, other directions."""
    made = sown(scene)
    admin, reader = made.people.get(SOWING_ADMIN), made.people.get(READER)
    if admin is None or reader is None or scene.ways.find("POST", "/admin/invitations") is None:
        yield untried("nobody can be invited")
        return
    name, where = reader.account, "a name that is taken"
    likes = {
        "with a letter of another alphabet": name.replace("a", "\u0430"),
        "in other letters": name.upper(),
        "in wide letters": "".join(chr(ord(one) + 0xFEE0) if one.isalpha() else one for one in name),
        "with a letter that cannot be seen": f"{name[:3]}\u200b{name[3:]}",
        "with a change of direction": f"\u202e{name}",
        "with a blank behind it": f"{name}\u00a0",
        "with a line end": f"{name}\r\n",
    }
    taken = []
    for how, like in likes.items():
        if _joins(scene, admin, like):
            taken.append(f"{name} {how}")
    if not _joins(scene, admin, "prove-guest"):
        yield untried("nobody could join with a name of their own either")
        return
    for one in taken:
        yield won(f"Somebody could take the name {one}.", where)
    for _ in range(len(likes) - len(taken)):
        yield held(where)


def _joins(scene: Scene, admin: Person, name: str) -> bool:
    """Invite somebody, who wants to be called so. Whether they are."""
    admin.open("/admin/invitations")
    answer = admin.submit("/admin/invitations", {"note": "a name", "role": "member", "days": "7", "uses": "1"})
    links = [word for word in answer.text.replace('"', " ").replace("<", " ").split() if "/join/" in word]
    if not links:
        return False
    path = "/join/" + links[0].rsplit("/join/", 1)[1].rstrip("./")
    guest = scene.visitor
    _, page = guest.open(path)
    form = next((one for one in page.forms if one.action == path), None)
    if form is None:
        return False
    values = scene.filling.form(form, "")
    named = next((one.name for one in form.fields if one.rules.get("autocomplete") == "username"), "username")
    values.pop("csrf_token", None)
    return came_in(guest.submit(path, {**values, named: name}))


def paths(scene: Scene) -> Iterator[Try]:
    """Parameters that lead out of their folder, to a file that this run has laid down for it."""
    if scene.host is None:
        yield untried("this run cannot lay down a file to be found")
        return
    made = sown(scene)
    with _bait(Path(scene.host.folder())) as (bait, text):
        for sample in [one for one in scene.samples_of("GET") if one.renew is None]:
            requests = list(_ways_out(sample, bait))
            person = sower_for(made, sample)
            for request in requests:
                try:
                    answer = person.browse(request)
                except NoAnswer:
                    continue
                if text in answer.text:
                    what = f"{sample.way} gives out a file of the server that lies outside."
                    yield won(what, str(sample.way), described(person, request), answer)
            if requests:
                yield held(str(sample.way))


@contextmanager
def _bait(folder: Path) -> Iterator[tuple[str, str]]:
    """Two files that nothing should ever give out; gone afterwards."""
    text = "zqbait lies outside of every folder that is served"
    files = [folder / "zqbait", folder / "zqbait.txt"]
    for file in files:
        file.write_text(text, "utf-8")
    try:
        yield str(files[0]), text
    finally:
        for file in files:
            file.unlink(missing_ok=True)


def _ways_out(sample: Sample, bait: str) -> Iterator[Request]:
    up = "../" * 14 + bait.lstrip("/")
    outs = [bait, f"{bait}.txt", up, f"{up}.txt", up.replace("/", "\\"), up.replace("../", "....//"), f"{bait}\x00"]
    path = sample.path.partition("?")[0]
    values = sample.way.read(path) or {}
    for name, value in values.items():
        for out in [*outs, quote(up, safe="")] if not value.isdigit() else []:
            changed = sample.way.at({**values, name: quote(out, safe="")})
            if changed is not None:
                yield Request("GET", changed.replace("..", "%2e%2e"))
    names = [part.partition("=")[0] for part in sample.path.partition("?")[2].split("&") if part]
    for out in outs[:4] if not values else []:
        query = "&".join(f"{name}={quote(out, safe='')}" for name in dict.fromkeys([*names, "file", "path", "name"]))
        yield Request("GET", f"{path}?{query}")


def mails(scene: Scene) -> Iterator[Try]:
    """Addresses for mails with line ends, and with a second address in them."""
    if scene.host is None or scene.ways.find("POST", "/account/email") is None:
        yield untried("the app sends no mails")
        return
    person = recorded(somebody(scene, "gives an address"), sown(scene).heard)
    where = "POST /account/email"
    person.open("/account/email")
    taken = []
    for typed in (
        f"zq@example.org\r\nBcc: {_BCC}",
        f"zq@example.org\nSubject: zq\n\n{_BCC}",
        f"zq@example.org,{_BCC}",
        f"zq@example.org {_BCC}",
        f"zq <{_BCC}>",
        f'"zq\r\nBcc: {_BCC}\r\n"@example.org',
        f"zq@example.org%0d%0aBcc:{_BCC}",
        "zq@exam\u2100ple.org",
    ):
        answer = person.submit("/account/email", {"email": typed})
        if came_in(answer):
            taken.append(won(f"An address for mails was taken that is more than one: {typed!r}", where, "", answer))
    if not came_in(person.submit("/account/email", {"email": "zq-honest@example.org"})):
        yield untried("an honest address was not taken either", where)
        return
    yield from taken or [held(where)]


_LOOK = "Choose the fields that a form may set by name, one by one, and take whose it is from the session."

ATTACKS = (
    Attack("injection.fields", "Fields that no form offers are taken",
           "Owner, role, state and the like, added to every form and every JSON body; then the records are searched.",
           "Whoever adds a field to a request could own what is another's, or raise their own rights.",
           _LOOK, ("15.3.3", "8.2.3"), ("fields of the form", "role", "rule"), on_scene=fields),
    Attack("injection.json", "JSON is taken that two readers would read differently",
           "Names twice, NaN, marks, deep nesting, endless numbers and wrong kinds in every JSON body.",
           "What checks a request and what carries it out must not read two different things.",
           "Read JSON with the door's reader: describe the body with @api.takes.",
           ("1.5.3", "15.3.5"), ("strict json",), on_scene=two_faced),
    Attack("injection.names", "Names that look like those of others",
           "A name that is taken, in other letters, wide, invisible and turned around, by people who are invited.",
           "Who looks like somebody else is trusted like them.",
           "Compare names by what they look like, and refuse what cannot be seen.",
           (), ("look-alike names",), on_scene=look_alikes),
    Attack("injection.path", "Parameters lead to files outside of their folder",
           "Ways out of the folder, plain and encoded, in every parameter, to a file that is laid down for it.",
           "The files of a server hold its keys, its database and its program.",
           "Give out files with send_from_directory, under names that the server chose.",
           ("5.3.2", "5.4.1"), ("own folder",), on_scene=paths),
    Attack("injection.mail", "What people type adds to a mail",
           "Addresses with line ends, with further addresses, and with names around them.",
           "The server would send what a stranger wrote, to whom the stranger wants.",
           "Read addresses with the door's reader, which takes exactly one.",
           ("1.3.11",), ("one mail address",), on_scene=mails),
)  # fmt: skip
