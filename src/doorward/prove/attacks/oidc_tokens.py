"""What a provider says of somebody, in tokens that are not right: each opens nothing, and the right one does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from doorward.prove.attack import Attack, Outcome, Try, held, untried, won
from doorward.prove.liar.provider import CLIENT_ID, HONEST, OTHER, Asked, LyingProvider
from doorward.prove.liar.tokens import Claims, SigningKey, by_secret, unsigned, with_claims
from doorward.prove.person import Person
from doorward.prove.scene import Scene
from doorward.prove.stories.by_provider import (
    CHOOSE_NAME,
    Known,
    arrive,
    begin_at,
    come_back,
    is_signed_in,
    left,
    liar_of,
    newcomer,
)
from doorward.prove.stories.telling import start_over, stranger
from doorward.prove.wire import Answer

WHERE = "GET /login/oidc/<key>/callback"
#: Makes an answer of the provider: of what the app asked and whom it shall be about, the path at the app.
Lie = Callable[[Asked, str], str]


def believed(person: Person, answer: Answer) -> bool:
    """Did the app take the answer of a provider for true? Then somebody is signed in, or may choose a name."""
    return answer.header("location") == CHOOSE_NAME or is_signed_in(person)


def opens_nothing(scene: Scene, lies: Mapping[str, Lie], *, known: Known | None = None) -> Iterator[Try]:
    """Bring each lie about somebody who has an account to the app, and the truth at the end."""
    known = known or newcomer(scene)
    person, told = stranger(scene, "somebody with an answer of a provider"), []
    for what, lie in lies.items():
        answer = come_back(person, lie(left(person), known.subject))
        if believed(person, answer):
            told.append(won(f"An answer of a provider was believed: {what}.", WHERE, "", answer))
            start_over(scene, person)
        else:
            refused = answer.status in (400, 401, 403)
            told.append(held(WHERE) if refused else untried(f"{what}: it answered {answer.status}", WHERE))
    if is_signed_in(arrive(scene, known.subject)):
        yield from told
    else:
        yield from (one for one in told if one.outcome is Outcome.WON)
        yield untried("the honest answer opened nothing either", WHERE)


def _saying(liar: LyingProvider, **claims: Any) -> Lie:
    """An ID token with other claims, signed as it should be."""
    return lambda asked, subject: liar.answer(asked, subject, **claims)


def _signed(liar: LyingProvider, sign: Callable[[Claims], str]) -> Lie:
    """An ID token with the right claims, signed in another way."""
    return lambda asked, subject: liar.answer(asked, subject, sign=sign)


def signatures(scene: Scene) -> Iterator[Try]:
    """Damaged and missing signatures, and those of others: under the same name, with the key in the token itself."""
    liar = liar_of(scene)
    own, theirs = liar.keys[HONEST], SigningKey(liar.keys[HONEST].name)

    def cut(claims: Claims) -> str:
        return own.sign(claims).rpartition(".")[0] + "."

    def damaged(claims: Claims) -> str:
        token = own.sign(claims)
        return f"{token[:-12]}{'A' if token[-12] != 'A' else 'B'}{token[-11:]}"

    def of_another(claims: Claims) -> str:
        return with_claims(own.sign({**claims, "sub": "somebody-else"}), claims)

    yield from opens_nothing(
        scene,
        {
            "without its signature": _signed(liar, cut),
            "with a damaged signature": _signed(liar, damaged),
            "with the signature of another token": _signed(liar, of_another),
            "signed by a stranger under the name of the key": _signed(liar, theirs.sign),
            "signed by a stranger, with the key beside it": _signed(
                liar, lambda claims: theirs.sign(claims, jwk=theirs.public, jku=f"{liar.issuers[OTHER]}/keys")
            ),
            "signed by another provider": _signed(
                liar, lambda claims: liar.keys[OTHER].sign(claims, kid=liar.keys[HONEST].name)
            ),
        },
    )


def algorithms(scene: Scene) -> Iterator[Try]:
    """Algorithms that are none, and the public key in the place of a secret that both know (RFC 8725 section 2.1)."""
    liar = liar_of(scene)
    key = liar.keys[HONEST]
    lies = {
        f"with the algorithm {name!r}": _signed(liar, partial(unsigned, algorithm=name, kid=key.name))
        for name in ("none", "None", "nOnE", "")
    }
    confused = _signed(liar, lambda claims: by_secret(claims, key.pem, key.name))
    by_client = _signed(liar, lambda claims: by_secret(claims, liar.secret.encode(), key.name))
    named = {"signed with the public key as a secret": confused, "signed with the client's secret": by_client}
    yield from opens_nothing(scene, {**lies, **named})


def issuers(scene: Scene) -> Iterator[Try]:
    """ID tokens that say that somebody else made them, or do not say who."""
    liar = liar_of(scene)
    own = liar.issuers[HONEST]
    lies = {"of another issuer": liar.issuers[OTHER], "of an issuer with a slash": f"{own}/", "of no issuer": None}
    more = {"of an issuer in other letters": own.upper(), "of several issuers": [own, liar.issuers[OTHER]]}
    yield from opens_nothing(scene, {what: _saying(liar, iss=value) for what, value in {**lies, **more}.items()})
    known = newcomer(scene)
    for what, key in (("by another provider, in its name", HONEST), ("in its name by another provider", OTHER)):
        person = stranger(scene, "somebody at another provider")
        asked = left(person, begin_at(OTHER))
        token = liar.keys[key].sign(liar.claims(asked, known.subject, iss=own))
        answer = come_back(person, liar.back(asked, liar.code(asked, token)))
        lied = believed(person, answer)
        yield won(f"A token is believed that was given out {what}.", WHERE, "", answer) if lied else held(WHERE)


def audiences(scene: Scene) -> Iterator[Try]:
    """ID tokens that were made for another client."""
    liar = liar_of(scene)
    lies: dict[str, dict[str, object]] = {
        "for another client": {"aud": "another"},
        "for several others": {"aud": ["another", "one-more"]},
        "for us among others, asked for by another": {"aud": [CLIENT_ID, "another"], "azp": "another"},
        "for us among others, without saying who asked": {"aud": [CLIENT_ID, "another"]},
        "for nobody": {"aud": None},
        "for a client whose name begins as ours": {"aud": f"{CLIENT_ID}-2"},
        "for us in other letters": {"aud": CLIENT_ID.upper()},
        "asked for by another": {"azp": "another"},
    }
    yield from opens_nothing(scene, {what: _saying(liar, **claims) for what, claims in lies.items()})


def times(scene: Scene) -> Iterator[Try]:
    """ID tokens of another time than now, and of no time."""
    liar, now = liar_of(scene), int(time.time())
    lies: dict[str, dict[str, object]] = {
        "expired": {"exp": now - 3600, "iat": now - 7200},
        "made long ago": {"iat": now - 86_400},
        "made tomorrow": {"iat": now + 86_400, "exp": now + 90_000},
        "not valid yet": {"nbf": now + 86_400},
        "without an end": {"exp": None},
        "without a beginning": {"iat": None},
        "with an end that is a text": {"exp": "tomorrow"},
    }
    yield from opens_nothing(scene, {what: _saying(liar, **claims) for what, claims in lies.items()})


def replayed_tokens(scene: Scene) -> Iterator[Try]:
    """An ID token that was right in another sign-in, and tokens without the nonce of this one."""
    liar, known = liar_of(scene), newcomer(scene)
    earlier = stranger(scene, "somebody who signed in before")
    asked = left(earlier)
    token = liar.keys[HONEST].sign(liar.claims(asked, known.subject))
    come_back(earlier, liar.back(asked, liar.code(asked, token)))
    if not is_signed_in(earlier):
        yield untried("the token did not work the first time either", WHERE)
        return
    lies: dict[str, Lie] = {
        "the token of an earlier sign-in": lambda now, _: liar.back(now, liar.code(now, token)),
        "without a nonce": _saying(liar, nonce=None),
        "with an empty nonce": _saying(liar, nonce=""),
        "with the state in the place of the nonce": lambda now, subject: liar.answer(
            now, subject, nonce=now.query["state"]
        ),
        "with a nonce that is a list": lambda now, subject: liar.answer(now, subject, nonce=[now.query["nonce"]]),
    }
    yield from opens_nothing(scene, lies, known=known)


_WHY = "What a provider says decides who somebody is: whoever can make it up, or bring it again, is anybody."
_MEND = "Leave signing in by providers to the door: name them in the setting `oidc`, and read no token yourself."


def _tokens(what: str, title: str, tries: str, asvs: tuple[str, ...], *defences: str, on_scene: object) -> Attack:
    return Attack(
        f"oidc.{what}", title, tries, _WHY, _MEND, asvs, defences, provider=True, on_scene=on_scene,  # type: ignore[arg-type]
    )  # fmt: skip


ATTACKS = (
    _tokens("signature", "ID tokens are believed that the provider has not signed",
            "Cut, damaged, moved and strangers' signatures; keys that the token brings along.",
            ("6.8.2",), "provider signatures", on_scene=signatures),
    _tokens("algorithm", "An ID token says itself how it is to be believed",
            "The algorithm none in four spellings, the public key and the client's secret as shared secrets.",
            ("6.8.2",), "provider algorithms", on_scene=algorithms),
    _tokens("issuer", "ID tokens of another issuer are believed", "Five other issuers in tokens rightly signed.",
            ("10.2.2", "10.5.2"), "issuer of ID tokens", on_scene=issuers),
    _tokens("audience", "ID tokens are believed that were made for another client",
            "Eight other audiences in tokens with a right signature.",
            ("10.5.4",), "audience of ID tokens", on_scene=audiences),
    _tokens("time", "ID tokens are believed out of their time", "Seven tokens of yesterday, tomorrow and no time.",
            ("6.8.2",), "times of ID tokens", on_scene=times),
    _tokens("replay", "An ID token can be used in another sign-in",
            "The token of an earlier sign-in, and tokens with other nonces and none.",
            ("10.1.2", "10.5.1"), "nonce", on_scene=replayed_tokens),
)  # fmt: skip
