"""Has files looked into by processes of their own: what a hostile file breaks there is thrown away with the process.

A look has a time. Whoever is late, dies or answers nonsense is killed, and the file is refused; the next file gets a
new process (OWASP ASVS 5.2.3, 15.2.2).
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess  # nosec B404  # (our own module, without a shell, in a process that has nothing to lose)
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from doorward.core.examining import Task, Verdict
from doorward.errors import Unavailable

_MAIN = Path(__file__).with_name("examining.py")
#: How long a look may take, and how long somebody waits for one of the processes to be free.
SECONDS = 60.0
_WAIT_SECONDS = 60.0
_AT_ONCE = 2
#: A process is replaced after so many files, so that nothing that leaks grows for ever.
_FILES_OF_ONE = 500
_LONGEST_ANSWER = 64 * 1024
_HOPELESS = Verdict(
    refused="This file could not be looked into: it is broken, or made to be too much work.", why="work"
)


class _Process:
    """One process, asked one file at a time."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # nosec B603
                [sys.executable, "-P", "-s", str(_MAIN), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"PYTHONDONTWRITEBYTECODE": "1"},
                start_new_session=True,
            )
        self._socket = ours
        self._answered = 0

    @property
    def is_worn(self) -> bool:
        return self._answered >= _FILES_OF_ONE or self._process.poll() is not None

    def ask(self, task: Task, files: tuple[BinaryIO, BinaryIO, BinaryIO], seconds: float) -> Verdict:
        """Errors: OSError, ValueError: no answer in time, or none that makes sense."""
        self._socket.settimeout(seconds)
        given = json.dumps(asdict(task)).encode()
        socket.send_fds(self._socket, [given], [file.fileno() for file in files])
        answer = self._socket.recv(_LONGEST_ANSWER)
        verdict = Verdict.of_json(json.loads(answer))
        self._answered += 1
        return verdict

    def end(self) -> None:
        self._socket.close()
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()


class Examiner:
    """Looks into files, a few at a time. Safe for threads; processes start when the first file comes.

    Arguments:
        seconds: how long one look may take.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._places = threading.BoundedSemaphore(_AT_ONCE)
        self._idle: list[_Process] = []
        self._lock = threading.Lock()

    def examine(self, task: Task, source: BinaryIO, full: BinaryIO, thumb: BinaryIO) -> Verdict:
        """What `core.examining.examine` says of a file. The files are read and written from their first byte.

        Errors: Unavailable: too many files wait to be looked into.
        """
        if not self._places.acquire(timeout=_WAIT_SECONDS):
            raise Unavailable("Too many files are looked into just now. Try again shortly.", retry_after=10)
        try:
            return self._examine(task, (source, full, thumb))
        finally:
            self._places.release()

    def _examine(self, task: Task, files: tuple[BinaryIO, BinaryIO, BinaryIO]) -> Verdict:
        process = self._process()
        try:
            for file in files:
                os.lseek(file.fileno(), 0, os.SEEK_SET)
            verdict = process.ask(task, files, self._seconds)
        except (OSError, ValueError, KeyError, TypeError):
            process.end()
            return _HOPELESS
        except BaseException:
            process.end()
            raise
        if task.page:
            process.end()  # a parser of documents has had its way in there: nothing else comes after it
        else:
            self._give_back(process)
        return verdict

    def _process(self) -> _Process:
        with self._lock:
            if self._idle:
                process = self._idle.pop()
                if not process.is_worn:
                    return process
                process.end()
        return _Process()

    def _give_back(self, process: _Process) -> None:
        if process.is_worn:
            process.end()
            return
        with self._lock:
            self._idle.append(process)

    def close(self) -> None:
        """End the processes that wait. Others can follow."""
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            process.end()


#: The one of this server: what it holds is nobody's, so that all doors of a process can share it.
EXAMINER = Examiner()
