"""Files are shown to a virus scanner, where the settings name one; and what happens when it does not answer."""

from __future__ import annotations

import logging
from dataclasses import replace

from doorward.core.examining import Verdict
from doorward.errors import Unavailable
from doorward.store.file_models import FileRecord
from doorward.store.files import Files
from doorward.store.virus_scanner import ScannerFailed, TooLargeToScan, scan
from doorward.web.here import Here

_log = logging.getLogger("doorward.files")
_NOT_NOW = "Files cannot be checked for viruses just now, so none are taken. What you sent is kept; try again later."
_TOO_LARGE = "This file is larger than the virus scanner can look at."
_UNCHECKED = "This file could not be checked for viruses."


def scanned(at: Here, files: Files, record: FileRecord, verdict: Verdict) -> Verdict:
    """The verdict, with what the virus scanner has to say.

    Errors:
        Unavailable: it does not answer, and the setting says that nothing comes in then.
    """
    settings = at.door.settings
    if settings.virus_scanner is None:
        return verdict
    try:
        with files.arrivals.read(record.key) as file:
            virus = scan(settings.virus_scanner, file)
    except ScannerFailed as problem:
        _log.error("the virus scanner failed: %s", problem, extra={"request": at.id})
        if settings.virus_scanner_fails == "open":
            return replace(verdict, notes=(*verdict.notes, _UNCHECKED))
        if isinstance(problem, TooLargeToScan):
            return replace(verdict, refused=_TOO_LARGE, why="scanner")
        raise Unavailable(_NOT_NOW, retry_after=60) from problem
    if virus:
        return replace(verdict, refused=f"The virus scanner found something in this file: {virus}.", why="virus")
    return verdict
