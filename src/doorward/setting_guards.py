"""What settings may not be together, and what must be true of the files that hold secrets.

Production refuses to start; development mends what it can and notes the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from doorward import secret_file
from doorward import setting_kinds as kinds
from doorward.core.mail_addresses import sender_for
from doorward.core.password_profiles import PROFILES
from doorward.core.password_rules import judge_password
from doorward.core.passwords import is_argon2
from doorward.core.secret_rules import judge_secret
from doorward.errors import SettingsError

if TYPE_CHECKING:
    from doorward.settings import Settings

_DEVELOPMENT = "If this is not a server for others, set DOORWARD_ENV=development."


def refuse_contradictions(settings: Settings) -> None:
    """Raise SettingsError for a combination that is not safe or cannot work."""
    if settings.production and settings.debug:
        raise SettingsError(f"debug shows internals to everybody, so production refuses it. {_DEVELOPMENT}")
    if settings.production and settings.hash_profile == "cheap":
        raise SettingsError(f"hash_profile = cheap makes passwords easy to guess: refused. {_DEVELOPMENT}")
    if settings.admin_password is not None:
        _refuse_beside_single_password(settings)
    if settings.backup_key is not None and settings.backup_key_file is not None:
        raise SettingsError("backup_key and backup_key_file contradict each other: leave one of them out.")
    if bool(settings.turn_servers) is not (settings.turn_secret is not None):
        raise SettingsError("turn_servers and turn_secret belong together: give both or none.")
    if settings.ai_provider is not None and settings.ai_model is None:
        raise SettingsError("ai_provider needs to know which model to ask for: set ai_model.")
    if settings.ai_provider is not None and settings.ai_base_url is None and settings.ai_key is None:
        raise SettingsError("ai_provider asks the provider's own service, which wants a key: set ai_key.")
    if (settings.map_tiles is None) is not (settings.map_attribution is None):
        raise SettingsError("map_tiles and map_attribution belong together: give both or none.")
    if settings.map_least_zoom > settings.map_most_zoom:
        raise SettingsError("map_least_zoom is above map_most_zoom: no tile would be left.")
    if settings.turn_only and not settings.turn_servers:
        raise SettingsError("turn_only without turn_servers would let no call connect: name a TURN server.")
    if settings.tls == "always" and settings.plain_http:
        raise SettingsError("tls = always and plain_http contradict each other: leave one of them out.")
    if settings.cookie_samesite == "none" and settings.plain_http:
        raise SettingsError(
            "cookie_samesite = none needs TLS: over plain_http browsers drop the cookie and nobody could sign in."
        )


def _refuse_beside_single_password(settings: Settings) -> None:
    if settings.registration_open != "invitation":
        raise SettingsError("admin_password is for a site without accounts: leave registration_open at invitation.")
    if settings.oidc:
        raise SettingsError("admin_password is for a site without accounts: nobody can sign in by a provider there.")
    if PROFILES[settings.password_profile].oldest is not None:
        raise SettingsError(
            f"admin_password cannot be changed on a page, as password_profile = {settings.password_profile} asks "
            "for. Use accounts instead, or another profile."
        )


def guard_admin_password(settings: Settings) -> Iterator[str]:
    """Notes about a weak single password. Raises SettingsError in production. What a hash hides cannot be judged."""
    if settings.admin_password is None or is_argon2(settings.admin_password):
        return
    profile, context = PROFILES[settings.password_profile], [settings.site_name, "doorward"]
    for problem in judge_password(settings.admin_password, profile, username="administrator", context=context):
        text = f"admin_password: {problem.message}"
        if settings.production:
            raise SettingsError(text)
        yield text


def guard_mail(settings: Settings) -> Iterator[str]:
    """A note about a sender that nobody has named, and that mail servers will not take."""
    if settings.smtp_url is not None and settings.mail_from is None:
        guessed = sender_for(settings.smtp_url)
        yield f"Mails come from {guessed}. If that is not an address of yours, set mail_from."


def guard_backup_key(settings: Settings) -> Iterator[str]:
    """Notes about the file of the backup key. In production, SettingsError: a backup that fails is noticed too late."""
    if settings.backup_key_file is None:
        return
    path = settings.data / settings.backup_key_file
    if problem := _problem_with_key(path):
        text = f"backup_key_file: {path} {problem}"
        if settings.production:
            raise SettingsError(text)
        yield text
    yield from guard_files([path], settings.production)


def _problem_with_key(path: Path) -> str:
    try:
        kinds.backup_key.read(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return f"cannot be read. Make a key: doorward backup --new-key {path}"
    except ValueError as problem:
        return str(problem)
    return ""


def guard_folder(data: Path, production: bool) -> Iterator[str]:
    """Notes about a data folder in which others could swap the files. Raises SettingsError in production."""
    if secret_file.others_can_replace(data):
        text = f"Everybody on this machine can replace files in {data}. Run: chmod go-w {data}"
        if production:
            raise SettingsError(text)
        yield text


def guard_files(paths: Sequence[Path], production: bool) -> Iterator[str]:
    """Notes about files with secrets that others can read. Raises SettingsError in production."""
    for path in filter(secret_file.others_can_read, paths):
        if production:
            raise SettingsError(
                f"{path} holds secrets and others on this machine can read or change it. Run: chmod 600 {path}\n"
                "If somebody may have read it, change those secrets; for the keys: doorward rotate-keys"
            )
        yield _mended(path)


def _mended(path: Path) -> str:
    try:
        path.chmod(0o600)
    except OSError:
        return f"{path} holds secrets and others can read it. Run: chmod 600 {path}"
    return f"{path} holds secrets and others could read it; it is now for its owner alone."


def guard_keys(keys: Sequence[str], production: bool) -> Iterator[str]:
    """Notes about weak secret keys. Raises SettingsError in production.

    Every key counts, not only the first: whatever an older one signed is still believed.
    """
    for place, key in enumerate(keys, start=1):
        for problem in judge_secret(key):
            text = f"Secret key {place} of {len(keys)}: {problem.message}"
            if production:
                raise SettingsError(text)
            yield text


def guard_bootstrap(token: str | None, production: bool) -> Iterator[str]:
    """Notes about a weak bootstrap token. Raises SettingsError in production: whoever guesses it is administrator."""
    if token is None or not judge_secret(token):
        return
    text = "The bootstrap token can be guessed. Use the output of: openssl rand -hex 32"
    if production:
        raise SettingsError(text)
    yield text
