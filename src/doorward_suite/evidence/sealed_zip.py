"""A package as a ZIP that is written from its beginning to its end, and the words that come with it.

Every file is hashed as it is written, so that the list of hashes says what is really in it. Names are those that are
handed in, and none leads out of the folder in which the package is unpacked. The same files give the same bytes.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import sha256
from types import TracebackType
from typing import BinaryIO, Self

from .hash_logs import HashedFile, sums_of

SUMS = "SHA256SUMS"
README = "README.txt"
JOURNAL = "journal/excerpt.jsonl"

_BLOCK = 1 << 20
#: Letters, digits and a few signs of ASCII, in folders one below the other; no name begins with a dot.
_NAME = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9._-]*/)*[A-Za-z0-9_][A-Za-z0-9._-]*")
#: The first moment that the format knows; where a file has no time of its own, so that the same makes the same.
_EARLIEST = (1980, 1, 1, 0, 0, 0)


class SealedZip:
    """A package that is being written. Leaving it writes the list of hashes and the end of the ZIP.

    Arguments:
        file: open for writing.
        watch: called after each block, with how many bytes are done; may raise to stop.
    """

    def __init__(self, file: BinaryIO, watch: Callable[[int], None] = lambda done: None) -> None:
        self._zip = zipfile.ZipFile(file, "w")
        self._watch = watch
        self.hashed: list[HashedFile] = []
        self.size = 0
        self.manifest = ""

    def add(self, name: str, blocks: Iterable[bytes], at: datetime | None = None, *, packed: bool = True) -> str:
        """Write a file; gives its SHA-256.

        Arguments:
            name: with slashes, of ASCII.
            at: the moment that it shows, UTC.
            packed: whether it is compressed.

        Errors:
            ValueError: the name is none that is written.
        """
        if len(name) > 200 or not _NAME.fullmatch(name):
            raise ValueError(f"no name for a file of a package: {name[:80]!a}")
        info = zipfile.ZipInfo(name, max(at.timetuple()[:6], _EARLIEST) if at is not None else _EARLIEST)
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info.external_attr = 0o644 << 16
        digest = sha256()
        with self._zip.open(info, "w", force_zip64=True) as out:
            for block in blocks:
                digest.update(block)
                out.write(block)
                self.size += len(block)
                self._watch(self.size)
        self.hashed.append(HashedFile(name, digest.hexdigest()))
        return digest.hexdigest()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.manifest = self.add(SUMS, [sums_of(self.hashed)])
        self._zip.close()


def blocks_of(file: BinaryIO) -> Iterable[bytes]:
    """A file in blocks of which one at a time is held."""
    while block := file.read(_BLOCK):
        yield block


def readme(title: str, organisation: str, standard: str, made_at: datetime, files: int) -> str:
    """What stands in the package for whoever receives it.

    Arguments:
        files: of evidence.
    """
    whose = f"{organisation}, " if organisation else ""
    return f"""{whose}{title}
{standard}
The state of {made_at:%Y-%m-%d %H:%M} UTC, with {files} files of evidence.

WHAT IS IN IT
  artifacts/                     the evidence; each name says what it shows
  CMMCAssessmentArtifacts.log    the hashes of the evidence, for eMASS ("Hashed Data List")
  CMMCAssessmentLogHash.log      the hash of that list, for eMASS ("Hash Value")
  report/                        the assessment report, as PDF and as a workbook
  poam/                          the plan of action and milestones
  ssp/                           where the system security plan describes each requirement
  journal/excerpt.jsonl          what was done in this assessment, entry by entry, each with its seal
  SHA256SUMS                     the hash of every file here but itself

HOW TO CHECK IT
  Unpack it into an empty folder, and there:

    sha256sum -c SHA256SUMS
        Every line must end in OK. (PowerShell: Get-FileHash FILE, and compare.)

    sha256sum SHA256SUMS
        Ask whoever sent this for the value, by another way than the one it came by: by telephone, or on the
        page "Package" of the assessment. If it is the same, the whole package is the one that was made there.

    doorward journal verify --file journal/excerpt.jsonl
        With the program Doorward, and no server. It computes the seal of every entry anew.

WHAT THAT SHOWS, AND WHAT IT DOES NOT
  SHA256SUMS shows that no file changed since the list was written. Whoever changes a file can also write a new list:
  that is why its own hash is asked for by another way.

  The seals of the journal show that no entry of the excerpt was changed or moved since it was sealed, and each seal
  ties all entries that were written before it. Entries of other assessments and of the rest of the server are left
  out, so by itself the excerpt does not show that it has every entry of this assessment, nor that nobody computed
  all seals anew. The operator of the server shows the second with
  "doorward journal verify --file journal/excerpt.jsonl --here", which holds every entry against the server's journal.

  That a file was given in, by whom and when, is in the journal, with its SHA-256: event "evidence.added". It does not
  show that what the file says is true. Reviewing that is the assessment.

  Entries name people and the network addresses they came from. Handle the package accordingly.
"""
