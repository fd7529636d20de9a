"""What every answer tells the browser: errors, files and data as well as pages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.findings import Severity
from doorward.prove.gathering import Gathered, gathered, secure_answers
from doorward.prove.pages import Page
from doorward.prove.sample import described
from doorward.prove.scene import ADMIN, MEMBER, Scene
from doorward.prove.wire import Request

_EVIL = "https://evil.example"
_ONE_YEAR = 31_536_000
_NONCE = re.compile(r"'nonce-([^']+)'")
_VERSION = re.compile(r"\d+\.\d+")
_SAFE_REFERRER = ("same-origin", "no-referrer", "strict-origin", "strict-origin-when-cross-origin", "origin")


def _each(scene: Scene, wrong: Callable[[Gathered], str]) -> Iterator[Try]:
    """Judge every gathered answer. `wrong` says in a sentence what is wrong with one; empty if nothing is."""
    for one in gathered(scene):
        problem = wrong(one)
        yield won(problem, one.where, described(one.person, one.request), one.answer) if problem else held(one.where)


def directives(policy: str) -> dict[str, list[str]]:
    """A content security policy by directive."""
    parts = [part.split() for part in policy.split(";") if part.strip()]
    return {words[0].lower(): words[1:] for words in parts}


def weak_policy(policy: str) -> str:
    """What is weak in a content security policy, as a sentence; empty if nothing is."""
    if not policy:
        return "There is no content security policy."
    found = directives(policy)
    scripts = found.get("script-src", found.get("default-src"))
    if scripts is None:
        return "The policy says nothing about scripts."
    wide = [
        one for one in scripts if one in ("'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:", "data:", "blob:")
    ]
    if wide and not ("'strict-dynamic'" in scripts and wide == ["https:"]):
        return f"The policy lets scripts come from {' '.join(wide)}."
    if found.get("object-src", found.get("default-src")) not in (["'none'"], []):
        return "The policy lets plug-ins run."
    if found.get("base-uri") not in (["'none'"], ["'self'"], []):
        return "The policy lets a page change what its addresses are relative to (base-uri)."
    if "form-action" not in found:
        return "The policy lets forms be sent anywhere (form-action)."
    return ""


def policy(scene: Scene) -> Iterator[Try]:
    def wrong(one: Gathered) -> str:
        return weak_policy(one.answer.header("content-security-policy")) if one.answer.kind != "image/svg+xml" else ""

    yield from _each(scene, wrong)


def nonces(scene: Scene) -> Iterator[Try]:
    """The same nonce twice is a nonce that an attacker knows."""
    seen: dict[str, str] = {}
    for one in gathered(scene):
        for nonce in _NONCE.findall(one.answer.header("content-security-policy")):
            if nonce in seen:
                yield won(f"The nonce of {seen[nonce]} came again.", one.where, one.request, one.answer)
            elif len(nonce) < 22:
                yield won("The nonce has less than 128 bits.", one.where, one.request, one.answer)
            else:
                yield held(one.where)
            seen[nonce] = one.where


def inline_code(scene: Scene) -> Iterator[Try]:
    """Pages that carry code of their own, or load from elsewhere: the policy would have to be loosened for them."""

    def wrong(one: Gathered) -> str:
        if not one.answer.is_html:
            return ""
        page = Page(one.request.path, one.answer.text, one.person.hosts)
        if page.handlers:
            return f"The page has code in its attributes: {', '.join(sorted(set(page.handlers))[:5])}."
        if any(not source and not nonce for source, nonce in page.scripts):
            return "The page has an inline script without a nonce."
        if page.foreign:
            return f"The page loads from another site: {page.foreign[0][:80]}"
        return "The page has inline styles." if page.styles else ""

    yield from _each(scene, wrong)


def sniffing(scene: Scene) -> Iterator[Try]:
    yield from _each(
        scene,
        lambda one: (
            ""
            if one.answer.header("x-content-type-options").lower() == "nosniff"
            else "The browser may guess what the answer is: X-Content-Type-Options: nosniff is missing."
        ),
    )


def framing(scene: Scene) -> Iterator[Try]:
    def wrong(one: Gathered) -> str:
        allowed = directives(one.answer.header("content-security-policy")).get("frame-ancestors")
        if allowed is None:
            return "Any site may show this in a frame: frame-ancestors is missing."
        return "Any site may show this in a frame." if set(allowed) & {"*", "http:", "https:"} else ""

    yield from _each(scene, wrong)


def referrer(scene: Scene) -> Iterator[Try]:
    def wrong(one: Gathered) -> str:
        last = one.answer.header("referrer-policy").split(",")[-1].strip().lower()
        return "" if last in _SAFE_REFERRER else "Other sites are told the full address of the page (Referrer-Policy)."

    yield from _each(scene, wrong)


def content_type(scene: Scene) -> Iterator[Try]:
    def wrong(one: Gathered) -> str:
        answer = one.answer
        if not answer.body or answer.status == 304:
            return ""
        stated = answer.header("content-type")
        if not stated:
            return "The answer does not say what it is."
        if answer.kind.startswith("text/") and "charset=" not in stated.lower():
            return f"{stated} does not say its charset."
        if answer.kind.endswith("json") and not _is_json(answer.text):
            return "The answer says that it is JSON, and is none."
        looks_like_page = answer.text.lstrip()[:15].lower().startswith(("<!doctype html", "<html"))
        return f"A page came as {stated}." if looks_like_page and not answer.is_html else ""

    yield from _each(scene, wrong)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        # A line of JSON for each record, as exports are.
        return all(_is_line(line) for line in text.splitlines() if line.strip())
    return True


def _is_line(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def caching(scene: Scene) -> Iterator[Try]:
    def wrong(one: Gathered) -> str:
        if not one.private or "no-store" in one.answer.header("cache-control"):
            return ""
        return "A page that only one person may see may stay in caches: Cache-Control: no-store is missing."

    yield from (one for one in _each(scene, wrong))


def talkative(scene: Scene) -> Iterator[Try]:
    def wrong(one: Gathered) -> str:
        for name in ("server", "x-powered-by", "x-aspnet-version", "via"):
            if _VERSION.search(one.answer.header(name)):
                return f"The answer tells the version of what runs here ({name}: {one.answer.header(name)[:60]})."
        return ""

    yield from _each(scene, wrong)


def transport_security(scene: Scene) -> Iterator[Try]:
    answers = secure_answers(scene)
    if not answers:
        yield untried("the app was not reached over HTTPS")
    for one in answers:
        found = re.search(r"max-age=(\d+)", one.answer.header("strict-transport-security"))
        if found is None or int(found[1]) < _ONE_YEAR:
            yield won(
                "Browsers may come back without TLS: HSTS of at least a year is missing.",
                one.where,
                one.request,
                one.answer,
            )
        else:
            yield held(one.where)
    for one in gathered(scene):
        if one.answer.header("strict-transport-security") and not scene.facts.url.startswith("https:"):
            yield won("A plain-HTTP answer promises TLS that is not there.", one.where, one.request, one.answer)
            return


def foreign_readers(scene: Scene) -> Iterator[Try]:
    """Ask as a script of another site would, plainly and by preflight."""
    people = [person for name in (MEMBER, ADMIN) if (person := scene.person(name))] or [scene.visitor]
    paths = sorted({sample.path for sample in scene.samples_of("GET") if sample.renew is None})[:40] or ["/"]
    for path in paths:
        for method in ("GET", "OPTIONS"):
            headers = {"Origin": _EVIL, "Access-Control-Request-Method": "POST", "Sec-Fetch-Site": "cross-site"}
            request = Request(method, path, headers)
            answer = people[0].send(request)
            allowed = answer.header("access-control-allow-origin")
            if allowed in (_EVIL, "null") or (allowed == "*" and answer.header("access-control-allow-credentials")):
                yield won(f"Any site may read {path} in the name of who visits it.", path, request, answer)
            elif allowed == "*" and any(sample.path == path and not sample.way.public for sample in scene.samples):
                yield won(f"Any site may read {path}.", path, request, answer)
            else:
                yield held(path)


_CSP_WHY = (
    "When somebody manages to put markup into a page, the policy is what still keeps it from running in the name of "
    "everybody who reads it."
)
_MEND = "Leave the door's headers as they are; an app's own header of that name would have to be removed."


def _one(what: str, title: str, tries: str, why: str, run: Callable[[Scene], Iterator[Try]], **more: object) -> Attack:
    given = {"mend": _MEND, "severity": Severity.MEDIUM, "changes": False, "bare": True, **more}
    return Attack(id=f"headers.{what}", title=title, tries=tries, why=why, on_scene=run, **given)  # type: ignore[arg-type]


_READS = "Every page, file and datum, and every kind of error, read for this."

ATTACKS = (
    _one("policy", "Pages without a strict content security policy", _READS, _CSP_WHY, policy,
         asvs=("3.4.3",), defences=("csp",), severity=Severity.HIGH),
    _one("nonces", "Nonces that can be known", "The nonces of all answers, compared.", _CSP_WHY, nonces,
         asvs=("3.4.3",), defences=("csp nonce",), severity=Severity.HIGH),
    _one("inline-code", "Pages that carry code, or load it from elsewhere", _READS, _CSP_WHY, inline_code,
         asvs=("3.2.1", "3.4.3"), defences=("pages without code",),
         mend="Move code into modules of your own with {{ csp_nonce() }}, styles into style sheets."),
    _one("sniffing", "Answers whose kind the browser may guess", _READS,
         "A file of text that a browser takes for a page runs the scripts in it.", sniffing,
         asvs=("3.4.4", "3.2.1"), defences=("nosniff",)),
    _one("framing", "Pages that other sites may frame", _READS,
         "In an invisible frame people click on what they cannot see.", framing,
         asvs=("3.4.6",), defences=("frame-ancestors", "csp")),
    _one("referrer", "Addresses that other sites are told", _READS,
         "Addresses hold names of things, and codes of links.", referrer,
         asvs=("3.4.5",), defences=("referrer policy",), severity=Severity.LOW),
    _one("content-type", "Answers that are not what they say", _READS,
         "What says nothing, or something wrong, about itself is guessed at.", content_type,
         asvs=("4.1.1", "3.2.1"), defences=("content type",)),
    _one("caching", "Private pages that stay in caches", _READS,
         "The next person at the computer, or a cache on the way, has the page.", caching,
         asvs=("14.3.2",), defences=("no-store",)),
    _one("talkative", "Answers that tell versions", _READS,
         "It saves an attacker the search for what is known to be broken.", talkative,
         asvs=("13.4.5",), defences=("server header",), severity=Severity.LOW),
    _one("transport", "Browsers that may come back without TLS", "Pages and errors over HTTPS, and over plain HTTP.",
         "One request without TLS is enough for somebody on the way to take over.", transport_security,
         asvs=("3.4.1",), defences=("hsts",)),
    _one("foreign-readers", "Pages that scripts of other sites may read",
         "Every page asked for by a script of another site, plainly and by preflight.",
         "A page that somebody happens to visit could read what they may see.", foreign_readers,
         asvs=("3.4.2", "3.5.2"), defences=("cors",), severity=Severity.HIGH),
)  # fmt: skip
