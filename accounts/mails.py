"""Every mail that accounts send, as words in one place. Values in braces come from the journey; links are added."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MailName(StrEnum):
    VERIFY_EMAIL = "verify_email"
    ALREADY_REGISTERED = "already_registered"
    NEW_DEVICE = "new_device"
    SESSION_REUSED = "session_reused"
    ACCOUNT_LOCKED = "account_locked"
    RESET_PASSWORD = "reset_password"  # noqa: S105
    PASSWORD_RESET_FORCED = "password_reset_forced"  # noqa: S105
    INVITED = "invited"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    CONFIRM_OLD_EMAIL = "confirm_old_email"
    CONFIRM_NEW_EMAIL = "confirm_new_email"
    EMAIL_TAKEN = "email_taken"
    EMAIL_CHANGED = "email_changed"
    EMAIL_CHANGE_CANCELLED = "email_change_cancelled"
    PHONE_CHANGED = "phone_changed"
    API_KEY_CREATED = "api_key_created"
    WEBHOOK_CREATED = "webhook_created"
    WEBHOOK_DISABLED = "webhook_disabled"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    FACTORS_RESET = "factors_reset"
    RECOVERY_CODES_CREATED = "recovery_codes_created"
    RECOVERY_CODE_USED = "recovery_code_used"
    SECOND_FACTOR_FAILED = "second_factor_failed"
    EXPORT_READY = "export_ready"
    ERASURE_REQUESTED = "erasure_requested"
    ERASURE_CANCELLED = "erasure_cancelled"
    ACCOUNT_ERASED = "account_erased"


@dataclass(frozen=True, slots=True)
class Mail:
    """`page` is where the button leads, under the configured base address; None when there is nothing to do."""

    subject: str
    paragraphs: tuple[str, ...]
    button: str = ""
    page: str | None = None


MAILS: dict[MailName, Mail] = {
    MailName.VERIFY_EMAIL: Mail(
        "Confirm your e-mail address",
        (
            "Somebody, we hope you, opened an account with this address.",
            "Confirm the address to use the account. The link works once, for {valid_for}.",
            "If this was not you, do nothing: without your confirmation nobody can use the account.",
        ),
        "Confirm the address",
        "verify-email",
    ),
    MailName.ALREADY_REGISTERED: Mail(
        "You already have an account",
        (
            "Somebody, perhaps you, tried to open an account with this address on {when}. There is one already, and it "
            "was not changed.",
            "If it was you and the password is lost, ask for a new one. If it was not you, there is nothing to do.",
        ),
        "Ask for a new password",
        "forgot-password",
    ),
    MailName.NEW_DEVICE: Mail(
        "A new device signed in",
        (
            "On {when} somebody signed in to your account from a device or a network that we had not seen before.",
            "Address: {address}. Program: {agent}.",
            "If this was you, there is nothing to do. If not, set a new password now: it ends every session.",
        ),
        "Set a new password",
        "forgot-password",
    ),
    MailName.SESSION_REUSED: Mail(
        "We ended a session for your safety",
        (
            "On {when} a sign-in token that had already been used came back. It may have been copied, so we ended that "
            "session on all devices that held it.",
            "Sign in again. If you think that somebody else had access to your device, set a new password.",
        ),
        "Set a new password",
        "forgot-password",
    ),
    MailName.ACCOUNT_LOCKED: Mail(
        "Your account is locked",
        (
            "There were {failures} wrong attempts in a row, so nobody can sign in with the password any more. Devices "
            "that signed in before still can.",
            "You can unlock the account once within {valid_for}. Your password stays as it is.",
        ),
        "Unlock the account",
        "unlock",
    ),
    MailName.RESET_PASSWORD: Mail(
        "Set a new password",
        (
            "Somebody, perhaps you, asked on {when} for a new password for this account.",
            "The link works once, for {valid_for}. Setting a new password ends every session.",
            "If this was not you, do nothing: the password stays as it is.",
        ),
        "Set a new password",
        "reset-password",
    ),
    MailName.PASSWORD_RESET_FORCED: Mail(
        "Set a new password",
        (
            "On {when} our staff ended every session of your account and voided its password, for your safety.",
            "Set a new one to sign in again. The link works once, for {valid_for}; after that, ask for another.",
        ),
        "Set a new password",
        "reset-password",
    ),
    MailName.INVITED: Mail(
        "You are invited",
        (
            "On {when} our staff opened an account for you with this address.",
            "Choose a password to use it. The link works once, for {valid_for}.",
            "If you do not want the account, do nothing: it goes by itself when nobody confirms it.",
        ),
        "Choose a password",
        "reset-password",
    ),
    MailName.PASSWORD_CHANGED: Mail(
        "Your password was changed",
        (
            "The password of your account was changed on {when}. Other sessions have been ended.",
            "If this was not you, set a new password at once and tell our support.",
        ),
        "Set a new password",
        "forgot-password",
    ),
    MailName.CONFIRM_OLD_EMAIL: Mail(
        "Shall your e-mail address change?",
        (
            "On {when} somebody who was signed in asked to move your account to another e-mail address.",
            "It only happens when both addresses agree. The link works once, for {valid_for}.",
            "If this was not you, cancel the change and set a new password: {cancel_link}",
        ),
        "Agree to the change",
        "confirm-email-change",
    ),
    MailName.CONFIRM_NEW_EMAIL: Mail(
        "Confirm your new e-mail address",
        (
            "On {when} somebody asked to move their account to this address.",
            "It only happens when both addresses agree. The link works once, for {valid_for}.",
            "If this was not you, cancel the change: {cancel_link}",
        ),
        "Use this address",
        "confirm-email-change",
    ),
    MailName.EMAIL_TAKEN: Mail(
        "Somebody tried to use your e-mail address",
        (
            "On {when} somebody tried to move their account to this address. It already belongs to your account, so "
            "nothing happened, and they were not told.",
        ),
    ),
    MailName.EMAIL_CHANGED: Mail(
        "Your e-mail address was changed",
        (
            "Since {when} your account has another e-mail address. Other sessions have been ended.",
            "This message goes to the old and to the new address. If this was not you, tell our support.",
        ),
    ),
    MailName.EMAIL_CHANGE_CANCELLED: Mail(
        "The change of your e-mail address was cancelled",
        ("On {when} the change was cancelled. Your account keeps its address.",),
    ),
    MailName.PHONE_CHANGED: Mail(
        "Your phone number was changed",
        ("On {when} a phone number was set for your account. If this was not you, set a new password now.",),
        "Set a new password",
        "forgot-password",
    ),
    MailName.API_KEY_CREATED: Mail(
        "A new API key for your account",
        (
            "On {when} an API key called “{label}” was made for your account. It ends in {ending}.",
            "If this was not you, revoke the key and set a new password now: it ends every session and every key.",
        ),
        "Set a new password",
        "forgot-password",
    ),
    MailName.WEBHOOK_CREATED: Mail(
        "A new webhook for your account",
        (
            "On {when} a webhook called “{label}” was made for your account. It tells a server what happens to your "
            "pictures and design systems, by their ids.",
            "If this was not you, delete the webhook and set a new password now.",
        ),
        "Set a new password",
        "forgot-password",
    ),
    MailName.WEBHOOK_DISABLED: Mail(
        "A webhook of your account was switched off",
        (
            "On {when} we switched off your webhook “{label}”: its server said that it is gone, or nothing has arrived "
            "there for days.",
            "What happens from now on is not told to it. When the server works again, switch the webhook on, and have "
            "sent again what had failed.",
        ),
    ),
    MailName.FACTOR_ADDED: Mail(
        "A second factor was added to your account",
        (
            "On {when} this was added as a second factor: {factor}. Other sessions have been ended.",
            "If this was not you, set a new password at once and tell our support.",
        ),
        "Set a new password",
        "forgot-password",
    ),
    MailName.FACTOR_REMOVED: Mail(
        "A second factor was removed from your account",
        (
            "On {when} this was removed from your second factors: {factor}. Other sessions have been ended.",
            "If this was not you, set a new password at once and tell our support.",
        ),
        "Set a new password",
        "forgot-password",
    ),
    MailName.FACTORS_RESET: Mail(
        "Your second factors were reset",
        (
            "On {when} our staff removed every second factor from your account: authenticator app, passkeys and "
            "recovery codes. You are signed out everywhere, and API keys no longer work.",
            "Sign in with your password, unless another mail asks you for a new one, and add a new second factor.",
            "If you did not ask for this, set a new password at once and tell our support.",
        ),
        "Set a new password",
        "forgot-password",
    ),
    MailName.RECOVERY_CODES_CREATED: Mail(
        "New recovery codes for your account",
        (
            "On {when} new recovery codes were made for your account. The older ones no longer work, and other "
            "sessions have been ended.",
            "If this was not you, set a new password at once and tell our support.",
        ),
        "Set a new password",
        "forgot-password",
    ),
    MailName.RECOVERY_CODE_USED: Mail(
        "A recovery code of your account was used",
        (
            "On {when} somebody used a recovery code in place of a second factor. {left} codes are left.",
            "If this was not you, set a new password at once and tell our support.",
        ),
        "Set a new password",
        "forgot-password",
    ),
    MailName.SECOND_FACTOR_FAILED: Mail(
        "Somebody knows your password but not your second factor",
        (
            "On {when} somebody gave your password and then {failures} wrong codes. They did not get in.",
            "If this was not you, set a new password now.",
        ),
        "Set a new password",
        "forgot-password",
    ),
    MailName.EXPORT_READY: Mail(
        "Your data is ready",
        (
            "The copy of your data that you asked for is ready. You can fetch it until {due}, after proving once more "
            "who you are.",
            "It is here, for your client with your access token: {address}",
            "If you did not ask for it, set a new password now: it ends every session.",
        ),
        "Set a new password",
        "forgot-password",
    ),
    MailName.ERASURE_REQUESTED: Mail(
        "Your account will be erased",
        (
            "On {when} you, or our staff on your behalf, asked to erase your account and everything in it. It happens "
            "on {due}.",
            "Until then you can keep the account by the button, without signing in. The link works once.",
            "If you did not want it, press the button now, and then set a new password: {new_password_link}",
        ),
        "Keep my account",
        "keep-account",
    ),
    MailName.ERASURE_CANCELLED: Mail(
        "Your account stays",
        ("On {when} the erasure of your account was cancelled. Nothing was erased.",),
    ),
    MailName.ACCOUNT_ERASED: Mail(
        "Your account was erased",
        (
            "Your account and everything in it was erased on {when}. This is the last message to this address, which "
            "we do not keep.",
        ),
    ),
}
