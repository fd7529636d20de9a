"""Where the server may send requests: what the operator has granted in their own network, and what apps may ask."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from doorward.prove.checks.facts import Facts, KnownOutbound
from doorward.prove.checks.kinds import Kind
from doorward.prove.checks.settings import is_local
from doorward.prove.findings import Finding, Severity

SERVICE = Kind(
    "outbound.grant-of-a-service",
    "Requests may be sent to a service that opens more than was meant",
    Severity.HIGH,
    "Databases, mail servers, remote shells and this server itself take what comes from this machine for a friend's; a "
    "request can be made to look like their own language, or pass the door from inside.",
    "Take the target out of outbound_lan, or move what is meant to a port of its own.",
    ("13.2.4", "1.3.6"),
)
PEOPLE = Kind(
    "outbound.grant-to-people",
    "A target in your network is open to whoever may name an address",
    Severity.MEDIUM,
    "The outbound fetches any public address that people give it; with the grant they choose this target too, and read "
    "what it answers.",
    "Grant it only if everybody who can use that part of the app may read the target; otherwise take it out.",
    ("1.3.6", "13.2.4", "8.2.2"),
)
NOBODY = Kind(
    "outbound.grant-of-nobody",
    "A granted target that nothing asks",
    Severity.LOW,
    "It opens nothing today, and will as soon as an app asks for a host of that name.",
    "Take it out of outbound_lan. To open it to an outbound that fetches any public address, write its name before it, "
    "such as chat.previews=wiki.lan:443.",
    ("13.2.4",),
)
ANYWHERE = Kind(
    "outbound.any-public",
    "An app may ask every public host",
    Severity.NOTE,
    "No list says where its requests go; what a page tells it to fetch, it fetches, from the address of this server.",
    "Name the hosts, where they are known. For previews of links that people paste there is none; then this is meant.",
    ("13.2.4", "13.2.5"),
)

#: What listens there is no page: shells, mail, databases, caches, and the doors of container and cluster managers.
_SERVICES = {
    22: "SSH", 23: "Telnet", 25: "mail", 465: "mail", 587: "mail", 53: "names", 111: "RPC", 389: "LDAP", 445: "SMB",
    1433: "SQL Server", 1521: "Oracle", 2049: "NFS", 2375: "Docker", 2376: "Docker", 2379: "etcd", 3306: "MySQL",
    3389: "a desktop", 5432: "PostgreSQL", 5900: "a desktop", 6379: "Redis", 6443: "Kubernetes", 9200: "Elasticsearch",
    10250: "Kubernetes", 11211: "memcached", 27017: "MongoDB",
}  # fmt: skip


def check(facts: Facts) -> Iterator[Finding]:
    """Each grant, and each outbound that asks anybody."""
    for grant in facts.settings.outbound_lan:
        shown = str(grant)
        service = _service(facts, grant.host, grant.port)
        if service:
            yield SERVICE.found(f"{shown} is {service}.", "outbound_lan")
        users = [one for one in facts.outbounds if shown in one.granted]
        for one in users:
            if one.any_public:
                yield PEOPLE.found(f"{one.name} may ask {shown} besides every public host.", "outbound_lan")
        if facts.outbounds and not users:
            yield NOBODY.found(f"No outbound of this server asks {shown}.", "outbound_lan")
    for one in facts.outbounds:
        if one.any_public and not one.own:
            yield ANYWHERE.found(f"{one.name} may ask every public host.{_follows(one)}", one.name)


def _service(facts: Facts, host: str, port: int) -> str:
    """What listens there, where that is nothing to send requests to; empty otherwise."""
    if is_local(host) and port == facts.settings.port:
        return "this server itself"
    if is_local(host) and port in _ports_of_records(facts):
        return "where the records of this server are kept"
    return f"usually {_SERVICES[port]}" if port in _SERVICES else ""


def _ports_of_records(facts: Facts) -> set[int]:
    found = set()
    for address in (facts.settings.database_url, facts.settings.redis_url or "", facts.settings.files_url or ""):
        try:
            port = urlsplit(address).port
        except ValueError:
            continue
        if port is not None:
            found.add(port)
    return found


def _follows(one: KnownOutbound) -> str:
    return f" It follows {one.redirects} redirects, each judged anew." if one.redirects else ""
