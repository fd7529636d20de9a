"""The process that looks into files. Started by `examiner.py` with one socket, and nothing else to lose.

It has neither the server's keys nor its records nor its environment; files come to it open, without names. Memory and
processor time are bounded by the system.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import sys
import tempfile
import types
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

_MOST_MEMORY = 1536 * 1024 * 1024
_MOST_OUTPUT = 256 * 1024 * 1024
_LONGEST_TASK = 4096
#: For a process that draws a page of a document: it draws one, and may not take long, nor map more than this.
_MOST_SECONDS = 40
_MOST_ADDRESSES = 3 * 1024 * 1024 * 1024


def main(descriptor: int) -> None:
    """Answer one task after the other, until nobody asks any more."""
    from doorward.core.examining import Task, examine

    with socket.socket(fileno=descriptor) as asked:
        _bound()
        while True:
            message, files, _, _ = socket.recv_fds(asked, _LONGEST_TASK, 3)
            if not message:
                return
            with ExitStack() as stack:
                source, full, thumb = (stack.enter_context(os.fdopen(file, "r+b")) for file in files)
                task = Task(**json.loads(message))
                if task.page:
                    _bound_drawing()
                verdict = examine(task, source, full, thumb, _scratch)
            asked.sendall(json.dumps(verdict.as_json()).encode())


def _scratch() -> BinaryIO:
    return tempfile.TemporaryFile()


def _bound() -> None:
    for what, most in (
        (resource.RLIMIT_DATA, _MOST_MEMORY),
        (resource.RLIMIT_FSIZE, _MOST_OUTPUT),
        (resource.RLIMIT_NOFILE, 32),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _bound_drawing() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime) + _MOST_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_ADDRESSES, _MOST_ADDRESSES))


def _without_the_rest() -> None:
    """Let `doorward.core` be imported without `doorward`, which brings along everything that a server needs."""
    bare = types.ModuleType("doorward")
    bare.__path__ = [str(Path(__file__).resolve().parents[1])]
    sys.modules["doorward"] = bare


if __name__ == "__main__":
    _without_the_rest()
    main(int(sys.argv[1]))
