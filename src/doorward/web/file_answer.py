"""Files given back: with a type of our own choosing, inert in any browser, in parts where only parts are wanted.

(OWASP ASVS 3.2.1, 5.4.1, 5.4.2, 14.3.2.) The app's policy has said yes before; nothing here asks who it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from flask import Response, request

from doorward.core.byte_ranges import Part, wanted_part
from doorward.core.file_kinds import named_as
from doorward.core.file_names import content_disposition
from doorward.core.uploads import TAKEN
from doorward.errors import NotFound
from doorward.store import file_records
from doorward.store.file_bytes import FULL, ORIGINAL, THUMB
from doorward.store.file_models import FileRecord
from doorward.web.here import here
from doorward.web.intakes import files_of

_BLOCK = 256 * 1024
_THUMB_TYPE = "image/webp"
#: Of a picture that is shown: the browser may keep it, and asks each time whether it still may show it.
PRIVATE = "private, no-cache"
#: Of a download: nothing on the way keeps it, nor does the browser beside the file that the person wanted.
UNKEPT = "private, no-store"
#: For what the whole world may see: an hour without asking.
PUBLIC = "public, max-age=3600"
_GONE = "This file is not there any more."


def file_answer(
    file_id: str, name: str | None = None, as_picture: bool | str = False, *, public: bool = False
) -> Response:
    """The response that gives a file back, or the part that the browser wants of it.

    Arguments:
        file_id: of a file that was taken.
        name: under which it is offered; by default the one that it came with.
        as_picture: "thumb" or "full" (or True) to show the re-encoded picture; False for a download.
        public: True where everybody may see it, so that caches may keep it.

    Errors:
        NotFound: it is not there, or not a picture.
    """
    at = here()
    with at.door.store.reading() as db:
        record = file_records.find(db, file_id)
    if record is None or record.state != TAKEN:
        raise NotFound(_GONE)
    variant, media_type, size = _what(record, as_picture)
    tag = f'"{record.sha256}{variant.replace(".", "-")}"'
    part = _part(size, tag)
    file = files_of(at).open(record.key, variant)
    if file is None:
        raise NotFound(_GONE)
    sends = part.status in (200, 206) and request.method != "HEAD"
    response = Response(_Blocks(file, part) if sends else None, part.status, content_type=media_type)
    if not sends:
        file.close()
    offered = named_as(record.name if name is None else name, media_type)
    _describe(response, part, size, tag)
    response.headers["Content-Disposition"] = content_disposition("inline" if as_picture else "attachment", offered)
    at.file_caching = PUBLIC if public else PRIVATE if as_picture else UNKEPT
    return response


def _describe(response: Response, part: Part, size: int, tag: str) -> None:
    """Say what is sent, and of what it is a part."""
    headers = response.headers
    headers["ETag"] = tag
    headers["Accept-Ranges"] = "bytes"
    if part.status == 206:
        headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{size}"
    if part.status == 416:
        headers["Content-Range"] = f"bytes */{size}"
    if part.status in (200, 206):
        headers["Content-Length"] = str(part.end - part.start)


def _what(record: FileRecord, as_picture: bool | str) -> tuple[str, str, int]:
    """Which bytes are meant, what they are, and how many."""
    if not as_picture:
        return ORIGINAL, record.media_type, record.size
    if not record.picture_type:
        raise NotFound("This file is no picture that can be shown.")
    if as_picture == "thumb":
        return THUMB, _THUMB_TYPE, record.thumb_size
    if not record.full_size:  # what was sent is not kept: the picture is the file
        return ORIGINAL, record.picture_type, record.size
    return FULL, record.picture_type, record.full_size


def _part(size: int, tag: str) -> Part:
    headers = request.headers
    return wanted_part(
        size,
        tag,
        ranges=headers.get("Range"),
        if_range=headers.get("If-Range"),
        if_none_match=headers.get("If-None-Match"),
    )


class _Blocks:
    """The bytes of a part, block by block, as the server asks for them; the file is closed at the end or before."""

    def __init__(self, file: BinaryIO, part: Part) -> None:
        self._file = file
        self._left = part.end - part.start
        file.seek(part.start)

    def __iter__(self) -> Iterator[bytes]:
        while self._left > 0 and (block := self._file.read(min(_BLOCK, self._left))):
            self._left -= len(block)
            yield block

    def close(self) -> None:
        self._file.close()
