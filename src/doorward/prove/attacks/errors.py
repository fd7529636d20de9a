"""Attacks that make the app fail: whether it does, what it then tells, and whether it lets anybody in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote_plus

from doorward.prove.asking import failed
from doorward.prove.attack import Attack, Try, held, won
from doorward.prove.findings import Severity
from doorward.prove.gathering import gathered
from doorward.prove.person import Person
from doorward.prove.sample import came_in, described
from doorward.prove.scene import Scene
from doorward.prove.sowing import SOWER, Heard, recorded, sower_for, sown
from doorward.prove.wire import NoAnswer, Request

_TELLING = re.compile(
    r"Traceback \(most recent|File \"/|\.py\", line \d|site-packages|sqlite3\.|sqlalchemy|psycopg|werkzeug|jinja2"
    r"|\b(?:Operational|Integrity|Programming|Attribute|Type|Key|Value|Overflow|Undefined)Error\b|TemplateNotFound"
    r"|\bSELECT [^<>]{1,200} FROM |\bINSERT INTO |0x7f[0-9a-f]{9,}|/usr/lib/|\.pyenv"
)
_FILES = (
    *(".git/HEAD", ".git/config", ".svn/entries", ".hg/hgrc", ".env", ".env.local", ".DS_Store", ".htpasswd"),
    *("doorward.toml", "app.py", "wsgi.py", "__init__.py", "settings.py", "config.py", "models.py", "pyproject.toml"),
    *("requirements.txt", "Makefile", "Dockerfile", "docker-compose.yml", "id_rsa", "backup.zip", "backup.tar.gz"),
    *("doorward.db", "doorward.sqlite", "db.sqlite3", "dump.sql", "app.py.bak", "app.py~", "index.html.bak"),
)
_WATCHING = (
    *("metrics", "debug", "server-status", "server-info", "actuator", "actuator/health", "actuator/env", "console"),
    *("swagger", "swagger-ui", "swagger.json", "docs", "redoc", "openapi.json", "graphql", "phpinfo.php", "status"),
    *("_debug_toolbar", "__debugger__", "flower", "trace", "heapdump", "info", "version", "env", "health", "stats"),
)
_LISTING = re.compile(r"Index of /|Directory listing|Parent Directory", re.I)
_VERSION = re.compile(r"\d+\.\d+|/\w+/\w+/|sqlite|postgres|python", re.I)
_ODD_HEADERS = (
    {"Accept": ";q=x,,/,*/*;q=9e9"},
    {"Accept-Language": "x" * 3000},
    {"Content-Type": "multipart/form-data"},
    {"Content-Type": "application/json; charset=zq"},
    {"Content-Type": "text/html; boundary=\x7f"},
    {"If-Modified-Since": "yesterday", "If-None-Match": '"', "Range": "bytes=9-1,a-"},
    {"If-Range": "zq", "Range": "bytes=-999999999999999999999"},
    {"Cookie": '$Version=1; ="; a=\\777; b; =c; ;;'},
    {"Authorization": "Basic ////"},
    {"Last-Event-ID": "9" * 400},
    {"Sec-Fetch-Site": "zq", "Origin": "http://[", "Referer": "http://[::"},
)
_WAYS = 60


def _provoked(scene: Scene) -> Iterator[Heard]:
    """What the sowing heard, and besides: odd headers at every page, odd bodies at every form."""
    made = sown(scene)
    yield from list(made.heard)
    kept: list[Heard] = []
    for number, sample in enumerate([one for one in scene.samples_of("GET") if one.renew is None][:_WAYS]):
        if sample.way.path in ("/live", "/logout"):
            continue
        asks = sower_for(made, sample)
        person = recorded(asks.twin(asks.name), kept)
        for turn in range(2):
            headers = _ODD_HEADERS[(number * 2 + turn) % len(_ODD_HEADERS)]
            _quietly(person, Request("GET", f"{sample.path.partition('?')[0]}?%ff=%zz&&=&a[]=1", headers))
    for asks, way, form, _ in made.forms[:_WAYS]:
        person = recorded(asks.twin(asks.name), kept)
        token = {"X-CSRF-Token": asks.csrf_token}
        for kind, body in (
            ("application/json", b'{"a": [1, {"b": null}]}'),
            ("multipart/form-data; boundary=zq", b"--zq\r\nContent-Disposition: form-data; name=\r\n\r\n"),
            ("application/x-www-form-urlencoded", b"%ff=%fe&=&&a=%00&" + b"&".join(b"a=1" for _ in range(1200))),
        ):
            _quietly(person, Request(way.method, form.action, {"Content-Type": kind, **token}, body))
    yield from kept


def _quietly(person: Person, request: Request) -> None:
    try:
        person.browse(request)
    except NoAnswer:
        return


def failures(scene: Scene) -> Iterator[Try]:
    """Whatever was sent in this run: the app may refuse it, and must not fail at it."""
    for one in _provoked(scene):
        where = f"{one.request.method} {one.request.path.partition('?')[0][:100]}"
        if failed(one.answer) and (one.answer.status != 503 or _fails_again(one)):
            yield won(
                f"{where} failed with {one.answer.status}.", where, described(one.person, one.request), one.answer
            )
        else:
            yield held(where)


def _fails_again(one: Heard) -> bool:
    """Whether it was no passing rush: the same fails once more, while the start page answers."""
    try:
        return failed(one.person.browse(one.request)) and not failed(one.person.browse(Request("GET", "/")))
    except NoAnswer:
        return False


def internals(scene: Scene) -> Iterator[Try]:
    """Every refusal and failure of the run, read for what only the app's makers should see."""
    folder = scene.host.folder() if scene.host is not None else ""
    answers = [(f"{one.request.method} {one.request.path[:100]}", one.request, one.answer) for one in sown(scene).heard]
    answers += [(one.where, one.request, one.answer) for one in gathered(scene)]
    for where, request, answer in answers:
        if answer.status < 400:
            continue
        told = _TELLING.search(answer.text)
        if told or (folder and folder in answer.text and folder not in _sent(request)):
            yield won(f"The error at {where} tells of the inside: {told[0][:60] if told else 'a folder'}", where,
                      request, answer)  # fmt: skip
        else:
            yield held(where)


