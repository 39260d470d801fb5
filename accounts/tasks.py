"""The worker's side of the outbox."""

from __future__ import annotations

from collections.abc import Mapping

from celery import shared_task

from accounts.dispatch import DELIVER_OUTBOX
from accounts.models import OutboxKind
from accounts.services.email_change import EmailChangeService
from accounts.services.gdpr_export import ExportService
from accounts.services.outbox import Handler, Outbox, send_mail, send_sms
from accounts.services.password import PasswordService
from accounts.services.phone import PhoneService
from accounts.services.registration import RegistrationService
from accounts.services.retention import RetentionService


@shared_task(name=DELIVER_OUTBOX)
def deliver_outbox() -> int:
    """Do what is due; woken after each commit that left something, and every minute for what was missed."""
    return Outbox().deliver_due(handlers())


# looking through the folders of a large storage takes its time
@shared_task(name="accounts.purge_expired", soft_time_limit=7200, time_limit=7260)
def purge_expired() -> None:
    """Applies the retention rules."""
    RetentionService().purge()


def handlers() -> Mapping[OutboxKind, Handler]:
    """Who does what."""
    registration = RegistrationService()
    return {
        OutboxKind.MAIL: send_mail,
        OutboxKind.SMS: send_sms,
        OutboxKind.REGISTRATION: registration.carry_out,
        OutboxKind.VERIFICATION: registration.carry_out_verification,
        OutboxKind.FORGOTTEN_PASSWORD: PasswordService().carry_out_forgot,
        OutboxKind.EMAIL_CHANGE: EmailChangeService().carry_out,
        OutboxKind.PHONE_CODE: PhoneService().carry_out,
        OutboxKind.EXPORT: ExportService().build,
    }
