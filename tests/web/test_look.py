"""The look keeps its promises: contrast in both schemes, small files, templates that need only what they say."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace as Row
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from doorward.web.jinja import as_it_is
from doorward.web.script_words import script_words

WEB = Path(__file__).resolve().parents[2] / "src" / "doorward" / "web"
STATIC = WEB / "static"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CHECKED = Row(
    at=NOW,
    counts=(("high", 1, "bad"), ("medium", 0, "bad"), ("low", 2, "warn")),
    rows=(Row(id="a.b", severity="high", state="bad", what="It is there.", places=("a.py:1",), more=2),),
    notes=1,
    numbers={"attacks": 50, "held": 900, "covered": 40, "uncovered": 2},
)


def _schemes(sheet: str) -> dict[str, dict[str, str]]:
    blocks = re.findall(r":root \{(.*?)\n?\s*\}", (STATIC / sheet).read_text(), re.DOTALL)
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block)) for block in blocks[:2])
    return {"light": light, "dark": dark}


def _luminance(colour: str) -> float:
    digits = "".join(2 * digit for digit in colour[1:]) if len(colour) == 4 else colour[1:]
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2, "contrast ratio")."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


TEXT = {
    "ink": "paper surface sunken bad-wash",
    "muted": "paper surface sunken",
    "link": "paper surface sunken",
    "on-door": "door door-deep",
    "on-bad": "bad bad-deep",
    "ok": "ok-wash surface",
    "warn": "warn-wash surface",
    "bad": "bad-wash paper surface sunken",
    "info": "info-wash",
}
SHAPES = {"edge": "paper surface", "focus": "paper surface sunken", "brass": "paper surface", "door": "paper surface"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_colour_has_the_contrast_of_level_aa(scheme: str) -> None:
    colours = _schemes("door.css")[scheme]
    for text, grounds in TEXT.items():
        for ground in grounds.split():
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for shape, grounds in SHAPES.items():
        for ground in grounds.split():
            assert contrast(colours[shape], colours[ground]) >= 3, (shape, ground)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colours_of_bars_stand_out_and_differ(scheme: str) -> None:
    bars = {name: colour for name, colour in _schemes("charts.css")[scheme].items() if re.fullmatch(r"c\d", name)}
    surface = _schemes("door.css")[scheme]["surface"]
    assert len(bars) == 8
    assert all(contrast(colour, surface) >= 3 for colour in bars.values())
    assert all(one != other for one, other in itertools.combinations(bars.values(), 2))


def test_a_page_loads_little() -> None:
    size = {path.name: path.stat().st_size for path in STATIC.iterdir()}
    assert size["door.css"] + size["tables.css"] < 24_500
    assert size["door.css"] + size["ballot.css"] < 25_000  # what a phone loads to vote


ME = Row(id="1", name="Anna", is_admin=True)
SITE: dict[str, Any] = {
    "_": as_it_is,
    "script_words": script_words,
    "site_name": "Northgate",
    "single_password": False,
    "admin_enabled": True,
    "current_account": ME,
    "nav": [("Polls", "/polls", True)],
    "messages": [("ok", "Done.")],
    "csrf_token": lambda: "token",
    "csp_nonce": lambda: "nonce",
    "door_static": lambda name: f"/doorward/static/{name}",
    "awaits_set_up": lambda: True,
    "how_many_wait": lambda: 3,
}
PERSON = Row(
    id="2",
    name="<b>Bo</b>",
    roles=[],
    status="active",
    created=NOW,
    seen=None,
    is_self=False,
    password_changed=None,
    email="<b>Bo@example.org",
    has_factor=True,
    is_admin=False,
    waits=False,
    is_last_admin=True,
)
WANTED = Row(line=2, name="<b>Bo", role="x", days="7", uses="1", email="<i>x", problems={"role": "No <u> role."})
SESSION = Row(id=1, browser="Firefox", address="::1", started=NOW, seen=NOW, current=False)
ENTRY = Row(
    seq=1,
    at=NOW,
    who=None,
    event="signin.failed",
    on="<i>x</i>",
    on_href="/admin/people/a1",
    address="::1",
    outcome="failed",
    details={"reason": "<u>"},
)
CHAIN = Row(state="verified", at=NOW, message=None, count=1)
FILTERS = dict.fromkeys(("who", "event", "outcome", "from", "to"), "")
VIOLATION = Row(seen=NOW, count=2, directive="img-src", blocked="<img>", page="/")
HAPPENED = Row(at=NOW, words="A sign-in did not work", address="::1", state="warn")
RULES = [{"text": "At least 15 characters", "minimum": 15, "maximum": None, "pattern": None}]
INVITATION = Row(id=1, note="<i>x</i>", role="member", expires=NOW, left=1, used=0, state="works", works=True)
PASSKEY = Row(id=1, name="<b>Key", rp_id="a.example", here=True, synced=True, created=NOW, used=None)
MAIL = Row(
    id=1,
    about="A code",
    to="<b>Bo@example.org",
    subject="<u>",
    made=NOW,
    done=NOW,
    next=None,
    attempts=2,
    problem="<i>x",
    outline="<u>",
    again=True,
)
FACTORS = Row(
    passkeys=[PASSKEY, PASSKEY],
    passkey_here=True,
    any=True,
    totp=NOW,
    totp_used=None,
    codes_left=2,
    codes_made=NOW,
    required=True,
)
TOKEN = Row(
    id=1,
    name="<b>Bo</b>",
    owner="<b>Bo</b>",
    scopes=[("a:b", "<i>x")],
    for_person=True,
    created=NOW,
    expires=None,
    used=NOW,
    used_from="::1",
    state="works",
    works=True,
    revoked=False,
)
JOB = Row(
    title="<b>Bo</b>",
    state="running",
    words="running",
    looks="info",
    text="<i>x",
    done=1,
    total=3,
    file=True,
    page="/account/jobs/1",
    is_over=False,
)
PAGES: dict[str, dict[str, Any]] = {
    "login": {
        "may_register": True,
        "passkeys": True,
        "may_recover": True,
        "error": "No.",
        "username": '"><b>',
        "next": "/x",
        "locked_seconds": None,
        "keep": False,
    },
    "setup": {
        "code": "c",
        "problems": {"password": "Too short."},
        "username": "",
        "rules": ["Long."],
        "min_length": 15,
    },
    "setup_gone": {},
    "join": {"code": "c", "problems": {"username": "Taken."}, "username": '"><b>', "rules": RULES, "min_length": 15},
    "join_gone": {},
    "register": {
        "problems": {"username": "Taken."},
        "username": '"><b>',
        "rules": RULES,
        "min_length": 15,
        "needs_approval": True,
        "email": '"><b>',
        "email_asked": True,
        "email_needed": True,
        "domains": ("<b>Bo",),
        "wait_seconds": 90,
    },
    "recover": {"problems": {"email": "No."}, "email": '"><b>', "wait_seconds": 90, "sent": False},
    "recover_code": {"error": "No.", "sent": True},
    "recover_password": {"username": "<b>Bo</b>", "problems": {}, "rules": RULES, "min_length": 15},
    "mail_link": {"state": "works", "purpose": "verify", "action": "/verify/x"},
    "verify": {"error": "No.", "sent": False},
    "email": {
        "address": "<b>Bo@example.org",
        "verified": NOW,
        "wanted": "<i>x@example.org",
        "asked": True,
        "typed": '"><b>',
        "problems": {"code": "No."},
        "sent": False,
    },
    "reset": {"code": "c", "username": "<b>Bo</b>", "problems": {}, "rules": RULES, "min_length": 15},
    "reset_gone": {},
    "account": {"account": PERSON, "sessions": [SESSION, SESSION], "factors": FACTORS, "events": [HAPPENED]},
    "factors": {
        "factors": FACTORS,
        "due": "Set one up.",
        "passkeys": True,
        "most": 10,
        "suggestion": "<b>Bo",
    },
    "totp": {"secret": "ABCD EFGH", "problems": {"code": "No."}},
    "recovery_codes": {"codes": ["A-B", "C-D"], "done": "Done."},
    "second_step": {"factors": FACTORS, "next": "/x", "error": "No.", "locked_seconds": None},
    "password": {
        "problems": {},
        "rules": ["Long."],
        "min_length": 15,
        "username": "anna",
        "due": None,
        "has_password": True,
    },
    "signed_out": {},
    "held": {"path": "/x", "fields": [("note", "<b>Bo")], "next": "/y"},
    "fresh": {
        "next": "/x",
        "error": None,
        "factors": FACTORS,
        "has_password": True,
        "confirmed": False,
        "providers": [{"key": "school", "name": "<b>School"}],
    },
    "moving_on": {"address": "https://id.example/?a=1&b='2", "title": "On to <b>School"},
    "newcomer": {
        "provider": "<b>School",
        "username": '"><b>',
        "problems": {"username": "Taken."},
        "needs_approval": True,
        "wait_seconds": 61,
    },
    "provider_problem": {"title": "<b>Oh", "message": "<b>No.", "back": False},
    "home": {"apps": [("Polls", "/polls", "Ask.")]},
    "error": {"status": 500, "title": "Oh", "message": "<b>", "incident": "1", "retry_after": 42, "signin": None},
    "trust": {"fingerprint": "AA:BB", "ca_url": "/ca.pem", "addresses": ["https://a.example"]},
    "admin/people": {
        "people": [PERSON],
        "waiting": [PERSON],
        "waiting_in_all": 1,
        "q": "a&b",
        "filters": {"q": "a&b", "status": "active", "role": "", "factor": ""},
        "roles": ["admin", "member"],
        "page": 1,
        "pages": 2,
        "total": 60,
        "base": "/admin/people?q=a%26b&page=",
    },
    "admin/person": {
        "person": PERSON,
        "sessions": [],
        "sessions_in_all": 0,
        "events": [],
        "roles": [("admin", "May <do> all.", True)],
        "gone_roles": ["gone"],
        "problems": {"roles": "There is no role."},
    },
    "admin/invite_many": {
        "text": "<b>Bo",
        "problems": {"list": "Empty."},
        "example": "name",
        "roles": ["admin"],
        "sheets": [Row(id=1, made=NOW, count=3)],
    },
    "admin/invite_look": {
        "number": 1,
        "text": "<b>Bo",
        "wrong": [WANTED],
        "wrong_in_all": 2,
        "good": [WANTED],
        "good_in_all": 1,
    },
    "admin/invite_made": {"sheet": Row(id=1, made=NOW, count=3, has_links=True)},
    "admin/invite_print": {
        "number": 1,
        "cards": [Row(link=Row(name="<b>Bo", uses="2", expires=NOW), address="https://a.example/join/x", qr="data:")],
        "page": 1,
        "pages": 2,
    },
    "tokens": {"rows": [TOKEN], "any_scopes": True},
    "token_login": {"error": "No.", "next": "/x", "locked_seconds": None},
    "participant": {"name": "<b>Bo</b>", "scopes": [("a:b", "<i>x"), ("c:d", "")], "expires": NOW},
    "token": {
        "row": TOKEN,
        "held": [SESSION],
        "newest": 7,
        "lives": [("90", "90 days")],
        "overlaps": [("24", "for a day")],
        "chosen": Row(days="90", overlap="24"),
        "problems": {"days": "No."},
    },
    "token_new": {
        "scopes": [Row(name="a:b", meaning="<b>Bold", opens=()), Row(name="c:d", meaning="", opens=("GET /<i>x",) * 5)],
        "lives": [("90", "90 days")],
        "problems": {"scopes": "Choose one."},
        "typed": Row(name='"><b>', scopes=["a:b"], days="90", for_person=True),
    },
    "token_secret": {"made": Row(token_id=1, name="<u>", secret="dw_x", for_person=True), "sign_in": "/login/token"},
    "admin/tokens": {"rows": [TOKEN], "total": 60, "page": 1, "pages": 2, "owner": "a&b", "state": "working"},
    "admin/token": {"row": TOKEN, "held": [SESSION]},
    "admin/invitations": {
        "rows": [INVITATION],
        "lives": [("7", "a week")],
        "roles": [("member", "member")],
        "typed": {"note": '"><b>'},
        "problems": {"uses": "Write a number."},
        "made": "https://a.example/join/x",
        "qr": "data:image/svg+xml,",
    },
    "admin/mail": {
        "rows": [MAIL],
        "state": "failed",
        "counts": {"failed": 60, "waiting": 0, "sent": 0},
        "page": 1,
        "pages": 2,
        "sent": False,
        "sender": "<b>Bo",
    },
    "admin/backups": {
        "last": Row(file="a", encrypted=False, size=1, entries=2, broken=True),
        "last_at": NOW,
        "rows": [(Row(name="<b>a", at=NOW, encrypted=True), "1 kB"), (Row(name="b", at=NOW, encrypted=False), "2 kB")],
        "unreadable": False,
        "folder": "<b>/mnt",
        "job": JOB,
        "has_key": True,
        "every": "day",
        "keep": 7,
    },
    "admin/journal": {
        "entries": [ENTRY],
        "filters": FILTERS,
        "problems": {},
        "events": ["a.b"],
        "outcomes": ["ok"],
        "older": "?before=1",
        "newer": None,
        "export_href": "/e",
        "chain": CHAIN,
    },
    "job": {"job": JOB, "asks_again": True},
    "export_ask": {"last": JOB},
    "export": {
        "name": "<b>Bo</b>",
        "now": NOW,
        "sections": [
            Row(title="Account", about="You.", file="a.json", rows=[{"name": "<b>Bo</b>"}], columns=["name"]),
            Row(title="Sessions", about="Two.", file="s.json", rows=[{"at": "<i>x"}, {"at": ""}], columns=["at"]),
            Row(title="Tokens", about="None.", file="t.json", rows=[], columns=[]),
        ],
        "apps": [Row(name="polls", files=["polls/<i>x.json"]), Row(name="chat", files=[])],
        "most": 1,
    },
    "delete": {
        "why_not": None,
        "apps": [Row(app="polls", stays="<b>Bo stays.", goes="<i>x goes.")],
        "how": "soft",
        "problems": {"how": "Choose one."},
        "error": "<b>No</b>",
        "factors": Row(any=True, totp=True, passkey_here=True),
        "has_password": True,
    },
    "left": {"hard": True},
    "admin/security": {
        "facts": [Row(label="TLS", value="on", state="ok", hint=None)],
        "violations": [VIOLATION],
        "required": "admin",
        "may_require": False,
        "can_check": True,
        "check": CHECKED,
        "proof": CHECKED,
        "own_proof": JOB,
        "can_prove": True,
    },
    "admin/finding": {
        "kind": Row(id="a.b", title="A thing", severity="high", why="Because.", mend="Do.", asvs=("1.1.1",)),
        "state": "bad",
        "places": [("It is there.", "a.py:1"), ("And there.", "")],
    },
}


@pytest.fixture(scope="module")
def environment() -> Environment:
    return Environment(loader=FileSystemLoader(WEB / "templates"), autoescape=True, undefined=StrictUndefined)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_needs_no_more_than_it_says_and_has_one_heading(environment: Environment, name: str) -> None:
    html = environment.get_template(f"doorward/{name}.html").render(SITE | PAGES[name])
    assert len(re.findall(r"<h1[ >]", html)) == 1
    assert html.count("<main ") == 1
    for markup in ("<b>Bo", "<i>x", "<u>", "<img>", '"><b>'):
        assert markup not in html
    for form in re.findall(r'<form[^>]*method="post".*?</form>', html, re.DOTALL):
        assert 'name="csrf_token" value="token"' in form
    identifiers = re.findall(r'\sid="([^"]+)"', html)
    assert len(identifiers) == len(set(identifiers))
    assert set(re.findall(r'<label[^>]* for="([^"]+)"', html)) <= set(identifiers)


def test_every_page_of_the_kit_is_looked_at_here() -> None:
    folder = WEB / "templates" / "doorward"
    pages = {str(path.relative_to(folder).with_suffix("")) for path in folder.rglob("[!_]*.html")}
    assert pages - {"base", "plain", "stage", "phone", "admin/layout"} == set(PAGES)


def test_the_page_of_last_resort_needs_no_session(environment: Environment) -> None:
    bare = {
        key: value for key, value in SITE.items() if key not in ("csrf_token", "current_account", "nav", "messages")
    }
    html = environment.get_template("doorward/error.html").render(bare | PAGES["error"])
    assert "Try again in 42 seconds" in html
