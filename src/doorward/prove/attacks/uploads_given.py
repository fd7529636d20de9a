"""Attacks on how files are kept and given back: their names, where they lie, and what browsers make of them."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.attacks.uploads import each
from doorward.prove.files import HONEST
from doorward.prove.sample import came_in
from doorward.prove.scene import OTHER, VISITOR, Scene
from doorward.prove.sending import Control, Out, has_arrived, seen_by
from doorward.prove.wire import Answer, NoAnswer, Request, multipart

#: Names as an attacker gives them; the extension follows.
_NAMES = (
    *(
        "../../zq-out",
        "..\\..\\zq-out",
        "/etc/zq-out",
        "C:\\zq-out",
        "zq\0zq",
        "zq\r\nX-Zq: 1",
        'zq"; filename="zq.html',
    ),
    *(
        "zq; filename=zq",
        "zq\u202efdp",
        "zq\u2066zq",
        "z\u017eq \U0001f600",
        "zq" * 200,
        "....//zq",
        "con",
        "%2e%2e%2fzq",
        " ",
    ),
)
_HANDED_IN = ("../../zq-out", 'zq"; filename="zq.html', "zq\r\nX-Zq: 1", "z\u017eq \U0001f600")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff/\\\\]")
_LONGEST = 255
#: RFC 6266 section 4.1, with a name in quotes and one in UTF-8 (RFC 8187).
_OFFER = re.compile(
    r"(?:attachment|inline); filename=\"[^\"\\\x00-\x1f\x7f-\uffff]*\"(?:; filename\*=UTF-8''([\w!#$&+.^`|~%-]*))?",
    re.ASCII,
)
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_ACTIVE = re.compile(r"html|xml|svg|script|flash|hta|x-sh|php|java")
_NOT_OUT = "no file comes out again where this app is asked for it"


def names(scene: Scene) -> Iterator[Try]:
    """Names that are paths, that hide something, or that would break a header."""
    yield from each(scene, _names)


def _names(scene: Scene, control: Control) -> Iterator[Try]:
    extension = control.honest_types[0]
    for name in _NAMES:
        file_id, answer = control.announce(f"{name}{extension}", 20)
        told = answer.json()
        kept = str(told.get("name", "")) if file_id and isinstance(told, dict) else ""
        control.give_up(file_id)
        if kept and (_UNSEEN.search(kept) or kept.startswith(".") or len(kept) > _LONGEST):
            yield won(f"{control.intake} keeps {name + extension!r} as {kept!r}.", control.intake, "", answer)
        else:
            yield held(control.intake)
    for name in _HANDED_IN:
        _, out = control.brought(scene, f"{name}{extension}", HONEST[extension]())
        if out is None:
            yield untried(_NOT_OUT, control.intake)
            continue
        problem = _wrong_name(out.answer)
        yield won(f"{out.path} {problem}.", control.intake, "", out.answer) if problem else held(control.intake)


def _wrong_name(answer: Answer) -> str:
    """What is wrong with how an answer names its file; empty if nothing is."""
    offered = answer.header("content-disposition")
    read = _OFFER.fullmatch(offered)
    if answer.header("x-zq"):
        return "carries a header that stood in the name of a file"
    if read is None:
        return f"names its file so that others read it differently: {offered!r}"
    whole = unquote(read[1] or "")
    return f"offers a file as {whole!r}" if _UNSEEN.search(whole) or whole.startswith(".") else ""


def served(scene: Scene) -> Iterator[Try]:
    """A file that was sent as a page, asked for as its sender would want others to open it."""
    yield from each(scene, _served)


def _served(scene: Scene, control: Control) -> Iterator[Try]:
    extension = control.honest_types[0]
    data = HONEST[extension]()
    out = _sent_as_a_page(scene, control, f"zq{extension}", data) or control.brought(scene, f"zq{extension}", data)[1]
    if out is None:
        yield untried(_NOT_OUT, control.intake)
        return
    answer, policy = out.answer, out.answer.header("content-security-policy")
    shown = answer.kind in _PICTURES
    problems = {
        "is shown and not offered": not (shown or answer.header("content-disposition").startswith("attachment")),
        f"comes as {answer.kind}, which browsers run": bool(_ACTIVE.search(answer.kind)) or not answer.kind,
        "may be guessed to be something else": answer.header("x-content-type-options") != "nosniff",
        "is not in a sandbox": "sandbox" not in policy or "default-src 'none'" not in policy,
    }
    for what, wrong in problems.items():
        yield (
            won(f"A file that somebody sent {what}.", control.intake, out.path, answer)
            if wrong
            else held(control.intake)
        )


def _sent_as_a_page(scene: Scene, control: Control, name: str, data: bytes) -> Out | None:
    """By the form itself, as a browser without scripts does, with a type of the sender's choosing."""
    form = control.form()
    if form is None:
        return None
    fields = {"csrf_token": control.person.csrf_token, **control.fields(scene, form)}
    request = multipart("POST", form.action, fields, {control.field: (name, data)})
    called = request.body.replace(b"application/octet-stream", b"text/html", 1)
    answer = control.person.browse(Request("POST", form.action, request.headers, called))
    return control.find(answer, data) if came_in(answer) else None


