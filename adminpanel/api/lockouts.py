"""Counters of failed attempts: GET lockouts; POST lockouts/search, POST lockouts/{key}/lift."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import user_of
from accounts.models import Counted, LockoutCounter, LockoutState
from adminpanel.api.access import staff_with
from adminpanel.api.reason import ReasonInput
from adminpanel.services.lockouts import UNLOCK, LockoutAdministration
from config.api.operation import ApiViewSet, operation
from config.api.pagination import KeysetPagination
from config.api.serializers import Input
from config.rate_limits import Rate


class LockoutFilter(Input):
    kind = serializers.ChoiceField(Counted.choices, required=False)
    state = serializers.ChoiceField(LockoutState.choices, required=False)
    cursor = serializers.CharField(required=False)
    page_size = serializers.CharField(required=False)


class LockoutSearch(Input):
    """In the body and not in the address of the request: those end up in logs."""

    address = serializers.CharField(max_length=64)


class LockoutOutput(serializers.Serializer[LockoutCounter]):
    """What is counted is a keyed digest; it names nobody."""

    key = serializers.CharField()
    kind = serializers.CharField(help_text="account, device, session or address; empty when last counted long ago.")
    factor = serializers.CharField(help_text="What was guessed; empty for an address, where all of it counts.")
    failures = serializers.IntegerField(help_text="In a row.")
    state = serializers.SerializerMethodField(help_text="counts, waits (until waits_until) or stopped (until lifted).")
    waits_until = serializers.SerializerMethodField(help_text="Null unless it waits.")
    failed_at = serializers.SerializerMethodField()

    def get_state(self, row: LockoutCounter) -> str:
        return row.state(timezone.now())

    def get_waits_until(self, row: LockoutCounter) -> datetime | None:
        waits = row.state(timezone.now()) == LockoutState.WAITS
        return datetime.fromtimestamp(row.blocked_until / 1000, UTC) if waits else None

    def get_failed_at(self, row: LockoutCounter) -> datetime:
        return datetime.fromtimestamp(row.failed_at / 1000, UTC)


class Lockouts(serializers.Serializer[Any]):
    results = LockoutOutput(many=True)


class LatestFailureFirst(KeysetPagination):
    newest_by = "failed_at"


class LockoutViewSet(ApiViewSet):
    serializer_class = LockoutOutput
    queryset = LockoutCounter.objects.none()
    pagination_class = LatestFailureFirst

    @operation(
        permissions=staff_with(UNLOCK),
        rate=Rate.READ,
        parameters=[
            OpenApiParameter("kind", str, enum=Counted.values),
            OpenApiParameter("state", str, enum=LockoutState.values),
        ],
        responses=LockoutOutput(many=True),
        operation_id="adminListLockouts",
        summary="Counters of failed attempts, the latest failure first",
    )
    def list(self, request: Request) -> Response:
        wanted = LockoutFilter.read(request.query_params)
        rows = LockoutCounter.objects.filter(failures__gt=0)
        if "kind" in wanted:
            rows = rows.filter(kind=wanted["kind"])
        if "state" in wanted:
            rows = rows.filter(LockoutCounter.in_state(LockoutState(wanted["state"]), timezone.now()))
        page: Any = self.paginate_queryset(rows)
        return self.get_paginated_response(LockoutOutput(page, many=True).data)

    @operation(
        permissions=staff_with(UNLOCK),
        rate=Rate.READ,
        request=LockoutSearch,
        responses=Lockouts,
        operation_id="adminSearchLockouts",
        summary="The counter of exactly this network address",
    )
    def search(self, request: Request) -> Response:
        found = LockoutAdministration().at_address(LockoutSearch.read(request.data)["address"])
        return Response(Lockouts({"results": [found] if found else []}).data)

    @operation(
        permissions=staff_with(UNLOCK),
        rate=Rate.WRITE,
        request=ReasonInput,
        responses={204: None},
        operation_id="adminLiftLockout",
        summary="Forget the failures of one account's factor, device, session or network address",
    )
    def lift(self, request: Request, key: str) -> Response:
        LockoutAdministration().lift(user_of(request), key, ReasonInput.read(request.data)["reason"])
        return Response(status=204)
