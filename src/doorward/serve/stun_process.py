"""The process that answers STUN. It has a socket, and nothing else to lose: no keys, no records, no environment.

Started by `stun.py` as `python stun_process.py HOST PORT`. It says `ready PORT` when it listens, and ends when its
standard input does: with the server that started it.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import sys
import time
import types
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doorward.core.stun import Asked

#: So many packets are taken between two looks at whether the server still lives.
_BATCH = 64


def main(host: str, port: int) -> int:
    """Listen and answer until standard input ends. The exit code: 1 when the address cannot be used."""
    from doorward.core import stun

    try:
        listening = _bound(host, port)
    except OSError as problem:
        _say(str(problem.strerror or problem))
        return 1
    with listening:
        _say(f"ready {listening.getsockname()[1]}")
        asked = stun.Asked()
        watched: list[socket.socket | int] = [listening, 0]
        while True:
            ready, _, _ = select.select(watched, [], [])
            if 0 in ready and not os.read(0, 1):
                return 0
            if listening in ready:
                _answer_some(listening, asked)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if host == "::":
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listening.bind((host, port))
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening


def _answer_some(listening: socket.socket, asked: Asked) -> None:
    from doorward.core import stun

    for _ in range(_BATCH):
        try:
            packet, sender = listening.recvfrom(stun.MOST_BYTES + 1)
        except BlockingIOError:
            return
        except OSError:
            continue  # what an earlier answer met on its way
        address = ip_address(str(sender[0]).partition("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        said = stun.answer(packet, address, sender[1])
        if said is not None and asked.may(address, time.monotonic()):
            with contextlib.suppress(OSError):
                listening.sendto(said, sender)


def _without_the_rest() -> None:
    """Let `doorward.core` be imported without `doorward`, which brings along everything that a server needs."""
    bare = types.ModuleType("doorward")
    bare.__path__ = [str(Path(__file__).resolve().parents[1])]
    sys.modules["doorward"] = bare


if __name__ == "__main__":
    _without_the_rest()
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
