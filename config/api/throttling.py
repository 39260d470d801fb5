"""Rate limits over HTTP: who is counted, the refusal, and the headers that tell it beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework.request import Request

from config.api.client_address import address_block, client_address
from config.errors import DomainError, Kind
from config.rate_limits import Rate, Verdict, get_rate_limiter
from config.request_metrics import count_throttled

_VERDICT = "_rate_limit_verdict"


def principal_of(request: Request) -> str:
    """Who is counted: the API key when one was used, else the user, else the caller's address.

    A credential that counts for itself says so by a `principal` attribute on `request.auth`.
    """
    named = getattr(request.auth, "principal", None)
    if isinstance(named, str):
        return named
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    return _address_of(request)


def count_call(request: Request, rate: Rate) -> None:
    """Count this call, unless `count_and_read` did; DomainError (429) when the principal has none left."""
    verdict: Verdict | None = getattr(request._request, _VERDICT, None)
    if verdict is None:
        verdict = get_rate_limiter().hit(rate, principal_of(request))
        setattr(request._request, _VERDICT, verdict)
    _refuse_unless_allowed(request, verdict)


def count_and_read(
    request: Request, rate: Rate, principal: str, void: object, keys: Sequence[str]
) -> Mapping[str, Any]:
    """What the cache holds under `keys`; the call is counted on the way when all are there and none is `void`.

    It refuses nothing: `count_call` does, once it is known who is calling.
    """
    verdict, found = get_rate_limiter().hit_and_read(rate, principal, keys, void)
    if verdict is not None:
        setattr(request._request, _VERDICT, verdict)
    return found


def count_refusal(request: Request) -> None:
    """Remember that this address came with wrong credentials; DomainError (429) when it did so too often."""
    _refuse_unless_allowed(request, get_rate_limiter().hit(Rate.REFUSED, _address_of(request)))


def refuse_after_many_refusals(request: Request) -> None:
    """DomainError (429) for an address that keeps coming with wrong credentials, before anything is looked up."""
    _refuse_unless_allowed(request, get_rate_limiter().look(Rate.REFUSED, _address_of(request)))


def rate_limit_headers(request: Any) -> dict[str, str]:
    """draft-ietf-httpapi-ratelimit-headers-11: the policy and what is left of it; empty when nothing was counted."""
    verdict: Verdict | None = getattr(getattr(request, "_request", request), _VERDICT, None)
    if verdict is None:
        return {}
    return {
        "RateLimit-Policy": f'"{verdict.rate}";q={verdict.limit};w={verdict.window}',
        "RateLimit": f'"{verdict.rate}";r={verdict.remaining};t={verdict.reset_after}',
    }


def _address_of(request: Request) -> str:
    return f"address:{address_block(client_address(request._request))}"


def _refuse_unless_allowed(request: Request, verdict: Verdict) -> None:
    if verdict.allowed:
        return
    count_throttled(verdict.rate)
    setattr(request._request, _VERDICT, verdict)  # this one is told, whatever was counted before
    raise DomainError(
        "rate_limited",
        f"At most {verdict.limit} such requests in {verdict.window} seconds.",
        Kind.THROTTLED,
        retry_after=verdict.reset_after,
    )
