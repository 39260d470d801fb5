"""Inviting many people by a list: every line with what would come of it, then the job that the API would prepare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from adminpanel.console.acts import ReasonForm, to_confirm
from adminpanel.console.pages import ConsoleAdmin, Table, user_of
from adminpanel.models import BulkAct
from adminpanel.services.bulk import BulkService, may
from adminpanel.services.invitations import MAX_INVITATIONS, Line, read_invitees, read_lines, with_accounts
from config.errors import DomainError

# Django keeps so much in memory; a larger file lies in a temporary one, for as long as it takes to refuse it.
_MAX_BYTES = 2 * 1024 * 1024


class InvitationsForm(ReasonForm):
    """The list as a file or as text. The page sends the text along until it is confirmed: it is kept nowhere else."""

    file = forms.FileField(required=False, help_text="CSV in UTF-8, at most 2 MB. It replaces the text below.")
    csv = forms.CharField(
        required=False,
        strip=False,
        max_length=_MAX_BYTES,
        label="List",
        help_text=f"Lines of email,name (or with semicolons) under this heading; at most {MAX_INVITATIONS:,}.",
        widget=forms.Textarea(
            attrs={"class": "vLargeTextField", "rows": 8, "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    field_order = ("file", "csv", "reason")

    @classmethod
    def sent(cls, request: HttpRequest) -> InvitationsForm:
        """The form with the text of a readable file in place of the text, so that the page can show and keep it."""
        entered = request.POST.copy()
        chosen = request.FILES.get("file")
        if chosen is not None:
            try:
                entered["csv"] = _text(chosen)
            except forms.ValidationError:
                entered["csv"] = ""
        return cls(entered, request.FILES)

    def clean_file(self) -> None:
        chosen = self.cleaned_data["file"]
        if chosen:
            _text(chosen)

    def clean(self) -> dict[str, Any]:
        if not self.cleaned_data.get("csv") and not self.errors.keys() & {"file", "csv"}:
            self.add_error("csv", "Choose a file or paste a list.")
        return self.cleaned_data

    def lines(self) -> list[Line]:
        """Every line that can be read; what is wrong becomes an error of the form."""
        text = self.cleaned_data.get("csv")
        if not text:
            return []
        try:
            lines = read_lines(text)
        except DomainError as error:
            self.add_error("csv", [each.detail for each in error.errors])
            return []
        bad = sum(bool(each.problem) for each in lines)
        if bad:
            self.add_error(
                "csv", f"Lines with an error: {bad} of {len(lines)}. Nobody is invited before all are right."
            )
        return lines


def invite_page(request: HttpRequest, page: ConsoleAdmin) -> HttpResponse:
    """GET asks for a list, POST shows what would come of it, and POST with a yes to that leads to the job."""
    if not may(user_of(request), BulkAct.INVITE):
        raise PermissionDenied
    posted = request.method == "POST"
    form = InvitationsForm.sent(request) if posted else InvitationsForm()
    status, asked, tables = 200, None, list[Table]()
    if posted:
        form.full_clean()
        tables = _tables(form.lines())
        asked = to_confirm(request, tables) if form.is_valid() else None
        if form.is_valid() and not asked:
            given = form.cleaned_data
            try:
                job = BulkService().prepare_invitations(user_of(request), given["reason"], read_invitees(given["csv"]))
            except DomainError as error:
                form.add_error(None, error.message)
            else:
                messages.info(request, "Nobody is invited yet. Look at the rows, then start.")
                return HttpResponseRedirect(page.page_address(job))
        status = 200 if form.is_valid() else 400
    context = {**page.page_context(request, "Invite people"), "form": form, "asked": asked, "tables": tables}
    return TemplateResponse(request, "adminpanel/invite.html", context, status=status)


def _tables(lines: Sequence[Line]) -> list[Table]:
    known = with_accounts(lines)
    bad = [[each.number, each.problem] for each in lines if each.problem]
    good = [
        [
            each.number,
            each.invitee.email,
            each.invitee.name or "–",
            "has an account and is left alone" if each.number in known else "gets an account and a mail with a link",
        ]
        for each in lines
        if each.invitee
    ]
    note = f"{len(good) - len(known)} to invite, {len(known)} with an account."
    tables = (
        Table("Lines with an error", ["Line", "What is wrong"], bad),
        Table("What would come of the list", ["Line", "E-mail", "Name", "Would come of it"], good, note=note),
    )
    return [each for each in tables if each.rows]


def _text(chosen: UploadedFile[Any]) -> str:
    if (chosen.size or 0) > _MAX_BYTES:
        raise forms.ValidationError("The file is larger than 2 MB.")
    chosen.seek(0)
    try:
        text = bytes(chosen.read()).decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise forms.ValidationError("The file is no text in UTF-8. In a spreadsheet, save it as “CSV UTF-8”.")
    return text
