"""GET system."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adminpanel.api.access import staff_with
from adminpanel.services.system import describe
from config.api.operation import ApiViewSet, operation
from config.rate_limits import Rate


class HiddenSource(serializers.Serializer[Any]):
    origin = serializers.CharField()
    value = serializers.JSONField(allow_null=True)


class ShownSetting(serializers.Serializer[Any]):
    key = serializers.CharField()
    path = serializers.CharField()
    value = serializers.JSONField(help_text="Masked where it is secret.")
    origin = serializers.CharField(help_text="Where the value came from.")
    hides = HiddenSource(many=True)
    secret = serializers.BooleanField()
    description = serializers.CharField()


class ConfigurationProblem(serializers.Serializer[Any]):
    id = serializers.CharField()
    level = serializers.CharField()
    code = serializers.CharField()
    key = serializers.CharField()
    message = serializers.CharField()
    fix = serializers.CharField()


class SilencedProblem(ConfigurationProblem):
    reason = serializers.CharField()


class RunningSystem(serializers.Serializer[Any]):
    environment = serializers.CharField()
    versions = serializers.DictField(child=serializers.CharField())
    configuration = ShownSetting(many=True)
    problems = ConfigurationProblem(many=True)
    silenced = SilencedProblem(many=True)
    waiting = serializers.DictField(child=serializers.IntegerField(), help_text="Work that waits, by kind.")


class SystemViewSet(ApiViewSet):
    @operation(
        permissions=staff_with("accounts.view_system"),
        rate=Rate.READ,
        responses=RunningSystem,
        operation_id="adminSystem",
        summary="Masked configuration with its sources, what is wrong with it, versions, waiting work",
    )
    def retrieve(self, request: Request) -> Response:
        return Response(RunningSystem(describe()).data)
