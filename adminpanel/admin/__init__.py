"""The pages of the admin site, a module a subject. Django imports this package, and with it every page, at start."""

from adminpanel.admin import (
    api_keys,
    audit,
    batches,
    bulk,
    design_systems,
    extractions,
    lockouts,
    outbox,
    privacy,
    roles,
    sessions,
    users,
    validations,
    webhooks,
)

__all__ = [
    "api_keys",
    "audit",
    "batches",
    "bulk",
    "design_systems",
    "extractions",
    "lockouts",
    "outbox",
    "privacy",
    "roles",
    "sessions",
    "users",
    "validations",
    "webhooks",
]
