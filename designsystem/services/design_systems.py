"""Design systems: made, changed, given versions, published, compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, models, transaction

from accounts.models import User
from audit.actions import Action
from audit.logger import AuditLogger
from config.errors import DomainError, FieldError, Kind
from designsystem.engine.exporters import dtcg
from designsystem.engine.tokens.reader import from_dtcg
from designsystem.engine.tokens.references import DocumentError
from designsystem.models import (
    Batch,
    BatchState,
    DesignSystem,
    Extraction,
    ExtractionState,
    TokenSetVersion,
    VersionState,
)
from designsystem.services.owners import hold_owner
from designsystem.services.webhook_events import WebhookEvents


@dataclass(frozen=True, slots=True)
class DesignSystemService:
    events: WebhookEvents = field(default_factory=WebhookEvents)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def create(self, owner: User, name: str, description: str = "") -> DesignSystem:
        """DomainError when the owner has one of this name, or was erased."""
        system = DesignSystem(owner=owner, name=name, description=description)
        with transaction.atomic():
            hold_owner(owner)
            self._save(system, Action.DESIGN_SYSTEM_CREATED, ["name", "description"])
        return system

    def change(self, system: DesignSystem, changes: Mapping[str, str]) -> DesignSystem:
        """DomainError when another one of the owner has the new name."""
        if not changes:
            return system
        for name, value in changes.items():
            setattr(system, name, value)
        self._save(system, Action.DESIGN_SYSTEM_CHANGED, sorted(changes))
        return system

    def delete(self, system: DesignSystem) -> None:
        """Its versions go with it; extractions stay."""
        with transaction.atomic():
            self.audit.record(Action.DESIGN_SYSTEM_DELETED, target=system)
            system.delete()

    def add_version(
        self, system: DesignSystem, author: User, source: Extraction | Batch | Mapping[str, Any], reason: str
    ) -> TokenSetVersion:
        """A new draft, from a finished extraction or batch or a DTCG document; DomainError when that is not strict."""
        extraction = source if isinstance(source, Extraction) else None
        document = source.document if isinstance(source, Extraction | Batch) else _checked(source)
        if isinstance(source, Extraction) and source.state != ExtractionState.DONE:
            raise DomainError("not_finished", f"The extraction is {source.state}.", Kind.CONFLICT)
        if isinstance(source, Batch) and source.state != BatchState.DONE:
            raise DomainError("not_finished", f"The batch is {source.state}.", Kind.CONFLICT)
        with transaction.atomic():
            DesignSystem.objects.locked(system.pk)  # numbers are given out one at a time
            latest = system.versions.aggregate(latest=models.Max("number"))["latest"] or 0
            version = system.versions.create(
                number=latest + 1, document=document, reason=reason, extraction=extraction, created_by=author
            )
            self.audit.record(Action.DESIGN_SYSTEM_CHANGED, target=system, details={"version": str(version.number)})
        return version

    def publish(self, version: TokenSetVersion) -> TokenSetVersion:
        """Final from now on; DomainError when it was published before."""
        with transaction.atomic():
            if not version.publish():
                raise DomainError("already_published", "This version is published and final.", Kind.CONFLICT)
            self.audit.record(
                Action.DESIGN_SYSTEM_PUBLISHED, target=version.design_system, details={"version": str(version.number)}
            )
            self.events.version_published(version)
        return version

    def delete_draft(self, version: TokenSetVersion) -> None:
        with transaction.atomic():
            drafts = TokenSetVersion.objects.filter(pk=version.pk, state=VersionState.DRAFT)
            if not drafts.delete()[0]:
                raise DomainError("already_published", "A published version is final.", Kind.CONFLICT)
            self.audit.record(
                Action.DESIGN_SYSTEM_CHANGED, target=version.design_system, details={"version": str(version.number)}
            )

    def _save(self, system: DesignSystem, action: Action, fields: list[str]) -> None:
        try:
            with transaction.atomic():
                system.save()
                self.audit.record(action, target=system, details={"fields": fields})
        except IntegrityError:
            detail = "You have a design system of this name."
            raise DomainError(
                "name_taken", detail, Kind.CONFLICT, errors=[FieldError("/name", "taken", detail)]
            ) from None


def _checked(document: Any) -> str:
    text = dtcg.as_text(document)
    try:
        from_dtcg(text)
    except DocumentError as error:
        pointer = f"/document{error.pointer}"
        raise DomainError(
            "invalid_document", error.detail, Kind.UNPROCESSABLE, errors=[FieldError(pointer, "invalid", error.detail)]
        ) from None
    return text
