"""GET approvals, POST approvals/{id}/{approve, reject}: what another owner wants to do and waits for."""

from __future__ import annotations

import uuid
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import user_of
from accounts.models import Approval
from accounts.services.second_owner import APPROVE, SecondOwner
from adminpanel.api.access import staff_with
from config.api.filtering import ListFilter
from config.api.operation import ApiViewSet, operation
from config.rate_limits import Rate


class ApprovalOutput(serializers.Serializer[Approval]):
    id = serializers.UUIDField()
    actor = serializers.UUIDField(source="actor_id", help_text="Who wants to do it.")
    operation = serializers.CharField(
        help_text="role.create, role.change, role.delete, role.assign, account.erase, bulk"
    )
    target = serializers.CharField(help_text="To whom or what, as the trail names it.")
    details = serializers.DictField(help_text="How; with the reason that was given.")
    state = serializers.CharField(help_text="pending, approved, rejected, or spent once the act is done.")
    decided_by = serializers.UUIDField(source="decided_by_id", allow_null=True)
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField()


class ApprovalViewSet(ApiViewSet):
    serializer_class = ApprovalOutput
    queryset = Approval.objects.none()

    @operation(
        permissions=staff_with(APPROVE),
        rate=Rate.READ,
        filters=ListFilter,
        responses=ApprovalOutput(many=True),
        operation_id="adminListApprovals",
        summary="What waits for a second owner, or has their yes and is not done yet",
    )
    def list(self, request: Request) -> Response:
        page: Any = self.paginate_queryset(Approval.objects.live())
        return self.get_paginated_response(ApprovalOutput(page, many=True).data)

    @operation(
        permissions=staff_with(APPROVE),
        rate=Rate.WRITE,
        request=None,
        responses=ApprovalOutput,
        operation_id="adminApprove",
        summary="Agree: whoever asked can do it now, once",
    )
    def approve(self, request: Request, id: uuid.UUID) -> Response:
        return Response(ApprovalOutput(SecondOwner().decide(user_of(request), id, approve=True)).data)

    @operation(
        permissions=staff_with(APPROVE),
        rate=Rate.WRITE,
        request=None,
        responses=ApprovalOutput,
        operation_id="adminReject",
        summary="Refuse it",
    )
    def reject(self, request: Request, id: uuid.UUID) -> Response:
        return Response(ApprovalOutput(SecondOwner().decide(user_of(request), id, approve=False)).data)
