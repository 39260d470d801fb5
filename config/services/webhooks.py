"""Where webhooks may be sent, how long their receivers may take, and when one that only fails is switched off."""

from __future__ import annotations

from ipaddress import ip_network
from typing import ClassVar

from pydantic import Field, field_validator

from config.environments import Policy
from config.problems import Problem
from config.services.model import CommaSeparated, ConfigService

_THIS_MACHINE = tuple(map(ip_network, ("127.0.0.0/8", "169.254.0.0/16", "::1/128", "fe80::/10")))


class WebhooksConfigService(ConfigService):
    section: ClassVar[str] = "webhooks"

    allow_http: bool = Field(False, description="Whether receivers without TLS are allowed; for development.")
    allowed_ports: CommaSeparated = Field(("443", "8443"), description="The ports that a receiver may have.")
    allowed_networks: CommaSeparated = Field(
        (), description="Networks that receivers may be in although they are not public, such as 10.20.0.0/16."
    )
    timeout_seconds: float = Field(
        10, gt=0, le=60, description="How long one delivery may take, from the look-up of the name to the answer."
    )
    disable_after_days: int = Field(
        5, ge=1, le=60, description="A webhook that failed all this time is switched off, and its owner told."
    )
    max_for_each_owner: int = Field(20, ge=1, le=1000, description="How many webhooks one user may have.")
    kept_days: int = Field(30, ge=1, le=365, description="Deliveries that ended are kept this long.")

    @field_validator("allowed_ports")
    @classmethod
    def _ports(cls, ports: tuple[str, ...]) -> tuple[str, ...]:
        if not all(port.isascii() and port.isdecimal() and 0 < int(port) < 65_536 for port in ports):
            raise ValueError("must be port numbers")
        return ports

    @field_validator("allowed_networks")
    @classmethod
    def _networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_network(each)) for each in networks)

    def validate_configuration(self, policy: Policy) -> list[Problem]:
        if not policy.tls_required:
            return []
        problems = []
        if self.allow_http:
            problems.append(
                Problem(
                    "plain_http_webhooks",
                    "LOUPE_WEBHOOKS_ALLOW_HTTP",
                    "What happens here would travel in clear.",
                    "Set it to false.",
                )
            )
        if any(_reaches_this_machine(each) for each in self.allowed_networks):
            problems.append(
                Problem(
                    "webhooks_into_this_machine",
                    "LOUPE_WEBHOOKS_ALLOWED_NETWORKS",
                    "A webhook would reach this machine itself, or the metadata service of its cloud.",
                    "Name only the networks of the receivers.",
                )
            )
        return problems


def _reaches_this_machine(network: str) -> bool:
    given = ip_network(network)
    return any(given.version == each.version and given.overlaps(each) for each in _THIS_MACHINE)
