"""What all pages of honors share: the blueprint, its rules, and how pages for everybody may be kept by caches.

A page for everybody has no cookie, no form that changes anything, and no script: then one copy of it is as good for the
next visitor. Whether a kept copy still holds costs one small query. Whoever is signed in gets a page of their own.

Each of them has an address in each language, `/honors/vi/…`, and one without, which is in the language of the browser.
Only who switches by hand gets a cookie, so that addresses without a language are in that one from then on. Pages of the
administration have no language in their addresses: nobody finds them by a search.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, g, make_response, redirect, render_template, request, url_for

from doorward import (
    Invalid,
    Refused,
    access,
    current_caller,
    now,
    page_address,
    reading,
    recall,
    remember,
    static_files,
    wants_json,
)

from .. import access as rules
from ..languages import LANGUAGES, SOURCE, best_of, day_in, said
from ..models import HIDDEN
from ..queries.roll import turn_of

_PACKAGE = Path(__file__).parents[1]
#: A class, or a whole school, behind one address.
GENEROUS = "6000/minute"
#: For how many seconds a kept page is given without asking again.
KEPT = 60

blueprint = Blueprint("honors", __name__, template_folder="../templates")
access.default(blueprint, access.role(*rules.STAFF))
static_files(blueprint, _PACKAGE / "static")


#: The endpoints that everybody sees, in each language.
_FOR_ALL: set[str] = set()
_COOKIE = "honors_language"
#: What switches the language, and what `url_for` would take for something of its own.
_NOT_ASKED = ("chosen", "lang", "_external", "_anchor", "_scheme", "_method", "endpoint", "self")


#: Files that were made lately, by their mark: some ten megabytes at the most.
_made: dict[str, bytes] = {}
_making = threading.Lock()
_MOST_MADE = 100


@cache
def _edition() -> str:
    """A fingerprint of what the pages are made of: after an update kept pages hold no more."""
    made_of = hashlib.sha256()
    for path in sorted(
        [*_PACKAGE.rglob("*.html"), *_PACKAGE.rglob("*.css"), *_PACKAGE.rglob("*.po"), *_PACKAGE.rglob("*.py")]
    ):
        made_of.update(path.read_bytes())
    return made_of.hexdigest()


def for_all(path: str, method: str = "GET") -> Callable[[Any], Any]:
    """A way that everybody may go, with and without a language in its address. Put it above the rules of the view."""

    def decorate(view: Any) -> Any:
        _FOR_ALL.add(f"honors.{view.__name__}")
        plain = blueprint.route(f"/honors{path}", methods=[method])(view)
        return blueprint.route(f"/honors/<any({', '.join(LANGUAGES)}):lang>{path}", methods=[method])(plain)

    return decorate


@blueprint.url_value_preprocessor
def _take_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.honors_language = (values or {}).pop("lang", None)


@blueprint.url_defaults
def _keep_language(endpoint: str, values: dict[str, Any]) -> None:
    """Links of a page lead to pages in its language; where the address has none, to addresses without one."""
    if endpoint in _FOR_ALL and (chosen := g.get("honors_language")):
        values.setdefault("lang", chosen)


@blueprint.before_request
def _switch() -> Response | None:
    """Somebody chose this language by hand: remember it, and lead on to the page itself."""
    if request.method != "GET" or "chosen" not in request.args:
        return None
    chosen = g.get("honors_language") or (request.args["chosen"] if _is_administration() else "")
    if chosen not in LANGUAGES:
        return None
    response = make_response(redirect(_this_page(), 303))
    remember(response, _COOKIE, chosen)
    return response


def _is_administration() -> bool:
    return request.path.startswith("/honors/admin/")


def language() -> str:
    """The language of this answer: of its address, as it was chosen by hand, or as the browser wants it."""
    if request.endpoint not in _FOR_ALL and not _is_administration():
        return SOURCE
    if chosen := g.get("honors_language"):
        return str(chosen)
    if any(name.endswith(_COOKIE) for name in request.cookies):
        remembered = recall(_COOKIE) or ""
        if remembered in LANGUAGES:
            return remembered
    return best_of(list(request.accept_languages.values()))


def translated(text: str, **values: object) -> str:
    """A text of a page, or a sentence of a refusal, in the language of this answer, with what stands in it."""
    return said(language(), text, **values)


def page_for_all(template: str, make: Callable[[Any], dict[str, Any]], kind: str = "text/html") -> Response:
    """A page that everybody sees the same, for caches to keep.

    Arguments:
        template: its file.
        make: reads what it shows; not called where the browser has the page already.
        kind: its type.
    """
    with reading() as db:
        if current_caller().holder or any(name.endswith(_COOKIE) for name in request.cookies):
            return _answer(template, make(db), kind)
        number, changed = turn_of(db)
        mark = _mark(number)
        if request.if_none_match.contains_weak(mark):
            return _to_keep(Response(status=304), mark, changed)
        return _to_keep(_answer(template, make(db), kind), mark, changed)


def file_for_all(make: Callable[[Any], bytes], kind: str) -> Response:
    """A file that everybody gets the same, for caches to keep; this process keeps the last ones too.

    Arguments:
        make: makes its bytes; not called where the browser, or this process, has them already.
        kind: its type.
    """
    with reading() as db:
        number, changed = turn_of(db)
        mark = _mark(number)
        if request.if_none_match.contains_weak(mark):
            return _to_keep(Response(status=304), mark, changed)
        made = _made.get(mark) or _kept(mark, make(db))
        return _to_keep(Response(made, content_type=kind), mark, changed)


@blueprint.after_request
def _let_programs_keep(response: Response) -> Response:
    """What programs read without a token is kept like pages; who is signed in gets an answer of their own."""
    reads = request.method in ("GET", "HEAD") and request.path.startswith("/api/honors/")
    if not reads or response.status_code != 200 or current_caller().holder:
        return response
    with reading() as db:
        number, changed = turn_of(db)
    mark = _mark(number)
    if request.if_none_match.contains_weak(mark):
        response = Response(status=304)
    return _to_keep(response, mark, changed)


def _kept(mark: str, made: bytes) -> bytes:
    """Keep a file that was made, and forget the oldest."""
    with _making:
        _made[mark] = made
        while len(_made) > _MOST_MADE:
            del _made[next(iter(_made))]
    return made


def _answer(template: str, context: dict[str, Any], kind: str) -> Response:
    text = render_template(f"honors/{template}", **shared(), **context)
    return make_response(text, {"Content-Type": f"{kind}; charset=utf-8"})


def _this_page(**more: str) -> str:
    """The path of the page that is asked for, without what switches its language."""
    asked = {name: value for name, value in request.args.items() if name not in _NOT_ASKED}
    return url_for(str(request.endpoint), **{**asked, **(request.view_args or {}), **more})


def shared() -> dict[str, Any]:
    """What every page of honors knows."""
    others = [(one, name, _this_page(lang=one)) for one, name in LANGUAGES.items()]
    return {
        "lang": language(),
        "canonical": page_address(_this_page(lang=language())),
        "alternates": [(one, page_address(address)) for one, _, address in others],
        "switches": [
            (one, name, f"{address}{'&' if '?' in address else '?'}chosen=1")
            for one, name, address in others
            if one != language()
        ],
        "is_staff": _is_staff(),
    }


def _is_staff() -> bool:
    return bool(current_caller().roles & set(rules.STAFF)) and current_caller().scopes is None


def _mark(number: int) -> str:
    """By which a kept page is known: what it was made of, when, and for which address."""
    around: dict[str, Any] = {}
    current_app.update_template_context(around)  # the name of the site and its navigation, which settings say
    told = f"{_edition()} {number} {request.host_url} {request.full_path} {language()} {now():%Y-%m-%d}"
    return hashlib.sha256(f"{told} {around['site_name']} {around['nav']}".encode()).hexdigest()[:32]


def _to_keep(response: Response, mark: str, changed: Any) -> Response:
    response.set_etag(mark, weak=True)
    if changed.timestamp() > 0:
        response.last_modified = changed
    response.headers["Cache-Control"] = f"public, max-age={KEPT}"
    told = "" if g.get("honors_language") else ", Accept-Language"
    response.headers["Vary"] = f"Cookie, Authorization{told}"
    return response


def page(template: str, wrong: Refused | None = None, **context: Any) -> Response:
    """A page of the administration; or, after a refusal, the same page with what is to be mended."""
    if wrong is not None and wants_json():
        raise wrong
    problems = wrong.fields if isinstance(wrong, Invalid) else {"": wrong.message} if wrong else {}
    problems = {name: translated(sentence) for name, sentence in problems.items()}
    text = render_template(f"honors/{template}", problems=problems, wrong=wrong, switches=_switches(), **context)
    response = make_response(text, wrong.status if wrong else 200)
    response.headers["Content-Language"] = language()
    return response


def _switches() -> list[tuple[str, str, str]]:
    """The other languages of a page of the administration; none where a form was sent, which a link would lose."""
    if request.method != "GET":
        return []
    return [(one, name, _this_page(chosen=one)) for one, name in LANGUAGES.items() if one != language()]


def to(name: str, **values: Any) -> Response:
    """On to another page, after a change."""
    return make_response(redirect(url_for(f"honors.{name}", **values), 303))


def _address_of(endpoint: str, **values: Any) -> str:
    return page_address(url_for(endpoint, **values))


@blueprint.context_processor
def _for_templates() -> dict[str, Any]:
    tongue = language()
    given = {"_": translated, "language": tongue, "lang": tongue, "HIDDEN": HIDDEN}
    return {**given, "day_in": day_in, "address_of": _address_of}
