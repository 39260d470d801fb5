"""Sharing a design system: who sees it, who changes it, and that no grant outlives what it was for."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from guardian.models import UserObjectPermission
from rest_framework.test import APIClient

from accounts.models import User
from audit.models import AuditLog
from designsystem.models import DesignSystem, DesignSystemGrant, MemberRole
from designsystem.services.design_systems import DesignSystemService
from designsystem.services.extraction import Upload
from designsystem.services.members import MemberService
from designsystem.services.validation import ValidationRequest, ValidationService
from designsystem.tests import pictures
from designsystem.tests.api.conftest import picture_file

pytestmark = pytest.mark.django_db
URL = "/api/design-system/systems"
BEFORE = Upload("/baseline", "b.png", lambda: pictures.page(accent="#c92a2a"))


def share(api: APIClient, system: DesignSystem, user: User, role: str) -> Any:
    return api.put(f"{URL}/{system.pk}/members/{user.pk}", {"role": role}, format="json")


def test_a_shared_design_system_shows_up_with_ones_role(
    api: APIClient, system: DesignSystem, bob: User, signed_in: Callable[[User], APIClient]
) -> None:
    theirs = signed_in(bob)
    assert theirs.get(URL).json()["results"] == []
    answer = share(api, system, bob, "viewer")
    assert (answer.status_code, answer.json()["role"]) == (200, "viewer")
    (seen,) = theirs.get(URL).json()["results"]
    assert (seen["role"], seen["owner"]) == ("viewer", str(system.owner_id))
    assert api.get(f"{URL}/{system.pk}").json()["role"] == "owner"
    assert bob.has_perm("designsystem.view_designsystem", system)


def test_members_see_the_pictures_that_were_approved_and_no_others(
    api: APIClient, system: DesignSystem, alice: User, bob: User, signed_in: Callable[[User], APIClient]
) -> None:
    request = ValidationRequest(
        Upload("/picture", "a.png", pictures.page), name="settings", design_system=system, baseline=BEFORE
    )
    validation = ValidationService().validate(alice, request)
    ValidationService().approve(validation, alice, "as drawn")
    assert validation.baseline_image is not None
    approved, other = (f"/api/design-system/images/{each.pk}" for each in (validation.image, validation.baseline_image))
    theirs = signed_in(bob)
    assert theirs.get(f"{approved}/content").status_code == 404
    share(api, system, bob, "viewer")
    assert theirs.get(f"{approved}/content").content == pictures.page()
    assert theirs.get(f"{other}/content").status_code == 404, "compared with, never approved"
    assert theirs.get(approved).status_code == 404, "it is not in their list"
    assert theirs.delete(approved).status_code == 404
    assert theirs.post(f"{approved}/links", {}, format="json").status_code == 404
    api.delete(f"{URL}/{system.pk}/members/{bob.pk}")
    assert theirs.get(f"{approved}/content").status_code == 404


def test_a_change_of_role_bites_on_the_next_request(
    api: APIClient, system: DesignSystem, bob: User, signed_in: Callable[[User], APIClient]
) -> None:
    theirs = signed_in(bob)
    change = {"description": "new"}
    statuses = []
    for role in ("viewer", "editor", "viewer"):
        share(api, system, bob, role)
        statuses.append(theirs.patch(f"{URL}/{system.pk}", change, format="json").status_code)
    api.delete(f"{URL}/{system.pk}/members/{bob.pk}")
    statuses.append(theirs.patch(f"{URL}/{system.pk}", change, format="json").status_code)
    assert statuses == [403, 200, 403, 404]


def test_a_second_owner_shares_and_deletes(
    api: APIClient, system: DesignSystem, bob: User, charlie: User, signed_in: Callable[[User], APIClient]
) -> None:
    share(api, system, bob, "owner")
    theirs = signed_in(bob)
    assert share(theirs, system, charlie, "viewer").status_code == 200
    assert [each["role"] for each in api.get(f"{URL}/{system.pk}/members").json()["results"]] == ["viewer", "owner"]
    assert theirs.delete(f"{URL}/{system.pk}").status_code == 204


def test_members_are_paged_and_named(api: APIClient, system: DesignSystem, bob: User, charlie: User) -> None:
    bob.name = "Bob"
    bob.save()
    for each in (bob, charlie):
        share(api, system, each, "editor")
    first = api.get(f"{URL}/{system.pk}/members", {"page_size": 1}).json()
    second = api.get(f"{URL}/{system.pk}/members", {"page_size": 1, "cursor": first["next"]}).json()
    assert [each["results"][0]["user"] for each in (first, second)] == [str(charlie.pk), str(bob.pk)]
    assert (second["results"][0]["name"], second["next"]) == ("Bob", None)


def test_a_member_may_leave(
    api: APIClient, system: DesignSystem, bob: User, signed_in: Callable[[User], APIClient]
) -> None:
    share(api, system, bob, "viewer")
    theirs = signed_in(bob)
    assert theirs.delete(f"{URL}/{system.pk}/members/{bob.pk}").status_code == 204
    assert theirs.get(f"{URL}/{system.pk}").status_code == 404
    assert api.delete(f"{URL}/{system.pk}/members/{bob.pk}").status_code == 404


def test_what_cannot_be_a_member_is_refused(api: APIClient, system: DesignSystem, alice: User, bob: User) -> None:
    assert share(api, system, alice, "viewer").json()["code"] == "is_owner"
    assert share(api, system, bob, "boss").status_code == 400
    assert share(api, system, User(pk=uuid.uuid4()), "viewer").json()["code"] == "user_not_found"
    bob.is_active = False
    bob.save()
    assert share(api, system, bob, "viewer").json()["code"] == "user_not_found"
    assert not DesignSystemGrant.objects.exists()


def test_no_grant_outlives_its_design_system_or_its_member(
    alice: User, bob: User, charlie: User, system: DesignSystem
) -> None:
    for each in (bob, charlie):
        MemberService().set_role(system, each.pk, MemberRole.OWNER)
    bob.delete()
    assert set(DesignSystemGrant.objects.values_list("user_id", flat=True)) == {charlie.pk}
    key = system.pk
    DesignSystemService().delete(system)
    assert not DesignSystemGrant.objects.exists()
    assert not UserObjectPermission.objects.exists()
    DesignSystem.objects.create(pk=key, owner=alice, name="The same id again")
    assert not DesignSystem.objects.visible_to(charlie).exists()


def test_a_viewer_cannot_put_extractions_into_a_design_system(
    api: APIClient, system: DesignSystem, bob: User, signed_in: Callable[[User], APIClient]
) -> None:
    statuses = []
    for role in ("viewer", "editor"):
        share(api, system, bob, role)
        body = {"pictures": [picture_file()], "design_system": str(system.pk)}
        answer = signed_in(bob).post("/api/design-system/extract", body, format="multipart")
        statuses.append(answer.status_code)
    assert statuses == [404, 201]


def test_the_trail_says_who_shared_what_with_whom(api: APIClient, system: DesignSystem, bob: User) -> None:
    share(api, system, bob, "editor")
    entry = AuditLog.objects.get(action="design_system.shared")
    assert (entry.actor, entry.target) == (f"user:{system.owner_id}", f"designsystem:{system.pk}")
    assert str(bob.pk) in entry.details
