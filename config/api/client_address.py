"""Who is calling, seen from the last machine that we trust: the right-most hop that is not one of our proxies."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.http import HttpRequest

from config.orchestrator import get_orchestrator

Address = IPv4Address | IPv6Address


def client_address(request: HttpRequest, trusted_proxies: Sequence[str] | None = None) -> Address | None:
    """The caller's address; None behind a Unix socket.

    X-Forwarded-For counts only as far as trusted proxies (addresses or networks; from the configuration when None)
    wrote it: whatever a client puts in front of that is its own invention.
    """
    if trusted_proxies is None:
        trusted_proxies = get_orchestrator().security_service.trusted_proxies
    networks = _networks(tuple(trusted_proxies))
    address = _parsed(request.META.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    while address is not None and hops and any(address in network for network in networks):
        further = _parsed(hops.pop())
        if further is None:
            break
        address = further
    return address


def address_block(address: Address | None) -> str:
    """What one subscriber holds, for counting: an IPv4 address, or the /64 of an IPv6 one."""
    if address is None:
        return "local"
    if address.version == 6:
        return str(ip_network((address, 64), strict=False))
    return str(address)


@lru_cache(maxsize=8)
def _networks(proxies: tuple[str, ...]) -> list[IPv4Network | IPv6Network]:
    return [ip_network(proxy, strict=False) for proxy in proxies]


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
