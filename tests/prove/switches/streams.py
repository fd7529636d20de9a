"""Live streams: who may open them, how many, and what cuts them."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from doorward.errors import Forbidden
from doorward.live import roll
from doorward.live.hub import Hub
from doorward.serve.revocation import RevocationWatch
from doorward.web import guesses, mail_codes, registration, signing_in, token_sign_in, topics
from doorward.web.checks import limits, token
from doorward.web.pages import live
from tests.prove.switches import Switch, replaced

_COUNTING: tuple[ModuleType, ...] = (
    guesses,
    limits,
    live,
    mail_codes,
    registration,
    signing_in,
    token,
    token_sign_in,
)


def _uncut(*names: str) -> Callable[[pytest.MonkeyPatch], None]:
    """Streams are not told of these ends."""

    def off(patch: pytest.MonkeyPatch) -> None:
        for name in names:
            patch.setattr(Hub, name, lambda *_: None)

    return off


def _says_that_it_is_there(caller: Any, name: str) -> str | None:
    right = topics.right_to(caller, name)
    if right is None and name.partition(":")[0] in topics._kinds:
        raise Forbidden
    return right


def _each_address_for_itself(patch: pytest.MonkeyPatch) -> None:
    for module in _COUNTING:
        patch.setattr(module, "address_group", str)


SWITCHES = (
    Switch("cut with the session", _uncut("cut_session"), "Ending a session cuts its streams.", listening=True),
    Switch(
        "cut with the account",
        _uncut("cut_session", "cut_account"),
        "Who is signed out, blocked, deleted or given other roles by an administrator hears nothing more.",
        listening=True,
    ),
    Switch("cut with the token", _uncut("cut_secret"), "The end of a token's secret cuts its streams.", listening=True),
    Switch(
        "looking after streams",
        replaced(RevocationWatch, "look", lambda _self: None),
        "Streams whose right ended in another process, or for want of a factor, are found within seconds.",
        listening=True,
    ),
    Switch(
        "who may listen",
        replaced(live, "right_to", lambda *_: ""),
        "Each kind of stream says who may listen, and none opens without that.",
        listening=True,
    ),
    Switch(
        "unseen streams",
        replaced(live, "right_to", _says_that_it_is_there),
        "A stream that one may not hear is refused like one that is not there.",
        listening=True,
    ),
    Switch(
        "own pages only",
        replaced(live, "_refuse_foreign", lambda _at: None),
        "Streams are opened by pages of this site only.",
        listening=True,
    ),
    Switch(
        "caps of streams",
        replaced(roll, "refuse_beyond", lambda *_: None),
        "A browser, an account and an address hold so many streams, and no more.",
        listening=True,
    ),
    Switch("networks", _each_address_for_itself, "A network of IPv6 counts as one address."),
)
