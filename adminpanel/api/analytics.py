"""GET analytics/overview and analytics/{series}."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User, UserTally
from adminpanel.api.access import staff_with
from adminpanel.models import Grain
from adminpanel.services.analytics import floor, points, totals
from adminpanel.services.derived import derived_points
from adminpanel.services.latencies import over_all
from adminpanel.services.series import DERIVED, SERIES
from audit.models import Checkpoint
from audit.sealer import unsealed_seconds
from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input
from config.errors import DomainError, Kind
from config.rate_limits import Rate

_VIEW = "accounts.view_analytics"
_LONGEST = {Grain.HOUR: timedelta(days=92), Grain.DAY: timedelta(days=3660)}
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class OverviewQuery(Input):
    days = serializers.IntegerField(min_value=1, max_value=366, default=30)


class SeriesQuery(Input):
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    grain = serializers.ChoiceField(Grain.choices, default=Grain.DAY.value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        until = attrs.setdefault("until", timezone.now())
        since = attrs.setdefault("since", until - timedelta(days=30))
        if not _EARLIEST <= since < until <= _LATEST:
            raise serializers.ValidationError({"since": "Must be before until."}, code="out_of_order")
        longest = _LONGEST[Grain(attrs["grain"])]
        if until - since > longest:
            raise serializers.ValidationError({"since": f"At most {longest.days} days by this grain."}, code="too_long")
        return attrs


class AnalyticsPoint(serializers.Serializer[Any]):
    start = serializers.DateTimeField()
    value = serializers.IntegerField(allow_null=True, help_text="Null where there is nothing to compute it of.")


class AnalyticsSeries(serializers.Serializer[Any]):
    series = serializers.CharField()
    description = serializers.CharField()
    unit = serializers.CharField(help_text="count, percent or milliseconds")
    grain = serializers.CharField()
    points = AnalyticsPoint(many=True)


class UserFigures(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    suspended = serializers.IntegerField()
    unverified = serializers.IntegerField()
    staff = serializers.IntegerField()


class LatencyFigures(serializers.Serializer[Any]):
    """Milliseconds, of every answer of the API since then."""

    p50 = serializers.IntegerField(allow_null=True)
    p95 = serializers.IntegerField(allow_null=True)


class TrailFigures(serializers.Serializer[Any]):
    sealed = serializers.IntegerField(help_text="Length of the sealed trail.")
    unsealed_seconds = serializers.FloatField(help_text="Age of the oldest entry without a seal.")


class AnalyticsOverview(serializers.Serializer[Any]):
    since = serializers.DateTimeField()
    totals = serializers.DictField(child=serializers.IntegerField(), help_text="By series, since then.")
    before = serializers.DictField(child=serializers.IntegerField(), help_text="As many days before that.")
    second_factor_share = serializers.FloatField(allow_null=True, help_text="Of the log-ins, 0 to 1.")
    latency = LatencyFigures()
    users = UserFigures()
    trail = TrailFigures()


class AnalyticsViewSet(ApiViewSet):
    @operation(
        permissions=staff_with(_VIEW),
        rate=Rate.READ,
        parameters=[OpenApiParameter("days", int, description="Whole days (UTC) with today; 1 to 366, by default 30.")],
        responses=AnalyticsOverview,
        operation_id="adminAnalyticsOverview",
        summary="What happened lately, and how it was before",
    )
    def overview(self, request: Request) -> Response:
        days = timedelta(days=OverviewQuery.read(request.query_params)["days"])
        until = floor(timezone.now(), Grain.DAY) + timedelta(days=1)
        since = until - days
        found = totals(since, until)
        overview = {
            "since": since,
            "totals": found,
            "before": totals(since - days, since),
            "second_factor_share": found["second_factor_log_ins"] / found["log_ins"] if found["log_ins"] else None,
            "latency": {
                "p50": over_all(0.5, since, until),
                "p95": over_all(0.95, since, until),
            },
            "users": _users(),
            "trail": {
                "sealed": Checkpoint.objects.order_by("-number").values_list("size", flat=True).first() or 0,
                "unsealed_seconds": unsealed_seconds(),
            },
        }
        return Response(AnalyticsOverview(overview).data)

    @operation(
        permissions=staff_with(_VIEW),
        rate=Rate.READ,
        parameters=[
            OpenApiParameter("series", str, OpenApiParameter.PATH, enum=[*SERIES, *DERIVED]),
            OpenApiParameter("since", str, description="RFC 3339; by default 30 days before `until`"),
            OpenApiParameter("until", str, description="RFC 3339, exclusive; by default now"),
            OpenApiParameter("grain", str, description="day (default) or hour, in UTC"),
        ],
        responses=AnalyticsSeries,
        operation_id="adminAnalyticsSeries",
        summary="One series, a point for each day or hour",
    )
    def retrieve(self, request: Request, series: str) -> Response:
        described = SERIES.get(series) or DERIVED.get(series)
        if described is None:
            names = ", ".join([*SERIES, *DERIVED])
            raise DomainError("not_found", f"There is no such series; there are {names}.", Kind.NOT_FOUND)
        wanted = SeriesQuery.read(request.query_params)
        grain = Grain(wanted["grain"])
        of = points if series in SERIES else derived_points
        shown = {
            "series": series,
            "description": described.description,
            "unit": getattr(described, "unit", "count"),
            "grain": grain.value,
            "points": of(series, wanted["since"], wanted["until"], grain),
        }
        return Response(AnalyticsSeries(shown).data)


def _users() -> dict[str, int]:
    """Each from what is kept for it, a tally or an index of its own: else every account would be read."""
    users = User.objects
    return {
        "total": UserTally.objects.total(),
        "suspended": users.filter(is_active=False).count(),
        "unverified": users.filter(email_verified_at__isnull=True).count(),
        "staff": users.filter(is_staff=True).count(),
    }
