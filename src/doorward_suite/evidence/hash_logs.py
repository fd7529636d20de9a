"""The two logs that eMASS asks for, as the CMMC Artifact Hashing Tool writes them, and the list for `sha256sum`.

CMMC Artifact Hashing Tool User Guide 2.13 (32 CFR 170.17(c)(4) and 170.18(c)(4) ask for the hashes): the tool is a
PowerShell script that gives the files to `Get-FileHash` and its table to `Out-File -Encoding ASCII -Width 1024`. The
table has three columns, of 15 and 70 characters and the rest. A second log has the hash of the first. In eMASS the
name of the first goes into "Hashed Data List", the hash in the second into "Hash Value".

The same files give the same bytes, always: sorted by path, no date, and the logs themselves never in the list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

ARTIFACTS_LOG = "CMMCAssessmentArtifacts.log"
LOG_HASH_LOG = "CMMCAssessmentLogHash.log"
#: What the tool's lines are cut at. Ours are refused instead: half a path shows nothing.
WIDTH = 1024

_COLUMNS = (15, 70)
_HEADINGS = ("Algorithm", "Hash", "Path")
_LINE_END = "\r\n"


@dataclass(frozen=True, slots=True)
class HashedFile:
    """A file and its hash.

    Arguments:
        path: as the receiver will find it, with slashes, relative to where the logs lie.
        sha256: 64 hexadecimal digits, in either case.
    """

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class HashLogs:
    """Both logs, as bytes for two files.

    Arguments:
        artifacts: content of `CMMCAssessmentArtifacts.log`.
        log_hash: content of `CMMCAssessmentLogHash.log`.
        value: the hash of the first, for eMASS.
    """

    artifacts: bytes
    log_hash: bytes
    value: str


def hash_logs(files: Iterable[HashedFile]) -> HashLogs:
    """Both logs of a set of files.

    Arguments:
        files: in any order. The two logs themselves are left out, wherever they lie.
    Errors:
        ValueError: two files with one path, a hash that is none, a path that is not ASCII, empty, or longer than a
            line.
    """
    artifacts = _table(_sorted(files))
    value = sha256(artifacts).hexdigest().upper()
    return HashLogs(artifacts, _table([HashedFile(ARTIFACTS_LOG, value)]), value)


def check_sums(files: Iterable[HashedFile]) -> bytes:
    """What `sha256sum --check` reads (GNU coreutils): a line for each file, sorted by path.

    Errors:
        ValueError: as `hash_logs`.
    """
    return "".join(f"{each.sha256.lower()}  {each.path}\n" for each in _sorted(files)).encode("ascii")


def sums_of(files: Iterable[HashedFile]) -> bytes:
    """The same for a whole package: every file as it comes in, the logs too, since they go out with the others.

    Errors:
        ValueError: as `hash_logs`.
    """
    kept = sorted(files, key=lambda each: each.path)
    for each in kept:
        _judge(each)
    return "".join(f"{each.sha256.lower()}  {each.path}\n" for each in kept).encode("ascii")


def _sorted(files: Iterable[HashedFile]) -> list[HashedFile]:
    kept = [each for each in files if not _is_own_log(each.path)]
    for each in kept:
        _judge(each)
    if len({each.path.casefold() for each in kept}) != len(kept):
        raise ValueError("two files have one path")
    return sorted(kept, key=lambda each: each.path)


def _is_own_log(path: str) -> bool:
    name = path.replace("\\", "/").rpartition("/")[2].casefold()
    return name in (ARTIFACTS_LOG.casefold(), LOG_HASH_LOG.casefold())


def _judge(file: HashedFile) -> None:
    digits = file.sha256.lower()
    if len(digits) != 64 or not set(digits) <= set("0123456789abcdef"):
        raise ValueError(f"no SHA-256: {file.sha256[:80]!a}")
    printable = file.path.isascii() and file.path.isprintable()
    if not printable or not file.path.strip() or "\\" in file.path:
        raise ValueError(f"a path in a log is printable ASCII with slashes, and this is {file.path[:80]!a}")
    if len(_line("SHA256", digits, file.path)) > WIDTH:
        raise ValueError(f"a path is too long for a log: {file.path[:80]!a}")


def _table(files: Iterable[HashedFile]) -> bytes:
    lines = [
        "",
        _line(*_HEADINGS),
        _line(*("-" * len(heading) for heading in _HEADINGS)),
        *(_line("SHA256", each.sha256.upper(), each.path) for each in files),
        "",
    ]
    return "".join(line + _LINE_END for line in lines).encode("ascii")


def _line(algorithm: str, digest: str, path: str) -> str:
    first, second = _COLUMNS
    return f"{algorithm:<{first}} {digest:<{second}} {path}"
