"""Take credentials out of text before it is logged (OWASP ASVS 16.2.5).

A last net: nothing hands a secret to the log on purpose. What is caught is what looks like one of ours, and what
stands behind a telling name.
"""

from __future__ import annotations

import re

_GONE = "[redacted]"
_TELLING = "(?:current_|new_)?(?:password|passwd|secret|csrf_token|token|api[_-]?key|authorization)(?:_again)?"
_NAME = rf"\\*[\"']?{_TELLING}\\*[\"']?"
_QUOTED = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
_QUOTED_ONCE_MORE = r"(?P<escape>\\+)\".*?(?<!\\)(?P=escape)\""  # JSON within a line of JSON
_PATTERNS = (
    # a token of ours: prefix, 43 + 6 characters
    (re.compile(r"dw_[0-9A-Za-z]{20,}"), _GONE),
    # one-time links
    (re.compile(r"(/(?:setup|reset|invite|verify|recover/link)/)[0-9A-Za-z_-]{16,}"), rf"\1{_GONE}"),
    # bearer and basic credentials
    (re.compile(r"(?i)\b(bearer|basic)\s+[0-9A-Za-z._~+/=-]{8,}"), rf"\1 {_GONE}"),
    # cookies of ours, with or without prefix
    (re.compile(r"((?:__Host-)?doorward[a-z_]*=)[^;\s\"']+"), rf"\1{_GONE}"),
    # name and value, in forms, JSON, Python reprs and addresses
    (re.compile(rf"(?i)({_NAME}\s*[=:]\s*)({_QUOTED_ONCE_MORE}|{_QUOTED}|[^\s&,;}}\])]+)"), rf"\1{_GONE}"),
    # the password in the address of a database or mail server
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s@/]+(@)"), rf"\1{_GONE}\2"),
)


def redact(text: str) -> str:
    """`text` without what looks like a credential."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
