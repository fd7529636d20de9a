"""The table of every setting: kind, default, meaning, example. What is not in it is not a setting.

Reading, checking and showing them stands in `settings.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from doorward import setting_kinds as kinds
from doorward import setting_providers
from doorward.core.outbound_hosts import Grant
from doorward.core.providers import Provider
from doorward.core.units import Rate
from doorward.setting_kinds import Kind, Network


def _set(kind: Kind, default: str | None, meaning: str, example: str, *, secret: bool = False) -> Any:
    """One row of the table; the default is written as an operator would write it.

    A secret is left out of every repr, list and error.
    """
    notes = {"kind": kind, "meaning": meaning, "example": example, "secret": secret}
    return field(default=kind.default(default), repr=not secret, metadata=notes)


# fmt: off
# ruff: noqa: RUF009  (what _set returns is a dataclass field)
@dataclass(frozen=True, slots=True, kw_only=True)
class SettingTable:
    """The rows, one a setting."""

    # -- the server ---------------------------------------------------------------------------------------
    # The default is production, because whoever forgets to choose should be safe: what production refuses
    # (debug, weak keys, readable secret files, cheap hashes) nobody runs by accident, and the first run makes
    # good secrets by itself, so it costs an operator nothing. Developers and tests say "development".
    env: str = _set(kinds.one_of("production", "development"), "production",
        "In production, unsafe settings stop the start; in development they are only pointed out.", "development")
    debug: bool = _set(kinds.flag, "false",
        "Show errors in full while developing an app. Refused in production.", "true")
    site_name: str = _set(kinds.line, "Doorward",
        "The name on every page. Passwords that mostly repeat it are refused.", "Hill School polls")
    host: str = _set(kinds.line, "127.0.0.1",
        "The address to listen on. Anything but loopback is served with TLS.", "192.168.1.20")
    port: int = _set(kinds.whole(0, 65_535), "8000",
        "The port to listen on; 0 takes any free one.", "8443")
    apps: tuple[str, ...] = _set(kinds.words, None,
        "The apps to serve; without it, all that are installed.", "polls,chat")
    app: str | None = _set(kinds.line, None,
        "Your own Flask app to serve instead of the suite, as module:name.", "hello:app")
    workers: int = _set(kinds.whole(1, 64), "1",
        "How many processes answer. This version serves with one; it holds thousands of streams.", "2")
    hosts: tuple[str, ...] = _set(kinds.hosts, None,
        "Further host names to answer for, besides this machine's own names and addresses.", "polls.example.org")
    public_url: str | None = _set(kinds.origin, None,
        "The address that people use, for links and QR codes, if the server cannot tell.", "https://polls.example.org")
    behind_proxy: tuple[Network, ...] = _set(kinds.networks, None,
        "The addresses of your reverse proxies. Only their forwarded headers are believed.", "127.0.0.1,10.0.0.0/8")
    plain_http: bool = _set(kinds.flag, "false",
        "Serve plain HTTP beyond this machine. Anyone on the network can then read passwords.", "true")
    tls: str = _set(kinds.one_of("auto", "always"), "auto",
        "auto: TLS from the local authority on every address but loopback; always: there and to a proxy too.",
        "always")
    threads: int = _set(kinds.whole(1, 512), "8",
        "How many requests a process answers at the same time.", "16")
    slow_threads: int = _set(kinds.whole(1, 512), "32",
        "How many slow requests (sign-ins, uploads, exports) are answered beside the others.", "4")
    job_threads: int = _set(kinds.whole(0, 64), "2",
        "How many background jobs a process does at the same time; 0 leaves them to `doorward work`.", "4")
    body_timeout: timedelta = _set(kinds.duration("1s"), "30s",
        "How long a browser may take to send the body of a request.", "1m")
    head_timeout: timedelta = _set(kinds.duration("1s"), "15s",
        "How long a browser may take to send the head of a request.", "30s")
    max_body: int = _set(kinds.size("1KiB", "1GiB"), "256KiB",
        "The largest body of a request, where a route does not say otherwise.", "1MiB")
    sign_in_max_body: int = _set(kinds.size("4KiB", "1MiB"), "32KiB",
        "The largest body of a request to sign in.", "16KiB")
    log_level: str = _set(kinds.one_of("debug", "info", "warning", "error"), "info",
        "The least important log lines that are written.", "warning")
    log_format: str = _set(kinds.one_of("text", "json"), "text",
        "How log lines are written: for people or for programs, one event a line.", "json")

    # -- where things are kept ----------------------------------------------------------------------------
    secret_keys: tuple[str, ...] = _set(kinds.keys, None,
        "The secret keys; the first signs, all verify. Without it, the file secrets.toml that the first run makes.",
        "<first key>,<older key>", secret=True)
    bootstrap_token: str | None = _set(kinds.for_links, None,
        "A token that makes the first administrator once, at /setup/<token>. Remove it afterwards.",
        "output-of-openssl-rand-hex-32", secret=True)
    database_url: str = _set(kinds.database, None,
        "The database; without it, doorward.sqlite3 in the data folder.",
        "postgresql+psycopg://doorward:<password>@127.0.0.1/doorward", secret=True)
    redis_url: str | None = _set(kinds.url, None,
        "A Redis or Valkey for limits and live events, when there is more than one process.",
        "redis://127.0.0.1:6379/0", secret=True)
    files_url: str | None = _set(kinds.url, None,
        "An S3-compatible store for files; without it, a folder in the data folder.",
        "s3://<key>:<secret>@127.0.0.1:9000/files", secret=True)
    virus_scanner: str | None = _set(kinds.scanner, None,
        "Where ClamAV's clamd listens. Every file that comes in is shown to it.", "unix:/run/clamav/clamd.ctl")
    virus_scanner_fails: str = _set(kinds.one_of("closed", "open"), "closed",
        "What happens to files while the virus scanner does not answer: refused for now, or taken with a note.", "open")
    smtp_url: str | None = _set(kinds.smtp, None,
        "The mail server, smtps:// or smtp+starttls://; without it, mails are shown on the server's terminal.",
        "smtps://doorward:<password>@mail.example.org:465", secret=True)
    smtp_ca: str | None = _set(kinds.line, None,
        "A file of the authority that signed the mail server's certificate, if it is not a public one.", "mail-ca.pem")
    mail_from: str | None = _set(kinds.email, None,
        "The address that mails come from; without it, one of the mail server's domain.", "doorward@example.org")
    mail_new_browser: bool = _set(kinds.flag, "true",
        "Tell people by mail when somebody signs in to their account from a new browser.", "false")

    # -- requests that go out ------------------------------------------------------------------------------
    outbound_lan: tuple[Grant, ...] = _set(kinds.targets, None,
        "Hosts of your own network that apps may ask, with a port; for one outbound alone: chat.previews=wiki.lan:443.",
        "printer.lan:8443,10.0.0.5:11434")

    link_previews: tuple[str, ...] = _set(kinds.previewed, None,
        "Hosts whose pages may be asked for a preview of a link, or any public; without it, there are no previews.",
        "*.example.org,wiki.example.com")

    # -- maps: none from elsewhere unless a layer is named ---------------------------------------------------
    map_tiles: str | None = _set(kinds.tiles, None,
        "The address of map tiles for apps with places; browsers fetch them there. Without it, there are no maps.",
        "https://tiles.example.org/{z}/{x}/{y}.png")
    map_attribution: str | None = _set(kinds.line, None,
        "Whose map that is, as its server asks to be told.", "© OpenStreetMap contributors")
    map_least_zoom: int = _set(kinds.whole(0, 22), "0",
        "The zoom of the coarsest tiles that there are.", "5")
    map_most_zoom: int = _set(kinds.whole(0, 22), "19",
        "The zoom of the finest tiles that there are.", "17")

    # -- calls ----------------------------------------------------------------------------------------------
    calls: bool = _set(kinds.flag, "true",
        "Let people call each other where an app has calls. Without, there are no calls and no STUN server.", "false")
    stun_host: str | None = _set(kinds.address, None,
        "The address at which the STUN server listens; without it, that of the server, unless it is loopback.",
        "192.168.1.20")
    stun_port: int = _set(kinds.whole(0, 65_535), "3478",
        "The UDP port of the STUN server; 0 for none.", "3479")
    turn_servers: tuple[str, ...] = _set(kinds.turn_urls, None,
        "TURN servers for callers who cannot reach each other directly.",
        "turn:turn.example.org:3478?transport=udp,turns:turn.example.org:5349")
    turn_secret: str | None = _set(kinds.line, None,
        "The secret shared with these TURN servers, as coturn's static-auth-secret.", "<secret>", secret=True)
    turn_only: bool = _set(kinds.flag, "false",
        "Let callers meet at the TURN servers alone, so that none learns another's address.", "true")
    turn_life: timedelta = _set(kinds.duration("10m"), "12h",
        "How long what a caller is given for a TURN server works.", "4h")

    # -- backups --------------------------------------------------------------------------------------------
    backup_every: timedelta | None = _set(kinds.duration("1h"), None,
        "How often the server makes a backup by itself; without it, never.", "24h")
    backup_folder: str | None = _set(kinds.line, None,
        "Where these backups go, best another disk; without it, the folder backups in the data folder.",
        "/mnt/nas/doorward")
    backup_keep: int = _set(kinds.whole(1, 1_000), "7",
        "How many of them are kept; the oldest go.", "30")
    backup_key: str | None = _set(kinds.backup_key, None,
        "The key that encrypts backups, as `doorward backup --new-key FILE` makes it. Keep a copy elsewhere.",
        "<the line of that file>", secret=True)
    backup_key_file: str | None = _set(kinds.line, None,
        "The file of that key, instead of the key itself.", "/etc/doorward/backup.key")

    # -- passwords ----------------------------------------------------------------------------------------
    password_profile: str = _set(kinds.one_of("default", "classroom", "stig", "cmmc"), "default",
        "The rules for new passwords: default is NIST SP 800-63B-4, classroom asks for 10 characters.", "classroom")
    hash_profile: str = _set(kinds.one_of("rfc9106", "cheap"), "rfc9106",
        "How much work it is to try a password. cheap is for tests and refused in production.", "cheap")
    hash_threads: int = _set(kinds.whole(0, 64), "0",
        "How many passwords are hashed at the same time (64 MiB each); 0 means one for each processor.", "2")

    # -- ways in for new people ---------------------------------------------------------------------------
    registration_open: str = _set(kinds.one_of("invitation", "open", "approval"), "invitation",
        "Who may make an account: those invited, everybody, or everybody once an administrator has approved it.",
        "approval")
    oidc: tuple[Provider, ...] = _set(setting_providers.providers, None,
        "Providers to sign in by (OpenID Connect): a table [oidc.<key>] each, or DOORWARD_OIDC_<KEY>_<FIELD>.",
        '{school = {issuer = "https://id.example.org", client_id = "doorward"}}', secret=True)
    registration_email: str = _set(kinds.one_of("off", "optional", "required"), "off",
        "Whether who registers gives an e-mail address. required: it must be verified before the account counts.",
        "required")
    registration_domains: tuple[str, ...] = _set(kinds.domains, None,
        "Whose addresses may register, which makes one required: school.org exactly, *.school.org every one below.",
        "school.org,*.school.org")
    admin_password: str | None = _set(kinds.line, None,
        "For a site without accounts: the one password that opens administration, or its argon2id hash.",
        "<four or five words that have nothing to do with each other>", secret=True)
    admin_enabled: bool = _set(kinds.flag, "true",
        "false closes signing in and all administration: every such address answers 404.", "false")

    # -- sessions -----------------------------------------------------------------------------------------
    session_idle: timedelta = _set(kinds.duration("1m"), "14d",
        "A session that is not used ends after this time.", "8h")
    session_absolute: timedelta = _set(kinds.duration("1m"), "30d",
        "A session ends after this time however much it is used.", "7d")
    admin_session_idle: timedelta = _set(kinds.duration("1m"), "12h",
        "The same as session_idle, for administrators.", "1h")
    admin_session_absolute: timedelta = _set(kinds.duration("1m"), "7d",
        "The same as session_absolute, for administrators.", "24h")
    session_per_tab: bool = _set(kinds.flag, "false",
        "End a session three minutes after its last page was closed: for shared computers.", "true")
    fresh_for: timedelta = _set(kinds.duration("1m"), "10m",
        "How long after signing in one may do what asks to sign in again, such as changing a password.", "5m")
    cookie_samesite: str = _set(kinds.one_of("lax", "strict", "none"), "lax",
        "When browsers send the session cookie. none is only for pages embedded in another site, and needs TLS.",
        "strict")

    # -- limits -------------------------------------------------------------------------------------------
    sign_in_per_address: Rate = _set(kinds.rate, "10/minute",
        "How many failed sign-ins are let through from one address.", "20/minute")
    sign_in_failures: Rate = _set(kinds.rate, "5/15minutes",
        "How many failed sign-ins an account bears before a lockout of the same period.", "10/15minutes")
    setup: Rate = _set(kinds.rate, "5/hour",
        "How many tries at set-up codes and password resets are let through from one address.", "10/hour")
    registration: Rate = _set(kinds.rate, "20/hour",
        "How many accounts may be made from one address. Widen it before a class or an office makes theirs together.",
        "60/hour")
    mail_codes: Rate = _set(kinds.rate, "20/hour",
        "How many codes by e-mail are sent for one address of the network, and for one account.", "60/hour")
    token_generation: Rate = _set(kinds.rate, "5/hour",
        "How many access tokens one person may make or rotate.", "20/day")
    requests_per_address: Rate = _set(kinds.rate, "60000/minute",
        "How many requests are let through from one address. A whole school may be behind it: be generous.",
        "20000/minute")
    reports_per_address: Rate = _set(kinds.rate, "60/minute",
        "How many reports of blocked page content are taken from one address.", "20/minute")

    # -- live streams -------------------------------------------------------------------------------------
    live_per_browser: int = _set(kinds.whole(1, 1_000), "6",
        "How many live streams one browser may hold open.", "3")
    live_per_account: int = _set(kinds.whole(1, 100_000), "20",
        "How many live streams one account may hold open.", "50")
    live_per_address: int = _set(kinds.whole(1, 1_000_000), "5000",
        "How many live streams one address may hold open. A lecture hall may be behind it: be generous.", "1000")
    live_total: int = _set(kinds.whole(1, 1_000_000), "20000",
        "How many live streams a process holds open.", "50000")
    live_heartbeat: timedelta = _set(kinds.duration("1s"), "20s",
        "How often a silent live stream says that it is alive, so that proxies keep it.", "15s")

    # -- help by an AI provider: off unless a provider is named -------------------------------------------
    ai_provider: str | None = _set(kinds.one_of("openai", "anthropic"), None,
        "How the AI service is spoken to that drafts, checks and sorts texts for people; without it there is none.",
        "openai")
    ai_base_url: str | None = _set(kinds.service, None,
        "The address of the AI service, if it is not the provider's own. One in your own network is asked as you "
        "name it here.", "http://127.0.0.1:11434/v1")
    ai_key: str | None = _set(kinds.service_key, None,
        "The key for the AI service.", "<key>", secret=True)
    ai_model: str | None = _set(kinds.line, None,
        "The model that the AI service is asked for.", "<name of a model>")
    ai_timeout: timedelta = _set(kinds.duration("1s", "5m"), "60s",
        "How long the AI service may take for one answer.", "2m")
    ai_at_once: int = _set(kinds.whole(1, 16), "4",
        "How many requests to the AI service a process makes at the same time; others wait, and hold up nothing else.",
        "1")
    ai_requests: Rate = _set(kinds.rate, "60/hour",
        "How many requests to the AI service one person, or one room that is checked for, may cause.", "20/hour")
    # fmt: on
