"""What a person may name as a receiver, and which addresses are public."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from config.services.webhooks import WebhooksConfigService
from designsystem.webhooks.addresses import is_public, may_be_reached
from designsystem.webhooks.target import Target, TargetRefused

SETTINGS = WebhooksConfigService()
PRIVATE = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.255.255.254", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
    "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "fc00::1", "fd12::1", "fe80::1",
    "fe80::1%eth0", "fec0::1", "ff02::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::1"]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(TargetRefused) as refused:
        Target.parse(f"https://{host}/x", SETTINGS)
    assert refused.value.code in ("address_refused", "invalid_url")


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_is_allowed(address: str) -> None:
    assert is_public(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    assert Target.parse(f"https://{host}/x", SETTINGS).host == address


def test_a_network_that_the_configuration_names_is_allowed() -> None:
    assert may_be_reached(ip_address("10.20.1.1"), ["10.20.0.0/16", "fd00::/8"])
    assert may_be_reached(ip_address("fd00::1"), ["10.20.0.0/16", "fd00::/8"])
    assert not may_be_reached(ip_address("10.21.1.1"), ["10.20.0.0/16"])


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://hooks.example.com", Target("hooks.example.com", 443, "/", True)),
        ("https://HOOKS.example.com:8443/a/b?c=d", Target("hooks.example.com", 8443, "/a/b?c=d", True)),
        ("https://[2606:4700::1111]:8443/", Target("2606:4700::1111", 8443, "/", True)),
    ],
)
def test_a_url_is_taken_apart(url: str, target: Target) -> None:
    assert Target.parse(url, SETTINGS) == target


def test_the_host_header_names_the_port_where_it_is_not_usual() -> None:
    assert Target("h.example", 443, "/", True).authority == "h.example"
    assert Target("h.example", 8443, "/", True).authority == "h.example:8443"
    assert Target("::1", 80, "/", False).authority == "[::1]"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://hooks.example.com/", "https_required"),
        ("ftp://hooks.example.com/", "https_required"),
        ("//hooks.example.com/", "https_required"),
        ("https://user:made-up@hooks.example.com/", "credentials_in_url"),
        ("https://hooks.example.com@127.0.0.1/", "credentials_in_url"),
        ("https://hooks.example.com:22/", "port_refused"),
        ("https://hooks.example.com:80/", "port_refused"),
        ("https://hooks.example.com:0/", "port_refused"),
        ("https://hooks.example.com:99999/", "invalid_url"),
        ("https://hooks.example.com/#part", "invalid_url"),
        ("https://hooks.example.com/#", "invalid_url"),
        ("https:///path", "invalid_url"),
        ("https://", "invalid_url"),
        ("", "invalid_url"),
        ("https://hooks.example.com/a b", "invalid_url"),
        ("https://hooks.example.com/\r\nX-Injected: 1", "invalid_url"),
        ("https://hooks.example.com\t/", "invalid_url"),
        ("https://hooks.example.com\\@127.0.0.1/", "invalid_url"),
        ("https://höoks.example.com/", "invalid_url"),
        ("https://[::1/", "invalid_url"),
        ("https://hooks.example.com/" + "x" * 2000, "invalid_url"),
    ],
)
def test_a_bad_url_is_refused_with_its_reason(url: str, code: str) -> None:
    with pytest.raises(TargetRefused) as refused:
        Target.parse(url, SETTINGS)
    assert refused.value.code == code
    assert refused.value.detail.endswith(".")


def test_plain_http_needs_the_configuration() -> None:
    settings = WebhooksConfigService(allow_http=True, allowed_ports=("80",))
    assert Target.parse("http://hooks.example.com/", settings) == Target("hooks.example.com", 80, "/", False)
