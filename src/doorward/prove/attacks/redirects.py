"""Attacks on where the app sends people: to other sites, to hosts that a request names, past its own address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote, urlencode, urljoin, urlsplit

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.findings import Severity
from doorward.prove.person import Person
from doorward.prove.sample import came_in, described
from doorward.prove.scene import PROGRAM, Scene
from doorward.prove.sowing import SOWING_ADMIN, sower_for, sown
from doorward.prove.stories.telling import somebody, start_over
from doorward.prove.wire import Answer, NoAnswer, Request
from doorward.prove.wire import form as form_request

_EVIL = "evil.example"
_PROBE = "/zq-led-on"
_NAMES = (
    *("next", "url", "return", "return_to", "return_url", "redirect", "redirect_to", "redirect_uri", "goto"),
    *("continue", "back", "target", "dest", "destination", "to", "callback", "referer"),
)
_REFRESH = re.compile(r"<meta[^>]+http-equiv=[\"']?refresh[\"']?[^>]+url=([^\"'>\s]+)", re.I)


def ways_away(own: str) -> tuple[str, ...]:
    """Addresses that browsers read as those of another site, and careless checks as paths."""
    return (
        f"https://{_EVIL}/",
        f"//{_EVIL}/",
        f"/\\{_EVIL}/",
        f"\\\\{_EVIL}/",
        f"https:{_EVIL}",
        f"https:/{_EVIL}",
        f"///{_EVIL}/",
        f"/\t/{_EVIL}/",
        f"/\n/{_EVIL}/",
        f"\t//{_EVIL}/",
        f" //{_EVIL}/",
        f"/\r\n/{_EVIL}/",
        f"http://{own}@{_EVIL}/",
        f"https://{_EVIL}\\@{own}/",
        f"http://{own}.{_EVIL}/",
        f"http://{urlsplit(f'//{own}').hostname}:9/",
        f".{_EVIL}/",
        f"@{_EVIL}/",
        f"%2f%2f{_EVIL}/",
        f"/%2f%2f{_EVIL}/../..//{_EVIL}",
        f"/..//{_EVIL}/",
        "javascript:fetch('/zqran/1')",
        "data:text/html,zq",
    )


def leads_away(location: str, url: str) -> bool:
    """Would a browser at `url` leave the site at this Location? Read as browsers do (WHATWG URL), not as RFC 3986."""
    cleaned = re.sub(r"[\t\r\n]", "", location).strip("".join(map(chr, range(33)))).replace("\\", "/")
    scheme = re.match(r"([a-z][a-z0-9+.-]*):", cleaned, re.I)
    if scheme and scheme[1].lower() not in ("http", "https"):
        return True
    rest = cleaned[scheme.end() :] if scheme else cleaned
    own = urlsplit(url)
    if rest.startswith("//") or (scheme and scheme[1].lower() != own.scheme):
        return urlsplit(f"//{rest.lstrip('/')}").netloc != own.netloc
    return urlsplit(urljoin(url, rest)).netloc != own.netloc


def _target(answer: Answer) -> str:
    """Where an answer leads by itself: by its status, or by the page."""
    refresh = _REFRESH.search(answer.text) if answer.is_html else None
    location = answer.header("location") if 300 <= answer.status < 400 else ""
    return location or (refresh[1] if refresh else "")


def open_redirects(scene: Scene) -> Iterator[Try]:
    """Whatever leads on to an address that the request names is tried with all that lead away."""
    listening = 0
    for person, request_for, where in _places(scene):
        try:
            if _PROBE not in _target(person.browse(request_for(_PROBE))):
                continue
            listening += 1
            for away in ways_away(urlsplit(scene.facts.url).netloc):
                request = request_for(away)
                answer = person.browse(request)
                if leads_away(_target(answer), scene.facts.url):
                    yield won(f"{where} leads to {_target(answer)[:80]!r}.", where, described(person, request), answer)
                else:
                    yield held(where)
        except NoAnswer:
            continue
    yield from _after_signing_in(scene)
    if not listening:
        yield untried("nothing leads on to an address that a request names")


class _Places:
    """A request that names an address, in every way that apps are known to listen to."""

    def __init__(self, method: str, path: str, fields: dict[str, str], names: tuple[str, ...]) -> None:
        self._method, self._path, self._fields, self._names = method, path, fields, names

    def __call__(self, address: str) -> Request:
        named = dict.fromkeys(self._names, address)
        referer = {"Referer": f"https://{_EVIL}/{address}"} if address.isprintable() else {}
        if self._method == "GET":
            return Request("GET", f"{self._path}?{urlencode({**self._fields, **named})}", referer)
        return form_request(self._method, self._path, {**self._fields, **named})


def _places(scene: Scene) -> Iterator[tuple[Person, _Places, str]]:
    made = sown(scene)
    for sample in [one for one in scene.samples_of("GET") if one.renew is None]:
        if sample.way.path not in ("/live", "/logout") and not sample.way.parameters:
            path = sample.path.partition("?")[0]
            yield sower_for(made, sample), _Places("GET", path, {}, _NAMES), str(sample.way)
    for person, way, form, plain in made.forms:
        paths = tuple(name for name, value in plain.items() if value.startswith("/"))
        fields = {"csrf_token": person.csrf_token, **plain}
        yield person, _Places(way.method, form.action, fields, (*_NAMES, *paths)), str(way)


def _after_signing_in(scene: Scene) -> Iterator[Try]:
    """Signing in leads back to where one was: the most trusted redirect of all."""
    if scene.host is None or scene.ways.find("POST", "/login") is None:
        return
    person = somebody(scene, "is led on")
    where = "POST /login"
    for away in ("/account", *ways_away(urlsplit(scene.facts.url).netloc)):
        start_over(scene, person)
        _, page = person.open(f"/login?next={quote(away, safe='')}")
        offered = next((one.value for form in page.forms for one in form.fields if one.name == "next"), "")
        if away != "/account" and leads_away(offered, scene.facts.url):
            yield won(f"The sign-in page leads on to {offered[:60]!r}.", where)
        if away in _LEFT_TO_THE_PAGE:
            continue
        fields = {"username": person.account, "password": person.password, "next": away}
        answer = person.submit("/login", fields)
        if leads_away(answer.header("location"), scene.facts.url):
            yield won(f"Signing in leads to {answer.header('location')[:80]!r}.", where, "", answer)
        elif came_in(answer):
            yield held(where)


#: Of these the page is asked only: each sign-in costs a hash.
_LEFT_TO_THE_PAGE = (f"https:/{_EVIL}", f"\t//{_EVIL}/", f" //{_EVIL}/", "data:text/html,zq", f"/\n/{_EVIL}/")


def hosts(scene: Scene) -> Iterator[Try]:
    """Requests that name another host, in every header that is ever believed: no link may take it up."""
    own = urlsplit(scene.facts.url).netloc
    admin = sown(scene).people.get(SOWING_ADMIN)
    for header, value in (
        ("Host", _EVIL),
        ("Host", f"{own}@{_EVIL}"),
        ("Host", f"{urlsplit(scene.facts.url).hostname}.{_EVIL}"),
        ("X-Forwarded-Host", _EVIL),
        ("X-Forwarded-Host", f"{own}, {_EVIL}"),
        ("X-Forwarded-Host", f"{_EVIL}, {own}"),
        ("Forwarded", f"host={_EVIL}"),
        ("X-Host", _EVIL),
        ("X-Original-Host", _EVIL),
        ("X-HTTP-Host-Override", _EVIL),
        ("X-Forwarded-Server", _EVIL),
    ):
        for person, request in _linking(scene, admin):
            sent = replace(request, headers={**request.headers, header: value})
            where = f"{request.method} {request.path}"
            try:
                answer = person.browse(sent)
            except NoAnswer:
                continue
            said = " ".join([answer.text, *(text for name, text in answer.headers)])
            if _EVIL in said:
                yield won(f"{where} believes {header}: {value}.", where, described(person, sent), answer)
            elif header == "Host" and answer.status < 400:
                yield won(f"{where} answers for the host {value}.", where, described(person, sent), answer)
            else:
                yield held(where)


def _linking(scene: Scene, admin: Person | None) -> Iterator[tuple[Person, Request]]:
    """Requests whose answers have links or redirects: pages, the way to sign in, and a link that is handed out."""
    visitor = scene.visitor
    for path in ("/", "/login", "/account", "/api/openapi.json"):
        if scene.ways.find("GET", path) is not None:
            yield visitor, Request("GET", path)
    if admin is not None and scene.ways.find("POST", "/admin/invitations") is not None:
        admin.open("/admin/invitations")
        fields = {"csrf_token": admin.csrf_token, "note": "a link", "role": "member", "days": "7", "uses": "1"}
        yield admin, form_request("POST", "/admin/invitations", fields)


def rewriting(scene: Scene) -> Iterator[Try]:
    """Headers that name another path than the one that was asked for, and so another rule."""
    visitor = scene.visitor
    plain = visitor.browse(Request("GET", "/"))
    for header in ("X-Original-URL", "X-Rewrite-URL", "X-Override-URL", "X-Forwarded-Prefix", "X-Script-Name"):
        request = Request("GET", "/", {header: "/zq-nowhere"})
        answer = visitor.browse(request)
        if answer.status != plain.status or "zq-nowhere" in answer.text + answer.header("location"):
            yield won(f"The header {header} says which page is meant.", header, request, answer)
        else:
            yield held(header)


def for_programs(scene: Scene) -> Iterator[Try]:
    """Ways for programs over plain HTTP: a redirect to HTTPS would hide that the token went over the wire."""
    program = scene.person(PROGRAM)
    paths = [sample.path for sample in scene.samples_of("GET") if sample.person.is_program]
    if program is None or not paths:
        yield untried("the app has no ways for programs")
        return
    for path in paths[:20]:
        request = Request("GET", path, {"Accept": "application/json"})
        answer = program.send(request)
        if answer.header("location").startswith("https:"):
            yield won(f"{path} leads programs on to HTTPS, after they have sent their token.", path, request, answer)
        else:
            yield held(path)


_MEND = "Lead on only to what begins with one slash and is a path here; leave public_url and the hosts to the door."

ATTACKS = (
    Attack("redirects.open", "The app leads people to other sites",
           "Every page and form, and signing in, with addresses that browsers read as those of another site.",
           "A link that begins with the app's own address is trusted; who follows it lands on a page that imitates it.",
           _MEND, ("3.7.2",), ("own pages", "own pages after sign-in"), Severity.MEDIUM, on_scene=open_redirects),
    Attack("redirects.host", "A request says under which name the app is known",
           "Other hosts in every header that is ever believed; the links and redirects of the answers.",
           "Links that are handed out, such as invitations, would lead to the host of whoever asked for them.",
           "Name the hosts of the app in the settings; behind a proxy name the proxy.",
           ("4.1.3",), ("host list",), on_scene=hosts),
    Attack("redirects.rewriting", "A header says which page is meant",
           "The headers of known servers that put another path in the place of the one that was asked for.",
           "A proxy that guards some paths sees another one than the app.",
           "Take no path from a header.", ("4.1.3",), ("path of the request",), on_scene=rewriting),
    Attack("redirects.programs", "Programs are led on to HTTPS",
           "Every way for programs over plain HTTP.",
           "A program that sends its token without TLS should fail at once, and not be helped to go on doing so.",
           "Redirect pages for people only.", ("4.1.2",), ("no redirect for programs",), Severity.LOW,
           on_scene=for_programs),
)  # fmt: skip
