"""Attacks on how files come in: what they are, how large, whose, and what is done with them before they are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.attacks.sockets import NO_SOCKET
from doorward.prove.files import BOMBS, DISGUISED, ESCAPING, HONEST, HostileFile
from doorward.prove.findings import Severity
from doorward.prove.raw import Raw
from doorward.prove.sample import came_in
from doorward.prove.scene import OTHER, VISITOR, Scene
from doorward.prove.sending import Control, has_arrived, seen_by, working_controls
from doorward.prove.wire import Answer, Request

_NONE = "no page of this app has a control for files by which an honest one comes in"
#: What browsers or servers run: on no list of types.
_RUN = (".html", ".svg", ".xhtml", ".js", ".php", ".py", ".cgi", ".exe", ".sh", ".jar", ".hta", ".svgz", ".htaccess")
_TWICE = ("zq.txt.html", "zq.php.", "zq.html ", "zq.svg\0.txt.svg", ".html", "zq", "zq.txt/.php", "zq.ph\u200bp")
_FAR_TOO_MUCH = 1 << 50


def each(scene: Scene, attack: Callable[[Scene, Control], Iterator[Try]]) -> Iterator[Try]:
    """The attack at a control of each intake that takes an honest file."""
    found = working_controls(scene)
    for control in found:
        if control.person.is_in() or control.person.sign_in():
            yield from attack(scene, control)
    if not found:
        yield untried(_NONE)


def _where(control: Control) -> str:
    return f"{control.intake} at {control.page}"


def types(scene: Scene) -> Iterator[Try]:
    """Names that say that they are what nobody takes, and names that hide it."""
    yield from each(scene, _types)


def _types(_scene: Scene, control: Control) -> Iterator[Try]:
    names = [f"zq{one}" for one in _RUN if one not in control.types]
    for name in (*names, *_TWICE):
        file_id, answer = control.announce(name, 20)
        control.give_up(file_id)
        if file_id:
            yield won(f"{control.intake} takes {name!r}.", _where(control), control.offer(name, 20), answer)
        else:
            yield held(_where(control))


def content(scene: Scene) -> Iterator[Try]:
    """Files that are not what they are called, or two things at once."""
    yield from each(scene, lambda _, control: _hostile(control, DISGUISED))


def bombs(scene: Scene) -> Iterator[Try]:
    """Files that are small to send and large to read."""
    yield from each(scene, lambda _, control: _hostile(control, BOMBS))


def escaping(scene: Scene) -> Iterator[Try]:
    """Archives that would write elsewhere when they are unpacked."""
    yield from each(scene, lambda _, control: _hostile(control, ESCAPING))


def _hostile(control: Control, files: Sequence[HostileFile]) -> Iterator[Try]:
    """Each, where an honest file of the same type arrives."""
    taken = {extension: control.takes(extension) for extension in {one.extension for one in files} & {*control.types}}
    for one in files:
        if one.extension not in control.types:
            continue
        if not taken[one.extension]:
            yield untried(f"no honest {one.extension} arrives either", _where(control))
            continue
        file_id, answer = control.send(f"zq{one.extension}", one.make())
        control.give_up(file_id)
        if has_arrived(answer):
            yield won(f"{control.intake} takes {one.what} ({one.extension}).", _where(control), "", answer)
        else:
            yield held(_where(control))


def size(scene: Scene) -> Iterator[Try]:
    """A file larger than the control says, announced; and more bytes than were announced."""
    yield from each(scene, _size)


def _size(_scene: Scene, control: Control) -> Iterator[Try]:
    extension = control.honest_types[0]
    file_id, answer = control.announce(f"zq{extension}", control.most + 1)
    control.give_up(file_id)
    if file_id:
        what = f"{control.intake} takes more than the {control.most} bytes that its page names."
        yield won(what, _where(control), "", answer)
    else:
        yield held(_where(control))
    data = HONEST[extension]()
    file_id, _ = control.announce(f"zq{extension}", len(data) - 1)
    answer = control.person.browse(control.bytes_for(file_id, data))
    control.give_up(file_id)
    if has_arrived(answer):
        yield won(f"{control.intake} takes more bytes than were announced.", _where(control), "", answer)
    else:
        yield held(_where(control))


def length(scene: Scene) -> Iterator[Try]:
    """The head of a request that announces far too much, and nothing of it: refused before anything of it is read?"""
    if scene.place is None:
        yield untried(NO_SOCKET)
        return
    yield from each(scene, _length)


def _length(scene: Scene, control: Control) -> Iterator[Try]:
    extension = control.honest_types[0]
    file_id, _ = control.announce(f"zq{extension}", len(HONEST[extension]()))
    pieces = control.person.dressed(control.bytes_for(file_id, b""))
    form = control.form()
    tries = {"a piece": pieces}
    if form is not None:
        headers = {"Content-Type": "multipart/form-data; boundary=zq", "X-CSRF-Token": control.person.csrf_token}
        tries["a form"] = control.person.dressed(Request("POST", form.action, headers))
    for what, request in tries.items():
        answer = _head_alone(scene, request)
        if answer is not None and answer.status == 413:
            yield held(_where(control))
        else:
            said = f"answered {answer.status}" if answer is not None else "waited for it"
            yield won(f"The server {said} where {what} of {_FAR_TOO_MUCH} bytes was announced.", _where(control))
    control.give_up(file_id)


def _head_alone(scene: Scene, request: Request) -> Answer | None:
    """The answer to a head that announces a body of which nothing comes; None if the server waits for it."""
    assert scene.place is not None  # nosec B101
    headers = {"Host": scene.place.header, "Sec-Fetch-Site": "same-origin", **request.headers}
    headers |= {"X-Forwarded-For": request.address or "127.0.0.1", "X-Forwarded-Proto": "http"}
    lines = [f"{name}: {value}" for name, value in {**headers, "Content-Length": str(_FAR_TOO_MUCH)}.items()]
    head = "\r\n".join([f"{request.method} {request.path} HTTP/1.1", *lines, "", ""])
    with Raw(scene.place, seconds=3.0) as wire:
        wire.send(head.encode())
        return next(iter(wire.answers()), None)


def quota(scene: Scene) -> Iterator[Try]:
    """A file that does not fit any more into what one account may have."""
    yield from each(scene, _quota)


def _quota(scene: Scene, control: Control) -> Iterator[Try]:
    account = scene.ids.get(control.person.name)
    if scene.host is None or account is None:
        yield untried("this run has no records of its own")
        return
    extension = control.honest_types[0]
    most = len(HONEST[extension]()) + 100
    undo = scene.host.fill_quota(control.intake, account, most - 1)
    try:
        file_id, answer = control.announce(f"zq{extension}", most)
        control.give_up(file_id)
    finally:
        undo()
    again, _ = control.announce(f"zq{extension}", most)
    control.give_up(again)
    if not again:
        yield untried("it did not fit with room either", _where(control))
    elif file_id:
        yield won(f"{control.intake} lets one account have more than it may.", _where(control), "", answer)
    else:
        yield held(_where(control))


def owners(scene: Scene) -> Iterator[Try]:
    """What one person is sending, read, gone on with, deleted and handed in by others."""
    yield from each(scene, _owners)


def _owners(scene: Scene, control: Control) -> Iterator[Try]:
    extension = control.honest_types[0]
    data = HONEST[extension]()
    for name in (OTHER, VISITOR):
        thief = scene.people.get(name)
        if thief is None or thief is control.person or not (name == VISITOR or thief.is_in() or thief.sign_in()):
            continue
        file_id, _ = control.announce(f"zq{extension}", len(data))
        half = control.person.browse(control.bytes_for(file_id, data[:3]))
        thief.open("/login")
        steps = {
            "read how far it is": control.about_it("GET", file_id),
            "went on sending it": control.bytes_for(file_id, data[3:5], 3),
            "deleted it": control.about_it("DELETE", file_id),
        }
        for what, request in steps.items():
            answer = thief.browse(request)
            if answer.status < 300:
                yield won(f"{name.capitalize()} {what}, what somebody else is sending.", _where(control), "", answer)
            else:
                yield held(_where(control))
        whole = control.person.browse(control.bytes_for(file_id, data[3:], 3))
        if half.status != 200 or not (has_arrived(whole) or whole.status in (404, 409)):
            yield untried("its own sender could not finish it either", _where(control))
        control.give_up(file_id)


def strangers(scene: Scene) -> Iterator[Try]:
    """Files announced by people who never came across the control that they are for."""
    yield from each(scene, _strangers)


def _strangers(scene: Scene, control: Control) -> Iterator[Try]:
    may = seen_by(scene, control)
    for name in (OTHER, VISITOR):
        stranger = scene.people.get(name)
        if stranger is None or name in may or not (name == VISITOR or stranger.is_in() or stranger.sign_in()):
            continue
        stranger.open("/login")
        file_id, answer = control.by(stranger).announce(f"zq{control.honest_types[0]}", 20)
        control.by(stranger).give_up(file_id)
        if file_id:
            what = f"{name.capitalize()} sends files to {control.intake}, to something that they never saw."
            yield won(what, _where(control), control.offer("zq", 20), answer)
        else:
            yield held(_where(control))


def early(scene: Scene) -> Iterator[Try]:
    """Files of which not all has come, and files that were refused, handed in all the same."""
    yield from each(scene, _early)


def _early(scene: Scene, control: Control) -> Iterator[Try]:
    extension = control.honest_types[0]
    data = HONEST[extension]()
    half, _ = control.announce(f"zq{extension}", len(data))
    control.person.browse(control.bytes_for(half, data[: len(data) // 2]))
    none, _ = control.announce(f"zq{extension}", len(data))
    refused, answer = control.send(f"zq{extension}", b"\x7fELF" + bytes(200))
    handed = {
        "is not whole": half,
        "has not come at all": none,
        **({} if has_arrived(answer) else {"was refused": refused}),
    }
    answers = {what: control.hand_in(scene, file_id) for what, file_id in handed.items()}
    for file_id in (half, none, refused):
        control.give_up(file_id)
    if not control.brought(scene, f"zq{extension}", data)[0]:
        yield untried("a whole file could not be handed in either", _where(control))
        return
    for what, got in answers.items():
        if got is not None and came_in(got):
            yield won(f"The app uses a file that {what}.", _where(control), "", got)
        else:
            yield held(_where(control))


_WHY = "A file is opened by others, later and elsewhere, by programs that believe what it is called."
_MEND = "Take files by an Intake alone, which looks into each before anybody can use it, and report this."
_ROOM = "Whoever may send without bounds fills the disk, and then nobody can save anything."

ATTACKS = (
    Attack("uploads.types", "Files come in that browsers or servers run",
           "Names of pages, drawings, scripts and programs, announced as they are and in disguise.",
           "A page or drawing that comes from this site runs as this site, in whoever opens it.",
           "Name the types that are needed in Intake(types=…); pages and drawings are never among them.",
           ("1.3.4", "5.2.2", "5.3.1"), ("listed types",), on_scene=types),
    Attack("uploads.content", "Files come in that are not what they are called",
           "Pages, scripts, drawings and programs under other names, and files that are two things at once.",
           _WHY, _MEND, ("1.3.4", "5.2.2"), ("files looked into",), on_scene=content),
    Attack("uploads.bombs", "Files come in that unpack to very much",
           "Archives, documents and pictures that are small to send and large to read.",
           "Whoever looks at such a file, the server or a person, runs out of memory or disk.",
           _MEND, ("5.2.3", "5.2.6"), ("files looked into", "bounded looks"), on_scene=bombs),
    Attack("uploads.archives", "Archives come in that write elsewhere when they are unpacked",
           "Archives and documents with names that lead out of their folder, and with links.",
           "Who unpacks such an archive writes over files that lie elsewhere.",
           _MEND, ("5.2.5", "5.3.2"), ("files looked into", "own paths in archives"), on_scene=escaping),
    Attack("uploads.size", "Files come in that are larger than was said",
           "More than the page says that it takes, announced; and more bytes than were announced.",
           _ROOM, "Set Intake(max_bytes=…), and leave receiving to the kit.",
           ("5.2.1",), ("largest file", "announced size"), Severity.MEDIUM, on_scene=size),
    Attack("uploads.length", "The server waits for bodies that are far too large",
           "The head of a piece and of a form that announce a petabyte, and nothing of it.",
           _ROOM, "Refuse by the announced length, before anything is read.",
           ("5.2.1",), ("body cap",), Severity.MEDIUM, on_scene=length),
    Attack("uploads.quota", "One account fills the disk",
           "A file that does not fit any more into what one account may have.",
           _ROOM, "Set Intake(per_account=…, in_all=…).",
           ("5.2.4",), ("quotas",), Severity.MEDIUM, on_scene=quota),
    Attack("uploads.owners", "People reach what others are sending",
           "The state of a file that somebody is sending, its next bytes, and its end, asked for by others.",
           "Others would read what was never meant for them, or put their words into somebody's file.",
           "Ask whose a file is at every step, and say to others that it does not exist.",
           ("8.2.2",), ("own uploads",), on_scene=owners),
    Attack("uploads.strangers", "People send files to where they may not",
           "What a control says, announced by people who never came across it.",
           "Files would lie where others trust them, by somebody who has no business there.",
           "Let may_send ask whether this person may see and change what the file is about.",
           ("8.2.2",), ("may send",), on_scene=strangers),
    Attack("uploads.early", "Files are used before they were looked into",
           "Files of which not all has come, that have not come at all, and that were refused, handed in with a form.",
           _WHY, _MEND, ("2.3.1", "5.2.2"), ("whole files",), on_scene=early),
)  # fmt: skip
