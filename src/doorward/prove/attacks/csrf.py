"""Attacks from other sites: requests that a signed-in browser sends without its person wanting it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.sample import Sample, came_in, described, is_refusal
from doorward.prove.scene import OTHER, Scene
from doorward.prove.wire import Answer, Request, form

_EVIL = "https://evil.example"


def _judge(sample: Sample, request: Request, answer: Answer, how: str) -> Try:
    if came_in(answer):
        return won(f"{sample.way} was carried out {how}.", str(sample.way), described(sample.person, request), answer)
    if is_refusal(answer):
        return held(str(sample.way))
    return untried(f"the answer was {answer.status}", str(sample.way))


def _forged(sample: Sample) -> bool:
    return sample.way.writes and not sample.way.exempt and not sample.person.is_program


def without_token(scene: Scene, sample: Sample) -> Iterator[Try]:
    """The form without its token, and with wrong ones, from a page of the same origin."""
    if not _forged(sample):
        return
    person = sample.person
    other = scene.person(OTHER)
    tokens = {
        "without a token": None,
        "with an empty token": "",
        "with a made-up token": "a" * max(20, len(person.csrf_token)),
        "with a token that is cut short": person.csrf_token[:-4],
    }
    if other is not None and other is not person and other.csrf_token:
        tokens["with the token of somebody else's session"] = other.csrf_token
    for how, token in tokens.items():
        request = _with_token(sample, token).with_headers(Sec_Fetch_Site="same-origin")
        yield _judge(sample, request, person.send(request), how)


def _with_token(sample: Sample, token: str | None) -> Request:
    """The request with this token, where its page or script puts it; without any for None."""
    if sample.request is not None:
        return sample.request if token is None else sample.request.with_headers(X_CSRF_Token=token)
    return form(
        sample.way.method, sample.path, {**(sample.fields or {}), **({} if token is None else {"csrf_token": token})}
    )


def from_another_site(scene: Scene, sample: Sample) -> Iterator[Try]:
    """The right form with the right token, but the browser says that another site sent it."""
    if not _forged(sample):
        return
    right = _with_token(sample, sample.person.csrf_token)
    for headers in (
        {"Sec-Fetch-Site": "cross-site", "Origin": _EVIL},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://sub.evil.example"},
        {"Origin": _EVIL},
        {"Origin": "null"},
        {"Referer": f"{_EVIL}/page"},
    ):
        request = replace(right, headers={**right.headers, **headers})
        how = "although the browser said " + ", ".join(f"{name}: {value}" for name, value in headers.items())
        if "Referer" in headers:
            request = replace(_with_token(sample, None), headers={**sample.build().headers, **headers})
            how = "from another site's page, without a token"
        yield _judge(sample, request, sample.person.send(request), how)


def by_content_type(scene: Scene, sample: Sample) -> Iterator[Try]:
    """Bodies that a foreign page may send without asking first: text, multipart, none."""
    if not _forged(sample):
        return
    body = sample.build().body
    for kind in ("text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded; charset=x", ""):
        headers = {"Content-Type": kind} if kind else {}
        request = Request(sample.way.method, sample.path, headers, body)
        yield _judge(sample, request, sample.person.send(request), f"without a token, as {kind or 'no type at all'}")


def by_override(scene: Scene, sample: Sample) -> Iterator[Try]:
    """A GET that claims to be something else, and a GET with the fields in the address."""
    if not _forged(sample) or sample.fields is None:
        return
    if "GET" in scene.ways.methods_at(sample.path):
        return
    # As an address has them, also where the form brings files and is sent otherwise.
    fields = form("GET", sample.path, sample.fields).body.decode()
    tricks: tuple[tuple[str, Callable[[], Request]], ...] = (
        ("by X-HTTP-Method-Override", lambda: Request("GET", sample.path, {"X-HTTP-Method-Override": "POST"})),
        ("by _method", lambda: Request("GET", f"{sample.path}?_method=POST&{fields}")),
        ("by a GET with its fields", lambda: Request("GET", f"{sample.path}?{fields}")),
        ("by HEAD", lambda: Request("HEAD", f"{sample.path}?{fields}")),
    )
    for how, made in tricks:
        request = made()
        yield _judge(sample, request, sample.person.send(request), how)


_WHY = (
    "Any page that somebody has open can make their browser send requests, with their cookies. Unless the app tells "
    "these from its own, a stranger's page acts in their name."
)
_MEND = "Leave the CSRF check of the door on: forms with csrf_token(), scripts with the X-CSRF-Token header."

ATTACKS = (
    Attack(
        id="csrf.token",
        title="Changes are made without a valid CSRF token",
        tries="Every change without its token, and with empty, made-up, cut and other people's tokens.",
        why=_WHY,
        mend=_MEND,
        asvs=("3.5.1",),
        defences=("csrf token",),
        bare=True,
        on_sample=without_token,
    ),
    Attack(
        id="csrf.site",
        title="Changes are made although another site asks for them",
        tries="Every change with its right token, while the browser's headers name another site.",
        why=_WHY,
        mend=_MEND,
        asvs=("3.5.1", "3.5.2"),
        defences=("csrf headers", "csrf token"),
        bare=True,
        on_sample=from_another_site,
    ),
    Attack(
        id="csrf.content-type",
        title="Changes are made by requests that need no permission across sites",
        tries="Every change as text, multipart and without a type, which foreign pages may send unasked.",
        why=_WHY,
        mend=_MEND,
        asvs=("3.5.1", "3.5.2"),
        defences=("csrf token",),
        bare=True,
        on_sample=by_content_type,
    ),
    Attack(
        id="csrf.method",
        title="Changes are made by GET",
        tries="Every change by GET and HEAD, and with the usual ways to claim another method.",
        why="A GET is sent by every link and picture; what changes something must not be one.",
        mend="Accept changes by POST, PUT, PATCH or DELETE only, and honour no method override.",
        asvs=("3.5.3", "3.5.1"),
        defences=("methods",),
        bare=True,
        on_sample=by_override,
    ),
)
