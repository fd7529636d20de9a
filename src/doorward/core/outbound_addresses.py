"""What an address of the network is: public, or a place that only this server, or only its own network, can reach.

Default deny: IPv4 is public unless a registry says otherwise, IPv6 only inside what is given out as public at all
(2000::/3, RFC 4291 section 2.4). Forms of IPv6 that carry an IPv4 address inside are never taken at their word: they
are refused as a whole, but for NAT64, by which a network without IPv4 reaches the rest; there the inner one is judged.

Sources: the IANA registries of special-purpose addresses (RFC 6890, RFC 8190) with the RFC named at each row;
OWASP ASVS 1.3.6; the addresses of metadata services from the manuals of those who run them.
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PUBLIC = "public"
LOOPBACK = "this machine"
OWN = "an address of this machine"
PRIVATE = "a private network"
SHARED = "a provider's inner network"
LINK_LOCAL = "the local link"
METADATA = "a cloud's metadata service"
MULTICAST = "multicast"
EMBEDDED = "an address inside another"
RESERVED = "a reserved range"
UNREADABLE = "no address"

#: What an operator may grant by name. The others are never a service that somebody meant.
GRANTABLE = frozenset({LOOPBACK, OWN, PRIVATE, SHARED})

#: What answers there hands out the keys of the machine to whoever asks. Some lie in ranges that look harmless:
#: Azure's is public, Alibaba's is shared address space, those by IPv6 are unique local.
_METADATA = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254",  # AWS, Azure, Google, Oracle, DigitalOcean, OpenStack, and most others
        "169.254.170.2",  # AWS: credentials of ECS tasks
        "169.254.170.23",  # AWS: credentials of EKS pods
        "169.254.0.23",  # Tencent
        "100.100.100.200",  # Alibaba
        "192.0.0.192",  # Oracle, its older one
        "168.63.129.16",  # Azure: the host's own service
        "fd00:ec2::254",  # AWS
        "fd00:ec2::23",  # AWS: credentials of EKS pods
        "fd20:ce::254",  # Google
        "fd00:42::42",  # Scaleway
        "fe80::a9fe:a9fe",  # OpenStack
    )
)

_V4 = (
    ("0.0.0.0/8", RESERVED),  # RFC 791 section 3.2; systems take 0.0.0.0 for this machine
    ("10.0.0.0/8", PRIVATE),  # RFC 1918
    ("100.64.0.0/10", SHARED),  # RFC 6598
    ("127.0.0.0/8", LOOPBACK),  # RFC 1122 section 3.2.1.3
    ("169.254.0.0/16", LINK_LOCAL),  # RFC 3927
    ("172.16.0.0/12", PRIVATE),  # RFC 1918
    ("192.0.0.0/24", RESERVED),  # RFC 6890: protocol assignments
    ("192.0.2.0/24", RESERVED),  # RFC 5737: documentation
    ("192.31.196.0/24", RESERVED),  # RFC 7535: AS112
    ("192.52.193.0/24", RESERVED),  # RFC 7450: AMT
    ("192.88.99.0/24", EMBEDDED),  # RFC 7526: relays of 6to4
    ("192.168.0.0/16", PRIVATE),  # RFC 1918
    ("192.175.48.0/24", RESERVED),  # RFC 7534: AS112
    ("198.18.0.0/15", RESERVED),  # RFC 2544: benchmarks
    ("198.51.100.0/24", RESERVED),  # RFC 5737: documentation
    ("203.0.113.0/24", RESERVED),  # RFC 5737: documentation
    ("224.0.0.0/4", MULTICAST),  # RFC 5771
    ("240.0.0.0/4", RESERVED),  # RFC 1112 section 4, and 255.255.255.255 (RFC 919)
)
_V6 = (
    ("::/128", RESERVED),  # RFC 4291 section 2.5.2; systems take it for this machine
    ("::1/128", LOOPBACK),  # RFC 4291 section 2.5.3
    ("::ffff:0:0/96", EMBEDDED),  # RFC 4291 section 2.5.5.2: IPv4-mapped
    ("::/96", EMBEDDED),  # RFC 4291 section 2.5.5.1: IPv4-compatible
    ("::ffff:0:0:0/96", EMBEDDED),  # RFC 2765 section 2.1: IPv4-translated
    ("64:ff9b:1::/48", EMBEDDED),  # RFC 8215: NAT64 of one's own network, which may lead anywhere inside
    ("2001::/32", EMBEDDED),  # RFC 4380: Teredo
    ("2001::/23", RESERVED),  # RFC 2928: protocol assignments, ORCHID (RFC 7343) and benchmarks (RFC 5180) among them
    ("2001:db8::/32", RESERVED),  # RFC 3849: documentation
    ("2002::/16", EMBEDDED),  # RFC 3056: 6to4, given up by RFC 7526
    ("2620:4f:8000::/48", RESERVED),  # RFC 7534: AS112
    ("3fff::/20", RESERVED),  # RFC 9637: documentation
    ("fc00::/7", PRIVATE),  # RFC 4193: unique local
    ("fe80::/10", LINK_LOCAL),  # RFC 4291 section 2.5.6
    ("fec0::/10", PRIVATE),  # RFC 3879: site-local, given up
    ("ff00::/8", MULTICAST),  # RFC 4291 section 2.7
)
_TABLE: dict[int, tuple[tuple[Network, str], ...]] = {
    4: tuple((ip_network(text), kind) for text, kind in _V4),
    6: tuple((ip_network(text), kind) for text, kind in _V6),
}
_GIVEN_OUT = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052 section 2.1
#: The middle of an interface identifier of ISATAP (RFC 5214 section 6.1), behind whatever prefix.
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)


def place_of(text: str, own: Collection[str] = ()) -> str:
    """What stands at this address: `PUBLIC`, or why it is not for everybody.

    Arguments:
        text: an address as a resolver or an URL writes it, without brackets. With a zone (RFC 4007) it is none.
        own: the addresses of this machine, as `ipaddress` writes them: what listens behind a firewall there is
            reachable from inside.
    """
    try:
        address = ip_address(text) if "%" not in text else None
    except ValueError:
        address = None
    return UNREADABLE if address is None else _place(address, own)


def _place(address: Address, own: Collection[str]) -> str:
    if address in _METADATA:
        return METADATA
    if isinstance(address, IPv6Address) and address in _NAT64:
        inner = _place(IPv4Address(int(address) & 0xFFFF_FFFF), own)
        return PUBLIC if inner == PUBLIC else EMBEDDED
    for network, kind in _TABLE[address.version]:
        if address in network:
            return kind
    if isinstance(address, IPv6Address):
        if address not in _GIVEN_OUT:
            return RESERVED
        if int(address) >> 32 & 0xFFFF_FFFF in _ISATAP:
            return EMBEDDED
    return OWN if str(address) in own else PUBLIC
