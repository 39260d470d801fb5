"""Moving an account to another address: both mailboxes agree, either one cancels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.identifiers import canonical_email
from accounts.mails import MailName
from accounts.models import EmailChange, EndReason, OneTimeToken, OutboxKind, Purpose, User
from accounts.services.credentials import CredentialService
from accounts.services.one_time_tokens import OneTimeTokens, token_refused, valid_for
from accounts.services.outbox import Outbox
from accounts.services.registration import invalid_email
from audit.actions import Action
from audit.logger import AuditLogger
from config.errors import DomainError, Kind
from config.orchestrator import get_orchestrator

_SIDES = {Purpose.CONFIRM_OLD_EMAIL: "old_confirmed_at", Purpose.CONFIRM_NEW_EMAIL: "new_confirmed_at"}


@dataclass(frozen=True, slots=True)
class EmailChangeService:
    credentials: CredentialService = field(default_factory=CredentialService)
    tokens: OneTimeTokens = field(default_factory=OneTimeTokens)
    outbox: Outbox = field(default_factory=Outbox)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def ask(self, user: User, new_email: str) -> None:
        """Take the request. Whether the address is free is told to its mailbox only."""
        try:
            canonical_email(new_email)
        except ValueError:
            raise invalid_email() from None
        with transaction.atomic():
            self.outbox.add(OutboxKind.EMAIL_CHANGE, user=str(user.pk), epoch=user.epoch, email=new_email.strip())

    def carry_out(self, payload: Mapping[str, Any]) -> None:
        """Write to both mailboxes, or tell the owner of a taken address that somebody tried."""
        with transaction.atomic():
            user = User.objects.select_for_update().filter(pk=payload["user"], is_active=True).first()
            if user is None or user.epoch != payload["epoch"]:
                return
            owner = User.objects.by_email(payload["email"])
            if owner is not None and owner != user:
                self.outbox.mail(MailName.EMAIL_TAKEN, owner.email)
                return
            self._begin(user, payload["email"])

    def confirm(self, token: str) -> bool:
        """One side agrees; True when that was the second and the address has changed."""
        with transaction.atomic():
            spent = self._spend(token)
            user = spent.user
            change = EmailChange.objects.filter(user=user, expires_at__gt=timezone.now()).first()
            if change is None:
                raise token_refused()
            setattr(change, _SIDES[Purpose(spent.purpose)], timezone.now())
            change.save()
            if change.old_confirmed_at is None or change.new_confirmed_at is None:
                return False
            self._switch(user, change.new_email)
            return True

    def cancel(self, user: User) -> None:
        """Whoever is signed in cancels; DomainError (NOT_FOUND) when nothing waits."""
        with transaction.atomic():
            self._cancel(self.credentials.acting(user))

    def cancel_by_token(self, token: str) -> None:
        """Either mailbox cancels."""
        with transaction.atomic():
            self._cancel(self.tokens.spend(Purpose.CANCEL_EMAIL_CHANGE, token).user)

    def _begin(self, user: User, new_email: str) -> None:
        seconds = get_orchestrator().authentication_service.email_token_seconds
        EmailChange.objects.filter(user=user).delete()
        EmailChange.objects.create(
            user=user, new_email=new_email, expires_at=timezone.now() + timedelta(seconds=seconds)
        )
        cancel = self.tokens.issue(user, Purpose.CANCEL_EMAIL_CHANGE, seconds)
        for purpose, name, to in (
            (Purpose.CONFIRM_OLD_EMAIL, MailName.CONFIRM_OLD_EMAIL, user.email),
            (Purpose.CONFIRM_NEW_EMAIL, MailName.CONFIRM_NEW_EMAIL, new_email),
        ):
            token = self.tokens.issue(user, purpose, seconds)
            self.outbox.mail(name, to, token, cancel_token=cancel, valid_for=valid_for(seconds))

    def _spend(self, token: str) -> OneTimeToken:
        try:
            return self.tokens.spend(Purpose.CONFIRM_OLD_EMAIL, token)
        except DomainError:
            return self.tokens.spend(Purpose.CONFIRM_NEW_EMAIL, token)

    def _switch(self, user: User, new_email: str) -> None:
        old_email, user.email = user.email, new_email
        user.email_verified_at = timezone.now()
        try:
            with transaction.atomic():
                self.credentials.revoke(user, EndReason.CREDENTIALS_CHANGED)
        except IntegrityError:  # somebody opened an account with the address meanwhile
            raise token_refused() from None
        self.audit.record(Action.EMAIL_CHANGED, actor=user, target=user)
        for address in (old_email, new_email):
            self.outbox.mail(MailName.EMAIL_CHANGED, address)

    def _cancel(self, user: User) -> None:
        change = EmailChange.objects.filter(user=user).first()
        if change is None:
            raise DomainError("not_found", "No change of address is waiting.", Kind.NOT_FOUND)
        new_email = change.new_email
        change.delete()
        self.tokens.void(user, Purpose.CONFIRM_OLD_EMAIL, Purpose.CONFIRM_NEW_EMAIL, Purpose.CANCEL_EMAIL_CHANGE)
        self.audit.record(Action.ACCOUNT_UPDATED, actor=user, target=user, details={"reason": "email_change_cancelled"})
        for address in (user.email, new_email):
            self.outbox.mail(MailName.EMAIL_CHANGE_CANCELLED, address)
