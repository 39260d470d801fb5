"""The caller's address is the last one that no client could have written."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from config.api.client_address import address_block, client_address

PROXIES = ("10.0.0.0/8", "2001:db8:1::1")


@pytest.mark.parametrize(
    ("remote", "forwarded", "expected"),
    [
        ("203.0.113.9", None, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.2.2.2", "198.51.100.1"),
        ("10.0.0.1", "10.9.9.9", "10.9.9.9"),
        ("10.0.0.1", "not an address", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, ", "10.0.0.1"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("2001:db8:1::1", "2001:db8:2::7", "2001:db8:2::7"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
    ],
)
def test_the_right_most_hop_that_is_no_proxy_of_ours(remote: str, forwarded: str | None, expected: str) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded is not None else {}
    request = RequestFactory().get("/", REMOTE_ADDR=remote, headers=headers)
    assert str(client_address(request, PROXIES)) == expected


def test_a_unix_socket_has_no_address() -> None:
    assert client_address(RequestFactory().get("/", REMOTE_ADDR=""), PROXIES) is None
    assert address_block(None) == "local"


def test_one_subscriber_is_one_block() -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="2001:db8:2:3:4:5:6:7")
    assert address_block(client_address(request, ())) == "2001:db8:2:3::/64"
