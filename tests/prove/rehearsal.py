"""The sound app, walked through once. From there every run goes on by itself, in a process of its own.

To walk through the app takes as long as to attack it, and is the same each time. So it is done once, with all defences
on; then each run is a fork of this process, which opens the records as they were, throws its switches, and attacks.
"""

from __future__ import annotations

import os
import pickle
import shutil
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask

from doorward.prove.attack import Attack
from doorward.prove.run import attack_all
from doorward.prove.scene import Scene
from doorward.serve.prove_app import KIT_PAGES, scene_in_process
from doorward.testing import door_of
from tests.prove.sound.app import create_app
from tests.prove.stage import hold_streams, on_stage, open_again, provider
from tests.prove.switches import thrown


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a run: ids of attacks, for those that won what they got, and what could not be tried."""

    won: dict[str, list[str]]
    tried: frozenset[str]
    uncovered: dict[str, str]
    untried: dict[str, list[str]] = field(default_factory=dict)


Off = Callable[[pytest.MonkeyPatch], None]


class Rehearsal:
    """The app after the walk, ready to be attacked as often as one likes."""

    def __init__(self, app: Flask, scene: Scene) -> None:
        self._app, self.scene = app, scene
        self._folder = Path(door_of(app).settings.data)
        self._kept = self._folder.with_name(self._folder.name + "-kept")
        door_of(app).close()
        shutil.copytree(self._folder, self._kept)

    def close(self) -> None:
        """Nothing is left behind. The stage closes the door, which has to be open for that."""
        open_again(self._app)
        shutil.rmtree(self._kept, ignore_errors=True)

    def without(
        self, defences: Sequence[str], attacks: Sequence[Attack], *, listening: bool = False, also: Off | None = None
    ) -> Came:
        """Attack the app without these defences; served over sockets, with streams, where it shall be listened to.

        Arguments:
            also: takes away something that is no defence of the kit.
        """
        shutil.rmtree(self._folder)
        shutil.copytree(self._kept, self._folder)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            self._attack(defences, attacks, writing, listening=listening, also=also)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            sent = pipe.read()
        os.waitpid(child, 0)
        came = pickle.loads(sent)  # of our own child
        assert isinstance(came, Came), came
        return came

    def _attack(
        self, defences: Sequence[str], attacks: Sequence[Attack], writing: int, *, listening: bool, also: Off | None
    ) -> None:
        """In the child: never returns."""
        came: object
        try:
            with thrown(*defences), pytest.MonkeyPatch.context() as patch:
                if also is not None:
                    also(patch)
                open_again(self._app)
                if listening:
                    hold_streams(self._app, self.scene)
                proof = attack_all(self.scene, attacks)
            came = Came(
                {one.attack.id: [finding.what for finding in one.findings] for one in proof.results if one.won},
                frozenset(one.attack.id for one in proof.results if one.tried),
                proof.uncovered,
                {one.attack.id: one.untried for one in proof.results if one.untried},
            )
        except BaseException:
            came = traceback.format_exc()
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(came, pipe)
        os._exit(0)


@contextmanager
def rehearsed(make: Callable[[], Flask] = create_app) -> Iterator[Rehearsal]:
    """The sound app, or that which `make` gives, walked through with all defences on."""
    with ExitStack() as stack:
        app = stack.enter_context(on_stage(make, live_per_address=15))
        rehearsal = Rehearsal(app, scene_in_process(app, KIT_PAGES, provider()))
        stack.callback(rehearsal.close)
        yield rehearsal
