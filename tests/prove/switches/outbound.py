"""What keeps requests of the server from leading inside: lists, one look-up, judged addresses, bounded answers."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

import pytest

from doorward.core.fetched import Fetched
from doorward.core.outbound import Reach
from doorward.core.outbound_urls import Url, join
from doorward.web.outbound import answers, messenger
from doorward.web.outbound.budget import Budget
from doorward.web.outbound.messenger import Ask, Messenger
from tests.prove.sound import app as sound
from tests.prove.switches import Switch, replaced

_judged, _addresses, _fetch = Reach.judged, Messenger._addresses, Messenger.fetch


def _fetched_by_itself(address: str) -> str:
    """As an app does that knows no outbound."""
    try:
        with urllib.request.urlopen(address, timeout=2) as page:
            return page.read(1000).decode("utf-8", "replace")
    except (OSError, ValueError):
        return "There is nothing to see."


def _anything(_reach: Reach, _url: Url, addresses: Sequence[str], _own: Collection[str]) -> tuple[str, ...]:
    return tuple(addresses)


def _looked_up_again(patch: pytest.MonkeyPatch) -> None:
    """What was judged is forgotten, and the name looked up once more to connect."""
    again: list[Callable[[], list[str]]] = []

    def addresses(self: Messenger, reach: Reach, url: Url, budget: Budget) -> list[str]:
        again.append(lambda: _addresses(self, reach, url, budget))
        return _addresses(self, reach, url, budget)

    def judged(self: Reach, url: Url, found: Sequence[str], own: Collection[str]) -> tuple[str, ...]:
        _judged(self, url, found, own)
        return tuple(again[-1]())

    patch.setattr(Messenger, "_addresses", addresses)
    patch.setattr(Reach, "judged", judged)


def _only_first_step(patch: pytest.MonkeyPatch) -> None:
    """The first address is judged; where its answer leads, is believed."""
    believed: list[Url] = []
    reach_judged = Reach.judged

    def next_step(_reach: Reach, url: Url, method: str, _status: int, location: str) -> tuple[Url, str]:
        believed.append(join(url, location))
        return believed[-1], method

    def judged(self: Reach, url: Url, found: Sequence[str], own: Collection[str]) -> tuple[str, ...]:
        return tuple(found) if url in believed else reach_judged(self, url, found, own)

    patch.setattr(Reach, "next_step", next_step)
    patch.setattr(Reach, "judged", judged)


def _always_follow(self: Messenger, reach: Reach, address: str, ask: Ask) -> Fetched:
    outbound = reach.outbound if reach.outbound.redirects else replace(reach.outbound, redirects=3)
    return _fetch(self, replace(reach, outbound=outbound), address, ask)


def _headers_for_all(self: Ask, method: str, **_: Any) -> Ask:
    return replace(self, method=method)


def _whatever_comes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Budget, "took", lambda *_: None)
    patch.setattr(answers, "_plain", lambda chunks, _most: b"".join(chunks))
    patch.setattr(messenger, "Head", lambda status, fields: answers.Head(status, list(fields)[:50]))


SWITCHES = (
    Switch("own fetches", replaced(sound, "title_of", _fetched_by_itself), "The app fetches by its outbounds alone."),
    Switch("judged addresses", replaced(Reach, "judged", _anything),
           "Every address of a name is judged before anything is connected to."),
    Switch("one look-up", _looked_up_again, "A name is looked up once, and the connection leads to what was judged."),
    Switch("outbound lists", replaced(Reach, "must_cover", lambda *_: None),
           "An outbound asks hosts, ports and schemes of its list only."),
    Switch("judged redirects", _only_first_step, "Where an answer leads is judged like the first address."),
    Switch("no redirects unasked", replaced(Messenger, "fetch", _always_follow),
           "An outbound that does not say so follows no redirect."),
    Switch("own headers", replaced(Ask, "onward", _headers_for_all), 
           "Headers of the app stay with the host that was asked first."),
    Switch("bounded answers", _whatever_comes, "Answers are read as far as they are bounded."),
)  # fmt: skip
