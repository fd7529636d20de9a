"""The setting `oidc`: providers by which people sign in, each a table in `doorward.toml`, or variables of its own.

    [oidc.school]
    name = "Hill School"
    issuer = "https://id.hill.example"
    client_id = "doorward"
    roles = { teachers = "teacher" }

A variable such as `DOORWARD_OIDC_SCHOOL_CLIENT_SECRET` sets one field, so that no secret need be in the file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from doorward.core.oidc_metadata import is_safe_address
from doorward.core.providers import REGISTRATIONS, Provider
from doorward.setting_kinds import Kind

NAME = "oidc"
_VARIABLE = "DOORWARD_OIDC_"
_REQUIRED = ("issuer", "client_id")
_FIELDS = (*_REQUIRED, "client_secret", "name", "scopes", "groups_claim", "roles", "registration", "second_factor")
_KEY = re.compile(r"[a-z][a-z0-9]{0,19}")
_WORD = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}")  # what OAuth calls a scope token (RFC 6749 section 3.3)
_ROLE = re.compile(r"[a-z][a-z0-9._:-]{0,39}")
_MOST = 8


def is_variable(name: str) -> bool:
    """Is this a variable that sets a field of a provider?"""
    return name.startswith(_VARIABLE)


def with_variables(content: dict[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """The content of the settings file, with the fields that come from variables put into their providers' tables.

    Errors:
        ValueError: a variable names no field.
    """
    found = sorted((name, text) for name, text in environ.items() if is_variable(name) and text)
    if not found:
        return content
    listed = content.get(NAME, {})
    tables: dict[str, Any] = dict(listed) if isinstance(listed, dict) else {}
    for name, text in found:
        key, _, wanted = name.removeprefix(_VARIABLE).lower().partition("_")
        if wanted not in _FIELDS:
            raise ValueError(f"{name} is not a setting. It may end in: {', '.join(field.upper() for field in _FIELDS)}")
        tables[key] = {**tables.get(key, {}), wanted: text}
    return {**content, NAME: tables}


def _read(value: object) -> tuple[Provider, ...]:
    if isinstance(value, tuple) and all(isinstance(one, Provider) for one in value):
        return value
    tables = _parsed(value) if isinstance(value, str) else value
    if not isinstance(tables, Mapping) or len(tables) > _MOST:
        raise ValueError(f"must be a table for each provider, at most {_MOST}")
    providers = tuple(_provider(str(key), table) for key, table in tables.items())
    issuers = [provider.issuer for provider in providers]
    if len(set(issuers)) != len(issuers):  # accounts are known by issuer and subject: one must not come by two doors
        raise ValueError("must name each issuer once")
    return providers


def _parsed(text: str) -> object:
    try:
        return tomllib.loads(f"{NAME} = {text}")[NAME]
    except tomllib.TOMLDecodeError:
        raise ValueError("must be a table as TOML writes it") from None


def _provider(key: str, table: object) -> Provider:
    if not _KEY.fullmatch(key):
        raise ValueError(f"must call a provider by lower-case letters and digits; {key[:40]!r} is not that")
    if not isinstance(table, Mapping):
        raise ValueError(f"must be a table for each provider; {key} is none")
    unknown = sorted(set(table) - set(_FIELDS))
    if unknown:
        raise ValueError(f"must name known fields; {key}.{unknown[0]} is none of {', '.join(_FIELDS)}")
    missing = [name for name in _REQUIRED if not table.get(name)]
    if missing:
        raise ValueError(f"must say {key}.{missing[0]}")
    registration = table.get("registration", Provider.__dataclass_fields__["registration"].default)
    if registration not in REGISTRATIONS:
        raise ValueError(f"must have for {key}.registration one of {', '.join(REGISTRATIONS)}")
    given: dict[str, Any] = {"registration": registration, "roles": _roles(key, table.get("roles", {}))}
    for name in ("scopes", "second_factor"):
        if name in table:
            given[name] = _words(f"{key}.{name}", table[name])
    for name in ("client_secret", "groups_claim"):
        if name in table:
            given[name] = _line(f"{key}.{name}", table[name])
    if "openid" not in given.get("scopes", ("openid",)):
        given["scopes"] = ("openid", *given["scopes"])
    return Provider(
        key=key,
        name=_line(f"{key}.name", table.get("name", key.capitalize()), 40),
        issuer=_issuer(key, table["issuer"]),
        client_id=_line(f"{key}.client_id", table["client_id"]),
        **given,
    )


def _issuer(key: str, value: object) -> str:
    if not is_safe_address(value) or urlsplit(str(value)).query:
        raise ValueError(f"must have for {key}.issuer an address with https, as the provider writes it itself")
    return str(value)


def _line(what: str, value: object, longest: int = 300) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not 0 < len(text) <= longest or not text.isprintable():
        raise ValueError(f"must have for {what} one line of 1 to {longest} characters")
    return text


def _words(what: str, value: object) -> tuple[str, ...]:
    words = re.split(r"[,\s]+", value.strip()) if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) and _WORD.fullmatch(word) for word in words):
        raise ValueError(f"must have for {what} a list of words")
    return tuple(words)


def _roles(key: str, value: object) -> tuple[tuple[str, str], ...]:
    """`{teachers = "teacher"}`, or as text `teachers=teacher,it=admin`."""
    if isinstance(value, str):
        pairs = [tuple(part.strip().rpartition("=")[::2]) for part in value.split(",") if part.strip()]
    else:
        pairs = list(value.items()) if isinstance(value, Mapping) else [("", "")]
    for group, role in pairs:
        if not group or not isinstance(role, str) or not _ROLE.fullmatch(role) or role == "member":
            raise ValueError(f"must have for {key}.roles pairs of group and role; whoever signs in is a member anyway")
    return tuple((group, role) for group, role in pairs)


providers = Kind("tables of providers", _read, lambda value: ",".join(one.key for one in value), empty=())
