"""A proof that the running server lets be done: `doorward prove` in a process of its own, with low priority."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess  # nosec B404  # (our own command, with our own arguments)
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from doorward.core.checks import Proved
from doorward.errors import Conflict
from doorward.prove.leftovers import own_folder
from doorward.web.extension import Doorward

#: Set for the server that is attacked: it must not let itself be attacked in turn, without end.
INSIDE = "_DOORWARD_PROVED"
_LOCK = "proof.lock"
_TENTH = re.compile(r"\s*(\d+) %:")
_LOOK_EVERY = 1.0
_LONGEST = 30 * 60
_STOP_SECONDS = 40


def install(door: Doorward, target: str | None) -> None:
    """Let the page `/admin/security` ask for proofs of this app. `target` as in `load_app`."""
    if INSIDE not in os.environ:
        door.prover = AppProver(door.settings.data, target)
    else:
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(run: int) -> None:
    """A server that is attacked ends with its run, also where that was killed."""
    while os.getppid() == run:
        time.sleep(_LOOK_EVERY)
    os.kill(os.getpid(), signal.SIGTERM)


class AppProver:
    """Proves one app; see `core.checks.Prover`.

    Arguments:
        data: the data folder: for its settings, and so that there is one proof at a time.
        target: the app, as module:name; None for the suite.
        program: what is started; tests start something quicker.
    """

    def __init__(self, data: Path, target: str | None, program: tuple[str, ...] = ("doorward.cli.main",)) -> None:
        self._data = data
        self._target = target
        self._program = program

    def run(self, progress: Callable[[int, int], None]) -> Proved:
        with _alone(self._data / _LOCK), own_folder() as place:
            page, result = place / "proof.html", place / "proof.json"
            command = [sys.executable, "-m", *self._program, "--data", str(self._data), "prove"]
            command += ["--report", str(page), "--json", str(result)]
            command += ["--app", self._target] if self._target else []
            code, said = _watched(command, progress)
            if code not in (0, 1) or not result.is_file():
                raise Conflict(f"The proof could not be done: {said[-1] if said else 'it said nothing'}"[:300])
            return _read(json.loads(result.read_text("utf-8")), page.read_bytes())


def _watched(command: list[str], progress: Callable[[int, int], None]) -> tuple[int, list[str]]:
    """Run it, telling how far it is. Its exit code, and what it said. Whatever `progress` raises ends it."""
    running = subprocess.Popen(  # nosec B603
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, running.pid, 19)
    said: list[str] = []
    reader = threading.Thread(target=_listen, args=(running, said), daemon=True)
    reader.start()
    until = time.monotonic() + _LONGEST
    try:
        while running.poll() is None and time.monotonic() < until:
            time.sleep(_LOOK_EVERY)
            progress(min(_percent(said), 99), 100)
    finally:
        _stop(running)
    reader.join(5)
    return running.returncode, said


def _listen(running: subprocess.Popen[str], said: list[str]) -> None:
    for line in running.stderr or ():
        said.append(line.strip())


def _percent(said: list[str]) -> int:
    return max((int(found[1]) for line in said[-20:] if (found := _TENTH.match(line))), default=0)


def _stop(running: subprocess.Popen[str]) -> None:
    """It cleans up behind itself when it is asked to stop."""
    if running.poll() is None:
        running.terminate()
        try:
            running.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One proof at a time, in whatever process: each takes minutes of a processor.

    Errors:
        Conflict: there is one.
    """
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Conflict("Another proof is running. Its result is shown at /admin/security.") from None
        yield
    finally:
        os.close(descriptor)


def _read(result: Mapping[str, Any], report: bytes) -> Proved:
    """What `doorward prove --json` wrote, as `/admin/security` keeps it."""
    findings = [one for attack in result["attacks"] for one in attack["findings"]]
    order = ("high", "medium", "low", "note")
    findings.sort(key=lambda one: order.index(one["severity"]))
    counts = Counter(one["severity"] for one in findings)
    summary = {
        "counts": {name: counts[name] for name in order},
        "attacks": sum(bool(attack["held"] or attack["findings"]) for attack in result["attacks"]),
        "held": result["held"],
        "covered": len(result["covered"]),
        "uncovered": len(result["uncovered"]),
    }
    return Proved(summary, findings, report)
