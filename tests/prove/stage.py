"""A stage for tests of the proofs: an app behind its door, started on records of its own, as quickly as can be."""

from __future__ import annotations

import atexit
import copy
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from doorward.core.streams import NullPublisher
from doorward.prove.liar.provider import LyingProvider
from doorward.prove.raw import Place
from doorward.prove.scene import Scene
from doorward.serve import revocation, server
from doorward.serve.bridge import Bridge
from doorward.serve.connections import Connections
from doorward.serve.protocol import strict_protocol
from doorward.testing import door_of, test_settings
from doorward.web.extension import Doorward
from doorward.web.kit_jobs import open_jobs
from doorward.web.parts import open_parts
from tests.prove.sound.app import create_app
from tests.serve.running import Running

#: What every app of these tests runs with: the proofs come as from a proxy, so that they may come from anywhere.
SETTINGS = {"behind_proxy": ["127.0.0.1/32"]}


@cache
def provider() -> LyingProvider:
    """The provider that every app of these tests believes; its servers are threads of this process until it ends."""
    folder = Path(tempfile.mkdtemp(prefix="doorward-stage-"))
    made = LyingProvider(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(made.close)
    return made


@contextmanager
def on_stage(make: Callable[[], Flask] = create_app, **settings: Any) -> Iterator[Flask]:
    """The app that `make` gives, started on empty records; all of it is gone afterwards."""
    liar = provider()
    with tempfile.TemporaryDirectory(prefix="doorward-stage-", ignore_cleanup_errors=True) as folder:
        app = make()
        door = app.extensions["doorward"]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SSL_CERT_FILE", str(liar.authority))
            door.start(test_settings(Path(folder), oidc=liar.settings, **SETTINGS, **settings))
            try:
                yield app
            finally:
                door.close()


def open_again(app: Flask) -> None:
    """Open a door that was closed on the same records; its routes were counted already."""
    door = app.extensions["doorward"]
    door._parts = open_parts(door.settings, door.migrations, door.clock, door.outbounds)
    door._jobs = open_jobs(door, {})


class _Elsewhere:
    """The door as another process sees it, such as a command on the host: it has no streams to cut."""

    def __init__(self, door: Doorward) -> None:
        self._door, self.store = door, copy.copy(door.store)
        self.store.publisher = NullPublisher()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._door, name)


def hold_streams(app: Flask, scene: Scene) -> None:
    """Serve the app over sockets, from a thread of this process and until its end, as `doorward serve` does.

    What another process has ended is looked for more often, so that nobody waits for it longer than needed.
    """
    door = door_of(app)
    hub = server._hub(door.settings)
    host: Any = scene.host
    host.door = _Elsewhere(door)
    door.store.publisher = hub
    revocation._EVERY_SECONDS = 0.2
    scene.facts = replace(scene.facts, streams_end_within=3.0)
    watch = revocation.RevocationWatch(door.store, hub, hub.sessions, hub.secrets)
    connections = Connections(server._connection_rules(door.settings))
    bridge = Bridge(app, hub, startup=[watch.start])
    scene.place = Place("localhost", Running(bridge, http=strict_protocol(connections)).start().port)
