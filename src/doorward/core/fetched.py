"""What an outbound brought back: a status, a media type, and a body of a bounded size."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

#: Encodings that are quick to decode and mean text; what else a server may name is read as UTF-8.
_CHARSETS = re.compile(
    r"utf-?8|utf-?16(?:le|be)?|us-ascii|ascii|latin-?1|iso-?8859-?\d{1,2}|windows-?125\d|cp125\d|shift_jis|euc-(?:jp|kr)"
    r"|gbk?|gb2312|gb18030|big5|koi8-[ru]|iso-2022-jp",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer from elsewhere. Nothing in it can be trusted: escape it, check it, and never take it for an order.

    Arguments:
        status: 200 and the like; never a redirect.
        type: the media type, in lower case, without parameters; one of those that the outbound takes. Empty where an
            error came as another type: then there is no body either.
        body: unpacked, at most as large as the outbound says.
        address: where it came from in the end.
        charset: what the answer says that its text is encoded in; empty if it does not.
        retry_after: seconds after which the other server says that a further try makes sense; 0 if it does not say
            (RFC 9110 section 10.2.3; a date is not read).
    """

    status: int
    type: str
    body: bytes
    address: str
    charset: str = ""
    retry_after: int = 0

    @property
    def ok(self) -> bool:
        """Did the other server do what was asked for?"""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as text; what cannot be read in it stands as �."""
        charset = self.charset if _CHARSETS.fullmatch(self.charset) else "utf-8"
        try:
            return self.body.decode(charset, "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON.

        Errors:
            ValueError: it is none.
        """
        try:
            return json.loads(self.body)
        except RecursionError:
            raise ValueError("this JSON is nested too deep") from None
