"""What every page of the console is: Django's list and looks, read-only. What changes something is an act."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from accounts.models import User
from adminpanel.console.acts import Act, act_page
from adminpanel.console.paging import BoundedPaginator

if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[Any]
else:
    _Admin = admin.ModelAdmin


Column = TypeVar("Column", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Table:
    """A part of a page: rows of cells, which are escaped unless they are safe already."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    empty: str = "None."
    note: str = ""


@dataclass(frozen=True, slots=True)
class Detail:
    """What the page of one row shows: facts first, then tables; `extra` goes to the template of the subject."""

    title: str
    facts: Sequence[tuple[str, Any]]
    tables: Sequence[Table] = ()
    extra: dict[str, Any] = field(default_factory=dict)


class ConsoleAdmin(_Admin):
    """`permission` ("app.codename") opens the pages; by default it is Django's view permission of the model."""

    permission: ClassVar[str] = ""
    called: ClassVar[str] = ""  # in lists of pages, where the model's own words are not those of staff
    acts: ClassVar[tuple[Act, ...]] = ()
    detail_template: ClassVar[str] = "adminpanel/detail.html"

    actions = None
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    sortable_by = ()
    change_list_template = "adminpanel/change_list.html"

    @property
    def plural(self) -> str:
        """What its rows are called."""
        return self.called or str(self.opts.verbose_name_plural).capitalize()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": self.plural, "plural": self.plural, **(extra_context or {})})

    def detail(self, request: HttpRequest, row: Any) -> Detail:
        """What the page of `row` shows to this caller."""
        raise NotImplementedError

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return user_of(request).has_perm(self.permission or f"{self.opts.app_label}.view_{self.opts.model_name}")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only the fields that the page filters by: by any other, such as a digest, its value could be found out."""
        fields = [each for each in self.list_filter or () if isinstance(each, str)]
        own = [getattr(each, "parameter_name", None) for each in self.list_filter or ()]
        return lookup in own or any(lookup == each or lookup.startswith(f"{each}__") for each in fields)

    def get_urls(self) -> list[URLPattern]:
        """The list, the page of a row, and its acts; Django's forms to add, change and delete have no address."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name=f"{name}_changelist"),
            *self.more_urls(),
            path("<str:object_id>/", view(self.change_view), name=f"{name}_change"),
            path("<str:object_id>/<slug:act>/", view(self.act_view), name=f"{name}_act"),
        ]

    def more_urls(self) -> list[URLPattern]:
        """Further addresses of the subject."""
        return []

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.row(request, object_id)
        shown = self.detail(request, row)
        context = {
            **self.page_context(request, shown.title),
            "original": row,
            "facts": shown.facts,
            "tables": shown.tables,
            "acts": [act for act in self.acts if self._offers(request, act, row)],
            **shown.extra,
        }
        return TemplateResponse(request, self.detail_template, context)

    def act_view(self, request: HttpRequest, object_id: str, act: str) -> HttpResponse:
        """What an act would do, and on POST the act."""
        found = next((each for each in self.acts if each.name == act), None)
        if found is None:
            raise Http404
        if not user_of(request).has_perm(found.permission):
            raise PermissionDenied
        row = self.row(request, object_id)
        return act_page(request, self, found, row, self.page_context(request, found.label))

    def row(self, request: HttpRequest, object_id: str) -> Any:
        """The row; PermissionDenied before it says whether there is one."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.get_object(request, unquote(object_id))
        if found is None:
            raise Http404
        return found

    def page_context(self, request: HttpRequest, title: str) -> dict[str, Any]:
        """What every template of ours takes."""
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "plural": self.plural,
            "has_view_permission": True,
        }

    def page_address(self, row: Model) -> str:
        """Of the page of a row."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])

    def address_after(self, row: Model) -> str:
        """Where an act leads: to the row, or to the list when the row is gone."""
        if type(row)._default_manager.filter(pk=row.pk).exists():
            return self.page_address(row)
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def act_address(self, row: Model, act: str) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_act", args=[row.pk, act])

    def _offers(self, request: HttpRequest, act: Act, row: Any) -> bool:
        return user_of(request).has_perm(act.permission) and act.possible(row)


def user_of(request: HttpRequest) -> User:
    """The caller, whom the site let in."""
    return cast(User, request.user)


def link(request: HttpRequest, model: type[Model], key: object, text: object = None) -> Any:
    """The row's id, shortened, as a link to its page where the caller may see that."""
    page = admin.site._registry.get(model)
    if key is None:
        return "–"
    text = text or short(key)
    if page is None or not page.has_view_permission(request):
        return str(text)
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[key])
    return format_html('<a href="{}" title="{}">{}</a>', address, key, text)


def short(key: object) -> str:
    """The last part of a UUID, which differs also between those made at the same time; other keys as they are."""
    text = str(key)
    return f"…{text[-12:]}" if len(text) == 36 else text


def column(description: str, *, boolean: bool = False) -> Callable[[Column], Column]:
    """Names a column of a list."""
    named: Callable[[Column], Column] = admin.display(description=description, boolean=boolean)
    return named
