"""The admin site with one more page, which says what a form sent it; a route table for tests."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, URLResolver, include, path

from adminpanel.page_step_up import without_step_up
from adminpanel.site import AdminSite


def change(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"method": request.method, "entered": dict(request.POST.lists())})


@without_step_up
def search(request: HttpRequest) -> JsonResponse:
    return change(request)


class SiteWithAForm(AdminSite):
    def get_urls(self) -> list[URLPattern | URLResolver]:
        change_page: Any = self.admin_view(change)
        return [path("change/", change_page), path("search/", self.admin_view(search)), *super().get_urls()]


urlpatterns = [path("admin/", SiteWithAForm().urls), path("", include("config.urls"))]