def _sent(request: Request) -> str:
    """What a request said, as an answer may say it back."""
    return unquote_plus(f"{request.path} {request.body.decode('utf-8', 'replace')}")


def _prefixes(scene: Scene) -> list[str]:
    """Where files are given out: the root, and whatever public way ends in a name."""
    found = ["/"]
    for way in scene.ways.all:
        if way.method == "GET" and way.public and way.path.endswith(("name>", "path>", "filename>", "file>")):
            found.append(way.path.partition("<")[0])
    return list(dict.fromkeys(found))[:8]


def files(scene: Scene) -> Iterator[Try]:
    visitor = scene.visitor
    for prefix in _prefixes(scene):
        if came_in(visitor.browse(Request("GET", f"{prefix}zq-nothing-of-this-name.txt"))):
            continue
        for name in _FILES:
            request = Request("GET", prefix + name)
            answer = visitor.browse(request)
            if answer.status == 200 and answer.body:
                yield won(f"{prefix}{name} is given out.", prefix, request, answer)
            else:
                yield held(prefix)


def listings(scene: Scene) -> Iterator[Try]:
    visitor = scene.visitor
    for prefix in _prefixes(scene):
        for path in dict.fromkeys((prefix, f"{prefix}%2e", f"{prefix}%2e/", prefix.rstrip("/") or "/")):
            request = Request("GET", path)
            answer = visitor.browse(request)
            if answer.status == 200 and _LISTING.search(answer.text):
                yield won(f"{path} lists its files.", path, request, answer)
            else:
                yield held(path)


