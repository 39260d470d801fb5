"""Inviting by a list in the console: every line is shown before a job is made, and the list is kept nowhere else."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import AuthSession, User
from adminpanel.models import BulkInvitation, BulkJob
from adminpanel.services.bulk_worker import BulkWorker
from adminpanel.services.invitations import MAX_INVITATIONS
from adminpanel.tests.conftest import BrowserAs
from audit.models import AuditLog

pytestmark = pytest.mark.django_db
PAGE = "/admin/adminpanel/bulkjob/invite/"
LIST = "email,name\nnew@example.org,Nina Neu\nALICE@example.org,\n"


@pytest.fixture
def owner(browser_as: BrowserAs) -> Client:
    return browser_as("owner")


def checked(
    browser: Client, text: str = "", file: bytes | None = None, reason: str = "ticket 4711", **more: str
) -> Any:
    upload = {} if file is None else {"file": SimpleUploadedFile("people.csv", file)}
    return browser.post(PAGE, {"csv": text, "reason": reason, **upload, **more})


def digest(answer: Any) -> str:
    found = re.search(r'name="confirmed" value="(\w+)"', answer.content.decode())
    assert found is not None, "nothing is asked"
    return found[1]


def cells(answer: Any) -> list[list[str]]:
    rows = re.findall(r"<tr>(<td>.*?)</tr>", answer.content.decode(), re.DOTALL)
    return [re.findall(r"<td>(.*?)</td>", row) for row in rows]


def test_every_line_of_a_list_is_shown_before_a_job_is_made(owner: Client, alice: User) -> None:
    answer = checked(owner, file=LIST.encode())
    assert answer.status_code == 200
    assert cells(answer) == [
        ["2", "new@example.org", "Nina Neu", "gets an account and a mail with a link"],
        ["3", "ALICE@example.org", "–", "has an account and is left alone"],
    ]
    assert "1 to invite, 1 with an account." in answer.content.decode()
    assert not BulkJob.objects.exists()


def test_a_yes_to_what_was_shown_prepares_the_job_that_is_started_as_any(owner: Client, alice: User) -> None:
    shown = checked(owner, file=LIST.encode())
    text = shown.context["form"]["csv"].value()
    answer = checked(owner, text.replace("\n", "\r\n"), confirmed=digest(shown))
    job = BulkJob.objects.get()
    assert (job.act, job.reason, job.total) == ("invite", "ticket 4711", 2)
    assert answer.headers["Location"] == f"/admin/adminpanel/bulkjob/{job.pk}/"
    assert User.objects.by_email("new@example.org") is None
    owner.post(f"/admin/adminpanel/bulkjob/{job.pk}/start/")
    BulkWorker().run(job.pk)
    told = owner.get(f"/admin/adminpanel/bulkjob/{job.pk}/progress/").json()
    assert (told["state"], told["counts"]["changed"], told["counts"]["unchanged"]) == ("done", 1, 1)
    assert User.objects.by_email("new@example.org") is not None


def test_a_list_that_was_edited_after_the_question_is_asked_about_anew(owner: Client) -> None:
    yes = digest(checked(owner, "email\nnew@example.org"))
    assert digest(checked(owner, "email\nother@example.org", confirmed=yes)) != yes
    assert not BulkJob.objects.exists()


def test_a_bad_line_is_shown_beside_the_good_ones_and_cannot_be_confirmed(owner: Client) -> None:
    answer = checked(owner, 'email,name\nnobody,\nnew@example.org,\nnew@example.org,x\n"a,b\nb@example.org,=cmd()\n')
    page = answer.content.decode()
    assert (answer.status_code, "Lines with an error: 4 of 5." in page, 'name="confirmed"' in page) == (
        400,
        True,
        False,
    )
    assert cells(answer) == [
        ["2", "has no valid e-mail address"],
        ["4", "has the address of line 3"],
        ["5", "is no CSV"],
        ["6", "has a name that a spreadsheet takes for a formula"],
        ["3", "new@example.org", "–", "gets an account and a mail with a link"],
    ]
    assert not BulkJob.objects.exists()


NOT_UTF8 = "The file is no text in UTF-8."
LONG = "email\n" + "".join(f"p{number}@example.org\n" for number in range(100_000))


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("email,name\nnew@example.org,Zoë".encode("latin-1"), NOT_UTF8),
        (LIST.encode("utf-16"), NOT_UTF8),
        (LIST.encode("utf-16-le"), NOT_UTF8),
        (b"\x89PNG\r\n\x1a\n\0", NOT_UTF8),
        (b"", "The submitted file is empty."),
        (b"mail\nnew@example.org", "The first line names the columns: email, name."),
        (b"email", f"Between 1 and {MAX_INVITATIONS:,} people."),
        (LONG.encode(), f"Between 1 and {MAX_INVITATIONS:,} people."),
        (LONG.encode() * 2, "The file is larger than 2 MB."),
    ],
    ids=["latin-1", "utf-16", "utf-16 without a mark", "picture", "empty", "columns", "nobody", "many", "large"],
)
def test_a_file_that_is_no_list_is_refused_with_what_is_wrong(owner: Client, file: bytes, problem: str) -> None:
    answer = checked(owner, file=file)
    assert (answer.status_code, problem in answer.content.decode()) == (400, True)
    assert not BulkJob.objects.exists()


@pytest.mark.parametrize(
    "file", [b"\xef\xbb\xbf" + LIST.encode(), LIST.replace(",", ";").replace("\n", "\r\n").encode()]
)
def test_what_spreadsheets_save_is_read(owner: Client, file: bytes) -> None:
    assert [row[1] for row in cells(checked(owner, file=file))] == ["new@example.org", "ALICE@example.org"]


def test_a_file_replaces_the_text_and_without_either_there_is_nothing_to_check(owner: Client) -> None:
    assert "old@example.org" not in checked(owner, "email\nold@example.org", LIST.encode()).content.decode()
    assert "Choose a file or paste a list." in checked(owner).content.decode()


def test_without_a_reason_the_list_is_shown_and_kept_in_the_page(owner: Client) -> None:
    answer = checked(owner, file=LIST.encode(), reason="")
    assert answer.status_code == 400
    assert answer.context["form"]["csv"].value() == LIST
    assert len(cells(answer)) == 2
    assert not BulkJob.objects.exists()


def test_what_is_on_a_list_is_escaped(owner: Client) -> None:
    page = checked(owner, "email,name\nnew@example.org,</textarea><script>alert(1)</script>").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_list_that_is_only_checked_is_left_nowhere(owner: Client, caplog: pytest.LogCaptureFixture) -> None:
    answer = checked(owner, file=LIST.encode())
    assert "no-store" in answer.headers["Cache-Control"]
    assert not BulkInvitation.objects.exists()
    kept = list(AuditLog.objects.values_list("details", flat=True))
    told = f"{dict(owner.session.items())} {kept} {owner.cookies} {caplog.text}"
    assert [each for each in ("new@example.org", "Nina") if each in told] == []


def test_a_list_needs_a_log_in_of_the_last_minutes(owner: Client) -> None:
    AuthSession.objects.update(auth_time=timezone.now() - timedelta(minutes=6))
    answer = checked(owner, LIST)
    assert (answer.status_code, "Prove again who you are" in answer.content.decode()) == (403, True)
    assert "choose the file again" in checked(owner, file=LIST.encode()).content.decode()


@pytest.mark.parametrize("list_of", ["accounts/user/", "adminpanel/bulkjob/"])
def test_the_lists_lead_to_the_page(owner: Client, list_of: str) -> None:
    assert f'href="{PAGE}"' in owner.get(f"/admin/{list_of}").content.decode()


def test_who_may_not_invite_many_is_neither_led_there_nor_let_in(browser_as: BrowserAs) -> None:
    security = browser_as("security")
    assert PAGE not in security.get("/admin/accounts/user/").content.decode()
    assert checked(security, LIST).status_code == 403
