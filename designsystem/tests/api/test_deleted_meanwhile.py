"""What a request needs may be deleted while it is under way: it is told so, and it is nobody's defect."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from config.api.problems import exception_handler
from config.errors import DomainError
from designsystem.models import Batch, DesignSystem
from designsystem.models.membership import MemberRole
from designsystem.services.design_systems import DesignSystemService
from designsystem.services.members import MemberService

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_row_whose_owner_is_gone_is_a_conflict() -> None:
    with pytest.raises(IntegrityError) as broken, transaction.atomic():
        Batch.objects.create(owner_id=uuid.uuid4())
    answer = exception_handler(broken.value, {})
    assert answer is not None
    assert (answer.status_code, answer.data["code"]) == (409, "gone_meanwhile")


def test_any_other_broken_constraint_is_a_defect(alice: Any) -> None:
    DesignSystem.objects.create(owner=alice, name="Shop")
    with pytest.raises(IntegrityError) as broken, transaction.atomic():
        DesignSystem.objects.create(owner=alice, name="Shop")
    assert exception_handler(broken.value, {}) is None


def test_a_design_system_that_was_deleted_takes_neither_versions_nor_members(alice: Any, bob: Any) -> None:
    system = DesignSystemService().create(alice, "Shop")
    DesignSystem.objects.all().delete()
    with pytest.raises(DomainError, match="no such design system"):
        DesignSystemService().add_version(system, alice, {}, "late")
    with pytest.raises(DomainError, match="no such design system"):
        MemberService().set_role(system, bob.pk, MemberRole.VIEWER)
