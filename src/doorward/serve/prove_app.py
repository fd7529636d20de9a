"""One run of `prove` on an app: started on empty records, surveyed, attacked, and gone afterwards."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx
from flask import Flask

from doorward.prove.attack import Attack
from doorward.prove.cast import assemble
from doorward.prove.chromium import browser_of_this_machine
from doorward.prove.liar.provider import LyingProvider, lying_provider
from doorward.prove.raw import Place
from doorward.prove.run import Progress, Proof, attack_all
from doorward.prove.scene import Aside, Direct, Scene
from doorward.prove.survey import survey
from doorward.prove.ways import ways_of
from doorward.prove.wire import HttpLine, Line
from doorward.serve.proving import DoorHost, facts_of
from doorward.serve.proving_place import Served, open_door, temporary_place

#: For runs that are about an app alone: the names of all pages of the kit begin so.
KIT_PAGES = ("doorward.",)
#: How long heads and bodies may take at the second server, in seconds.
_IMPATIENT = 3
#: It has few places for connections, and the first lets one address hold few streams: it takes less to fill them.
_FILES = 512
_STREAMS_PER_ADDRESS = 15


def prove_app(
    target: str | None,
    data: Path,
    attacks: Sequence[Attack],
    progress: Progress,
    program: Sequence[str] = ("doorward.cli.main",),
    left_out: tuple[str, ...] = (),
) -> Proof:
    """Start the app in a temporary place, attack it, and leave nothing behind.

    Arguments:
        target: the app, as module:name; None for the suite.
        data: the data folder of the real installation, for its settings only.
        attacks: what to try.
        progress: is told how far it is.
        program: the module that is started, with its first arguments, as `python -m` takes them.
        left_out: as for `prove_in_process`.

    Errors:
        StartRefused: the app does not start.
    """
    with ExitStack() as leaving:
        needed = any(one.provider for one in attacks)
        liar = leaving.enter_context(lying_provider() if needed else nullcontext())
        tables = {"oidc": liar.settings} if liar is not None else {}
        place = leaving.enter_context(temporary_place(data, tables))
        trusted = liar.authority if liar is not None else None
        app, door = open_door(target, place)
        leaving.callback(door.close)
        streams = min(_STREAMS_PER_ADDRESS, door.settings.live_per_address)
        settings = {"live_per_address": str(streams)}
        served = Served(place, target, as_proxy=True, program=program, settings=settings, trusted=trusted)
        leaving.callback(served.stop)
        line = HttpLine(served.wait(), as_proxy=True)
        host = DoorHost(app, served.lines)
        scene = _surveyed(line, host, served.url, progress, left_out, liar)
        scene.facts = replace(scene.facts, streams_per_address=streams)
        scene.browser = browser_of_this_machine()
        scene.place = Place.at(served.url)
        scene.start_direct = partial(_start_direct, place, target, program, leaving)
        scene.start_aside = partial(_start_aside, data, target, program, leaving)
        return attack_all(scene, attacks, progress)


def _start_direct(place: Path, target: str | None, program: Sequence[str], leaving: ExitStack) -> Direct:
    """Serve the app on the same records once more, over TLS and for nobody but this machine."""
    settings = {"tls": "always", "head_timeout": f"{_IMPATIENT}s", "body_timeout": f"{_IMPATIENT}s"}
    served = Served(place, target, as_proxy=False, program=program, settings=settings, files=_FILES)
    leaving.callback(served.stop)
    authority = str(place / "tls" / "ca.pem")
    url = served.wait()
    trusted = authority if url.startswith("https:") else None
    line = HttpLine(url, verify=ssl.create_default_context(cafile=trusted))
    return Direct(line, Place.at(url), authority, _IMPATIENT, _IMPATIENT, lambda: "".join(served.lines))


def _start_aside(
    data: Path, target: str | None, program: Sequence[str], leaving: ExitStack, settings: Mapping[str, str]
) -> Aside:
    """Serve the app on records of its own with these settings; it ends with the run, if not before."""
    ending = ExitStack()
    leaving.callback(ending.close)
    served = Served(
        ending.enter_context(temporary_place(data)), target, as_proxy=False, program=program, settings=settings
    )
    ending.callback(served.stop)
    return Aside(HttpLine(served.wait()), served.setup_path, ending.close)


def prove_in_process(
    app: Flask, attacks: Sequence[Attack], left_out: tuple[str, ...] = (), liar: LyingProvider | None = None
) -> Proof:
    """The same without a server: for tests of the proofs themselves. The door must believe 127.0.0.1 as its proxy.

    Arguments:
        app: the app, whose door has started on records of its own.
        attacks: what to try; those that need a socket say that they could not.
        left_out: beginnings of the names of endpoints that are not walked through, such as `KIT_PAGES`.
        liar: a provider that is in the settings of the app.
    """
    return attack_all(scene_in_process(app, left_out, liar), attacks)


def scene_in_process(app: Flask, left_out: tuple[str, ...] = (), liar: LyingProvider | None = None) -> Scene:
    """The scene of `prove_in_process`, surveyed and not yet attacked."""
    url = "http://localhost"
    line = HttpLine(url, transport=httpx.WSGITransport(app=app), as_proxy=True)
    return _surveyed(line, DoorHost(app), url, lambda done, of, what: None, left_out, liar)


def _surveyed(
    line: Line,
    host: DoorHost,
    url: str,
    progress: Progress,
    left_out: tuple[str, ...] = (),
    liar: LyingProvider | None = None,
) -> Scene:
    door = host.door
    ways, facts = ways_of(door.census.routes()), facts_of(door, url)
    scene = Scene(line, ways, facts, host, left_out=left_out, examples=door.examples, liar=liar)
    progress(0, 1, "making the people")
    assemble(scene)
    progress(0, 1, "walking through the app")
    survey(scene)
    return scene