def watching(scene: Scene) -> Iterator[Try]:
    """Pages for makers and for monitoring: those that nobody meant, and what those that are meant tell."""
    visitor = scene.visitor
    for name in _WATCHING:
        way = scene.ways.find("GET", f"/{name}")
        if way is not None and way.public:
            continue
        request = Request("GET", f"/{name}")
        answer = visitor.browse(request)
        yield won(f"/{name} is open.", f"/{name}", request, answer) if answer.status == 200 else held(f"/{name}")
    for path in ("/healthz", "/readyz"):
        request = Request("GET", path)
        answer = visitor.browse(request)
        if answer.status == 200 and (_VERSION.search(answer.text) or len(answer.body) > 200):
            yield won(f"{path} tells more than that the app is well.", path, request, answer)
        else:
            yield held(path)


def fails_closed(scene: Scene) -> Iterator[Try]:
    """Credentials that are no more than noise: whoever cannot be told must be taken for a stranger."""
    known = sown(scene).people.get(SOWER)
    names = list(known.cookies) if known is not None else ["session"]
    cut = {name: value[:-3] for name, value in known.cookies.items()} if known is not None else {}
    noises = [
        *({"Cookie": "; ".join(f"{name}={value}" for name in names)} for value in ("\xff\xfe", "a" * 6000, '"', "{}")),
        {"Cookie": "; ".join(f"{name}={value}" for name, value in cut.items()) or "a=b"},
        *({"Authorization": value} for value in ("Bearer", "Bearer \xff", f"Bearer {'a' * 6000}", "Basic !", "zq zq")),
    ]
    guarded = [one for one in scene.samples_of("GET") if one.way.ruled and not one.way.public and one.renew is None]
    for number, sample in enumerate(guarded[:_WAYS]):
        stranger = scene.visitor
        if came_in(stranger.browse(sample.build())):
            continue
        for noise in noises if number < 3 else noises[number % len(noises) :][:1]:
            request = replace(sample.build(), headers={**sample.build().headers, **noise})
            try:
                answer = scene.visitor.browse(request)
            except (NoAnswer, UnicodeError):
                continue
            where = str(sample.way)
            let_in = came_in(answer) and answer.status < 300
            yield won(f"{where} lets noise in.", where, request, answer) if let_in else held(where)


_TELLS = "Errors that tell of files, queries and libraries save an attacker the search for what is known to be broken."

ATTACKS = (
    Attack("errors.failures", "The app fails at what it is sent",
           "Wrong kinds, missing fields, extremes, odd headers and odd bodies at every way.",
           "Where a program fails, its maker has not thought; what was half done then is the attacker's choice.",
           "Check what comes in, and refuse it with a sentence: errors of the door have a status.",
           ("16.5.3", "2.2.1"),
           ("input checked", "bound parameters", "number from the address", "input that is looked at"),
           Severity.MEDIUM, on_scene=failures),
    Attack("errors.internals", "Errors tell of the inside",
           "Every refusal and failure of the run, read for traces, queries, folders and libraries.",
           _TELLS, "Leave errors to the door, which shows a number and writes the trace into the log.",
           ("16.5.1", "13.4.2"), ("errors without internals",), Severity.MEDIUM, on_scene=internals),
    Attack("errors.files", "Files of the program are given out",
           "Source control, settings, sources, backups and databases, at the root and beside every file.",
           "They hold keys, and show where else to look.",
           "Give out files of one folder that holds nothing else.", ("13.4.1",), ("own files",),
           on_scene=files),
    Attack("errors.listings", "Folders are listed", "Every place where files are given out, without a name.",
           "Who sees the list finds what nobody linked.", "Give out files by their names only.",
           ("13.4.3",), ("no listings",), Severity.LOW, on_scene=listings),
    Attack("errors.watching", "Pages for makers and monitoring are open",
           "The usual addresses of metrics, consoles and descriptions; what /healthz and /readyz tell.",
           _TELLS, "Give them a rule for administrators, or take them out.",
           ("13.4.5", "13.4.2"), ("quiet health",), Severity.MEDIUM, on_scene=watching),
    Attack("errors.noise", "Credentials that make no sense open the app",
           "Every way that demands somebody, with cookies and tokens that are noise, cut short, or far too long.",
           "When a check fails, the answer must be no.",
           "Let the door look up who is calling, and add no way around it.",
           ("16.5.3",), ("fail closed",), on_scene=fails_closed),
)  # fmt: skip
