"""For each defence a switch that only tests can throw. One area of defences a file; whatever file is here counts.

A file of this folder has `SWITCHES = (Switch("name", off, "What the defence does."), …)`. `off` is handed a
`pytest.MonkeyPatch` before the app starts, and takes the defence away as a mistake in the kit would. Attacks name
their defences by these names (`Attack.defences`); tests/prove/test_defences.py shows that with one off exactly the
attacks that name it win, and writes the table of docs/proof.md.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest


@dataclass(frozen=True, slots=True)
class Switch:
    """One defence that can be taken away.

    Arguments:
        name: as attacks and docs/proof.md call it.
        off: takes it away.
        does: what the defence does, a sentence.
        on_server: whether it can only be seen on a real server (sockets, TLS, the log); then it is thrown in the
            process of that server, by `python -m tests.prove.weakened`.
        listening: whether it can only be seen where streams are held; then it is thrown in a process of tests that
            holds them (tests/prove/test_stream_defences.py).
        settings: for the app of the test.
        from_start: whether it must be thrown before the app starts and is walked through: it changes rules, what
            is stored, or what the walk sees. Then it is thrown alone, in a run of its own.
    """

    name: str
    off: Callable[[pytest.MonkeyPatch], None]
    does: str
    on_server: bool = False
    listening: bool = False
    settings: dict[str, Any] = field(default_factory=dict)
    from_start: bool = False


@cache
def all_switches() -> dict[str, Switch]:
    """Every switch of every file of this folder, by name."""
    found: dict[str, Switch] = {}
    for module in pkgutil.iter_modules(__path__):
        for switch in importlib.import_module(f"{__name__}.{module.name}").SWITCHES:
            assert switch.name not in found, f"two switches are called {switch.name}"
            found[switch.name] = switch
    return found


@contextmanager
def thrown(*names: str) -> Iterator[None]:
    """Without these defences, until the end of the block."""
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            all_switches()[name].off(patch)
        yield


def wrapped(where: Any, name: str, around: Callable[[Any], Any]) -> Callable[[pytest.MonkeyPatch], None]:
    """Takes a defence away by changing what is there, whatever other switches have made of it."""
    return lambda patch: patch.setattr(where, name, around(getattr(where, name)))


def replaced(where: Any, name: str, by: object) -> Callable[[pytest.MonkeyPatch], None]:
    """Takes a defence away by putting something else in its place."""
    return lambda patch: patch.setattr(where, name, by)
