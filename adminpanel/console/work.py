"""Pages of what people work on: how it went is for all who may see the page, names and pictures wait for a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from accounts.models import User
from adminpanel.console.acts import Act
from adminpanel.console.pages import ConsoleAdmin, column, link, short, user_of
from adminpanel.console.reveal import is_revealed, note_revealed
from adminpanel.services.work_administration import VIEW_PICTURES, WorkAdministration
from config.errors import DomainError
from designsystem.engine.decode import decode
from designsystem.engine.errors import PictureError
from designsystem.engine.png_encoding import encode_png
from designsystem.models import SourceImage
from designsystem.services.uploads import UploadService

HIDDEN = "shows once it is revealed"


def _reveal(request: HttpRequest, row: Any, given: dict[str, Any]) -> None:
    WorkAdministration().reveal(user_of(request), row, given["reason"])
    note_revealed(request, row)


REVEAL = Act(
    "reveal",
    "Reveal",
    VIEW_PICTURES,
    "Shows names, picture and tokens to you for five minutes: somebody's unreleased work. That you looked, and why, is"
    " recorded first.",
    _reveal,
    done="Revealed for five minutes.",
    harmless=True,
)


class WorkAdmin(ConsoleAdmin):
    """`picture_of` gives the PNG of a row's picture, where `has_picture`."""

    acts: ClassVar[tuple[Act, ...]] = (REVEAL,)
    has_picture = False
    owner_field = "owner_id"

    def get_list_display(self, request: HttpRequest) -> Any:
        """Whose it is shows to those who may see accounts."""
        shown = list(self.list_display)
        return (
            shown if user_of(request).has_perm("accounts.view_user") else [each for each in shown if each != "account"]
        )

    def picture_of(self, row: Any) -> bytes:
        return png_of(row.image)

    def more_urls(self) -> list[URLPattern]:
        if not self.has_picture:
            return []
        name = f"{self.opts.app_label}_{self.opts.model_name}_picture"
        return [path("<str:object_id>/picture/", self.admin_site.admin_view(self.picture_view), name=name)]

    def picture_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Painted anew from its pixels, so that nothing that was uploaded reaches a browser as it came."""
        row = self.row(request, object_id)
        if not self.shows(request, row):
            raise PermissionDenied
        try:
            content = self.picture_of(row)
        except (PictureError, DomainError, OSError):
            return HttpResponse(status=404)
        return HttpResponse(content, content_type="image/png", headers={"Cache-Control": "no-store"})

    def shows(self, request: HttpRequest, row: Any) -> bool:
        """Whether this caller has revealed the row, and may still do so."""
        return user_of(request).has_perm(VIEW_PICTURES) and is_revealed(request, row)

    def owner_fact(self, request: HttpRequest, row: Any) -> list[tuple[str, Any]]:
        if not user_of(request).has_perm("accounts.view_user"):
            return []
        return [("Account", link(request, User, getattr(row, self.owner_field)))]

    def hidden_or(self, request: HttpRequest, row: Any, value: Callable[[], Any]) -> Any:
        """What was written by its owner, or that it waits."""
        return (value() or "–") if self.shows(request, row) else HIDDEN

    @column("account")
    def account(self, row: Any) -> str:
        return short(getattr(row, self.owner_field))


def png_of(image: SourceImage) -> bytes:
    """The picture as it is measured: upright, in sRGB."""
    return encode_png(decode(image.read(), UploadService().limits).rgb)
