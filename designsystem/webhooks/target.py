"""The address that a person gives for a webhook, taken apart and judged before anything is looked up."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

from config.services.webhooks import WebhooksConfigService
from designsystem.webhooks.addresses import may_be_reached

MAX_URL = 2000


class TargetRefused(Exception):
    """`code` is stable, the text a sentence for the person who gave the address."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Target:
    """`path` is what stands in the request line, with the query."""

    host: str
    port: int
    path: str
    tls: bool

    @classmethod
    def parse(cls, url: str, settings: WebhooksConfigService) -> Self:
        """TargetRefused when it is no URL that we would send to."""
        if (
            len(url) > MAX_URL
            or not url.isascii()
            or any(character <= " " or character in '\\\x7f"<>' for character in url)
        ):
            raise TargetRefused("invalid_url", "Write a URL in ASCII without spaces; names in punycode.")
        try:
            parts = urlsplit(url)
            host, given_port = parts.hostname or "", parts.port
        except ValueError:
            raise TargetRefused("invalid_url", "This is no URL.") from None
        if not host:
            raise TargetRefused("invalid_url", "The URL names no host.")
        if parts.scheme != "https" and not (parts.scheme == "http" and settings.allow_http):
            raise TargetRefused("https_required", "The URL must begin with https://.")
        if "@" in parts.netloc:
            raise TargetRefused(
                "credentials_in_url", "The URL must not carry credentials; verify the signature instead."
            )
        if "#" in url:
            raise TargetRefused("invalid_url", "A fragment is never sent; leave it out.")
        port = given_port if given_port is not None else (443 if parts.scheme == "https" else 80)
        if str(port) not in settings.allowed_ports:
            raise TargetRefused("port_refused", f"Only these ports are allowed: {', '.join(settings.allowed_ports)}.")
        _refuse_private_literal(host, settings)
        path = parts.path or "/"
        return cls(host, port, f"{path}?{parts.query}" if parts.query else path, parts.scheme == "https")

    @property
    def authority(self) -> str:
        """For the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


def _refuse_private_literal(host: str, settings: WebhooksConfigService) -> None:
    """Early word for who writes an address; what counts is what the name leads to when something is sent."""
    try:
        address = ip_address(host)
    except ValueError:
        return
    if not may_be_reached(address, settings.allowed_networks):
        raise TargetRefused("address_refused", "This address is not public.")
