"""What changes something: a page that shows exactly what will happen and asks why, before a service does it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.html import format_html

from audit.redaction import allowed_details
from config.errors import DomainError, Kind

if TYPE_CHECKING:
    from adminpanel.console.pages import ConsoleAdmin, Table

_STATUS = {Kind.FORBIDDEN: 403, Kind.NOT_FOUND: 404, Kind.CONFLICT: 409}


class ActForm(forms.Form):
    """What an act asks; `row` and `actor` are for forms whose choices depend on them."""

    def __init__(self, *args: Any, row: Any = None, actor: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class ReasonForm(ActForm):
    """Why: asked for by every act on an account, kept in the trail, under the rules of the API."""

    reason = forms.CharField(
        min_length=3,
        max_length=200,
        help_text="Stays in the trail for good. Plain ASCII without @: name a ticket or a cause, not a person.",
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )

    def clean_reason(self) -> str:
        reason = str(self.cleaned_data["reason"])
        try:
            allowed_details({"reason": reason})
        except ValueError:
            raise forms.ValidationError("Plain ASCII text without @, as it stays in the trail.") from None
        return reason


def always(row: Any) -> bool:
    return True


def nothing_else(row: Any) -> Sequence[Table]:
    return ()


def nothing_asked(row: Any) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Question:
    """What was shown, and the digest of it that a yes brings back: when something else would come of it by then, that
    is asked about anew.
    """

    tables: Sequence[Table]
    digest: str


@dataclass(frozen=True, slots=True)
class Act:
    """`perform` takes the request, the row and what the form asked; a DomainError of it is shown.

    `affected` are the rows that the act changes, as they are now. `undo` names the act that takes it back, `undo_query`
    what its form begins with; without `undo` the page says that there is no way back, unless the act is `harmless`.
    `preview` says what would come of what the form asks for: as long as it has rows, these are shown and asked about
    once more before anything is done.
    """

    name: str
    label: str
    permission: str
    explanation: str
    perform: Callable[[HttpRequest, Any, dict[str, Any]], object]
    affected: Callable[[Any], Sequence[Table]] = nothing_else
    possible: Callable[[Any], bool] = always
    done: str = "Done."
    undo: str = ""
    undo_note: str = ""
    undo_query: Callable[[Any], str] = nothing_asked
    harmless: bool = False
    form: type[ActForm] = ReasonForm
    preview: Callable[[Any, dict[str, Any]], Sequence[Table]] | None = None


def to_confirm(request: HttpRequest, previewed: Sequence[Table]) -> Question | None:
    """What to ask about before it is done; None when nothing is in it, or when the yes to exactly this is given."""
    tables = [table for table in previewed if table.rows]
    shown = "\n".join(str(cell) for table in tables for cells in table.rows for cell in cells)
    digest = hashlib.sha256(shown.encode()).hexdigest()
    return Question(tables, digest) if tables and request.POST.get("confirmed") != digest else None


def act_page(request: HttpRequest, page: ConsoleAdmin, act: Act, row: Any, context: dict[str, Any]) -> HttpResponse:
    """GET shows what the act would do, POST does it and leads back to the row."""
    posted = request.method == "POST"
    form = act.form(request.POST if posted else None, row=row, actor=request.user, initial=_initial(request))
    status, asked = 200, None
    if posted:
        way_back = act.undo_query(row)
        asked = _to_confirm(request, act, row, form.cleaned_data) if form.is_valid() else None
        if form.is_valid() and not asked:
            try:
                act.perform(request, row, form.cleaned_data)
            except DomainError as error:
                form.add_error(None, error.message)
                status = _STATUS.get(error.kind, 400)
            else:
                messages.success(request, _told(page, act, row, way_back))
                return HttpResponseRedirect(page.address_after(row))
        else:
            status = 400
    shown = {
        **context,
        "original": row,
        "act": act,
        "form": form,
        "asked": asked,
        "affected": asked.tables if asked else act.affected(row),
        "back": page.page_address(row),
    }
    return TemplateResponse(request, "adminpanel/act.html", shown, status=status)


def _to_confirm(request: HttpRequest, act: Act, row: Any, given: dict[str, Any]) -> Question | None:
    return to_confirm(request, act.preview(row, given) if act.preview else ())


def _initial(request: HttpRequest) -> dict[str, Any]:
    """What a link back asks for; it is shown and nothing more."""
    return {name: values if len(values) > 1 else values[0] for name, values in request.GET.lists()}


def _told(page: ConsoleAdmin, act: Act, row: Any, query: str) -> str:
    if not act.undo:
        return act.done
    address = page.act_address(row, act.undo) + (f"?{query}" if query else "")
    return format_html('{} <a href="{}">Undo</a>', act.done, address)
