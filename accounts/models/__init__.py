"""The tables of the accounts app."""

from accounts.models.api_key import ApiKey, Scope
from accounts.models.approval import Approval, ApprovalState
from accounts.models.auth_session import AuthSession, EndReason
from accounts.models.blind_index import BlindIndex, Identifier
from accounts.models.consent import Consent, ConsentPurpose
from accounts.models.email_change import EmailChange
from accounts.models.known_device import KnownDevice
from accounts.models.lockout_counter import Counted, LockoutCounter, LockoutState
from accounts.models.mfa import RecoveryCode, TotpDevice
from accounts.models.one_time_token import OneTimeToken, Purpose
from accounts.models.outbox_message import OutboxKind, OutboxMessage
from accounts.models.passkey import CeremonyPurpose, Passkey, PasskeyCeremony
from accounts.models.privacy_request import PrivacyRequest, RequestKind, RequestState
from accounts.models.role import Role
from accounts.models.user import User
from accounts.models.user_tally import UserTally

__all__ = [
    "ApiKey",
    "Approval",
    "ApprovalState",
    "AuthSession",
    "BlindIndex",
    "CeremonyPurpose",
    "Consent",
    "ConsentPurpose",
    "Counted",
    "EmailChange",
    "EndReason",
    "Identifier",
    "KnownDevice",
    "LockoutCounter",
    "LockoutState",
    "OneTimeToken",
    "OutboxKind",
    "OutboxMessage",
    "Passkey",
    "PasskeyCeremony",
    "PrivacyRequest",
    "Purpose",
    "RecoveryCode",
    "RequestKind",
    "RequestState",
    "Role",
    "Scope",
    "TotpDevice",
    "User",
    "UserTally",
]
