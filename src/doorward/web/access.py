"""The rules on routes, as decorators: who may enter, and what a view declares beside it.

    from doorward import access

    @app.get("/polls")
    @access.member
    def polls(): ...

A rule is a mark on the view; the census reads the marks at the start. The marks stand under the route
decorator and may be stacked: the stricter counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from flask import Blueprint

from doorward.core.access import MEMBER, PUBLIC, Rule
from doorward.core.headers import MAY_USE, STARTS_WORKER, refuse_loosening
from doorward.core.uploads import Intake
from doorward.errors import StartRefused
from doorward.setting_table import SettingTable
from doorward.web.marks import Marks, marks_of, put_marks

View = TypeVar("View", bound=Callable[..., Any])

#: Where a blueprint keeps the rule that its routes have when they have none of their own.
_DEFAULT = "__doorward_default__"


def public(view: View) -> View:
    """Everybody may enter, signed in or not."""
    return _with_rule(view, PUBLIC)


def member(view: View) -> View:
    """Whoever is signed in may enter."""
    return _with_rule(view, MEMBER)


def role(*names: str) -> Callable[[View], View]:
    """Whoever is signed in and has one of these roles may enter."""
    return _rule_decorator(Rule(roles=frozenset({frozenset(names)})), names)


def scope(*names: str) -> Callable[[View], View]:
    """A token may enter if it carries all these scopes; so may the session of a person."""
    return _rule_decorator(Rule(scopes=frozenset(names)), names)


def fresh(view: View) -> View:
    """The caller must have proved within the last minutes who they are (OWASP ASVS 7.5.1)."""
    return _with_rule(view, Rule(fresh=True))


def default(blueprint: Blueprint, rule: Callable[[Any], Any]) -> None:
    """Give a rule to the blueprint's routes that have none of their own, its static files included.

    Arguments:
        blueprint: the blueprint; blueprints inside it have their own default, or this one.
        rule: a decorator of this module, such as `access.member`.
    """
    setattr(blueprint, _DEFAULT, as_rule(rule))


def default_of(blueprint: Any) -> Rule | None:
    """The rule that `default` gave to the blueprint."""
    found: Rule | None = getattr(blueprint, _DEFAULT, None)
    return found


def as_rule(decorator: Callable[[Any], Any]) -> Rule:
    """The rule that a decorator of this module puts on a view."""

    def probe() -> None:
        return None

    decorator(probe)
    rule = marks_of(probe).rule
    if rule is None:
        raise StartRefused(f"{decorator!r} is not a rule. Use access.public, access.member, access.role(…), …")
    return rule


def csp(**directives: Iterable[str]) -> Callable[[View], View]:
    """Loosen single directives of the content policy for this view; it shows up in `doorward routes`.

    Arguments:
        directives: by name with `_` for `-`, the sources to add: `img_src=["https://tiles.example"]`.
    """
    if text := next((sources for sources in directives.values() if isinstance(sources, str)), None):
        raise StartRefused(f"access.csp takes lists of sources: [{text!r}]")
    wanted = tuple((name.replace("_", "-"), tuple(sources)) for name, sources in directives.items())
    for name, sources in wanted:
        if problem := refuse_loosening(name, sources):
            raise StartRefused(problem)
    return _mark(lambda marks: replace(marks, loosened=marks.loosened + wanted))


def uses(*devices: str) -> Callable[[View], View]:
    """Let the page of this view use devices: "camera", "microphone", "display-capture", "geolocation".

    The browser still asks the person. To every other page it refuses them (Permissions Policy of the W3C).
    """
    unknown = [one for one in devices if one not in MAY_USE]
    if unknown:
        raise StartRefused(f"access.uses knows no {unknown[0]!r}; possible: {', '.join(sorted(MAY_USE))}")
    return _mark(lambda marks: replace(marks, uses=marks.uses + devices))


def starts_worker(view: View) -> View:
    """Let the page of this view start a service worker of its app, with the kit's `static/worker.js` and no other way.

    Trusted Types stay on. Of this one page the policy allows one policy by name, which lets through nothing but
    `/<app>/worker.js`.
    """
    return _mark(lambda marks: replace(marks, loosened=marks.loosened + STARTS_WORKER))(view)


def shows_maps(view: View) -> View:
    """The page of this view may show the map tiles of the settings (`map_tiles`); it shows up in `doorward routes`."""
    return _mark(lambda marks: replace(marks, shows_maps=True))(view)


def max_body(size: int | str) -> Callable[[View], View]:
    """Let this view accept bodies up to `size` bytes, or up to the setting of this name, not the server's default."""
    return _mark(lambda marks: replace(marks, max_body=size))


