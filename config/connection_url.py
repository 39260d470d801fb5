"""One reading of connection URLs, because libraries disagree on `#`, `?`, `+`, `@` and `/` inside a password."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class ConnectionUrl:
    """`scheme://user:password@host:port/name?query`, every part decoded. `canonical` encodes it again, exactly."""

    scheme: str
    user: str
    password: str = field(repr=False)
    host: str
    port: int | None
    name: str
    query: dict[str, str] = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> ConnectionUrl:
        """Percent-encoded passwords come back exactly, and so do raw ones as long as there is one reading only.

        ValueError, without any part of the URL, when it cannot be read or could be read in two ways.
        """
        scheme, separator, rest = url.partition("://")
        if not separator:
            raise ValueError("must be a URL: scheme://user:password@host:port/name")
        userinfo, tail = _split_userinfo(rest)
        try:
            parts = urlsplit(f"{scheme}://{tail}")
            port, host = parts.port, parts.hostname or ""
        except ValueError:
            raise ValueError("host or port cannot be read") from None
        name = unquote(parts.path.removeprefix("/"))
        if "@" in parts.path or parts.fragment:
            raise ValueError("can be read in two ways: write '#', '?', '/' and '@' of the password as %23 %3F %2F %40")
        user, _, password = userinfo.partition(":")
        query = {
            unquote(key): unquote(value) for key, _, value in (pair.partition("=") for pair in parts.query.split("&"))
        }
        query.pop("", None)
        return cls(scheme.lower(), unquote(user), unquote(password), unquote(host), port, name, query)

    def canonical(self) -> str:
        """The URL with every part percent-encoded: each library reads the same password out of it."""
        userinfo = quote(self.user, safe="") + (f":{quote(self.password, safe='')}" if self.password else "")
        host = f"[{self.host}]" if ":" in self.host else quote(self.host, safe="")
        port = f":{self.port}" if self.port is not None else ""
        query = "&".join(f"{quote(key, safe='')}={quote(value, safe='/')}" for key, value in self.query.items())
        return f"{self.scheme}://{userinfo}{'@' if userinfo else ''}{host}{port}/{quote(self.name, safe='')}" + (
            f"?{query}" if query else ""
        )


def _split_userinfo(rest: str) -> tuple[str, str]:
    """User and password, and what follows the `@`. A raw password may hold characters that end an authority."""
    end = min((rest.index(mark) for mark in "/?#" if mark in rest), default=len(rest))
    authority = rest[:end]
    if "@" in authority:
        userinfo, _, host = authority.rpartition("@")
        return userinfo, host + rest[end:]
    _, colon, port = authority.rpartition(":")
    plain_host = authority.startswith("[") or not colon or port.isdecimal()
    if plain_host or "@" not in rest:
        return "", rest
    userinfo, _, tail = rest.rpartition("@")
    return userinfo, tail
