"""Names of files as people give them: cleaned for keeping, and given back in headers (RFC 6266, RFC 8187).

A name is data. No path is ever made of one, so nothing here has to make it fit for a file system; but people and their
programs read it again, and must not be deceived by it (OWASP ASVS 5.3.2, 5.4.1, 5.4.2).
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

LONGEST = 150
_UNNAMED = "file"
#: Names that Windows takes for devices, with or without an extension.
_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)
#: Not possible in names on one system or another, or with a meaning of their own there.
_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')
#: RFC 8187 section 3.2.1, attr-char.
_PLAIN_IN_HEADERS = "!#$&+-.^_`|~"
_LONGEST_EXTENSION = 10


def clean_name(given: str) -> str:
    """The name as it is kept and shown: one line, no path, nothing invisible, at most `LONGEST` characters.

    What directs text from right to left is taken out, since it can show `fdp.exe` as `exe.pdf`. The extension
    survives when a long name is cut. Names that cannot be kept at all become "file" with their extension.
    """
    whole = unicodedata.normalize("NFC", given.replace("\\", "/"))
    last = "".join(" " if _is_gap(char) else char for char in whole.rsplit("/", 1)[-1] if not _is_unseen(char))
    last = re.sub(r"\s+", " ", _NOT_IN_NAMES.sub("_", last)).strip()
    stem, dot, extension = last.rpartition(".")
    if not dot or len(extension) > _LONGEST_EXTENSION or not extension.strip():
        stem, dot, extension = last, "", ""
    stem = stem.strip(". ")[: LONGEST - len(dot) - len(extension)].strip(". ")
    if not stem:
        stem = _UNNAMED
    elif _DEVICES.fullmatch(stem.split(".", 1)[0].strip()):
        stem = f"_{stem}"
    return f"{stem}{dot}{extension.strip()}"


def _is_gap(char: str) -> bool:
    return char in "\t\n\r\v\f" or unicodedata.category(char) in ("Zs", "Zl", "Zp")


def _is_unseen(char: str) -> bool:
    """Controls, marks of direction, joiners, halves of pairs, private and unassigned characters."""
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn") and not _is_gap(char)


def content_disposition(kind: str, name: str) -> str:
    """The header value that offers a file under its name.

    Arguments:
        kind: "attachment" or "inline".
        name: any text; it is cleaned again, whatever was stored.

    Results:
        ASCII on one line, quotes and backslashes not in it: an ASCII form of the name for old browsers, and the whole
        name in UTF-8 (RFC 6266 section 4.3, RFC 8187 section 3.2).
    """
    cleaned = clean_name(name)
    folded = unicodedata.normalize("NFKD", cleaned).encode("ascii", "ignore").decode()
    plain = clean_name(re.sub(r"[^A-Za-z0-9 ._()\[\]+=,@-]", "_", folded) or _UNNAMED)
    if plain == cleaned:
        return f'{kind}; filename="{plain}"'
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(cleaned, safe=_PLAIN_IN_HEADERS)}"