def takes(intake: Intake) -> Callable[[View], View]:
    """Let forms on this route bring files by this intake, in the same request: for pages without JavaScript.

    The files are on disk before the view begins, and are gone again unless it asks for them with `sent_files`. The
    form's CSRF token must stand before its first file. Such a view runs in the slow lane.
    """
    if not isinstance(intake, Intake):
        raise StartRefused(f"access.takes takes an intake, not {intake!r}")
    return _mark(lambda marks: replace(marks, takes=intake, slow=True))


def passive(view: View) -> View:
    """A stream or poller: its requests do not keep a session alive (OWASP ASVS 7.3.1)."""
    return _mark(lambda marks: replace(marks, passive=True))(view)


def slow(view: View) -> View:
    """The view waits for hashing or the like: it runs in the slow lane, and ordinary requests pass by."""
    return _mark(lambda marks: replace(marks, slow=True))(view)


def spooled(view: View) -> View:
    """The view takes large bodies by a sink: it is called once to decide, and again when all has arrived."""
    return _mark(lambda marks: replace(marks, spooled=True, slow=True))(view)


def even_when_due(view: View) -> View:
    """May be entered though one's password has reached its greatest age: the page on which one changes it."""
    return _mark(lambda marks: replace(marks, even_when_due=True))(view)


def counts(*settings: str) -> Callable[[View], View]:
    """The view itself counts against the limits that these settings name; for `doorward routes` to show."""
    return _mark(lambda marks: replace(marks, counts=marks.counts + settings))


def csrf_exempt(reason: str) -> Callable[[View], View]:
    """No CSRF token, because a browser sends this by itself. Headers are checked all the same.

    Arguments:
        reason: why; it shows up in `doorward routes`.
    """
    return _mark(lambda marks: replace(marks, csrf_exempt=reason))


def publishes(what: str) -> Callable[[View], View]:
    """This public view shows what people have written behind the door, on purpose.

    Without it, `doorward prove` takes a public page for a mistake on which visitors read what the app otherwise shows
    to people with an account only (OWASP ASVS 8.2.1).

    Arguments:
        what: what it shows, and to whom it was meant; it shows up in `doorward routes`.
    """
    if not isinstance(what, str) or not what.strip():
        raise StartRefused('access.publishes says what is shown: @access.publishes("posts that are published")')
    return _mark(lambda marks: replace(marks, publishes=what.strip()))


def needs_setting(name: str) -> Callable[[View], View]:
    """This view is there only where the operator has given this setting a value; elsewhere it answers 404.

    Arguments:
        name: of a setting that is empty by itself, such as `ai_provider`; it shows up in `doorward routes`.
    """
    if name not in SettingTable.__dataclass_fields__:
        raise StartRefused(f"access.needs_setting knows no setting {name!r}")
    return _mark(lambda marks: replace(marks, needs=(*marks.needs, name)))


def _rule_decorator(rule: Rule, names: tuple[str, ...]) -> Callable[[View], View]:
    if not names or not all(isinstance(name, str) and name for name in names):
        raise StartRefused('access.role and access.scope take names: @access.role("admin")')
    return lambda view: _with_rule(view, rule)


def _with_rule(view: View, rule: Rule) -> View:
    if not callable(view):
        raise StartRefused("a rule stands without parentheses over a view: @access.member")
    before = marks_of(view).rule
    if before is not None and before.public is not rule.public:
        raise StartRefused(f"{view!r}: public stands alone; it cannot be combined with another rule")
    combined = rule if before is None else before.and_(rule)
    return _mark(lambda marks: replace(marks, rule=combined))(view)


def _mark(change: Callable[[Marks], Marks]) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        put_marks(view, change(marks_of(view)))
        return view

    return decorate
