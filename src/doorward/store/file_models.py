"""The records of files that came in: what each is, whose it is, where it stands, and how much everybody has here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from doorward.store.models import BigNumber, Record


class FileRecord(Record):
    """A file, from the first word of it until its bytes are deleted.

    `key` is the random name of its bytes, and is shown to nobody. `name` is what its sender called it, and names no
    path. `size` is what was announced until the file is whole, then what is kept of it; `stored` is what counts
    against the quotas, with what was made of a picture. There is no key to `accounts`: what becomes of the files of
    somebody who leaves is for the app to say.
    """

    __tablename__ = "files"
    __table_args__ = (
        Index("files_open", "state", "touched_at"),
        Index("files_of", "intake", "holder", "state", "id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    intake: Mapped[str] = mapped_column(String(60))
    about: Mapped[str] = mapped_column(String(200))
    holder: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigNumber)
    stored: Mapped[int] = mapped_column(BigNumber)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    notes: Mapped[str] = mapped_column(Text, default="[]")
    reason: Mapped[str] = mapped_column(String(300), default="")
    #: Of a picture that was re-encoded: its type and size in pixels, and how many bytes it and its thumbnail have.
    picture_type: Mapped[str] = mapped_column(String(40), default="")
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    full_size: Mapped[int] = mapped_column(BigNumber, default=0)
    thumb_size: Mapped[int] = mapped_column(BigNumber, default=0)
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]


class FileUsage(Record):
    """How much one holder has in one intake; with an empty holder, how much all have there together.

    Changed with the files, in the same transactions, so that a quota is one row to look at and cannot be passed by
    sending several files at once.
    """

    __tablename__ = "file_usage"

    intake: Mapped[str] = mapped_column(String(60), primary_key=True)
    holder: Mapped[str] = mapped_column(String(60), primary_key=True)
    stored: Mapped[int] = mapped_column(BigNumber)
    files: Mapped[int] = mapped_column(BigNumber)
