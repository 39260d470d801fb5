"""The worker's side of the outbox."""

from __future__ import annotations

from collections.abc import Mapping

from celery import shared_task
from django.utils import timezone

from accounts.dispatch import DELIVER_OUTBOX, wake_outbox
from accounts.models import OutboxKind, OutboxMessage
from accounts.services.email_change import EmailChangeService
from accounts.services.gdpr_export import ExportService
from accounts.services.outbox import Handler, Outbox, send_mail, send_sms
from accounts.services.password import PasswordService
from accounts.services.phone import PhoneService
from accounts.services.registration import RegistrationService
from accounts.services.retention import RetentionService

_SECONDS = 120.0  # of letters in one task, well under its time limit


@shared_task(name=DELIVER_OUTBOX)
def deliver_outbox() -> int:
    """Do what is due; woken after each commit that left something, and every minute for what was missed.

    Goes on in a task of its own before the time limit of this one, which would strike in the middle of a letter.
    """
    done = Outbox().deliver_due(handlers(), seconds=_SECONDS)
    if OutboxMessage.objects.filter(due_at__lte=timezone.now()).exists():
        wake_outbox()
    return done


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