def given_to_others(scene: Scene) -> Iterator[Try]:
    """Where a file comes out for its sender, asked for by visitors, and by people who never saw where it was sent."""
    yield from each(scene, _given_to_others)


def _given_to_others(scene: Scene, control: Control) -> Iterator[Try]:
    extension = control.honest_types[0]
    data = HONEST[extension]()
    out = control.brought(scene, f"zq{extension}", data)[1]
    if out is None:
        yield untried(_NOT_OUT, control.intake)
        return
    way, may = scene.ways.find("GET", out.path), seen_by(scene, control)
    for who in (VISITOR, OTHER):
        person = scene.people.get(who)
        if person is None or who in may or (way is not None and way.publishes):
            continue
        got = person.browse(Request("GET", out.path))
        if data in got.body:
            yield won(f"{who.capitalize()} was given a file that somebody else sent.", out.path, "", got)
        else:
            yield held(out.path)


def reachable(scene: Scene) -> Iterator[Try]:
    """A file that lies on the disk of the server, asked for by guesses; and how it lies there."""
    if scene.host is None:
        yield untried("this run has no records of its own")
        return
    yield from each(scene, _reachable)


def _reachable(scene: Scene, control: Control) -> Iterator[Try]:
    assert scene.host is not None  # nosec B101
    extension = control.honest_types[0]
    data, name = HONEST[extension](), f"zq-found{extension}"
    file_id, answer = control.send(name, data)
    folder = Path(scene.host.folder())
    lying = [path for path in folder.rglob("*") if _holds(path, data)]
    if not has_arrived(answer) or not lying:
        yield untried("no file lies in the data folder", control.intake)
        return
    for path in lying:
        if "zq-found" in path.name:
            yield won(f"A file lies on the server under the name that somebody gave it: {path.name}.", control.intake)
        elif stat.S_IMODE(path.stat().st_mode) & 0o177:
            yield won(f"A file lies on the server with mode {path.stat().st_mode & 0o777:o}.", control.intake)
        else:
            yield held(control.intake)
    guesses = [str(path.relative_to(folder)) for path in lying]
    guesses += [guess.removeprefix("files/") for guess in guesses] + [path.name for path in lying] + [file_id, name]
    for who in (VISITOR, OTHER):
        person = scene.people.get(who)
        for guess in dict.fromkeys(guesses) if person is not None else ():
            for before in (
                "/",
                "/static/",
                "/doorward/static/",
                "/files/",
                "/uploads/",
                "/media/",
                "/doorward/static/..%2f",
            ):
                try:
                    got = person.browse(Request("GET", before + guess)) if person is not None else Answer(404)
                except NoAnswer:
                    continue
                if data in got.body:
                    yield won(f"{who.capitalize()} read a file by guessing {before + guess}.", control.intake, "", got)
                else:
                    yield held(control.intake)
    control.give_up(file_id)


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False


ATTACKS = (
    Attack("uploads.names", "The name of a file is a path, or breaks a header",
           "Names that lead elsewhere, that hide their end, and with quotes, lines and other scripts in them.",
           "A name that is believed writes over other files, or shows people something that the file is not.",
           "Give files back with file_answer, and make no path of a name.",
           ("5.3.2", "5.4.1", "5.4.2"), ("cleaned names", "names in headers"), on_scene=names),
    Attack("uploads.served", "Files that people sent run in others' browsers",
           "A file that its sender called a page, asked for where it comes out.",
           "What a browser shows as a page of this site runs as this site: it reads and does what its reader may.",
           "Give files back with file_answer: with a type of its own choosing, as a download, in a sandbox.",
           ("1.3.4", "3.2.1", "5.3.1"), ("inert files", "downloads", "types of files", "nosniff", "csp"),
           on_scene=served),
    Attack("uploads.given", "Files come out for people who may not see them",
           "Where a file comes out for its sender, asked for by visitors and by people who never saw its control.",
           "Numbers in addresses are easily guessed; what somebody sent for a few is read by everybody.",
           'Ask your policy before file_answer; or say that it is meant: @access.publishes("what").',
           ("8.2.1", "8.2.2"), ("owner",), on_scene=given_to_others),
    Attack("uploads.reachable", "Files that people sent lie where anybody finds them",
           "Where files lie on the disk, asked for under every prefix that apps use, and how they lie there.",
           "A file that is given out past the app is given to everybody; one that can be run is run.",
           "Keep the data folder out of every folder that is served, and let the kit keep the files.",
           ("5.3.1", "5.3.2", "13.4.3"), ("files out of reach", "private files", "names that are no paths"),
           on_scene=reachable),
)  # fmt: skip
