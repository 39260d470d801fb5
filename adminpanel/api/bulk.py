"""POST bulk (a dry run), GET bulk/{id} and its rows, POST bulk/{id}/start and cancel."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import DateTimeField, Value
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import user_of
from accounts.models import Role, User
from adminpanel.api.access import staff_with
from adminpanel.api.reason import ReasonField
from adminpanel.api.users import STATES
from adminpanel.models import BulkAct, BulkJob, BulkOutcome, BulkRow
from adminpanel.services.bulk import RUN_BULK, BulkService, counts
from adminpanel.services.invitations import MAX_INVITATIONS, read_invitees
from config.api.operation import ApiViewSet, operation
from config.api.pagination import KeysetPagination
from config.api.serializers import Input
from config.rate_limits import Rate


class BulkSelection(Input):
    """All accounts that fit everything given; an empty selection is refused."""

    state = serializers.ChoiceField(list(STATES), required=False)
    created_since = serializers.DateTimeField(required=False)
    created_until = serializers.DateTimeField(required=False, help_text="Exclusive.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError("Select by something: everybody is nobody's intention.", code="empty")
        return attrs


class BulkInput(Input):
    """Accounts by id in `users`, or by what they are in `selection`; people to invite in `csv`."""

    act = serializers.ChoiceField(BulkAct.choices)
    reason = ReasonField()
    users = serializers.ListField(child=serializers.UUIDField(), allow_empty=False, max_length=10_000, required=False)
    selection = BulkSelection(required=False)

    csv = serializers.CharField(
        trim_whitespace=False,
        required=False,
        help_text=f"For invite: lines of email,name with a heading; at most {MAX_INVITATIONS:,}.",
    )
    role = serializers.CharField(max_length=150, required=False, help_text="For give_role and take_role: its name.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        sources = {"csv"} if attrs["act"] == BulkAct.INVITE else {"users", "selection"}
        given = {"users", "selection", "csv"} & attrs.keys()
        if len(given) != 1 or not given <= sources:
            raise serializers.ValidationError(f"Give exactly one of: {', '.join(sorted(sources))}.", code="one_of_two")
        if ("role" in attrs) != (attrs["act"] in (BulkAct.GIVE_ROLE, BulkAct.TAKE_ROLE)):
            raise serializers.ValidationError({"role": "For give_role and take_role, and for these only."}, code="role")
        return attrs


class BulkRowFilter(Input):
    outcome = serializers.ChoiceField(BulkOutcome.choices, required=False)
    expected = serializers.ChoiceField(BulkOutcome.choices, required=False)
    cursor = serializers.CharField(required=False)
    page_size = serializers.CharField(required=False)


class BulkRowOutput(serializers.Serializer[BulkRow]):
    user = serializers.UUIDField(source="user_id")
    expected = serializers.CharField(help_text="What the dry run found.")
    outcome = serializers.CharField(help_text="What came of it; `pending` before.")


class BulkJobOutput(serializers.Serializer[BulkJob]):
    id = serializers.UUIDField()
    act = serializers.CharField()
    role = serializers.CharField(source="role.group.name", default=None)
    reason = serializers.CharField()
    state = serializers.CharField(help_text="previewed, running, done, cancelled, or stopped for want of rights")
    actor = serializers.UUIDField(source="actor_id", allow_null=True)
    total = serializers.IntegerField()
    processed = serializers.IntegerField()
    expected = serializers.SerializerMethodField()
    outcomes = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_expected(self, job: BulkJob) -> dict[str, int]:
        return counts(job, "expected")

    def get_outcomes(self, job: BulkJob) -> dict[str, int]:
        return counts(job, "outcome")


class BulkRowPagination(KeysetPagination):
    """All rows are as old as their job. By the account, as `an_account_once_a_bulk_job` has them: by their own key they
    would be looked for among the rows of every job since.
    """

    key = "user_id"


class BulkViewSet(ApiViewSet):
    serializer_class = BulkRowOutput
    pagination_class = BulkRowPagination
    queryset = BulkRow.objects.none()

    @operation(
        permissions=staff_with(RUN_BULK),
        rate=Rate.COSTLY,
        idempotent=True,
        request=BulkInput,
        responses={201: BulkJobOutput},
        operation_id="adminPrepareBulk",
        summary="Dry run of an act on many accounts; `start` does it to exactly these rows",
    )
    def create(self, request: Request) -> Response:
        given = BulkInput.read(request.data)
        actor, act, reason = user_of(request), BulkAct(given["act"]), given["reason"]
        if act == BulkAct.INVITE:
            job = BulkService().prepare_invitations(actor, reason, read_invitees(given["csv"]))
        else:
            chosen, role = _chosen(given.get("selection") or {}), _role(given.get("role"))
            job = BulkService().prepare(actor, act, reason, chosen, given.get("users", ()), role)
        return Response(BulkJobOutput(job).data, status=201)

    @operation(
        permissions=staff_with(RUN_BULK),
        rate=Rate.READ,
        responses=BulkJobOutput,
        operation_id="adminBulk",
        summary="How far a bulk job is",
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        return Response(BulkJobOutput(get_object_or_404(BulkJob, pk=id)).data)

    @operation(
        permissions=staff_with(RUN_BULK),
        rate=Rate.READ,
        parameters=[
            OpenApiParameter("outcome", str, description="pending, changed, unchanged, refused or missing"),
            OpenApiParameter("expected", str, description="as outcome"),
        ],
        responses=BulkRowOutput(many=True),
        operation_id="adminListBulkRows",
        summary="The accounts of a bulk job, each with what is expected and what came of it",
    )
    def list(self, request: Request, id: uuid.UUID) -> Response:
        wanted = BulkRowFilter.read(request.query_params)
        job = get_object_or_404(BulkJob, pk=id)
        rows = job.rows.annotate(created_at=Value(job.created_at, DateTimeField()))
        wanted_rows = rows.filter(**{name: wanted[name] for name in ("outcome", "expected") if name in wanted})
        page: Any = self.paginate_queryset(wanted_rows)
        return self.get_paginated_response(BulkRowOutput(page, many=True).data)

    @operation(
        permissions=staff_with(RUN_BULK),
        rate=Rate.WRITE,
        request=None,
        responses={202: BulkJobOutput},
        operation_id="adminStartBulk",
        summary="Do what the dry run showed; starting twice is starting once",
    )
    def start(self, request: Request, id: uuid.UUID) -> Response:
        return Response(BulkJobOutput(BulkService().start(user_of(request), id)).data, status=202)

    @operation(
        permissions=staff_with(RUN_BULK),
        rate=Rate.WRITE,
        request=None,
        responses=BulkJobOutput,
        operation_id="adminCancelBulk",
        summary="Stop before the next chunk; what was done stays done",
    )
    def cancel(self, request: Request, id: uuid.UUID) -> Response:
        return Response(BulkJobOutput(BulkService().cancel(user_of(request), id)).data)


def _role(name: str | None) -> Role | None:
    if name is None:
        return None
    role = Role.objects.filter(group__name=name).select_related("group").first()
    if role is None:
        raise serializers.ValidationError({"role": "There is no such role."}, code="unknown")
    return role


def _chosen(selection: dict[str, Any]) -> Any:
    users = User.objects.filter(**STATES.get(selection.get("state", ""), {}))
    if "created_since" in selection:
        users = users.filter(created_at__gte=selection["created_since"])
    if "created_until" in selection:
        users = users.filter(created_at__lt=selection["created_until"])
    return users
