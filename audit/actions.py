"""The inventory of what is recorded (OWASP ASVS 5.0 V16.1.1): every action, by its dotted name."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    SUCCESS = "success"
    REFUSED = "refused"
    FAILED = "failed"


class Action(StrEnum):
    """Dotted, stable, subject first. Exports map them to OCSF classes."""

    ACCOUNT_REGISTERED = "account.registered"
    ACCOUNT_UPDATED = "account.updated"
    ACCOUNT_SUSPENDED = "account.suspended"
    ACCOUNT_REINSTATED = "account.reinstated"
    ACCOUNT_LOCKED = "account.locked"
    ACCOUNT_UNLOCKED = "account.unlocked"
    ACCOUNT_ERASED = "account.erased"
    EMAIL_VERIFIED = "email.verified"
    EMAIL_CHANGED = "email.changed"
    PHONE_VERIFIED = "phone.verified"
    LOGIN = "authentication.login"
    REAUTHENTICATION = "authentication.reauthenticated"
    LOGOUT = "authentication.logout"
    TOKEN_REFRESHED = "authentication.token_refreshed"  # noqa: S105
    TOKEN_REUSED = "authentication.token_reused"  # noqa: S105
    SESSION_ENDED = "session.ended"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105
    PASSWORD_RESET_REQUESTED = "password.reset_requested"  # noqa: S105
    PASSWORD_RESET = "password.reset"  # noqa: S105
    PASSWORD_RESET_FORCED = "password.reset_forced"  # noqa: S105
    FACTOR_ADDED = "factor.added"
    FACTOR_USED = "factor.used"
    FACTOR_REMOVED = "factor.removed"
    FACTORS_RESET = "factor.reset"
    RECOVERY_CODES_CREATED = "factor.recovery_codes_created"
    ROLE_CREATED = "role.created"
    ROLE_CHANGED = "role.changed"
    ROLE_DELETED = "role.deleted"
    ROLE_ASSIGNED = "role.assigned"
    ROLE_WITHDRAWN = "role.withdrawn"
    API_KEY_CREATED = "api_key.created"
    API_KEY_CHANGED = "api_key.changed"
    API_KEY_ROTATED = "api_key.rotated"
    API_KEY_REVOKED = "api_key.revoked"
    CONSENT_GIVEN = "consent.given"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    EXPORT_REQUESTED = "privacy.export_requested"
    EXPORT_DOWNLOADED = "privacy.export_downloaded"
    ERASURE_REQUESTED = "privacy.erasure_requested"
    ERASURE_CANCELLED = "privacy.erasure_cancelled"
    PROCESSING_RESTRICTED = "privacy.processing_restricted"
    PROCESSING_RELEASED = "privacy.processing_released"
    PERSONAL_DATA_REVEALED = "privacy.personal_data_revealed"
    ACCESS_DENIED = "access.denied"
    INPUT_REFUSED = "access.input_refused"
    PICTURE_UPLOADED = "picture.uploaded"
    PICTURE_DELETED = "picture.deleted"
    EXTRACTION_CREATED = "extraction.created"
    EXTRACTION_DELETED = "extraction.deleted"
    VALIDATION_CREATED = "validation.created"
    VALIDATION_DELETED = "validation.deleted"
    BASELINE_APPROVED = "validation.baseline_approved"
    BATCH_CREATED = "batch.created"
    BATCH_CANCELLED = "batch.cancelled"
    DESIGN_SYSTEM_CREATED = "design_system.created"
    DESIGN_SYSTEM_CHANGED = "design_system.changed"
    DESIGN_SYSTEM_DELETED = "design_system.deleted"
    DESIGN_SYSTEM_PUBLISHED = "design_system.published"
    DESIGN_SYSTEM_SHARED = "design_system.shared"
    BULK_STARTED = "bulk.started"
    BULK_CHUNK_DONE = "bulk.chunk_done"
    BULK_CANCELLED = "bulk.cancelled"
    AUDIT_READ = "audit.read"
    AUDIT_EXPORTED = "audit.exported"
    AUDIT_VERIFIED = "audit.verified"
    AUDIT_RETENTION_CUT = "audit.retention_cut"
    AUDIT_SUBJECT_ERASED = "audit.subject_erased"
    KEYS_ROTATED = "keys.rotated"
    CONFIGURATION_CHANGED = "configuration.changed"
    MODEL_CHANGED = "model.changed"
    ROWS_CHANGED = "model.rows_changed"
