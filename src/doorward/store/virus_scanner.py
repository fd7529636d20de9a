"""Showing a file to ClamAV: the command INSTREAM of clamd, over its socket.

A few lines of our own, since the package `clamd` has had no release since 2017 and all that is needed is one command
(clamd(8), section COMMANDS; OWASP ASVS 5.4.3).
"""

from __future__ import annotations

import re
import socket
import struct
from typing import BinaryIO
from urllib.parse import urlsplit

_CONNECT_SECONDS = 5.0
_SECONDS = 120.0
_BLOCK = 64 * 1024
_LONGEST_ANSWER = 4096
_FOUND = re.compile(rb"stream: (.{1,200}) FOUND")


class ScannerFailed(Exception):
    """The scanner could not be asked, or has not answered. `str()` says how, for the log."""


class TooLargeToScan(ScannerFailed):
    """The scanner takes no files of this size, today or tomorrow (StreamMaxLength of clamd)."""


def scan(address: str, file: BinaryIO) -> str:
    """Show a file to the scanner.

    Arguments:
        address: `unix:/path` or `tcp://host:port`.
        file: from its first byte.

    Results:
        What was found, by its name; empty where nothing was.

    Errors:
        ScannerFailed, TooLargeToScan.
    """
    try:
        with _connected(address) as connection:
            return _asked(connection, file)
    except OSError as problem:
        raise ScannerFailed(f"{type(problem).__name__}: {problem.strerror or problem}") from problem


def _connected(address: str) -> socket.socket:
    if address.startswith("unix:"):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(_CONNECT_SECONDS)
        try:
            connection.connect(address.removeprefix("unix:"))
        except BaseException:
            connection.close()
            raise
    else:
        place = urlsplit(address)
        connection = socket.create_connection((place.hostname, place.port), _CONNECT_SECONDS)
    connection.settimeout(_SECONDS)
    return connection


def _asked(connection: socket.socket, file: BinaryIO) -> str:
    try:
        connection.sendall(b"zINSTREAM\0")
        while block := file.read(_BLOCK):
            connection.sendall(struct.pack(">L", len(block)) + block)
        connection.sendall(struct.pack(">L", 0))
    except (BrokenPipeError, ConnectionResetError):
        pass  # it has had enough, and says why
    return _understood(_answer(connection))


def _answer(connection: socket.socket) -> bytes:
    answer = b""
    try:
        while not answer.endswith(b"\0") and len(answer) < _LONGEST_ANSWER and (part := connection.recv(1024)):
            answer += part
    except ConnectionResetError:
        pass
    return answer.rstrip(b"\0\n ")


def _understood(answer: bytes) -> str:
    if answer == b"stream: OK":
        return ""
    match = _FOUND.fullmatch(answer)
    if match is not None:
        name = match[1].decode("ascii", "replace")
        return "".join(char if char.isprintable() else "?" for char in name)[:80]
    if b"size limit exceeded" in answer:
        raise TooLargeToScan("the scanner takes no file of this size")
    raise ScannerFailed(f"an answer that makes no sense: {answer[:80]!r}")
