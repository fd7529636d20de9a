"""The server as a client: whom it asks, and hands things to, has to show a certificate that holds."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from doorward.prove.attack import Attack, Outcome, Try, held, untried, won
from doorward.prove.filling import PASSPHRASE
from doorward.prove.liar.mail import LyingMail, lying_mail
from doorward.prove.liar.provider import MISNAMED, TRUSTED, UNPROVEN
from doorward.prove.person import Person
from doorward.prove.scene import Aside, NotHere, Scene
from doorward.prove.stories.by_provider import begin_at, leaves, liar_of
from doorward.prove.stories.telling import stranger

_BEGIN = "POST /login/oidc/<key>"


def providers(scene: Scene) -> Iterator[Try]:
    """A provider with a certificate that it made itself, and one with a certificate for another name."""
    liar, told = liar_of(scene), []
    for key, what in ((UNPROVEN, "that it made itself"), (MISNAMED, "for another name")):
        before = liar.requests(key)
        answer, asked = leaves(stranger(scene, "somebody at a provider"), begin_at(key))
        if asked is not None or liar.requests(key) > before:
            told.append(won(f"The app asks a server that shows a certificate {what}.", _BEGIN, "", answer))
        else:
            told.append(held(_BEGIN))
    _, asked = leaves(stranger(scene, "somebody at a provider"), begin_at(TRUSTED))
    if asked is None or not liar.requests(TRUSTED):
        yield from (one for one in told if one.outcome is Outcome.WON)
        yield untried("a server with a sound certificate was not asked either", _BEGIN)
    else:
        yield from told


def mail_servers(scene: Scene) -> Iterator[Try]:
    """Mail servers without TLS, and with certificates that do not hold; then the same one with a sound certificate."""
    if scene.start_aside is None:
        raise NotHere("this run cannot serve the app with a mail server")
    for implicit in (False, True):
        with lying_mail(implicit=implicit) as mail:
            aside = scene.start_aside({"smtp_url": mail.url, "smtp_ca": str(mail.certificates.authority)})
            try:
                yield from _with(mail, _operator(aside), mail.url.partition(":")[0])
            finally:
                aside.stop()


def _with(mail: LyingMail, operator: Person, where: str) -> Iterator[Try]:
    certificates = mail.certificates
    lies: dict[str, ssl.SSLContext | None] = {
        "a certificate that it made itself": certificates.self_signed(),
        "a certificate for another name": certificates.sound("elsewhere.example"),
        "a certificate of yesterday": certificates.expired(),
        "no TLS": None,
    }
    told = []
    for number, (what, context) in enumerate(lies.items()):
        before = mail.shows(context)
        _ask_for_mail(operator, number)
        if not mail.heard(before):
            yield untried(f"the app did not come to the mail server that shows {what}", where)
            return
        said = mail.told
        told.append(won(f"The app tells {said[0].split()[0]} to a server with {what}.", where) if said else held(where))
    before = mail.shows(certificates.sound())
    _ask_for_mail(operator, len(lies))
    arrived = mail.heard(before) and bool(mail.mails)
    yield from told if arrived else [one for one in told if one.outcome is Outcome.WON]
    if not arrived:
        yield untried("a server with a sound certificate got no mail either", where)


def _operator(aside: Aside) -> Person:
    """The first administrator of a server that has just started."""
    path, name = aside.setup_path(), "prove-operator"
    password = f"{PASSPHRASE} {name}"
    person = Person("the operator", aside.line, account=name, password=password)
    person.open(path)
    answer = person.submit(path, {"username": name, "password": password, "password_again": password})
    person.open("/account")
    if answer.status != 303 or not person.csrf_token:
        raise NotHere(f"the app with a mail server could not be set up ({answer.status})")
    return person


def _ask_for_mail(operator: Person, number: int) -> None:
    """Give another address, to which a code is sent."""
    operator.open("/account/email")
    operator.submit("/account/email", {"email": f"operator-{number}@example.org"})


_WHY = "Whoever stands between this server and another one could read what they say, and be the other one."
_MEND = "Leave certificates verified: take the kit's clients, and name an authority of your own in the settings."

ATTACKS = (
    Attack("clients.provider", "The app believes providers whoever they are",
           "A provider with a certificate of its own making, and one with a certificate for another name.",
           _WHY, _MEND, ("12.3.2",), ("certificates of others",), provider=True, on_scene=providers),
    Attack("clients.mail", "The app hands mails and its password to whoever is there",
           "Mail servers without TLS, and with three certificates that do not hold, by STARTTLS and by TLS.",
           _WHY, _MEND, ("12.3.2",), ("certificates of mail servers",), on_scene=mail_servers),
)  # fmt: skip
