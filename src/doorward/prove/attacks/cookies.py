"""What cookies reveal, and to whom they are sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.findings import Severity
from doorward.prove.scene import MEMBER, Scene
from doorward.prove.wire import Answer, Request, form


@dataclass(frozen=True, slots=True)
class _Cookie:
    name: str
    line: str
    secure: bool
    http_only: bool
    same_site: str
    path: str
    domain: str


def _read(answer: Answer) -> Iterator[_Cookie]:
    for line in answer.all("set-cookie"):
        try:
            read: SimpleCookie = SimpleCookie(line)
        except CookieError:
            continue
        for name, morsel in read.items():
            if morsel.value:
                yield _Cookie(
                    name,
                    line,
                    bool(morsel["secure"]),
                    bool(morsel["httponly"]),
                    str(morsel["samesite"]).lower(),
                    str(morsel["path"]),
                    str(morsel["domain"]),
                )


def _given(scene: Scene, *, secure: bool) -> list[tuple[str, Answer, _Cookie]]:
    """Every cookie that somebody gets on the way from the first page to being signed in."""
    member = scene.person(MEMBER)
    person = (member or scene.visitor).afresh("somebody who signs in")
    person.address, person.secure = scene.new_address(), secure
    answers = [("GET /", person.open("/")[0])]
    if member is not None:
        answers.append(("GET /login", person.open("/login")[0]))
        fields = {"username": member.account, "password": member.password, "csrf_token": person.csrf_token}
        answers.append(("POST /login", person.browse(form("POST", "/login", fields))))
    for sample in scene.samples_of("GET"):
        if sample.way.public and not sample.way.parameters and sample.renew is None:
            answers.append((str(sample.way), person.browse(Request("GET", sample.path))))
    if scene.host is None:  # what the app gave on the way; with people of the run's own, signing in shows it
        answers += [(str(one.way), one.answer) for one in scene.samples if one.answer is not None]
    return [(where, answer, cookie) for where, answer in answers for cookie in _read(answer)]


def over_tls(scene: Scene) -> Iterator[Try]:
    if not scene.line.chooses_address and not scene.facts.url.startswith("https:"):
        yield untried("the app was not reached over HTTPS")
        return
    for where, answer, cookie in _given(scene, secure=True):
        if not cookie.secure:
            yield won(f"The cookie {cookie.name} is sent without TLS too.", where, "", answer)
        elif not cookie.name.startswith("__Host-"):
            yield won(f"A sub-domain can set the cookie {cookie.name}: it lacks the prefix __Host-.", where, "", answer)
        elif cookie.domain or cookie.path != "/":
            yield won(f"The cookie {cookie.name} is for other hosts too.", where, "", answer)
        else:
            yield held(where)


def from_scripts(scene: Scene) -> Iterator[Try]:
    for where, answer, cookie in _given(scene, secure=False):
        if not cookie.http_only:
            yield won(f"Scripts can read the cookie {cookie.name}.", where, "", answer)
        else:
            yield held(where)


def across_sites(scene: Scene) -> Iterator[Try]:
    for where, answer, cookie in _given(scene, secure=scene.line.chooses_address):
        if cookie.same_site not in ("lax", "strict"):
            yield won(f"Browsers send the cookie {cookie.name} with requests of other sites.", where, "", answer)
        else:
            yield held(where)


_MEND = "Set cookies with `remember` of doorward, which gives them the flags of the transport that is really there."

ATTACKS = (
    Attack(
        id="cookies.transport",
        title="Cookies that travel without TLS",
        tries="Every cookie that one gets over HTTPS, from the first page to being signed in.",
        why="On an open network, everybody reads what goes without TLS, and a sub-domain could plant a cookie.",
        mend=_MEND,
        asvs=("3.3.1", "3.3.3"),
        defences=("cookie secure", "cookie prefix"),
        changes=False,
        bare=True,
        on_scene=over_tls,
    ),
    Attack(
        id="cookies.scripts",
        title="Cookies that scripts can read",
        tries="Every cookie that one gets, from the first page to being signed in.",
        why="A script that finds its way into a page would carry the session away.",
        mend=_MEND,
        asvs=("3.3.4",),
        defences=("cookie httponly",),
        changes=False,
        bare=True,
        on_scene=from_scripts,
    ),
    Attack(
        id="cookies.sites",
        title="Cookies that other sites cause to be sent",
        tries="Every cookie that one gets, from the first page to being signed in.",
        why="It is the second lock against forged requests.",
        mend=_MEND,
        asvs=("3.3.2",),
        defences=("cookie samesite",),
        severity=Severity.MEDIUM,
        changes=False,
        bare=True,
        on_scene=across_sites,
    ),
)
